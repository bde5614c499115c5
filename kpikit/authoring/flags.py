"""Command-line flags as a case: written to be edited, or filled in by what the table tells."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpikit.authoring.choosing import guessed
from kpikit.authoring.guessing import SUMMED_KINDS, segments_of
from kpikit.cases import Case, case_from
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.tables import Column, look

ELSEWHERE = ("package:", "postgresql:")  # tables that are no file of the user's
LOOKED_WITH = ("encoding", "separator", "decimal", "thousands", "date_format", "sheet", "header_row")


def case_from_flags(flags: Mapping[str, Any], folder: Path) -> Path:
    """Writes the case that command-line flags describe, to be edited and run again; its `table` is made relative to it.

    Raises CaseError where a flag is missing or wrong; nothing is written then.
    """
    for flag in ("kpi", "table", "kind"):
        if not flags[flag]:
            raise CaseError(f"a report without a case file needs --{flag}")
    variant = load_kpi(flags["kpi"], *flags.get("catalog") or ()).variant(flags.get("variant"))
    if not (flags.get("window") or variant.window):
        raise CaseError("a report without a case file needs --window: what the rate is counted over, as month")
    if flags.get("benchmark"):
        variant.benchmark(flags["benchmark"])
    case = case_of_flags(flags, folder)
    place = folder / f"{case.id}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text(case.to_toml(), encoding="utf-8")
    return place


def case_of_flags(flags: Mapping[str, Any], folder: Path) -> Case:
    """The case that command-line flags describe, as if it stood in a folder."""
    table, catalog, day = flags["table"], flags.get("catalog") or (), flags["changed_on"]
    name = load_kpi(flags["kpi"], *catalog).name
    own = {
        "title": f"Did the change of {day} move the {name}?" if day else f"Where does the {name} stand?",
        "question": "before_after" if day else "scorecard",
        "table": table if table.startswith(ELSEWHERE) else Path(os.path.relpath(table, folder)).as_posix(),
        "catalog": [Path(os.path.relpath(place, folder)).as_posix() for place in catalog],
    }
    given = {key: value for key, value in flags.items() if value not in (None, [], {})}
    return case_from(given | own, f"{_named_for(table)}-{flags['kpi']}", folder)


def _named_for(table: str) -> str:
    """What a case on a table is called: the file's name without its endings, a database's table without its schema."""
    name = Path(table).name
    return name.rpartition(":")[2].rpartition(".")[2] if table.startswith(ELSEWHERE[1]) else name.split(".")[0]


def guessed_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Flags with what is missing guessed from the table: its kind and roles, the segments of sums, a KPI and a window for it."""
    columns = _looked_at(flags)
    catalog = flags.get("catalog") or ()
    told = guessed(columns, flags.get("kpi"), flags.get("kind"), flags.get("variant"), flags.get("columns"), catalog)
    segments = flags.get("segments") or (segments_of(columns, told.roles) if told.kind in SUMMED_KINDS else [])
    variant = None if told.variant is told.kpi.variant() else told.variant.id
    own = {"kind": told.kind, "columns": told.roles, "segments": segments, "kpi": told.kpi.id, "variant": variant}
    return {**flags, **own, "window": flags.get("window") or told.window}


def _looked_at(flags: Mapping[str, Any]) -> Sequence[Column]:
    """The columns of the table that flags name; none of a table that is no file of the user's."""
    table, how = flags["table"], {key: flags[key] for key in LOOKED_WITH if flags.get(key)}
    if not table.startswith(ELSEWHERE):
        return look(Path(table), **how)
    if not flags.get("kind"):
        raise CaseError(f"{table}: only a file's columns are looked at; give --kind and --columns")
    return ()
