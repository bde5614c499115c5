"""What `feedback` says: which reason leads, what the silent could change, who names what, what moved, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kpikit.words.changes import Verdict, sure
from kpikit.words.locales import written
from kpikit.words.writing import agreed, amount, between, capital, change, counted, level, listed, p_value

NAMED = 3  # that a sentence names
HALF = 0.5


def headline(verdict: Verdict) -> str:
    """The reason that leads, how surely, and how much the silent could change."""
    top, first = verdict["top"], verdict["reasons"][0]
    if first["hidden"]:
        counts = f"{amount(verdict['answered'])} of {amount(verdict['asked'])}"
        return f"{counts} asked answered, and no reason was named by 5 people or more."
    known = _known(verdict)
    if top["second"] is None:
        return f"All {amount(verdict['answered'])} who answered named the same reason: '{top['reason']}'. {_silence(verdict)}"
    close = f"is named most, but not clearly more than '{top['second']}'"
    lead = f"'{top['reason']}' {'leads clearly' if top['clear'] else close}"
    return f"{capital(lead)}: {known}. {_silence(verdict)}"


def _known(verdict: Verdict) -> str:
    first = verdict["reasons"][0]
    name = "weighted" if verdict["weighted_by"] else "share"
    span = between(first[f"{name}_low"], first[f"{name}_high"], "percent", signed=False)
    of = (
        "of all asked, if the silent are like those of their group who answered"
        if verdict["weighted_by"]
        else "of those who answered"
    )
    return f"{level(first[name], 'percent')} {of} ({sure(verdict)} {span})"


def _silence(verdict: Verdict) -> str:
    first, silent = verdict["reasons"][0], verdict["asked"] - verdict["answered"]
    if not silent:
        return "Everybody who was asked answered."
    bounds = between(first["least"], first["most"], "percent", signed=False)
    return f"{amount(silent)} of {amount(verdict['asked'])} did not answer, so of all asked it could be anything from {bounds}."


def response_sentence(verdict: Verdict) -> str:
    """How many answered, and what is known of the others."""
    rate = verdict["response"]
    span = between(rate["low"], rate["high"], "percent", signed=False)
    since = f" since the change of {verdict['changed_on']}" if verdict["changed_on"] else ""
    counts = f"{amount(verdict['answered'])} of {amount(verdict['asked'])} asked{since}"
    several = (
        "" if verdict["single_choice"] else f" Several reasons could be given, so the shares do not add up to {written('100%')}."
    )
    return f"{counts} answered: {level(rate['value'], 'percent')} ({sure(verdict)} {span}).{several}"


def silent_sentence(verdict: Verdict) -> str:
    """Whether those who answer are other people than the silent, and what that does to the shares."""
    rows, by = verdict["response_by"], listed(name.replace("_", " ") for name in verdict["weighted_by"])
    if verdict["answered"] == verdict["asked"]:
        return ""
    if not verdict["segments"]:
        return "The table has no segments, so it cannot be seen whether those who answered are like the silent."
    if not verdict["groups"]:
        return "No two groups can be compared, so it cannot be seen whether those who answered are like the silent."
    if not rows:
        rest = "in what the table does not hold they may still differ from the silent"
        return f"No group answers clearly more or less than the others; {rest}."
    most = [row for row in rows if row["more"]][:NAMED] or rows[:1]
    told = listed(f"in {_group(row)} {_rate(row)}" for row in most)
    text = f"Those who answer are not a picture of all: {told}."
    if not by:
        return f"{text} The shares lean towards them, and too few answered elsewhere to weigh it out."
    return f"{text} {_weighting(verdict, by)}"


def _rate(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"{'more' if row['more'] else 'fewer'} answered than in the others"
    return f"{level(row['value'], 'percent')} answered, in the others {level(row['other'], 'percent')}"


def _group(row: Mapping[str, Any]) -> str:
    """A group as a sentence names it: team size 1 to 9 seats."""
    return str(row["segment"]).replace(": ", " ", 1)


def _weighting(verdict: Verdict, by: str) -> str:
    top, first = verdict["top"], verdict["reasons"][0]
    raw = next(row for row in verdict["reasons"] if row["reason"] == top["raw"])
    if raw["hidden"] or first["hidden"]:
        return f"The shares are weighted by {by}."
    if top["raw"] != top["reason"]:
        came = f"Counted as they came back, the answers would put '{top['raw']}' first ({level(raw['share'], 'percent')})"
        behind = f"behind '{top['reason']}' ({level(first['weighted'], 'percent')})"
        return f"{came}; weighted by {by} to all asked it is {level(raw['weighted'], 'percent')}, {behind}."
    both = f"{level(first['weighted'], 'percent')}, as answered {level(first['share'], 'percent')}"
    return f"Weighted by {by} to all asked, '{top['reason']}' still leads: {both}."


def top_sentence(verdict: Verdict) -> str:
    """The two reasons that lead, beside each other."""
    top = verdict["top"]
    if top["second"] is None or verdict["reasons"][0]["hidden"] or verdict["reasons"][1]["hidden"]:
        return ""
    gap = change(top["gap"], "percent").removeprefix("+")
    clear = "clearly ahead of every other reason" if top["clear"] else "too close to call"
    p = p_value(top["p_value"])
    ahead = f"'{top['reason']}' is {gap} ahead of '{top['second']}', by those who named one of the two alone"
    return f"{ahead}: {clear} (adjusted p {p})."


def pairs_sentence(verdict: Verdict) -> str:
    """Which groups name which reason more or less: hypotheses."""
    looked, rows = verdict["pairs"]["looked_at"], verdict["pairs"]["clear"]
    if not looked:
        return ""
    if not rows:
        return f"Of {counted(looked, 'pair')} of group and reason, none stands out more than luck alone would show somewhere."
    told = ([row for row in rows if row["more"]] or rows)[:NAMED]
    rest = [row for row in rows if row not in told]
    named = {row["reason"] for row in told}
    mirror = ", as the mirror of it" if rest and all(row["reason"] in named and not row["more"] for row in rest) else ""
    further = f" {counted(len(rest), 'further pair')} {agreed(len(rest), 'differs', 'differ')} clearly{mirror}." if rest else ""
    kind = agreed(len(told), "This is a hypothesis", "These are hypotheses")
    said = f"Who names what: {listed(map(_pair, told))}.{further}"
    return f"{said} {kind}, found by looking at {counted(looked, 'pair')}, not a cause."


def _pair(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"in {_group(row)} {'more' if row['more'] else 'fewer'} name '{row['reason']}' than in the others"
    shares = [level(row[name], "percent") for name in ("value", "other")]
    return f"in {_group(row)} {shares[0]} name '{row['reason']}', in the others {shares[1]}"


def moved_sentence(verdict: Verdict) -> str:
    """What moved from before to after the change, and that it need not be the change."""
    moved = verdict["moved"]
    if moved is None:
        return ""
    rows = [row for row in moved["reasons"] if row["clear"]]
    if not rows:
        return f"No reason is named clearly more or less since the change of {verdict['changed_on']} than before it."
    told = listed(_shift(row) for row in rows[:NAMED])
    return f"Since the change of {verdict['changed_on']}, {told}. Nothing here shows that the change did it: there is no control."


def _shift(row: Mapping[str, Any]) -> str:
    way = "more" if row["more"] else "less"
    if row["value"] is None:
        return f"'{row['reason']}' is named {way} often"
    span = between(row["change_low"], row["change_high"], "percent", signed=True)
    return (
        f"'{row['reason']}' is named {way} often: by {level(row['value'], 'percent')} after {level(row['other'], 'percent')} "
        f"({change(row['change'], 'percent')}; {span})"
    )


def next_sentence(verdict: Verdict) -> str:
    """What to do next, by what was seen."""
    steps = []
    if verdict["response"]["value"] < HALF:
        silent = [_group(row) for row in verdict["response_by"] if not row["more"]][:NAMED]
        who = f", first in {listed(silent)}" if silent else ""
        steps.append(f"ask a sample of the silent again{who}, as nothing narrows the bounds but more answers")
    if verdict["top"]["clear"]:
        steps.append(f"look at what '{verdict['top']['reason']}' means with a few of those who said so")
    if verdict["pairs"]["clear"]:
        row = verdict["pairs"]["clear"][0]
        steps.append(
            f"try an offer that answers '{row['reason']}' on a part of {_group(row)}, drawn by lot, before it is rolled out"
        )
    return f"What to do next: {'; '.join(steps)}." if steps else ""


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Response, the leading reason, its bounds, what moved and what stands out."""
    rate = verdict["response"]["value"]
    counts = f"{amount(verdict['answered'])} of {amount(verdict['asked'])} asked"
    return [("answered", level(rate, "percent"), counts), *_leading_tiles(verdict), *_clear_tiles(verdict)]


def _leading_tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    first, weighted = verdict["reasons"][0], bool(verdict["weighted_by"])
    if first["hidden"]:
        return []
    name, of = ("weighted", "weighted to all asked") if weighted else ("share", "of those who answered")
    span = between(first[f"{name}_low"], first[f"{name}_high"], "percent", signed=False)
    bounds = between(first["least"], first["most"], "percent", signed=False)
    told = [(first["reason"], level(first[name], "percent"), f"{of}; {sure(verdict)} {span}")]
    silent = ("if the silent are counted", bounds, f"of all asked could name '{first['reason']}'")
    return [*told, silent] if verdict["answered"] < verdict["asked"] else told


def _clear_tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """What moved most clearly, and which group stands out most."""
    moved = [row for row in (verdict["moved"] or {"reasons": []})["reasons"] if row["clear"] and row["value"] is not None][:1]
    pairs = [row for row in verdict["pairs"]["clear"] if row["value"] is not None][:1]
    shown = []
    for row in moved:
        levels = f"{level(row['other'], 'percent')} before, {level(row['value'], 'percent')} after"
        shown.append((f"{row['reason']}, since {verdict['changed_on']}", change(row["change"], "percent"), levels))
    for row in pairs:
        others = f"in the others {level(row['other'], 'percent')}; a hypothesis"
        shown.append((f"{row['reason']}, in {_group(row)}", level(row["value"], "percent"), others))
    return shown


def dots_said(spec: Verdict) -> dict[str, str]:
    """The dot plot of reasons: which leads, and how far the bounds reach."""
    rows = [row for row in spec["rows"] if not row["hidden"]]
    if not rows:
        text = "No reason was named by 5 people or more, so none is drawn."
    else:
        first, last = rows[0], rows[-1]
        text = f"Of those who answered, {level(first['share'], 'percent')} name '{first['reason']}'"
        text += f" and {level(last['share'], 'percent')} '{last['reason']}'" if last is not first else ""
        text += f"{_could_be(first)}."
        text += _apart(rows) if spec["weighted"] else ""
    return {"says": text, "alt": f"Dot plot of the reasons, each with its interval and its bounds for all asked. {text}"}


def _could_be(row: Mapping[str, Any]) -> str:
    """How far the silent could move a reason; nothing where nobody was silent."""
    bounds = between(row["least"], row["most"], "percent", signed=False)
    return f"; of all asked '{row['reason']}' could be anything from {bounds}" if row["least"] < row["most"] else ""


def _apart(rows: list[Mapping[str, Any]]) -> str:
    """Where weighting moves a share most."""
    row = max(rows, key=lambda row: abs(row["weighted"] - row["share"]))
    before, after = (level(row[name], "percent") for name in ("share", "weighted"))
    moved = f"'{row['reason']}' most, from {before} to {after}" if before != after else "no share"
    return f" Weighting moves {moved}."


def response_said(spec: Verdict) -> dict[str, str]:
    """The response by segment: who answers most and least."""
    rows = [row for row in spec["rows"][1:] if row["rate"] is not None]
    text = f"Of all asked {level(spec['rows'][0]['rate'], 'percent')} answered"
    most, least = (which(rows, key=lambda row: row["rate"], default=None) for which in (max, min))
    if most and least and most["rate"] > least["rate"]:
        text += f": in {_group(most)} {level(most['rate'], 'percent')}, in {_group(least)} {level(least['rate'], 'percent')}"
    clear = [_group(row) for row in rows if row["mark"] == "differs"]
    who = f"{capital(listed(clear))} {agreed(len(clear), 'differs', 'differ')}" if clear else "None differs"
    text += f". {who} clearly from the others." if len(rows) > 1 else "."
    return {"says": text, "alt": f"Dot plot of the response rate by segment with intervals. {text}"}


def shift_said(spec: Verdict) -> dict[str, str]:
    """The dumbbell of before and after: what moved most."""
    rows = [row for row in spec["rows"] if row["change"] is not None]
    if not rows:
        text = "The case names no change with enough answers on both sides, so before and after are not compared."
    else:
        most = max(rows, key=lambda row: abs(row["change"]))
        text = f"Of {counted(len(rows), 'reason')}, '{most['segment']}' moved most: {change(most['change'], 'percent')}."
        text += " The intervals hold together." if len(rows) > 1 else ""
    return {"says": text, "alt": f"Dumbbell chart of the reasons before and after the change. {text}"}


SENTENCES: list[Callable[[Verdict], str]] = [
    headline, response_sentence, silent_sentence, top_sentence, pairs_sentence, moved_sentence, next_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "response": response_sentence, "silent": silent_sentence, "top": top_sentence, "pairs": pairs_sentence,
    "moved": moved_sentence, "next": next_sentence,
}  # fmt: skip
