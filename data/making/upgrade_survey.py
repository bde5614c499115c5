"""A survey of an invented maker of planning software: subscribers who did not upgrade were asked why, before and after a program.

Planted: (1) of the smallest teams far more name the price than of all others (`PRICE`); (2) after the program, which showed what
the dearer plan can do, "did not know the features" is named half as often (`UNAWARE`). Nothing else differs.

What leads a careless reader astray: the smallest teams answer more than twice as often as the others (`ANSWERS`). As they name
the price, the raw shares put it first; of all who were asked, more do not need the plan. And six of ten were silent.
"""

import numpy as np
import pandas as pd

SEED = 2  # the first under which the raw shares put the price first, and the weighted ones clearly do not
WAVES = {"before": ("2025-03-03", 1700), "after": ("2025-09-08", 2100)}
DAYS = 28
SIZES = {"1 to 9 seats": 0.40, "10 to 49 seats": 0.36, "50 seats or more": 0.24}
SMALL = "1 to 9 seats"
REGIONS = {"Asia Pacific": 0.2, "Europe": 0.45, "North America": 0.35}
ANSWERS = {"small": 0.64, "others": 0.27}
PRICE = {"small": 0.70, "others": 0.14}
UNAWARE = {"before": 0.38, "after": 0.20}
REST = {"no_need": 0.45, "complex": 0.20, "company": 0.26}
OTHER = 0.24  # of every group; who names none of the rest names it
OVER_ALL = {"answers": 0.42, "price": 0.36}  # of every team, where nothing is planted


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row a reason, or one without a reason for who did not answer."""
    rng = np.random.Generator(np.random.PCG64(seed))
    numbers = [f"S{number:05d}" for number in rng.permutation(90_000)[: sum(size for _, size in WAVES.values())] + 10_000]
    parts = []
    for wave, (first, size) in WAVES.items():
        own, numbers = numbers[:size], numbers[size:]
        parts.append(_wave(rng, own, wave, first, planted))
    return pd.concat(parts, ignore_index=True)


def _wave(rng: np.random.Generator, customers: list[str], wave: str, first: str, planted: bool) -> pd.DataFrame:
    size = len(customers)
    people = pd.DataFrame({"customer": customers, "team_size": _drawn(rng, SIZES, size), "region": _drawn(rng, REGIONS, size)})
    people.insert(1, "asked_on", (np.datetime64(first) + rng.integers(0, DAYS, size)).astype(str))
    small = (people["team_size"] == SMALL).to_numpy()
    gave = rng.random(size) < (np.where(small, *ANSWERS.values()) if planted else OVER_ALL["answers"])
    chances = {"price": np.where(small, *PRICE.values()) if planted else np.full(size, OVER_ALL["price"])}
    chances["unaware"] = np.full(size, UNAWARE[wave if planted else "before"])
    chances |= {reason: np.full(size, share) for reason, share in REST.items()}
    named = np.array([rng.random(size) < chance for chance in chances.values()])
    none = np.prod([1 - chance for chance in chances.values()], axis=0)
    more = ~named.any(axis=0) | (rng.random(size) < (OTHER - none) / (1 - none))
    named = np.vstack([named, more]) & gave
    told = [people[mask].assign(reason=reason) for reason, mask in zip([*chances, "other"], named, strict=True)]
    rows = pd.concat([*told, people[~gave].assign(reason="")])
    return rows.sort_values(["asked_on", "customer"], kind="stable", ignore_index=True)


def _drawn(rng: np.random.Generator, shares: dict[str, float], size: int) -> np.ndarray:
    return rng.choice(np.array(list(shares), dtype=object), size, p=np.array(list(shares.values())))
