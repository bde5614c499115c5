"""The commands about reviews: add to the log of a case, and list which cases are overdue."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kpikit.cli.commands import FAILED, GOOD, Arguments, as_of_given


def add_review_commands(add: Any) -> None:
    """Adds `log` and `due` to the command line."""
    log = add(
        "log", log_entry, "adds a decision, an event or a review to the log beside a case",
        'kpikit log techsolutions_upgrade_rate "a second series of webinars begins" --kind event --by marketing',
    )  # fmt: skip
    log.add_argument("case", help="an id of data/cases, or the path of a case file")
    log.add_argument("text", help="what happened or was decided, in a few words")
    log.add_argument("--kind", default="event", help="decision, event or review (default: event)")
    log.add_argument("--on", help="the day on which it was, as 2025-07-01 (default: today)")
    log.add_argument("--by", default="", help="who decided, or held the review")
    overdue = add(
        "due", list_due, "lists every case with its last and next review, the overdue first; ends with 1 where a review is "
        "overdue or a case cannot be read, else with 0", "kpikit due --as-of 2026-03-01",
    )  # fmt: skip
    overdue.add_argument("--as-of", help="the day as of which is asked (default: today)")
    overdue.add_argument("--cases", metavar="FOLDER", help="a folder of cases (default: data/cases)")


def log_entry(chosen: Arguments) -> int:
    """Adds one entry to the log of a case."""
    from datetime import date

    from kpikit.authoring.logbook import add_entry

    path, entry = add_entry(chosen.case, chosen.text, on=chosen.on or date.today(), kind=chosen.kind, by=chosen.by)
    by = f", by {entry.by}" if entry.by else ""
    print(f"{path}: added {entry.kind} of {entry.date}{by}: {entry.text}")
    return GOOD


def list_due(chosen: Arguments) -> int:
    """Lists the cases by how much their review is overdue."""
    from kpikit.report.due import due

    found = due(as_of_given(chosen), chosen.cases and Path(chosen.cases))
    print("\n".join(found.lines))
    for reason in found.broken:
        print(f"kpikit: {reason}", file=sys.stderr)
    return FAILED if found.overdue or found.broken else GOOD
