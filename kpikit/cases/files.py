"""Where cases are, and how a case file is read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.cases.case import KEYS, Case
from kpikit.cases.values import NEEDED, read_value
from kpikit.errors import CaseError

CASES = Path("data", "cases")
FOLDERS = "KPIKIT_DATA"  # folders that cases may read besides their own, separated as in PATH


def read_case(case: str | Path, **instead: Any) -> Case:
    """The case of that id (a file of the nearest `data/cases`) or path; keyword arguments that are not None replace its keys.

    The keys of `asks` are replaced one by one. A `table` given here is relative to the working folder, the case's own to the
    case. Raises CaseError with the nearest id, or with the file and key to mend.
    """
    path = find_case(case)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name}: {error}") from error
    given = {key: value for key, value in instead.items() if value is not None}
    if isinstance(given.get("asks"), Mapping):  # one key of [asks] is replaced without the others being said again
        given["asks"] = {**raw.get("asks", {}), **given["asks"]}
    if "table" not in given:
        _require_within(raw.get("table"), path.parent.resolve(), path.stem)
    return case_from(raw | given, path.stem, Path.cwd() if "table" in given else path.parent)


def case_from(raw: Mapping[str, Any], case_id: str, folder: Path) -> Case:
    """The case that a table of keys describes; CaseError names an unknown, missing or mistyped key."""
    for key in raw:
        if key not in KEYS:
            raise CaseError(f"{case_id}: no key '{key}' is known in a case; {words.near(key, KEYS)}")
    for key in NEEDED:
        if key not in raw:
            raise CaseError(f"{case_id}: the key '{key}' is missing")
    return Case(id=case_id, folder=folder.resolve(), **{key: read_value(key, value, case_id) for key, value in raw.items()})


def case_ids(folder: Path | None = None) -> list[str]:
    """The ids of the cases in the nearest `data/cases` folder, sorted."""
    place = folder or nearest(CASES)
    return sorted(path.stem for path in place.glob("*.toml")) if place else []


def nearest(inside: Path) -> Path | None:
    """The given relative path in the working folder or the nearest one above it; else beside the package's own folder."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / inside).exists():
            return folder / inside
    return None


def find_case(case: str | Path) -> Path:
    """The file of a case, by id or path; CaseError where there is none."""
    path = Path(case)
    if path.suffix == ".toml":
        if not path.is_file():
            raise CaseError(f"no case file {case}")
        return path
    folder = nearest(CASES)
    if folder is None or str(case) not in case_ids(folder):
        raise CaseError(f"no case '{case}' in data/cases; {words.near(str(case), case_ids())}")
    return folder / f"{case}.toml"


def _require_within(table: Any, folder: Path, case_id: str) -> None:
    """CaseError where a case file names a table outside the folders that it may read; links are followed first."""
    if not isinstance(table, str) or table.startswith(("package:", "postgresql:")):
        return
    more = [Path(place).resolve() for place in os.environ.get(FOLDERS, "").split(os.pathsep) if place]
    own = [root for root in (folder, folder.parent, Path.cwd().resolve()) if root != root.parent]  # all lies below the root
    place = (folder / table).resolve()
    if not any(place.is_relative_to(root) for root in (*own, *more)):
        raise CaseError(
            f"{case_id}: table = '{table}' lies outside the folders that a case may read: its own, the one above it and the "
            f"working folder; give it with --table, or name its folder in the environment variable {FOLDERS}"
        )
