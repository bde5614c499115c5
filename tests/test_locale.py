"""Numbers follow a locale: what CLDR says through babel, nothing else in a sentence changes, and English stays as it is."""

import ast
import re
import subprocess
import sys
from decimal import Decimal

import nbformat
import pandas as pd
import pytest
from babel import Locale
from babel.numbers import format_decimal, format_percent, get_minus_sign_symbol, parse_decimal
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from shown import ROOT, stored

from kpikit import words
from kpikit.answer import MIME, readable
from kpikit.cases import read_case
from kpikit.cli import main
from kpikit.errors import CaseError
from kpikit.figures.chart import Chart, change_ticks, ticks, wrapped
from kpikit.report import making
from kpikit.report.made_from import inputs_of, locale_of
from kpikit.report.making import make
from kpikit.report.provenance import changes, read_provenance
from kpikit.report.record import Job, Record
from kpikit.words.sentences import OWN

LOCALES = (
    "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CH", "en_GB", "en_IN", "hi_IN", "sv_SE", "nb_NO", "fi_FI", "et_EE", "pt_BR", "es_ES",
    "it_IT", "pl_PL", "cs_CZ", "hr_HR", "lt_LT", "ru_RU", "tr_TR", "eu_ES", "he_IL", "ar", "ar_EG", "fa_IR", "ja_JP", "zh_Hans_CN",
)  # fmt: skip
TEXTS = ("0", "7.2", "0.42", "999", "1,234", "12,345.60", "1,234,567", "987,654,321.05")
PLAIN = "title = 'T'\nkpi = 'upgrade_rate'\nkind = 'counts'\nwindow = 'month'\nas_of = 2026-01-15\nchanged_on = 2025-07-10\n"
COLUMNS = "columns = { period = 'month', numerator = 'upgrades', denominator = 'subscribers' }\ntable = 'subs.csv'\n"
LEFT_TO_RIGHT = "\u200e"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.delenv("KPIKIT_LOCALE", raising=False)


def plainly(text):
    """A locale's text as babel reads it: it knows no marks of direction, and no minus sign but the hyphen."""
    return text.replace(LEFT_TO_RIGHT, "").replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", TEXTS)
def test_numbers_are_written_as_babel_writes_them(locale, text):
    """By the locale's own patterns with as many decimals; babel writes every minus as a hyphen, so that is taken from CLDR."""
    number, (_, point, decimals) = Decimal(text.replace(",", "")), text.partition(".")
    whole, _, _ = Locale.parse(locale).decimal_formats[None].pattern.partition(".")
    plain = format_decimal(number, format=whole + point + "0" * len(decimals), locale=locale)
    minus = get_minus_sign_symbol(locale).strip(LEFT_TO_RIGHT)
    with words.numbers_in(locale):
        assert words.written(text) == plain
        assert words.written(f"-{text}") == minus + plain


@pytest.mark.parametrize("locale", LOCALES)
def test_percent_stands_where_babel_puts_it(locale):
    with words.numbers_in(locale):
        assert words.written("23%") == format_percent(Decimal("0.23"), locale=locale).replace(LEFT_TO_RIGHT, "")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de_DE", ("22,7\u00a0%", "-1.234.567,5", "11,0 to 20,0\u00a0%", "+1,0 pp", "12.345")),
        ("de_CH", ("22.7%", "-1\u2019234\u2019567.5", "11.0 to 20.0%", "+1.0 pp", "12\u2019345")),
        ("fr_FR", ("22,7\u00a0%", "-1\u202f234\u202f567,5", "11,0 to 20,0\u00a0%", "+1,0 pp", "12\u202f345")),
        ("en_IN", ("22.7%", "-12,34,567.5", "11.0 to 20.0%", "+1.0 pp", "12,345")),
        ("sv_SE", ("22,7\u00a0%", "\u22121\u00a0234\u00a0567,5", "11,0 to 20,0\u00a0%", "+1,0 pp", "12\u00a0345")),
        ("pt_BR", ("22,7%", "-1.234.567,5", "11,0 to 20,0%", "+1,0 pp", "12.345")),
        ("tr_TR", ("%22,7", "-1.234.567,5", "%11,0 to %20,0", "+1,0 pp", "12.345")),
        ("fa_IR", ("22.7%", "\u22121,234,567.5", "11.0 to 20.0%", "+1.0 pp", "12,345")),
        ("en", ("22.7%", "-1,234,567.5", "11.0 to 20.0%", "+1.0 pp", "12,345")),
    ],
)
def test_values_amounts_intervals_and_changes_follow_the_locale(locale, expected):
    with words.numbers_in(locale):
        told = (
            words.level(0.227, "percent"), words.amount(-1234567.5), words.between(0.11, 0.2, "percent", signed=False),
            words.change(0.01, "percent"), words.counted(12345, "row").removesuffix(" rows"),
        )  # fmt: skip
    assert told == expected


@given(st.sampled_from(LOCALES), st.floats(-1e9, 1e9), st.sampled_from(["percent", "points", "money", "days", "number"]))
def test_every_text_of_a_value_reads_back_as_the_english_one(locale, value, unit):
    told = (
        lambda: words.level(value, unit), lambda: words.change(value, unit), lambda: words.amount(value),
        lambda: words.relative(value), lambda: words.tick(value, unit), lambda: words.change_tick(value, unit),
        lambda: words.signed_amount(value),
    )  # fmt: skip
    english = [tell() for tell in told]
    with words.numbers_in(locale):
        own = [tell() for tell in told]
    for text, known in zip(own, english, strict=True):
        if "e" in known:  # babel reads no powers of ten
            continue
        digits = re.sub(r"[^\d,.+-]", "", known)
        found = re.search(r"[+-]?\d(.*\d)?", re.sub(r"%\s?", "", plainly(text)))
        assert parse_decimal(found[0].lstrip("+"), locale=locale) == Decimal(digits.replace(",", ""))
        assert plainly(text).startswith(("-", "+")) == known.startswith(("-", "+"))


def test_what_is_no_number_is_left_as_it_is():
    with words.numbers_in("de_DE"):
        for text in ("n/a", "nan", "2026-01", "v1.2.3", ""):
            assert words.written(text) == text
        assert words.written("1.5e-07") == "1,5e-07"


def test_tables_and_axes_follow_the_locale():
    columns = {"value": [0.15], "low": [0.11], "high": [0.2], "change": [0.01], "rows": [12345], "version": ["2.5"]}
    frame = pd.DataFrame(columns)
    with words.numbers_in("de_DE"):
        assert readable(frame, "percent").iloc[0].tolist() == ["15,0\u00a0% (11,0 to 20,0\u00a0%)", "+1,0 pp", "12.345", "2.5"]
        assert [ticks("percent")(0.15, 0), ticks("money")(1234.5, 0), ticks("number")(1.5, 0)] == ["15\u00a0%", "1.234,50", "1,5"]
        assert [change_ticks("percent")(-0.125, 0), words.relative_tick(0.5)] == ["-12,5 pp", "+50\u00a0%"]


def test_a_title_is_never_broken_within_a_number():
    assert wrapped("It is 22,7\u00a0% and 1\u202f234\u202f567", 10).split("\n") == [
        "It is",
        "22,7\u00a0% and",
        "1\u202f234\u202f567",
    ]


def payloads(kind):
    """The values of one kind that the notebooks' files hold, each once a notebook and question or figure."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for told in (data[MIME] for _, data in stored(path) if MIME in data):
            if told["type"] == kind:
                found[path.stem, told.get("question") or told["kind"]] = told
    return found


ANSWERS = payloads("answer")


def said_already(value):
    """The texts in plain values: names that a user gave, and what was put into words when they were stored."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in said_already(item)]
    return (
        [text for item in value for text in said_already(item)] if isinstance(value, list) else [value] * isinstance(value, str)
    )


@pytest.mark.parametrize("place", ANSWERS, ids="-".join)
def test_in_english_every_stored_answer_is_said_as_it_was(place):
    told = ANSWERS[place]
    assert words.sentences(told["question"], told["verdict"]) == told["sentences"]


@pytest.mark.parametrize("place", ANSWERS, ids="-".join)
def test_a_german_answer_differs_in_its_numbers_alone_and_keeps_their_values(place):
    question, verdict = ANSWERS[place]["question"], ANSWERS[place]["verdict"]
    names = sorted(filter(NUMBER.search, said_already(verdict)), key=len, reverse=True)

    def told():
        texts = [*words.sentences(question, verdict), *(text for tile in words.tiles(question, verdict) for text in tile)]
        for name in names:
            texts = [text.replace(name, "NAME") for text in texts]
        return texts

    english = told()
    with words.numbers_in("de_DE"):
        german = told()
    assert [read_back(text) for text in german] == [text.replace(" %", "%") for text in english]
    assert not [text for text in german if re.search(r"\d%|\d\.\d(?!\d\d)", text)]


NUMBER = re.compile(r"\d[\d.,]*\d|\d")


def read_back(text):
    """A German text with its numbers as Python writes them, thousands told apart where they were."""

    def plain(found):
        number = parse_decimal(found[0], locale="de_DE", strict=True) if re.search(r"[.,]", found[0]) else found[0]
        return f"{number:,}" if "." in found[0] else str(number)

    return NUMBER.sub(plain, text).replace("\u00a0%", "%")


def test_every_question_is_looked_at():
    assert {question for _, question in ANSWERS} >= {"before_after", *OWN}


@pytest.mark.parametrize("kind", ["run_chart", "arm_balance", "payback_chart", "lift_plot"])
def test_a_figure_writes_no_number_in_english(kind):
    """Axes that have no formatter of their own write as the locale does too."""
    told = next(told for (_, name), told in payloads("chart").items() if name == kind)
    spoken = set(said_already(told["spec"]))
    with words.numbers_in("de_DE"):
        figure = Chart.from_payload(told | {"table": {"columns": [], "rows": []}}).figure()
        figure.draw_without_rendering()
    texts = {text.get_text() for text in figure.findobj(Text)} - spoken
    assert [text for text in texts if re.search(r"\d,\d|\d\u00a0%", text)]
    assert not [text for text in texts if re.search(r"\d%|\d\.\d(?!\d\d)", text)]


@pytest.mark.parametrize(
    ("named", "near"), [("eu_EX", "; did you mean eu_ES?"), ("eu-XX", "; did you mean eu_ES?"), ("deutsch", ""), ("../de", "")]
)
def test_an_unknown_locale_is_refused_with_the_nearest_ones(named, near):
    fault = words.locale_fault(named)
    assert fault == f"it is a language with its country, as de_DE{near}"
    with pytest.raises(CaseError) as refused, words.numbers_in(named):
        pass
    assert str(refused.value) == f"KPIKIT_LOCALE is '{named}'; {fault}"


@pytest.mark.parametrize("named", ["de", "de_DE", "de-DE", "en", "en_US", "zh_CN", "pt_BR"])
def test_a_locale_is_a_language_or_one_with_its_country(named):
    assert words.locale_fault(named) == ""


@pytest.fixture
def case(tmp_path, monkeypatch):
    """A small case in the working folder."""
    monkeypatch.chdir(tmp_path)
    rows = [f"2025-{month:02},{1000 + 200 * month},10000" for month in range(1, 13)]
    (tmp_path / "subs.csv").write_text("\n".join(["month,upgrades,subscribers", *rows]))
    (tmp_path / "subs.toml").write_text(PLAIN + COLUMNS)
    (tmp_path / "german.toml").write_text(PLAIN + COLUMNS + "locale = 'de_DE'\n")
    return tmp_path


def test_a_case_with_an_unknown_locale_is_refused(case):
    with pytest.raises(CaseError) as refused:
        read_case("subs.toml", locale="de_XX")
    assert str(refused.value) == f"subs: locale is 'de_XX'; {words.locale_fault('de_XX')}"


def test_the_flag_goes_before_the_case_and_the_case_before_the_environment(case, monkeypatch):
    assert locale_of(Job("subs.toml", case)) == ""
    monkeypatch.setenv("KPIKIT_LOCALE", "fr_FR")
    assert [locale_of(Job(name, case)) for name in ("subs.toml", "german.toml")] == ["fr_FR", "de_DE"]
    assert locale_of(Job("german.toml", case, {"locale": "sv_SE"})) == "sv_SE"


def test_a_report_is_due_again_where_the_environment_asks_for_another_locale(case, monkeypatch):
    then = inputs_of(Job("subs.toml", case)), inputs_of(Job("german.toml", case))
    monkeypatch.setenv("KPIKIT_LOCALE", "fr_FR")
    now = inputs_of(Job("subs.toml", case)), inputs_of(Job("german.toml", case))
    assert [changes(*pair) for pair in zip(then, now, strict=True)] == [["how numbers are written"], []]


def test_a_report_is_made_in_its_locale_and_again_so_wherever(case, monkeypatch):
    """In this process, which draws and writes, and in the kernel that it starts."""
    tagged = nbformat.v4.new_code_cell("share = 0.1", metadata={"tags": ["parameters"]})
    shown = nbformat.v4.new_code_cell("from kpikit import words\nprint(words.level(share, 'percent'))")
    nbformat.write(nbformat.v4.new_notebook(cells=[tagged, shown]), case / "own.ipynb")
    monkeypatch.setenv("KPIKIT_LOCALE", "de_DE")
    record = make(Job("own.ipynb", case / "out", {"share": 0.227}))
    assert record.passed, record.reason
    monkeypatch.setenv("KPIKIT_LOCALE", "fr_FR")
    assert "22,7\u00a0%" in (case / "out" / "own" / "index.html").read_text(encoding="utf-8")
    assert read_provenance(case / "out" / "own").job(case).locale == "de_DE"


def test_the_case_s_locale_holds_while_its_report_is_made_and_no_longer(case, monkeypatch):
    monkeypatch.setenv("KPIKIT_LOCALE", "fr_FR")
    monkeypatch.setattr(making, "_fill", lambda job, *_: Record(job.name, True, headline=words.level(0.227, "percent")))
    assert make(Job("german.toml", case / "out")).headline == "22,7\u00a0%"
    assert words.asked_locale() == "fr_FR"


def test_the_flag_is_refused_for_a_notebook_of_ones_own(case, capsys):
    (case / "own.ipynb").write_text("{}")
    assert main(["report", "own.ipynb", "--locale", "de_DE"]) == 2
    assert capsys.readouterr().err == "kpikit: --locale is for cases; the parameters of a notebook are given with -p\n"


def test_commands_print_as_the_environment_asks(monkeypatch, capsys):
    monkeypatch.setenv("KPIKIT_LOCALE", "de-DE")
    assert main(["value", "upgrade_rate", "150/1000"]) == 0
    assert "is 15,0\u00a0% (150 upgrades of 1.000 subscribers), 95\u00a0% interval 12,7 to 17,6\u00a0%" in capsys.readouterr().out
    monkeypatch.setenv("KPIKIT_LOCALE", "xx")
    assert main(["value", "upgrade_rate", "150/1000"]) == 2
    assert "KPIKIT_LOCALE is 'xx'; it is a language with its country, as de_DE" in capsys.readouterr().err


#: functions that hold a number as Python writes it first, and write it then
TWO_STEPS = {"_first_seen", "counted_turns", "level_of_years", "sentence_of_yearly", "by", "money", "_plain_number"}


def test_no_number_is_formatted_but_where_it_is_written():
    rooms = [path for room in ("words", "figures", "questions") for path in (ROOT / "kpikit" / room).rglob("*.py")]
    assert not [found for path in (*rooms, ROOT / "kpikit" / "answer.py") for found in formatted(path)]


def formatted(path):
    """The numbers that a module formats and neither writes as the locale does nor reads back."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    good = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("written", "float"))]
    good += [node for node in nodes if isinstance(node, ast.Raise) or getattr(node, "name", "") in TWO_STEPS]
    within = {id(part) for node in good for part in ast.walk(node)}
    specs = [node for node in nodes if isinstance(node, ast.FormattedValue) and node.format_spec and id(node) not in within]
    return [ast.unparse(node) for node in specs if re.search(r"[,%fge]['\"}]*$", ast.unparse(node.format_spec))]


def test_english_looks_nothing_up():
    run = "import sys; import kpikit; from kpikit import words; words.level(0.2, 'percent'); sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", run], check=False).returncode == 0
