"""Where definitions are: the package's own folder, those that are named, and those of an environment variable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kpikit import words
from kpikit.errors import DefinitionError

KPIS = Path(__file__).parent / "kpis"
FOLDERS = "KPIKIT_CATALOG"  # folders of definitions that are always looked into, separated as in PATH
MOST_BYTES = 1_000_000  # of a file; the longest definitions are a fiftieth of it

ENDING = ".toml"
Folder = str | Path


def kpi_ids(*folders: Folder) -> list[str]:
    """The ids of all KPIs, sorted: of the package, of the folders named here and in the environment variable KPIKIT_CATALOG.

    Raises DefinitionError for a folder that is not there, and where two folders hold the same id.

    >>> "upgrade_rate" in kpi_ids()
    True
    """
    return sorted(places(*folders))


def places(*folders: Folder) -> dict[str, Path]:
    """Each id with the file that defines it; DefinitionError where two do: no definition replaces another silently."""
    found = {}
    for kpi_id, paths in all_places(*folders).items():
        if len(paths) > 1:
            raise DefinitionError(doubled(kpi_id, paths))
        found[kpi_id] = paths[0]
    return found


def all_places(*folders: Folder) -> dict[str, list[Path]]:
    """Each id with every file that is called so."""
    found: dict[str, list[Path]] = {}
    for entry in _entries(folders):
        found.setdefault(entry.name.removesuffix(ENDING), []).append(Path(entry.path))
    return found


def state(*folders: Folder) -> tuple[tuple[str, int, int], ...]:
    """Every file with the moment of its last change and its size: as long as it is the same, nothing need be read again."""
    return tuple(map(_stated, _entries(folders)))


def _stated(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        stat = entry.stat()
    except FileNotFoundError:  # taken away since its folder was listed
        return entry.path, 0, 0
    return entry.path, stat.st_mtime_ns, stat.st_size


def doubled(kpi_id: str, paths: list[Path]) -> str:
    """That two files define one id, and what to do."""
    return f"two definitions bear the id '{kpi_id}': {words.listed(map(str, paths))}; give yours another id and file name"


def place_of(kpi_id: str, *folders: Folder) -> Path:
    """The file that defines a KPI; DefinitionError offers the nearest id when there is none."""
    found = places(*folders)
    if kpi_id not in found:
        raise DefinitionError(f"no KPI '{kpi_id}'; {near_id(kpi_id, found)}")
    return found[kpi_id]


def near_id(kpi_id: str, ids: Iterable[str]) -> str:
    """The id that may have been meant, as the end of a message; where none is near, how to find one."""
    offered = words.near(kpi_id, sorted(ids))
    return offered if offered.startswith("did you mean") else "kpikit search finds one by its words, kpikit list names all"


def text_of(path: Path) -> str:
    """What stands in a definition's file; DefinitionError for one that cannot be read, is too large or not UTF-8."""
    try:
        size = path.stat().st_size
        if size <= MOST_BYTES:
            return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark of its encoding
    except UnicodeDecodeError as error:
        wrong = f"byte {error.object[error.start]:#04x} at place {error.start} is not UTF-8"
        raise DefinitionError(f"{path.name}: {wrong}; save the file as UTF-8") from error
    except OSError as error:  # taken away since its folder was listed, or somebody else's
        raise DefinitionError(f"{path}: {error.strerror}; put it back, or see to it that you may read it") from error
    raise DefinitionError(
        f"{path.name}: the file has {size:,} bytes; a definition has at most {MOST_BYTES:,}, so take out what is not "
        "about the KPI"
    )


def _entries(named: tuple[Folder, ...]) -> Iterator[os.DirEntry[str]]:
    for folder in _all_folders(named):
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if _defines(entry.name) and entry.is_file())


def _defines(name: str) -> bool:
    """Whether a file is meant as a definition: those that begin with a dot are the leavings of editors and file systems."""
    return name.endswith(ENDING) and not name.startswith(".")


def _all_folders(named: tuple[Folder, ...]) -> list[Path]:
    """Every folder once, the package's own first; DefinitionError for one that is not there."""
    environment = [place for place in os.environ.get(FOLDERS, "").split(os.pathsep) if place]
    found: dict[Path, Path] = {KPIS.resolve(): KPIS}
    for place, said in (*((place, "") for place in named), *((place, f" that {FOLDERS} names") for place in environment)):
        folder = Path(place)
        if not folder.is_dir():
            raise DefinitionError(f"no folder of definitions '{place}'{said}; make it, or name one that is there")
        found.setdefault(folder.resolve(), folder)
    return list(found.values())
