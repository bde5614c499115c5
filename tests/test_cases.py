"""Case <-> TOML: which KPI on which table, when it changed, and the story around it."""

import importlib.util
import os
import tomllib
from datetime import UTC, date, datetime, time
from decimal import Decimal
from inspect import signature
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.cases import KEYS, NEEDED, case_from, case_ids, read_case
from kpikit.cases.asks import ASKS, WITHOUT_KPI, Ask
from kpikit.cases.files import _require_within
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.measuring import measure, table_of
from kpikit.moments import Calendar
from kpikit.questions.before_after import before_after
from kpikit.tables import KINDS, find_file
from kpikit.tables.how import How, Said

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "data" / "cases").glob("*.toml"))
LEAST = {
    "title": "Did it move?",
    "kpi": "upgrade_rate",
    "table": "t.csv",
    "kind": "counts",
    "as_of": date(2026, 1, 1),
    "changed_on": date(2025, 7, 1),
}


def case(**keys):
    """The least case with these keys instead; a key that is ... is left out."""
    return case_from({key: value for key, value in (LEAST | keys).items() if value is not ...}, "c", Path.cwd())


def refusal(**keys):
    with pytest.raises(CaseError) as error:
        case(**keys)
    return str(error.value)


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """A before/after is told nothing beside the keys of all cases; here it is, so that [asks] can be tried with them."""
    steps, share = Ask("texts", "measure", "the events in order"), Ask("number", "ask", "a fraction")
    monkeypatch.setitem(ASKS, "before_after", {"steps": steps, "share": share})


@pytest.fixture
def written(tmp_path):
    """Writes the text of a case file and reads it."""

    def written(text, **instead):
        (tmp_path / "c.toml").write_text(text, encoding="utf-8")
        return read_case(tmp_path / "c.toml", **instead)

    return written


# --- the cases that come with the project ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_is_read_and_every_key_of_it_arrives(path):
    raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    read = read_case(path)
    assert read.id == path.stem
    assert read.folder == path.parent.resolve()
    for key, value in raw.items():
        if key != "asks":
            assert getattr(read, key) == (tuple(value) if isinstance(value, list) else value), key
    assert read.asks == tomllib.loads(path.read_text(encoding="utf-8")).get("asks", {})  # whose numbers are floats


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_table_of_every_case_exists(path):
    read = read_case(path)
    package = read.table.removeprefix("package:").split("/")[0]
    if read.table.startswith("package:") and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    assert find_file(read.table, read.folder).is_file()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_names_a_kpi_a_variant_a_kind_and_a_benchmark_that_exist(path):
    read = read_case(path)
    assert read.kind in KINDS
    if read.question in WITHOUT_KPI and not read.kpi:
        return
    variant = load_kpi(read.kpi).variant(read.variant)
    if read.benchmark:
        assert variant.benchmark(read.benchmark).industry == read.benchmark


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_says_what_its_data_are(path):
    assert read_case(path).data_note.startswith(("Illustrative. ", "Real data: "))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_survives_the_way_to_toml_and_back(path, tmp_path):
    read = read_case(path)
    (tmp_path / path.name).write_text(read.to_toml(), encoding="utf-8")
    again = read_case(tmp_path / path.name)
    assert {key: getattr(again, key) for key in KEYS} == {key: getattr(read, key) for key in KEYS}


def test_the_ids_are_the_files_of_the_folder():
    assert case_ids(ROOT / "data" / "cases") == [path.stem for path in CASES]
    assert len(CASES) >= 5


# --- to TOML and back --------------------------------------------------------------------------------------------------

FULL = {
    **LEAST, "question": "before_after", "variant": "customers_once", "window": "month", "period": "month",
    "columns": {"period": "m", "numerator": ["a", 'b "c"']}, "event_names": {"numerator": ["up"], "denominator": ["on"]},
    "keep": [{"column": "x", "present": True}, {"column": "y", "above": Decimal("0.5")}, {"column": "z", "one_of": ["p", "q"]}],
    "date_format": "%d/%m/%Y", "encoding": "latin-1", "segments": ["plan", "region"], "as_of": datetime(2026, 1, 1, 12, 50),
    "transition_periods": 1, "warm_up_periods": 2, "control": {"region": ["Europe", "Asia"]}, "benchmark": "SaaS",
    "target": Decimal("0.25"), "revenue_per_unit": Decimal("119.90"), "revenue_error": Decimal("4.5"),
    "discount_per_unit": Decimal("0"), "programme_cost": Decimal("50000"), "currency": "USD",
    "reversed_within": "3 months", "also": {"upsell_ratio": "bought"},
    "events": {"2025-01-01": "new year", "2025-05-01T10:00": "fair"}, "owner": "o", "review_every": "quarter", "situation": "s", "finding": "f",
    "actions": ["one", "two"], "reported_outcome": "r", "learned": "l", "start_reason": "planned",
    "date_chosen": "before looking", "client": "c", "author": "a", "logo": "logo.png", "confidential": "for 'us' only", "locale": "de_DE", "data_note": "d",
    "separator": ";", "decimal": ",", "thousands": ".", "time_zone": "Europe/Berlin", "sheet": "May 'last'", "header_row": 3,
    "connection": "SALES_DB", "duplicates": "drop", "cuts": {"tenure_days": [90, 365], "a b": [Decimal("0.5"), Decimal("1.25")]},
    "plan_order": ["free", 'the "pro"'], "counting": {"per": "subscription", "moves": ["tier", "feature"]},
    "only": {"city": "Ulm", "size": ["s", 'the "m"']}, "looked_at": {"region": 'the "rest"'}, "looked_from": date(2024, 1, 1),
    "looked_to": date(2025, 11, 30), "for_each": {"region": ["Europe", 'the "rest"']},
    "catalog": ["definitions", "more"], "first_weekday": "sunday", "year_starts": "april", "asks": {"steps": ["first", 'the "second"'], "share": 0.25},
}  # fmt: skip
#: what stands in a case that does not say it
PLAIN = {
    "separator": None, "decimal": ".", "thousands": None, "time_zone": None, "sheet": None, "header_row": 1, "connection": None,
    "duplicates": None, "cuts": {}, "plan_order": (), "counting": {}, "catalog": (), "first_weekday": "monday", "year_starts": "january", "asks": {},
}  # fmt: skip


def test_a_case_with_every_key_survives_the_way_to_toml_and_back(written):
    assert set(FULL) == set(KEYS)
    full = case(**FULL)
    again = written(full.to_toml())
    assert {key: getattr(again, key) for key in KEYS} == {key: getattr(full, key) for key in KEYS}


@pytest.mark.parametrize("key", PLAIN)
def test_each_key_of_reading_and_counting_survives_the_way_by_itself(written, key):
    full = case(**{key: FULL[key]})
    assert getattr(full, key) != PLAIN[key]
    again = written(full.to_toml())
    assert getattr(again, key) == getattr(full, key)
    assert {other: getattr(again, other) for other in PLAIN if other != key} == {k: v for k, v in PLAIN.items() if k != key}


@pytest.mark.parametrize("key", PLAIN)
def test_each_key_of_reading_and_counting_has_its_plain_value_where_nothing_is_said(key):
    assert getattr(case(), key) == PLAIN[key]
    assert f"{key} =" not in case(**{key: PLAIN[key]} if PLAIN[key] is not None else {}).to_toml()


def test_cut_points_survive_with_all_their_digits(written):
    cuts = {"score": [Decimal("0.1"), Decimal("0.12345678901"), 7]}
    again = written(case(cuts=cuts).to_toml())
    assert again.cuts == cuts
    assert "[0.1, 0.12345678901, 7]" in again.to_toml()


def test_what_is_left_at_its_default_is_not_written():
    assert tomllib.loads(case().to_toml()) == LEAST


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    text=texts,
    texts_=st.lists(texts, max_size=3),
    table=st.dictionaries(texts, texts | st.lists(texts, min_size=1, max_size=3), max_size=3),
    rules=st.lists(st.tuples(texts, texts), max_size=3),
    target=st.just(...) | st.decimals(0, 10, places=4),
    when=st.dates() | st.datetimes().map(lambda moment: moment.replace(microsecond=0)),
)
def test_any_text_survives_the_way_to_toml_and_back(text, texts_, table, rules, target, when):
    full = case(
        title=text, situation=text, table=text, actions=texts_, segments=texts_, columns=table, event_names={name: [text] for name in table}, target=target,
        as_of=when, keep=[{"column": column, "not_starting_with": start} for column, start in rules], client=text,
    )  # fmt: skip
    again = case_from(tomllib.loads(full.to_toml(), parse_float=Decimal), "c", Path.cwd())
    assert again == full


@pytest.mark.parametrize("number", ["0.1234567890123456789", "0.10", "1", "0", "1e-7", "0.3333333333333333333333"])
def test_a_target_survives_with_all_its_digits(number):
    full = case(target=Decimal(number))
    assert case_from(tomllib.loads(full.to_toml(), parse_float=Decimal), "c", Path.cwd()).target == Decimal(number)


# --- what is no case ---------------------------------------------------------------------------------------------------


def test_an_unknown_key_is_refused_with_the_near_one():
    assert refusal(titel="x") == "c: no key 'titel' is known in a case; did you mean 'title'?"
    assert refusal(change_on="x") == "c: no key 'change_on' is known in a case; did you mean 'changed_on'?"
    assert refusal(zzz=1) == f"c: no key 'zzz' is known in a case; there is {', '.join(KEYS)}"


@pytest.mark.parametrize("key", ["id", "folder"])
def test_what_the_file_itself_decides_is_no_key(key):
    assert refusal(**{key: "x"}).startswith(f"c: no key '{key}' is known in a case; ")


@pytest.mark.parametrize("key", NEEDED)
def test_a_key_that_is_needed_is_missed(key):
    assert refusal(**{key: ...}) == f"c: the key '{key}' is missing"


def test_a_before_after_needs_a_date_of_the_change_and_a_scorecard_does_not():
    assert refusal(changed_on=...) == "c: a before/after needs the date of the change, as changed_on = 2025-07-01"
    assert case(changed_on=..., question="scorecard").changed_on is None


def test_numerators_of_other_kpis_stand_beside_the_case_s_own():
    said = "c: 'also' names numerators for other KPIs, so columns must name the case's own"
    assert refusal(also={"upsell_ratio": "bought"}) == said
    assert case(also={"upsell_ratio": "bought"}, columns={"numerator": "upgrades"}).also == {"upsell_ratio": "bought"}
    own = {"upsell_ratio": ["bought", "customers"]}
    assert case(also=own).also == own  # with a denominator of its own it needs none of the case's
    assert refusal(also={"upsell_ratio": ["bought"]}) == (
        "c: also is {'upsell_ratio': ['bought']}; it must be a table of columns, as { upsell_ratio = \"upsold\" } or, with a "
        'denominator of its own, ["upsold", "customers"]; a third column is what a balance takes off'
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"kpi": 5}, "c: kpi is 5; it must be text"),
        ({"situation": ["x"]}, "c: situation is ['x']; it must be text"),
        ({"window": 30}, "c: window is 30; it must be text"),
        ({"segments": "plan"}, "c: segments is 'plan'; it must be a list of texts"),
        ({"segments": [1]}, "c: segments is [1]; it must be a list of texts"),
        ({"actions": "abc"}, "c: actions is 'abc'; it must be a list of texts"),
        ({"columns": ["a"]}, "c: columns is ['a']; it must be a table"),
        ({"events": "x"}, "c: events is 'x'; it must be a table"),
        ({"keep": "x"}, "c: keep is 'x'; it must be [[keep]] tables"),
        ({"keep": {"column": "x"}}, "c: keep is {'column': 'x'}; it must be [[keep]] tables"),
        ({"keep": [1]}, "c: keep is [1]; it must be [[keep]] tables"),
        ({"keep": 5}, "c: keep is 5; it must be [[keep]] tables"),
        ({"target": "0.25"}, "c: target is '0.25'; it must be a number"),
        ({"target": True}, "c: target is True; it must be a number"),
        ({"revenue_per_unit": "12"}, "c: revenue_per_unit is '12'; it must be a number"),
        ({"programme_cost": True}, "c: programme_cost is True; it must be a number"),
        ({"currency": 5}, "c: currency is 5; it must be text"),
        ({"control": ["Europe"]}, "c: control is ['Europe']; it must be a table"),
        ({"transition_periods": Decimal("1.5")}, "c: transition_periods is Decimal('1.5'); it must be a whole number"),
        ({"transition_periods": "1"}, "c: transition_periods is '1'; it must be a whole number"),
        ({"transition_periods": True}, "c: transition_periods is True; it must be a whole number"),
        ({"transition_periods": -1}, "c: transition_periods is -1; it is 0 or more"),
        ({"warm_up_periods": -2}, "c: warm_up_periods is -2; it is 0 or more"),
        ({"separator": 5}, "c: separator is 5; it must be text"),
        ({"decimal": 5}, "c: decimal is 5; it must be text"),
        ({"thousands": ["."]}, "c: thousands is ['.']; it must be text"),
        ({"time_zone": 1}, "c: time_zone is 1; it must be text"),
        ({"sheet": 0}, "c: sheet is 0; it must be text"),
        ({"connection": ["A"]}, "c: connection is ['A']; it must be text"),
        ({"duplicates": True}, "c: duplicates is True; it must be text"),
        ({"header_row": "3"}, "c: header_row is '3'; it must be a whole number"),
        ({"header_row": True}, "c: header_row is True; it must be a whole number"),
        ({"plan_order": "basic"}, "c: plan_order is 'basic'; it must be a list of texts"),
        ({"plan_order": [1]}, "c: plan_order is [1]; it must be a list of texts"),
        ({"counting": "net"}, "c: counting is 'net'; it must be a table"),
        ({"counting": {"per": 1}}, "c: counting is {'per': 1}; it must be a table of texts or lists of texts"),
        ({"counting": {"moves": [1]}}, "c: counting is {'moves': [1]}; it must be a table of texts or lists of texts"),
        ({"cuts": [90]}, "c: cuts is [90]; it must be a table"),
        (
            {"cuts": {"days": 90}},
            "c: cuts is {'days': 90}; it must be a table of lists of numbers, as { tenure_days = [90, 365] }",
        ),
        (
            {"cuts": {"days": ["90"]}},
            "c: cuts is {'days': ['90']}; it must be a table of lists of numbers, as { tenure_days = [90, 365] }",
        ),
        (
            {"cuts": {"days": []}},
            "c: cuts is {'days': []}; it must be a table of lists of numbers, as { tenure_days = [90, 365] }",
        ),
        (
            {"cuts": {"days": [True]}},
            "c: cuts is {'days': [True]}; it must be a table of lists of numbers, as { tenure_days = [90, 365] }",
        ),
        ({"first_weekday": 1}, "c: first_weekday is 1; it must be text"),
        (
            {"first_weekday": "Monday"},
            "c: first_weekday is 'Monday'; it is one of monday, tuesday, wednesday, thursday, friday, saturday, sunday",
        ),
        ({"year_starts": 4}, "c: year_starts is 4; it must be text"),
        (
            {"year_starts": "apr"},
            "c: year_starts is 'apr'; it is one of january, february, march, april, may, june, july, august, september, "
            "october, november, december",
        ),
        ({"start_reason": "Planned"}, "c: start_reason is 'Planned'; it is one of planned, kpi was low, kpi was high, unknown"),
        ({"date_chosen": "x"}, "c: date_chosen is 'x'; it is one of before looking, after looking, unknown"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_what_it_must_be(keys, message):
    assert refusal(**keys) == message


@pytest.mark.parametrize(
    "keys",
    [
        {"columns": {"numerator": 5}},
        {"columns": {"numerator": [1, 2]}},
        {"event_names": {"numerator": "upgrade", "denominator": ["active"]}},  # a text is no list of names
        {"event_names": {"numerator": [1], "denominator": ["active"]}},
        {"events": {"2025-01-01": 5}},
        {"control": {"region": "Europe"}},  # one segment is a list of one
        {"control": {"region": [1]}},
    ],
)
def test_a_value_of_the_wrong_type_inside_a_table_is_refused(keys):
    assert refusal(**keys).startswith(f"c: {next(iter(keys))} is ")


@pytest.mark.parametrize("bad", ["2026-1-1", "2026-02-30", "01/02/2026", "", "soon", 20260101, time(12), [2026], None])
@pytest.mark.parametrize("key", ["as_of", "changed_on"])
def test_what_is_no_date_is_refused(key, bad):
    assert refusal(**{key: bad}) == f"c: {key} is {bad!r}; it must be a date, as 2025-07-01"


def test_an_event_that_bears_no_date_is_refused():
    assert refusal(events={"2025-13-01": "x"}) == "c: events is '2025-13-01'; it must be a date, as 2025-07-01"


@pytest.mark.parametrize(
    ("given_as", "meant"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T12:50", datetime(2026, 1, 31, 12, 50)),
        ("2026-01-31 12:50:01", datetime(2026, 1, 31, 12, 50, 1)),
        (date(2026, 1, 31), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_date_may_be_given_as_text(given_as, meant):
    assert case(as_of=given_as).as_of == meant


# --- finding and reading -----------------------------------------------------------------------------------------------


def test_a_file_that_is_no_toml_or_no_utf_8_is_refused_by_name(tmp_path):
    (tmp_path / "c.toml").write_text("title = \n")
    with pytest.raises(CaseError) as error:
        read_case(tmp_path / "c.toml")
    assert str(error.value) == "c.toml: Invalid value (at line 1, column 9)"
    (tmp_path / "c.toml").write_bytes(b"title = '\xff'\n")
    with pytest.raises(CaseError, match=r"^c\.toml: 'utf-8' codec can't decode byte 0xff in position 9"):
        read_case(tmp_path / "c.toml")


def test_a_case_that_is_not_there_is_refused_with_the_nearest(tmp_path, monkeypatch):
    (tmp_path / "data" / "cases").mkdir(parents=True)
    for name in ("spring", "summer"):
        (tmp_path / "data" / "cases" / f"{name}.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    for wanted, message in (
        ("sprung", "no case 'sprung' in data/cases; did you mean 'spring'?"),
        ("winter time", "no case 'winter time' in data/cases; there is spring, summer"),
        ("../spring", "no case '../spring' in data/cases; did you mean 'spring'?"),
        ("none.toml", "no case file none.toml"),
    ):
        with pytest.raises(CaseError) as error:
            read_case(wanted)
        assert str(error.value) == message


TOML = 'title = "t"\nkpi = "upgrade_rate"\ntable = "t.csv"\nkind = "counts"\nas_of = 2026-01-01\nchanged_on = 2025-07-01\n'


def test_a_case_is_found_by_its_id_from_a_folder_below(tmp_path, monkeypatch):
    (tmp_path / "data" / "cases").mkdir(parents=True)
    (tmp_path / "data" / "cases" / "mine.toml").write_text(TOML)
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks" / "deep")
    found = read_case("mine")
    assert (found.id, found.folder) == ("mine", (tmp_path / "data" / "cases").resolve())
    assert case_ids() == ["mine"]


def test_keys_given_beside_the_case_replace_its_own(written):
    changed = written(TOML + 'target = 0.2\nwindow = "month"\n', target=Decimal("0.3"), as_of="2026-02-01", segments=["plan"])
    assert (changed.target, changed.as_of, changed.segments, changed.window) == (
        Decimal("0.3"),
        date(2026, 2, 1),
        ("plan",),
        "month",
    )


def test_none_given_beside_the_case_replaces_nothing(written):
    assert written(TOML + "target = 0.2\n", target=None).target == Decimal("0.2")


def test_a_table_given_beside_the_case_is_relative_to_the_working_folder(written, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert written(TOML, table="mine.csv").folder == tmp_path / "elsewhere"
    assert written(TOML, target=Decimal("0.2")).folder == tmp_path


def test_a_key_given_beside_the_case_is_checked_as_one_in_it(written):
    with pytest.raises(CaseError) as error:
        written(TOML, targt=1)
    assert str(error.value) == "c: no key 'targt' is known in a case; did you mean 'target'?"
    with pytest.raises(CaseError) as error:
        written(TOML, changed_on="tomorrow")
    assert str(error.value) == "c: changed_on is 'tomorrow'; it must be a date, as 2025-07-01"


def test_a_fraction_is_read_as_it_is_written(written):
    assert written(TOML + "target = 0.1\n").target == Decimal("0.1")
    assert written(TOML + '[[keep]]\ncolumn = "x"\nabove = 0.1\n').keep == ({"column": "x", "above": Decimal("0.1")},)


# --- what a case says about the reading and the counting ------------------------------------------------------------------


def test_how_the_table_is_written_is_handed_on_to_the_reading():
    names = list(Said.__annotations__)
    assert sorted(case().how) == sorted(names)
    assert How(**case().how) == How()
    said = {name: FULL[name] for name in names}
    assert case(**said).how == said


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"separator": ";;"}, "separator is ';;'; it is one ASCII character, as ';'"),
        ({"decimal": ";"}, "decimal is ';'; it is one of '.', ','"),
        ({"thousands": "."}, "decimal and thousands are both '.'; they must differ"),
        ({"time_zone": "Berlin"}, "there is no time zone 'Berlin'; as Europe/Berlin or UTC"),
        ({"header_row": 0}, "header_row is 0; the first line is 1"),
        ({"duplicates": "sum"}, "duplicates is 'sum'; it is one of 'refuse', 'keep', 'drop'"),
        ({"encoding": "utf8000"}, "there is no encoding 'utf8000'; as utf-8, latin-1, cp1252 or utf-16"),
        ({"cuts": {"days": [365, 90]}}, "cuts of days are ['365', '90']; they are numbers in rising order, as [90, 365]"),
    ],
)
def test_a_way_of_writing_that_there_is_not_is_refused_before_anything_is_read(keys, message):
    with pytest.raises(CaseError) as error:
        table_of(case(**keys, table="there is no such file.csv"))
    assert str(error.value) == message


def test_what_is_counted_is_handed_on_to_the_measuring():
    taken = [name for name in signature(measure).parameters if name not in ("kpi", "table")]
    assert sorted(case().counted) == sorted(taken)
    made = case(plan_order=["a", "b"], counting={"per": "customer"}, first_weekday="sunday", year_starts="july").counted
    assert (made["plan_order"], made["counting"]) == (("a", "b"), {"per": "customer"})
    assert made["calendar"] == Calendar("sunday", "july")


# --- where a case may read ---------------------------------------------------------------------------------------------

OUTSIDE = (
    "c: table = '{}' lies outside the folders that a case may read: its own, the one above it and the working folder; "
    "give it with --table, or name its folder in the environment variable KPIKIT_DATA"
)


@pytest.fixture
def placed(tmp_path, monkeypatch):
    """Reads a case that names a table, from a folder two below the one in which it all lies; the working folder is apart."""
    for name in ("home/cases", "home/other", "away", "work"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("KPIKIT_DATA", raising=False)

    def placed(table, folder="home/cases"):
        (tmp_path / folder / "c.toml").write_text(TOML.replace('"t.csv"', f"'{table}'"))
        return read_case(tmp_path / folder / "c.toml")

    return placed


def outside(placed, table, **how):
    with pytest.raises(CaseError) as error:
        placed(table, **how)
    return str(error.value)


@pytest.mark.parametrize("table", ["t.csv", "deep/t.csv", "../t.csv", "../other/t.csv", "package:x/t.csv", "postgresql:a.b"])
def test_a_case_reads_from_its_own_folder_and_the_one_above(placed, table):
    assert placed(table).table == table


def test_a_case_reads_from_the_working_folder(placed, tmp_path):
    assert placed(str(tmp_path / "work" / "t.csv")).table == str(tmp_path / "work" / "t.csv")


@pytest.mark.parametrize(
    "table",
    [
        "/etc/passwd",
        "../../../etc/passwd",
        "../../away/t.csv",
        "/proc/self/environ",
        "../../../../../../../../etc/passwd",
        "deep/../../../away/t",
    ],
)
def test_a_case_reads_from_nowhere_else(placed, table):
    assert outside(placed, table) == OUTSIDE.format(table)


def test_a_link_leads_no_further_than_its_target_may_lie(placed, tmp_path):
    (tmp_path / "away" / "t.csv").write_text("x")
    (tmp_path / "home" / "other" / "t.csv").write_text("x")
    (tmp_path / "home" / "cases" / "out.csv").symlink_to(tmp_path / "away" / "t.csv")
    (tmp_path / "home" / "cases" / "folder").symlink_to(tmp_path / "away")
    (tmp_path / "home" / "cases" / "beside.csv").symlink_to(tmp_path / "home" / "other" / "t.csv")
    assert outside(placed, "out.csv") == OUTSIDE.format("out.csv")
    assert outside(placed, "folder/t.csv") == OUTSIDE.format("folder/t.csv")
    assert placed("beside.csv").table == "beside.csv"


def test_a_folder_whose_name_begins_alike_is_another(placed, tmp_path):
    (tmp_path / "home2").mkdir()
    assert outside(placed, "../../home2/t.csv") == OUTSIDE.format("../../home2/t.csv")


def test_folders_that_the_environment_names_are_let_in(placed, tmp_path, monkeypatch):
    monkeypatch.setenv("KPIKIT_DATA", os.pathsep.join([str(tmp_path / "no such"), "", str(tmp_path / "away")]))
    assert placed("../../away/t.csv").table == "../../away/t.csv"
    assert outside(placed, "/etc/passwd") == OUTSIDE.format("/etc/passwd")


def test_the_root_is_not_let_in_as_the_folder_above_or_the_working_folder(placed, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    assert outside(placed, "/etc/passwd") == OUTSIDE.format("/etc/passwd")
    with pytest.raises(CaseError) as error:  # a case in /tmp lies right below the root
        _require_within("/etc/passwd", Path("/tmp"), "c")
    assert str(error.value) == OUTSIDE.format("/etc/passwd")
    _require_within("t.csv", Path("/tmp"), "c")


def test_a_table_that_the_user_names_beside_the_case_may_lie_anywhere(placed, tmp_path):
    placed("t.csv")
    assert read_case(tmp_path / "home" / "cases" / "c.toml", table="/etc/passwd").table == "/etc/passwd"


# --- how a case shows itself -------------------------------------------------------------------------------------------


def test_the_story_leaves_out_what_is_not_told():
    assert case().story() == []
    told = case(situation="s", actions=["one", "two"], learned="l", data_note="d").story()
    assert told == [("Situation", "s"), ("What was done", ["one", "two"]), ("What was learned", "l"), ("The data", "d")]


def test_a_case_displays_itself_as_text_and_as_escaped_html():
    shown = case(situation="<script>alert(1)</script>", actions=["<b>", "&"])._repr_mimebundle_()
    assert shown["text/plain"] == "Did it move?\nSituation: <script>alert(1)</script>\nWhat was done: <b> and &"
    assert "<script>" not in shown["text/html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown["text/html"]
    assert "<li>&lt;b&gt;</li><li>&amp;</li>" in shown["text/html"]


NO_CHOICE = {
    "transition_periods": 0, "warm_up_periods": 0, "benchmark": None, "target": None, "start_reason": "unknown",
    "date_chosen": "unknown", "actions": (), "owner": "", "review_every": None, "log": (), "control": None, "money": None,
}  # fmt: skip


def test_the_choices_are_the_arguments_of_the_question():
    assert case().choices == NO_CHOICE
    taken = [name for name in signature(before_after).parameters if name not in ("series", "changed_on")]
    assert sorted(NO_CHOICE) == sorted(taken)


def test_a_choice_that_the_case_makes_is_handed_on():
    made = {"target": Decimal("0.2"), "transition_periods": 1, "control": {"region": ["Europe"]}, "owner": "Ada"}
    assert case(**made, actions=["one"]).choices == NO_CHOICE | made | {"actions": ("one",)}


def test_what_a_unit_brings_is_handed_on_as_plain_numbers_and_only_what_is_said():
    said = {"revenue_per_unit": Decimal("119.90"), "programme_cost": 50_000, "currency": "USD"}
    assert case(**said).choices["money"] == {"per_unit": 119.9, "cost": 50_000.0, "currency": "USD"}
    more = said | {"revenue_error": Decimal("4.5"), "discount_per_unit": 10}
    assert case(**more).choices["money"] == {
        "per_unit": 119.9, "error": 4.5, "discount": 10.0, "cost": 50_000.0, "currency": "USD",
    }  # fmt: skip


def test_a_cost_without_what_a_unit_brings_makes_no_money():
    assert case(currency="USD").choices["money"] is None


@pytest.mark.parametrize("key", ["revenue_error", "discount_per_unit", "programme_cost"])
@pytest.mark.parametrize(("amount", "revenue"), [(-1, 100), (5, ...)], ids=["under 0", "without a revenue"])
def test_an_amount_is_0_or_more_and_goes_with_what_a_unit_brings(key, amount, revenue):
    assert refusal(**{key: amount, "revenue_per_unit": revenue}) == (
        f"c: {key} is {amount}; it is 0 or more, and goes with revenue_per_unit"
    )


def test_a_unit_may_cost_more_than_it_brings():
    assert case(revenue_per_unit=-3).choices["money"] == {"per_unit": -3.0, "currency": ""}


def test_a_case_cannot_be_changed():
    with pytest.raises(AttributeError):
        case().title = "x"


def test_how_a_date_was_chosen_says_nothing_of_another_one():
    own = read_case("techsolutions_upgrade_rate")
    assert own.date_chosen == "before looking"
    assert read_case("techsolutions_upgrade_rate", changed_on="2025-06-10").date_chosen == "before looking"
    assert read_case("techsolutions_upgrade_rate", changed_on="2025-08-01").date_chosen == "unknown"
    told = read_case("techsolutions_upgrade_rate", changed_on="2025-08-01", date_chosen="after looking")
    assert told.date_chosen == "after looking"
