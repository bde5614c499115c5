"""How it was counted: the plain values of a report -> the few sentences that say what stands behind its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kpikit.words.dates import the
from kpikit.words.naming import part_said
from kpikit.words.writing import amount, counted, interval_of, listed

Plain = Mapping[str, Any]

#: of a series' own words what is measured and by which formula; what follows is of bands
MEASURED = 2
#: what one row of each kind of table is
ROWS = {
    "counts": "counts that were summed before, one row for each period and segment",
    "volumes": "amounts that were summed before, one row for each period and segment",
    "events": "one row for each thing that a customer did",
    "plans": "one row for each change of a customer's plan",
    "orders": "one row for each line of an order",
    "customers": "one row for each customer",
    "ratings": "one row for each score that a customer gave",
    "answers": "one row for each reason that a customer gave, or for one who gave none",
}
ADDED = {
    "cohort": "Each customer is followed once, for the same time, and counts once.",
    "flow": "Each {period} is counted anew: whoever is there in several {period}s counts in each of them.",
    "stock": "The same customers stand in each {period} again: {period}s are set side by side, not taken for more customers.",
    "quantity": "Amounts are added over the {period}s first and divided last; a large {period} weighs more than a small one.",
    "parts": "It has no counts of its own: its parts are counted each by itself and put together by the formula.",
}
POOLED = "Rates are never added or averaged: counts are added first, and divided last."
#: checks that say which rows, customers or periods were left out of the numbers, or counted otherwise than one would think
TAKEN_OUT = (
    "transition", "warm-up", "straddling", "straddling windows", "open windows", "left out", "last period", "placeholder dates",
    "future rows", "no date", "duplicates", "grain", "reversals", "refunds", "no arm", "unknown outcomes", "already there",
    "measured before", "without the first step", "order of steps", "first order", "outside the denominator",
)  # fmt: skip


def counting_sentences(case: Plain, series: Plain, answer: Plain) -> list[str]:
    """How a report was counted, for who reads it: what is measured, of which rows, over which time, what was left out, how sure.

    `case`, `series` and `answer` are plain values as a notebook shows them; of a question without a series, `series` holds
    `source` and `as_of`.
    """
    verdict, source = answer["verdict"], series["source"]
    own = OWN.get(answer["question"])
    told = [
        *series.get("said", "").splitlines()[:MEASURED],
        *(own(verdict) if own else []),
        _added(series, verdict),
        _table(source, str(series["as_of"])),
        *_kept(source),
        f"Only the part {part_said(case['only'])} was counted." if case.get("only") else "",
        _segments(series),
        *_taken_out(series, answer),
        _sure(verdict),
    ]
    return list(dict.fromkeys(filter(None, told)))


def _added(series: Plain, verdict: Plain) -> str:
    """How counts of several periods go together."""
    counts = verdict.get("counts", "")
    said = ADDED.get(counts, "").format(period=series.get("period") or verdict.get("period", "period"))
    return f"{said} {POOLED}" if said and counts in ("cohort", "flow") else said


def _table(source: Plain, as_of: str) -> str:
    """Which table, what its rows are, from when to when, as of when."""
    name = str(source["table"]).rsplit("/", 1)[-1]
    span = f", from {the(source['first'])} to {the(source['last'])}" if source["first"] else ""
    return f"The table, {name}, holds {ROWS[source['kind']]}{span}; it was taken as it stood on {as_of}."


def _kept(source: Plain) -> list[str]:
    """How many rows were counted, and why others were not."""
    rows, kept = counted(source["rows_read"], "row"), source["rows_kept"]
    if source["keep"]:
        rules = listed(f"{rule['rule']} (took out {amount(rule['removed'])})" for rule in source["keep"])
        return [f"Of its {rows}, {amount(kept)} were counted. Rows are kept where: {rules}."]
    if kept == source["rows_read"]:
        return [f"All {rows} were counted."]
    return [f"Of its {rows}, {amount(kept)} were counted; {counted(source['rows_read'] - kept, 'row')} could not be."]


def _segments(series: Plain) -> str:
    cut = [name.replace("_", " ") for name in series.get("segments", ())]
    return f"It was counted by {listed(cut)} as well as over all." if cut else ""


def _taken_out(series: Plain, answer: Plain) -> list[str]:
    """What checks say of rows, customers and periods that are not in the numbers."""
    checks = [*answer["checks"], *series.get("checks", ())]
    return [str(check["sentence"]) for name in TAKEN_OUT for check in checks if check["name"] == name]


def _sure(verdict: Plain) -> str:
    """What an interval is."""
    rounded = "Differences are computed before rounding."
    if not (sure := verdict.get("confidence")):
        return rounded
    held = f"of a hundred such intervals about {amount(round(100 * sure))} hold the true value"
    return f"A {interval_of(sure)} says how far chance alone may have moved a number: {held}. {rounded}"


def _before_after(verdict: Plain) -> list[str]:
    sides = [
        f"{name} is {the(side['first'])} to {the(side['last'])} ({counted(side['periods'], verdict['period'])})"
        for name in ("before", "after")
        if (side := verdict.get(name))
    ]
    return [f"The change is dated {verdict['changed_on']}: {listed(sides)}."] if sides else []


def _funnel(verdict: Plain) -> list[str]:
    window = "at any later time" if verdict["window"] == "ever" else f"within {verdict['window']} of the first"
    steps = ", ".join(f"'{step}'" for step in verdict["steps"])
    who = verdict["counted"]
    return [f"The steps are {steps}. A {who} is counted at a step after all steps before it, in this order, {window}."]


def _campaign(verdict: Plain) -> list[str]:
    how = "assigned to the arms by lot" if verdict["design"] == "randomised" else "sent something or left alone by choice"
    of = f" of {counted(verdict['accounts'], 'account')}" if verdict["accounts"] else ""
    alone = f"'{verdict['control']['name']}' was sent nothing"
    return [
        f"{counted(verdict['assigned'], 'customer')}{of} were {how}. Each counts in the arm it was assigned to, also where "
        "nothing was opened or used.",
        f"Each is followed for {verdict['window']} from the day of the contact; {alone}.",
    ]


def _segmented(verdict: Plain) -> list[str]:
    did = f"{verdict['did']} within {verdict['window']} from {verdict['starts']} on"
    return [f"Counted are the {verdict['who']} who {did}, out of all {amount(verdict['customers'])} who could; each counts once."]


def _feedback(verdict: Plain) -> list[str]:
    weighted = listed(name.replace("_", " ") for name in verdict["weighted_by"])
    by = f" Shares of all asked are weighted by {weighted}." if weighted else ""
    since = f" since {verdict['changed_on']}" if verdict["changed_on"] else ""
    asked = f"{amount(verdict['asked'])} were asked{since}, {amount(verdict['answered'])} answered"
    return [f"Each customer who was asked counts once: {asked}.{by}"]


def _lifetime(verdict: Plain) -> list[str]:
    began = "the first purchase" if verdict["kind"] == "orders" else "the first day"
    long = f", for up to {amount(verdict['followed_days'])} days" if "followed_days" in verdict else ""
    kept = "the margin" if verdict["margin"] else "revenue, since no margin was given"
    discount = "money that comes later counting less" if verdict["discount_rate"] else "not discounted"
    return [
        f"Each of {counted(verdict['customers'], 'customer')} is followed from {began} on{long}.",
        f"The worth of a new customer is {kept} within {amount(verdict['horizon_days'])} days, {discount}.",
    ]


def _openings(verdict: Plain) -> list[str]:
    looked_at = f"{counted(verdict['orders'], 'order')} of {counted(verdict['customers'], 'customer')} were looked at"
    return [
        f"{looked_at}. Products go together where they are in one order; one comes next where it is in a later order within "
        f"{verdict['within']} of the first.",
        f"A {verdict['level']} is looked at where {amount(verdict['least'])} customers or more had it.",
    ]


def _variants(verdict: Plain) -> list[str]:
    return ["Every reading is counted anew from the same table, over its own complete periods."]


def _standing(verdict: Plain) -> list[str]:
    """Of what day a level is: that of the last period that is whole."""
    at = verdict.get("at") or (verdict.get("today") or verdict.get("now") or {}).get("at")
    if not at:
        return []
    return [f"{verdict['name']} stands at its value of {the(at)}, the last complete {verdict['period']} of the table."]


#: question -> what is counted, in its own words
OWN: dict[str, Callable[[Plain], list[str]]] = {
    "before_after": _before_after, "funnel": _funnel, "campaign": _campaign, "segments": _segmented, "feedback": _feedback,
    "scorecard": _standing, "targets": _standing, "seasons": _standing, "tree": _standing, "variants": _variants,
    "lifetime": _lifetime, "openings": _openings,
}  # fmt: skip
