"""What would it take? Exact gaps, goals in order, what the past says, and the agreed path."""

import runpy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truths.targets import answered, made

from kpikit.bands import band_of
from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.figures.goal_gaps import goal_gaps
from kpikit.measuring import measure, measure_case
from kpikit.questions.aims.goals import Goal, units_needed
from kpikit.questions.targets import targets
from kpikit.tables import read_table

ROOT = Path(__file__).parents[1]
BITUMEN = ROOT.parent / "shared" / "data" / "bitumen_alberta_monthly.csv"


def series(numerators, denominators=1000, kpi="upsell_ratio", as_of="2030-01-01", first="2023-01", **more):
    months = [str(month) for month in pd.period_range(first, periods=len(numerators), freq="M")]
    frame = pd.DataFrame({"period": months, "numerator": numerators, "denominator": denominators})
    return measure(kpi, read_table(frame, kind="counts"), window="month", as_of=as_of, **more)


def lead(answer):
    return answer.verdict["lead"]


@pytest.mark.parametrize("edge", [Decimal("0.2"), Decimal("0.15"), Decimal("0.333"), Decimal("0.07")])
@pytest.mark.parametrize("passed", [True, False])
def test_the_units_needed_are_the_first_that_meet_the_goal_when_all_are_tried(edge, passed):
    goal = Goal("band", "a band", Fraction(edge), passed)
    for size in [*range(1, 120), 997, 1000]:
        meets = [n for n in range(size + 2) if (n > edge * size if passed else n >= edge * size)]
        assert units_needed(goal, Fraction(size), "higher", whole=True) == meets[0]
        under = [n for n in range(-1, size + 1) if (n < edge * size if passed else n <= edge * size)]
        assert units_needed(goal, Fraction(size), "lower", whole=True) == under[-1]


@pytest.mark.parametrize("size", [5, 149, 150, 151, 1000, 1003])
def test_one_less_than_needed_stays_in_the_band_and_the_needed_count_passes_it(size):
    measured = series([1] * 3, size)
    told = lead(targets(measured))
    bands = measured.variant.bands
    assert (band_of(told["needed"], size, bands), band_of(told["needed"] - 1, size, bands)) == ("on target", "below target")


def test_a_target_on_the_edge_is_met_by_the_edge_and_a_band_above_it_is_not():
    answer = targets(series([150] * 3), target=0.2)
    assert [(row["kind"], row["more"]) for row in answer.verdict["goals"]] == [("target", 50), ("band", 51)]


def test_the_goals_lead_in_order_and_one_that_is_met_gives_way():
    choices = {"target": 0.12, "revenue_up": 0.5}
    assert lead(targets(series([100] * 3), **choices))["kind"] == "target"
    assert lead(targets(series([130] * 3), **choices))["kind"] == "revenue"
    assert lead(targets(series([130] * 3), target=0.12))["kind"] == "target"
    assert targets(series([130] * 3), target=0.12).headline == "The target of 12.0% is met: Upsell Ratio was 13.0% in 2023-03."


def test_more_revenue_of_the_units_themselves_is_as_many_more_units():
    told = lead(targets(series([150] * 3), revenue_up=0.2))
    assert (told["goal"], told["needed"], told["more"]) == (0.18, 180, 30)


def test_more_revenue_of_all_is_solved_through_what_one_unit_brings():
    # 20 % of 100,000 is 20,000; at 240 less a discount of 40 each that is 100 more
    money = {"per_unit": 240.0, "discount": 40.0, "currency": "USD"}
    told = lead(targets(series([150] * 3), revenue_up=0.2, base_revenue=100_000.0, money=money))
    assert (told["goal"], told["more"]) == (0.25, 100)
    assert told["money"]["value"] == pytest.approx(20_000)


def test_revenue_that_would_take_more_than_all_customers_is_called_impossible():
    answer = targets(series([150] * 3), revenue_up=0.2, base_revenue=1_000_000.0, money={"per_unit": 200.0})
    assert lead(answer)["possible"] is False
    assert answer.headline == (
        "The goal 'revenue up 20.0%' (115.0%) cannot be reached: it would take 1,150, which is more than all 1,000 customers."
    )


def test_events_can_pass_one_hundred_percent_so_nothing_is_impossible():
    measured = series([150] * 3, kpi="upgrade_rate")
    assert lead(targets(measured, revenue_up=0.2, base_revenue=1e6, money={"per_unit": 200.0}))["possible"] is True


def test_money_carries_the_error_of_what_one_unit_brings():
    told = lead(targets(series([150] * 3), target=0.2, money={"per_unit": 18.0, "error": 1.5, "currency": "USD"}))["money"]
    assert told == pytest.approx({"value": 900.0, "low": 900 - 1.959964 * 75, "high": 900 + 1.959964 * 75})


REFUSED = {
    "no goal": (
        {"kpi": "upgrade_rate", "variant": "customers_once"}, {},
        "upgrade_rate: there is no goal: no target, benchmark or revenue_up is given, and no band lies beyond today's value; "
        "give one, as target = 0.25",
    ),
    "a wish that is none": ({}, {"revenue_up": 0.0}, "revenue_up is 0.0; it must be a fraction above 0, 20 % more is 0.20"),
    "no price": (
        {}, {"revenue_up": 0.2, "base_revenue": 1000.0},
        "upsell_ratio: base_revenue is given, so what one more of the customers who bought higher-value products brings must be "
        "too, as revenue_per_unit = 240.0",
    ),
    "a base alone": (
        {}, {"base_revenue": 1000.0},
        "upsell_ratio: base_revenue is given without revenue_up, the share of it that is wanted on top",
    ),
    "a path by year": (
        {}, {"path": {"2025": 0.2}}, "upsell_ratio: the path names '2025', which is no month; write one as \"2026-03\"",
    ),
    "a path of words": (
        {}, {"path": {"soon": 0.2}}, "upsell_ratio: the path names 'soon', which is no month; write one as \"2026-03\"",
    ),
    "a path in percent": (
        {}, {"path": {"2025-03": 20}},
        "upsell_ratio: the path holds 20 for '2025-03'; it must be a fraction above 0, 25 % is 0.25",
    ),
    "a path that names a month twice": (
        {}, {"path": {"2025-03": 0.2, "2025-03-01": 0.3}}, "upsell_ratio: the path names a month twice",
    ),
    "no time": ({}, {"horizon": 0}, "upsell_ratio: the horizon is 0; it is a whole number of months, 1 or more"),
    "half a month": ({}, {"horizon": 2.5}, "upsell_ratio: the horizon is 2.5; it is a whole number of months, 1 or more"),
    "a path of nothing": ({}, {"path": {"": 0.2}}, "upsell_ratio: the path names '', which is no month; write one as \"2026-03\""),
    "a path of no time": (
        {}, {"path": {"NaT": 0.2}}, "upsell_ratio: the path names 'NaT', which is no month; write one as \"2026-03\"",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_goal_that_cannot_be_told_is_refused(what):
    given, choices, message = REFUSED[what]
    with pytest.raises(CaseError) as error:
        targets(series([150] * 3, **given), **choices)
    assert str(error.value) == message


def test_a_series_without_a_value_has_no_goal():
    with pytest.raises(CaseError) as error:
        targets(series([150], as_of="2023-01-15"), target=0.2)
    assert str(error.value) == "upsell_ratio: no period of the series holds a value, so there is nothing to set a goal for"


def test_more_of_no_revenue_is_refused():
    with pytest.raises(CaseError) as error:
        targets(series([150, 150, 0]), revenue_up=0.2)
    assert str(error.value) == (
        "upsell_ratio: there are no customers who bought higher-value products in 2023-03, so their revenue cannot rise by a part; "
        "give base_revenue, the revenue of one period, or a target"
    )


def test_a_goal_that_cannot_be_reached_is_not_said_to_show_after_a_month():
    answer = targets(series([150] * 36), revenue_up=9.0)
    assert answer.headline == (
        "The goal 'revenue up 900.0%' (150.0%) cannot be reached: it would take 1,500, which is more than all 1,000 customers."
    )
    assert not any("to the goal" in text or "from the goal" in text for text in answer.sentences)


def test_a_goal_that_cannot_be_reached_does_not_flatten_the_picture_of_the_others():
    money = {"per_unit": 20.0, "currency": "USD"}
    answer = targets(series([150] * 36), target=0.2, revenue_up=0.2, base_revenue=1e7, money=money)
    assert goal_gaps(answer).figure().axes[0].get_xlim()[1] < 0.25


def test_a_goal_further_off_than_the_history_is_long_is_told_as_that():
    answer = targets(series([150] * 36), target=0.2, horizon=40)
    assert answer.verdict["road"]["why"] == "far"
    assert str(answer.say("road")) == (
        "How realistic that is, the past cannot say: the goal is 40 months off, and the history of 3.0 years is too short for a "
        "stretch as long."
    )


def test_a_share_that_never_left_100_percent_has_no_moving_level():
    answer = targets(series([1000] * 36), target=0.2)
    assert "moving level" not in [check.name for check in answer.checks]
    assert str(answer.say("seen")) == (
        "How small a change could be seen is not known: there are too few months, or they never vary."
    )


def test_a_history_under_two_years_says_nothing_of_what_is_usual():
    answer = targets(series([150] * 23), target=0.2)
    assert answer.verdict["road"]["why"] == "short"
    assert (
        "How realistic that is, the past cannot say: 1.9 years of history, and it takes 2 years at the least." in answer.sentences
    )


def test_the_past_changes_are_those_that_a_plain_walk_finds():
    counts = [100 + 2 * month + (7 * month) % 11 for month in range(40)]
    road = targets(series(counts), target=0.2, horizon=5).verdict["road"]
    levels = [sum(counts[end - 2 : end + 1]) / 3000 for end in range(2, 40)]
    moved = [levels[end] - levels[end - 5] for end in range(5, 38)]
    needed = 0.2 - levels[-1]
    assert road["changes"] == len(moved)
    assert road["enough"] == sum(change >= needed for change in moved)
    assert road["median"] == pytest.approx(float(np.median(moved)))
    assert road["fan"][-1]["q90"] == pytest.approx(levels[-1] + float(np.quantile(moved, 0.9)))
    assert road["apart"] == 7
    pace = float(np.median(moved)) / 5
    assert (road["periods"] - 1) * pace < needed <= road["periods"] * pace


def test_a_trend_in_the_history_is_named():
    checks = {check.name: check for check in targets(series([100 + 2 * month for month in range(36)]), target=0.2).checks}
    assert checks["trend"].passed is False
    assert checks["trend"].sentence == (
        "Over the whole history it rises by 0.2 pp a month: past changes hold that trend, which need not go on."
    )


def test_a_point_of_the_path_is_judged_only_when_its_period_is_over():
    counts = [150 + (-1) ** month * month % 7 for month in range(36)]
    path = {"2025-06": 0.10, "2025-12": 0.30, "2026-01": 0.15, "2025-09": 0.153}
    told = targets(series(counts, as_of="2026-01-20"), path=path).verdict["progress"]
    assert [(point["period"], point["state"]) for point in told["points"]] == [
        ("2025-06", "reached"), ("2025-09", "too close to call"), ("2025-12", "not reached"), ("2026-01", "ahead"),
    ]  # fmt: skip
    assert told["next"] == {"period": "2026-01", "value": 0.15}
    assert told["confidence"] == pytest.approx(1 - 0.05 / 3)


def test_a_point_that_nobody_measured_is_not_known():
    told = targets(series([150] * 30), path={"2022-06": 0.1}).verdict["progress"]
    assert (told["points"][0]["state"], told["unknown"]) == ("not known", 1)


def test_the_last_cohort_that_is_not_whole_does_not_stand_for_a_month():
    answer = targets(measure_case(read_case("online_retail_targets")), benchmark="retail", revenue_up=0.2)
    # README of the data: those of 2011-11 whose 30 days were over are a part; October's customers are all known
    assert answer.verdict["today"]["at"] == "2011-10"
    assert (lead(answer)["kind"], lead(answer)["needed"]) == ("revenue", -(-answer.verdict["today"]["numerator"] * 6 // 5))
    assert [row["open"] for row in answer.verdict["goals"]] == [False, True]
    assert answer.verdict["road"]["why"] == "short"


@pytest.mark.skipif(not BITUMEN.exists(), reason="needs ../shared/data")
def test_amounts_are_told_exactly_and_by_their_own_noise():
    columns = _bitumen_columns()
    table = read_table(BITUMEN, kind="volumes", columns=columns)
    answer = targets(measure("product_upgrade_ratio", table, variant="volume", window="month", as_of="2026-05-15"), target=0.45)
    told, today = lead(answer), answer.verdict["today"]
    assert told["needed"] == pytest.approx(0.45 * float(today["denominator"]))
    assert answer.verdict["visible"]["spans"][0]["change"] > answer.verdict["visible"]["spans"][2]["change"] > 0
    assert not answer.verdict["whole"]


def _bitumen_columns():
    names = BITUMEN.read_text(encoding="utf-8").splitlines()[0].split(",")
    raw = [name for name in names if "in_situ" in name or "mined" in name]
    return {
        "period": names[0],
        "numerator": next(name for name in names if "upgrad" in name or "processing" in name),
        "denominator": raw,
    }


def test_the_committed_table_is_what_its_script_makes():
    made_again = runpy.run_path(str(ROOT / "data" / "making" / "gym_upsell.py"))["table"]()
    text = made_again.to_csv(index=False, lineterminator="\n")
    assert text == (ROOT / "data" / "gym_upsell.csv").read_text(encoding="utf-8")
    assert made()(3).equals(made()(3))


def test_the_missed_point_is_found_and_without_it_none_is_missed():
    found = sum(answered(seed, planted=True) for seed in range(10))
    false = sum(answered(seed, planted=False) for seed in range(10))
    assert (found >= 9, false <= 2) == (True, True)


def test_the_case_says_what_it_takes_and_each_part_can_be_asked_for():
    case = read_case("gym_upsell_targets")
    answer = targets(measure_case(case), target=case.target, money=case.choices["money"], owner=case.owner, **case.asked)
    assert str(answer.say("lead")) == answer.headline
    assert str(answer.say("progress")) == (
        "Of 4 agreed points that are due, 2 are reached, 1 is clearly missed (2025-12) and 1 is too close to call."
    )
    assert all(str(answer.say(part)) for part in ("worth", "lately", "next", "road", "seen", "advice", "others", "wish"))
