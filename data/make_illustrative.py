"""Make the invented tables that stand beside this script: five itself, the others by the scripts of `making/`.

Run it with `python data/make_illustrative.py`; the same seeds give the same bytes.

The first and the second rate of the three stories are published (see README.md); every
other number is invented here, the gas-liquids plant and the maker of scheduling software
wholly. `PLANTED` says what a right
analysis has to find and what leads a careless one astray: whoever tries a method rebuilds
a table under many seeds and asks how often its interval holds `effect_pp`.

Nothing is adjusted after the draw. The two shown months are *expected* to show their
rates, and the committed seed is the first under which they do (`first_fitting_seed`):
every seed has honest sampling noise, and the same planted effect.
"""

import runpy
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

FOLDER = Path(__file__).parent
MAKING = FOLDER / "making"  # a script a table, for the questions that came later
AFTER = 6  # full months after the month of the change; the sixth shows the second rate


@dataclass(frozen=True)
class Planted:
    """What one table holds by design; rates in percent, their changes in pp.

    `effect_pp` is a constant step, the same in every segment: nothing before the month of
    the change, half of it in that month, the whole from the first full month after it on.
    """

    seed: int  # of the committed table
    first_month: str
    months_before: int
    first_rate: float  # pooled, last full month before
    second_rate: float  # pooled, sixth full month after
    effect_pp: float
    twist: str
    twist_pp: float  # how much of the step between the two shown rates is no effect
    season_pp: float = 0.0  # height of the yearly wave, midway between the shown months

    @property
    def length(self) -> int:
        """Full months before, the month of the change, full months after."""
        return self.months_before + 1 + AFTER

    @property
    def shown(self) -> dict[int, float]:
        """The two months that are expected to show a published rate, with that rate."""
        last, sixth = self.months_before - 1, self.months_before + AFTER
        return {last: self.first_rate, sixth: self.second_rate}


PLANTED: dict[str, Planted] = {
    "techsolutions_upgrades": Planted(
        seed=82,
        first_month="2022-06",
        months_before=36,
        first_rate=15.0,
        second_rate=25.0,
        effect_pp=7.0,
        twist="mix shift: from the month of the change on a partner brings European teams, the "
        "same number each month; in the sixth month after, that alone adds twist_pp",
        twist_pp=3.0,
        season_pp=-0.8,  # a summer lull
    ),
    "projectsoft_adoption": Planted(
        seed=129,
        first_month="2022-07",
        months_before=36,
        first_rate=12.0,
        second_rate=28.0,
        effect_pp=11.5,
        twist="started after the worst quarter: the last three months before lie twist_pp under "
        "the usual level by a one-off that is gone by itself in the month of the change",
        twist_pp=4.5,
        season_pp=0.5,
    ),
    "techsolutions_upsell": Planted(
        seed=24,
        first_month="2022-08",
        months_before=36,
        first_rate=8.0,
        second_rate=22.0,
        effect_pp=12.25,
        twist="a trend that began before: up 0.25 pp a month for the twelve months before, and "
        "so it goes on; its seven months from the one shown rate to the other are twist_pp",
        twist_pp=1.75,
        season_pp=0.3,
    ),
    "gas_liquids_plant": Planted(
        seed=1576,
        first_month="2020-07",
        months_before=60,
        first_rate=32.0,
        second_rate=38.0,
        effect_pp=6.0,
        twist="a partial last month: eleven days of it, most of its upgraded volume not booked "
        "yet; and a turnaround every May, none of them after the change",
        twist_pp=0.0,
    ),
    "scheduling_plans": Planted(
        seed=9,
        first_month="2023-06",
        months_before=24,
        first_rate=4.0,  # of the customers below the top plan; so few of them that both are
        second_rate=8.0,  # shown to a whole percent alone
        effect_pp=4.0,
        twist="trials: from the month of the change on many more begin, and a trial that ends "
        "with a plan looks like a move up; whoever counts it so adds twist_pp to the step",
        twist_pp=2.75,
    ),
}


def _crossed(**names: list[str]) -> pd.DataFrame:
    """Every combination of the names, one row each."""
    rows = pd.MultiIndex.from_product(list(names.values()), names=list(names))
    return rows.to_frame(index=False)


# Segments with their members in the first month and their rates relative to each other: all
# are then moved together until the last month before is expected to show the first rate.
PLANS = _crossed(plan=["Starter", "Team", "Business"], region=["Americas", "Europe"]).assign(
    start=[2600, 2000, 900, 800, 1000, 700], rate=[10.0, 9.0, 32.0, 31.0, 8.5, 7.5]
)
SIZES = _crossed(company_size=["small", "medium", "large"], region=["Americas", "Europe"]).assign(
    start=[1900, 1500, 900, 700, 350, 250], rate=[14.5, 13.5, 19.5, 18.5, 23.5, 22.5]
)
TEAMS = _crossed(sales_team=["North", "South", "Online"], tenure=["new", "established"]).assign(
    start=[1500, 3000, 1100, 2200, 1800, 1400], rate=[5.7, 7.9, 5.5, 7.7, 6.3, 7.5]
)
TRAINS = pd.DataFrame(
    [("A", 21e3, 13e3, 34.0), ("B", 17e3, 12e3, 32.5), ("C", 11e3, 9e3, 29.0)],
    columns=["train", "ethane_mix", "propane_mix", "rate"],
)

PARTNER_TEAMS_A_MONTH = 350  # makes the mix shift of 3.0 pp
UPSELL_DRIFT = {0: 0.8, 11: 0.8, 23: -3.0, 35: 0.0, 42: 1.75}  # month: pp; straight between
TURNAROUND_PP = -12.0  # every May the upgrading unit stands still for weeks
TURNAROUND_INTAKE = 0.6  # and the plant takes in less
PARTIAL_INTAKE = 11 / 28  # of the last February is over at the case's as_of
PARTIAL_PP = -22.0  # upgraded volume is booked when a batch is certified, late in the month
YIELD_NOISE_PP = 1.5  # spread of one train's ratio from month to month

ONE_DAY = pd.Timedelta(days=1)
EXPORTED = pd.Timestamp("2026-01-11")  # the last day in the plan history
PLAN_NAMES = ("basic", "pro", "enterprise")
FOUNDERS, FOUNDERS_ON = 520, (0.55, 0.33, 0.12)  # customers on the eve of the first month, and on which plan
SEATS, SEATS_OFTEN = ((2, 10), (10, 50), (50, 200)), (0.45, 0.37, 0.18)
UPGRADE_PP = {10: 2.8, 50: 4.3, 200: 6.3}  # with fewer seats than this, so many of 100 move up a month before the change
UNDONE = 0.05  # of the moves up, three days later
LEAVE, DOWN, COME_BACK = 0.016, 0.008, 0.02  # of 1, a month
TRIAL_DAYS = 30
TRIALS_A_MONTH = (24, 62)  # before the month of the change, and from it on
TRIALS_END_ON = {"basic": 0.5, "pro": 0.65}  # lots drawn below; all others leave


def upgrade_rate(seed: int = PLANTED["techsolutions_upgrades"].seed) -> pd.DataFrame:
    """TechSolutions: upgrades and subscribers by month, plan and region.

    Upgrades are events, several of one subscriber each counted: Poisson, not binomial.
    """
    planted, rng = PLANTED["techsolutions_upgrades"], _generator(seed)
    subscribers = _growing(rng, PLANS, planted.length, growth=0.01)
    joins = rng.poisson(PARTNER_TEAMS_A_MONTH, AFTER + 1).cumsum()
    partner = ((PLANS["plan"] == "Team") & (PLANS["region"] == "Europe")).to_numpy()
    subscribers[planted.months_before :, partner] += joins[:, None]
    rates = _levelled(planted, subscribers, PLANS["rate"].to_numpy() + _course(planted))
    upgrades = rng.poisson(subscribers * rates / 100)
    return _table(planted, PLANS, {"upgrades": upgrades, "subscribers": subscribers})


def adoption(seed: int = PLANTED["projectsoft_adoption"].seed) -> pd.DataFrame:
    """ProjectSoft: customers using the upgrade, and offered it, by month, size and region.

    Use is drawn afresh each month: a segment's level lasts, one customer's luck does not.
    """
    planted, rng = PLANTED["projectsoft_adoption"], _generator(seed)
    course = _course(planted)
    course[planted.months_before - 3 : planted.months_before] -= planted.twist_pp
    offered = _growing(rng, SIZES, planted.length, growth=0.008)
    rates = _levelled(planted, offered, SIZES["rate"].to_numpy() + course)
    using = rng.binomial(offered, rates / 100)
    return _table(planted, SIZES, {"using_upgrade": using, "offered": offered})


def upsell_ratio(seed: int = PLANTED["techsolutions_upsell"].seed) -> pd.DataFrame:
    """TechSolutions: customers, and those who bought more, by month, team and tenure."""
    planted, rng = PLANTED["techsolutions_upsell"], _generator(seed)
    months = np.arange(planted.length)
    drift = np.interp(months, list(UPSELL_DRIFT), list(UPSELL_DRIFT.values()))
    customers = _growing(rng, TEAMS, planted.length, growth=0.01)
    course = drift[:, None] + _course(planted)
    rates = _levelled(planted, customers, TEAMS["rate"].to_numpy() + course)
    upsold = rng.binomial(customers, rates / 100)
    return _table(planted, TEAMS, {"upsold_customers": upsold, "customers": customers})


def plant_volumes(seed: int = PLANTED["gas_liquids_plant"].seed) -> pd.DataFrame:
    """An invented gas-liquids plant: cubic metres in and upgraded, by month and train."""
    planted, rng = PLANTED["gas_liquids_plant"], _generator(seed)
    may = _months(planted, planted.length + 1).month == 5
    ethane = _intake(rng, TRAINS["ethane_mix"], may)
    propane = _intake(rng, TRAINS["propane_mix"], may)
    course = np.append(_course(planted), planted.effect_pp + PARTIAL_PP)
    course += np.where(may, TURNAROUND_PP, 0.0)
    rates = _levelled(planted, ethane + propane, TRAINS["rate"].to_numpy() + course[:, None])
    noise = rng.normal(0.0, YIELD_NOISE_PP, rates.shape)
    volumes = {
        "raw_ethane_mix_m3": ethane.round(1),
        "raw_propane_mix_m3": propane.round(1),
        "upgraded_m3": ((ethane + propane) * (rates + noise) / 100).round(1),
    }
    return _table(planted, TRAINS, volumes)


def plan_history(seed: int = PLANTED["scheduling_plans"].seed) -> pd.DataFrame:
    """An invented maker of scheduling software: who was on which plan from which day on, with how many seats.

    Everybody who was there on the eve of the first month has a row of that day. A row with another plan is a move.
    """
    planted, rng = PLANTED["scheduling_plans"], _generator(seed)
    months = _months(planted, planted.length + 1)
    customers = [_customer(rng, rng.choice(PLAN_NAMES, p=FOUNDERS_ON)) for _ in range(FOUNDERS)]
    rows = [(number, months[0].start_time - ONE_DAY, who["plan"], who["seats"]) for number, who in enumerate(customers)]
    for month, effect_pp in zip(months, np.append(_course(planted)[:, 0], planted.effect_pp), strict=True):
        for number, who in enumerate(customers):
            rows += [(number, day, plan, who["seats"]) for day, plan in _month_of(who, month, effect_pp, rng)]
        begun = rng.poisson(TRIALS_A_MONTH[month >= months[planted.months_before]])
        for day in sorted(rng.integers(0, 28, begun).tolist()):
            who, begins = _customer(rng, "trial"), month.start_time + day * ONE_DAY
            rows.append((len(customers), begins, "trial", who["seats"]))
            customers.append({**who, "trial_ends": begins + TRIAL_DAYS * ONE_DAY})
    table = pd.DataFrame(rows, columns=["customer", "date", "plan", "seats"])
    table = table[table["date"] <= EXPORTED].sort_values(["date", "customer"], ignore_index=True)
    return table.assign(customer=table["customer"].map("C{:04}".format), date=table["date"].dt.strftime("%Y-%m-%d"))


def _customer(rng: np.random.Generator, plan: str) -> dict[str, Any]:
    low, high = SEATS[rng.choice(len(SEATS), p=SEATS_OFTEN)]
    return {"plan": str(plan), "seats": int(rng.integers(low, high)), "trial_ends": None}


def _month_of(who: dict[str, Any], month: pd.Period, effect_pp: float, rng: np.random.Generator) -> list[tuple[Any, str]]:
    """The moves of one customer in one month, who is changed with them: one at the most, or one that is undone."""
    lot, at, day = rng.random(), who["plan"], month.start_time + int(rng.integers(1, 25)) * ONE_DAY
    if at == "trial":
        if who["trial_ends"] > month.end_time:
            return []
        to = next((plan for plan, up_to in TRIALS_END_ON.items() if lot < up_to), "cancelled")
        moves = [(who["trial_ends"], to)]
    elif at == "cancelled":
        moves = [(day, "basic" if lot < COME_BACK / 2 else "pro")] if lot < COME_BACK else []
    else:
        moves = _moves_of(at, lot, day, who["seats"], effect_pp)
    who["plan"] = moves[-1][1] if moves else at
    return moves


def _moves_of(at: str, lot: float, day: Any, seats: int, effect_pp: float) -> list[tuple[Any, str]]:
    """Up, down or away from a plan, as the lot falls."""
    place = PLAN_NAMES.index(at)
    up = (next(pp for most, pp in UPGRADE_PP.items() if seats < most) + effect_pp) / 100 if at != PLAN_NAMES[-1] else 0.0
    if lot < up:
        dearer = (day, PLAN_NAMES[place + 1])
        return [dearer, (day + 3 * ONE_DAY, at)] if lot < up * UNDONE else [dearer]
    if lot < up + LEAVE:
        return [(day, "cancelled")]
    return [(day, PLAN_NAMES[place - 1])] if lot < up + LEAVE + DOWN and place else []


TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    "techsolutions_upgrades": upgrade_rate,
    "projectsoft_adoption": adoption,
    "techsolutions_upsell": upsell_ratio,
    "gas_liquids_plant": plant_volumes,
    "scheduling_plans": plan_history,
}


def csv_bytes(name: str, seed: int) -> bytes:
    """The table called `name` under `seed`, as it is written: UTF-8, LF line ends."""
    table = TABLES[name](seed)
    return table.to_csv(index=False, float_format="%.1f", lineterminator="\n").encode()


def write_tables(folder: Path = FOLDER) -> None:
    """Write every table into `folder` as `<name>.csv`."""
    for name, planted in PLANTED.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(name, planted.seed))
    for script in sorted(MAKING.glob("*.py")):
        (folder / f"{script.stem}.csv").write_bytes(made_by(script))


def made_by(script: Path) -> bytes:
    """The table that a script of `making/` makes under its own seed, as it is written."""
    table = runpy.run_path(str(script))["table"]()
    return table.to_csv(index=False, lineterminator="\n").encode()


def first_fitting_seed(name: str) -> int:
    """The first seed under which both shown months round to their rates at 0.1 percent, of plans at 1 percent.

    Whoever changes a number above takes the new seed from here.
    """
    planted = PLANTED[name]
    return next(seed for seed in count() if _fits(TABLES[name](seed), planted.shown))


def _fits(table: pd.DataFrame, shown: dict[int, float]) -> bool:
    """Whether each shown month lies within 0.04 pp of its rate, of plans within 0.4 pp."""
    if "month" not in table:
        moved = moved_up(table)
        return all(abs(moved[month] - rate) < 0.4 for month, rate in shown.items())
    totals = table.groupby("month").sum(numeric_only=True)
    upgraded = totals.filter(regex="^(upgrade|using|upsold)").sum(axis=1)
    rates = 100 * upgraded / totals.sum(axis=1).sub(upgraded)
    return all(abs(rates.iloc[month] - rate) < 0.04 for month, rate in shown.items())


def moved_up(history: pd.DataFrame) -> list[float]:
    """By month, how many of 100 customers below the top plan when it began moved up in it."""
    on: dict[str, str] = {}
    rates = []
    for _, rows in history.groupby(history["date"].str[:7]):
        eligible = {customer for customer, plan in on.items() if plan in PLAN_NAMES[:-1]}
        moved = set()
        for customer, plan in zip(rows["customer"], rows["plan"], strict=True):
            if customer in eligible and plan in PLAN_NAMES and PLAN_NAMES.index(plan) > _place(on[customer]):
                moved.add(customer)
            on[customer] = plan
        if eligible:
            rates.append(100 * len(moved) / len(eligible))
    return rates


def _place(plan: str) -> int:
    """Where a plan stands; whoever comes back, or ends a trial, does not move up."""
    return PLAN_NAMES.index(plan) if plan in PLAN_NAMES else len(PLAN_NAMES)


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _months(planted: Planted, length: int) -> pd.PeriodIndex:
    return pd.period_range(planted.first_month, periods=length, freq="M")


def _course(planted: Planted) -> Values:
    """Season and effect in pp by month, as one column.

    The wave peaks midway between the two shown months: both lie at the same height on it,
    so that the step from one to the other is effect and twist alone.
    """
    month = np.arange(planted.length)
    wave = planted.season_pp * np.cos(2 * np.pi * (month - np.mean(list(planted.shown))) / 12)
    begun = np.clip((month - planted.months_before + 1) / 2, 0, 1)
    return np.asarray(wave + planted.effect_pp * begun)[:, None]


def _growing(rng: np.random.Generator, segments: pd.DataFrame, length: int, growth: float) -> Counts:
    """Members by month and segment: each month about `growth` of the start joins."""
    start = segments["start"].to_numpy()
    joins = rng.poisson(growth * start, (length, len(start)))
    return np.asarray(start + joins.cumsum(axis=0), dtype=np.int64)


def _intake(rng: np.random.Generator, volumes: pd.Series, may: npt.NDArray[np.bool_]) -> Values:
    """Raw cubic metres by month and train: growing, less in May, little in the last month."""
    level = np.linspace(1.0, 1.2, len(may)) * np.where(may, TURNAROUND_INTAKE, 1.0)
    level[-1] *= PARTIAL_INTAKE
    noise = rng.lognormal(0.0, 0.05, (len(may), len(volumes)))
    return np.asarray(level[:, None] * volumes.to_numpy() * noise)


def _levelled(planted: Planted, weights: Counts | Values, rates: Values) -> Values:
    """`rates` moved together: the last month before is expected to show the first rate."""
    last = planted.months_before - 1
    off = planted.first_rate - np.average(rates[last], weights=weights[last])
    return np.asarray((rates + off).round(6))  # the last bits of a cosine differ by CPU


def _table(planted: Planted, segments: pd.DataFrame, measured: dict[str, Counts] | dict[str, Values]) -> pd.DataFrame:
    """One row a month and segment, in that order."""
    length = len(next(iter(measured.values())))
    names = [name for name in segments if segments[name].dtype == "str"]
    rows = pd.concat([segments[names]] * length, ignore_index=True)
    rows.insert(0, "month", _months(planted, length).astype(str).repeat(len(segments)))
    return rows.assign(**{name: values.ravel() for name, values in measured.items()})


if __name__ == "__main__":
    write_tables()
