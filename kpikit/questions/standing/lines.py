"""Lines: one measure a line of a scorecard, a KPI of the catalog or a ratio of the user's own, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.cases import Entry
from kpikit.errors import CaseError
from kpikit.questions.standing.followed import Followed
from kpikit.questions.verdicts import cadence_of, marks, review, side
from kpikit.series import KpiSeries
from kpikit.shapes.ratio import Ratio
from kpikit.stats.intervals import CONFIDENCE
from kpikit.stats.multiple import benjamini_hochberg

CLEAR_AT = 1 - CONFIDENCE
Line = dict[str, Any]


def line_of(
    series: KpiSeries, owner: str, target: Any, benchmark: str | None, *, every: str | None = None, log: Sequence[Entry] = ()
) -> Line:
    """A KPI's line: where it stands in its last usable period, its marks, its signal and its change since the last review."""
    total, own = series.total(), series.variant.computes
    if total.usable.empty:
        raise CaseError(f"{series.kpi.id}: no period of the series holds a value, so there is nothing to show")
    latest, followed = total.usable.iloc[-1], Followed.of_series(series, cadence_of(series, every))
    estimate = side(latest)
    parts = {"numerator_name": own.numerator, "denominator_name": own.denominator}
    told = {
        "name": name_of(series),
        "own": False,
        "grows": False,
        "unit": series.kpi.unit,
        "better": series.kpi.better,
        **parts,
        **estimate,
    }
    told |= {"at": words.when(latest["period"]), "bands": bands_told(series), "review": review(series, owner, every, log)}
    return told | marks(series.kpi, series.variant, estimate, benchmark, target) | _judged(followed)


def name_of(series: KpiSeries) -> str:
    """The KPI's name, with its variant where that is not the default one."""
    default = series.variant is series.kpi.variants[0]
    return series.kpi.name if default else f"{series.kpi.name} ({series.variant.id.replace('_', ' ')})"


def line_of_ratio(ratio: Ratio, beside: KpiSeries, owner: str, *, every: str | None = None, log: Sequence[Entry] = ()) -> Line:
    """The line of a ratio of the user's own, reviewed when the case's KPI is; it has no band and no interval of one period."""
    if ratio.usable.empty:
        raise CaseError(f"{ratio.name}: no period holds a value, so there is nothing to show; check its columns")
    latest, followed = ratio.usable.iloc[-1], Followed.of_ratio(ratio, cadence_of(beside, every))
    parts = dict(zip(("numerator_name", "denominator_name"), _parts(ratio), strict=True))
    estimate = side(latest.reindex([*latest.index, "low", "high", "band"]).where(lambda row: row.notna(), None))
    told = {"name": ratio.name, "own": True, "grows": ratio.grows, "unit": ratio.unit, "better": None, **parts, **estimate}
    told |= {"at": words.when(latest["period"]), "bands": [], "target": None, "benchmark": None}
    told |= {"review": review(beside, owner, every, log)}
    return told | _judged(followed)


def _parts(ratio: Ratio) -> tuple[str, str]:
    return (ratio.parts[0], f"{ratio.parts[0]} of the {ratio.period} before") if ratio.grows else (ratio.parts[0], ratio.parts[1])


def _judged(followed: Followed) -> Line:
    return {"since": followed.since(), "signal": followed.signal(), "grain": followed.grain}


def bands_told(series: KpiSeries) -> list[dict[str, Any]]:
    """The bands of the variant, from where to where."""
    edges = [None, *(band.edge for band in series.variant.bands)]
    return [
        {"name": band.name, "from": None if low is None else float(low), "to": None if band.edge is None else float(band.edge)}
        for band, low in zip(series.variant.bands, edges, strict=False)
    ]


def as_family(lines: Sequence[Line]) -> tuple[list[Line], dict[str, Any]]:
    """The lines with their adjusted p-values, and how many were compared, look changed, and stay so (Benjamini and Hochberg)."""
    p_values = [float("nan") if line["since"] is None else line["since"]["p_value"] for line in lines]
    told = np.array([float("nan") if p is None else p for p in p_values])
    adjusted = benjamini_hochberg(told)
    judged = [
        line | {"adjusted": None if np.isnan(q) else float(q), "clear": bool(q < CLEAR_AT)}
        for line, q in zip(lines, adjusted, strict=True)
    ]
    compared = int((~np.isnan(told)).sum())
    looked = [line["name"] for line, p in zip(judged, told, strict=True) if p < CLEAR_AT]
    clear = [line["name"] for line in judged if line["clear"]]
    return judged, {
        "lines": len(judged),
        "compared": compared,
        "by_chance": CLEAR_AT * compared,
        "looked": looked,
        "clear": clear,
    }


def table_of(lines: Sequence[Line]) -> pd.DataFrame:
    """The scorecard as people read it: each line has a unit of its own, so every cell is a text."""
    return pd.DataFrame([_told(line) for line in lines])


def _told(line: Line) -> dict[str, str]:
    """A line's cells; what stands in brackets stands under the rest of its cell."""
    since, unit = line["since"], line["unit"]
    one, other = (words.amount(line[name]) for name in ("numerator", "denominator"))
    counts = (one, f"after {other}") if line["grows"] else (words.counts_of(line, unit=unit),) if line["numerator_name"] else ()
    span = words.between(line["low"], line["high"], unit, signed=False)
    moved = words.between(since["change"]["low"], since["change"]["high"], unit, signed=True) if since else ""
    judged = since is not None and line["adjusted"] is not None
    p_values = [f"p {words.p_value(since['p_value'])}", f"adjusted {words.p_value(line['adjusted'])}"] if judged else []
    return {
        "measure": _over(*_named(line)),
        "stands at": _over(words.level(line["value"], unit), span, *counts),
        "band": _over(line["band"] or "none", *_marks(line)),
        "since the last review": _over(words.change(since["change"]["value"], unit), moved) if since else "not known",
        "changed": _over("yes" if line["clear"] else "not clearly", *p_values) if p_values else "not known",
        "signal": line["signal"],
        "next review": _over(*words.due_said(line["review"]).split(", ")),
    }


def _named(line: Line) -> list[str]:
    """The name with its variant and its period beneath, so that long names do not make the column wide."""
    name, _, variant = line["name"].partition(" (")
    return [name + (" *" if line["own"] else ""), variant.removesuffix(")"), line["at"]]


def _marks(line: Line) -> list[str]:
    """Target and benchmark, each with how the value stands to it."""
    marks = [(name, line[name]) for name in ("target", "benchmark") if line[name]]
    return [text for name, mark in marks for text in (f"{name} {words.level(mark['value'], line['unit'])}", mark["state"])]


def _over(text: str, *beneath: str) -> str:
    return "\n".join([text, *(f"({more})" for more in beneath if more)])


def reviews_of(lines: Sequence[Line]) -> pd.DataFrame:
    """Which measure is reviewed how often, what was compared with what, when it is next due and whose it is."""
    compared = [line["since"] or {"before": "", "after": "not known"} for line in lines]
    return pd.DataFrame({
        "measure": [line["name"] for line in lines],
        "reviewed every": [line["grain"] for line in lines],
        "last compared": [since["after"] for since in compared],
        "with": [since["before"] for since in compared],
        "last review": [words.last_said(line["review"]) for line in lines],
        "next review": [words.due_said(line["review"]) for line in lines],
        "owner": [line["review"]["owner"] for line in lines],
    })  # fmt: skip


def owned(choices: Mapping[str, Any] | None, names: Sequence[str], key: str) -> Mapping[str, Any]:
    """The choices made for single measures; CaseError for one that names none of them."""
    for name in choices or {}:
        if name not in names:
            raise CaseError(f"[asks] {key} names '{name}', which the scorecard does not hold; {words.near(name, names)}")
    return choices or {}
