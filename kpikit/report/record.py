"""Record: how a run ended, kept beside the reports so that the index can list failed runs too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.report.limits import Limits
from kpikit.report.placing import settle, written_beside

FOLDER = ".runs"
NOTEBOOK = ".ipynb"
CATALOGUE = "catalogue"  # the folder of the catalogue's pages, beside the reports
KEPT = "\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"  # lines, and the spaces within numbers
#: as what JSON holds the fields of a record
KINDS: dict[str, Any] = {"str": str, "bool": bool, "float": (int, float), "tuple[str, ...]": list}


@dataclass(frozen=True)
class Job:
    """One report to make: the case or notebook as the user named it, and what replaces its keys or parameters.

    `called` names the report's folder where the case's id does not, `of` the grid that it is a part of; `secrets` are names of
    environment variables whose values must be written nowhere, `to` the formats that are written beside the page, `locale` how
    numbers are written where the case does not say.
    """

    case: str
    out: Path
    instead: Mapping[str, Any] = field(default_factory=dict)
    called: str = ""
    of: str = ""
    secrets: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    to: tuple[str, ...] = ()
    locale: str = field(default_factory=words.asked_locale)

    @property
    def name(self) -> str:
        """The report's folder: as it is called, else the case's id or the notebook's stem."""
        return self.called or (Path(self.case).stem if self.case.endswith((".toml", NOTEBOOK)) else self.case)

    def to_json(self) -> str:
        """The job as text, for the process that does it."""
        return json.dumps({**asdict(self), "out": str(self.out)}, default=str)

    @classmethod
    def from_json(cls, text: str) -> Job:
        """The job of such a text."""
        told = json.loads(text)
        again = {"out": Path(told["out"]), "limits": Limits(**told["limits"])}
        return cls(**{**told, **again, "secrets": tuple(told["secrets"]), "to": tuple(told["to"])})

    @property
    def part(self) -> str:
        """Which part of the table it is about, in words; empty where it is about the whole, as far as the job says."""
        return words.part_said(self.instead.get("only") or {})

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
    confidential: str = ""
    duration_s: float = 0.0
    question: str = ""
    of: str = ""  # the grid that it is a part of
    part: str = ""  # which part of the table it is about, in words; the whole where there is nothing
    kernel: str = ""  # "warm", or "plain: " and why
    started: str = ""  # when, in UTC; with duration and machine it stands in the log and the index alone
    machine: str = ""
    unchanged: bool = False  # nothing that it is made from has changed, so the report that stands was left as it is
    thumbnail: str = ""  # the first figure, small, as an address that a page holds in itself

    @property
    def circumstances(self) -> str:
        """When, where and in what kernel it ran, as far as it is known: what differs between two runs of one report."""
        started = self.started.replace("T", " ").replace("+00:00", " UTC")
        told = {"started": started, "on": self.machine, "kernel": self.kernel}
        return ", ".join(f"{word} {value}" for word, value in told.items() if value)


def write_record(record: Record, out: Path) -> None:
    """Keeps the record as the last one of its report.

    It is not waited for until the disk has it, which takes longer than to see that a report is unchanged: a record that a crash
    of the machine tore is passed over when it is read, and written anew by the next run.
    """
    with written_beside(out / FOLDER / f"{record.name}.json") as draft:
        draft.write_text(
            json.dumps(asdict(record), indent=1, ensure_ascii=False), encoding="utf-8", errors="backslashreplace", newline="\n"
        )


def read_records(out: Path) -> list[Record]:
    """The last record of every report in a folder, by name; those that cannot be read are passed over."""
    read = (_read(path) for path in sorted((out / FOLDER).glob("[!.]*.json")))
    return [record for record in read if record is not None]


def read_record(out: Path, name: str) -> Record | None:
    """The last record of one report; None where it has none that can be read."""
    return _read(out / FOLDER / f"{name}.json")


def _read(path: Path) -> Record | None:
    """A record, of another version as far as this one knows its keys; None where the file is none, or torn."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(read, dict) or read.get("name") != path.stem or not isinstance(read.get("passed"), bool):
        return None
    kinds = {field.name: KINDS[str(field.type)] for field in fields(Record)}
    known = {key: value for key, value in read.items() if isinstance(value, kinds.get(key, ()))}
    return Record(**known | {"warnings": tuple(map(str, known.get("warnings", ())))})


def printable(text: str) -> str:
    """The text with its lines, and without what else would move a terminal's cursor: a table or a notebook may hold anything."""
    return "".join(sign if sign.isprintable() or sign in KEPT else "?" for sign in text)


def write_log(records: Sequence[Record], out: Path) -> Path:
    """Writes what was run, how it ended and what has to be looked at, as lines of `log.txt`; returns its path."""
    lines = []
    for record in (
        replace(record, reason=printable(record.reason), warnings=tuple(map(printable, record.warnings))) for record in records
    ):
        run = f" ({record.circumstances})" if record.circumstances else ""
        done = f"unchanged{run}" if record.unchanged else f"done in {record.duration_s} s{run}"
        lines.append(f"{record.name}: {done if record.passed else f'FAILED{run}: {record.reason}'}")
        lines += [f"{record.name}: look: {warning}" for warning in record.warnings]
    with written_beside(out / "log.txt") as draft:
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace", newline="\n")
        settle(draft)
    return out / "log.txt"
