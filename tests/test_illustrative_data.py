"""The invented tables: made by the script beside them, showing the published rates, each with its twist."""

import csv
import importlib.util
import sys
import tomllib
from collections import defaultdict
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from small_tables import check, estimate

from kpikit.cases import read_case
from kpikit.measuring import measure_case
from kpikit.questions.before_after import before_after

DATA = Path(__file__).parents[1] / "data"
#: the rates of three published case studies, in percent: the last full month before, the sixth full month after; the
#: gas-liquids plant is invented, and so are its two
PUBLISHED = {
    "techsolutions_upgrade_rate": (15.0, 25.0),
    "projectsoft_adoption": (12.0, 28.0),
    "techsolutions_upsell_ratio": (8.0, 22.0),
    "gas_liquids_plant": (32.0, 38.0),
}
HISTORY = "scheduling_plans"  # one row a change of plan, wholly invented


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_illustrative", DATA / "make_illustrative.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def month_number(text):
    """A month as 2026-01 as a number that grows by one each month."""
    year, month = text.split("-")[:2]
    return int(year) * 12 + int(month) - 1


class Invented:
    """A case on an invented table, added up with the csv module alone."""

    def __init__(self, name):
        self.case = tomllib.loads((DATA / "cases" / f"{name}.toml").read_text(encoding="utf-8"))
        columns = self.case["columns"]
        parts = {role: [columns[role]] if isinstance(columns[role], str) else columns[role] for role in columns}
        self.cells = defaultdict(lambda: [0.0, 0.0])
        with (DATA / "cases" / self.case["table"]).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                cell = self.cells[month_number(row[parts["period"][0]]), *(row[name] for name in self.case["segments"])]
                cell[0] += sum(float(row[name]) for name in parts["numerator"])
                cell[1] += sum(float(row[name]) for name in parts["denominator"])
        self.changed = month_number(self.case["changed_on"].isoformat())
        self.months = sorted({key[0] for key in self.cells})

    def rate(self, month, of=lambda segments: True):
        """The pooled rate of a month in percent, of the segments that are asked for."""
        cells = [cell for key, cell in self.cells.items() if key[0] == month and of(key[1:])]
        return 100 * sum(cell[0] for cell in cells) / sum(cell[1] for cell in cells)

    def share(self, month, of):
        """The part of a month's denominator that lies in the segments asked for."""
        whole = sum(cell[1] for key, cell in self.cells.items() if key[0] == month)
        return sum(cell[1] for key, cell in self.cells.items() if key[0] == month and of(key[1:])) / whole


@pytest.fixture(scope="module", params=PUBLISHED)
def invented(request):
    return Invented(request.param)


@pytest.fixture(scope="module")
def upgrades():
    return Invented("techsolutions_upgrade_rate")


@pytest.fixture(scope="module")
def adoption():
    return Invented("projectsoft_adoption")


@pytest.fixture(scope="module")
def upsell():
    return Invented("techsolutions_upsell_ratio")


@pytest.fixture(scope="module")
def plant():
    return Invented("gas_liquids_plant")


# --- the script and its tables -----------------------------------------------------------------------------------------


def test_the_script_makes_every_table_that_stands_beside_it(script):
    assert set(script.PLANTED) == set(script.TABLES)
    assert {*script.PLANTED, *(path.stem for path in script.MAKING.glob("*.py"))} == {path.stem for path in DATA.glob("*.csv")}


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.stem)
def test_a_committed_table_is_the_script_s_to_the_byte(script, path):
    own = script.MAKING / f"{path.stem}.py"
    made = script.made_by(own) if own.exists() else script.csv_bytes(path.stem, script.PLANTED[path.stem].seed)
    assert path.read_bytes() == made


def test_writing_twice_writes_the_same(script, tmp_path):
    script.write_tables(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in DATA.glob("*.csv")
    }


@pytest.mark.parametrize("name", ["techsolutions_upgrades", "projectsoft_adoption", "techsolutions_upsell", HISTORY])
def test_a_seed_is_the_first_under_which_both_months_show_their_rates(script, name):
    planted = script.PLANTED[name]
    fitting = [seed for seed in range(planted.seed + 1) if script._fits(script.TABLES[name](seed), planted.shown)]
    assert fitting == [planted.seed]


def test_another_seed_makes_another_table(script):
    for name, planted in script.PLANTED.items():
        assert script.csv_bytes(name, planted.seed + 1) != script.csv_bytes(name, planted.seed)


def test_every_case_on_an_invented_table_is_known_here():
    cases = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (DATA / "cases").glob("*.toml")}
    asked = {name: case for name, case in cases.items() if case.get("question", "before_after") == "before_after"}
    whole = {name: case for name, case in asked.items() if "for_each" not in case}
    on_invented = {name for name, case in whole.items() if not case["table"].startswith("package:")}
    assert on_invented == {*PUBLISHED, HISTORY}


def test_the_tables_stay_small():
    assert max(path.stat().st_size for path in DATA.glob("*.csv")) < 600_000


# --- what every table shows --------------------------------------------------------------------------------------------


def test_the_last_full_month_before_and_the_sixth_after_show_the_published_rates(invented, request):
    first, second = PUBLISHED[request.node.callspec.params["invented"]]
    assert round(invented.rate(invented.changed - 1), 1) == first
    assert round(invented.rate(invented.changed + 6), 1) == second


def test_there_are_two_years_before_and_half_a_year_after_with_no_month_missing(invented):
    as_of = month_number(invented.case["as_of"].isoformat())
    over = [month for month in invented.months if month < as_of]
    assert over == list(range(over[0], over[-1] + 1))
    assert sum(month < invented.changed for month in over) >= 24
    assert sum(month > invented.changed for month in over) >= 6


def test_one_table_has_sixty_months_before(plant):
    assert sum(month < plant.changed for month in plant.months) == 60


def test_every_segment_stands_in_every_month(invented):
    segments = {key[1:] for key in invented.cells}
    assert len(segments) >= 3
    assert len(invented.cells) == len(segments) * len(invented.months)


def test_counts_are_possible_in_every_cell(invented):
    assert all(0 <= numerator <= denominator and denominator > 0 for numerator, denominator in invented.cells.values())


def test_the_change_is_no_first_day_of_a_month_so_that_its_month_belongs_to_neither_side(invented):
    assert invented.case["changed_on"].day > 1


def test_the_change_shows_in_every_segment(invented):
    """Half a year after against half a year before: the planted step of at least 6 points is larger than any noise here."""
    before, after = range(invented.changed - 6, invented.changed), range(invented.changed + 1, invented.changed + 7)
    for segment in {key[1:] for key in invented.cells}:
        rates = [np.mean([invented.rate(month, lambda s, one=segment: s == one) for month in side]) for side in (before, after)]
        assert rates[1] - rates[0] > 2, segment


# --- the twists --------------------------------------------------------------------------------------------------------


def test_upgrades_a_segment_that_upgrades_more_grows_from_the_month_of_the_change_on(upgrades):
    def partner(segments):
        return segments == ("Team", "Europe")

    shares = [upgrades.share(month, partner) for month in upgrades.months]
    change = upgrades.months.index(upgrades.changed)
    assert max(shares[:change]) - min(shares[:change]) < 0.02  # steady before
    assert shares[-1] > shares[change - 1] + 0.1  # then growing
    rest = np.mean([upgrades.rate(month, lambda s: not partner(s)) for month in range(upgrades.changed - 12, upgrades.changed)])
    assert upgrades.rate(upgrades.changed - 1, partner) > rest + 5


def test_upgrades_with_the_mix_of_before_the_rise_is_three_points_smaller(upgrades, script):
    last, sixth = upgrades.changed - 1, upgrades.changed + 6
    raw = upgrades.rate(sixth) - upgrades.rate(last)
    segments = {key[1:] for key in upgrades.cells}
    fixed = sum(
        upgrades.share(last, lambda s, one=one: s == one) * upgrades.rate(sixth, lambda s, one=one: s == one) for one in segments
    )
    mix = raw - (fixed - upgrades.rate(last))
    planted = script.PLANTED["techsolutions_upgrades"]
    assert mix == pytest.approx(planted.twist_pp, abs=1)
    assert planted.effect_pp + planted.twist_pp == planted.second_rate - planted.first_rate


def test_adoption_the_last_quarter_before_was_the_worst(adoption, script):
    before = [adoption.rate(month) for month in range(adoption.months[0], adoption.changed)]
    worst = np.mean(before[-3:])
    assert worst < min(np.mean(before[start : start + 3]) for start in range(0, len(before) - 3, 3))
    planted = script.PLANTED["projectsoft_adoption"]
    assert np.mean(before[:-3]) - worst == pytest.approx(planted.twist_pp, abs=1)
    assert planted.effect_pp + planted.twist_pp == planted.second_rate - planted.first_rate


def test_adoption_it_fell_below_at_once_and_did_not_drift_there(adoption):
    before = np.array([adoption.rate(month) for month in range(adoption.months[0], adoption.changed)])
    assert max(before[-3:]) < min(before[:-3])
    assert abs(np.polyfit(np.arange(33), before[:-3], 1)[0]) < 0.05


def test_upsell_the_ratio_was_rising_for_a_year_before(upsell, script):
    year = [upsell.rate(month) for month in range(upsell.changed - 12, upsell.changed)]
    slope = np.polyfit(np.arange(12), year, 1)[0]
    assert slope == pytest.approx(0.25, abs=0.08)
    planted = script.PLANTED["techsolutions_upsell"]
    assert slope * 7 == pytest.approx(planted.twist_pp, abs=0.6)
    assert planted.effect_pp + planted.twist_pp == planted.second_rate - planted.first_rate


def test_upsell_the_year_before_that_it_fell(upsell):
    earlier = [upsell.rate(month) for month in range(upsell.changed - 24, upsell.changed - 12)]
    assert np.polyfit(np.arange(12), earlier, 1)[0] < -0.15


def test_plant_the_last_month_is_not_over_and_shows_too_little_of_everything(plant):
    last = plant.months[-1]
    as_of = plant.case["as_of"]
    assert last == month_number(as_of.isoformat())
    assert as_of < date(as_of.year, as_of.month + 1, 1)
    intake = {month: sum(cell[1] for key, cell in plant.cells.items() if key[0] == month) for month in plant.months}
    assert intake[last] < 0.5 * intake[last - 1]
    assert plant.rate(last) < min(plant.rate(month) for month in plant.months[:-1])


def test_plant_every_may_is_a_turnaround_and_none_of_them_lies_after_the_change(plant):
    mays = [month for month in plant.months if month % 12 == 4]
    assert len(mays) == 5
    assert max(mays) < plant.changed
    for may in mays:
        neighbours = (plant.rate(may - 1) + plant.rate(may + 1)) / 2
        assert neighbours - plant.rate(may) > 8
    assert {date.fromisoformat(when).month for when in plant.case["events"]} == {5}


def test_plant_without_the_mays_and_the_unfinished_month_the_step_is_the_planted_one(plant, script):
    before = [plant.rate(month) for month in plant.months if month < plant.changed and month % 12 != 4]
    after = [plant.rate(month) for month in range(plant.changed + 1, plant.changed + 7)]
    assert np.mean(after) - np.mean(before) == pytest.approx(script.PLANTED["gas_liquids_plant"].effect_pp, abs=1)
    with_mays = [plant.rate(month) for month in plant.months if month < plant.changed]
    assert np.mean(with_mays) < np.mean(before) - 0.5  # the careless comparison flatters the change


def test_the_season_repeats_each_year(upgrades, script):
    """The planted summer lull of upgrades: the twelve months by the calendar, three years before the change."""
    before = np.array([upgrades.rate(month) for month in upgrades.months if month < upgrades.changed])
    assert len(before) == 36
    by_month = before.reshape(3, 12).mean(axis=0)
    planted = script.PLANTED["techsolutions_upgrades"]
    middle = (2 * upgrades.changed + 5) / 2  # midway between the two shown months
    wave = np.cos(2 * np.pi * (np.array(upgrades.months[:12]) - middle) / 12)
    height = (wave * (by_month - by_month.mean())).sum() / (wave**2).sum()
    assert height == pytest.approx(planted.season_pp, abs=0.4)


# --- the plan history --------------------------------------------------------------------------------------------------

RANKS = {"cancelled": -2, "trial": -1, "basic": 0, "pro": 1, "enterprise": 2}


def replayed(trials=False):
    """(moved up, could move up) by month, row after row; `trials` counts whoever is on one, and its ending, as a sales team might."""
    with (DATA / f"{HISTORY}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    on, counts = {}, {}
    for month in sorted({row["date"][:7] for row in rows}):
        could = {customer for customer, rank in on.items() if (-1 if trials else 0) <= rank < 2}
        moved = set()
        for row in (row for row in rows if row["date"][:7] == month):
            customer, rank = row["customer"], RANKS[row["plan"]]
            if customer in could and on[customer] >= (-1 if trials else 0) and rank > on[customer]:
                moved.add(customer)
            on[customer] = rank
        counts[month] = (len(moved), len(could))
    return {month: both for month, both in counts.items() if both[1]}


def step(counts):
    """The pooled rate of the six months after in percent, less that of the 24 before."""
    sides = [
        [both for month, both in counts.items() if low <= month <= high]
        for low, high in (("2023-06", "2025-05"), ("2025-07", "2025-12"))
    ]
    before, after = (100 * sum(n for n, _ in side) / sum(d for _, d in side) for side in sides)
    return after - before


@pytest.fixture(scope="module")
def history():
    return read_case(HISTORY)


def test_the_history_is_a_few_hundred_customers_over_thirty_months():
    counts = replayed()
    assert next(iter(counts)) == "2023-06"
    assert len(counts) == 24 + 1 + 6 + 1  # the last month is not over
    assert all(300 < could < 800 for _, could in counts.values())


def test_a_history_is_in_order_and_nobody_changes_twice_on_a_day():
    with (DATA / f"{HISTORY}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["date"], row["customer"]) for row in csv.DictReader(lines)]
    assert rows == sorted(rows)
    assert len(set(rows)) == len(rows)


def test_every_plan_of_a_history_has_its_place_and_all_that_plans_know_is_in_it(history):
    assert set(history.plan_order) == {"basic", "pro", "enterprise"}
    assert history.event_names == {"trial": ["trial"], "left": ["cancelled"]}
    with (DATA / f"{HISTORY}.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["plan"] for row in csv.DictReader(lines)} == set(RANKS)


def test_the_counts_of_a_history_are_those_of_a_replay_row_after_row(history):
    rows = measure_case(history).total().table
    measured = {
        str(when): (int(n), int(d)) for when, n, d in rows[["period", "numerator", "denominator"]].itertuples(index=False)
    }
    assert measured == replayed()


def test_the_two_shown_months_of_a_history_round_to_their_whole_percents(script):
    counts, planted = replayed(), script.PLANTED[HISTORY]
    shown = [round(100 * counts[month][0] / counts[month][1]) for month in ("2025-05", "2025-12")]
    assert shown == [planted.first_rate, planted.second_rate]


def test_the_script_s_own_replay_is_this_one(script):
    table = script.plan_history()
    assert script.moved_up(table) == pytest.approx([100 * n / d for n, d in replayed().values()])


def test_history_trials_that_end_with_a_plan_look_like_moves_up(script, history):
    planted = script.PLANTED[HISTORY]
    assert step(replayed()) == pytest.approx(planted.effect_pp, abs=1)
    assert step(replayed(trials=True)) - step(replayed()) == pytest.approx(planted.twist_pp, abs=1)
    counted = replace(history, counting={"trial_endings": "counted"})
    rows = measure_case(counted).total().table
    assert [(int(n), int(d)) for n, d in rows[["numerator", "denominator"]].itertuples(index=False)] == list(
        replayed(trials=True).values()
    )


def test_history_the_trials_are_named_and_left_out(history):
    answer = answered(HISTORY)
    assert check(answer, "trial endings").passed is False
    assert check(answer, "trial endings").sentence == "619 trials ended with a plan: not counted as moves up."
    assert check(answer, "last period").sentence == "2026-01 was not over on 2026-01-11, so left out."
    assert answer.verdict["leading"] == "before-trend continued, at the mix of before"


def test_history_the_change_shows_in_every_segment(history):
    rows = [row for row in answered(HISTORY).table.to_dict("records") if row["segment"] != "all"]
    assert sorted(row["segment"] for row in rows) == ["seats: 10 to under 50", "seats: 50 or more", "seats: under 10"]
    assert all(row["change"] > 0.02 for row in rows)


# --- what an answer makes of them --------------------------------------------------------------------------------------

#: case -> table
TABLES = {
    "techsolutions_upgrade_rate": "techsolutions_upgrades",
    "projectsoft_adoption": "projectsoft_adoption",
    "techsolutions_upsell_ratio": "techsolutions_upsell",
    "gas_liquids_plant": "gas_liquids_plant",
    HISTORY: HISTORY,
}


@cache
def answered(name):
    """The case's own answer."""
    case = read_case(DATA / "cases" / f"{name}.toml")
    return before_after(measure_case(case), case.changed_on, **case.choices)


@pytest.mark.parametrize("name", TABLES)
def test_the_planted_effect_lies_inside_the_leading_interval(script, name):
    effect, planted = answered(name).verdict["effect"], script.PLANTED[TABLES[name]].effect_pp / 100
    assert effect["low"] < planted < effect["high"]
    assert answered(name).verdict["direction"] == "rose"


@pytest.mark.parametrize("name", [name for name in TABLES if name != HISTORY])
def test_the_two_shown_months_flatter_the_effect_where_a_twist_adds_to_it(script, name):
    planted = script.PLANTED[TABLES[name]]
    verdict = answered(name).verdict
    shown = verdict["after"]["last_value"] - verdict["before"]["last_value"]
    assert shown == pytest.approx((planted.second_rate - planted.first_rate) / 100, abs=0.001)
    if planted.twist_pp:
        assert verdict["effect"]["value"] < shown - planted.twist_pp / 200  # at least half of the twist is taken out


def test_the_twist_of_upgrades_is_named_as_mix():
    answer = answered("techsolutions_upgrade_rate")
    assert check(answer, "mix").passed is False
    assert answer.verdict["origins"]["mix"]["low"] > 0.01
    assert answer.verdict["leading"] == "before-trend continued, at the mix of before"
    assert estimate(answer, "plain")["holds"] is False
    assert estimate(answer, "plain")["value"] > answer.verdict["effect"]["high"]


def test_the_twist_of_adoption_is_named_as_a_start_when_it_was_low():
    answer = answered("projectsoft_adoption")
    low = check(answer, "started because it was low")
    assert low.passed is False
    assert "the lowest stretch of all before" in low.sentence
    assert answer.verdict["leading"].endswith("without the last 3 months before")
    assert estimate(answer, "before-trend continued, at the mix of before")["value"] > answer.verdict["effect"]["high"]


def test_the_twist_of_upsell_is_named_as_a_trend_that_rose_before():
    answer = answered("techsolutions_upsell_ratio")
    trend = check(answer, "before-trend")
    assert trend.passed is False
    assert trend.sentence.startswith("It rose already since it bent after 2024-0")
    slope = answer.verdict["diagnosis"]["slope"]
    assert slope["low"] < 0.0025 < slope["high"]  # planted: 0.25 pp a month
    assert estimate(answer, "plain")["why"].startswith("before-trend")
    assert answer.verdict["effect"]["high"] < estimate(answer, "plain")["low"]


def test_the_twist_of_the_plant_is_named_as_a_month_that_is_not_over():
    answer = answered("gas_liquids_plant")
    last = check(answer, "last period")
    assert (last.passed, last.sentence) == (False, "2026-02 was not over on 2026-02-12, so left out.")
    assert answer.verdict["after"]["last"] == "2026-01"
    assert check(answer, "odd periods").passed  # every May is alike: that is a season
    assert check(answer, "season").passed


@pytest.mark.parametrize("name", TABLES)
def test_without_a_control_group_no_invented_case_is_strong_evidence(name):
    answer = answered(name)
    assert answer.verdict["grade"]["grade"] in ("fair", "weak")
    assert check(answer, "control group").passed is None
    several = [found for found in answer.checks if found.name == "several changes"]
    assert [found.passed for found in several] == ([] if name == HISTORY else [None])  # all others did more than one thing
