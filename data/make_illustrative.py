"""Make the four invented tables that stand beside this script.

Run it with `python data/make_illustrative.py`; the same seeds give the same bytes.

The first and the second rate of the three stories are published (see README.md); every
other number is invented here, the gas-liquids plant wholly. `PLANTED` says what a right
analysis has to find and what leads a careless one astray: whoever tries a method rebuilds
a table under many seeds and asks how often its interval holds `effect_pp`.

Nothing is adjusted after the draw. The two shown months are *expected* to show their
rates, and the committed seed is the first under which they do (`first_fitting_seed`):
every seed has honest sampling noise, and the same planted effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

FOLDER = Path(__file__).parent
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


TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    "techsolutions_upgrades": upgrade_rate,
    "projectsoft_adoption": adoption,
    "techsolutions_upsell": upsell_ratio,
    "gas_liquids_plant": plant_volumes,
}


def csv_bytes(name: str, seed: int) -> bytes:
    """The table called `name` under `seed`, as it is written: UTF-8, LF line ends."""
    table = TABLES[name](seed)
    return table.to_csv(index=False, float_format="%.1f", lineterminator="\n").encode()


def write_tables(folder: Path = FOLDER) -> None:
    """Write every table into `folder` as `<name>.csv`."""
    for name, planted in PLANTED.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(name, planted.seed))


def first_fitting_seed(name: str) -> int:
    """The first seed under which both shown months round to their rates at 0.1 percent.

    Whoever changes a number above takes the new seed from here.
    """
    planted = PLANTED[name]
    return next(seed for seed in count() if _fits(TABLES[name](seed), planted.shown))


def _fits(table: pd.DataFrame, shown: dict[int, float]) -> bool:
    """Whether each shown month lies within 0.04 pp of its rate."""
    totals = table.groupby("month").sum(numeric_only=True)
    upgraded = totals.filter(regex="^(upgrade|using|upsold)").sum(axis=1)
    rates = 100 * upgraded / totals.sum(axis=1).sub(upgraded)
    return all(abs(rates.iloc[month] - rate) < 0.04 for month, rate in shown.items())


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
