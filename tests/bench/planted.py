"""How often the interval holds the planted effect of each illustrative table, and leaves out 0 where none is planted.

`python tests/bench/planted.py [SEEDS] [--write]`. Promised: 92 to 98 of 100 over 200 seeds, and at most 8 of 100 false alarms over 500.
`--write` puts it into docs/planted.md.
"""

from __future__ import annotations

import argparse
import runpy
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import kpikit as kk

DATA = Path(__file__).parents[2] / "data"
TABLE = Path(__file__).parents[2] / "docs" / "planted.md"
HEAD = [
    "# How often the interval holds what was planted", "",
    "Each illustrative table made anew under many seeds by `data/make_illustrative.py`, and its case run on it by `tests/bench/planted.py`:",
    "how often the headline's 95% interval holds the effect that the script plants, whatever twist it plants beside, and how often it",
    "leaves out 0 where the script plants the twist alone.", "",
    "| table | planted | held by the interval | mean error | false alarms without it |", "|---|---|---|---|---|",
]  # fmt: skip
OTHERS = "## What the other questions find"
CASES = {
    "techsolutions_upgrades": "techsolutions_upgrade_rate", "projectsoft_adoption": "projectsoft_adoption",
    "techsolutions_upsell": "techsolutions_upsell_ratio", "gas_liquids_plant": "gas_liquids_plant",
}  # fmt: skip


def made() -> Mapping[str, Any]:
    """The names of the script that makes the tables."""
    return runpy.run_path(str(DATA / "make_illustrative.py"))


def effect_of(name: str, seed: int, *, planted: bool = True) -> dict[str, float | None]:
    """The headline's effect of a case on its table under another seed, with or without what is planted."""
    script = made()
    if not planted:
        script["PLANTED"][name] = replace(script["PLANTED"][name], effect_pp=0.0)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{name}.csv"
        table.write_bytes(script["csv_bytes"](name, seed))
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
            null = list(pool.map(partial(effect_of, planted=False), [name] * options.seeds, range(options.seeds), chunksize=5))
            alarms = sum(bool(t["low"] is not None and (t["low"] > 0 or t["high"] < 0)) for t in null)
            truth = planted[name].effect_pp / 100
            held = sum(bool(t["low"] is not None and t["low"] <= truth <= t["high"]) for t in told)
            error = 100 * sum(t["value"] - truth for t in told) / len(told)
            parts = [f"{count} of {len(told)} ({count / len(told):.1%})" for count in (held, alarms)]
            lines.append(f"| {name} | {100 * truth:.2f} pp | {parts[0]} | {error:+.2f} pp | {parts[1]} |")
            print(lines[-1], flush=True)
    if options.write:
        _, *others = TABLE.read_text(encoding="utf-8").split(OTHERS)  # what planted_questions.py wrote stays
        TABLE.write_text("\n".join(lines) + "\n" + "".join(f"\n{OTHERS}{text}" for text in others), encoding="utf-8")


if __name__ == "__main__":
    main()
