"""The bullet graph (Few 2006): a value on its bands, shown as intensities of one hue, with target and benchmark apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import (
    ACCENT,
    HUE,
    INK,
    MUTED,
    Chart,
    banded_ends,
    canvas,
    legend_below,
    shades,
    sure_interval,
    ticks,
    title,
)
from kpikit.figures.native import Native, level_line, of_rows
from kpikit.figures.run_chart import variant_bands
from kpikit.series import KpiSeries


def bullet_graph(series: KpiSeries, answer: Answer) -> Chart:
    """The values of an answer (before and after, or the latest) as bars on the bands of the series' variant."""
    verdict, unit = answer.verdict, answer.verdict["unit"]
    parts = {name: verdict[name] for name in ("before", "after") if name in verdict} or {verdict["at"]: verdict}
    rows = [
        {"label": label, **{key: part[key] for key in ("value", "low", "high")}, "band": words.side_band(part)}
        for label, part in parts.items()
    ]
    spec = {
        "title": words.chart_title(verdict["name"], verdict), "unit": unit, "rows": rows, "bands": variant_bands(series.variant),
        "target": verdict["target"], "benchmark": verdict["benchmark"],
        "x_label": words.axis_of(verdict),
    }  # fmt: skip
    says = words.bullet_says(spec)
    return Chart("bullet_graph", plain(spec | {"says": says, "alt": words.bullet_alt(spec, says)}), pd.DataFrame(rows))


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of a bullet graph's plain values."""
    rows = pd.DataFrame(spec["rows"]).iloc[::-1].reset_index(drop=True)
    figure, axes = canvas(9, 1.9 + 0.42 * len(rows))
    marks = [spec[name]["value"] for name in ("target", "benchmark") if spec[name]]
    edges = [band["to"] for band in spec["bands"] if band["to"] is not None]
    bottom, top = banded_ends([*rows["value"], *rows["low"], *rows["high"], *marks], edges, 0.15)
    for band, color in zip(spec["bands"], shades(len(spec["bands"])), strict=True):
        start, end = bottom if band["from"] is None else band["from"], band["to"] if band["to"] is not None else top
        axes.axvspan(start, end, color=color, alpha=0.8, lw=0, zorder=0)
        axes.annotate(
            band["name"],
            ((start + end) / 2, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=MUTED,
        )
    sns.barplot(data=rows, y="label", x="value", order=list(rows["label"]), orient="h", color=HUE, width=0.36, ax=axes, zorder=3)
    for place, row in rows.iterrows():
        axes.annotate(
            words.level(row["value"], spec["unit"]),
            (0, place),
            xytext=(6 if row["value"] >= 0 else -6, 0),
            textcoords="offset points",
            ha="left" if row["value"] >= 0 else "right",
            va="center",
            color="white",
            fontsize=9,
            fontweight="bold",
            zorder=6,
        )
    known = rows.dropna(subset=["low", "high"])
    axes.hlines(known.index, known["low"], known["high"], color=INK, lw=1.4, zorder=4)
    _draw_marks(axes, spec)
    axes.set_xlim(bottom, top)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.xaxis.set_major_formatter(ticks(spec["unit"]))
    axes.set(xlabel=spec["x_label"], ylabel="")
    title(axes, spec["title"], gap=20 if spec["bands"] else 12)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """A column a row with its interval; target, benchmark and the edges of the bands as dashed lines."""
    rows = spec["rows"]
    drawn = [of_rows("value", rows)]
    for name in filter(spec.get, ("target", "benchmark")):
        level = spec[name]["value"]
        drawn += level_line(f"{name} {words.level(level, spec['unit'])}", level, rows)
    for band in spec["bands"]:
        drawn += level_line(f"end of '{band['name']}'", band["to"], rows)
    return Native("column", [row["label"] for row in rows], drawn, spec["unit"], y_label=spec["x_label"])


def _draw_marks(axes: Axes, spec: Mapping[str, Any]) -> None:
    axes.plot([], [], color=HUE, lw=6, label="value")
    axes.plot([], [], color=INK, lw=1.4, label=sure_interval())
    for name, marker, color, size in (("target", "|", ACCENT, 22), ("benchmark", "D", MUTED, 6)):
        if mark := spec[name]:
            rows = range(len(spec["rows"]))
            whose = f" ({mark['industry']})" if name == "benchmark" else ""
            label = f"{name} {words.level(mark['value'], spec['unit'])}{whose}"
            axes.plot(
                [mark["value"]] * len(rows),
                rows,
                marker,
                color=color,
                ms=size,
                mew=3 if marker == "|" else 1,
                zorder=5,
                mec=color if marker == "|" else "white",
                label=label,
            )
    legend_below(axes, ncols=4)
