"""Live: the formulas of a table: rates and differences as a workbook computes them, where they give what was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose

from kpikit.report.formats.cells import Cell

EXACT = 1e-5  # what was told was rounded to six digits
OK = "ok"
#: a column that is one column over another, where both stand in the table
OVER = {
    "value": (("numerator", "denominator"), ("upgraded", "counted")), "before": (("before_numerator", "before_denominator"),),
    "after": (("after_numerator", "after_denominator"),), "share": (("bought", "customers"), ("used", "known")),
    "rate": (("upgraded", "customers"), ("answered", "asked"), ("reached", "of")),
}  # fmt: skip
LESS, RELATIVE = "change", "relative"
Made = tuple[str, float | None]


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by their columns, where each stands, and by how much it is multiplied when it is shown."""

    cells: Mapping[str, Cell]
    places: Mapping[str, str]
    times: Mapping[str, int]

    def formula(self, name: str) -> str:
        """The formula that gives what a cell was told to be, an empty text where that is missing; empty where there is none.

        >>> row = Row({"numerator": 1, "denominator": 4, "value": 0.25}, {"numerator": "A5", "denominator": "B5"}, {"value": 1})
        >>> row.formula("value"), row.formula("numerator")
        ('=IF(B5>0,A5/B5,"")', '')
        """
        return next((formula for formula, made in self._made(name) if _same(self.cells[name], made)), "")

    def _made(self, name: str) -> Iterator[Made]:
        for top, bottom in OVER.get(name, ()):
            if {top, bottom} <= set(self.cells):
                yield from self._ratio(name, top, bottom)
        if name in (LESS, RELATIVE) and {"before", "after"} <= set(self.cells):
            yield from self._difference(name)

    def _ratio(self, name: str, top: str, bottom: str) -> Iterator[Made]:
        over, under, status = self.cells[top], self.cells[bottom], self.cells.get("status", OK)
        if isinstance(over, str) or isinstance(under, str):
            return  # too many digits for a number of a workbook
        asked = f"{self.places[bottom]}>0"
        asked = f'AND({self.places["status"]}="{OK}",{asked})' if "status" in self.cells else asked
        made = over / under if over is not None and under is not None and under > 0 and status == OK else None
        yield f'=IF({asked},{self.places[top]}/{self.places[bottom]}{_by(self.times[name])},"")', made

    def _difference(self, name: str) -> Iterator[Made]:
        before, after = self._value("before"), self._value("after")
        first, last = self.places["before"], self.places["after"]
        known = f"COUNT({first},{last})=2"
        if before is None or after is None:
            made = None
        elif name == LESS:
            made = after - before
        else:
            made = after / before - 1 if before else None
        if name == LESS:
            yield f'=IF({known},{_bracketed(f"{last}-{first}", self.times[name] // self.times["before"])},"")', made
        else:
            yield f'=IF(AND({known},{first}<>0),{last}/{first}-1,"")', made

    def _value(self, name: str) -> float | None:
        """What a cell holds in the workbook, with all digits where it is computed there."""
        told = self.cells[name]
        exactly = (made for _, made in self._made(name) if _same(told, made))
        return next(exactly, told if isinstance(told, (int, float)) else None)


def _same(told: Cell, made: float | None) -> bool:
    if told is None or made is None:
        return told is None and made is None
    return not isinstance(told, str) and isclose(told, made, rel_tol=EXACT)


def _by(times: int) -> str:
    return "" if times == 1 else f"*{times}"


def _bracketed(text: str, times: int) -> str:
    return text if times == 1 else f"({text}){_by(times)}"
