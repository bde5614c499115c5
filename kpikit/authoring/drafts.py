"""new-case: looks at a table's columns and writes a case to edit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomlkit

from kpikit import words
from kpikit.authoring.choosing import Guess, guessed
from kpikit.authoring.guessing import NUMBERS, SUMMED_KINDS, grain_of, segments_of
from kpikit.cases.asks import ASKS, WITHOUT_KPI, Ask
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.tables import KINDS, Column, look

#: question -> the title that its draft begins with
TITLES = {
    "before_after": "Did the change move the KPI?",
    "scorecard": "Where do we stand?",
    "segments": "Who upgrades, and to what?",
    "funnel": "Where do we lose them?",
    "campaign": "Did the campaign work?",
    "targets": "What would it take?",
    "openings": "What goes with what?",
    "seasons": "What time of year is it?",
    "lifetime": "What is a customer worth?",
    "feedback": "Why don't they upgrade?",
    "variants": "How much does the definition matter?",
    "tree": "What would a better part be worth?",
}
#: a value of each shape that a key of [asks] may have, as TOML
EXAMPLES = {
    "text": '"a text"', "texts": '["first", "second"]', "number": "0.1", "whole": "3", "date": "2025-07-01",
    "column": '"a column"', "columns": '["a column", "another"]',
    "table": '{ name = "a text", other = 0.1, third = ["one", "two"] }',
}  # fmt: skip
#: what rows of customers and of answers are asked; all others hold the counts of a KPI
OWN_QUESTION = {"customers": "segments", "answers": "feedback"}
PART = ("numerator", "denominator")  # the columns of one that a composed KPI is made of, to be mended
Entry = tuple[str, Any, str]


def new_case(
    table: Path, kpi: str | None = None, to: Path | None = None, question: str | None = None, catalog: Sequence[str | Path] = ()
) -> Path:
    """Writes a case for the table and returns its path; what could be guessed is filled in, the rest is asked for in comments.

    Without a `question` it is about a before/after, of customers and answers the question that these kinds are for. `catalog`
    names folders of definitions of one's own.
    Raises CaseError where the file is there already: nothing is written over.
    """
    if kpi is not None:
        load_kpi(kpi, *catalog)
    if question not in (None, *TITLES):
        raise CaseError(f"no question '{question}'; {words.near(str(question), TITLES)}")
    columns = look(table)
    place = to or table.with_suffix(".toml")
    if place.exists():
        raise CaseError(f"{place} is there already; give another place with --to")
    relative, *folders = (Path(os.path.relpath(path, place.parent)).as_posix() for path in (table, *catalog))
    text = _draft(relative, columns, kpi, question, guessed(columns, kpi, catalog=catalog), folders)
    place.write_text(text, encoding="utf-8")
    return place


def _draft(
    table: str, columns: Sequence[Column], kpi: str | None, question: str | None, told: Guess, folders: Sequence[str]
) -> str:
    kind, parts = told.kind, {part: list(PART) for part in told.leaves} if told.kind in SUMMED_KINDS else {}
    roles = {role: name for role, name in told.roles.items() if not parts or role == "period"}
    usual = "scorecard" if told.composed else "before_after"
    asked = question or (OWN_QUESTION.get(kind, usual) if kpi is None else usual)
    seen = [
        f"#   {_seen(c.name)}: {c.reads_as}, {words.counted(c.distinct, 'different value')}, as {_seen(c.example)}"
        for c in columns
    ]
    head = [f"# A case for {_seen(table)}. Its columns, as they read:", *seen, ""]
    entries = [*_about(asked, kpi, told), *_of_table(table, kind, columns, roles, asked, parts)]
    if folders:
        entries.append(("catalog", folders, "folders of your own definitions, relative to this file"))
    if parts:
        entries.append(("also", parts, "MEND: the KPI is made of these; name the two columns of each"))
    lines = [f"{key} = {_toml(value)}  # {remark}" for key, value, remark in entries]
    rest = REST.replace(TARGET, TARGETS.get(told.kpi.unit, TARGET))
    if asked != "before_after":
        rest = rest.replace("# MEND: the day of the change", "# the day of a change, where there is one")
    return "\n".join([*head, *lines, rest]) + _asks(ASKS.get(asked, {}))


def _about(question: str, kpi: str | None, told: Guess) -> list[Entry]:
    """Which question, and of which KPI, where it is about one."""
    others = 'or "scorecard", which needs no changed_on' if question == "before_after" else f"one of {', '.join(TITLES)}"
    entries: list[Entry] = [
        ("question", question, others),
        ("title", TITLES[question], "what you ask, as the reader will see it"),
    ]
    if question in WITHOUT_KPI and kpi is None:
        return [*entries, *([FOLLOWED] if question in FOLLOWING else [])]
    counted_over = 'what it is counted over: day, week, month, quarter, year; who is followed, "30 days" or ever'
    entries.append(("kpi", told.kpi.id, f"others that such a table can give: kpikit search --table {told.kind}"))
    if told.variant is not told.kpi.variant():
        entries.append(("variant", told.variant.id, "the reading that is counted from such a table"))
    return [*entries, ("window", told.window, counted_over)]


def _of_table(
    table: str, kind: str, columns: Sequence[Column], roles: Mapping[str, str], question: str, parts: Mapping[str, Any]
) -> list[Entry]:
    """Where the table is and what its columns are."""
    missing = [role for role in KINDS[kind].roles if role not in roles and role not in KINDS[kind].optional]
    remark = _roles_remark(columns if kind in SUMMED_KINDS else (), roles, missing) if not parts else "role = column"
    return [
        ("table", table, "relative to this file"),
        ("kind", kind, f"one of {', '.join(KINDS)}"),
        ("columns", roles, remark),
        *(DRAFTED.get(kind, ()) if question not in WITHOUT_KPI or (question, kind) == ("lifetime", "plans") else ()),
        *([] if parts else [("segments", segments_of(columns, roles), "columns to cut by; take out what you do not need")]),
        ("as_of", _day_after(columns, roles), "MEND: the day on which the table was taken"),
    ]


def _asks(asks: Mapping[str, Ask]) -> str:
    """What the question is told beside the keys that all cases have, each key with an example and what it means."""
    if not asks:
        return ""
    told = (f"{_mended(key)}{_seen(ask.note)}".replace("EXAMPLE", EXAMPLES[ask.shape]) for key, ask in asks.items())
    head = "\n# What this question is told beside; it stands last:\n[asks]\n"
    return head + "\n".join(told) + "\n"


def _mended(key: str) -> str:
    """How the line of a key begins: what the question cannot do without is no comment."""
    return f"{key} = EXAMPLE  # MEND: " if key in NEEDED else f"# {key} = EXAMPLE  # "


#: keys of [asks] without which there is no question
NEEDED = ("steps",)
#: questions that follow people over a window, which no KPI names for them
FOLLOWING = ("segments", "funnel", "campaign")
FOLLOWED: Entry = ("window", "30 days", 'MEND: how long each is followed, as "30 days" or ever')
#: what a kind needs to be told beside its columns
DRAFTED: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "events": (("event_names", {"numerator": ["upgrade"], "denominator": ["active"]}, "MEND: which events count"),),
    "plans": (
        ("plan_order", ["basic", "pro", "enterprise"], "MEND: the plans from the lowest to the highest"),
        ("event_names", {"trial": ["trial"], "left": ["cancelled"]}, "MEND: what stands for a trial and for having left"),
    ),
}
TARGET = "# target = 0.25  # your own target, a fraction"
#: the same of a KPI in another unit
TARGETS = {
    "points": "# target = 0.25  # your own target, a fraction: 0.25 is 25 points",
    "money": "# target = 100.0  # your own target, in the table's currency",
    "number": "# target = 1.5  # your own target",
    "days": "# target = 7.0  # your own target, in days",
    "months": "# target = 12.0  # your own target, in months",
}
REST = f"""
# changed_on = 2025-07-01  # MEND: the day of the change
{TARGET}

# The story, each a sentence or a few; take out what you do not know:
# situation = ""
# finding = ""
# actions = [""]
# reported_outcome = ""
# learned = ""
# start_reason = "unknown"  # planned, kpi was low, kpi was high, unknown
# date_chosen = "unknown"  # before looking, after looking, unknown
# client = ""
# author = ""
# logo = "logo.png"  # a PNG or JPEG, relative to this file
# confidential = "Confidential"  # on every page of what is sent
# locale = "de_DE"  # how numbers are written
# owner = ""
# review_every = "month"  # week, month, quarter, year or never; else as often as the KPI's definition says

# One report for each value of a column, and an overview across them; or a part of the table alone:
# for_each = "region"
# only = {{ region = "Europe" }}

# How the table is written, where it is not plain, and how its numbers are cut (docs/tables.md has every key):
# separator = ";"
# decimal = ","
# thousands = "."
# date_format = "%d.%m.%Y"
# duplicates = "keep"
# cuts = {{ tenure_days = [90, 365] }}

# What one more counted unit brings, in money, and what was spent; the segments that had no change; other KPIs in the same table:
# revenue_per_unit = 120.0
# programme_cost = 50000.0
# currency = "USD"
# control = {{ region = ["Europe"] }}
# also = {{ upsell_ratio = "upsold" }}
"""


def _roles_remark(columns: Sequence[Column], roles: Mapping[str, str], missing: Sequence[str]) -> str:
    """What is still to map, and the numbers that no role took: a role may sum several columns."""
    spare = [c.name for c in columns if c.reads_as in NUMBERS and c.name not in roles.values()]
    if missing:
        return f"MEND, still to map: {words.listed(missing)}"
    return f"MEND: {_seen(words.listed(spare))} is not mapped; a list of columns is summed" if spare else "role = column"


def _day_after(columns: Sequence[Column], roles: Mapping[str, str]) -> date:
    """The first day after the last one in the table: a month 2026-06 is over on 2026-07-01."""
    dated = [(c.last, c.grain) for c in columns if c.name in (roles.get("period"), roles.get("date")) and c.last]
    if not dated:
        return date.today()
    last, grain = dated[0]
    days = 1 if "period" not in roles else {"day": 1, "week": 7}.get(grain_of(columns, roles))
    if days:
        return date(last.year, last.month, last.day) + timedelta(days=days)
    months = last.year * 12 + last.month - 1 + {"quarter": 3, "year": 12}.get(grain or "month", 1)
    return date(months // 12, months % 12 + 1, 1)


def _seen(text: str) -> str:
    """A text of the data as a comment can hold it: on one line, nothing unprintable."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{tomlkit.key(key).as_string()} = {_toml(item)}" for key, item in value.items()) + " }"
    return str(tomlkit.item(value).as_string())
