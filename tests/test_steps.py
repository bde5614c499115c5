"""Steps of a funnel: counted in order and within the window, on every engine as a walk through each history counts them."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from kpikit.errors import CaseError
from kpikit.measuring.engines import on_engine
from kpikit.measuring.steps import measure_steps
from kpikit.tables import read_table

STEPS = ["seen", "opened", "tried", "bought"]
EVENTS = {"seen": ["seen", "sent"]}
ORIGIN = datetime(2025, 1, 30)
AS_OF, CHANGED = datetime(2025, 3, 20, 12), datetime(2025, 2, 24)


def histories(seed, rows=900, customers=70):
    """Events on a grid of half days, so that moments tie and windows end exactly at as_of and at the change."""
    draw = random.Random(seed)
    names = ["seen", "sent", "opened", "tried", "bought", "other"]
    return pd.DataFrame(
        [
            (f"c{draw.randrange(customers)}", ORIGIN + timedelta(hours=12 * draw.randrange(110)), draw.choice(names),
             draw.choice(["x", "y"]), draw.choice(["mobile", "desktop", "tablet"]))
            for _ in range(rows)
        ],
        columns=["customer", "date", "event", "offer", "device"],
    )  # fmt: skip


def walked(frame, window, with_unit, changed_on):
    """Each unit's history walked by itself: counts by cell, days, products and what is astray."""
    place = {"seen": 0, "sent": 0, "opened": 1, "tried": 2, "bought": 3}
    units = defaultdict(list)
    for customer, when, event, offer, device in frame.itertuples(index=False):
        if event in place and when.to_pydatetime() <= AS_OF:
            units[customer, offer if with_unit else ""].append((when.to_pydatetime(), place[event], device))
    told = {"cells": defaultdict(lambda: [0] * 4), "days": defaultdict(lambda: [0, 0]), "each": [], "without": 0}
    told |= {"skipped": 0, "out_of_order": 0, "several": 0}
    span = timedelta(days=window) if window else None
    for (customer, _), rows in units.items():
        told["several"] += len({device for _, _, device in rows}) > 1
        starts = [when for when, step, _ in rows if step == 0]
        if not starts:
            told["without"] += 1
            continue
        entry = min(starts)
        device = min(device for when, step, device in rows if step == 0 and when == entry)
        reached = path(rows, entry, span)
        skipped, disordered = strays(rows, entry, span, reached)
        told["skipped"] += skipped
        told["out_of_order"] += disordered
        over = span is None or entry + span <= AS_OF
        side = "after"
        if changed_on and entry < changed_on:
            side = "before" if entry + span <= changed_on else "straddling"
        key = (entry.strftime("%Y-%m"), device, "judged" if over else "censored", side)
        for step in range(len(reached)):
            told["cells"][key][step] += 1
        done = len(reached) == 4
        seen = reached[-1] if done else min(AS_OF, entry + span) if span else AS_OF
        told["days"][(seen - entry) // timedelta(days=1)][0 if done else 1] += 1
        told["each"].append((customer, device, key[2], side, [int(step < len(reached)) for step in range(4)]))
    return told


def path(rows, entry, span):
    """The moments of the steps that are taken in order: each the earliest possible."""
    reached = [entry]
    while len(reached) < 4:
        later = [
            when for when, step, _ in rows if step == len(reached) and when >= reached[-1] and (not span or when <= entry + span)
        ]
        if not later:
            break
        reached.append(min(later))
    return reached


def strays(rows, entry, span, reached):
    inside = [any(step == k and when >= entry and (not span or when <= entry + span) for when, step, _ in rows) for k in range(4)]
    early = [any(step == k and when < entry for when, step, _ in rows) for k in range(4)]
    skipped = disordered = False
    for k in range(len(reached), 4):
        jumped = inside[k] and not all(inside[1:k])
        skipped |= jumped
        disordered |= not jumped and (inside[k] or early[k])
    return skipped, disordered


def measured(frame, engine=None, window=10, with_unit=True, changed_on=CHANGED):
    columns = {"unit": "offer"} if with_unit else {}
    table = read_table(frame, kind="events", columns=columns, segments=["device"], duplicates="keep")
    return measure_steps(
        on_engine(table, engine) if engine else table, steps=STEPS, as_of=AS_OF, window=f"{window} days" if window else "ever",
        changed_on=changed_on, event_names=EVENTS,
    )  # fmt: skip


def cells(told):
    rows = told.counts[["period", "device", "fate", "side", *told.reached]].itertuples(index=False, name=None)
    return {(str(period), *key): list(counts) for period, *rest in rows for key, counts in [(rest[:3], rest[3:])]}


EVERY = [(1, 10, True, CHANGED), (2, 7, False, CHANGED), (3, None, True, None)]


@pytest.mark.parametrize("engine", [None, "duckdb", "pandas", "polars"])
@pytest.mark.parametrize(("seed", "window", "with_unit", "changed_on"), EVERY)
def test_a_funnel_is_counted_as_a_walk_through_each_history_counts_it(seed, window, with_unit, changed_on, engine):
    frame = histories(seed, rows=900 if with_unit else 260)
    expected, told = walked(frame, window, with_unit, changed_on), measured(frame, engine, window, with_unit, changed_on)
    assert cells(told) == {(month, *key): counts for (month, *key), counts in expected["cells"].items()}
    days = {day: [done, left] for day, done, left in told.days.itertuples(index=False, name=None)}
    assert days == dict(expected["days"])
    astray = (told.without_first, told.skipped, told.out_of_order, told.several["device"])
    assert astray == tuple(expected[name] for name in ("without", "skipped", "out_of_order", "several"))
    assert min(astray) > 0


@pytest.mark.parametrize("engine", [None, "pandas", "polars"])
def test_the_products_are_those_of_each_customers_counts(engine):
    frame = histories(4)
    told, each = measured(frame, engine).products, walked(frame, 10, True, CHANGED)["each"]
    over = [(customer, device, side, np.array(flags)) for customer, device, fate, side, flags in each if fate == "judged"]
    apart = [row for row in over if row[2] != "straddling"]
    kinds = {"": [(c, "", f) for c, _, _, f in over], "device": [(c, d, f) for c, d, _, f in over]}
    kinds |= {"side": [(c, side, f) for c, _, side, f in apart]}
    assert set(told["by"]) == set(kinds)
    for row in told.itertuples():
        whole, own = (summed(kinds[row.by], part) for part in (None, row.part))
        assert row.customers == len(own)
        assert row.own == sum(counts[row.first] * counts[row.second] for counts in own.values())
        assert row.cross == sum(counts[row.first] * whole[customer][row.second] for customer, counts in own.items())


def summed(rows, part):
    """Customer -> how many of its units, in a part or in all, took each step."""
    sums = defaultdict(lambda: np.zeros(4, dtype=int))
    for customer, its, flags in rows:
        if part in (None, its):
            sums[customer] += flags
    return sums


def test_the_end_of_a_window_is_inside_and_a_step_may_follow_at_the_same_moment():
    rows = [("ann", "2025-01-01 10:00", "seen"), ("ann", "2025-01-01 10:00", "tried"), ("ann", "2025-01-31 10:00", "bought")]
    late = [("bob", "2025-01-01 10:00", "seen"), ("bob", "2025-01-01 10:00", "tried"), ("bob", "2025-01-31 10:01", "bought")]
    frame = pd.DataFrame(rows + late, columns=["customer", "date", "event"])
    table = read_table(frame, kind="events")
    told = measure_steps(table, steps=["seen", "tried", "bought"], as_of="2025-03-01", window="30 days")
    assert told.counts[told.reached].sum().tolist() == [2, 2, 1]
    assert told.days.to_dict("list") == {"day": [30], "completed": [1], "left": [1]}


SMALL = pd.DataFrame({"customer": ["ann"], "date": ["2025-01-01"], "event": ["seen"]})
REFUSED = {
    "one step": ({"steps": ["seen"]}, 'the frame: a funnel has 2 to 12 steps, as steps = ["seen", "bought"]; there is 1'),
    "twice": ({"steps": ["seen", "seen"]}, "the frame: 'seen' stands for two steps; an event is one step's alone"),
    "shared": (
        {"event_names": {"bought": ["seen"]}}, "the frame: 'seen' stands for two steps; an event is one step's alone",
    ),
    "no step": (
        {"event_names": {"boght": ["paid"]}}, "the frame: event_names tells of 'boght', which is no step; did you mean 'bought'?",
    ),
    "no event": ({}, "the frame: it holds no event 'bought' for the step 'bought'; there is seen"),
    "no window": (
        {"window": "month"},
        "the frame: a funnel needs the window of each customer: '30 days' (any number) or ever; not 'month'",
    ),
    "a change ever": (
        {"window": "ever", "changed_on": "2025-06-01"},
        "the frame: before and after 2025-06-01 cannot be told apart with window = 'ever', since everybody who entered before "
        "is followed past it; give a number of days",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_funnel_is_refused(name):
    asked, message = REFUSED[name]
    chosen = {"steps": ["seen", "bought"], "window": "30 days", "as_of": "2025-12-31"} | asked
    with pytest.raises(CaseError) as refused:
        measure_steps(read_table(SMALL, kind="events"), **chosen)
    assert str(refused.value) == message


def test_another_kind_of_table_is_refused():
    frame = pd.DataFrame({"customer": ["ann"], "date": ["2025-01-01"], "plan": ["basic"]})
    with pytest.raises(CaseError) as refused:
        measure_steps(read_table(frame, kind="plans"), steps=["a", "b"], window="ever", as_of="2025-12-31")
    assert str(refused.value) == "the frame: a funnel is followed through a table of kind 'events', not 'plans'"
