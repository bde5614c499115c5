"""Days, weeks and fiscal years: where each period begins, on every engine, and what is said of it up to the figure."""

from datetime import date, datetime, timedelta
from functools import cache

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from small_tables import LONG_AFTER, check, course

import kpikit as kk
from kpikit import words
from kpikit.answer import MIME
from kpikit.errors import CaseError, TableError
from kpikit.figures.run_chart import run_chart
from kpikit.measuring import measure
from kpikit.measuring.plan import Plan, begin_of, period_of
from kpikit.moments import MONTHS, WEEKDAYS, Calendar, longest_days
from kpikit.questions.before_after import before_after
from kpikit.questions.effects.course import CYCLE, PER_YEAR
from kpikit.questions.effects.estimators import estimated
from kpikit.questions.scorecard import scorecard
from kpikit.tables import read_table

SUNDAYS, APRIL, JULY = Calendar(first_weekday="sunday"), Calendar(year_starts="april"), Calendar(year_starts="july")
PERIODS = ("day", "week", "month", "quarter", "year")
LAST = timedelta(microseconds=1)
#: the first moment of a day and the last of the one before, where some period turns
TURNS = [
    moment
    for day in (
        date(2023, 4, 1), date(2023, 7, 1), date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 1), date(2024, 4, 1),
        date(2024, 6, 30), date(2024, 7, 1), date(2024, 12, 29), date(2024, 12, 30), date(2025, 1, 1), date(2025, 3, 1),
        date(2027, 1, 3), date(2027, 1, 4), date(1999, 12, 31), date(2000, 2, 29),
    )
    for moment in (datetime(day.year, day.month, day.day) - LAST, datetime(day.year, day.month, day.day))
]  # fmt: skip
CALENDARS = [Calendar(), SUNDAYS, Calendar(first_weekday="thursday"), APRIL, JULY, Calendar(year_starts="february")]


def begins(moment, period, calendar):
    """The first day of the period a moment lies in, by going back a day at a time until one begins it."""
    first = WEEKDAYS.index(calendar.first_weekday)
    january = MONTHS.index(calendar.year_starts)
    begun = {
        "day": lambda day: True,
        "week": lambda day: day.weekday() == first,
        "month": lambda day: day.day == 1,
        "quarter": lambda day: day.day == 1 and (day.month - 1 - january) % 3 == 0,
        "year": lambda day: day.day == 1 and day.month - 1 == january,
    }[period]
    day = moment.date()
    while not begun(day):
        day -= timedelta(days=1)
    return day


@cache
def engine(name):
    """The turning moments as a frame of an engine."""
    rows = pd.DataFrame({"date": pd.Series(TURNS, dtype="datetime64[us]")})
    if name == "pandas":
        return rows
    arrow = pa.Table.from_pandas(rows)
    if name == "pyarrow":
        return arrow
    return duckdb.from_arrow(arrow) if name == "duckdb" else pytest.importorskip("polars").from_arrow(arrow).lazy()


# --- where a period begins ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow", "duckdb"])
@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda c: f"{c.first_weekday} {c.year_starts}")
def test_every_engine_begins_each_period_on_the_same_day(name, calendar):
    told = nw.from_native(engine(name)).lazy()
    told = told.with_columns(**{period: begin_of("date", period, calendar) for period in PERIODS})
    rows = told.collect("pyarrow").to_native().to_pandas().sort_values("date")
    for period in PERIODS:
        expected = [begins(moment, period, calendar) for moment in sorted(TURNS)]
        assert pd.to_datetime(rows[period]).dt.date.tolist() == expected, period
        assert (pd.to_datetime(rows[period]) == pd.to_datetime(rows[period]).dt.normalize()).all(), period


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda c: f"{c.first_weekday} {c.year_starts}")
@pytest.mark.parametrize("period", PERIODS)
def test_a_pandas_period_of_the_calendars_frequency_begins_on_that_day_too(calendar, period):
    for moment in TURNS:
        assert pd.Period(moment, freq=calendar.frequency(period)).start_time.date() == begins(moment, period, calendar)


@pytest.mark.parametrize("starts", MONTHS)
def test_a_fiscal_year_begins_in_its_month_whatever_the_day(starts):
    days = pd.DataFrame({"date": pd.date_range("2023-01-01", "2025-03-02").astype("datetime64[us]")})
    calendar = Calendar(year_starts=starts)
    for period in ("quarter", "year"):
        told = nw.from_native(days).with_columns(first=begin_of("date", period, calendar)).to_native()
        assert (told["first"] == told["date"].dt.to_period(calendar.frequency(period)).dt.start_time).all()


def test_a_week_from_monday_is_the_iso_week():
    days = pd.DataFrame({"date": pd.date_range("2019-12-20", "2021-01-12").astype("datetime64[us]")})
    told = nw.from_native(days).with_columns(first=begin_of("date", "week", Calendar())).to_native()
    iso = [date.fromisocalendar(*day.isocalendar()[:2], 1) for day in days["date"]]
    assert told["first"].dt.date.tolist() == iso


def test_a_plan_says_which_period_a_column_is_cut_into():
    kpi = kk.load_kpi("upgrade_rate")
    plan = Plan(kpi, kpi.variant(), "week", "week", datetime(2030, 1, 1), None, {}, calendar=SUNDAYS)
    row = nw.from_native(pd.DataFrame({"date": pd.to_datetime(["2024-12-31 23:59"])})).with_columns(first=period_of("date", plan))
    assert row.to_native()["first"].tolist() == [pd.Timestamp("2024-12-29")]


def test_frequencies_without_a_calendar_are_those_of_before():
    periods = pd.PeriodIndex(["2024-03"], freq="M")
    assert [Calendar().frequency(period) for period in ("day", "week", "month")] == ["D", "W-SUN", "M"]
    for period, letter in (("quarter", "Q"), ("year", "Y")):
        assert periods.asfreq(Calendar().frequency(period)).equals(periods.asfreq(letter))


def test_a_fiscal_year_bears_the_number_of_the_year_it_ends_in():
    assert [str(pd.Period(day, freq=APRIL.frequency("year"))) for day in ("2024-03-31", "2024-04-01")] == ["2024", "2025"]
    assert [str(pd.Period(day, freq=APRIL.frequency("quarter"))) for day in ("2024-03-31", "2024-04-01")] == ["2024Q4", "2025Q1"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"first_weekday": "Monday"}, f"first_weekday is 'Monday'; it is one of {', '.join(WEEKDAYS)}"),
        ({"year_starts": "4"}, f"year_starts is '4'; it is one of {', '.join(MONTHS)}"),
    ],
)
def test_a_calendar_with_a_day_or_month_that_does_not_exist_is_refused(keys, message):
    with pytest.raises(CaseError) as told:
        Calendar(**keys)
    assert str(told.value) == message


@pytest.mark.parametrize(("window", "days"), [("day", 1), ("week", 7)])
def test_a_day_and_a_week_reach_as_far_as_they_are_long(window, days):
    assert longest_days(window) == days


# --- tables of counts ----------------------------------------------------------------------------------------------------


def rows_of(first, numerators, denominator=100, step=1):
    """Counts by date, `step` days apart."""
    days = [date.fromisoformat(first) + timedelta(days=step * place) for place in range(len(numerators))]
    return pd.DataFrame({"period": [str(day) for day in days], "numerator": numerators, "denominator": denominator})


def counted(kpi, rows, window, *, calendar=None, as_of=LONG_AFTER, kind="counts", **how):
    return measure(kpi, read_table(rows, kind=kind), window=window, as_of=as_of, calendar=calendar, **how)


def cells(series):
    table = series.table
    return list(zip(map(words.when, table["period"]), table["numerator"], table["denominator"], strict=True))


def refusal(error, *arguments, **how):
    with pytest.raises(error) as told:
        counted(*arguments, **how)
    return str(told.value)


def test_a_table_of_days_is_measured_by_day():
    series = counted("upgrade_rate", rows_of("2024-02-28", [1, 2, 3]), "day")
    assert cells(series) == [("2024-02-28", 1, 100), ("2024-02-29", 2, 100), ("2024-03-01", 3, 100)]
    assert (series.window, series.period) == ("day", "day")


def test_a_day_that_the_table_lacks_is_a_gap():
    rows = rows_of("2024-02-28", [1, 2, 3]).drop(index=1)
    series = counted("upgrade_rate", rows, "day")
    assert series.table["status"].tolist() == ["ok", "no data", "ok"]
    assert "2024-02-29 has no row in the table." in [found.sentence for found in series.checks]


@pytest.mark.parametrize(("first", "calendar"), [("2024-12-30", Calendar()), ("2024-12-29", SUNDAYS)])
def test_a_table_with_the_first_day_of_each_week_is_measured_by_week(first, calendar):
    series = counted("upgrade_rate", rows_of(first, [1, 2], step=7), "week", calendar=calendar)
    next_week = str(date.fromisoformat(first) + timedelta(days=7))
    assert cells(series) == [(f"week of {first}", 1, 100), (f"week of {next_week}", 2, 100)]


@pytest.mark.parametrize(
    ("rows", "calendar", "day", "first"),
    [
        (rows_of("2024-12-30", [1, 2], step=7), SUNDAYS, "2024-12-30", "Sunday"),
        (rows_of("2024-12-30", [1, 2, 3]), Calendar(), "2024-12-31", "Monday"),
    ],
)
def test_days_of_a_flow_do_not_add_up_to_a_week(rows, calendar, day, first):
    assert refusal(TableError, "upgrade_rate", rows, "week", calendar=calendar) == (
        f"upgrade_rate: the frame: {day} is no {first}, on which a week begins, and days of a flow do not add up to a week: "
        "the same subscribers are in each; write one row a week with the date of its first day, or use window = 'day'"
    )


def test_followed_customers_of_days_add_up_to_weeks_and_fiscal_years():
    rows = rows_of("2024-03-28", [1, 2, 3, 4, 5, 6], denominator=10)  # Thursday to Tuesday, over Easter and the 1st of April
    weeks = counted("product_upsell_rate", rows, "10 days", period="week")
    assert cells(weeks) == [("week of 2024-03-25", 10, 40), ("week of 2024-04-01", 11, 20)]
    sundays = counted("product_upsell_rate", rows, "10 days", period="week", calendar=SUNDAYS)
    assert cells(sundays) == [("week of 2024-03-24", 6, 30), ("week of 2024-03-31", 15, 30)]
    years = counted("product_upsell_rate", rows, "10 days", period="year", calendar=APRIL)
    assert cells(years) == [("2024", 10, 40), ("2025", 11, 20)]


def test_amounts_of_months_add_up_to_fiscal_quarters():
    rows = pd.DataFrame({"period": ["2024-03", "2024-04", "2024-06", "2024-07"], "numerator": [1, 2, 3, 4], "denominator": 10})
    quarters = counted("product_upgrade_ratio", rows, "quarter", kind="volumes", variant="volume", calendar=APRIL)
    assert [(when, int(n)) for when, n, _ in cells(quarters)] == [("2024Q4", 1), ("2025Q1", 5), ("2025Q2", 4)]
    bent = counted(
        "product_upgrade_ratio", rows, "quarter", kind="volumes", variant="volume", calendar=Calendar(year_starts="february")
    )
    assert [(when, int(n)) for when, n, _ in cells(bent)] == [("2025Q1", 3), ("2025Q2", 7)]  # Feb to Apr, May to Jul


@pytest.mark.parametrize(
    ("window", "calendar", "message"),
    [
        ("week", None, "upgrade_rate: the frame is written by month, which cannot be cut by week"),
        ("day", None, "upgrade_rate: the frame is written by month, which cannot be cut by day"),
        (
            "quarter",
            APRIL,
            "upgrade_rate: the frame is written by month, and months of a flow do not add up to a quarter: the same subscribers "
            "are in each; use window = 'month'",
        ),
    ],
)
def test_months_are_not_cut_finer_and_of_a_flow_not_added(window, calendar, message):
    rows = pd.DataFrame({"period": ["2024-03", "2024-04"], "numerator": 1, "denominator": 10})
    assert refusal(CaseError, "upgrade_rate", rows, window, calendar=calendar) == message


@pytest.mark.parametrize(("period", "grain"), [("2024-Q2", "quarter"), ("2024", "year")])
def test_a_quarter_or_year_that_names_no_month_is_not_taken_for_a_fiscal_one(period, grain):
    rows = pd.DataFrame({"period": [period], "numerator": 1, "denominator": 10})
    assert refusal(CaseError, "upgrade_rate", rows, grain, calendar=APRIL) == (
        f"upgrade_rate: the frame is written by {grain}, and 'year_starts' is april: whose {grain} is meant cannot be told; "
        "give a table by month"
    )


# --- tables of events and orders -----------------------------------------------------------------------------------------

EVENTS = pd.DataFrame(
    [
        ("a", "2024-03-31 23:59:59", "active"), ("a", "2024-03-31 23:59:59", "upgrade"), ("b", "2024-03-31", "active"),
        ("a", "2024-04-01", "active"), ("b", "2024-04-07 23:00", "active"), ("b", "2024-04-07 23:00", "upgrade"),
    ],
    columns=["customer", "date", "event"],
)  # fmt: skip
NAMES = {"numerator": ["upgrade"], "denominator": ["active"]}


@pytest.mark.parametrize(
    ("window", "calendar", "expected"),
    [
        ("day", Calendar(), {"2024-03-31": (1, 2), "2024-04-01": (0, 1), "2024-04-07": (1, 1)}),
        ("week", Calendar(), {"week of 2024-03-25": (1, 2), "week of 2024-04-01": (1, 2)}),
        ("week", SUNDAYS, {"week of 2024-03-31": (1, 2), "week of 2024-04-07": (1, 1)}),
        ("year", APRIL, {"2024": (1, 2), "2025": (1, 2)}),
        ("quarter", APRIL, {"2024Q4": (1, 2), "2025Q1": (1, 2)}),
        ("year", JULY, {"2024": (2, 2)}),
    ],
)
def test_events_are_counted_by_day_week_and_fiscal_year(window, calendar, expected):
    series = counted("upgrade_rate", EVENTS, window, kind="events", event_names=NAMES, calendar=calendar)
    known = series.usable
    assert {words.when(row.period): (row.numerator, row.denominator) for row in known.itertuples()} == expected


def test_first_orders_are_cut_by_week_and_fiscal_year():
    orders = pd.DataFrame(
        [("a", "1", "2024-03-31", "kettle"), ("a", "2", "2024-04-02", "lamp"), ("b", "3", "2024-04-01", "kettle")],
        columns=["customer", "order", "date", "product"],
    )
    weeks = counted("product_upsell_rate", orders, "10 days", kind="orders", period="week", variant="published")
    years = counted("product_upsell_rate", orders, "10 days", kind="orders", period="year", variant="published", calendar=APRIL)
    assert cells(weeks) == [("week of 2024-03-25", 1, 1), ("week of 2024-04-01", 0, 1)]
    assert cells(years) == [("2024", 1, 1), ("2025", 0, 1)]


@pytest.mark.parametrize(("as_of", "status"), [("2024-01-06", "partial"), ("2024-01-07", "ok")])
def test_a_week_that_is_not_over_is_partial(as_of, status):
    series = counted("upgrade_rate", rows_of("2023-12-25", [1, 2], step=7), "week", as_of=as_of)
    assert series.table["status"].tolist() == ["ok", status]


# --- roll-ups ------------------------------------------------------------------------------------------------------------


def test_days_of_amounts_are_rolled_up_to_weeks_months_and_fiscal_years():
    rows = rows_of("2024-03-28", [1, 2, 3, 4, 5, 6], denominator=10)
    days = counted("product_upgrade_ratio", rows, "day", kind="volumes", variant="volume", calendar=APRIL)
    for period, expected in (("week", [10, 11]), ("month", [10, 11]), ("quarter", [10, 11]), ("year", [10, 11])):
        rolled = days.rolled_up(period)
        assert rolled.table["numerator"].astype(int).tolist() == expected
        assert rolled.table["period"].iloc[0].start_time.date() == begins(datetime(2024, 3, 28), period, APRIL)


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_weeks_are_not_rolled_up_because_some_lie_in_two_months(period):
    weeks = counted("product_upsell_rate", rows_of("2024-03-25", [1, 2], step=7), "10 days", period="week")
    with pytest.raises(CaseError) as told:
        weeks.rolled_up(period)
    assert str(told.value) == (
        f"product_upsell_rate: weeks do not add up to a {period}: some lie in two of them; measure it again by {period}"
    )
    pd.testing.assert_frame_equal(weeks.rolled_up("week").table, weeks.table)


def test_days_of_a_flow_are_not_rolled_up_to_weeks():
    with pytest.raises(CaseError) as told:
        counted("upgrade_rate", rows_of("2024-03-25", [1, 2]), "day").rolled_up("week")
    assert str(told.value) == (
        "upgrade_rate: days of a flow do not add up to a week: the same subscribers are in each; "
        "measure it again with window = 'week'"
    )


# --- how it is said ------------------------------------------------------------------------------------------------------


def test_a_week_is_named_by_its_first_day_everywhere():
    series = counted("upgrade_rate", rows_of("2024-01-01", [10, 20, 30], step=7).drop(index=1), "week")
    assert repr(series) == "<KpiSeries upgrade_rate.all_subscribers per week, week of 2024-01-01 to week of 2024-01-15>"
    assert "Week of 2024-01-08 has no row in the table." in [found.sentence for found in series.checks]
    bundle = series._repr_mimebundle_()
    assert [row[0] for row in bundle[MIME]["table"]["rows"]] == [f"week of 2024-01-{day:02}" for day in (1, 8, 15)]
    assert "<td>week of 2024-01-15</td>" in bundle["text/html"]
    assert "/2024" not in bundle["text/html"]


def test_a_series_says_where_its_weeks_and_its_fiscal_years_begin():
    week, years = "Weeks begin on {}.", "Years begin in {} and bear the number of the year in which they end."
    by_week = [counted("upgrade_rate", rows_of(day, [1], step=7), "week", calendar=c) for day, c in (("2024-01-08", None), ("2024-01-07", SUNDAYS))]  # fmt: skip
    assert [series.measured.splitlines()[-1] for series in by_week] == [week.format("Monday"), week.format("Sunday")]
    month = pd.DataFrame({"period": ["2024-03"], "numerator": [1], "denominator": [10]})
    for period, calendar, said in (
        ("year", APRIL, True),
        ("quarter", JULY, True),
        ("year", None, False),
        ("month", APRIL, False),
    ):
        series = counted("product_upgrade_ratio", month, period, kind="volumes", variant="volume", calendar=calendar)
        starts = calendar.year_starts.capitalize() if calendar else ""
        assert (series.measured.splitlines()[-1] == years.format(starts)) == said
        assert "Years begin" not in str(series.measured) or said


def test_a_scorecard_names_the_week_and_the_day_it_speaks_of():
    weeks = scorecard(counted("upgrade_rate", rows_of("2024-01-01", [10, 20], step=7), "week", as_of="2024-01-14"))
    assert "in the week of 2024-01-08 (20 " in weeks.headline
    assert check(weeks, "up to date").sentence == "The last complete week is in the table."
    days = scorecard(counted("upgrade_rate", rows_of("2024-01-02", [10, 20]), "day", as_of="2024-01-03"))
    assert "on 2024-01-03 (20 " in days.headline


# --- before and after ----------------------------------------------------------------------------------------------------


@cache
def moved(window):
    """The answer about 200 days or 120 weeks whose share rose by 3 pp in the middle; days are lower by 3 pp on weekends."""
    points, step = {"day": (200, 1), "week": (120, 7)}[window]
    place = np.arange(points)
    expected = 100 + 30 * (place >= points // 2) - 30 * (window == "day") * np.isin(place % 7, (5, 6))
    drawn = np.random.default_rng(7).binomial(1000, expected / 1000)
    rows = rows_of("2024-01-01", drawn.tolist(), denominator=1000, step=step)
    series = counted("upgrade_rate", rows, window, variant="customers_once")
    return series, before_after(series, date(2024, 1, 1) + timedelta(days=step * (points // 2)))


@pytest.mark.parametrize(("window", "points"), [("day", 200), ("week", 120)])
def test_a_change_in_the_middle_of_days_or_weeks_is_found(window, points):
    series, answer = moved(window)
    effect = answer.verdict["effect"]
    assert len(series.usable) == points
    assert answer.verdict["direction"] == "rose"
    assert effect["low"] < 0.03 < effect["high"]
    assert f" per {window} after " in answer.headline
    assert answer.verdict["before"]["periods"] == answer.verdict["after"]["periods"] == points // 2


def test_the_day_of_the_week_is_taken_out_and_the_time_of_year_is_told_to_be_left_in():
    _, answer = moved("day")
    assert check(answer, "season").passed is None
    assert check(answer, "season").sentence == (
        "The day of the week is fitted from 100 days before and taken out; it clearly moves the KPI. "
        "The time of year is not: cut by month to see it."
    )
    assert answer.verdict["grade"]["grade"] == "weak"
    assert "the time of year is not taken out of days" in answer.verdict["grade"]["because"]


def test_the_season_of_weeks_takes_three_years():
    _, answer = moved("week")
    assert check(answer, "season").sentence == "Season cannot be told apart: that takes 3 years before, and there are 60 weeks."
    assert "the season cannot be told apart under 3 years before" in answer.verdict["grade"]["because"]


@pytest.mark.parametrize("window", ["day", "week"])
def test_sentences_and_figures_name_days_and_weeks_without_a_slash(window):
    series, answer = moved(window)
    texts = [*answer.sentences, *(found.sentence for found in answer.checks)]
    charts = [run_chart(series, answer), kk.control_chart(answer), kk.effect_course(answer), kk.placebo_plot(answer)]
    texts += [chart.alt for chart in charts]
    assert not [text for text in texts if "/20" in text]
    assert not [text for text in texts if " on on " in text or " in week of" in text]
    assert all(chart.png() for chart in charts)


def test_the_axis_of_weeks_bears_first_days_alone():
    series, answer = moved("week")
    axes = run_chart(series, answer).figure().axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()][:2] == ["2024-01-01", "2024-06-17"]
    assert axes.get_xlabel() == "week, by its first day"


def test_money_for_a_year_counts_all_its_days_and_weeks():
    assert PER_YEAR == {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
    assert (CYCLE["day"], CYCLE["week"]) == (7, 52)
    series = counted("upgrade_rate", rows_of("2024-01-01", [*[10, 12, 11] * 5, *[20, 22] * 5]), "day")
    money = before_after(series, "2024-01-16", money={"per_unit": 2, "currency": "EUR"}).verdict["worth"]["money"]
    assert money["per_year"]["value"] == pytest.approx(365 * money["per_period"]["value"])


def test_a_year_back_from_a_day_lies_the_same_weekday():
    days, weeks = (course([1, 2], 10, 1, cycle=CYCLE[period]) for period in ("day", "week"))
    assert (days.year, days.year % 7, weeks.year) == (364, 0, 52)


def test_days_are_compared_with_those_a_year_back_and_not_a_week(monkeypatch):
    monkeypatch.setattr("kpikit.questions.effects.course.SAME_WEEKDAY", 28)  # a year of four weeks: few points, quickly fitted
    place = np.arange(42)
    rows = 100 + 20 * (place >= 35) + 50 * ((place >= 28) & (place < 35))  # the last week before is higher
    found = estimated(course(rows, 1000, 35, cycle=CYCLE["day"]), {"value": 0.02, "low": 0.01, "high": 0.03}, {}, {})
    (told,) = [row for row in found.estimates if row.name == "same periods a year earlier"]
    assert told.value == pytest.approx(0.02)


def test_a_change_inside_a_fiscal_quarter_belongs_to_neither_side():
    months = pd.period_range("2015-02", "2024-01", freq="M").astype(str)
    rows = pd.DataFrame({"period": months, "numerator": 100 + np.arange(len(months)) % 5, "denominator": 1000})
    calendar = Calendar(year_starts="february")
    series = counted("product_upgrade_ratio", rows, "quarter", kind="volumes", variant="volume", calendar=calendar)
    inside = before_after(series, date(2019, 4, 1))  # 2019-02 to 2019-04 is the first quarter of 2020
    assert check(inside, "transition").sentence == "2020Q1 belongs to neither side: the change of 2019-04-01 lies there."
    first = before_after(series, date(2019, 2, 1))
    assert (first.verdict["before"]["last"], first.verdict["after"]["first"]) == ("2019Q4", "2020Q1")
