"""The tree of change impact around one KPI, as boxes and curves: what moves it, what it moves, what these move in turn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from kpikit import words
from kpikit.report.catalogue.site import Site

MOST = 16  # boxes of a column; the lists below the drawing hold all
WIDE, HIGH, APART, BETWEEN, TOP = 206, 42, 10, 44, 30  # pixels of a box, the space under it and beside it, the line of headings
LETTERS, LINES = 28, 2  # that a box holds


@dataclass(frozen=True)
class Box:
    """A KPI's place: its upper left corner, and its name in the lines that fit."""

    kpi_id: str
    x: int
    y: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """What the template draws: columns of boxes under their headings, curves between them; `alt` says the same in words."""

    width: int
    height: int
    headings: tuple[tuple[int, str], ...]
    boxes: tuple[Box, ...]
    curves: tuple[str, ...]
    left_out: int
    alt: str


def drawing(site: Site, kpi_id: str) -> Drawing | None:
    """The tree around a KPI; None where nothing moves it and it moves nothing."""
    movers, moved = site.by_name(site.moved_by.get(kpi_id, ())), site.moves(kpi_id)
    if not (movers or moved):
        return None
    near = {kpi_id, *moved}
    further = list(dict.fromkeys(other for one in moved for other in site.moves(one) if other not in near))
    columns = {"moves it": movers[:MOST], "": [kpi_id], "it moves": moved[:MOST], "and these move": further[:MOST]}
    placed = _placed(site, [ids for ids in columns.values() if ids])
    by_id = [{box.kpi_id: box for box in boxes} for boxes in placed]
    middle = 1 if movers else 0
    pairs = [(box, by_id[middle][kpi_id]) for box in (placed[0] if movers else ())]
    pairs += [(by_id[middle][kpi_id], box) for box in (placed[middle + 1] if moved else ())]
    if further:
        pairs += [(box, by_id[-1][other]) for one, box in by_id[-2].items() for other in site.moves(one) if other in by_id[-1]]
    headings = [name for name, ids in columns.items() if ids]
    return Drawing(
        len(placed) * (WIDE + BETWEEN) - BETWEEN, max(box.y for boxes in placed for box in boxes) + HIGH + 2,
        tuple((boxes[0].x, name) for boxes, name in zip(placed, headings, strict=True)),
        tuple(box for boxes in placed for box in boxes), tuple(_curve(start, end) for start, end in pairs),
        sum(max(0, len(ids) - MOST) for ids in (movers, moved, further)), _alt(site, kpi_id, movers, moved, further),
    )  # fmt: skip


def _placed(site: Site, columns: Sequence[Sequence[str]]) -> list[list[Box]]:
    """The boxes of each column, in the middle of the height."""
    most = max(map(len, columns))
    placed = []
    for place, ids in enumerate(columns):
        first = TOP + (most - len(ids)) * (HIGH + APART) // 2
        rows = [first + row * (HIGH + APART) for row in range(len(ids))]
        placed.append(
            [Box(each, place * (WIDE + BETWEEN), y, _lines(site.kpis[each].name)) for each, y in zip(ids, rows, strict=True)]
        )
    return placed


def _lines(name: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(name, LETTERS, max_lines=LINES, placeholder=" …"))


def _curve(start: Box, end: Box) -> str:
    """The path of an arrow from the right side of one box to the left side of another."""
    x1, y1, x2, y2 = start.x + WIDE, start.y + HIGH // 2, end.x - 5, end.y + HIGH // 2
    return f"M{x1} {y1}C{x1 + BETWEEN // 2} {y1} {x2 - BETWEEN // 2} {y2} {x2} {y2}"


def _alt(site: Site, kpi_id: str, movers: Sequence[str], moved: Sequence[str], further: Sequence[str]) -> str:
    name = site.kpis[kpi_id].name
    told = [
        ("What moves {name}: {ids}.", movers), ("What {name} moves: {ids}.", moved), ("What these move in turn: {ids}.", further),
    ]  # fmt: skip
    said = [text.format(name=name, ids=_listed(site, ids)) for text, ids in told if ids]
    return " ".join(["Tree of change impact.", *said])


def _listed(site: Site, ids: Sequence[str]) -> str:
    """The names of those that are drawn, and how many more there are."""
    more = [f"{len(ids) - MOST} more"] if len(ids) > MOST else []
    return words.listed([*(site.kpis[each].name for each in ids[:MOST]), *more])
