"""Grade and decision, each by a written rule over the estimators and checks, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from kpikit.answer import Check
from kpikit.questions.effects.estimators import Found
from kpikit.series import FEW
from kpikit.stats.counterfactual import effect_alone
from kpikit.stats.designs import CYCLES

FREEDOM = 20  # periods minus parameters: under it autocorrelation makes false alarms likelier than 1 in 12 (docs/method.md)
AFTER = 3  # periods after: fewer show a moment, not a level
POWER = 0.8
LOOKED_AHEAD = (3, 6, 9, 12, 18, 24, 36)
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
    plain = found.plain
    if _sign(plain.low, plain.high) == -sign:
        against.append("the plain comparison")
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
        reasons.append(f"the season cannot be told apart under {CYCLES} years before")
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
    LOOKED_AHEAD does not reach so far, None where that cannot be reckoned (a control group leads, or too few periods before).

    A saturated after-part says nothing about noise, so the width for more periods is known before they are seen.
    """
    if found.main is None or found.baseline is None or found.parallel:
        return None
    course, (values, noise) = found.course, found.course.held()
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

    Where no effect is clear: stop when a change worth having would have been seen, else wait for the periods that are needed.
    """
    grade, effect = verdict["grade"]["grade"], verdict["effect"]["value"]
    numbers = {"smallest_seen": seen, "wanted": wanted, "needed": needed, "after": verdict["after"]["periods"]}
    good = None if effect is None or verdict["better"] == "inside" else (effect > 0) == (verdict["better"] == "higher")
    money = (verdict.get("worth") or {}).get("money")
    if grade == "none" or effect is None:
        enough = seen is not None and seen <= wanted
        what, why = ("stop", "seen") if enough else ("wait", "more periods") if needed else ("test properly", "too noisy")
    elif grade in ("weak", "contradicted"):
        what, why = "test properly", grade
    elif good is False:
        what, why = "stop", "worse"
    elif money and money["net"]["high"] is not None and money["net"]["high"] < 0:
        what, why = "stop", "costs more"
    elif grade == "strong":
        what, why = "extend", "strong"
    else:
        what, why = "keep", "fair"
    return {"what": what, "why": why} | numbers


def worth_seeing(verdict: Mapping[str, Any], edges: Sequence[float]) -> float:
    """The change worth seeing: to the target, else to the next band's edge, else a tenth of the level before."""
    level = verdict["before"]["value"]
    marks = [verdict["target"]["value"]] if verdict["target"] else list(edges)
    away = [
        abs(mark - level)
        for mark in marks
        if mark != level and (verdict["target"] or (mark > level) == (verdict["better"] == "higher"))
    ]
    return float(min(away, default=WORTH_SEEING * abs(level)))
