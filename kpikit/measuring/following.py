"""Following units through a funnel's steps on the engine: the earliest way through, whose window is over, how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import narwhals as nw

from kpikit.measuring.plan import Frame

NONE, ONE = nw.lit(0), nw.lit(1)
MICROSECONDS = {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "microsecond": 1}


@dataclass(frozen=True)
class Path:
    """What is followed: `names` holds the events of each step, `keys` the columns that make a unit, `end` the last instant."""

    names: dict[str, list[str]]
    span: timedelta | None
    keys: list[str]
    segments: tuple[str, ...]
    end: datetime
    changed_on: datetime | None

    @property
    def at(self) -> list[str]:
        """The columns with the moment of each step."""
        return [f"at_{place}" for place in range(len(self.names))]

    @property
    def cuts(self) -> list[str]:
        """The columns of the segments, under names that no role bears."""
        return [cut(name) for name in self.segments]


def cut(segment: str) -> str:
    """The column of a segment while units are followed."""
    return f"cut_{segment}"


def events_of(frame: Frame, path: Path) -> Frame:
    """The events of the steps, each with the place of its step."""
    place, every = nw.lit(len(path.names) - 1), [name for events in path.names.values() for name in events]
    for number, events in enumerate([*path.names.values()][:-1]):
        place = nw.when(nw.col("event").is_in(events)).then(nw.lit(number)).otherwise(place)
    kept = frame.filter(nw.col("event").is_in(every)).with_columns(step=place)
    return kept.select(*path.keys, "date", "step", *(nw.col(name).alias(cut(name)) for name in path.segments))


def followed(events: Frame, path: Path) -> Frame:
    """One row a unit that entered: when it took each step in order (null: not), and flags of what it did in another order.

    Each step is the earliest at or after the one before, so whoever can be led through all steps in order is.
    """
    first = events.filter(nw.col("step") == 0)
    entered = first.group_by(path.keys).agg(at_0=nw.col("date").min())
    rows = first.join(entered, on=path.keys, how="inner").filter(nw.col("date") == nw.col("at_0"))
    units = rows.group_by(path.keys).agg(*(nw.col(name).min() for name in ("at_0", *path.cuts)))
    units = units.with_columns(skipped=NONE, out_of_order=NONE, each=ONE)
    for place in range(1, len(path.names)):
        units = _stepped(units, events.filter(nw.col("step") == place), path, place)
    return units


def _stepped(units: Frame, events: Frame, path: Path, place: int) -> Frame:
    """The units with the moment of one more step; `each` says whether they took all steps so far, in any order.

    A step taken without all before it was skipped to; one taken only before what it should follow was out of order.
    """
    at, entry, when = path.at[place], nw.col("at_0"), nw.col("when")
    inside = (when >= entry) if path.span is None else (when >= entry) & (when <= entry + path.span)
    flags = {
        at: nw.when(inside & (when >= nw.col(path.at[place - 1]))).then(when),
        "inside": nw.when(inside).then(ONE).otherwise(NONE),
        "early": nw.when(when < entry).then(ONE).otherwise(NONE),
    }
    met = units.join(events.select(*path.keys, nw.col("date").alias("when")), on=path.keys, how="left")
    least = [*path.at[: place + 1], *path.cuts, "skipped", "out_of_order", "each"]
    grouped = met.with_columns(**flags).group_by(path.keys)
    told = grouped.agg(*(nw.col(name).min() for name in least), *(nw.col(name).max() for name in ("inside", "early")))
    astray, skipped = nw.col(at).is_null(), (nw.col("inside") == 1) & (nw.col("each") == 0)
    stray = astray & ((nw.col("inside") == 1) | (nw.col("early") == 1))
    return told.with_columns(
        skipped=nw.when(stray & skipped).then(ONE).otherwise(nw.col("skipped")),
        out_of_order=nw.when(stray & ~skipped).then(ONE).otherwise(nw.col("out_of_order")),
        each=nw.when(nw.col("inside") == 1).then(nw.col("each")).otherwise(NONE),
    ).drop("inside", "early")


def judged(units: Frame, path: Path) -> Frame:
    """The units with their fate, their side of the change, whether they are done, and after how many days that is known."""
    last, entry = nw.col(path.at[-1]), nw.col("at_0")
    done = nw.when(last.is_null()).then(NONE).otherwise(ONE)
    seen = nw.lit(path.end) if path.span is None else nw.min_horizontal(entry + path.span, nw.lit(path.end))
    known = units.with_columns(done=done, seen=nw.when(last.is_null()).then(seen).otherwise(last), **_fates(path))
    return known.with_columns(day=_days_between("at_0", "seen"))


def _fates(path: Path) -> dict[str, nw.Expr]:
    """Whether the window is over at the end, and on which side of the change it lies; `after` where there is none."""
    entry = nw.col("at_0")
    fate, side = nw.lit("judged"), nw.lit("after")
    if path.span is not None:
        fate = nw.when(entry > path.end - path.span).then(nw.lit("censored")).otherwise(fate)
        if path.changed_on is not None:
            over = entry <= path.changed_on - path.span
            before = nw.when(over).then(nw.lit("before")).otherwise(nw.lit("straddling"))
            side = nw.when(entry < path.changed_on).then(before).otherwise(side)
    return {"fate": fate, "side": side}


def _days_between(first: str, last: str) -> nw.Expr:
    """Whole days of elapsed time from one moment to another: calendar days, one less where the later stands earlier in its day.

    From the parts of the dates, since not every engine can take the length of an interval.
    """
    short = nw.when(_within_day(last) < _within_day(first)).then(ONE).otherwise(NONE)
    return _ordinal(last) - _ordinal(first) - short


def _ordinal(column: str) -> nw.Expr:
    before = nw.col(column).dt.year().cast(nw.Int64) - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + nw.col(column).dt.ordinal_day().cast(nw.Int64)


def _within_day(column: str) -> nw.Expr:
    parts = (getattr(nw.col(column).dt, part)().cast(nw.Int64) * size for part, size in MICROSECONDS.items())
    return nw.sum_horizontal(*parts)
