"""The words of `targets`: what it would take, what it is worth, what can be seen, how realistic it is, the agreed path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kpikit.words.dates import during, the
from kpikit.words.locales import written
from kpikit.words.naming import counted_units, counts_of, divided_by, rates
from kpikit.words.sentences import window_sentence
from kpikit.words.writing import agreed, amount, capital, change, counted, level, listed, rounded_sum

Verdict = Mapping[str, Any]


def sentence_of_lead(verdict: Verdict) -> str:
    """What the leading goal takes: counted units and pp from today."""
    lead, today, unit = verdict["lead"], verdict["today"], verdict["unit"]
    now = f"{level(today['value'], unit)} {during(today['at'])}"
    if not lead["open"]:
        return f"{capital(_goal(lead, unit))} is met: {verdict['name']} was {now}."
    if not lead["possible"]:
        whole = f"all {amount(today['denominator'])} {verdict['denominator_name']}"
        return (
            f"{capital(_goal(lead, unit))} cannot be reached: it would take {amount(lead['needed'])}, which is more than {whole}."
        )
    return (
        f"To get from {now} to {_goal(lead, unit)}, {verdict['name']} needs {_more(lead, verdict)} ({change(lead['gap'], unit)})."
    )


def _goal(row: Mapping[str, Any], unit: str) -> str:
    """A goal with its value, as the middle of a sentence names it."""
    value = f"{'above ' if row['passed'] else ''}{level(row['goal'], unit)}"
    if row["kind"] == "target":
        return f"the target of {value}"
    return f"the goal '{row['name']}' ({value})" if row["kind"] == "revenue" else f"the {row['name']} ({value})"


def _more(row: Mapping[str, Any], verdict: Verdict) -> str:
    """How many more counted units in each period, and of how many."""
    word = _more_or_fewer(row, verdict) + ("" if verdict["whole"] else " in")
    least = "more than " if row["passed"] and not verdict["whole"] else ""
    today, by = verdict["today"], divided_by(verdict["unit"])
    needed = f"{amount(row['needed'])} {by} {amount(today['denominator'])} instead of {amount(today['numerator'])}"
    return f"{least}{amount(abs(row['more']))} {word} {counted_units(verdict)} a {verdict['period']}: {needed}"


def _more_or_fewer(row: Mapping[str, Any], verdict: Verdict) -> str:
    """Amounts are less, counted units are fewer."""
    return "more" if row["more"] >= 0 else "fewer" if verdict["whole"] else "less"


def more_said(row: Mapping[str, Any], verdict: Verdict) -> str:
    """How many more counted units in each period.

    >>> more_said({"more": -2460.25}, {"whole": False})
    '2,460.2 less'
    """
    return f"{amount(abs(row['more']))} {_more_or_fewer(row, verdict)}"


def sentence_of_lately(verdict: Verdict) -> str:
    """The same gap from several periods pooled, since one can be luck."""
    lately, unit = verdict["lately"], verdict["unit"]
    if lately is None or verdict["period"] == "year" or not verdict["lead"]["possible"]:
        return ""
    span = f"the last {lately['span']} {verdict['period']}s"
    return (
        f"One {verdict['period']} can be luck: over {span} together it was {level(lately['value'], unit)}, "
        f"{change(lately['gap'], unit)} from the goal."
    )


def sentence_of_worth(verdict: Verdict) -> str:
    """What closing the gap is worth for each period."""
    lead = verdict["lead"]
    if lead["money"] is None or not lead["open"] or not lead["possible"]:
        return ""
    money = lead["money"]
    value = f"{verdict['currency']} {rounded_sum(money['value'])}".strip()
    ends = f" ({rounded_sum(money['low'])} to {rounded_sum(money['high'])})" if money["low"] != money["high"] else ""
    return f"Each {verdict['period']} at the goal would be worth {value}{ends} beside today."


def sentence_of_others(verdict: Verdict) -> str:
    """The other goals, in the order in which they lead."""
    unit, others = verdict["unit"], [row for row in verdict["goals"] if not row["leads"]]
    if not others:
        return ""
    told = [f"{_goal(row, unit)} {_apart(row, verdict)}" for row in others]
    return f"Beside it: {listed(told)}."


def _apart(row: Mapping[str, Any], verdict: Verdict) -> str:
    if not row["possible"]:
        return f"is out of reach, as it would take more than all {verdict['denominator_name']}"
    if not row["open"]:
        return "is met"
    return f"is {change(row['gap'], verdict['unit'])} away ({more_said(row, verdict)})"


def sentence_of_wish(verdict: Verdict) -> str:
    """How more revenue was turned into a rate."""
    wish = verdict["wish"]
    if wish is None:
        return ""
    row = next(row for row in verdict["goals"] if row["kind"] == "revenue")
    units, rate = counted_units(verdict), rates(verdict["unit"])[:-1]
    if wish["base"] is None and "revenue" in units:
        of = f"the {units} alone, so that must rise by {level(wish['up'], 'percent')}"
    elif wish["base"] is None:
        of = f"the revenue of the {units} themselves, so their number must rise by {level(wish['up'], 'percent')}"
    else:
        base, per = (f"{verdict['currency']} {amount(wish[name])}".strip() for name in ("base", "per_unit"))
        of = f"{base} of revenue a {verdict['period']}, at {per} for each of the {units}"
    need = (
        f"the {rate} must be {level(row['goal'], verdict['unit'])}"
        if row["possible"]
        else f"no rate up to {written('100%')} would do"
    )
    return (
        f"Revenue up by {level(wish['up'], 'percent')} is counted on {of}; with as many "
        f"{verdict['denominator_name']} as today {need}."
    )


def sentence_of_visible(verdict: Verdict) -> str:
    """The smallest change that a month, a quarter, a year shows, and how long the needed one takes to show."""
    told, unit, period = verdict["visible"], verdict["unit"], verdict["period"]
    spans = [f"{size_of(span['change'], unit)} in {counted(span['periods'], period)}" for span in told["spans"] if span["change"]]
    if not spans:
        return f"How small a change could be seen is not known: there are too few {period}s, or they never vary."
    text = f"A lasting change must be at least {listed(spans)} to be seen with {written('80%')} certainty"
    if not verdict["lead"]["open"] or not verdict["lead"]["possible"]:
        return f"{text}."
    size = size_of(verdict["lead"]["gap"], unit)
    if told["after"] is None:
        return f"{text}; the {size} to the goal could not be told from noise within {counted(told['furthest'], period)}."
    return f"{text}; the {size} to the goal would show after {counted(told['after'], period)}."


def size_of(value: float | None, unit: str) -> str:
    """A change without its sign."""
    return change(abs(value), unit).removeprefix("+") if value is not None else "n/a"


def sentence_of_road(verdict: Verdict) -> str:
    """How often it moved by as much before, and how long its usual pace would take."""
    road, unit, period = verdict["road"], verdict["unit"], verdict["period"]
    if not verdict["lead"]["open"] or not verdict["lead"]["possible"] or road["why"] == "there":
        return ""
    if road["why"] == "short":
        return (
            f"How realistic that is, the past cannot say: {level_of_years(road['years'])} of history, and "
            f"it takes {road['least']} years at the least."
        )
    if road["why"] == "far":
        return (
            f"How realistic that is, the past cannot say: the goal is {counted(road['horizon'], period)} off, and the "
            f"history of {level_of_years(road['years'])} is too short for a stretch as long."
        )
    if road["why"] == "gaps":
        return f"How realistic that is, the past cannot say: {period}s without a value lie between."
    within = counted(road["horizon"], period)
    often = f"{road['enough']} of {counted(road['changes'], 'past stretch', 'past stretches')} of {within}"
    apart = f" (they overlap, so they count as about {road['apart']})" if road["apart"] < road["changes"] else ""
    text = f"{capital(often)} brought as much as the {change(road['needed'], unit)} that are needed{apart}"
    usual = f"half of them brought {change(road['median'], unit)} or {'less' if road['needed'] > 0 else 'more'}"
    if road["periods"] is None:
        return f"{text}; {usual}, a pace at which the goal is not reached within 10 years."
    return f"{text}; {usual}, a pace that takes {counted(road['periods'], period)}."


def level_of_years(years: float) -> str:
    """A length of history in words.

    >>> level_of_years(1.0), level_of_years(1.5)
    ('1.0 year', '1.5 years')
    """
    number = f"{years:.1f}"
    return f"{written(number)} {'year' if number == '1.0' else 'years'}"


def sentence_of_progress(verdict: Verdict) -> str:
    """How many agreed points are reached, which are missed."""
    told = verdict["progress"]
    if told is None:
        return ""
    due = len([row for row in told["points"] if row["state"] != "ahead"])
    if not due:
        return "None of the agreed points is due yet."
    missed = f"{counted(len(told['missed']), 'is', 'are')} clearly missed ({listed(told['missed'])})" if told["missed"] else ""
    close = f"{counted(told['close'], 'is', 'are')} too close to call" if told["close"] else ""
    vague = sum(row["state"] == "not known" and row["value"] is not None for row in told["points"])
    missing = told["unknown"] - vague
    unknown = f"{counted(missing, 'has', 'have')} no measured value" if missing else ""
    blurred = f"{counted(vague, 'is', 'are')} not judged, as too few {verdict['period']}s tell their noise" if vague else ""
    reached = f"{counted(told['reached'], 'is', 'are')} reached" if told["reached"] else "none is clearly reached"
    return (
        f"Of {counted(due, 'agreed point')} that {agreed(due, 'is', 'are')} due, "
        f"{listed(filter(None, [reached, missed, close, unknown, blurred]))}."
    )


def sentence_of_next(verdict: Verdict) -> str:
    """Which agreed point is due next, and how far off it is."""
    told = verdict["progress"]
    if told is None or told["next"] is None:
        return ""
    unit, point = verdict["unit"], told["next"]
    gap = change(point["value"] - verdict["today"]["value"], unit)
    return f"The next agreed point is {level(point['value'], unit)} {during(point['period'])}, {gap} from today."


def sentence_of_advice(verdict: Verdict) -> str:
    """What to do next, by a written rule over the path, the road and what can be seen."""
    lead, told, road, period = verdict["lead"], verdict["progress"], verdict["road"], verdict["period"]
    who = f" ({verdict['owner']})" if verdict["owner"] else ""
    if not lead["possible"]:
        return f"What to do next{who}: set a goal that the definition allows, or look for the revenue elsewhere."
    if told and told["missed"] and told["missed"][-1] == _last_due(told):
        return (
            f"What to do next{who}: look for what changed before {the(told['missed'][0])}, and agree on "
            "the path anew before its next point is due."
        )
    if not lead["open"]:
        return f"What to do next{who}: hold it, and agree on the next goal."
    if road["why"] is None and road["enough"] == 0:
        return (
            f"What to do next{who}: allow more time or a nearer goal, or plan something that was not done "
            "before; the past holds no such change."
        )
    wait = verdict["visible"]["after"]
    if wait is not None:
        return f"What to do next{who}: agree on a path, and judge it after {counted(wait, period)}, not before."
    return f"What to do next{who}: agree on a path by steps that can be seen."


def _last_due(told: Mapping[str, Any]) -> str:
    return str([row["period"] for row in told["points"] if row["state"] != "ahead"][-1])


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The few numbers that are read first."""
    lead, today, unit, period = verdict["lead"], verdict["today"], verdict["unit"], verdict["period"]
    counts = counts_of(today, unit=unit)
    shown = [(f"today, {today['at']}", level(today["value"], unit), counts)]
    goal = f"{'above ' if lead['passed'] else ''}{level(lead['goal'], unit)}"
    shown.append(
        (lead["name"], goal, f"{change(lead['gap'], unit)}; {lead['state'] + ' today' if lead['possible'] else 'impossible'}")
    )
    more = more_said(lead, verdict) if lead["open"] else "none"
    shown.append((f"it takes each {period}", more, counted_units(verdict)))
    if lead["money"] is not None and lead["open"]:
        shown.append(
            (f"worth each {period}", f"{verdict['currency']} {rounded_sum(lead['money']['value'])}".strip(), "beside today")
        )
    if told := verdict["progress"]:
        due = len([row for row in told["points"] if row["state"] != "ahead"])
        shown.append(("agreed path", f"{told['reached']} of {due} reached", f"{len(told['missed'])} clearly missed"))
    return shown


SENTENCES: list[Callable[[Verdict], str]] = [
    sentence_of_lead, sentence_of_progress, sentence_of_worth, sentence_of_lately, sentence_of_next, sentence_of_road,
    sentence_of_visible, sentence_of_others, sentence_of_wish, sentence_of_advice, window_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "lead": sentence_of_lead, "worth": sentence_of_worth, "lately": sentence_of_lately, "progress": sentence_of_progress,
    "next": sentence_of_next, "road": sentence_of_road, "seen": sentence_of_visible, "advice": sentence_of_advice,
    "others": sentence_of_others, "wish": sentence_of_wish,
}  # fmt: skip
