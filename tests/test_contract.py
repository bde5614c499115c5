"""The data contract: what is refused before any number is made, and what is said beside it."""

import time
from datetime import date, datetime

import pandas as pd
import pytest

from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.tables import read_table
from kpikit.tables.contract import as_datetime, plainly, told_period

HEADER = "period,numerator,denominator\n"


@pytest.fixture
def read(tmp_path):
    def read(text, kind="counts", **how):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        return read_table("t.csv", kind=kind, folder=tmp_path, **how)

    return read


@pytest.fixture
def refusal(read):
    def refusal(text, kind="counts", **how):
        with pytest.raises(TableError) as error:
            read(text, kind, **how)
        return str(error.value)

    return refusal


def events(*rows, header="customer,date,event"):
    return "\n".join([header, *rows, ""])


def told(table, name):
    return [(check.passed, check.sentence) for check in table.checks if check.name == name]


def test_a_table_without_fault_says_nothing(read):
    assert read(HEADER + "2026-01,1,10\n2026-02,2,20\n").checks == ()
    assert read(events("a,2026-01-01,upgrade", "b,2026-02-01,active"), "events").checks == ()


# --- counts that cannot be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d"), [("-1", "10"), ("1", "-10"), ("-1", "-10"), ("1", "0")])
def test_counts_below_zero_and_some_of_none_are_refused(refusal, n, d):
    assert refusal(HEADER + f"2026-01,1,10\n2026-02,{n},{d}\n") == (
        f"t.csv: counts that cannot be\n  2026-02: {n} numerator of {d} denominator is impossible"
    )


def test_none_of_none_is_possible(read):
    assert len(read(HEADER + "2026-01,1,10\n2026-02,0,0\n").relation.fetchall()) == 2


def test_impossible_counts_are_told_with_their_columns_and_segment(refusal):
    text = "month,a,b,subs,plan\n2026-01,1,1,5,x\n2026-01,2,-4,5,y\n"
    columns = {"period": "month", "numerator": ["a", "b"], "denominator": "subs"}
    assert refusal(text, columns=columns, segments=["plan"]) == (
        "t.csv: counts that cannot be\n  2026-01, y: -2 a + b of 5 subs is impossible"
    )


def test_volumes_below_zero_are_refused_and_some_of_nothing_is_a_value_that_is_not_known(read, refusal):
    assert refusal(HEADER + "2026-01,-0.50,10\n", "volumes") == (
        "t.csv: counts that cannot be\n  2026-01: -0.5 numerator of 10 denominator is impossible"
    )
    assert len(read(HEADER + "2026-01,0.5,0\n2026-02,1,2\n", "volumes").relation.fetchall()) == 2


def test_counts_too_large_to_be_added_are_refused(read, refusal):
    assert refusal(HEADER + f"2026-01,{2**63 - 1},{2**63 - 1}\n") == (
        f"t.csv, column 'numerator': {2**63 - 1} is too large for a count: the sum passes 2^63 and would overflow"
    )
    columns = {"numerator": ["a", "b"]}
    assert refusal(f"period,a,b,denominator\n2026-01,{2**62},{2**62},9\n", columns=columns) == (
        f"t.csv, column 'a and b': {2**63} is too large for a count: the sum passes 2^63 and would overflow"
    )
    assert read(HEADER + "2026-01,99999999999999999999,1\n", "volumes").rows_kept == 1


@pytest.mark.parametrize("period", ["0000", "0000-01", "0000-Q1", "0000-01-01"])
def test_a_period_of_the_year_0_is_refused_and_no_traceback(refusal, period):
    assert refusal(HEADER + f"{period},1,10\n").startswith(
        f"t.csv: 1 value cannot be read\n  line 2, column 'period': '{period}' is not a period as "
    )


# --- repeated keys and rows --------------------------------------------------------------------------------------------


def test_several_rows_of_one_period_are_summed_and_it_is_said(read):
    table = read(HEADER + "2026-01,1,10\n2026-01,2,10\n2026-02,3,10\n")
    assert told(table, "grain") == [(True, "1 period is made up of several rows (up to 2), which are summed.")]
    cut = read(
        "period,numerator,denominator,s\n" + "".join(f"2026-0{m},{n},9,a\n" for m in (1, 2) for n in (1, 2, 3)), segments=["s"]
    )
    assert told(cut, "grain") == [(True, "2 segments of a period are made up of several rows (up to 3), which are summed.")]


TWICE = HEADER + "2026-01,1,10\n2026-02,2,20\n2026-02,2,20\n"
SAID = "1 row is a duplicate of another in every column, as 2026-02, 2, 20 (line 3 and line 4): "
TAKE_OUT = "counted twice; take it out, or say duplicates = 'keep' where such rows are rightly alike, or 'drop'"


def test_equal_rows_of_counts_are_refused_unless_it_is_said_what_they_are(read, refusal):
    assert refusal(TWICE) == refusal(TWICE, duplicates="refuse") == f"t.csv: {SAID}{TAKE_OUT}"
    kept, dropped = read(TWICE, duplicates="keep"), read(TWICE, duplicates="drop")
    assert (len(kept.relation.fetchall()), len(dropped.relation.fetchall())) == (3, 2)
    assert told(kept, "duplicates") == [(False, f"{SAID}counted as they stand; duplicates = 'drop' leaves them out.")]
    assert told(dropped, "duplicates") == [(False, f"{SAID}left out, as the case asks.")]


def test_equal_events_are_counted_and_told(read, refusal):
    text = events("a,2026-01-01,x", "a,2026-01-01,x", "a,2026-01-01,x", "b,2026-01-01,y", "b,2026-01-01,y")
    said = "3 rows are duplicates of another in every column (line 2 and line 3): "
    assert told(read(text, "events"), "duplicates") == [
        (False, f"{said}counted as they stand; duplicates = 'drop' leaves them out.")
    ]
    assert refusal(text, "events", duplicates="refuse") == f"t.csv: {said}{TAKE_OUT}"
    assert len(read(text, "events", duplicates="drop").relation.fetchall()) == 2


def test_rows_that_differ_in_a_column_without_a_role_are_not_equal(read):
    table = read("id,period,numerator,denominator\n1,2026-01,1,10\n2,2026-01,1,10\n")
    assert told(table, "duplicates") == []
    assert (
        len(read("id,period,numerator,denominator\n1,2026-01,1,10\n2,2026-01,1,10\n", duplicates="drop").relation.fetchall()) == 2
    )


def test_an_empty_value_equals_an_empty_value(refusal):
    assert refusal("period,numerator,denominator,note\n2026-01,1,10,\n2026-01,1,10,\n").startswith(
        "t.csv: 1 row is a duplicate of another in every column, as 2026-01, 1, 10 (line 2 and line 3)"
    )


def test_equal_rows_that_a_rule_removes_are_nobodys_business(read):
    text = "period,numerator,denominator,k\n2026-01,1,10,a\n2026-02,1,10,b\n2026-02,1,10,b\n"
    assert read(text, keep=[{"column": "k", "one_of": ["a"]}]).rows_kept == 1


# --- dates that stand for unknown --------------------------------------------------------------------------------------

AGES = ["b,2026-01-05,active", "c,2026-02-05,active"]


@pytest.mark.parametrize(
    "day", ["0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "2099-12-31", "9999-12-31"]
)
def test_a_date_that_stands_for_unknown_is_left_out_and_it_is_said(read, day):
    table = read(events(f"a,{day},active", *AGES), "events")
    assert told(table, "placeholder dates") == [(False, f"{day} stands for an unknown date: 1 row left out.")]
    assert [row[0] for row in table.relation.fetchall()] == ["b", "c"]
    assert (table.first, table.last) == (datetime(2026, 1, 5), datetime(2026, 2, 5))


def test_several_such_dates_are_all_named(read):
    table = read(events("a,1900-01-01,active", "d,1900-01-01 10:00,active", "e,9999-12-31,active", *AGES), "events")
    assert told(table, "placeholder dates") == [
        (False, "1900-01-01, 1900-01-01 and 9999-12-31 stand for an unknown date: 3 rows left out.")
    ]


def test_a_date_near_the_others_is_a_date(read):
    table = read(events("a,1970-01-01,active", "b,1971-05-05,active", "c,1974-12-31,active"), "events")
    assert told(table, "placeholder dates") == []
    assert len(table.relation.fetchall()) == 3


def test_a_table_of_nothing_but_one_such_date_keeps_it(read):
    assert len(read(events("a,1970-01-01,active", "b,1970-01-01,active"), "events").relation.fetchall()) == 2


def test_a_segment_called_unknown_is_kept_beside_such_dates(read):
    text = events("a,1900-01-01,active,u", *(f"{row},v" for row in AGES), header="customer,date,event,unknown")
    assert [row[3] for row in read(text, "events", segments=["unknown"]).relation.fetchall()] == ["v", "v"]


def test_a_period_may_stand_for_unknown_too(read):
    table = read(HEADER + "1900-01,1,10\n2026-01,2,20\n2026-02,3,30\n")
    assert told(table, "placeholder dates") == [(False, "1900-01-01 stands for an unknown date: 1 row left out.")]


# --- names, amounts, size ----------------------------------------------------------------------------------------------


def test_names_of_events_that_differ_by_little_are_asked_about(read):
    rows = [f"c{n},2026-01-01,{name}" for n, name in enumerate(["upgrade", "upgrdae", "active", "Upgrade"])]
    (said,) = told(read(events(*rows), "events"), "event names")
    assert said[0] is False
    assert said[1].startswith("The events '") and "'upgrade' and 'upgrdae'" in said[1]
    assert said[1].endswith(" differ by little: is one misspelt?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("subscribe", "unsubscribe"),
        ("active", "inactive"),
        ("install", "uninstall"),
        ("screen_view_1", "screen_view_2"),
        ("plan_a", "plan_b"),
    ],
)
def test_names_of_events_that_mean_two_things_are_not(read, one, other):
    assert told(read(events(f"a,2026-01-01,{one}", f"b,2026-01-02,{other}"), "events"), "event names") == []


def test_thousands_of_names_of_events_take_no_time(read):
    text = events(*(f"c{n},2026-01-01,page {n:05d} visited by someone" for n in range(5000)))
    start = time.monotonic()
    assert told(read(text, "events"), "event names") == []
    assert time.monotonic() - start < 10


def test_negative_amounts_are_told_with_the_least(read):
    header = "customer,date,event,price"
    one = read(events("a,2026-01-01,x,5", "a,2026-01-02,x,-1.50", header=header), "events", columns={"amount": "price"})
    assert told(one, "negative amounts") == [
        (False, "1 row has a negative 'price' (the least -1.5): refunds are taken off the amounts.")
    ]
    two = read(events("a,2026-01-01,x,-20", "a,2026-01-02,x,-1", header=header), "events", columns={"amount": "price"})
    assert told(two, "negative amounts") == [
        (False, "2 rows have a negative 'price' (the least -20): refunds are taken off the amounts.")
    ]


def test_amounts_of_several_currencies_are_not_added(read, refusal):
    text = events("a,2026-01-01,x,5,EUR", "b,2026-01-02,x,5,USD", header="customer,date,event,amount,Currency")
    assert refusal(text, "events") == (
        "t.csv: the column 'Currency' holds EUR and USD, and their amounts must not be added; keep one currency with [[keep]] with "
        'column = "Currency" and one_of = ["EUR"], or make it a segment'
    )
    assert read(text, "events", keep=[{"column": "Currency", "one_of": ["EUR"]}]).rows_kept == 1
    assert read(text, "events", segments=["Currency"]).rows_kept == 2
    assert read(text.replace("USD", "EUR"), "events").rows_kept == 2


def test_a_table_of_one_row_says_what_it_cannot_show(read):
    assert read(HEADER + "2026-01,1,10\n").checks == (
        Check("rows", False, "The table has 1 row, of 1 period: no trend, no before and after, no spread between periods."),
    )


def test_the_names_of_each_segment_are_looked_at(read):
    text = "period,numerator,denominator,plan,region\n2026-01,1,10,Pro,north\n2026-01,2,10,pro ,north\n2026-02,3,10,Pro,ZÃ¼rich\n"
    table = read(text, segments=["plan", "region"])
    assert [(check.name, check.passed) for check in table.checks] == [("names that look alike", False), ("encoding", False)]
    assert "In the segment 'plan' 'Pro' and 'pro ' look alike" in table.checks[0].sentence


def test_the_notes_of_the_reading_come_first(read):
    table = read("Period,numerator,denominator\n2026-01,1,10\n2026-01,2,10\n")
    assert [check.name for check in table.checks] == ["column names", "grain"]


# --- words for values --------------------------------------------------------------------------------------------------


def test_a_number_is_told_without_needless_zeros():
    assert [plainly(number) for number in (5, -20, 1.5, 100.0, pd.Series([2.50]).iloc[0])] == ["5", "-20", "1.5", "100", "2.5"]


def test_a_date_of_any_engine_is_a_moment_without_a_zone():
    assert as_datetime(None) is None
    assert as_datetime(date(2026, 1, 2)) == datetime(2026, 1, 2)
    assert as_datetime(pd.Timestamp("2026-01-02 03:04", tz="UTC")) == datetime(2026, 1, 2, 3, 4)


def test_a_period_is_told_as_the_table_writes_it():
    day = date(2026, 4, 1)
    assert [told_period(day, grain) for grain in ("month", "quarter", "year", "day", None)] == [
        "2026-04", "2026Q2", "2026", "2026-04-01", "2026-04-01",
    ]  # fmt: skip
