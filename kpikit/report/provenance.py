"""What a report was made from, kept in its folder: to see whether it still stands, and to make it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.errors import ReportError
from kpikit.report.limits import Limits
from kpikit.report.made_from import NO_BYTES, NONE, Inputs
from kpikit.report.record import Job, read_record

FILE, OVERVIEW = "provenance.json", "overview.csv"
FORMAT = 2  # of the file; one of another format is made again
COUNTS = ("series.csv", "table.csv")  # what was measured, of which one is there
#: how people call the parts of Inputs that are one thing each
CALLED = {
    "case": "the name of the case", "case_sha256": "the case", "log_sha256": "the log of the case",
    "logo_sha256": "the logo", "instead": "what replaces its keys", "called": "what the report is called", "of": "the grid",
    "secrets": "the secrets", "to": "the formats", "locale": "how numbers are written",
}  # fmt: skip


@dataclass(frozen=True)
class Provenance:
    """What stands in the file: the inputs, the limits of the run, what was measured, and the hash of every other file."""

    inputs: Inputs
    limits: Limits
    measured: Mapping[str, Any]
    files: Mapping[str, str]

    def job(self, out: Path) -> Job:
        """The job that makes the report again, into another folder of reports."""
        said = self.inputs.parameters
        return Job(
            said["case"], out, said["instead"], said["called"], said["of"], tuple(said["secrets"]), self.limits,
            tuple(said["to"]), said.get("locale", ""),
        )  # fmt: skip


def write_provenance(folder: Path, inputs: Inputs, measured: Mapping[str, Any], limits: Limits) -> None:
    """Writes what a report was made from into its folder, when all else is there; nothing in it tells when, where or how long.

    `measured` is the contract of the table as the notebook told it, of which the rows read and kept are kept.
    """
    files = hashes(folder)
    told: dict[str, Any] = {name: measured[name] for name in ("rows_read", "rows_kept") if name in measured}
    if NO_BYTES in inputs.data.values():
        told["counts_sha256"] = counts_hash(folder)
    kept = {"format": FORMAT, "inputs": asdict(inputs), "limits": asdict(limits), "measured": told, "files": files}
    (folder / FILE).write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def counts_hash(folder: Path) -> str:
    """The SHA-256 of what was measured: all that there is of a table in a database."""
    return next((hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in COUNTS if (folder / name).is_file()), NONE)


def read_provenance(folder: Path) -> Provenance:
    """What a report was made from. Raises ReportError where there is no report, or one that does not tell."""
    if not folder.is_dir():
        raise ReportError(f"{folder}: there is no such report; name the folder of one, as reports/techsolutions_upgrade_rate")
    if (folder / OVERVIEW).is_file():
        raise ReportError(
            f"{folder}: it is the overview of several reports; replay one of those, its folder begins with {folder.name}."
        )
    if not (folder / FILE).is_file():
        made = (folder / "notebook.ipynb").is_file()
        older = "an older kpikit made it, and kept no provenance; make it again with kpikit report"
        raise ReportError(f"{folder}: {older if made else 'no report was made there; name the folder of one'}")
    try:
        raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise ReportError(f"{folder}: its provenance is of another version of kpikit; make it again with kpikit report")
        return Provenance(Inputs(**raw["inputs"]), Limits(**raw["limits"]), raw["measured"], raw["files"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ReportError(f"{folder}: its {FILE} cannot be read ({error}); make it again with kpikit report") from error


def is_unchanged(job: Job, inputs: Inputs) -> bool:
    """Whether the report of a job stands whole, was made from the same, and its last run passed: then it need not be made."""
    return not why_made(job, inputs)


def why_made(job: Job, inputs: Inputs) -> list[str]:
    """Why a report has to be made, for the log; nothing where the one that stands need not be."""
    place, last = job.out / job.name, read_record(job.out, job.name)
    if last is None or not last.passed:
        return ["it was never made" if last is None else "its last run failed"]
    try:
        kept = read_provenance(place)
        changed = changes(kept.inputs, inputs) + [f"{name} was edited" for name in edited(place, kept)]
    except (ReportError, OSError) as error:
        return [str(error)]
    return changed or ([inputs.each_time] if inputs.each_time else [])


def edited(folder: Path, kept: Provenance) -> list[str]:
    """The files of a report that are not as they were made, are gone, or were added."""
    return unlike(kept.files, hashes(folder))


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a report but its provenance; hidden ones are those of editors and file systems."""
    paths = sorted((path.relative_to(folder), path) for path in folder.rglob("*") if path.is_file())
    seen = ((name, path) for name, path in paths if not any(part.startswith(".") for part in name.parts))
    return {name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for name, path in seen if name.as_posix() != FILE}


def changes(then: Inputs, now: Inputs) -> list[str]:
    """What has changed from one to the other, in words; nothing where they are equal.

    >>> from dataclasses import replace
    >>> then = Inputs({"case": "a", "case_sha256": "0"}, {}, {"a.csv": "1"}, {}, "2", {"pandas": "3.0.1"}, "2026-01-31")
    >>> changes(then, replace(then, data={"a.csv": "9"}, versions={"pandas": "3.0.2"}))
    ['the data (a.csv)', 'the versions (pandas 3.0.1, now 3.0.2)']
    """
    return [said for item in fields(Inputs) for said in _changed(item.name, getattr(then, item.name), getattr(now, item.name))]


def _changed(part: str, then: Any, now: Any) -> Iterator[str]:
    if then == now or part == "each_time":
        return
    names = unlike(then, now) if isinstance(then, Mapping) else []
    if part == "parameters":
        yield from (CALLED[name] for name in CALLED if name in names)
    elif part == "notebook":
        yield f"the notebook ({now['name']})"
    elif part == "versions":
        yield f"the versions ({words.listed(_version(name, then, now) for name in names)})"
    elif part in ("data", "definitions"):
        yield f"the {part} ({words.listed(names)})"
    else:
        yield {"code": "kpikit's own code", "as_of": f"the day of the data (as of {then}, now {now})"}[part]


def _version(name: str, then: Mapping[str, str], now: Mapping[str, str]) -> str:
    return f"{name} {then.get(name, 'not there')}, now {now.get(name, 'not there')}"


def unlike(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names at which two tables differ, those of the first in its order."""
    names: Sequence[str] = list(dict.fromkeys((*then, *now)))
    return [name for name in names if then.get(name) != now.get(name) or (name in then) != (name in now)]
