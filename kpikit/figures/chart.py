"""Chart: a figure, its alt text and its numbers. What is drawn is plain data, so a report can draw it again as SVG."""

from __future__ import annotations

import importlib
import io
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.style import context
from matplotlib.ticker import ScalarFormatter

from kpikit.answer import MIME, plain
from kpikit.figures.remarks import Remarks
from kpikit.stats.intervals import CONFIDENCE
from kpikit.words import Said, asked_locale, change_tick, interval_of, tick, unit_named, written

INK, MUTED, HUE, ACCENT = "#1f2933", "#5f6c7b", "#1f5f99", "#b3541e"
DPI, SCREEN_DPI = 144, 100
SPACES = re.compile(r"\s+", re.ASCII)  # where a line may be broken: not within 22,7 %
EDGE_WIDE, EDGE_HIGH = 0.1, 0.06  # inches: no letter touches the edge
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
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
    "hatch.linewidth": 0.7,
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

    @property
    def remarks(self) -> Remarks:
        """The events and decisions that are marked on it by letters, displayed as a table."""
        return Remarks(tuple(self.spec.get("events", ())))

    def figure(self) -> Figure:
        """The drawn figure."""
        draw = importlib.import_module(f"kpikit.figures.{self.kind}").draw
        with _styled():
            figure: Figure = draw(self.spec)
        if asked_locale():
            _write_ticks(figure)
        return figure

    def png(self) -> bytes:
        """The figure as PNG."""
        return self._saved("png", dpi=DPI, metadata={"Software": None})

    def preview(self) -> bytes:
        """The figure as PNG for a screen: of fewer dots and drawn once, in about half the time of png."""
        buffer = io.BytesIO()
        with _styled():
            figure = self.figure()
            figure.set_dpi(SCREEN_DPI)
            FigureCanvasAgg(figure).print_png(buffer, pil_kwargs={"compress_level": 1})  # type: ignore[no-untyped-call]
        return buffer.getvalue()

    def svg(self) -> str:
        """The figure as SVG, the same text each time."""
        return self._saved("svg", metadata={"Date": None}).decode()

    def _saved(self, kind: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with _styled():
            self.figure().savefig(buffer, format=kind, **options)
        return buffer.getvalue()

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/png": self.png(), "text/plain": self.alt, MIME: self.payload}, {"image/png": {"alt": self.alt}}

    @property
    def payload(self) -> dict[str, Any]:
        """What a notebook's output holds of the chart, as plain values."""
        return {"type": "chart", "kind": self.kind, "spec": self.spec, "table": plain(self.table)}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Chart:
        """The chart that a notebook's output holds, to be drawn again."""
        table = payload["table"]
        return cls(str(payload["kind"]), payload["spec"], pd.DataFrame(table["rows"], columns=table["columns"]))


class WrittenTicks(ScalarFormatter):
    """What an axis without a formatter of its own writes, as the locale does."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The text at a tick."""
        return written(super().__call__(x, pos).replace("\N{MINUS SIGN}", "-"))


def _write_ticks(figure: Figure) -> None:
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(WrittenTicks())


def _styled() -> AbstractContextManager[None]:
    """As kpikit draws, whatever a matplotlibrc of this machine or a cell says."""
    return context(["default", {**sns.axes_style("ticks"), **STYLE}])


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure, in inches, with its axes."""
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=EDGE_WIDE, h_pad=EDGE_HIGH))
    return figure, figure.add_subplot()


def title(axes: Axes, text: str, gap: float = 12) -> None:
    """The title, broken where it would leave the figure, `gap` points over the axes."""
    axes.set_title(wrapped(text, 74), pad=gap)


def title_over(figure: Figure, text: str) -> None:
    """The title over the whole figure, for axes that a wide column of names moves to the right."""
    figure.suptitle(wrapped(text, 80), x=0.012, ha="left", fontsize=12, fontweight="bold")


def named_up(axes: Axes, text: str) -> None:
    """The name of the upright axis, broken where it would be longer than the axis."""
    lines = len(textwrap.wrap(text, 38))
    width = next((width for width in range(12, 38) if len(textwrap.wrap(text, width)) <= lines), 38)
    axes.set_ylabel(wrapped(text, width))


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """A text broken into lines of `width` letters at the most; where it does not fit, its middle is left out."""
    whole = " ".join(SPACES.split(text.strip()))
    told = textwrap.wrap(whole, width)
    if len(told) > lines:
        tail = textwrap.wrap(whole[::-1], width - 2)[0][::-1]  # the last words that fit, found from the end
        told = [*told[: lines - 1], f"… {tail}"]
    return "\n".join(told)


def said_only(heading: str, text: str) -> Figure:
    """A figure without marks, for an answer that holds nothing to draw: why, in words."""
    figure, axes = canvas(9, 1.9)
    axes.axis("off")
    axes.text(0, 0.5, wrapped(text, 96, lines=4), va="center", color=MUTED, transform=axes.transAxes)
    title(axes, heading)
    return figure


def legend_below(axes: Axes, ncols: int) -> None:
    """One legend under the figure, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if (own := axes.get_legend()) is not None:
        own.remove()
    axes.figure.legend(handles, labels, loc="outside lower center", ncols=ncols, frameon=False, fontsize=8)


def ticks(unit: str) -> Any:
    """A formatter for an axis of values; what stands behind a number, the axis' name says."""
    return lambda value, _: tick(round(value, 6), unit)


def sure_interval() -> str:
    """What the intervals of all figures are called."""
    return interval_of(CONFIDENCE)


def ends(values: Iterable[float | None], room: float) -> tuple[float, float]:
    """Where an axis of bars ends: it holds 0 and every value, and some room beyond those that lie on either side of it."""
    known = [value for value in values if value is not None and value == value]
    lowest, highest = min([*known, 0.0]), max([*known, 0.0])
    return (1 + room) * lowest, (1 + room) * highest or (1.0 if not lowest else -0.1 * lowest)


def banded_ends(values: Iterable[float | None], edges: Sequence[float], room: float) -> tuple[float, float]:
    """Where an axis of bars on bands ends: the lowest band is seen too, also where it lies below all values, as below 0 does."""
    lowest, highest = ends([*values, *edges], room)
    if edges and min(edges) <= lowest:
        lowest = min(edges) - room * (highest - min(edges))
    return lowest, highest


def change_ticks(unit: str) -> Any:
    """A formatter for an axis of changes: signed, percentage points for a rate."""
    return lambda value, _: change_tick(round(value, 6), unit)


def change_unit(unit: str) -> str:
    """How the unit of a change stands behind the name of an axis."""
    return ", percentage points" if unit == "percent" else unit_named(unit)


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
