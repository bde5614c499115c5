"""What a figure shows, in words: titles, captions and alt texts, from the values that are drawn."""

from __future__ import annotations

from kpikit.words.sentences import Verdict, change_sentence
from kpikit.words.writing import change, counted, level, listed


def chart_title(name: str, verdict: Verdict) -> str:
    """A figure's title: what it states, or what it asks."""
    if "change" in verdict:
        when = f" after {verdict['changed_on']}"
        said = {"no clear change": f"{name} shows no clear change", "not known": f"{name} before and"}
        return said.get(verdict["direction"], f"{name} {verdict['direction']}") + when
    return f"{name} is {level(verdict['value'], verdict['unit'])} in {verdict['at']}" if verdict else f"How did {name} go?"


def run_chart_says(spec: Verdict) -> str:
    """What a run chart shows: its span, its extremes, what is missing."""
    known = [
        (value, period)
        for value, period in zip(spec["value"], spec["periods"], strict=True)
        if value is not None and value == value
    ]
    if not known:
        return f"No {spec['x_label']} holds a value."
    (least, at_least), (most, at_most) = min(known), max(known)
    missing = [
        f"{period} ({status})"
        for period, status in zip(spec["periods"], spec["status"], strict=True)
        if status not in ("ok", "transition", "straddling")
    ]
    text = (
        f"From {spec['periods'][0]} to {spec['periods'][-1]} it lay between {level(least, spec['unit'])} ({at_least}) and "
        f"{level(most, spec['unit'])} ({at_most})"
    )
    return f"{text}; without a value: {listed(missing[:5])}{' and more' if len(missing) > 5 else ''}." if missing else f"{text}."


def run_chart_alt(spec: Verdict, verdict: Verdict) -> str:
    """A run chart in words."""
    bands = f" Shaded bands: {listed(band['name'] for band in spec['bands'])}." if spec["bands"] else ""
    change_line = f" A line marks the change of {spec['changed_on']}." if spec["changed_at"] is not None else ""
    headline = f" {change_sentence(verdict)}" if "change" in verdict else ""
    return f"Run chart of {spec['y_label']}. {spec['says']}{headline}{change_line}{bands}"


def dumbbell_says(spec: Verdict) -> str:
    """Which segments moved most and least."""
    rows = [row for row in spec["rows"][1:] if row["change"] is not None and row["change"] == row["change"]]
    if not rows:
        return "The case names no segment with a value on both sides."
    most, least = (pick(rows, key=lambda row: row["change"]) for pick in (max, min))
    told = f"Of {counted(len(rows), 'group')}, {most['segment']} changed by {change(most['change'], spec['unit'])}"
    if least is not most:
        told += (
            f" and {least['segment']} by {change(least['change'], spec['unit'])}, the others in between"
            if len(rows) > 2
            else f" and {least['segment']} by {change(least['change'], spec['unit'])}"
        )
    return f"{told}. Differences between groups are hypotheses, not findings."


def bullet_says(spec: Verdict) -> str:
    """Where each value lies on the bands."""
    parts = [
        f"{row['label']} {level(row['value'], spec['unit'])}" + (f" ({row['band']})" if row["band"] else "")
        for row in spec["rows"]
    ]
    bands = "" if spec["bands"] else "; no bands are published for this variant"
    text = listed(parts)
    return f"{text[0].upper()}{text[1:]}{bands}."


def bullet_alt(spec: Verdict, says: str) -> str:
    """A bullet graph in words."""
    marks = [f"{name} {level(spec[name]['value'], spec['unit'])}" for name in ("target", "benchmark") if spec[name]]
    bands = f" Bands: {listed(band['name'] for band in spec['bands'])}." if spec["bands"] else ""
    return f"Bullet graph of {spec['x_label']}. {says}{bands}" + (f" Marked: {listed(marks)}." if marks else "")
