"""The sentences of a before/after: what came, against what would have gone on, how surely, from where, worth what, what next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from kpikit.words.banding import TOO_CLOSE, band_named, side_band
from kpikit.words.dates import WEEK_OF, during
from kpikit.words.naming import rates
from kpikit.words.reviews import next_review
from kpikit.words.writing import (
    amount,
    between,
    change,
    counted,
    interval_of,
    level,
    listed,
    per_window,
    relative,
    rounded_sum,
    signed_amount,
    sized,
)

Verdict = Mapping[str, Any]


def moved_sentence(verdict: Verdict) -> str:
    """The headline: from what to what, and what of that is left against what would have gone on."""
    v, unit = verdict, verdict["unit"]
    before, after = v["before"], v["after"]
    window = per_window(v["window"], v["counts"])
    levels = (
        f"{v['name']} went from {level(before['value'], unit)} to {level(after['value'], unit)} {window} after {v['changed_on']}"
    )
    size = sized(v["effect"], unit, v["confidence"])
    said = {
        "rose": f"it rose ({size}): {v['grade']['grade']} evidence", "fell": f"it fell ({size}): {v['grade']['grade']} evidence",
        "no clear change": f"that shows no clear change ({size})", "not known": f"no interval can be given ({size})",
    }  # fmt: skip
    return f"{levels}; {_against(v)} {said[v['direction']]}{bands_passed(v)}."


def _against(verdict: Verdict) -> str:
    if verdict["leading"] == "plain":
        return "compared plainly,"
    return "against the control group" if verdict["family"] == "gap" else "against what would have gone on"


def grade_sentence(verdict: Verdict) -> str:
    """How strong the evidence is, and why not stronger."""
    told, (first, *_) = verdict["grade"], verdict["grade"]["because"]
    because = listed(told["because"]) if len(told["because"]) < 4 else f"{listed(told['because'][:3])}, and more"
    if told["grade"] == "none":
        return f"Evidence: none, because {first}; at the most this design could have earned '{told['cap']}'."
    return f"Evidence: {told['grade']}, because {because}."


def leading_sentence(verdict: Verdict) -> str:
    """Which estimate leads, what it assumes, and what the plain comparison says beside it."""
    v = verdict
    plain = f"Compared plainly, the change is {sized(v['change'], v['unit'], v['confidence'])}"
    if v["leading"] == "plain":
        return f"{plain}; that assumes {v['assumes']}."
    return f"The effect is the estimate '{v['leading']}', which assumes that {v['assumes']}. {plain}."


def origin_sentence(verdict: Verdict) -> str:
    """How much of the plain change came with rates, mix and segments that come or go: accounting, not cause."""
    parts, unit = verdict["origins"], verdict["unit"]
    if parts is None or parts["rate"]["value"] is None:
        return ""
    told = [
        f"{change(parts['rate']['value'], unit)} came with the {rates(unit)} inside the segments",
        f"{change(parts['mix']['value'], unit)} with their mix",
    ]
    if parts["entry_exit"]["value"]:
        told.append(f"{change(parts['entry_exit']['value'], unit)} with segments that came or went")
    reversal = f" The total moved against the {rates(unit)} inside its segments (Simpson's reversal)."
    against = reversal if verdict["simpson"] else ""
    whole = change(parts["change"]["value"], unit)
    return f"Of the plain change of {whole}, {listed(told)}; that is accounting, not cause.{against}"


def signal_sentence(verdict: Verdict) -> str:
    """Signal apart from level: what the control chart shows, and which band the level lies in, when that can be told."""
    told, unit, period = verdict["signal"], verdict["unit"], verdict["period"]
    edge = verdict["after"]["close_to"]
    level_said = "" if not verdict["after"]["band"] else (
        f"Level: {TOO_CLOSE}, the interval after crosses the edge at {level(edge, unit)}. " if edge is not None else
        f"Level: {band_named(verdict['after']['band'], verdict)}. "
    )  # fmt: skip
    if told["seen"] == "unknown":
        return f"{level_said}Signal: not known; control limits need {told['needs']} {period}s before that vary."
    limits = f"{told['chart']}, limits {between(told['low'], told['high'], unit, signed=False)} frozen before the change"
    return f"{level_said}Signal: {told['seen']} ({limits}; one point beyond them, or eight in a row on one side)."


def course_sentence(verdict: Verdict) -> str:
    """Where it lay farthest from what would have gone on, and whether the effect fades, holds or grows."""
    far, told = verdict["farthest"], verdict["halves"]
    if far is None:
        return ""
    size, when = sized(far, verdict["unit"], verdict["confidence"]), during(far["period"])
    most = f"It lay farthest from what would have gone on{',' if when.startswith('on') else ''} {when} ({size})."
    return f"{most} {_halves_said(verdict, told)}" if told else most


def _halves_said(verdict: Verdict, told: Mapping[str, Any]) -> str:
    size = sized(told, verdict["unit"], verdict["confidence"])
    if told["direction"] not in ("rose", "fell"):
        return f"The second half of the periods after does not clearly differ from the first ({size})."
    grows = (told["direction"] == "rose") == ((verdict["effect"]["value"] or 0.0) > 0)
    why = "it is still growing, or began slowly" if grows else "novelty, or what was pulled forward, may be fading"
    where = "higher" if told["direction"] == "rose" else "lower"
    return f"The second half of the periods after lies {where} than the first: {why} ({size})."


def decision_sentence(verdict: Verdict) -> str:
    """What to do next, by rule, and whose it is."""
    told, unit, period = verdict["decision"], verdict["unit"], verdict["period"]
    wanted, seen = (None if told[name] is None else change(told[name], unit).lstrip("+") for name in ("wanted", "smallest_seen"))
    smallest = f"; the smallest seen now is {seen}" if seen else ""
    at_all = f" in {counted(told['ahead'], period)} at this noise" if told["needed"] == 0 else ""
    said_already = verdict["family"] == "gap" or told["what"] == "test properly"
    alone = "" if said_already else "; a group that is left alone would tell"
    wait = f"wait until there are {counted(told['needed'], period)} after the change" if told["needed"] else ""
    why = {
        "no room": f"the interval leaves no room for a change of {wanted}, worth having",
        "more periods": f"a change of {wanted} could be seen by then; now the smallest is {seen}",
        "too noisy": f"a change of {wanted}, worth having, is not seen{at_all}{smallest}",
        "weak": f"the evidence is weak{alone}",
        "contradicted": "the estimates contradict each other",
        "worse": "it moved the wrong way",
        "costs more": "even at best it does not earn its cost back in two years",
        "strong": "the effect is there, and a control group shows it",
        "fair": "the effect is there, as far as can be told without a control group",
    }[told["why"]]
    what = {"wait": wait, "test properly": "test it properly, with a group that is left alone"}.get(
        told["what"], f"{told['what']} it"
    )
    return f"Decision: {what}; {why}.{next_review(verdict['review'])}"


def seen_sentence(verdict: Verdict) -> str:
    """The smallest change that this design would see, and how many periods a change worth having needs."""
    told, unit = verdict["decision"], verdict["unit"]
    if told["smallest_seen"] is None:
        return ""
    seen, wanted = (change(told[name], unit).lstrip("+") for name in ("smallest_seen", "wanted"))
    more = f"is not seen in {counted(told['ahead'], verdict['period'])}" if told["needed"] == 0 else "is not seen by it"
    later = f"needs {counted(told['needed'], verdict['period'])} after the change" if told["needed"] else more
    needs = "is seen already" if told["smallest_seen"] <= told["wanted"] else later
    return f"The smallest change that this design sees in four of five cases is {seen}; one of {wanted}, worth having, {needs}."


def depends_sentence(verdict: Verdict) -> str:
    """Whether the answer hangs on the first periods."""
    start, first = verdict["start"], f"the first {verdict['warm_up']}"
    said = sized(start, verdict["unit"], verdict["confidence"])
    if start["same"]:
        return f"Without {first}, in which old customers look new, it reads the same: {said}."
    return f"It depends on {first}, in which old customers look new: without them the effect is {said}."


def overall_sentence(verdict: Verdict) -> str:
    """For followed customers: the value over all whose window was over, and the figure that counts the others too."""
    o, unit = verdict["overall"], verdict["unit"]
    if o is None or o["value"] is None:
        return ""
    counts = f"{amount(o['numerator'])} of {amount(o['denominator'])} {verdict['denominator_name']}"
    window = per_window(verdict["window"], verdict["counts"])
    text = f"{verdict['name']} is {level(o['value'], unit)} {window} over all periods ({counts})"
    if not o["censored"]:
        return f"{text}."
    return (
        f"{text}, leaving out the {amount(o['censored'])} whose window was not over; counting those too it would be "
        f"{level(o['naive_value'], unit)} ({amount(o['naive_numerator'])} of {amount(o['naive_denominator'])})."
    )


def ends_sentence(verdict: Verdict) -> str:
    """The last period before and the last one after, beside the pooled levels."""
    told = []
    for name in ("before", "after"):
        side = verdict[name]
        band = f", {band_named(side['last_band'], verdict)}" if side["last_band"] else ""
        last, value = side["last"].replace(WEEK_OF, "that of "), level(side["last_value"], verdict["unit"])
        told.append(f"the last {verdict['period']} {name}, {last}, was {value}{band}")
    return f"Beside these pooled levels {told[0]}; {told[1]}."


def relative_sentence(verdict: Verdict) -> str:
    """The change as a percentage of the value before, labelled so."""
    ratio = verdict["relative"]
    if ratio["value"] is None or verdict["unit"] == "points":  # the 0 of a score of gains less losses is no beginning
        return ""
    ends = [relative(ratio[end]) for end in ("low", "high") if ratio[end] is not None]
    span = f" ({sure(verdict)} {' to '.join(ends)})" if len(ends) == 2 else ""
    return f"Relative to before, the plain change is {relative(ratio['value'])}{span}."


def bands_passed(verdict: Verdict) -> str:
    """The end of a sentence that says which bands a change means."""
    bands = [side_band(verdict[name]) for name in ("before", "after")]
    before, after = (band_named(band, verdict) if band else "" for band in bands)
    if not before or not after:
        return ""
    return f"; still {after}" if before == after else f"; {before} before, {after} after"


def sure(verdict: Verdict) -> str:
    """What an interval is called."""
    return interval_of(verdict["confidence"])


def worth_sentence(verdict: Verdict) -> str:
    """What the effect means in counted units and, where the case says what a unit brings, in money."""
    worth = verdict.get("worth")
    if worth is None:
        return ""
    ends = [None if worth[end] is None else signed_amount(worth[end]) for end in ("low", "high")]
    span = f" ({sure(verdict)} {ends[0]} to {ends[1]})" if all(ends) else ""
    clear = "That" if verdict["direction"] in ("rose", "fell") else "Taken at face value, though it is not clear, that"
    units = f"{clear} comes to {signed_amount(worth['value'])} {worth['units']} {worth['span']} after the change{span}."
    return units if worth["money"] is None else f"{units} {_money_said(verdict, worth['money'])}"


def worth_tile(verdict: Verdict) -> tuple[str, str, str] | None:
    """The worth as a name, a number and a remark, to be read first: in money where the case says what a unit brings."""
    worth = verdict.get("worth")
    if worth is None:
        return None
    clear = verdict["direction"] in ("rose", "fell")
    name, doubt = ("worth", "") if clear else ("worth at face value", "not clear; ")
    if worth["money"] is None:
        ends = [None if worth[end] is None else signed_amount(worth[end]) for end in ("low", "high")]
        span = f"{sure(verdict)} {ends[0]} to {ends[1]}" if all(ends) else "no interval"
        return name, signed_amount(worth["value"]), f"{worth['units']} {worth['span']}; {doubt}{span}"
    told, money = worth["money"]["per_period"], worth["money"]
    size, _, span = _sum(verdict, told, money).partition(" (")
    remark = f"{sure(verdict)} {span.removesuffix(')')}" if span else "no interval"
    return f"{name} a {verdict['period']}, net of discounts", size, f"{doubt}{remark}"


def _money_said(verdict: Verdict, money: Mapping[str, Any]) -> str:
    told = f"In money, net of discounts, {_sum(verdict, money['per_period'], money)} a {verdict['period']}"
    year, half = (_sum(verdict, money[name], money) for name in ("per_year", "half_fades"))
    yearly = f"carried on for a year, which is an extrapolation, {year}; if half fades, {half}"
    if not money["cost"]:
        return f"{told}; {yearly}."
    even = (
        f"it is earned back in {counted(math.ceil(money['break_even']), verdict['period'])}"
        if money["break_even"]
        else "it is never earned back"
    )
    cost = f"Against a cost of {amount(money['cost'])} {money['currency']}".rstrip()
    net = f"{_sum(verdict, money['net'], money)} net so far, {relative(money['return'])} of the cost; {even}"
    return f"{told}; {yearly}. {cost}: {net}."


def _sum(verdict: Verdict, told: Mapping[str, float | None], money: Mapping[str, Any]) -> str:
    size = f"{rounded_sum(told['value'] or 0.0)} {money['currency']}".rstrip()
    if told["low"] is None or told["high"] is None:
        return size
    return f"{size} ({rounded_sum(told['low'])} to {rounded_sum(told['high'])})"
