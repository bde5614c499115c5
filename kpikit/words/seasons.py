"""The words of `seasons`: is there one, how high is its peak, what of today is season, when the next peak comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kpikit.words.dates import during, the
from kpikit.words.locales import written
from kpikit.words.naming import counted_units, counts_of
from kpikit.words.writing import between, capital, change, level, listed, p_value, relative, sized, spanned

Verdict = Mapping[str, Any]


def sentence_of_season(verdict: Verdict) -> str:
    """Whether there is a season, and how high its peak lies."""
    turn, name = verdict["turn"], verdict["name"]
    if verdict["season"] == "cannot be told apart":
        there = f"the data hold {counted_turns(verdict)}, {_lacks(verdict)}"
        return f"The season of {name} cannot be told apart from chance: {there}."
    if verdict["parts"][0]["highest"] is None:
        return f"{name} shows no season over {counted_turns(verdict)}: it never moved."
    if verdict["season"] == "not clear":
        known = verdict["parts"][0]["p_value"]
        chance = f"; differences like these come by chance with p {p_value(known)}" if known is not None else ""
        return f"{name} shows no clear season over {counted_turns(verdict)}{chance}."
    peak = verdict["peak"]
    size = sized(peak, verdict["unit"], verdict["confidence"])
    if peak["low"] <= 0 <= peak["high"]:
        return f"{name} has a clear season, but {_in_peak(verdict)} it does not lie clearly off the rest of the {turn} ({size})."
    where = "above" if peak["value"] >= 0 else "below"
    return f"{name} has a clear season: {_in_peak(verdict)} it lies {where} the rest of the {turn} ({size})."


def _lacks(verdict: Verdict) -> str:
    """What there is too little of to tell a season: whole cycles, or values of some part of them."""
    if not verdict["bare"]:
        return f"and it takes {verdict['needs']} whole ones"
    named = listed(verdict["bare"][:3]) + (" and others" if len(verdict["bare"]) > 3 else "")
    have = "has" if len(verdict["bare"]) == 1 else "have"
    return f"but {named} {have} a value in fewer than {verdict['needs'] - 1} of them"


def _rises(verdict: Verdict) -> bool:
    """Whether the value lies clearly above the rest in the peak."""
    return bool(verdict["season"] == "clear" and verdict["peak"]["low"] > 0)


def counted_turns(verdict: Verdict) -> str:
    """How many years or weeks of data there are, never more than there are."""
    turns = f"{int(verdict['cycles'] * 10 + 1e-6) / 10:.1f}".removesuffix(".0")
    return f"{written(turns)} {verdict['turn'] if turns == '1' else verdict['turn'] + 's'}"


def _in_peak(verdict: Verdict) -> str:
    names = [f"the {name}" if name.startswith("week ") else name for name in verdict["peak"]["names"]]
    return f"{'on' if verdict['turn'] == 'week' else 'in'} {listed(names)}"


def sentence_of_peak(verdict: Verdict) -> str:
    """How the peak was chosen."""
    if verdict["season"] != "clear":
        return ""
    if verdict["peak"]["named"]:
        return "The case names the peak; it was not looked for."
    part = "weekday" if verdict["turn"] == "week" else verdict["period"]
    return f"The peak is the highest of {verdict['peak']['of']} {part}s, found by looking; its interval allows for that."


def sentence_of_counts(verdict: Verdict) -> str:
    """Which of the KPI's two counts has the season: the base may have a peak of its own."""
    if not verdict["told"]:
        return ""
    names = {"numerator": counted_units(verdict), "denominator": verdict["denominator_name"]}
    parts = verdict["parts"][:0:-1]
    clear = [part for part in parts if part["state"] == "clear"]
    still = [f"the {names[part['name']]}" for part in parts if part["state"] == "not clear"]
    if verdict["season"] == "clear" or (verdict["peak"] and verdict["peak"]["named"]):
        moved = [_count_said(part, names[part["name"]]) for part in clear if part["peak"]["value"] is not None]
        told = [f"{capital(_in_peak(verdict))} there are {listed(moved)}."] if moved else []
    else:
        told = [f"The {names[part['name']]} have a season of their own, {_ends_said(part)}." for part in clear]
    told += [f"{capital(listed(still))} show no clear season."] if still else []
    return " ".join(told)


def _count_said(part: Mapping[str, Any], name: str) -> str:
    peak = part["peak"]
    span = spanned(relative(peak["low"]), relative(peak["high"]))
    clearly = "not clearly " if peak["low"] <= 0 <= peak["high"] else ""
    return f"{clearly}{'more' if peak['value'] >= 0 else 'fewer'} {name} ({relative(peak['value'])}; {span})"


def _ends_said(part: Mapping[str, Any]) -> str:
    return f"highest in {part['highest']} and lowest in {part['lowest']}"


def sentence_of_now(verdict: Verdict) -> str:
    """What of the latest value is season."""
    now, unit = verdict["now"], verdict["unit"]
    value = f"{level(now['value'], unit)} {during(now['at'])}"
    if now["season"] is None or verdict["season"] != "clear":
        return f"The latest value is {value}; what of it is season is not known."
    effect = now["season"]
    span = between(effect["low"], effect["high"], unit, signed=True)
    return (
        f"Of the {value}, {change(effect['value'], unit)} is the "
        f"{'day of the week' if verdict['turn'] == 'week' else 'time of the year'} ({span}); without it, "
        f"it would be {level(now['without'], unit)}."
    )


def sentence_of_same(verdict: Verdict) -> str:
    """The fair comparison: the same part of the last cycle, beside the one that misleads."""
    same, unit = verdict["same"], verdict["unit"]
    if same is None:
        return ""
    said = {"rose": "it rose", "fell": "it fell", "no clear change": "it shows no clear change"}.get(
        same["direction"], "it moved"
    )
    text = (
        f"Against {the(same['at'])}, the same {_part(verdict)} of the {verdict['turn']} before, {said} "
        f"({sized(same['change'], unit, verdict['confidence'])})"
    )
    if verdict["season"] != "clear":
        return f"{text}."
    return (
        f"{text}; against {the(same['before'])}, the {verdict['period']} just before, it moved by "
        f"{change(same['step']['value'], unit)}, with the season in it."
    )


def _part(verdict: Verdict) -> str:
    return "weekday" if verdict["turn"] == "week" else str(verdict["period"])


def sentence_of_strength(verdict: Verdict) -> str:
    """How much of the ups and downs the season is, for looking."""
    told = verdict["strength"]
    if told is None or verdict["season"] != "clear":
        return ""
    trend = verdict["trend"]
    went = f"the trend went from {level(trend['first'], verdict['unit'])} to {level(trend['last'], verdict['unit'])}"
    season, own = (written(f"{told[name]:.2f}") for name in ("season", "trend"))
    return f"On a scale from 0 to 1 the season's strength is {season} and the trend's {own}; {went}."


def sentence_of_yearly(verdict: Verdict) -> str:
    """Of days: what of the year cannot be told."""
    yearly = verdict["yearly"]
    if yearly is None:
        return ""
    years = f"{yearly['years']:.1f}"
    if yearly["years"] < yearly["needs"]:
        years = f"{written(years)} {'year' if years == '1.0' else 'years'}"
        return (
            "This is the season of the week. That of the year cannot be told apart: the data hold "
            f"{years}, and it takes {yearly['needs']}."
        )
    return "This is the season of the week. For that of the year, count by month."


def sentence_of_next(verdict: Verdict) -> str:
    """When the next peak comes."""
    if verdict["peak"] is None or not (_rises(verdict) or verdict["peak"]["named"]):
        return ""
    expected = "is" if _rises(verdict) else "would be"
    return f"The next peak {expected} {during(verdict['peak']['next'])}."


def sentence_of_advice(verdict: Verdict) -> str:
    """What to do next, by a written rule."""
    part, turn = _part(verdict), verdict["turn"]
    if verdict["season"] == "clear":
        return (
            f"What to do next: compare each {part} with the same {part} of the {turn} before, "
            f"{'plan for the peak, ' if _rises(verdict) else ''}and leave the season in when a change is judged: a before/after "
            "fits it."
        )
    if verdict["season"] == "not clear":
        return (
            f"What to do next: nothing needs adjusting; compare with the {verdict['period']}s before, and "
            f"look again when there are more {turn}s."
        )
    if verdict["bare"]:
        return "What to do next: call no peak a season yet; look whether the missing values can still be had."
    return f"What to do next: call no peak a season yet; with data up to {the(verdict['enough_on'])} it can be told."


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The few numbers that are read first."""
    unit, now = verdict["unit"], verdict["now"]
    known = verdict["parts"][0]["p_value"] if verdict["told"] else None
    shown = [
        (
            "season",
            verdict["season"],
            f"{counted_turns(verdict)} of data" + (f", p {p_value(known)}" if known is not None else ""),
        )
    ]
    if verdict["season"] == "clear":
        peak = verdict["peak"]
        span = between(peak["low"], peak["high"], unit, signed=True)
        shown.append(
            (f"peak: {listed(peak['names'])}", change(peak["value"], unit), f"beside the rest of the {verdict['turn']}; {span}")
        )
        shown.append(
            (
                f"of {now['at']} is season",
                change(now["season"]["value"], unit),
                f"{level(now['value'], unit)} as measured, {level(now['without'], unit)} without",
            )
        )
        strength = written(f"{verdict['strength']['season']:.2f}")
        coming = ("next peak", peak["next"], f"strength of the season {strength} of 1")
        shown.append(coming if _rises(verdict) else ("strength of the season", strength, "of 1"))
        return shown
    shown.append((f"latest, {now['at']}", level(now["value"], unit), counts_of(now, unit=unit)))
    if verdict["same"]:
        shown.append(
            (f"against {verdict['same']['at']}", change(verdict["same"]["change"]["value"], unit), verdict["same"]["direction"])
        )
    return shown


SENTENCES: list[Callable[[Verdict], str]] = [
    sentence_of_season, sentence_of_now, sentence_of_same, sentence_of_counts, sentence_of_next, sentence_of_yearly,
    sentence_of_peak,    sentence_of_strength, sentence_of_advice,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "season": sentence_of_season, "peak": sentence_of_peak, "counts": sentence_of_counts, "now": sentence_of_now,
    "same": sentence_of_same, "strength": sentence_of_strength, "yearly": sentence_of_yearly, "next": sentence_of_next,
    "advice": sentence_of_advice,
}  # fmt: skip
