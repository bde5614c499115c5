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
EXPORTED = "2026-01-20"


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a change of plan, as the billing system writes it: customer, date, plan."""
    rng = np.random.Generator(np.random.PCG64(seed))
    months = pd.period_range(FIRST, periods=LENGTH, freq="M")
    start = months[0].start_time - pd.Timedelta(days=1)
    at = rng.choice(4, FOUNDERS, p=[0.4, 0.3, 0.2, 0.1]).tolist()
    rows = [(number, start, PLANS[rank]) for number, rank in enumerate(at)]
    for place, month in enumerate(months):
        twice = TWICE[int(planted and place >= CHANGE)]
        there, lots, again, days = len(at), rng.random(len(at)), rng.random(len(at)), rng.integers(0, 8, len(at))
        for number in range(there):
            rank, day = at[number], month.start_time + pd.Timedelta(days=int(days[number]))
            if rank is None:
                continue
            if rank < 3 and lots[number] < UP:
                at[number] = rank + 1
                rows.append((number, day, PLANS[rank + 1]))
                if again[number] < twice:
                    rows.append((number, day + pd.Timedelta(days=7), PLANS[rank]))
                    rows.append((number, day + pd.Timedelta(days=9), PLANS[rank + 1]))
            elif lots[number] > 1 - LEAVE * (1 if rank < 3 else 2):
                at[number] = None
                rows.append((number, day, "cancelled"))
        for day in sorted(rng.integers(10, 28, rng.poisson(NEW_A_MONTH)).tolist()):
            rows.append((len(at), month.start_time + pd.Timedelta(days=day), PLANS[0]))
            at.append(0)
    history = pd.DataFrame(rows, columns=["customer", "date", "plan"])
    history = history[history["date"] <= EXPORTED].sort_values(["date", "customer"], ignore_index=True)
    return history.assign(customer=history["customer"].map("D{:04}".format), date=history["date"].dt.strftime("%Y-%m-%d"))
