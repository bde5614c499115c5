"""save_case: writes a case that was made of another one beside it; nothing is written over."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from kpikit.cases import Case
from kpikit.errors import CaseError

ELSEWHERE = ("package:", "postgresql:")
COPY_IT = "copy the text to a file of another name"


def beside_home(case: Case) -> Case:
    """The case with its table and folders named as they are reached from where its file is to lie."""
    if case.home is None or case.home == case.folder:
        return case
    table = case.table if case.table.startswith(ELSEWHERE) else _from(case.home, case.folder / case.table)
    catalog = tuple(_from(case.home, case.folder / place) for place in case.catalog)
    return replace(case, folder=case.home, table=table, catalog=catalog)


def save_case(case: Case) -> Path:
    """Writes a case as `<id>.toml` where the case that it was made of lies, and returns the path.

    Raises CaseError where such a file is there already, and where no case file is known to lie beside.
    """
    if case.home is None:
        raise CaseError(f"{case.id}: the case was not read from a file, so there is no folder to save it in; copy its text")
    place = case.home / f"{case.id}.toml"
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(beside_home(case).to_toml())
    except FileExistsError as error:
        raise CaseError(f"{place.name} is there already, and nothing is written over; {COPY_IT}") from error
    except OSError as error:
        raise CaseError(f"{place.name} cannot be written ({error.strerror}); {COPY_IT}") from error
    return place


def _from(home: Path, place: Path) -> str:
    return Path(os.path.relpath(place, home)).as_posix()
