"""Case <-> TOML: which KPI on which table, when it changed, and the story around it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any, NoReturn

import tomlkit
import tomlkit.items

from kpikit import words
from kpikit.answer import MIME, plain
from kpikit.errors import CaseError

CASES = Path("data", "cases")
START_REASONS = ("planned", "kpi was low", "unknown")
DATE_CHOICES = ("before looking", "after looking", "unknown")


@dataclass(frozen=True, repr=False)
class Case:
    """What a notebook needs to know: exactly the keys of a case file. Paths are relative to `folder`."""

    id: str
    folder: Path
    title: str
    kpi: str
    table: str
    kind: str
    as_of: date
    question: str = "before_after"
    variant: str | None = None
    window: str | None = None
    period: str | None = None
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    event_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reversed_within: str | None = None
    also: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[Mapping[str, Any], ...] = ()
    date_format: str | None = None
    encoding: str = "utf-8"
    segments: tuple[str, ...] = ()
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
    situation: str = ""
    finding: str = ""
    actions: tuple[str, ...] = ()
    reported_outcome: str = ""
    learned: str = ""
    start_reason: str = "unknown"
    date_chosen: str = "unknown"
    client: str = ""
    author: str = ""
    data_note: str = ""

    def __post_init__(self) -> None:
        for key, allowed in (("start_reason", START_REASONS), ("date_chosen", DATE_CHOICES)):
            if getattr(self, key) not in allowed:
                raise CaseError(f"{self.id}: {key} is '{getattr(self, key)}'; it is one of {', '.join(allowed)}")
        for key in ("transition_periods", "warm_up_periods"):
            if getattr(self, key) < 0:
                raise CaseError(f"{self.id}: {key} is {getattr(self, key)}; it is 0 or more")
        self._refuse_amounts()
        for when in self.events:
            _as_day(when, self.id)
        if self.also and "numerator" not in self.columns:
            raise CaseError(f"{self.id}: 'also' names numerators for other KPIs, so columns must name the case's own")
        if self.question == "before_after" and self.changed_on is None:
            raise CaseError(f"{self.id}: a before/after needs the date of the change, as changed_on = 2025-07-01")

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
                document.add(key, _toml(value))
        return tomlkit.dumps(document)

    @property
    def choices(self) -> dict[str, Any]:
        """What the case decides about a before/after, as its keyword arguments."""
        names = (
            "transition_periods", "warm_up_periods", "benchmark", "target", "start_reason", "date_chosen", "actions", "owner",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {"control": self.control or None, "money": self._money}

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
        parts = [
            ("Situation", self.situation), ("What was found", self.finding), ("What was done", list(self.actions)),
            ("What was reported", self.reported_outcome), ("What was learned", self.learned), ("The data", self.data_note),
        ]  # fmt: skip
        return [(title, text) for title, text in parts if text]

    def __repr__(self) -> str:
        return "\n".join(
            [self.title, *(f"{title}: {words.listed(t) if isinstance(t, list) else t}" for title, t in self.story())]
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        parts = (
            f"<dt>{escape(title)}</dt><dd>{words.html_list(text) if isinstance(text, list) else escape(text)}</dd>"
            for title, text in self.story()
        )
        html = f'<dl class="kpikit story">{"".join(parts)}</dl>'
        keys = {key: getattr(self, key) for key in KEYS if getattr(self, key) not in (None, "", (), {}, DEFAULTS[key])}
        payload = plain({"type": "case", "id": self.id, "question": self.question, **keys})
        return {"text/plain": repr(self), "text/html": html, MIME: payload}


KEYS = [item.name for item in fields(Case) if item.name not in ("id", "folder")]
DEFAULTS = {item.name: item.default for item in fields(Case)}
NEEDED = ("title", "kpi", "table", "kind", "as_of")
DATES = ("as_of", "changed_on")
TEXTS = ("segments", "actions")
TABLES = ("columns", "event_names", "events", "control", "also")
AMOUNTS = ("revenue_per_unit", "revenue_error", "discount_per_unit", "programme_cost")
NUMBERS = ("transition_periods", "warm_up_periods")
SHAPES: tuple[tuple[tuple[str, ...], Any, str], ...] = (
    (TEXTS, (list, tuple), "a list of texts"), (TABLES, Mapping, "a table"), (NUMBERS, int, "a whole number"),
)  # fmt: skip


def read_case(case: str | Path, **instead: Any) -> Case:
    """The case of that id (a file of the nearest `data/cases`) or path; keyword arguments that are not None replace its keys.

    A `table` given here is relative to the working folder, the case's own to the case. Raises CaseError with the nearest id, or
    with the file and key to mend.
    """
    path = find_case(case)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name}: {error}") from error
    given = {key: value for key, value in instead.items() if value is not None}
    return case_from(raw | given, path.stem, Path.cwd() if "table" in given else path.parent)


def case_from(raw: Mapping[str, Any], case_id: str, folder: Path) -> Case:
    """The case that a table of keys describes; CaseError names an unknown, missing or mistyped key."""
    for key in raw:
        if key not in KEYS:
            raise CaseError(f"{case_id}: no key '{key}' is known in a case; {words.near(key, KEYS)}")
    for key in NEEDED:
        if key not in raw:
            raise CaseError(f"{case_id}: the key '{key}' is missing")
    return Case(id=case_id, folder=folder.resolve(), **{key: _read(key, value, case_id) for key, value in raw.items()})


def case_ids(folder: Path | None = None) -> list[str]:
    """The ids of the cases in the nearest `data/cases` folder, sorted."""
    place = folder or nearest(CASES)
    return sorted(path.stem for path in place.glob("*.toml")) if place else []


def nearest(inside: Path) -> Path | None:
    """The given relative path in the working folder or the nearest one above it; else beside the package's own folder."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[1]):
        if (folder / inside).exists():
            return folder / inside
    return None


def find_case(case: str | Path) -> Path:
    """The file of a case, by id or path; CaseError where there is none."""
    path = Path(case)
    if path.suffix == ".toml":
        if not path.is_file():
            raise CaseError(f"no case file {case}")
        return path
    folder = nearest(CASES)
    if folder is None or str(case) not in case_ids(folder):
        raise CaseError(f"no case '{case}' in data/cases; {words.near(str(case), case_ids())}")
    return folder / f"{case}.toml"


def _read(key: str, value: Any, case_id: str) -> Any:
    if key in DATES:
        return _as_day(value, case_id, key)
    if key == "keep":
        rules = isinstance(value, (list, tuple)) and all(isinstance(rule, Mapping) for rule in value)
        return tuple(value) if rules else _refuse(key, value, "[[keep]] tables", case_id)
    if key in ("target", *AMOUNTS):
        number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        return Decimal(str(value)) if number else _refuse(key, value, "a fraction" if key == "target" else "a number", case_id)
    for keys, expected, name in SHAPES:
        if key in keys and (not isinstance(value, expected) or isinstance(value, bool)):
            _refuse(key, value, name, case_id)
    if key in TEXTS:
        return tuple(value) if all(isinstance(item, str) for item in value) else _refuse(key, value, "a list of texts", case_id)
    if key in TABLES:
        if not all(_fits(key, item) for item in value.values()):
            _refuse(key, value, "a table of texts" if key == "events" else "a table of texts or lists of texts", case_id)
        return {str(name): item for name, item in value.items()}
    return value if key in NUMBERS or isinstance(value, str) else _refuse(key, value, "text", case_id)


def _fits(key: str, item: Any) -> bool:
    """Whether an entry of a table is what it must be: an event's remark is a text, names that count are a list, a role either."""
    texts = isinstance(item, (list, tuple)) and all(isinstance(name, str) for name in item)
    return texts if key in ("event_names", "control") else isinstance(item, str) or (key == "columns" and texts)


def _refuse(key: str, value: Any, name: str, case_id: str) -> NoReturn:
    raise CaseError(f"{case_id}: {key} is {value!r}; it must be {name}")


def _as_day(value: Any, case_id: str, key: str = "events") -> date:
    """A date, or a date and time, from TOML or from text as 2026-01-31 or 2026-01-31T12:50."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise CaseError(f"{case_id}: {key} is {value!r}; it must be a date, as 2025-07-01") from None


def _toml(value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        rules = tomlkit.aot()
        for rule in value:
            rules.append(tomlkit.item({key: _plain_number(item) for key, item in rule.items()}))
        return rules
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: list(item) if isinstance(item, tuple) else item for key, item in value.items()})
        return table
    return list(value) if isinstance(value, tuple) else _plain_number(value)


def _plain_number(value: Any) -> Any:
    """A decimal as TOML writes it, to its last digit."""
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return tomlkit.items.Float(float(value), tomlkit.items.Trivia(), text if "." in text else f"{text}.0")
