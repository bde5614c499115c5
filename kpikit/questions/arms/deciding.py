"""Grade and decision of each arm, each by a written rule, with its reasons; and how many more contacts would be needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from kpikit.answer import Check
from kpikit.questions.arms.effects import Estimate
from kpikit.questions.arms.width import Width
from kpikit.shapes.contacts import TARGETED, Contacts

POWER = 0.8
WORTH_SEEING = 0.1  # of the control's level: the rise worth seeing where no cost says one
#: checks of a randomised campaign that cap the grade at weak when they do not pass, with the reason in words
CAPS = {
    "as assigned": "the arm may be who saw it, not whom it was sent to",
    "sample ratio": "the arms are not as large as planned",
    "left out": "the arms lost different shares of their customers",
    "shared accounts": "users of one account are in several arms, or there are few accounts",
}  # fmt: skip


def graded(
    contacts: Contacts, found: Sequence[Estimate], checks: Sequence[Check], ran: Mapping[str, Any] | None
) -> dict[str, Any]:
    """`grade` strong, fair, weak, none or contradicted; `cap` the best that the design could earn; `because` the reasons."""
    cap, because = _cap(contacts, found[0], checks, ran)
    lead = found[0]
    if not lead.clear:
        return {"grade": "none", "cap": cap, "because": ["the interval holds no difference"]}
    against = [one.method for one in found[1:] if one.method != "as it stands" and one.clear and one.value * lead.value < 0]
    if against:
        return {"grade": "contradicted", "cap": cap, "because": [f"{against[0]} points the other way"]}
    return {"grade": cap, "cap": cap, "because": because}


def _cap(contacts: Contacts, lead: Estimate, checks: Sequence[Check], ran: Mapping[str, Any] | None) -> tuple[str, list[str]]:
    if contacts.design == TARGETED:
        return _targeted_cap(lead, checks, ran)
    failed = [why for check in checks for name, why in CAPS.items() if check.name == name and check.passed is False]
    if failed:
        return "weak", failed
    if any(check.name == "sample ratio" and check.passed is None for check in checks):
        return "fair", ["who was sent it was drawn by lot, but the planned shares are not given to check it"]
    return "strong", ["who was sent it was drawn by lot, and nothing speaks against it"]


def _targeted_cap(lead: Estimate, checks: Sequence[Check], ran: Mapping[str, Any] | None) -> tuple[str, list[str]]:
    reasons = ["who was sent it was chosen, not drawn by lot"]
    if ran is None:
        reasons.append("whether both ran parallel before is not known")
    elif not ran["holds"]:
        reasons.append(
            "they did not run parallel before"
            if ran["holds"] is False
            else "too little is known to say that they ran parallel before"
        )
    if any(check.name == "alike before" and check.passed is False for check in checks):
        reasons.append("they were not alike before, even when matched")
    parallel = lead.method == "difference in differences" and ran is not None and ran["holds"] is True
    return ("fair" if parallel and len(reasons) == 1 else "weak"), reasons


def money_of(estimate: Estimate | None, cost: float | None, per_unit: float, source: str) -> dict[str, Any] | None:
    """Revenue that one contact brings more than none, with its interval, against what the contact costs."""
    if estimate is None or not np.isfinite(estimate.low):
        return None
    ends = {name: float(getattr(estimate, name)) * per_unit for name in ("value", "low", "high")}
    pays = None if cost is None or ends["low"] <= cost <= ends["high"] else bool(ends["low"] > cost)
    return {**ends, "cost": cost, "pays": pays, "source": source}


def wanted_of(contacts: Contacts, level: float, money: Mapping[str, Any] | None, per_unit: float | None) -> tuple[float, str]:
    """The rise worth seeing, and where it comes from: what a contact costs, else a tenth of the control's level."""
    if money and money["cost"]:
        if contacts.measure == "amount":
            return float(money["cost"]), "cost"
        if per_unit:
            return float(money["cost"]) / per_unit, "cost"
    return WORTH_SEEING * abs(level), "tenth"


def needed(lead: Estimate, width: Width, customers: int, wanted: float) -> int | None:
    """How many customers an arm needs for `wanted` to be found in 4 of 5 campaigns, the others growing alike.

    The noise is that of the estimate at hand, accounts and adjustment included: it shrinks with the root of the size.
    """
    if not (lead.error > 0 and wanted > 0):
        return None
    reach = width.last_factor(lead.error, lead.spread) + float(special.ndtri(POWER))
    return int(np.ceil(customers * (reach * lead.error / wanted) ** 2))


def decided(verdict: Mapping[str, Any], arm: Mapping[str, Any]) -> dict[str, str]:
    """What to do with an arm, and why."""
    grade, effect, money = arm["grade"]["grade"], arm["difference"], arm["money"]
    if verdict["ratio"]["holds"] is False and verdict["design"] != TARGETED:
        return {"what": "check first", "why": "ratio"}
    if effect["low"] is None:
        return {"what": "check first", "why": "no noise"}
    if grade == "none":
        return _unclear(verdict, arm)
    if effect["value"] < 0:
        return {"what": "stop", "why": "harm"}
    if money and money["pays"] is False:
        return {"what": "stop", "why": "costs more"}
    if verdict["design"] == TARGETED or grade in ("weak", "contradicted"):
        return {"what": "test properly", "why": "chosen" if verdict["design"] == TARGETED else "weak"}
    if money and money["cost"] is not None and money["pays"] is None:
        return {"what": "go on", "why": "money"}
    return {"what": "roll out", "why": "pays" if money and money["pays"] else "works"}


def _unclear(verdict: Mapping[str, Any], arm: Mapping[str, Any]) -> dict[str, str]:
    if arm["difference"]["high"] < arm["wanted"]:
        return {"what": "stop", "why": "no room"}
    if verdict["design"] == TARGETED:
        return {"what": "test properly", "why": "unclear"}
    looks = verdict["looks"]
    if arm["needed"] is None or arm["needed"] > arm["assigned"] or (looks["planned"] and looks["look"] == looks["planned"]):
        return {"what": "stop or test anew", "why": "out of reach"}
    return {"what": "go on", "why": "too early"}
