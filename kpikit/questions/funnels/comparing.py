"""What a funnel compares: losses, rates, segments, before and after; one family, so that few of them look clear by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kpikit.questions.funnels.parts import Part, segments_of, sides_of, whole_of
from kpikit.questions.verdicts import known
from kpikit.shapes.steps import Steps
from kpikit.stats.intervals import Floats
from kpikit.stats.losses import Compared, groups_apart, losses_apart, rates_apart
from kpikit.stats.multiple import holm

CLEAR_AT = 0.05
ALL = 0  # in the place of a step: all steps together, from the first to the last


@dataclass(frozen=True)
class Finding:
    """One comparison: of which `kind` (loss, rate, segment, change), at which step, of which part, against what, how clear."""

    kind: str
    step: int
    told: Compared
    other: int = ALL
    part: Part | None = None
    against: Part | None = None
    adjusted: float = float("nan")

    @property
    def clear(self) -> bool:
        """Whether it stays clear among all that were looked at."""
        return self.adjusted < CLEAR_AT

    @property
    def difference(self) -> dict[str, float | None]:
        """Its size with the limits, as plain values."""
        return {"value": known(self.told.value), "low": known(self.told.low), "high": known(self.told.high)}

    def plain(self) -> dict[str, Any]:
        """Its size, adjusted p-value and whether it is clear, as plain values."""
        return {"difference": self.difference, "adjusted": known(self.adjusted), "clear": self.clear}


def findings(steps: Steps) -> list[Finding]:
    """Every comparison of the answer, with p-values adjusted over all of them together (Holm 1979)."""
    told = [*_leaks(whole_of(steps)), *_segments(steps), *_changes(steps)]
    adjusted: list[float] = holm([one.told.p_value for one in told]).tolist() if told else []
    return [replace(one, adjusted=p) for one, p in zip(told, adjusted, strict=True)]


def _leaks(whole: Part) -> Iterator[Finding]:
    """The largest loss against the next, and the lowest rate against the next lowest."""
    counts = whole.counts
    if len(counts) < 3:
        return
    one, other = _two_largest(counts[:-1] - counts[1:])
    yield Finding("loss", one, losses_apart(counts, one, other, whole.products), other)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = counts[1:] / counts[:-1]
    one, other = _two_largest(-np.nan_to_num(rates, nan=np.inf))
    yield Finding("rate", one, rates_apart(counts, one, other, whole.products), other)


def _two_largest(values: Floats) -> tuple[int, int]:
    """The places (from 1) of the largest value and the next, the earlier first where they tie."""
    order = np.argsort(-values, kind="stable")
    return int(order[0]) + 1, int(order[1]) + 1


def _segments(steps: Steps) -> Iterator[Finding]:
    """Each value of a segment against all other values of it, at each step."""
    whole = whole_of(steps)
    for part in segments_of(steps):
        rest = Part(part.by, "", whole.counts - part.counts, None)
        for step in range(1, len(steps.steps)):
            told = groups_apart(part.counts, rest.counts, step, part.products)
            yield Finding("segment", step, told, part=part, against=rest)


def _changes(steps: Steps) -> Iterator[Finding]:
    """Each step after the change against before it, and all of them together."""
    if steps.changed_on is None:
        return
    sides, last = sides_of(steps), len(steps.steps) - 1
    before, after = sides["before"], sides["after"]
    for step in range(last + 1):
        ends = {"step": step} if step != ALL else {"step": last, "start": 0}
        told = groups_apart(after.counts, before.counts, products=after.products, **ends)
        yield Finding("change", step, told, part=after, against=before)
