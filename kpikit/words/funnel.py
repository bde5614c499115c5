"""What the answer to `funnel` says: where most are lost, on which segment, what a change did, how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kpikit.words.writing import agreed, amount, between, change, counted, interval_of, level, listed, rounded_sum, sized

Verdict = Mapping[str, Any]


def bottom_sentence(verdict: Verdict) -> str:
    """How many went through, and where most are lost."""
    v, overall = verdict, verdict["overall"]
    first, last = v["reached"][0], v["reached"][-1]
    inside = "" if v["window"] == "ever" else f" within {v['window']}"
    span = between(overall["low"], overall["high"], v["unit"], signed=False)
    through = f"{_lost_most(v)}: of {counted(first, _one(v), units(v))} {amount(last)} reached '{v['steps'][-1]}'{inside}"
    return f"{through}, {level(overall['value'], v['unit'])} ({interval_of(v['confidence'])} {span})."


def _lost_most(verdict: Verdict) -> str:
    loss, after = verdict["leak"]["loss"], verdict["leak"]["loss"]["next"]
    if not loss["lost"]:
        return "Nobody is lost"
    if after is None:
        return f"{amount(loss['lost'])} {agreed(loss['lost'], 'is', 'are')} lost before '{_step(verdict, loss)}'"
    if not after["lost"]:
        return f"All who are lost are lost before '{_step(verdict, loss)}' ({amount(loss['lost'])})"
    most = f"before '{_step(verdict, loss)}' ({amount(loss['lost'])})"
    if loss["clear"]:
        return f"Most are lost {most}"
    return f"Where most are lost is too close to call, {most} or before '{_step(verdict, after)}' ({amount(after['lost'])})"


def leak_sentence(verdict: Verdict) -> str:
    """The step with the lowest rate, and whether it is clearly the lowest."""
    rate, unit = verdict["leak"]["rate"], verdict["unit"]
    after = rate["next"]
    if after is None or after["rate"] is None or not verdict["leak"]["loss"]["lost"]:
        return ""
    lowest = f"{level(rate['rate'], unit)} go on to '{_step(verdict, rate)}'"
    other = f"{level(after['rate'], unit)} to '{_step(verdict, after)}'"
    known = rate["difference"]["value"] is not None
    apart = sized(rate["difference"], unit, verdict["confidence"]) if known else "too few to compare"
    if rate["clear"]:
        return f"The lowest rate is the same step's: {lowest}." if _same(verdict) else f"The lowest rate is elsewhere: {lowest}."
    return f"Which step has the lowest rate is too close to call: {lowest} and {other} ({apart})."


def _same(verdict: Verdict) -> bool:
    return bool(verdict["leak"]["rate"]["step"] == verdict["leak"]["loss"]["step"])


def segment_sentence(verdict: Verdict) -> str:
    """Which segments leak where, as hypotheses."""
    told = verdict["segments"]
    if not told["by"]:
        return ""
    if not told["leaks"]:
        return f"No {_named(told['by'], 'or')} clearly leaks at any one step ({_looked(verdict)})."
    leaks = [_leaking(verdict, leak) for leak in told["leaks"][:2]]
    more = len(told["leaks"]) - len(leaks)
    rest = f" {counted(more, 'more leak')} {agreed(more, 'stands', 'stand')} in the table." if more else ""
    return (
        f"{' '.join(leaks)}{rest} Clear among all that was looked at ({_looked(verdict)}), and still a hypothesis: why is open."
    )


def _looked(verdict: Verdict) -> str:
    return counted(verdict["compared"], "comparison")


def _leaking(verdict: Verdict, leak: Verdict) -> str:
    unit, last = verdict["unit"], verdict["steps"][-1]
    rates = f"{level(leak['rate'], unit)} go on, of all others {level(leak['others'], unit)}"
    size = sized(leak["difference"], unit, verdict["confidence"])
    text = f"{leak['segment'].replace('_', ' ')} '{leak['value']}' leaks before '{_step(verdict, leak)}': {rates} ({size})."
    gain = f" Had they gone on like the others, about {amount(round(leak['missing']))} more would have reached '{last}'."
    return text[:1].upper() + text[1:] + (gain if leak["missing"] >= 1 else "")


def change_sentence(verdict: Verdict) -> str:
    """What moved between those who entered before the change and those after."""
    told = verdict["change"]
    if told is None:
        return ""
    moved = [row for row in told["rows"] if row["clear"]]
    reached = told["reached"]
    after, before = (amount(reached[side][0]) for side in ("after", "before"))
    who = f"Who entered after {told['on']} ({after}) against who entered before ({before})"
    if not (reached["after"][0] and reached["before"][0]):
        return f"{who}: nobody stands on one side, so there is nothing to compare."
    if not moved:
        return f"{who}: no step's rate clearly moved."
    return f"{who}: {'; '.join(_moved(verdict, row) for row in moved)}."


def _moved(verdict: Verdict, row: Verdict) -> str:
    unit = verdict["unit"]
    ends = f"from {level(row['before']['value'], unit)} to {level(row['after']['value'], unit)}"
    which = f"the rate to '{_step(verdict, row)}'" if row["step"] else "the way through as a whole"
    return f"{which} {row['direction']} {ends} ({sized(row['difference'], unit, verdict['confidence'])})"


def now_sentence(verdict: Verdict) -> str:
    """Where those are lost who entered after the change."""
    told = verdict["change"]
    if told is None or not any(row["clear"] for row in told["rows"]):
        return ""
    counts = told["reached"]["after"]
    lost = [(before - at, step) for before, at, step in zip(counts, counts[1:], verdict["steps"][1:], strict=False)]
    parts = [f"{amount(many)} were lost before '{step}'" for many, step in lost]
    return f"Of those who entered since, {listed(parts)}."


def time_sentence(verdict: Verdict) -> str:
    """How long it takes, with those still on their way."""
    told, last = verdict["time"], verdict["steps"][-1]
    if told["share"] is None:
        return f"Nobody has reached '{last}' yet, so there is no time to tell."
    share = f"By day {amount(told['end'])}, {level(told['share']['value'], verdict['unit'])} of all who entered are through"
    span = between(told["share"]["low"], told["share"]["high"], verdict["unit"], signed=False)
    inside = f" ({span})" if span else ""
    half = f"half of them by day {_days(told['half'], verdict)}"
    if told["median"]["value"] is not None:
        half += f", and half of all who entered by day {_days(told['median'], verdict)}"
    still = "; those still on their way count as long as they were seen"
    return f"{share}{inside}, {half}{still if verdict['left_out']['censored'] else ''}."


def _days(told: Verdict, verdict: Verdict) -> str:
    if told["low"] is None or told["high"] is None:
        return amount(told["value"])
    return f"{amount(told['value'])} ({interval_of(verdict['confidence'])} {amount(told['low'])} to {amount(told['high'])})"


def worth_sentence(verdict: Verdict) -> str:
    """What one percentage point at the step with the lowest rate is worth, in completions and money."""
    worth = verdict["worth"]
    if worth["completions"] is None or round(worth["completions"], 1) == 0:
        return ""
    more, last, step = worth["completions"], verdict["steps"][-1], _step(verdict, worth)
    there = "there" if step == last else f"at '{last}'"
    text = f"One percentage point more at '{step}' would have meant about {amount(round(more, 1))} more {there}"
    if worth["per_unit"] is not None:
        money = rounded_sum(more * worth["per_unit"]).removeprefix("+")
        text += f", worth {money} {worth['currency']}".rstrip()
    when = f"from {worth['from']} to {worth['to']}" if worth["from"] != worth["to"] else f"in {worth['from']}"
    span = f"of the {amount(worth['entered'])} who entered {when}"
    return f"{text}, {span}, if those won go on like the others."


def left_out_sentence(verdict: Verdict) -> str:
    """Who is not judged, and why."""
    open_ = verdict["left_out"]["censored"]
    if verdict["window"] == "ever":
        return f"No window was set: everybody is judged by what they had done by {verdict['as_of']}."
    if not open_:
        return ""
    who = f"{counted(open_, _one(verdict), units(verdict))} who entered last"
    return f"{who} still had time on {verdict['as_of']}: left out of all rates, not counted as lost."


def unit_sentence(verdict: Verdict) -> str:
    """What goes through the funnel, where it is not a customer."""
    if verdict["counted"] == "customer":
        return ""
    who = f"An entry is one customer in one {verdict['counted']}"
    return f"{who}; customers come in several times, which the intervals of the rates allow for."


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Four numbers: through, the largest loss, the widest gap of a segment or else the lowest rate, the days that it takes."""
    v, unit, told = verdict, verdict["unit"], verdict["time"]
    loss, rate = v["leak"]["loss"], v["leak"]["rate"]
    span = between(v["overall"]["low"], v["overall"]["high"], unit, signed=False)
    found = [("through", level(v["overall"]["value"], unit), f"{interval_of(v['confidence'])} {span}")]
    found.append((f"lost before '{_step(v, loss)}'", amount(loss["lost"]), _called(loss, "most")))
    if leaks := v["segments"]["leaks"]:
        gap = change(leaks[0]["difference"]["value"], unit)
        found.append((f"{leaks[0]['value']}, to '{_step(v, leaks[0])}'", gap, "against all others"))
    elif rate["next"] is not None:
        found.append((f"go on to '{_step(v, rate)}'", level(rate["rate"], unit), _called(rate, "lowest rate")))
    if told["share"] is not None:
        found.append(("half of those through", f"day {amount(told['half']['value'])}", f"of {amount(told['end'])} days"))
    return found


def _called(leak: Verdict, what: str) -> str:
    return "the only step" if leak["next"] is None else f"clearly the {what}" if leak["clear"] else "too close to call"


def units(verdict: Verdict) -> str:
    """What is counted, in the plural."""
    return "customers" if verdict["counted"] == "customer" else "entries"


def _one(verdict: Verdict) -> str:
    return "customer" if verdict["counted"] == "customer" else "entry"


def _step(verdict: Verdict, told: Verdict) -> str:
    return str(verdict["steps"][told["step"]])


def _named(names: list[str], last: str) -> str:
    return listed([f"value of '{name}'" for name in names], last)


SENTENCES: list[Callable[[Verdict], str]] = [
    bottom_sentence, segment_sentence, change_sentence, now_sentence, leak_sentence, worth_sentence, time_sentence,
    left_out_sentence, unit_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "bottom": bottom_sentence, "leak": leak_sentence, "segments": segment_sentence, "change": change_sentence,
    "now": now_sentence, "time": time_sentence, "worth": worth_sentence, "left_out": left_out_sentence,
}  # fmt: skip
