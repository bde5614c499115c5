"""The words of variants: how far apart the readings of one table lie, and whether they agree on what a change did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kpikit.words.changes import Verdict
from kpikit.words.naming import counted_units
from kpikit.words.writing import agreed, between, change, counted, interval_of, level, listed, per_window, relative, times

Row = dict[str, Any]
GAP_TIMES = 1.5  # ratios from which on the gap is told as a factor too


def _named(reading: str) -> str:
    """A reading as a sentence names it."""
    return f"'{reading.replace('_', ' ')}'"


def spread_sentence(verdict: Verdict) -> str:
    """The bottom line: by how much the choice of variant changes the answer."""
    spread, unit = verdict["spread"], verdict["unit"]
    if spread is None:
        return f"Only one variant of {verdict['name']} can be counted from this table, so nothing can be compared."
    low, high = spread["low"], spread["high"]
    if spread["gap"] == 0:
        return f"All readings of {verdict['name']} that this table can give agree: {level(low['value'], unit)}."
    size = change(spread["gap"], unit).removeprefix("+")
    text = (
        f"Which variant you choose changes the answer by up to {size}: {verdict['name']} is {level(low['value'], unit)} by "
        f"{_named(low['id'])} and {level(high['value'], unit)} by {_named(high['id'])}"
    )
    more = f", {times(spread['times'])} as much" if spread["times"] and spread["times"] >= GAP_TIMES else ""
    return f"{text}{more}, from the same table."


def agreed_sentence(verdict: Verdict) -> str:
    """Whether what a change did depends on the variant."""
    if verdict["changed_on"] is None:
        return ""
    rows, apart, when = verdict["rows"], verdict["apart"], verdict["changed_on"]
    own = next(row for row in rows if row["own"])
    start = f"{_named(own['id'])} {_went(own, verdict)}"
    if not apart:
        if all(row["apart"]["value"] is None for row in rows if not row["own"]):
            why = "by ratios where values lie below 0" if verdict.get("below_zero") else "from so few periods"
            return f"After {when} {start}; whether the others moved with it cannot be told {why}."
        return (
            f"What happened after {when} does not clearly depend on the variant: {start}, and no other moved clearly otherwise."
        )
    told = [f"{_named(row['id'])} {_went(row, verdict)}" for row in rows if row["id"] in apart]
    ways = {row["direction"] for row in rows} - {"not known"}
    if len(ways) == 1 and "no clear change" not in ways:
        text = f"After {when} every reading {ways.pop()}, so that does not depend on the variant; how much does"
        return f"{text}: {start}, while {listed(told)}."
    return f"What happened after {when} depends on the variant: {start}, while {listed(told)}."


def _went(row: Row, verdict: Verdict) -> str:
    size = f"{change(row['change']['value'], verdict['unit'])}, {relative(row['relative']['value'])}"
    said = {"no clear change": "shows no clear change", "not known": "cannot be compared"}
    told = said.get(row["direction"], str(row["direction"]))
    return told if row["direction"] == "not known" else f"{told} ({size})"


def directions_sentence(verdict: Verdict) -> str:
    """Which readings rose, which fell, which show nothing clear, which cannot be compared."""
    if verdict["changed_on"] is None:
        return ""
    groups: dict[str, list[str]] = {}
    for row in verdict["rows"]:
        groups.setdefault(row["direction"], []).append(_named(row["id"]))
    said = {
        "rose": "rose clearly",
        "fell": "fell clearly",
        "no clear change": "showed no clear change",
        "not known": "could not be compared",
    }
    told = [f"{listed(names)} {said[way]}" for way, names in groups.items()]
    return f"Taken one by one, before against after: {listed(told)}."


def equal_sentence(verdict: Verdict) -> str:
    """Which readings count the same here, and which choices of counting change nothing."""
    told = [f"{listed(map(_named, names))} count the very same here" for names in verdict["equal"]]
    if verdict["same"]:
        told.append(
            f"counting with {listed((name.replace('_', ' ') for name in verdict['same']), 'or')} changes no number of this table"
        )
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def bands_sentence(verdict: Verdict) -> str:
    """Whose bands are whose."""
    banded = [f"{_named(row['id'])} ({row['band']})" for row in verdict["rows"] if row["band"]]
    if not banded:
        return "No bands are published for any of these readings."
    return f"Bands are published for {listed(banded)} alone; they say nothing about the other readings."


def refused_sentence(verdict: Verdict) -> str:
    """What the table cannot give."""
    refused = list(verdict["refused"])
    if not refused:
        return ""
    return f"{counted(len(refused), 'reading')} cannot be counted from this table: {listed(map(_named, refused))}."


def reasons(verdict: Verdict) -> str:
    """Each reading that the table cannot give, with why, by lines."""
    told = [f"{_named(name)}: {why}." for name, why in verdict["refused"].items()]
    return "\n".join(told) or "Every reading of this KPI can be counted from this table."


def next_sentence(verdict: Verdict) -> str:
    """What to do about it."""
    own = next(row for row in verdict["rows"] if row["own"])
    window = per_window(own["window"], own["counts"])
    return (
        f"What to do next: write the definition beside the number wherever it is quoted, as {_named(own['id'])}: "
        f"{counted_units(own)} / {own['denominator_name']}, {window}; and never compare it with a figure whose definition is "
        "not known."
    )


SENTENCES: list[Callable[[Verdict], str]] = [
    spread_sentence, agreed_sentence, next_sentence, directions_sentence, bands_sentence, equal_sentence, refused_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "spread": spread_sentence, "agreed": agreed_sentence, "directions": directions_sentence, "bands": bands_sentence,
    "equal": equal_sentence, "refused": refused_sentence, "reasons": reasons, "next": next_sentence,
}  # fmt: skip


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The case's own reading, the lowest, the highest, and how many agree on the change."""
    unit, spread = verdict["unit"], verdict["spread"]
    own = next(row for row in verdict["rows"] if row["own"])
    span = between(own["low"], own["high"], unit, signed=False)
    shown = [(own["id"].replace("_", " "), level(own["value"], unit), f"{interval_of(0.95)} {span}" if span else "no interval")]
    if spread:
        shown += [
            (f"the {name}", level(spread[end]["value"], unit), spread[end]["id"].replace("_", " "))
            for name, end in (("lowest", "low"), ("highest", "high"))
        ]
    if verdict["changed_on"]:
        others, apart = len(verdict["rows"]) - 1, len(verdict["apart"])
        shown.append(("tell the change otherwise", f"{apart} of {others}", f"after {verdict['changed_on']}"))
    return shown


def dots_said(spec: Verdict) -> dict[str, str]:
    """Where each reading lies."""
    told = [f"{_named(row['id'])} {level(row['value'], spec['unit'])}" for row in spec["rows"] if row["value"] is not None]
    text = f"{listed(told)}."
    return {"says": text, "alt": f"Dot plot of {counted(len(told), 'reading')} of one table, with intervals. {text}"}


def changes_said(spec: Verdict) -> dict[str, str]:
    """What the change did under each reading."""
    if not spec["rows"]:
        text = "The case names no change, so there is none to be told in several ways."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    known = [row for row in spec["rows"] if row["value"] is not None]
    missing = len(spec["rows"]) - len(known)
    told = [f"{_named(row['id'])} {relative(row['value'])}" for row in known]
    text = f"Relative to its own level before {spec['changed_on']}: {listed(told)}."
    apart = [_named(row["id"]) for row in known if row["differs"]]
    text += (
        f" {listed(apart)} clearly moved apart from the case's own."
        if apart
        else " None clearly moved apart from the case's own."
    )
    text += f" {counted(missing, 'reading')} {agreed(missing, 'has', 'have')} no two sides to compare." if missing else ""
    return {"says": text, "alt": f"Dot plot of the relative change under {counted(len(known), 'reading')}. {text}"}
