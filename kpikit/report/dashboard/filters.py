"""Filters: which case, measure, part and last period a board shows; the widgets that Voila puts over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, Layout, VBox

from kpikit.cases import read_case
from kpikit.errors import KpikitError
from kpikit.report.dashboard.board import Board
from kpikit.report.dashboard.view import ALL, Dashboard
from kpikit.words import visible

BUSY = '<p class="board-busy" role="status">Measuring …</p>'


def filtered(shown: Dashboard) -> VBox:
    """The widgets: a change of any of them shows the board anew."""
    return _Filters(shown).box


class _Filters:
    def __init__(self, shown: Dashboard) -> None:
        self.shown, self.page, self.status = shown, HTML(), HTML()
        self.case = _choice("Case", [(_title(case), case) for case in shown.cases])
        self.measure, self.part, self.until = (_choice(name) for name in ("Measure", "Part", "Up to"))
        self.filling = False
        self.fill()
        for chooser in (self.case, self.measure, self.part, self.until):
            chooser.observe(self.changed, "value")
        choosers = [self.case] if len(shown.cases) > 1 else []
        row = HBox([*choosers, self.measure, self.part, self.until], layout=Layout(flex_flow="row wrap"))
        row.add_class("board-filters")
        self.box = VBox([row, self.status, self.page])
        self.box.add_class("board-whole")
        self.show()

    def changed(self, change: Any) -> None:
        """Shows the board anew; another case has other measures, parts and periods."""
        if self.filling:
            return
        self.status.value = BUSY
        try:
            if change["owner"] is self.case:
                self.fill()
            self.show()
        finally:
            self.status.value = ""

    def fill(self) -> None:
        """What can be chosen of the case; nothing of one that cannot be shown."""
        found = self._board()
        rows = found.answer.verdict["rows"] if found else []
        parts, periods = (found.parts, found.periods[1:]) if found else ((), ())
        self.filling = True
        try:
            _offer(self.measure, [("All measures", ALL), *((row["name"], row["name"]) for row in rows)])
            _offer(self.part, [("The whole", None), *((": ".join(part), part) for part in parts)])
            _offer(self.until, [("The latest period", ""), *((period, period) for period in periods)])
        finally:
            self.filling = False
        self.part.layout.display = None if parts else "none"

    def show(self) -> None:
        """The board of what is chosen."""
        self.page.value = self.shown.page(self.case.value, self.part.value, self.until.value, self.measure.value, live=True)

    def _board(self) -> Board | None:
        try:
            return self.shown.board(self.case.value)
        except (KpikitError, OSError):
            return None


def _choice(name: str, options: Any = ()) -> Dropdown:
    return Dropdown(description=name, options=options, layout=Layout(width="auto"), style={"description_width": "initial"})


def _offer(chooser: Dropdown, options: list[tuple[str, Any]]) -> None:
    """Offers other choices, of which the first is taken."""
    chooser.options, chooser.value = [(visible(text), value) for text, value in options], options[0][1]


def _title(case: str) -> str:
    """A case's title, or its name where it cannot be read."""
    try:
        return visible(read_case(case).title)
    except (KpikitError, OSError):
        return Path(case).stem
