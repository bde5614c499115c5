"""replay: makes a report again, elsewhere, and says whether every value and every byte is the same."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.errors import ReportError
from kpikit.report.made_from import inputs_of
from kpikit.report.provenance import Provenance, changes, edited, hashes, read_provenance, unlike
from kpikit.report.record import Record
from kpikit.report.runner import run_jobs

#: as in report.since and answer, which import what counts; a test keeps this module light
PREVIOUS, MIME = "previous.json", "application/vnd.kpikit+json"
MOST = 5  # differences of a file that are told
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Replayed:
    """A report made again: what changed since in what it is made from, what was edited in it, and where the two differ.

    `values` holds each file with its values then and now, by their places; `other` are files that differ in a byte.
    """

    changed: Sequence[str]
    edited: Sequence[str]
    record: Record
    values: Mapping[str, tuple[Values, Values]]
    files: int
    other: Sequence[str]

    @property
    def different(self) -> dict[str, list[str]]:
        """The places at which the values of each file differ."""
        return {name: places for name, (then, now) in self.values.items() if (places := unlike(then, now))}

    @property
    def same(self) -> bool:
        """Whether every value is the same, and every byte too, as long as nothing has changed that accounts for another one."""
        explained = not self.other or bool(self.changed)
        return self.record.passed and not self.edited and not self.different and explained

    @property
    def lines(self) -> list[str]:
        """What was found, the verdict last."""
        since = (
            f"changed since it was made: {words.listed(self.changed)}"
            if self.changed
            else "nothing that it is made from has changed"
        )
        told = [since, *([f"edited after it was made: {words.listed(self.edited)}"] if self.edited else [])]
        if not self.record.passed:
            return [*told, f"it cannot be made again: {self.record.reason}", "NOT THE SAME"]
        told += [line for name in self.values for line in self._of_file(name)]
        alike = self.files - len(self.other)
        told.append(f"{alike} of {words.counted(self.files, 'file')} the same to the byte{_but(self.other)}")
        return [*told, self._verdict()]

    def _of_file(self, name: str) -> Iterator[str]:
        then, now = self.values[name]
        places = self.different.get(name, [])
        how = f"{words.amount(len(places))} not the same" if places else "all the same"
        yield f"{name}: {words.counted(len({**then, **now}), 'value')}, {how}"
        for place in places[:MOST]:
            yield f"  {place}: then {_told(then, place)}, now {_told(now, place)}"
        if len(places) > MOST:
            yield f"  and {words.amount(len(places) - MOST)} more"

    def _verdict(self) -> str:
        if not self.same:
            return "NOT THE SAME"
        return "the same: every value" if self.other else "the same: every value, to the byte"


def replay(folder: Path) -> Replayed:
    """The report of a folder made again, in a temporary one. Raises ReportError where none tells there what it was made from.

    Raises CaseError and TableError where its case or table is not to be found from the working folder.
    """
    kept = read_provenance(folder)
    with tempfile.TemporaryDirectory(prefix="kpikit-replay-") as place:
        job = kept.job(Path(place))
        if job.plain and not Path(job.case).is_file():
            raise ReportError(f"{folder}: no notebook {job.case} from here; replay it from the folder in which it was made")
        again = job.out / job.name
        changed = changes(kept.inputs, inputs_of(job))
        _lay_beside(folder / PREVIOUS, again)
        (record,) = run_jobs([job])
        return _compared(folder, again, kept, changed, record)


def _lay_beside(previous: Path, again: Path) -> None:
    """What changed "since the last report" is told against the same earlier report, not against the one that is replayed."""
    again.mkdir(parents=True)
    if previous.is_file():
        shutil.copy(previous, again)


def _compared(folder: Path, again: Path, kept: Provenance, changed: Sequence[str], record: Record) -> Replayed:
    then, now = hashes(folder), hashes(again)
    names = [name for name in dict.fromkeys((*then, *now)) if name.endswith((".json", ".csv", ".ipynb"))]
    values = {name: (_values(folder / name), _values(again / name)) for name in names}
    return Replayed(changed, edited(folder, kept), record, values, len({**then, **now}), unlike(then, now))


def _values(path: Path) -> Values:
    """Every value that a file holds, by its place; none where there is no such file, or one that is damaged."""
    if not path.is_file():
        return {}
    try:
        if path.suffix == ".csv":
            return dict(_cells(path))
        raw = json.loads(path.read_text(encoding="utf-8"))
        return dict(_shown(raw) if path.suffix == ".ipynb" else _flat(raw, ()))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return {"it cannot be read": str(error)}


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        names = next(rows, [])
        for number, row in enumerate(rows, start=1):
            yield from ((f"row {number}, {name}", cell) for name, cell in zip(names, row, strict=True))


def _shown(notebook: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the cells of an executed notebook showed: kpikit's values one by one, what else there is as its text."""
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                yield from _flat(data[MIME], (f"cell {number}",))
            elif text := data.get("text/plain") or output.get("text"):
                yield f"cell {number}, text", "".join(text)


def _flat(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every value inside a JSON value, and the empty tables and lists, by their places."""
    items = value.items() if isinstance(value, dict) else enumerate(value, start=1) if isinstance(value, list) else ()
    if not items:
        yield ", ".join(place), value
    for key, item in items:
        yield from _flat(item, (*place, str(key)))


def _told(values: Values, place: str) -> str:
    if place not in values:
        return "not there"
    text = repr(values[place])
    return text if len(text) <= 80 else f"{text[:80]} ..."


def _but(names: Sequence[str]) -> str:
    more = [f"{words.amount(len(names) - MOST)} more"] if len(names) > MOST else []
    return f"; not {words.listed([*names[:MOST], *more])}" if names else ""
