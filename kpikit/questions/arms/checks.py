"""What was looked at of a campaign: the sample ratio, who was left out, whether the groups were alike, what was not looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.questions.arms.balance import ALIKE
from kpikit.questions.arms.effects import PLAIN, Estimate, against_control, by_arm, column
from kpikit.questions.arms.width import Width
from kpikit.shapes.contacts import LEFT_OUT, TARGETED, Contacts
from kpikit.stats.assignment import MISMATCH, alike, e_value, sample_ratio
from kpikit.stats.contrasts import contrasts

SURE = 1.959964  # standard errors of a 95% interval
SAW = re.compile(r"expos|impression|\bsaw\b|\bseen\b|\bshown\b|reached|deliver", re.IGNORECASE)
FEW_ACCOUNTS = 40  # under it the noise between accounts is not well known
PER_DEVIATION = 0.91  # log risk ratio for a difference of one standard deviation (VanderWeele and Ding 2017)


def left_out(contacts: Contacts) -> dict[str, int]:
    """How many of the assigned are not counted, by the reason."""
    told = contacts.assigned.groupby("status")["customers"].sum()
    return {status: int(told.get(status, 0)) for status in LEFT_OUT if told.get(status, 0)}


def assigned_to(contacts: Contacts) -> dict[str, int]:
    """How many customers were assigned to each arm."""
    told = contacts.assigned.groupby("arm")["customers"].sum()
    return {arm: int(told[arm]) for arm in contacts.arms}


def ratio_of(contacts: Contacts, shares: Mapping[str, float] | None) -> dict[str, Any]:
    """The arms' counts of what was drawn (accounts, where these were) against the planned shares."""
    whole = contacts.accounts is not None and not contacts.split
    counts = {arm: contacts.account_arms.get(arm, 0) for arm in contacts.arms} if whole else assigned_to(contacts)
    unit = "account" if whole else "customer"
    if shares is None:
        return {"unit": unit, "counts": counts, "shares": None, "p_value": None, "holds": None}
    planned = _planned(contacts, shares)
    p = sample_ratio(list(counts.values()), [planned[arm] for arm in contacts.arms])
    return {"unit": unit, "counts": counts, "shares": planned, "p_value": p, "holds": p >= MISMATCH}


def _planned(contacts: Contacts, shares: Mapping[str, float]) -> dict[str, float]:
    if set(shares) != set(contacts.arms):
        raise CaseError(
            f"[asks] shares names {words.listed(map(str, shares))}; the arms are {words.listed(contacts.arms)}: "
            "give each its share"
        )
    if any(not share > 0 for share in shares.values()):
        raise CaseError(f"[asks] shares are {words.listed(map(str, shares.values()))}; each must be a number above 0")
    total = float(sum(shares.values()))
    return {arm: float(share) / total for arm, share in shares.items()}


def ratio_check(ratio: Mapping[str, Any]) -> Check:
    """Whether the arms are as large as they were to be."""
    counts = words.listed(f"{arm} {words.amount(count)}" for arm, count in ratio["counts"].items())
    if ratio["holds"] is None:
        return Check("sample ratio", None, f"The planned shares are not given; assigned were, by {ratio['unit']}: {counts}.")
    planned = words.listed(words.level(ratio["shares"][arm], "percent") for arm in ratio["counts"])
    said = f"By {ratio['unit']}: {counts}, planned {planned}; chi-square p {words.p_value(ratio['p_value'])}"
    sorted_ = f": under {words.written('0.001')} something sorted them, find out what before you believe a number"
    wrong = "" if ratio["holds"] else sorted_
    return Check("sample ratio", ratio["holds"], f"{said}{wrong} (Fabijan et al. 2019).")


def assigned_check(contacts: Contacts) -> list[Check]:
    """Whether the arm's column is named for who saw it, as exposure, and not for whom it was sent to."""
    column = str(contacts.source["columns"].get("arm", "arm"))
    if not SAW.search(column):
        return []
    said = f"'{column}' sounds like who saw it; those who see it are other people to begin with. Map 'arm' to what was assigned."
    return [Check("as assigned", False, said)]


def exclusion_check(contacts: Contacts) -> Check:
    """Whether as many of each arm were left out for what was before; with randomised arms they should be."""
    totals = assigned_to(contacts)
    out = (
        contacts.assigned[contacts.assigned["status"].isin(["before", "no date", "not known"])].groupby("arm")["customers"].sum()
    )
    counts = [int(out.get(arm, 0)) for arm in totals]
    if not sum(counts):
        return Check("left out", True, "Nobody was left out for what was before the index date.")
    p = alike(counts, list(totals.values()))
    shares = words.listed(f"{arm} {words.level(n / totals[arm], 'percent')}" for arm, n in zip(totals, counts, strict=True))
    why = words.listed(LEFT_OUT[status] for status in ("before", "no date", "not known") if status in left_out(contacts))
    said = f"Of those assigned, left out since they {why}: {shares}"
    differs = contacts.design != TARGETED and p < MISMATCH
    return Check("left out", not differs, f"{said}{'; the arms differ, which they should not' if differs else ''}.")


def cluster_check(contacts: Contacts) -> Check:
    """Whether users of one account were kept together in the noise, and in one arm."""
    if contacts.accounts is None:
        return Check("shared accounts", None, "No account is mapped: each customer is taken to decide alone.")
    said = f"{words.amount(contacts.accounts)} accounts are the units of the noise (linearised, robust to what their users share)"
    if contacts.accounts < FEW_ACCOUNTS:
        return Check("shared accounts", False, f"{said}; under {FEW_ACCOUNTS} their noise is not well known.")
    if contacts.split:
        many = words.counted(contacts.split, "account")
        return Check("shared accounts", False, f"{said}; {many} with users in several arms, who may tell each other.")
    return Check("shared accounts", True, f"{said}; each was assigned as a whole.")


def looks_check(width: Width) -> Check:
    """How often was looked, and what that costs."""
    arms = f", and shared among {width.arms} arms (Bonferroni)" if width.arms > 1 else ""
    if width.looks is None:
        mixture = "normal mixture, Waudby-Smith et al. 2024"
        said = f"No number of looks was planned: the intervals hold however often is looked ({mixture})"
        return Check("looks", True, f"{said}{arms}.")
    if width.looks == 1:
        return Check("looks", True, f"Looked at once, as planned; the intervals are the usual ones{arms}.")
    said = f"Look {width.look} of {width.looks}, taken to be equally spaced: the bounds of O'Brien and Fleming (1979)"
    return Check("looks", True, f"{said}{arms}.")


def balance_check(contacts: Contacts, table: pd.DataFrame) -> Check:
    """The largest standardised difference that is left."""
    if table.empty:
        return Check(
            "alike before", None, "Nothing from before is mapped (before, segments): whether the groups were alike is not known."
        )
    shown = table["matched"].where(table["matched"].notna(), table["as it stands"]).abs()
    if not shown.notna().any():
        return Check("alike before", None, "What is known from before does not vary.")
    worst, limit = table.iloc[int(shown.argmax())], alike_limit(contacts)
    after = "after matching" if contacts.design == TARGETED else "as assigned"
    largest, most = (words.written(f"{number:.2f}") for number in (shown.max(), limit))
    said = f"The largest difference {after} is {largest} standard deviations ({worst['what']}; {worst['arm']})"
    alike = f"up to {words.written(str(ALIKE))} is alike (Austin 2009)"
    meant = alike if limit == ALIKE else f"by lot alone it can be up to {most}"
    return Check("alike before", bool(shown.max() <= limit), f"{said}; {meant}.")


def alike_limit(contacts: Contacts) -> float:
    """How far apart groups may be: of chosen targets ALIKE, by lot what three standard errors of the units allow."""
    if contacts.design == TARGETED:
        return ALIKE
    sums = by_arm(contacts)
    units = sums.totals[:, 0] * sums.units / sums.totals[:, 0].sum()
    return max(ALIKE, 3 * float(np.sqrt(1 / units[0] + 1 / units[1:].min())))


def parallel(contacts: Contacts, arm: int, lead: Estimate) -> dict[str, Any] | None:
    """Whether an arm and the control ran parallel between `earlier` and `before`; None where that is not known."""
    if not {"before", "earlier"} <= {*contacts.columns}:
        return None
    weights, columns = against_control(len(contacts.arms), arm), column(contacts, before=1.0, earlier=-1.0)
    told = contrasts(by_arm(contacts), weights, columns)
    value, error = float(told.value[0]), float(told.error[0])
    half = SURE * error
    holds = False if abs(value) > half else True if half <= abs(lead.value) else None
    return {"value": value, "low": value - half, "high": value + half, "holds": holds}


def hidden_bias(contacts: Contacts, lead: Estimate, level: float, spread: float) -> float | None:
    """The E-value: how strong something unseen must be that explains the difference away."""
    if contacts.measure == "outcome":
        ratio = (level + lead.value) / level if level > 0 else np.nan
    else:
        ratio = float(np.exp(PER_DEVIATION * lead.value / spread)) if spread > 0 else np.nan
    return e_value(ratio) if np.isfinite(ratio) and ratio > 0 and lead.method != PLAIN else None
