"""A table that stays on its engine is read with the same refusals as one that is read here.

polars, lazy, and DuckDB stand in for Spark and a database behind Ibis: they run the same narwhals expressions.
"""

import os
from datetime import date, datetime
from decimal import Decimal

import duckdb
import narwhals as nw
import pyarrow as pa
import pytest

from kpikit.errors import CaseError, TableError
from kpikit.tables.checked import Reading
from kpikit.tables.contract import contract_of
from kpikit.tables.frames import open_frame
from kpikit.tables.how import How
from kpikit.tables.keep import Keep
from kpikit.tables.local import read_locally
from kpikit.tables.postgres import open_postgres
from kpikit.tables.reading import _refuse_currencies
from kpikit.tables.remote import read_remotely
from kpikit.tables.roles import roles_of

PERIODS = ["2026-01", "2026-02", "2026-03"]


@pytest.fixture(params=["polars", "DuckDB"])
def engine(request):
    """An Arrow table as a lazy frame of an engine."""
    if request.param == "polars":
        polars = pytest.importorskip("polars")
        return lambda table: nw.from_native(polars.from_arrow(table)).lazy()
    connection = duckdb.connect()

    def on_duckdb(table):
        connection.register("given", table)
        return nw.from_native(connection.sql("SELECT * FROM given")).lazy()

    return on_duckdb


def reading(table, kind="counts", columns=None, segments=(), keep=(), **how):
    roles = roles_of(kind, columns or {}, table.column_names, "t")
    return Reading(kind, roles, tuple(segments), tuple(map(Keep.from_table, keep)), How(**how))


def plain(value):
    return datetime(value.year, value.month, value.day) if type(value) is date else value


def outcome(checked, told):
    contract = contract_of(checked, told, "t")
    rows = contract.frame.collect("pyarrow").to_native().to_pylist()
    found = sorted(str([plain(value) for value in row.values()]) for row in rows)
    return (
        found,
        [count for _, count in checked.removed],
        [(check.name, check.passed) for check in contract.checks],
        contract.rows,
    )


def both(engine, table, **told):
    """What the engine makes of a table, which is what the reading here makes of it."""
    told = reading(table, **told)
    here = outcome(read_locally(open_frame(table, "t"), told), told)
    there = outcome(read_remotely(engine(table), "t", told), told)
    assert there == here
    return there


def refusals(engine, table, **told):
    """The messages there and here."""
    told, messages = reading(table, **told), []
    for read in (lambda: read_remotely(engine(table), "t", told), lambda: read_locally(open_frame(table, "t"), told)):
        with pytest.raises(TableError) as error:
            contract_of(read(), told, "t")
        messages.append(str(error.value))
    return messages


def counts(**columns):
    return pa.table({"period": PERIODS, "numerator": [1, 2, 3], "denominator": [10, 20, 30]} | columns)


def events(**columns):
    moments = [datetime(2026, 1, 1, 10), datetime(2026, 1, 2), datetime(2026, 2, 2)]
    plain = {"customer": ["a", "b", "b"], "date": pa.array(moments, pa.timestamp("us")), "event": ["x", "y", "z"]}
    return pa.table(plain | columns)


# --- the same rows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "periods",
    [
        PERIODS, ["2026-Q1", "2026Q2", "2026-Q4"], ["2024", "2025", "2026"], [2024, 2025, 2026], ["2024-02-29", "2026-01-31", "2026-12-01"],
        [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 31)], [datetime(2026, 1, 1, 14, 30), datetime(2026, 2, 1), datetime(2026, 2, 2)],
    ],
    ids=["months", "quarters", "years", "years as numbers", "days", "dates", "timestamps"],
)  # fmt: skip
def test_periods_are_read_alike(engine, periods):
    assert both(engine, counts(period=periods))[3] == 3


@pytest.mark.parametrize(
    "numbers",
    [
        pa.array([1, 2, 3], pa.int8()), pa.array([1, 2, 3], pa.uint64()), pa.array([1.0, 2.0, 2.0**60]), pa.array([1, 2, 3], pa.float32()),
        pa.array([Decimal("1.00"), Decimal("2.00"), Decimal("3.00")]), pa.array([2**53 + 1, 2**60, 0]),
    ],
    ids=["int8", "uint64", "double", "float", "decimal", "large"],
)  # fmt: skip
def test_counts_of_any_type_are_read_alike(engine, numbers):
    both(engine, counts(numerator=numbers, denominator=[2**61] * 3))


def test_quantities_are_the_same_decimals_to_the_last(engine):
    floats = [0.1, 123456789.12, 0.1 + 0.2]
    table = counts(numerator=floats, denominator=pa.array([Decimal("1.5"), Decimal("2.25"), Decimal("1e20")]))
    rows = both(engine, table, kind="volumes")[0]
    assert [number in row for row, number in zip(rows, ("0.100000000000", "123456789.120000000000", "0.300000000000"), strict=True)] == [
        True, True, True,
    ]  # fmt: skip


def test_columns_are_summed_alike(engine):
    rows = both(engine, counts(more=[10, 20, 30]), columns={"numerator": ["numerator", "more"]})[0]
    assert "11" in rows[0]


def test_segments_and_cuts_are_read_alike(engine):
    table = counts(plan=["NA", "b", " c "], age=[89.99, 90.0, 400.0])
    rows = both(engine, table, segments=["plan", "age"], cuts={"age": [90, Decimal("365.5")]})[0]
    assert [name in row for row, name in zip(rows, ("'under 90'", "'90 to under 365.5'", "'365.5 or more'"), strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize(
    ("rules", "removed"),
    [
        ([{"column": "k", "above": 1}], [1]),
        ([{"column": "k", "at_least": Decimal("1.5")}, {"column": "event", "one_of": ["z"]}], [1, 1]),
        ([{"column": "event", "not_starting_with": "x"}], [1]),
        ([{"column": "note", "present": True}], [2]),
        ([{"column": "k", "one_of": [1, 3]}], [1]),
        ([{"column": "price", "above": Decimal("0.1")}], [1]),
    ],
)
def test_rules_keep_the_same_rows(engine, rules, removed):
    table = events(k=[1, 2, 3], note=["here", None, " "], price=[0.1, 0.2, 5.0])
    assert both(engine, table, kind="events", keep=rules)[1] == removed


def test_dates_that_stand_for_unknown_are_left_out_alike(engine):
    table = events(date=pa.array([datetime(1900, 1, 1), datetime(2026, 1, 2), datetime(2026, 2, 2)], pa.timestamp("us")))
    assert both(engine, table, kind="events")[2:] == ([("placeholder dates", False)], 2)


def test_rows_that_repeat_in_every_column_are_dropped_alike_and_others_never(engine):
    twice = pa.table({"period": ["2026-01"] * 3, "numerator": [1] * 3, "denominator": [10] * 3, "id": [1, 2, 2]})
    assert both(engine, twice, duplicates="drop")[2:] == ([("grain", True), ("duplicates", False)], 2)
    assert both(engine, twice, duplicates="keep")[3] == 3
    assert both(engine, twice.slice(0, 2))[3] == 2


# --- the same refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "there", "values"),
    [
        ({"numerator": [1, None, 3]}, "column 'numerator': the value is missing (1 row)", 1),
        ({"numerator": [1.0, 2.5, 2.5]}, "column 'numerator': '2.5' is not a whole number (2 rows)", 2),
        ({"numerator": [1.0, float("nan"), 3.0]}, "column 'numerator': 'nan' is not a whole number (1 row)", 1),
        ({"numerator": [1.0, float("inf"), 3.0]}, "column 'numerator': 'inf' is not a whole number (1 row)", 1),
        ({"numerator": [1.0, 1e300, 3.0]}, "column 'numerator': '1e+300' is not a whole number (1 row)", 1),
        ({"numerator": pa.array([1, 2, 2**64 - 1], pa.uint64())}, f"column 'numerator': '{2**64 - 1}' is not a whole number (1 row)", 1),
        ({"numerator": pa.array([Decimal("1.5"), Decimal("2.0"), Decimal("3.0")])}, "column 'numerator': '1.5' is not a whole number (1 row)", 1),
        ({"period": ["2026-01", "2026-02", "2026-13"]}, "column 'period': '2026-13' is not a period as", 1),
        ({"period": ["2026-01", "2026-02", "2026"]}, "column 'period': '2026' is not a period as", 1),
        ({"period": ["2026-Q1", "2026-Q2", "2026-Q5"]}, "column 'period': '2026-Q5' is not a period as", 1),
        ({"period": ["2026-02-28", "2026-02-29", "2026-02-01"]}, "column 'period': '2026-02-29' is not a period as", 1),
        ({"period": ["2026-01", "0000-01", "2026-02"]}, "column 'period': '0000-01' is not a period as", 1),
        ({"period": ["2026-01", None, "2026-02"]}, "column 'period': the value is missing (1 row)", 1),
        ({"plan": ["a", "  ", None]}, "column 'plan': the value is missing (1 row)", 2),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_value_and_how_often_it_stands(engine, columns, there, values):
    said, here = refusals(engine, counts(**{"plan": ["a", "b", "c"]} | columns), segments=["plan"])
    count = "1 value" if values == 1 else f"{values} values"
    assert said.startswith(f"t: {count} cannot be read\n  ") and here.startswith(f"t: {count} cannot be read\n  ")
    assert there in said


@pytest.mark.parametrize("number", [1e-13, 1e27, float("nan"), float("-inf")])
def test_a_quantity_that_twelve_decimals_cannot_hold_is_refused_alike(engine, number):
    said, here = refusals(engine, counts(numerator=[number, 1.0, 2.0]), kind="volumes")
    assert "1 value cannot be read\n" in said and "1 value cannot be read\n" in here


def test_a_number_or_date_held_as_text_is_refused(engine):
    held = "is not a whole number: its type is String, stored as text or something else; convert it where it is"
    said, _ = refusals(engine, counts(numerator=["1", "1", "2"]))
    assert (
        said == f"t: 3 values cannot be read\n  column 'numerator': '1' {held} (2 rows)\n  column 'numerator': '2' {held} (1 row)"
    )
    with pytest.raises(TableError) as error:
        read_remotely(engine(events(date=["2026-01-01"] * 3)), "t", reading(events(), kind="events"))
    assert str(error.value) == (
        "t: 3 values cannot be read\n  column 'date': '2026-01-01' is not a date or timestamp: its type is String; convert it where "
        "it is (3 rows)"
    )


def test_a_number_under_a_rule_that_cannot_be_read_is_a_fault_and_no_removal(engine):
    said, here = refusals(engine, events(price=[1.0, None, 0.0]), kind="events", keep=[{"column": "price", "above": 0}])
    assert said == "t: 1 value cannot be read\n  column 'price': the value is missing (1 row)"
    assert here == "t: 1 value cannot be read\n  row 2, column 'price': the value is missing"
    said, _ = refusals(engine, events(price=["1", "x", "0"]), kind="events", keep=[{"column": "price", "above": 0}])
    assert said.startswith("t: 3 values cannot be read\n")


def test_twenty_values_are_shown_and_the_rows_of_the_rest_are_counted(engine):
    table = pa.table({"period": [f"x{n:02}" for n in range(30)] * 2, "numerator": [1] * 60, "denominator": range(10, 70)})
    with pytest.raises(TableError) as error:
        read_remotely(engine(table), "t", reading(table))
    lines = str(error.value).splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("t: 60 values cannot be read", 22, "  and 20 more")


def test_a_table_without_rows_is_refused(engine):
    said, here = refusals(engine, counts().slice(0, 0))
    assert (said, here) == ("t: it has no rows", "t: it has a header and no rows")


@pytest.mark.parametrize(
    "columns", [{"numerator": [1, 5, 3], "denominator": [10, 0, 30]}, {"numerator": [1, -5, 3]}, {"denominator": [2**62] * 3}]
)
def test_impossible_and_too_large_counts_are_refused_in_the_same_words(engine, columns):
    there, here = refusals(engine, counts(**columns))
    assert there == here


def test_a_sum_of_columns_that_passes_the_largest_integer_is_refused_and_never_wraps(engine):
    there, here = refusals(
        engine, counts(numerator=[2**62, 1, 2], more=[2**62, 1, 2]), columns={"numerator": ["numerator", "more"]}
    )
    assert there == here
    assert there == f"t, column 'numerator and more': {2**63} is too large for a count: the sum passes 2^63 and would overflow"


def test_repeated_rows_of_counts_are_refused(engine):
    there, here = refusals(engine, pa.concat_tables([counts(), counts().slice(1, 1)]))
    said = "t: 1 row is a duplicate of another in every column, as 2026-02, 2, 20{}: counted twice; take it out, or say "
    assert there.startswith(said.format("")) and here.startswith(said.format(" (row 2 and row 4)"))


def test_amounts_of_several_currencies_are_not_added(engine):
    table = events(amount=[1, 2, 3], currency=["EUR", "USD", "EUR"])
    with pytest.raises(TableError, match=r"^t: the column 'currency' holds EUR and USD, and their amounts must not be added; "):
        _refuse_currencies(engine(table), reading(table, kind="events"), "t")


# --- time zones --------------------------------------------------------------------------------------------------------


def test_instants_are_cut_in_the_zone_of_the_engine_and_another_is_refused():
    polars = pytest.importorskip("polars")
    moments = pa.array(
        [datetime(2026, 2, 1, 4), datetime(2026, 2, 2), datetime(2026, 2, 3)], pa.timestamp("us", "America/New_York")
    )
    table, frame = events(date=moments), nw.from_native(polars.from_arrow(events(date=moments))).lazy()
    checked = read_remotely(frame, "t", reading(table, kind="events"))
    assert checked.frame.collect("pyarrow").to_native()["date"].to_pylist()[0] == datetime(2026, 1, 31, 23)
    assert [check.sentence for check in checked.notes] == [
        "Dates carry a time zone; periods are cut in the session's, America/New_York."
    ]
    with pytest.raises(TableError) as error:
        read_remotely(frame, "t", reading(table, kind="events", time_zone="Europe/Berlin"))
    assert str(error.value) == (
        "t, column 'date': it is cut in the session's time zone, America/New_York, not Europe/Berlin; set the session to the zone "
        "that is meant"
    )


# --- PostgreSQL --------------------------------------------------------------------------------------------------------

EXAMPLE = 'address as postgresql://user:password@host/database; give its name, as connection = "SALES_DB"'


@pytest.mark.parametrize("address", [None, "", "hunter2", "mysql://me:hunter2@host/db", "sqlite:///etc/passwd"])
def test_an_address_comes_from_the_environment_and_is_one_of_postgresql(monkeypatch, address):
    monkeypatch.delenv("SALES_DB", raising=False)
    if address is not None:
        monkeypatch.setenv("SALES_DB", address)
    with pytest.raises(CaseError) as error:
        open_postgres("postgresql:shop.sales", How(connection="SALES_DB"))
    assert str(error.value) == f"postgresql:shop.sales: the environment variable SALES_DB holds no {EXAMPLE}"


def test_a_table_on_a_server_needs_the_name_of_the_variable():
    with pytest.raises(CaseError) as error:
        open_postgres("postgresql:sales", How())
    assert str(error.value) == f"postgresql:sales: connection names no variable with an {EXAMPLE}"


def test_a_server_that_does_not_answer_is_told_without_its_password(monkeypatch):
    pytest.importorskip("ibis")
    monkeypatch.setenv("SALES_DB", "postgresql://me:hunter2@127.0.0.1:1/db")
    with pytest.raises(TableError) as error:
        open_postgres("postgresql:sales", How(connection="SALES_DB"))
    assert str(error.value).startswith("postgresql:sales: ")
    assert "hunter2" not in str(error.value) and os.environ["SALES_DB"] not in str(error.value)
