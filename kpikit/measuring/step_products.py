"""Sums of products over customers: all that a variance between customers needs, when a customer comes in several times."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from kpikit.measuring.following import Path
from kpikit.measuring.plan import Frame, fetched
from kpikit.shapes.steps import WHOLE


def products_of(units: Frame, path: Path) -> pd.DataFrame:
    """The products of `Steps.products`, of the judged units: of the whole, of each segment and of each side of the change."""
    over = units.filter(nw.col("fate") == "judged")
    parts = [_products(over.with_columns(part=nw.lit(WHOLE)), WHOLE, path)]
    for name, cut in zip(path.segments, path.cuts, strict=True):
        parts.append(_products(over.with_columns(part=nw.col(cut)), name, path))
    if path.changed_on is not None:
        apart = over.filter(nw.col("side") != "straddling")
        parts.append(_products(apart.with_columns(part=nw.col("side")), "side", path))
    return pd.concat(parts, ignore_index=True)


def _products(units: Frame, by: str, path: Path) -> pd.DataFrame:
    """One row a part and pair of steps, from each customer's counts in the part and over all parts."""
    places = range(len(path.at))
    counts = {f"n_{place}": nw.col(at).count() for place, at in enumerate(path.at)}
    own = units.group_by("customer", "part").agg(**counts)
    whole = units.group_by("customer").agg(**{f"all_{place}": nw.col(at).count() for place, at in enumerate(path.at)})
    names = [f"{name}_{place}" for name in ("n", "all") for place in places]
    both = own.join(whole, on="customer", how="inner").with_columns(*(nw.col(name).cast(nw.Int64) for name in names))
    terms = {
        f"{kind}_{first}_{second}": nw.col(f"n_{first}") * nw.col(f"{name}_{second}")
        for kind, name in (("own", "n"), ("cross", "all"))
        for first in places
        for second in places
    }
    sums = both.with_columns(**terms).group_by("part").agg(*(nw.col(name).sum() for name in terms), customers=nw.len())
    told = fetched(sums).sort_values("part").to_dict("records")
    pairs = [(row, first, second) for row in told for first in places for second in places]
    rows = [
        (by, row["part"], a, b, int(row[f"own_{a}_{b}"]), int(row[f"cross_{a}_{b}"]), int(row["customers"]))
        for row, a, b in pairs
    ]
    return pd.DataFrame(rows, columns=["by", "part", "first", "second", "own", "cross", "customers"])
