"""Native: what a figure draws as categories and lines of numbers, so that a deck or a workbook can draw a chart of its own."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from kpikit.figures.chart import sure_interval
from kpikit.words import WEEK_OF

#: "column" stands upright, "bar" lies; a column chart's dashed lines and loose dots are drawn over the columns
Form = Literal["line", "column", "bar", "stacked columns", "stacked bars", "scatter"]
Numbers = Sequence[float | None]
Row = Mapping[str, Any]
ENDS = ("value", "low", "high")
PLAIN = {"percent": "0.0%", "relative": "0.0%", "money": "#,##0.00", "count": "#,##0", "number": "#,##0.00"}
HUNDREDS = ("points", "pp")  # units in which 0.1 is written as 10
DECIMAL = "0.0"


@dataclass(frozen=True)
class Drawn:
    """One line, set of bars or set of dots: a value for each category, with limits where it has them."""

    name: str
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    at: Numbers = ()  # of a scatter: where each value lies along the other axis
    dashed: bool = False
    marked: bool = True  # of lines: whether each value has a mark of its own
    joined: bool = True  # of lines: whether a line runs through the dots
    hidden: bool = False  # of stacked bars: the part from zero on that only lifts the next, and is not painted
    labels: Sequence[str] = ()  # what stands at each value, where its number alone would not say it


@dataclass(frozen=True)
class Native:
    """A chart as an office program draws one. `unit` is that of the values, fractions where it is percent.

    `signed` says that the values are changes: those of percent are percentage points. `sure` is what the limits are.
    """

    form: Form
    categories: Sequence[str]
    drawn: Sequence[Drawn]
    unit: str
    x_label: str = ""
    y_label: str = ""
    signed: bool = False
    sure: str = field(default_factory=sure_interval)

    @property
    def times(self) -> int:
        """By how much an office program must multiply the values, as its number formats have none for percentage points."""
        return 100 if self._shown in HUNDREDS else 1

    @property
    def number_format(self) -> str:
        """How an office program shows the values, after `times`."""
        plain = PLAIN.get(self._shown, DECIMAL) + ('" pp"' if self._shown == "pp" else "")
        return f"+{plain};-{plain};{plain}" if self.signed else plain

    @property
    def apart(self) -> bool:
        """Whether no category has a value in two sets of bars: they then tell kinds of rows apart, and stand in one line."""
        bars = [drawn.values for drawn in self.drawn if not drawn.dashed and drawn.joined]
        return len(bars) > 1 and all(sum(value is not None for value in at) <= 1 for at in zip(*bars, strict=True))

    @property
    def _shown(self) -> str:
        return "pp" if self.signed and self.unit == "percent" else self.unit


def native_of(kind: str, spec: Mapping[str, Any]) -> Native | None:
    """What a chart of a kind draws, from its plain values; None where an office program has no such chart, as a tree,
    and where there is nothing to draw.
    """
    found = _drawn(kind, spec)
    return found if found and _has_marks(found) else None


def is_empty(kind: str, spec: Mapping[str, Any]) -> bool:
    """Whether a chart says in words that there is nothing to draw."""
    found = _drawn(kind, spec)
    return found is not None and not _has_marks(found)


def _drawn(kind: str, spec: Mapping[str, Any]) -> Native | None:
    module = importlib.import_module(f"kpikit.figures.{kind}")
    found: Native | None = module.native(spec) if hasattr(module, "native") else None
    return found


def _has_marks(native: Native) -> bool:
    return any(value is not None for drawn in native.drawn for value in drawn.values)


def period_names(periods: Iterable[str]) -> list[str]:
    """Periods as the axis names them."""
    return [period.removeprefix(WEEK_OF) for period in periods]


def of_rows(name: str, rows: Iterable[Row], names: tuple[str, ...] = ENDS, **looks: Any) -> Drawn:
    """The values of rows, with their limits where two more columns are named."""
    table = list(rows)
    value, *ends = ([row[column] for row in table] for column in names)
    return Drawn(name, value, *(ends or ((), ())), **looks)


def by_look(rows: Sequence[Row], look: Callable[[Row], str], names: tuple[str, ...] = ENDS) -> list[Drawn]:
    """A set of bars for each look that the rows have, empty at the rows of other looks."""
    empty = dict.fromkeys(names)
    return [
        of_rows(name, [row if look(row) == name else empty for row in rows], names) for name in dict.fromkeys(map(look, rows))
    ]


def level_line(name: str, value: float | None, over: Sequence[Any]) -> list[Drawn]:
    """A dashed line at one level over all categories; none where there is no such level."""
    return [] if value is None else [Drawn(name, [value] * len(over), dashed=True)]
