"""News: what of a case was not known when it was last watched: a signal, a band, a past that was written anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpikit.errors import TableError
from kpikit.report.watch.seen import LOUDNESS, Measure, Seen

Told = dict[str, Any]
#: what is known of a measure until the next watch
KEPT = ("name", "basis", "at", "value", "band", "signal", "flags", "past")


def news(then: Mapping[str, Measure], now: Seen) -> Told:
    """What is new of each measure that was known and counts the same: `items`, and remarks that are no news.

    An item holds the measure now, as it was (`was`), and whether its `signal` or `band` is new. Raises TableError where the
    table no longer holds the last period that was known.
    """
    both = [(then[measure["name"]], measure) for measure in now.measures if measure["name"] in then]
    same = [(was, measure) for was, measure in both if was["basis"] == measure["basis"]]
    for was, measure in same:
        _refuse_shorter(now, was, measure)
    items: list[Told] = [
        {"was": was, "now": measure, "signal": _signal(was, measure), "band": _band(was, measure)} for was, measure in same
    ]
    names = [measure["name"] for measure in now.measures]
    return {
        "items": [item for item in items if item["signal"] or item["band"]],
        "unsure": [item for item in items if _leans(item["was"], item["now"])],
        "restated": [told for was, measure in same if (told := _restated(was, measure))["periods"]],
        "other": [measure["name"] for was, measure in both if was["basis"] != measure["basis"]],
        "added": [name for name in names if name not in then],
        "gone": [name for name in then if name not in names],
    }


def kept(then: Mapping[str, Measure], measures: Sequence[Measure]) -> dict[str, Measure]:
    """What is known from now on: of a band that is too close to call the one that was told last."""
    told = [(measure["name"], {name: measure[name] for name in KEPT}, measure) for measure in measures]
    return {name: {**known, "band": _settled(then.get(name), measure)} for name, known, measure in told}


def _settled(was: Measure | None, now: Measure) -> str | None:
    known: str | None = was["band"] if was and was["basis"] == now["basis"] else None
    band: str | None = now["band"]
    return known if known and not now["sure"] else band


def _signal(was: Measure, now: Measure) -> bool:
    """Whether a signal is new: louder than it was, or begun at another period or on the other side; one that stands is not."""
    return LOUDNESS[now["loudest"]] > LOUDNESS[was["signal"]] or any(_begun(was, now))


def _begun(was: Measure, now: Measure) -> Iterator[str]:
    """The periods at which a run of flagged periods begins that was not known."""
    flags, order = {**was["flags"], **now["flags"]}, list(now["past"])
    for period, way in now["flags"].items():
        place = order.index(period)
        goes_on = place > 0 and flags.get(order[place - 1]) == way
        if was["flags"].get(period) != way and not goes_on:
            yield period


def _band(was: Measure, now: Measure) -> bool:
    return bool(was["band"] and now["band"] and was["band"] != now["band"] and now["sure"])


def _leans(was: Measure, now: Measure) -> bool:
    return bool(was["band"] and now["band"] and was["band"] != now["band"] and not now["sure"])


def _restated(was: Measure, now: Measure) -> Told:
    """The periods that were known and now hold other counts."""
    changed = {period: [counts, now["past"].get(period)] for period, counts in was["past"].items()}
    different = {period: pair for period, pair in changed.items() if pair[0] != pair[1]}
    return {"name": now["name"], "unit": now["unit"], "counted": bool(now["counts"]), "periods": different}


def _refuse_shorter(seen: Seen, was: Measure, now: Measure) -> None:
    if was["at"] not in now["past"]:
        raise TableError(
            f"{seen.case_id}: {now['name']} has no value of {was['at']}, which the last watch saw; its last is of {now['at']}: "
            "give the whole table again, or begin anew by deleting what is known"
        )
