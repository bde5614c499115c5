"""How often the interval holds the planted effect of each illustrative table, over many seeds of its script.

`python tests/bench/planted.py [SEEDS] [--write]`. Promised: 92 to 98 of 100 over 200 seeds. `--write` puts it into docs/planted.md.
"""

from __future__ import annotations

import argparse
import runpy
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import kpikit as kk

DATA = Path(__file__).parents[2] / "data"
TABLE = Path(__file__).parents[2] / "docs" / "planted.md"
HEAD = [
    "# How often the interval holds what was planted", "",
    "Each illustrative table made anew under many seeds by `data/make_illustrative.py`, and its case run on it by `tests/bench/planted.py`:",
    "how often the headline's 95% interval holds the effect that the script plants, whatever twist it plants beside.", "",
    "| table | planted | held by the interval | mean error |", "|---|---|---|---|",
]  # fmt: skip
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
    """Prints, or writes into docs/planted.md, how often the planted effect of each table lies in the interval."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="?", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    planted, lines = made()["PLANTED"], [*HEAD]
    with ProcessPoolExecutor() as pool:
        for name in CASES:
            told = list(pool.map(effect_of, [name] * options.seeds, range(options.seeds), chunksize=5))
            truth = planted[name].effect_pp / 100
            held = sum(bool(t["low"] is not None and t["low"] <= truth <= t["high"]) for t in told)
            error = 100 * sum(t["value"] - truth for t in told) / len(told)
            lines.append(f"| {name} | {100 * truth:.2f} pp | {held} of {len(told)} ({held / len(told):.1%}) | {error:+.2f} pp |")
    print("\n".join(lines))
    if options.write:
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
