"""Chart: a figure, its alt text and its numbers. What is drawn is plain data, so a report can draw it again as SVG."""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit.answer import MIME
from kpikit.stats.intervals import CONFIDENCE
from kpikit.words import Said, level

INK, MUTED, HUE, ACCENT = "#1f2933", "#5f6c7b", "#1f5f99", "#b3541e"
DPI = 144
SURE = f"{CONFIDENCE:.0%} interval"
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": "#c5ccd3",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "figure.facecolor": "white",
    "svg.hashsalt": "kpikit",
    "svg.fonttype": "path",
}


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A figure that displays itself as a PNG with its alt text; `says` is what it shows, `table` its numbers.

    `spec` holds the plain values that are drawn, rounded as they are kept in a notebook.
    """

    kind: str
    spec: Mapping[str, Any]
    table: pd.DataFrame

    @property
    def alt(self) -> str:
        """The figure in words, for those who do not see it."""
        return str(self.spec["alt"])

    @property
    def says(self) -> Said:
        """A sentence, rendered from the same values, that says what the figure shows."""
        return Said(self.spec["says"])

    def figure(self) -> Figure:
        """The drawn figure."""
        draw = importlib.import_module(f"kpikit.figures.{self.kind}").draw
        with mpl.rc_context(_style()):
            figure: Figure = draw(self.spec)
        return figure

    def png(self) -> bytes:
        """The figure as PNG."""
        return self._saved("png", dpi=DPI, metadata={"Software": None})

    def svg(self) -> str:
        """The figure as SVG, the same text each time."""
        return self._saved("svg", metadata={"Date": None}).decode()

    def _saved(self, kind: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context(_style()):
            self.figure().savefig(buffer, format=kind, **options)
        return buffer.getvalue()

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"image/png": self.png(), "text/plain": self.alt, MIME: {"type": "chart", "kind": self.kind, "spec": self.spec}}
        return data, {"image/png": {"alt": self.alt}}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Chart:
        """The chart that a notebook's output holds, to be drawn again."""
        return cls(str(payload["kind"]), payload["spec"], pd.DataFrame())


def _style() -> dict[Any, Any]:
    return {**sns.axes_style("ticks"), **STYLE}


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure, in inches, with its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def title(axes: Axes, text: str) -> None:
    """The title, broken where it would leave the figure."""
    words, lines = text.split(), [""]
    for word in words:
        lines[-1:] = [f"{lines[-1]} {word}".strip()] if len(lines[-1]) + len(word) < 74 else [lines[-1], word]
    axes.set_title("\n".join(lines))


def legend_below(axes: Axes, ncols: int) -> None:
    """One legend under the figure, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if (own := axes.get_legend()) is not None:
        own.remove()
    axes.figure.legend(handles, labels, loc="outside lower center", ncols=ncols, frameon=False, fontsize=8)


def ticks(unit: str) -> Any:
    """A formatter for an axis of values."""
    return lambda value, _: level(round(value, 6), unit).replace(".0%", "%")


def shades(count: int) -> list[tuple[float, float, float]]:
    """Intensities of one hue, light to darker, one a band."""
    return list(sns.light_palette(HUE, n_colors=count + 3)[1 : count + 1]) if count else []


def spread_apart(heights: list[float], gap: float) -> list[float]:
    """Label heights pushed up, in order, until none is nearer than `gap` to the one below."""
    placed: list[tuple[int, float]] = []
    for index in sorted(range(len(heights)), key=heights.__getitem__):
        floor = placed[-1][1] + gap if placed else heights[index]
        placed.append((index, max(heights[index], floor)))
    return [height for _, height in sorted(placed)]
