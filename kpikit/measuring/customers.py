"""Customers, one row each: who was eligible when the window opened, who upgraded in it, and what was known of them before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, TableError
from kpikit.measuring.plan import Frame, fetched
from kpikit.moments import as_moment, days_of, last_instant
from kpikit.shapes.customers import OPEN, OUTCOME, Customers
from kpikit.tables import Table

MOST_PEOPLE = 200_000  # customers that a model is fitted to
MOST_LEVELS = 40  # values of a segment
YES, NO = ("1", "true", "1.0", "yes"), ("0", "false", "0.0", "no")
STATUS, DID = "__status", "__did"


@dataclass(frozen=True)
class Opening:
    """When the window opens and closes: one day for all, or the `date` of each customer."""

    window: str | None
    starts: datetime | None
    as_of: datetime

    @property
    def begin(self) -> nw.Expr:
        """The first instant of the window."""
        return nw.col("date") if self.starts is None else nw.lit(self.starts)

    @property
    def end(self) -> nw.Expr:
        """The last instant that counts."""
        span = timedelta(days=days_of(self.window or "") or 0)
        return nw.col("date") + span if self.starts is None else nw.lit(self.starts + span)


def measure_customers(
    table: Table,
    *,
    as_of: date | str,
    window: str | None = None,
    window_starts: date | str | None = None,
    features: Sequence[str] = (),
    plan_features: Sequence[str] = (),
    feature_dates: Mapping[str, str] | None = None,
) -> Customers:
    """Who upgraded within the window, by segment, from a table of kind customers.

    The window ("90 days") opens on `window_starts`, or on each customer's own `date`. Who upgraded before is not eligible;
    a row measured on or after that day is left out, and so is a column that `feature_dates` says was measured then: what
    happens in the window would foretell itself. A window not over at `as_of` is censored, never a no. Of more than 200,000
    customers the model gets those with the least hash of their id.
    Raises CaseError where window, segments or columns do not fit, TableError where a customer or value is not as it must be.
    """
    opening = _opening(table, window, window_starts, as_moment(as_of))
    table = table.until(opening.as_of)
    _refuse_unread(table, [*features, *plan_features])
    _refuse_repeated(table)
    later = _measured_later(table, opening, [*features, *plan_features], feature_dates or {})
    judged = _judged(table, opening)
    rows = fetched(judged.group_by(STATUS).agg(rows=nw.len()))
    counted = {str(status): int(count) for status, count in zip(rows[STATUS], rows["rows"], strict=True)}
    ok = judged.filter(nw.col(STATUS) == "ok")
    known = tuple(name for name in features if name not in later)
    told = tuple(name for name in plan_features if name not in later)
    people, eligible = _people(judged, [*table.segments, *(name for name in known if name not in table.segments)])
    _refuse_empty(table, opening, counted)
    checks = [*_checks(table, opening, counted, later), *_sample_check(people, eligible)]
    return Customers(
        opening.as_of, table.contract, (*table.checks, *checks),
        window, None if opening.starts is None else words.day(opening.starts), table.segments, known,
        _cells(ok, table), _goes_to(ok, table), _uses(ok, told, table), people, eligible, counted,
    )  # fmt: skip


def _opening(table: Table, window: str | None, starts: date | str | None, as_of: datetime) -> Opening:
    """The window, checked against the table's roles."""
    if table.kind != "customers":
        raise CaseError(f"{table.name}: who upgrades is told by a table of kind 'customers', not '{table.kind}'")
    if "customer" not in table.roles:
        mend = 'map it, as columns = { customer = "user_id" }'
        raise CaseError(f"{table.name} needs the role 'customer', by which people are told apart; {mend}")
    if not {"outcome", "outcome_on"} & set(table.roles):
        raise CaseError(f'{table.name}: no column says who upgraded; map one with columns = {{ outcome = "..." }} or outcome_on')
    if not table.segments:
        raise CaseError(f'{table.name}: name the columns to cut by, as segments = ["industry", "size"]')
    dated = starts is not None or "date" in table.roles
    if window is not None and days_of(window) is None:
        raise CaseError(f"{table.name}: customers are followed for a number of days, as window = \"90 days\"; not '{window}'")
    if "outcome_on" in table.roles and not (window and dated):
        raise CaseError(
            f'{table.name}: dated outcomes need window = "90 days" (any number) and [asks] window_starts = 2026-01-05'
        )
    return Opening(window, None if starts is None else as_moment(starts), as_of)


def _refuse_unread(table: Table, names: Sequence[str]) -> None:
    """A feature that was not read with the table, or that is a role: who it is, what became of it."""
    there = [*table.segments, *table.features]
    for name in names:
        if name in table.roles:
            raise CaseError(
                f"{table.name}: '{name}' is a role of the table, no feature: it names the customer or tells what came; "
                "leave it out"
            )
        if name not in there:
            raise CaseError(
                f"{table.name}: the feature '{name}' was not read with the table; give it to read_table, as features = ['{name}']"
            )


def _refuse_repeated(table: Table) -> None:
    rows = table.frame.group_by("customer").agg(__rows=nw.len()).filter(nw.col("__rows") > 1)
    count = int(fetched(rows.select(n=nw.len()))["n"].iloc[0])
    if count:
        first = fetched(rows.sort("customer").head(1))["customer"].iloc[0]
        stand = words.agreed(count, "stands", "stand")
        raise TableError(
            f"{table.name}: {words.counted(count, 'customer')} {stand} in several rows, as '{first}'; "
            "a table of kind 'customers' has one row a customer"
        )


def _measured_later(table: Table, opening: Opening, names: Sequence[str], dates: Mapping[str, str]) -> list[str]:
    """The columns that were measured when the window had opened."""
    for name in dates:
        if name not in names:
            raise CaseError(f"{table.name}: feature_dates names '{name}', which is no feature; {words.near(name, names)}")
    if dates and opening.starts is None:
        raise CaseError(f"{table.name}: feature_dates are compared with one day for all; give [asks] window_starts")
    return [name for name, day in dates.items() if opening.starts is not None and as_moment(day) >= opening.starts]


def _judged(table: Table, opening: Opening) -> Frame:
    """Each customer with a status (ok, before, leak, unknown, censored), whether they did it, and whether they still may."""
    roles, never = set(table.roles), nw.lit(1) == nw.lit(0)
    dated = "outcome_on" in roles
    timed = opening.starts is not None or "date" in roles
    on, outcome = nw.col("outcome_on"), nw.col("outcome")
    unknown = _undated(roles) if dated else outcome.is_null()
    unknown = unknown | nw.col("date").is_null() if opening.starts is None and "date" in roles else unknown
    statuses = {
        "before": on < opening.begin if dated else never,
        "leak": nw.col("measured_on") >= opening.begin if timed and "measured_on" in roles else never,
        "unmeasured": nw.col("measured_on").is_null() if timed and "measured_on" in roles else never,
        "unknown": unknown,
        "censored": opening.end > nw.lit(last_instant(opening.as_of)) if timed and opening.window else never,
    }
    status = nw.lit("ok")
    for name, condition in reversed(statuses.items()):
        status = nw.when(condition.fill_null(value=False)).then(nw.lit(name)).otherwise(status)
    inside = (on >= opening.begin) & (on <= opening.end) if dated else outcome == 1
    there = on <= nw.lit(last_instant(opening.as_of)) if dated else outcome == 1
    flags = {DID: inside, "__there": there}
    ones = {name: nw.when(flag.fill_null(value=False)).then(nw.lit(1)).otherwise(nw.lit(0)) for name, flag in flags.items()}
    return table.frame.with_columns(**{STATUS: status}, **ones)


def _undated(roles: set[str]) -> nw.Expr:
    """An upgrade whose day is missing."""
    return (nw.col("outcome") == 1) & nw.col("outcome_on").is_null() if "outcome" in roles else nw.lit(1) == nw.lit(0)


def _refuse_empty(table: Table, opening: Opening, counted: Mapping[str, int]) -> None:
    if counted.get("ok"):
        return
    if counted.get("censored"):
        raise CaseError(
            f"{table.name}: nobody's window of {opening.window} is over on {words.day(opening.as_of)}; ask again when it is"
        )
    raise CaseError(
        f"{table.name}: no customer can be judged: {words.listed(map(str, _told(counted).values())) or 'it is empty'}"
    )


def _cells(ok: Frame, table: Table) -> pd.DataFrame:
    """Customers and upgraded of each combination of the segments."""
    names = list(table.segments)
    levels = fetched(ok.select(*(nw.col(name).n_unique().alias(name) for name in names))).iloc[0]
    for name in names:
        if levels[name] > MOST_LEVELS:
            raise CaseError(
                f"{table.name}: the segment '{name}' has {words.amount(int(levels[name]))} values, at the most {MOST_LEVELS} are "
                f"compared; group them, or cut numbers with cuts = {{ {name} = [10, 50] }}"
            )
    sums = ok.group_by(*names).agg(nw.len().alias("customers"), nw.col(DID).sum().alias("upgraded"))
    rows = fetched(sums).sort_values(names, ignore_index=True)
    return rows.astype({"customers": "int64", "upgraded": "int64"} | dict.fromkeys(names, str))


def _goes_to(ok: Frame, table: Table) -> pd.DataFrame | None:
    """Where those who upgraded went; an unrecorded goal is missing."""
    if "to" not in table.roles:
        return None
    sums = ok.filter(nw.col(DID) == 1).group_by("to").agg(nw.len().alias("upgraded"))
    return fetched(sums).astype({"upgraded": "int64"}).sort_values("to", ignore_index=True)


def _uses(ok: Frame, names: Sequence[str], table: Table) -> pd.DataFrame:
    """Of how many customers it is known whether they use a feature of the dearer plan, and how many do."""
    sums: dict[str, nw.Expr] = {}
    for place, name in enumerate(names):
        text = nw.col(name).cast(nw.String).str.to_lowercase()
        parts = {"known": ~text.is_null(), "used": text.is_in(list(YES)), "odd": ~text.is_in([*YES, *NO])}
        for part, flag in parts.items():
            sums[f"{part}{place}"] = nw.when(flag.fill_null(value=False)).then(nw.lit(1)).otherwise(nw.lit(0)).sum()
    row = fetched(ok.select(**sums)).iloc[0] if sums else pd.Series(dtype="int64")
    for place, name in enumerate(names):
        if row[f"odd{place}"]:
            raise TableError(
                f"{table.name}: '{name}' is a feature of the dearer plan: 1 or yes where the customer uses it, 0 or no where "
                f"not; there is '{_odd(ok, name)}'"
            )
    counts = [(name, int(row[f"known{place}"]), int(row[f"used{place}"])) for place, name in enumerate(names)]
    return pd.DataFrame(counts, columns=["feature", "known", "used"])


def _odd(ok: Frame, name: str) -> str:
    """The first value, by the alphabet, that tells neither use nor none."""
    text = nw.col(name).cast(nw.String)
    odd = ok.filter(~text.str.to_lowercase().is_in([*YES, *NO])).select(value=text.min())
    return str(fetched(odd)["value"].iloc[0])


def _people(judged: Frame, columns: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """One row a customer that a model may see, in the order of their ids; and of how many these are."""
    ruled = judged.filter(nw.col(STATUS).is_in(["ok", "censored"]))
    total = int(fetched(ruled.select(n=nw.len()))["n"].iloc[0])
    if total > MOST_PEOPLE:
        ids = fetched(ruled.select("customer"))["customer"]
        ruled = ruled.filter(nw.col("customer").is_in(sorted(ids, key=_hash)[:MOST_PEOPLE]))
    rows = fetched(ruled.select("customer", *columns, DID, "__there", STATUS))
    rows[OUTCOME] = rows[DID].astype(float).where(rows[STATUS] == "ok")
    rows[OPEN] = rows["__there"] == 0
    rows["customer"] = rows["customer"].astype(str)
    return rows.drop(columns=[DID, "__there", STATUS]).sort_values("customer", ignore_index=True), total


def _hash(customer: Any) -> bytes:
    return hashlib.blake2b(str(customer).encode(), digest_size=8).digest()


def _told(counted: Mapping[str, int]) -> dict[str, str]:
    """What is said of those who are not judged, by the name of its check."""
    reasons = {
        "before": ("already there", "had upgraded before the window opened and could not upgrade in it"),
        "leak": ("measured before", "with columns measured when the window had opened, when what is asked for may have begun"),
        "unmeasured": ("day of measuring", "without the day on which they were measured"),
        "unknown": ("outcome", "of whom it is not known whether or when they upgraded"),
        "censored": ("window", "whose window is not over"),
    }
    return {
        name: f"{words.counted(counted[key], 'customer')} {text}: left out."
        for key, (name, text) in reasons.items()
        if counted.get(key)
    }


def _checks(table: Table, opening: Opening, counted: Mapping[str, int], later: Sequence[str]) -> list[Check]:
    told = _told(counted)
    checks = [Check(name, name in ("already there", "window"), text) for name, text in told.items()]
    timed = opening.starts is not None or "date" in table.roles
    if "measured_on" not in table.roles or not timed:
        said = (
            "The table does not say when its columns were measured; one measured in the window would foretell what happens in it."
        )
        checks.append(Check("measured before", None, said))
    elif "measured before" not in told:
        checks.append(Check("measured before", True, "Every row was measured before the window opened."))
    if later:
        names = words.listed(f"'{name}'" for name in later)
        said = f"{names} {words.agreed(len(later), 'was', 'were')} measured when the window had opened: not used."
        checks.append(Check("columns measured later", False, said))
    return checks


def _sample_check(people: pd.DataFrame, eligible: int) -> list[Check]:
    if len(people) == eligible:
        return []
    of = f"{words.amount(len(people))} of {words.amount(eligible)} customers"
    said = f"The model was fitted to {of}, picked by a hash of their ids."
    return [Check("sample", None, said)]
