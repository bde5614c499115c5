"""TechSolutions at its January review: one row a month, the counts behind four KPIs and five ratios of its own.

Planted: in the last quarter, October to December 2025, the share of customers who bought something of higher value
lies 1.8 pp higher than in the quarters before. Nothing else changed since the last review. What leads a careless reader astray:
nine changes are looked at, and under the committed seed one more of them looks like a change (p under 0.05) although
nothing is there. Three further things that are no change since the last review: upgrades have stood higher since
the summer of 2025, revenue grows by about 1.1 % every month, and satisfaction is a mean of a few hundred
answers, so it wanders.
"""

import numpy as np
import pandas as pd

SEED = 10  # the first under which just one other measure looks changed, and does not survive the correction
MONTHS = pd.period_range("2022-06", "2025-12", freq="M")
STEP_PP = 1.8  # of the customers, more who bought something of higher value, in the last three months
LAST_QUARTER = np.asarray(MONTHS.year * 100 + MONTHS.month >= 202510)
RISEN, RISEN_PP = (
    np.asarray(MONTHS.year * 100 + MONTHS.month >= 202507),
    7.0,
)  # upgrades: an old change, before the review before the last


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """Counts by month."""
    rng = np.random.Generator(np.random.PCG64(seed))
    size = len(MONTHS)
    subscribers = 9000 + rng.poisson(95, size).cumsum()
    upgrades = rng.poisson(subscribers * (0.15 + RISEN_PP / 100 * RISEN))
    customers = 10500 + rng.poisson(100, size).cumsum()
    upsold = rng.binomial(customers, 0.085 + STEP_PP / 100 * LAST_QUARTER * planted)
    offered = 5200 + rng.poisson(40, size).cumsum()
    using = rng.binomial(offered, 0.24)
    first_buyers = rng.poisson(640, size)
    bought_more = rng.binomial(first_buyers, 0.19)
    at_start = customers
    lost = rng.binomial(at_start, 0.021)
    new = rng.binomial(at_start, 0.03)
    revenue = (620000 * 1.011 ** np.arange(size) * (1 + 0.012 * rng.standard_normal(size))).round(-2)
    answers = rng.poisson(420, size)
    score_sum = (answers * (4.1 + 0.9 * rng.standard_normal(size) / np.sqrt(answers))).round()
    columns = {
        "upgrades": upgrades, "subscribers": subscribers, "upsold_customers": upsold, "customers": customers,
        "using_upgrade": using, "offered": offered, "bought_more": bought_more, "first_buyers": first_buyers,
        "retained": at_start - lost, "lost": lost, "new_customers": new, "revenue_usd": revenue.astype("int64"),
        "score_sum": score_sum.astype("int64"), "answers": answers,
    }  # fmt: skip
    return pd.DataFrame({"month": MONTHS.astype(str), **columns})
