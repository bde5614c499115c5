"""What is planted in each question's illustrative table is found, and without it nothing is: over many seeds.

`python tests/bench/planted_questions.py [SEEDS] [QUESTION ...] [--found N] [--write]`. Promised: at most 8 of 100 false alarms over
500 seeds; what is planted is looked for in the first N (100).
Each module of tests/truths/ is about one question: `answered(seed, planted)` makes the table anew, with or without what is planted,
asks the question as its case does, and says whether the answer names it (planted) or anything at all (not planted).
"""

from __future__ import annotations

import argparse
import importlib
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "planted.md"
HEADING = "## What the other questions find"
TOLD = [
    "Each question's illustrative table made anew by `data/making/`, with what is planted and without it, and asked as its case asks, by",
    "`tests/bench/planted_questions.py`: how often what is planted is named as clear, and how often anything at all is called clear where",
    "nothing is planted. How often it is found is about these tables, whose effects are large; it is no statement of power.",
]


def questions() -> list[str]:
    """Every module of tests/truths."""
    return sorted(path.stem for path in (TESTS / "truths").glob("*.py") if path.stem != "__init__")


def told(question: str, planted: bool, seed: int) -> bool:
    """What one table's answer says."""
    sys.path.insert(0, str(TESTS))
    return bool(importlib.import_module(f"truths.{question}").answered(seed, planted=planted))


def main() -> None:
    """Prints, or writes into docs/planted.md, how often what is planted is found and how often something is found without it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="?", type=int, default=500)
    parser.add_argument("questions", nargs="*", default=questions())
    parser.add_argument("--found", type=int, default=100)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    lines = [HEADING, "", *TOLD, "", "| question | what is planted | found | false alarms without it |", "|---|---|---|---|"]
    sys.path.insert(0, str(TESTS))
    with ProcessPoolExecutor() as pool:
        for question in options.questions:
            runs = {True: min(options.found, options.seeds), False: options.seeds}
            counts = {
                planted: sum(pool.map(partial(told, question, planted), range(seeds), chunksize=10))
                for planted, seeds in runs.items()
            }
            what = importlib.import_module(f"truths.{question}").WHAT
            shares = [f"{counts[planted]} of {seeds} ({counts[planted] / seeds:.1%})" for planted, seeds in runs.items()]
            lines.append(f"| {question} | {what} | {' | '.join(shares)} |")
            print(lines[-1], flush=True)
    if options.write:
        kept = PAGE.read_text(encoding="utf-8").split(HEADING)[0].rstrip()
        PAGE.write_text("\n".join([kept, "", *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
