"""Frames of any library give the same checked table as a file does, and the same refusals."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.tables import read_table

WHOLE = "is not a whole number"


def rows(table):
    return table.relation.fetchall()


MONTHS = ["2026-01", "2026-02", "2026-03"]
FRAME = pd.DataFrame({"period": MONTHS, "plan": ["NA", "b", "b"], "numerator": [1, 2, 3], "denominator": [10, 2**53 + 1, 30]})
EXPECTED = [(date(2026, 1, 1), 1, 10, "NA"), (date(2026, 2, 1), 2, 2**53 + 1, "b"), (date(2026, 3, 1), 3, 30, "b")]


@pytest.mark.parametrize("form", ["csv", "parquet", "frame"])
@pytest.mark.parametrize("dtype", ["int64", "int32", "int8", "uint16", "Int64", "float64", "object"])
def test_the_same_counts_come_from_a_file_a_parquet_file_and_a_frame(tmp_path, form, dtype):
    frame = FRAME.astype({"numerator": dtype})
    path = tmp_path / f"t.{form}"
    if form == "csv":
        frame.to_csv(path, index=False)
    if form == "parquet":
        frame.to_parquet(path)
    table = read_table(frame if form == "frame" else path, kind="counts", segments=["plan"])
    assert (rows(table), table.grain) == (EXPECTED, "month")


@pytest.mark.parametrize("form", ["parquet", "frame"])
def test_a_count_held_as_text_is_a_fault_where_columns_have_types(tmp_path, form):
    frame = FRAME.astype({"numerator": "str"})
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(TableError) as error:
        read_table(frame if form == "frame" else "t.parquet", kind="counts", folder=tmp_path)
    name, held = "the frame" if form == "frame" else "t.parquet", f"{WHOLE}: its type is text; store it as a number"
    told = "\n".join(f"  row {row}, column 'numerator': '{row}' {held}" for row in (1, 2, 3))
    assert str(error.value) == f"{name}: 3 values cannot be read\n{told}"


@pytest.mark.parametrize(
    "months",
    [
        MONTHS,
        pd.Categorical(MONTHS),
        pd.PeriodIndex(MONTHS, freq="M"),
        pd.to_datetime(MONTHS),
        [date(2026, month, 1) for month in (1, 2, 3)],
    ],
    ids=["text", "categories", "periods", "timestamps", "dates"],
)
def test_a_month_in_a_frame_may_be_text_period_or_date(months):
    table = read_table(FRAME.assign(period=months), kind="counts", segments=["plan"])
    assert (rows(table), table.grain) == (EXPECTED, "month")


def test_decimals_of_a_frame_are_exact_whether_they_are_floats_or_decimals():
    for kind in (float, Decimal):
        frame = pd.DataFrame({"period": "2026-01", "numerator": [kind("0.1")], "x": [kind("0.2")], "denominator": [kind("3")]})
        table = read_table(frame, kind="volumes", columns={"numerator": ["numerator", "x"]})
        assert rows(table) == [(date(2026, 1, 1), Decimal("0.3"), Decimal("3"))]


def test_a_missing_or_broken_number_in_a_frame_is_told_with_its_row():
    with pytest.raises(TableError) as error:
        read_table(FRAME.assign(numerator=[1.5, None, 3]), kind="counts")
    assert str(error.value) == (
        "the frame: 2 values cannot be read\n"
        f"  row 1, column 'numerator': '1.5' {WHOLE}\n"
        "  row 2, column 'numerator': the value is missing"
    )


@pytest.mark.parametrize("kind", [object, "category", "str"])
def test_a_missing_segment_in_a_frame_is_a_fault_and_no_segment_named_nan(kind):
    frame = FRAME.assign(plan=pd.Series(["a", None, "b"]).astype(kind))
    with pytest.raises(TableError) as error:
        read_table(frame, kind="counts", segments=["plan"])
    assert str(error.value) == "the frame: 1 value cannot be read\n  row 2, column 'plan': the value is missing"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("form", ["frame", "parquet"])
def test_dates_with_a_time_zone_are_read_in_utc_whatever_their_unit(tmp_path, unit, form):
    moments = pd.Series(pd.to_datetime(["2026-01-31 23:30"])).dt.tz_localize("America/New_York").dt.as_unit(unit)
    frame = pd.DataFrame({"customer": ["a"], "date": moments, "event": "active"})
    if form == "parquet":
        frame.to_parquet(tmp_path / "t.parquet")
    table = read_table(frame if form == "frame" else tmp_path / "t.parquet", kind="events")
    assert rows(table) == [("a", datetime(2026, 2, 1, 4, 30), "active")]


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_a_period_with_a_time_zone_is_refused_unless_the_zone_is_said_on_which_its_day_depends(unit):
    period = pd.Series(pd.to_datetime(["2026-01-01"])).dt.tz_localize("America/New_York").dt.as_unit(unit)
    frame = pd.DataFrame({"period": period, "numerator": 1, "denominator": 10})
    with pytest.raises(TableError) as error:
        read_table(frame, kind="counts")
    assert str(error.value) == (
        "the frame: 1 value cannot be read\n  row 1, column 'period': '2026-01-01 05:00:00+00' is not a period without a time "
        'zone; give the zone it is meant in, as time_zone = "Europe/Berlin", or convert it to dates'
    )
    for zone, first in (("America/New_York", date(2026, 1, 1)), ("America/Los_Angeles", date(2025, 12, 31))):
        table = read_table(frame, kind="counts", time_zone=zone)
        assert rows(table)[0][0] == first
        assert table.checks[0] == Check("time zone", True, f"Dates carry an offset; periods are cut in {zone}.")


def test_frames_that_are_read_beside_each_other_keep_their_own_rows():
    tables = [read_table(FRAME.assign(denominator=FRAME["denominator"] + more), kind="counts") for more in (0, 5)]
    assert [[row[2] for row in rows(table)] for table in tables] == [[10, 2**53 + 1, 30], [15, 2**53 + 6, 35]]


def test_the_index_of_a_frame_is_not_read_and_the_frame_is_not_changed():
    frame = FRAME.set_index(pd.Index([7, 7, 7], name="plan2"))
    before = frame.copy()
    assert rows(read_table(frame, kind="counts", segments=["plan"])) == EXPECTED
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 2**58 - 1), st.integers(1, 2**58 - 1)), min_size=1, max_size=30))
def test_any_counts_come_back_as_they_were(numbers):
    frame = pd.DataFrame(numbers, columns=["month", "numerator", "denominator"])
    frame["period"] = [f"2026-{month + 1:02}" for month in frame["month"]]
    expected = [(date(2026, month + 1, 1), n, d) for month, n, d in numbers]
    assert rows(read_table(frame, kind="counts", duplicates="keep")) == expected
    with TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "t.csv", index=False)
        assert rows(read_table("t.csv", kind="counts", folder=Path(folder), duplicates="keep")) == expected


def test_dates_of_a_frame_with_a_time_zone_are_read_as_those_of_a_file_with_offsets(tmp_path):
    (tmp_path / "t.csv").write_text(
        "customer,date,event\na,2026-01-31T23:30:00-05:00,active\nb,2026-02-01T00:30:00-05:00,active\n"
    )
    file = read_table("t.csv", kind="events", folder=tmp_path)
    frame = pd.DataFrame(
        {"customer": ["a", "b"], "date": pd.to_datetime(["2026-02-01 04:30", "2026-02-01 05:30"]), "event": "active"}
    )
    zoned = frame.assign(date=frame["date"].dt.tz_localize("UTC").dt.tz_convert("America/New_York"))
    assert rows(read_table(zoned, kind="events")) == rows(file) == rows(read_table(frame, kind="events"))


# --- every library -----------------------------------------------------------------------------------------------------


def polars(table):
    return pytest.importorskip("polars").from_arrow(table)


#: a library -> an Arrow table as its own
LIBRARIES = {
    "pandas": lambda table: table.to_pandas(),
    "pandas with Arrow types": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": polars,
    "polars, lazy": lambda table: polars(table).lazy(),
    "Arrow": lambda table: table,
    "Arrow, in batches": lambda table: pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1)),
    "DuckDB": lambda table: duckdb.connect().from_arrow(table),
    "narwhals": lambda table: nw.from_native(table),
    "narwhals, lazy": lambda table: nw.from_native(polars(table)).lazy(),
}


@pytest.fixture(params=LIBRARIES)
def library(request):
    return LIBRARIES[request.param]


COUNTS = pa.table(
    {
        "period": ["2026-01", "2026-02", "2026-02"],
        "plan": ["NA", "b", "a"],
        "numerator": [1, 2, 3],
        "denominator": [10, 2**53 + 1, 30],
    }
)
EVENTS = pa.table(
    {
        "customer": ["007", "7", "7"],
        "date": pa.array([datetime(2026, 1, 31, 23, 30), datetime(2026, 2, 1), datetime(2026, 2, 2)], pa.timestamp("us")),
        "event": ["upgrade", "upgrade", "upgrdae"],
        "amount": pa.array([Decimal("0.10"), Decimal("123456789.12"), Decimal("-5.00")], pa.decimal128(20, 2)),
    }
)


def test_counts_of_any_library_are_the_same_table(library):
    table = read_table(library(COUNTS), kind="counts", segments=["plan"])
    assert rows(table) == [
        (date(2026, 1, 1), 1, 10, "NA"), (date(2026, 2, 1), 2, 2**53 + 1, "b"), (date(2026, 2, 1), 3, 30, "a"),
    ]  # fmt: skip
    assert rows(table)[0][1] == 1  # also when it is read once more
    assert (table.grain, table.checks, table.rows_read) == ("month", (), 3)


def test_events_of_any_library_are_the_same_table_with_the_same_checks(library):
    table = read_table(library(EVENTS), kind="events")
    assert rows(table) == [
        ("007", datetime(2026, 1, 31, 23, 30), "upgrade", Decimal("0.1")),
        ("7", datetime(2026, 2, 1), "upgrade", Decimal("123456789.12")),
        ("7", datetime(2026, 2, 2), "upgrdae", Decimal(-5)),
    ]
    assert [check.sentence for check in table.checks] == [
        "The events 'upgrade' and 'upgrdae' differ by little: is one misspelt?",
        "1 row has a negative 'amount' (the least -5): refunds are taken off the amounts.",
    ]


def test_faults_of_any_library_are_told_alike(library):
    broken = COUNTS.set_column(2, "numerator", pa.array([1, None, 3])).set_column(1, "plan", pa.array(["a", " ", None]))
    with pytest.raises(TableError) as error:
        read_table(library(broken), kind="counts", segments=["plan"])
    assert str(error.value) == (
        "the frame: 3 values cannot be read\n"
        "  row 2, column 'numerator': the value is missing\n"
        "  row 2, column 'plan': the value is missing\n"
        "  row 3, column 'plan': the value is missing"
    )


def test_numbers_held_as_text_are_faults_in_any_library(library):
    broken = COUNTS.set_column(2, "numerator", pa.array(["1", "2", "3"]))
    with pytest.raises(TableError) as error:
        read_table(library(broken), kind="counts")
    assert f"row 1, column 'numerator': '1' {WHOLE}: its type is text; store it as a number" in str(error.value)


def test_repeated_rows_are_refused_in_any_library(library):
    with pytest.raises(TableError) as error:
        read_table(library(pa.concat_tables([COUNTS, COUNTS.slice(1, 1)])), kind="counts", segments=["plan"])
    assert str(error.value) == (
        f"the frame: 1 row is a duplicate of another in every column, as 2026-02, b, 2, {2**53 + 1} (row 2 and row 4): counted "
        "twice; take it out, or say duplicates = 'keep' where such rows are rightly alike, or 'drop'"
    )


def test_names_chosen_from_a_list_are_text_in_any_library(library):
    listed = COUNTS.set_column(1, "plan", COUNTS["plan"].dictionary_encode()).set_column(
        0, "period", COUNTS["period"].dictionary_encode()
    )
    table = read_table(library(listed), kind="counts", segments=["plan"])
    assert [row[3] for row in rows(table)] == ["NA", "b", "a"]


def test_a_column_of_nothing_is_missing_in_any_library(library):
    with pytest.raises(TableError) as error:
        read_table(library(COUNTS.set_column(2, "numerator", pa.nulls(3))), kind="counts")
    assert str(error.value).startswith("the frame: 3 values cannot be read\n  row 1, column 'numerator': ")


@pytest.mark.parametrize("thing", [[1], {"a": [1]}, 5, None, pd.Series([1]), object()])
def test_what_is_no_table_is_refused(thing):
    with pytest.raises(TableError) as error:
        read_table(thing, kind="counts")
    kind = f"{type(thing).__module__}.{type(thing).__qualname__}"
    assert str(error.value) == (
        f"the frame: a {kind} is no table; give a path, or a pandas, polars, Arrow, DuckDB, Spark or Ibis table"
    )


# --- pandas, whose columns may hold anything ---------------------------------------------------------------------------


def long(**columns):
    """A frame of 5,000 rows, longer than any sample that is looked at."""
    plain = {"period": "2026-01", "numerator": range(5000), "denominator": 9999}
    return pd.DataFrame(plain | columns)


def test_decimals_with_more_places_far_down_are_exact():
    values = pd.Series([Decimal("1.5")] * 4999 + [Decimal("1.123456")], dtype=object)
    table = read_table(long(numerator=values, row=range(5000)), kind="volumes")
    assert table.relation.aggregate("sum(numerator)").fetchall() == [(Decimal("7499.623456"),)]
    assert sum(values) + Decimal("0.5") == Decimal("7500.123456") - 1 + Decimal(1)  # 4,999 x 1.5 = 7,498.5


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (2.5, f"row 5000, column 'numerator': '2.5' {WHOLE}"),
        ("x", f"row 1, column 'numerator': '1' {WHOLE}: its type is text; store it as a number"),
        (True, f"row 1, column 'numerator': '1' {WHOLE}: its type is text; store it as a number"),
        (None, "row 5000, column 'numerator': the value is missing"),
    ],
)
def test_a_value_of_another_type_far_down_is_no_number(last, said):
    with pytest.raises(TableError) as error:
        read_table(long(numerator=pd.Series([1] * 4999 + [last], dtype=object)), kind="counts")
    assert said in str(error.value)


def test_ids_that_are_numbers_and_texts_are_kept_as_they_are_written():
    frame = pd.DataFrame({"customer": [7, "007", 7.5], "date": pd.to_datetime(["2026-01-01"] * 3), "event": "x"})
    assert [row[0] for row in rows(read_table(frame, kind="events"))] == ["7", "007", "7.5"]


@pytest.mark.parametrize(
    "extra",
    [
        pd.arrays.IntervalArray.from_breaks(range(3)), pd.to_timedelta([1, 2], unit="D"), [1j, 2], pd.arrays.SparseArray([1, 2]),
        [{"a": 1}, {"b": 2}], [[1], [2]], [object(), object()], [pd.Timestamp("2026"), "x"], [b"a", b"b"], [2**70, 1],
    ],
    ids=lambda extra: type(extra).__name__ if not isinstance(extra, list) else type(extra[0]).__name__,
)  # fmt: skip
def test_a_column_of_anything_that_is_not_used_is_in_nobodys_way(extra):
    frame = pd.DataFrame({"period": ["2026-01", "2026-02"], "numerator": [1, 2], "denominator": 10, "extra": extra})
    assert [row[1] for row in rows(read_table(frame, kind="counts"))] == [1, 2]


def test_what_a_float_leaves_behind_is_no_fault():
    frame = pd.DataFrame({"period": ["2026-01", "2026-02"], "numerator": [0.1 + 0.2, 1 / 3], "denominator": [3 * 1.1, 1e-5]})
    assert [row[1:] for row in rows(read_table(frame, kind="volumes"))] == [
        (Decimal("0.3"), Decimal("3.3")), (Decimal("0.333333333333"), Decimal("0.00001")),
    ]  # fmt: skip


def test_repeated_moments_of_a_time_zone_are_told_without_pytz():
    moments = pd.to_datetime(["2026-01-01", "2026-01-01"]).tz_localize("UTC")
    table = read_table(pd.DataFrame({"customer": "a", "date": moments, "event": "x"}), kind="events")
    assert table.checks[-1].sentence == (
        "1 row is a duplicate of another in every column (row 1 and row 2): counted as they stand; "
        "duplicates = 'drop' leaves them out."
    )
