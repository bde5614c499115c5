"""measure_answers: who was asked, who answered and why, counted as different customers where the table is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, TableError
from kpikit.measuring.plan import Frame, distinct, fetched
from kpikit.moments import as_moment
from kpikit.shapes.survey import AFTER, ALL, BEFORE, UNDATED, Survey
from kpikit.tables import Table
from kpikit.tables.texts import text_checks

MOST_REASONS = 40  # more are no codes but what people wrote
CHOICES = {"yes": True, "no": False, "": False}


def measure_answers(
    table: Table,
    *,
    as_of: date | str,
    changed_on: date | str | None = None,
    single_choice: str = "",
    labels: Mapping[str, str] | None = None,
) -> Survey:
    """The survey's counts: asked, answered and the reasons named, by segment and side of the change, as different customers.

    A row without a reason is a customer who was asked; one with a reason gave it, several rows are several reasons. `labels`
    turns codes into reasons, codes of one label into one. With `single_choice` "yes" a customer with several is refused.
    Raises CaseError where the case does not fit the table, TableError where nobody answered or the reasons are not coded.

    >>> rows = [("ann", "price"), ("ann", "no need"), ("bob", None), ("cid", "price")]
    >>> from kpikit.tables import read_table
    >>> table = read_table(pd.DataFrame(rows, columns=["customer", "reason"]), kind="answers")
    >>> survey = measure_answers(table, as_of="2026-01-31")
    >>> survey.asked.to_dict("records")
    [{'side': 'all', 'asked': 3, 'answered': 2}]
    """
    if table.kind != "answers":
        raise CaseError(f"{table.name}: reasons are told by a table of kind 'answers', not '{table.kind}'")
    if single_choice not in CHOICES:
        raise CaseError(f"{table.name}: single_choice is '{single_choice}'; it is yes or no")
    moment, change = as_moment(as_of), None if changed_on is None else as_moment(changed_on)
    if change is not None and "date" not in table.roles:
        raise CaseError(f'{table.name}: with changed_on each row needs its date; map one with columns = {{ date = "..." }}')
    table = table.until(moment)
    checks = _reason_checks(table, labels or {})
    frame = _labelled(_sided(table.frame, change), labels or {})
    customers = _customers(frame, table.segments)
    named = distinct(frame.filter(~nw.col("reason").is_null()), "customer", "side", "reason")
    named = named.join(customers.filter(nw.col("answered") == 1), on=["customer", "side"], how="inner")
    asked, checks = _asked(table, customers, change, checks)
    together, several = _together(named, table.segments)
    if CHOICES[single_choice] and several:
        many = f"{words.counted(several, 'customer')} gave several reasons"
        raise TableError(f"{table.name}: {many}, and single_choice is 'yes'; mend the table, or say single_choice = \"no\"")
    counted = fetched(named.group_by("side", *table.segments, "reason").agg(customers=nw.len()))
    twice, paired = _twice(customers, named, asked) if change is not None else (0, None)
    keys = ["side", *table.segments]
    return Survey(
        moment, table.contract, (*table.checks, *checks), table.segments, change, CHOICES[single_choice] or not several,
        _sorted(asked, keys), _sorted(counted, [*keys, "reason"]), _sorted(together, [*keys, "reason", "other"]), twice, several,
        paired,
    )  # fmt: skip


def _sided(frame: Frame, change: datetime | None) -> Frame:
    """Each row with its side of the change; of a row without a date it is not known."""
    if change is None:
        return frame.with_columns(side=nw.lit(ALL))
    later = nw.when(nw.col("date") >= change).then(nw.lit(AFTER)).otherwise(nw.lit(BEFORE))
    return frame.with_columns(side=nw.when(nw.col("date").is_null()).then(nw.lit(UNDATED)).otherwise(later))


def _labelled(frame: Frame, labels: Mapping[str, str]) -> Frame:
    """Codes as the reasons that they stand for."""
    reason = nw.col("reason")
    told = reason
    for code, label in labels.items():
        told = nw.when(reason == code).then(nw.lit(label)).otherwise(told)
    return frame.with_columns(reason=told) if labels else frame


def _reason_checks(table: Table, labels: Mapping[str, str]) -> list[Check]:
    """What the codes have to say; TableError for none or too many, CaseError for a label of a code that is not there."""
    rows = distinct(table.frame.filter(~nw.col("reason").is_null()), "reason").head(MOST_REASONS + 1)
    codes = sorted(map(str, fetched(rows)["reason"]))
    if not codes:
        raise TableError(f"{table.name}: nobody gave a reason, so there is nothing to count")
    if len(codes) > MOST_REASONS:
        raise TableError(f"{table.name}: more than {MOST_REASONS} different reasons, as '{codes[0]}': code the answers first")
    for code in labels:
        if code not in codes:
            raise CaseError(f"{table.name}: labels name the code '{code}', which no row holds; {words.near(code, codes)}")
    told = text_checks("reason", codes)
    checks = [replace(check, sentence=check.sentence.replace("the segment 'reason'", "the column 'reason'")) for check in told]
    if bare := [code for code in codes if labels and code not in labels]:
        checks.append(Check("codes", False, f"No label is given for {words.listed(map(repr, bare))}: shown as in the table."))
    return checks


def _customers(frame: Frame, segments: Sequence[str]) -> Frame:
    """One row a customer and side: whether they answered, and their segments, of several the first by name."""
    gave = nw.when(nw.col("reason").is_null()).then(nw.lit(0)).otherwise(nw.lit(1))
    first = {name: nw.col(name).min() for name in segments}
    last = {f"__last_{name}": nw.col(name).max() for name in segments}
    return frame.with_columns(__gave=gave).group_by("customer", "side").agg(answered=nw.col("__gave").max(), **first, **last)


def _asked(table: Table, customers: Frame, change: datetime | None, checks: list[Check]) -> tuple[pd.DataFrame, list[Check]]:
    """Asked and answered by side and segment; what could not be placed is told."""
    mixed = nw.lit(0)
    for name in table.segments:
        mixed = nw.when(nw.col(name) != nw.col(f"__last_{name}")).then(nw.lit(1)).otherwise(mixed)
    flagged = customers.with_columns(__mixed=mixed).group_by("side", *table.segments)
    rows = fetched(flagged.agg(asked=nw.len(), answered=nw.col("answered").sum(), __mixed=nw.col("__mixed").sum()))
    if several := int(rows["__mixed"].sum()):
        said = f"{words.counted(several, 'customer')} {words.agreed(several, 'has', 'have')} rows of several segments"
        checks = [*checks, Check("mixed segments", False, f"{said}: the first by name counts.")]
    if undated := int(rows.loc[rows["side"] == UNDATED, "asked"].sum()):
        said = f"{words.counted(undated, 'customer')} {words.agreed(undated, 'has', 'have')} rows without a date"
        checks = [*checks, Check("no date", False, f"{said}: these are neither before nor after the change, and left out.")]
    rows = rows[rows["side"] != UNDATED].drop(columns="__mixed")
    for side in (ALL,) if change is None else (BEFORE, AFTER):
        if not rows.loc[rows["side"] == side, "answered"].sum():
            when = "" if change is None else f" {side} the change of {words.day(change)}"
            raise TableError(f"{table.name}: nobody answered{when}; leave changed_on out, or give a table that holds both sides")
    return rows, checks


def _together(named: Frame, segments: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """How many named each two reasons, and how many customers gave several."""
    known = named.filter(nw.col("side") != UNDATED).select("customer", "side", *segments, "reason")
    others = known.select("customer", "side", other=nw.col("reason"))
    both = known.join(others, on=["customer", "side"], how="inner").filter(nw.col("reason") < nw.col("other"))
    counts = fetched(both.group_by("side", *segments, "reason", "other").agg(customers=nw.len()))
    many = known.group_by("customer", "side").agg(reasons=nw.len()).filter(nw.col("reasons") > 1)
    return counts, int(fetched(many.select(rows=nw.len()))["rows"].iloc[0])


def _twice(customers: Frame, named: Frame, asked: pd.DataFrame) -> tuple[int, pd.DataFrame | None]:
    """How many were asked on both sides and, where all were, how each reason of those who answered twice went."""
    known = customers.filter(nw.col("side") != UNDATED)
    again = known.group_by("customer").agg(sides=nw.len(), answers=nw.col("answered").sum()).filter(nw.col("sides") == 2)
    told = fetched(again.select(rows=nw.len(), steady=nw.when(nw.col("answers") == 2).then(nw.lit(1)).otherwise(nw.lit(0)).sum()))
    twice = int(told["rows"].iloc[0])
    if not twice or 2 * twice != int(asked["asked"].sum()):
        return twice, None
    steady = again.filter(nw.col("answers") == 2).select("customer")
    own = named.select("customer", "side", "reason").join(steady, on="customer", how="inner")
    each = own.group_by("customer", "reason").agg(sides=nw.len(), first=nw.col("side").max())  # "before" comes after "after"
    rows = fetched(each.group_by("reason", "sides", "first").agg(customers=nw.len()))
    return twice, _paired(rows, int(told["steady"].iloc[0] or 0))


def _paired(rows: pd.DataFrame, answered: int) -> pd.DataFrame:
    """Reason x how it went, of those who answered on both sides."""
    how = rows["first"].map({BEFORE: "before_only", AFTER: "after_only"}).where(rows["sides"] == 1, "both")
    wide = rows.assign(how=how).pivot_table(index="reason", columns="how", values="customers", aggfunc="sum", fill_value=0)
    counts = wide.reindex(columns=["both", "before_only", "after_only"], fill_value=0).astype("int64").reset_index()
    return counts.rename_axis(columns=None).assign(answered=answered)


def _sorted(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The rows of known sides in order, counts as int64."""
    known = rows[rows["side"] != UNDATED].sort_values(list(keys), ignore_index=True)
    counts = [name for name in ("asked", "answered", "customers") if name in known]
    return known.astype(dict.fromkeys(counts, "int64"))[[*keys, *counts]]
