"""Every KPI of the catalogue runs: each variant on each kind of table that it says it is measured on."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pandas as pd
import pytest

from kpikit.catalog import kpi_ids, load_kpi
from kpikit.measuring import compose, measure
from kpikit.measuring.composing import leaves
from kpikit.tables import read_table

AS_OF = date(2026, 12, 31)
MONTHS = [f"2026-0{month}" for month in range(1, 5)]
PLANS = ["basic", "team", "pro"]
NAMES = {"numerator": ["did"], "denominator": ["was there"]}
COUNTED = [
    (kpi_id, variant.id, kind)
    for kpi_id in kpi_ids()
    for variant in load_kpi(kpi_id).variants
    for kind in variant.tables
]  # fmt: skip
COMPOSED = [
    (kpi_id, variant.id) for kpi_id in kpi_ids() for variant in load_kpi(kpi_id).variants if variant.computes.composed
]  # fmt: skip


def days(chance):
    return str(date(2026, 1, 1) + timedelta(days=chance.randrange(120)))


def plans(chance):
    """Sixty customers who move between three plans, leave and come back."""
    states = [*PLANS, "cancelled"]
    rows = []
    for customer in range(60):
        for moment in sorted({days(chance) for _ in range(4)}):
            plan = chance.choice(states)
            rows.append((f"c{customer}", moment, plan, Decimal(10 * (states.index(plan) + 1)) if plan in PLANS else Decimal(0)))
    return pd.DataFrame(rows, columns=["customer", "date", "plan", "amount"])


def orders(chance):
    rows = [
        (f"c{chance.randrange(30)}", f"o{order}", days(chance), f"p{chance.randrange(6)}", f"l{chance.randrange(3)}", Decimal(5))
        for order in range(150)
        for _ in range(chance.randrange(1, 4))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["customer", "order", "date", "product", "line", "amount"])


def events(chance):
    rows = [(f"c{chance.randrange(40)}", days(chance), chance.choice(["did", "was there"]), Decimal(2)) for _ in range(400)]
    return pd.DataFrame(rows, columns=["customer", "date", "event", "amount"])


def ratings(chance, lowest=1, highest=5):
    rows = [(f"c{customer}", days(chance), chance.randint(lowest, highest)) for customer in range(80)]
    return pd.DataFrame(rows, columns=["customer", "date", "score"])


def customers(chance):
    rows = [(f"c{customer}", days(chance), chance.choice([0, 1, None])) for customer in range(80)]
    return pd.DataFrame(rows, columns=["customer", "date", "outcome"])


ROWS = {"plans": plans, "orders": orders, "events": events, "customers": customers}
SUMS = pd.DataFrame({"period": MONTHS, "numerator": [7, 9, 8, 6], "denominator": [40, 41, 39, 40], "less": [2, 1, 3, 2]})


@cache
def table_of(kind, less=False, scale=(1, 5)):
    if kind in ("counts", "volumes"):
        return read_table(SUMS if less else SUMS.drop(columns="less"), kind=kind)
    rows = ratings(random.Random(1), *scale) if kind == "ratings" else ROWS[kind](random.Random(1))
    return read_table(rows, kind=kind)


def choices(kind, variant):
    if kind == "plans":
        return {"plan_order": PLANS, "event_names": {"left": ["cancelled"]}}
    return {"event_names": NAMES} if kind == "events" else {}


@cache
def measured(kpi_id, variant_id, kind):
    kpi = load_kpi(kpi_id)
    variant = kpi.variant(variant_id)
    scale = tuple(variant.measures.get("ratings", {}).get("scale", (1, 5)))
    window = variant.window or ("30 days" if variant.computes.kind == "follow_on" else "month")
    table = table_of(kind, bool(variant.computes.less), scale)
    return measure(kpi, table, variant=variant_id, as_of=AS_OF, window=window, period="month", **choices(kind, variant))


@pytest.mark.parametrize(("kpi_id", "variant_id", "kind"), COUNTED)
def test_a_variant_runs_on_each_kind_of_table_that_it_names(kpi_id, variant_id, kind):
    series = measured(kpi_id, variant_id, kind)
    usable, computes = series.usable, series.variant.computes
    assert len(usable) >= 2
    assert usable["denominator"].map(lambda count: count > 0).all()
    if computes.part_of_whole:
        assert usable["value"].between(0, 1).all()
    if kind in ("counts", "volumes"):
        taken = SUMS["less"] if computes.less else 0
        assert list(usable["value"]) == pytest.approx(list((SUMS["numerator"] - taken) / SUMS["denominator"]), abs=1e-15)


@pytest.mark.parametrize(("kpi_id", "variant_id"), COMPOSED)
def test_a_composed_variant_runs_on_the_series_of_its_parts(kpi_id, variant_id):
    kpi = load_kpi(kpi_id)
    parts = {}
    for key in leaves(kpi, kpi.variant(variant_id)):
        part, _, variant = key.partition(".")
        chosen = load_kpi(part).variant(variant or None)
        parts[key] = measured(part, chosen.id, chosen.tables[0])
    series = compose(kpi, parts, variant=variant_id)
    assert series.usable["value"].notna().all() and len(series.usable) >= 2
    assert set(series.parts) == set(series.variant.computes.of)


def test_the_catalogue_covers_what_it_promises():
    ids = set(kpi_ids())
    assert len(ids) >= 60
    assert {
        "upgrade_rate", "upsell_ratio", "cross_sell_rate", "add_on_attach_rate", "feature_adoption_rate", "trial_conversion_rate",
        "downgrade_rate", "contraction_rate", "renewal_rate", "customer_retention_rate", "customer_churn_rate", "revenue_churn_rate",
        "expansion_revenue_rate", "net_revenue_retention", "quick_ratio", "activation_rate", "stickiness",
        "upsell_funnel_completion_rate", "offer_acceptance_rate", "repeat_purchase_rate", "average_order_value",
        "average_revenue_per_user", "customer_lifetime_value", "customer_acquisition_cost", "cac_payback_period",
        "net_promoter_score", "customer_satisfaction_score", "process_yield", "recovery_rate", "single_pass_conversion",
    } <= ids  # fmt: skip
