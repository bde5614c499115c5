"""The words of a scorecard: which of its measures changed, where they stand, what was compared, when they are due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kpikit.words.banding import band_named
from kpikit.words.changes import Verdict, sure
from kpikit.words.dates import during, the
from kpikit.words.locales import written
from kpikit.words.reviews import NO_REVIEW, due_said, first_due, held_sentence, look_again, review_sentence
from kpikit.words.sentences import lately_sentence, marks_sentence, stale_sentence, value_sentence, window_sentence
from kpikit.words.writing import agreed, amount, between, capital, counted, level, listed, sized

Line = dict[str, Any]
ROUTINE = "routine"
#: a signal as the middle of a sentence
SEEN = {"unusual": "single periods stand out", "level moved": "the level moved"}
MOST_CHANGED = 3  # changes that the headline tells one by one


def _lines(verdict: Verdict) -> list[Line]:
    """The lines of a scorecard of several measures; none of one KPI alone."""
    rows = list(verdict.get("rows", ()))
    return rows if len(rows) > 1 else []


def changed_sentence(verdict: Verdict) -> str:
    """The bottom line of several measures: how many clearly changed since their last review, and which."""
    if not (rows := _lines(verdict)):
        return ""
    clear = [row for row in rows if row["clear"]]
    if not verdict["family"]["compared"]:
        return f"{counted(len(rows), 'measure')} stand side by side; whether one changed since its last review is not known yet."
    if not clear:
        return f"None of {len(rows)} measures has clearly changed since its last review."
    have, their = agreed(len(clear), "has", "have"), agreed(len(clear), "its", "their")
    told = [_moved(row, verdict) for row in clear[:MOST_CHANGED]] + ["others"] * (len(clear) > MOST_CHANGED)
    return f"{len(clear)} of {len(rows)} measures {have} clearly changed since {their} last review: {listed(told)}."


def _moved(row: Line, verdict: Verdict) -> str:
    since, unit = row["since"], row["unit"]
    size = sized(since["change"], unit, verdict["confidence"])
    return f"{row['name']} {since['direction']} from {level(since['from'], unit)} to {level(since['to'], unit)} ({size})"


def chance_sentence(verdict: Verdict) -> str:
    """How many comparisons were made, how many would look like a change by chance, how many do, and which survive."""
    if not _lines(verdict) or not (compared := verdict["family"]["compared"]):
        return ""
    family = verdict["family"]
    looked, clear, lucky = family["looked"], family["clear"], amount(round(family["by_chance"], 2))
    text = f"{counted(compared, 'comparison was', 'comparisons were')} made; by chance alone {lucky} of them would look like a "
    text += f"change on average ({written('5%')})"
    if not looked:
        return f"{text}, and none does."
    text += f", and {len(looked)} {agreed(len(looked), 'does', 'do')}: {listed(looked)}. After Benjamini and Hochberg's "
    text += "correction for the number of comparisons "
    if not clear:
        return f"{text}none survives: read {agreed(len(looked), 'it', 'them')} as luck until it comes again."
    lost = [name for name in looked if name not in clear]
    text += f"{listed(clear)} {agreed(len(clear), 'survives', 'survive')}"
    return f"{text}; {listed(lost)} may be luck." if lost else f"{text}."


def levels_sentence(verdict: Verdict) -> str:
    """In which band each KPI lies, and how those with a target stand to it."""
    rows = _lines(verdict)
    banded = [f"{row['name']} '{row['band']}' ({level(row['value'], row['unit'])})" for row in rows if row["band"]]
    aims = [
        f"{row['name']} {row['target']['state']} ({level(row['target']['value'], row['unit'])})" for row in rows if row["target"]
    ]
    told = [f"By their published bands: {listed(banded)}."] if banded else []
    return " ".join([*told, *([f"Against the targets: {listed(aims)}."] if aims else [])])


def signal_sentence(verdict: Verdict) -> str:
    """Whose last review period is more than the usual swing of the two years before."""
    rows = [row for row in verdict.get("rows", ()) if row["signal"] != "not known"]
    if not rows:
        return ""
    loud = [f"{row['name']} ({SEEN[row['signal']]})" for row in rows if row["signal"] != ROUTINE]
    if not loud:
        of = "every measure's" if len(rows) > 1 else f"{rows[0]['name']}'s"
        return f"On control charts of the two years before, {of} last review period is routine."
    are = agreed(len(loud), "is", "are")
    rest = "; the others are routine" if len(loud) < len(rows) else ""
    return f"On control charts of the two years before, {listed(loud)} {are} more than routine{rest}."


def related_sentence(verdict: Verdict) -> str:
    """The ratios of the user's own, beside the KPIs."""
    own = [row for row in _lines(verdict) if row["own"]]
    if not own:
        return ""
    told = [f"{row['name']} {level(row['value'], row['unit'])}" for row in own]
    they = agreed(
        len(own), "It is a ratio of your own: no catalog defines it", "They are ratios of your own: no catalog defines them"
    )
    return (
        f"Beside the KPIs {during(own[0]['at'])}: {listed(told)}. {they}, so {agreed(len(own), 'it has', 'they have')} no bands."
    )


def reviews_sentence(verdict: Verdict) -> str:
    """When each measure is reviewed next, and by whom."""
    if not (rows := _lines(verdict)):
        return review_sentence(verdict)
    held = held_sentence(rows[0]["review"])
    due: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        due.setdefault(due_said(row["review"]), {}).setdefault(row["review"]["owner"], []).append(row["name"])
    if NO_REVIEW in due:
        return f"{held} No further review is planned.".strip()
    told = [f"on {date}{',' * (', ' in date)} {listed(_owned(whose))}" for date, whose in sorted(due.items())]
    return f"{held} The next reviews are due {'; '.join(told)}.".strip()


def _owned(whose: dict[str, list[str]]) -> Iterable[str]:
    return (listed(names) + (f" ({owner})" if owner else "") for owner, names in whose.items())


def next_sentence(verdict: Verdict) -> str:
    """What to do about it."""
    if not (rows := _lines(verdict)):
        return ""
    clear = [row for row in rows if row["clear"]]
    if not clear:
        again = look_again(first_due(row["review"] for row in rows))
        return f"What to do next: nothing on account of these changes; {again}."
    told = [_asked(row) for row in clear[:MOST_CHANGED]]
    return f"What to do next: {listed(told)}. A scorecard says that, not why: a before/after of what was done then can."


def _asked(row: Line) -> str:
    since, owner = row["since"], row["review"]["owner"]
    good = {"higher": "rose", "lower": "fell"}.get(row["better"] or "")
    way = "" if good is None else " for the better" if since["direction"] == good else " for the worse"
    who = f"ask {owner} what" if owner else "find out what"
    return f"{who} moved {row['name']}{way} between {since['before']} and {since['after']}"


def course_sentence(verdict: Verdict) -> str:
    """How the case's KPI moved over its last periods; beside others it is named."""
    text = lately_sentence(verdict)
    return text.replace(" it ", f" {verdict['name']} ", 1) if _lines(verdict) else text


SENTENCES: list[Callable[[Verdict], str]] = [
    changed_sentence, value_sentence, chance_sentence, stale_sentence, next_sentence, levels_sentence, signal_sentence,
    related_sentence, course_sentence, lambda verdict: "" if _lines(verdict) else marks_sentence(verdict), reviews_sentence,
    window_sentence,
]  # fmt: skip


def _or(sentence: Callable[[Verdict], str], otherwise: Callable[[Verdict], str]) -> Callable[[Verdict], str]:
    """A part that is asked for by name says something of one KPI alone, too."""
    return lambda verdict: sentence(verdict) or otherwise(verdict)


PARTS: dict[str, Callable[[Verdict], str]] = {
    "changed": _or(changed_sentence, value_sentence),
    "chance": _or(chance_sentence, lambda _: "One measure stands here, so there is no number of comparisons to correct for."),
    "levels": _or(levels_sentence, lambda verdict: marks_sentence(verdict) or "The case names no target and no benchmark."),
    "signal": _or(signal_sentence, lambda _: "With so few periods before the last review there are no limits to it."),
    "related": _or(related_sentence, lambda _: "The case names no ratio of its own to stand beside its KPI."),
    "next": _or(next_sentence, lambda verdict: f"What to do next: {look_again(verdict['review'])}."),
    "review": reviews_sentence, "lately": course_sentence,
}  # fmt: skip


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Where the case's KPI stands, what changed, how the targets stand, and the next review."""
    unit, rows, review = verdict["unit"], _lines(verdict), verdict["review"]
    span = between(verdict["low"], verdict["high"], unit, signed=False)
    name = f"{verdict['name']}, {verdict['at']}" if rows else verdict["at"]
    shown = [(name, level(verdict["value"], unit), f"{sure(verdict)} {span}" if span else "no interval")]
    if not rows:
        return [*shown, ("band", verdict["band"] or "none published", f"next review {due_said(review)}")]
    family, aims = verdict["family"], [row for row in rows if row["target"]]
    remark = (
        listed(family["clear"]) or f"{amount(round(family['by_chance'], 2))} would by chance, {len(family['looked'])} look so"
    )
    shown.append(("clearly changed since the last review", f"{len(family['clear'])} of {len(rows)}", remark))
    if aims:
        reached = [row["name"] for row in aims if row["target"]["state"] == "reached"]
        shown.append(("targets reached", f"{len(reached)} of {len(aims)}", listed(reached) or "none"))
    first = first_due(row["review"] for row in rows)
    named = listed([row["name"] for row in rows if row["review"]["next"] == first["next"] and not row["own"]])
    late = f"overdue by {counted(first['overdue'], 'day')}: " if first.get("overdue") else ""
    return [*shown, ("next review", first["next"] or NO_REVIEW, f"{late}{named}")]


def bullets_said(spec: Verdict) -> dict[str, str]:
    """Where each KPI lies on its bands and to its marks."""
    told = []
    for row in spec["rows"]:
        marks = [
            f"{name} {level(row[name]['value'], row['unit'])} {row[name]['state']}"
            for name in ("target", "benchmark")
            if row[name]
        ]
        parts = [band_named(row["band"], row) if row["band"] else "no bands published", *marks]
        told.append(f"{row['name']} {level(row['value'], row['unit'])} ({', '.join(parts)})")
    text = f"{capital(listed(told))}."
    return {"says": text, "alt": f"Bullet graphs of {counted(len(told), 'KPI')}, each on its own axis. {text}"}


def trends_said(spec: Verdict) -> dict[str, str]:
    """From where to where each measure went."""
    known = [row for row in spec["rows"] if any(value is not None for value in row["value"])]
    clear = [row["name"] for row in spec["rows"] if row["clear"]]
    text = f"Each line ends at its last period: {listed(_course(row) for row in known)}."
    if len({_span(row) for row in known}) == 1:
        text = f"{capital(_span(known[0]))}: {listed(_levels(row) for row in known)}."
    text += (
        f" Marked as clearly changed since the last review: {listed(clear)}." if clear else " None is marked as clearly changed."
    )
    if any(row.get("marked") for row in spec["rows"]):
        text += " Small triangles over the lines mark the events and decisions of the case."
    return {"says": text, "alt": f"Small line charts of {counted(len(spec['rows']), 'measure')}, one scale each. {text}"}


def _ends(row: Line) -> list[tuple[float, str]]:
    known = [(value, period) for value, period in zip(row["value"], row["periods"], strict=True) if value is not None]
    return [known[0], known[-1]]


def _span(row: Line) -> str:
    (_, start), (_, end) = _ends(row)
    return f"from {the(start)} to {the(end)}"


def _levels(row: Line) -> str:
    (first, _), (last, _) = _ends(row)
    return f"{row['name']} from {level(first, row['unit'])} to {level(last, row['unit'])}"


def _course(row: Line) -> str:
    return f"{_levels(row)} ({_span(row)})"
