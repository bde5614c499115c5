"""A plan history in which moves and movers come apart: customers of an invented maker of design software, on four plans.

Planted: from June 2025 on a higher plan can be tried for a week. Of those who move up, half then move up, fall back and
move up again in the same month, where one in twelve did before. So moves up rise by a third and more, while as many
customers as ever move up. What leads a careless reader astray: an upgrade rate that counts moves says that the week of trying
worked, one that counts customers says that nothing happened, and both are computed from the same rows.
"""

import numpy as np
import pandas as pd

SEED = 1
FIRST, LENGTH, CHANGE = "2024-01", 25, 17  # months: the whole history, and those before June 2025
PLANS = ("start", "team", "business", "company")
FOUNDERS, NEW_A_MONTH = 700, 14
UP, LEAVE = 0.06, 0.02  # a month, of those below the top plan, and of all
TWICE = (1 / 12, 1 / 2)  # of those who move up, who also fall back and move up again: before, and from the change on
EVE, EXPORTED = pd.Timestamp("2023-12-31"), pd.Timestamp("2026-01-20")


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a change of plan, as the billing system writes it: customer, date, plan."""
    rng = np.random.Generator(np.random.PCG64(seed))
    firsts = [(month.start_time - EVE).days for month in pd.period_range(FIRST, periods=LENGTH, freq="M")]
    at: list[int | None] = rng.choice(4, FOUNDERS, p=[0.4, 0.3, 0.2, 0.1]).tolist()
    rows = [(number, 0, PLANS[rank]) for number, rank in enumerate(at)]
    for place, first in enumerate(firsts):
        twice = TWICE[int(planted and place >= CHANGE)]
        lots, again, days = rng.random(len(at)), rng.random(len(at)), first + rng.integers(0, 8, len(at))
        for number, (lot, second, day) in enumerate(zip(lots.tolist(), again.tolist(), days.tolist(), strict=True)):
            if at[number] is not None:
                rows += _moved(at, number, lot, second < twice, day)
        for day in sorted(rng.integers(10, 28, rng.poisson(NEW_A_MONTH)).tolist()):
            rows.append((len(at), first + day, PLANS[0]))
            at.append(0)
    history = pd.DataFrame(rows, columns=["customer", "day", "plan"]).sort_values(["day", "customer"], ignore_index=True)
    dates = EVE + pd.to_timedelta(history["day"], unit="D")
    told = pd.DataFrame({"customer": history["customer"].map("D{:04}".format), "date": dates, "plan": history["plan"]})
    return told[told["date"] <= EXPORTED].assign(date=lambda rows: rows["date"].dt.strftime("%Y-%m-%d"))


def _moved(at: list[int | None], number: int, lot: float, twice: bool, day: int) -> list[tuple[int, int, str]]:
    """Up, twice up, away or nowhere, as the lot falls; `at` is changed with it."""
    rank = at[number]
    assert rank is not None
    if rank < 3 and lot < UP:
        at[number] = rank + 1
        higher = (number, day, PLANS[rank + 1])
        return [higher, (number, day + 7, PLANS[rank]), (number, day + 9, PLANS[rank + 1])] if twice else [higher]
    if lot > 1 - LEAVE * (1 if rank < 3 else 2):
        at[number] = None
        return [(number, day, "cancelled")]
    return []
