"""Small tables, measured: what the tests of a before/after are about."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.questions.effects.course import Course, course_of
from kpikit.questions.effects.sides import sides_of
from kpikit.tables import read_table

LONG_AFTER = date(2040, 1, 1)
#: what is counted -> a KPI that counts so: independent customers, events, the same customers every period, amounts
COUNTS = {
    "binomial": ("upsell_ratio", "published", "counts"),
    "poisson": ("upgrade_rate", "all_subscribers", "counts"),
    "stock": ("product_upgrade_ratio", "adoption", "counts"),
    "spread": ("product_upgrade_ratio", "volume", "volumes"),
}


def measured(numerators, denominators, *, noise="binomial", first="2022-01", freq="M", as_of=LONG_AFTER):
    """A series of these counts by period; a mapping names the segments of a column `region`. None leaves a row out."""
    kpi_id, variant, kind = COUNTS[noise]
    window = {"M": "month", "Q": "quarter", "Y": "year"}[freq]
    by_cell = numerators if isinstance(numerators, Mapping) else {"": numerators}
    sizes = denominators if isinstance(denominators, Mapping) else dict.fromkeys(by_cell, denominators)
    rows = []
    for cell, counts in by_cell.items():
        there = np.broadcast_to(np.asarray(sizes[cell], dtype=object), len(counts))
        for when, n, d in zip(pd.period_range(first, periods=len(counts), freq=freq), counts, there, strict=True):
            if n is not None and d is not None:
                rows.append((str(when), cell, n, d))
    table = pd.DataFrame(rows, columns=["period", "region", "numerator", "denominator"])
    segments = ["region"] if isinstance(numerators, Mapping) else []
    read = read_table(table.drop(columns=[] if segments else ["region"]), kind=kind, segments=segments)
    return measure(kpi_id, read, variant=variant, window=window, as_of=as_of)


def asked(numerators, denominators, changed_on, *, noise="binomial", first="2022-01", freq="M", as_of=LONG_AFTER, **choices):
    """The answer about such a series."""
    return before_after(
        measured(numerators, denominators, noise=noise, first=first, freq=freq, as_of=as_of), changed_on, **choices
    )


def course(numerators, denominators, before, *, noise="binomial", cycle=12):
    """A course of (periods x cells), or of periods alone, `before` of them before the change and the others after it."""
    n, d = (np.asarray(x, dtype=float) for x in (numerators, denominators))
    n, d = (x[:, None] if x.ndim == 1 else x for x in (n, np.broadcast_to(d, n.shape)))
    periods = pd.period_range("2022-01", periods=len(n), freq="M")
    sides = np.where(np.arange(len(n)) < before, "before", "after").astype(object)
    return Course(periods, sides, tuple(f"cell {i}" for i in range(n.shape[1])), n, d, noise, cycle)


def course_around(series, change, transition_periods=0):
    """The course of a measured series around a change."""
    return course_of(series, sides_of(series.total(), pd.Timestamp(change).to_pydatetime(), transition_periods))


@cache
def quiet(seed, points):
    """Seeded noise with mean 0, standard deviation 1 and no trend, autocorrelated by luck alone."""
    drawn = np.random.default_rng(seed).standard_normal(points)
    place = np.arange(points)
    drawn = drawn - np.polyval(np.polyfit(place, drawn, 1), place)
    return drawn / drawn.std()


def check(answer, name):
    """The one check of that name."""
    (found,) = [check for check in answer.checks if check.name == name]
    return found


def estimate(answer, name):
    """The row of one estimator, as plain values."""
    (found,) = [row for row in answer.verdict["estimates"] if row["name"] == name]
    return found
