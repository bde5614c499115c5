"""look: what the columns of a file hold, so that a case can be drafted from them."""

from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpikit.errors import TableError
from kpikit.tables import Column, look


def looked(folder, *values, name="t.csv"):
    """The column of a file that holds these values."""
    (folder / name).write_text("other,x\n" + "".join(f"o,{value}\n" for value in values), encoding="utf-8")
    return look(folder / name)[1]


@pytest.mark.parametrize(
    ("values", "reads_as"),
    [
        (["1", "22"], "count"),
        (["-1", "3.0"], "count"),
        (["2025", "2026"], "count"),  # a year is a count first
        (["1", "2.5"], "quantity"),
        (["2026-01-31", "2026-02-28"], "moment"),
        (["2026-01-31 14:30", "2026-02-28"], "moment"),
        (["2026-01", "2026-02"], "period"),
        (["2026-Q1", "2026Q2"], "period"),
        (["Basic", "Plus"], "text"),
        (["1", "two"], "text"),
        (["1", ""], "text"),  # a missing value is no count
        (["2026-01", "2026-Q1"], "text"),
        (["31/01/2026"], "text"),
        (["1e3"], "text"),
        (["007", "7"], "count"),
    ],
)
def test_a_column_reads_as_the_strictest_type_that_all_its_values_fit(tmp_path, values, reads_as):
    assert looked(tmp_path, *values).reads_as == reads_as


def test_different_values_are_counted_as_they_are_written(tmp_path):
    assert looked(tmp_path, "007", "7", "7").distinct == 2
    assert looked(tmp_path, "NA", "None", "null").distinct == 3
    assert looked(tmp_path, "a", "", "a").distinct == 1


def test_the_example_is_one_of_the_values(tmp_path):
    assert looked(tmp_path, "b", "a", "c").example in ("a", "b", "c")


def test_a_column_without_any_value_is_text(tmp_path):
    assert looked(tmp_path, "", "") == Column("x", "text", 0, "", None)


@pytest.mark.parametrize(
    ("values", "last"),
    [
        (["2026-01", "2025-12"], date(2026, 1, 1)),
        (["2026-Q3", "2026-Q1"], date(2026, 7, 1)),
        (["2026-01-31", "2026-02-28"], datetime(2026, 2, 28)),
        (["5"], None),
        (["a"], None),
    ],
)
def test_the_last_date_of_a_column_is_told(tmp_path, values, last):
    assert looked(tmp_path, *values).last == last


def test_every_column_is_told_in_the_order_of_the_file(tmp_path):
    (tmp_path / "t.csv").write_text("month;plan;n\n2026-01;a;1\n2026-02;a;2\n")
    assert look(tmp_path / "t.csv") == [
        Column("month", "period", 2, "2026-01", date(2026, 2, 1), "month"),
        Column("plan", "text", 1, "a", None),
        Column("n", "count", 2, "1", None),
    ]


def test_a_parquet_file_is_looked_at_by_its_types(tmp_path):
    table = pa.table({"n": [1, 2], "v": [0.5, 1.5], "d": pa.array([date(2026, 1, 31), date(2026, 2, 28)]), "s": ["a", "b"]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert [(column.name, column.reads_as) for column in look(tmp_path / "t.parquet")] == [
        ("n", "count"),
        ("v", "quantity"),
        ("d", "moment"),
        ("s", "text"),
    ]


def test_another_encoding_is_given(tmp_path):
    (tmp_path / "t.csv").write_bytes("stadt\nZürich\n".encode("latin-1"))
    assert look(tmp_path / "t.csv", encoding="latin-1") == [Column("stadt", "text", 1, "Zürich", None)]


def test_a_column_is_looked_at_as_the_file_is_said_to_be_written(tmp_path):
    (tmp_path / "t.csv").write_text("day;n;money\n31.01.2026;1.234;1,5\n28.02.2026;5;2,5\n")
    plain = look(tmp_path / "t.csv", separator=";")
    assert [column.reads_as for column in plain] == ["text", "quantity", "text"]
    told = look(tmp_path / "t.csv", separator=";", decimal=",", thousands=".", date_format="%d.%m.%Y")
    assert [column.reads_as for column in told] == ["moment", "count", "quantity"]
    assert told[0].last == datetime(2026, 2, 28)


def test_a_number_held_as_text_in_parquet_is_text(tmp_path):
    pq.write_table(pa.table({"n": ["1", "2"]}), tmp_path / "t.parquet")
    assert look(tmp_path / "t.parquet")[0].reads_as == "text"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TableError) as error:
        look(tmp_path / "none.csv")
    assert str(error.value) == f"no file {tmp_path / 'none.csv'}"
