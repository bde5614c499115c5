"""An invented chain of gyms: members, and those who bought a dearer pass or a trainer, by month.

Planted: the share that buys more follows a program from January 2025 on and lies 2 points above the agreed path in March and
June; from September on it stands still at 17.2 %, so that December (agreed: 19.5 %) is clearly missed.
What leads a careless reader astray: the chain grows by 1.5 % a month, and the *number* of members who buy more reaches a
record in most months to the end; and single months vary a little more than sampling alone makes them, so that one good
month (or a bad one) says little. Not planted: the share lies exactly on the agreed path at each agreed month.
"""

import numpy as np
import pandas as pd

SEED = 1
MONTHS = pd.period_range("2022-01", "2025-12", freq="M")
BEFORE = 0.140  # before the program
AGREED = {"2025-03": 0.145, "2025-06": 0.160, "2025-09": 0.170, "2025-12": 0.195}
PLANTED = {"2024-12": BEFORE, "2025-03": 0.165, "2025-06": 0.180, "2025-09": 0.172, "2025-12": 0.172}
FIRST, GROWTH = 11_000, 0.015  # members in the first month, and how many more come each month
UNREST = 0.0015  # standard deviation of a month's true share around its level


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a month: month, members, bought_more."""
    rng = np.random.Generator(np.random.PCG64(seed))
    knots = PLANTED if planted else {"2024-12": BEFORE, **AGREED}
    places = [MONTHS.get_loc(pd.Period(month, "M")) for month in knots]
    level = np.interp(np.arange(len(MONTHS)), places, list(knots.values()))
    members = rng.poisson(FIRST * (1 + GROWTH) ** np.arange(len(MONTHS)))
    share = np.round(level + UNREST * rng.standard_normal(len(MONTHS)), 6)
    return pd.DataFrame({"month": MONTHS.astype(str), "members": members, "bought_more": rng.binomial(members, share)})
