"""written_aside, written_beside, sweep: what is written is filled beside its place, and stands there whole or not at all."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EIO, ENOSPC
from pathlib import Path
from secrets import token_hex

from kpikit.errors import ReportError

MAKING, OLD = ".making-", ".old-"
#: what a killed run leaves half-written beside the reports: the drafts of the index, the log, the fleet and the records
DRAFTS = (".index.html", ".log.txt", "..fleet.json", ".runs/.*.json")
HERE, EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)


@contextmanager
def written_aside(place: Path) -> Iterator[Path]:
    """A folder to fill; it replaces the one that stands in its place when the block ends, and vanishes where it fails.

    Raises ReportError where the disk is full; what stood in the place stands there still.
    """
    with _full_disk_told(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=MAKING, dir=place.parent))
        try:
            yield aside
            settle(aside)
            aside.chmod(0o755)
            _move(aside, place)
        finally:
            _discard(aside)


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A draft to write; it replaces the file when the block ends, and vanishes where it fails.

    Two writers of one file at a time are kept apart by the lock of their folder. Raises ReportError where the disk is full.
    """
    draft = path.with_name(f".{path.name}")
    with _full_disk_told(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def settle(path: Path) -> None:
    """Returns when what was written to the file or folder is on the disk itself: to be called before a name is given to it.

    Else, after a crash of the machine, the name could stand without the content. One call for a whole folder where the system
    has it: a file at a time takes eight times as long.
    """
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    if path.is_file() or not _synced(path):
        for file in files:
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())


def sweep(out: Path) -> None:
    """Takes away what a killed run left in a folder of reports, and puts back a report that it had only moved aside.

    To be called under the folder's lock. What no run of kpikit left there is not touched.
    """
    for old in _folders(out, OLD):
        for report in old.iterdir():
            if not os.path.lexists(out / report.name):
                report.rename(out / report.name)
    for left in (*_folders(out, MAKING), *_folders(out, OLD)):
        # an orphan that is still at work would put a half-emptied folder in place: first it loses the name that it knows
        with suppress(FileNotFoundError):  # whoever was about to take it away himself has done so
            _discard(left.rename(out / f"{MAKING}{token_hex(8)}"))
    for pattern in DRAFTS:
        for draft in out.glob(pattern):
            draft.unlink(missing_ok=True)


def _folders(out: Path, prefix: str) -> list[Path]:
    return [path for path in out.glob(f"{prefix}*") if path.is_dir() and not path.is_symlink()]


@contextmanager
def _full_disk_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (ENOSPC, EDQUOT):
            raise
        raise ReportError(
            f"the disk is full: nothing more can be written to {folder}; what stood there stands unchanged; make room, or give "
            "another folder with --out"
        ) from error


def _move(aside: Path, place: Path) -> None:
    """Puts a whole folder in its place; what stood there is left at `aside`, or is gone."""
    if not os.path.lexists(place):
        aside.rename(place)
    elif not _exchanged(aside, place):
        _move_in_two_steps(aside, place)


def _move_in_two_steps(aside: Path, place: Path) -> None:
    """Between its two renames nothing stands in the place: `sweep` puts the old one back where a run was killed there."""
    old = Path(tempfile.mkdtemp(prefix=OLD, dir=place.parent))
    place.rename(old / place.name)
    try:
        aside.rename(place)
    finally:
        if not os.path.lexists(place):
            (old / place.name).rename(place)
        _discard(old)


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the two changed places in one step; False where the system or the file system has no such step."""
    call = _of_libc("renameat2")
    return call is not None and call(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0


def _synced(folder: Path) -> bool:
    """Whether the file system of a folder wrote all that it held back; OSError where the disk refused it."""
    call = _of_libc("syncfs")
    if call is None:
        return False
    opened = os.open(folder, os.O_RDONLY)
    try:
        done = call(opened) == 0
        if not done and ctypes.get_errno() in (EIO, ENOSPC, EDQUOT):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
        return done
    finally:
        os.close(opened)


def _of_libc(name: str) -> Callable[..., int] | None:
    """A function of Linux's C library that Python does not offer; None where there is none."""
    return getattr(ctypes.CDLL(None, use_errno=True), name, None) if sys.platform == "linux" else None
