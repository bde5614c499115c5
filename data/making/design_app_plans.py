"""The customers of an invented maker of a design app: who was on which of its plans from which day on.

Customers come on basic, pro or studio, all through three years, and each month a customer may move up, move down or leave. Each
has a chance of leaving of his own, beta distributed, so that those who are left stay ever longer. Who moves up is drawn by lot
among all who could: nobody who upgrades was more loyal before.

Planted: from the month after the upgrade on, a customer leaves STAYS_BETTER times as often as he would have. With planted=False
upgrading changes nothing but the price.

What leads astray: whoever upgraded had to stay until that day. Set beside those who never did, upgraders look far more loyal even
where upgrading does nothing at all, for many who never upgraded left before they could have.
"""

import numpy as np
import pandas as pd

SEED = 3
STAYS_BETTER = 0.55
CUSTOMERS = 1500
FIRST, LAST = pd.Timestamp("2023-01-02"), pd.Timestamp("2026-01-10")
PLANS = ("basic", "pro", "studio")
COMES_ON = (0.64, 0.29, 0.07)
UP, DOWN = (0.035, 0.022, 0.0), (0.0, 0.004, 0.006)  # a month, by plan
LEAVES = (1.1, 17.0)  # alpha and beta of the monthly chance of leaving
MONTH = 30  # days


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a change of plan: customer, date, plan."""
    rng = np.random.Generator(np.random.PCG64(seed))
    span = (LAST - FIRST).days
    rows = []
    for number in range(CUSTOMERS):
        rows += [(f"D{number:04}", *row) for row in _life(rng, int(rng.integers(0, span)), span, planted=planted)]
    frame = pd.DataFrame(rows, columns=["customer", "day", "plan"]).sort_values(["day", "customer"], ignore_index=True)
    dates = (FIRST + pd.to_timedelta(frame["day"], unit="D")).dt.strftime("%Y-%m-%d")
    return pd.DataFrame({"customer": frame["customer"], "date": dates, "plan": frame["plan"]})


def _life(rng: np.random.Generator, day: int, span: int, *, planted: bool) -> list[tuple[int, str]]:
    """One customer's rows, month by month until he leaves or the table ends; of each a month holds one at most."""
    chance, upgraded = round(float(rng.beta(*LEAVES)), 9), False
    place = int(np.searchsorted(np.cumsum(COMES_ON), rng.random()))
    rows, months = [(day, PLANS[place])], span // MONTH + 1
    days, lots = rng.integers(1, MONTH + 1, (months, 2)).tolist(), rng.random((months, 2)).tolist()
    for (leaves_on, moves_on), (leaving, moving) in zip(days, lots, strict=True):
        leaves = leaving < chance * (STAYS_BETTER if planted and upgraded else 1.0)
        step = 1 if moving < UP[place] else -1 if moving < UP[place] + DOWN[place] else 0
        if step and not (leaves and leaves_on <= moves_on):
            place, upgraded = place + step, upgraded or step > 0
            rows.append((day + moves_on, PLANS[place]))
        if leaves:
            rows.append((day + leaves_on, "cancelled"))
            break
        day += MONTH
    return [row for row in rows if row[0] <= span]
