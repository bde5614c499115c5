"""The command that makes a report again and compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kpikit.cli.commands import FAILED, GOOD, MISUSE, Arguments
from kpikit.errors import ReportError


def add_replay_command(add: Any) -> None:
    """Adds `replay` to the command line."""
    again = add(
        "replay", replay_report, "makes a report again, elsewhere, and says whether every number is the same; ends with 0 where "
        "it is, with 1 where it is not", "kpikit replay reports/techsolutions_upgrade_rate",
    )  # fmt: skip
    again.add_argument("report", metavar="REPORT", help="the folder of a report")


def replay_report(chosen: Arguments) -> int:
    """Makes a report again from what it was made from, and compares every value and byte."""
    from kpikit.report.replay import replay

    try:
        found = replay(Path(chosen.report))
    except ReportError as error:
        print(f"kpikit: {error}", file=sys.stderr)
        return MISUSE
    print("\n".join(found.lines))
    return GOOD if found.same else FAILED
