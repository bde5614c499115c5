"""What a subscriber is worth: how long he stays by what was seen (and by sBG after it), times what he pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.lifetimes.book import Book
from kpikit.questions.lifetimes.terms import MONTH, Terms, cost_of, forecast_check, forecast_of, head, money_checks
from kpikit.questions.lifetimes.upgrading import (
    brought_by_month,
    claim_of,
    compared,
    curves_of,
    drawn_range,
    followed,
    naive_of,
    staying_of,
    worth_of,
)
from kpikit.shapes.subscriptions import Subscriptions
from kpikit.stats.intervals import Floats, wilson
from kpikit.stats.landmark import drawn_customers, survival_by_day
from kpikit.stats.likelihood import Fit
from kpikit.stats.staying import fit_staying, kaplan_meier, share_at, survival

DRAWS, SEED = 200, 20260101  # samples of customers behind the intervals
TENURES = {"under 3 months": 0, "3 to 6 months": 3, "6 to 12 months": 6, "1 to 2 years": 12, "over 2 years": 24}  # from month
MUCH = 0.10  # of upgraders without anybody alike


def of_subscriptions(shape: Subscriptions, terms: Terms, claim: float, prices: Mapping[str, Any] | None) -> Answer:
    """The answer about a table of plans. Raises CaseError where prices and plans do not fit."""
    book = Book(shape, prices)
    drawn = drawn_customers(len(book.start), DRAWS, SEED)
    fit = _fitted(shape.stays)
    curve = _curve(book, drawn, terms, fit)
    found = compared(book, drawn, terms)
    brought = _brought(book, drawn, curve, terms)
    forecast, groups = _forecast(shape)
    verdict = head(shape, "plans", shape.customers, terms)
    kept = drawn_range(curve[-1])
    verdict |= {"kept": {"value": kept["value"], "low": max(kept["low"], 0.0), "high": min(kept["high"], 1.0)}}
    verdict |= {
        "model": dict(zip(("alpha", "beta"), fit.parameters.tolist(), strict=True)),
        "followed_days": followed(book.last - book.start),
    }
    worth = None if brought is None else drawn_range(brought[-1])
    verdict |= {"value": worth, "cost": None if brought is None else cost_of(terms, worth or {}, brought[:, 0])}
    verdict |= {"forecast": forecast, "staying": None, "naive": None, "worth": None}
    if found is not None:
        verdict |= {"staying": staying_of(found), "naive": naive_of(book, found.days), "worth": worth_of(book, found, terms)}
    verdict |= {"claim": claim_of(book, found, drawn, claim)}
    more = {"forecast": groups, "fit": _fit_table(shape, fit)}
    more |= {} if found is None else {"curves": curves_of(found), "comparison": _comparison(verdict)}
    checks = (*_checks(shape, verdict, terms), *shape.table_checks)
    return Answer("lifetime", verdict, _course(curve, brought, terms), checks, more, shape.source)


def _months_of(days: pd.Series) -> pd.Series:
    return (days / MONTH).astype("int64")


def _fitted(stays: pd.DataFrame) -> Fit:
    """The sBG model of lives told by start, end, left and customers; CaseError where nobody left."""
    months = _months_of(stays["end"] - stays["start"])
    most = int(months.max()) + 1
    gone = np.bincount(months, stays["customers"] * stays["left"], most)
    seen = np.bincount(months, stays["customers"] * (1 - stays["left"]), most)  # survived so many renewals
    if gone.sum() < 2:
        mend = 'where leaving is a row, name it, as event_names = { left = ["cancelled"] }'
        raise CaseError(f"lifetime: fewer than two customers left; how long they stay cannot be told yet; {mend}")
    return fit_staying(gone, np.append(seen[1:], 0.0))


def _curve(book: Book, drawn: Floats, terms: Terms, fit: Fit) -> Floats:
    """The share kept after each day up to the horizon, by draws; by sBG from where too few were followed."""
    every = book.all
    seen = min(terms.days, followed(book.last - book.start))
    curve = survival_by_day(every.days, every.left, drawn, seen)
    if seen == terms.days:
        return curve
    later = np.arange(seen + 1, terms.days + 1) / MONTH

    def on(parameters: Floats) -> Floats:
        return survival(parameters, later) / survival(parameters, seen / MONTH)

    lots = np.append(0.0, np.linspace(-1, 1, drawn.shape[1] - 1) * np.sqrt(3))  # of unit spread
    factor = on(fit.parameters)[:, None] + np.nan_to_num(fit.spread(on))[:, None] * lots
    return np.vstack([curve, curve[-1] * np.clip(factor, 0, 1)])


def _brought(book: Book, drawn: Floats, curve: Floats, terms: Terms) -> Floats | None:
    """What a new customer has brought by the end of each month, by draws; None without prices."""
    if not book.priced:
        return None
    each = brought_by_month(book, book.all, drawn, curve, terms)
    return np.vstack([np.zeros((1, drawn.shape[1])), each.cumsum(axis=0)])


def _course(curve: Floats, brought: Floats | None, terms: Terms) -> pd.DataFrame:
    """By month the share kept and what a customer has brought, with limits."""
    edges = terms.edges
    rows = pd.DataFrame({"month": [round(edge / MONTH, 1) for edge in edges]})
    shares = [drawn_range(curve[min(round(edge), terms.days)]) for edge in edges]
    rows["share"] = [one["value"] for one in shares]
    rows["share_low"], rows["share_high"] = ([np.clip(one[end], 0, 1) for one in shares] for end in ("low", "high"))
    if brought is not None:
        worth = [drawn_range(row) for row in brought]
        rows["worth"] = [one["value"] for one in worth]
        rows["worth_low"], rows["worth_high"] = ([one[end] for one in worth] for end in ("low", "high"))
    return rows


def _forecast(shape: Subscriptions) -> tuple[dict[str, Any], pd.DataFrame]:
    """What sBG, fitted to what was known at the cut, said of who would leave after it; by time on a plan at the cut."""
    stays, cut, held = shape.stays, shape.cut, shape.last_day - shape.cut
    known = stays[stays["start"] <= cut]
    ended = known.assign(left=np.where(known["end"] <= cut, known["left"], 0), end=known["end"].clip(upper=cut))
    fit = _fitted(ended)
    there = known[known["end"] > cut]
    tenure, n = ((cut - there["start"]) / MONTH).to_numpy(), there["customers"].to_numpy(dtype=float)
    group = np.searchsorted(list(TENURES.values()), tenure, "right") - 1

    def leaving(parameters: Floats) -> Floats:
        return np.asarray(1 - survival(parameters, tenure + held / MONTH) / survival(parameters, tenure))

    chance, error = leaving(fit.parameters), np.nan_to_num(fit.spread(lambda p: np.array([(leaving(p) * n).sum()])))[0]
    spread = np.hypot(error, np.sqrt((n * chance * (1 - chance)).sum()))
    sums = pd.DataFrame({"group": group, "n": n, "predicted": n * chance, "actual": n * there["left"].to_numpy()})
    rows = sums.groupby("group").sum().reset_index()
    names = list(TENURES)
    came = wilson(rows["actual"], rows["n"])
    table = pd.DataFrame(
        {"group": [names[place] for place in rows["group"]], "customers": rows["n"].astype(int),
         "predicted": rows["predicted"] / rows["n"], "actual": came.value, "actual_low": came.low, "actual_high": came.high}
    )  # fmt: skip
    told = {"what": "leavings", "held_days": held, "customers": int(n.sum())}
    return forecast_of(float(sums["predicted"].sum()), float(spread), float(sums["actual"].sum()), **told), table


def _fit_table(shape: Subscriptions, fit: Fit) -> pd.DataFrame:
    """By month on a plan: the share kept as seen, with its limits, and under sBG."""
    stays = shape.stays
    curve = kaplan_meier(stays["end"] - stays["start"], stays["left"], stays["customers"])
    spans = np.repeat((shape.last_day - stays["start"]).to_numpy(), stays["customers"].to_numpy())
    months = np.arange(0, int(followed(spans) / MONTH) + 1)
    place = np.searchsorted(curve.time, months * MONTH, side="right") - 1
    ends = {f"seen_{end}": np.where(place < 0, 1.0, getattr(curve, end)[place]) for end in ("low", "high")}
    return pd.DataFrame({"x": months, "seen": share_at(curve, months * MONTH), **ends, "model": survival(fit.parameters, months)})


def _comparison(verdict: Mapping[str, Any]) -> pd.DataFrame:
    """Upgraded beside at risk, and beside it what misleads, one measure a row, as texts."""
    staying, naive, worth = verdict["staying"], verdict["naive"], verdict["worth"]
    shares = [words.level(staying[f"share_{name}"], "percent") for name in ("upgraded", "at_risk")]
    means = [_whole(staying[f"mean_days_{name}"]) for name in ("upgraded", "at_risk")]
    gap = words.sized(staying["share_gap"], "percent", verdict["confidence"])
    rows = [
        (f"kept {staying['days']} days after", *shares, gap),
        (f"mean days on a plan, of {staying['days']}", *means, _gap(staying["mean_days_gap"], verdict)),
    ]
    if worth:
        rows.append(
            ("brought in that time", *(_whole(worth[name]) for name in ("upgraded", "at_risk")), _gap(worth["gap"], verdict))
        )
    rows.append(
        ("what misleads: ever against never, from the first day", *(words.level(naive[name], "percent") for name in
         ("share_upgraded", "share_never")), f"{_off(naive['mean_days_gap'])} days")
    )  # fmt: skip
    return pd.DataFrame(rows, columns=["measure", "upgraded", "compared with", "difference"])


def _gap(gap: Mapping[str, float], verdict: Mapping[str, Any]) -> str:
    return f"{_off(gap['value'])}, {words.interval_of(verdict['confidence'])} {_off(gap['low'])} to {_off(gap['high'])}"


def _whole(number: float) -> str:
    return words.written(f"{number:,.0f}")


def _off(number: float) -> str:
    return words.written(f"{number:+,.0f}")


def _checks(shape: Subscriptions, verdict: Mapping[str, Any], terms: Terms) -> list[Check]:
    checks = [forecast_check(verdict["forecast"])]
    staying = verdict["staying"]
    if staying is None:
        said = "Too few upgraded, or found customers alike who were still there: the two are not compared."
        checks.append(Check("upgraders", None, said))
    else:
        checks += _compared_checks(staying, terms)
    if verdict["followed_days"] < terms.days:
        said = f"Customers were followed for {verdict['followed_days']} days: what comes after is the model's alone."
        checks.append(Check("horizon", False, said))
    if shape.one_in > 1:
        said = f"Of {words.amount(shape.customers)} customers every {shape.one_in}th was followed move by move."
        checks.append(Check("sample", True, said))
    if verdict["value"] is None:
        checks.append(Check("prices", None, "No prices were given: nothing is said about money."))
        return checks
    return [*checks, *money_checks(terms)]


def _compared_checks(staying: Mapping[str, Any], terms: Terms) -> list[Check]:
    whole = staying["upgraders"] + staying["unmatched"]
    alike = "on the same plan, who had joined about as long ago and had not upgraded"
    said = f"Each upgrader is followed from the day of the upgrade, beside customers still there that day, {alike}."
    checks = [Check("immortal time", True, said)]
    if staying["unmatched"]:
        good = staying["unmatched"] <= MUCH * whole
        said = f"{staying['unmatched']} of {words.counted(whole, 'upgrader')} found nobody alike who was still there: left out."
        checks.append(Check("matched", good, said))
    if staying["days"] < terms.days:
        said = f"Too few were followed for {terms.days} days after an upgrade: {staying['days']} days are compared."
        checks.append(Check("follow-up", False, said))
    said = "Who upgrades may have been more content before: alike in plan, tenure and day is not alike in all. No cause is shown."
    return [*checks, Check("cause", None, said)]
