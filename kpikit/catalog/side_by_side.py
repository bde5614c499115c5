"""side_by_side: two or more readings of KPIs beside one another, what differs between them, and whether their values compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import MIME, plain
from kpikit.bands import limits
from kpikit.catalog.folders import Folder
from kpikit.catalog.heads import read_heads
from kpikit.catalog.loading import load_kpi
from kpikit.catalog.parts import split
from kpikit.errors import DefinitionError
from kpikit.kpi import ATTRIBUTES, Kpi, Variant, example_line

#: what each kind of formula is, and what it may count
KINDS = {
    "share": "a share, a part of a whole", "follow_on": "a share of those who were followed",
    "rate": "a rate of events, which may pass 1", "ratio": "a ratio of amounts", "balance": "gains less losses over a base",
    "composed": "composed of other KPIs",
}  # fmt: skip
COUNTS = {
    "cohort": "each one is followed once", "flow": "everybody is at risk afresh in each period",
    "stock": "the same ones are counted again in every period",
    "quantity": "amounts that add up over periods", "parts": "each part is counted on its own",
}  # fmt: skip
NONE, ALL = "none", "all"
SAME, DIFFERS = "same", "differs"

Reading = tuple[Kpi, Variant]
Lines = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One thing that is said of each reading, several lines each."""

    name: str
    cells: tuple[Lines, ...]

    @property
    def mark(self) -> str:
        """Whether it is said alike of all: `same` or `differs`."""
        return SAME if len(set(self.cells)) == 1 else DIFFERS


@dataclass(frozen=True, repr=False)
class SideBySide:
    """Readings of KPIs beside one another: `rows` in `columns`, and `says` whether values compare. It displays itself."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    says: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a frame of texts: what, mark, and a column for each reading."""
        cells = [[row.name, row.mark, *("\n".join(cell) for cell in row.cells)] for row in self.rows]
        return pd.DataFrame(cells, columns=["what", "mark", *self.columns])

    def __repr__(self) -> str:
        letters = [chr(ord("A") + place) for place, _ in enumerate(self.columns)]
        heads = [f"{letter}  {column}" for letter, column in zip(letters, self.columns, strict=True)]
        return "\n".join([*heads, "", *self.says, *(line for row in self.rows for line in _told(row, letters))])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        payload = {"type": "side_by_side", "says": self.says, "table": self.table}
        return {"text/plain": repr(self), "text/html": self._html(), MIME: plain(payload)}

    def _html(self) -> str:
        said = "".join(f"<p>{escape(text)}</p>" for text in self.says)
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("", "same?", *self.columns))
        rows = "".join(
            f'<tr class="{row.mark}"><th scope="row">{escape(row.name)}</th><td>{row.mark}</td>'
            + "".join(f"<td>{'<br>'.join(map(escape, cell))}</td>" for cell in row.cells) + "</tr>"
            for row in self.rows
        )  # fmt: skip
        table = f'<table class="kpikit sides"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        return f'<div class="kpikit side-by-side">{said}{table}</div>'


def _told(row: Row, letters: Sequence[str]) -> Iterator[str]:
    yield f"\n{row.name}: {row.mark}"
    if row.mark == SAME:
        yield from (f"   {line}" for line in row.cells[0])
    else:
        for letter, cell in zip(letters, row.cells, strict=True):
            yield from (f"{letter}  {line}" if line is cell[0] else f"   {line}" for line in cell)


def side_by_side(*readings: str, attributes: str | Sequence[str] = (), catalog: Folder | Sequence[Folder] = ()) -> SideBySide:
    """Readings of KPIs beside one another: "id" for a KPI's default variant or "id.variant"; one id alone for all its variants.

    `attributes` adds some of the 12 (see kpikit.kpi.ATTRIBUTES), or "all". `catalog` names further folders of definitions.
    Raises DefinitionError for a KPI, variant or attribute that is not there, and where there is nothing to compare.

    >>> print(side_by_side("upgrade_rate", "upsell_ratio").says[0])
    May their values be compared? No: one is a rate of events, which may pass 1, the other a share, a part of a whole.
    """
    folders = (catalog,) if isinstance(catalog, Folder) else tuple(catalog)
    chosen = list(_chosen(readings, folders))
    if len({(kpi.id, variant.id) for kpi, variant in chosen}) < max(2, len(chosen)):
        raise DefinitionError(f"side by side stand two or more different readings, not {words.listed(map(_id, chosen)) or NONE}")
    return beside(chosen, _attributes(attributes), _moved_by({kpi.id for kpi, _ in chosen}, folders))


def beside(
    readings: Sequence[Reading], attributes: Sequence[str] = (), moved_by: Mapping[str, Lines] | None = None
) -> SideBySide:
    """The table for readings at hand; where all are of one KPI, without the rows that speak of the KPI as a whole."""
    one_kpi = len({kpi.id for kpi, _ in readings}) == 1
    told = [
        {**({} if one_kpi else _of_kpi(kpi)), **_of_variant(kpi, variant), **({} if one_kpi else _impact(kpi, moved_by or {}))}
        | {f"attribute: {key.replace('_', ' ')}": _attribute(kpi, key) for key in attributes}
        for kpi, variant in readings
    ]
    rows = [Row(name, tuple(own[name] for own in told)) for name in told[0]]
    heads = tuple(f"{variant.name if one_kpi else kpi.name} ({_id((kpi, variant))})" for kpi, variant in readings)
    spoken = tuple(row for row in rows if set(row.cells) != {(NONE,)})
    return SideBySide(heads, spoken, (comparable(readings), _bands_stay(readings)))


def comparable(readings: Sequence[Reading]) -> str:
    """Whether the values of readings may be compared, and why: by unit, kind of counts, parts, window and denominator."""
    asked = "May their values be compared?"
    if len(set(_units(readings))) > 1:
        return f"{asked} No: {_apart(_units(readings))}."
    if len({variant.computes.composed for _, variant in readings}) > 1:
        return (
            f"{asked} Only with care: some are composed of other KPIs, which holds as far as these fit each other, some counted."
        )
    for told in (_kinds(readings), _parts(readings), _windows(readings)):
        if len(set(told)) > 1:
            return f"{asked} No: {_apart(told)}."
    bases = [variant.computes.denominator for _, variant in readings]
    if len({base.casefold() for base in bases}) > 1:
        quoted = words.listed(f"'{base}'" for base in dict.fromkeys(bases))
        return f"{asked} Only where {quoted} are the same ones in your data; otherwise a difference may come from the base alone."
    ways = words.listed(f"of {kpi.name} {kpi.better} is better" for kpi, _ in readings)
    turned = f" But {ways}." if len({kpi.better for kpi, _ in readings}) > 1 else ""
    return f"{asked} Yes, over one table and window: the same unit, kind of counts and base.{turned}"


def _units(readings: Sequence[Reading]) -> list[str]:
    return [f"in {kpi.unit}" for kpi, _ in readings]


def _kinds(readings: Sequence[Reading]) -> list[str]:
    kinds = [KINDS[variant.computes.kind] for _, variant in readings]
    return kinds if len(set(kinds)) > 1 else [f"of counts in which {COUNTS[variant.computes.counts]}" for _, variant in readings]


def _parts(readings: Sequence[Reading]) -> list[str]:
    return [f"the {v.computes.combine} of {words.listed(v.computes.of)}" if v.computes.composed else "" for _, v in readings]


def _windows(readings: Sequence[Reading]) -> list[str]:
    return [f"counted over {variant.window or 'a window that is yours to say'}" for _, variant in readings]


def _apart(told: Sequence[str]) -> str:
    """What differs, each once: "one is in percent, the other in money"."""
    first, *others = dict.fromkeys(told)
    return f"one is {first}, the other {others[0]}" if len(others) == 1 else f"they are {words.listed([first, *others])}"


def _bands_stay(readings: Sequence[Reading]) -> str:
    """That bands and benchmarks belong to one reading."""
    having = [_id(each) for each in readings if each[1].bands or each[1].benchmarks]
    some = f"only {words.listed(having)} {words.agreed(len(having), 'has', 'have')} any" if having else "none of these has any"
    owned = "each keeps its own" if len(having) == len(readings) else some
    return f"A variant never borrows another's bands or benchmarks: {owned}."


def _chosen(readings: Iterable[str], folders: Sequence[Folder]) -> Iterator[Reading]:
    named = list(readings)
    for reading in named:
        kpi_id, variant = split(reading)
        kpi = load_kpi(kpi_id, *folders)
        every = len(named) == 1 and variant is None
        yield from ((kpi, each) for each in (kpi.variants if every else [kpi.variant(variant)]))


def _attributes(named: str | Sequence[str]) -> list[str]:
    asked = list(ATTRIBUTES) if named == ALL else [named] if isinstance(named, str) else list(named)
    for key in asked:
        if key not in ATTRIBUTES:
            raise DefinitionError(f"no attribute '{key}'; {words.near(key, ATTRIBUTES)}")
    return asked


def _moved_by(ids: set[str], folders: Sequence[Folder]) -> dict[str, Lines]:
    """Of each KPI, those that say that they move it."""
    heads = read_heads(*folders)
    return {kpi_id: tuple(head.id for head in heads if kpi_id in head.impact) for kpi_id in ids}


def _of_variant(kpi: Kpi, variant: Variant) -> dict[str, Lines]:
    computes, edges = variant.computes, limits(variant.bands, kpi.unit, words.written)
    return {
        "definition": (variant.definition,), "formula": (variant.formula,),
        "counts": (f"{KINDS[computes.kind]}; {COUNTS[computes.counts]}",),
        "numerator": (computes.numerator or NONE,), "less": (computes.less or NONE,),
        "denominator": (computes.denominator or NONE,), "made of": computes.of or (NONE,),
        "window": (variant.window or "yours to say",), "tables": variant.tables or ("those of its parts",),
        "bands": tuple(f"{band.name}: {edge}" for band, edge in zip(variant.bands, edges, strict=True)) or (NONE,),
        "benchmarks": tuple(mark.said(kpi.unit) for mark in variant.benchmarks) or (NONE,),
        "example": (f"{example_line(variant, kpi.unit)} ({variant.example.source})",), "source": (variant.source,),
        "note": (variant.note or NONE,),
    }  # fmt: skip


def _of_kpi(kpi: Kpi) -> dict[str, Lines]:
    return {"question": (kpi.question,), "unit": (kpi.unit,), "better": (kpi.better,), "cadence": (f"every {kpi.cadence}",)}


def _impact(kpi: Kpi, moved_by: Mapping[str, Lines]) -> dict[str, Lines]:
    return {"moves": tuple(kpi.attributes["change_impact"]), "is moved by": moved_by.get(kpi.id) or (NONE,)}


def _attribute(kpi: Kpi, key: str) -> Lines:
    said = kpi.attributes[key]
    if isinstance(said, Mapping):
        return tuple(f"{other}: {sentence}" for other, sentence in said.items())
    return (said,) if isinstance(said, str) else tuple(said)


def _id(reading: Reading) -> str:
    kpi, variant = reading
    return f"{kpi.id}.{variant.id}"
