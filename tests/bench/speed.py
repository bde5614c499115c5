"""Speed as ratios in one run: a plain comparison of many segments against one groupby().sum(), and one full answer.

`python tests/bench/speed.py`. Promised: under 20 times the groupby for 10,000 segments x 36 months; an answer on 60 months under 0.5 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import kpikit as kk
from kpikit.moments import as_moment
from kpikit.questions.effects.sides import pooled_sides, sides_of

SEGMENTS, MONTHS, REPEATS = 10_000, 36, 7
CASES = Path(__file__).parents[2] / "data" / "cases"


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Interleaves the two, and prints medians and their ratio; then the answer."""
    rng = np.random.default_rng(1)
    months = pd.period_range("2023-01", periods=MONTHS, freq="M").astype(str)
    table = pd.DataFrame({"segment": np.repeat([f"s{i}" for i in range(SEGMENTS)], MONTHS), "month": np.tile(months, SEGMENTS)})
    table["denominator"] = rng.integers(200, 2000, len(table))
    table["numerator"] = rng.binomial(table["denominator"], 0.15)
    read = kk.read_table(table, kind="counts", columns={"period": "month"}, segments=["segment"])
    series = kk.measure("upsell_ratio", read, window="month", as_of="2026-02-01")
    sides = sides_of(series.total(), as_moment("2025-01-01"), 0)

    def summed() -> pd.DataFrame:
        return table.groupby("segment")[["numerator", "denominator"]].sum()

    def compared() -> pd.DataFrame:
        return pooled_sides(series, sides, ["segment"])

    times = [(seconds(summed), seconds(compared)) for _ in range(REPEATS)]
    plain, whole = (median(column) for column in zip(*times, strict=True))
    what = f"{SEGMENTS:,} segments x {MONTHS} months: groupby {plain * 1e3:.1f} ms, both sides pooled"
    print(f"{what}, with Newcombe and bands, {whole * 1e3:.1f} ms, ratio {whole / plain:.1f}")
    case = kk.read_case(CASES / "gas_liquids_plant.toml")
    series = kk.measure_case(case)
    answers = [seconds(lambda: kk.before_after(series, case.changed_on, **case.choices)) for _ in range(REPEATS)]
    print(f"a full answer on 60 months before and 6 after: {median(answers):.2f} s, the first {answers[0]:.2f} s")


if __name__ == "__main__":
    main()
