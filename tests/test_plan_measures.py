"""Measures of plans: levels at the ends of a period and the movements between, against sums in the head and a plain walk."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from small_kpis import cells, each_measure, measuring_kpi, said

from kpikit.errors import CaseError, DefinitionError, TableError
from kpikit.measures import ADDS_OVER_PERIODS, MEASURES
from kpikit.measuring import measure, on_engine
from kpikit.tables import read_table

ORDER = ("free", "basic", "pro")
NAMES = {"trial": ["trial"], "left": ["cancelled"]}
COLUMNS = "customer date plan amount"
HOW = {"as_of": date(2026, 12, 31), "window": "month", "plan_order": ORDER, "event_names": NAMES}


def read(*rows, columns=COLUMNS, segments=(), **how):
    return read_table(pd.DataFrame(rows, columns=columns.split()), kind="plans", segments=segments, **how)


def measured(table, numerator, denominator="opening_customers", less=None, **how):
    named = {"numerator": numerator, "denominator": denominator} | ({"less": less} if less else {})
    return measure(measuring_kpi({"plans": named}), table, **HOW | how)


def by_measure(table, measures=tuple(MEASURES["plans"]), **how):
    """(period, *segments) -> measure -> its count, where it is not 0."""
    return each_measure(lambda *roles: measured(table, *roles, **how), measures)


def refusal(error, table, numerator, *more, kpi=None, **how):
    with pytest.raises(error) as raised:
        if kpi is None:
            measured(table, numerator, *more, **how)
        else:
            measure(kpi, table, **HOW | how)
    return str(raised.value)


# --- sums in the head --------------------------------------------------------------------------------------------------

FEBRUARY = [
    ("ann", "2026-01-05", "basic", 10), ("ann", "2026-02-03", "pro", 25),  # up, pays 15 more
    ("bob", "2026-01-05", "pro", 25), ("bob", "2026-02-03", "basic", 10),  # down, pays 15 less
    ("cleo", "2026-01-05", "basic", 10), ("cleo", "2026-02-03", "cancelled", 10),  # left; what the row says is paid by nobody
    ("dan", "2026-02-28", "basic", 10),  # new
    ("eve", "2026-01-05", "basic", 10), ("eve", "2026-01-20", "cancelled", 0), ("eve", "2026-02-14", "pro", 25),  # returned
    ("fay", "2026-01-05", "basic", 10),  # stays as she is
    ("gus", "2026-01-05", "basic", 10), ("gus", "2026-02-05", "basic", 12),  # stays on his plan, pays 2 more
]  # fmt: skip
ADDED = {
    "opening_customers": 5, "closing_customers": 6, "new_customers": 1, "left_customers": 1, "returned_customers": 1,
    "stayed_customers": 4, "up_customers": 1, "down_customers": 1, "top_customers": 2, "opening_revenue": 10 + 25 + 10 + 10 + 10,
    "closing_revenue": 25 + 10 + 10 + 25 + 10 + 12, "new_revenue": 10, "returned_revenue": 25, "expansion_revenue": 15 + 2,
    "contraction_revenue": 15, "churned_revenue": 10, "lost_revenue": 15 + 10, "gained_revenue": 10 + 25 + 17,
    "kept_revenue": 10 + 10 + 0 + 10 + 10, "retained_revenue": 25 + 10 + 0 + 10 + 12, "up_revenue": 15,
    "down_revenue": 15,
}  # fmt: skip


def test_every_measure_of_a_month_can_be_added_in_the_head():
    assert set(ADDED) == set(MEASURES["plans"])
    assert by_measure(read(*FEBRUARY))["2026-02",] == ADDED


def test_a_period_in_which_nothing_happened_repeats_the_levels():
    told = by_measure(read(*FEBRUARY, ("hal", "2026-04-09", "free", 0)))
    level = {"opening_customers": 6, "closing_customers": 6, "stayed_customers": 6, "top_customers": 2}
    level |= dict.fromkeys(["opening_revenue", "closing_revenue", "kept_revenue", "retained_revenue"], 92)
    assert told["2026-03",] == level
    assert told["2026-04",]["closing_customers"] == 7


def test_what_came_and_went_within_one_period_is_no_movement_of_it():
    rows = [("a", "2026-02-05", "basic", 10), ("a", "2026-02-20", "cancelled", 0), ("b", "2026-01-05", "basic", 10)]
    rows += [("b", "2026-02-05", "pro", 25), ("b", "2026-02-20", "basic", 10), ("a", "2026-03-05", "basic", 10)]
    told = by_measure(read(*rows))
    level = {"opening_customers": 1, "closing_customers": 1, "stayed_customers": 1}
    money = dict.fromkeys(["opening_revenue", "closing_revenue", "kept_revenue", "retained_revenue"], 10)
    assert told["2026-02",] == level | money
    assert told["2026-03",]["returned_customers"] == 1  # had a plan in February
    assert "new_customers" not in told["2026-03",]


def test_a_change_at_the_first_instant_of_a_period_lies_inside_it():
    series = measured(
        read(("a", "2026-01-05", "basic", 10), ("a", "2026-02-01 00:00:00", "pro", 25)), "retained_revenue", "opening_revenue"
    )
    assert cells(series, "numerator", "denominator") == {("2026-02",): (25, 10)}


def test_what_is_taken_off_the_numerator_stays_beside_it():
    series = measured(read(*FEBRUARY), "gained_revenue", "opening_revenue", "lost_revenue")
    assert cells(series, "numerator", "denominator", "less") == {("2026-02",): (52 - 25, 65, 25)}
    assert series.table["value"].iloc[0] == pytest.approx(27 / 65)


def test_amounts_are_added_exactly_and_whole_ones_are_whole_numbers():
    rows = [(name, "2026-01-05", "basic", Decimal(paid)) for name, paid in (("a", "0.1"), ("b", "0.2"), ("c", "0.7"))]
    exact = measured(read(*rows[:2]), "closing_revenue", "closing_customers").counts
    assert exact["numerator"].tolist() == [Decimal("0.3")]
    whole = measured(read(*rows), "closing_revenue", "closing_customers").counts
    assert (whole["numerator"].tolist(), whole["numerator"].dtype) == ([1], "int64")


def test_a_move_up_that_pays_less_takes_off_what_moves_up_added():
    rows = [
        ("a", "2026-01-05", "basic", 10),
        ("a", "2026-02-03", "pro", 25),
        ("b", "2026-01-05", "basic", 10),
        ("b", "2026-02-03", "pro", 8),
    ]
    assert cells(measured(read(*rows), "up_revenue", "up_customers"), "numerator", "denominator") == {("2026-02",): (15 - 2, 2)}


# --- trials, subscriptions, segments -----------------------------------------------------------------------------------

TRIAL = [
    ("a", "2026-01-05", "trial", 5),
    ("a", "2026-02-09", "basic", 10),
    ("b", "2026-01-05", "basic", 10),
    ("b", "2026-02-09", "trial", 5),
]


def test_who_is_on_trial_is_on_no_plan():
    told = by_measure(read(*TRIAL))["2026-02",]
    assert told == {
        "opening_customers": 1, "closing_customers": 1, "new_customers": 1, "left_customers": 1, "opening_revenue": 10,
        "closing_revenue": 10, "new_revenue": 10, "gained_revenue": 10, "churned_revenue": 10, "lost_revenue": 10,
    }  # fmt: skip


def test_where_trial_endings_count_a_trial_is_a_plan_below_all_that_pays_nothing():
    told = by_measure(read(*TRIAL), counting={"trial_endings": "counted"})["2026-02",]
    assert told == {
        "opening_customers": 2, "closing_customers": 2, "stayed_customers": 2, "up_customers": 1, "down_customers": 1,
        "opening_revenue": 10, "closing_revenue": 10, "expansion_revenue": 10, "gained_revenue": 10, "up_revenue": 10,
        "contraction_revenue": 10, "lost_revenue": 10, "retained_revenue": 10, "down_revenue": 10,
    }  # fmt: skip


def test_each_subscription_counts_by_itself_where_that_is_chosen():
    rows = [
        ("a", "s1", "2026-01-05", "basic", 10),
        ("a", "s2", "2026-01-05", "pro", 25),
        ("a", "s2", "2026-02-05", "cancelled", 0),
    ]
    table = read(*rows, columns="customer subscription date plan amount")
    series = measured(table, "left_customers", "opening_customers", counting={"per": "subscription"})
    assert cells(series, "numerator", "denominator") == {("2026-02",): (1, 2)}


MOVED = [
    ("a", "2026-01-05", "basic", 10, "EU"), ("a", "2026-02-05", "pro", 25, "US"),  # was in the EU when February began
    ("b", "2026-01-05", "basic", 10, "US"), ("b", "2026-02-05", "cancelled", 0, "EU"),  # left from the US
    ("c", "2026-02-05", "free", 0, "EU"), ("c", "2026-02-06", "basic", 10, "US"),  # new, in the US when it ends
]  # fmt: skip


def test_the_segment_is_that_of_the_opening_and_of_whoever_came_that_of_the_closing():
    table = read(*MOVED, columns=COLUMNS + " region", segments=["region"])
    told = by_measure(table)
    assert told["2026-02", "EU"] == {
        "opening_customers": 1, "closing_customers": 1, "stayed_customers": 1, "up_customers": 1, "top_customers": 1,
        "opening_revenue": 10, "closing_revenue": 25, "expansion_revenue": 15, "gained_revenue": 15, "kept_revenue": 10,
        "retained_revenue": 25, "up_revenue": 15,
    }  # fmt: skip
    assert told["2026-02", "US"] == {
        "opening_customers": 1, "closing_customers": 1, "new_customers": 1, "left_customers": 1, "opening_revenue": 10,
        "closing_revenue": 10, "new_revenue": 10, "churned_revenue": 10, "lost_revenue": 10, "gained_revenue": 10,
    }  # fmt: skip
    march = read(*MOVED, ("d", "2026-03-09", "free", 0, "EU"), columns=COLUMNS + " region", segments=["region"])
    told = cells(measured(march, "kept_revenue", "opening_revenue"), "denominator")
    assert (told["2026-03", "EU"], told["2026-03", "US"]) == (0, 25 + 10)


def test_a_segment_that_changed_within_a_period_is_told():
    table = read(*MOVED, columns=COLUMNS + " region", segments=["region"])
    series = measured(table, "expansion_revenue", "opening_revenue")
    assert said(series, "changed segment") == ["'region' changed 1 time within a period: the one at its beginning counts."]
    assert series.total().counts[["numerator", "denominator"]].to_numpy().tolist() == [[15, 20]]
    assert said(series.total(), "changed segment") == said(series, "changed segment")


# --- which periods -----------------------------------------------------------------------------------------------------


def test_a_level_begins_with_the_first_period_that_has_anybody_and_a_movement_with_the_first_that_moves():
    rows = [("a", "2026-01-05", "basic", 10), ("a", "2026-03-05", "cancelled", 0)]
    opening = measured(read(*rows), "churned_revenue", "opening_revenue")
    assert cells(opening, "numerator", "denominator") == {("2026-02",): (0, 10), ("2026-03",): (10, 10)}
    moved = measured(read(*rows), "gained_revenue", "lost_revenue")
    assert cells(moved, "numerator", "denominator") == {("2026-01",): (10, 0), ("2026-02",): (0, 0), ("2026-03",): (0, 10)}
    assert moved.table["status"].tolist() == ["zero denominator", "zero denominator", "ok"]


def test_the_series_ends_with_the_table_s_last_row_and_says_so():
    series = measured(read(("a", "2026-01-05", "basic", 10), ("a", "2026-02-05", "pro", 25)), "up_customers")
    assert said(series, "last row") == [
        "The table's last row lies in 2026-02: the series ends there, what came later is not known."
    ]


def test_nobody_on_any_plan_is_no_value():
    cut = read(("a", "2026-01-05", "trial", 5, "EU"), columns=COLUMNS + " region", segments=["region"])
    assert measured(cut, "retained_revenue", "opening_revenue").usable.empty
    series = measured(
        read(("a", "2026-01-05", "trial", 5), ("a", "2026-02-09", "cancelled", 0)), "retained_revenue", "opening_revenue"
    )
    assert series.table["status"].tolist() == ["zero denominator"]


def test_who_was_there_before_the_table_begins_counts_as_new_and_that_is_told():
    table = read(*FEBRUARY)
    assert said(measured(table, "new_customers"), "older customers") == [
        "The table begins on 2026-01-05: who was on a plan before it, and not in it until later, counts as new."
    ]
    assert said(measured(table, "left_customers"), "older customers") == []
    assert said(measured(table, "gained_revenue", "lost_revenue"), "older customers") != []


@pytest.mark.parametrize(("window", "periods"), [("quarter", ["2026Q1", "2026Q2"]), ("year", ["2026"]), ("week", None)])
def test_periods_are_those_of_the_window(window, periods):
    table = read(("a", "2026-01-05", "basic", 10), ("a", "2026-04-06", "pro", 25))
    told = cells(measured(table, "closing_revenue", "closing_customers", window=window), "numerator")
    if periods is None:
        assert len(told) == 14
    else:
        assert [period for (period,) in told] == periods
    assert [*told.values()][-1] == 25


# --- adding over periods -----------------------------------------------------------------------------------------------


def test_movements_add_up_over_periods_and_levels_do_not():
    table = read(*FEBRUARY, ("dan", "2026-03-09", "pro", 25))
    added = measured(table, "up_revenue", "up_customers")
    assert added.adds_over == ("periods", "segments")
    assert added.rolled_up("quarter").table[["numerator", "denominator"]].to_numpy().tolist() == [[15 + 15, 1 + 1]]
    level = measured(table, "retained_revenue", "opening_revenue")
    assert level.adds_over == ("segments",)
    with pytest.raises(CaseError) as raised:
        level.rolled_up("quarter")
    assert str(raised.value) == (
        "made_up: months of a stock do not add up to a quarter: the same bases are in each; measure it again with window = 'quarter'"
    )


def test_what_adds_over_periods_is_made_of_movements_alone():
    levels = {name for name in MEASURES["plans"] if name.startswith(("opening", "closing", "top", "stayed", "kept", "retained"))}
    assert set(MEASURES["plans"]) - levels == ADDS_OVER_PERIODS["plans"]


# --- refusals ----------------------------------------------------------------------------------------------------------


def test_a_row_on_a_plan_without_an_amount_is_refused_by_name_and_date():
    rows = [("a", "2026-01-05", "basic", 10), ("b", "2026-02-05", "pro", None), ("b", "2026-03-05", "cancelled", None)]
    assert refusal(TableError, read(*rows), "closing_revenue", "closing_customers") == (
        "made_up: the frame: no amount for customer 'b' on 'pro' from 2026-02-05; write what is paid each period from then on, or 0"
    )
    assert cells(measured(read(*rows), "left_customers"), "numerator") == {("2026-02",): 0, ("2026-03",): 1}


def test_an_opening_revenue_below_0_is_no_value_and_said():
    """A value that is missing has its reason, also where credits pass what is paid."""
    rows = [("a", "2026-01-05", "basic", -10), ("b", "2026-01-05", "basic", 4), ("a", "2026-02-05", "pro", 20)]
    series = measured(read(*rows), "retained_revenue", "opening_revenue")
    told = series.table.iloc[0]
    assert (told["denominator"], told["status"]) == (-6, "zero denominator") and np.isnan(told["value"])
    assert [check.sentence for check in series.checks if check.name == "zero denominators"] == [
        "2026-02 has a denominator of 0 or less (bases), so no value."
    ]


def test_two_amounts_at_one_moment_are_refused():
    rows = [("a", "2026-01-05", "basic", Decimal("9.50")), ("a", "2026-01-05", "basic", Decimal(100))]
    assert refusal(TableError, read(*rows), "closing_revenue", "closing_customers") == (
        "made_up: the frame: customer 'a' pays '9.5' and '100' at 2026-01-05: which came first cannot be known; "
        "give the time of day or one row"
    )
    assert cells(measured(read(*rows), "closing_customers", "closing_customers"), "numerator") == {("2026-01",): 1}


def test_money_needs_an_amount():
    table = read(("a", "2026-01-05", "basic"), columns="customer date plan")
    assert refusal(CaseError, table, "retained_revenue", "opening_revenue") == (
        "made_up: the frame needs the role 'amount' for retained_revenue and opening_revenue; map it, as columns = { amount = \"...\" }"
    )


@pytest.mark.parametrize("counting", [{"reactivation": "counted"}, {"within_period": "gross"}, {"moves": ["tier"]}])
def test_choices_about_single_moves_are_refused(counting):
    (key,) = counting
    assert refusal(CaseError, read(*FEBRUARY), "up_customers", counting=counting) == (
        f"made_up: its measures of plans leave no choice '{key}' of counting; they know per and trial_endings; take it out"
    )


def test_a_window_of_days_is_refused():
    kpi = measuring_kpi(
        {"plans": {"numerator": "left_customers", "denominator": "opening_customers"}}, kind="share", counts="cohort"
    )
    assert refusal(CaseError, read(*FEBRUARY), "", kpi=kpi, window="30 days") == (
        "made_up: its measures of plans are those of a day, week, month, quarter or year; window = '30 days' is none of them"
    )


def test_a_kind_of_table_that_a_variant_does_not_name_is_refused_and_one_that_names_none_is_counted_natively():
    orders = measuring_kpi({"orders": {"numerator": "revenue", "denominator": "orders"}})
    assert refusal(CaseError, read(*FEBRUARY), "", kpi=orders) == (
        "made_up: variant 'only' is not measured from plans; it is measured from volumes or orders"
    )
    share = measuring_kpi({}, kind="share", counts="flow")
    assert cells(measure(share, read(*FEBRUARY), **HOW), "numerator", "denominator") == {("2026-02",): (1, 5)}
    assert refusal(CaseError, read(*FEBRUARY), "", kpi=measuring_kpi({})) == (
        "made_up: a ratio cannot be measured from plans; use a table of kind 'volumes'"
    )


def test_a_share_of_what_is_no_whole_is_refused():
    kpi = measuring_kpi(
        {"plans": {"numerator": "closing_customers", "denominator": "opening_customers"}}, kind="share", counts="flow"
    )
    assert refusal(DefinitionError, read(*FEBRUARY), "", kpi=kpi) == (
        "made_up: [[variant]] only: 6 of 5 in 2026-02: its measures are no part and whole, so it is no share; make it a ratio"
    )


# --- against a walk through each history, on every engine --------------------------------------------------------------

LEVELS = {"cancelled": -2, "trial": -1, "free": 0, "basic": 1, "pro": 2}
MONTHS = [datetime(2026, month, 1) for month in range(1, 7)]


def invented(draw):
    """Sixteen random histories on a coarse grid, so that changes fall on the first instant of months: rows of a table."""
    rows = []
    for customer in "abcdefgh":
        for subscription in ("s1", "s2"):
            for when in draw.sample([MONTHS[0] + timedelta(hours=84 * step) for step in range(40)], draw.randint(1, 8)):
                plan, region = draw.choice([*LEVELS, "basic"]), draw.choice(["EU", "NA"])
                paid = draw.choice(["0", "0.1", "10", "25.35"]) if LEVELS[plan] >= 0 else draw.choice([None, "7"])
                rows.append((customer, subscription, when, plan, paid and Decimal(paid), region))
    return draw.sample(rows, len(rows))


def walked(rows, lowest, cut):
    """(month, *segments) -> measure -> its count where not 0: each history walked month by month."""
    told, last, units = defaultdict(lambda: defaultdict(Decimal)), max(row[2] for row in rows), defaultdict(list)
    for customer, subscription, when, plan, paid, region in sorted(rows, key=lambda row: row[:3]):
        rank = LEVELS[plan]
        units[customer, subscription].append((when, rank, paid if rank >= 0 else Decimal(0), region))
    for history in units.values():
        for begin in [month for month in MONTHS if month <= last]:
            end = (begin + timedelta(days=31)).replace(day=1)
            past, until = ([row for row in history if row[0] < moment] for moment in (begin, end))
            start, close = (states[-1][1:] if states else (-3, Decimal(0), "") for states in (past, until))
            were, are = start[0] >= lowest, close[0] >= lowest
            if were or are:
                cell = told[(f"{begin:%Y-%m}", (start if were else close)[2]) if cut else (f"{begin:%Y-%m}",)]
                for name, count in of_one(start, close, were, are, had=any(row[1] >= lowest for row in past)):
                    cell[name] += count
    return {key: {name: count for name, count in cell.items() if count} for key, cell in told.items()}


def of_one(start, close, were, are, *, had):
    """What one unit adds to each measure, by the measures' own words."""
    (rank, before, _), (now, after, _) = start, close
    if are:
        yield from (("closing_customers", 1), ("closing_revenue", after), ("top_customers", now == 2))
    if were:
        yield from (("opening_customers", 1), ("opening_revenue", before))
        paid = after if are else 0
        yield from (("kept_revenue", min(before, paid)), ("retained_revenue", paid))
    if were and are:
        rose, fell = max(after - before, 0), max(before - after, 0)
        yield from (("stayed_customers", 1), ("up_customers", now > rank), ("down_customers", now < rank))
        yield from (("expansion_revenue", rose), ("gained_revenue", rose), ("contraction_revenue", fell), ("lost_revenue", fell))
        yield from (("up_revenue", after - before if now > rank else 0), ("down_revenue", before - after if now < rank else 0))
    elif were:
        yield from (("left_customers", 1), ("churned_revenue", before), ("lost_revenue", before))
    else:
        name = "returned" if had else "new"
        yield from ((f"{name}_customers", 1), (f"{name}_revenue", after), ("gained_revenue", after))


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_are_measured_as_a_walk_through_each_measures_them(seed):
    draw = random.Random(seed)
    rows, trials, cut = invented(draw), draw.choice(["left out", "counted"]), bool(seed % 2)
    columns = "customer subscription date plan amount region"
    table = read(*rows, columns=columns, segments=["region"] if cut else [])
    counting = {"per": "subscription", "trial_endings": trials}
    told = by_measure(table, counting=counting)
    assert told == walked(rows, -1 if trials == "counted" else 0, cut)
    for engine in ("pandas", "polars"):
        names = draw.sample([*MEASURES["plans"]], 3)
        assert by_measure(on_engine(table, engine), names, counting=counting) == by_measure(table, names, counting=counting), (
            engine
        )
    if not cut:
        months = [told.get((f"{begin:%Y-%m}",), {}) for begin in MONTHS]
        for now, then in zip(months, [*months[1:], None], strict=True):
            value = {name: now.get(name, 0) for name in MEASURES["plans"]}
            assert value["closing_revenue"] == value["opening_revenue"] + value["gained_revenue"] - value["lost_revenue"]
            assert not then or then.get("opening_revenue", 0) == value["closing_revenue"]
