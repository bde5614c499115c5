"""Grade and decision, each by a written rule over the estimators and checks, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from kpikit.answer import Check
from kpikit.questions.effects.course import PER_YEAR
from kpikit.questions.effects.estimators import Found
from kpikit.series import FEW
from kpikit.stats.counterfactual import effect_alone
from kpikit.stats.designs import CYCLES

FREEDOM = 20  # periods minus parameters: fewer know the noise too little for more than weak
AFTER = 3  # periods after: fewer show a moment, not a level
POWER = 0.8
LOOKED_AHEAD = (3, 6, 9, 12, 18, 24, 36)
PAYBACK = 2  # years in which a cost must be earned back
WORTH_SEEING = 0.1  # of the level before: the change worth seeing where neither target nor band says one
#: checks that cap the grade at weak when they do not pass, with the reason in words
CAPS = {
    "date chosen after looking": "the date was chosen after looking",
    "change earlier than its date": "it began to move before the change",
    "depends on the start": "it depends on the first periods",
    "segments that come and go": "the segments are not the same before and after",
    "placebo dates": "a date without a change shows as much",
}  # fmt: skip


def graded(found: Found, checks: Sequence[Check]) -> dict[str, Any]:
    """`grade`: strong, fair, weak, none or contradicted; `cap`: the best this design could earn; `because`: the reasons."""
    cap, because = _cap(found, checks)
    lead = found.leading
    if lead.low is None or lead.high is None or lead.low <= 0 <= lead.high:
        why = "no interval can be given" if lead.low is None else "the interval of the effect holds no change"
        return {"grade": "none", "cap": cap, "because": [why]}
    sign = 1 if lead.low > 0 else -1
    against = [e.name for e in found.estimates if e.holds and e.unit == "change" and _sign(e.low, e.high) == -sign]
    if against:
        return {"grade": "contradicted", "cap": cap, "because": [f"{name} points the other way" for name in against]}
    return {"grade": cap, "cap": cap, "because": because}


def _sign(low: float | None, high: float | None) -> int:
    return 0 if low is None or high is None else 1 if low > 0 else -1 if high < 0 else 0


def _cap(found: Found, checks: Sequence[Check]) -> tuple[str, list[str]]:
    """The best grade that design and checks allow."""
    course, reasons = found.course, []
    freedom = found.leading.freedom or 0
    if freedom < FREEDOM:
        reasons.append(f"the periods leave {freedom} degrees of freedom, and {FREEDOM} are wanted")
    if course.after.sum() < AFTER:
        reasons.append(f"only {int(course.after.sum())} of {AFTER} periods after")
    if course.cycle > 1 and found.baseline is not None and not found.baseline.season and not found.parallel:
        reasons.append(f"the season cannot be told apart under {CYCLES} {course.turn}s before")
    elif course.turn == "week" and not found.parallel:
        reasons.append("the time of year is not taken out of days")
    if found.odd_matters:
        reasons.append("it depends on odd periods before")
    if course.noise_kind != "spread" and np.median(course.sizes[course.before | course.after]) < FEW:
        reasons.append(f"fewer than {FEW} stand behind most periods")
    failed = {check.name for check in checks if check.passed is False}
    reasons += [why for name, why in CAPS.items() if name in failed and why]
    if reasons:
        return "weak", reasons
    if found.parallel:
        return "strong", ["a control group ran parallel before, and nothing speaks against it"]
    not_parallel = "the control group did not run parallel before, as far as can be told"
    missing = not_parallel if found.controlled else "there is no control group"
    return "fair", [f"trend, season and noise are taken out, but {missing}"]


def smallest_seen(found: Found) -> float | None:
    """The smallest change that this design would find in 4 of 5 cases, from the interval's width alone."""
    lead = found.leading
    if lead.low is None or lead.high is None:
        return None
    return _seen((lead.high - lead.low) / 2, lead.freedom)


def _seen(half: float, freedom: int | None) -> float:
    sure = special.stdtrit(freedom, 0.975) if freedom else special.ndtri(0.975)
    return float(half / sure * (sure + special.ndtri(POWER)))


def periods_needed(found: Found, wanted: float) -> int | None:
    """How many periods after the change, as noisy as those before, show a change of `wanted`: more than there are; 0 where
    LOOKED_AHEAD does not reach so far, None under LEAST periods before.

    A saturated after-part says nothing about noise, so the width for more periods is known before they are seen.
    """
    if found.main is None or found.baseline is None:
        return None
    course, values, noise = found.course, found.values, found.noise
    first = int(course.after.argmax())
    for count in (count for count in LOOKED_AHEAD if count > course.after.sum()):
        size = first + count
        after = np.arange(size) >= first
        padded = [np.resize(np.append(x[:first], np.zeros(count)), size) for x in (values, course.before.astype(float))]
        more = None if noise is None else np.append(noise[:first], np.full(count, np.median(noise[course.before])))
        told, freedom = effect_alone(padded[0], padded[1] > 0, after, course.cycle, np.ones(size), found.baseline, more)
        if _seen(float(told.high - told.low) / 2, freedom) <= wanted:
            return count
    return 0


def decided(verdict: Mapping[str, Any], seen: float | None, wanted: float, needed: int | None) -> dict[str, Any]:
    """keep, stop, extend, test properly or wait, with the reason's name and what it rests on.

    Where no effect is clear: stop when the interval of a design that is not weak leaves no room for the change worth having
    (not because it would have been seen: Hoenig and Heisey 2001, doi 10.1198/000313001300339897), else wait for the periods
    that are needed.
    """
    grade, effect = verdict["grade"], verdict["effect"]
    numbers = {
        "smallest_seen": seen,
        "wanted": wanted,
        "needed": needed,
        "ahead": LOOKED_AHEAD[-1],
        "after": verdict["after"]["periods"],
    }
    if grade["grade"] == "none" or effect["value"] is None:
        best = {"higher": effect["high"], "lower": None if effect["low"] is None else -effect["low"]}.get(verdict["better"])
        no_room = best is not None and best < wanted and grade["cap"] != "weak"
        what, why = ("stop", "no room") if no_room else ("wait", "more periods") if needed else ("test properly", "too noisy")
    elif grade["grade"] in ("weak", "contradicted"):
        what, why = "test properly", grade["grade"]
    elif verdict["better"] != "inside" and (effect["value"] > 0) != (verdict["better"] == "higher"):
        what, why = "stop", "worse"
    elif _never_pays(verdict):
        what, why = "stop", "costs more"
    else:
        what, why = ("extend", "strong") if grade["grade"] == "strong" else ("keep", "fair")
    return {"what": what, "why": why} | numbers


def _never_pays(verdict: Mapping[str, Any]) -> bool:
    """Whether even the high end of the revenue does not earn the cost back within PAYBACK years."""
    money = (verdict.get("worth") or {}).get("money")
    if not money or not money["cost"] or money["per_period"]["high"] is None:
        return False
    return bool(money["per_period"]["high"] * PER_YEAR[verdict["period"]] * PAYBACK < money["cost"])


def worth_seeing(verdict: Mapping[str, Any], edges: Sequence[float]) -> float:
    """The change worth seeing: to a target not yet reached, else to the next band's edge, else a tenth of the level before."""
    level, up = verdict["before"]["value"], verdict["better"] != "lower"
    target = [verdict["target"]["value"]] if verdict["target"] else []
    for marks in (target, edges):
        if away := [abs(mark - level) for mark in marks if mark != level and (mark > level) == up]:
            return float(min(away))
    return float(WORTH_SEEING * abs(level))
