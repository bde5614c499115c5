"""The tables of an answer to `feedback` as they are read: what under five people said is hidden, with what would give it away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.errors import CaseError
from kpikit.questions.surveying.comparisons import MOVED, RESPONSE, SEGMENT, clear_groups, segment_of, told_of
from kpikit.shapes.survey import Survey
from kpikit.stats.disclosure import LEAST, hidden
from kpikit.stats.intervals import wilson

HIDDEN = f"hidden: under {LEAST} people"
GIVEN = "KPI, as the case gives it"


def shown(verdict: Mapping[str, Any]) -> pd.DataFrame:
    """The reasons as they are read."""
    rows = pd.DataFrame(verdict["reasons"])
    table = rows[["reason", "customers", "share", "share_low", "share_high"]].astype(object)
    if verdict["weighted_by"]:
        table["weighted to all asked"] = [_span(row, "weighted", "weighted_low", "weighted_high") for row in verdict["reasons"]]
    table["at least, at most of all asked"] = [
        words.between(row["least"], row["most"], "percent", signed=False) for row in verdict["reasons"]
    ]
    marks = [HIDDEN if row["hidden"] else "" for row in verdict["reasons"]]
    return table.where(table.notna(), None).assign(mark=marks)


def _span(row: Mapping[str, Any], *names: str) -> str:
    value, low, high = (row[name] for name in names)
    return f"{words.level(value, 'percent')} ({words.between(low, high, 'percent', signed=False)})" if value is not None else ""


def response_shown(survey: Survey, family: pd.DataFrame, beside: Mapping[str, Any]) -> pd.DataFrame:
    """Who answered by segment, the whole first; `beside` in its own column. Small groups, and what tells them, are hidden."""
    table, lines = _responses(survey)
    _refuse_strangers(beside, list(table["value"][1:]))
    gone = np.logical_or(*hidden(table[["asked", "answered"]].to_numpy(), lines))
    table["rate"], table["rate_low"], table["rate_high"] = wilson(table["answered"], table["asked"])
    given = [words.level(float(beside[value]), "percent") if value in beside else "" for value in table.pop("value")]
    differs = table["segment"].isin([segment for segment, _ in clear_groups(survey, family, RESPONSE)])
    table = table.astype(object).where(~gone[:, None] | (table.columns == "segment"), None)
    table = table.assign(**{GIVEN: given}) if beside else table
    return table.assign(mark=np.where(gone, "hidden: few people", np.where(differs, "differs", "")))


def _responses(survey: Survey) -> tuple[pd.DataFrame, list[tuple[int, list[int]]]]:
    """Asked and answered of all and of each group, and which rows add up to all."""
    rows = survey.asked[survey.asked["side"] == survey.side]
    table = [("all", "", int(rows["asked"].sum()), int(rows["answered"].sum()))]
    lines = []
    for name in survey.segments:
        parts = rows.groupby(name)[["asked", "answered"]].sum().reset_index().to_dict("records")
        lines.append((0, list(range(len(table), len(table) + len(parts)))))
        table += [
            (segment_of({"column": name, "group": part[name]}), str(part[name]), part["asked"], part["answered"])
            for part in parts
        ]
    return pd.DataFrame(table, columns=["segment", "value", "asked", "answered"]), lines


def _refuse_strangers(beside: Mapping[str, Any], values: list[str]) -> None:
    for name, rate in beside.items():
        if name not in values:
            raise CaseError(f"feedback: beside names the segment '{name}'; {words.near(name, [v for v in values if v])}")
        if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise CaseError(f"feedback: beside gives '{name}' the rate {rate!r}; it is a fraction from 0 to 1")


def pairs_shown(survey: Survey, family: pd.DataFrame) -> pd.DataFrame:
    """Share of each reason by segment; cells under five, and what would give them away, are hidden."""
    rows = survey.asked[survey.asked["side"] == survey.side]
    named = survey.named[survey.named["side"] == survey.side]
    reasons = sorted(named["reason"].unique())
    found = [_cut(rows, named, reasons, name) for name in survey.segments]
    if not found:
        return pd.DataFrame(columns=["segment", "answered", *reasons])
    clear = clear_groups(survey, family, SEGMENT)
    table = pd.concat(found, ignore_index=True)
    for reason in reasons:
        table[reason] = [
            f"{text} *" if (segment, reason) in clear else text
            for segment, text in zip(table["segment"], table[reason], strict=True)
        ]
    return table


def _cut(rows: pd.DataFrame, named: pd.DataFrame, reasons: list[str], name: str) -> pd.DataFrame:
    """One segment column's shares as texts: totals and cells are looked at together, so that no sum tells a hidden one."""
    answered = rows.groupby(name)["answered"].sum()
    wide = (
        named.groupby([name, "reason"])["customers"]
        .sum()
        .unstack(fill_value=0)
        .reindex(index=answered.index, columns=reasons, fill_value=0)
    )
    many = len(reasons)
    counts = np.concatenate([wide.sum().to_numpy(), wide.to_numpy().ravel()])
    lines = [(place, [many * (row + 1) + place for row in range(len(wide))]) for place in range(many)]
    gone = np.logical_or(*hidden(counts[:, None], lines))[many:].reshape(wide.shape)
    shares = wide.to_numpy() / np.maximum(answered.to_numpy(), 1)[:, None]
    texts = np.where(gone, "hidden", np.vectorize(lambda share: words.level(share, "percent"))(shares))
    few = (answered < LEAST).to_numpy()
    told = pd.DataFrame(np.where(few[:, None], "hidden", texts), columns=reasons)
    told.insert(0, "answered", [None if small else int(count) for small, count in zip(few, answered, strict=True)])
    told.insert(0, "segment", [segment_of({"column": name, "group": value}) for value in answered.index])
    return told


def moves_shown(family: pd.DataFrame) -> pd.DataFrame:
    """Each reason before and after with its change; what under five named on a side is hidden."""
    rows = family[family["about"] == MOVED]
    told = [{"segment": row["reason"], **told_of(row)} for row in rows.to_dict("records")]
    columns = {
        "segment": "segment",
        "before": "other",
        "after": "value",
        "change": "change",
        "change_low": "change_low",
        "change_high": "change_high",
    }
    table = pd.DataFrame({name: [row[key] for row in told] for name, key in columns.items()}, columns=list(columns))
    table["adjusted_p"] = [words.p_value(row["p_value"]) for row in told]
    table["before"] = table["before"].astype(object).where(table["before"].notna(), None)
    return table.assign(mark=["moved" if row["clear"] else HIDDEN if row["value"] is None else "" for row in told])
