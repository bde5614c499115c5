"""Record: how a run ended, kept beside the reports so that the index can list failed runs too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = ".runs"


@dataclass(frozen=True)
class Job:
    """One report to make: the case as the user named it, and what replaces its keys."""

    case: str
    out: Path
    instead: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The report's folder: the case's id."""
        return Path(self.case).stem if self.case.endswith(".toml") else self.case


@dataclass(frozen=True)
class Record:
    """How a run ended; the index is made of these."""

    name: str
    passed: bool
    reason: str = ""
    title: str = ""
    headline: str = ""
    band: str = ""
    direction: str = ""
    data_note: str = ""
    warnings: int = 0
    picture: str = ""
    duration_s: float = 0.0


def write_record(record: Record, out: Path) -> None:
    """Keeps the record as the last one of its report."""
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{record.name}.json"
    draft.write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / f"{record.name}.json")


def read_records(out: Path) -> list[Record]:
    """The last record of every report in a folder, by name."""
    paths = sorted((out / FOLDER).glob("[!.]*.json"))
    return [Record(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]
