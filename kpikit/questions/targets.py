"""What would it take? The goals side by side, their gaps, what can be seen, the road so far, the agreed path."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.aims.agreed import agreed_points, progress_of
from kpikit.questions.aims.goals import Goal, Wish, gap_of, goals_of, leading
from kpikit.questions.aims.history import CYCLE, KNOWN, PER_YEAR, History, history_of
from kpikit.questions.aims.road import POOLED, road_of
from kpikit.questions.aims.visible import visible_of
from kpikit.questions.effects.worth import Money
from kpikit.questions.settled import settled
from kpikit.questions.verdicts import head, marks, refuse_composed, side
from kpikit.series import KpiSeries, behind

VARIES = 1.05  # times what sampling makes: under it there is nothing to allow for
WANDERS = 2.0
AHEAD = 2  # parts of a year: half of one is looked ahead where nothing else is said


def targets(
    series: KpiSeries, *, target: Decimal | float | None = None, benchmark: str | None = None,
    money: Mapping[str, Any] | None = None, revenue_up: float | None = None, base_revenue: float | None = None,
    path: Mapping[str, Any] | None = None, horizon: int | None = None, owner: str = "",
) -> Answer:  # fmt: skip
    """What each goal would take from the latest complete period: pp, counted units at its denominator (exact), money a period.

    Goals are the own `target`, the `benchmark` of an industry, `revenue_up` (0.20: 20 % more revenue, solved through the
    definition for the rate; of `base_revenue` a period, else of what the KPI's own units bring), and the next band. The first
    that is given and open leads. `path` holds agreed values by period; `horizon` is in how many periods the goal is wanted.
    Raises CaseError where there is no goal, no value, or a goal that cannot be told.
    """
    refuse_composed(series, "targets")
    whole, left_out = settled(series)
    usable = whole.usable
    if usable.empty:
        raise CaseError(f"{series.kpi.id}: no period of the series holds a value, so there is nothing to set a goal for")
    if base_revenue is not None and revenue_up is None:
        raise CaseError(f"{series.kpi.id}: base_revenue is given without revenue_up, the share of it that is wanted on top")
    latest, worth = usable.iloc[-1], None if money is None else Money.of(money)
    today, wish = side(latest), None if revenue_up is None else Wish(revenue_up, base_revenue)
    goals = goals_of(series, latest, today, benchmark, target, wish, worth)
    rows = [gap_of(goal, series, latest, today, worth) for goal in goals]
    lead = leading(rows)
    lead["leads"] = True
    points, history = agreed_points(series, path or {}), history_of(whole)
    falls, steps = series.kpi.better == "lower", _horizon(series, latest["period"], points, horizon)
    verdict = head(series.kpi, series.variant, series.window) | marks(series.kpi, series.variant, today, benchmark, target)
    verdict |= {
        "as_of": words.day(series.as_of), "period": series.period, "owner": owner,
        "today": today | {"at": words.when(latest["period"])},
        "lately": _lately(whole, goals[rows.index(lead)]), "goals": rows, "lead": lead, "wish": _wish(wish, worth),
        "currency": worth.currency if worth else "", "whole": not series.variant.computes.in_units,
        "visible": visible_of(history, series.period, lead["gap"], falls=falls),
        "road": road_of(history, series.period, lead["goal"], steps, -1.0 if falls else 1.0),
        "trend": _trend(history), "progress": progress_of(series, history, points),
        "behind": behind(series, series.usable["period"].max()),
    }  # fmt: skip
    more = {"course": whole.table, "visible": _visible_table(verdict), "path": _path_table(verdict)}
    return Answer("targets", verdict, _table(verdict), (*_checks(verdict, history), *left_out, *series.checks), more)


def _horizon(series: KpiSeries, latest: pd.Period, points: list[tuple[pd.Period, float]], given: int | None) -> int:
    """As given; else up to the last agreed point that is still ahead; else half a year."""
    if given is not None:
        if isinstance(given, bool) or given != int(given) or given < 1:
            raise CaseError(f"{series.kpi.id}: the horizon is {given}; it is a whole number of {series.period}s, 1 or more")
        return given
    ahead = [(when - latest).n for when, _ in points if when > latest]
    return max(ahead) if ahead else max(PER_YEAR[series.period] // AHEAD, 1)


def _lately(series: KpiSeries, goal: Goal) -> dict[str, Any] | None:
    """The last periods pooled, and how far they are from the leading goal; None where they are not in a row."""
    last = series.usable["period"].tail(POOLED)
    if len(last) < POOLED or (last.iloc[-1] - last.iloc[0]).n != POOLED - 1:
        return None
    rows = series.rows[series.rows["period"].isin(last)]
    told = side(series.pool(rows.assign(group=0), ["group"]).iloc[0])
    return told | {"span": POOLED, "gap": float(goal.value) - told["value"]}


def _wish(wish: Wish | None, money: Money | None) -> dict[str, Any] | None:
    if wish is None:
        return None
    return {"up": wish.up, "base": wish.base, "per_unit": None if money is None else money.per_unit - money.discount}


def _trend(history: History) -> dict[str, Any] | None:
    if history.slope is None:
        return None
    value, low, high = history.slope
    return {"value": value, "low": low, "high": high, "direction": "rises" if low > 0 else "falls" if high < 0 else None}


def _table(verdict: Mapping[str, Any]) -> pd.DataFrame:
    """One row a goal, the leading one first."""
    rows = sorted(verdict["goals"], key=lambda row: not row["leads"])
    each = verdict["period"]
    frame = pd.DataFrame(
        {
            "goal": [row["name"] for row in rows],
            words.rates(verdict["unit"])[:-1]: [row["goal"] for row in rows],
            "gap": [row["gap"] for row in rows],
            f"more a {each}": pd.Series([row["more"] for row in rows], dtype=object),
            "today": [row["state"] if row["possible"] else "impossible" for row in rows],
        }
    )
    if verdict["lead"]["money"] is not None:
        frame[f"{verdict['currency']} a {each}".strip()] = [float(f"{row['money']['value']:.3g}") for row in rows]
    return frame


def _visible_table(verdict: Mapping[str, Any]) -> pd.DataFrame:
    spans = verdict["visible"]["spans"]
    return pd.DataFrame({f"{verdict['period']}s": [s["periods"] for s in spans], "change": [s["change"] for s in spans]})


def _path_table(verdict: Mapping[str, Any]) -> pd.DataFrame:
    columns = ["period", "agreed", "value", "low", "high", "state"]
    return pd.DataFrame((verdict["progress"] or {"points": []})["points"], columns=columns)


def _checks(verdict: Mapping[str, Any], history: History) -> list[Check]:
    """What was looked at, and what was left open."""
    told = [
        _noise_check(verdict, history),
        _size_check(verdict),
        *_wander_checks(verdict, history),
        *_trend_checks(verdict, history),
    ]
    if verdict["benchmark"]:
        mark = verdict["benchmark"]
        told.append(Check("benchmark", None, f"Somebody else's figure ({mark['source']}; {mark['age']}); it names no window."))
    if verdict["lead"]["money"] is not None:
        told.append(
            Check("money", None, "One more is taken to bring what each brings today; those still to be won may bring less.")
        )
    wish = verdict["wish"]
    if wish and wish["base"] is None:
        units = words.counted_units(verdict)
        of = f"{units} alone" if "revenue" in units else f"revenue of the {units} alone, each bringing the same"
        told.append(Check("revenue", None, f"Taken of the {of}; base_revenue sets another."))
    cause = "Nothing here says what would close the gap, or that anything will."
    return [*told, Check("no forecast", None, f"The past changes are shown as they were. {cause}")]


def _noise_check(verdict: Mapping[str, Any], history: History) -> Check:
    period = verdict["period"]
    apart = f"neighboring {period}s are taken as independent beside their common level"
    if not history.told:
        why = "as if sampling alone made them vary" if history.noise in KNOWN else "so nothing is said of what can be seen"
        return Check("noise", None, f"Too few {period}s to tell how much they vary: {why}.")
    if history.noise not in KNOWN:
        return Check("noise", True, f"From how much single {period}s vary beside their neighbors; {apart}.")
    if history.dispersion > VARIES:
        size = f"{words.times(history.dispersion)} as much (variance) as sampling alone makes them"
        return Check("noise", True, f"Single {period}s vary {size}, which is allowed for; {apart}.")
    return Check("noise", True, f"Single {period}s vary about as much as sampling alone makes them; {apart}.")


def _wander_checks(verdict: Mapping[str, Any], history: History) -> list[Check]:
    """Whether the level itself moves about, so that a change between before and after need not come of what was done."""
    if not history.told or history.wander < WANDERS:
        return []
    text = (
        f"The level itself moved: the {verdict['period']}s lie further from a straight trend than from their neighbors "
        f"(the variance is {words.times(history.wander)} as large). What can be seen takes the level as standing still but for "
        "the change; a before/after fits what went on."
    )
    return [Check("moving level", False, text)]


def _size_check(verdict: Mapping[str, Any]) -> Check:
    size, what = words.amount(verdict["today"]["denominator"]), verdict["denominator_name"]
    return Check(
        "size", None, f"The counts hold at the {size} {what} of {words.the(verdict['today']['at'])}; with more, more are needed."
    )


def _trend_checks(verdict: Mapping[str, Any], history: History) -> list[Check]:
    road, trend, period = verdict["road"], verdict["trend"], verdict["period"]
    if road["why"] is not None:
        return []
    told = []
    if trend and trend["direction"]:
        size = words.change(abs(trend["value"]), verdict["unit"]).removeprefix("+")
        text = (
            f"Over the whole history it {trend['direction']} by {size} a {period}: past changes hold that "
            "trend, which need not go on."
        )
        told.append(Check("trend", False, text))
    if history.season and road["horizon"] % CYCLE[period]:
        text = (
            f"Changes over {words.counted(road['horizon'], period)} begin and end at different times of "
            "the year, so the season is in them."
        )
        told.append(Check("season", None, text))
    return told
