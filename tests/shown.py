"""What a case shows: the cells of its question's notebook, run once in this process; tests and `make accept` read the same run."""

import ast
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from IPython.core.formatters import DisplayFormatter

from kpikit.answer import MIME, Answer
from kpikit.cases import read_case
from kpikit.figures.chart import Chart

ROOT = Path(__file__).parents[1]
PNG = "image/png"


@dataclass(frozen=True)
class Shown:
    """The values that the cells of one notebook end in, in order."""

    values: tuple[Any, ...]

    @property
    def answer(self):
        return next(value for value in self.values if isinstance(value, Answer))

    @property
    def charts(self):
        return [value for value in self.values if isinstance(value, Chart)]

    @property
    def payloads(self):
        """What the values put beside their display, in order; no figure is drawn for it."""
        found = [payload(value) for value in self.values if hasattr(value, "_repr_mimebundle_")]
        return [one for one in found if one]


def payload(value):
    if isinstance(value, Chart):
        return {"type": "chart", "kind": value.kind, "spec": value.spec}
    return value._repr_mimebundle_().get(MIME)


def notebook_of(case_id):
    return ROOT / "notebooks" / f"{read_case(case_id).question}.ipynb"


def stored(notebook):
    """The outputs that a notebook's file holds: each with the number of its cell, in order."""
    cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    return [(cell.execution_count, output.get("data", {})) for cell in cells for output in cell.outputs]


@cache
def shown(case_id, **instead):
    """What the notebook of a case's question shows for this case, with other parameters where they are given."""
    names, values = {}, []
    for cell in (cell for cell in nbformat.read(notebook_of(case_id), 4).cells if cell.cell_type == "code"):
        body = ast.parse(cell.source).body
        ends_in_a_value = isinstance(body[-1], ast.Expr)
        exec(compile(ast.Module(body[:-1] if ends_in_a_value else body, []), case_id, "exec"), names)  # noqa: S102 - the project's own
        if "parameters" in cell.metadata.get("tags", []):
            names |= {"case": case_id, **instead}
        if ends_in_a_value:
            values.append(eval(compile(ast.Expression(body[-1].value), case_id, "eval"), names))  # noqa: S307 - as above
    return Shown(tuple(values))


def displayed(case_id):
    """Of each output of the notebook that asks about this case by itself: its cell, what its file holds, and what is shown today;
    no figure is drawn for it.
    """
    told = DisplayFormatter()
    with pd.option_context("display.max_columns", 20, "display.width", 80):  # as in a kernel
        today = [told.format(value, exclude={PNG})[0] for value in shown(case_id).values if value is not None]
    kept = stored(notebook_of(case_id))
    pairs = zip_longest(kept, today, fillvalue=None)
    return [
        ((old or kept[-1])[0], {key: old[1][key] for key in old[1] if key != PNG} if old else None, new) for old, new in pairs
    ]
