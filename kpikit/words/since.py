"""Since the last report: what a verdict says in a few named texts, and which of them changed from one report to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit.words.banding import side_band
from kpikit.words.sentences import tiles
from kpikit.words.writing import change, level, listed, sized

Told = Mapping[str, Any]
#: what decides which values may be compared at all, and what each is called
SAME = {"kpi": "the KPI", "variant": "the variant", "window": "the window", "unit": "the unit"}
NOT_THERE = "not there"
#: a before/after: name, where it stands in the verdict
BEFORE_AFTER = {
    "verdict": "direction", "evidence": "grade.grade",
    "signal": "signal.seen", "decision": "decision.what", "target": "target.state", "benchmark": "benchmark.state",
}  # fmt: skip
#: a measure of a scorecard beside its value
MEASURE = {"band": "band", "signal": "signal", "target": "target.state", "benchmark": "benchmark.state"}


def facts(question: str, verdict: Told) -> dict[str, str]:
    """The headline values, bands, grade and signals of a verdict, each a text by its name; what is missing is left out."""
    told = {"before_after": _before_after, "scorecard": _scorecard}.get(question)
    found = told(verdict) if told else {name: value for name, value, _ in tiles(question, verdict)}
    return {name: text for name, text in found.items() if text}


def _before_after(verdict: Told) -> dict[str, str]:
    unit = verdict["unit"]
    found = {
        name: _level(verdict[name], unit, f"{verdict[name]['first']} to {verdict[name]['last']}") for name in ("before", "after")
    }
    found |= {"plain change": change(verdict["change"]["value"], unit)}
    found |= {"effect": sized(verdict["effect"], unit, verdict["confidence"])}
    found |= {f"band {name}": side_band(verdict[name]) or "" for name in ("before", "after")}
    return found | {name: _at(verdict, place) for name, place in BEFORE_AFTER.items()}


def _scorecard(verdict: Told) -> dict[str, str]:
    found = {}
    for row in verdict["rows"]:
        found[row["name"]] = _level(row, row["unit"], row["at"])
        found |= {f"{row['name']}, {name}": _at(row, place) for name, place in MEASURE.items()}
        found[f"{row['name']}, changed"] = "clearly" if row["clear"] else "not clearly"
    return found


def _level(told: Told, unit: str, when: str) -> str:
    return f"{level(told['value'], unit)} ({when})"


def _at(verdict: Told, place: str) -> str:
    """The text at a place as target.state; empty where nothing stands there."""
    found: Any = verdict
    for name in place.split("."):
        found = (found or {}).get(name)
    return str(found or "")


def since(then: Told, now: Told) -> dict[str, Any]:
    """What changed from one report to the next, as sentences and rows of texts.

    Both hold as_of, question, headline, verdict, checks and the case with its log. Values of another KPI, variant, window or
    unit are not compared.
    """
    other = [
        f"{name} was {_said(then, key)} and is {_said(now, key)}"
        for key, name in SAME.items()
        if _said(then, key) != _said(now, key)
    ]
    rows = [] if other else _changed(facts(then["question"], then["verdict"]), facts(now["question"], now["verdict"]))
    old, new = _to_look_at(then), _to_look_at(now)
    log = [noted(entry) for entry in now["case"].get("log", ()) if entry not in then["case"].get("log", ())]
    said = {
        "when": f"The last report was as of {then['as_of']}; this one is as of {now['as_of']}.",
        "headline": f"It said: {then['headline']}" if then["headline"] != now["headline"] else "",
        "other": f"It counted something else, so no value is compared: {listed(other)}." if other else "",
        "rows": rows, "log": log,
        "look": [f"{name}: {text}" for name, text in new.items() if name not in old],
        "settled": [name for name in old if name not in new],
    }  # fmt: skip
    nothing = not any(said[name] for name in ("other", "rows", "log", "look", "settled"))
    return said | {
        "nothing": "Nothing changed: the values, bands and checks are the same, and the log holds nothing new." * nothing
    }


def since_lines(said: Told) -> list[str]:
    """The same as lines of plain text."""
    lines = [said["when"], *filter(None, (said["other"], said["nothing"]))]
    lines += [f"- {name}: {was}, now {value}" for name, was, value in said["rows"]]
    lines += [f"- newly to look at: {text}" for text in said["look"]]
    lines += [f"- no longer to look at: {name}" for name in said["settled"]]
    return lines + [f"- in the log: {text}" for text in said["log"]]


def noted(entry: Told) -> str:
    """An entry of a log in one line.

    >>> noted({"date": "2026-01-12", "kind": "review", "by": "Ada", "text": "the price stays"})
    '2026-01-12, review by Ada: the price stays'
    """
    return f"{entry['date']}, {entry['kind']}{' by ' + entry['by'] if entry['by'] else ''}: {entry['text']}"


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, what was, what is: of what is not the same in both."""
    names = dict.fromkeys([*now, *then])
    pairs = [(name, then.get(name, NOT_THERE), now.get(name, NOT_THERE)) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _to_look_at(told: Told) -> dict[str, str]:
    return {check["name"]: check["sentence"] for check in told["checks"] if check["passed"] is False}


def _said(told: Told, key: str) -> str:
    return str(told["verdict"].get(key) or "none")
