"""Plain values -> sentences, numbers as people write them. Every sentence of an answer is made here, from its verdict."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from html import escape
from typing import Any

Verdict = Mapping[str, Any]
NOT_KNOWN = "n/a"


def near(word: str, choices: Iterable[str]) -> str:
    """What the writer may have meant, as the end of a message; the choices themselves when nothing is near.

    >>> near("plam", ["plan", "region"])
    "did you mean 'plan'?"
    """
    known = list(choices)
    match = difflib.get_close_matches(word, known, n=1)
    return f"did you mean '{match[0]}'?" if match else f"there is {', '.join(known) or 'none'}"


def listed(items: Iterable[str], last: str = "and") -> str:
    """Joins words as a sentence does.

    >>> listed(["trend", "season", "noise"])
    'trend, season and noise'
    """
    words = list(items)
    return " ".join([", ".join(words[:-1]), last, words[-1]]) if len(words) > 1 else "".join(words)


def counted(number: int, one: str, many: str = "") -> str:
    """
    >>> counted(1, "month"), counted(2, "month")
    ('1 month', '2 months')
    """
    return f"{amount(number)} {one if number == 1 else many or one + 's'}"


def day(moment: date) -> str:
    """A date as ISO writes it, with the time only where there is one."""
    if isinstance(moment, datetime) and (moment.hour or moment.minute or moment.second):
        return moment.strftime("%Y-%m-%d %H:%M" + (":%S" if moment.second else ""))
    return moment.strftime("%Y-%m-%d")


def amount(value: Any) -> str:
    """A count or volume with thousands separators; one decimal at the most above 100.

    >>> amount(12345), amount(1234.56), amount(0.5)
    ('12,345', '1,234.6', '0.5')
    """
    if isinstance(value, int):
        return f"{value:,}"
    number = float(value)
    if not math.isfinite(number):
        return NOT_KNOWN
    if number == int(number):
        return f"{int(number):,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:,.3g}"


def level(value: float | None, unit: str) -> str:
    """A KPI's value as people write it.

    >>> level(0.15, "percent"), level(0.0042, "percent"), level(None, "percent")
    ('15.0%', '0.42%', 'n/a')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return f"{_fixed(value * 100)}%" if unit == "percent" else _fixed(value)


def change(value: float | None, unit: str) -> str:
    """A difference of two values, always signed: percentage points for a rate.

    >>> change(0.0987, "percent"), change(-0.0002, "percent")
    ('+9.9 pp', '-0.02 pp')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return f"{_signed(value * 100)} pp" if unit == "percent" else _signed(value)


def relative(value: float | None) -> str:
    """A relative change in percent, signed.

    >>> relative(0.658)
    '+65.8%'
    """
    return NOT_KNOWN if value is None or not math.isfinite(value) else f"{_signed(value * 100)}%"


def _fixed(number: float) -> str:
    """One decimal, two below 1, and up to four until something other than zero is seen."""
    return _first_seen(number, "", range(1 if abs(number) >= 1 else 2, 5)) if number else "0.0"


def _signed(number: float) -> str:
    return _first_seen(number, "+", range(1, 5)) if number else "0.0"


def _first_seen(number: float, sign: str, digits: range) -> str:
    texts = (f"{number:{sign}.{count}f}" for count in digits)
    return next((text for text in texts if float(text)), f"{number:{sign}.1e}")


def between(low: float | None, high: float | None, unit: str, *, signed: bool) -> str:
    """An interval in words; one-sided where the data bound one side only, empty where they bound none."""
    write = change if signed else level
    ends = [None if end is None or not math.isfinite(end) else write(end, unit) for end in (low, high)]
    if ends[0] and ends[1]:
        return f"{ends[0].removesuffix(' pp').removesuffix('%')} to {ends[1]}"
    return f"at least {ends[0]}" if ends[0] else f"at most {ends[1]}" if ends[1] else ""


def per_window(window: str, counts: str) -> str:
    """How the window is said behind a value.

    >>> per_window("month", "flow"), per_window("30 days", "cohort"), per_window("month", "stock")
    ('per month', 'within 30 days', 'counted each month')
    """
    if window == "ever":
        return "ever since"
    if counts == "cohort":
        return f"within {window}" if window[0].isdigit() else f"within a {window}"
    return {"flow": f"per {window}", "stock": f"counted each {window}", "quantity": f"by {window}"}[counts]


# -- sentences -------------------------------------------------------------------------------------------------------


def sentences(question: str, verdict: Verdict) -> list[str]:
    """All that an answer says, the bottom line first."""
    said = {
        "value": [value_sentence, window_sentence, marks_sentence],
        "compare": [change_sentence, two_points_sentence, marks_sentence],
        "before_after": [
            change_sentence, plain_sentence, *[partial(depends_sentence, other=other) for other in verdict.get("depends", [])],
            overall_sentence, relative_sentence, worth_sentence, marks_sentence, window_sentence,
        ],
        "scorecard": [value_sentence, lately_sentence, marks_sentence, review_sentence, window_sentence],
    }  # fmt: skip
    return [text for sentence in said[question] if (text := sentence(verdict))]


def two_points_sentence(verdict: Verdict) -> str:
    """What two points cannot tell."""
    return "Two points: trend, season and noise not checked."


def plain_sentence(verdict: Verdict) -> str:
    """What a plain comparison cannot tell."""
    return "This is a plain comparison: trend, season, a control group and the mix of customers are not checked."


def depends_sentence(verdict: Verdict, other: Mapping[str, Any]) -> str:
    """Whether the answer hangs on a choice."""
    unit = verdict["unit"]
    levels = f"{level(other['before'], unit)} before, {level(other['after'], unit)} after"
    span = between(other["change"]["low"], other["change"]["high"], unit, signed=True)
    size = f"{change(other['change']['value'], unit)}, {_sure(verdict)} {span}" if span else change(other["change"]["value"], unit)
    if other["same"]:
        return f"Without {other['without']} it reads the same: {levels} ({size})."
    return f"It depends on {other['without']}: without them the KPI {_moved(other['direction'])}: {levels} ({size})."


def _moved(direction: str) -> str:
    return {"no clear change": "shows no clear change", "not known": "moved by an unknown amount"}.get(direction, direction)


def overall_sentence(verdict: Verdict) -> str:
    """For followed customers: the value over all whose window was over, and the figure that counts the others as a no."""
    o, unit = verdict["overall"], verdict["unit"]
    if o is None or o["value"] is None:
        return ""
    text = f"Over all {verdict['denominator_name']}: {level(o['value'], unit)} ({amount(o['numerator'])} of {amount(o['denominator'])})"
    if not o["censored"]:
        return f"{text}."
    return (
        f"{text}, leaving out the {amount(o['censored'])} whose window ('{verdict['window']}') was not over; counting those too "
        f"it would be {level(o['naive_value'], unit)} ({amount(o['naive_numerator'])} of {amount(o['naive_denominator'])})."
    )


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
    lately, unit = verdict["lately"], verdict["unit"]
    if lately is None:
        return f"There are too few {verdict['period']}s to say how it moved lately."
    levels = f"from {level(lately['before']['value'], unit)} to {level(lately['after']['value'], unit)}"
    span = between(lately["change"]["low"], lately["change"]["high"], unit, signed=True)
    size = f"{change(lately['change']['value'], unit)}, {_sure(verdict)} {span}" if span else change(lately["change"]["value"], unit)
    return f"Over the last {lately['span']} {verdict['period']}s against the {lately['span']} before it {_moved(lately['direction'])}: {levels} ({size})."


def review_sentence(verdict: Verdict) -> str:
    """When it is looked at next, and by whom."""
    review = verdict["review"]
    by = f" by {review['owner']}" if review["owner"] else ""
    return f"It is reviewed every {review['cadence']}{by}; as of {verdict['as_of']} the next review is due on {review['next']}."


def value_sentence(verdict: Verdict) -> str:
    """One value with its interval and band."""
    v = verdict
    at = f" in {v['at']}" if v.get("at") else ""
    text = f"{v['name']} is {level(v['value'], v['unit'])}{at}"
    if v.get("window"):
        text += f" {per_window(v['window'], v['counts'])}"
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
    if not verdict.get("window") or not (verdict.get("banded") or verdict.get("benchmark")):
        return ""
    own = per_window(verdict["window"], verdict["counts"])
    return f"The published bands and benchmarks name no window; this value is counted {own.removeprefix('counted ')}."


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
    worth = verdict["worth"]
    if worth is None:
        return ""
    ends = [None if end is None else _signed_amount(end) for end in (worth["low"], worth["high"])]
    span = f" ({_sure(verdict)} {ends[0]} to {ends[1]})" if all(ends) else ""
    return (
        f"Over the {worth['periods']} after, that comes to {_signed_amount(worth['value'])} {worth['units']} against the rate "
        f"of before{span}; a plain reckoning, which does not know what would have happened anyway."
    )


def _signed_amount(number: float) -> str:
    return f"{round(number):+,}" if round(number) else "0"


#: the sentences that can be asked for by name
PARTS: dict[str, Callable[[Verdict], str]] = {
    "value": value_sentence, "change": change_sentence, "overall": overall_sentence, "relative": relative_sentence,
    "worth": worth_sentence, "marks": marks_sentence, "window": window_sentence, "lately": lately_sentence,
    "review": review_sentence,
}  # fmt: skip

# -- figures ---------------------------------------------------------------------------------------------------------


def chart_title(name: str, verdict: Verdict) -> str:
    """A figure's title: what it states, or what it asks."""
    if "change" in verdict:
        when = f" after {verdict['changed_on']}"
        said = {"no clear change": f"{name} shows no clear change", "not known": f"{name} before and"}
        return said.get(verdict["direction"], f"{name} {verdict['direction']}") + when
    return f"{name} is {level(verdict['value'], verdict['unit'])} in {verdict['at']}" if verdict else f"How did {name} go?"


def run_chart_says(spec: Verdict) -> str:
    """What a run chart shows: its span, its extremes, what is missing."""
    known = [(value, period) for value, period in zip(spec["value"], spec["periods"], strict=True) if value is not None and value == value]
    if not known:
        return f"No {spec['x_label']} holds a value."
    (least, at_least), (most, at_most) = min(known), max(known)
    missing = [f"{period} ({status})" for period, status in zip(spec["periods"], spec["status"], strict=True) if status != "ok"]
    text = (
        f"From {spec['periods'][0]} to {spec['periods'][-1]} it lay between {level(least, spec['unit'])} ({at_least}) and "
        f"{level(most, spec['unit'])} ({at_most})"
    )
    return f"{text}; without a value: {listed(missing[:5])}{' and more' if len(missing) > 5 else ''}." if missing else f"{text}."


def run_chart_alt(spec: Verdict, verdict: Verdict) -> str:
    """A run chart in words."""
    bands = f" Shaded bands: {listed(band['name'] for band in spec['bands'])}." if spec["bands"] else ""
    change_line = f" A line marks the change of {spec['changed_on']}." if spec["changed_at"] is not None else ""
    headline = f" {change_sentence(verdict)}" if "change" in verdict else ""
    return f"Run chart of {spec['y_label']}. {spec['says']}{headline}{change_line}{bands}"


def dumbbell_says(spec: Verdict) -> str:
    """Which segments moved most, and whether their intervals leave out zero."""
    rows = [row for row in spec["rows"][1:] if row["change"] is not None and row["change"] == row["change"]]
    if not rows:
        return "There is no segment with a value on both sides."
    most, least = (pick(rows, key=lambda row: row["change"]) for pick in (max, min))
    told = f"Of {counted(len(rows), 'group')}, {most['segment']} changed by {change(most['change'], spec['unit'])}"
    if least is not most:
        told += f" and {least['segment']} by {change(least['change'], spec['unit'])}, the others in between" if len(rows) > 2 else f" and {least['segment']} by {change(least['change'], spec['unit'])}"
    return f"{told}. Differences between groups are hypotheses, not findings."


def bullet_says(spec: Verdict) -> str:
    """Where each value lies on the bands."""
    parts = [f"{row['label']} {level(row['value'], spec['unit'])}" + (f" ({row['band']})" if row["band"] else "") for row in spec["rows"]]
    bands = "" if spec["bands"] else "; no bands are published for this variant"
    return f"{listed(parts).capitalize()}{bands}."


class Said(str):
    """A sentence, or several by lines, that displays itself as paragraphs."""

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.splitlines())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def html_list(items: Sequence[str], css: str = "") -> str:
    """An HTML list of escaped texts."""
    return f"<ul{css and f' class={css!r}'}>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
