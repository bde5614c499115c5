"""dashboard: the board of a case as it displays itself: under Voila with filters that measure anew, elsewhere as it stands."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from kpikit import words
from kpikit.answer import readable_html
from kpikit.cases import Case, read_case
from kpikit.errors import CaseError, KpikitError
from kpikit.report.dashboard.board import Board, Part, board, standing, why, written_on
from kpikit.report.dashboard.sparks import spark
from kpikit.report.templating import environment
from kpikit.words.locales import asked_locale, numbers_in

if TYPE_CHECKING:
    from ipywidgets import VBox

TEMPLATES = Path(__file__).parent / "templates"
STALE = "up to date"  # the check that tells how far a table is behind
ALL = ""  # the choice of no filter
SERVED = "SERVER_SOFTWARE"  # which Voila sets for the kernels that it serves


def dashboard(cases: str | Sequence[str], as_of: str | None = None) -> Dashboard:
    """Where the measures of a case stand, with a choice where several cases are given; `as_of` replaces the cases' own day.

    It displays itself: served by `kpikit dashboard` with filters that read the table again, elsewhere as it stands. A case that
    cannot be read or measured is shown as the sentence that says why.
    """
    named = [cases] if isinstance(cases, str) else list(cases)
    if not named:
        raise CaseError("a dashboard shows one case or several; name one")
    return Dashboard(tuple(named), as_of)


class Dashboard:
    """The boards of cases, of which one is shown at a time."""

    def __init__(self, cases: tuple[str, ...], as_of: str | None) -> None:
        self.cases, self.as_of = cases, as_of
        self._boards: dict[tuple[str, Part | None, str], Board] = {}

    def board(self, case: str, part: Part | None = None, until: str = "") -> Board:
        """One of its boards, measured when it is first asked for. Raises as `board` does."""
        key = case, part, until
        if key not in self._boards:
            self._boards[key] = board(self._read(case), part, until)
        return self._boards[key]

    def page(self, case: str, part: Part | None = None, until: str = "", measure: str = ALL, live: bool = False) -> str:
        """A board as HTML; where it cannot be had, the sentence that says why. A `live` one tells when its table was written."""
        try:
            with numbers_in(self._read(case).locale or asked_locale()):
                return _laid_out(self.board(case, part, until), measure, live)
        except (KpikitError, OSError) as error:
            return _environment().get_template("fault.html.j2").render(why=why(error, case), name=Path(case).stem)

    def _read(self, case: str) -> Case:
        return read_case(case, as_of=self.as_of)

    def __repr__(self) -> str:
        try:
            return words.visible("\n".join(self.board(self.cases[0]).answer.sentences))
        except (KpikitError, OSError) as error:
            return words.visible(why(error, self.cases[0]))

    def _repr_mimebundle_(self, **how: Any) -> Any:
        if os.environ.get(SERVED, "").startswith("voila"):
            return self.filtered._repr_mimebundle_(**how)
        return {"text/plain": repr(self), "text/html": f"<style>{style()}</style>{self.page(self.cases[0])}"}

    @cached_property
    def filtered(self) -> VBox:
        """The board beneath its filters, as widgets."""
        from kpikit.report.dashboard.filters import filtered

        return filtered(self)


def style() -> str:
    """The style sheet of a board."""
    return (TEMPLATES / "board.css").read_text(encoding="utf-8")


def _laid_out(shown: Board, measure: str, live: bool) -> str:
    rows = [row for row in shown.answer.verdict["rows"] if measure in (ALL, row["name"])]
    cards = [standing(row) | {"spark": spark(shown.course(row["name"]), row)} for row in rows]
    alone = shown.course(rows[0]["name"])[::-1] if measure != ALL and rows else []
    looks = [check for check in shown.answer.checks if check.passed is False]
    stale = next((check.sentence for check in looks if check.name == STALE), "")
    table = readable_html(shown.answer.table, shown.answer.verdict["unit"])
    return _environment().get_template("board.html.j2").render(
        board=shown, case=shown.case, verdict=shown.answer.verdict, cards=cards, alone=alone, row=rows[0] if rows else None,
        looks=[check for check in looks if check.name != STALE], stale=stale, table=table,
        written=written_on(shown.case) if live else "", words=words,
    )  # fmt: skip


def _environment() -> jinja2.Environment:
    return environment().overlay(loader=jinja2.FileSystemLoader(TEMPLATES))
