"""JSON Schema of a case, made of the keys that cases know."""

from __future__ import annotations

from typing import Any

from kpikit.authoring.drafts import TITLES
from kpikit.authoring.key_notes import CASE
from kpikit.cases import DATE_CHOICES, KEYS, NEEDED, START_REASONS
from kpikit.cases.asks import ASKS, WITHOUT_KPI
from kpikit.cases.case import DEFAULTS
from kpikit.cases.values import AMOUNTS, DATES, NUMBERS, TABLES, TEXTS
from kpikit.moments import MONTHS, WEEKDAYS
from kpikit.tables import KINDS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
LIST: Schema = {"type": "array", "items": TEXT}
DATE: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$"}
FREE: Schema = {"type": "object"}
ONE_OR_MORE: Schema = {"anyOf": [TEXT, {**LIST, "minItems": 1}]}
#: tables of a case -> what each entry must be
ENTRIES: dict[str, Schema] = {
    "events": TEXT, "event_names": LIST, "control": LIST, "columns": {"anyOf": [TEXT, LIST]}, "counting": {"anyOf": [TEXT, LIST]},
    "only": ONE_OR_MORE, "looked_at": TEXT,
    "also": {"anyOf": [TEXT, {**LIST, "minItems": 2, "maxItems": 2}]}, "cuts": {"type": "array", "minItems": 1, "items": NUMBER},
}  # fmt: skip
#: keys that are more than a text
SHAPES: dict[str, Schema] = {
    **dict.fromkeys(DATES, DATE),
    **dict.fromkeys(TEXTS, LIST),
    **{key: {"type": "object", "additionalProperties": ENTRIES[key]} for key in TABLES},
    **{key: {"type": "integer", "minimum": 0} for key in NUMBERS},
    **dict.fromkeys(AMOUNTS, NUMBER),
    "target": NUMBER,
    "catalog": {"anyOf": [TEXT, LIST]},
    "keep": {"type": "array", "items": {"type": "object", "properties": {"column": TEXT}, "required": ["column"]}},
    "for_each": {"anyOf": [*ONE_OR_MORE["anyOf"], {"type": "object", "minProperties": 1, "additionalProperties": ONE_OR_MORE}]},
    "asks": FREE,
    "kind": {"enum": list(KINDS)},
    "question": {"enum": list(TITLES)},
    "start_reason": {"enum": list(START_REASONS)},
    "date_chosen": {"enum": list(DATE_CHOICES)},
    "duplicates": {"enum": ["refuse", "keep", "drop"]},
    "first_weekday": {"enum": list(WEEKDAYS)},
    "year_starts": {"enum": list(MONTHS)},
}
#: a shape of an Ask -> what a schema says of it
ASKED: dict[str, Schema] = {
    "text": TEXT, "column": TEXT, "texts": LIST, "columns": LIST, "number": NUMBER, "whole": {"type": "integer"}, "date": DATE,
    "table": {"type": "object", "additionalProperties": {"anyOf": [TEXT, NUMBER, LIST]}},
}  # fmt: skip


def case_schema() -> Schema:
    """What a case may hold, and what each question needs."""
    properties = {key: {**SHAPES.get(key, TEXT), "description": CASE.get(key, "")} for key in KEYS}
    head = {"title": "A case of kpikit", "type": "object", "properties": properties}
    return {**head, "required": list(NEEDED), "additionalProperties": False, "allOf": [_of_question(name) for name in TITLES]}


def _of_question(question: str) -> Schema:
    """What a question needs, and what it may be told in [asks]; a case without the key asks a before/after."""
    asked = {
        "properties": {"question": {"const": question}},
        "required": [] if question == DEFAULTS["question"] else ["question"],
    }
    keys = {key: {**ASKED[ask.shape], "description": ask.note} for key, ask in ASKS.get(question, {}).items()}
    needs = [*([] if question in WITHOUT_KPI else ["kpi"]), *(["changed_on"] if question == "before_after" else [])]
    asks = {"type": "object", "properties": keys, "additionalProperties": False}
    return {"if": asked, "then": {"properties": {"asks": asks}, "required": needs}}
