"""A file or frame is opened in a locked DuckDB: rows as they are written, nothing guessed, nothing else within reach."""

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpikit.errors import TableError
from kpikit.tables.files import open_file
from kpikit.tables.frames import open_frame
from kpikit.tables.how import How
from kpikit.tables.source import Source, first_line, near_names

WANTED = ["period", "numerator", "denominator"]
PLAIN = "period,numerator,denominator\n2026-01,1,10\n2026-02,2,20\n"
MEND = '; name the right ones in columns, as columns = { period = "month" }, in segments or in keep'
ROWS = [("2026-01", "1", "10"), ("2026-02", "2", "20")]


def written(folder, text, name="t.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def opened(folder, text=PLAIN, name="t.csv", wanted=WANTED, **how) -> Source:
    return open_file(written(folder, text, name, how.get("encoding", "utf-8")), name, wanted, How(**how))


def rows(source):
    return source.fetch(source.relation)


def refusal(folder, text, **how):
    with pytest.raises(TableError) as error:
        rows(opened(folder, text, **how))
    return str(error.value)


# --- rows as they are written ------------------------------------------------------------------------------------------


def test_every_value_of_a_csv_file_is_text(tmp_path):
    source = opened(tmp_path)
    assert set(source.types.values()) == {"VARCHAR"}
    assert rows(source) == ROWS


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_splits_the_header_into_the_wanted_columns(tmp_path, separator):
    source = opened(tmp_path, PLAIN.replace(",", separator))
    assert list(source.types) == WANTED
    assert rows(source) == ROWS


def test_another_separator_may_stand_inside_the_names_and_values(tmp_path):
    text = "name;period;numerator, all;denominator\na,b|c;2026-01;1;10\n"
    assert rows(opened(tmp_path, text, wanted=["numerator, all"])) == [("a,b|c", "2026-01", "1", "10")]


def test_a_header_that_two_separators_could_split_is_refused(tmp_path):
    assert refusal(tmp_path, "a,b;c\n1,2;3\n", wanted=[]) == (
        "t.csv: the header can be split by comma and semicolon; say which, as separator = ','"
    )
    assert rows(opened(tmp_path, "a,b;c\n1,2;3\n", wanted=[], separator=";")) == [("1,2", "3")]


def test_a_file_of_one_column_needs_no_separator(tmp_path):
    assert rows(opened(tmp_path, "period\n2026-01\n", wanted=["period"])) == [("2026-01",)]


def test_a_header_without_the_wanted_columns_is_shown(tmp_path):
    assert refusal(tmp_path, "Sales report\nperiod,numerator,denominator\n2026-01,1,10\n") == (
        "t.csv: no column 'period', 'numerator' or 'denominator' in the header; there is Sales report; "
        "line 2 holds them: header_row = 2"
    )
    assert refusal(tmp_path, "period;numerator;total\n2026-01;1;10\n") == (
        "t.csv: no column 'denominator' in the header; there is period, numerator, total" + MEND
    )


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["\n", ""])
def test_line_ends_a_byte_order_mark_and_a_missing_last_line_end_change_nothing(tmp_path, mark, end, last):
    text = mark + PLAIN.rstrip("\n").replace("\n", end) + last.replace("\n", end)
    source = opened(tmp_path, text)
    assert list(source.types) == WANTED
    assert rows(source) == ROWS


def test_quoted_fields_keep_separators_quotes_and_line_ends(tmp_path):
    text = 'period,numerator,denominator\n"a, ""b""\nc",1,10\n'
    assert rows(opened(tmp_path, text)) == [('a, "b"\nc', "1", "10")]


def test_a_quoted_header_is_split_as_its_rows_are(tmp_path):
    text = '"period","numerator, all","the ""denominator"""\n2026-01,1,10\n'
    wanted = ["period", "numerator, all", 'the "denominator"']
    source = opened(tmp_path, text, wanted=wanted)
    assert list(source.types) == wanted
    assert rows(source) == [("2026-01", "1", "10")]


def test_nothing_between_two_separators_is_missing_and_words_for_nothing_are_text(tmp_path):
    text = "a,b\nNA,\nNone,null\nnan,NULL\n"
    assert rows(opened(tmp_path, text, wanted=["a", "b"])) == [("NA", None), ("None", "null"), ("nan", "NULL")]


def test_latin_1_is_read_where_it_is_said_and_refused_where_it_is_not(tmp_path):
    text = "period,numerator,denominator,city\n2026-01,1,10,Zürich\n"
    assert rows(opened(tmp_path, text, encoding="latin-1"))[0][3] == "Zürich"
    assert refusal(tmp_path, text.encode("latin-1")) == (
        "t.csv: line 2 is not UTF-8 (the byte 0xfc); give its encoding, as encoding = 'latin-1'"
    )


def test_bytes_of_another_encoding_far_down_the_file_are_refused_too(tmp_path):
    text = "period,numerator,denominator\n" + "2026-01,1,10\n" * 50_000
    assert refusal(tmp_path, text.encode() + "Zürich,1,10\n".encode("latin-1")) == (
        "t.csv: line 50002 is not UTF-8 (the byte 0xfc); give its encoding, as encoding = 'latin-1'"
    )


@pytest.mark.parametrize("encoding", ["cp1252", "shift_jis", "utf-16", "utf-32", "mac_roman"])
def test_any_encoding_of_python_is_read(tmp_path, encoding):
    assert rows(opened(tmp_path, encoding=encoding)) == ROWS


def test_a_column_that_is_there_twice_is_refused_in_a_file_and_in_a_frame(tmp_path):
    text = "period,upgrades,upgrades,denominator\n2026-01,1,2,10\n"
    assert refusal(tmp_path, text, wanted=["period"]) == 't.csv: the column "upgrades" is there twice; rename one of them'
    frame = pd.DataFrame([[1, 2]], columns=["upgrades", "upgrades"])
    with pytest.raises(TableError) as error:
        open_frame(frame, "the frame")
    assert str(error.value) == 'the frame: the column "upgrades" is there twice; rename one of them'


def test_a_column_that_is_there_twice_is_refused_in_a_parquet_file(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["upgrades", "upgrades"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(TableError) as error:
        open_file(tmp_path / "t.parquet", "t.parquet", (), How())
    assert str(error.value) == 't.parquet: the column "upgrades" is there twice; rename one of them'


def test_a_row_with_a_field_too_many_or_too_few_is_refused_with_its_line(tmp_path):
    said = (
        "t.csv: 1 row has not the 3 fields of the header\n"
        "  line 4: {} fields, not 3\n"
        "  each row needs 3 fields with a comma between them; quote a value that holds one"
    )
    assert refusal(tmp_path, PLAIN + "2026-03,3,30,4\n") == said.format(4)
    assert refusal(tmp_path, PLAIN + "2026-03,3\n2026-04,4,40\n") == said.format(2)


def test_a_quote_that_is_never_closed_is_refused(tmp_path):
    assert refusal(tmp_path, PLAIN + '"2026-03,3,30\n') == "t.csv: the quote opened on line 4 is never closed"


def test_an_empty_file_and_another_format_are_refused(tmp_path):
    assert refusal(tmp_path, "") == "t.csv: the file is empty"
    assert refusal(tmp_path, PLAIN, name="t.pdf") == (
        "t.pdf: a table is read from .csv, .tsv, .txt, .gz, .zip, .parquet, .pq, .xlsx, .xls, .xlsm, .xlsb, .ods, .duckdb, .ddb, "
        ".sqlite, .sqlite3, .db, .sql, not from '.pdf'"
    )


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "t.tsv", "t.txt", "two.dots.csv"])
def test_text_is_read_from_a_file_of_any_usual_ending_and_its_lines_are_found(tmp_path, name):
    source = opened(tmp_path, PLAIN.replace(",", "\t"), name)
    assert rows(source) == ROWS
    assert source.places([2]) == {2: "line 3"}


def test_what_is_no_parquet_is_refused_by_name(tmp_path):
    assert refusal(tmp_path, PLAIN, name="t.parquet").startswith("t.parquet: ")


@pytest.mark.parametrize(
    "name",
    ["it's.csv", 'a"b.csv', "two words.csv", "ü.csv", "a{b,c}.csv", "a%20b.csv", "a;b.csv", "$HOME.csv", "-t.csv", "s*.csv",
     "s?.csv", "s[12].csv", "[!a].csv", "**.csv"],
)  # fmt: skip
def test_a_file_name_is_a_name_and_never_a_pattern(tmp_path, name):
    for other in ("s1.csv", "s2.csv", "b.csv"):
        written(tmp_path, PLAIN.replace("2026", "1999"), other)
    assert rows(opened(tmp_path, PLAIN, name)) == ROWS


def test_a_parquet_name_is_no_pattern_either(tmp_path):
    pq.write_table(pa.table({"x": [9]}), tmp_path / "s1.parquet")
    pq.write_table(pa.table({"x": [7]}), tmp_path / "s*.parquet")
    assert rows(open_file(tmp_path / "s*.parquet", "s*.parquet", ["x"], How())) == [(7,)]


def test_parquet_keeps_its_types(tmp_path):
    pq.write_table(pa.table({"n": pa.array([1], pa.int64()), "s": ["a"]}), tmp_path / "t.parquet")
    assert open_file(tmp_path / "t.parquet", "t", (), How()).types == {"n": "BIGINT", "s": "VARCHAR"}


# --- where a row stands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_stands_on_its_physical_line(tmp_path, end):
    text = 'note,x\n"one\ntwo\n\nfour",1\nplain,2\n"a\nb",3\nlast,4\n'.replace("\n", end)
    source = opened(tmp_path, text, wanted=["x"])
    assert [row[1] for row in rows(source)] == ["1", "2", "3", "4"]
    assert source.places([1, 2, 3, 4]) == {1: "line 2", 2: "line 6", 3: "line 7", 4: "line 9"}


def test_an_empty_line_is_counted_as_a_line(tmp_path):
    source = opened(tmp_path, "period,numerator,denominator\n2026-01,1,10\n\n2026-02,2,20\n")
    assert rows(source) == ROWS
    assert source.places([1, 2]) == {1: "line 2", 2: "line 4"}


def test_a_frame_and_a_parquet_file_have_rows_and_no_lines(tmp_path):
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "t.parquet")
    assert open_file(tmp_path / "t.parquet", "t", (), How()).places([2]) == {2: "row 2"}
    assert open_frame(pd.DataFrame({"x": [1, 2]}), "the frame").places([2]) == {2: "row 2"}


def test_the_line_is_right_in_whatever_block_of_the_file_a_row_begins(tmp_path, monkeypatch):
    monkeypatch.setattr("kpikit.tables.structure.BLOCK", 7)
    text = 'note,x\r\n"one\r\n\r\ntwo",1\r\n\r\nplain,2\r\n"a ""b""\r\n",3\r\nlast,4'
    source = opened(tmp_path, text, wanted=["x"])
    assert [row[1] for row in rows(source)] == ["1", "2", "3", "4"]
    assert source.places([1, 2, 3, 4]) == {1: "line 2", 2: "line 6", 3: "line 7", 4: "line 9"}


def test_a_row_behind_a_field_of_a_million_characters_has_its_line(tmp_path):
    text = "note,period,numerator,denominator\n" + "x" * 10**6 + ",2026-01,1,10\nb,2026-02,2,20\n"
    assert opened(tmp_path, text).places([2]) == {2: "line 3"}


# --- names that are nearly right ---------------------------------------------------------------------------------------


def test_a_column_that_differs_by_case_or_spaces_is_taken_and_a_check_says_so(tmp_path):
    source = opened(tmp_path, " Period,NUMERATOR,denominator\n2026-01,1,10\n")
    assert list(source.types) == WANTED
    (note,) = source.notes
    assert (note.passed, note.sentence) == (
        False, "Of the columns, ' Period' was taken for 'period' and 'NUMERATOR' was taken for 'numerator'.",
    )  # fmt: skip


def test_a_column_that_two_could_be_is_refused():
    assert near_names(["plan"], ["plan", " plan"], "t.csv") == {}
    with pytest.raises(TableError) as error:
        near_names(["plan"], ["plan ", " plan"], "t.csv")
    assert str(error.value) == "t.csv: 'plan ' and ' plan' could each be 'plan'; name one in columns"


@pytest.mark.parametrize("form", ["csv", "parquet", "pandas", "arrow"])
def test_columns_that_differ_by_capital_letters_alone_are_refused_because_the_engine_takes_the_first(tmp_path, form):
    table = pa.table({"period": ["2026-01"], "Upgrades": [5], "upgrades": [1], "denominator": [10]})
    with pytest.raises(TableError) as error:
        if form == "csv":
            opened(tmp_path, "period,Upgrades,upgrades,denominator\n2026-01,5,1,10\n", wanted=["upgrades"])
        elif form == "parquet":
            pq.write_table(table, tmp_path / "t.parquet")
            open_file(tmp_path / "t.parquet", "t.csv", ["upgrades"], How())
        else:
            open_frame(table if form == "arrow" else table.to_pandas(), "t.csv")
    assert str(error.value) == 't.csv: the columns "Upgrades" and "upgrades" differ by capital letters alone; rename one'


def test_a_name_that_the_reading_itself_uses_is_refused(tmp_path):
    assert refusal(tmp_path, "period,__row\n2026-01,1\n", wanted=["period"]) == (
        't.csv: kpikit itself uses the name "__row"; rename the column'
    )


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_folder_named_as_a_column_with_its_value_is_no_column(tmp_path, name):
    folder = tmp_path / "numerator=77"
    folder.mkdir()
    if name == "t.csv":
        written(folder, PLAIN)
    else:
        pq.write_table(
            pa.table({"period": ["2026-01", "2026-02"], "numerator": ["1", "2"], "denominator": ["10", "20"]}), folder / name
        )
    assert rows(open_file(folder / name, name, WANTED, How())) == ROWS


# --- frames ------------------------------------------------------------------------------------------------------------


def test_a_frame_is_read_by_its_columns_and_never_changed():
    frame = pd.DataFrame({0: [1, 2], "c": pd.Categorical(["a", None]), "p": pd.period_range("2026Q1", periods=2, freq="Q")})
    before = frame.copy()
    source = open_frame(frame, "the frame")
    assert list(source.types) == ["0", "c", "p"]
    assert rows(source) == [(1, "a", "2026Q1"), (2, None, "2026Q2")]
    pd.testing.assert_frame_equal(frame, before)


# --- locked ------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["file", "frame"])
def locked(request, tmp_path):
    written(tmp_path, "a\n1\n", "other.csv")
    return opened(tmp_path) if request.param == "file" else open_frame(pd.DataFrame({"x": [1]}), "the frame")


def test_no_other_file_can_be_read_or_written(locked, tmp_path):
    other = tmp_path / "other.csv"
    for query in (
        f"SELECT * FROM '{other}'", f"SELECT * FROM read_csv('{other}')", f"SELECT * FROM read_text('{other}')",
        f"SELECT * FROM glob('{tmp_path}/*')", f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'", f"ATTACH '{tmp_path / 'd.db'}'",
        "INSTALL httpfs", "LOAD httpfs", "SELECT * FROM 'https://example.com/x.csv'",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error, match=r"disabled by configuration|Permission|disabled through configuration"):
            locked.connection.execute(query).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "t.csv") == ["other.csv"]


def test_variables_of_the_caller_are_not_read(locked):
    secret = pd.DataFrame({"a": [1]})
    with pytest.raises(duckdb.Error, match="secret does not exist"):
        locked.connection.execute("SELECT * FROM secret").fetchall()
    assert len(secret) == 1


def test_every_door_is_shut_by_its_own_setting_too(locked):
    shut = ("python_enable_replacements", "enable_external_access", "autoinstall_known_extensions", "autoload_known_extensions")
    settings = ", ".join(f"current_setting('{name}')" for name in (*shut, "lock_configuration"))
    assert locked.connection.execute(f"SELECT {settings}").fetchall() == [(False, False, False, False, True)]


def test_instants_are_those_of_utc_wherever_the_machine_stands(locked):
    assert locked.connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_the_lock_cannot_be_opened_again(locked):
    for setting in (
        "enable_external_access = true", "python_enable_replacements = true", "autoinstall_known_extensions = true",
        "autoload_known_extensions = true", "lock_configuration = false", "allowed_paths = ['/']",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error, match="locked"):
            locked.connection.execute(f"SET {setting}")


def test_a_column_named_as_a_file_reads_no_file(tmp_path):
    other = written(tmp_path, "a\n1\n", "other.csv")
    source = open_frame(pd.DataFrame({str(other): ["kept"]}), "the frame")
    assert rows(source) == [("kept",)]


def test_an_error_of_the_engine_is_told_without_its_advice():
    error = duckdb.Error("Invalid Input Error: bad line\n  original line: x\nPossible fixes:\n* Set ignore_errors")
    assert first_line(error) == "bad line; original line: x"
