"""What time of year is it? Whether a KPI has a season, how high its peak lies, what of the last value is season."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.settled import settled
from kpikit.questions.turning.course import Course, course_of, named_phases
from kpikit.questions.turning.parts import Part, part_of, peak_of, state_of
from kpikit.questions.verdicts import change_of, changes, head, known, refuse_composed, side
from kpikit.series import KpiSeries, behind
from kpikit.stats.designs import CYCLES, season_told
from kpikit.stats.multiple import holm
from kpikit.stats.seasonality import Parts, decomposed

YEARLY_FROM = 3  # years of days, before a yearly season would be looked for at all
DAYS = 365.25


def seasons(series: KpiSeries, *, peak: Sequence[str] | None = None) -> Answer:
    """Whether the value, its numerator and denominator have a season, of a year (by days: of a week), and how high its peak is.

    `peak` names the parts of the year or week that are the peak beforehand, as ["11", "12"], ["4"] of quarters or ["saturday"];
    else the highest is looked for, and its interval allows for that. Under three cycles the season cannot be told apart.
    Raises CaseError for years, for a series without a value, and for a peak that is no part of the cycle.
    """
    refuse_composed(series, "seasons")
    whole, left_out = settled(series)
    usable = whole.usable
    if series.period == "year":
        raise CaseError(f"{series.kpi.id}: a year holds all its seasons; measure it by month, quarter, week or day")
    if usable.empty:
        raise CaseError(f"{series.kpi.id}: no period of the series holds a value, so there is no season to look for")
    course = course_of(whole)
    named, told = named_phases(series.kpi.id, course, peak), season_told(course.used, course.cycle)
    parts = _parts(course, named) if told else {}
    drawn = decomposed(course.filled, course.cycle) if told else None
    verdict = head(series.kpi, series.variant, series.window) | {
        "as_of": words.day(series.as_of), "period": series.period, "turn": course.turn, "cycle": course.cycle,
        "cycles": len(course.periods) / course.cycle, "needs": CYCLES, "told": told,
        "parts": [_plain_part(part, course, parts, named) for part in parts.values()],
        "strength": None if drawn is None else {"season": drawn.season_strength, "trend": drawn.trend_strength},
        "trend": None if drawn is None else {"first": float(drawn.trend[0]), "last": float(drawn.trend[-1])},
        "yearly": {"years": len(course.periods) / DAYS, "needs": YEARLY_FROM} if series.period == "day" else None,
        "enough_on": _enough_on(course), "bare": _bare(course), "behind": behind(series, series.usable["period"].max()),
    }  # fmt: skip
    state = verdict["parts"][0]["state"] if told else "cannot be told apart"
    verdict |= {"season": state, "peak": _peak(verdict, course, parts, named), "same": _same(usable, course)}
    verdict["now"] = _now(usable, course, parts)
    more = {
        "course": _course_table(course, drawn, parts),
        "phases": _phase_table(course, parts),
        "years": _years(course),
        "counts": _count_table(verdict),
    }
    return Answer("seasons", verdict, more["phases"], (*_checks(verdict, course, parts), *left_out, *series.checks), more)


def _parts(course: Course, named: np.ndarray | None) -> dict[str, Part]:
    """The season of the value and of each of its counts, with p-values that allow for three being looked at."""
    parts = {name: part_of(course, name, named) for name in ("value", "numerator", "denominator")}
    adjusted = holm([part.p_value for part in parts.values()])
    return {name: part._replace(p_value=float(p)) for (name, part), p in zip(parts.items(), adjusted, strict=True)}


def _plain_part(part: Part, course: Course, parts: Mapping[str, Part], named: np.ndarray | None) -> dict[str, Any]:
    marked = peak_of(parts["value"], named)
    return {
        "name": part.name, "relative": part.relative, "state": state_of(part), "p_value": known(part.p_value),
        "peak": part.height(marked, named), "highest": part.extreme(course.names, np.argmax),
        "lowest": part.extreme(course.names, np.argmin),
    }  # fmt: skip


def _peak(
    verdict: Mapping[str, Any], course: Course, parts: Mapping[str, Part], named: np.ndarray | None
) -> dict[str, Any] | None:
    """Which phases are the peak, how high it lies above the rest, when it comes next; None where there is none to tell."""
    marked = peak_of(parts["value"], named) if parts else named
    if marked is None:
        return None
    after = next(step for step in range(1, course.cycle + 1) if marked[course.phase_after(step)])
    height = verdict["parts"][0]["peak"] if parts else {"value": None, "low": None, "high": None}
    names = [course.names[place] for place in np.flatnonzero(marked)]
    return {
        "names": names,
        "named": named is not None,
        **height,
        "next": words.when(course.periods[-1] + after),
        "of": course.cycle,
    }


def _now(usable: pd.DataFrame, course: Course, parts: Mapping[str, Part]) -> dict[str, Any]:
    """The latest value, and what of it is season."""
    latest = usable.iloc[-1]
    told = side(latest) | {"at": words.when(latest["period"]), "part": course.names[course.phases[-1]], "season": None}
    if not parts or parts["value"].season is None:
        return told
    by_phase, place = parts["value"].season.by_phase, course.phases[-1]
    effect = {name: known(end[place]) for name, end in zip(("value", "low", "high"), by_phase, strict=True)}
    return told | {"season": effect, "without": told["value"] - by_phase.value[place]}


def _same(usable: pd.DataFrame, course: Course) -> dict[str, Any] | None:
    """The latest period against the same one a cycle before, which is fair in any season, and against the one just before."""
    last = usable["period"].iloc[-1]
    rows = {name: usable[usable["period"] == last - back] for name, back in (("cycle", course.cycle), ("step", 1))}
    if rows["cycle"].empty or rows["step"].empty:
        return None
    latest = usable.iloc[[-1]].reset_index(drop=True)
    told = {name: change_of(changes(row.reset_index(drop=True), latest).iloc[0]) for name, row in rows.items()}
    return {
        "at": words.when(last - course.cycle),
        "before": words.when(last - 1),
        **told["cycle"],
        "step": told["step"]["change"],
    }


def _enough_on(course: Course) -> str:
    """The last period that makes three cycles, where there are fewer."""
    return words.when(course.periods[0] + CYCLES * course.cycle - 1)


def _bare(course: Course) -> list[str]:
    """The parts of the cycle that have a value in too few cycles, where there are enough of them."""
    seen = np.bincount(course.phases[course.used], minlength=course.cycle)
    long = len(course.periods) >= CYCLES * course.cycle
    return [course.names[place] for place in np.flatnonzero(seen < CYCLES - 1)] if long else []


def _phase_table(course: Course, parts: Mapping[str, Part]) -> pd.DataFrame:
    """One row a part of the cycle: the value over all cycles pooled, and how far it lies from the mean of all parts."""
    rows = pd.DataFrame({"phase": course.phases, "n": course.numerators, "d": course.denominators})[course.used]
    sums = rows.groupby("phase")[["n", "d"]].sum().reindex(range(course.cycle))
    table = pd.DataFrame({course.part: course.names, "value": (sums["n"] / sums["d"]).to_numpy()})
    if parts and (season := parts["value"].season) is not None:
        low, high = season.by_phase.low, season.by_phase.high
        table = table.assign(change=season.by_phase.value, change_low=low, change_high=high)
        clear = state_of(parts["value"]) == "clear"
        table["stands"] = np.select([clear & (low > 0), clear & (high < 0)], ["above", "below"], "")
    return table


def _course_table(course: Course, drawn: Parts | None, parts: Mapping[str, Part]) -> pd.DataFrame:
    table = pd.DataFrame({"period": [words.when(period) for period in course.periods], "value": course.values})
    if drawn is None:
        return table
    season = parts["value"].season
    without = course.values - season.by_phase.value[course.phases] if season else np.full(len(table), np.nan)
    return table.assign(trend=drawn.trend, season=drawn.season, rest=drawn.rest, without_season=without)


def _count_table(verdict: Mapping[str, Any]) -> pd.DataFrame:
    """The value and its two counts: whether each has a season, when it is high and low, and how high in the peak."""
    names = {"value": verdict["name"], "numerator": words.counted_units(verdict), "denominator": verdict["denominator_name"]}
    rows = [
        {
            "of": names[part["name"]], "season": part["state"], "highest in": part["highest"], "lowest in": part["lowest"],
            "in the peak": _height_said(part, verdict["unit"]),
        }
        for part in verdict["parts"]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["of", "season", "highest in", "lowest in", "in the peak"])


def _height_said(part: Mapping[str, Any], unit: str) -> str:
    height = part["peak"]["value"]
    return words.relative(height) if part["relative"] else words.change(height, unit)


def _years(course: Course) -> pd.DataFrame:
    return pd.DataFrame({"cycle": course.rounds, "phase": course.phases, "value": course.values})


def _checks(verdict: Mapping[str, Any], course: Course, parts: Mapping[str, Part]) -> list[Check]:
    """What was looked at, and what was left open."""
    told: list[Check] = []
    if verdict["told"]:
        looked = "The value, its numerator and its denominator were looked at; the p-values allow for that (Holm 1979)."
        told.append(Check("three looked at", True, looked))
        told += _peak_check(verdict)
        told.append(
            Check(
                "same each time",
                None,
                f"The season is taken to be the same in every {course.turn}; moving holidays are not looked at.",
            )
        )
    told += _odd_check(course, parts)
    if verdict["yearly"]:
        years = words.written(f"{verdict['yearly']['years']:.1f}")
        text = (
            f"By days only the week is looked at. A yearly season would take {YEARLY_FROM} years of them, "
            f"and there are {years}; count by month for it."
        )
        told.append(Check("yearly season", None, text))
    if verdict["told"] and not course.used.all():
        told.append(Check("filled gaps", False, _filled(course)))
    text = (
        "Values without their season are for looking. A before/after fits the season in its own model: "
        "give it the values as they are."
    )
    return [*told, Check("adjusted values", None, text)]


def _peak_check(verdict: Mapping[str, Any]) -> list[Check]:
    if verdict["peak"] is None:
        return []
    looked = "by looking, so its interval allows for each part having been looked at"
    found = "by the case, not by looking" if verdict["peak"]["named"] else looked
    return [Check("peak", True, f"It was chosen {found}.")]


def _filled(course: Course) -> str:
    count = int((~course.used).sum())
    drawn = f"{words.agreed(count, 'is', 'are')} drawn from {words.agreed(count, 'its', 'their')} neighbors"
    return (
        f"{words.counted(count, course.period)} without a value {drawn} in the picture, and "
        f"{words.agreed(count, 'counts', 'count')} for nothing else."
    )


def _odd_check(course: Course, parts: Mapping[str, Part]) -> list[Check]:
    season = parts["value"].season if parts else None
    if season is None or not len(season.odd):
        return []
    names = words.listed([words.when(course.periods[int(place)]) for place in season.odd][:6])
    return [Check("odd periods", False, f"Far off all others and set aside when the season was told: {names}.")]
