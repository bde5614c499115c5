"""JSON Schemas of a definition and of a case, made of what their readers know: editors complete and check TOML with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.authoring.case_schema import case_schema
from kpikit.authoring.key_notes import DEFINITION
from kpikit.bands import FRACTIONS
from kpikit.catalog.definitions import KEYS, PLAIN_NAME
from kpikit.errors import DefinitionError
from kpikit.formulas import COMBINE, KINDS
from kpikit.kpi import CADENCES, DIRECTIONS, ELIGIBLE, MOVES, UNITS
from kpikit.measures import MEASURES, ROLES, THRESHOLDS

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"type": "array", "items": TEXT}
NUMBER: Schema = {"type": "number"}
#: a type of definitions.KEYS -> what a schema says of it
SHAPES: dict[Any, Schema] = {
    str: TEXT, bool: {"type": "boolean"}, int: {"type": "integer"}, (Decimal, int): NUMBER, "texts": TEXTS,
    "prose": {"anyOf": [TEXT, {**TEXTS, "minItems": 1}]},
    "texts by name": {"type": "object", "minProperties": 1, "additionalProperties": TEXT},
    "numbers by name": {"type": "object", "minProperties": 1, "additionalProperties": NUMBER},
}  # fmt: skip
#: keys whose values are among a few, or tables of their own
CHOICES: dict[tuple[str, str], Schema] = {
    ("definition", "better"): {"enum": list(DIRECTIONS)},
    ("definition", "unit"): {"enum": list(UNITS)},
    ("definition", "cadence"): {"enum": list(CADENCES)},
    ("variant", "kind"): {"enum": list(KINDS)},
    ("variant", "counts"): {"enum": list(dict.fromkeys(counts for kind in KINDS.values() for counts in kind))},
    ("variant", "combine"): {"enum": list(COMBINE)},
    ("variant", "eligible"): {"enum": list(ELIGIBLE)},
    ("variant", "moves"): {"type": "array", "minItems": 1, "items": {"enum": list(MOVES)}},
    ("variant", "measures"): {"$ref": "#/$defs/measures"},
    ("variant", "bands"): {"type": "array", "items": {"$ref": "#/$defs/band"}},
    ("variant", "benchmarks"): {"type": "array", "items": {"$ref": "#/$defs/benchmark"}},
    ("variant", "example"): {"$ref": "#/$defs/example"},
    ("definition", "variant"): {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/variant"}},
    ("definition", "attributes"): {"$ref": "#/$defs/attributes"},
    ("definition", "published_case"): {"$ref": "#/$defs/published_case"},
    ("definition", "exchange"): {"type": "object"},
    **{(table, "id"): {"type": "string", "pattern": f"^{PLAIN_NAME.pattern}$"} for table in ("definition", "variant")},
}


def schema(of: str = "kpi") -> Schema:
    """The JSON Schema (draft 2020-12) of a definition ("kpi") or of a case ("case"), as plain values.

    >>> schema("kpi")["properties"]["better"]["enum"]
    ['higher', 'lower', 'inside']
    """
    schemas: dict[str, Callable[[], Schema]] = {"kpi": kpi_schema, "case": case_schema}
    if of not in schemas:
        raise DefinitionError(f"there is no schema of '{of}'; {words.near(of, schemas)}")
    return {"$schema": DRAFT, **schemas[of]()}


def write_schema(of: str, place: Path) -> Path:
    """Writes a schema and returns its path; an older one there is replaced."""
    place.write_text(json.dumps(schema(of), indent=2) + "\n", encoding="utf-8")
    return place


def kpi_schema() -> Schema:
    """What a definition may hold."""
    tables = {table: _table(table) for table in KEYS if table != "definition"}
    tables["variant"] |= {"allOf": [_of_kind(kind) for kind in KINDS], "dependentRequired": _TOGETHER}
    tables["band"] |= {"not": {"required": ["up_to", "below"]}}
    edges = [_edges(unit, float(most)) for unit, most in FRACTIONS.items()]
    return {"title": "A KPI of kpikit", **_table("definition"), "allOf": edges, "$defs": {**tables, "measures": _measures()}}


_TOGETHER = {"bands": ["bands_source"], "bands_source": ["bands"]}


def _table(name: str) -> Schema:
    """A table of a definition: its keys with what they mean, and those that must be there."""
    properties = {
        key: {**CHOICES.get((name, key), SHAPES.get(kind, {})), "description": DEFINITION[name].get(key, "")}
        for key, (kind, _) in KEYS[name].items()
    }
    required = [key for key, (_, needed) in KEYS[name].items() if needed]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _of_kind(kind: str) -> Schema:
    """What one kind of formula may count, and which keys it needs and has not."""
    parts, counted = ["combine", "of"], ["numerator", "denominator"]
    needs = parts if kind == "composed" else [*counted, *(["less"] if kind == "balance" else [])]
    without = [key for key in (*counted, "less", *parts) if key not in needs]
    then = {"properties": {"counts": {"enum": list(KINDS[kind])}}, "required": needs, **_without(without)}
    return {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": then}


def _without(keys: list[str]) -> Schema:
    return {"not": {"anyOf": [{"required": [key]} for key in keys]}}


def _edges(unit: str, most: float) -> Schema:
    """Refuses edges in percent where fractions belong: a part of a whole ends at 1, other rates end at a few times it."""
    share = {"properties": {"kind": {"enum": ["share", "follow_on"]}}, "required": ["kind"]}
    variants = {"if": share, "then": _bands_within(1.0), "else": _bands_within(most)}
    unit_is = {"properties": {"unit": {"const": unit}}, "required": ["unit"]}
    return {"if": unit_is, "then": {"properties": {"variant": {"items": variants}}}}


def _bands_within(most: float) -> Schema:
    edge = {"minimum": -most, "maximum": most}
    return {"properties": {"bands": {"items": {"properties": {"up_to": edge, "below": edge}}}}}


def _measures() -> Schema:
    """The kinds of table with raw rows, and what a role may be there."""
    tables = {table: _roles(table, measures) for table, measures in MEASURES.items()}
    return {"type": "object", "minProperties": 1, "properties": tables, "additionalProperties": False}


def _roles(table: str, measures: Mapping[str, str]) -> Schema:
    plain = [measure for measure in measures if measure not in THRESHOLDS]
    one: Schema = {"enum": plain}
    if table == "ratings":
        one = {"anyOf": [one, {"type": "string", "pattern": f"^({'|'.join(THRESHOLDS)}) -?[0-9]+$"}]}
    one = {**one, "description": "; ".join(f"{name}: {what}" for name, what in measures.items())}
    scale = {"scale": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}} if table == "ratings" else {}
    return {
        "type": "object",
        "properties": {**dict.fromkeys(ROLES, one), **scale} if plain else {},
        "additionalProperties": False,
    }
