"""written_aside: a folder is filled beside its place and put there when it is whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_aside(place: Path) -> Iterator[Path]:
    """A folder to fill; it replaces the one that stands in its place when the block ends, and vanishes where it fails."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
    try:
        yield aside
        _move(aside, place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _move(aside: Path, place: Path) -> None:
    """Puts a whole folder in its place; the one that stood there goes only after that."""
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent)) / "replaced"
    if place.exists():
        place.rename(old)
    aside.chmod(0o755)
    aside.rename(place)
    shutil.rmtree(old.parent)
