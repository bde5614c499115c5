"""What the figures of `targets` show, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit.words.targets import Verdict, more_said, size_of
from kpikit.words.writing import between, change, counted, level, listed, rounded_sum


def path_said(spec: Mapping[str, Any]) -> dict[str, str]:
    """The picture of history, goals, agreed path and past changes, in words."""
    unit, known = spec["unit"], [(v, p) for v, p in zip(spec["value"], spec["periods"], strict=True) if v is not None]
    (last, at), goal = known[-1], spec["goals"][0]
    text = (
        f"{spec['name']} went from {level(known[0][0], unit)} ({known[0][1]}) to {level(last, unit)} "
        f"({at}); the leading goal is {goal['name']}, {level(goal['goal'], unit)}."
    )
    states = [f"{point['period']} {point['state']}" for point in spec["path"] if point["state"] != "ahead"]
    text += f" Agreed points: {listed(states)}." if states else ""
    if spec["fan"]:
        end = spec["fan"][-1]
        span = between(end["q10"], end["q90"], unit, signed=False)
        text += (
            f" Had it moved on as in 8 of 10 past stretches, it would lie at {span} after {counted(end['step'], spec['period'])}."
        )
    return {"says": text, "alt": f"Line chart of {spec['y_label']}. {text}"}


def gaps_said(spec: Mapping[str, Any]) -> dict[str, str]:
    """Each goal's distance from today."""
    unit = spec["unit"]
    told = [f"{row['name']} ({level(row['goal'], unit)}): {row['said']}" for row in spec["rows"]]
    text = f"From today's {level(spec['today'], unit)}: {'; '.join(told)}."
    return {"says": text, "alt": f"Bars from today's value to each goal for {spec['x_label']}. {text}"}


def row_said(row: Mapping[str, Any], verdict: Verdict) -> str:
    """One goal's gap beside its bar."""
    if not row["possible"]:
        return f"takes more than all {verdict['denominator_name']}"
    if not row["open"]:
        return "met"
    money = f", {verdict['currency']} {rounded_sum(row['money']['value'])}".rstrip() if row["money"] else ""
    return f"{change(row['gap'], verdict['unit'])}, {more_said(row, verdict)}{money} a {verdict['period']}"


def visible_said(spec: Mapping[str, Any]) -> dict[str, str]:
    """How the smallest visible change shrinks with time."""
    unit, known = spec["unit"], [value for value in spec["change"] if value is not None]
    if not known:
        text = f"Too few {spec['period']}s tell how much they vary: how small a change could be seen is not known."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    text = (
        f"After one {spec['period']} a change of {size_of(known[0], unit)} could be seen, after {len(known)} "
        f"one of {size_of(known[-1], unit)}."
    )
    if spec["gap"]:
        when = (
            f"is under the line from {spec['period']} {spec['after']} on" if spec["after"] else "stays above what could be told"
        )
        text += (
            f" The {size_of(spec['gap'], unit)} to the goal {when}."
            if spec["after"]
            else f" The {size_of(spec['gap'], unit)} to the goal is smaller than all of them."
        )
    return {"says": text, "alt": f"Line chart of the {spec['y_label'].lower()} by {spec['period']}s after the change. {text}"}
