"""Steps of a funnel: who took them in order, within a window from their own first step; counted where the data is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.errors import CaseError
from kpikit.measuring.following import Path, events_of, followed, judged
from kpikit.measuring.plan import Frame, begin_of, distinct, fetched
from kpikit.measuring.step_products import products_of
from kpikit.moments import USUAL, as_moment, days_of, last_instant
from kpikit.shapes.steps import Steps
from kpikit.tables import Table

#: more steps are no funnel, and each one is a join
MOST_STEPS = 12
ASTRAY = ("skipped", "out_of_order")
DONE = {"completed": 1, "left": 0}


def measure_steps(
    table: Table,
    *,
    steps: Sequence[str] = (),
    as_of: date | str,
    window: str | None = None,
    changed_on: date | str | None = None,
    event_names: Mapping[str, str | Sequence[str]] | None = None,
) -> Steps:
    """The funnel that a table of kind events holds: how many units took each step in order, within the window.

    A unit is a customer, or a customer with one `unit` (an offer, a campaign) where the table has that role. It enters with its
    first event of the first step; a step counts when it follows the step before it, at the same moment or later, and lies within
    `window` ("30 days", or "ever") of the entry, its end included. `event_names` gives a step's events where they are called
    otherwise, or are several. A segment is that of the entry. Raises CaseError where steps or window do not fit the table.

    >>> rows = [("ann", "2026-01-05", "seen"), ("ann", "2026-01-07", "bought"), ("bob", "2026-01-05", "seen")]
    >>> from kpikit.tables import read_table
    >>> frame = pd.DataFrame(rows, columns=["customer", "date", "event"])
    >>> told = measure_steps(read_table(frame, kind="events"), steps=["seen", "bought"], as_of="2026-03-01", window="30 days")
    >>> told.counts[told.reached].sum().tolist()
    [2, 1]
    """
    _refuse_another_kind(table)
    moment, change = as_moment(as_of), None if changed_on is None else as_moment(changed_on)
    kept = table.until(moment)
    keys = ["customer", "unit"] if "unit" in table.roles else ["customer"]
    span = _span(table, window, change)
    names = names_of(table.name, steps, event_names or {})
    path = Path(names, span, keys, table.segments, last_instant(moment), change)
    _refuse_events_that_are_not_there(table, names, kept.frame)
    rows = events_of(kept.frame, path)
    units = judged(followed(rows, path), path)
    products = products_of(units, path) if len(keys) > 1 else pd.DataFrame()
    counts, strays = _counts(units, path)
    return Steps(
        moment, kept.contract, kept.checks, tuple(names), str(window), table.segments, _unit(table), change, counts, _days(units),
        products, _without_first(rows, path), **strays, several=_several(rows, path), names=names,
    )  # fmt: skip


def names_of(who: str, steps: Sequence[str], event_names: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """Step -> the names of its events: those that the case gives, or the step's own name.

    Raises CaseError for fewer than two steps, one that is named twice, and an event that belongs to two.
    """
    if not 2 <= len(steps) <= MOST_STEPS:
        raise CaseError(f'{who}: a funnel has 2 to {MOST_STEPS} steps, as steps = ["seen", "bought"]; there is {len(steps)}')
    for name in event_names:
        if name not in steps:
            raise CaseError(f"{who}: event_names tells of '{name}', which is no step; {words.near(name, steps)}")
    named = {step: event_names.get(step, step) for step in steps}
    told = {step: [names] if isinstance(names, str) else list(names) for step, names in named.items()}
    every = [name for names in told.values() for name in names]
    if len(told) < len(steps) or (twice := {name for name in every if every.count(name) > 1}):
        again = sorted({step for step in steps if list(steps).count(step) > 1} or twice)[0]
        raise CaseError(f"{who}: '{again}' stands for two steps; an event is one step's alone")
    return told


def _refuse_another_kind(table: Table) -> None:
    if table.kind != "events":
        raise CaseError(f"{table.name}: a funnel is followed through a table of kind 'events', not '{table.kind}'")


def _span(table: Table, window: str | None, changed_on: datetime | None) -> timedelta | None:
    """How long a unit is followed; None without an end."""
    days = days_of(window or "")
    if days is None and window != "ever":
        there = f"not '{window}'" if window else "there is none"
        raise CaseError(f"{table.name}: a funnel needs the window of each customer: '30 days' (any number) or ever; {there}")
    if days is None and changed_on is not None:
        raise CaseError(
            f"{table.name}: before and after {words.day(changed_on)} cannot be told apart with window = 'ever', since everybody "
            "who entered before is followed past it; give a number of days"
        )
    return None if days is None else timedelta(days=days)


def _refuse_events_that_are_not_there(table: Table, names: Mapping[str, list[str]], frame: Frame) -> None:
    """A step none of whose events is in the table would lose everybody."""
    seen = sorted(fetched(distinct(frame, "event"))["event"])
    for step, events in names.items():
        if not set(events) & set(seen):
            told = words.listed(map(repr, events), "or")
            raise CaseError(f"{table.name}: it holds no event {told} for the step '{step}'; {words.near(events[0], seen)}")


def _unit(table: Table) -> str:
    """What makes several units of a customer, by the name of its column."""
    if "unit" not in table.roles:
        return "customer"
    return str(table.columns.get("unit", "unit")).removesuffix("_id").replace("_", " ")


def _counts(units: Frame, path: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """The units that reached each step, by month of entry, segments, fate and side of the change; and how many went astray."""
    reached = {f"step_{place}": nw.col(at).count() for place, at in enumerate(path.at)}
    sums = reached | {name: nw.col(name).sum() for name in ASTRAY}
    keys = ["period", *path.cuts, "fate", "side"]
    told = fetched(units.with_columns(period=begin_of("at_0", "month", USUAL)).group_by(keys).agg(**sums))
    told["period"] = pd.to_datetime(told["period"]).dt.tz_localize(None).dt.to_period("M")
    told = told.astype(dict.fromkeys(sums, "int64")).sort_values(keys, ignore_index=True)
    own = dict(zip(path.cuts, path.segments, strict=True))
    return told.drop(columns=list(ASTRAY)).rename(columns=own), {name: int(told[name].sum()) for name in ASTRAY}


def _days(units: Frame) -> pd.DataFrame:
    """By whole days since entry: the units that took the last step then, and those last seen then without it."""
    sums = {name: nw.when(nw.col("done") == flag).then(nw.lit(1)).otherwise(nw.lit(0)) for name, flag in DONE.items()}
    told = fetched(units.with_columns(**sums).group_by("day").agg(*(nw.col(name).sum() for name in sums)))
    return told.astype("int64").sort_values("day", ignore_index=True)


def _without_first(rows: Frame, path: Path) -> int:
    """The units that took a later step and never the first."""
    without = rows.group_by(path.keys).agg(nw.col("step").min()).filter(nw.col("step") > 0)
    return int(fetched(without.select(units=nw.len()))["units"].iloc[0])


def _several(rows: Frame, path: Path) -> dict[str, int]:
    """Segment -> the units whose events bear several values of it; they are counted in that of their entry."""
    if not path.segments:
        return {}
    ends = {f"min_{place}": nw.col(cut).min() for place, cut in enumerate(path.cuts)}
    ends |= {f"max_{place}": nw.col(cut).max() for place, cut in enumerate(path.cuts)}
    differs = {
        f"several_{place}": nw.when(nw.col(f"min_{place}") != nw.col(f"max_{place}")).then(nw.lit(1)).otherwise(nw.lit(0)).sum()
        for place, _ in enumerate(path.segments)
    }
    told = fetched(rows.group_by(path.keys).agg(**ends).select(**differs)).iloc[0]
    return {name: int(told[f"several_{place}"]) for place, name in enumerate(path.segments)}
