"""Band, band_of: the name that a value earns, decided exactly on the counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit.errors import DefinitionError
from kpikit.exact import SAFE_INTEGER, Count, Integers, exact, whole_numbers

#: units that are fractions inside and shown times 100, and the largest edge that can be meant so
FRACTIONS = {"percent": Decimal(5), "points": Decimal(1)}


@dataclass(frozen=True)
class Band:
    """A named stretch of values. `edge` is its upper end (None: open); `edge_inside` says who owns the edge itself."""

    name: str
    edge: Decimal | None
    edge_inside: bool = True
    advice: str = ""
    reading: bool = False


def limits(bands: Sequence[Band], unit: str = "percent", write: Callable[[str], str] = str) -> list[str]:
    """Where each band lies, in words; edges of percent and points are fractions. `write` makes text of an edge, as "15%".

    >>> limits([Band("low", Decimal("0.15"), edge_inside=False), Band("moderate", Decimal("0.30")), Band("strong", None)])
    ['below 15%', 'up to 30%', 'above 30%']
    """
    said, above = [], "any value"
    for band in bands:
        edge = "" if band.edge is None else _written(band.edge, unit, write)
        said.append(above if band.edge is None else f"up to {edge}" if band.edge_inside else f"below {edge}")
        above = f"above {edge}" if band.edge_inside else f"{edge} and above"
    return said


def _written(edge: Decimal, unit: str, write: Callable[[str], str]) -> str:
    text = f"{(edge * 100 if unit in FRACTIONS else edge).normalize():f}"
    behind = f" {unit}" if unit in ("points", "days", "months") else ""
    return write(f"{text}%" if unit == "percent" else text) + behind


def check_edges(bands: Sequence[Band], unit: str, *, part_of_whole: bool) -> None:
    """Refuses edges in percent where fractions belong: above 1 for a part of a whole, above 5 for another rate."""
    most = FRACTIONS.get(unit) if not part_of_whole else Decimal(1)
    for band in bands:
        if most is not None and band.edge is not None and abs(band.edge) > most:
            raise DefinitionError(f"band '{band.name}' ends at {band.edge}: edges are fractions, 20 % is 0.20")


def check_bands(bands: Sequence[Band]) -> None:
    """Refuses bands that do not ascend, leave a gap at the top, or bear one name twice."""
    if not bands:
        return
    if bands[-1].edge is not None:
        raise DefinitionError(f"the last band, '{bands[-1].name}', must be open: take away its up_to or below")
    if len({band.name for band in bands}) < len(bands):
        raise DefinitionError("two bands bear the same name")
    for lower, upper in pairwise(bands):
        if lower.edge is None:
            raise DefinitionError(f"band '{lower.name}' needs up_to or below; only the last band is open")
        if not lower.edge.is_finite():
            raise DefinitionError(f"band '{lower.name}' ends at {lower.edge}, which is not a number")
        if upper.edge is not None and upper.edge <= lower.edge:
            raise DefinitionError(f"band '{upper.name}' must end above band '{lower.name}', not at {upper.edge}")


def band_of(numerator: Count, denominator: Count, bands: Sequence[Band]) -> str | None:
    """The name of the band that numerator / denominator lies in; None without bands or with a denominator of 0.

    Edges are compared exactly: 11 of 20 is 55 %, although 11 / 20 * 100 is 55.00000000000001 in floats.

    >>> band_of(11, 20, [Band("up to 55", Decimal("0.55")), Band("above", None)])
    'up to 55'
    """
    d = exact(denominator)
    if not bands or d == 0:
        return None
    value = exact(numerator) / d
    for band in bands:
        if band.edge is None or value < (edge := Fraction(band.edge)) or (band.edge_inside and value == edge):
            return band.name
    return None


def bands_of(numerator: pd.Series, denominator: pd.Series, bands: Sequence[Band]) -> NDArray[np.object_]:
    """band_of for whole columns: an array of names, None where the denominator is 0 or missing."""
    names = np.full(len(numerator), None, dtype=object)
    if not bands:
        return names
    n, d = whole_numbers(numerator, denominator)
    undecided = np.asarray(d != 0, dtype=bool)
    for band in bands:
        inside = undecided & _within(n, d, band)
        names[inside] = band.name
        undecided &= ~inside
    return names


def _within(n: Integers, d: Integers, band: Band) -> NDArray[np.bool_]:
    if band.edge is None:
        return np.ones(len(n), dtype=bool)
    p, q = Fraction(band.edge).as_integer_ratio()
    if len(n) and max(abs(int(n.max())) * q, int(d.max()) * p) >= SAFE_INTEGER:
        n, d = n.astype(object), d.astype(object)
    return np.asarray(n * q <= d * p if band.edge_inside else n * q < d * p, dtype=np.bool_)
