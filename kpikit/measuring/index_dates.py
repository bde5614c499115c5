"""Index dates: each control gets the date of a contact, so that both are followed from like days on."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from kpikit.measuring.plan import Frame

LAST = 4  # letters of an id by which controls are scrambled before it is read from its beginning


def matched_dates(frame: Frame, segments: Sequence[str], control: str) -> Frame:
    """The frame with a date for each control that has none.

    Within a segment the controls are put in order by their ids from the last letter on, which knows nothing of how old an id is;
    the k-th of n controls gets the date at (k - 1/2) / n of the contacts' dates. Where a segment has no contact, none is given.
    """
    frame = frame.with_columns(__one=nw.lit(1), customer=nw.col("customer").cast(nw.String))
    undated = (nw.col("arm") == control) & nw.col("date").is_null()
    keys = ["__one", *segments]
    dates = _placed(frame.filter((nw.col("arm") != control) & ~nw.col("date").is_null()), keys, ["date", "customer"])
    dates = dates.select(*keys, "__place", __date=nw.col("date"))
    sizes = dates.group_by(keys).agg(nw.len().alias("__dates"))
    wanted = _placed(_scrambled(frame.filter(undated)), keys, [*(f"__tail{n}" for n in range(1, LAST + 1)), "customer"])
    count = wanted.group_by(keys).agg(nw.len().alias("__controls"))
    joined = wanted.join(count, on=keys, how="inner").join(sizes, on=keys, how="inner")
    place = ((2 * nw.col("__place") - 1) * nw.col("__dates")) // (2 * nw.col("__controls")) + 1
    chosen = joined.select("customer", *keys, __place=place.cast(nw.Int64)).join(dates, on=[*keys, "__place"], how="inner")
    dated = frame.join(chosen.select("customer", "__date"), on="customer", how="left")
    own = nw.when(undated).then(nw.col("__date")).otherwise(nw.col("date"))
    return dated.with_columns(date=own).drop("__date", "__one")


def _placed(frame: Frame, keys: Sequence[str], order: Sequence[str]) -> Frame:
    return frame.with_columns(__place=nw.col("__one").cum_sum().over(*keys, order_by=list(order)).cast(nw.Int64))


def _scrambled(frame: Frame) -> Frame:
    return frame.with_columns(**{f"__tail{n}": nw.col("customer").str.tail(n) for n in range(1, LAST + 1)})
