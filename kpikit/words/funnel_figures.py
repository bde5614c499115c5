"""What the figures of a funnel show, in words."""

from __future__ import annotations

from kpikit.words.funnel import Verdict
from kpikit.words.writing import amount, between, level, listed, sized


def bars_said(spec: Verdict) -> dict[str, str]:
    """How many reached each step, and the rates between."""
    rows = spec["rows"]
    went = [_went(row) for row in rows[1:]]
    first, units = rows[0]["reached"], spec["units"]
    who = {"customers": "customer", "entries": "entry"}[units] if first == 1 else units
    text = f"{amount(first)} {who} entered with '{rows[0]['step']}'; {listed(went)}."
    return {"says": text, "alt": f"Funnel of horizontal bars. {text}"}


def _went(row: Verdict) -> str:
    if row["rate"] is None:
        return f"nobody was left to go on to '{row['step']}'"
    return f"{level(row['rate'], 'percent')} went on to '{row['step']}' ({amount(row['reached'])})"


def curve_said(spec: Verdict) -> dict[str, str]:
    """How the share that is through grew."""
    days, share = spec["day"], spec["share"]
    if not days:
        text = f"Nobody has reached '{spec['step']}' yet."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    marks = sorted({min(range(len(days)), key=lambda place: abs(share[place] - part * share[-1])) for part in (0.25, 0.5, 0.75)})
    grew = [f"{level(share[place], 'percent')} by day {amount(days[place])}" for place in marks]
    left = (
        f"{amount(spec['at_risk'][0]['count'])} were followed from the start, {amount(spec['at_risk'][-1]['count'])} to the end"
    )
    text = f"{listed(grew)} were through, {level(share[-1], 'percent')} by day {amount(spec['end'])}; {left}."
    return {"says": text, "alt": f"Curve of the share that reached '{spec['step']}' by days since entry. {text}"}


def dots_said(spec: Verdict) -> dict[str, str]:
    """Which segments lie clearly off the others, and the widest gap if none does."""
    if not spec["rows"]:
        text = "The case names no segments with several values, so there is nothing to compare."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    clear = [row for row in spec["rows"] if row["clear"]]
    told = [f"{row['name']} to '{row['step']}' ({level(row['rate'], 'percent')}, {row['clear']})" for row in clear]
    text = f"Clearly off all others: {listed(told[:4])}." if told else "No segment lies clearly off all others at any one step."
    text += f" The table holds {len(told) - 4} more." if len(told) > 4 else ""
    return {"says": text, "alt": f"Dot chart of step rates by segment, with intervals. {text}"}


def changes_said(spec: Verdict) -> dict[str, str]:
    """Which steps' rates moved clearly."""
    moved = [row for row in spec["rows"] if row["clear"]]
    told = [f"'{row['segment']}' {sized(_size(row), 'percent', spec['confidence'])}" for row in moved]
    none = "No step's rate clearly moved."
    if all(row["change"] is None for row in spec["rows"]):
        none = "Nobody stands on one side of the change, so there is nothing to compare."
    text = f"Clearly moved: {listed(told)}." if told else none
    return {"says": text, "alt": f"Dumbbell chart of the rate to each step, before and after {spec['changed_on']}. {text}"}


def no_change_said() -> dict[str, str]:
    """That the case names no change."""
    text = "The case names no change, so there is no before and after."
    return {"says": text, "alt": f"A chart without marks. {text}"}


def span_of(row: Verdict) -> str:
    """A rate with its interval, as it stands beside a mark."""
    span = between(row["rate_low"], row["rate_high"], "percent", signed=False)
    return f"{level(row['rate'], 'percent')}  ({span})" if span else level(row["rate"], "percent")


def _size(row: Verdict) -> dict[str, float | None]:
    return {"value": row["change"], "low": row["change_low"], "high": row["change_high"]}
