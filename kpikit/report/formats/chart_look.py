"""The look of the charts that office programs draw: colors, dashes, shapes and axes, the same in a deck and in a workbook."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from kpikit.figures.chart import ACCENT, HUE, INK, MUTED
from kpikit.figures.native import Drawn, Native
from kpikit.figures.periods import NICE

PAPER, GRID = "#ffffff", "#e3e8ed"
FAINT = {"bar": INK, "line": "#9db8d2", "dots": "#9db8d2", "dashed": "#c2c8cf"}  # of limits, lighter where they stand close
#: sets of bars by color and filling, lines by color and dash, dots by color and shape: never by color alone
BARS = ((HUE, HUE, PAPER), (ACCENT, PAPER, INK), (MUTED, MUTED, PAPER), (INK, PAPER, INK))  # edge, face, the letters in it
SOLID, DASHED, DOTS = (HUE, ACCENT, MUTED, INK), (INK, ACCENT, MUTED, HUE), (ACCENT, INK, MUTED, HUE)
DASHES = ("dash", "round_dot", "dash_dot", "long_dash", "long_dash_dot")
SHAPES = ("circle", "diamond", "triangle", "square")
LINES, LYING = ("line", "scatter"), ("bar", "stacked bars")
MOST_TICKS = 14


def kind_of(drawn: Drawn, native: Native) -> str:
    """How a set of values is drawn: bar, line, dashed or dots."""
    if native.form in LINES or (native.form == "column" and lies_over(drawn)):
        return "dots" if not drawn.joined else "dashed" if drawn.dashed else "line"
    return "bar"


def lies_over(drawn: Drawn) -> bool:
    """Whether it is drawn over the columns of a column chart."""
    return drawn.dashed or not drawn.joined


def is_limited(drawn: Drawn) -> bool:
    """Whether a set of values has limits."""
    return any(limit is not None for limit in (*drawn.low, *drawn.high))


def are_shares(native: Native) -> bool:
    """Whether what lies across is of the same kind as what stands up, as foretold and seen rates."""
    return native.unit == "percent" and all(value is None or value <= 1 for drawn in native.drawn for value in drawn.at)


def named_each(count: int) -> int:
    """Of how many categories one is named, so that the names can be read."""
    return next((nice for nice in NICE if count <= nice * MOST_TICKS), NICE[-1])


def ends_of(native: Native) -> tuple[float, float]:
    """The lowest and the highest of all values and limits."""
    known = [
        value for drawn in native.drawn for row in (drawn.values, drawn.low, drawn.high) for value in row if value is not None
    ]
    return min(known, default=0.0), max(known, default=1.0)


def ticks_of(native: Native, low: float, high: float) -> list[float]:
    """The ticks of an axis from `low` to `high`: it holds 0 where bars begin and where changes are told."""
    if native.form not in LINES or native.signed:
        low, high = min(low, 0.0), max(high, 0.0)
    elif _never_below(native.drawn):
        low = max(low, 0.0)
    return [float(tick) for tick in MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]


def _never_below(drawn: Sequence[Drawn]) -> bool:
    """Whether the values are levels of which none lies below 0: then no axis does, whatever their limits say."""
    return all(value is None or value >= 0 for one in drawn for value in one.values)
