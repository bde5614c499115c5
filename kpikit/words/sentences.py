"""A verdict -> sentences: every sentence of an answer is rendered here, from its plain values."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from kpikit.words.banding import band_named
from kpikit.words.changes import (
    Verdict,
    bands_passed,
    course_sentence,
    decision_sentence,
    depends_sentence,
    ends_sentence,
    grade_sentence,
    leading_sentence,
    moved_sentence,
    origin_sentence,
    overall_sentence,
    relative_sentence,
    seen_sentence,
    signal_sentence,
    sure,
    worth_sentence,
)  # fmt: skip
from kpikit.words.dates import during
from kpikit.words.naming import counts_of
from kpikit.words.reviews import review_sentence
from kpikit.words.writing import between, change, counted, level, listed, per_window, sized

#: questions whose words are a module of their own
OWN = (
    "scorecard",
    "segments",
    "funnel",
    "campaign",
    "targets",
    "openings",
    "seasons",
    "lifetime",
    "feedback",
    "variants",
    "tree",
)


def sentences(question: str, verdict: Verdict) -> list[str]:
    """All that an answer says, the bottom line first."""
    said: dict[str, list[Callable[[Verdict], str]]] = {
        "value": [value_sentence, marks_sentence, window_sentence],
        "compare": [change_sentence, two_points_sentence, marks_sentence, window_sentence],
        "before_after": [
            *([overall_sentence] if verdict.get("overall") else []), moved_sentence, grade_sentence, decision_sentence,
            leading_sentence, *([depends_sentence] if verdict.get("start") else []), origin_sentence, worth_sentence,
            signal_sentence, course_sentence, seen_sentence, ends_sentence, relative_sentence, marks_sentence, window_sentence,
        ],
        "exploratory": [others_sentence],
    }  # fmt: skip
    told = said[question] if question in said else module_of(question).SENTENCES
    return [text for sentence in told if (text := sentence(verdict))]


def module_of(question: str) -> Any:
    """The words of a question that has a module of its own: SENTENCES, PARTS and `tiles`."""
    return import_module(f"kpikit.words.{question}")


def part(question: str, name: str, verdict: Verdict) -> str:
    """One part of what an answer says, by its name: the question's own, or one that all share."""
    own = getattr(module_of(question), "PARTS", {}) if question in OWN else {}
    told: Callable[[Verdict], str] = own[name] if name in own else PARTS[name]
    return told(verdict)


def tiles(question: str, verdict: Verdict) -> list[tuple[str, str, str]]:
    """The few numbers of a verdict that are read first: name, value, remark; none where the page itself knows them."""
    found: list[tuple[str, str, str]] = module_of(question).tiles(verdict) if question in OWN else []
    return found


def others_sentence(verdict: Verdict) -> str:
    """Which of the other KPIs moved, as hypotheses."""
    looked, moved = verdict["looked_at"], verdict["moved"]
    if not looked:
        return "The case asks about one KPI; no other was looked at."
    seen = f"{listed(moved)} moved clearly, which is a hypothesis" if moved else "none of them moved clearly"
    return f"Beside the primary KPI {counted(looked, 'other')} {'was' if looked == 1 else 'were'} looked at: {seen}."


def two_points_sentence(verdict: Verdict) -> str:
    """What two points cannot tell."""
    return "Two points: trend, season and noise not checked."


def stale_sentence(verdict: Verdict) -> str:
    """That periods are over which the table does not hold."""
    behind = verdict["behind"]
    over = f"Since then {counted(behind, verdict['period'])} {'is' if behind == 1 else 'are'} over and not in the table."
    return over if behind > 0 else ""


def _moved(direction: str) -> str:
    return {"no clear change": "shows no clear change", "not known": "moved by an unknown amount"}.get(direction, direction)


def lately_sentence(verdict: Verdict) -> str:
    """How the last periods stand to those before them."""
    lately, unit, periods = verdict["lately"], verdict["unit"], f"{verdict['period']}s"
    if lately is None:
        return f"There are too few {periods} to say how it moved lately."
    levels = f"from {level(lately['before']['value'], unit)} to {level(lately['after']['value'], unit)}"
    span = f"Over the last {lately['span']} {periods} against the {lately['span']} before"
    return f"{span} it {_moved(lately['direction'])}: {levels} ({sized(lately['change'], unit, verdict['confidence'])})."


def value_sentence(verdict: Verdict) -> str:
    """One value with its interval and band."""
    v = verdict
    text = f"{v['name']} is {level(v['value'], v['unit'])}"
    if v.get("window"):
        own = "" if v.get("at") and v["window"] == v.get("period") else f" {per_window(v['window'], v['counts'])}"
        text += own + (f" {during(v['at'])}" if v.get("at") else "")
    if v["numerator_name"]:  # a composed KPI counts nothing itself
        text += f" ({counts_of(v, v['numerator_name'], v['denominator_name'], v.get('less_name', ''), v['unit'])})"
    if span := between(v["low"], v["high"], v["unit"], signed=False):
        text += f", {sure(v)} {span}"
    return text + (f": {band_named(v['band'], v)}." if v["band"] else "; no bands are published for this variant.")


def change_sentence(verdict: Verdict) -> str:
    """Whether it moved, from what to what, how surely, and which band that means."""
    v, unit = verdict, verdict["unit"]
    before, after, moved = v["before"], v["after"], v["change"]
    when = f" after {v['changed_on']}" if v.get("changed_on") else ""
    window = f" {per_window(v['window'], v['counts'])}" if v.get("window") else ""
    levels = f"from {level(before['value'], unit)} to {level(after['value'], unit)}{window}"
    size = change(moved["value"], unit)
    span = between(moved["low"], moved["high"], unit, signed=True)
    size += f", {sure(v)} {span}" if span else ", and no interval can be given"
    if v["direction"] in ("rose", "fell"):
        text = f"{v['name']} {v['direction']} {levels}{when} ({size})"
    elif v["direction"] == "not known":
        text = f"{v['name']} went {levels}{when} ({size})"
    else:
        text = f"{v['name']} shows no clear change{when}: {levels} ({size})"
    return f"{text}{bands_passed(v)}."


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


#: the sentences that can be asked for by name
PARTS: dict[str, Callable[[Verdict], str]] = {
    "value": value_sentence, "change": change_sentence, "moved": moved_sentence, "grade": grade_sentence,
    "decision": decision_sentence, "leading": leading_sentence, "origin": origin_sentence, "signal": signal_sentence,
    "course": course_sentence, "overall": overall_sentence,
    "ends": ends_sentence, "seen": seen_sentence, "relative": relative_sentence,
    "worth": worth_sentence, "marks": marks_sentence, "window": window_sentence, "lately": lately_sentence,
    "review": review_sentence,
}  # fmt: skip
