"""TOML -> Kpi: every key has a reader, an unknown or missing one is an error that names its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import rtoml

from kpikit import words
from kpikit.bands import Band
from kpikit.catalog.folders import text_of
from kpikit.catalog.plausible import refuse_impossible, refuse_left_over, refuse_percent
from kpikit.catalog.syntax import meant
from kpikit.errors import DefinitionError
from kpikit.example import Example
from kpikit.formulas import Formula
from kpikit.kpi import ATTRIBUTES, Benchmark, Kpi, Variant

MOST_KEPT = 512  # definitions that are not read again
PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")  # what an id is made of
Table = Mapping[str, Any]

#: keys of each table: name -> (type as TOML gives it, whether it must be there)
TEXT, NUMBER, FLAG, TEXTS, TABLE, TABLES = str, (Decimal, int), bool, "texts", dict, "tables"
KEYS: dict[str, dict[str, tuple[Any, bool]]] = {
    "definition": {
        "id": (TEXT, True), "name": (TEXT, True), "question": (TEXT, True), "better": (TEXT, True), "unit": (TEXT, True),
        "cadence": (TEXT, True), "cadence_source": (TEXT, True), "functions": (TEXTS, True), "industries": (TEXTS, True),
        "synonyms": (TEXTS, True), "related": (TEXTS, True), "variant": (TABLES, True), "attributes": (TABLE, True),
        "published_case": (TABLE, False), "owner": (TEXT, False), "exchange": (TABLE, False),
    },
    "variant": {
        "id": (TEXT, True), "name": (TEXT, True), "definition": (TEXT, True), "formula": (TEXT, True), "source": (TEXT, True),
        "kind": (TEXT, True), "counts": (TEXT, True), "numerator": (TEXT, False), "denominator": (TEXT, False),
        "less": (TEXT, False), "combine": (TEXT, False), "of": (TEXTS, False), "measures": ("tables by name", False),
        "example": (TABLE, True), "bands": (TABLES, False), "bands_source": (TEXT, False), "benchmarks": (TABLES, False),
        "window": (TEXT, False), "first_order_counts": (FLAG, False), "moves": (TEXTS, False), "eligible": (TEXT, False),
        "without": (FLAG, False), "counting": ("texts by name", False), "note": (TEXT, False),
    },
    "band": {
        "name": (TEXT, True), "up_to": (NUMBER, False), "below": (NUMBER, False), "advice": (TEXT, False),
        "reading": (FLAG, False),
    },
    "benchmark": {
        "value": (NUMBER, True), "industry": (TEXT, True), "source": (TEXT, True), "what": (TEXT, False), "year": (int, False),
    },
    "example": {
        "numerator": (NUMBER, False), "denominator": (NUMBER, False), "less": (NUMBER, False),
        "parts": ("numbers by name", False), "value": (NUMBER, True), "source": (TEXT, True),
    },
    "published_case": {
        "variant": (TEXT, True), "company": (TEXT, True), "industry": (TEXT, True), "before": (NUMBER, True),
        "after": (NUMBER, True), "months": (int, True), "problem": (TEXT, True), "actions": (TEXTS, True),
        "outcome": (TEXT, True), "source": (TEXT, True),
    },
    "attributes": dict.fromkeys(ATTRIBUTES, ("prose", True)) | {"change_impact": ("texts by name", True)},
}  # fmt: skip


def read_definition(path: Path) -> Kpi:
    """The KPI that a TOML file defines; DefinitionError names the file and the place that must be mended."""
    text = text_of(path)
    try:
        return _of_text(text, path.stem)
    except (DefinitionError, ValueError, ArithmeticError) as error:  # no TOML, or a number that is none
        raise DefinitionError(f"{path.name}: {error}") from error


@lru_cache(MOST_KEPT)
def _of_text(text: str, stem: str) -> Kpi:
    """The KPI that a text defines: as long as not a letter of it changes, it need not be read again."""
    return _kpi(parsed(text), stem)


def parsed(text: str) -> Table:
    """The tables of a text, its numbers as decimals; DefinitionError for one that is nested too deeply to be read."""
    try:
        rtoml.loads(text)  # refuses in no time what would keep the parser of the standard library busy for hours
    except rtoml.TomlParsingError as error:
        if "recur" in str(error):
            raise DefinitionError("it is nested too deeply; a definition holds tables in tables, and no more") from error
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{error}{meant(str(error), text)}") from error
    except ValueError as error:  # Python reads no whole number so long
        raise DefinitionError("a whole number has thousands of digits, which no figure of a KPI has; shorten it") from error


#: keys of a variant that its Formula takes, and those that it takes itself where they are there
COMPUTES = ("kind", "counts", "numerator", "denominator", "less", "combine", "of")
CHOICES = ("window", "first_order_counts", "eligible", "without", "measures", "counting", "bands_source", "note")


def _kpi(raw: Table, stem: str) -> Kpi:
    if not raw:
        raise DefinitionError("it holds nothing; kpikit new-kpi writes a definition to fill in")
    _check(raw, "definition", "")
    _refuse_id(raw["id"])
    if raw["id"] != stem:
        raise DefinitionError(f"id is '{raw['id']}', but the file is called {stem}.toml; they must be the same")
    _check(raw["attributes"], "attributes", "[attributes] ")
    variants = tuple(map(_variant, raw["variant"]))
    case = raw.get("published_case")
    if case is not None:
        _check(case, "published_case", "[published_case] ")
    plain: dict[str, Any] = {key: raw[key] for key in ("id", "name", "question", "better", "unit", "cadence", "cadence_source")}
    lists: dict[str, Any] = {key: tuple(raw[key]) for key in ("functions", "industries", "synonyms", "related")}
    kept: dict[str, Any] = {key: raw[key] for key in ("owner", "exchange") if key in raw}
    kpi = Kpi(**plain, **lists, **kept, variants=variants, attributes=raw["attributes"], published_case=case)
    refuse_percent(kpi)
    return kpi


def _refuse_id(name: str) -> None:
    if not PLAIN_NAME.fullmatch(name):
        raise DefinitionError(f"id is '{name}'; it is a plain name of letters a to z, digits and underscores, as upgrade_rate")


def _variant(raw: Table) -> Variant:
    place = f"[[variant]] {raw.get('id', '?')}: "
    _check(raw, "variant", place)
    _refuse_id(raw["id"])
    if bool(raw.get("bands")) != bool(raw.get("bands_source")):
        said = "has bands, so it needs" if raw.get("bands") else "has no bands, so it cannot have"
        raise DefinitionError(f"{place}it {said} bands_source: whose they are, or why an edge lies there")
    try:
        refuse_left_over(raw["kind"], _check(raw["example"], "example", "example: "))
        variant = Variant(
            **{key: raw[key] for key in ("id", "name", "definition", "formula", "source")},
            **{key: raw[key] for key in CHOICES if key in raw},
            moves=tuple(raw.get("moves", Variant.moves)),
            computes=Formula(**{key: _tuple(raw[key]) for key in COMPUTES if key in raw}),
            example=Example(**{"numerator": None, "denominator": None} | _decimals(raw["example"])),
            bands=tuple(map(_band, raw.get("bands", []))),
            benchmarks=tuple(
                Benchmark(**_decimals(_check(mark, "benchmark", "benchmark: "))) for mark in raw.get("benchmarks", [])
            ),
        )
        refuse_impossible(variant)
    except DefinitionError as error:
        raise DefinitionError(f"{place}{error}") from error
    return variant


def _band(raw: Table) -> Band:
    _check(raw, "band", "band: ")
    if "up_to" in raw and "below" in raw:
        raise DefinitionError(f"band '{raw['name']}' has both up_to and below; its edge lies on one side only")
    edge = raw.get("up_to", raw.get("below"))
    build = partial(Band, raw["name"], edge_inside="below" not in raw)
    return build(edge=None if edge is None else Decimal(edge), advice=raw.get("advice", ""), reading=raw.get("reading", False))


def _decimals(raw: Table) -> dict[str, Any]:
    """The table with its numbers, also those of a table in it, as decimals; a year stays whole."""
    told = {key: _decimals(value) if isinstance(value, dict) else value for key, value in raw.items()}
    return {key: Decimal(value) if isinstance(value, int) and key != "year" else value for key, value in told.items()}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check(raw: Table, table: str, place: str) -> Table:
    """Refuses unknown, missing and mistyped keys; returns the table."""
    known = KEYS[table]
    for key in raw:
        if key not in known:
            raise DefinitionError(f"{place}no key '{key}' is known here; {words.near(key, known)}")
    for key, (kind, needed) in known.items():
        if needed and key not in raw:
            raise DefinitionError(f"{place}the key '{key}' is missing")
        if key in raw and not _fits(raw[key], kind):
            raise DefinitionError(
                f"{place}'{key}' is {_shown(raw[key])}; it must be {_named(kind, key)}{_within(raw[key], kind)}"
            )
    return raw


def _fits(value: Any, kind: Any) -> bool:
    if kind == "prose":
        return bool(value) and _fits(value, "texts" if isinstance(value, list) else TEXT)
    if kind in BY_NAME:
        return isinstance(value, dict) and bool(value) and all(_fits(item, BY_NAME[kind]) for item in value.values())
    if kind in LISTS:
        return isinstance(value, list) and all(_fits(item, LISTS[kind]) for item in value)
    if isinstance(value, str):
        return kind is TEXT and bool(value.strip()) and not CONTROL.search(value)
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS):
        return False
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


#: lists and tables whose keys are free, and what each entry must be
LISTS: dict[Any, Any] = {"texts": TEXT, "tables": TABLE}
BY_NAME: dict[Any, Any] = {"tables by name": TABLE, "numbers by name": NUMBER, "texts by name": TEXT}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # marks that no text has, and terminals obey
MOST_SHOWN = 200  # characters of a wrong value in a message
MOST_DIGITS = 30  # before or after the point: what has more is no figure of a KPI, and exact arithmetic with it never ends


def _shown(value: Any) -> str:
    """A value as a message shows it: a number as it was written, the beginning of what is long."""
    told = f"{value}" if isinstance(value, (Decimal, date)) else repr(value)
    return told if len(told) <= MOST_SHOWN else f"{told[:MOST_SHOWN]} and so on"


def _within(value: Any, kind: Any) -> str:
    """What is wrong with a number that is a number, and with a text that is text."""
    if isinstance(value, Decimal) and kind is NUMBER:
        return f" of at most {MOST_DIGITS} digits"
    return " without control characters" if isinstance(value, str) and CONTROL.search(value) else ""


def _named(kind: Any, key: str) -> str:
    names = {TEXT: "text", NUMBER: "a number", FLAG: "true or false", TABLE: "a table", int: "a whole number"}
    tables = f"a list of tables, each under [[{'' if key == 'variant' else 'variant.'}{key}]]"
    lists = {"texts": "a list of texts", "tables": tables, "prose": "text or a list of texts"}
    by_name = {f"{kind} by name": f"a table of {kind}" for kind in ("tables", "numbers", "texts")}
    return (lists | by_name).get(kind) or names[kind]
