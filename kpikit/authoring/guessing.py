"""What a table's columns are, guessed by their names and values: its kind, roles, segments, and how finely it is cut."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from kpikit.tables import KINDS, Column

#: patterns in a column's name that tell its role, the surest first
HINTS = {
    "period": ("period", "month", "quarter", "year", "week", "day", "date"),
    "customer": ("customer", "client", "user", "account", "subscriber_id"),
    "order": ("order", "invoice", "basket"),
    "date": ("date", "time", "day", "_at", "_on$"),
    "product": ("product(?!.?(line|cat|fam|group|dep))", "sku", "stock", "item", "product"),
    "line": ("product.?(line|cat|fam|group)", "category", "department", "^line$"),
    "plan": ("plan", "tier", "subscription_type"),
    "event": ("event", "action", "status"),
    "unit": ("^unit$", "^(offer|campaign).?id$"),
    "outcome": ("^outcome$", "^(accepted|redeemed|responded|returned|completed)$"),
    "outcome_on": ("^outcome.(on|date|day)$",),
    "measured_on": ("^measured",),
    "to": ("^to$", "^to.plan$", "^to.product$"),
    "arm": ("^arm$",),
    "account": ("^account$", "^account.?id$", "^household"),
    "before": ("^before$", ".before$"),
    "reason": ("reason", "^answer$"),
    "score": ("^score$", "score", "rating", "^nps$", "^csat$", "^ces$", "stars"),
    "subscription": ("subscription.?id", "^subscription$", "contract"),
    "move": ("^move$", "change.?type", "kind.?of.?change"),
    "amount": ("amount", "revenue", "^mrr$", "^arr$", "total.?price", "line.?total", "value"),
    "price": ("price",),
    "numerator": ("upgrade", "upsell", "upsold", "numerator", "converted", "bought", "adopted", "using"),
    "denominator": ("subscriber", "customer", "denominator", "total", "offered", "raw", "users", "base"),
}
#: the kind of table that a set of roles makes, the most telling first
TELLING = {
    "orders": {"customer", "order", "date"},
    "events": {"customer", "date", "event"},
    "customers": {"customer", "outcome"},
    "plans": {"customer", "date", "plan"},
    "answers": {"customer", "reason"},
    "ratings": {"date", "score"},
    "counts": {"period", "numerator", "denominator"},
}
MOST_SEGMENT_VALUES = 12
NUMBERS = ("count", "quantity")
SUMMED_KINDS = ("counts", "volumes")
SUMMED_ROLES = ("period", "numerator", "denominator")
#: guessed where name and values fit, else left out: none is needed
SURE_ROLES = (
    "line", "price", "subscription", "move", "unit", "outcome", "outcome_on", "measured_on", "to", "arm", "account", "before",
    "reason", "score",
)  # fmt: skip


def guess_roles(columns: Sequence[Column], kinds: Collection[str] = ()) -> tuple[str, dict[str, str]]:
    """The kind of table and the role of each column, by the names and values; roles that no column fits are left out.

    `kinds` are those that a KPI is counted from, where one is named: no other is guessed then.
    """
    several = sum(c.reads_as in NUMBERS for c in columns) > 1
    summed = several and any(c.reads_as == "period" for c in columns)
    found = _roles(columns, SUMMED_ROLES if summed else [role for role in HINTS if role != "period"])
    rows = "events" if {"customer", "date"} <= set(found) and not several else "counts"
    telling = {kind: roles for kind, roles in TELLING.items() if not kinds or kind in kinds}
    kind = next((kind for kind, roles in telling.items() if roles <= set(found)), rows)
    if kind in SUMMED_KINDS:  # also where its periods are days
        found = _roles(columns, SUMMED_ROLES)
    if "price" in found and "price" not in KINDS[kind].roles:
        found.setdefault("amount", found["price"])
    if kind == "counts" and any(
        c.reads_as == "quantity" for c in columns if c.name in (found.get("numerator"), found.get("denominator"))
    ):
        kind = "volumes"
    if kind in SUMMED_KINDS and kinds:
        kind = next((each for each in SUMMED_KINDS if each in kinds), kind)
    return kind, {role: name for role, name in found.items() if role in KINDS[kind].roles}


def _roles(columns: Sequence[Column], roles: Iterable[str]) -> dict[str, str]:
    """Role -> the column that its name tells: one that reads as it needs, else one that should, so that its faults are told."""
    found: dict[str, str] = {}
    for role in roles:
        free = [c for c in columns if c.name not in found.values()]
        hinted = [c for hint in HINTS[role] for c in free if re.search(hint, c.name.lower())]
        fitting = [c for c in hinted if _can_be(role, c)] or ([] if role in SURE_ROLES else hinted)
        if fitting:
            found[role] = fitting[0].name
    return found


def _can_be(role: str, column: Column) -> bool:
    numbers = dict.fromkeys(("numerator", "denominator", "amount", "price", "score"), NUMBERS)
    others = {"period": ("period", "moment", "count"), "date": ("moment",), "line": ("text",)}
    others["score"] = (*NUMBERS, "text")  # some who were asked gave none
    return column.reads_as in (numbers | others).get(role, ("text", "count", "period", "moment"))


def segments_of(columns: Sequence[Column], roles: Mapping[str, Any]) -> list[str]:
    """The columns of few names that no role took."""
    taken = {column for names in roles.values() for column in ([names] if isinstance(names, str) else names)}
    return [c.name for c in columns if c.name not in taken and c.reads_as == "text" and c.distinct <= MOST_SEGMENT_VALUES]


def grain_of(columns: Sequence[Column], roles: Mapping[str, str]) -> str:
    """The window that a table's periods are written in, as far as that can be seen; else a month."""
    found = next((c for c in columns if c.name == roles.get("period")), None)
    if found is None or found.grain in ("quarter", "year"):
        return (found and found.grain) or "month"
    if found.reads_as != "moment" or not found.last or found.last.day == 1:
        return "month"
    return "week" if "week" in found.name.lower() else "day"
