"""What may be missing in single rows is NULL and never a guess; what is there is read as strictly as ever."""

from datetime import datetime
from decimal import Decimal

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpikit.errors import CaseError, TableError
from kpikit.measuring import measure
from kpikit.tables import read_table
from kpikit.tables.columns import converted
from kpikit.tables.roles import KINDS

HEADER = "customer,date,outcome,amount,arm\n"
ROWS = HEADER + '007,2025-10-06,1,12.50,offer\n7,,,,\nC3,"  ",0,0.10," "\n'
READ = [
    ("007", datetime(2025, 10, 6), 1, Decimal("12.50"), "offer"),
    ("7", None, None, None, None),
    ("C3", None, 0, Decimal("0.10"), None),
]
MAP = 'name the right ones in columns, as columns = { period = "month" }, in segments or in keep'
IDS = "which no report shows; name a column with a few values instead, as a region"
FIELDS = ["customer", "date", "outcome", "amount", "arm"]


@pytest.fixture
def read(tmp_path):
    def read(text, kind="customers", **how):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        return read_table("t.csv", kind=kind, folder=tmp_path, **how)

    return read


def rows(table, *names):
    found = table.frame.select(*(names or FIELDS)).collect("pyarrow").to_native().to_pylist()
    return [tuple(row.values()) for row in found]


def refusal(read, *arguments, **how):
    with pytest.raises((TableError, CaseError)) as error:
        read(*arguments, **how)
    return str(error.value)


# --- text --------------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_null_and_what_is_there_is_read(read):
    assert rows(read(ROWS)) == READ


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,2025-13-06,1,1,x", "column 'date': '2025-13-06' is not a date as 2026-01-31 or 2026-01-31 14:30; give date_format for another"),
        ("a,,1.5,1,x", "column 'outcome': '1.5' is not 1 or 0, true or false, yes or no"),
        ("a,,n/a,1,x", "column 'outcome': 'n/a' is not 1 or 0, true or false, yes or no"),
        ("a,,1,abc,x", "column 'amount': 'abc' is not a number written with digits and a decimal point, at most 12 decimals"),
        (",,1,1,x", "column 'customer': the value is missing"),
        ('" ",,1,1,x', "column 'customer': ' ' is not present"),
    ],
)  # fmt: skip
def test_a_value_that_is_there_and_wrong_is_a_fault_with_its_line(read, row, said):
    told = refusal(read, ROWS + row + "\n")
    assert told.splitlines()[0] == "t.csv: 1 value cannot be read"
    assert told.splitlines()[1].startswith("  line 5, column ")
    if "' '" not in said:
        assert told.splitlines()[1] == f"  line 5, {said}"


@pytest.mark.parametrize("empty", ["", " ", "\t", " \t "])
def test_blanks_are_missing(read, empty):
    assert rows(read(f"{HEADER}a,{empty},{empty},{empty},{empty}\nb,2025-01-01,1,1,x\n"))[0] == ("a", None, None, None, None)


@pytest.mark.parametrize("role", [role for role, by in KINDS["customers"].roles.items() if by.endswith("?")])
def test_a_column_may_be_missing_in_every_row_and_altogether(read, role):
    assert rows(read(f"customer,{role}\na,\nb,\n"), role) == [(None,), (None,)]
    assert role not in read("customer,other\na,1\n").roles


def test_an_empty_reason_is_read_as_asked_and_not_answered(read):
    table = read("customer,date,reason\na,2025-01-01,price\na,2025-01-01,not needed\nb,2025-01-02,\nc,,\n", "answers")
    assert rows(table, "customer", "reason") == [("a", "price"), ("a", "not needed"), ("b", None), ("c", None)]
    assert table.contract["first"] == "2025-01-01"


def test_a_reason_is_needed_as_a_column_even_where_nobody_answered(read):
    told = refusal(read, "customer,date\na,2025-01-01\n", "answers")
    assert told.startswith("t.csv: no column 'reason' in the header; there is customer, date; ")


def test_what_may_not_be_missing_is_still_a_fault(read):
    assert "line 2, column 'date': the value is missing" in refusal(read, "customer,date,event\na,,x\n", "events")


def test_the_reading_of_a_value_that_may_be_missing_is_that_of_the_value():
    plain, may = converted("x", "VARCHAR", "count"), converted("x", "VARCHAR", "count?")
    with duckdb.connect() as connection:
        connection.register("t", pa.table({"x": ["7", "x", "", None]}))
        found = [connection.sql(f"SELECT {one.value}, {one.fault} FROM t").fetchall() for one in (plain, may)]
    assert found == [
        [(7, False), (None, True), (None, True), (None, True)],
        [(7, False), (None, True), (None, False), (None, False)],
    ]


# --- typed sources -----------------------------------------------------------------------------------------------------


def typed():
    return pa.table({
        "customer": ["007", "7", "C3"],
        "date": pa.array([datetime(2025, 10, 6), None, None], pa.timestamp("us")),
        "outcome": pa.array([1, None, 0], pa.int8()),
        "amount": pa.array([12.5, None, 0.1]),
        "arm": ["offer", None, " "],
    })  # fmt: skip


def on_duckdb(table):
    connection = duckdb.connect()
    connection.register("given", table)
    return connection.sql("SELECT * FROM given")


def on_polars(table):
    return pytest.importorskip("polars").from_arrow(table)


SOURCES = {"arrow": lambda table: table, "pandas": lambda table: table.to_pandas(), "duckdb": on_duckdb, "polars": on_polars}


@pytest.mark.parametrize("source", SOURCES)
def test_typed_sources_are_read_alike(source):
    assert rows(read_table(SOURCES[source](typed()), kind="customers")) == READ


def test_a_parquet_file_is_read_alike(tmp_path):
    pq.write_table(typed(), tmp_path / "t.parquet")
    assert rows(read_table("t.parquet", kind="customers", folder=tmp_path)) == READ


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_table_that_stays_on_its_engine_is_read_alike(engine):
    from kpikit.tables.checked import Reading
    from kpikit.tables.how import How
    from kpikit.tables.remote import read_remotely
    from kpikit.tables.roles import roles_of

    reading = Reading("customers", roles_of("customers", {}, typed().column_names, "t"), (), (), How())

    def frame(table):
        return nw.from_native(SOURCES[engine](table)).lazy()

    found = read_remotely(frame(typed()), "t", reading).frame.select(*FIELDS).collect("pyarrow").to_native().to_pylist()
    assert [tuple(row.values()) for row in found] == READ
    wrong = typed().set_column(2, "outcome", pa.array([1.5, None, 0.0]))
    with pytest.raises(TableError) as error:
        read_remotely(frame(wrong), "t", reading)
    assert (
        str(error.value) == "t: 1 value cannot be read\n  column 'outcome': '1.5' is not 1 or 0, true or false, yes or no (1 row)"
    )


@pytest.mark.parametrize(
    ("column", "values", "said"), [("amount", [float("inf"), None, 0.1], "'inf' is not a number written with digits")]
)
def test_a_wrong_value_of_a_typed_source_is_a_fault(column, values, said):
    wrong = typed().set_column(FIELDS.index(column), column, pa.array(values))
    assert said in refusal(read_table, wrong, kind="customers")


# --- features ----------------------------------------------------------------------------------------------------------


def featured():
    return pa.table(
        {"customer": ["a", "b", "c"], "age": pa.array([30, None, 4]), "plan": ["pro", "", None], "seats": [1.5, None, 2.0]}
    )


@pytest.mark.parametrize("source", SOURCES)
def test_features_are_text_that_may_be_missing(source):
    table = read_table(SOURCES[source](featured()), kind="customers", features=["plan", "age"])
    assert table.features == ("plan", "age")
    found = rows(table, "plan", "age")
    assert [plan for plan, _ in found] == ["pro", None, None]
    assert [age and float(age) for _, age in found] == [30.0, None, 4.0]
    assert all(age is None or isinstance(age, str) for _, age in found)


def test_features_of_text_files_keep_every_sign(read):
    table = read("customer,id,x\na,007,0x1F\nb,,n/a\n", features=["id", "x"])
    assert rows(table, "id", "x") == [("007", "0x1F"), (None, "n/a")]
    assert "id" not in table.columns


def test_a_feature_that_is_a_segment_too_is_read_once_and_as_a_segment(read):
    table = read("customer,plan,age\na,pro,1\n", segments=["plan"], features=["plan", "age"])
    assert (table.segments, table.features) == (("plan",), ("age",))
    assert "column 'plan': the value is missing" in refusal(read, "customer,plan\na,\n", segments=["plan"], features=["plan"])


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (["nope"], "t.csv: no column 'nope' in the header; there is customer, plan, value; " + MAP),
        (["value"], "t.csv: a segment cannot be called 'value', the results have a column of that name; rename it"),
        (["plan", "plan"], "t.csv: the segment 'plan' is named twice; take one out"),
        (["customer"], "t.csv: 'customer' holds the ids of the role 'customer', " + IDS),
    ],
)
def test_a_feature_that_clashes_or_is_not_there_is_refused(read, features, said):
    assert refusal(read, "customer,plan,value\na,x,1\n", features=features) == said


# --- until -------------------------------------------------------------------------------------------------------------


def test_rows_without_a_date_stay_when_later_ones_are_left_out(read):
    table = read(HEADER + "a,2025-01-01,1,1,x\nb,,1,1,x\nc,2025-03-01,1,1,x\n").until(datetime(2025, 2, 1))
    assert rows(table, "customer") == [("a",), ("b",)]
    assert [check.sentence for check in table.checks] == [
        "1 row is dated in the future of 2025-02-01, the last 2025-03-01: left out."
    ]


def test_a_table_without_any_date_has_no_future(read):
    table = read("customer,outcome\na,1\nb,0\n")
    assert table.until(datetime(1990, 1, 1)) is table
    assert (table.contract["first"], table.contract["last"]) == (None, None)
    dated = read("customer,date\na,\nb,\n")
    assert dated.until(datetime(1990, 1, 1)) is dated


def test_a_date_that_stands_for_unknown_is_left_out_and_a_missing_one_is_not(read):
    text = "customer,date\na,2025-01-01\nb,\nc,1900-01-01\nd,2025-02-01\n"
    table = read(text)
    assert sorted(rows(table, "customer")) == [("a",), ("b",), ("d",)]
    assert [check.name for check in table.checks] == ["placeholder dates"]


# --- what they are not for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("answers", "upgrade_rate: rows of answers hold no counts of a KPI; it is measured on "
         "counts, volumes, events, plans, orders, customers, ratings"),
        ("customers", "upgrade_rate: variant 'all_subscribers' is not measured from customers; it is measured from counts, plans or events"),
    ],
)  # fmt: skip
def test_a_kpi_is_measured_on_the_kinds_that_it_names(kind, message):
    frame = pd.DataFrame({"customer": ["a"], "reason": ["x"]})
    with pytest.raises(CaseError) as error:
        measure("upgrade_rate", read_table(frame, kind=kind), window="month", as_of="2026-01-01")
    assert str(error.value) == message
