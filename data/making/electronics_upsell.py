"""An invented chain of electronics shops: customers, and those who bought a dearer model, a service or a plan with it, by month.

Planted: five years of months with a holiday peak. In November and December the share that buys more lies about 3 points above
the rest of the year, and a third more customers come; both grow beside it, the share by about a point a year.
What leads a careless reader astray: after every December both fall, so that January looks like a failure and the autumn like a
success; and the trend makes each peak higher than the last, so that a year looks better than it was by its end alone.
Not planted: level, trend and noise of the same size (the noise hangs together a little from month to month), no season.
"""

import numpy as np
import pandas as pd

SEED = 1
MONTHS = pd.period_range("2021-01", "2025-12", freq="M")
LEVEL, TREND = 0.155, 0.010  # share in the first month, and what a year adds
PEAK = {1: -0.008, 2: -0.006, 7: -0.004, 8: -0.004, 11: 0.020, 12: 0.028}  # month: share beside the rest
CROWD = {1: -0.10, 2: -0.08, 11: 0.25, 12: 0.42}  # month: customers beside the rest, as logarithm
CUSTOMERS, GROWTH = 9_000, 0.04  # in the first month; a year, as logarithm
HANGS, UNREST, CROWD_UNREST = 0.25, 0.003, 0.03  # autocorrelation of both; standard deviations of share and log customers


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a month: month, customers, bought_more."""
    rng = np.random.Generator(np.random.PCG64(seed))
    years = np.arange(len(MONTHS)) / 12
    peak, crowd = (np.array([part.get(month, 0.0) for month in MONTHS.month]) * planted for part in (PEAK, CROWD))
    expected = CUSTOMERS * np.exp(GROWTH * years + crowd + CROWD_UNREST * _hanging(rng))
    customers = rng.poisson(np.round(expected, 4))
    share = np.round(LEVEL + TREND * years + peak + UNREST * _hanging(rng), 6)
    return pd.DataFrame({"month": MONTHS.astype(str), "customers": customers, "bought_more": rng.binomial(customers, share)})


def _hanging(rng: np.random.Generator) -> np.ndarray:
    """Noise of variance 1 that hangs together from month to month."""
    noise = rng.standard_normal(len(MONTHS))
    for place in range(1, len(noise)):
        noise[place] = HANGS * noise[place - 1] + np.sqrt(1 - HANGS**2) * noise[place]
    return noise
