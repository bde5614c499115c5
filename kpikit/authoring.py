"""new-case: looks at a table's columns and writes a case to edit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomlkit

from kpikit import words
from kpikit.cases import Case, case_from
from kpikit.catalog import kpi_ids, load_kpi
from kpikit.errors import CaseError
from kpikit.tables import KINDS, Column, look

#: patterns in a column's name that tell its role, the surest first
HINTS = {
    "period": ("period", "month", "quarter", "year", "week", "day", "date"),
    "customer": ("customer", "client", "user", "account", "subscriber_id"),
    "order": ("order", "invoice", "basket"),
    "date": ("date", "time", "day", "_at"),
    "product": ("product(?!.?(line|cat|fam|group|dep))", "sku", "stock", "item", "product"),
    "line": ("product.?(line|cat|fam|group)", "category", "department", "^line$"),
    "plan": ("plan", "tier", "subscription_type"),
    "event": ("event", "action", "status"),
    "subscription": ("subscription.?id", "^subscription$", "contract"),
    "move": ("^move$", "change.?type", "kind.?of.?change"),
    "amount": ("amount", "revenue", "total.?price", "line.?total", "value"),
    "price": ("price",),
    "numerator": ("upgrade", "upsell", "upsold", "numerator", "converted", "bought", "adopted", "using"),
    "denominator": ("subscriber", "customer", "denominator", "total", "offered", "raw", "users", "base"),
}
#: the kind of table that a set of roles makes, the most telling first
TELLING = {
    "orders": {"customer", "order", "date"},
    "events": {"customer", "date", "event"},
    "plans": {"customer", "date", "plan"},
    "counts": {"period", "numerator", "denominator"},
}
MOST_SEGMENT_VALUES = 12
NUMBERS = ("count", "quantity")
SUMMED_KINDS = ("counts", "volumes")
DEFAULT_KPI = {"orders": "product_upsell_rate", "volumes": "product_upgrade_ratio"}
SUMMED_ROLES = ("period", "numerator", "denominator")
ELSEWHERE = ("package:", "postgresql:")  # tables that are no file of the user's
LOOKED_WITH = ("encoding", "separator", "decimal", "thousands", "date_format", "sheet", "header_row")
SURE_ROLES = ("line", "price", "subscription", "move")  # guessed where name and values fit, else left out: none is needed


def new_case(table: Path, kpi: str | None = None, to: Path | None = None) -> Path:
    """Writes a case for the table and returns its path; what could be guessed is filled in, the rest is asked for in comments.

    Raises CaseError where the file is there already: nothing is written over.
    """
    if kpi is not None:
        load_kpi(kpi)
    columns = look(table)
    place = to or table.with_suffix(".toml")
    if place.exists():
        raise CaseError(f"{place} is there already; give another place with --to")
    relative = Path(os.path.relpath(table, place.parent)).as_posix()
    place.write_text(_draft(relative, columns, kpi), encoding="utf-8")
    return place


def case_from_flags(flags: Mapping[str, Any], folder: Path) -> Path:
    """Writes the case that command-line flags describe, to be edited and run again; its `table` is made relative to it.

    Raises CaseError where a flag is missing or wrong; nothing is written then.
    """
    for flag in ("kpi", "table", "kind"):
        if not flags[flag]:
            raise CaseError(f"a report without a case file needs --{flag}")
    variant = load_kpi(flags["kpi"]).variant(flags.get("variant"))
    if not (flags.get("window") or variant.window):
        raise CaseError("a report without a case file needs --window: what the rate is counted over, as month")
    if flags.get("benchmark"):
        variant.benchmark(flags["benchmark"])
    case = case_of_flags(flags, folder)
    place = folder / f"{case.id}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text(case.to_toml(), encoding="utf-8")
    return place


def case_of_flags(flags: Mapping[str, Any], folder: Path) -> Case:
    """The case that command-line flags describe, as if it stood in a folder."""
    table, name, day = flags["table"], load_kpi(flags["kpi"]).name, flags["changed_on"]
    own = {
        "title": f"Did the change of {day} move the {name}?" if day else f"Where does the {name} stand?",
        "question": "before_after" if day else "scorecard",
        "table": table if table.startswith(ELSEWHERE) else Path(os.path.relpath(table, folder)).as_posix(),
    }
    given = {key: value for key, value in flags.items() if value not in (None, [], {})}
    return case_from(given | own, f"{_named_for(table)}-{flags['kpi']}", folder)


def _named_for(table: str) -> str:
    """What a case on a table is called: the file's name without its endings, a database's table without its schema."""
    name = Path(table).name
    return name.rpartition(":")[2].rpartition(".")[2] if table.startswith(ELSEWHERE[1]) else name.split(".")[0]


def guessed_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Flags with what is missing guessed from the table: its kind and roles, the segments of sums, a KPI and a window for it."""
    columns = _looked_at(flags)
    kind, roles = guess_roles(columns)
    kind = flags.get("kind") or kind
    mapped = {
        **({role: name for role, name in roles.items() if role in KINDS[kind].roles} if kind in KINDS else {}),
        **(flags.get("columns") or {}),
    }
    segments = flags.get("segments") or (_segments(columns, mapped) if kind in SUMMED_KINDS else [])
    kpi = flags.get("kpi") or DEFAULT_KPI.get(kind, "upgrade_rate")
    window = flags.get("window") or ("30 days" if kind == "orders" else _grain(columns, mapped))
    return {**flags, "kind": kind, "columns": mapped, "segments": segments, "kpi": kpi, "window": window}


def _looked_at(flags: Mapping[str, Any]) -> Sequence[Column]:
    """The columns of the table that flags name; none of a table that is no file of the user's."""
    table, how = flags["table"], {key: flags[key] for key in LOOKED_WITH if flags.get(key)}
    if not table.startswith(ELSEWHERE):
        return look(Path(table), **how)
    if not flags.get("kind"):
        raise CaseError(f"{table}: only a file's columns are looked at; give --kind and --columns")
    return ()


def guess_roles(columns: Sequence[Column]) -> tuple[str, dict[str, str]]:
    """The kind of table and the role of each column, by the names and values; roles that no column fits are left out."""
    several = sum(c.reads_as in NUMBERS for c in columns) > 1
    summed = several and any(c.reads_as == "period" for c in columns)
    found = _roles(columns, SUMMED_ROLES if summed else [role for role in HINTS if role != "period"])
    rows = "events" if {"customer", "date"} <= set(found) and not several else "counts"
    kind = next((kind for kind, roles in TELLING.items() if roles <= set(found)), rows)
    if kind in SUMMED_KINDS:  # also where its periods are days
        found = _roles(columns, SUMMED_ROLES)
    if "price" in found and "price" not in KINDS[kind].roles:
        found.setdefault("amount", found["price"])
    if kind == "counts" and any(
        c.reads_as == "quantity" for c in columns if c.name in (found.get("numerator"), found.get("denominator"))
    ):
        kind = "volumes"
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
    numbers = dict.fromkeys(("numerator", "denominator", "amount", "price"), NUMBERS)
    others = {"period": ("period", "moment", "count"), "date": ("moment",), "line": ("text",)}
    return column.reads_as in (numbers | others).get(role, ("text", "count", "period", "moment"))


def _segments(columns: Sequence[Column], roles: Mapping[str, Any]) -> list[str]:
    """The columns of few names that no role took."""
    taken = {column for names in roles.values() for column in ([names] if isinstance(names, str) else names)}
    return [c.name for c in columns if c.name not in taken and c.reads_as == "text" and c.distinct <= MOST_SEGMENT_VALUES]


def _draft(table: str, columns: Sequence[Column], kpi: str | None) -> str:
    kind, roles = guess_roles(columns)
    segments = _segments(columns, roles)
    missing = [role for role in KINDS[kind].roles if role not in roles and role not in KINDS[kind].optional]
    chosen = kpi or DEFAULT_KPI.get(kind, "upgrade_rate")
    entries = [
        ("question", "before_after", 'or "scorecard", which needs no changed_on'),
        ("title", "Did the change move the KPI?", "what you ask, as the reader will see it"),
        ("kpi", chosen, f"one of {', '.join(kpi_ids())}"),
        (
            "window",
            "30 days" if kind == "orders" else _grain(columns, roles),
            'what the rate is counted over: day, week, month, quarter, year, "30 days", ever',
        ),
        ("table", table, "relative to this file"),
        ("kind", kind, f"one of {', '.join(KINDS)}"),
        ("columns", roles, _roles_remark(columns if kind in SUMMED_KINDS else (), roles, missing)),
        *DRAFTED.get(kind, ()),
        ("segments", segments, "columns to cut by; take out what you do not need"),
        ("as_of", _day_after(columns, roles), "MEND: the day on which the table was taken"),
    ]
    seen = [
        f"#   {_seen(c.name)}: {c.reads_as}, {words.counted(c.distinct, 'different value')}, as {_seen(c.example)}"
        for c in columns
    ]
    head = [f"# A case for {_seen(table)}. Its columns, as they read:", *seen, ""]
    return "\n".join([*head, *(f"{key} = {_toml(value)}  # {remark}" for key, value, remark in entries), REST])


#: what a kind needs to be told beside its columns
DRAFTED: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "events": (("event_names", {"numerator": ["upgrade"], "denominator": ["active"]}, "MEND: which events count"),),
    "plans": (
        ("plan_order", ["basic", "pro", "enterprise"], "MEND: the plans from the lowest to the highest"),
        ("event_names", {"trial": ["trial"], "left": ["cancelled"]}, "MEND: what stands for a trial and for having left"),
    ),
}
REST = """
# changed_on = 2025-07-01  # MEND: the day of the change
# target = 0.25  # your own target, a fraction

# The story, each a sentence or a few; take out what you do not know:
# situation = ""
# finding = ""
# actions = [""]
# reported_outcome = ""
# learned = ""
# start_reason = "unknown"  # planned, kpi was low, unknown
# date_chosen = "unknown"  # before looking, after looking, unknown
# client = ""
# author = ""

# How the table is written, where it is not plain, and how its numbers are cut (docs/tables.md has every key):
# separator = ";"
# decimal = ","
# thousands = "."
# date_format = "%d.%m.%Y"
# duplicates = "keep"
# cuts = { tenure_days = [90, 365] }

# What one more counted unit brings, in money, and what was spent; the segments that had no change; other KPIs in the same table:
# revenue_per_unit = 120.0
# programme_cost = 50000.0
# currency = "USD"
# control = { region = ["Europe"] }
# also = { upsell_ratio = "upsold" }
"""


def _roles_remark(columns: Sequence[Column], roles: Mapping[str, str], missing: Sequence[str]) -> str:
    """What is still to map, and the numbers that no role took: a role may sum several columns."""
    spare = [c.name for c in columns if c.reads_as in NUMBERS and c.name not in roles.values()]
    if missing:
        return f"MEND, still to map: {words.listed(missing)}"
    return f"MEND: {_seen(words.listed(spare))} is not mapped; a list of columns is summed" if spare else "role = column"


def _grain(columns: Sequence[Column], roles: Mapping[str, str]) -> str:
    """The window that a table's periods are written in, as far as that can be seen; else a month."""
    found = next((c for c in columns if c.name == roles.get("period")), None)
    if found is None or found.grain in ("quarter", "year"):
        return (found and found.grain) or "month"
    if found.reads_as != "moment" or not found.last or found.last.day == 1:
        return "month"
    return "week" if "week" in found.name.lower() else "day"


def _day_after(columns: Sequence[Column], roles: Mapping[str, str]) -> date:
    """The first day after the last one in the table: a month 2026-06 is over on 2026-07-01."""
    dated = [(c.last, c.grain) for c in columns if c.name in (roles.get("period"), roles.get("date")) and c.last]
    if not dated:
        return date.today()
    last, grain = dated[0]
    days = 1 if "period" not in roles else {"day": 1, "week": 7}.get(_grain(columns, roles))
    if days:
        return date(last.year, last.month, last.day) + timedelta(days=days)
    months = last.year * 12 + last.month - 1 + {"quarter": 3, "year": 12}.get(grain or "month", 1)
    return date(months // 12, months % 12 + 1, 1)


def _seen(text: str) -> str:
    """A text of the data as a comment can hold it: on one line, nothing unprintable."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    return str(tomlkit.item(value).as_string())
