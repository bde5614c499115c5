"""What changed since the last report: the numbers that stood in its folder against those of the new one; none is computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from kpikit.errors import ReportError
from kpikit.report.notebook import Executed
from kpikit.words.since import since

PREVIOUS = "previous.json"
#: what a folder that no report made, or one of another version, or an edited one may lead to
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, ReportError)
Numbers = Mapping[str, Any]


def since_last(executed: Executed, place: Path, folder: Path) -> dict[str, Any]:
    """What changed since the report that stands at `place`, as words.since says it; empty where there is none to compare with.

    Keeps the numbers of the earlier report in `folder`, so that the same report made again compares with the same one.
    """
    now = numbers_of(executed)
    for then in _earlier(place):
        try:
            if not _comparable(then, now):
                continue
            said = since(then, now)
        except UNREADABLE:
            continue
        (folder / PREVIOUS).write_text(json.dumps(then, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return said
    return {}


def numbers_of(executed: Executed) -> dict[str, Any]:
    """What is compared, as the notebook showed it: as of when, of which table, the case with its log, verdict and checks."""
    answer, measured = executed.first("answer"), executed.measured
    case = {key: value for key, value in executed.first("case").items() if key != "type"}
    told = {name: answer[name] for name in ("question", "headline", "verdict", "checks")}
    return {"as_of": measured["as_of"], "source": measured["source"], "case": case, **told}


def _earlier(place: Path) -> Iterator[Numbers]:
    """The numbers of the report that stands there, then those that it was itself compared with."""
    for read in (_from_notebook, _from_file):
        try:
            yield read(place)
        except UNREADABLE:
            continue


def _from_notebook(place: Path) -> Numbers:
    path = place / "notebook.ipynb"
    return numbers_of(Executed(path, nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))))  # type: ignore[no-untyped-call]


def _from_file(place: Path) -> Numbers:
    found: Numbers = json.loads((place / PREVIOUS).read_text(encoding="utf-8"))
    return found


def _comparable(then: Numbers, now: Numbers) -> bool:
    """The same question, not of a later day, and not this very report made again."""
    if then["question"] != now["question"] or then["as_of"] > now["as_of"]:
        return False
    return _inputs_and_numbers(then) != _inputs_and_numbers(now)


def _inputs_and_numbers(told: Numbers) -> tuple[Any, ...]:
    checks = sorted((check["name"], str(check["passed"])) for check in told["checks"])
    return told["as_of"], told["source"], told["case"], told["verdict"], checks
