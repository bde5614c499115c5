"""locked: one run at a time writes into a folder of reports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from kpikit.errors import ReportError

LOCK = ".lock"


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keeps every other run out of a folder of reports while the block runs; the system lets go of it when the process ends.

    Raises ReportError at once where another run is writing there, with its process and since when.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / LOCK
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        told = f"{out}: another run is writing there{_writer(path)}; wait for it, or give another folder with --out"
        raise ReportError(told) from None
    try:
        with suppress(OSError):  # a full disk is told by what is to be kept
            path.write_text(f"process {os.getpid()} since {datetime.now():%H:%M}", encoding="utf-8")
        yield
    finally:
        lock.release()


def _writer(path: Path) -> str:
    """Who wrote itself into the lock, in brackets; nothing where it cannot be read, as a locked file on Windows."""
    try:
        told = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return f" ({told})" if told else ""
