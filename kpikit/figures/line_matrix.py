"""The line matrix: from the product line of a first order to the line bought next, shares as intensities of one hue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, Chart, canvas, said_only, title_over, wrapped
from kpikit.words import level
from kpikit.words import openings as told

LETTERS = 22
LIGHT = 1.7  # the darkest cell still bears dark letters


def line_matrix(answer: Answer) -> Chart:
    """From which line to which the customers of an answer to `openings` went; the diagonal is upsell."""
    lines = answer.more["lines"]
    spec = plain({
        "title": "From which product line do customers go to which?",
        "x_label": f"Bought later, within {answer.verdict['within']} (on the diagonal: a dearer product of the same line)",
        "y_label": "Line in the first order",
        "names": list(dict.fromkeys(lines["from"])),
        "cells": lines[["from", "to", "customers", "bought", "share"]].to_dict("records"),
        "hidden": int(lines["share"].isna().sum()),
    })  # fmt: skip
    spec |= told.line_matrix_said(spec)
    return Chart("line_matrix", spec, lines)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of a line matrix's plain values."""
    cells = pd.DataFrame(spec["cells"], columns=["from", "to", "customers", "bought", "share"])
    if cells["share"].notna().sum() == 0:
        return said_only(spec["title"], spec["says"])
    names = spec["names"]
    shares = cells.pivot(index="from", columns="to", values="share").reindex(index=names, columns=names).astype(float)
    texts = shares.map(lambda share: level(share, "percent") if np.isfinite(share) else "\N{EN DASH}")
    figure, axes = canvas(9, 1.9 + 0.52 * len(names))
    palette = sns.light_palette(HUE, as_cmap=True)
    top = float(np.nanmax(shares.to_numpy()))
    sns.heatmap(
        shares,
        annot=texts,
        fmt="",
        cmap=palette,
        vmin=0,
        vmax=LIGHT * top,
        cbar=False,
        linewidths=1,
        linecolor="white",
        ax=axes,
        annot_kws={"fontsize": 8.5, "color": INK},
    )
    for place in range(len(names)):
        axes.add_patch(Rectangle((place, place), 1, 1, fill=False, edgecolor=INK, lw=1.4))
    labels = [wrapped(told.short(name, 2 * LETTERS), LETTERS, lines=2) for name in names]
    turned = len(names) > 6
    axes.set_xticklabels(labels, rotation=40 if turned else 0, ha="right" if turned else "center", fontsize=8.5)
    axes.set_yticklabels(labels, rotation=0, fontsize=8.5)
    axes.tick_params(length=0)
    axes.set(xlabel=wrapped(spec["x_label"], 90), ylabel=spec["y_label"])
    title_over(figure, spec["title"])
    return figure
