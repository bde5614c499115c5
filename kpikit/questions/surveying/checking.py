"""What an answer to `feedback` rests on, and what was not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit import words
from kpikit.answer import Check
from kpikit.shapes.survey import Survey
from kpikit.stats.disclosure import LEAST

LOW_RESPONSE = 0.6  # under it the silent are told to be looked at
ALIKE = 0.05  # responses before and after that differ by less are called alike


def checks_of(survey: Survey, verdict: Mapping[str, Any]) -> list[Check]:
    """Who was silent, how they were weighed, how much was compared, and what before and after rest on."""
    silent = verdict["asked"] - verdict["answered"]
    share = verdict["response"]["value"]
    said = f"{words.counted(silent, 'customer')} of {words.amount(verdict['asked'])} asked did not answer"
    open_ = f"{said}: what they would have said is not known; the bounds show how far it could go."
    every_one = f"All {words.amount(verdict['asked'])} asked answered; were the silent left out of the table, nothing here tells."
    checks = [Check("non-response", share >= LOW_RESPONSE if silent else None, open_ if silent else every_one)]
    checks.append(_weights_check(survey, verdict))
    every = (
        f"{words.counted(verdict['looked_at'], 'comparison')}: who answers, who names what, and what moved"
        if verdict["looked_at"]
        else ""
    )
    if every:
        chance = f"the chance of any false alarm among all is at the most {words.written('5%')} (Holm 1979)"
        checks.append(Check("many comparisons", True, f"{every}; {chance}."))
    if verdict["moved"] is not None:
        checks += _side_checks(verdict)
    checks.append(
        Check(
            "what they say",
            None,
            "Not checked: what people give as a reason need not be what would make them upgrade; an experiment would tell.",
        )
    )
    return checks


def _weights_check(survey: Survey, verdict: Mapping[str, Any]) -> Check:
    if by := verdict["weighted_by"]:
        named = words.listed(name.replace("_", " ") for name in by)
        return Check(
            "weights",
            True,
            f"Weighted by {named}: within each group the silent are taken to be as those who answered, which cannot be checked.",
        )
    why = (
        "the table has no segments"
        if not survey.segments
        else f"in each cut a group has under {LEAST} answers, or there is one group"
    )
    return Check("weights", None, f"Not weighted: {why}; the shares are those of who answered.")


def _side_checks(verdict: Mapping[str, Any]) -> list[Check]:
    """What the comparison of before and after rests on."""
    moved = verdict["moved"]
    rates = [moved["answered_before"] / moved["asked_before"], verdict["response"]["value"]]
    told = " and ".join(words.level(rate, "percent") for rate in rates)
    alike = abs(rates[0] - rates[1]) < ALIKE
    checks = [
        Check(
            "response before and after",
            alike,
            f"{told} answered before and after the change" + ("." if alike else ": other people may have."),
        )
    ]
    if verdict["paired"]:
        checks.append(
            Check(
                "same customers",
                True,
                "The same customers were asked before and after: compared in pairs, of those who answered both times.",
            )
        )
    elif verdict["twice"]:
        twice = verdict["twice"]
        said = f"{words.counted(twice, 'customer')} {words.agreed(twice, 'was', 'were')} asked before and after"
        checks.append(Check("same customers", False, f"{said}, the others once: the intervals take all for different people."))
    checks.append(
        Check(
            "cause", None, "Not checked: before and after have no control; whatever else changed meanwhile is in the difference."
        )
    )
    return checks
