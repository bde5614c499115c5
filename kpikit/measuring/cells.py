"""Cells: the sums of a campaign by arm, segment and level before, and the products of the sums of its units, on the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement

import narwhals as nw
import numpy as np
import pandas as pd

from kpikit.measuring.plan import Frame, fetched
from kpikit.stats.contrasts import CellSums

LEVELS = 5  # about equal parts of the counted customers, by what they were before


def levels_of(counted: Frame, wanted: bool) -> Frame:
    """The frame with `level`: in which of LEVELS parts by `before` a customer lies, 0 the lowest, -1 where it is not known."""
    if not wanted:
        return counted.with_columns(level=nw.lit(0))
    known = counted.filter(~nw.col("before").is_null()).select("before", __one=nw.lit(1))
    rows = int(fetched(known.select(rows=nw.len()))["rows"].iloc[0])
    ranked = known.with_columns(__place=nw.col("__one").cum_sum().over("__one", order_by="before"))
    places = sorted({-(-rows * part // LEVELS) for part in range(1, LEVELS)} - {0})
    cuts = sorted(set(fetched(ranked.filter(nw.col("__place").is_in(places)).select("before"))["before"]))
    level: nw.Expr = nw.lit(0)
    for cut in cuts:
        level = level + nw.when(nw.col("before") > float(cut)).then(nw.lit(1)).otherwise(nw.lit(0))
    return counted.with_columns(level=nw.when(nw.col("before").is_null()).then(nw.lit(-1)).otherwise(level))


def cell_sums(
    counted: Frame, columns: Sequence[str], segments: Sequence[str], centres: Mapping[str, float], clustered: bool
) -> tuple[pd.DataFrame, CellSums]:
    """The cells in order, and their sums; what is not known of `before` and `earlier` counts as their mean."""
    keys = ["arm", *segments, "level"]
    values = {f"v{place}": _value(name, centres) for place, name in enumerate(columns)}
    rows = counted.with_columns(**values)
    if not clustered:
        return _independent(rows.select(*keys, *values), keys, list(values))
    return _clustered(rows.select("account", *keys, *values), keys, list(values))


def _value(name: str, centres: Mapping[str, float]) -> nw.Expr:
    if name == "customers":
        return nw.lit(1.0)
    told = nw.col(name).cast(nw.Float64)
    return (told - centres[name]).fill_null(0.0) if name in centres else told


def _independent(rows: Frame, keys: list[str], values: list[str]) -> tuple[pd.DataFrame, CellSums]:
    pairs = list(combinations_with_replacement(values, 2))
    products = {f"{one}{other}": nw.col(one) * nw.col(other) for one, other in pairs}
    told = fetched(rows.with_columns(**products).group_by(keys).agg(nw.col(*values, *products).sum()))
    told = told.sort_values(keys, ignore_index=True)
    totals = told[values].to_numpy(dtype=float)
    size, wide = totals.shape
    full = np.zeros((size, wide, size, wide))
    for cell in range(size):
        for one, other in pairs:
            a, b = values.index(one), values.index(other)
            full[cell, a, cell, b] = full[cell, b, cell, a] = told[f"{one}{other}"].iloc[cell]
    return told[keys], CellSums(totals, full, int(totals[:, 0].sum()))


def _clustered(rows: Frame, keys: list[str], values: list[str]) -> tuple[pd.DataFrame, CellSums]:
    """An account beside itself: each pair of its cells, summed over the accounts; beside itself in one cell, that cell's sums."""
    units = rows.group_by("account", *keys).agg(nw.col(*values).sum()).with_columns(__one=nw.lit(1))
    place = nw.col("__one").cum_sum().over("account", order_by=keys)
    units = units.with_columns(__first=nw.when(place == 1).then(nw.lit(1)).otherwise(nw.lit(0)))
    second = [f"{name}_2" for name in keys]
    other = units.select("account", *(nw.col(name).alias(f"{name}_2") for name in (*keys, *values)))
    products = {f"{a}_{b}": nw.col(a) * nw.col(f"{b}_2") for a in values for b in values}
    both = units.join(other, on="account", how="inner").with_columns(**products)
    pairs = fetched(both.group_by(*keys, *second).agg(nw.col("__first", *values, *products).sum()))
    same = (pairs[keys].to_numpy() == pairs[second].to_numpy()).all(axis=1)
    told = pairs[same].sort_values(keys, ignore_index=True)
    cells = {cell: index for index, cell in enumerate(told[keys].itertuples(index=False, name=None))}
    size, wide = len(told), len(values)
    full = np.zeros((size, wide, size, wide))
    firsts, seconds = (pairs[names].itertuples(index=False, name=None) for names in (keys, second))
    numbers = pairs[list(products)].to_numpy(dtype=float).reshape(len(pairs), wide, wide)
    for one, two, number in zip(firsts, seconds, numbers, strict=True):
        full[cells[one], :, cells[two], :] = number
    return told[keys], CellSums(told[values].to_numpy(dtype=float), full, int(told["__first"].sum()))
