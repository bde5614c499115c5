"""The run chart: a KPI by period with intervals, bands, the change, its two levels, target, benchmark and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import (
    ACCENT,
    HUE,
    INK,
    MUTED,
    Chart,
    canvas,
    legend_below,
    named_up,
    shades,
    spread_apart,
    sure_interval,
    ticks,
    title,
)
from kpikit.figures.expected import draw_expected, expected_of
from kpikit.figures.native import Drawn, Native, level_line, period_names
from kpikit.figures.periods import draw_change, draw_marks, draw_periods, marked_on, place_of
from kpikit.figures.remarks import Events
from kpikit.kpi import Variant
from kpikit.series import KpiSeries

Spec = Mapping[str, Any]
MOST_TICKS = 9


def run_chart(series: KpiSeries, answer: Answer | None = None, events: Events = None) -> Chart:
    """The series by period; with the answer of a question also the change, what would have gone on, and its marks.

    `events` are the dated remarks of a case, `case.remarks`, or others: {"2025-03-15": "price list changed"}.
    """
    verdict = dict(answer.verdict) if answer else {}
    rows = answer.more.get("course", series.total().table) if answer else series.total().table
    marks = {name: verdict.get(name) for name in ("target", "benchmark", "before", "after", "changed_on")}
    spec = {
        "title": words.chart_title(series.kpi.name, verdict),
        "unit": series.kpi.unit,
        "y_label": words.axis_of({
            "name": series.kpi.name, "window": series.window, "counts": series.variant.computes.counts, "unit": series.kpi.unit
        }),
        "x_label": series.period,
        "periods": [words.when(period) for period in rows["period"]],
        **{name: rows[name].tolist() for name in ("value", "low", "high", "status")},
        "open": (rows["censored"] > 0).tolist() if "censored" in rows else [False] * len(rows),
        "bands": variant_bands(series.variant),
        "changed_at": place_of(rows["period"], verdict.get("changed_on")),
        "events": marked_on(rows["period"], events),
        "expected": expected_of(verdict, rows),
        **marks,
    }  # fmt: skip
    spec = plain(spec | {"says": words.run_chart_says(spec)})
    names = ["period", "numerator", "denominator", "value", "low", "high", "band", "status"]
    more = ["expected", "expected_low", "expected_high"] if spec["expected"] else []
    return Chart("run_chart", spec | {"alt": words.run_chart_alt(spec, verdict)}, rows[names + more])


def variant_bands(variant: Variant) -> list[dict[str, Any]]:
    """The bands of a variant as plain values to draw."""
    edges = [None, *(band.edge for band in variant.bands)]
    return [
        {"name": band.name, "from": None if low is None else float(low), "to": None if band.edge is None else float(band.edge)}
        for band, low in zip(variant.bands, edges, strict=False)
    ]


def draw(spec: Spec) -> Figure:
    """The figure of a run chart's plain values."""
    figure, axes = canvas(9, 4.3)
    low, high = _heights(spec)
    axes.set_ylim(low, high)
    draw_periods(axes, spec["periods"], spec["x_label"])
    _draw_bands(axes, spec, high)
    _draw_series(axes, spec)
    draw_expected(axes, spec)
    draw_change(axes, spec["changed_at"], spec["changed_on"])
    _draw_levels(axes, spec)
    _draw_marks(axes, spec, (high - low) * 0.055)
    axes.yaxis.set_major_formatter(ticks(spec["unit"]))
    named_up(axes, spec["y_label"])
    title(axes, spec["title"], 12 + draw_marks(axes, spec["events"]))
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """The series with its intervals; the pooled levels, what would have gone on, target and benchmark as dashed lines."""
    periods, told = spec["periods"], spec["expected"]
    drawn = [Drawn(f"each {spec['x_label']}", spec["value"], spec["low"], spec["high"])]
    if told:
        gone_on = Drawn("what would have gone on", told["value"], told["low"], told["high"], dashed=True)
        drawn.append(gone_on)
    for name in ("before", "after") if spec["changed_at"] is not None else ():
        first, last = (periods.index(spec[name][end]) for end in ("first", "last"))
        over = [spec[name]["value"] if first <= place <= last else None for place in range(len(periods))]
        drawn.append(Drawn(f"{name}, pooled: {words.level(spec[name]['value'], spec['unit'])}", over, dashed=True))
    for name in filter(spec.get, ("target", "benchmark")):
        level = spec[name]["value"]
        drawn += level_line(f"{name} {words.level(level, spec['unit'])}", level, periods)
    return Native("line", period_names(periods), drawn, spec["unit"], spec["x_label"], spec["y_label"])


def _heights(spec: Spec) -> tuple[float, float]:
    """Where the axis of values ends. A value that is never below 0 has no axis below 0, whatever the intervals say."""
    marks = [spec[name]["value"] for name in ("target", "benchmark") if spec[name]]
    own = [x for name in ("value", "low", "high") for x in spec[name] if x is not None]
    expected = [x for name in ("value", "low", "high") for x in (spec["expected"] or {}).get(name, []) if x is not None]
    top, bottom = max([*own, *expected, *marks], default=1.0), min([*own, *expected, *marks], default=0.0)
    if min(own, default=0.0) >= 0:
        bottom = max(bottom, 0.0)
    room = (top - bottom) or abs(top) or 1.0
    floor = bottom - 0.1 * room
    return (0.0 if 0 <= bottom < 0.5 * top or (bottom >= 0 and floor < 0) else floor), top + 0.14 * room


def _draw_bands(axes: Axes, spec: Spec, top: float) -> None:
    for band, color in zip(spec["bands"], shades(len(spec["bands"])), strict=True):
        bottom = axes.get_ylim()[0] if band["from"] is None else band["from"]
        end = top if band["to"] is None else min(band["to"], top)
        if end > bottom >= axes.get_ylim()[0] or end > axes.get_ylim()[0] > bottom:
            axes.axhspan(max(bottom, axes.get_ylim()[0]), end, color=color, alpha=0.55, lw=0, zorder=0)
            if end - max(bottom, axes.get_ylim()[0]) < 0.06 * (top - axes.get_ylim()[0]):
                continue
            axes.annotate(
                band["name"],
                (0.006, end),
                xycoords=("axes fraction", "data"),
                xytext=(0, -4),
                textcoords="offset points",
                va="top",
                fontsize=8,
                color=MUTED,
            )


def _draw_series(axes: Axes, spec: Spec) -> None:
    rows = pd.DataFrame({name: spec[name] for name in ("value", "low", "high", "status")})
    rows[["value", "low", "high"]] = rows[["value", "low", "high"]].astype(float)
    rows["place"] = range(len(rows))
    known = rows.dropna(subset=["low", "high"])
    if len(known):
        axes.vlines(known["place"], known["low"], known["high"], color=HUE, alpha=0.35, lw=1.6, zorder=2, label=sure_interval())
    axes.plot(rows["place"], rows["value"], color=HUE, lw=1.1, zorder=3)  # a line that breaks where a value is missing
    sns.scatterplot(
        data=rows,
        x="place",
        y="value",
        color=HUE,
        s=20,
        edgecolor="white",
        linewidth=0.6,
        ax=axes,
        zorder=4,
        label="each " + spec["x_label"],
    )
    aside = rows["status"].isin(["transition", "straddling"])
    for marked, label in ((aside, "on neither side"), (pd.Series(spec["open"]) & ~aside, "some windows not over: left out")):
        if (marked & rows["value"].notna()).any():
            axes.plot(rows["place"][marked], rows["value"][marked], "o", mfc="white", mec=HUE, ms=6, ls="", zorder=5, label=label)
    missing = rows[~rows["status"].isin(["ok", "transition", "straddling"])]
    if len(missing):
        floor = blended_transform_factory(axes.transData, axes.transAxes)
        axes.plot(
            missing["place"],
            [0.02] * len(missing),
            "x",
            color=MUTED,
            ms=5,
            transform=floor,
            label="no value: " + words.listed(sorted(set(missing["status"]))),
        )


def _draw_levels(axes: Axes, spec: Spec) -> None:
    """The pooled levels of both sides: thin where the line of what would have gone on tells more."""
    if spec["changed_at"] is None:
        return
    width = 1.0 if spec["expected"] else 2.0
    for name, style in (("before", (0, (1, 1.2))), ("after", "-")):
        level, span = spec[name], [spec["periods"].index(spec[name][end]) for end in ("first", "last")]
        label = f"{name}, pooled: {words.level(level['value'], spec['unit'])}"
        axes.hlines(level["value"], span[0] - 0.4, span[1] + 0.4, color=ACCENT, lw=width, ls=style, zorder=5, label=label)


def _draw_marks(axes: Axes, spec: Spec, gap: float) -> None:
    """Target and benchmark are told apart by line and word, and labelled at the right edge."""
    found = [(name, spec[name]) for name in ("target", "benchmark") if spec[name]]
    heights = spread_apart([mark["value"] for _, mark in found], gap)
    for (name, mark), height in zip(found, heights, strict=True):
        axes.axhline(mark["value"], color=INK if name == "target" else MUTED, lw=1, ls="-" if name == "target" else ":", zorder=2)
        label = f"{name} {words.level(mark['value'], spec['unit'])}" + (f"\n{mark['industry']}" if name == "benchmark" else "")
        axes.annotate(
            label,
            (1.008, height),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color=INK if name == "target" else MUTED,
            annotation_clip=False,
        )
