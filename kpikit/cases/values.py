"""The values of a case's keys: what each must be in a TOML file, and how it is written back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

import tomlkit
import tomlkit.items

from kpikit.errors import CaseError

NEEDED = ("title", "table", "kind", "as_of")
DATES = ("as_of", "changed_on", "looked_from", "looked_to")
TEXTS = ("segments", "actions", "plan_order", "catalog")
TABLES = ("columns", "event_names", "events", "control", "also", "cuts", "counting", "only", "looked_at")
AMOUNTS = ("revenue_per_unit", "revenue_error", "discount_per_unit", "programme_cost")
NUMBERS = ("transition_periods", "warm_up_periods", "header_row")
ASKS = ("asks",)  # whose entries are as free as the questions are: `asks` looks at them
SHAPES: tuple[tuple[tuple[str, ...], Any, str], ...] = (
    (TEXTS, (list, tuple), "a list of texts"), ((*TABLES, *ASKS), Mapping, "a table"), (NUMBERS, int, "a whole number"),
)  # fmt: skip
SHAPE = {
    "events": "a table of texts",
    "only": 'a table of columns with their values, as { region = "Europe", plan = ["pro", "basic"] }',
    "looked_at": 'a table of columns with one value each, as { region = "Europe" }',
    "for_each": 'a column, a list of columns, or a table of columns with their values, as { region = ["Europe", "Americas"] }',
    "cuts": "a table of lists of numbers, as { tenure_days = [90, 365] }",
    "also": 'a table of columns, as { upsell_ratio = "upsold" } or, with a denominator of its own, ["upsold", "customers"]; '
    'a third column is what a balance takes off',
}  # fmt: skip


def read_value(key: str, value: Any, case_id: str) -> Any:
    """The value of a key as a Case holds it; CaseError where it is none."""
    if key in DATES:
        return as_day(value, case_id, key)
    if key in ("keep", "for_each"):
        return (_rules if key == "keep" else _columns_named)(key, value, case_id)
    value = (value,) if key == "catalog" and isinstance(value, str) else value
    if key in ("target", *AMOUNTS):
        return Decimal(str(value)) if _is_number(value) else _refuse(key, value, "a number", case_id)
    for keys, expected, name in SHAPES:
        if key in keys and (not isinstance(value, expected) or isinstance(value, bool)):
            _refuse(key, value, name, case_id)
    if key in TEXTS:
        return tuple(value) if all(isinstance(item, str) for item in value) else _refuse(key, value, "a list of texts", case_id)
    if key in TABLES:
        if not all(_fits(key, item) for item in value.values()):
            _refuse(key, value, SHAPE.get(key, "a table of texts or lists of texts"), case_id)
        return {str(name): item for name, item in value.items()}
    return value if key in (*NUMBERS, *ASKS) or isinstance(value, str) else _refuse(key, value, "text", case_id)


def _rules(key: str, value: Any, case_id: str) -> Any:
    rules = isinstance(value, (list, tuple)) and all(isinstance(rule, Mapping) for rule in value)
    return tuple(value) if rules else _refuse(key, value, "[[keep]] tables", case_id)


def _columns_named(key: str, value: Any, case_id: str) -> Any:
    """A column, several, or columns with the values that are listed of each."""
    if isinstance(value, Mapping) and value and all(_fits("only", listed) for listed in value.values()):
        return {str(name): listed for name, listed in value.items()}
    if isinstance(value, Mapping) or not (value and _fits("only", value)):
        _refuse(key, value, SHAPE[key], case_id)
    return value if isinstance(value, str) else tuple(value)


def _fits(key: str, item: Any) -> bool:
    """Whether an entry of a table is what it must be: an event's remark is a text, names that count are a list, a role either."""
    if key == "cuts":
        numbers = isinstance(item, (list, tuple)) and len(item) > 0
        return numbers and all(map(_is_number, item))
    texts = isinstance(item, (list, tuple)) and all(isinstance(name, str) for name in item)
    if key == "only":
        return isinstance(item, str) or (texts and len(item) > 0)
    if key == "also":
        return isinstance(item, str) or (texts and len(item) in (2, 3))
    return texts if key in ("event_names", "control") else isinstance(item, str) or (key in ("columns", "counting") and texts)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _refuse(key: str, value: Any, name: str, case_id: str) -> NoReturn:
    raise CaseError(f"{case_id}: {key} is {value!r}; it must be {name}")


def as_day(value: Any, case_id: str, key: str = "events") -> date:
    """A date, or a date and time, from TOML or from text as 2026-01-31 or 2026-01-31T12:50."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise CaseError(f"{case_id}: {key} is {value!r}; it must be a date, as 2025-07-01") from None


def to_toml_value(value: Any) -> Any:
    """A value as tomlkit writes it."""
    if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        rules = tomlkit.aot()
        for rule in value:
            rules.append(tomlkit.item({key: _plain_number(item) for key, item in rule.items()}))
        return rules
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: _item(item) for key, item in value.items()})
        return table
    return list(value) if isinstance(value, tuple) else _plain_number(value)


def _item(item: Any) -> Any:
    return [_plain_number(one) for one in item] if isinstance(item, (list, tuple)) else item


def _plain_number(value: Any) -> Any:
    """A decimal as TOML writes it, to its last digit."""
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return tomlkit.items.Float(float(value), tomlkit.items.Trivia(), text if "." in text else f"{text}.0")
