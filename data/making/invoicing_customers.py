"""The customers of an invented maker of invoicing software: who moved to a dearer plan within 90 days, and what was known before.

Planted: agencies of 6 to 20 seats move up three times as often as all others (`SEGMENT_PP`), and the more invoices a
customer wrote in the quarter before, the likelier it moves (`INVOICES`, log odds a standard deviation). Nothing else matters.

What leads a careless reader astray: (1) `premium_page_views` was measured in the window, and foretells who moves because they
moved; (2) some rows were exported anew in the window, with invoices that the dearer plan brought along; (3) customers that had
moved before the window cannot move in it; (4) the museums, a handful of customers, show a rate far over all others by luck
alone: the seed is the first under which five or six of them moved, a third or more; (5) logins rise with invoices and matter no
more.
"""

import numpy as np
import pandas as pd

SEED = 954  # first_telling_seed()
CUSTOMERS = 2600
RATE = 0.10
SEGMENT_PP = 0.19
INVOICES = 0.55
STARTS = np.datetime64("2026-01-12")
DAYS = 90
INDUSTRIES = {"Agencies": 0.24, "Builders": 0.2, "Consultants": 0.2, "Health": 0.17, "Retail": 0.184, "Museums": 0.006}
REGIONS = {"Asia Pacific": 0.2, "Europe": 0.45, "North America": 0.35}
SEATS = {"1 to 5": 0.5, "6 to 20": 0.32, "21 or more": 0.18}
PLANS = {"Team": 0.66, "Business": 0.27, "Enterprise": 0.07}
USED = {"used_reminders": 0.46, "used_recurring": 0.31, "used_reports": 0.22, "used_approvals": 0.06, "used_api": 0.09}


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a customer."""
    rng = np.random.Generator(np.random.PCG64(seed))
    rows = pd.DataFrame(
        {name: _drawn(rng, shares) for name, shares in {"industry": INDUSTRIES, "region": REGIONS, "seats": SEATS}.items()}
    )
    busy = rng.standard_normal(CUSTOMERS)
    rows["invoices_90d"] = np.exp(3.2 + 0.6 * busy).round().astype(int)
    rows["logins_30d"] = rng.poisson(np.exp(2.3 + 0.25 * busy))
    rows["tickets_90d"] = rng.poisson(0.8, CUSTOMERS)
    rows["tenure_months"] = rng.integers(2, 60, CUSTOMERS)
    rows["paid_by"] = _drawn(rng, {"card": 0.6, "transfer": 0.3, "": 0.1})
    chance = _chance(rows, busy, planted)
    moved = rng.random(CUSTOMERS) < chance
    rows["to_plan"] = np.where(moved, _drawn(rng, PLANS), "")
    rows["upgraded_on"] = np.where(moved, (STARTS + rng.integers(0, DAYS, CUSTOMERS)).astype(str), "")
    rows["premium_page_views"] = rng.poisson(np.where(moved, 9.0, 0.6))
    for name, share in USED.items():
        rows[name] = (rng.random(CUSTOMERS) < share).astype(int)
    rows.insert(0, "customer", [f"C{number:05d}" for number in rng.permutation(90_000)[:CUSTOMERS] + 10_000])
    rows.insert(1, "measured_on", "2026-01-11")
    return _astray(rows, rng)


def _drawn(rng: np.random.Generator, shares: dict[str, float]) -> np.ndarray:
    return rng.choice(np.array(list(shares), dtype=object), CUSTOMERS, p=np.array(list(shares.values())) / sum(shares.values()))


def _chance(rows: pd.DataFrame, busy: np.ndarray, planted: bool) -> np.ndarray:
    """The chance of each customer to move up."""
    if not planted:
        return np.full(CUSTOMERS, RATE)
    odds = RATE / (1 - RATE) * np.exp(INVOICES * busy - INVOICES**2 / 2)
    special = (rows["industry"] == "Agencies") & (rows["seats"] == "6 to 20")
    return odds / (1 + odds) + np.where(special, SEGMENT_PP, 0.0)


def _astray(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Customers that had moved before, and rows exported anew in the window."""
    places = rng.permutation(CUSTOMERS)
    before, anew = places[:60], places[60:140]
    rows.loc[before, "upgraded_on"] = (STARTS - rng.integers(1, 120, len(before))).astype(str)
    rows.loc[before, "to_plan"] = "Team"
    rows.loc[anew, "measured_on"] = "2026-02-16"
    rows.loc[anew, "invoices_90d"] *= 2
    return rows


def first_telling_seed() -> int:
    """The first seed under which five or six museums moved, a third to a half of them."""
    seed = 0
    while True:
        rows = table(seed)
        judged = rows[(rows["measured_on"] < str(STARTS)) & ~(rows["upgraded_on"].between("0", str(STARTS - 1)))]
        museums = judged[judged["industry"] == "Museums"]
        moved, count = int((museums["upgraded_on"] != "").sum()), len(museums)
        if 5 <= moved <= 6 and 0.33 <= moved / count <= 0.5:
            return seed
        seed += 1
