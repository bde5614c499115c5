"""search: the KPIs of the catalogue by words, synonyms and typing errors, or by function, industry, kind, cadence and table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import MIME, plain
from kpikit.catalog.folders import Folder, state
from kpikit.catalog.heads import Head, read_heads
from kpikit.catalog.index import Index, Match
from kpikit.errors import DefinitionError

#: what a search can be narrowed to -> where a head says it
FILTERS = {"function": "functions", "industry": "industries", "kind": "kinds", "cadence": "cadence", "table": "tables"}
COLUMNS = ("id", "name", "question", "why", "score")


@dataclass(frozen=True, eq=False, repr=False)
class Found:
    """What a search found: a frame `table` (id, name, question, why, score from 0 to 100), the best first; it displays itself.

    `counts` are the KPIs that fit and those of the catalogue; `mended` holds the words that were read as others, `unknown`
    those that are near none; `near` offers words where nothing was found.
    """

    asked: str
    filters: Mapping[str, str]
    table: pd.DataFrame
    counts: tuple[int, int]
    mended: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """The ids that were found, the best first."""
        return list(self.table["id"])

    @property
    def sentences(self) -> list[str]:
        """How many were found of how many, and which words were read as others or not understood."""
        narrowed = words.listed(f"{key} {value}" for key, value in dict(self.filters).items())
        sought = " ".join(filter(None, [f"for '{self.asked}'" if self.asked else "", f"with {narrowed}" if narrowed else ""]))
        offered = f"; words that are known: {', '.join(self.near)}" if self.near else ""
        fitting, every = self.counts
        count = f"{fitting} of {words.counted(every, 'KPI')}" if fitting else "Nothing found"
        best = f"; the first {len(self.table)}" if len(self.table) < fitting else ""
        said = [f"{' '.join(filter(None, [count, sought]))}{offered}{best}."]
        said += [f"Read '{word}' as '{meant}'." for word, meant in self.mended.items() if not meant.endswith("*")]
        return said + ([f"Not known: {', '.join(self.unknown)}."] if self.unknown and len(self.table) else [])

    def __repr__(self) -> str:
        rows = (
            f"{kpi_id}  {name}\n  {question}" + (f"\n  found by {why}" if why else "")
            for kpi_id, name, question, why, _ in self.table.to_numpy().tolist()
        )
        return "\n".join([*self.sentences, *rows])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        said = "".join(f"<p>{escape(text)}</p>" for text in self.sentences)
        frame = self.table.to_html(index=False, border=0, classes="kpikit") if len(self.table) else ""
        payload = {"type": "found", "asked": self.asked, "filters": self.filters, "said": self.sentences, "table": self.table}
        return {"text/plain": repr(self), "text/html": f'<div class="kpikit found">{said}{frame}</div>', MIME: plain(payload)}


def search(
    text: str = "", *, function: str | None = None, industry: str | None = None, kind: str | None = None,
    cadence: str | None = None, table: str | None = None, limit: int = 10, catalog: Folder | Sequence[Folder] = (),
) -> Found:  # fmt: skip
    """The KPIs that words find, the best first; without words all that the filters leave, by name.

    A whole id, name or synonym comes first (also an abbreviation, as NRR), then names and synonyms that hold the words, then
    questions and definitions. Words may be mistyped, be begun, stand in any order, be British. `function`, `industry`, `kind`
    of formula, `cadence` and kind of `table` narrow it down. `catalog` names further folders of definitions.
    Raises DefinitionError for a filter that no KPI fits, and for a limit below 1.

    >>> search("uprgade rate").ids[0]
    'upgrade_rate'
    """
    if limit < 1:
        raise DefinitionError(f"limit is {limit}; it is how many are shown at most, 1 or more")
    folders = (catalog,) if isinstance(catalog, Folder) else tuple(catalog)
    index = _index(folders, state(*folders))
    given = {"function": function, "industry": industry, "kind": kind, "cadence": cadence, "table": table}
    chosen = {key: _known(key, value, index.heads) for key, value in given.items() if value is not None}
    every = range(len(index.heads))
    allowed = {number for number in every if _fits(index.heads[number], chosen)} if chosen else every
    understood = index.understood(text)
    matches, count = index.find(understood, allowed, limit) if text.strip() else _listed(index.heads, allowed, limit)
    near = () if matches or not text.strip() else index.near(text)
    return Found(text.strip(), chosen, _frame(matches), (count, len(index.heads)), understood.mended, understood.unknown, near)


@lru_cache(maxsize=2)
def _index(folders: tuple[Folder, ...], seen: tuple[tuple[str, int, int], ...]) -> Index:
    """The index of these folders, made once for each state that their files are in."""
    return Index(read_heads(*folders))


def _known(key: str, value: str, heads: Sequence[Head]) -> str:
    """The filter as the catalogue writes it; DefinitionError with the nearest where no KPI has it."""
    known = {own.casefold(): own for head in heads for own in _values(head, key)}
    if value.casefold() not in known:
        raise DefinitionError(f"no KPI has the {key} '{value}'; {words.near(value, sorted(known.values()))}")
    return known[value.casefold()]


def _fits(head: Head, chosen: Mapping[str, str]) -> bool:
    return all(value in _values(head, key) for key, value in chosen.items())


def _values(head: Head, key: str) -> tuple[str, ...]:
    value: str | tuple[str, ...] = getattr(head, FILTERS[key])
    return (value,) if isinstance(value, str) else value


def _listed(heads: Sequence[Head], allowed: Collection[int], limit: int) -> tuple[list[Match], int]:
    by_name = sorted((heads[number] for number in allowed), key=lambda head: head.name)
    return [Match(head, 100.0, {}) for head in by_name[:limit]], len(by_name)


def _frame(matches: Sequence[Match]) -> pd.DataFrame:
    rows = [(match.head.id, match.head.name, match.head.question, _why(match), round(match.score)) for match in matches]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _why(match: Match) -> str:
    """By which words, and where they stand."""
    if match.name:
        whose = {match.head.id: "id", match.head.name: "name"}.get(match.name, "synonym")
        return f"its {whose} '{match.name}'"
    return "; ".join(f"{words.listed(found)} in the {column}" for column, found in match.words.items())
