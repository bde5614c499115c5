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
        (TINY.replace("value = 0.1", "value = 1e-999999999"), "tiny.toml: [[variant]] use: example: 'value' is 1E-999999999; it must be a number of at most 30 digits"),
        (TINY.replace("value = 0.1", f"value = {'9' * 5000}"), "tiny.toml: a whole number has thousands of digits, which no figure of a KPI has; shorten it"),
        (TINY.replace('name = "Tiny"', 'name = " "'), "tiny.toml: 'name' is ' '; it must be text"),
        (TINY.replace('functions = ["sales"]', 'functions = [""]'), "tiny.toml: 'functions' is ['']; it must be a list of texts"),
        (TINY.replace('upsell_ratio = "Moves it."', 'upsell_ratio = ["a", "b"]'), "tiny.toml: [attributes] 'change_impact' is {'upsell_ratio': ['a', 'b']}; it must be a table of texts"),
        (TINY.replace('[attributes.change_impact]\nupsell_ratio = "Moves it."', 'change_impact = "All."'), "tiny.toml: [attributes] 'change_impact' is 'All.'; it must be a table of texts"),
        (TINY.replace('kind = "share"', 'kind = "balance"'), "tiny.toml: [[variant]] use: the key 'less' is missing"),
        (TINY.replace('kind = "share"', 'kind = "share"\nmoves = ["sideways"]'), "tiny.toml: [[variant]] use: moves holds 'sideways'; each is one of up, down, same, left"),
        ("# nothing yet\n", "tiny.toml: it holds nothing; kpikit new-kpi writes a definition to fill in"),
        (TINY.replace('name = "Tiny"', 'name = "Ti\\u001b[31mny"'), "tiny.toml: 'name' is 'Ti\\x1b[31mny'; it must be text without control characters"),
        (TINY.replace('name = "Tiny"', 'name = 2024-01-01'), "tiny.toml: 'name' is 2024-01-01; it must be text"),
        (TINY.replace('name = "Tiny"', f"name = {[1] * 1000}"), f"tiny.toml: 'name' is {str([1] * 1000)[:200]} and so on; it must be text"),
        (TOP + '[variant]\nid = "use"\n' + PROSE, "tiny.toml: 'variant' is {'id': 'use'}; it must be a list of tables, each under [[variant]]"),
        (TINY.replace('name = "Tiny"', 'name = "Tiny"\nname = "Small"'), "tiny.toml: Cannot overwrite a value (at line 3, column 15)"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_with_what_would_be_right(folder, text, message):
    assert refusal(read_definition, folder(tiny=text) / "tiny.toml") == message


MARK = '[[variant.benchmarks]]\nvalue = 0.2\nindustry = "SaaS"\nsource = "made up"\n'
CASE = """\
[published_case]
variant = "use"
company = "Firm"
industry = "SaaS"
before = 0.1
after = 0.2
months = 6
problem = "Low."
actions = ["training"]
outcome = "Better."
source = "made up"
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TOP + VARIANT + MARK.replace("0.2", "20") + EXAMPLE + PROSE, "[[variant]] use: the benchmark of 'SaaS' is 20: figures in percent are fractions, 20 % is 0.20"),
        (TOP + VARIANT + MARK + "year = 24\n" + EXAMPLE + PROSE, "[[variant]] use: benchmark: year is 24; it has four digits, as 2024"),
        (TINY + CASE.replace("0.1", "10"), "[published_case] before is 10: figures in percent are fractions, 20 % is 0.20"),
        (three("below = -0.5", "below = 0.2"), "[[variant]] use: band 'low' ends at -0.5, but a share is never below 0; take it out"),
        (TINY.replace("below = 0.15", "below = 0"), "[[variant]] use: band 'low' ends at 0, but a share is never below 0; take it out"),
        (TINY.replace("denominator = 10", "denominator = 10\nless = 3"), "[[variant]] use: the worked example of a share has no 'less'; it has numerator and denominator"),
        (TINY.replace("denominator = 10", "parts = { a = 1 }"), "[[variant]] use: the worked example of a share has no 'parts'; it has numerator and denominator"),
        (TINY.replace('counts = "flow"', 'counts = "flow"\nwindow = "30 days"'), "[[variant]] use: window is '30 days'; a share of a flow has day, week, month, quarter, year"),
        (TINY.replace('counts = "flow"', 'counts = "cohort"\nwindow = "0 days"'), "[[variant]] use: window is '0 days'; a share of a cohort has day, week, month, quarter, year, '30 days' (any number), ever"),
    ],
)  # fmt: skip
def test_figures_and_windows_that_cannot_be_meant_are_refused(folder, text, message):
    assert refusal(read_definition, folder(tiny=text) / "tiny.toml") == f"tiny.toml: {message}"


@pytest.mark.parametrize(
    "text",
    [
        TOP + VARIANT + MARK + "year = 2024\n" + EXAMPLE + PROSE + CASE,
        TINY.replace("below = 0.15", "up_to = 0"),
        TINY.replace('counts = "flow"', 'counts = "cohort"\nwindow = "ever"'),
        TINY.replace("percent", "money")
        .replace("share", "ratio")
        .replace("flow", "quantity")
        .replace("below = 0.15", "below = 15"),
    ],
)
def test_figures_and_windows_that_can_be_meant_are_not(folder, text):
    assert read_definition(folder(tiny=text) / "tiny.toml").id == "tiny"


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("below = 0.15", "below = 0,15", "a number has a decimal point, as 0.15"),
        ("below = 0.15", "below = 15%", "percent are written as fractions: 15 % is 0.15"),
        ('name = "Tiny"', "name = “Tiny”", 'text stands in straight quotes, as name = "Upgrade Rate"'),
        ('name = "Tiny"', "name: Tiny", 'a key and its value stand as key = value, as name = "Upgrade Rate"'),
        ("below = 0.15", "reading = True", "it is true or false, in small letters"),
        ('name = "Tiny"', "<<<<<<< HEAD", "it is the mark of a merge that was left unfinished; keep one of the two sides"),
    ],
)
def test_what_is_no_toml_is_told_with_what_was_meant_where_that_can_be_seen(folder, old, new, right):
    told = refusal(read_definition, folder(tiny=TINY.replace(old, new)) / "tiny.toml")
    assert told.endswith(f"; {right}")
    assert f"(at line {TINY.split(old)[0].count(chr(10)) + 1}, column " in told


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
        ({"whole": composed("whole", ["one.", "two"]), "one": named("one"), "two": named("two")},
         "whole: [[variant]] whole: 'of' names 'one.', but one has no such variant; there is use"),
        ({"whole": composed("whole", ["../one", "two"]), "one": named("one"), "two": named("two")},
         "whole: [[variant]] whole: 'of' names '../one', which no definition bears; kpikit search finds one by its words, kpikit list names all"),
        ({"whole": composed("whole", ["one", "one.use"]), "one": named("one")},
         "whole: [[variant]] whole: 'of' names one reading twice: one and one.use"),
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


def test_every_circle_is_told_also_where_two_meet(folder):
    place = folder(a=composed("a", ["b", "c"]), b=composed("b", ["a", "one"]), c=composed("c", ["a", "one"]), one=named("one"))
    assert {_rotated(fault) for fault in check_catalog(place)} == {"a -> b -> a", "a -> c -> a"}


def test_a_composed_kpi_with_measures_is_told_so(folder):
    text = composed("a", ["one", "two"]).replace("[variant.example]", "[variant.measures]\nplans = {}\n[variant.example]")
    place = folder(a=text, one=named("one"), two=named("two"))
    message = "a.toml: [[variant]] whole: a composed KPI has no measures; its parts have, which 'of' names"
    assert refusal(load_kpi, "a", place) == message


@pytest.mark.parametrize(
    ("numerator", "message"),
    [
        ("at_least 19", "'at_least 19' lies off the scale, which is from 0 to 10"),
        ("at_least", "'at_least' needs a whole number, as 'at_least 9'"),
    ],
)
def test_a_score_to_reach_must_be_one_that_can_be_given(folder, numerator, message):
    measures = f'[variant.measures]\nratings = {{ numerator = "{numerator}", denominator = "answers", scale = [0, 10] }}\n'
    text = TINY.replace("[variant.example]", f"{measures}[variant.example]")
    assert (
        refusal(read_definition, folder(tiny=text) / "tiny.toml") == f"tiny.toml: [[variant]] use: measures: ratings: {message}"
    )


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
