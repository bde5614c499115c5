"""make accept: shows where today's numbers differ from tests/expected/, and takes them over after "y" or with ACCEPT=yes.

python tests/accept.py [CASE...]; ends with 1 where something differs and was not taken over.
"""

import os
import sys

from defaults import asked_by_default
from pins import ABSENT, EXPECTED, differences, pinned, read_pin, told, write_pin
from shown import displayed, notebook_of, shown

from kpikit.cases import case_ids

MOST = 40  # lines a case; a table that has moved as a whole says no more with the rest
RED, GREEN, PLAIN = ("\033[31m", "\033[32m", "\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("",) * 3


def main(chosen, folder=EXPECTED):
    """Compares, asks, writes; returns the exit code."""
    new = {case_id: pinned(shown(case_id).payloads) for case_id in chosen or case_ids()}
    kept = set() if chosen else {path.stem for path in folder.glob("*.json")}
    changed = {name: pin for name, pin in new.items() if _show(name, read_pin(name, folder), pin)}
    gone = sorted(kept - set(new))
    for name in gone:
        print(f"{RED}{name}: there is no such case any more{PLAIN}")
    _say_which_notebooks(new)
    if not changed and not gone:
        print(f"tests/expected/ holds what {len(new)} cases show today")
        return 0
    if not _agreed(len(changed) + len(gone)):
        print("nothing was taken over")
        return 1
    for name, pin in changed.items():
        write_pin(name, pin, folder)
    for name in gone:
        (folder / f"{name}.json").unlink()
    return 0


def _show(name, old, new):
    """Prints the differences of a case; whether there is one."""
    if old is None:
        print(f"{GREEN}{name}: new{PLAIN}")
        return True
    found = list(differences(old, new))
    if found:
        print(f"{name}: differences: {len(found)}")
    for where, before, after in found[:MOST]:
        color = RED if after is ABSENT else GREEN if before is ABSENT else ""
        print(f"  {color}{told(where, before, after)}{PLAIN if color else ''}")
    if len(found) > MOST:
        print(f"  ... and {len(found) - MOST} more")
    return bool(found)


def _say_which_notebooks(names):
    """The notebooks that store other outputs than their cells show today; the pictures are compared by the tests alone."""
    for name in (name for name in asked_by_default() if name in names):
        cells = sorted({cell for cell, kept, today in displayed(name) if kept != today})
        if cells:
            told = ", ".join(map(str, cells))
            print(f"notebooks/{notebook_of(name).name} stores other outputs (cells {told}); run it again: make notebooks")


def _agreed(count):
    if os.environ.get("ACCEPT") == "yes":
        return True
    try:
        return input(f"take over {count} cases? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
