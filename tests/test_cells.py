"""Sheets of an Excel workbook and tables of a SQLite file: cells that each have a type of their own, read strictly."""

import sqlite3
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from workbooks import Xml, workbook

from kpikit.errors import TableError
from kpikit.tables import read_table
from kpikit.tables.hashing import file_hash

HEADER = ["period", "numerator", "denominator"]
WHOLE = "is not a whole number"
NUMBER = "is not a number written with digits and a decimal point, at most 12 decimals"
CHECK = (False, "The column 'numerator' holds numbers stored as text; they were read as numbers.")


@pytest.fixture
def read(tmp_path):
    """Reads rows as the only sheet of a workbook, or several sheets by name."""

    def read(rows, kind="counts", more="", **how):
        pytest.importorskip("python_calamine")
        workbook(tmp_path / "t.xlsx", rows if isinstance(rows, dict) else {"Sheet 1": rows}, more)
        return read_table("t.xlsx", kind=kind, folder=tmp_path, **how)

    return read


@pytest.fixture
def refusal(read):
    def refusal(rows, kind="counts", more="", **how):
        with pytest.raises(TableError) as error:
            read(rows, kind, more, **how)
        return str(error.value)

    return refusal


def rows(table):
    return table.relation.fetchall()


def told(table, name):
    return [(check.passed, check.sentence) for check in table.checks if check.name == name]


# --- a sheet -----------------------------------------------------------------------------------------------------------


def test_a_sheet_is_read_with_its_numbers_as_they_are(read):
    table = read([HEADER, ["2026-01", 1, 10], ["2026-02", 2.0, 2**53]])
    assert rows(table) == [(date(2026, 1, 1), 1, 10), (date(2026, 2, 1), 2, 2**53)]
    assert table.checks == ()


def test_a_date_cell_is_a_day_and_a_time_cell_a_moment(read):
    assert rows(read([HEADER, [date(2026, 1, 1), 1, 10], [date(2026, 2, 1), 2, 20]])) == [
        (date(2026, 1, 1), 1, 10), (date(2026, 2, 1), 2, 20),
    ]  # fmt: skip
    moments = [
        datetime(2026, 1, 31, 14, 30),
        datetime(2026, 1, 31, 23, 59, 59),
        datetime(2026, 2, 1),
        datetime(2026, 2, 1, 0, 0, 1),
    ]
    table = read([["customer", "date", "event"], *([f"c{n}", when, "x"] for n, when in enumerate(moments))], "events")
    assert [row[1] for row in rows(table)] == moments


def test_a_number_that_is_no_date_cell_is_no_date(refusal):
    assert refusal([["customer", "date", "event"], ["a", 46023, "x"]], "events") == (
        "t.xlsx: 1 value cannot be read\n  row 2, column 'date': '46023' is not a date as 2026-01-31 or 2026-01-31 14:30; give "
        "date_format for another"
    )


def test_numbers_stored_as_text_are_read_and_it_is_said(read, refusal):
    table = read([HEADER, ["2026-01", "1", 10], ["2026-02", 2, 20]])
    assert [row[1] for row in rows(table)] == [1, 2]
    assert told(table, "numbers as text") == [CHECK]
    both = read([HEADER, ["2026-01", "1", "10"]])
    assert told(both, "numbers as text") == [
        (False, "The columns 'numerator' and 'denominator' hold numbers stored as text; they were read as numbers.")
    ]
    assert refusal([HEADER, ["2026-01", "1,5", 10]]) == (
        f"t.xlsx: 1 value cannot be read\n  row 2, column 'numerator': '1,5' {WHOLE}"
    )


def test_what_a_sum_of_floats_leaves_behind_is_no_fault(read):
    table = read([HEADER, ["2026-01", 0.1 + 0.2, 1 / 3], ["2026-02", 1e-5, 123456789.12]], "volumes")
    assert [row[1:] for row in rows(table)] == [
        (Decimal("0.3"), Decimal("0.333333333333")), (Decimal("0.00001"), Decimal("123456789.12")),
    ]  # fmt: skip


def test_a_float_that_twelve_decimals_lose_is_a_fault(refusal):
    assert refusal([HEADER, ["2026-01", 1e-13, 1]], "volumes") == (
        f"t.xlsx: 1 value cannot be read\n  row 2, column 'numerator': '0.0000000000001' {NUMBER}"
    )


@pytest.mark.parametrize(
    "cell",
    [None, "", "  ", Xml('<c r="REF" t="e"><v>#DIV/0!</v></c>'), Xml('<c r="REF"><f>1+1</f></c>'), Xml('<c r="REF"/>')],
    ids=["none", "empty", "spaces", "error", "formula never computed", "format alone"],
)
def test_an_empty_or_broken_cell_is_missing_and_no_zero(refusal, cell):
    message = refusal([HEADER, ["2026-01", 1, 10], ["2026-02", cell, 20]])
    assert message.startswith("t.xlsx: 1 value cannot be read\n  row 3, column 'numerator': ")
    assert "the value is missing" in message or f"'  ' {WHOLE}" in message


def test_a_formula_is_its_stored_value(read):
    assert rows(read([HEADER, ["2026-01", Xml('<c r="REF"><f>1+1</f><v>2</v></c>'), 10]]))[0][1] == 2


def test_a_merged_cell_holds_its_value_once_and_the_others_are_missing(refusal):
    merged = [[*HEADER, "plan"], ["2026-01", 1, 10, "a"], [None, 2, 20, "b"]]
    assert refusal(merged, segments=["plan"]) == (
        "t.xlsx: 1 value cannot be read\n  row 3, column 'period': the value is missing"
    )


def test_truth_values_are_no_counts(refusal):
    assert refusal([HEADER, ["2026-01", True, 10]]) == (
        f"t.xlsx: 1 value cannot be read\n  row 2, column 'numerator': 'true' {WHOLE}"
    )


def test_empty_rows_are_no_rows_and_the_row_of_a_fault_is_that_of_the_sheet(read, refusal):
    rows_of = [HEADER, ["2026-01", 1, 10], [], [None, "", None], ["2026-02", 2, 20]]
    assert len(rows(read(rows_of))) == 2
    assert refusal([*rows_of, [], ["2026-03", "x", 30]]).endswith(f"\n  row 7, column 'numerator': 'x' {WHOLE}")


def test_the_header_is_the_first_row_that_holds_anything_from_header_row_on(read, refusal):
    assert len(rows(read([[], [], HEADER, ["2026-01", 1, 10]]))) == 1
    titled = [["Sales 2026"], [], HEADER, ["2026-01", "x", 10]]
    assert refusal(titled) == (
        "t.xlsx: no column 'period', 'numerator' or 'denominator' in the header; there is Sales 2026; row 3 holds them: "
        "header_row = 3"
    )
    for header_row in (2, 3):
        assert refusal(titled, header_row=header_row).endswith(f"\n  row 4, column 'numerator': 'x' {WHOLE}")


def test_a_table_that_begins_in_another_column_is_read(read):
    assert rows(read([[None, *HEADER], [None, "2026-01", 1, 10]])) == [(date(2026, 1, 1), 1, 10)]


def test_a_value_right_of_the_header_is_refused(refusal):
    assert refusal([HEADER, ["2026-01", 1, 10], ["2026-02", 2, 20, None, "note"]]) == (
        "t.xlsx: row 3 has a value to the right of the header's 3 columns; name its column or take it out"
    )


def test_a_column_that_is_there_twice_is_refused(refusal):
    assert refusal([[*HEADER, "numerator"], ["2026-01", 1, 10, 2]]) == (
        't.xlsx: the column "numerator" is there twice; rename one of them'
    )
    assert refusal([[None, *HEADER, "column 1"], ["a", "2026-01", 1, 10, 2]]) == (
        't.xlsx: the column "column 1" is there twice; rename one of them'
    )


def test_one_of_several_sheets_is_named(read, refusal):
    two = {"Jan & Feb": [HEADER, ["2026-01", 1, 10]], "Old": [HEADER, ["2025-01", 7, 70]]}
    assert refusal(two) == "t.xlsx: it has the sheets 'Jan & Feb' and 'Old'; say which, as sheet = 'Jan & Feb'"
    assert refusal(two, sheet="Odl") == "t.xlsx: no sheet 'Odl'; did you mean 'Old'?"
    assert rows(read(two, sheet="Old")) == [(date(2025, 1, 1), 7, 70)]


def test_an_empty_sheet_and_one_without_rows_are_refused(refusal):
    assert refusal([]) == "t.xlsx: the sheet 'Sheet 1' is empty; there is no column"
    assert refusal([[None, ""]]) == "t.xlsx: the sheet 'Sheet 1' is empty; there is no column"
    assert refusal([HEADER]) == "t.xlsx: it has a header and no rows"


def test_a_cell_far_from_the_table_is_refused_before_the_sheet_between_fills_the_memory(refusal):
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refusal([HEADER, ["2026-01", 1, 10]], more=far) == (
        "t.xlsx: a sheet reaches to row 1048576 and column 16384; take out what stands far from the table"
    )


def test_what_is_no_workbook_is_refused_by_name(tmp_path):
    pytest.importorskip("python_calamine")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("a.txt", "a")
    (tmp_path / "text.xlsx").write_text("period,numerator,denominator\n")
    whole = workbook(tmp_path / "whole.xlsx", {"S": [HEADER]}).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    workbook(tmp_path / "none.xlsx", {})
    for name in ("zip.xlsx", "text.xlsx", "cut.xlsx"):
        with pytest.raises(TableError) as error:
            read_table(name, kind="counts", folder=tmp_path)
        assert str(error.value).startswith(f"{name}: it is no Excel workbook (xlsx), or a damaged one (")
    with pytest.raises(TableError) as error:
        read_table("none.xlsx", kind="counts", folder=tmp_path)
    assert str(error.value) == "none.xlsx: the workbook has no sheet; save it anew"


# --- SQLite ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path):
    """Makes t.sqlite by SQL statements, and reads it."""

    def database(*statements, kind="counts", **how):
        path = tmp_path / "t.sqlite"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        before = file_hash(path), sorted(tmp_path.iterdir())
        try:
            return read_table("t.sqlite", kind=kind, folder=tmp_path, **how)
        finally:
            assert (file_hash(path), sorted(tmp_path.iterdir())) == before  # it is only read

    return database


TABLE = "CREATE TABLE t (period TEXT, numerator, denominator)"


def fill(*values):
    return [f"INSERT INTO t VALUES ({row})" for row in values]


def test_integers_floats_and_texts_of_a_sqlite_table_are_read(database):
    table = database(TABLE, *fill("'2026-01', 1, 10.0", f"'2026-02', '2', {2**60}"))
    assert rows(table) == [(date(2026, 1, 1), 1, 10), (date(2026, 2, 1), 2, 2**60)]
    assert told(table, "numbers as text") == [CHECK]


def test_quantities_of_a_sqlite_table_are_exact(database):
    table = database(TABLE, *fill("'2026-01', 0.1, 3", "'2026-02', 0.1 + 0.2, '1.25'"), kind="volumes")
    assert [row[1:] for row in rows(table)] == [(Decimal("0.1"), Decimal(3)), (Decimal("0.3"), Decimal("1.25"))]


@pytest.mark.parametrize(
    ("value", "said"),
    [("NULL", "the value is missing"), ("1.5", f"'1.5' {WHOLE}"), ("'x'", f"'x' {WHOLE}"), ("9e999", f"'inf' {WHOLE}")],
)
def test_what_is_no_count_is_told_with_its_row(database, value, said):
    with pytest.raises(TableError) as error:
        database(TABLE, *fill("'2026-01', 1, 10", f"'2026-02', {value}, 20"))
    assert str(error.value) == f"t.sqlite: 1 value cannot be read\n  row 2, column 'numerator': {said}"


def test_bytes_are_no_value(database):
    with pytest.raises(TableError) as error:
        database(TABLE, *fill("'2026-01', x'31', 10"))
    assert str(error.value) == "t.sqlite: column 'numerator' holds bytes (BLOB), which are no value of a table"


def test_a_view_is_read_as_a_table_and_one_of_several_is_named(database):
    view = 'CREATE VIEW "the view" AS SELECT period, numerator * 2 AS numerator, denominator FROM t'
    statements = [TABLE, *fill("'2026-01', 1, 10"), view]
    assert rows(database(*statements, sheet="the view")) == [(date(2026, 1, 1), 2, 10)]
    with pytest.raises(TableError) as error:
        database(*statements)
    assert str(error.value) == "t.sqlite: it has the tables 't' and 'the view'; say which, as sheet = 't'"
    with pytest.raises(TableError) as error:
        database(*statements, sheet="x")
    assert str(error.value) == "t.sqlite: no table 'x'; there is t, the view"


def test_a_table_of_any_name_is_read(database):
    name = 'it"s; DROP TABLE t'
    quoted = '"' + name.replace('"', '""') + '"'
    table = database(f"CREATE TABLE {quoted} AS SELECT '2026-01' AS period, 1 AS numerator, 10 AS denominator")
    assert rows(table) == [(date(2026, 1, 1), 1, 10)]


def test_a_sqlite_file_without_tables_and_one_without_the_columns_are_refused(database):
    with pytest.raises(TableError) as error:
        database("CREATE TABLE t (a)", "DROP TABLE t")
    assert str(error.value) == "t.sqlite: it has the tables none; say which, as sheet = 'name'"
    with pytest.raises(TableError) as error:
        database("CREATE TABLE t (period, n)")
    assert str(error.value) == "t.sqlite: no column 'numerator' or 'denominator' in the header; there is period, n"
    with pytest.raises(TableError) as error:
        database(TABLE)
    assert str(error.value) == "t.sqlite: it has a header and no rows"


def test_sqlite_puts_no_file_of_its_own_beside_one_that_was_written_with_a_log_ahead(database):
    assert rows(database("PRAGMA journal_mode = wal", TABLE, *fill("'2026-01', 1, 10"))) == [(date(2026, 1, 1), 1, 10)]


def test_what_another_program_has_written_to_the_log_is_read_too(tmp_path):
    connection = sqlite3.connect(tmp_path / "t.sqlite")
    for statement in ("PRAGMA journal_mode = wal", TABLE, *fill("'2026-01', 1, 10")):
        connection.execute(statement)
    connection.commit()
    assert rows(read_table("t.sqlite", kind="counts", folder=tmp_path)) == [(date(2026, 1, 1), 1, 10)]
    connection.close()


def test_a_large_sqlite_table_is_read_in_parts(database, monkeypatch):
    monkeypatch.setattr("kpikit.tables.cells.BATCH", 3)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) "
    table = database(f"CREATE TABLE t AS {numbers} SELECT '2026-01' AS period, i AS numerator, 100 AS denominator FROM n")
    assert [row[1] for row in rows(table)] == list(range(1, 11))


def test_text_that_is_not_unicode_and_a_file_that_is_no_database_are_refused(database, tmp_path):
    with pytest.raises(
        TableError, match=r"^t\.sqlite: it cannot be read as a SQLite file: Could not decode to UTF-8 column 'period'"
    ):
        database(TABLE, *fill("CAST(x'ff31' AS TEXT), 1, 10"))
    (tmp_path / "x.db").write_text("period,numerator,denominator\n" * 50)
    with pytest.raises(TableError) as error:
        read_table("x.db", kind="counts", folder=tmp_path)
    assert str(error.value) == "x.db: it cannot be read as a SQLite file: file is not a database"
