"""What would have gone on, as a run chart shows it: a dashed line, its band after the change, and the gap to what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kpikit import words
from kpikit.figures.chart import ACCENT, INK, MUTED, sure_interval

Spec = Mapping[str, Any]
HALF = 0.4  # periods: how far a line reaches beyond its first and last point, so that one point is a line too


def expected_of(verdict: Spec, course: pd.DataFrame) -> dict[str, Any] | None:
    """The line of the leading estimate, its band and its gap as plain values to draw; None where it continues nothing."""
    if "expected" not in course or course["expected"].isna().all():
        return None
    ends = {name: course[f"expected{end}"].tolist() for name, end in (("value", ""), ("low", "_low"), ("high", "_high"))}
    gap = {name: verdict["effect"][name] for name in ("value", "low", "high")}
    return {**ends, "after": (course["side"] == "after").tolist(), "name": verdict["leading"], "gap": gap}


def draw_expected(axes: Axes, spec: Spec) -> None:
    """The dashed line over both sides, the band and the shaded gap over the periods after."""
    if not (told := spec["expected"]):
        return
    names = ("value", "low", "high")
    rows = pd.DataFrame({name: np.array(told[name], dtype=float) for name in names} | {"after": told["after"]})
    rows["came"] = np.array(spec["value"], dtype=float)
    label = "what would have gone on"
    for side in (rows[~rows["after"]], rows[rows["after"]]):
        for x, part in _stretches(side):
            axes.plot(x, part["value"], color=INK, lw=1.3, ls=(0, (4, 2)), zorder=4, label=label)
            label = "_again"
    band, gap = f"its {sure_interval()}", f"gap: {words.change(told['gap']['value'], spec['unit'])} on average"
    for x, part in _stretches(rows[rows["after"]]):
        if part["low"].notna().any():  # a control group's line has no interval by period
            axes.fill_between(x, part["low"], part["high"], color=MUTED, alpha=0.28, lw=0, zorder=1.5, label=band)
        axes.fill_between(
            x,
            part["value"],
            part["came"],
            facecolor=(ACCENT, 0.10),
            edgecolor=(ACCENT, 0.45),
            hatch="///",
            lw=0,
            zorder=1,
            label=gap,
        )
        band = gap = "_again"


def _stretches(rows: pd.DataFrame) -> Iterator[tuple[np.ndarray, pd.DataFrame]]:
    """Each run of periods with a value, its first and last point held for HALF a period."""
    known = rows.dropna(subset=["value", "came"])
    for _, part in known.groupby((pd.Series(known.index).diff() != 1).cumsum().to_numpy()):
        places = part.index.to_numpy(dtype=float)
        held = [0, *range(len(part)), len(part) - 1]
        yield np.r_[places[0] - HALF, places, places[-1] + HALF], part.iloc[held]
