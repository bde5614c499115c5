"""The bounds of planned looks: how far a difference must be from none at each of them, and where the arms stand now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, legend_below, named_up, said_only, spread_apart, title
from kpikit.figures.native import Drawn, Native
from kpikit.words import arms as said


def arm_looks(answer: Answer) -> Chart:
    """The bounds at each planned look, and where each arm stands, from the answer to `campaign`."""
    verdict, table = answer.verdict, answer.more["looks"]
    planned = verdict["looks"]["planned"]
    spec = plain({
        "title": "Is it early enough to be sure?", "planned": planned, "look": verdict["looks"]["look"],
        "bounds": list(table["bound"]) if planned and planned > 1 else [],
        "arms": [{"name": arm["name"], "z": arm["z"]} for arm in verdict["arms"] if arm["z"] is not None],
    })  # fmt: skip
    now: dict[str, Any] = {
        f"{arm['name']} stands at": [arm["z"] if look == spec["look"] else None for look in table["look"]] for arm in spec["arms"]
    }
    return Chart("arm_looks", spec | said.looks_said(spec), table.assign(**now))


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the bounds' plain values."""
    if not spec["bounds"]:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 3.6)
    looks = range(1, len(spec["bounds"]) + 1)
    for sign in (1, -1):
        label = "bound (O'Brien and Fleming)" if sign == 1 else None
        axes.plot(looks, [sign * bound for bound in spec["bounds"]], "-o", color=MUTED, ms=5, label=label)
    axes.axhline(0, color=INK, lw=1)
    top = 1.15 * max(abs(z) for z in [*spec["bounds"], *(arm["z"] for arm in spec["arms"])])
    axes.set_ylim(-top, top)
    axes.set_xlim(0.8, len(spec["bounds"]) + 0.9)
    heights = spread_apart([arm["z"] for arm in spec["arms"]], 0.11 * top)
    for arm, height in zip(spec["arms"], heights, strict=True):
        passed = abs(arm["z"]) > spec["bounds"][spec["look"] - 1]
        axes.plot(spec["look"], arm["z"], "D", color=HUE, mfc=HUE if passed else "white", mew=1.6, ms=8, zorder=3)
        axes.annotate(f"{arm['name']} {said.apart(arm['z'])}", (spec["look"] + 0.07, height), va="center", fontsize=9, color=INK)
    axes.axvline(spec["look"], color=ACCENT, lw=0.9, ls=":", zorder=0)
    axes.plot([], [], "D", color=HUE, ls="", ms=7, label="an arm beyond the bound")
    axes.plot([], [], "D", color=HUE, mfc="white", mew=1.6, ls="", ms=7, label="an arm within")
    axes.set_xticks(list(looks), [f"look {look}" for look in looks])
    axes.set_xlabel("planned looks, equally spaced")
    named_up(axes, "difference to the control, standard errors")
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """The bounds on both sides by look, and where each arm stands at this one."""
    bounds = spec["bounds"]
    looks = range(1, len(bounds) + 1)
    drawn = [Drawn("bound", bounds, dashed=True), Drawn("bound below", [-bound for bound in bounds], dashed=True)]
    for arm in spec["arms"]:
        drawn.append(Drawn(arm["name"], [arm["z"] if look == spec["look"] else None for look in looks], joined=False))
    named = ("planned looks", "difference to the control, standard errors")
    return Native("line", [f"look {look}" for look in looks], drawn, "number", *named, signed=True)
