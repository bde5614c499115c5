"""TOML -> Kpi: every key has a reader, an unknown or missing one is an error that names its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.bands import Band
from kpikit.errors import DefinitionError
from kpikit.formulas import Formula
from kpikit.kpi import ATTRIBUTES, Benchmark, Example, Kpi, Variant

KPIS = Path(__file__).parent / "kpis"
Table = Mapping[str, Any]

#: keys of each table: name -> (type as TOML gives it, whether it must be there)
TEXT, NUMBER, FLAG, TEXTS, TABLE, TABLES = str, (Decimal, int), bool, "texts", dict, "tables"
KEYS: dict[str, dict[str, tuple[Any, bool]]] = {
    "definition": {
        "id": (TEXT, True), "name": (TEXT, True), "question": (TEXT, True), "better": (TEXT, True), "unit": (TEXT, True),
        "cadence": (TEXT, True), "cadence_source": (TEXT, True), "functions": (TEXTS, True), "industries": (TEXTS, True),
        "synonyms": (TEXTS, True), "related": (TEXTS, True), "variant": (TABLES, True), "attributes": (TABLE, True),
        "published_case": (TABLE, False),
    },
    "variant": {
        "id": (TEXT, True), "name": (TEXT, True), "definition": (TEXT, True), "formula": (TEXT, True), "source": (TEXT, True),
        "kind": (TEXT, True), "counts": (TEXT, True), "numerator": (TEXT, True), "denominator": (TEXT, True),
        "example": (TABLE, True), "bands": (TABLES, False), "benchmarks": (TABLES, False), "window": (TEXT, False),
        "first_order_counts": (FLAG, False), "moves": (TEXTS, False), "eligible": (TEXT, False), "note": (TEXT, False),
    },
    "band": {
        "name": (TEXT, True), "up_to": (NUMBER, False), "below": (NUMBER, False), "advice": (TEXT, False),
        "reading": (FLAG, False),
    },
    "benchmark": {
        "value": (NUMBER, True), "industry": (TEXT, True), "source": (TEXT, True), "what": (TEXT, False), "year": (int, False),
    },
    "example": {"numerator": (NUMBER, True), "denominator": (NUMBER, True), "value": (NUMBER, True), "source": (TEXT, True)},
    "published_case": {
        "variant": (TEXT, True), "company": (TEXT, True), "industry": (TEXT, True), "before": (NUMBER, True),
        "after": (NUMBER, True), "months": (int, True), "problem": (TEXT, True), "actions": (TEXTS, True),
        "outcome": (TEXT, True), "source": (TEXT, True),
    },
    "attributes": dict.fromkeys(ATTRIBUTES, ("prose", True)),
}  # fmt: skip


def kpi_ids() -> list[str]:
    """The ids of all KPIs in the catalogue, sorted.

    >>> "upgrade_rate" in kpi_ids()
    True
    """
    return sorted(path.stem for path in KPIS.glob("*.toml"))


def load_kpi(kpi_id: str) -> Kpi:
    """The KPI of that id; DefinitionError offers the nearest id when there is none.

    >>> load_kpi("upgrade_rate").variant().bands[0].name
    'below target'
    """
    if kpi_id not in kpi_ids():
        raise DefinitionError(f"no KPI '{kpi_id}'; {words.near(kpi_id, kpi_ids())}")
    return read_definition(KPIS / f"{kpi_id}.toml")


def read_definition(path: Path) -> Kpi:
    """The KPI that a TOML file defines; DefinitionError names the file and the place that must be mended."""
    try:
        return _kpi(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal), path.stem)
    except (DefinitionError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path.name}: {error}") from error


def _kpi(raw: Table, stem: str) -> Kpi:
    _check(raw, "definition", "")
    if raw["id"] != stem:
        raise DefinitionError(f"id is '{raw['id']}', but the file is called {stem}.toml; they must be the same")
    _check(raw["attributes"], "attributes", "[attributes] ")
    variants = tuple(map(_variant, raw["variant"]))
    case = raw.get("published_case")
    if case is not None:
        _check(case, "published_case", "[published_case] ")
    plain: dict[str, Any] = {key: raw[key] for key in ("id", "name", "question", "better", "unit", "cadence", "cadence_source")}
    lists: dict[str, Any] = {key: tuple(raw[key]) for key in ("functions", "industries", "synonyms", "related")}
    kpi = Kpi(**plain, **lists, variants=variants, attributes=raw["attributes"], published_case=case)
    if case is not None:
        kpi.variant(case["variant"])
    return kpi


def _variant(raw: Table) -> Variant:
    place = f"[[variant]] {raw.get('id', '?')}: "
    _check(raw, "variant", place)
    try:
        return Variant(
            **{key: raw[key] for key in ("id", "name", "definition", "formula", "source")},
            **{key: raw[key] for key in ("window", "first_order_counts", "eligible", "note") if key in raw},
            moves=tuple(raw.get("moves", Variant.moves)),
            computes=Formula(raw["kind"], raw["counts"], raw["numerator"], raw["denominator"]),
            example=Example(**_decimals(_check(raw["example"], "example", "example: "))),
            bands=tuple(map(_band, raw.get("bands", []))),
            benchmarks=tuple(
                Benchmark(**_decimals(_check(mark, "benchmark", "benchmark: "))) for mark in raw.get("benchmarks", [])
            ),
        )
    except DefinitionError as error:
        raise DefinitionError(f"{place}{error}") from error


def _band(raw: Table) -> Band:
    _check(raw, "band", "band: ")
    if "up_to" in raw and "below" in raw:
        raise DefinitionError(f"band '{raw['name']}' has both up_to and below; its edge lies on one side only")
    edge = raw.get("up_to", raw.get("below"))
    build = partial(Band, raw["name"], edge_inside="below" not in raw)
    return build(edge=None if edge is None else Decimal(edge), advice=raw.get("advice", ""), reading=raw.get("reading", False))


def _decimals(raw: Table) -> dict[str, Any]:
    return {key: Decimal(value) if isinstance(value, int) and key != "year" else value for key, value in raw.items()}


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
            raise DefinitionError(f"{place}'{key}' is {raw[key]!r}; it must be {_named(kind)}")
    return raw


def _fits(value: Any, kind: Any) -> bool:
    if kind == "prose":
        return (
            _fits(value, "texts") and bool(value) if isinstance(value, list) else isinstance(value, (str, dict)) and bool(value)
        )
    if kind in ("texts", "tables"):
        inner = str if kind == "texts" else dict
        return isinstance(value, list) and all(isinstance(item, inner) for item in value)
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _named(kind: Any) -> str:
    names = {TEXT: "text", NUMBER: "a number", FLAG: "true or false", TABLE: "a table", int: "a whole number"}
    return {"texts": "a list of texts", "tables": "a list of tables", "prose": "text or a list of texts"}.get(kind) or names[kind]
