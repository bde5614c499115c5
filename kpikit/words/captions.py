"""What a figure shows, in words: titles, captions and alt texts, from the values that are drawn."""

from __future__ import annotations

from kpikit.words.banding import band_named
from kpikit.words.changes import Verdict, moved_sentence
from kpikit.words.dates import during, remark, the
from kpikit.words.naming import rates
from kpikit.words.writing import agreed, between, change, counted, largest, level, listed, p_value, sized

MOST_TOLD = 8  # events and decisions in an alt text


def chart_title(name: str, verdict: Verdict) -> str:
    """A figure's title: what it states, or what it asks."""
    if "change" in verdict:
        when = f" after {verdict['changed_on']}"
        said = {"no clear change": f"{name} shows no clear change", "not known": f"{name} before and"}
        return said.get(verdict["direction"], f"{name} {verdict['direction']}") + when
    return f"{name} is {level(verdict['value'], verdict['unit'])} {during(verdict['at'])}" if verdict else f"How did {name} go?"


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
    first, last = (the(spec["periods"][end]) for end in (0, -1))
    text = (
        f"From {first} to {last} it lay between {level(least, spec['unit'])} ({at_least}) and "
        f"{level(most, spec['unit'])} ({at_most})"
    )
    if missing:
        text += f"; without a value: {listed(missing[:5])}{' and more' if len(missing) > 5 else ''}"
    return f"{text}.{_expected_said(spec)}"


def run_chart_alt(spec: Verdict, verdict: Verdict) -> str:
    """A run chart in words."""
    bands = f" Shaded bands: {listed(band['name'] for band in spec['bands'])}." if spec["bands"] else ""
    change_line = f" A line marks the change of {spec['changed_on']}." if spec["changed_at"] is not None else ""
    headline = f" {moved_sentence(verdict)}" if "change" in verdict else ""
    return f"Run chart of {spec['y_label']}. {spec['says']}{headline}{change_line}{bands}{marks_said(spec)}"


def marks_said(spec: Verdict) -> str:
    """The events and decisions that are marked on a chart; of many the first ones, for all are listed beneath it."""
    drawn = [mark for mark in spec.get("events", ()) if mark["at"] is not None]
    told = [f"{mark['mark']} {remark(mark)}" for mark in drawn[:MOST_TOLD]]
    more = [f"and {len(drawn) - MOST_TOLD} more, listed beneath"] if len(drawn) > MOST_TOLD else []
    return f" Marked at the top: {'; '.join([*told, *more])}." if drawn else ""


def marked(said: dict[str, str], spec: Verdict) -> dict[str, str]:
    """A caption and alt text, the latter with the events and decisions that are marked."""
    return said | {"alt": said["alt"] + marks_said(spec)}


def _expected_said(spec: Verdict) -> str:
    """What the dashed line is, and how far from it the periods after lie."""
    told = spec.get("expected")
    if told is None:
        return ""
    gap = _ranged(told["gap"], spec["unit"])
    return f" The dashed line is what would have gone on ({told['name']}); the gap to it averages {gap}."


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
        f"{row['label']} {level(row['value'], spec['unit'])}" + (f" ({band_named(row['band'], spec)})" if row["band"] else "")
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


def forest_said(spec: Verdict) -> dict[str, str]:
    """Which estimate leads, how far the others agree, and whose assumption failed."""
    rows, unit = spec["rows"], spec["unit"]
    lead, *others = rows
    text = f"The leading estimate is '{lead['name']}': {_ranged(lead, unit)}."
    values = [row["value"] for row in others if row["value"] is not None]
    if values:
        span = (
            f"between {change(min(values), unit)} and {change(max(values), unit)}" if len(values) > 1 else change(values[0], unit)
        )
        text += f" The {counted(len(values), 'other')} {agreed(len(values), 'says', 'say')} {span}."
    failed = [f"'{row['name']}' ({row['why']})" if row["why"] else f"'{row['name']}'" for row in rows if row["holds"] is False]
    text += f" The assumption failed for {listed(failed)}." if failed else ""
    return {"says": text, "alt": f"Forest plot of the {_lowered(spec['x_label'])}. {text}"}


def waterfall_said(spec: Verdict) -> dict[str, str]:
    """From which value to which by which steps, and the segments whose own rates moved the whole most."""
    unit, (first, *steps, last) = spec["unit"], spec["rows"]
    levels = f"From {level(first['to'], unit)} before to {level(last['to'], unit)} after"
    if len(steps) == 1:
        why = "the case names no segments" if not spec["of"] else "its parts are not known"
        text = f"{levels}, {change(steps[0]['change'], unit)}. It cannot be split: {why}."
    else:
        parts = [f"{change(step['change'], unit)} by the {step['label']}" for step in steps]
        text = f"{levels}: {listed(parts)}. That is accounting, not cause."
    if most := [f"{row['segment']} ({change(row['change'], unit)})" for row in spec["segments"]]:
        text += f" The whole was moved most by the {rates(unit)} of {listed(most)}; these are hypotheses, not findings."
    return {"says": text, "alt": f"Waterfall chart of {spec['y_label']}. {text}"}


def effect_course_said(spec: Verdict) -> dict[str, str]:
    """The effect's extremes by period, and its second half against its first."""
    unit, name = spec["unit"], spec["x_label"]
    known = [(value, period) for value, period in zip(spec["value"], spec["periods"], strict=True) if value is not None]
    if not known:
        text = f"No effect by {name} can be given: there are too few {name}s before the change to say what would have gone on."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    (least, at_least), (most, at_most) = min(known), max(known)
    span = f"lay between {change(least, unit)} ({at_least}) and {change(most, unit)} ({at_most})"
    text = f"Against what would have gone on, the effect {span if len(known) > 1 else f'is {change(most, unit)} in {at_most}'}."
    text += f" On average it is {_ranged(spec['effect'], unit)}." if len(known) > 1 else ""
    return {
        "says": f"{text} {_halves(spec)}",
        "alt": f"Dot chart of the {_lowered(spec['y_label'])}, by {name}. {text} {_halves(spec)}",
    }


def _halves(spec: Verdict) -> str:
    told = spec["halves"]
    if told is None:
        return f"Too few {spec['x_label']}s after to compare their halves."
    size = sized(told, spec["unit"], spec["confidence"])
    said = {
        "no clear change": "The second half does not clearly differ from the first",
        "rose": "The second half lies higher than the first",
        "fell": "The second half lies lower than the first",
    }  # fmt: skip
    return f"{said.get(told['direction'], 'The halves cannot be compared')} ({size})."


def placebos_said(spec: Verdict) -> dict[str, str]:
    """Where the real date stands among dates without a change."""
    others = [row for row in spec["rows"] if not row["actual"]]
    if not others or spec["rank"] is None:
        text = f"There are too few {spec['period']}s before the change for dates without one to compare it with."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    clear = sum(abs(row["ratio"]) > 1 for row in others)
    among = counted(len(others), "date") + " without a change"
    text = f"Beside its own uncertainty, the change at the real date is the {largest(spec['rank'])} of {len(others) + 1}. "
    text += f"Of {among}, {clear or 'none'} {agreed(max(clear, 1), 'shows', 'show')} a clear change."
    text += f" So large a change by luck alone has a chance of {p_value(spec['p_value'])}." if spec["p_value"] is not None else ""
    return {"says": text, "alt": f"Dot chart of the change at {among} and at the real one. {text}"}


def control_chart_said(spec: Verdict) -> dict[str, str]:
    """Which chart and rules, and what they show."""
    told, unit, name = spec["signal"], spec["unit"], spec["x_label"]
    broken = {
        side: sum(bool(rule) for rule, its in zip(spec["rule"], spec["side"], strict=True) if its == side)
        for side in ("before", "after")
    }
    of = {side: spec["side"].count(side) for side in broken}
    if told["seen"] == "unknown":
        text = f"{told['chart']}. Signal: not known; control limits need {told['needs']} {name}s before that vary."
        return {"says": text, "alt": f"Control chart of {spec['y_label']}. {text}"}
    limits = (
        f"limits {between(told['low'], told['high'], unit, signed=False)} in the first {name} after, frozen before the change"
    )
    meant = {
        "routine": "nothing after the change stands out",
        "exceptional": "single points stand out, the level is not shown to have moved",
        "shifted": "the level has moved",
    }[told["seen"]]  # fmt: skip
    text = f"{told['chart']}, {limits}; rules: a point {spec['rules'][0]}, {spec['rules'][1]}. Signal: {told['seen']}, {meant}."
    text += (
        f" {broken['after']} of {counted(of['after'], name)} after break a rule, and {broken['before']} of {of['before']} before."
    )
    return {"says": text, "alt": f"Control chart of {spec['y_label']}. {text}"}


def _ranged(told: Verdict, unit: str) -> str:
    span = between(told["low"], told["high"], unit, signed=True)
    return f"{change(told['value'], unit)} ({span})" if span else f"{change(told['value'], unit)}, without an interval"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
