"""Contacts: who was assigned to which arm, from which day on, and what came of it within the window; sums by cell come back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, TableError
from kpikit.measuring.cells import cell_sums, levels_of
from kpikit.measuring.index_dates import matched_dates
from kpikit.measuring.plan import Frame, fetched
from kpikit.moments import as_moment, days_of, last_instant
from kpikit.shapes.contacts import COUNTED, RANDOMISED, TARGETED, Contacts
from kpikit.tables import Table

OPENED = re.compile(r"open|click|\bread\b|redeem|respond|viewed", re.IGNORECASE)
NUMBER = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$"
MOST_ARMS = 12
DESIGNS = (RANDOMISED, TARGETED)


@dataclass(frozen=True)
class _Asked:
    """What the case says of the contacts."""

    control: str
    design: str
    window: str | None
    days: int | None
    as_of: datetime
    earlier: str | None


def measure_contacts(
    table: Table,
    *,
    as_of: date | str,
    control: str = "",
    design: str = RANDOMISED,
    window: str | None = None,
    earlier: str | None = None,
) -> Contacts:
    """The sums of a campaign by arm, segment and, where targets were chosen, level before; from a table of kind customers.

    `control` is the arm that was sent nothing, `window` how long each customer is followed from the index date on, `earlier` a
    column with the measure one window before `before`. A control without a date gets one of the contacts' dates: the same place
    among the dates of its segment as its id, read from its last letter on, has among the controls. Whoever had upgraded before
    the index date was not at risk and is left out; a window that is not over is no "no". Raises CaseError, TableError.
    """
    asked = _Asked(str(control), design, window, days_of(window or ""), last_instant(as_moment(as_of)), earlier)
    _refuse(table, asked)
    table = table.until(as_moment(as_of))
    frame = _rows(table, asked)
    arms, undated = _arms(frame, table, asked)
    named, split = _accounts(frame) if "account" in table.roles else ({}, 0)
    if undated:
        _refuse_nameless(table, f"{words.counted(undated, 'control')} without a date, who are given one by their ids")
        frame = matched_dates(frame, table.segments, asked.control)
    frame = frame.with_columns(status=_status(table, asked), **_outcome(table, asked))
    columns = _columns(table, asked)
    told = _told(frame, columns, asked)
    _refuse_facts(told, arms, table)
    counted = told[told["status"] == COUNTED]
    missing = int(counted["amounts_missing"].sum()) if "amount" in columns else 0
    columns = tuple(name for name in columns if name != "amount" or not missing or "outcome" not in columns)
    centres: dict[str, float] = {name: _mean(counted, name) for name in ("before", "earlier") if name in columns}
    rows = levels_of(frame.filter(nw.col("status") == COUNTED), design == TARGETED and "before" in columns)
    cells, sums = cell_sums(rows, columns, table.segments, centres, "account" in table.roles)
    given = undated - int(told.loc[(told["status"] == "no date") & (told["arm"] == asked.control), "customers"].sum())
    checks = (*table.checks, *_unassigned(table))
    return Contacts(
        as_moment(as_of), table.contract, checks, window, columns[1], design, arms, columns, table.segments, cells, sums,
        told[["arm", "status", "customers"]], centres, given if undated else 0, sums.units if named else None, named, split,
        missing, _last_end(told, asked),
    )  # fmt: skip


def _refuse(table: Table, asked: _Asked) -> None:
    name = table.name
    if table.kind != "customers":
        raise CaseError(
            f"{name}: a campaign is asked of a table of kind 'customers', one row an assigned customer, not '{table.kind}'"
        )
    if asked.design not in DESIGNS:
        raise CaseError(f"{name}: design is '{asked.design}'; it is one of {', '.join(DESIGNS)}")
    if "arm" not in table.roles:
        raise CaseError(
            f"{name} needs the role 'arm': what each customer was assigned to; map it, as columns = {{ arm = \"group\" }}"
        )
    if not {"outcome", "outcome_on", "amount"} & {*table.roles}:
        raise CaseError(f"{name} needs an outcome: map 'outcome_on' (the day of the upgrade), 'outcome' (0 or 1) or 'amount'")
    _refuse_opened([str(table.columns.get("arm", "arm"))], table)
    dated = {"date", "outcome_on"} & {*table.roles}
    if dated and not asked.days:
        raise CaseError(
            f"{name}: a campaign is followed for days from the index date, as window = \"30 days\"; not '{asked.window}'"
        )
    if "outcome_on" in dated and "date" not in dated:
        raise CaseError(f"{name} needs the role 'date', the day a customer was sent it: an upgrade counts from there on")


def _refuse_opened(names: Sequence[str], table: Table) -> None:
    if found := next((name for name in names if OPENED.search(name)), None):
        raise CaseError(
            f"{table.name}: '{found}' says who opened or clicked, and that is no arm: those who open are keener to begin with; "
            "map the role 'arm' to what was sent to whom"
        )


def _rows(table: Table, asked: _Asked) -> Frame:
    """The assigned customers with every role as it is reckoned with: amounts as floats, accounts without a name by customer."""
    frame = table.frame.filter(~nw.col("arm").is_null())
    if "customer" in table.roles:
        _refuse_repeated(frame, table)
    floats = [name for name in ("amount", "before", "outcome") if name in table.roles]
    told: dict[str, nw.Expr] = {name: nw.col(name).cast(nw.Float64) for name in floats}
    told["arm"] = nw.col("arm").cast(nw.String)
    if "account" in table.roles:
        told["account"] = _units(frame, table)
    if asked.earlier:
        _refuse_texts(frame, asked.earlier, table)
        told["earlier"] = nw.col(asked.earlier).cast(nw.Float64)
    return frame.with_columns(**told)


def _units(frame: Frame, table: Table) -> nw.Expr:
    """The account of each customer; who has none is one alone."""
    account = nw.col("account").cast(nw.String)
    if "customer" in table.roles:
        alone = nw.concat_str([nw.lit("customer "), nw.col("customer").cast(nw.String)])
        return nw.when(nw.col("account").is_null()).then(alone).otherwise(account)
    if count := int(fetched(frame.filter(nw.col("account").is_null()).select(rows=nw.len()))["rows"].iloc[0]):
        _refuse_nameless(table, f"{words.counted(count, 'row')} without an account, each of which is one customer")
    return account


def _unassigned(table: Table) -> list[Check]:
    """Says how many rows name no arm."""
    count = int(fetched(table.frame.filter(nw.col("arm").is_null()).select(rows=nw.len()))["rows"].iloc[0])
    who = words.counted(count, "row") + words.agreed(count, " names", " name")
    return [Check("no arm", False, f"{who} no arm: left out, as nobody knows what was assigned.")] if count else []


def _refuse_nameless(table: Table, whom: str) -> None:
    if "customer" not in table.roles:
        mend = 'map it, as columns = { customer = "user_id" }'
        raise CaseError(f"{table.name} needs the role 'customer': it has {whom}; {mend}")


def _refuse_repeated(frame: Frame, table: Table) -> None:
    twice = frame.group_by("customer").agg(nw.len().alias("rows")).filter(nw.col("rows") > 1)
    if count := int(fetched(twice.select(rows=nw.len()))["rows"].iloc[0]):
        raise TableError(
            f"{table.name}: {words.counted(count, 'customer')} in more than one row; a campaign has one row for each assigned "
            "customer: keep one campaign with [[keep]], or the first contact of each"
        )


def _refuse_texts(frame: Frame, column: str, table: Table) -> None:
    known = frame.filter(~nw.col(column).is_null()).filter(~nw.col(column).str.contains(NUMBER))
    if len(wrong := fetched(known.select(column).head(1))):
        raise TableError(
            f"{table.name}: {column} holds '{wrong[column].iloc[0]}'; it must be a number, the measure before 'before'"
        )


def _arms(frame: Frame, table: Table, asked: _Asked) -> tuple[tuple[str, ...], int]:
    """The arms' names, the control first, the others by name; and how many controls have no date of their own."""
    undated = nw.col("date").is_null() if "date" in table.roles else nw.lit(value=False)
    flag = nw.when(undated).then(nw.lit(1)).otherwise(nw.lit(0))
    rows = fetched(frame.with_columns(__undated=flag).group_by("arm").agg(nw.col("__undated").sum())).set_index("arm")
    found = sorted(rows.index)
    _refuse_opened(found, table)
    if not asked.control:
        raise CaseError(f"{table.name}: say which arm is the control, in [asks] control; there is {words.listed(found)}")
    if asked.control not in found:
        raise CaseError(f"{table.name}: no arm '{asked.control}' to compare with as control; {words.near(asked.control, found)}")
    if not 2 <= len(found) <= MOST_ARMS:
        raise CaseError(
            f"{table.name}: {words.counted(len(found), 'arm')}; a campaign has from 2 to {MOST_ARMS}, the control among them"
        )
    others = (name for name in found if name != asked.control)
    return (asked.control, *others), int(rows["__undated"].to_dict()[asked.control])


def _status(table: Table, asked: _Asked) -> nw.Expr:
    """Of each assigned customer whether it is counted, or why not."""
    status: nw.Expr = nw.lit(COUNTED)
    unknown = [nw.col(name).is_null() for name in ("outcome",) if name in table.roles and "outcome_on" not in table.roles]
    if not {"outcome", "outcome_on"} & {*table.roles}:
        unknown = [nw.col("amount").is_null()]
    for missing in unknown:
        status = nw.when(missing).then(nw.lit("not known")).otherwise(status)
    if asked.days:
        late = nw.col("date") > asked.as_of - timedelta(days=asked.days)
        status = nw.when(late).then(nw.lit("open")).otherwise(status)
        if "outcome_on" in table.roles:
            early = (nw.col("outcome_on") < nw.col("date")).fill_null(value=False)
            status = nw.when(early).then(nw.lit("before")).otherwise(status)
        status = nw.when(nw.col("date").is_null()).then(nw.lit("no date")).otherwise(status)
    return status


def _outcome(table: Table, asked: _Asked) -> dict[str, nw.Expr]:
    """1 for whoever upgraded within the window, its end included."""
    if "outcome_on" not in table.roles or not asked.days:
        return {}
    within = (nw.col("outcome_on") <= nw.col("date") + timedelta(days=asked.days)).fill_null(value=False)
    return {"outcome": nw.when(within).then(nw.lit(1.0)).otherwise(nw.lit(0.0))}


def _columns(table: Table, asked: _Asked) -> tuple[str, ...]:
    outcome = ["outcome"] if {"outcome", "outcome_on"} & {*table.roles} else []
    further = [name for name in ("amount", "before") if name in table.roles]
    return "customers", *outcome, *further, *(["earlier"] if asked.earlier else [])


def _told(frame: Frame, columns: Sequence[str], asked: _Asked) -> pd.DataFrame:
    """One row an arm and status: customers, and what has to be known of them before they are summed."""
    parts: dict[str, nw.Expr] = {"customers": nw.lit(1)}
    if asked.days:
        parts["last"] = nw.col("date")
    if "amount" in columns:
        parts["amounts_missing"] = nw.when(nw.col("amount").is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
    for name in ("before", "earlier"):
        if name in columns:
            parts[f"{name}_sum"] = nw.col(name)
            parts[f"{name}_known"] = nw.when(nw.col(name).is_null()).then(nw.lit(0)).otherwise(nw.lit(1))
    largest = [f"__{name}" for name in parts if name == "last"]
    summed = [f"__{name}" for name in parts if f"__{name}" not in largest]
    named = frame.with_columns(**{f"__{name}": part for name, part in parts.items()})
    rows = fetched(named.group_by("arm", "status").agg(nw.col(*summed).sum(), *(nw.col(name).max() for name in largest)))
    rows = rows.rename(columns=lambda name: name.removeprefix("__")).sort_values(["arm", "status"], ignore_index=True)
    return rows.astype({"customers": "int64"})


def _refuse_facts(told: pd.DataFrame, arms: Sequence[str], table: Table) -> None:
    counted = told[told["status"] == COUNTED]
    if gone := [arm for arm in arms if arm not in set(counted["arm"])]:
        raise CaseError(f"{table.name}: the arm '{gone[0]}' has nobody whose window is over and who had not upgraded before")


def _mean(counted: pd.DataFrame, name: str) -> float:
    known = float(counted[f"{name}_known"].sum())
    return float(counted[f"{name}_sum"].sum()) / known if known else 0.0


def _accounts(frame: Frame) -> tuple[dict[str, int], int]:
    """How many accounts have all their users in each arm, and how many have users in several."""
    ends = frame.group_by("account").agg(least=nw.col("arm").min(), most=nw.col("arm").max())
    rows = fetched(ends.group_by("least", "most").agg(nw.len().alias("accounts")))
    whole = rows[rows["least"] == rows["most"]].sort_values("least")
    named = {str(arm): int(count) for arm, count in zip(whole["least"], whole["accounts"], strict=True)}
    return named, int(rows["accounts"].sum() - whole["accounts"].sum())


def _last_end(told: pd.DataFrame, asked: _Asked) -> datetime | None:
    """When the last window that is open will be over."""
    open_ = told[told["status"] == "open"]
    if not asked.days or open_.empty:
        return None
    last: datetime = pd.Timestamp(open_["last"].max()).to_pydatetime()
    return last + timedelta(days=asked.days)
