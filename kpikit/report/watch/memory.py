"""Memory: what was known of a case when it was last watched, in a small file that one watch at a time reads and writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kpikit.errors import ReportError
from kpikit.report.placing import written_beside
from kpikit.report.watch.news import KEPT
from kpikit.report.watch.seen import Measure

FOLDER = ".watch"  # in the folder of reports
FORM = "kpikit watch 1"
WAIT_S = 60.0
Known = dict[str, Any]


@contextmanager
def held(folder: Path, case_id: str, wait_s: float = WAIT_S) -> Iterator[Path]:
    """The file of a case, which no other watch reads or writes meanwhile; ReportError where one does for longer than `wait_s`."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f".{case_id}.lock")
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise ReportError(f"{case_id}: another watch of it is at work, for more than {wait_s:.0f} seconds; wait for it") from None
    try:
        yield folder / f"{case_id}.json"
    finally:
        lock.release()


def recalled(path: Path) -> Known | None:
    """What was known: `as_of` and `measures` by name; None where nothing was. ReportError where the file is not ours."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _not_ours(path) from error
    try:
        found = json.loads(text)
        whole = found["form"] == FORM and isinstance(found["as_of"], str) and all(map(_whole, found["measures"].values()))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _not_ours(path) from error
    if not whole:
        raise _not_ours(path)
    return {"as_of": found["as_of"], "measures": found["measures"]}


def remember(path: Path, as_of: str, measures: Mapping[str, Measure]) -> None:
    """Writes what is known from now on; it stands there whole or not at all."""
    text = json.dumps({"form": FORM, "as_of": as_of, "measures": measures}, indent=1, ensure_ascii=False)
    with written_beside(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8")


def _whole(measure: Mapping[str, Any]) -> bool:
    return set(measure) == set(KEPT) and isinstance(measure["past"], dict) and isinstance(measure["flags"], dict)


def _not_ours(path: Path) -> ReportError:
    return ReportError(
        f"{path}: this is not what kpikit watch keeps there, or it is torn; delete it to begin anew: the next watch then says "
        "where things stand"
    )
