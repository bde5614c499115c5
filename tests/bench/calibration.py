"""How often the intervals of a before/after hold: false alarms and coverage over simulated histories, written to docs/.

Each run draws a history with no effect (false alarms) or with one (coverage), in the counts that a user's table would hold. The
histories of a cell are estimated together; tests/test_calibration.py shows that each gets what `estimated` finds for it alone.
`python tests/bench/calibration.py [RUNS] [--write]`; `--write` puts the table into docs/calibration.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimate import LOW, Estimate
from kpikit.questions.effects.estimators import LOW_SPAN, estimated
from kpikit.questions.effects.grading import AFTER, FREEDOM
from kpikit.stats.counterfactual import LEAST_NOISE, Baseline, base_of
from kpikit.stats.designs import CYCLES, Mask, bends_of, one_each
from kpikit.stats.diagnosis import odd_points
from kpikit.stats.intervals import Floats, Interval, difference, wilson
from kpikit.stats.regression import averaged, fitted

LEVEL, EFFECT, PROCESS_SD = 0.15, 0.05, 0.011  # the process varies as much as 1,000 customers a month do by sampling
TREND, SEASON = 0.001, 0.02  # a month; half the height of the wave
KEPT = 0.6  # of a stock's customers keep their state from month to month, so that an effect comes gradually
MOST_ALARMS, LEAST_COVERAGE = 0.08, 0.92  # what a design must keep that may be graded fair or strong
LOOKED_OVER = 24  # months more that a date was chosen from
TABLE = Path(__file__).parents[2] / "docs" / "calibration.md"


@dataclass(frozen=True)
class Cell:
    """One kind of history. `stock`: the same customers every month; `low`: begun after the lowest quarter; `looked`: at the best date."""

    before: int
    after: int
    rho: float
    trend: bool = False
    season: bool = False
    size: int = 1000
    kind: str = "flow"

    @property
    def name(self) -> str:
        """The cell in words."""
        told = [f"{self.before}/{self.after}", f"AR(1) {self.rho:g}", f"{self.size:,} a month"]
        return ", ".join(
            [*told, *(what for what in ("trend", "season") if getattr(self, what)), *([self.kind] if self.kind != "flow" else [])]
        )


def cells() -> Iterator[Cell]:
    """Every cell of the calibration."""
    for (before, after), rho, trend, season, size in product(
        ((12, 6), (24, 6), (36, 12)), (0.0, 0.3, 0.6), (False, True), (False, True), (200, 1000, 5000)
    ):
        yield Cell(before, after, rho, trend, season, size)
    for (before, after), kind in product(
        ((24, 6), (36, 12)), ("overdispersed", "stock", "started after low", "date chosen after looking")
    ):
        for rho in (0.0, 0.3, 0.6):
            yield Cell(before, after, rho, size=1000, kind=kind)
    for (before, after), rho, drift in product(((24, 6), (36, 12)), (0.0, 0.3, 0.6), (False, True)):
        yield Cell(before, after, rho, drift, kind="control group")


def histories(cell: Cell, effect: float, runs: int, rng: np.random.Generator) -> Floats:
    """Numerators by month, runs x months; the last `cell.after` months hold the effect. With a control group, those of the treated
    less those of the control: both share a process and each has its own, and their gap drifts where the cell has a trend.
    """
    chosen = cell.kind in CHOSEN
    months = np.arange(cell.before + cell.after + (LOOKED_OVER if chosen else 0))
    phase = rng.integers(12, size=(runs, 1))
    course = (
        LEVEL + TREND * cell.trend * (months - cell.before) + SEASON * cell.season * np.sin(2 * np.pi * (months + phase) / 12)
    )
    wild = 3 if cell.kind == "overdispersed" else 1
    rates = course + wild * PROCESS_SD * correlated(cell.rho, (runs, len(months)), rng)
    first = CHOSEN[cell.kind](cell, rates) if chosen else np.zeros(runs, dtype=int)
    rates = np.take_along_axis(rates, first[:, None] + np.arange(cell.before + cell.after), axis=1)
    rates[:, cell.before :] += effect
    rates = rates.clip(0.001, 0.999)
    if cell.kind == "control group":
        shared = PROCESS_SD * correlated(0.6, rates.shape, rng)
        beside = (LEVEL + shared + PROCESS_SD * correlated(cell.rho, rates.shape, rng)).clip(0.001, 0.999)
        treated = (rates + shared).clip(0.001, 0.999)
        return (rng.binomial(cell.size, treated) - rng.binomial(cell.size, beside)).astype(float)
    return stayed(rates, cell.size, rng) if cell.kind == "stock" else rng.binomial(cell.size, rates).astype(float)


def correlated(rho: float, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """AR(1) noise of standard deviation 1."""
    noise = rng.standard_normal(shape)
    for place in range(1, shape[1]):
        noise[:, place] = rho * noise[:, place - 1] + np.sqrt(1 - rho**2) * noise[:, place]
    return noise


def stayed(rates: Floats, size: int, rng: np.random.Generator) -> Floats:
    """The same customers each month: KEPT of them keep their state, the others are drawn afresh."""
    counts = np.empty_like(rates)
    for run, row in enumerate(rates):
        state = rng.random(size) < row[0]
        for place, rate in enumerate(row):
            state = np.where(rng.random(size) < KEPT, state, rng.random(size) < rate)
            counts[run, place] = state.sum()
    return counts


def after_lowest(cell: Cell, rates: Floats) -> NDArray[np.int64]:
    """Where each history begins whose change follows the lowest quarter of all."""
    quarters = np.lib.stride_tricks.sliding_window_view(rates, LOW_SPAN, axis=1).mean(axis=2)
    return np.asarray(quarters[:, cell.before - LOW_SPAN : len(rates[0]) - cell.after - LOW_SPAN + 1].argmin(axis=1))


def best_date(cell: Cell, rates: Floats) -> NDArray[np.int64]:
    """Where each history begins whose change is dated where both sides differ most."""
    early = np.lib.stride_tricks.sliding_window_view(rates, cell.before, axis=1).mean(axis=2)[:, : LOOKED_OVER + 1]
    late = np.lib.stride_tricks.sliding_window_view(rates, cell.after, axis=1).mean(axis=2)[:, cell.before :]
    return np.asarray(np.abs(late - early).argmax(axis=1))


CHOSEN = {"started after low": after_lowest, "date chosen after looking": best_date}


def leading(cell: Cell, counts: Floats) -> tuple[Interval, int]:
    """The leading estimate of each history, as `estimated` finds it one by one, and its degrees of freedom at the most.

    Histories are estimated together by where their trends bend; those with an odd month go through `estimated` itself.
    """
    values, before = counts / cell.size, np.arange(counts.shape[1]) < cell.before
    season = cell.before >= CYCLES * 12
    found = bends_of(values[:, : cell.before], before[: cell.before], 12, season=season)
    result, freedoms = Interval(*(np.empty(len(values)) for _ in range(3))), []
    for bends in set(found):
        rows, baseline = np.array([own == bends for own in found]), Baseline(True, season, bends)
        _, lines, _ = continuation(cell, values[rows], before, ~before, baseline)
        odd = np.array([cell.kind != "control group" and odd_points(left).any() for left in values[rows][:, before] - lines])
        told, freedom = smallest(cell, values[rows], before, ~before, baseline)
        freedoms.append(freedom)
        for end, part in zip(result, told, strict=True):
            end[rows] = part
        for row in np.flatnonzero(rows)[odd]:
            alone = one_by_one(cell, counts[row])
            for end, name in zip(result, ("value", "low", "high"), strict=True):
                end[row] = alone.ends[name]
    return result, max(freedoms)


def one_by_one(cell: Cell, counts: Floats) -> Estimate:
    """The leading estimate of one history, as a report finds it."""
    months = np.arange(len(counts))
    sides = np.where(months < cell.before, "before", "after").astype(object)
    periods = pd.period_range("2020-01", periods=len(counts), freq="M")
    noise = "stock" if cell.kind == "stock" else "binomial"
    course = Course(periods, sides, ("all",), counts[:, None], np.full((len(counts), 1), float(cell.size)), noise, 12)
    last = np.isin(months, np.arange(cell.before - LOW_SPAN, cell.before))
    leave_out = {LOW: ("the last 3 months before", last)} if cell.kind == "started after low" else {}
    return estimated(course, {"value": None, "low": None, "high": None}, leave_out, {}).leading


def smallest(cell: Cell, values: Floats, usual: Mask, after: Mask, baseline: Baseline) -> tuple[Interval, int]:
    """The estimate from the usual months; where the change came because it was low, the smaller of it with and without the last."""
    told, _, freedom = continuation(cell, values, usual, after, baseline)
    if cell.kind == "control group":
        clear = drifting(cell, values, usual, after, baseline)
        return Interval(*(np.where(clear, np.nan, end) for end in told)), freedom
    if cell.kind != "started after low":
        return told, freedom
    early = np.arange(len(usual)) < cell.before - LOW_SPAN
    fewer, _, freedom = continuation(cell, values, usual & early, after, baseline)
    use = np.abs(fewer.value) < np.abs(told.value)
    return Interval(*(np.where(use, x, y) for x, y in zip(fewer, told, strict=True))), freedom


def drifting(cell: Cell, values: Floats, before: Mask, after: Mask, baseline: Baseline) -> Mask:
    """Whether each gap had a clear trend before, so that the control does not lead."""
    base = base_of(len(before), 12, baseline)
    slope = np.zeros((1, base.shape[1] + int(after.sum())))
    slope[0, 1 : 2 + len(baseline.bends)] = 1.0
    told = averaged(fitted(values, np.column_stack([base, one_each(after)]), slope))
    return np.asarray(((told.low > 0) | (told.high < 0))[:, 0])


def continuation(cell: Cell, values: Floats, before: Mask, after: Mask, baseline: Baseline) -> tuple[Interval, Floats, int]:
    """Effects of all rows at once, their baselines at the months before, and the degrees of freedom."""
    base = base_of(len(before), 12, baseline)
    design = np.column_stack([base, one_each(~before & ~after), one_each(after)])
    contrasts = np.zeros((1 + int((~after).sum()), design.shape[1]))
    contrasts[0, -int(after.sum()) :] = 1 / after.sum()
    contrasts[1:, : base.shape[1]] = base[~after]
    least = LEAST_NOISE * LEVEL * (1 - LEVEL) / cell.size
    fit = fitted(np.where(before | after, values, 0.0), design, contrasts, None, least)
    lines = (fit.weights[:, :, None] * fit.values).sum(axis=0)[:, 1:]
    effect = averaged(fit._replace(values=fit.values[:, :, :1], errors=fit.errors[:, :, :1]))
    return Interval(*(end[:, 0] for end in effect)), lines, fit.freedom


def run(cell: Cell, runs: int) -> dict[str, object]:
    """False alarms and coverage of the leading estimate, false alarms of the plain comparison, and the best grade of the cell."""
    rng = np.random.default_rng(list(cell.name.encode()))
    null, moved = (histories(cell, effect, runs, rng) for effect in (0.0, EFFECT))
    told, freedom = leading(cell, null)
    held, _ = leading(cell, moved)
    truth = EFFECT * (np.mean(1 - KEPT ** np.arange(1, cell.after + 1)) if cell.kind == "stock" else 1.0)
    sizes = (cell.size * cell.after, cell.size * cell.before)
    parts = (null[:, cell.before :], null[:, : cell.before])
    level = LEVEL * cell.size if cell.kind == "control group" else 0.0  # back to the treated alone, whose control stands still
    late, early = (wilson((part + level).sum(axis=1), size) for part, size in zip(parts, sizes, strict=True))
    enough = freedom >= FREEDOM and cell.after >= AFTER and cell.kind != "date chosen after looking"
    grade = "strong" if enough and cell.kind == "control group" else "fair" if enough and cell.before >= CYCLES * 12 else "weak"
    return {
        "cell": cell.name, "best grade": grade, "false alarms": missed(told, 0.0), "coverage": 1 - missed(held, float(truth)),
        "plain false alarms": missed(difference(late, early), 0.0), "width, pp": 100 * float(np.nanmedian(told.high - told.low)),
    }  # fmt: skip


def missed(told: Interval, truth: float) -> float:
    """Share of the intervals that do not hold the truth."""
    known = ~np.isnan(told.value)
    return float(((told.low > truth) | (told.high < truth))[known].mean())


def written(rows: Sequence[Mapping[str, object]], runs: int) -> str:
    """The table as Markdown."""
    heads = list(rows[0])
    lines = [
        " | ".join(
            f"{x:.1%}" if isinstance(x, float) and head != "width, pp" else f"{x:.1f}" if isinstance(x, float) else str(x)
            for head, x in row.items()
        )
        for row in rows
    ]
    fair = [row for row in rows if row["best grade"] != "weak"]
    weak = [row for row in rows if row["best grade"] == "weak"]
    failing = [
        str(row["cell"]) for row in weak if float(row["false alarms"]) > MOST_ALARMS or float(row["coverage"]) < LEAST_COVERAGE
    ]
    worst = {name: pick(float(row[name]) for row in fair) for name, pick in (("false alarms", max), ("coverage", min))}
    head = [
        "# How often the interval holds", "",
        f"{runs:,} histories a cell, made and counted by `tests/bench/calibration.py`. A cell is months before/after, the correlation of",
        "neighbouring months, the customers a month, and what else is going on. *False alarms*: the 95% interval of the leading estimate",
        "leaves out 0 although nothing happened. *Coverage*: it holds an effect of 5 pp that did (of customers who stay in the table it",
        "comes gradually). *Plain*: the same histories compared as if every month's customers were independent. *Best grade*: the most",
        "that a report may say of such a design. *control group*: the gap to it, over the histories in which it showed no clear trend; with",
        "*trend* the gap drifts.", "",
        f"Over all cells that may be graded fair or strong: false alarms at most {worst['false alarms']:.1%}, coverage at least {worst['coverage']:.1%}.", "",
        f"Designs that fail {MOST_ALARMS:.0%} and {LEAST_COVERAGE:.0%}, and are graded weak at the most: {'; '.join(failing)}.", "",
    ]  # fmt: skip
    return (
        "\n".join([*head, "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *(f"| {line} |" for line in lines)]) + "\n"
    )


def main() -> None:
    """Runs every cell; prints the table, or writes it into docs/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=2000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    every = list(cells())
    with ProcessPoolExecutor() as pool:
        rows = list(pool.map(run, every, [options.runs] * len(every)))
    table = written(rows, options.runs)
    print(table)
    if options.write:
        TABLE.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
