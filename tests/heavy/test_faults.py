"""What cannot be read of a Spark or PostgreSQL table is refused in words, as of a file; and few jobs are started to see it."""

import re
from datetime import date, datetime
from decimal import Decimal

import narwhals as nw
import pytest

from heavy.forms import TYPES, Rows, given
from heavy.walks import EVERY
from kpikit.errors import CaseError, KpikitError, TableError
from kpikit.measuring import measure
from kpikit.tables import read_table

ENGINES = ("Spark", "PostgreSQL")
COUNTS = {"period": "text", "numerator": "whole", "denominator": "whole"}
GOOD = ("2026-01", 1, 10)


def rows(*lines, **kinds):
    return Rows(COUNTS | kinds, list(lines))


WRONG = {
    "counts as text": (rows(("2026-01", "1", 10), numerator="text"), "'1' is not a whole number: its type is String, stored as text"),
    "dates as counts": (rows(("2026-01", date(2026, 1, 1), 10), numerator="day"), "is not a whole number: its type is Date"),
    "a missing count": (rows(GOOD, ("2026-02", None, 10)), "column 'numerator': the value is missing (1 row)"),
    "a fraction of a count": (rows(("2026-01", 1.5, 10), numerator="double"), "'1.5' is not a whole number"),
    "a decimal fraction": (rows(("2026-01", Decimal("1.5"), 10), numerator="money"), "'1.5000' is not a whole number"),
    "no number": (rows(("2026-01", float("nan"), 10), numerator="double"), "'nan' is not a whole number"),
    "an endless number": (rows(("2026-01", float("inf"), 10), numerator="double"), "'inf' is not a whole number"),
    "a count too large for 64 bits": (rows(("2026-01", 1e300, 10), numerator="double"), "is not a whole number"),
    "a negative count": (rows(GOOD, ("2026-02", -1, 10)), "2026-02: -1 numerator of 10 denominator is impossible"),
    "some of none": (rows(GOOD, ("2026-02", 1, 0)), "2026-02: 1 numerator of 0 denominator is impossible"),
    "the same row twice": (rows(GOOD, GOOD), "1 row is a duplicate of another in every column, as 2026-01, 1, 10"),
    "no rows": (rows(), "it has no rows"),
    "no such column": (Rows({"period": "text", "numerator": "whole"}, [GOOD[:2]]), "no column 'denominator'; there is period, numerator"),
    "a period that is none": (rows(GOOD, ("January", 1, 10)), "'January' is not a period as 2026-01"),
    "a day that is not in the calendar": (rows(("2026-02-30", 1, 10), ("2026-02-01", 1, 10)), "'2026-02-30' is not a period"),
    "a month among quarters": (rows(("2026-Q1", 1, 10), ("2026-Q2", 1, 10), ("2026-07", 1, 10)), "'2026-07' is not a period"),
    "a missing period": (rows(GOOD, (None, 1, 10)), "column 'period': the value is missing (1 row)"),
    "an empty period": (rows(GOOD, ("", 1, 10)), "column 'period': the value is missing (1 row)"),
    "counts that pass 64 bits in sum": (rows(("2026-01", 2**62, 2**62), ("2026-02", 2**62, 2**62)), "is too large for a count"),
    "periods that are numbers": (rows((202601, 1, 10), period="whole"), "'202601' is not a period"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("engine", ENGINES)
def test_counts_that_cannot_be_read_are_refused(engine, fault, tmp_path, request):
    table, message = WRONG[fault]
    with pytest.raises(TableError) as raised:
        read_table(given(engine, table, tmp_path, request), kind="counts")
    assert message in str(raised.value)
    assert len(str(raised.value)) < 600


EVENTS = {"customer": "text", "date": "moment", "event": "text", "amount": "money"}
FIRST = ("ann", datetime(2026, 1, 5), "up", Decimal("1.5"))
WRONG_EVENTS = {
    "a missing customer": ([FIRST, (None, *FIRST[1:])], {}, "column 'customer': the value is missing (1 row)"),
    "a blank customer": ([FIRST, ("  ", *FIRST[1:])], {}, "column 'customer': '  ' is not present (1 row)"),
    "a missing date": ([FIRST, ("bob", None, "up", Decimal(1))], {}, "column 'date': the value is missing (1 row)"),
    "a date as text": ([("ann", "2026-01-05", "up", Decimal(1))], {"date": "text"}, "its type is String; convert it where it is"),
    "a missing amount": ([FIRST, ("bob", FIRST[1], "up", None)], {}, "column 'amount': the value is missing (1 row)"),
    "an amount with too many decimals": ([("ann", FIRST[1], "up", 1e-13)], {"amount": "double"}, "at most 12 decimals"),
}


@pytest.mark.parametrize("fault", WRONG_EVENTS)
@pytest.mark.parametrize("engine", ENGINES)
def test_events_that_cannot_be_read_are_refused(engine, fault, tmp_path, request):
    lines, kinds, message = WRONG_EVENTS[fault]
    with pytest.raises(TableError) as raised:
        read_table(given(engine, Rows(EVENTS | kinds, lines), tmp_path, request), kind="events")
    assert message in str(raised.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_all_faults_are_told_at_once_and_many_are_counted(engine, tmp_path, request):
    lines = [(f"month {number:02d}", None if number % 2 else 1, 10) for number in range(40)]
    with pytest.raises(TableError) as raised:
        read_table(given(engine, rows(*lines), tmp_path, request), kind="counts")
    told = str(raised.value).splitlines()
    assert told[0].endswith("60 values cannot be read")
    assert "column 'numerator': the value is missing (20 rows)" in told[1]
    assert re.fullmatch(r"  and \d+ more", told[-1])


@pytest.mark.parametrize("engine", ENGINES)
def test_rules_that_leave_no_row_are_told(engine, tmp_path, request):
    table = given(engine, rows(GOOD), tmp_path, request)
    with pytest.raises(TableError, match=r"the keep rules removed all 1 rows"):
        read_table(table, kind="counts", keep=[{"column": "denominator", "above": 10}])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fault_in_a_row_that_a_rule_removes_is_none(engine, tmp_path, request):
    table = given(engine, rows(GOOD, ("none", None, 11)), tmp_path, request)
    read = read_table(table, kind="counts", keep=[{"column": "period", "not_starting_with": "no"}])
    assert (read.rows_read, read.rows_kept, read.removed[0][1]) == (2, 1, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_that_differ_by_capitals_are_found_and_a_second_one_is_refused(engine, tmp_path, request):
    named = Rows({"Period": "text", " numerator ": "whole", "DENOMINATOR": "whole"}, [GOOD])
    assert read_table(given(engine, named, tmp_path, request), kind="counts").rows_kept == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_that_nobody_reads_may_hold_anything(engine, tmp_path, request):
    table = Rows(
        COUNTS | {"note": "text", "odd.name; --": "double"}, [(*GOOD, None, float("nan")), ("2026-02", 2, 10, "''", None)]
    )
    assert read_table(given(engine, table, tmp_path, request), kind="counts").rows_kept == 2


def test_a_column_that_spark_cannot_name_is_refused_where_it_is_needed(tmp_path, request):
    table = given("Spark", Rows({"period": "text", "up.grades": "whole", "denominator": "whole"}, [GOOD]), tmp_path, request)
    with pytest.raises(TableError, match=r"Spark takes 'up.grades' for a field of a column; rename it, as withColumnRenamed"):
        read_table(table, kind="counts", columns={"numerator": "up.grades"})


def test_a_table_that_may_not_be_read_is_told_in_words(server):
    ibis = pytest.importorskip("ibis")
    server.execute(
        "DROP VIEW IF EXISTS broken; CREATE VIEW broken AS SELECT '2026-01' AS period, 1 AS numerator, 1 / length('') AS denominator"
    )
    with pytest.raises(TableError, match=r"its engine cannot read it: division by zero"):
        read_table(ibis.connect(server.address()).table("broken"), kind="counts")


def test_periods_with_a_time_zone_are_cut_in_utc_on_a_server_and_told(server, tmp_path, request):
    ibis = pytest.importorskip("ibis")
    server.execute("DROP TABLE IF EXISTS zoned")
    server.execute("CREATE TABLE zoned (period timestamptz, numerator int, denominator int)")
    server.execute("INSERT INTO zoned VALUES ('2026-01-31 23:30:00-01', 1, 10)")
    table = read_table(ibis.connect(server.address()).table("zoned"), kind="counts")
    assert [str(check.sentence) for check in table.checks if check.name == "time zone"]
    series = measure("upgrade_rate", table, window="month", as_of="2026-12-31")
    assert [str(period) for period in series.counts["period"]] == ["2026-02"]


@pytest.mark.parametrize("engine", ENGINES)
def test_amounts_of_several_currencies_are_refused(engine, tmp_path, request):
    table = Rows(EVENTS | {"currency": "text"}, [(*FIRST, "EUR"), ("bob", *FIRST[1:], "USD")])
    with pytest.raises(TableError, match="the column 'currency' holds EUR and USD"):
        read_table(given(engine, table, tmp_path, request), kind="events")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("type_", sorted(TYPES))
@pytest.mark.parametrize("role", sorted(COUNTS))
def test_a_column_of_any_type_is_read_or_refused_in_words(role, type_, engine, tmp_path, request):
    cell = {"text": "2026-01", "whole": 7, "small": 7, "money": Decimal("7.0000"), "double": 7.0,
            "moment": datetime(2026, 1, 1, 7), "day": date(2026, 1, 1)}[type_]  # fmt: skip
    line = tuple(cell if role == one else value for one, value in zip(COUNTS, GOOD, strict=True))
    line = (*line[:2], 10) if role != "denominator" else line
    try:
        assert read_table(given(engine, rows(line, **{role: type_}), tmp_path, request), kind="counts").rows_kept == 1
    except KpikitError as error:
        assert not isinstance(error, CaseError)
        assert type_ not in (("text", "moment", "day") if role == "period" else ("whole", "small", "money", "double"))


#: kind of table -> how many jobs reading it may start on its engine, and how many measuring
JOBS = {"counts": (7, 3), "volumes": (8, 3), "events": (6, 9), "plans": (5, 7), "orders": (5, 2)}


@pytest.mark.parametrize("name", EVERY)
def test_few_jobs_are_started(name, tmp_path, request, monkeypatch):
    started, collect = [], nw.LazyFrame.collect
    monkeypatch.setattr(nw.LazyFrame, "collect", lambda *one, **how: started.append(1) or collect(*one, **how))
    one = EVERY[name]()
    table = read_table(given("PostgreSQL", one.rows, tmp_path, request), kind=one.kind, **one.read)
    reading = len(started)
    measure(one.definition or one.kpi, table, **one.counted)
    assert (reading <= JOBS[one.kind][0], len(started) - reading <= JOBS[one.kind][1]) == (True, True), (reading, len(started))
