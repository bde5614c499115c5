"""Memory: what was known of a case when it was last watched, in a small file that one watch at a time reads and writes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kpikit.cases import Case
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
    lock = FileLock(folder / f".{case_id}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise ReportError(f"{case_id}: another watch of it is at work, for more than {wait_s:.0f} seconds; wait for it") from None
    except OSError as error:
        raise _no_place(folder, error) from error
    try:
        yield folder / f"{case_id}.json"
    finally:
        lock.release()


def home_of(case: Case, folder: Path) -> str:
    """Which case it is that is known in the folder: a hash of the way from there to it, so that the two may move together."""
    place = (case.home or case.folder) / case.id
    with suppress(ValueError):  # from one drive of Windows to another there is no way
        place = Path(os.path.relpath(place, folder.resolve()))
    return hashlib.sha256(place.as_posix().encode()).hexdigest()


def recalled(path: Path, home: str) -> Known | None:
    """What was known: `as_of` and `measures` by name; None where nothing was.

    ReportError where the file is not ours, or that of a case with another home.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _no_place(path, error) from error
    except UnicodeDecodeError as error:
        raise _not_ours(path) from error
    try:
        found = json.loads(text)
        whole = found["form"] == FORM and isinstance(found["as_of"], str) and all(map(_whole, found["measures"].values()))
        whole &= isinstance(found["case"], str)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _not_ours(path) from error
    if not whole:
        raise _not_ours(path)
    if found["case"] != home:
        raise ReportError(
            f"{path}: this is known of another case called '{path.stem}'; give this one a folder of its own with --state FOLDER, "
            "or delete the file where the case was only moved"
        )
    return {"as_of": found["as_of"], "measures": found["measures"]}


def remember(path: Path, home: str, as_of: str, measures: Mapping[str, Measure]) -> None:
    """Writes what is known from now on; it stands there whole or not at all. ReportError where it cannot be written."""
    text = json.dumps({"form": FORM, "case": home, "as_of": as_of, "measures": measures}, indent=1, ensure_ascii=False)
    try:
        with written_beside(path) as draft:
            draft.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise _no_place(path, error) from error


def _whole(measure: Mapping[str, Any]) -> bool:
    return set(measure) == set(KEPT) and isinstance(measure["past"], dict) and isinstance(measure["flags"], dict)


def _no_place(path: Path, error: OSError) -> ReportError:
    return ReportError(
        f"{path}: what is known cannot be kept there ({error.strerror}); name a folder that can be written with --state FOLDER"
    )


def _not_ours(path: Path) -> ReportError:
    return ReportError(
        f"{path}: this is not what kpikit watch keeps there, or it is torn; delete it to begin anew: the next watch then says "
        "where things stand"
    )
