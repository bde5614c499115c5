"""Record: how a run ended, kept beside the reports so that the index can list failed runs too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kpikit.report.limits import Limits

FOLDER = ".runs"
NOTEBOOK = ".ipynb"
CATALOGUE = "catalogue"  # the folder of the catalogue's pages, beside the reports


@dataclass(frozen=True)
class Job:
    """One report to make: the case or notebook as the user named it, and what replaces its keys or parameters.

    `called` names the report's folder where the case's id does not, `of` the grid that it is a part of; `secrets` are names of
    environment variables whose values must be written nowhere.
    """

    case: str
    out: Path
    instead: Mapping[str, Any] = field(default_factory=dict)
    called: str = ""
    of: str = ""
    secrets: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def name(self) -> str:
        """The report's folder: as it is called, else the case's id or the notebook's stem."""
        return self.called or (Path(self.case).stem if self.case.endswith((".toml", NOTEBOOK)) else self.case)

    @property
    def plain(self) -> bool:
        """Whether it is a notebook of its own, not the question of a case."""
        return self.case.endswith(NOTEBOOK)


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
    of: str = ""  # the grid that it is a part of
    kernel: str = ""  # "warm", or "plain: " and why
    started: str = ""  # when, in UTC; with duration and machine it stands in the log and the index alone
    machine: str = ""
    unchanged: bool = False  # nothing that it is made from has changed, so the report that stands was left as it is


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
