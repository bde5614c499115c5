"""Case: which KPI on which table, how both are to be read, when something changed, and the story around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import tomlkit

from kpikit import words
from kpikit.cases.asks import WITHOUT_KPI, asks_to, columns_of, read_asks
from kpikit.cases.log import DECISION, EVENT, Entry, read_log, until
from kpikit.cases.reviewing import EVERY
from kpikit.cases.values import AMOUNTS, as_day, to_toml_value
from kpikit.errors import CaseError
from kpikit.moments import Calendar, as_moment

START_REASONS = ("planned", "kpi was low", "kpi was high", "unknown")
DATE_CHOICES = ("before looking", "after looking", "unknown")
HOW = (
    "encoding", "separator", "decimal", "thousands", "date_format", "time_zone", "sheet", "header_row", "connection",
    "duplicates", "cuts",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Case:
    """What a notebook needs to know: exactly the keys of a case file. Paths are relative to `folder`; the case file itself, and
    its log beside it, are in `home`.
    """

    id: str
    folder: Path
    title: str
    table: str
    kind: str
    as_of: date
    question: str = "before_after"
    kpi: str = ""
    catalog: tuple[str, ...] = ()
    variant: str | None = None
    window: str | None = None
    period: str | None = None
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    event_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reversed_within: str | None = None
    also: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    keep: tuple[Mapping[str, Any], ...] = ()
    only: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    looked_at: Mapping[str, str] = field(default_factory=dict)
    looked_from: date | None = None
    looked_to: date | None = None
    for_each: str | tuple[str, ...] | Mapping[str, str | Sequence[str]] = ()
    date_format: str | None = None
    encoding: str = "utf-8"
    separator: str | None = None
    decimal: str = "."
    thousands: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    header_row: int = 1
    connection: str | None = None
    duplicates: str | None = None
    segments: tuple[str, ...] = ()
    asks: Mapping[str, Any] = field(default_factory=dict)
    cuts: Mapping[str, Sequence[Decimal | int]] = field(default_factory=dict)
    plan_order: tuple[str, ...] = ()
    counting: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    first_weekday: str = "monday"
    year_starts: str = "january"
    changed_on: date | None = None
    transition_periods: int = 0
    warm_up_periods: int = 0
    control: Mapping[str, Sequence[str]] = field(default_factory=dict)
    benchmark: str | None = None
    target: Decimal | None = None
    revenue_per_unit: Decimal | None = None
    revenue_error: Decimal | None = None
    discount_per_unit: Decimal | None = None
    programme_cost: Decimal | None = None
    currency: str = ""
    events: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    review_every: str | None = None
    situation: str = ""
    finding: str = ""
    actions: tuple[str, ...] = ()
    reported_outcome: str = ""
    learned: str = ""
    start_reason: str = "unknown"
    date_chosen: str = "unknown"
    client: str = ""
    author: str = ""
    logo: str | None = None
    confidential: str = ""
    locale: str | None = None
    data_note: str = ""
    home: Path | None = None

    def __post_init__(self) -> None:
        self._refuse_choices()
        self._refuse_amounts()
        for when in self.events:
            as_day(when, self.id)
        try:
            Calendar(self.first_weekday, self.year_starts)
        except CaseError as error:
            raise CaseError(f"{self.id}: {error}") from error
        object.__setattr__(self, "asks", read_asks(self.question, self.asks, self.id))
        told_apart = tuple(name for name in self.segments if len(_several(self.only.get(name, ("any", "other")))) > 1)
        object.__setattr__(self, "segments", told_apart)
        if not self.kpi and self.question not in WITHOUT_KPI:
            raise CaseError(f"{self.id}: the key 'kpi' is missing")
        if any(isinstance(named, str) for named in self.also.values()) and "numerator" not in self.columns:
            raise CaseError(f"{self.id}: 'also' names numerators for other KPIs, so columns must name the case's own")
        if self.question != "before_after" and (self.looked_at or self.looked_from or self.looked_to):
            raise CaseError(f"{self.id}: looked_at, looked_from and looked_to are for a before/after; take them out")
        if self.question == "before_after" and self.changed_on is None:
            raise CaseError(f"{self.id}: a before/after needs the date of the change, as changed_on = 2025-07-01")

    def _refuse_choices(self) -> None:
        for key, allowed in (("start_reason", START_REASONS), ("date_chosen", DATE_CHOICES)):
            if getattr(self, key) not in allowed:
                raise CaseError(f"{self.id}: {key} is '{getattr(self, key)}'; it is one of {', '.join(allowed)}")
        if self.review_every not in (None, *EVERY):
            raise CaseError(f"{self.id}: review_every is '{self.review_every}'; it is one of {', '.join(EVERY)}")
        if self.locale and (fault := words.locale_fault(self.locale)):
            raise CaseError(f"{self.id}: locale is '{self.locale}'; {fault}")
        for key in ("transition_periods", "warm_up_periods"):
            if getattr(self, key) < 0:
                raise CaseError(f"{self.id}: {key} is {getattr(self, key)}; it is 0 or more")

    def _refuse_amounts(self) -> None:
        for key in AMOUNTS:
            amount = getattr(self, key)
            if amount is not None and not amount.is_finite():
                raise CaseError(f"{self.id}: {key} is {amount}; it must be a number")
            if key != AMOUNTS[0] and amount is not None and (amount < 0 or self.revenue_per_unit is None):
                raise CaseError(f"{self.id}: {key} is {amount}; it is 0 or more, and goes with revenue_per_unit")

    def to_toml(self) -> str:
        """The case as a TOML file that read_case reads back into an equal case."""
        document = tomlkit.document()
        for key in KEYS:
            value = getattr(self, key)
            if value not in (None, "", (), {}) and value != DEFAULTS.get(key):
                document.add(key, to_toml_value(value))
        return tomlkit.dumps(document)

    @property
    def definitions(self) -> tuple[Path, ...]:
        """The folders of definitions that the case names, beside the package's own."""
        return tuple(self.folder / place for place in self.catalog)

    @property
    def rules(self) -> tuple[Mapping[str, Any], ...]:
        """All that decides which rows are kept: the rules of `keep`, then those that `only` makes."""
        return (*self.keep, *({"column": column, "one_of": list(_several(of))} for column, of in self.only.items()))

    @property
    def grid(self) -> dict[str, tuple[str, ...]]:
        """The columns of `for_each`, each with the values that it lists; with none, where all that are there are meant."""
        if isinstance(self.for_each, Mapping):
            return {column: _several(listed) for column, listed in self.for_each.items()}
        return dict.fromkeys(_several(self.for_each), ())

    @property
    def how(self) -> dict[str, Any]:
        """How the table is written, as the keyword arguments of read_table."""
        return {name: getattr(self, name) for name in HOW}

    @property
    def calendar(self) -> Calendar:
        """On which day a week and in which month a year begins."""
        return Calendar(self.first_weekday, self.year_starts)

    @property
    def counted(self) -> dict[str, Any]:
        """What the case decides about the counting, as the keyword arguments of measure."""
        names = ("variant", "window", "period", "as_of", "changed_on", "event_names", "reversed_within", "plan_order", "counting")
        return {name: getattr(self, name) for name in (*names, "calendar")}

    @property
    def measured(self) -> dict[str, Any]:
        """What [asks] decides about what is measured, as keyword arguments of the question's own measuring."""
        return asks_to(self.question, self.asks, "measure")

    @property
    def asked(self) -> dict[str, Any]:
        """What [asks] decides about the question, as its keyword arguments."""
        return asks_to(self.question, self.asks, "ask")

    @property
    def features(self) -> tuple[str, ...]:
        """The further columns of the table that the question reads."""
        return columns_of(self.question, self.asks)

    @property
    def choices(self) -> dict[str, Any]:
        """What the case decides about a before/after, as its keyword arguments."""
        names = (
            "transition_periods", "warm_up_periods", "benchmark", "target", "start_reason", "date_chosen", "actions",
        )  # fmt: skip
        own = {name: getattr(self, name) for name in names}
        return own | self.reviewed | {"control": self.control or None, "money": self._money}

    @property
    def reviewed(self) -> dict[str, Any]:
        """Whose it is, how often it is reviewed, and the whole log, as the keyword arguments of before_after and scorecard."""
        return {"owner": self.owner, "review_every": self.review_every, "log": read_log(self)}

    @property
    def log(self) -> tuple[Entry, ...]:
        """The entries of the log beside the case until `as_of`, by date; none where there is no log. See read_log."""
        return until(read_log(self), self.as_of)

    @property
    def remarks(self) -> tuple[Entry, ...]:
        """What is marked on charts over time, by date: the events of the case, and the events and decisions of its log."""
        own = [Entry(as_day(when, self.id), EVENT, "", text) for when, text in self.events.items()]
        noted = [entry for entry in self.log if entry.kind in (EVENT, DECISION)]
        return tuple(sorted([*own, *noted], key=lambda entry: as_moment(entry.date)))

    @property
    def _money(self) -> dict[str, Any] | None:
        """What one more counted unit brings and the programme cost; None where the case does not say what a unit brings."""
        if self.revenue_per_unit is None:
            return None
        parts = {
            "per_unit": self.revenue_per_unit,
            "error": self.revenue_error,
            "discount": self.discount_per_unit,
            "cost": self.programme_cost,
        }
        return {name: float(amount) for name, amount in parts.items() if amount is not None} | {"currency": self.currency}

    def story(self) -> list[tuple[str, Any]]:
        """The titled parts of the case that are told, in order; those that are empty are left out."""
        part = (words.part_said({**self.only, **self.looked_at}), words.stretch_said(self.looked_from, self.looked_to))
        looked_at = f"Only {', '.join(filter(None, part))}." if any(part) else ""
        parts = [
            ("What is looked at", looked_at), ("Situation", self.situation), ("What was found", self.finding),
            ("What was done", list(self.actions)), ("What was reported", self.reported_outcome),
            ("What was learned", self.learned), ("The data", self.data_note),
        ]  # fmt: skip
        return [(title, text) for title, text in parts if text]

    def __repr__(self) -> str:
        return "\n".join(
            [self.title, *(f"{title}: {words.listed(t) if isinstance(t, list) else t}" for title, t in self.story())]
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from kpikit.answer import MIME, plain  # what displays answers imports pandas; a case alone is read without it

        parts = (
            f"<dt>{escape(title)}</dt><dd>{words.html_list(text) if isinstance(text, list) else escape(text)}</dd>"
            for title, text in self.story()
        )
        html = f'<dl class="kpikit story">{"".join(parts)}</dl>'
        keys = {key: getattr(self, key) for key in KEYS if getattr(self, key) not in (None, "", (), {}, DEFAULTS[key])}
        log = {"log": [asdict(entry) for entry in self.log]} if self.log else {}
        payload = plain({"type": "case", "id": self.id, "question": self.question, **keys, **log})
        return {"text/plain": repr(self), "text/html": html, MIME: payload}


def _several(of: str | Sequence[str]) -> tuple[str, ...]:
    """One text or several as several, each once."""
    return (of,) if isinstance(of, str) else tuple(dict.fromkeys(of))


KEYS = [item.name for item in fields(Case) if item.name not in ("id", "folder", "home")]
DEFAULTS = {item.name: item.default for item in fields(Case)}
