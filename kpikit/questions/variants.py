"""How much does the definition matter? One table under each variant of a KPI, side by side: levels, and what a change did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.moments import as_moment
from kpikit.questions.effects.sides import Sides, one_sided, pooled_sides, sided_rows, sides_of, told_apart_for
from kpikit.questions.standing.lines import bands_told
from kpikit.questions.verdicts import change_of, head, known, side
from kpikit.series import KpiSeries
from kpikit.shapes.readings import Readings
from kpikit.stats.agreement import Apart, moved_apart
from kpikit.stats.intervals import CONFIDENCE
from kpikit.stats.multiple import holm

CLEAR_AT = 1 - CONFIDENCE
WORTH_SAYING = 0.05  # readings whose relative changes differ by less lead to no other decision
NOTHING = {"value": None, "low": None, "high": None}
Row = dict[str, Any]
POOLED = "Each reading pools all of its own complete periods; followed customers whose window was not over are left out."
PLAIN = (
    "The changes are plain, before against after: trend, season and mix are not taken out; a before/after does that for one "
    "variant."
)
COMPARED = (
    "Whether a reading moved apart is told by its ratio to the case's own by period (Welch 1947; Holm 1979), and over "
    "{worth_saying} only; periods are taken as independent."
)


def variants(readings: Readings, *, changed_on: date | str | None = None, transition_periods: int = 0) -> Answer:
    """What the same table says under each variant of a KPI, and whether what a change did depends on the variant.

    Each value pools all complete periods of its variant; of followed customers all whose window was over. With `changed_on`
    the plain change is given for each, and against the case's own variant how many times more it grew: Welch's test on the
    ratio by period, Holm-adjusted (1979), said to differ where it is clear and over 5 %. Raises CaseError where the case's own
    variant holds no value.
    """
    own = readings[readings.chosen]
    rows = [_row(name, series, readings.chosen) for name, series in readings.items()]
    if rows[0]["value"] is None:
        raise CaseError(f"{own.kpi.id}: no complete period of '{readings.chosen}' holds a value, so there is nothing to compare")
    rows, same = _without_same(rows, readings)
    moment = None if changed_on is None else as_moment(changed_on)
    if moment is not None:
        rows = _with_changes(rows, readings, moment, transition_periods)
    verdict = head(own.kpi, own.variant, own.window) | {
        "as_of": words.day(readings.as_of),
        "chosen": readings.chosen,
        "rows": rows,
    }
    verdict |= {"changed_on": None if moment is None else words.day(moment), "spread": _spread(rows), "same": same}
    verdict |= {"refused": dict(readings.refused), "equal": _equal(rows)}
    if moment is not None and any((series.total().usable["value"] < 0).any() for series in readings.values()):
        verdict["below_zero"] = True
    verdict |= {"apart": [row["id"] for row in rows if row.get("differs")], "worth_saying": WORTH_SAYING}
    checks = (*_checks(verdict), *own.checks)
    more = {"changes": _changes(rows, moment), "periods": _periods(rows), "refused": _refused(readings)}
    return Answer("variants", verdict, _table(rows, own.kpi.unit), checks, more, readings.source)


def _row(name: str, series: KpiSeries, chosen: str) -> Row:
    """A reading's value over all its complete periods, what it counts, over which window, and the bands of its own."""
    total, own = series.total(), series.variant.computes
    rows = total.rows if own.counts == "cohort" else total.rows[total.rows["period"].isin(total.usable["period"])]
    parts = {"numerator_name": own.numerator, "denominator_name": own.denominator, "counts": own.counts, "window": series.window}
    parts |= {"less_name": own.less} if own.less else {}
    told = {
        "id": name,
        "variant": series.variant.id,
        "name": series.variant.name,
        "own": name == chosen,
        **parts,
        "bands": bands_told(series),
    }
    if rows.empty:
        return told | {"numerator": 0, "denominator": 0, **NOTHING, "band": None, "first": "", "last": "", "left_out": 0}
    pooled = side(total.pool(rows.assign(all="all"), ["all"]).astype(object).iloc[0])
    span = {"first": words.when(rows["period"].min()), "last": words.when(rows["period"].max())}
    left_out = int(rows["censored"].sum()) if "censored" in rows else 0
    return told | pooled | span | {"left_out": left_out}


def _without_same(rows: list[Row], readings: Readings) -> tuple[list[Row], list[str]]:
    """The rows without the choices of counting that change no count, and these choices."""
    own = readings[readings.chosen].total().counts[["period", "numerator", "denominator"]]
    same = [
        row["id"]
        for row in rows
        if row["id"] != row["variant"] and readings[row["id"]].total().counts[["period", "numerator", "denominator"]].equals(own)
    ]
    return [row for row in rows if row["id"] not in same], [name.partition(", ")[2] for name in same]


def _equal(rows: list[Row]) -> list[list[str]]:
    """Groups of readings with the very same counts and window."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for row in rows:
        groups.setdefault((row["numerator"], row["denominator"], row["window"], row["first"], row["last"]), []).append(row["id"])
    return [names for names in groups.values() if len(names) > 1]


def _spread(rows: list[Row]) -> dict[str, Any] | None:
    """The lowest and the highest reading, and what lies between them."""
    there = [row for row in rows if row["value"] is not None]
    if len(there) < 2:
        return None
    low, high = (pick(there, key=lambda row: row["value"]) for pick in (min, max))
    ends = {name: {"id": row["id"], "name": row["name"], "value": row["value"]} for name, row in (("low", low), ("high", high))}
    return ends | {"gap": high["value"] - low["value"], "times": high["value"] / low["value"] if low["value"] else None}


def _with_changes(rows: list[Row], readings: Readings, change: datetime, transition_periods: int) -> list[Row]:
    """The rows with the plain change of each, and how it differs from that of the case's own reading."""
    told = {row["id"]: _sides_of(readings[row["id"]], change, transition_periods) for row in rows}
    courses = {name: _by_period(series, sides) for name, (series, sides) in told.items()}
    own = courses[readings.chosen]
    apart = [_apart(courses[row["id"]], own) for row in rows]
    adjusted = holm([float("nan") if row["own"] else one.p_value for row, one in zip(rows, apart, strict=True)])
    return [
        row | _changed(*told[row["id"]], change) | _differs(row, one, float(p))
        for row, one, p in zip(rows, apart, adjusted, strict=True)
    ]


def _sides_of(series: KpiSeries, change: datetime, transition_periods: int) -> tuple[KpiSeries, Sides]:
    total = told_apart_for(series, change).total()
    return total, sides_of(total, change, transition_periods)


def _changed(total: KpiSeries, sides: Sides, change: datetime) -> Row:
    """The plain change, both sides pooled; none, with the reason, where one side is missing."""
    pooled = pooled_sides(total, sides, [])
    if pooled.empty or not (pooled.at[0, "denominator_before"] and pooled.at[0, "denominator_after"]):
        nothing = {"change": NOTHING, "relative": NOTHING, "direction": "not known", "before": None, "after": None}
        return nothing | {"why": one_sided(total, sides, change).partition(": ")[2]}
    levels = {name: known(pooled.at[0, f"value_{name}"]) for name in ("before", "after")}
    return change_of(pooled.iloc[0]) | levels | {"why": ""}


def _by_period(total: KpiSeries, sides: Sides) -> pd.DataFrame:
    """The value of each period before and after, without followed customers whose window spans the change."""
    rows = sided_rows(total, sides)
    sums = (
        rows.assign(late=rows["side"] == "after")
        .groupby("period")[["numerator", "denominator", "late"]]
        .agg({"numerator": "sum", "denominator": "sum", "late": "max"})
    )
    n, d = (sums[name].astype(float) for name in ("numerator", "denominator"))
    return pd.DataFrame(
        {"value": np.where(d > 0, n / d.where(d > 0), np.nan), "late": sums["late"].astype(bool)}, index=sums.index
    )


def _apart(one: pd.DataFrame, own: pd.DataFrame) -> Apart:
    both = one.join(own["value"].rename("value_own"), how="inner")
    return moved_apart(both["value"], both["value_own"], both["late"])


def _differs(row: Row, apart: Apart, adjusted: float) -> Row:
    """Against the case's own reading: how many times more it grew, and whether that is clear and worth saying."""
    if row["own"]:
        return {"apart": NOTHING, "adjusted": None, "differs": False}
    ends = {"value": known(apart.value), "low": known(apart.low), "high": known(apart.high)}
    clear = bool(np.isfinite(adjusted)) and adjusted < CLEAR_AT and abs(apart.value) > WORTH_SAYING
    return {"apart": ends, "adjusted": known(adjusted), "differs": clear}


def _table(rows: list[Row], unit: str) -> pd.DataFrame:
    """A row a reading; what stands in brackets stands under the rest of its cell."""
    names = ["numerator", "denominator", "value", "low", "high", "band"]
    first = pd.DataFrame({
        "reading": [_over(row) for row in rows],
        "counted": [f"{words.counted_units(row)}\n({words.divided_by(unit)} {row['denominator_name']})" for row in rows],
        "window": [words.per_window(row["window"], row["counts"]) for row in rows],
    })  # fmt: skip
    told = pd.DataFrame([{name: row[name] for name in names} for row in rows])
    return pd.concat([first, told.assign(band=told["band"].fillna("none"))], axis=1)


def _over(row: Row) -> str:
    """A reading with its choice of counting, and that it is the case's own, beneath."""
    variant, _, choice = row["id"].partition(", ")
    beneath = [text for text in (choice, "the case's own" if row["own"] else "") if text]
    return "\n".join([variant, *(f"({text})" for text in beneath)])


def _periods(rows: list[Row]) -> pd.DataFrame:
    """Which periods each reading pools, and how many followed customers it leaves out."""
    return pd.DataFrame({
        "reading": [row["id"] for row in rows],
        "first period": [row["first"] for row in rows], "last period": [row["last"] for row in rows],
        "customers whose window was not over": [row["left_out"] for row in rows],
    })  # fmt: skip


def _changes(rows: list[Row], change: datetime | None) -> pd.DataFrame:
    """What the change did under each reading; no rows where the case names no change."""
    columns = ("change", "relative")
    told = [
        {"reading": row["id"], "before": row["before"], "after": row["after"]}
        | {f"{name}{end}": row[name][key] for name in columns for end, key in (("", "value"), ("_low", "low"), ("_high", "high"))}
        | {"direction": row["direction"], "against the case's own": _against(row)}
        for row in (rows if change is not None else [])
    ]
    return pd.DataFrame(told)


def _against(row: Row) -> str:
    if row["own"]:
        return "the case's own"
    if row["apart"]["value"] is None:
        return "not known"
    value, low, high = (words.relative(row["apart"][end]) for end in ("value", "low", "high"))
    return f"{'moved apart' if row['differs'] else 'not clearly apart'}: {value} ({low} to {high})"


def _refused(readings: Readings) -> pd.DataFrame:
    return pd.DataFrame({"reading": list(readings.refused), "why it cannot be counted": list(readings.refused.values())})


def _checks(verdict: Mapping[str, Any]) -> Iterator[Check]:
    """How the readings were pooled and compared, and what was not looked at."""
    if verdict["refused"]:
        said = f"{words.listed(verdict['refused'])} cannot be counted from this table; the reasons are listed."
        yield Check("not counted", False, said)
    yield Check("pooled", True, POOLED)
    yield Check("same rows", True, "All readings are of one table: a gap between two of them is one of definition, and no luck.")
    if verdict["changed_on"]:
        yield Check("plain change", None, PLAIN)
        yield Check("readings compared", True, COMPARED.format(worth_saying=words.written(f"{WORTH_SAYING:.0%}")))
    else:
        yield Check("change", None, "The case names no change: whether one would look different by variant was not looked at.")
