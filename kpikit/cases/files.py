"""Where cases are, and how a case file is read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
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

    The keys of `asks` and `only` are replaced one by one. A `table` or `catalog` given here is relative to the working folder,
    the case's own to the case. Raises CaseError with the nearest id, or with the file and key to mend.
    """
    path = find_case(case)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name}: {error}") from error
    given = {key: value for key, value in instead.items() if value is not None}
    for key in ("asks", "only"):  # one of their keys is replaced without the others being said again
        if isinstance(given.get(key), Mapping) and isinstance(raw.get(key), Mapping):
            given[key] = {**raw[key], **given[key]}
    if "date_chosen" in raw and str(given.get("changed_on", raw.get("changed_on"))) != str(raw.get("changed_on")):
        given = {"date_chosen": "unknown"} | given  # how the case's own date was chosen says nothing of another one
    folder = Path.cwd() if "table" in given else path.parent
    if "table" not in given:
        _require_within(raw.get("table"), path.parent.resolve(), path.stem)
    if "catalog" in raw or "catalog" in given:
        given["catalog"] = _catalog(raw, given, path, folder)
    return replace(case_from(raw | given, path.stem, folder), home=path.parent.resolve())


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
    if folder is None or path.name != str(case) or not (folder / f"{case}.toml").is_file():
        raise CaseError(f"no case '{case}' in data/cases; {words.near(str(case), case_ids())}")
    return folder / f"{case}.toml"


def _catalog(raw: Mapping[str, Any], given: Mapping[str, Any], path: Path, folder: Path) -> Any:
    """The folders of definitions as they are reached from the case's folder, whoever named them."""
    named = given.get("catalog", raw.get("catalog"))
    places = [named] if isinstance(named, (str, Path)) else named
    if not isinstance(places, (list, tuple)) or not all(isinstance(place, (str, Path)) for place in places):
        return named  # is refused with the other values
    if "catalog" in given:
        return tuple(Path(os.path.relpath(place, folder)).as_posix() for place in places)
    for place in places:
        _require_within(place, path.parent.resolve(), path.stem, "catalog")
    same = folder == path.parent
    return tuple(str(place) if same else Path(os.path.relpath(path.parent / place)).as_posix() for place in places)


def _require_within(named: Any, folder: Path, case_id: str, key: str = "table") -> None:
    """CaseError where a case file names a table or folder outside those that it may read; links are followed first."""
    if not isinstance(named, str) or (key == "table" and named.startswith(("package:", "postgresql:"))):
        return
    more = [Path(place).resolve() for place in os.environ.get(FOLDERS, "").split(os.pathsep) if place]
    own = [root for root in (folder, folder.parent, Path.cwd().resolve()) if root != root.parent]  # all lies below the root
    place = (folder / named).resolve()
    if not any(place.is_relative_to(root) for root in (*own, *more)):
        raise CaseError(
            f"{case_id}: {key} = '{named}' lies outside the folders that a case may read: its own, the one above it and the "
            f"working folder; give it with --{key}, or name its folder in the environment variable {FOLDERS}"
        )
