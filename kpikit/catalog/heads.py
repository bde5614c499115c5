"""Head: what a search needs of a definition, read quickly and without a check; whoever uses a KPI loads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rtoml

from kpikit.catalog.folders import Folder, places, text_of

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """What a definition says of itself at its top: `kinds` are those of its formulas, `tables` those it is measured on."""

    id: str
    name: str
    question: str
    definition: str
    synonyms: tuple[str, ...]
    functions: tuple[str, ...]
    industries: tuple[str, ...]
    kinds: tuple[str, ...]
    tables: tuple[str, ...]
    cadence: str
    unit: str
    better: str
    owner: str
    related: tuple[str, ...]
    impact: tuple[str, ...]
    path: Path

    @property
    def function(self) -> str:
        """The first of its business functions, under which it is listed."""
        return self.functions[0] if self.functions else "other"

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called: its name, its id, its synonyms."""
        return (self.name, self.id, *self.synonyms)


def read_heads(*folders: Folder) -> list[Head]:
    """The head of every definition, sorted by id; DefinitionError for a file that is no TOML.

    >>> [head.cadence for head in read_heads() if head.id == "upgrade_rate"]
    ['month']
    """
    return [read_head(path) for _, path in sorted(places(*folders).items())]


def read_head(path: Path) -> Head:
    """The head of one file. Keys that are missing or mistyped are left empty: they are told when the definition is loaded."""
    try:
        raw = rtoml.loads(text_of(path))
    except rtoml.TomlParsingError:
        from kpikit.catalog.definitions import read_definition  # imports numpy, which a head does without

        read_definition(path)  # says what is wrong in the words that everybody else gets
        raise
    variants = _list(raw.get("variant"), dict)
    attributes = _table(raw.get("attributes"))
    lists: dict[str, Any] = {key: tuple(_list(raw.get(key), str)) for key in ("synonyms", "functions", "industries", "related")}
    plain: dict[str, Any] = {key: _text(raw.get(key)) for key in ("name", "question", "cadence", "unit", "better", "owner")}
    kinds = _unique(_text(variant.get("kind")) for variant in variants)
    return Head(
        id=path.stem, definition=_first(_text(attributes.get("definition"))), kinds=kinds,
        tables=_unique(table for variant in variants for table in _tables(variant)),
        impact=tuple(_table(attributes.get("change_impact"))), path=path, **lists, **plain,
    )  # fmt: skip


def _tables(variant: Table) -> Iterator[str]:
    """The kinds of table that a variant is measured on, as Variant.tables says it of a checked one."""
    kind = variant.get("kind")
    if kind != "composed":
        yield "volumes" if kind == "ratio" or (kind == "balance" and variant.get("counts") != "flow") else "counts"
        yield from _table(variant.get("measures"))


def _first(text: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _table(value: Any) -> Table:
    return value if isinstance(value, dict) else {}


def _list(value: Any, inner: type) -> list[Any]:
    return [item for item in value if isinstance(item, inner)] if isinstance(value, list) else []
