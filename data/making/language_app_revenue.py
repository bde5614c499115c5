"""An invented maker of a language app: what its revenue per subscriber is made of, one row a month.

Planted: in December 2025 the share of subscribers who upgrade lies 1.8 pp higher than before. Nothing else changed; it makes
about 0.36 of revenue per subscriber. What leads a careless reader astray: 19 of 20 dollars are base revenue, a step of 1 % of
which weighs more than a step of any other part, so that every month the base seems to be where the action is; but it drifts
by 2 cents a month, and its wobble from month to month is luck.
"""

import numpy as np
import pandas as pd

SEED = 3
MONTHS = pd.period_range("2024-01", "2025-12", freq="M")
UPGRADE, STEP_PP = 0.04, 1.8  # the share who upgrade in a month; more of 100 in the last one
UPSELL = 0.10
LAST = np.asarray(MONTHS[-1] == MONTHS)


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """Subscribers and sums of money by month."""
    rng = np.random.Generator(np.random.PCG64(seed))
    size = len(MONTHS)
    subscribers = 9000 + rng.poisson(60, size).cumsum()
    base = 39.6 + 0.02 * np.arange(size) + 0.08 * rng.standard_normal(size)
    upgraders = rng.binomial(subscribers, UPGRADE + STEP_PP / 100 * LAST * planted)
    upsold = rng.binomial(subscribers, UPSELL)
    per_upgrade = 20 + 0.4 * rng.standard_normal(size)
    per_upsell = 8 + 0.25 * rng.standard_normal(size)
    return pd.DataFrame({
        "month": MONTHS.astype(str), "subscribers": subscribers,
        "opening_revenue_usd": (subscribers * base).round().astype("int64"),
        "upgraders": upgraders, "upgrade_revenue_usd": (upgraders * per_upgrade).round().astype("int64"),
        "upsold": upsold, "upsell_revenue_usd": (upsold * per_upsell).round().astype("int64"),
    })  # fmt: skip
