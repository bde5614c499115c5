"""Every way to get a definition wrong ends in a message that says where, what, and what would be right."""

import re

import pytest
from tiny_definition import EXAMPLE, PROSE, TINY, TOP, VARIANT

from kpikit.catalog import load_kpi
from kpikit.catalog.checking import check_catalog
from kpikit.catalog.definitions import read_definition
from kpikit.catalog.folders import KPIS
from kpikit.errors import DefinitionError

HIGH = '[[variant.bands]]\nname = "high"\n'


def three(first, second):
    """Three bands with these edges."""
    return TINY.replace("below = 0.15\n", f'{first}\n[[variant.bands]]\nname = "middle"\n{second}\n')


def composed(kpi_id, of, *, combine="product", unit="percent", parts=None):
    """A definition that is composed of others."""
    named = parts or dict.fromkeys(of, 1)
    value = {"product": 1, "sum": len(of), "difference": 0, "quotient": 1}[combine]
    told = ", ".join(f'"{part}" = {number}' for part, number in named.items())
    variant = f"""\
[[variant]]
id = "whole"
name = "Whole"
definition = "All parts."
formula = "part x part"
source = "made up"
kind = "composed"
counts = "parts"
combine = "{combine}"
of = {list(of)!r}
[variant.example]
parts = {{ {told} }}
value = {value}
source = "made up"
"""
    top = TOP.replace('id = "tiny"', f'id = "{kpi_id}"').replace('name = "Tiny"', f'name = "{kpi_id.title()}"')
    return top.replace('unit = "percent"', f'unit = "{unit}"') + variant + PROSE


def named(kpi_id, unit="percent", **instead):
    """The tiny definition under another id, in another unit."""
    text = TINY.replace('id = "tiny"', f'id = "{kpi_id}"').replace('name = "Tiny"', f'name = "{kpi_id.title()}"')
    for old, new in instead.items():
        text = re.sub(rf"^{old} = .*$", f"{old} = {new}", text, count=1, flags=re.M)
    return text.replace('unit = "percent"', f'unit = "{unit}"')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Writes definitions by their ids into one folder, and returns it."""
    monkeypatch.delenv("KPIKIT_CATALOG", raising=False)

    def write(**texts):
        for kpi_id, text in texts.items():
            (tmp_path / f"{kpi_id}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def refusal(call, *arguments):
    with pytest.raises(DefinitionError) as told:
        call(*arguments)
    return str(told.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TINY.replace("unit =", "uint ="), "tiny.toml: no key 'uint' is known here; did you mean 'unit'?"),
        (three("up_to = 0.3", "up_to = 0.2"), "tiny.toml: [[variant]] use: band 'middle' must end above band 'low', not at 0.2"),
        (three("up_to = 0.3", "below = 0.3"), "tiny.toml: [[variant]] use: band 'middle' must end above band 'low', not at 0.3"),
        (TINY.replace("below = 0.15\n", ""), "tiny.toml: [[variant]] use: band 'low' needs up_to or below; only the last band is open"),
        (TINY.replace(HIGH, ""), "tiny.toml: [[variant]] use: the last band, 'low', must be open: take away its up_to or below"),
        (TINY.replace('name = "high"', 'name = "low"'), "tiny.toml: [[variant]] use: two bands bear the same name"),
        (TINY.replace("below = 0.15", "below = 15"), "tiny.toml: [[variant]] use: band 'low' ends at 15: edges are fractions, 20 % is 0.20"),
        (TINY.replace('bands_source = "made up"\n', ""), "tiny.toml: [[variant]] use: it has bands, so it needs bands_source: whose they are, or why an edge lies there"),
        (TOP + VARIANT + 'bands_source = "made up"\n' + EXAMPLE + PROSE, "tiny.toml: [[variant]] use: it has no bands, so it cannot have bands_source: whose they are, or why an edge lies there"),
        (TINY.replace("value = 0.1", "value = 10"), "tiny.toml: [[variant]] use: the worked example does not compute: 1 / 10 is not 10"),
        (TINY.replace("value = 0.1", "value = 1e-999999999"), "tiny.toml: [[variant]] use: example: 'value' is Decimal('1E-999999999'); it must be a number"),
        (TINY.replace("value = 0.1", f"value = {'9' * 5000}"), "tiny.toml: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit"),
        (TINY.replace('name = "Tiny"', 'name = " "'), "tiny.toml: 'name' is ' '; it must be text"),
        (TINY.replace('functions = ["sales"]', 'functions = [""]'), "tiny.toml: 'functions' is ['']; it must be a list of texts"),
        (TINY.replace('upsell_ratio = "Moves it."', 'upsell_ratio = ["a", "b"]'), "tiny.toml: [attributes] 'change_impact' is {'upsell_ratio': ['a', 'b']}; it must be a table of texts"),
        (TINY.replace('[attributes.change_impact]\nupsell_ratio = "Moves it."', 'change_impact = "All."'), "tiny.toml: [attributes] 'change_impact' is 'All.'; it must be a table of texts"),
        (TINY.replace('kind = "share"', 'kind = "balance"'), "tiny.toml: [[variant]] use: the key 'less' is missing"),
        (TINY.replace('kind = "share"', 'kind = "share"\nmoves = ["sideways"]'), "tiny.toml: [[variant]] use: moves holds 'sideways'; each is one of up, down, same, left"),
        (TINY.replace('name = "Tiny"', 'name = "Tiny"\nname = "Small"'), "tiny.toml: Cannot overwrite a value (at line 3, column 15)"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_with_what_would_be_right(folder, text, message):
    assert refusal(read_definition, folder(tiny=text) / "tiny.toml") == message


@pytest.mark.parametrize(
    "kpi_id", ["__import__('os')", "../x", "a/b", "/etc/passwd", "a-b", "a b", "a.b", "größe", "{x}", "tiny\\n"]
)
def test_what_is_no_plain_name_is_no_id(folder, kpi_id):
    written = kpi_id.replace("\\n", "\n")
    message = f"id is '{written}'; it is a plain name of letters a to z, digits and underscores, as upgrade_rate"
    text = TINY.replace('id = "tiny"', f'id = "{kpi_id}"')
    assert refusal(read_definition, folder(tiny=text) / "tiny.toml") == f"tiny.toml: {message}"
    text = TINY.replace('id = "use"', f'id = "{kpi_id}"')
    assert refusal(read_definition, folder(tiny=text) / "tiny.toml") == f"tiny.toml: {message}"


@pytest.mark.parametrize("code", ["{x}", "__import__('os').system('false')", "<script>alert(1)</script>", "${PATH}"])
def test_code_where_words_belong_is_but_words(folder, code):
    text = TINY.replace('numerator = "users"', f'numerator = "{code}"').replace('name = "Tiny"', f'name = "{code}"')
    kpi = load_kpi("tiny", folder(tiny=text))
    assert (kpi.name, kpi.variant().computes.numerator) == (code, code)
    assert "<script>" not in kpi._repr_html_()


def test_a_file_of_two_megabytes_is_not_read(folder):
    text = TINY + "# " + "x" * (2_000_000 - len(TINY) - 2)
    assert refusal(read_definition, folder(tiny=text) / "tiny.toml") == (
        "tiny.toml: the file has 2,000,000 bytes; a definition has at most 1,000,000, so take out what is not about the KPI"
    )


@pytest.mark.parametrize(
    "deep",
    [
        "a = " + "[" * 50_000 + "]" * 50_000,
        "a = " + "{a = " * 50_000 + "1" + "}" * 50_000,
        ".".join(["a"] * 400_000) + " = 1",
        f"[{'.'.join(['a'] * 400_000)}]",
    ],
    ids=["lists", "tables", "a dotted key", "a dotted table"],
)
def test_deep_nesting_is_refused_at_once(folder, deep):  # the standard library's parser alone never ends on the third
    message = "tiny.toml: it is nested too deeply; a definition holds tables in tables, and no more"
    assert refusal(read_definition, folder(tiny=deep) / "tiny.toml") == message


def test_a_file_that_is_not_utf_8_is_told_with_the_byte(tmp_path):
    place = tmp_path / "tiny.toml"
    place.write_bytes(TINY.replace('name = "Tiny"', 'name = "Größe"').encode("latin-1"))
    assert refusal(read_definition, place) == "tiny.toml: byte 0xf6 at place 22 is not UTF-8; save the file as UTF-8"


def test_a_mark_of_the_encoding_and_line_ends_of_windows_do_no_harm(tmp_path):
    place = tmp_path / "tiny.toml"
    place.write_bytes(b"\xef\xbb\xbf" + TINY.replace("\n", "\r\n").encode())
    assert read_definition(place).name == "Tiny"


# what names other KPIs


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"whole": composed("whole", ["one", "tow"]), "one": named("one"), "two": named("two")},
         "whole: [[variant]] whole: 'of' names 'tow', which no definition bears; did you mean 'two'?"),
        ({"whole": composed("whole", ["one.usee", "two"]), "one": named("one"), "two": named("two")},
         "whole: [[variant]] whole: 'of' names 'one.usee', but one has no such variant; did you mean 'use'?"),
        ({"whole": composed("whole", ["one", "two"], combine="sum"), "one": named("one", "money"), "two": named("two")},
         "whole: [[variant]] whole: a sum in percent takes KPIs in percent, but one is in money and two is in percent"),
        ({"whole": composed("whole", ["one", "two"], combine="difference", unit="money"), "one": named("one"), "two": named("two")},
         "whole: [[variant]] whole: a difference in money takes KPIs in money, but one is in percent and two is in percent"),
        ({"a": composed("a", ["b", "one"]), "b": composed("b", ["a", "one"]), "one": named("one")},
         "a: it is composed of itself: a -> b -> a; take one of them out of 'of'"),
        ({"a": composed("a", ["a", "one"]), "one": named("one")},
         "a: it is composed of itself: a -> a; take one of them out of 'of'"),
        ({"a": composed("a", ["b.whole", "one"]), "b": composed("b", ["c", "one"]), "c": composed("c", ["a", "one"]), "one": named("one")},
         "a: it is composed of itself: a -> b -> c -> a; take one of them out of 'of'"),
    ],
)  # fmt: skip
def test_wrong_parts_are_told_when_the_kpi_is_loaded_and_when_the_catalogue_is_checked(folder, texts, message):
    place = folder(**texts)
    first = next(iter(texts))
    assert _rotated(refusal(load_kpi, first, place)) == _rotated(message)
    assert [_rotated(fault) for fault in check_catalog(place)] == [_rotated(message)]


def _rotated(message):
    """A circle may be told from any of its KPIs: from the first of the alphabet here."""
    found = re.search(r"itself: (.*);", message)
    if not found:
        return message
    way = found[1].split(" -> ")[:-1]
    start = way.index(min(way))
    return " -> ".join([*way[start:], *way[:start], way[start]])


def test_a_kpi_whose_parts_lie_on_a_circle_is_refused_too(folder):
    place = folder(
        top=composed("top", ["a", "one"]), a=composed("a", ["b", "one"]), b=composed("b", ["a", "one"]), one=named("one")
    )
    assert "it is composed of itself: " in refusal(load_kpi, "top", place)


def test_two_readings_of_one_kpi_may_be_part_of_each_other(folder):
    of_its_own = composed("a", ["a.use", "one"])
    variant = VARIANT + EXAMPLE
    text = of_its_own.replace("[attributes]", variant + "[attributes]", 1)
    assert load_kpi("a", folder(a=text, one=named("one"))).variant().computes.of == ("a.use", "one")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"tiny": named("tiny", related='["upgrade_rat"]')}, "tiny: related names 'upgrade_rat', which no definition bears; did you mean 'upgrade_rate'?"),
        ({"tiny": named("tiny", related='["tiny"]')}, "tiny: related names the KPI itself; take it out"),
        ({"tiny": named("tiny").replace("upsell_ratio =", "upsel_ratio =")}, "tiny: change_impact names 'upsel_ratio', which no definition bears; did you mean 'upsell_ratio'?"),
        ({"tiny": named("tiny", synonyms='["Plan-upgrade rate"]')}, "one name is borne by tiny ('Plan-upgrade rate') and upgrade_rate ('plan upgrade rate'); leave it to one of them"),
        ({"tiny": named("tiny").replace("value = 0.1", "value = 0.2")}, "tiny.toml: [[variant]] use: the worked example does not compute: 1 / 10 is not 0.2"),
    ],
)  # fmt: skip
def test_what_a_definition_says_of_others_must_be_so(folder, texts, message):
    assert check_catalog(folder(**texts)) == [message]


def test_every_fault_is_told_not_only_the_first(folder):
    place = folder(broken="id tiny", tiny=named("tiny", related='["tiny"]'), upsell_ratio=named("upsell_ratio"))
    doubled, broken, named_itself, *others = check_catalog(place)
    assert doubled == (
        f"two definitions bear the id 'upsell_ratio': {KPIS / 'upsell_ratio.toml'} and {place / 'upsell_ratio.toml'}; "
        "give yours another id and file name"
    )
    assert broken.startswith("broken.toml: Expected '=' after a key")
    assert named_itself == "tiny: related names the KPI itself; take it out"
    assert all(fault.startswith("upsell_ratio: ") for fault in others)


def test_the_catalogue_that_is_shipped_has_no_fault(monkeypatch):
    monkeypatch.delenv("KPIKIT_CATALOG", raising=False)
    assert check_catalog() == []
