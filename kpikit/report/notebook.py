"""Runs one notebook through papermill, and reads what it showed: nothing is computed a second time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from kpikit import words
from kpikit.answer import MIME
from kpikit.cases import nearest
from kpikit.errors import KpikitError, ReportError
from kpikit.report import engine
from kpikit.report.declared import require_declared
from kpikit.report.engine import Tell
from kpikit.report.limits import Limits
from kpikit.report.reading import INJECTED, read_notebook, tags
from kpikit.report.redaction import Secrets

KERNEL = "python3"
STARTUP_S = 120
DEFAULT, NO_SECRETS = Limits(), Secrets()


@dataclass(frozen=True, eq=False)
class Executed:
    """A notebook that ran to its end: its cells, and the kpikit values among their outputs."""

    path: Path
    node: Any

    @cached_property
    def shown(self) -> list[Mapping[str, Any]]:
        """The values that cases, series, answers and charts put beside what they display, in order."""
        return [output["data"][MIME] for output in self._outputs() if MIME in output.get("data", {})]

    @property
    def charts(self) -> list[dict[str, Any]]:
        """Each chart that was shown: its `payload`, and its `png` as base64 text."""
        shown = [output["data"] for output in self._outputs() if output.get("data", {}).get(MIME, {}).get("type") == "chart"]
        return [{"payload": data[MIME], "png": data["image/png"]} for data in shown]

    def first(self, kind: str) -> Mapping[str, Any]:
        """The first shown value of a type: case, series, answer or chart."""
        for value in self.shown:
            if value.get("type") == kind:
                return value
        raise ReportError(f"{self.path.name}: the notebook shows no {kind}; a report needs a cell that ends in one")

    @property
    def measured(self) -> Mapping[str, Any]:
        """What holds the table that was asked and the day it was taken: the series, of questions that need none the answer."""
        if any(value.get("type") == "series" for value in self.shown):
            return self.first("series")
        answer = self.first("answer")
        if not {"source"} <= set(answer) or "as_of" not in answer["verdict"]:
            raise ReportError(f"{self.path.name}: the notebook shows no series, and its answer does not say of which table it is")
        return {"source": answer["source"], "as_of": answer["verdict"]["as_of"]}

    def _outputs(self) -> Iterator[Mapping[str, Any]]:
        for cell in self.node.cells:
            yield from cell.get("outputs", [])


def notebook_for(question: str) -> Path:
    """The notebook that asks a question: `notebooks/<question>.ipynb` in the working folder, above it, or beside kpikit."""
    path = nearest(Path("notebooks", f"{question}.ipynb")) if question.isidentifier() else None
    if path is None:
        folder = nearest(Path("notebooks"))
        there = sorted(found.stem for found in folder.glob("*.ipynb")) if folder else []
        raise ReportError(f"no notebook asks '{question}'; {words.near(question, there)}")
    return path


def execute(
    notebook: Path, to: Path, parameters: Mapping[str, Any], limits: Limits = DEFAULT, secrets: Secrets = NO_SECRETS,
    tell: Tell = lambda _: None,
) -> Executed:  # fmt: skip
    """The notebook run with these parameters, in a kernel of its own, written to `to` when it is whole, without the secrets.

    Raises ReportError for a file that is no notebook or declares no such parameters, with the cell's own error where one fails,
    where a limit was passed, and where a cell was not run.
    """
    node = read_notebook(notebook)
    require_declared(node, parameters, notebook.name)
    try:
        node = papermill.execute_notebook(
            node, None, parameters=dict(parameters), engine_name=engine.NAME, kernel_name=KERNEL, progress_bar=False,
            start_timeout=STARTUP_S, limits=limits, tell=tell,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise ReportError(_reason(error)) from error
    _require_whole(node, notebook)
    node = secrets.redact_node(_timeless(node))
    try:
        nbformat.write(node, to)  # type: ignore[no-untyped-call]
    except nbformat.ValidationError as error:
        raise ReportError(f"{notebook.name}: it showed what no notebook can hold: {error.message}") from error
    return Executed(to, node)


def run_notebook(notebook: str, to: str, parameters: Mapping[str, Any]) -> None:
    """Runs one notebook and writes what came of it, without a report: for a process that does nothing else."""
    execute(Path(notebook), Path(to), parameters)


def _timeless(node: Any) -> Any:
    """The notebook without the times, machine paths, process notes and chance ids that papermill puts into it."""
    node.metadata.pop("papermill", None)
    for cell in node.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if INJECTED in tags(cell):
            cell.id = INJECTED
    return node


def _reason(error: PapermillExecutionError) -> str:
    """A user's mistake as it was worded; another error with its type and place."""
    mistakes = {kind.__name__ for kind in KpikitError.__subclasses__()}
    return str(error.evalue) if error.ename in mistakes else f"cell {error.exec_count}: {error.ename}: {error.evalue}"


def _require_whole(node: Any, notebook: Path) -> None:
    """Success is an execution count on every code cell, the last one included, and no error, nor one that papermill forgives."""
    code = [cell for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
    unrun = [number for number, cell in enumerate(code, start=1) if cell.execution_count is None]
    if unrun or not code:
        first = f", from cell {unrun[0]}" if unrun else ""
        raise ReportError(f"{notebook.name}: {words.counted(len(unrun), 'code cell')} of {len(code)} did not run{first}")
    for cell in code:
        for output in cell.outputs:
            if output.output_type == "error":
                raise ReportError(f"{notebook.name}: cell {cell.execution_count}: {output.ename}: {output.evalue}")
