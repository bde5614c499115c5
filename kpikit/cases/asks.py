"""What each question needs to be told beside the keys that every case has: the case's table [asks]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpikit import words
from kpikit.cases.values import as_day
from kpikit.errors import CaseError

#: questions whose case needs no KPI: what they count, their own keys say
WITHOUT_KPI = ("segments", "funnel", "campaign", "openings", "lifetime", "feedback")
SHAPES = {
    "text": "text", "texts": "a list of texts", "number": "a number", "whole": "a whole number", "date": "a date, as 2025-07-01",
    "column": "the name of a column", "columns": "a list of columns", "table": "a table of texts, numbers or lists of texts",
}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One key: what its value must be (one of SHAPES), which way it goes ("measure" or "ask"), and what it means."""

    shape: str
    to: str
    note: str


#: question -> key -> what it is
ASKS: dict[str, dict[str, Ask]] = {
    "scorecard": {
        "related": Ask(
            "table", "measure", 'ratios of your own, as { Retention = ["retained", "at_start"], "Revenue growth" = "revenue" }'
        ),
        "targets": Ask("table", "ask", "targets of the KPIs of 'also', in their units, as { upsell_ratio = 0.25 }"),
        "benchmarks": Ask("table", "ask", 'the industries of their benchmarks, as { "product_upgrade_ratio.adoption" = "SaaS" }'),
        "owners": Ask("table", "ask", 'whose they are, and the ratios of your own, as { upsell_ratio = "head of sales" }'),
    },
    "segments": {
        "window_starts": Ask("date", "measure", "the day from which on the outcome is counted, for as long as the case's window"),
        "features": Ask("columns", "measure", "what was known before that day, for the drivers"),
        "plan_features": Ask("columns", "measure", "1 where the customer uses a feature of the dearer plan, 0 where not"),
        "feature_dates": Ask("table", "measure", "the day on which a column was measured, where it is not the row's own"),
        "did": Ask("text", "ask", "the outcome in words, as 'redeemed a coupon'"),
        "who": Ask("text", "ask", "the people in words, as 'households'"),
        "seed": Ask("whole", "ask", "of the permutations and folds; the same seed gives the same answer"),
    },
    "funnel": {"steps": Ask("texts", "measure", "the steps in order, each an event or named in event_names")},
    "campaign": {
        "control": Ask("text", "measure", "the arm that was sent nothing"),
        "design": Ask("text", "measure", "randomised, where the arms were drawn by lot, or targeted, where they were chosen"),
        "earlier": Ask("column", "measure", "the measure one window before `before`, to see whether both ran parallel"),
        "chosen_by": Ask("text", "ask", "how targets were chosen, where they were"),
        "shares": Ask("table", "ask", "the planned share of each arm, as { control = 1, email = 1 }"),
        "looks": Ask("whole", "ask", "how many looks at the data were planned"),
        "look": Ask("whole", "ask", "which of them this is"),
        "cost_per_contact": Ask("number", "ask", "what one contact costs"),
    },
    "targets": {
        "revenue_up": Ask("number", "ask", "the revenue that is wanted on top, 0.20 is 20 % more"),
        "base_revenue": Ask(
            "number", "ask", "all revenue of one period, of which revenue_up is a part; else that of the KPI's own units"
        ),
        "path": Ask("table", "ask", 'the agreed value by period, as { "2026-03" = 0.21 }'),
        "horizon": Ask("whole", "ask", "in how many periods the goal is wanted"),
    },
    "openings": {
        "level": Ask("text", "measure", 'what goes with what: "product" or "line"'),
        "within": Ask("text", "measure", 'how long after the first order a later one counts, as "30 days"'),
        "least": Ask("whole", "measure", "customers that a product must have had to be looked at"),
        "most": Ask("whole", "measure", "products that are looked at, the most bought first"),
    },
    "seasons": {
        "peak": Ask(
            "texts", "ask", 'the part of the year, or of the week, that is the peak, as ["11", "12"]; else it is looked for'
        )
    },
    "lifetime": {
        "horizon": Ask("text", "ask", 'how far ahead a customer\'s worth is reckoned, as "365 days"'),
        "acquisition_cost": Ask("number", "ask", "what one new customer costs"),
        "discount_rate": Ask("number", "ask", "how much less money a year later counts, 0.08 is 8 %"),
        "margin": Ask("number", "ask", "the part of revenue that is kept, 0.60 is 60 %; else revenue itself is told"),
        "prices": Ask("table", "ask", "of plans: the monthly price of each, as { basic = 10, pro = 25 }"),
        "claim": Ask("number", "ask", "by how much upselling is said to raise revenue, 0.30 is 30 %"),
        "holdout": Ask("text", "measure", 'the last stretch, held out to test the models by, as "180 days"; else a third'),
    },
    "feedback": {
        "labels": Ask("table", "measure", 'what the codes in the column of reasons stand for, as { p = "the price" }'),
        "single_choice": Ask("text", "measure", "yes where only one reason could be given, else no; without it the table tells"),
        "beside": Ask("table", "ask", "rates by segment to stand beside the response, as { Basic = 0.12 }; shown, not computed"),
    },
    "variants": {
        "only": Ask("texts", "measure", 'the variants to compare, as ["all_subscribers", "customers_once"]; else all of the KPI'),
        "counted_as": Ask(
            "table", "measure", 'of sums: a variant\'s own columns, as { customers_once = ["upgraders", "subscribers"] }'
        ),
    },
    "tree": {
        "change": Ask(
            "table", "ask", 'what you would change, added in the part\'s own unit, as { "upgrade_rate.customers_once" = 0.01 }'
        ),
        "since": Ask("text", "ask", 'the earlier period to compare with, as "2025-06"; else the review period before the last'),
    },
}


def read_asks(question: str, asks: Mapping[str, Any], case_id: str) -> dict[str, Any]:
    """The keys of [asks] as the question takes them, numbers as floats; CaseError for one that is unknown or mistyped."""
    known, read = ASKS.get(question, {}), {}
    for key, value in asks.items():
        if key not in known:
            raise CaseError(f"{case_id}: [asks] of '{question}' has no key '{key}'; {words.near(key, known)}")
        if known[key].shape == "date":
            value = as_day(value, case_id, f"[asks] {key}")
        if not _fits(known[key].shape, value):
            raise CaseError(f"{case_id}: [asks] {key} is {value!r}; it must be {SHAPES[known[key].shape]}")
        read[key] = _read(value)
    return read


def asks_to(question: str, asks: Mapping[str, Any], to: str) -> dict[str, Any]:
    """The keys that go one way, "measure" or "ask", as keyword arguments."""
    return {key: value for key, value in asks.items() if ASKS[question][key].to == to}


def columns_of(question: str, asks: Mapping[str, Any]) -> tuple[str, ...]:
    """The further columns of the table that the question reads."""
    found: list[str] = []
    for key, value in asks.items():
        if ASKS[question][key].shape in ("column", "columns"):
            found += [value] if isinstance(value, str) else value
    return tuple(dict.fromkeys(found))


def _fits(shape: str, value: Any) -> bool:
    if shape in ("text", "column"):
        return isinstance(value, str)
    if shape in ("texts", "columns"):
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if shape == "table":
        return isinstance(value, Mapping) and all(
            _is_number(item) or isinstance(item, str) or _fits("texts", item) for item in value.values()
        )
    if shape == "date":
        return isinstance(value, date)
    return _is_number(value) and (shape == "number" or isinstance(value, int))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _read(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _read(item) for key, item in value.items()}
    return [*value] if isinstance(value, (list, tuple)) else value
