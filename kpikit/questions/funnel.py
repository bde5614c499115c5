"""Where do we lose them? Rates from step to step, the leak, who leaks where, before and after, how long it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer
from kpikit.errors import CaseError
from kpikit.questions.funnels.checking import checks_of
from kpikit.questions.funnels.comparing import ALL, Finding, findings
from kpikit.questions.funnels.parts import Part, counted, sides_of, whole_of
from kpikit.questions.funnels.timing import at_risk, course_of, timing
from kpikit.questions.verdicts import direction, known
from kpikit.shapes.steps import Steps
from kpikit.stats.intervals import CONFIDENCE, Interval


def funnel(steps: Steps, *, revenue_per_unit: Decimal | float | None = None, currency: str = "") -> Answer:
    """How many go through a funnel, where most are lost, by segment, before and after a change, and how long it takes.

    `revenue_per_unit` is what one more completion brings, in `currency`. Only units whose window is over are judged. Whatever is
    called clear stays so among all comparisons of the answer (Holm 1979); without a change or segments those parts are empty.
    Raises CaseError where nobody's window is over.
    """
    whole = whole_of(steps)
    if not whole.counts[0]:
        raise CaseError(
            f"the funnel from '{steps.steps[0]}': nobody who entered has a window of {steps.window} that is over on "
            f"{words.day(steps.as_of)}; take a shorter window"
        )
    found, money = findings(steps), None if revenue_per_unit is None else float(revenue_per_unit)
    verdict = _head(steps, whole) | {"leak": _leaks(whole, found), "compared": len(found)}
    verdict |= {"segments": _segments(steps, found), "change": _change(steps, found), "time": timing(steps)}
    verdict["worth"] = _worth(steps, whole, verdict, money, currency)
    more = {"segments": _segment_table(steps, found), "change": _change_table(steps, found), "course": course_of(steps)}
    more["at_risk"] = at_risk(steps)
    return Answer("funnel", verdict, _table(steps, whole), (*checks_of(steps, found), *steps.table_checks), more, steps.source)


def _head(steps: Steps, whole: Part) -> dict[str, Any]:
    """Who was followed, over what, and how many went through."""
    last = len(steps.steps) - 1
    told = {"name": f"Funnel: {steps.steps[0]} to {steps.steps[-1]}", "unit": "percent", "confidence": CONFIDENCE}
    told |= {"as_of": words.day(steps.as_of), "window": steps.window, "steps": list(steps.steps), "counted": steps.unit}
    told |= {"reached": [int(count) for count in whole.counts], "overall": _ends(whole.share(last))}
    told |= {"rates": [_ends(whole.rate(step)) for step in range(1, last + 1)]}
    return told | {
        "left_out": {"censored": counted(steps, "fate", "censored"), "straddling": counted(steps, "side", "straddling")}
    }


def _leaks(whole: Part, found: list[Finding]) -> dict[str, Any]:
    """The step that loses most and the one with the lowest rate, each against the next; without another step, that one alone."""
    lost = whole.counts[:-1] - whole.counts[1:]
    rows = [
        {"step": place + 1, "lost": int(count), "rate": known(whole.rate(place + 1).value)} for place, count in enumerate(lost)
    ]
    told = {}
    for kind in ("loss", "rate"):
        one = next((finding for finding in found if finding.kind == kind), None)
        beside = {"next": rows[one.other - 1] if one else None}
        told[kind] = rows[one.step - 1 if one else 0] | beside | (one.plain() if one else {"difference": None, "clear": True})
    return told


def _segments(steps: Steps, found: list[Finding]) -> dict[str, Any]:
    """The segments that clearly go on less often than all others, those with most to win first."""
    told = [one for one in found if one.kind == "segment"]
    leaks = [_leaking(one) for one in told if one.clear and one.told.value < 0]
    names = list(dict.fromkeys(one.part.by for one in told if one.part))
    clear = sum(one.clear for one in told)
    return {"by": names, "looked_at": len(told), "clear": clear, "leaks": sorted(leaks, key=lambda leak: -leak["missing"])}


def _leaking(one: Finding) -> dict[str, Any]:
    assert one.part is not None
    assert one.against is not None
    mine, rest = one.part.counts, one.against.counts
    rates = {"rate": float(mine[one.step] / mine[one.step - 1]), "others": float(rest[one.step] / rest[one.step - 1])}
    on = mine[-1] / mine[one.step] if mine[one.step] else rest[-1] / rest[one.step]
    missing = float(mine[one.step - 1] * -one.told.value * on)
    return {"segment": one.part.by, "value": one.part.name, "step": one.step, **rates, **one.plain(), "missing": missing}


def _change(steps: Steps, found: list[Finding]) -> dict[str, Any] | None:
    """Before and after by step; None without a change."""
    if steps.changed_on is None:
        return None
    rows, sides = [], sides_of(steps)
    for one in (finding for finding in found if finding.kind == "change"):
        moved = one.difference
        ends = {side: _ends(_side_rate(part, one.step)) for side, part in sides.items()}
        way = "not known" if moved["low"] is None else direction(moved) if one.clear else "no clear change"
        rows.append({"step": one.step, **ends, **one.plain(), "direction": way})
    reached = {side: [int(count) for count in part.counts] for side, part in sides.items()}
    return {"on": words.day(steps.changed_on), "reached": reached, "rows": rows}


def _side_rate(part: Part, step: int) -> Interval:
    return part.share(len(part.counts) - 1) if step == ALL else part.rate(step)


def _worth(steps: Steps, whole: Part, verdict: dict[str, Any], money: float | None, currency: str) -> dict[str, Any]:
    """What one percentage point more at each step would add at the end, if the won go on as the others did."""
    adds = [known(value) for value in _per_point(whole)]
    step = verdict["leak"]["rate"]["step"]
    told = {"step": step, "completions": adds[step - 1], "by_step": adds, "entered": int(whole.counts[0])}
    periods = steps.counts.loc[steps.counts["fate"] == "judged", "period"]
    return told | {"from": str(periods.min()), "to": str(periods.max()), "per_unit": money, "currency": currency}


def _per_point(whole: Part) -> list[float]:
    counts = whole.counts
    with np.errstate(divide="ignore", invalid="ignore"):
        told = 0.01 * counts[:-1] * counts[-1] / counts[1:]
    return [float(value) for value in told]


def _ends(told: Interval) -> dict[str, float | None]:
    return {name: known(float(end)) for name, end in zip(("value", "low", "high"), told, strict=True)}


def _table(steps: Steps, whole: Part) -> pd.DataFrame:
    """One row a step: who reached it, who was lost before it, its rate and its share of all who entered."""
    places = range(len(steps.steps))
    unknown = np.asarray(np.nan)
    rates = [whole.rate(place) if place else Interval(unknown, unknown, unknown) for place in places]
    shares = [whole.share(place) if place else Interval(np.asarray(1.0), unknown, unknown) for place in places]
    columns: dict[str, Any] = {"step": list(steps.steps), "reached": whole.counts.astype(int)}
    columns["lost"] = [None, *(whole.counts[:-1] - whole.counts[1:]).astype(int)]
    for name, told in (("rate", rates), ("share", shares)):
        columns |= _three(name, told)
    columns["a_point_adds"] = [np.nan, *np.round(_per_point(whole), 1)]
    return pd.DataFrame(columns).astype({"lost": "Int64"})


def _three(name: str, told: list[Interval]) -> dict[str, list[float]]:
    ends = {name: "value", f"{name}_low": "low", f"{name}_high": "high"}
    return {column: [float(getattr(one, end)) for one in told] for column, end in ends.items()}


def _segment_table(steps: Steps, found: list[Finding]) -> pd.DataFrame:
    """One row a segment and step: its rate, the difference to all others and whether it is clear; then the way through."""
    rows = []
    for one in (finding for finding in found if finding.kind == "segment"):
        part = one.part
        assert part is not None
        told = {"segment": f"{part.by}: {part.name}", "step": steps.steps[one.step], "reached": int(part.counts[one.step])}
        told |= {"of": int(part.counts[one.step - 1])} | {k: v[0] for k, v in _three("rate", [part.rate(one.step)]).items()}
        rows.append(told | _compared(one) | {"clear": _marked(one)})
    return pd.DataFrame(rows, columns=["segment", "step", "reached", "of", *RATE, *DIFFERENCE, "adjusted p", "clear"])


def _change_table(steps: Steps, found: list[Finding]) -> pd.DataFrame:
    """One row a step, and one for all of them: before and after with their counts, the change and whether it is clear."""
    rows = []
    for one in (finding for finding in found if finding.kind == "change"):
        name = f"{steps.steps[0]} to {steps.steps[-1]}" if one.step == ALL else steps.steps[one.step]
        told: dict[str, Any] = {"step": name}
        for side, part in (("before", one.against), ("after", one.part)):
            assert part is not None
            first, last = (0, len(steps.steps) - 1) if one.step == ALL else (one.step - 1, one.step)
            told |= {side: known(float(_side_rate(part, one.step).value))}
            told |= {f"{side}_numerator": int(part.counts[last]), f"{side}_denominator": int(part.counts[first])}
        moved = dict(zip(("change", "change_low", "change_high"), one.told[:3], strict=True))
        rows.append(told | moved | {"adjusted p": _p(one), "clear": _marked(one)})
    return pd.DataFrame(rows)


def _compared(one: Finding) -> dict[str, Any]:
    return dict(zip(DIFFERENCE, one.told[:3], strict=True)) | {"adjusted p": _p(one)}


def _p(one: Finding) -> str:
    return words.p_value(one.adjusted) if np.isfinite(one.adjusted) else "too few"


def _marked(one: Finding) -> str:
    return ("lower" if one.told.value < 0 else "higher") if one.clear else "no"


RATE = ("rate", "rate_low", "rate_high")
DIFFERENCE = ("difference", "difference_low", "difference_high")
