"""The commands that keep an eye on cases: `watch` for schedulers, `dashboard` for people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpikit.cli.commands import FAILED, GOOD, Arguments, as_of_given
from kpikit.errors import CaseError, KpikitError, ReportError

if TYPE_CHECKING:
    from kpikit.cases import Case
    from kpikit.report.watch.watching import Failed, Watched

NEWS = 3
CODES = "Exit codes: 0 nothing is new, 1 a case failed and nothing is new, 2 misuse, 3 something is new: the note is to be sent."


def add_watch_commands(add: Any) -> None:
    """Adds `watch` and `dashboard` to the command line."""
    watch = add(
        "watch", watch_cases, "measures cases once, and says what is new since the last watch: a signal, or a change of band. "
        f"{CODES}", "kpikit watch techsolutions_scorecard --note note.txt",
    )  # fmt: skip
    watch.add_argument("cases", nargs="+", metavar="CASE", help="an id of data/cases, or the path of a case file")
    watch.add_argument("--as-of", help="the day on which the tables are as they are (default: today)")
    watch.add_argument("--note", metavar="FILE", help="write the note there when something is new (default: to the output)")
    watch.add_argument("--state", metavar="FOLDER", help="where is kept what was known (default: reports/.watch)")
    shown = add(
        "dashboard", show_dashboard, "serves the scorecard of cases to a browser of this machine, behind a token, until Ctrl-C",
        "kpikit dashboard techsolutions_scorecard --as-of 2026-01-15",
    )  # fmt: skip
    shown.add_argument("cases", nargs="*", metavar="CASE", help="ids or case files (default: the scorecards of data/cases)")
    shown.add_argument("--as-of", help="the day on which the tables are as they are (default: the day of each visit)")
    shown.add_argument("--port", type=_port, help="the port of 127.0.0.1 (default: 8866, or another where that is taken)")
    shown.add_argument("--open", action="store_true", help="open it in the browser")


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port, as 8866")
    return int(text)


def show_dashboard(chosen: Arguments) -> int:
    """Serves a dashboard, and ends with 0 on Ctrl-C."""
    from importlib.util import find_spec

    from kpikit.cases import find_case, read_case
    from kpikit.moments import as_moment

    if chosen.as_of:
        as_moment(chosen.as_of)
    cases = [find_case(case).resolve() for case in chosen.cases or _scorecards()]
    _refuse_other([read_case(case) for case in cases])
    if not find_spec("voila"):
        raise ReportError("a dashboard needs Voila: pip install 'kpikit[dashboard]'")
    from kpikit.report.dashboard.serving import serve

    serve(cases, chosen.as_of, chosen.port, _address, chosen.open)
    print("the dashboard is shut")
    return GOOD


def _refuse_other(cases: list[Case]) -> None:
    from kpikit.report.dashboard.board import refuse_unshown

    for case in cases:
        refuse_unshown(case)


def _address(url: str) -> None:
    print(f"the dashboard is at {url}\nthe token in it lets in whoever has it; Ctrl-C shuts the dashboard", flush=True)


def _scorecards() -> list[str]:
    """The cases of data/cases that ask for a scorecard; those that cannot be read are left to kpikit report."""
    from kpikit.cases import case_ids, read_case

    found = []
    for case in case_ids():
        with suppress(KpikitError):
            found += [case] if read_case(case).question == "scorecard" else []
    if not found:
        raise CaseError(
            "there is no scorecard in data/cases; name a case, or write one with kpikit new-case --question scorecard"
        )
    return found


def watch_cases(chosen: Arguments) -> int:
    """Says what is new, and exits with 3 where something is; a failed case is said on stderr, and in the note."""
    from kpikit.cases import read_case
    from kpikit.report.runner import reports_folder
    from kpikit.report.watch.memory import FOLDER
    from kpikit.report.watch.watching import watch

    note = Path(chosen.note) if chosen.note else None
    if note and (note.is_dir() or not note.parent.is_dir()):
        raise CaseError(f"--note {note}: name a file in a folder that is there")
    as_of = as_of_given(chosen)
    cases = [read_case(case, as_of=as_of) for case in chosen.cases]
    with watch(cases, Path(chosen.state) if chosen.state else reports_folder() / FOLDER, chosen.cases) as found:
        code = _told(found.ended, note)
    for failed in found.unkept:
        print(f"kpikit: {failed.said}; its next watch tells the same again", file=sys.stderr)
    return code or (FAILED if found.unkept else GOOD)


def _told(ended: Sequence[Watched | Failed], note: Path | None) -> int:
    """Prints or writes what is to be said; the exit code."""
    from kpikit.report.placing import written_beside
    from kpikit.report.watch.watching import Failed

    failed = [one.said for one in ended if isinstance(one, Failed)]
    new = [one for one in ended if not isinstance(one, Failed) and one.new]
    text = "\n\n".join(["\n".join(one.lines) for one in new] + [f"Could not be watched: {why}" for why in failed]) + "\n"
    if note and new:
        with written_beside(note) as draft:
            draft.write_text(text, encoding="utf-8")
    for one in ended:
        if not isinstance(one, Failed) and not (note and one.new):
            print("\n".join(one.lines) + "\n" * one.new)
    if note and new:
        print(f"wrote {note}: something is new in {', '.join(one.case_id for one in new)}")
    for why in failed:
        print(f"kpikit: {why}", file=sys.stderr)
    sys.stdout.flush()
    return NEWS if new else FAILED if failed else GOOD
