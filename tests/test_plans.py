"""Plan histories: who was on which plan when a period began, and who moved; checked against a walk through each history."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta

import narwhals as nw
import pandas as pd
import polars as pl
import pytest

from kpikit.catalog import load_kpi
from kpikit.errors import CaseError, DefinitionError, KpikitError, TableError
from kpikit.measuring import measure, measure_moves
from kpikit.measuring.plan import Plan
from kpikit.measuring.plans import measure_plans, plan_moves
from kpikit.moments import Calendar
from kpikit.tables import read_table

AS_OF = date(2026, 12, 31)
ORDER = ("free", "basic", "pro")
NAMES = {"trial": ["trial"], "left": ["cancelled"]}
COLUMNS = "customer date plan"


def frame(*rows, columns=COLUMNS):
    return pd.DataFrame(rows, columns=columns.split())


def measured(*rows, columns=COLUMNS, segments=(), roles=None, **how):
    """The series of a table of plans: by month, each customer once, unless told otherwise."""
    how = {"as_of": AS_OF, "window": "month", "variant": "customers_once", "plan_order": ORDER, "event_names": NAMES} | how
    table = read_table(frame(*rows, columns=columns), kind="plans", segments=segments, columns=roles)
    return measure(how.pop("kpi", "upgrade_rate"), table, **how)


def cells(series):
    """(period, *segments) -> numerator and denominator, of the periods and segments with anybody in them."""
    rows = series.counts[["period", *series.segments, "numerator", "denominator"]].itertuples(index=False, name=None)
    return {(str(row[0]), *row[1:-2]): row[-2:] for row in rows if row[-1]}


def said(series, name):
    return [check.sentence for check in series.checks if check.name == name]


def refusal(error, *rows, **how):
    with pytest.raises(error) as raised:
        measured(*rows, **how)
    return str(raised.value)


# --- who is eligible, and when -----------------------------------------------------------------------------------------


def test_the_denominator_is_who_is_on_a_plan_when_the_period_begins():
    series = measured(
        ("a", "2026-01-05", "basic"), ("b", "2026-01-09", "free"), ("a", "2026-03-10", "pro"), ("b", "2026-02-20", "cancelled")
    )
    assert cells(series) == {("2026-02",): (0, 2), ("2026-03",): (1, 1)}


def test_a_move_at_the_first_instant_of_a_period_lies_inside_it_and_meets_who_was_there_before():
    series = measured(("a", "2026-01-05", "basic"), ("a", "2026-02-01 00:00:00", "pro"), ("b", "2026-02-01", "basic"))
    assert cells(series) == {("2026-02",): (1, 1)}
    last = measured(("a", "2026-01-05", "basic"), ("a", "2026-01-31 23:59:59", "pro"), ("b", "2026-02-01", "basic"))
    assert cells(last) == {("2026-02",): (0, 1)}
    assert said(last, "outside the denominator") == [
        "1 move of those who were not among the subscribers when that month began: not counted."
    ]


def test_a_leaving_at_the_first_instant_of_a_period_still_counts_in_its_denominator():
    series = measured(("a", "2026-01-05", "basic"), ("a", "2026-02-01", "cancelled"), ("b", "2026-03-01", "basic"))
    assert cells(series) == {("2026-02",): (0, 1)}
    assert series.table["status"].tolist() == ["ok", "zero denominator"]


def test_each_move_up_counts_in_a_rate_and_each_customer_once_in_a_share():
    rows = [("a", "2026-01-05", "free"), ("a", "2026-02-03", "basic"), ("a", "2026-02-09", "pro"), ("b", "2026-01-01", "free")]
    assert cells(measured(*rows)) == {("2026-02",): (1, 2)}
    assert cells(measured(*rows, variant="all_subscribers")) == {("2026-02",): (2, 2)}


def test_a_jump_over_a_plan_is_one_move_and_going_down_none():
    rows = [("a", "2026-01-05", "free"), ("a", "2026-02-03", "pro"), ("b", "2026-01-05", "pro"), ("b", "2026-02-03", "free")]
    assert cells(measured(*rows, variant="all_subscribers")) == {("2026-02",): (1, 2)}


def test_who_is_on_the_top_plan_cannot_move_up():
    rows = [("a", "2026-01-05", "pro"), ("b", "2026-01-05", "basic"), ("b", "2026-02-05", "pro")]
    assert cells(measured(*rows, variant="eligible_only")) == {("2026-02",): (1, 1)}
    assert cells(measured(*rows)) == {("2026-02",): (1, 2)}


def test_somebody_who_sank_from_the_top_and_rose_again_was_not_below_it_at_the_start():
    rows = [("a", "2026-01-05", "pro"), ("b", "2026-01-05", "free"), ("a", "2026-02-05", "basic"), ("a", "2026-02-15", "pro")]
    assert cells(measured(*rows, variant="eligible_only")) == {("2026-02",): (0, 1)}
    assert cells(measured(*rows)) == {("2026-02",): (1, 2)}


def of_moves(**change):
    """The upgrade rate whose one variant counts customers once, with some keys changed."""
    kpi = load_kpi("upgrade_rate")
    return replace(kpi, variants=(replace(kpi.variant("customers_once"), **change),))


def test_who_is_on_the_lowest_plan_cannot_move_down():
    rows = [("a", "2026-01-05", "free"), ("b", "2026-01-05", "pro"), ("b", "2026-02-05", "basic"), ("c", "2026-01-05", "basic")]
    assert cells(measured(*rows, kpi=of_moves(moves=("down",), eligible="above_bottom"))) == {("2026-02",): (1, 2)}
    assert cells(measured(*rows, kpi=of_moves(moves=("down",)))) == {("2026-02",): (1, 3)}


def test_who_is_on_trial_cannot_move_down_even_where_trials_count():
    rows = [("a", "2026-01-05", "trial"), ("b", "2026-01-05", "pro"), ("b", "2026-02-05", "free")]
    counted = {"counting": {"trial_endings": "counted"}}
    assert cells(measured(*rows, kpi=of_moves(moves=("down",), eligible="above_bottom"), **counted)) == {("2026-02",): (1, 1)}


def test_retention_is_those_without_a_leaving():
    rows = [
        ("a", "2026-01-05", "basic"),
        ("b", "2026-01-05", "pro"),
        ("c", "2026-01-05", "free"),
        ("b", "2026-02-05", "cancelled"),
    ]
    assert cells(measured(*rows, kpi=of_moves(moves=("left",), without=True))) == {("2026-02",): (2, 3)}
    assert cells(measured(*rows, kpi=of_moves(moves=("left",)))) == {("2026-02",): (1, 3)}
    back = [*rows, ("b", "2026-02-20", "pro")]  # left and came back within the month
    assert cells(measured(*back, kpi=of_moves(moves=("left",), without=True))) == {("2026-02",): (2, 3)}
    net = {"counting": {"within_period": "net"}}
    assert cells(measured(*back, kpi=of_moves(moves=("left",), without=True), **net)) == {("2026-02",): (3, 3)}


def test_a_variant_of_any_upgrade_counts_a_renewal_too():
    rows = [("a", "2026-01-05", "pro"), ("a", "2026-02-05", "pro"), ("b", "2026-01-05", "pro")]
    assert cells(measured(*rows, variant="any_upgrade")) == {("2026-02",): (1, 2)}
    assert cells(measured(*rows)) == {("2026-02",): (0, 2)}


def test_a_month_in_which_nobody_moved_is_there_and_what_comes_after_the_last_row_is_not():
    series = measured(("a", "2026-01-05", "free"), ("b", "2026-04-09", "free"))
    assert cells(series) == {("2026-02",): (0, 1), ("2026-03",): (0, 1), ("2026-04",): (0, 1)}
    assert said(series, "last row") == [
        "The table's last row lies in 2026-04: the series ends there, what came later is not known."
    ]
    assert said(measured(("a", "2026-01-05", "free"), ("b", "2026-04-09", "free"), as_of="2026-04-30"), "last row") == []


def test_a_move_after_as_of_is_not_seen():
    rows = [("a", "2026-01-05", "free"), ("b", "2026-02-02", "free"), ("a", "2026-02-20", "basic")]
    series = measured(*rows, as_of="2026-02-10")
    assert cells(series) == {("2026-02",): (0, 1)}
    assert series.table["status"].tolist() == ["partial"]


def test_a_table_within_one_period_has_nobody_at_its_start():
    series = measured(("a", "2026-01-05", "free"), ("a", "2026-01-09", "basic"))
    assert series.table[["numerator", "denominator"]].to_numpy().tolist() == [[0, 0]]
    assert series.table["status"].tolist() == ["zero denominator"]


def test_nobody_on_any_plan_is_no_value():
    series = measured(("a", "2026-01-05", "trial"), ("a", "2026-02-09", "cancelled"))
    assert series.table["status"].tolist() == ["zero denominator"]


@pytest.mark.parametrize(
    ("window", "calendar", "expected"),
    [
        ("quarter", Calendar(), {("2026Q2",): (1, 1)}),
        ("year", Calendar(year_starts="april"), {("2027",): (1, 1)}),
        ("week", Calendar(), {("2026-04-06/2026-04-12",): (1, 1)}),
        ("week", Calendar("tuesday"), {("2026-03-31/2026-04-06",): (1, 1)}),
        ("day", Calendar(), {(f"2026-04-0{day}",): (day == 6, 1) for day in range(1, 7)} | {("2026-03-31",): (0, 1)}),
    ],
)
def test_periods_are_those_of_the_calendar(window, calendar, expected):
    series = measured(("a", "2026-03-30", "free"), ("a", "2026-04-06", "pro"), window=window, calendar=calendar)
    assert cells(series) == expected


# --- trials, leaving, coming back --------------------------------------------------------------------------------------


def test_a_trial_that_ends_with_a_plan_is_no_upgrade_and_is_told():
    rows = [("a", "2026-01-05", "trial"), ("a", "2026-02-05", "basic"), ("b", "2026-01-05", "basic")]
    series = measured(*rows)
    assert cells(series) == {("2026-02",): (0, 1)}
    assert said(series, "trial endings") == ["1 trial ended with a plan: not counted as moves up."]
    assert said(series, "outside the denominator") == []


def test_where_trial_endings_count_those_on_trial_are_in_the_denominator_too():
    rows = [
        ("a", "2026-01-05", "trial"),
        ("a", "2026-02-05", "basic"),
        ("b", "2026-01-05", "basic"),
        ("c", "2026-01-05", "trial"),
    ]
    series = measured(*rows, counting={"trial_endings": "counted"})
    assert cells(series) == {("2026-02",): (1, 3)}
    assert said(series, "trial endings") == []
    assert said(series, "how it was counted") == [
        "A trial that ends with a plan is a move up, and those on trial when a period begins are counted with it."
    ]


def test_a_trial_of_a_higher_plan_that_ends_there_counts_only_where_trial_endings_do():
    rows = [("a", "2026-01-05", "basic"), ("a", "2026-02-05", "trial"), ("a", "2026-02-19", "pro"), ("b", "2026-01-05", "basic")]
    assert cells(measured(*rows)) == {("2026-02",): (0, 2)}
    assert cells(measured(*rows, counting={"trial_endings": "counted"})) == {("2026-02",): (1, 2)}


def test_who_left_and_came_back_higher_moved_up_only_where_the_case_says_so():
    rows = [
        ("a", "2026-01-05", "basic"),
        ("a", "2026-02-05", "cancelled"),
        ("a", "2026-02-19", "pro"),
        ("b", "2026-01-05", "pro"),
    ]
    series = measured(*rows)
    assert cells(series) == {("2026-02",): (0, 2)}
    assert said(series, "came back") == ["1 return after leaving: not counted as moves up."]
    counted = measured(*rows, counting={"reactivation": "counted"})
    assert cells(counted) == {("2026-02",): (1, 2)}
    assert said(counted, "came back") == []


def test_who_came_back_twice_is_two_returns():
    days = {"2026-01-05": "basic", "2026-02-05": "cancelled", "2026-02-09": "pro", "2026-02-11": "cancelled", "2026-02-13": "pro"}
    series = measured(*(("a", day, plan) for day, plan in days.items()))
    assert said(series, "came back") == ["2 returns after leaving: not counted as moves up."]


@pytest.mark.parametrize("plan", ["free", "basic"])
def test_coming_back_to_the_plan_that_was_left_or_a_lower_one_is_never_a_move_up(plan):
    rows = [
        ("a", "2026-01-05", "basic"),
        ("a", "2026-02-05", "cancelled"),
        ("a", "2026-02-07", "cancelled"),
        ("a", "2026-02-19", plan),
    ]
    assert cells(measured(*rows, counting={"reactivation": "counted"})) == {("2026-02",): (0, 1)}


def test_who_came_back_a_period_later_was_not_there_at_its_start_and_is_told():
    rows = [
        ("a", "2026-01-05", "basic"),
        ("a", "2026-02-05", "cancelled"),
        ("a", "2026-03-19", "pro"),
        ("b", "2026-01-05", "pro"),
    ]
    series = measured(*rows, counting={"reactivation": "counted"})
    assert cells(series) == {("2026-02",): (0, 2), ("2026-03",): (0, 1)}
    assert said(series, "outside the denominator") == [
        "1 move of those who were not among the subscribers when that month began: not counted."
    ]


def test_a_leaving_that_is_recorded_twice_is_one():
    rows = [
        ("a", "2026-01-05", "basic"),
        ("a", "2026-02-05", "cancelled"),
        ("a", "2026-03-05", "cancelled"),
        ("b", "2026-01-05", "pro"),
    ]
    assert cells(measured(*rows)) == {("2026-02",): (0, 2), ("2026-03",): (0, 1)}


# --- vendors count differently -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "net"), [("free", 0), ("basic", 0), ("cancelled", 0), ("trial", 0), ("pro", 1), ("max", 1)])
def test_a_move_that_is_undone_within_its_month_counts_gross_and_not_net(end, net):
    order = ("free", "basic", "pro", "max")
    rows = [("a", "2026-01-05", "basic"), ("a", "2026-02-05", "max"), ("a", "2026-02-28", end), ("b", "2026-03-02", "pro")]
    assert cells(measured(*rows, plan_order=order))["2026-02",] == (1, 1)
    assert cells(measured(*rows, plan_order=order, counting={"within_period": "net"}))["2026-02",] == (net, 1)


def test_a_move_that_is_undone_in_the_next_month_counts_net():
    rows = [("a", "2026-01-05", "basic"), ("a", "2026-02-28", "pro"), ("a", "2026-03-01", "basic")]
    assert cells(measured(*rows, counting={"within_period": "net"})) == {("2026-02",): (1, 1), ("2026-03",): (0, 1)}


SUBSCRIPTIONS = "customer subscription date plan"
TWO = [
    ("a", "s1", "2026-01-05", "free"), ("a", "s2", "2026-01-09", "basic"), ("a", "s1", "2026-02-05", "basic"),
    ("a", "s2", "2026-02-05", "pro"), ("b", "s1", "2026-01-05", "free"),
]  # fmt: skip


def test_two_subscriptions_of_one_customer_count_twice_where_subscriptions_are_counted():
    series = measured(*TWO, columns=SUBSCRIPTIONS, counting={"per": "subscription"})
    assert cells(series) == {("2026-02",): (2, 3)}  # b's s1 is not a's
    assert said(series, "how it was counted") == [
        "Each subscription is counted by itself: a customer who holds several counts several times."
    ]


def test_two_subscriptions_at_once_have_no_one_plan_of_the_customer():
    assert refusal(TableError, *TWO, columns=SUBSCRIPTIONS) == (
        "upgrade_rate: the frame: customer 'a' holds the subscriptions 's1' and 's2' at once on 2026-01-09; "
        'count each by itself, with counting = { per = "subscription" }'
    )


def test_subscriptions_that_follow_one_another_are_one_history_of_the_customer():
    rows = [("a", "s1", "2026-01-05", "free"), ("a", "s1", "2026-02-05", "cancelled"), ("a", "s2", "2026-02-06", "pro")]
    assert cells(measured(*rows, columns=SUBSCRIPTIONS, counting={"reactivation": "counted"})) == {("2026-02",): (1, 1)}


def test_two_subscriptions_that_begin_at_one_moment_are_held_at_once():
    rows = [("a", "s1", "2026-01-05", "free"), ("a", "s2", "2026-01-05", "free")]
    assert refusal(TableError, *rows, columns=SUBSCRIPTIONS).startswith(
        "upgrade_rate: the frame: customer 'a' holds the subscriptions 's1' and 's2' at once on 2026-01-05; "
    )


MOVES = "customer date plan move"
KINDS = [
    ("a", "2026-01-05", "free", "start"), ("a", "2026-02-05", "basic", "tier"),
    ("b", "2026-01-05", "pro", "start"), ("b", "2026-02-05", "pro", "feature"),
    ("c", "2026-01-05", "pro", "start"), ("c", "2026-02-05", "basic", "tier"),
    ("d", "2026-01-05", "pro", "start"), ("d", "2026-02-05", "pro", "renewal"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("moves", "numerator"),
    [("tier", 1), (["tier"], 1), (["feature"], 1), (["tier", "feature"], 2), (["renewal"], 1), (["start"], 0)],
)
def test_kinds_of_upgrade_are_told_apart_and_a_move_down_is_none_of_them(moves, numerator):
    assert cells(measured(*KINDS, columns=MOVES, counting={"moves": moves})) == {("2026-02",): (numerator, 4)}


def test_without_names_only_moves_to_a_higher_plan_count_whatever_they_are_called():
    assert cells(measured(*KINDS, columns=MOVES)) == {("2026-02",): (1, 4)}


def test_kinds_that_were_chosen_are_told():
    series = measured(*KINDS, columns=MOVES, counting={"moves": ["tier", "feature"], "per": "customer", "within_period": "net"})
    assert said(series, "how it was counted") == [
        "A move that is undone by the end of its period is not counted.",
        "Only changes recorded as 'tier' or 'feature' are counted.",
    ]


def test_two_kinds_at_one_moment_are_one_row_of_both():
    rows = [
        ("a", "2026-01-05", "basic", "start"),
        ("a", "2026-02-05", "basic", "feature"),
        ("a", "2026-02-05", "basic", "quantity"),
    ]
    for name in ("feature", "quantity"):
        rate = measured(*rows, columns=MOVES, counting={"moves": name}, variant="all_subscribers")
        assert cells(rate) == {("2026-02",): (1, 1)}


# --- segments ----------------------------------------------------------------------------------------------------------


def test_the_segment_is_the_one_that_was_known_when_the_period_began():
    rows = [("a", "2026-01-05", "free", "low"), ("a", "2026-02-05", "pro", "high"), ("b", "2026-03-05", "pro", "high")]
    series = measured(*rows, columns=f"{COLUMNS} use", segments=["use"])
    assert cells(series) == {("2026-02", "low"): (1, 1), ("2026-03", "high"): (0, 1)}
    assert series.adds_over == ("segments",)
    assert cells(series.total()) == {("2026-02",): (1, 1), ("2026-03",): (0, 1)}


def test_the_plan_itself_may_be_the_segment():
    rows = [("a", "2026-01-05", "free"), ("b", "2026-01-05", "basic"), ("b", "2026-02-05", "pro"), ("a", "2026-02-07", "basic")]
    table = replace(read_table(frame(*rows), kind="plans"), segments=("plan",))
    how = {"as_of": AS_OF, "window": "month", "variant": "customers_once", "plan_order": ORDER}
    assert cells(measure("upgrade_rate", table, **how)) == {("2026-02", "free"): (1, 1), ("2026-02", "basic"): (1, 1)}


def test_segments_named_na_are_kept_and_several_are_told_apart():
    rows = [("a", "2026-01-05", "free", "NA", "x"), ("b", "2026-01-05", "free", "EU", "y"), ("a", "2026-02-05", "pro", "NA", "x")]
    series = measured(*rows, columns=f"{COLUMNS} region team", segments=["region", "team"])
    assert cells(series) == {("2026-02", "EU", "y"): (0, 1), ("2026-02", "NA", "x"): (1, 1)}


# --- which plan people move to -----------------------------------------------------------------------------------------

MOVED = [
    ("a", "2026-01-05", "trial"), ("a", "2026-02-05", "basic"), ("a", "2026-02-07", "pro"),
    ("b", "2026-02-01", "free"), ("b", "2026-02-03", "pro"), ("c", "2026-02-02", "free"), ("c", "2026-02-28", "pro"),
    ("b", "2026-03-01", "free"), ("b", "2026-03-02", "pro"), ("b", "2026-03-03", "free"), ("b", "2026-03-04", "pro"),
    ("a", "2026-03-04", "pro"), ("c", "2026-03-04", "cancelled"), ("c", "2026-03-05", "cancelled"), ("c", "2026-03-09", "basic"),
    ("a", "2026-03-08", "trial"),
]  # fmt: skip


def test_every_move_is_told_from_where_and_to_where_in_the_order_of_plans():
    table = read_table(frame(*MOVED), kind="plans")
    moves = measure_moves("upgrade_rate", table, as_of=AS_OF, window="month", plan_order=ORDER, event_names=NAMES)
    assert [(str(row[0]), *(None if pd.isna(x) else x for x in row[1:])) for row in moves.itertuples(index=False, name=None)] == [
        ("2026-01", None, "trial", "new", 1),
        ("2026-02", None, "free", "new", 2),
        ("2026-02", "trial", "basic", "trial_end", 1),
        ("2026-02", "free", "pro", "up", 2),
        ("2026-02", "basic", "pro", "up", 1),
        ("2026-03", "cancelled", "basic", "came_back", 1),
        ("2026-03", "free", "pro", "up", 1),  # b did it twice
        ("2026-03", "pro", "cancelled", "left", 1),
        ("2026-03", "pro", "trial", "trial_start", 1),
        ("2026-03", "pro", "free", "down", 1),
        ("2026-03", "pro", "pro", "same", 1),
    ]


def test_moves_of_another_kind_of_table_are_refused():
    table = read_table(frame(("a", "2026-01-05", "visit"), columns="customer date event"), kind="events")
    with pytest.raises(CaseError) as raised:
        measure_moves("upgrade_rate", table, as_of=AS_OF, window="month", plan_order=ORDER)
    assert str(raised.value) == "the frame: moves are told by a table of kind 'plans', not 'events'"


# --- what is refused ---------------------------------------------------------------------------------------------------

ONE = ("a", "2026-01-05", "basic")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            {"plan_order": ()},
            'name the plans from the lowest to the highest, as plan_order = ["free", "basic", "pro"]; the frame holds basic',
        ),
        (
            {"plan_order": ("free", "Basic")},
            "the frame holds plans that have no place in the order: 'basic', did you mean 'Basic'?; put it into plan_order, or "
            'into event_names = { trial = ["trial"], left = ["cancelled"] }',
        ),
        ({"plan_order": ("basic", "pro", "basic")}, "'basic' stands twice among plan_order and event_names; each plan has one place"),
        (
            {"event_names": {"left": ["basic"]}},
            "'basic' stands twice among plan_order and event_names; each plan has one place",
        ),
        ({"event_names": {"trail": ["x"]}}, "event_names of plans has no 'trail'; did you mean 'trial'?"),
        ({"reversed_within": "30 days"}, 'reversed_within is for events; for plans say counting = { within_period = "net" }'),
        ({"counting": {"pre": "customer"}}, "counting has no choice 'pre' for a table of kind 'plans'; did you mean 'per'?"),
        ({"counting": {"per": "costumer"}}, "counting = { per = 'costumer' }: did you mean 'customer'?"),
        ({"counting": {"per": ["customer"]}}, "counting = { per = ['customer'] }: did you mean 'customer'?"),
        ({"counting": {"moves": []}}, 'counting = { moves = [] } names nothing; list names, as ["tier", "feature"]'),
        ({"counting": {"per": "subscription"}}, "the frame needs the role 'subscription' to count per subscription"),
        (
            {"counting": {"moves": "tier"}},
            "the frame needs the role 'move' to tell kinds of change apart; map it, as columns = { move = \"change_type\" }",
        ),
        (
            {"counting": {"within_period": "net"}, "variant": "all_subscribers"},
            'a rate counts moves, each by itself; counting = { within_period = "net" } is for a share',
        ),
    ],
)  # fmt: skip
def test_what_a_case_does_not_say_or_says_wrongly_is_refused(how, message):
    assert refusal(CaseError, ONE, **how) == f"upgrade_rate: {message}"


def test_a_recorded_kind_that_is_not_there_is_refused_with_the_near_one():
    assert refusal(CaseError, *KINDS, columns=MOVES, counting={"moves": ["teir"]}) == (
        "upgrade_rate: the frame records no move 'teir'; did you mean 'tier'?"
    )


@pytest.mark.parametrize(
    ("kpi", "variant", "message"),
    [
        ("product_upgrade_ratio", "volume", "a ratio cannot be measured from plans; use a table of kind 'volumes'"),
        (
            "product_upsell_rate",
            "published",
            "variant 'published' is not measured from plans; it is measured from counts or orders",
        ),
    ],
)
def test_what_plans_cannot_tell_is_refused(kpi, variant, message):
    assert refusal(CaseError, ONE, kpi=kpi, variant=variant) == f"{kpi}: {message}"


def test_two_plans_at_one_moment_are_refused_and_one_plan_twice_is_one_row():
    rows = [
        ONE,
        ("a", "2026-02-05", "free"),
        ("a", "2026-02-05", "pro"),
        ("b", "2026-03-01 10:30", "pro"),
        ("b", "2026-03-01 10:30", "free"),
    ]
    assert refusal(TableError, *rows) == (
        "upgrade_rate: the frame: customer 'a' is on 'free' and 'pro' at 2026-02-05; customer 'b' is on 'free' and 'pro' at "
        "2026-03-01 10:30: which came first cannot be known; give the time of day or one row"
    )
    assert cells(measured(ONE, ("a", "2026-02-05", "pro"), ("a", "2026-02-05", "pro"))) == {("2026-02",): (1, 1)}


@pytest.mark.parametrize("missing", [None, ""])
@pytest.mark.parametrize("column", COLUMNS.split())
def test_a_missing_value_is_refused(column, missing):
    table = frame(ONE, ("b", "2026-02-05", "pro")).astype(object)
    table.loc[1, column] = missing
    with pytest.raises(TableError):
        read_table(table, kind="plans")


@pytest.mark.parametrize("kind", ["events", "counts"])
def test_a_kind_of_table_without_choices_refuses_them(kind):
    columns = {"events": "customer date event", "counts": "period numerator denominator"}[kind]
    row = {"events": ("a", "2026-01-05", "active"), "counts": ("2026-01", 1, 2)}[kind]
    with pytest.raises(CaseError) as raised:
        measure(
            "upgrade_rate",
            read_table(frame(row, columns=columns), kind=kind),
            as_of=AS_OF,
            window="month",
            counting={"per": "customer"},
        )
    assert str(raised.value) == f"upgrade_rate: a table of kind '{kind}' leaves no choice of counting; take out 'per'"


def test_a_table_with_nothing_before_as_of_is_refused_in_words_or_empty():
    try:
        series = measured(("a", "2026-01-05", "free"), ("a", "2026-02-09", "basic"), as_of="2020-01-01")
    except KpikitError:
        return
    assert series.usable.empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"moves": ()}, "moves is empty; name some of up, down, same, left"),
        ({"moves": ("up", "upp")}, "moves holds 'upp'; each is one of up, down, same, left"),
        ({"eligible": "some"}, "eligible is 'some'; it is one of all, below_top, above_bottom"),
    ],
)
def test_a_variant_whose_moves_are_unknown_is_refused(change, message):
    with pytest.raises(DefinitionError) as raised:
        replace(load_kpi("upgrade_rate").variant(), **change)
    assert str(raised.value) == message


def test_the_definitions_say_which_moves_count_and_who_is_eligible():
    told = {variant.id: (variant.moves, variant.eligible) for variant in load_kpi("upgrade_rate").variants}
    assert told["all_subscribers"] == (("up",), "all")
    assert told["eligible_only"] == (("up",), "below_top")
    assert told["any_upgrade"] == (("up", "same"), "all")


# --- against a walk through each history, on every engine --------------------------------------------------------------

LEVELS = {"cancelled": -2, "trial": -1, "free": 0, "basic": 1, "pro": 2}
MONTHS = [datetime(2026, month, 1) for month in range(1, 7)]
CHOICES = [
    {},
    {"trial_endings": "counted"},
    {"reactivation": "counted"},
    {"within_period": "net"},
    {"moves": ["tier"]},
    {"moves": "tier", "within_period": "net", "reactivation": "counted", "trial_endings": "counted"},
]


def invented(draw):
    """Twenty random histories on a coarse grid, so that moves fall on the first instant of months: rows of a table."""
    rows = []
    for customer in "abcdefghij":
        for subscription in ("s1", "s2"):
            moments = draw.sample([MONTHS[0] + timedelta(hours=84 * step) for step in range(40)], draw.randint(1, 8))
            for when in moments:
                plan, use, move = draw.choice([*LEVELS, "basic"]), draw.choice(["low", "NA"]), draw.choice(["tier", "feature"])
                rows.append((customer, subscription, when, plan, use, move))
    return draw.sample(rows, len(rows))


def kind_of(rank, prev):
    if rank == -2:
        return "left"
    if rank == -1:
        return "trial_start" if prev != -1 else "none"
    if prev < 0:
        return "came_back" if prev == -2 else "trial_end"
    return "up" if rank > prev else "down" if rank < prev else "same"


def is_counted(past, rank, named, variant, counting):
    move = kind_of(rank, past[-1])
    if "moves" in counting and not named:
        return False
    up = move == "up" or (move == "trial_end" and counting.get("trial_endings") == "counted")
    if move == "came_back" and counting.get("reactivation") == "counted":
        up = up or (len(past) > 1 and rank > past[-2] >= 0)
    wanted = set(variant.moves) | ({"same"} if "moves" in counting else set())
    return (up and "up" in wanted) or (move in ("same", "down", "left") and move in wanted)


def stands(move, start, end):
    return {"down": end < start, "same": end >= start, "left": end == -2}.get(move, end > start)


def histories_of(rows):
    """Each subscription's rows in order, a leaving that repeats another left out: (moment, rank, use, named)."""
    units = defaultdict(list)
    for customer, subscription, when, plan, use, move in sorted(rows):
        history = units[customer, subscription]
        if not (history and LEVELS[plan] == -2 == history[-1][1]):
            history.append((when, LEVELS[plan], use, move == "tier"))
    return list(units.values())


def walked(rows, variant, counting, cut):
    """(month, *segments) -> numerator and denominator: each history walked month by month."""
    told, last = defaultdict(lambda: [0, 0]), max(row[2] for row in rows)
    lowest = -1 if counting.get("trial_endings") == "counted" else 0
    lowest = 1 if variant.eligible == "above_bottom" else lowest
    highest = 1 if variant.eligible == "below_top" else 2
    for history in histories_of(rows):
        for begin in [month for month in MONTHS if month <= last]:
            past = [row[1] for row in history if row[0] < begin]
            if not past or not lowest <= past[-1] <= highest:
                continue
            start, counted = past[-1], []
            cell = told[(f"{begin:%Y-%m}", history[len(past) - 1][2]) if cut else (f"{begin:%Y-%m}",)]
            for when, rank, _, named in history[len(past) :]:
                if (when.year, when.month) == (begin.year, begin.month):
                    if is_counted(past, rank, named, variant, counting):
                        counted.append(kind_of(rank, past[-1]))
                    past.append(rank)
            if counting.get("within_period") == "net":
                counted = [move for move in counted if stands(move, start, past[-1])]
            cell[0] += len(counted) if variant.computes.kind == "rate" else bool(counted) != variant.without
            cell[1] += 1
    return {key: tuple(counts) for key, counts in told.items()}


def on_engine(table, engine):
    """The same table, its rows on another engine."""
    rows = table.frame.collect("pyarrow").to_native()
    local = {"pandas": lambda: rows.to_pandas(), "polars": lambda: pl.from_arrow(rows).lazy()}
    return table if engine == "duckdb" else replace(table, frame=nw.from_native(local[engine]()).lazy())


def drawn(draw):
    """A variant and choices of counting."""
    counting, ids = draw.choice(CHOICES), ["customers_once", "eligible_only", "any_upgrade", "all_subscribers"]
    variant = load_kpi("upgrade_rate").variant(draw.choice(ids[:3] if "within_period" in counting else ids))
    changed = {"moves": draw.choice([variant.moves, variant.moves, ("down",), ("left", "up")])}
    changed["eligible"] = draw.choice([variant.eligible, variant.eligible, "above_bottom"])
    return replace(variant, **changed, without=variant.computes.kind == "share" and draw.random() < 0.3), counting


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
@pytest.mark.parametrize("seed", range(12))
def test_twenty_random_histories_are_counted_as_a_walk_through_each_counts_them(engine, seed):
    draw = random.Random(seed)
    rows, (variant, counting) = invented(draw), drawn(draw)
    columns = ["customer", "subscription", "date", "plan", "use", "move"]
    table = on_engine(read_table(pd.DataFrame(rows, columns=columns), kind="plans", segments=["use"]), engine)
    plan = Plan(
        load_kpi("upgrade_rate"), variant, "month", "month", datetime(2026, 12, 31), None, NAMES, plan_order=ORDER,
        counting={"per": "subscription"} | counting,
    )  # fmt: skip
    for segments in ((), ("use",)):
        counts = measure_plans(plan, table, segments).counts
        lines = counts[["period", *segments, "numerator", "denominator"]].itertuples(index=False, name=None)
        told = {(str(row[0]), *row[1:-2]): row[-2:] for row in lines if row[-1]}
        assert told == walked(rows, variant, counting, cut=bool(segments)), (counting, variant.id, variant.moves)


@pytest.mark.parametrize("engine", ["polars", "pandas"])
def test_which_plan_people_move_to_is_the_same_on_every_engine(engine):
    kpi, table = load_kpi("upgrade_rate"), read_table(frame(*MOVED), kind="plans")
    plan = Plan(kpi, kpi.variant(), "month", "month", datetime(2026, 12, 31), None, NAMES, plan_order=ORDER)
    pd.testing.assert_frame_equal(plan_moves(plan, on_engine(table, engine)), plan_moves(plan, table))


def test_a_unit_in_two_segments_at_one_moment_is_refused():
    rows = [("a", "2026-01-05", "basic", "EU"), ("a", "2026-01-05", "basic", "US"), ("a", "2026-02-10", "pro", "US")]
    message = refusal(TableError, *rows, columns="customer date plan region", segments=["region"])
    assert message == (
        "upgrade_rate: the frame: customer 'a' is in region 'EU' and 'US' at 2026-01-05: which came first cannot be known; give the "
        "time of day or one row"
    )
