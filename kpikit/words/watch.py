"""The words of a watch: a note to send about what is new, what stands at the first watch, and that nothing is new."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from kpikit.words.dates import during, the
from kpikit.words.naming import counts_of
from kpikit.words.scorecard import SEEN
from kpikit.words.seen import visible
from kpikit.words.writing import agreed, amount, between, counted, level, listed

Told = Mapping[str, Any]
WIDTH, HANG = 88, 16
#: how often luck alone does what is called a signal: of limits from 12 points and from very many (see stats.signal)
BY_LUCK = "How sure a signal is: by luck alone 0.3 to 2 of 100 routine periods lie outside their limits; {} watched here."
UNKNOWN = "no interval can be given"
MOST_PERIODS = 4  # restated ones that are told one by one


def note(told: Told) -> list[str]:
    """What is new in a case, as lines of plain text to send: what, from what to what, counts, how sure, what next."""
    new = sum(item["signal"] + item["band"] for item in told["items"])
    lines = [told["title"], f"{_head(told)}: {counted(new, 'thing')} {agreed(new, 'is', 'are')} new since {_last(told)}.", ""]
    for number, item in enumerate(told["items"], start=1):
        lines += [*_item(number, item), ""]
    if any(item["signal"] for item in told["items"]):
        lines += _wrapped(BY_LUCK.format(counted(len(told["measures"]), "measure")), "- ")
    lines += _bulleted(remarks(told))
    lines += [line for check in told["checks"] for line in _wrapped(f"To look at: {check}", "- ")]
    lines += _wrapped(told["next_step"])
    case = f'"{told["given"]}"' if " " in told["given"] else told["given"]
    lines += [f"The whole report: kpikit report {case} --as-of {told['as_of']} --open"]
    return [visible(line) for line in lines]


def nothing(told: Told) -> list[str]:
    """That nothing is new, and what was seen that is no news."""
    ends = sorted({measure["at"] for measure in told["measures"]})
    measures = counted(len(told["measures"]), "measure")
    lines = [f"{_head(told)}: nothing is new since {_last(told)} ({measures}, to {listed(ends)}).", *_bulleted(remarks(told))]
    return [visible(line) for line in lines]


def baseline(told: Told) -> list[str]:
    """Where each measure stands at the first watch: what is told later is told against this."""
    lines = [f"{_head(told)}: the first watch. What is new is told from now on, against this:"]
    lines += _bulleted(_standing(measure) for measure in told["measures"])
    return [visible(line) for line in lines]


def remarks(told: Told) -> list[str]:
    """What is no news, and should be known: a past that was written anew, bands too close to call, other measures."""
    lines = [_restated(measure) for measure in told["restated"]]
    lines += [_unsure(item) for item in told["unsure"]]
    for names, what in (
        ("other", "counts something else than at the last watch"),
        ("added", "was not there at the last watch"),
        ("gone", "is no longer there"),
    ):
        anew = "" if names == "gone" else ": from now on it is watched against where it stands now"
        lines += [f"{name} {what}{anew}." for name in told[names]]
    return lines


def _head(told: Told) -> str:
    return f"{told['case_id']}, as of {told['as_of']}"


def _last(told: Told) -> str:
    return "the watch of the same day" if told["last"] == told["as_of"] else f"the watch as of {told['last']}"


def _item(number: int, item: Told) -> list[str]:
    """One measure of which something is new."""
    was, now = item["was"], item["now"]
    moved = f", was {level(was['value'], now['unit'])} {during(was['at'])}" if was["at"] != now["at"] else ""
    rows = [("signal", _signal(was, now)), ("band", _band(was, now, item["band"])), ("counts", _counts(now))]
    rows += [("how sure", _sure(now, item["band"])), ("next review", _review(now))]
    head = f"{number}. {now['name']}: {level(now['value'], now['unit'])} {during(now['at'])}{moved}"
    return [*_wrapped(head), *(line for name, text in rows if text for line in _wrapped(text, f"   {name}".ljust(HANG)))]


def _signal(was: Told, now: Told) -> str:
    """The signal with the periods that carry it, and what it was."""
    if now["loudest"] not in SEEN:
        return str(now["signal"])
    places = [f"{the(period)} {way}" for period, way in now["flags"].items()]
    carried = f": {listed(places)} what is usual" if places else ""
    if now["signal"] != now["loudest"]:
        return f"now {SEEN.get(now['signal'], now['signal'])}; since the last watch {SEEN[now['loudest']]}{carried}"
    before = "" if was["signal"] == now["signal"] else f" (was {was['signal']})"
    return f"{SEEN[now['signal']]}{before}{carried}"


def _band(was: Told, now: Told, new: bool) -> str:
    return f"{now['band']} (was {was['band']})" if new else str(now["band"] or "")


def _counts(now: Told) -> str:
    if not now["counts"]:
        return ""
    if now["grows"]:
        return f"{amount(now['counts']['numerator'])} after {amount(now['counts']['denominator'])}"
    return counts_of(now["counts"], unit=now["unit"])


def _sure(now: Told, new_band: bool) -> str:
    """The interval, and how it lies to a new band."""
    span = between(now["low"], now["high"], now["unit"], signed=False)
    inside = "it lies wholly in the new band" if span else "the value lay in the new band twice running"
    return "; ".join([f"95% interval {span}" if span else UNKNOWN, *([inside] if new_band else [])])


def _review(now: Told) -> str:
    return f"{now['review']}{', ' + now['owner'] if now['owner'] else ''}"


def _standing(measure: Told) -> str:
    band = f", {measure['band']}" if measure["band"] else ""
    signal = SEEN.get(measure["signal"], measure["signal"])
    return f"{measure['name']}: {level(measure['value'], measure['unit'])} {during(measure['at'])}{band}; signal: {signal}"


def _unsure(item: Told) -> str:
    was, now = item["was"], item["now"]
    span = between(now["low"], now["high"], now["unit"], signed=False)
    why = f"its 95% interval, {span}, reaches beyond that band" if span else "it did so in one period alone"
    return (
        f"{now['name']} lies in '{now['band']}' ({level(now['value'], now['unit'])} {during(now['at'])}), which is too close to "
        f"call: {why}; the band last told is '{was['band']}'."
    )


def _restated(measure: Told) -> str:
    """The periods of the past whose counts were written anew."""
    periods = list(measure["periods"].items())
    told = [_rewritten(period, old, new, measure) for period, (old, new) in periods[:MOST_PERIODS]]
    more = [counted(len(periods) - MOST_PERIODS, "more period")] if len(periods) > MOST_PERIODS else []
    return f"The past of {measure['name']} was restated: {listed([*told, *more])}. What is new may come from that alone."


def _rewritten(period: str, old: list[str], new: list[str] | None, measure: Told) -> str:
    """One period, as it was and is."""
    if new is None:
        return f"{period} has no value any more"
    if not measure["counted"]:
        return period
    counts = [counts_of(dict(zip(("numerator", "denominator"), pair, strict=True)), unit=measure["unit"]) for pair in (old, new)]
    return f"{period} from {counts[0]} to {counts[1]}"


def _bulleted(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in _wrapped(text, "- ")]


def _wrapped(text: str, lead: str = "") -> list[str]:
    """Lines of a width that a mail keeps; those after the first stand under it."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_long_words=False, break_on_hyphens=False
    )
