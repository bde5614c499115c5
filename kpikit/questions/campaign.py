"""Did it work? Each arm of a campaign against its control, as assigned: what it moved, how surely, what it brought, what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.arms.balance import balance
from kpikit.questions.arms.checks import (
    alike_limit,
    assigned_check,
    assigned_to,
    balance_check,
    cluster_check,
    exclusion_check,
    hidden_bias,
    left_out,
    looks_check,
    parallel,
    ratio_check,
    ratio_of,
)  # fmt: skip
from kpikit.questions.arms.deciding import decided, graded, money_of, needed, wanted_of
from kpikit.questions.arms.effects import (
    ADJUSTED,
    TWICE,
    Estimate,
    against_control,
    as_dict,
    by_arm,
    column,
    estimates,
    spread_of,
)
from kpikit.questions.arms.parts import segment_effects
from kpikit.questions.arms.width import Width, width_of
from kpikit.shapes.contacts import TARGETED, Contacts
from kpikit.stats.intervals import CONFIDENCE
from kpikit.stats.looks import obrien_fleming

BEST = ("strong", "fair", "weak", "contradicted", "none")


def campaign(
    contacts: Contacts,
    *,
    chosen_by: str = "",
    shares: Mapping[str, float] | None = None,
    looks: int | None = None,
    look: int | None = None,
    cost_per_contact: float | None = None,
    revenue_per_unit: float | None = None,
    programme_cost: float | None = None,
    currency: str = "",
) -> Answer:
    """Each arm's difference to the control with its interval, grade and decision, and segments by interaction.

    `chosen_by` says how targets were chosen, where they were; `shares` the arms' planned shares; `looks` how many looks were
    planned and `look` which one this is: without them the intervals hold at any number of looks. Money is what the role `amount`
    holds, or `revenue_per_unit` for each upgrade, against `cost_per_contact` or `programme_cost` by contact. Raises CaseError.
    """
    width = _settled(contacts, chosen_by, looks, look)
    found = [estimates(contacts, arm, width, contacts.measure) for arm in range(1, len(contacts.arms))]
    alike = balance(contacts)
    verdict = _head(contacts, chosen_by, shares, width) | {"currency": currency}
    checks = [*_design_checks(contacts, verdict, found), looks_check(width), exclusion_check(contacts), cluster_check(contacts)]
    checks += [balance_check(contacts, alike), *assigned_check(contacts)]
    cost = _cost(verdict, cost_per_contact, programme_cost)
    verdict["arms"] = []
    for arm, own in enumerate(found, 1):
        money = _money(contacts, arm, own[0], width, cost, revenue_per_unit)
        verdict["arms"].append(_arm(contacts, verdict, arm, own, checks, money, width, revenue_per_unit))
    parts = segment_effects(contacts, width)
    verdict |= {"segments": _segments(contacts, parts)}
    verdict |= {"grade": min((arm["grade"]["grade"] for arm in verdict["arms"]), key=BEST.index)}
    more = {"estimates": _methods(contacts, found), "segments": parts, "balance": alike, "looks": _bounds(width)}
    said = (*checks, *_open_checks(contacts, verdict), *contacts.table_checks)
    return Answer("campaign", verdict, _table(verdict), said, more, contacts.source)


def _settled(contacts: Contacts, chosen_by: str, looks: int | None, look: int | None) -> Width:
    if contacts.design == TARGETED and not chosen_by:
        raise CaseError('where targets were chosen, [asks] must say how: chosen_by = "customers of the last 90 days, by hand"')
    return width_of(len(contacts.arms) - 1, looks, look)


def _head(contacts: Contacts, chosen_by: str, shares: Mapping[str, float] | None, width: Width) -> dict[str, Any]:
    """What is said of the campaign before any arm."""
    outcome = contacts.measure == "outcome"
    assigned, level = assigned_to(contacts), by_arm(contacts).totals
    place = contacts.columns.index(contacts.measure)
    control = {"name": contacts.arms[0], "assigned": assigned[contacts.arms[0]], "customers": int(level[0, 0])}
    control |= {"count": int(level[0, place]) if outcome else None, "value": float(level[0, place] / level[0, 0])}
    return {
        "name": "Upgrades after a campaign" if outcome else "Spending after a campaign",
        "unit": "percent" if outcome else "money", "confidence": CONFIDENCE, "as_of": words.day(contacts.as_of),
        "window": contacts.window, "measure": contacts.measure, "design": contacts.design, "chosen_by": chosen_by,
        "control": control, "assigned": sum(assigned.values()), "left_out": left_out(contacts),
        "matched_dates": contacts.matched_dates, "last_end": contacts.last_end and words.day(contacts.last_end.date()),
        "accounts": contacts.accounts, "ratio": ratio_of(contacts, shares if contacts.design != TARGETED else None),
        "looks": {"planned": width.looks, "look": width.look}, "alike": alike_limit(contacts),
    }  # fmt: skip


def _cost(verdict: Mapping[str, Any], per_contact: float | None, whole: float | None) -> float | None:
    if per_contact is not None or whole is None:
        return None if per_contact is None else float(per_contact)
    contacts = int(verdict["assigned"]) - int(verdict["control"]["assigned"])
    return float(whole) / max(contacts, 1)


def _money(
    contacts: Contacts, arm: int, lead: Estimate, width: Width, cost: float | None, per_unit: float | None
) -> dict[str, Any] | None:
    """From the amounts in the table, else from what an upgrade brings."""
    if "amount" in contacts.columns:
        return money_of(estimates(contacts, arm, width, "amount")[0], cost, 1.0, "amount")
    return money_of(lead, cost, float(per_unit), "per unit") if per_unit is not None else None


def _arm(
    contacts: Contacts, verdict: Mapping[str, Any], arm: int, found: list[Estimate], checks: list[Check],
    money: dict[str, Any] | None, width: Width, per_unit: float | None,
) -> dict[str, Any]:  # fmt: skip
    """All that is said of one arm."""
    lead, name, sums = found[0], contacts.arms[arm], by_arm(contacts)
    size, total = int(sums.totals[arm, 0]), float(sums.totals[arm, contacts.columns.index(contacts.measure)])
    ran = parallel(contacts, arm, lead) if contacts.design == TARGETED else None
    wanted, whence = wanted_of(contacts, verdict["control"]["value"], money, per_unit)
    told = {
        "name": name, "assigned": assigned_to(contacts)[name], "customers": size, "value": total / size,
        "count": int(total) if contacts.measure == "outcome" else None, "method": lead.method, "difference": as_dict(lead),
        "as_it_stands": as_dict(found[-1]), "estimates": [as_dict(one) for one in found], "clear": lead.clear, "parallel": ran,
        "grade": graded(contacts, found, checks, ran), "money": money, "wanted": wanted, "wanted_from": whence,
        "needed": needed(lead, width, size, wanted), "e_value": _e_value(contacts, arm, lead, verdict),
        "z": lead.value / lead.error if lead.error > 0 else None,
    }  # fmt: skip
    return told | {"decision": decided(verdict, told)}


def _e_value(contacts: Contacts, arm: int, lead: Estimate, verdict: Mapping[str, Any]) -> float | None:
    """Of chosen targets; the spread is that of the control's customers."""
    if contacts.design != TARGETED:
        return None
    weights = against_control(len(contacts.arms), arm)
    spread = spread_of(by_arm(contacts), weights, column(contacts, **{contacts.measure: 1.0}))
    return hidden_bias(contacts, lead, float(verdict["control"]["value"]), spread)


def _segments(contacts: Contacts, parts: pd.DataFrame) -> dict[str, Any]:
    """Which segments were looked at, and in which the effect differs."""
    tests = parts.drop_duplicates(["arm", "segment"]) if len(parts) else parts
    rows = [
        {
            "arm": row["arm"],
            "segment": row["segment"],
            "p_value": None if pd.isna(row["adjusted"]) else float(row["adjusted"]),
            "differs": bool(row["differs"]),
        }
        for _, row in tests.iterrows()
    ]
    for row in rows:
        own = parts[(parts["arm"] == row["arm"]) & (parts["segment"] == row["segment"])].dropna(subset=["difference"])
        row["levels"] = own[["level", "difference", "difference_low", "difference_high"]].to_dict("records")
    return {"looked_at": len(rows), "tests": rows}


def _table(verdict: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for arm in (verdict["control"], *verdict["arms"]):
        apart = arm.get("difference", {})
        row = {
            "arm": arm["name"],
            "assigned": arm["assigned"],
            "counted": arm["customers"],
            "upgraded": arm["count"],
            "value": arm["value"],
        }
        row |= {"difference": apart.get("value"), "difference_low": apart.get("low"), "difference_high": apart.get("high")}
        p = apart.get("p_value")
        row |= {"adjusted p": "" if p is None else words.p_value(p), "evidence": arm["grade"]["grade"] if "grade" in arm else ""}
        rows.append(row)
    frame = pd.DataFrame(rows).astype(dict.fromkeys(("difference", "difference_low", "difference_high"), float))
    return frame if verdict["measure"] == "outcome" else frame.drop(columns="upgraded")


def _methods(contacts: Contacts, found: list[list[Estimate]]) -> pd.DataFrame:
    rows = [
        {"arm": contacts.arms[arm], "method": one.method, "difference": one.value, "difference_low": one.low,
         "difference_high": one.high, "leads": "yes" if one is own[0] else ""}
        for arm, own in enumerate(found, 1) for one in own
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _bounds(width: Width) -> pd.DataFrame:
    if width.looks is None:
        return pd.DataFrame(columns=["look", "bound"])
    bounds = obrien_fleming(width.looks, 0.05 / width.arms)
    return pd.DataFrame({"look": range(1, width.looks + 1), "bound": bounds})


def _design_checks(contacts: Contacts, verdict: Mapping[str, Any], found: list[list[Estimate]]) -> list[Check]:
    """How it was decided who was sent it, and what that allows."""
    if contacts.design != TARGETED:
        return [ratio_check(verdict["ratio"])]
    checks = [
        Check("how targets were chosen", False, f"Not by lot: {verdict['chosen_by']}. What else sets them apart is not known.")
    ]
    for arm, own in enumerate(found, 1):
        share = min(one.matched for one in own)
        many = f"Of the contacts counted in {contacts.arms[arm]}, {words.level(share, 'percent')}"
        said = f"{many} have controls of the same segments and level before."
        checks.append(Check("common support", share >= 0.95, said))
        checks.append(_parallel_check(contacts, arm, own[0], verdict["unit"]))
    return checks


def _parallel_check(contacts: Contacts, arm: int, lead: Estimate, unit: str) -> Check:
    ran = parallel(contacts, arm, lead)
    if ran is None:
        return Check(
            "parallel before",
            None,
            "Whether both ran parallel before is not known: map 'before' and name a column [asks] earlier.",
        )
    return Check(
        "parallel before",
        ran["holds"],
        f"From the window before the last to the last before it, {contacts.arms[arm]} moved against the control by "
        f"{words.sized(ran, unit, CONFIDENCE)}.",
    )


def _open_checks(contacts: Contacts, verdict: Mapping[str, Any]) -> list[Check]:
    """What the noise rests on, and what was not looked at."""
    methods = {arm["method"] for arm in verdict["arms"]}
    checks = []
    if ADJUSTED in methods:
        checks.append(
            Check(
                "interval",
                True,
                "Adjusted for what was measured before (CUPED, Deng et al. 2013), which changes the noise, not what is compared.",
            )
        )
    elif TWICE in methods:
        checks.append(
            Check(
                "interval",
                True,
                "Of each customer's change, linearised; it takes out what is constant, and nothing that changes.",
            )
        )
    if contacts.amounts_missing:
        checks.append(
            Check(
                "revenue",
                None,
                f"{words.counted(contacts.amounts_missing, 'counted customer')} without an amount: nothing is said "
                "of money; write 0 where nothing was paid.",
            )
        )
    if contacts.matched_dates:
        checks.append(
            Check(
                "index dates",
                True,
                f"{words.counted(contacts.matched_dates, 'control')} without a date got one of the contacts' dates, "
                "within the same segments.",
            )
        )
    checks.append(
        Check(
            "after the window",
            None,
            "Not looked at: upgrades that came sooner because of it would have come later anyway, or be taken back.",
        )
    )
    return checks
