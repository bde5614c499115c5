"""Explorer: what is chosen is answered and shown; what cannot be answered is said where the answer would stand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kpikit.answer import MIME, Answer
from kpikit.authoring.case_copies import beside_home, save_case
from kpikit.cases import Case
from kpikit.errors import CaseError, KpikitError
from kpikit.explorer import choices, page
from kpikit.explorer.bench import FIGURES, Bench, Seen
from kpikit.explorer.later import Later
from kpikit.explorer.look import Look
from kpikit.figures.chart import Chart
from kpikit.figures.run_chart import run_chart
from kpikit.words import asked_locale, numbers_in

if TYPE_CHECKING:
    from kpikit.explorer.panel import Panel

WIDGETS, STILL = "KPIKIT_WIDGETS", "no"  # what a notebook is to keep is the answer, without widgets that nobody can move
NO_DATE = "The date of the change is empty: type a day, as 2025-07-01."
MOVE_IT = "This is what was answered last. Run the notebook in JupyterLab to choose and move it yourself."


class Explorer:
    """The view of a case. `answer`, `series`, `chart` and `case` are those of what is looked at now; it displays itself."""

    def __init__(self, case: Case) -> None:
        self._bench = Bench(case)
        self._figure = next(iter(FIGURES))
        self._later = Later(self._update)
        self._quiet = False
        self._seen: Seen | None = None
        self._refused = ""
        self._look = choices.first_look(case)
        self._answer(choices.dated(self._look, self._bench.measured) if case.changed_on is None else self._look)

    @property
    def look(self) -> Look:
        """What is looked at."""
        self._later.now()
        return self._look

    @property
    def answer(self) -> Answer:
        """The answer of what is looked at. Raises CaseError where there is none."""
        return self._shown.answer

    @property
    def series(self) -> Any:
        """The part of the series that is looked at. Raises CaseError where there is no answer."""
        return self._shown.series

    @property
    def chart(self) -> Chart:
        """The figure that is chosen. Raises CaseError where there is no answer."""
        return FIGURES[self._figure](self._shown)

    @property
    def case(self) -> Case:
        """The case that asks what is looked at, and says how it was found. Raises CaseError where there is no answer."""
        return beside_home(self._bench.case_of(self._shown.look))

    @property
    def _shown(self) -> Seen:
        self._later.now()
        if self._seen is None:
            raise CaseError(self._refused)
        return self._seen

    @cached_property
    def panel(self) -> Panel:
        """The widgets, made when they are first displayed."""
        from kpikit.explorer.panel import Panel

        panel = Panel([*FIGURES])
        self.__dict__["panel"] = panel  # is shown before it is returned
        self._offer()
        self._show()
        panel.on_choice(self._changed)
        panel.figure.observe(lambda change: self._draw(change["new"]), names="value")
        panel.earlier.on_click(lambda _: self._step(-1))
        panel.later.on_click(lambda _: self._step(1))
        panel.copy.on_click(lambda _: self._copy())
        panel.save.on_click(lambda _: self._save())
        return panel

    def _changed(self) -> None:
        if not self._quiet:
            self._later.call()

    def _step(self, by: int) -> None:
        """Moves the date by a period; the answer follows as if it had been typed."""
        day = self.panel.changed_on.value or self._look.changed_on
        try:
            self.panel.changed_on.value = choices.moved(self._bench.measured(self._look), day, by)
        except KpikitError as error:
            self.panel.show(status=page.refused_html(str(error)))

    def _update(self) -> None:
        """Answers what is chosen now."""
        asked = self.panel.asked()
        if asked["changed_on"] is None:
            self._refuse(NO_DATE)
        else:
            look = choices.next_look(self._bench.case, self._look, asked)
            if self._bench.measured_already(look) is None:
                self.panel.show(status=page.headline_html("Counting …"))
            self._answer(look)
            self._offer()
        self._show()

    def _answer(self, look: Look) -> None:
        """Answers a look, or keeps why it cannot be answered."""
        self._look = look
        try:
            with self._written():
                self._look = choices.fitted(look, self._bench.measured(look))
                self._seen, self._refused = self._bench.seen(self._look), ""
        except KpikitError as error:
            self._refuse(str(error))

    def _refuse(self, said: str) -> None:
        self._seen, self._refused = None, said

    def _offer(self) -> None:
        """What can be chosen beside what is chosen."""
        self._quiet = True
        try:
            for name, options, value in choices.offered(self._bench.case, self._look, self._bench.measured_already(self._look)):
                self.panel.offer(name, options, value)
            self.panel.changed_on.value = choices.day_of(self._look.changed_on)
        finally:
            self._quiet = False

    def _show(self) -> None:
        """The words first, then the figure, which takes as long again."""
        self.panel.hold("")
        if self._seen is None:
            self.panel.show(status=page.refused_html(self._refused), tried="", verdict="", checks="", message="")
        else:
            answer = self._seen.answer
            with self._written():
                self.panel.show(
                    status=page.headline_html(answer.headline), tried=page.notice_html(self._bench.tried.sentences),
                    verdict=page.verdict_html(answer), checks=page.checks_html(answer), message="",
                )  # fmt: skip
        self._draw(self._figure)

    def _draw(self, figure: str) -> None:
        """The figure that is chosen; where there is no answer the series alone, by which a better date can be found."""
        self._figure = figure
        with self._written():
            try:
                chart = FIGURES[figure](self._seen) if self._seen else run_chart(self._bench.part(self._look))
                self.panel.show(figure=page.figure_html(chart))
            except KpikitError:  # which stands above already
                self.panel.show(figure="")

    def _copy(self) -> None:
        try:
            self.panel.hold(self.case.to_toml())
            self.panel.show(message=page.message_html("The case stands in the text above: select all of it and copy it."))
        except KpikitError as error:
            self.panel.show(message=page.refused_html(str(error)))

    def _save(self) -> None:
        try:
            place = save_case(self.case)
            self.panel.show(message=page.message_html(f"Saved as {place.name}, beside the case that was explored."))
        except KpikitError as error:
            self.panel.show(message=page.refused_html(str(error)))

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Numbers as the case's locale writes them."""
        with numbers_in(self._bench.case.locale or asked_locale()):
            yield

    def __repr__(self) -> str:
        self._later.now()
        told = self._refused if self._seen is None else str(self._seen.answer)
        return "\n".join([told, *self._bench.tried.sentences])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        kept: dict[str, Any] = {"text/plain": repr(self), "text/html": self._html()}
        if self._seen is not None:
            kept[MIME] = self._seen.answer._repr_mimebundle_()[MIME]
        return kept if os.environ.get(WIDGETS) == STILL else {**self.panel.box._repr_mimebundle_(), **kept}

    def _html(self) -> str:
        """What is seen where widgets cannot be: in a notebook that was kept, or a report of it."""
        said = page.refused_html(self._refused)
        if self._seen is not None:
            answer = self._seen.answer
            said = page.headline_html(answer.headline) + page.verdict_html(answer) + page.checks_html(answer)
        return f'<div class="kpikit-explore">{said}{page.notice_html(self._bench.tried.sentences)}<p>{MOVE_IT}</p></div>'
