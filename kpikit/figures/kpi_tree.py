"""The KPI tree: a box a KPI, from the whole at the left to what counts at the right; influences dashed, beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, wrapped
from kpikit.words.tree_parts import effect_told, step_told, tree_said

Spec = Mapping[str, Any]
Point = tuple[float, float]
#: inches: of a box, between columns and rows, around all; a letter of the names and of the rest
BOX, GAP, EDGE = 1.96, 0.42, 0.12
LINE, PAD, BETWEEN = 0.165, 0.09, 0.2
TITLE, FOOT = 0.22, 0.2
LETTERS = 22  # that a line of a box holds
NARROWEST = 7.0
MOST = 8  # influences that are drawn; the table holds them all
MOST_TOLD = "the most per step"


def tree_chart(answer: Answer) -> Chart:
    """What the KPI of a `kpi_tree` is composed of, each part with its value and what its step makes of the whole."""
    verdict = answer.verdict
    names = ("name", "unit", "value", "depth", "above", "sign", "leaf")
    nodes = [{name: row[name] for name in names} | {"told": _told(row, verdict)} for row in verdict["nodes"]]
    ranked = [abs(row["effect"]) if row["effect"] is not None and row["leaf"] else 0.0 for row in verdict["nodes"]]
    most = max(ranked)
    told = [row for row in verdict["influences"] if row["inside"] and not row["computed"]]
    inside = {row["id"] for row in verdict["nodes"]}
    told.sort(key=lambda row: row["from"] not in inside)
    spec = plain({
        "title": f"What is {verdict['name']} made of?",
        "nodes": [node | {"most": bool(most) and size == most} for node, size in zip(nodes, ranked, strict=True)],
        "influences": [{"from": row["from_name"], "to": row["to_name"]} for row in told[:MOST]], "more": len(told[MOST:]),
    })  # fmt: skip
    return Chart("kpi_tree", spec | tree_said(spec), answer.table)


def _told(row: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    return f"{step_told(row)} makes {effect_told(row, verdict)}" if row["effect"] is not None else ""


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of a tree."""
    nodes = spec["nodes"]
    lines = [_lines(node) for node in nodes]
    deep = max(node["depth"] for node in nodes) + 1
    width = max(NARROWEST, deep * BOX + (deep - 1) * GAP + 2 * EDGE)
    heights = [PAD * 2 + LINE * len(text) for text in lines]
    places, tall = _places(nodes, heights)
    title = wrapped(spec["title"], int(width * 8.2), 2)
    foot, top = _foot_height(spec), tall + TITLE * len(title.splitlines()) + 2 * EDGE
    figure = Figure(figsize=(width, top + foot))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(-foot, top))
    axes.axis("off")
    axes.text(EDGE, top - EDGE, title, va="top", fontsize=12, fontweight="bold")
    for node, place, height, text in zip(nodes, places, heights, lines, strict=True):
        if node["above"] is not None:
            _draw_edge(axes, places[node["above"]], place, node["sign"])
        _draw_box(axes, node, place, height, text)
    _draw_influences(axes, spec, width)
    return figure


def _lines(node: Spec) -> list[str]:
    """What a box says, by lines: its name in one to three, its value, the step, what that makes."""
    name = wrapped(node["name"], LETTERS).splitlines()
    value = [words.level(node["value"], node["unit"])] if node["value"] is not None else []
    step, makes, effect = node["told"].partition(" makes ")
    return [*name, *value, *([f"{step}:", effect] if makes else []), *([MOST_TOLD] if node["most"] else [])]


def _places(nodes: Sequence[Spec], heights: Sequence[float]) -> tuple[list[Point], float]:
    """The left end and the middle of each box, and how high they stand: leaves below each other, others beside their parts."""
    middles: dict[int, float] = {}
    below = 0.0
    for number in reversed(range(len(nodes))):
        parts = [middles[part] for part, node in enumerate(nodes) if node["above"] == number]
        if parts:
            middles[number] = (min(parts) + max(parts)) / 2
        else:
            middles[number] = below + heights[number] / 2
            below += heights[number] + BETWEEN
    below -= BETWEEN
    return [(EDGE + node["depth"] * (BOX + GAP), middles[number]) for number, node in enumerate(nodes)], below


def _draw_box(axes: Axes, node: Spec, place: Point, height: float, text: Sequence[str]) -> None:
    left, middle = place
    color, thick = (ACCENT, 2.2) if node["most"] else (HUE, 1.6 if not node["depth"] else 0.9)
    box = FancyBboxPatch(
        (left, middle - height / 2), BOX, height, boxstyle="round,pad=0,rounding_size=0.06", fc="white", ec=color, lw=thick
    )
    axes.add_patch(box)
    named = len(wrapped(node["name"], LETTERS).splitlines())
    for number, line in enumerate(text):
        style: dict[str, Any] = {"fontweight": "bold"} if number < named else {"color": INK if number == named else MUTED}
        if line == MOST_TOLD:
            style = {"color": ACCENT, "fontweight": "bold"}
        axes.text(left + 0.08, middle + height / 2 - PAD - LINE * (number + 0.5), line, va="center", fontsize=8.3, **style)


def _draw_edge(axes: Axes, above: Point, place: Point, sign: str) -> None:
    """From a box to one of its parts, with what combines it with the part before."""
    start, end, bend = above[0] + BOX, place[0], above[0] + BOX + GAP * 0.4
    axes.plot(
        [start, bend, bend, end], [above[1], above[1], place[1], place[1]], color=MUTED, lw=1.2, zorder=0, solid_joinstyle="round"
    )
    if sign:
        mark = {"boxstyle": "circle,pad=0.15", "fc": "white", "ec": MUTED, "lw": 0.8}
        axes.text(bend + GAP * 0.22, place[1], sign, ha="center", va="center", fontsize=9, fontweight="bold", bbox=mark)


def _foot_height(spec: Spec) -> float:
    """Of what stands under the tree: a line an influence, and what they are."""
    if not spec["influences"]:
        return FOOT
    return FOOT + 0.45 + LINE * 1.35 * (len(spec["influences"]) + bool(spec["more"]))


def _draw_influences(axes: Axes, spec: Spec, width: float) -> None:
    if not spec["influences"]:
        return
    top, middle = -0.3, width / 2
    small: dict[str, Any] = {"va": "center", "fontsize": 8.3}
    dashed = {"arrowstyle": "->", "ls": "--", "color": MUTED, "lw": 1.1}
    axes.text(EDGE, top, "Influences that definitions document; nobody computes them:", color=MUTED, **small)
    for number, edge in enumerate(spec["influences"], start=1):
        height = top - 0.06 - LINE * 1.35 * number
        axes.text(middle - 0.4, height, wrapped(edge["from"], 40, 1), ha="right", **small)
        axes.annotate("", (middle + 0.33, height), (middle - 0.33, height), arrowprops=dashed)
        axes.text(middle + 0.4, height, wrapped(edge["to"], 40, 1), **small)
    if spec["more"]:
        axes.text(middle, height - LINE * 1.35, f"and {spec['more']} more in the table", ha="center", color=MUTED, **small)
