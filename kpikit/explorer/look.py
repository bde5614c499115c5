"""Look: one combination of what can be chosen, and the case that asks just that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kpikit import words
from kpikit.cases import Case
from kpikit.cases.values import AMOUNTS
from kpikit.catalog import load_kpi
from kpikit.measuring.door import beside
from kpikit.words.exploring import looked_title

ENDING = "_explored"
#: what a case tells of its own question alone
OWN_STORY: dict[str, Any] = {"finding": "", "reported_outcome": "", "learned": ""}
#: what is about a KPI, and not about another one
OF_A_KPI: dict[str, Any] = {"target": None, "benchmark": None, **dict.fromkeys(AMOUNTS)}


@dataclass(frozen=True)
class Look:
    """What is looked at: a KPI's reading over a window, of one segment or all, over some periods, with a day of the change.

    `kpi` is an id, or a key of the case's `also`; `only` holds a column and its value, none where all segments are looked at;
    `first` and `last` are None where all periods are.
    """

    kpi: str
    variant: str
    window: str
    changed_on: date
    only: tuple[tuple[str, str], ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def part(self) -> str:
        """The segment and the stretch of periods, in words; empty where the whole is looked at."""
        told = (words.part_said(dict(self.only)), words.stretch_said(self.first, self.last))
        return ", ".join(filter(None, told))


def case_of(case: Case, look: Look, date_chosen: str, tried: Sequence[str] = ()) -> Case:
    """The case that asks what is looked at, of the same table, without what was told of its own question alone.

    `tried` is what has to be said of how it was found; it stands in the note on the data.
    """
    own = measured_as(case, look)
    kpi = load_kpi(own.kpi, *case.definitions)
    marks = [mark.industry for mark in kpi.variant(look.variant).benchmarks]
    return replace(
        own, id=f"{case.id.removesuffix(ENDING)}{ENDING}", for_each=(), date_chosen=date_chosen,
        title=looked_title(kpi.name, words.day(look.changed_on), look.part),
        looked_at=dict(look.only), looked_from=look.first, looked_to=look.last,
        benchmark=own.benchmark if own.benchmark in marks else None,
        data_note=" ".join(filter(None, [case.data_note, *tried])), **OWN_STORY,
    )  # fmt: skip


def measured_as(case: Case, look: Look) -> Case:
    """The case of the whole series that a look is a part of."""
    own: dict[str, Any] = {}
    if look.kpi != case.kpi:
        columns = case.also.get(look.kpi)
        case = replace(case, kpi=look.kpi) if columns is None else beside(case, look.kpi, columns)
        own = {**OF_A_KPI, "also": {}}
    return replace(
        case, question="before_after", asks={}, variant=look.variant, window=look.window, changed_on=look.changed_on,
        looked_at={}, looked_from=None, looked_to=None, **own,
    )  # fmt: skip
