"""What a series has to say of itself: gaps, periods not over, open windows, reversals, age and small denominators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.moments import FREQUENCY, last_instant

if TYPE_CHECKING:
    from kpikit.series.kpi_series import KpiSeries

MOST_NAMED = 6  # periods that a sentence lists
RHYTHM = 3  # periods: fewer do not tell how often a table is filled
FEW = 30  # under so many in the denominator a share moves by more than 3 pp with each single customer


def series_checks(series: KpiSeries) -> list[Check]:
    """One check for each thing that a reader of the series must know."""
    return [*_gaps(series), *_unknown(series), *_up_to_date(series), *_small(series), *_left_out(series)]


def _gaps(series: KpiSeries) -> list[Check]:
    """The periods without a row: of the whole table, and of single segments, whose coming and going changes the total."""
    missing = _missing_steps(series)
    if not missing:
        return []
    every = [step for step, groups in missing.items() if not groups]
    told = (
        [_named([words.when(step) for step in every], _grain(series), "has no row", "have no row", "in the table")]
        if every
        else []
    )
    some: dict[str, list[str]] = {}
    for step, groups in missing.items():
        for group in groups:
            some.setdefault(group, []).append(words.when(step))
    for group, steps in list(some.items())[:MOST_NAMED]:
        named = (
            words.listed(steps) if len(steps) <= MOST_NAMED else f"{words.counted(len(steps), _grain(series))} from {steps[0]} on"
        )
        told.append(f"{group} has no row in {named}: the total covers less there.")
    if len(some) > MOST_NAMED:
        told.append(f"{words.counted(len(some) - MOST_NAMED, 'other segment')} too.")
    return [Check("gaps", False, " ".join(told))]


def _missing_steps(series: KpiSeries) -> dict[pd.Period, list[str]]:
    """The periods, at the grain that was measured, between the first and the last that lack a row, with the segments that do;
    no segment where the whole period is missing.
    """
    counts, cut = series.counts, list(series.segments)
    if counts.empty:
        return {}
    groups = {_group(row) for row in counts[cut].drop_duplicates().itertuples(index=False)} if cut else set()
    there: dict[pd.Period, set[str]] = {}
    for step, *row in counts[["period", *cut]].drop_duplicates().itertuples(index=False, name=None):
        there.setdefault(step, set()).add(_group(row))
    every = pd.period_range(counts["period"].min(), counts["period"].max())
    return {
        step: sorted(groups - there[step]) if step in there else [] for step in every if step not in there or groups - there[step]
    }


def _group(row: Iterable[Any]) -> str:
    return ", ".join(map(str, row))


def _unknown(series: KpiSeries) -> list[Check]:
    """The periods that have no value, each with its reason."""
    rows, checks, zero = series.table, [], _zero(series)
    for status, name, one, many, why in (
        ("partial", "last period", "was", "were", f"not over on {words.day(series.as_of)}, so left out"),
        ("zero denominator", "zero denominators", "has", "have", zero),
        ("censored", "open windows", "has", "have", _why_open(series)),
    ):
        cut = list(series.segments) if status == "zero denominator" else []
        found = rows.loc[rows["status"] == status, ["period", *cut]].drop_duplicates()
        places = [", ".join([words.when(when), *map(str, group)]) for when, *group in found.itertuples(index=False, name=None)]
        if places:
            checks.append(Check(name, False, _named(places, series.period, one, many, why)))
    return checks


def _zero(series: KpiSeries) -> str:
    column = series.source.get("columns", {}).get("denominator")
    named = column if isinstance(column, str) else " + ".join(column) if column else series.variant.computes.denominator
    less = " or less" if (series.table["denominator"] < 0).any() else ""
    return f"a denominator of 0{less} ({named}), so no value"


def behind(series: KpiSeries, last: pd.Period) -> int:
    """How many whole periods are over at as_of and not in the table."""
    over = pd.Timestamp(last_instant(series.as_of)) + pd.Timedelta(microseconds=1)
    return int((pd.Period(over, freq=series.calendar.frequency(series.period)) - 1 - last).n)


def _up_to_date(series: KpiSeries) -> list[Check]:
    """Whether the last period that is over is in the table; of few periods nobody knows how often the table is filled."""
    known = series.usable["period"]
    if known.empty or series.cut_short:
        return []
    last, period = known.max(), series.period
    late = behind(series, last)
    if late <= 0:
        return [Check("up to date", True, f"The last complete {period} is in the table.")]
    are = words.agreed(late, "is", "are")
    is_over = f"{words.counted(late, period)} since {words.the(words.when(last))} {are} over and not in the table"
    if known.nunique() < RHYTHM:
        return [Check("up to date", None, f"{is_over}; too few are, to tell how often it is filled.")]
    return [Check("up to date", False, f"{is_over}.")]


def _small(series: KpiSeries) -> list[Check]:
    """Rows that rest on few: too few to rank beside larger ones of the same period, and little to place in a band."""
    usable = series.usable
    if series.variant.computes.in_units and not _over_units(series):
        return []
    few = usable[usable["denominator"].astype(float) < FEW]
    if few.empty:
        return []
    beside = usable[usable["period"].isin(few["period"]) & (usable["denominator"].astype(float) >= FEW)]
    rest = f"{words.counted(len(few), 'row')} {'rests' if len(few) == 1 else 'rest'} on fewer than {FEW}"
    least = f"(the least on {words.amount(min(few['denominator']))})"
    if series.variant.computes.in_units:
        said = f"{words.capital(rest)} {least}: one large amount moves them, and a single {series.period} has no interval."
        return [Check("small denominators", False, said)]
    if beside.empty:
        return [Check("small denominators", True, f"{words.capital(rest)} {least}: read the interval, not the band.")]
    return [Check("small denominators", False, f"{words.capital(rest)} {least}: too few to rank or band.")]


def _over_units(series: KpiSeries) -> bool:
    """Whether an amount is divided by a number of customers, orders or the like: whole numbers, and no fraction of an amount."""
    whole = series.usable["denominator"].map(lambda size: float(size).is_integer())
    return series.kpi.unit not in words.FRACTIONS and bool(whole.all())


def _left_out(series: KpiSeries) -> list[Check]:
    """What is counted off or not counted, with its number."""
    checks = []
    if "reversed" in series.counts and (taken := int(series.counts["reversed"].sum())):
        what = series.variant.computes.numerator
        checks.append(Check("reversals", False, f"{words.amount(taken)} {what} were reversed later and are counted off."))
    if "censored" in series.counts and (count := int(series.counts["censored"].sum())):
        when = f"their {series.window} were not over on {words.day(series.as_of)}"
        checks.append(
            Check(
                "open windows", False, f"{words.counted(count, 'customer')} {words.agreed(count, 'is', 'are')} left out: {when}."
            )
        )
    return checks


def _why_open(series: KpiSeries) -> str:
    if not series.settle_days:
        return "no customer whose window was over"
    return f"no {series.variant.computes.numerator} that {series.settle_days} days have settled, so left out"


def _grain(series: KpiSeries) -> str:
    freq = pd.PeriodIndex(series.counts["period"]).freqstr
    return next(name for name, letter in FREQUENCY.items() if freq.startswith(letter))


def _named(periods: Sequence[str], period: str, one: str, many: str, why: str) -> str:
    """A sentence about some periods: named where they are few, else counted."""
    if len(periods) > MOST_NAMED:
        return f"{words.counted(len(periods), period)}: each {one} {why}."
    return f"{words.capital(words.listed(periods))} {one if len(periods) == 1 else many} {why}."
