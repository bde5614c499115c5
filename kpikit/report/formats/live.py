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
STEPS = "reached"  # a row a step: those who reached it, over those who reached the one above or the first
LESS, RELATIVE = "change", "relative"
Made = tuple[str, float | None]


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by their columns, where each stands, and by how much it is multiplied when it is shown."""

    cells: Mapping[str, Cell]
    places: Mapping[str, str]
    times: Mapping[str, int]
    above: Row | None = None
    first: Row | None = None

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
                yield from self._ratio(name, top, self, bottom)
        earlier = {"rate": self.above, "share": self.first}.get(name)
        if earlier and STEPS in self.cells:
            yield from self._ratio(name, STEPS, earlier, STEPS)
        if name in (LESS, RELATIVE) and {"before", "after"} <= set(self.cells):
            yield from self._difference(name)

    def _ratio(self, name: str, top: str, below: Row, bottom: str) -> Iterator[Made]:
        """One column over another, of the same row or of an earlier one; less 1 where it is told by how much it grew."""
        over, under, status = self.cells[top], below.cells[bottom], self.cells.get("status", OK)
        if isinstance(over, str) or isinstance(under, str):
            return  # too many digits for a number of a workbook
        asked = f"{below.places[bottom]}>0"
        asked = f'AND({self.places["status"]}="{OK}",{asked})' if "status" in self.cells else asked
        made = over / under if over is not None and under is not None and under > 0 and status == OK else None
        ratio, by = f"{self.places[top]}/{below.places[bottom]}", self.times[name]
        yield f'=IF({asked},{ratio}{_by(by)},"")', made
        if made is not None:
            yield f'=IF({asked},{_bracketed(f"{ratio}-1", by)},"")', made - 1

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
