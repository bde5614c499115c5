"""Native: what a figure draws as categories and lines of numbers, so that a deck or a workbook can draw a chart of its own."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Form = Literal["line", "column", "bar", "stacked columns", "stacked bars", "scatter"]
Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Drawn:
    """One line, set of bars or set of dots: a value for each category, with limits where it has them."""

    name: str
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    at: Numbers = ()  # of a scatter: where each value lies along the other axis
    dashed: bool = False
    joined: bool = True  # of lines: whether a line runs through the dots


@dataclass(frozen=True)
class Native:
    """A chart as an office program draws one. `unit` is that of the values, fractions where it is percent."""

    form: Form
    categories: Sequence[str]
    drawn: Sequence[Drawn]
    unit: str
    x_label: str = ""
    y_label: str = ""


def native_of(kind: str, spec: Mapping[str, Any]) -> Native | None:
    """What a chart of a kind draws, from its plain values; None where an office program has no such chart, as a tree."""
    module = importlib.import_module(f"kpikit.figures.{kind}")
    found: Native | None = module.native(spec) if hasattr(module, "native") else None
    return found
