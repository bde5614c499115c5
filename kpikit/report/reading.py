"""read_notebook: a notebook file read strictly, as it was before any run; or refused, with the word that mends it."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.validator import iter_validate

from kpikit import words
from kpikit.errors import ReportError

FORMAT, MINOR = 4, 5
TAG, INJECTED = "parameters", "injected-parameters"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
FAULT_LENGTH = 200  # characters of the schema's own word, which may quote a whole cell


def read_notebook(path: Path) -> Any:
    """The NotebookNode of a file, in nbformat 4.5, with one code cell tagged `parameters`.

    The path is a path and nothing else: nothing in it is filled in, expanded or fetched. Cells without an id get one by their
    place; outputs, counts, injected cells and notes of earlier runs are left out. Raises ReportError for everything that is no
    valid Python notebook.
    """
    try:
        content = _content(path)
        _require_format(content)
        _give_ids(content["cells"])
        _require_valid(content)
        node = nbformat.v4.to_notebook(content)  # type: ignore[no-untyped-call]
        _forget_earlier_runs(node)
        _require_python(node.metadata)
        _require_one_tagged(node.cells)
    except ReportError as error:
        raise ReportError(f"{path}: {error}") from None
    return node


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def _content(path: Path) -> Any:
    try:
        if not path.is_file():
            found = "it is a folder" if path.is_dir() else "there is no such file"
            raise ReportError(f"{found}; name a notebook, an .ipynb file")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReportError(f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReportError("it is not UTF-8 text, so no notebook") from None
    except (ValueError, RecursionError) as error:
        raise ReportError(f"it is not JSON, so no notebook: {error}") from None


def _require_format(content: Any) -> None:
    """Refuses other formats before anything is looked for in them; minor versions only add, so all are read as 4.5."""
    if not isinstance(content, dict) or "nbformat" not in content:
        raise ReportError("it names no nbformat, so it is no notebook")
    if content["nbformat"] != FORMAT:
        raise ReportError(
            f"nbformat {reprlib.repr(content['nbformat'])}; kpikit reads nbformat {FORMAT}: save it anew in JupyterLab"
        )
    cells, minor = content.get("cells"), content.get("nbformat_minor")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells) or type(minor) is not int:
        raise ReportError("not a valid notebook: it needs a whole number nbformat_minor, and cells, each with its keys")
    content["nbformat_minor"] = max(minor, MINOR)


def _give_ids(cells: list[dict[str, Any]]) -> None:
    """Ids by place, not by chance: the same notebook gives the same report. Two cells of one id are refused."""
    places: dict[Any, int] = {}
    for number, cell in enumerate(cells, start=1):
        if "id" in cell and (first := places.setdefault(str(cell["id"]), number)) != number:
            raise ReportError(f"cells {first} and {number} have the same id '{cell['id']}'; save it anew in JupyterLab")
    for number, cell in enumerate(cells, start=1):
        free = f"cell-{number}"
        while free in places:
            free += "-"
        cell.setdefault("id", free)


def _require_valid(content: Mapping[str, Any]) -> None:
    for fault in iter_validate(content):  # type: ignore[no-untyped-call]
        place = list(fault.relative_path)
        where = f"cell {place[1] + 1}: " if place[:1] == ["cells"] and len(place) > 1 else ""
        said = fault.message if len(fault.message) <= FAULT_LENGTH else f"{fault.message[:FAULT_LENGTH]} ..."
        raise ReportError(f"not a valid notebook: {where}{said}")


def _forget_earlier_runs(node: Any) -> None:
    """A count or output of an earlier run must not be taken for one of this run."""
    node.metadata.pop("papermill", None)
    node.cells = [cell for cell in node.cells if INJECTED not in tags(cell)]
    for cell in node.cells:
        for note in ("papermill", "execution"):
            cell.metadata.pop(note, None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _require_python(metadata: Any) -> None:
    """Refuses another language; a notebook that names none is taken for Python, and says so from then on."""
    said = list(_languages(metadata))
    for language in said:
        if "python" not in language.lower():
            raise ReportError(f"it is written in {language}; kpikit runs Python notebooks")
    metadata["kernelspec"] = {**KERNEL, **metadata.get("kernelspec", {})}
    metadata["language_info"] = {"name": "python", **metadata.get("language_info", {})}


def _languages(metadata: Mapping[str, Any]) -> Iterator[str]:
    """What the notebook says of its language; the name of its kernel only where it says nothing else."""
    kernel = metadata.get("kernelspec", {})
    named = [language for language in (metadata.get("language_info", {}).get("name"), kernel.get("language")) if language]
    yield from map(str, named or filter(None, [kernel.get("name")]))


def _require_one_tagged(cells: list[Any]) -> None:
    """Papermill puts values behind the first tagged cell, whatever its type: another one would take them away from the right."""
    tagged = [(number, cell.cell_type) for number, cell in enumerate(cells, start=1) if TAG in tags(cell)]
    if not tagged:
        raise ReportError(f"no cell is tagged '{TAG}'; tag the one that holds them, in JupyterLab under Property Inspector")
    if len(tagged) > 1:
        raise ReportError(f"cells {words.listed(str(number) for number, _ in tagged)} are tagged '{TAG}'; leave the tag to one")
    if tagged[0][1] != "code":
        raise ReportError(f"the cell tagged '{TAG}', cell {tagged[0][0]}, is not code; tag the one that assigns them")
