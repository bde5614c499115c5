"""KPI x table -> series: counts checked against plain Python, cell by cell."""

import csv
import tomllib
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kpikit.cases import read_case
from kpikit.errors import CaseError, KpikitError, TableError
from kpikit.measuring import measure, measure_also, measure_case
from kpikit.tables import read_table

ROOT = Path(__file__).parents[1]
LATER = date(2030, 1, 1)
#: each example asks the engine, for a fifth of a second: few of them, and a red one is not made smaller
BRIEF = settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
NAMES = {"numerator": ["upgrade"], "denominator": ["active"]}
SIX = ("numerator", "denominator", "censored", "censored_numerator", "straddling", "straddling_numerator")


def frame(columns, *rows):
    return pd.DataFrame(rows, columns=columns.split())


def counts(*rows):
    return frame("period numerator denominator", *rows)


def amounts(*rows):
    """Periods and quantities, each a decimal: in a frame, a number held as text is a fault."""
    return counts(*((period, *map(Decimal, quantities)) for period, *quantities in rows))


def measured(kpi, table, kind, segments=(), as_of=LATER, columns=None, **how):
    return measure(kpi, read_table(table, kind=kind, segments=segments, columns=columns), as_of=as_of, **how)


def cells(series, names=("numerator", "denominator")):
    """(period, *segments) -> the counts, as plain Python."""
    rows = series.counts[["period", *series.segments, *names]].itertuples(index=False, name=None)
    cut = 1 + len(series.segments)
    return {(str(row[0]), *row[1:cut]): tuple(row[cut:]) for row in rows}


def refusal(error, *arguments, **how):
    with pytest.raises(error) as raised:
        measured(*arguments, **how)
    return str(raised.value)


# --- already summed ----------------------------------------------------------------------------------------------------


def test_counts_are_summed_by_period_and_segment():
    table = frame(
        "period plan numerator denominator",
        ("2026-01", "a", 1, 10), ("2026-01", "b", 2, 20), ("2026-01", "a", 3, 30), ("2026-02", "a", 4, 40),
    )  # fmt: skip
    series = measured("upgrade_rate", table, "counts", ["plan"], window="month")
    assert cells(series) == {("2026-01", "a"): (4, 40), ("2026-01", "b"): (2, 20), ("2026-02", "a"): (4, 40)}
    assert cells(series.total()) == {("2026-01",): (6, 60), ("2026-02",): (4, 40)}


def test_several_segments_are_all_kept_apart():
    table = frame("period x y numerator denominator", ("2026-01", "a", "b", 1, 10), ("2026-01", "b", "a", 2, 20))
    series = measured("upgrade_rate", table, "counts", ["x", "y"], window="month")
    assert cells(series) == {("2026-01", "a", "b"): (1, 10), ("2026-01", "b", "a"): (2, 20)}


@pytest.mark.parametrize("size", [2**53 + 1, 2**60 + 1, (2**63 - 1) // 3])
def test_large_counts_are_summed_exactly(size):
    table = counts(("2026-01", size, size), ("2026-01", size - 1, size), ("2026-01", 1, 1))
    series = measured("upgrade_rate", table, "counts", window="month")
    assert cells(series) == {("2026-01",): (2 * size, 2 * size + 1)}


@pytest.mark.parametrize("size", [2**62, 2**62 + 1, 2**63 - 1])
def test_counts_whose_sum_passes_what_every_engine_adds_are_refused(size):
    table = counts(("2026-01", 1, size), ("2026-01", 2, size))
    said = refusal(TableError, "upgrade_rate", table, "counts", window="month")
    assert said.startswith(f"the frame, column 'denominator': {size} is too large for a count: ")
    assert said.endswith(" overflow")


def test_a_sum_of_columns_that_no_integer_holds_is_exact_or_refused_in_words():
    largest = 2**63 - 1
    columns = {"denominator": ["denominator", "more"]}
    table = counts(("2026-01", 1, largest)).assign(more=largest)
    try:
        series = measured("upgrade_rate", table, "counts", columns=columns, window="month")
    except KpikitError:
        return
    assert cells(series) == {("2026-01",): (1, 2 * largest)}


def test_volumes_are_summed_as_decimals():
    table = amounts(("2026-01", "0.1", "1"), ("2026-01", "0.2", "2"), ("2026-02", "1", "4.5"))
    series = measured("product_upgrade_ratio", table, "volumes", window="month")
    assert cells(series) == {("2026-01",): (Decimal("0.3"), 3), ("2026-02",): (1, Decimal("4.5"))}


def test_volumes_of_months_add_up_to_quarters_and_years():
    table = amounts(("2026-01", "0.1", "10"), ("2026-02", "0.2", "20"), ("2026-04", "0.4", "40"), ("2026-12", "0.8", "80"))
    by_quarter = measured("product_upgrade_ratio", table, "volumes", window="quarter").table
    assert list(zip(by_quarter["period"].astype(str), by_quarter["numerator"], by_quarter["denominator"], strict=True))[:2] == [
        ("2026Q1", Decimal("0.3"), 30),
        ("2026Q2", Decimal("0.4"), 40),
    ]
    by_year = measured("product_upgrade_ratio", table, "volumes", window="year").table
    assert by_year[["numerator", "denominator"]].to_numpy().tolist() == [[Decimal("1.5"), 150]]


def test_volumes_of_days_are_gathered_into_months():
    table = amounts(("2026-01-05", "1.5", "10"), ("2026-01-31", "2.5", "20"), ("2026-02-01", "1", "5"))
    assert cells(measured("product_upgrade_ratio", table, "volumes", window="month")) == {
        ("2026-01",): (4, 30),
        ("2026-02",): (1, 5),
    }


def test_customers_who_are_followed_add_up_over_periods_and_customers_at_risk_do_not():
    table = counts(("2026-01", 1, 10), ("2026-02", 2, 20))
    followed = measured("product_upsell_rate", table, "counts", window="10 days", period="quarter")
    assert followed.table[["numerator", "denominator"]].to_numpy().tolist() == [[3, 30]]
    assert followed.adds_over == ("periods", "segments")
    assert measured("upgrade_rate", table, "counts", window="month").adds_over == ("segments",)
    assert measured("product_upgrade_ratio", table, "counts", window="month", variant="adoption").adds_over == ("segments",)
    assert measured("product_upgrade_ratio", table, "volumes", window="month").adds_over == ("periods", "segments")


def test_a_numerator_of_zero_is_zero_and_a_denominator_of_zero_is_no_value():
    series = measured("upgrade_rate", counts(("2026-01", 0, 10), ("2026-02", 0, 0)), "counts", window="month")
    assert series.table["value"].fillna(-1).tolist() == [0, -1]
    assert series.table["status"].tolist() == ["ok", "zero denominator"]


@pytest.mark.parametrize("kpi", ["upgrade_rate", "upsell_ratio"])
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from("ab"), st.integers(0, 50), st.integers(50, 10**12)), min_size=1, max_size=30
    )
)
@settings(BRIEF)
def test_any_counts_are_summed_as_plain_python_sums_them(kpi, rows):
    expected = defaultdict(lambda: (0, 0))
    for month, plan, n, d in rows:
        so_far = expected[f"2026-{month:02}", plan]
        expected[f"2026-{month:02}", plan] = (so_far[0] + n, so_far[1] + d)
    table = frame("period plan numerator denominator", *((f"2026-{m:02}", p, n, d) for m, p, n, d in rows))
    assert cells(measured(kpi, table, "counts", ["plan"], window="month")) == expected


# --- counts that cannot be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "n", "d", "why"),
    [
        ("customers_once", 11, 10, "subscribers who upgraded are a part of subscribers, but 11 is more than 10"),
        ("customers_once", 2**61 + 1, 2**61, f"subscribers who upgraded are a part of subscribers, but {2**61 + 1} is more than {2**61}"),
    ],
)  # fmt: skip
def test_more_than_the_whole_is_refused_with_the_period_and_segment(variant, n, d, why):
    table = counts(("2026-01", 1, 10), ("2026-02", n, d))
    how = {"window": "month", "variant": variant}
    assert refusal(TableError, "upgrade_rate", table, "counts", **how) == f"upgrade_rate: the frame, 2026-02: {why}"
    cut = table.assign(plan=["a", "b"])
    assert refusal(TableError, "upgrade_rate", cut, "counts", ["plan"], **how) == f"upgrade_rate: the frame, 2026-02, b: {why}"


@pytest.mark.parametrize(("n", "d"), [(-1, 10), (1, -10), (-1, -10), (5, 0)])
def test_counts_that_cannot_be_are_refused_before_they_are_summed(n, d):
    table = counts(("2026-01", 1, 10), ("2026-02", n, d), ("2026-02", 20, 30))  # whose sums would be possible
    said = "the frame: counts that cannot be\n  2026-02{}: {} numerator of {} denominator is impossible"
    assert refusal(TableError, "upgrade_rate", table, "counts", window="month") == said.format("", n, d)
    cut = table.assign(plan=["a", "b", "c"])
    assert refusal(TableError, "upgrade_rate", cut, "counts", ["plan"], window="month") == said.format(", b", n, d)


def test_a_rate_of_events_may_pass_one_and_a_share_may_reach_it():
    assert cells(measured("upgrade_rate", counts(("2026-01", 11, 10)), "counts", window="month")) == {("2026-01",): (11, 10)}
    whole = measured("upgrade_rate", counts(("2026-01", 10, 10)), "counts", window="month", variant="customers_once")
    assert whole.table["value"].tolist() == [1]


# --- windows and periods -----------------------------------------------------------------------------------------------

MONTHS = counts(("2026-01", 1, 10), ("2026-02", 2, 20))
FLOW = "upgrade_rate: a rate needs the window it is counted over: one of day, week, month, quarter, year; not "
COHORT = (
    "product_upsell_rate: a rate needs the window it is counted over: one of day, week, month, quarter, year, '30 days' "
    "(any number), ever; not "
)


@pytest.mark.parametrize(
    ("kpi", "how", "message"),
    [
        ("upgrade_rate", {}, FLOW + "''"),
        ("upgrade_rate", {"window": "fortnight"}, FLOW + "'fortnight'"),
        ("upgrade_rate", {"window": "30 days"}, FLOW + "'30 days'"),
        ("upgrade_rate", {"window": "ever"}, FLOW + "'ever'"),
        ("upgrade_rate", {"window": "days"}, FLOW + "'days'"),
        ("product_upsell_rate", {}, COHORT + "''"),
        ("product_upsell_rate", {"window": "0 days"}, COHORT + "'0 days'"),
        ("product_upsell_rate", {"window": "-3 days"}, COHORT + "'-3 days'"),
        ("product_upsell_rate", {"window": "30days"}, COHORT + "'30days'"),
        ("product_upsell_rate", {"window": "1.5 days"}, COHORT + "'1.5 days'"),
        ("product_upsell_rate", {"window": "٣ days"}, COHORT + "'٣ days'"),
        (
            "product_upsell_rate",
            {"window": "30 days", "variant": "90_days"},
            "product_upsell_rate: variant '90_days' is counted over 90 days, not 30 days",
        ),
        (
            "upgrade_rate",
            {"window": "month", "period": "quarter"},
            "upgrade_rate: the period is day or week or month or quarter or year, and equal to the window ('month') unless "
            "customers are followed; not 'quarter'",
        ),
        (
            "product_upsell_rate",
            {"window": "30 days", "period": "fortnight"},
            "product_upsell_rate: the period is day or week or month or quarter or year, and equal to the window "
            "('30 days') unless customers are followed; not 'fortnight'",
        ),
    ],
)
def test_a_window_or_period_that_does_not_fit_is_refused(kpi, how, message):
    assert refusal(CaseError, kpi, MONTHS, "counts", **how) == message


def test_the_window_of_a_variant_need_not_be_repeated():
    assert measured("product_upsell_rate", MONTHS, "counts", variant="90_days").window == "90 days"
    assert measured("product_upsell_rate", MONTHS, "counts", variant="90_days", window="90 days").period == "month"


@pytest.mark.parametrize(
    ("periods", "grain", "window"),
    [
        (("2026-01", "2026-02"), "month", "quarter"),
        (("2026-01", "2026-02"), "month", "year"),
        (("2026-Q1", "2026-Q2"), "quarter", "year"),
    ],
)
def test_a_flow_is_not_added_up_to_a_longer_window(periods, grain, window):
    table = MONTHS.assign(period=periods)
    assert refusal(CaseError, "upgrade_rate", table, "counts", window=window) == (
        f"upgrade_rate: the frame is written by {grain}, and {grain}s of a flow do not add up to a {window}: "
        f"the same subscribers are in each; use window = '{grain}'"
    )
    assert refusal(CaseError, "product_upgrade_ratio", table, "counts", window=window, variant="adoption") == (
        f"product_upgrade_ratio: the frame is written by {grain}, and {grain}s of a stock do not add up to a {window}: "
        f"the same customers offered the upgrade are in each; use window = '{grain}'"
    )


def test_a_refusal_never_advises_a_window_that_is_refused_itself():
    table = MONTHS.assign(period=["2026-01-05", "2026-02-10"])
    message = refusal(CaseError, "upgrade_rate", table, "counts", window="month")
    assert message.startswith("upgrade_rate: the frame is written by day, ")
    assert message.endswith("use window = 'day' or give a table by month")
    assert len(measured("upgrade_rate", table, "counts", window="day").usable) == 2


@pytest.mark.parametrize(
    ("periods", "grain", "window"), [(("2026-Q1", "2026-Q2"), "quarter", "month"), (("2025", "2026"), "year", "quarter")]
)
@pytest.mark.parametrize(("kpi", "kind"), [("upgrade_rate", "counts"), ("product_upgrade_ratio", "volumes")])
def test_a_table_written_coarsely_cannot_be_cut_finely(periods, grain, window, kpi, kind):
    message = refusal(CaseError, kpi, MONTHS.assign(period=periods), kind, window=window)
    assert message == f"{kpi}: the frame is written by {grain}, which cannot be cut by {window}"


@pytest.mark.parametrize("periods", [("2026-Q1", "2026-Q2"), pd.PeriodIndex(["2026Q1", "2026Q2"], freq="Q")])
def test_a_table_written_by_quarter_is_measured_by_quarter(periods):
    series = measured("upgrade_rate", MONTHS.assign(period=periods), "counts", window="quarter")
    assert cells(series) == {("2026Q1",): (1, 10), ("2026Q2",): (2, 20)}


def test_the_kind_of_table_has_to_fit_what_is_counted():
    assert refusal(CaseError, "product_upgrade_ratio", MONTHS, "counts", window="month") == (
        "product_upgrade_ratio: variant 'volume' counts a quantity, so its table is of kind 'volumes', not 'counts'"
    )
    assert refusal(CaseError, "upgrade_rate", MONTHS, "volumes", window="month") == (
        "upgrade_rate: variant 'all_subscribers' counts a flow, so its table is of kind 'counts', not 'volumes'"
    )


# --- as of -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        (date(2026, 2, 15), "partial"),
        (date(2026, 2, 27), "partial"),
        (date(2026, 2, 28), "ok"),  # a date means the end of that day
        (date(2026, 3, 1), "ok"),
        (datetime(2026, 2, 28, 23, 59, 59), "partial"),
        (datetime(2026, 2, 28, 12), "partial"),
    ],
)
def test_a_period_that_is_not_over_is_partial(as_of, status):
    series = measured("upgrade_rate", MONTHS, "counts", window="month", as_of=as_of)
    assert series.table["status"].tolist() == ["ok", status]


def test_rows_after_as_of_are_left_out_and_the_series_says_so():
    table = counts(("2026-01", 1, 10), ("2026-05", 5, 50), ("2099-01", 9, 90))
    series = measured("upgrade_rate", table, "counts", window="month", as_of=date(2026, 2, 10))
    assert cells(series) == {("2026-01",): (1, 10)}
    said = [check.sentence for check in series.checks if check.name == "future rows"]
    assert said == ["2 rows are dated in the future of 2026-02-10, the last 2099-01: left out."]


def test_a_table_with_nothing_before_as_of_is_refused_in_words_or_empty():
    try:
        series = measured("upgrade_rate", MONTHS, "counts", window="month", as_of=date(2020, 1, 1))
    except KpikitError:
        return
    assert series.table.empty
    assert series.checks


# --- events ------------------------------------------------------------------------------------------------------------

EVENTS = "customer date event"


def test_events_are_counted_once_for_each_and_customers_once():
    table = frame(
        EVENTS, ("a", "2026-01-01", "active"), ("a", "2026-01-09", "active"), ("b", "2026-01-02", "active"),
        ("a", "2026-01-10", "upgrade"), ("a", "2026-01-31 23:59:59", "upgrade"), ("b", "2026-02-01", "upgrade"),
    )  # fmt: skip
    how = {"window": "month", "event_names": NAMES}
    assert cells(measured("upgrade_rate", table, "events", **how)) == {("2026-01",): (2, 2)}
    assert cells(measured("upgrade_rate", table, "events", variant="customers_once", **how)) == {("2026-01",): (1, 2)}


WITH_REVERSAL = NAMES | {"reversal": ["downgrade"]}


def test_upgrades_that_were_reversed_in_time_are_counted_off_and_told():
    table = frame(
        EVENTS, ("a", "2026-01-01", "active"), ("b", "2026-01-01", "active"), ("c", "2026-01-01", "active"),
        ("a", "2026-01-10", "upgrade"), ("a", "2026-02-09", "downgrade"),  # thirty days later, the last of them inside
        ("b", "2026-01-10", "upgrade"), ("b", "2026-02-09 00:00:01", "downgrade"),  # a second too late
        ("c", "2026-01-10", "upgrade"), ("c", "2026-01-09", "downgrade"),  # before the upgrade
    )  # fmt: skip
    how = {"window": "month", "event_names": WITH_REVERSAL, "reversed_within": "30 days"}
    series = measured("upgrade_rate", table, "events", **how)
    assert cells(series, ("numerator", "denominator", "reversed")) == {("2026-01",): (2, 3, 1)}
    assert cells(measured("upgrade_rate", table, "events", variant="customers_once", **how)) == {("2026-01",): (2, 3)}
    assert [check.sentence for check in series.checks if check.name == "reversals"] == [
        "1 upgrades were reversed later and are counted off."
    ]


def test_a_reversal_takes_back_the_latest_upgrade_alone():
    table = frame(
        EVENTS, ("a", "2026-01-01", "active"), ("a", "2026-03-01", "active"),
        ("a", "2026-01-10", "upgrade"), ("a", "2026-03-10", "upgrade"), ("a", "2026-03-20", "downgrade"),
    )  # fmt: skip
    series = measured("upgrade_rate", table, "events", window="month", event_names=WITH_REVERSAL, reversed_within="90 days")
    assert cells(series) == {("2026-01",): (1, 1), ("2026-03",): (0, 1)}


def test_a_period_whose_upgrades_may_still_be_reversed_is_left_out():
    rows = [("a", f"2026-{month:02}-01", event) for month in (1, 2, 3) for event in ("active", "upgrade")]
    table = frame(EVENTS, *rows, ("b", "2026-01-01", "downgrade"))
    how = {"window": "month", "event_names": WITH_REVERSAL, "reversed_within": "31 days"}
    status = measured("upgrade_rate", table, "events", as_of=date(2026, 3, 31), **how).table["status"].tolist()
    assert status == ["ok", "ok", "censored"]  # the last day of February is 31 days past on the last of March
    series = measured("upgrade_rate", table, "events", as_of=date(2026, 3, 30), **how)
    assert series.table["status"].tolist() == ["ok", "censored", "partial"]
    assert "2026-02 has no upgrades that 31 days have settled, so left out." in [check.sentence for check in series.checks]


@pytest.mark.parametrize("within", [None, "month"])
def test_a_reversal_needs_a_time_in_days(within):
    table = frame(EVENTS, ("a", "2026-01-01", "active"), ("a", "2026-01-10", "upgrade"), ("a", "2026-01-11", "downgrade"))
    how = {"window": "month", "event_names": WITH_REVERSAL, "reversed_within": within}
    assert refusal(CaseError, "upgrade_rate", table, "events", **how) == (
        f"upgrade_rate: a reversal needs a time, as reversed_within = \"90 days\"; not '{within}'"
    )


def test_a_column_of_reversed_upgrades_is_counted_off():
    table = frame("period numerator denominator reversed", ("2026-01", 10, 100, 3), ("2026-02", 10, 100, 0))
    series = measured("upgrade_rate", table, "counts", window="month")
    assert cells(series) == {("2026-01",): (7, 100), ("2026-02",): (10, 100)}
    assert series.total().table["value"].tolist() == [0.07, 0.1]


@pytest.mark.parametrize("reversed_", [11, -1])
def test_more_reversed_than_there_were_is_refused(reversed_):
    table = frame("period numerator denominator reversed", ("2026-01", 10, 100, reversed_))
    assert refusal(TableError, "upgrade_rate", table, "counts", window="month") == (
        f"upgrade_rate: the frame, 2026-01: {reversed_} reversed of 10 is impossible"
    )


def test_other_kpis_of_the_same_table_are_measured_beside():
    case = read_case("techsolutions_upgrade_rate", also={"upsell_ratio": "upgrades"})
    others = measure_also(case)
    assert list(others) == ["upsell_ratio"]
    assert others["upsell_ratio"].counts["numerator"].tolist() == measure_case(case).counts["numerator"].tolist()


def test_an_event_of_a_customer_who_was_not_at_risk_is_not_counted_and_told():
    table = frame(EVENTS, ("a", "2026-01-01", "active"), ("b", "2026-01-02", "upgrade"), ("a", "2026-02-01", "upgrade"))
    series = measured("upgrade_rate", table, "events", window="month", event_names=NAMES)
    assert cells(series) == {("2026-01",): (0, 1)}
    assert [check.sentence for check in series.checks if check.name == "outside the denominator"] == [
        "2 events of customers who were not among the subscribers of that month: not counted."
    ]


def test_events_that_nobody_counts_and_names_that_are_not_there_are_told():
    table = frame(EVENTS, ("a", "2026-01-01", "active"), ("a", "2026-01-02", "upgrade"), ("a", "2026-01-03", "visit"))
    names = {"numerator": ["upgrade", "upsel"], "denominator": ["active"]}
    series = measured("upgrade_rate", table, "events", window="month", event_names=names)
    assert [check.sentence for check in series.checks if check.name == "event names"] == [
        "There is no event 'upsel' in the table; there is active, upgrade, visit",
        "Not counted: visit.",
    ]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            {"numerator": ["upgrade"], "denominator": ["actve"]},
            "upgrade_rate: the frame holds no event 'actve' for the denominator; did you mean 'active'?",
        ),
        (
            {"numerator": ["upgrades", "ups"], "denominator": ["active"]},
            "upgrade_rate: the frame holds no event 'upgrades' or 'ups' for the numerator; did you mean 'upgrade'?",
        ),
    ],
)
def test_names_of_which_none_is_there_are_refused_and_no_zero_is_shown(names, message):
    table = frame(EVENTS, ("a", "2026-01-01", "active"), ("a", "2026-01-02", "upgrade"))
    assert refusal(CaseError, "upgrade_rate", table, "events", window="month", event_names=names) == message


def test_several_names_may_count_and_one_name_may_count_on_both_sides():
    table = frame(
        EVENTS,
        ("a", "2026-01-01", "active"),
        ("b", "2026-01-01", "trial"),
        ("b", "2026-01-03", "up1"),
        ("a", "2026-01-03", "up2"),
    )
    names = {"numerator": ["up1", "up2"], "denominator": ["active", "trial"]}
    assert cells(measured("upgrade_rate", table, "events", window="month", event_names=names)) == {("2026-01",): (2, 2)}
    same = {"numerator": ["active"], "denominator": ["active", "trial"]}
    assert cells(measured("upgrade_rate", table, "events", window="month", event_names=same)) == {("2026-01",): (1, 2)}


def test_a_customer_in_two_segments_counts_in_each_and_once_in_the_whole():
    table = frame(
        "customer date event plan", ("a", "2026-01-01", "active", "x"), ("a", "2026-01-02", "active", "y"),
        ("b", "2026-01-01", "active", "x"), ("a", "2026-01-03", "upgrade", "x"),
    )  # fmt: skip
    series = measured("upgrade_rate", table, "events", ["plan"], window="month", event_names=NAMES)
    assert cells(series) == {("2026-01", "x"): (1, 2), ("2026-01", "y"): (0, 1)}
    assert cells(series.total()) == {("2026-01",): (1, 2)}
    assert series.adds_over == ()


def test_the_whole_never_calls_an_event_uncounted_that_it_counts():
    table = frame("customer date event plan", ("a", "2026-01-01", "active", "x"), ("a", "2026-01-02", "upgrade", "y"))
    whole = measured("upgrade_rate", table, "events", ["plan"], window="month", event_names=NAMES).total()
    assert cells(whole) == {("2026-01",): (1, 1)}
    assert [check.sentence for check in whole.checks if check.name == "outside the denominator"] == []


def test_the_segment_of_an_event_is_the_one_its_customer_was_at_risk_in():
    """A score on the event's own row may have been measured after it."""
    table = frame(
        "customer date event use", ("a", "2026-01-01", "active", "low"), ("b", "2026-01-01", "active", "low"),
        ("a", "2026-01-09", "upgrade", "high"), ("a", "2026-01-20", "downgrade", "high"), ("b", "2026-01-09", "upgrade", "high"),
    )  # fmt: skip
    series = measured("upgrade_rate", table, "events", ["use"], window="month", event_names=NAMES)
    assert cells(series) == {("2026-01", "low"): (2, 2)}
    assert [check.sentence for check in series.checks if check.name == "outside the denominator"] == []
    how = {"window": "month", "event_names": WITH_REVERSAL, "reversed_within": "30 days"}
    settled = measured("upgrade_rate", table, "events", ["use"], **how)
    assert cells(settled, ("numerator", "denominator", "reversed")) == {("2026-01", "low"): (1, 2, 1)}


def test_quarters_of_events_are_counted_anew_and_not_added():
    table = frame(EVENTS, ("a", "2026-01-01", "active"), ("a", "2026-02-01", "active"), ("a", "2026-03-01", "upgrade"))
    assert cells(measured("upgrade_rate", table, "events", window="quarter", event_names=NAMES)) == {("2026Q1",): (1, 1)}
    assert cells(measured("upgrade_rate", table, "events", window="year", event_names=NAMES)) == {("2026",): (1, 1)}


@pytest.mark.parametrize(
    ("kpi", "how", "message"),
    [
        ("upgrade_rate", {}, 'upgrade_rate: say which events count: event_names = { numerator = ["upgrade"], denominator = ["active"] }'),
        (
            "upgrade_rate",
            {"event_names": {"numerator": ["upgrade"]}},
            'upgrade_rate: say which events count: event_names = { numerator = ["upgrade"], denominator = ["active"] }',
        ),
        ("product_upgrade_ratio", {}, "product_upgrade_ratio: a ratio cannot be measured from events; use a table of kind volumes"),
        (
            "product_upsell_rate",
            {"variant": "published"},
            "product_upsell_rate: variant 'published' is not measured from events; it is measured from counts or orders",
        ),
    ],
)  # fmt: skip
def test_what_events_cannot_tell_is_refused(kpi, how, message):
    table = frame(EVENTS, ("a", "2026-01-01", "active"))
    assert refusal(CaseError, kpi, table, "events", window="month", **how) == message


event_rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "07", "7"]),
        st.datetimes(datetime(2025, 12, 30), datetime(2026, 2, 20)),
        st.sampled_from(["active", "active", "upgrade", "visit"]),
        st.sampled_from(["x", "NA"]),
    ),
    min_size=25,
    max_size=60,
).filter(lambda rows: {"active", "upgrade"} <= {row[2] for row in rows})


def by_hand(rows, cut, *, each_event):
    """(period, *segments) -> events or customers with one, and customers at risk: one loop over the rows for each.

    An event lies in the segment that its customer was at risk in; only where there were several does its own row decide.
    """
    at_risk, did, places = defaultdict(set), defaultdict(list), defaultdict(set)
    for row in rows:
        if row[2] == "active":
            at_risk[cut(row)].add(row[0])
            places[cut(row)[0], row[0]].add(cut(row))
    for row in rows:
        there = places[cut(row)[0], row[0]]
        place = min(there) if len(there) == 1 else cut(row)
        if row[2] == "upgrade" and place in there:
            did[place].append(row[0])
    counted = {key: did[key] if each_event else set(did[key]) for key in at_risk}
    return {key: (len(counted[key]), len(who)) for key, who in at_risk.items() if who}


@pytest.mark.parametrize("variant", ["all_subscribers", "customers_once"])
@given(rows=event_rows)
@settings(BRIEF)
def test_events_agree_with_a_loop_in_plain_python(variant, rows):
    table = pd.DataFrame(
        [(who, when.isoformat(" "), what, plan) for who, when, what, plan in rows], columns=["customer", "date", "event", "plan"]
    )
    series = measured("upgrade_rate", table, "events", ["plan"], window="month", variant=variant, event_names=NAMES)
    each = variant == "all_subscribers"
    assert cells(series) == by_hand(rows, lambda row: (f"{row[1]:%Y-%m}", row[3]), each_event=each)
    assert cells(series.total()) == by_hand(rows, lambda row: (f"{row[1]:%Y-%m}",), each_event=each)


# --- orders ------------------------------------------------------------------------------------------------------------

ORDERS = "customer order date product"
AS_OF = datetime(2026, 12, 31, 12)


def followed(*rows, window="30 days", as_of=AS_OF, **how):
    """The counts of all periods together."""
    series = measured("product_upsell_rate", frame(ORDERS, *rows), "orders", window=window, as_of=as_of, **how)
    names = [name for name in SIX if name in series.counts]
    return {name: int(series.counts[name].sum()) for name in names}


def outcome(*rows, **how):
    """(numerator, denominator) of all periods together."""
    counted = followed(*rows, **how)
    return counted["numerator"], counted["denominator"]


def test_another_product_in_a_later_order_is_more_and_the_same_again_is_not():
    first = ("a", "1", "2026-01-01", "kettle")
    assert outcome(first) == (0, 1)
    assert outcome(first, ("a", "2", "2026-01-05", "kettle")) == (0, 1)
    assert outcome(first, ("a", "2", "2026-01-05", "lamp")) == (1, 1)
    assert outcome(first, ("a", "1", "2026-01-01", "lamp")) == (0, 1)
    assert outcome(first, ("a", "1", "2026-01-01", "lamp"), ("a", "2", "2026-01-05", "lamp")) == (0, 1)


def test_a_line_booked_later_to_the_first_order_is_no_later_order():
    assert outcome(("a", "1", "2026-01-01", "kettle"), ("a", "1", "2026-01-05", "lamp")) == (0, 1)


def test_the_end_of_a_window_is_inside_to_the_second():
    first = ("a", "1", "2026-01-01 10:00:00", "kettle")
    assert outcome(first, ("a", "2", "2026-01-31 10:00:00", "lamp")) == (1, 1)
    assert outcome(first, ("a", "2", "2026-01-31 10:00:01", "lamp")) == (0, 1)
    assert outcome(first, ("a", "2", "2026-01-31 10:00:01", "lamp"), window="31 days") == (1, 1)
    assert outcome(first, ("a", "2", "2026-12-31 10:00:00", "lamp"), window="ever") == (1, 1)


def test_of_two_orders_at_one_moment_the_first_is_the_one_with_the_lower_id():
    rows = [("a", "2", "2026-01-01", "lamp"), ("a", "1", "2026-01-01", "kettle"), ("a", "3", "2026-01-09", "lamp")]
    series = measured(
        "product_upsell_rate",
        frame(ORDERS, *rows).assign(plan=["two", "one", "one"]),
        "orders",
        ["plan"],
        window="30 days",
        as_of=AS_OF,
    )
    assert cells(series) == {("2026-01", "one"): (1, 1)}  # order 1 comes first, and 2 is a later one with another product


def test_an_order_id_belongs_to_its_customer():
    rows = [("a", "1", "2026-01-01", "kettle"), ("b", "1", "2026-01-05", "lamp"), ("b", "1", "2026-01-05", "kettle")]
    assert outcome(*rows) == (0, 2)


def test_customers_whose_ids_differ_in_zeros_are_different():
    assert outcome(("007", "1", "2026-01-01", "kettle"), ("7", "2", "2026-01-05", "lamp")) == (0, 2)


def test_a_variant_may_count_more_in_the_first_order_too():
    rows = [
        ("a", "1", "2026-01-01", "kettle"),
        ("a", "1", "2026-01-01", "lamp"),
        ("b", "2", "2026-01-01", "kettle"),
        ("b", "2", "2026-01-01", "kettle"),
    ]
    assert outcome(*rows, variant="30_days_with_first_order") == (1, 2)
    assert outcome(*rows, variant="30_days") == (0, 2)


def test_a_customer_whose_window_is_not_over_is_censored_and_never_a_no():
    bought = ("b", "3", "2026-01-11", "lamp")
    rows = [("a", "1", "2026-01-01 12:00", "kettle"), ("b", "2", "2026-01-10", "kettle"), bought]
    open_ = {"as_of": datetime(2026, 1, 31, 11, 59)}
    assert followed(*rows, **open_) == {"numerator": 0, "denominator": 0, "censored": 2, "censored_numerator": 1}
    over = {"as_of": datetime(2026, 1, 31, 12)}
    assert followed(*rows, **over) == {"numerator": 0, "denominator": 1, "censored": 1, "censored_numerator": 1}
    assert followed(*rows, window="ever", **open_) == {"numerator": 1, "denominator": 2, "censored": 0, "censored_numerator": 0}


def test_a_window_that_ends_with_the_day_after_as_of_is_open_because_that_day_is_not_seen():
    """Dates without a time stand for 0:00: 30 days from 2026-01-01 hold an order of 2026-01-31, which as_of must reach."""
    first, more = ("a", "1", "2026-01-01", "kettle"), ("a", "2", "2026-01-31", "lamp")
    before = {"numerator": 0, "denominator": 0, "censored": 1, "censored_numerator": 0}
    assert followed(first, more, as_of=date(2026, 1, 30)) == before
    after = {"numerator": 1, "denominator": 1, "censored": 0, "censored_numerator": 0}
    assert followed(first, more, as_of=date(2026, 1, 31)) == after


def test_an_order_after_as_of_is_not_seen():
    rows = [("a", "1", "2026-01-01", "kettle"), ("a", "2", "2026-01-20", "lamp"), ("b", "3", "2026-02-01", "lamp")]
    counted = followed(*rows, window="10 days", as_of=datetime(2026, 1, 15, 12))
    assert counted == {"numerator": 0, "denominator": 1, "censored": 0, "censored_numerator": 0}


def test_a_window_that_spans_the_change_is_straddling():
    change = {"changed_on": date(2026, 3, 1), "as_of": AS_OF}
    over = ("a", "1", "2026-01-30", "kettle")  # its 30 days end on 2026-03-01 at 0:00, with the change
    spans = ("b", "2", "2026-01-30 00:00:01", "kettle")
    after = ("c", "3", "2026-03-01", "kettle")
    assert followed(over, **change)["straddling"] == 0
    assert followed(spans, **change)["straddling"] == 1
    assert followed(after, **change)["straddling"] == 0
    all_three = followed(over, spans, after, ("b", "4", "2026-02-02", "lamp"), **change)
    assert all_three == {
        "numerator": 1, "denominator": 3, "censored": 0, "censored_numerator": 0, "straddling": 1, "straddling_numerator": 1,
    }  # fmt: skip


def test_a_censored_customer_is_not_also_straddling():
    counted = followed(("a", "1", "2026-02-20", "kettle"), changed_on=date(2026, 3, 1), as_of=datetime(2026, 3, 10, 12))
    assert (counted["censored"], counted["straddling"]) == (1, 0)


def test_a_window_without_end_straddles_every_change_that_came_after_the_first_order():
    rows = [("a", "1", "2026-01-01", "kettle"), ("b", "2", "2026-03-01", "kettle")]
    assert followed(*rows, window="ever", changed_on=date(2026, 3, 1))["straddling"] == 1


def test_without_a_change_nothing_straddles_and_no_column_says_so():
    assert set(followed(("a", "1", "2026-01-01", "kettle"))) == set(SIX[:4])


@pytest.mark.parametrize(
    ("kpi", "table", "how", "message"),
    [
        (
            "upgrade_rate",
            frame(ORDERS, ("a", "1", "2026-01-01", "kettle")),
            {"window": "month"},
            "upgrade_rate: variant 'all_subscribers' is not measured from orders; it is measured from counts, plans or events",
        ),
        (
            "product_upsell_rate",
            frame("customer order date", ("a", "1", "2026-01-01")),
            {"window": "30 days"},
            "product_upsell_rate: the frame needs the role 'product': buying more means a product the first order did not hold",
        ),
        (
            "product_upsell_rate",
            frame(ORDERS, ("a", "1", "2026-01-01", "kettle")),
            {"window": "month"},
            "product_upsell_rate: orders are followed for days or 'ever', not a calendar month; try window = \"30 days\"",
        ),
    ],
)
def test_what_orders_cannot_tell_is_refused(kpi, table, how, message):
    assert refusal(CaseError, kpi, table, "orders", **how) == message


def follow_by_hand(lines, window_days, as_of, changed_on, cut, first_order_counts):
    """Each customer followed one by one: (period, plan) -> the six counts."""
    lines = [line for line in lines if line[2] <= as_of]
    told = defaultdict(lambda: [0] * 6)
    for customer in {line[0] for line in lines}:
        when, what, plans = {}, defaultdict(set), {}
        for _, order, moment, product, plan in (line for line in lines if line[0] == customer):
            when[order] = min(moment, when.get(order, moment))
            what[order].add(product)
            plans[order] = plan
        first = sorted(when, key=lambda order: (when[order], order))[0]
        end = None if window_days is None else when[first] + timedelta(days=window_days)
        later = set().union(*(what[order] for order in when if order != first and (end is None or when[order] <= end)), set())
        yes = bool(later - what[first]) or (first_order_counts and len(what[first]) > 1)
        row = told[cut(when[first]), plans[first]]
        if end is not None and end > as_of:
            row[2] += 1
            row[3] += yes
            continue
        row[0] += yes
        row[1] += 1
        if when[first] < changed_on and (end is None or end > changed_on):
            row[4] += 1
            row[5] += yes
    return {key: tuple(row) for key, row in told.items()}


#: on a coarse grid, so that two orders fall together and windows end, by 10 or 30 days, on an order, on as_of or on the change
moments = st.integers(0, 14).map(lambda step: datetime(2026, 1, 20, 6) + step * timedelta(hours=60))
order_lines = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(["01", "02", "03", "04"]), moments, st.sampled_from("pqr")),
    min_size=1,
    max_size=25,
)


@pytest.mark.parametrize(
    ("variant", "window_days", "period"),
    [("published", 10, "month"), ("30_days", 30, "quarter"), ("ever", None, "year"), ("30_days_with_first_order", 30, "month")],
)
@given(lines=order_lines, as_of=moments, later=st.sampled_from([0, 10, 30]), changed_on=moments)
@settings(BRIEF)
def test_orders_agree_with_each_customer_followed_by_hand(variant, window_days, period, lines, as_of, later, changed_on):
    as_of = max(as_of + timedelta(days=later), min(line[2] for line in lines))
    rows = [(*line, "x" if line[1] in ("01", "03") else "NA") for line in lines]  # the plan goes with the order
    cut = {
        "month": lambda at: f"{at:%Y-%m}",
        "quarter": lambda at: f"{at.year}Q{(at.month + 2) // 3}",
        "year": lambda at: f"{at.year}",
    }
    expected = follow_by_hand(rows, window_days, as_of, changed_on, cut[period], variant.endswith("first_order"))
    table = pd.DataFrame(rows, columns=["customer", "order", "date", "product", "plan"])
    window = "ever" if window_days is None else f"{window_days} days"
    series = measured(
        "product_upsell_rate",
        table,
        "orders",
        ["plan"],
        variant=variant,
        window=window,
        period=period,
        as_of=as_of,
        changed_on=changed_on,
    )
    assert cells(series, SIX) == expected


# --- the cases that come with the project ------------------------------------------------------------------------------


def summed_cases():
    for path in sorted((ROOT / "data" / "cases").glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        if (
            raw["kind"] in ("counts", "volumes")
            and raw["table"].endswith(".csv")
            and not raw["table"].startswith("package:")
            and "keep" not in raw
            and "numerator" in raw["columns"]  # a composed KPI names the columns of its parts
        ):
            yield pytest.param(path, raw, id=path.stem)


@pytest.mark.parametrize(("path", "raw"), list(summed_cases()))
def test_a_case_of_counts_or_volumes_is_measured_as_plain_python_adds_its_file(path, raw):
    names = {role: [item] if isinstance(item, str) else item for role, item in raw["columns"].items()}
    expected = defaultdict(lambda: [Decimal(0), Decimal(0)])
    with (path.parent / raw["table"]).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            sums = expected[row[names["period"][0]], *(row[name] for name in raw.get("segments", []))]
            sums[0] += sum(Decimal(row[name]) for name in names["numerator"])
            sums[1] += sum(Decimal(row[name]) for name in names["denominator"])
    assert cells(measure_case(read_case(path))) == {key: tuple(sums) for key, sums in expected.items()}


def test_a_case_hands_every_choice_to_the_measurement(tmp_path):
    (tmp_path / "t.csv").write_text(
        "who;no;when;what;plan;price\na;1;31/01/2026 10:00;kettle;x;5\na;2;01/02/2026 10:00;lamp;x;5\nb;3;31/01/2026 10:00;lamp;x;0\n"
    )
    (tmp_path / "c.toml").write_text(
        'title = "t"\nkpi = "product_upsell_rate"\nvariant = "published"\nwindow = "10 days"\nperiod = "quarter"\n'
        'table = "t.csv"\nkind = "orders"\ndate_format = "%d/%m/%Y %H:%M"\nsegments = ["plan"]\n'
        'columns = { customer = "who", order = "no", date = "when", product = "what" }\n'
        'changed_on = 2026-02-02\nas_of = 2026-04-01\n[[keep]]\ncolumn = "price"\nabove = 0\n'
    )
    series = measure_case(read_case(tmp_path / "c.toml"))
    assert cells(series, SIX) == {("2026Q1", "x"): (1, 1, 0, 0, 1, 1)}
    assert (series.window, series.period, series.source["rows_read"], series.source["rows_kept"]) == ("10 days", "quarter", 3, 2)
