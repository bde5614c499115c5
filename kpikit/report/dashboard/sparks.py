"""Sparks: a measure's last periods as a small line, SVG that needs no library in the browser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from kpikit import words

WIDE, HIGH, EDGE = 260.0, 56.0, 5.0


def spark(course: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> dict[str, Any]:
    """The line of a measure in SVG's own numbers: `lines` between gaps, the `last` point, the `bands` behind, and `alt`.

    Empty where there is no value.
    """
    known = [(place, float(cell["value"])) for place, cell in enumerate(course) if _there(cell["value"])]
    if not known:
        return {}
    values = [value for _, value in known]
    low, high = min(values), max(values)
    room = 0.12 * (high - low) or 0.1 * (abs(high) or 1.0)
    low, high = low - room, high + room

    def x(place: int) -> float:
        return round(EDGE + (WIDE - 2 * EDGE) * place / max(len(course) - 1, 1), 1)

    def y(value: float) -> float:
        return round(HIGH * (high - min(max(value, low), high)) / (high - low), 1)

    bands = [
        (y(high if band["to"] is None else band["to"]), y(low if band["from"] is None else band["from"])) for band in row["bands"]
    ]
    goal = row["target"]["value"] if row["target"] else None
    return {
        "wide": WIDE, "high": HIGH, "lines": [" ".join(f"{x(p)},{y(v)}" for p, v in run) for run in _runs(known)],
        "last": (x(known[-1][0]), y(known[-1][1])),
        "bands": [(top, bottom - top, place) for place, (top, bottom) in enumerate(bands) if bottom > top],
        "goal": y(goal) if goal is not None and low <= goal <= high else None,
        "first_at": course[known[0][0]]["period"], "last_at": course[known[-1][0]]["period"],
        "alt": _said(course, known, row["unit"]),
    }  # fmt: skip


def _there(value: Any) -> bool:
    return value is not None and math.isfinite(float(value))


def _runs(known: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """The points between gaps: a period without a value breaks the line."""
    runs = [[known[0]]]
    for point in known[1:]:
        if point[0] == runs[-1][-1][0] + 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _said(course: Sequence[Mapping[str, Any]], known: Sequence[tuple[int, float]], unit: str) -> str:
    """What the line shows, in words."""
    least, most = min(known, key=lambda point: point[1]), max(known, key=lambda point: point[1])
    ends = [f"{words.level(value, unit)} ({course[place]['period']})" for place, value in (known[0], known[-1], least, most)]
    return f"From {ends[0]} to {ends[1]}; lowest {ends[2]}, highest {ends[3]}."
