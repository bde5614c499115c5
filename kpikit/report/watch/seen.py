"""What a watch sees: each measure of a case where it stands now, as plain values; no notebook runs and nothing is drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.cases import Case
from kpikit.errors import CaseError
from kpikit.measuring import measure_also, measure_case
from kpikit.measuring.related import measure_related
from kpikit.questions.before_after import before_after
from kpikit.questions.standing.followed import SEEN, Followed
from kpikit.questions.standing.lines import bands_told, name_of
from kpikit.questions.verdicts import cadence_of, side
from kpikit.report.scored import scored
from kpikit.series import KpiSeries
from kpikit.shapes.ratio import Ratio

Measure = dict[str, Any]
Review = tuple[str, Mapping[str, str]]  # its signal, and its flags
#: what of a measure's line is told and kept
TOLD = ("name", "unit", "at", "value", "low", "high", "band", "signal")
#: how loud a signal is
LOUDNESS = {"not known": 0, "routine": 0, "unusual": 1, "level moved": 2}


@dataclass(frozen=True)
class Seen:
    """A case as of a day: its measures, the checks that ask for attention, and what to do next, each a sentence."""

    case_id: str
    title: str
    as_of: str
    measures: tuple[Measure, ...]
    checks: tuple[str, ...]
    next_step: str


def refuse_unwatched(case: Case) -> None:
    """CaseError for a case whose answer has no signal and no band, or that stands for many reports."""
    if case.question not in WATCHED:
        raise CaseError(
            f"{case.id}: it asks '{case.question}', which has no signal to watch; what is watched is a "
            f"{words.listed(WATCHED, 'or')}: write one of its KPI with kpikit new-case TABLE --question scorecard"
        )
    if case.for_each:
        raise CaseError(
            f"{case.id}: it is a report for each {words.listed(case.grid)}, and a watch is about one; copy it without for_each "
            'and with only = { COLUMN = "VALUE" }'
        )


def seen(case: Case, ends: Mapping[str, str] | None = None) -> Seen:
    """Where each measure of a case stands, and what it showed since the last period that was known, of each by its name (`ends`).

    Raises CaseError and TableError as its report would fail.
    """
    answer, measures = WATCHED[case.question](case, ends or {})
    checks = tuple(f"{check.name}: {check.sentence}" for check in answer.checks if check.passed is False)
    step = words.decision_sentence(answer.verdict) if case.question == "before_after" else str(answer.say("next"))
    return Seen(case.id, case.title, words.day(case.as_of), tuple(measures), checks, step)


def _of_scorecard(case: Case, ends: Mapping[str, str]) -> tuple[Answer, list[Measure]]:
    series, also, related = measure_case(case), measure_also(case), measure_related(case)
    answer = scored(case, series, also, related)
    followed: list[tuple[KpiSeries | Ratio, Followed]] = [
        *((own, Followed.of_series(own, cadence_of(own, case.review_every))) for own in (series, *also.values())),
        *((ratio, Followed.of_ratio(ratio, cadence_of(series, case.review_every))) for ratio in related.values()),
    ]
    rows = zip(answer.verdict["rows"], followed, strict=True)
    told = [(row, source, course.seen_after(ends.get(row["name"], ""))) for row, (source, course) in rows]
    return answer, [_measure(case, row, source, reviews) for row, source, reviews in told]


def _of_before_after(case: Case, _: Mapping[str, str]) -> tuple[Answer, list[Measure]]:
    assert case.changed_on is not None
    series = measure_case(case)
    answer = before_after(series, case.changed_on, **case.choices)
    course, signal = answer.more["course"], answer.verdict["signal"]
    usable = course[course["status"] == "ok"]
    fired = usable[(usable["side"] == "after") & usable["rule"].fillna("").ne("")]
    flags = {words.when(row["period"]): "above" if row["value"] > signal["centre"] else "below" for _, row in fired.iterrows()}
    told = {"name": name_of(series), "unit": series.kpi.unit, "signal": SEEN[signal["seen"]], "bands": bands_told(series)}
    told |= {"at": words.when(usable["period"].iloc[-1]), "review": answer.verdict["review"], "numerator_name": "counted"}
    return answer, [_measure(case, told | side(usable.iloc[-1]), series, [(str(told["signal"]), flags)], usable)]


WATCHED = {"before_after": _of_before_after, "scorecard": _of_scorecard}


def _measure(
    case: Case, row: Mapping[str, Any], source: KpiSeries | Ratio, reviews: Sequence[Review], usable: pd.DataFrame | None = None
) -> Measure:
    """A line as it is told and kept: where it stands, whether its band is sure, what its chart flags, and its past counts.

    Flags and the `loudest` signal are those of all `reviews`, `signal` is that of the last one.
    """
    total = source.total() if isinstance(source, KpiSeries) else source
    rows = total.usable if usable is None else usable
    counts = {name: str(plain(row[name])) for name in ("numerator", "denominator", "less") if row.get(name) is not None}
    past = zip(rows["period"], rows["numerator"], rows["denominator"], strict=True)
    return {name: plain(row[name]) for name in TOLD} | {
        "basis": _basis(case, source), "sure": _sure(row, rows),
        "flags": {period: way for _, flags in reviews for period, way in flags.items()},
        "loudest": max([row["signal"], *(signal for signal, _ in reviews)], key=LOUDNESS.__getitem__),
        "counts": counts if row["numerator_name"] else {}, "grows": bool(row.get("grows")),
        "review": words.due_said(row["review"]), "owner": row["review"]["owner"],
        "past": {words.when(period): [str(plain(n)), str(plain(d))] for period, n, d in past},
    }  # fmt: skip


def _sure(row: Mapping[str, Any], rows: pd.DataFrame) -> bool:
    """Whether the band is more than luck: the whole interval lies in it, or, without one, the period before does too."""
    if row["band"] is None:
        return False
    if row["low"] is None or row["high"] is None:
        return len(rows) > 1 and rows["band"].iloc[-2] == row["band"]
    (band,) = [band for band in row["bands"] if band["name"] == row["band"]]
    return (band["from"] is None or row["low"] >= band["from"]) and (band["to"] is None or row["high"] <= band["to"])


def _basis(case: Case, source: KpiSeries | Ratio) -> str:
    """What a measure counts: where that is another thing than it was, nothing is compared."""
    own = (
        [source.kpi.id, source.variant.id, source.window, bands_told(source)]
        if isinstance(source, KpiSeries)
        else ["a ratio of its own", *source.parts]
    )
    return json.dumps([*own, source.period, plain(case.only)], ensure_ascii=False)
