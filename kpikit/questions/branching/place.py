"""Where a KPI stands in the catalogue: what it is a part of, and what definitions say that it moves, or is moved by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpikit.catalog import read_definition
from kpikit.catalog.heads import Head, read_heads
from kpikit.catalog.parts import split
from kpikit.questions.branching.branch import Branch

Row = dict[str, Any]


def place_of(root: Branch) -> dict[str, list[Row]]:
    """`parents`: what is composed of the root; `influences`: documented edges, of the root and its leaves, and to the root."""
    heads = {head.id: head for head in read_heads(*root.kpi.folders)}
    return {"parents": [*_parents(root, heads)], "influences": _influences(root, heads)}


def _parents(root: Branch, heads: Mapping[str, Head]) -> Iterator[Row]:
    """The composed readings that name the root's KPI, each with the reading of it that they name, the root's own or another."""
    for head in heads.values():
        if "composed" not in head.kinds:
            continue
        kpi = read_definition(head.path)
        for variant in kpi.variants:
            for part in variant.computes.of:
                kpi_id, reading = split(part)
                if kpi_id == root.kpi.id:
                    others = [other for other in variant.computes.of if other != part]
                    named = root.kpi.variant(reading).id
                    parent = {"key": Branch(kpi, variant).key, "name": Branch(kpi, variant).name}
                    whose = {"part": part, "reading": named, "own": named == root.variant.id}
                    yield parent | whose | {"combine": variant.computes.combine, "others": others}


def _influences(root: Branch, heads: Mapping[str, Head]) -> list[Row]:
    """Who says what of whom: the root, its leaves, then all others of the root; each pair once."""
    ends = {one.kpi.id: one.kpi.attributes["change_impact"] for one in (root, *root.leaves.values())}
    told = [(kpi_id, to, says) for kpi_id, impact in ends.items() for to, says in impact.items()]
    others = [head for head in heads.values() if root.kpi.id in head.impact and head.id not in ends]
    told += [(head.id, root.kpi.id, read_definition(head.path).attributes["change_impact"][root.kpi.id]) for head in others]
    computed = {(below.kpi.id, one.kpi.id) for one in root.walk() for below in _below(one)}
    return [_row(pair, says, heads, root, computed) for *pair, says in told]


def _below(one: Branch) -> Iterator[Branch]:
    return (below for below in one.walk() if below is not one)


def _row(pair: Sequence[str], says: str, heads: Mapping[str, Head], root: Branch, computed: set[tuple[str, str]]) -> Row:
    source, target = pair
    names = {key: heads[end].name if end in heads else end for key, end in (("from_name", source), ("to_name", target))}
    inside = target in {one.kpi.id for one in root.walk()}
    return {"from": source, "to": target, **names, "says": says, "computed": (source, target) in computed, "inside": inside}
