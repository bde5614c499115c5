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
from kpikit.bands import bands_of
from kpikit.questions.verdicts import changes
from kpikit.stats.intervals import wilson

SEGMENTS, MONTHS, BEFORE, REPEATS = 10_000, 36, 24, 7
CASES = Path(__file__).parents[2] / "data" / "cases"


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Interleaves the two, and prints medians and their ratio; then the answer."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"segment": np.repeat(np.arange(SEGMENTS), MONTHS), "month": np.tile(np.arange(MONTHS), SEGMENTS)})
    table["denominator"] = rng.integers(200, 2000, len(table))
    table["numerator"] = rng.binomial(table["denominator"], 0.15)
    bands = kk.load_kpi("upsell_ratio").variants[0].bands

    def summed() -> pd.DataFrame:
        return table.groupby("segment")[["numerator", "denominator"]].sum()

    def compared() -> pd.DataFrame:
        sides = [
            part.groupby("segment")[["numerator", "denominator"]].sum()
            for part in (table[table["month"] < BEFORE], table[table["month"] >= BEFORE])
        ]
        told = [
            side.assign(**dict(zip(("value", "low", "high"), wilson(side["numerator"], side["denominator"]), strict=True)),
                        band=bands_of(side["numerator"], side["denominator"], bands)) for side in sides
        ]  # fmt: skip
        return changes(*told)

    times = [(seconds(summed), seconds(compared)) for _ in range(REPEATS)]
    plain, whole = (median(column) for column in zip(*times, strict=True))
    print(
        f"{SEGMENTS:,} segments x {MONTHS} months: groupby {plain * 1e3:.1f} ms, compared with Newcombe and bands {whole * 1e3:.1f} ms, ratio {whole / plain:.1f}"
    )
    case = kk.read_case(CASES / "gas_liquids_plant.toml")
    series = kk.measure_case(case)
    answers = [seconds(lambda: kk.before_after(series, case.changed_on, **case.choices)) for _ in range(REPEATS)]
    print(f"a full answer on 60 months before and 6 after: {median(answers):.2f} s, the first {answers[0]:.2f} s")


if __name__ == "__main__":
    main()
