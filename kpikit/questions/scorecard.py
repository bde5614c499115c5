"""Where do we stand? Every KPI of a case with its band, marks, signal and change since its last review; related ones beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import combinations
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.cases import Entry
from kpikit.questions.standing.lines import Line, as_family, line_of, line_of_ratio, name_of, owned, reviews_of, table_of
from kpikit.questions.verdicts import change_of, changes, head, log_checks, method_check, side
from kpikit.series import KpiSeries, behind
from kpikit.shapes.ratio import Ratio

SPAN = 3  # periods pooled on each side of "lately"


def scorecard(
    series: KpiSeries,
    *,
    also: Mapping[str, KpiSeries] | None = None,
    related: Mapping[str, Ratio] | None = None,
    benchmark: str | None = None,
    target: Decimal | float | None = None,
    owner: str = "",
    targets: Mapping[str, float] | None = None,
    benchmarks: Mapping[str, str] | None = None,
    owners: Mapping[str, str] | None = None,
    review_every: str | None = None,
    log: Sequence[Entry] = (),
) -> Answer:
    """Where the case's KPI, its `also` and the user's own `related` ratios stand, and which changed since their last review.

    One line a measure: the latest complete period with its interval, band, target and benchmark; the last complete review
    period (by the KPI's cadence) against the one before, with its p-value, adjusted for how many were compared (Benjamini and
    Hochberg 1995); the signal; the next review and whose it is. `targets`, `benchmarks` and `owners` are those of single
    measures, by their ids or names. The `log` of the case says when they were last reviewed, `review_every` how often they are,
    where not by each KPI's own cadence. Raises CaseError where a measure holds no value, or a choice names none.
    """
    also, related = also or {}, related or {}
    names = [*also, *related]
    goals, marks, whose = (
        owned(told, names, key) for told, key in ((targets, "targets"), (benchmarks, "benchmarks"), (owners, "owners"))
    )
    line, own_line = (partial(told, every=review_every, log=log) for told in (line_of, line_of_ratio))
    first = line(series, owner, target, benchmark)
    lines = [first, *(line(other, whose.get(key, owner), goals.get(key), marks.get(key)) for key, other in also.items())]
    lines += [own_line(ratio, series, whose.get(name, owner)) for name, ratio in related.items()]
    judged, family = as_family(lines)
    verdict = head(series.kpi, series.variant, series.window) | _own(first) | {"rows": judged, "family": family}
    total = series.total()
    verdict |= {"as_of": words.day(series.as_of), "period": series.period, "lately": _lately(total)}
    verdict |= {"behind": behind(series, total.usable["period"].iloc[-1])}
    checks = (
        *_family_checks(verdict),
        *_twice(related),
        *_lately_checks(series, verdict),
        *log_checks(log, series.as_of),
        *series.checks,
        *_of_others(also, related),
    )
    parts = pd.concat([_latest(part) for part in _parts(series)], ignore_index=True)
    more = {"course": total.table, "segments": parts, "courses": _courses(series, also, related), "reviews": reviews_of(judged)}
    return Answer("scorecard", verdict, table_of(judged), checks, more)


def _own(line: Line) -> Line:
    """What the verdict says of the case's own KPI."""
    return {
        name: line[name]
        for name in (
            "numerator",
            "denominator",
            *(["less"] if "less" in line else []),
            "value",
            "low",
            "high",
            "band",
            "at",
            "target",
            "benchmark",
            "review",
        )
    }


def _lately(series: KpiSeries) -> dict[str, Any] | None:
    """The last SPAN usable periods pooled against the SPAN before them; None where there are too few in a row."""
    periods = sorted(series.usable["period"].unique())
    if len(periods) < 2 * SPAN or (periods[-1] - periods[-2 * SPAN]).n != 2 * SPAN - 1:
        return None
    halves = {"before": periods[-2 * SPAN : -SPAN], "after": periods[-SPAN:]}
    rows = series.rows[series.rows["period"].isin(periods[-2 * SPAN :])]
    pooled = series.pool(rows.assign(half=rows["period"].isin(halves["after"])), ["half"])
    moved = changes(pooled.iloc[[0]].reset_index(drop=True), pooled.iloc[[1]].reset_index(drop=True)).iloc[0]
    sides = {name: side(pooled.iloc[i]) for i, name in enumerate(halves)}
    return sides | change_of(moved) | {"span": SPAN}


def _parts(series: KpiSeries) -> list[KpiSeries]:
    return [series.total(), series] if series.segments else [series]


def _latest(series: KpiSeries) -> pd.DataFrame:
    rows = series.usable[series.usable["period"] == series.usable["period"].max()]
    cut = rows[list(series.segments)].apply(lambda row: ", ".join(map(str, row)), axis=1) if series.segments else "all"
    labelled: pd.DataFrame = rows.assign(segment=cut)
    return labelled[["segment", "period", "numerator", "denominator", "value", "low", "high", "band"]]


def _courses(series: KpiSeries, also: Mapping[str, KpiSeries], related: Mapping[str, Ratio]) -> pd.DataFrame:
    """Every measure by period, one below the other; without a value where it has none."""
    columns = ["measure", "period", "numerator", "denominator", "value", "status"]
    each = [(name_of(one), one.total().table) for one in (series, *also.values())] + [(r.name, r.table) for r in related.values()]
    return pd.concat([rows.assign(measure=name)[columns].astype(object) for name, rows in each], ignore_index=True)


def _family_checks(verdict: Mapping[str, Any]) -> list[Check]:
    """How the changes were judged, and what was not looked at."""
    rows, told = verdict["rows"], []
    silent = [row["name"] for row in rows if row["since"] is None or row["since"]["p_value"] is None]
    if silent and len(rows) > 1:
        said = f"Of {words.listed(silent)} the change since the last review is not judged: too few review periods, or all alike."
        told.append(Check("not compared", None, said))
    if len(rows) > 1 and len(silent) < len(rows):
        less, composed = (
            any(row["numerator_name"] and "less" in row for row in rows),
            any(not row["numerator_name"] for row in rows),
        )
        more = [*(["gains less losses"] if less else []), *(["composed KPIs"] if composed else [])]
        said = (
            "Each change is judged by its counts and by how much the measure changed from review to review before; of "
            f"{words.listed(['amounts', 'stocks', *more, 'your own ratios'])} by the latter alone."
        )
        told += [Check("how changes are judged", True, said)]
    if own := [row["name"] for row in rows if row["own"]]:
        are, them = words.agreed(len(own), "is a ratio", "are ratios"), words.agreed(len(own), "it", "them")
        told.append(Check("own ratios", None, f"{words.listed(own)} {are} of your own: no catalog defines {them}."))
    return told


def _twice(related: Mapping[str, Ratio]) -> list[Check]:
    """The ratios of one denominator that add up to 1 in every period, as retention and churn do: one thing, compared twice."""
    told = []
    for (one, a), (other, b) in combinations(related.items(), 2):
        if a.parts[-1] == b.parts[-1] and not (a.grows or b.grows) and _add_to_one(a, b):
            said = f"{one} and {other} add up to 1 in every {a.period}: they are one measure, and count as two comparisons."
            told.append(Check("the same twice", False, said))
    return told


def _add_to_one(a: Ratio, b: Ratio) -> bool:
    both = a.usable.merge(b.usable, on="period", suffixes=("", "_other"))
    return bool(len(both)) and bool((both["numerator"] + both["numerator_other"] == both["denominator"]).all())


def _of_others(also: Mapping[str, KpiSeries], related: Mapping[str, Ratio]) -> list[Check]:
    """What the other measures' tables did not pass, each said with its name."""
    others = [(name_of(series), series.checks) for series in also.values()] + [(r.name, r.table_checks) for r in related.values()]
    return [
        Check(check.name, check.passed, f"{name}: {check.sentence}")
        for name, checks in others
        for check in checks
        if not check.passed
    ]


def _lately_checks(series: KpiSeries, verdict: dict[str, Any]) -> list[Check]:
    if verdict["lately"] is None:
        return [
            Check(
                "lately",
                None,
                f"Fewer than {2 * SPAN} {series.period}s in a row with a value: nothing is said about how it moved lately.",
            )
        ]
    season = Check(
        "season", None, f"Not checked: {SPAN} {series.period}s against the {SPAN} before can differ by the time of year alone."
    )
    return [method_check(series.variant.computes.noise, verdict["lately"]["change"]), season]
