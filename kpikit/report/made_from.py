"""Inputs: everything that a report is made from, as hashes. No table is opened, nothing that counts or draws is imported."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import rtoml

from kpikit.cases import Case, find_case, nearest, read_case
from kpikit.cases.log import log_path
from kpikit.catalog.folders import KPIS, places, text_of
from kpikit.errors import ReportError, TableError
from kpikit.moments import as_moment
from kpikit.report.asking import read_asked
from kpikit.report.record import Job
from kpikit.report.redaction import Secrets
from kpikit.tables.hashing import file_hash
from kpikit.tables.places import find_file

#: what computes, draws or writes a report; one that is not installed is left out, and is told once it is
VERSIONED = (
    "kpikit", "pandas", "numpy", "duckdb", "pyarrow", "narwhals", "scipy", "statsmodels", "scikit-learn", "matplotlib",
    "seaborn", "pillow", "papermill", "nbclient", "nbformat", "ipykernel", "ipython", "jinja2", "mistune", "nh3",
    "python-calamine", "ibis-framework", "psycopg", "babel", "weasyprint", "python-pptx", "xlsxwriter",
)  # fmt: skip
DATABASE = "postgresql:"
NO_BYTES = "measured counts"  # of a table in a database: what was counted of it stands in the report alone
NONE = "none"
MOST_TOLD = 10  # definitions that are told one by one
#: beside a database file, what was written to it last
JOURNALS = ("-wal", "-journal", ".wal")
#: questions that read more definitions than the case names: all of them, or those of measuring's own
ALL_DEFINITIONS = ("tree",)
OWN_DEFINITIONS = {"lifetime": "upgrade_rate"}


@dataclass(frozen=True)
class Inputs:
    """Everything that a report is made from, in plain JSON values; `each_time` says why it is run though none of it changed.

    `data` and `definitions` are by the names that the case has for them, all hashes SHA-256 as hexadecimal text.
    """

    parameters: Mapping[str, Any]
    notebook: Mapping[str, str]
    data: Mapping[str, str]
    definitions: Mapping[str, str]
    code: str
    versions: Mapping[str, str]
    as_of: str
    each_time: str = ""

    @property
    def hashes(self) -> list[tuple[str, str]]:
        """What can be told by its bytes, each with its hash: of many definitions one hash of all."""
        case = [(name, self.parameters[f"{name}_sha256"]) for name in ("case", "log", "logo") if self._has(name)]
        several = len(self.definitions) > MOST_TOLD
        all_of_them = (f"{len(self.definitions)} definitions", hashlib.sha256(repr(self.definitions).encode()).hexdigest())
        defined = [all_of_them] if several else [(f"definition {kpi_id}", told) for kpi_id, told in self.definitions.items()]
        own = [(self.notebook["name"], self.notebook["sha256"]), ("kpikit's code", self.code)]
        return [*((f"data {name}", told) for name, told in self.data.items()), *case, *defined, *own]

    def _has(self, name: str) -> bool:
        return bool(self.parameters.get(f"{name}_sha256", NONE) != NONE)


def inputs_of(job: Job) -> Inputs:
    """What the report of a job is made from. Raises KpikitError where the case, its table or a definition cannot be read."""
    return Inspection().inputs_of(job)


def locale_of(job: Job) -> str:
    """How the numbers of a job's report are written: as its case says, else as the job. Raises CaseError as read_case does."""
    return job.locale if job.plain else read_case(job.case, **job.instead).locale or job.locale


class Inspection:
    """Looks at what jobs are made from and reads each file once: make one for a fleet, and a new one the next time."""

    def __init__(self) -> None:
        self._hashed, self._data, self._asked = cache(_hashed), cache(_data), cache(read_asked)
        self._places, self._parts = cache(places), cache(_parts)

    def inputs_of(self, job: Job) -> Inputs:
        """What the report of a job is made from. Raises KpikitError where the case, its table or a definition cannot be read."""
        return self._of_notebook(job) if job.plain else self._of_case(job)

    def _of_notebook(self, job: Job) -> Inputs:
        asked = self._asked(Path(job.case))
        each_time = f"{asked.name} is no question of kpikit's: nobody knows what it reads"
        return Inputs(_parameters(job), asked.told, {}, {}, self._code, self._versions, "", each_time)

    def _of_case(self, job: Job) -> Inputs:
        path = find_case(job.case)
        case = read_case(path, **job.instead)
        notebook = Path("notebooks", f"{case.question}.ipynb")
        asked = self._asked(nearest(notebook) or notebook)
        in_database = case.table.startswith(DATABASE)
        data = {case.table: NO_BYTES} if in_database else self._data(case.table, case.folder)
        each_time = f"{case.table} is in a database: only a run counts it" if in_database else asked.reads_more
        parameters = _parameters(job) | {"locale": case.locale or job.locale}
        parameters |= {"case_sha256": self._hashed(path), "log_sha256": self._hashed(log_path(case))}
        parameters |= {"logo_sha256": self._hashed(case.folder / case.logo)} if case.logo else {}
        return Inputs(
            parameters, asked.told, data, self._definitions(case), self._code, self._versions,
            as_moment(case.as_of).date().isoformat(), each_time,
        )  # fmt: skip

    def _definitions(self, case: Case) -> dict[str, str]:
        """The definitions that a case's question reads, with those that they are composed of."""
        waiting = {name.partition(".")[0] for name in (case.kpi, *case.also, OWN_DEFINITIONS.get(case.question, "")) if name}
        found = self._places(*case.definitions) if waiting else {}
        waiting = set(found) if case.question in ALL_DEFINITIONS else waiting
        told: dict[str, str] = {}
        while waiting:
            kpi_id = waiting.pop()
            told[kpi_id] = self._hashed(found[kpi_id]) if kpi_id in found else NONE  # which the run refuses, if it reads it
            waiting |= (self._parts(found[kpi_id]) if kpi_id in found else set()) - set(told)
        return dict(sorted(told.items()))

    @cached_property
    def _code(self) -> str:
        return _code()

    @cached_property
    def _versions(self) -> dict[str, str]:
        return dict(_versions())


def _parameters(job: Job) -> dict[str, Any]:
    """What the user said, as JSON brings it back, without what must be written nowhere."""
    said: dict[str, Any] = {"case": job.case, "called": job.called, "of": job.of, "instead": dict(job.instead)}
    said |= {"secrets": sorted(job.secrets), "to": list(job.to), "locale": job.locale}
    told: dict[str, Any] = Secrets(job.secrets).redact_node(json.loads(json.dumps(said, default=_plain)))
    return told


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _hashed(path: Path) -> str:
    """The hash of a file's bytes, or that there is none; ReportError where they cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else NONE
    except OSError as error:
        raise ReportError(f"{path}: it cannot be read: {error.strerror or error}") from error


def _data(table: str, folder: Path) -> dict[str, str]:
    """The hash of a table's bytes, and of what a database writes beside its file."""
    path = find_file(table, folder)
    beside = {f"{table}{ending}": Path(f"{path}{ending}") for ending in JOURNALS}
    try:
        return {table: file_hash(path)} | {name: _hashed(place) for name, place in beside.items() if place.is_file()}
    except OSError as error:
        raise TableError(f"{table}: the file cannot be read: {error.strerror or error}") from error


def _parts(path: Path) -> set[str]:
    """The ids of the KPIs that a definition is composed of; none of one that is no TOML, which the run refuses."""
    try:
        variants = rtoml.loads(text_of(path)).get("variant", [])
        return {str(part).partition(".")[0] for variant in variants for part in variant.get("of", [])}
    except (rtoml.TomlParsingError, AttributeError, TypeError):
        return set()


def _code() -> str:
    """One hash of all of kpikit but its definitions."""
    root = KPIS.parents[1]
    files = (path for path in root.rglob("*") if path.is_file() and KPIS not in path.parents and "__pycache__" not in path.parts)
    own = sorted((path.relative_to(root).as_posix(), path) for path in files if not path.name.startswith("."))
    return hashlib.sha256("".join(f"{name} {_hashed(path)}\n" for name, path in own).encode()).hexdigest()


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    yield "platform", f"{sys.platform} {platform.machine()}"
    for name in VERSIONED:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
