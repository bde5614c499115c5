"""Text is checked before it is cast: what is a value of each declared type, and what is a fault."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.tables.columns import MUST_BE, converted, grain_counts, identifier, labelled, literal
from kpikit.tables.how import How

LARGEST = 2**63 - 1


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")  # as every table is opened
        yield opened


@pytest.fixture(scope="module")
def read(connection):
    """Each text as (value, at fault), in the order given, as a VARCHAR column is read."""

    def as_read(texts, read_as, column="x", grain=None, **how):
        rule = converted(column, "VARCHAR", read_as, How(**how), grain)
        rows = pa.table({"row number": range(len(texts)), column: pa.array(texts, pa.string())})
        connection.register("given", rows)
        return connection.sql(f'SELECT {rule.value}, {rule.fault} FROM given ORDER BY "row number"').fetchall()

    return as_read


@pytest.fixture(scope="module")
def values(read):
    """The values alone, None where the text is a fault."""
    return lambda texts, read_as, **how: [None if fault else value for value, fault in read(texts, read_as, **how)]


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("5", 5), ("+5", 5), ("-5", -5), ("007", 7), ("5.0", 5), ("5.", 5), ("100", 100), ("10.0", 10)]
)
def test_a_whole_number_may_carry_a_sign_leading_zeros_or_empty_decimals(read, text, number):
    assert read([text], "count") == [(number, False)]


@pytest.mark.parametrize(
    "text",
    [
        "12.5", "1_000", "0x1F", "1e3", "1E3", "", " ", None, "NaN", "nan", "inf", "1,234", "1 234", "1'234", "٤٣", "四", "(75)",
        "75-", "--5", "+", "-", ".", " 5", "5 ", "5\n", "\ufeff5", "5.0.0", "1/2", "5%", "true", "0b1", "1e400", "−5",
    ],
)  # fmt: skip
def test_text_that_a_cast_would_guess_at_is_a_fault_in_a_count(read, text):
    assert [fault for _, fault in read([text], "count")] == [True]


def test_counts_are_exact_up_to_the_largest_integer_and_one_above_it_is_a_fault(values):
    assert values([str(2**53 + 1), str(LARGEST), str(-LARGEST - 1)], "count") == [2**53 + 1, LARGEST, -LARGEST - 1]
    assert values([str(LARGEST + 1), str(-LARGEST - 2), "9" * 40], "count") == [None, None, None]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("0123456789+-._eExX,()٤ ", max_size=6), min_size=1, max_size=200))
def test_a_count_is_what_plain_python_says_is_a_whole_number(values, texts):
    for text, number in zip(texts, values(texts, "count"), strict=True):
        whole = re.fullmatch(r"([+-]?[0-9]+)(\.0*)?", text)
        assert number == (int(whole[1]) if whole else None), text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("0123456789+-._eE,()٤ ", max_size=8), min_size=1, max_size=200))
def test_a_quantity_is_what_plain_python_says_is_a_decimal(values, texts):
    for text, number in zip(texts, values(texts, "quantity"), strict=True):
        plain = re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text)
        assert number == (Decimal(text) if plain else None), text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.decimals(min_value=-(10**25), max_value=10**25, places=12), min_size=1, max_size=50))
def test_decimals_up_to_twelve_places_are_read_exactly(values, numbers):
    assert values([f"{number:f}" for number in numbers], "quantity") == numbers


@pytest.mark.parametrize("text", ["0.1234567890123", "1e-7", "1,5", "1.234,5", "$5", "", None, "NaN", "(7.5)", "٠.٥", "9" * 27])
def test_a_quantity_that_would_have_to_be_rounded_or_guessed_is_a_fault(read, text):
    assert [fault for _, fault in read([text], "quantity")] == [True]


def test_zeros_behind_the_twelfth_decimal_change_nothing_and_are_no_fault(values):
    assert values(["1.50000000000000000"], "quantity") == [Decimal("1.5")]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2024-02-29", datetime(2024, 2, 29)),
        ("2026-01-31 14:30", datetime(2026, 1, 31, 14, 30)),
        ("2026-01-31T14:30:15", datetime(2026, 1, 31, 14, 30, 15)),
        ("2026-01-31 14:30:15.123456", datetime(2026, 1, 31, 14, 30, 15, 123456)),
        ("2026-01-31T14:30:15Z", datetime(2026, 1, 31, 14, 30, 15)),
    ],
)
def test_an_iso_date_or_moment_is_read(read, text, moment):
    assert read([text], "moment") == [(moment, False)]


@pytest.mark.parametrize(
    "text",
    [
        "31/01/2026", "01/02/2026", "31.01.2026", "2026-02-30", "2025-02-29", "2026-13-01", "2026-1-5", "01-02-26", "46023",
        "2026-01-31T14", "2026-01-31 25:00", "2026-01-31T10:00+99:99", "2026-01-31T10:00+15:00", "2026-01-31T10:00-05:60", "2026-01-31 14:30:15 UTC", "Jan 31 2026", "2026-01", "20260131", "", None,
        "٢٠٢٦-٠١-٣١", "infinity", "epoch", "now", "today",
    ],
)  # fmt: skip
def test_a_date_in_another_order_or_that_does_not_exist_is_a_fault(read, text):
    assert [fault for _, fault in read([text], "moment")] == [True]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2199, 12, 31)), min_size=1, max_size=50))
def test_every_moment_that_python_writes_is_read_back(values, moments):
    assert values([moment.isoformat(" ") for moment in moments], "moment") == moments


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T23:30:00-05:00", "2026-03-01 00:30+02:00", "2026-01-31T14:30:15.5+05:30", "2026-01-01T00:00:00+0000",
        "2026-01-31T14:30Z",
    ],
)  # fmt: skip
def test_a_moment_with_an_offset_is_read_in_utc(values, text):
    assert values([text], "moment") == [datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)]


def test_a_date_format_says_in_which_order_day_and_month_stand(values):
    assert values(["02/01/2026", "31/12/2025"], "moment", date_format="%d/%m/%Y") == [
        datetime(2026, 1, 2),
        datetime(2025, 12, 31),
    ]
    assert values(["02/01/2026", "31/12/2025"], "moment", date_format="%m/%d/%Y") == [datetime(2026, 2, 1), None]
    assert values(["2026-01-02"], "moment", date_format="%d/%m/%Y") == [None]


def test_a_date_format_is_told_to_the_one_who_broke_it():
    assert converted("x", "VARCHAR", "moment", How(date_format="%d/%m/%Y")).must_be == "a date written as %d/%m/%Y"
    assert converted("x", "VARCHAR", "period", How(date_format="%m/%Y")).must_be == "a date written as %m/%Y"
    assert converted("x", "VARCHAR", "count", How(date_format="%m/%Y")).must_be == "a whole number"


def test_two_digits_are_no_year_where_the_format_says_four(read):
    assert [fault for _, fault in read(["01/02/2026", "01/02/26", "01/02/0999"], "moment", date_format="%d/%m/%Y")] == [
        False, True, True,
    ]  # fmt: skip
    assert read(["01/02/26"], "moment", date_format="%d/%m/%y") == [(datetime(2026, 2, 1), False)]


@pytest.mark.parametrize(
    ("text", "how", "number"),
    [
        ("1,5", {"decimal": ","}, Decimal("1.5")),
        ("1.234,5", {"decimal": ",", "thousands": "."}, Decimal("1234.5")),
        ("1,234,567.5", {"thousands": ","}, Decimal("1234567.5")),
        ("1 234", {"thousands": " "}, Decimal(1234)),
        ("1'234.5", {"thousands": "'"}, Decimal("1234.5")),
        ("-1\u202f234,5", {"decimal": ",", "thousands": "\u202f"}, Decimal("-1234.5")),
        ("1234,5", {"decimal": ",", "thousands": "."}, Decimal("1234.5")),  # ungrouped is no contradiction
        ("1.5", {"decimal": ","}, None),
        ("1.234", {"decimal": ","}, None),
        ("1,23", {"thousands": ","}, None),
        ("12,34,567", {"thousands": ","}, None),
        ("1,234,56", {"thousands": ","}, None),
        (",234", {"thousands": ","}, None),
        ("1.5,234", {"thousands": ","}, None),
        ("1,2345", {"thousands": ","}, None),
        ("", {"decimal": ","}, None),
    ],
)
def test_the_marks_of_a_number_stand_where_they_may_or_it_is_a_fault(values, text, how, number):
    assert values([text], "quantity", **how) == [number]


def test_a_count_may_have_thousands_too(values):
    assert values(["1,234", "1234", "1,23"], "count", thousands=",") == [1234, 1234, None]
    assert values(["1.234", "1,5"], "count", thousands=".", decimal=",") == [1234, None]


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("0.1", Decimal("0.1")), ("0.1::DOUBLE + 0.2::DOUBLE", Decimal("0.3")), ("123456789.12", Decimal("123456789.12")),
        ("1.0::DOUBLE / 3", Decimal("0.333333333333")), ("1e-5", Decimal("0.00001")), ("1e20", Decimal(10) ** 20),
        ("0", Decimal(0)), ("1e-13", None), ("1e27", None), ("'nan'", None), ("'inf'", None), ("NULL", None),
    ],
)  # fmt: skip
def test_a_float_is_the_decimal_that_it_stands_for_and_a_fault_where_twelve_decimals_lose_it(connection, number, value):
    rule = converted("x", "DOUBLE", "quantity")
    ((read, fault),) = connection.sql(f"SELECT {rule.value}, {rule.fault} FROM (SELECT CAST({number} AS DOUBLE) AS x)").fetchall()
    assert (None if fault else read) == value


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "290000-01-01", "10000-01-01", "0044-03-15 (BC)"])
def test_a_moment_beyond_the_years_that_python_knows_is_a_fault(connection, moment):
    rule = converted("x", "TIMESTAMP", "moment")
    assert connection.sql(f"SELECT {rule.fault} FROM (SELECT TIMESTAMP '{moment}' AS x)").fetchall() == [(True,)]


@pytest.mark.parametrize("read_as", ["count", "quantity"])
@pytest.mark.parametrize(("duck_type", "said"), [("VARCHAR", "text"), ("BOOLEAN", "boolean"), ("BLOB", "blob")])
def test_a_number_held_as_another_type_is_a_fault_where_columns_have_types(read_as, duck_type, said):
    rule = converted("x", duck_type, read_as, held_as="types")
    assert (rule.fault, rule.must_be) == ("true", f"{MUST_BE[read_as]}: its type is {said}; store it as a number")


@pytest.mark.parametrize(
    "duck_type", ["STRUCT(a INTEGER)", "INTEGER[]", "MAP(VARCHAR, INTEGER)", "INTEGER[3]", "UNION(a INTEGER)"]
)
def test_a_nested_column_is_a_fault_whatever_it_is_read_as(duck_type):
    for read_as in MUST_BE:
        rule = converted("x", duck_type, read_as, grain="month")
        assert rule.fault == "true"
        assert rule.must_be == f"{MUST_BE[read_as]}: its type is {duck_type.lower()}; give a column of plain values"


def test_a_period_of_instants_is_read_in_the_zone_that_is_given(connection):
    assert converted("x", "TIMESTAMP WITH TIME ZONE", "period").fault == "true"
    rule = converted("x", "TIMESTAMP WITH TIME ZONE", "period", How(time_zone="America/New_York"))
    query = f"SELECT {rule.value}, {rule.fault} FROM (SELECT TIMESTAMPTZ '2026-02-01 03:00:00+00' AS x)"
    assert connection.sql(query).fetchall() == [(date(2026, 1, 31), False)]


def test_numbers_become_the_names_of_the_parts_that_cut_points_make(connection):
    rule = labelled(converted("x", "DOUBLE", "quantity"), [90, Decimal("365.5")])
    numbers = "(VALUES (-1.0::DOUBLE), (89.999), (90), (365.49), (365.5), (NULL)) AS t(x)"
    assert [row[0] for row in connection.sql(f"SELECT {rule.value} FROM {numbers}").fetchall()] == [
        "under 90", "under 90", "90 to under 365.5", "90 to under 365.5", "365.5 or more", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "grain", "first_day"),
    [
        ("2026-01", "month", date(2026, 1, 1)),
        ("2026-12", "month", date(2026, 12, 1)),
        ("2026-Q1", "quarter", date(2026, 1, 1)),
        ("2026Q2", "quarter", date(2026, 4, 1)),
        ("2026-Q3", "quarter", date(2026, 7, 1)),
        ("2026Q4", "quarter", date(2026, 10, 1)),
        ("2026", "year", date(2026, 1, 1)),
        ("2026-02-28", "day", date(2026, 2, 28)),
    ],
)
def test_a_period_is_read_as_its_first_day(read, text, grain, first_day):
    assert read([text], "period", grain=grain) == [(first_day, False)]


@pytest.mark.parametrize(
    ("text", "grain"),
    [
        ("2026-00", "month"), ("2026-13", "month"), ("2026-1", "month"), ("202601", "month"), ("26-01", "month"),
        ("2026-Q0", "quarter"), ("2026-Q5", "quarter"), ("Q1 2026", "quarter"), ("2026-02-30", "day"), ("202601.0", "month"),
        ("Total", "month"), ("", "month"), (None, "month"), ("20260", "year"), ("2026-01", "quarter"), ("2026-01", "day"),
    ],
)  # fmt: skip
def test_a_period_of_another_shape_than_the_grain_is_a_fault(read, text, grain):
    assert [fault for _, fault in read([text], "period", grain=grain)] == [True]


@given(day=st.dates(date(1000, 1, 1), date(9999, 12, 31)))
@settings(max_examples=30, deadline=None)
def test_the_month_quarter_year_and_day_of_any_date_are_read_back(values, day):
    quarter = (day.month - 1) // 3
    assert values([f"{day.year}-{day.month:02}"], "period", grain="month") == [day.replace(day=1)]
    assert values([f"{day.year}-Q{quarter + 1}"], "period", grain="quarter") == [date(day.year, 3 * quarter + 1, 1)]
    assert values([f"{day.year}"], "period", grain="year") == [date(day.year, 1, 1)]
    assert values([day.isoformat()], "period", grain="day") == [day]


def test_the_grain_is_counted_by_how_a_period_is_written(connection):
    texts = ["2026-01", "2026-02", "2026-Q1", "2026", "2026Q2", "2026-01-15", "nonsense", None, "2026-13"]
    connection.register("written", pa.table({"p": texts}))
    counts = connection.sql(f"SELECT {', '.join(grain_counts('p').values())} FROM written").fetchall()[0]
    assert dict(zip(grain_counts("p"), counts, strict=True)) == {"month": 2, "quarter": 2, "year": 1, "day": 1}


def test_text_is_kept_to_the_letter_and_only_nothing_is_a_fault(read, values):
    texts = ["007", "7", "NA", "None", "null", "nan", " padded ", "Zoë", "=1+1", "a\nb", "'quoted'"]
    assert values(texts, "text") == texts
    assert [fault for _, fault in read(["", "   ", None], "text")] == [True, True, True]


@pytest.mark.parametrize("name", ['a"b', "it's", "two words", "x; DROP TABLE t", "{x}", "SELECT", "%d", "ü", "1"])
def test_a_column_may_have_any_name(values, name):
    assert values(["5"], "count", column=name) == [5]
    assert values(["2026-01"], "period", column=name, grain="month") == [date(2026, 1, 1)]


def test_names_and_texts_are_quoted_as_sql_quotes_them():
    assert identifier('say "plan"') == '"say ""plan"""'
    assert literal("it's") == "'it''s'"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
@settings(max_examples=50, deadline=None)
def test_any_text_comes_back_from_its_sql_literal(connection, text):
    assert connection.sql(f"SELECT {literal(text)}").fetchall() == [(text,)]


@pytest.mark.parametrize("duck_type", ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "UINTEGER", "UBIGINT"])
def test_an_integer_column_is_read_as_count_and_as_quantity(connection, duck_type):
    for read_as in ("count", "quantity"):
        rule = converted("x", duck_type, read_as)
        rows = connection.sql(f"SELECT {rule.value}, {rule.fault} FROM (SELECT CAST(7 AS {duck_type}) AS x)").fetchall()
        assert rows == [(7, False)]


def test_a_missing_integer_is_a_fault_and_not_a_zero(connection):
    rule = converted("x", "BIGINT", "count")
    assert connection.sql(f"SELECT {rule.value}, {rule.fault} FROM (SELECT CAST(NULL AS BIGINT) AS x)").fetchall() == [
        (None, True)
    ]


@pytest.mark.parametrize(("number", "fault"), [("7.0", False), ("7.5", True), ("'nan'", True), ("'inf'", True), ("1e300", True)])
def test_a_float_column_is_a_count_only_where_the_float_is_whole(connection, number, fault):
    rule = converted("x", "DOUBLE", "count")
    assert connection.sql(f"SELECT {rule.fault} FROM (SELECT CAST({number} AS DOUBLE) AS x)").fetchall() == [(fault,)]


@pytest.mark.parametrize("duck_type", ["DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"])
def test_a_column_of_dates_is_read_as_it_is(connection, duck_type):
    for read_as, expected in (("moment", datetime(2026, 1, 31)), ("period", date(2026, 1, 31))):
        rule = converted("x", duck_type, read_as)
        query = f"SELECT {rule.value}, {rule.fault} FROM (SELECT CAST('2026-01-31' AS {duck_type}) AS x)"
        assert connection.sql(query).fetchall() == [(expected, False)]


def test_every_type_that_can_be_declared_says_what_its_values_must_be():
    assert {name: converted("x", "VARCHAR", name, grain="month").must_be for name in MUST_BE} == {
        "count": "a whole number",
        "quantity": "a number written with digits and a decimal point, at most 12 decimals",
        "moment": "a date as 2026-01-31 or 2026-01-31 14:30; give date_format for another",
        "period": "a period as 2026-01, 2026-Q1, 2026 or 2026-01-01; give date_format for another",
        "text": "present",
        "flag": "1 or 0, true or false, yes or no",
    }


@pytest.mark.parametrize(("text", "value"), [
    ("1", 1), ("0", 0), ("1.0", 1), ("TRUE", 1), ("False", 0), ("yes", 1), ("No", 0), ("t", 1), ("n", 0), ("", None),
])  # fmt: skip
def test_a_flag_is_a_yes_or_a_no_and_may_be_missing(read, text, value):
    assert read([text], "flag?") == [(value, False)]


@pytest.mark.parametrize("text", ["2", "-1", "0.5", "maybe", "10", "nope", " yes", "11"])
def test_what_is_neither_yes_nor_no_is_a_fault(read, text):
    assert [fault for _, fault in read([text], "flag?")] == [True]


@pytest.mark.parametrize(("duck_type", "value", "expected"), [
    ("BOOLEAN", "true", (1, False)), ("INTEGER", "0", (0, False)), ("DOUBLE", "1", (1, False)), ("DECIMAL(4,2)", "1", (1, False)),
    ("BIGINT", "2", (2, True)), ("DOUBLE", "0.5", (0, True)), ("DATE", "'2026-01-01'", (0, True)), ("BOOLEAN", "NULL", (None, False)),
])  # fmt: skip
def test_a_flag_of_a_type_is_read_by_its_value(connection, duck_type, value, expected):
    rule = converted("x", duck_type, "flag?", held_as="types")
    row = connection.sql(f"SELECT {rule.value}, {rule.fault} FROM (SELECT CAST({value} AS {duck_type}) AS x)").fetchall()[0]
    assert row[1] == expected[1] and (row[1] or row[0] == expected[0])


@pytest.mark.parametrize("text", ["1.000", "10.000", "-250.000"])
def test_three_zeros_behind_a_dot_may_be_thousands_and_are_read_only_where_it_is_said(read, text):
    assert [fault for _, fault in read([text], "count")] == [True]
    assert read([text], "count", thousands=",") == [(int(text.split(".")[0]), False)]
    assert read([text], "count", thousands=".", decimal=",") == [(int(text.replace(".", "")), False)]


def test_the_hour_24_is_no_hour(read):
    assert [fault for _, fault in read(["2026-01-31 24:00", "2026-01-31 23:59"], "moment")] == [True, False]
