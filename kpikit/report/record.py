"""Record: how a run ended, kept beside the reports so that the index can list failed runs too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = ".runs"
CATALOGUE = "catalogue"  # the folder of the catalogue's pages, beside the reports


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
    warnings: tuple[str, ...] = ()
    picture: str = ""
    duration_s: float = 0.0
    question: str = ""


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
    read = (json.loads(path.read_text(encoding="utf-8")) for path in paths)
    return [Record(**{**record, "warnings": _texts(record.get("warnings"))}) for record in read]


def _texts(warnings: object) -> tuple[str, ...]:
    """The warnings of a record; none of one that an older version kept as a number."""
    return tuple(map(str, warnings)) if isinstance(warnings, list) else ()


def write_log(records: Sequence[Record], out: Path) -> Path:
    """Writes what was run, how it ended and what has to be looked at, as lines of `log.txt`; returns its path."""
    lines = []
    for record in records:
        lines.append(f"{record.name}: {f'done in {record.duration_s} s' if record.passed else f'FAILED: {record.reason}'}")
        lines += [f"{record.name}: look: {warning}" for warning in record.warnings]
    draft = out / ".log.txt"
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return draft.replace(out / "log.txt")
