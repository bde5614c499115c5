"""Every check of a before/after: a name, whether it passed, and a sentence that says what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kpikit import words
from kpikit.answer import Check
from kpikit.questions.effects.diagnosis import PLACEBOS_FOR_P, STRONGLY_CORRELATED, Diagnosis
from kpikit.questions.effects.estimators import Found
from kpikit.questions.effects.origins import Origins
from kpikit.questions.effects.sides import Sides
from kpikit.series import KpiSeries
from kpikit.stats.counterfactual import LEAST
from kpikit.stats.designs import CYCLES
from kpikit.stats.regression import AUTOCORRELATIONS

Verdict = Mapping[str, Any]
ENOUGH = {"before": 12, "after": 6}  # periods: under a year before, season and noise look alike
COMING_AT = 0.1  # share of the denominator in segments that come or go
LEAST_SHARE = 0.005  # of a synthetic control: less is not told
MIX_AT = 0.1  # of the pooled change: a mix effect under that is not worth a look
MOVED_AT = 0.1  # relative change of the denominator that is said
RATE_MOVED_AT = 0.05  # relative change of the rate under which there is nothing to explain
STARTED = "started because it was {}"
NOT_USED_UP = ("ratings", "orders")  # kinds of table: who answers or buys can do so again
PASSES = {"low": "rises", "high": "falls"}
DEPLETED_AT = 0.5  # upgrades since the change, as a share of the denominator that they came from


def design_checks(verdict: Verdict, found: Found, told: Diagnosis, sides: Sides, series: KpiSeries) -> Iterator[Check]:
    """Whether there is enough to see anything, and what stands on neither side."""
    period = verdict["period"]
    counts = {name: int((sides == name).sum()) for name in ("before", "after", "transition", "straddling")}
    enough = all(counts[name] >= least for name, least in ENOUGH.items())
    have = f"{words.counted(counts['before'], period)} before and {counts['after']} after"
    yield Check("enough periods", enough, f"{have}; {ENOUGH['before']} and {ENOUGH['after']} are wanted.")
    if counts["transition"]:
        left = [words.when(when) for when in sides.index[sides == "transition"]]
        verb = "belongs" if len(left) == 1 else "belong"
        yield Check(
            "transition",
            False,
            f"{words.capital(words.listed(left))} {verb} to neither side: the change of {verdict['changed_on']} lies there.",
        )
    if counts["straddling"]:
        left_out = f"{words.counted(counts['straddling'], period)} before the change are left out"
        yield Check("straddling windows", False, f"{left_out}: their windows reach beyond it.")
    if "straddling" in series.counts and (spanning := int(series.counts["straddling"].sum())):
        said = f"{words.amount(spanning)} customers are left out: their {series.window} span {verdict['changed_on']}."
        yield Check("straddling windows", False, said)


def baseline_checks(verdict: Verdict, found: Found, told: Diagnosis) -> Iterator[Check]:
    """Trend, season, autocorrelation, overdispersion and odd periods before the change."""
    unit, period, main = verdict["unit"], verdict["period"], found.main
    if main is None or found.baseline is None:
        few = f"Fewer than {LEAST} {period}s before: their noise, trend and season cannot be known."
        yield from (Check(name, None, few) for name in ("noise between periods", "before-trend", "season"))
        return
    yield _trend_check(told, unit, period, "The gap to the control" if found.parallel else "It")
    yield _season_check(found, told, period)
    near = round(told.autocorrelation or 0.0, 1) + 0.0  # never -0.0
    span = words.spanned(words.written(f"{AUTOCORRELATIONS[0]:.1f}"), words.written(f"{AUTOCORRELATIONS[-1]:.2f}"))
    about = words.written(f"{near:.1f}")
    said = f"Neighboring {period}s are correlated by about {about}; few cannot tell it: the interval averages over {span}."
    yield Check("autocorrelation", abs(near) < STRONGLY_CORRELATED, said)
    if told.dispersion is not None:
        seen = f"The {period}s vary {words.times(told.dispersion)} as much (in variance) as chance alone makes them"
        yield Check("overdispersion", not told.overdispersed, f"{seen}; the interval is from what they vary, not from that.")
    if told.odd:
        listed = words.listed(
            f"{when} ({words.level(value, unit)}, where the others let expect {words.level(usual, unit)})"
            for when, value, usual in told.odd
        )
        stand, them = (words.agreed(len(told.odd), *pair) for pair in (("stands", "stand"), ("it", "them")))
        said = f"{words.capital(listed)} {stand} out before the change; {_other_way(verdict, them)}."
        yield Check("odd periods", False, said)
    else:
        yield Check("odd periods", True, f"No {period} before the change stands out.")


def _other_way(verdict: Verdict, them: str) -> str:
    """What leaving the odd periods out does."""
    if verdict["with_odd"] is None:
        return f"too few are left to estimate without {them}"
    size = words.sized(verdict["with_odd"], verdict["unit"], verdict["confidence"])
    return f"the effect leaves {them} out; with {them} it would be {size}" + (
        ", so it depends on that" if verdict["odd_matters"] else ""
    )


def _trend_check(told: Diagnosis, unit: str, period: str, what: str) -> Check:
    if told.slope is None or told.trend is None:
        return Check(
            "before-trend", None, f"Too few {period}s before to tell a trend from noise; the level of before is continued."
        )
    slope = words.sized(told.slope, unit, 0.95)
    bends = f" since it bent after {words.the(told.bends[-1])}" if told.bends else ""
    if told.trend == "no clear trend":
        return Check("before-trend", True, f"No clear trend before{bends}: {slope} a {period}; it is continued all the same.")
    return Check(
        "before-trend",
        False,
        f"{what} {told.trend} already{bends} before the change, by {slope} a {period}; that is continued, not credited.",
    )


def _season_check(found: Found, told: Diagnosis, period: str) -> Check:
    if found.course.cycle == 1:
        return Check("season", True, "Years have no season.")
    count = int(found.course.before.sum())
    days, have = found.course.turn == "week", words.counted(count, period)
    if told.season:
        what = "day of the week" if days else "time of year"
        moves = "it clearly moves the KPI" if told.seasonal else "it hardly moves the KPI"
        said = f"The {what} is fitted from {have} before and taken out; {moves}."
        if days and not found.parallel:
            return Check("season", None, f"{said} The time of year is not: cut by month to see it.")
        return Check("season", True, said)
    if found.parallel:
        return Check("season", True, "The control group takes the time of year out.")
    return Check(
        "season", None, f"Season cannot be told apart: that takes {CYCLES} {found.course.turn}s before, and there are {have}."
    )


def choice_checks(verdict: Verdict, found: Found, told: Diagnosis, start_reason: str, date_chosen: str) -> Iterator[Check]:
    """How the change and its date came to be chosen: because it was low, after looking, before it began; and other dates."""
    best = words.the(told.likeliest or "")
    yield from _low_check(verdict, found, told, start_reason)
    if date_chosen == "after looking":
        p_value = "" if told.date_p is None else f"; over all dates the p-value is {words.p_value(told.date_p)} (Andrews 1993)"
        yield Check(
            "date chosen after looking",
            False,
            f"The best of many dates looks like a change more often than 5 times in 100{p_value}.",
        )
    elif told.date_p is not None:
        known = "The date was chosen before looking" if date_chosen == "before looking" else "Nobody said how the date was chosen"
        strongest = f"a step shows most at {best}, with a p-value over all dates of {words.p_value(told.date_p)}"
        yield Check("date chosen after looking", True if date_chosen == "before looking" else None, f"{known}; {strongest}.")
    if told.likeliest is not None:
        began = f"A step shows most at {best}"
        yield Check(
            "change earlier than its date",
            not told.earlier,
            f"{began}, {'before' if told.earlier else 'not clearly before'} {verdict['changed_on']}.",
        )
    if told.placebos and told.placebo_rank is not None:
        p_value = (
            f", p = {words.p_value(told.placebo_p)}" if told.placebo_p is not None else f"; a p-value needs {PLACEBOS_FOR_P}"
        )
        rank = words.largest(told.placebo_rank)
        said = f"Of {told.placebos + 1} dates that do not overlap, the real one shows the {rank} change{p_value}."
        yield Check("placebo dates", told.placebo_rank == 1 if verdict["direction"] in ("rose", "fell") else None, said)


def extreme_of(better: str, start_reason: str) -> str:
    """Which extreme before looks like an effect after, as it passes by itself: the one that it was started for, else the bad one.

    >>> extreme_of("higher", "unknown"), extreme_of("lower", "planned"), extreme_of("inside", "kpi was high")
    ('low', 'high', 'high')
    """
    given = start_reason.removeprefix("kpi was ")
    return given if given in PASSES else "high" if better == "lower" else "low"


def _low_check(verdict: Verdict, found: Found, told: Diagnosis, start_reason: str) -> Iterator[Check]:
    extreme = extreme_of(verdict["better"], start_reason)
    name, most = STARTED.format(extreme), f"{extreme}est stretch"
    low = f"the {most} of all before" if told.low_before else f"not the {most} before"
    if start_reason == "planned":
        yield Check(name, not told.low_before, f"The change was planned; the last periods before were {low}.")
    elif verdict["without_low"] is None:
        yield Check(name, None, "Too few periods to estimate without the last ones before.")
    else:
        known = start_reason == f"kpi was {extreme}"
        reason = f"It was started because the KPI was {extreme}" if known else "Nobody said why it was started"
        size = words.sized(verdict["without_low"], verdict["unit"], verdict["confidence"])
        leads = "the smaller of both leads"
        said = (
            f"{reason}, and what is {extreme} {PASSES[extreme]} by itself; without the last periods before ({low}) the effect is "
            f"{size}: {leads}."
        )
        yield Check(name, start_reason == "unknown" and not told.low_before, said)


def mix_checks(verdict: Verdict, found: Found, origins: Origins, kind: str = "") -> Iterator[Check]:
    """What moved beside the rate: the mix, the segments, the denominator, the pool that is left."""
    unit, inside = verdict["unit"], words.rates(verdict["unit"])
    if origins.parts is not None:
        mix, rate = (words.change(origins.parts[name]["value"], unit) for name in ("mix", "rate"))
        moved = _clear(origins.parts["mix"]) and abs(origins.parts["mix"]["value"]) >= MIX_AT * abs(
            verdict["change"]["value"] or 0.0
        )
        yield Check(
            "mix",
            not moved,
            f"Of the pooled change, {mix} came with the mix of segments and {rate} with the {inside} inside them.",
        )
        said = (
            f"The total moved against the {inside} inside its segments."
            if origins.simpson
            else f"The total moved the way the {inside} inside its segments did."
        )
        yield Check("Simpson's reversal", not origins.simpson, said)
        share = words.level(origins.coming, "percent")
        yield Check(
            "segments that come and go",
            origins.coming < COMING_AT,
            f"{share} of the denominator lies in segments that are there on one side only.",
        )
    else:
        yield Check("mix", None, "Not checked: the case names no segments to tell apart.")
    yield _denominator_check(verdict, origins.counts)
    if kind not in NOT_USED_UP:
        yield from _depleted_check(verdict, found)
    yield _control_check(found)


def _clear(part: Mapping[str, float | None]) -> bool:
    low, high = part["low"], part["high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def _denominator_check(verdict: Verdict, counts: Mapping[str, float]) -> Check:
    grown = counts["size_after"] / counts["size_before"] - 1 if counts["size_before"] else 0.0
    what, units, rate = verdict["denominator_name"], words.counted_units(verdict), words.rates(verdict["unit"])[:-1]
    moved = counts["after"] - counts["before"]
    told = {name: words.signed_amount(number) for name, number in (("all", moved), *counts.items())}
    sizes = (
        f"{what} a {verdict['period']} {words.relative(grown)}; {units} a {verdict['period']} {told['all']}, "
        f"of which {told['by_size']} by the denominator and {told['by_rate']} by the {rate}"
    )
    against = verdict["change"]["value"] or 0.0
    rate_moved = abs(against) >= RATE_MOVED_AT * abs(verdict["before"]["value"] or 0.0)
    because = rate_moved and abs(grown) >= MOVED_AT and against * moved <= 0 and against * grown < 0
    if because:
        moved_by = "rose because its denominator fell" if against > 0 else "fell because its denominator rose"
        return Check("denominator moved", False, f"The {rate} {moved_by}: {sizes}.")
    return Check("denominator moved", True, f"{sizes[0].upper()}{sizes[1:]}.")


def _depleted_check(verdict: Verdict, found: Found) -> Iterator[Check]:
    """Those who have upgraded cannot again: a pool of people at risk that runs low lets a rate fall, or rise, by itself."""
    course = found.course
    if verdict["counts"] != "flow" or verdict.get("less_name"):  # gains less losses use up nobody
        return
    after = course.after
    spent = float(course.numerators[after].sum() / max(course.sizes[after][0], 1.0))
    falls = course.sizes[after][-1] < course.sizes[after][0]
    spent_of, pool = (words.amount(round(number)) for number in (course.numerators[after].sum(), course.sizes[after][0]))
    said = f"Since the change {spent_of} {verdict['numerator_name']} came; there were {pool} {verdict['denominator_name']} then"
    yield Check(
        "pool at risk", not (spent > DEPLETED_AT and falls), f"{said}; their number {'fell' if falls else 'did not fall'} since."
    )


def _control_check(found: Found) -> Check:
    if not found.controlled:
        return Check(
            "control group",
            None,
            "There is none: what would have happened anyway is a continued trend, not a group that was left alone.",
        )
    told = ((name, words.written(f"{share:.0%}")) for name, share in found.donors.items() if share >= LEAST_SHARE)
    shares = words.listed(" ".join(one) for one in told)
    donors = f" Synthetic control: {shares}." if shares else ""
    ran = {
        True: "The gap to the control had no clear trend before; the interval carries the trend that it may have had.",
        False: "The gap to the control had a trend of its own before, so it does not lead.",
        None: "Whether the control ran parallel cannot be told from so few periods, so it does not lead.",
    }[found.parallel]
    return Check("control group", found.parallel, f"{ran}{donors}")
