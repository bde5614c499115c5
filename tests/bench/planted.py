"""How often the interval holds the planted effect of each illustrative table, over many seeds of its script.

`python tests/bench/planted.py [SEEDS]`. Promised: 92 to 98 of 100 over 200 seeds.
"""

from __future__ import annotations

import runpy
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import kpikit as kk

DATA = Path(__file__).parents[2] / "data"
CASES = {
    "techsolutions_upgrades": "techsolutions_upgrade_rate", "projectsoft_adoption": "projectsoft_adoption",
    "techsolutions_upsell": "techsolutions_upsell_ratio", "gas_liquids_plant": "gas_liquids_plant",
}  # fmt: skip


def made() -> Mapping[str, Any]:
    """The names of the script that makes the tables."""
    return runpy.run_path(str(DATA / "make_illustrative.py"))


def effect_of(name: str, seed: int) -> dict[str, float | None]:
    """The headline's effect of a case on its table under another seed."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{name}.csv"
        table.write_bytes(made()["csv_bytes"](name, seed))
        case = kk.read_case(DATA / "cases" / f"{CASES[name]}.toml", table=str(table))
        answer = kk.before_after(kk.measure_case(case), case.changed_on, **case.choices)
    return dict(answer.verdict["effect"])


def main() -> None:
    """Prints, for each table, how often the planted effect lies in the interval."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    planted = made()["PLANTED"]
    with ProcessPoolExecutor() as pool:
        for name in CASES:
            told = list(pool.map(effect_of, [name] * len(seeds), seeds, chunksize=5))
            truth = planted[name].effect_pp / 100
            held = sum(bool(t["low"] is not None and t["low"] <= truth <= t["high"]) for t in told)
            bias = sum(t["value"] - truth for t in told) / len(told)
            print(
                f"{name}: {held} of {len(told)} hold {100 * truth:.2f} pp ({held / len(told):.1%}); mean error {100 * bias:+.2f} pp",
                flush=True,
            )


if __name__ == "__main__":
    main()
