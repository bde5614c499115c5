"""A verdict -> sentences: every sentence of an answer is rendered here, from its plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kpikit.words.writing import amount, between, change, counted, level, listed, per_window, relative

Verdict = Mapping[str, Any]


def sentences(question: str, verdict: Verdict) -> list[str]:
    """All that an answer says, the bottom line first."""
    said: dict[str, list[Callable[[Verdict], str]]] = {
        "value": [value_sentence, marks_sentence, window_sentence],
        "compare": [change_sentence, two_points_sentence, marks_sentence, window_sentence],
        "before_after": [
            *([overall_sentence] if verdict.get("overall") else []), change_sentence, plain_sentence,
            *[partial(depends_sentence, other=other) for other in verdict.get("depends", [])],
            ends_sentence, relative_sentence, worth_sentence, marks_sentence, window_sentence,
        ],
        "scorecard": [value_sentence, stale_sentence, lately_sentence, marks_sentence, review_sentence, window_sentence],
    }  # fmt: skip
    return [text for sentence in said[question] if (text := sentence(verdict))]


def two_points_sentence(verdict: Verdict) -> str:
    """What two points cannot tell."""
    return "Two points: trend, season and noise not checked."


def plain_sentence(verdict: Verdict) -> str:
    """What a plain comparison cannot tell."""
    left_open = listed(["noise between periods", "trend", "season", "a control group", "the mix of segments"])
    return f"This is a plain comparison: {left_open} are not checked."


def depends_sentence(verdict: Verdict, other: Mapping[str, Any]) -> str:
    """Whether the answer hangs on a choice."""
    levels = " before, ".join(level(other[name], verdict["unit"]) for name in ("before", "after"))
    said = f"{levels} after ({_size(verdict, other['change'])})"
    if other["same"]:
        return f"Without {other['without']}, in which old customers look new, it reads the same: {said}."
    why = f"It depends on {other['without']}, in which old customers look new"
    return f"{why}: without them the KPI {_moved(other['direction'])}: {said}."


def _moved(direction: str) -> str:
    return {"no clear change": "shows no clear change", "not known": "moved by an unknown amount"}.get(direction, direction)


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
        band = f", {side['last_band']}" if side["last_band"] else ""
        told.append(
            f"the last {verdict['period']} {name}, {side['last']}, was {level(side['last_value'], verdict['unit'])}{band}"
        )
    return f"Beside these pooled levels {told[0]}; {told[1]}."


def stale_sentence(verdict: Verdict) -> str:
    """That periods are over which the table does not hold."""
    behind = verdict["behind"]
    over = f"Since then {counted(behind, verdict['period'])} {'is' if behind == 1 else 'are'} over and not in the table."
    return over if behind > 0 else ""


def relative_sentence(verdict: Verdict) -> str:
    """The change as a percentage of the value before, labelled so."""
    ratio = verdict["relative"]
    if ratio["value"] is None:
        return ""
    ends = [relative(ratio[end]) for end in ("low", "high") if ratio[end] is not None]
    span = f" ({_sure(verdict)} {' to '.join(ends)})" if len(ends) == 2 else ""
    return f"Relative to before, that is {relative(ratio['value'])}{span}."


def lately_sentence(verdict: Verdict) -> str:
    """How the last periods stand to those before them."""
    lately, unit, periods = verdict["lately"], verdict["unit"], f"{verdict['period']}s"
    if lately is None:
        return f"There are too few {periods} to say how it moved lately."
    levels = f"from {level(lately['before']['value'], unit)} to {level(lately['after']['value'], unit)}"
    span = f"Over the last {lately['span']} {periods} against the {lately['span']} before"
    return f"{span} it {_moved(lately['direction'])}: {levels} ({_size(verdict, lately['change'])})."


def _size(verdict: Verdict, moved: Mapping[str, Any]) -> str:
    """A change with its interval, where there is one."""
    span = between(moved["low"], moved["high"], verdict["unit"], signed=True)
    size = change(moved["value"], verdict["unit"])
    return f"{size}, {_sure(verdict)} {span}" if span else size


def review_sentence(verdict: Verdict) -> str:
    """When it is looked at next, and by whom."""
    review = verdict["review"]
    by = f" by {review['owner']}" if review["owner"] else ""
    return f"It is reviewed every {review['cadence']}{by}; as of {verdict['as_of']} the next review is due on {review['next']}."


def value_sentence(verdict: Verdict) -> str:
    """One value with its interval and band."""
    v = verdict
    text = f"{v['name']} is {level(v['value'], v['unit'])}"
    if v.get("window"):
        own = "" if v.get("at") and v["window"] == v.get("period") else f" {per_window(v['window'], v['counts'])}"
        text += own + (f" in {v['at']}" if v.get("at") else "")
    text += f" ({amount(v['numerator'])} {v['numerator_name']} of {amount(v['denominator'])} {v['denominator_name']})"
    if span := between(v["low"], v["high"], v["unit"], signed=False):
        text += f", {_sure(v)} {span}"
    return text + (f": {v['band']}." if v["band"] else "; no bands are published for this variant.")


def change_sentence(verdict: Verdict) -> str:
    """Whether it moved, from what to what, how surely, and which band that means."""
    v, unit = verdict, verdict["unit"]
    before, after, moved = v["before"], v["after"], v["change"]
    when = f" after {v['changed_on']}" if v.get("changed_on") else ""
    window = f" {per_window(v['window'], v['counts'])}" if v.get("window") else ""
    levels = f"from {level(before['value'], unit)} to {level(after['value'], unit)}{window}"
    size = change(moved["value"], unit)
    span = between(moved["low"], moved["high"], unit, signed=True)
    size += f", {_sure(v)} {span}" if span else ", and no interval can be given"
    if v["direction"] in ("rose", "fell"):
        text = f"{v['name']} {v['direction']} {levels}{when} ({size})"
    elif v["direction"] == "not known":
        text = f"{v['name']} went {levels}{when} ({size})"
    else:
        text = f"{v['name']} shows no clear change{when}: {levels} ({size})"
    return text + bands_passed(before["band"], after["band"]) + "."


def bands_passed(before: str | None, after: str | None) -> str:
    """The end of a sentence that says which bands a change means."""
    if not before or not after:
        return ""
    return f"; still {after}" if before == after else f"; {before} before, {after} after"


def _sure(verdict: Verdict) -> str:
    return f"{verdict['confidence']:.0%} interval"


def window_sentence(verdict: Verdict) -> str:
    """That the published bands and benchmarks name no window, and which one this value was counted over."""
    named = [name for name, there in (("bands", verdict.get("banded")), ("benchmarks", verdict.get("benchmark"))) if there]
    if not named:
        return ""
    if not verdict.get("window"):
        return f"No window was given, and the published {listed(named)} name none: say over which one these were counted."
    own = per_window(verdict["window"], verdict["counts"])
    return f"The published {listed(named)} name no window; this value is counted {own}."


def marks_sentence(verdict: Verdict) -> str:
    """How the value stands to the user's own target and, apart from it, to somebody else's benchmark."""
    texts = []
    if verdict.get("target"):
        goal = verdict["target"]
        texts.append(f"The target of {level(goal['value'], verdict['unit'])} is {goal['state']}.")
    if verdict.get("benchmark"):
        mark = verdict["benchmark"]
        texts.append(
            f"The benchmark for {mark['industry']}, {level(mark['value'], verdict['unit'])} ({mark['source']}; "
            f"{mark['age']}), is {mark['state']}."
        )
    return " ".join(texts)


def worth_sentence(verdict: Verdict) -> str:
    """What the change means in counted units over the after-periods, a plain reckoning."""
    worth = verdict.get("worth")
    if worth is None:
        return ""
    ends = [None if end is None else _signed_amount(end) for end in (worth["low"], worth["high"])]
    span = f" ({_sure(verdict)} {ends[0]} to {ends[1]})" if all(ends) else ""
    return (
        f"Against the rate of before, that comes to {_signed_amount(worth['value'])} {worth['units']} {worth['span']} after "
        f"the change{span}; a plain reckoning, which does not know what would have happened anyway."
    )


def _signed_amount(number: float) -> str:
    return f"{round(number):+,}" if round(number) else "0"


#: the sentences that can be asked for by name
PARTS: dict[str, Callable[[Verdict], str]] = {
    "value": value_sentence, "change": change_sentence, "overall": overall_sentence, "relative": relative_sentence,
    "worth": worth_sentence, "marks": marks_sentence, "window": window_sentence, "lately": lately_sentence,
    "review": review_sentence,
}  # fmt: skip
