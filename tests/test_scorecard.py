"""Where do we stand? The latest complete period, how it moved lately, the next review."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truths.scorecard import ROOT, answer, answered, script

from kpikit.cases import read_case
from kpikit.cases.files import case_from
from kpikit.errors import CaseError
from kpikit.figures.bullet_graphs import bullet_graphs
from kpikit.figures.trend_lines import trend_lines
from kpikit.measuring import measure, measure_also, measure_case
from kpikit.measuring.related import measure_related
from kpikit.moments import Calendar
from kpikit.questions.scorecard import scorecard
from kpikit.questions.standing.followed import Followed
from kpikit.stats.multiple import benjamini_hochberg
from kpikit.tables import read_table


def upgrades(numerators, as_of, kpi="upgrade_rate", **columns):
    months = [str(p) for p in pd.period_range("2025-01", periods=len(numerators), freq="M")]
    frame = pd.DataFrame({"period": months, "numerator": numerators, "denominator": [1000] * len(numerators)})
    return measure(kpi, read_table(frame, kind="counts"), window="month", as_of=as_of)


def test_the_latest_complete_period_is_shown_with_its_band():
    answer = scorecard(upgrades([150, 250, 999], date(2025, 3, 20)))
    assert (answer.verdict["at"], answer.verdict["value"], answer.verdict["band"]) == ("2025-02", 0.25, "on target")


def test_three_periods_are_pooled_against_the_three_before():
    lately = scorecard(upgrades([100, 110, 120, 200, 210, 220], date(2025, 7, 1))).verdict["lately"]
    assert (lately["before"]["value"], lately["after"]["value"], lately["direction"]) == (0.11, 0.21, "rose")


def test_too_few_periods_say_nothing_of_lately():
    answer = scorecard(upgrades([100, 110], date(2025, 3, 1)))
    assert answer.verdict["lately"] is None
    assert "There are too few months to say how it moved lately." in answer.sentences


@pytest.mark.parametrize(("kpi", "due"), [("upgrade_rate", "2025-04-01"), ("upsell_ratio", "2025-07-01")])
def test_the_next_review_follows_the_cadence(kpi, due):
    verdict = scorecard(upgrades([100, 110, 120], date(2025, 4, 1) if kpi == "upsell_ratio" else date(2025, 3, 31), kpi)).verdict
    assert verdict["review"]["next"] == due


def test_data_that_lag_behind_as_of_are_named():
    checks = scorecard(upgrades([100, 110, 120], date(2025, 7, 15))).checks
    assert any(check.sentence == "3 months since 2025-03 are over and not in the table." for check in checks)


def test_a_series_without_a_value_has_nothing_to_show():
    with pytest.raises(CaseError, match="upgrade_rate: no period of the series holds a value, so there is nothing to show"):
        scorecard(upgrades([100], date(2025, 1, 15)))


def test_of_one_kpi_every_part_says_something():
    answer = scorecard(upgrades([100, 110], date(2025, 3, 1)))
    assert str(answer.say("chance")) == "One measure stands here, so there is no number of comparisons to correct for."
    assert str(answer.say("levels")) == "The case names no target and no benchmark."
    assert str(answer.say("related")) == "The case names no ratio of its own to stand beside its KPI."
    assert str(answer.say("next")) == "What to do next: look again on 2025-04-01."
    assert str(answer.say("signal")).startswith("With so few periods before")
    assert answer.headline.startswith("Upgrade Rate is 11.0%")


# --- several measures ------------------------------------------------------------------------------------------------------


def table(months, **columns):
    return pd.DataFrame({"month": [str(p) for p in pd.period_range("2023-01", periods=months, freq="M")], **columns})


def case_of(frame, **keys):
    told = {
        "title": "t?", "table": "t.csv", "kind": "counts", "as_of": date(2040, 1, 1), "question": "scorecard",
        "kpi": "upgrade_rate", "window": "month", "columns": {"period": "month", "numerator": "up", "denominator": "on"},
    }  # fmt: skip
    return replace(case_from(told | keys, "c", Path()), table=frame)


def several(frame, **keys):
    case = case_of(frame, **keys)
    return scorecard(measure_case(case), also=measure_also(case), related=measure_related(case), owner="o", **case.asked)


def wobble(level, months=24, seed=1, by=0.02):
    return np.round(level * (1 + by * np.random.default_rng(seed).standard_normal(months))).astype(int)


def line(answer, name):
    (found,) = [row for row in answer.verdict["rows"] if row["name"] == name]
    return found


def test_another_kpi_may_have_a_denominator_of_its_own_and_name_its_variant():
    frame = table(24, up=wobble(150), on=[1000] * 24, using=wobble(60, seed=2), offered=[240] * 24)
    answer = several(frame, also={"product_upgrade_ratio.adoption": ["using", "offered"], "upsell_ratio": "using"})
    adoption, upsell = line(answer, "Product Upgrade Ratio (adoption)"), line(answer, "Upsell Ratio")
    assert (adoption["numerator"], adoption["denominator"]) == (frame["using"].iloc[-1], 240)
    assert upsell["denominator"] == 1000
    assert adoption["bands"][0] == {"name": "low", "from": None, "to": 0.15}


def test_other_kpis_of_a_table_without_sums_are_refused():
    case = replace(case_of(None), kind="plans", also={"upsell_ratio": ["a", "b"]})
    with pytest.raises(CaseError) as refused:
        measure_also(case)
    assert str(refused.value) == "c: 'also' names columns of sums, so the table is of kind 'counts' or 'volumes', not 'plans'"


def test_a_ratio_of_the_user_s_own_is_divided_and_a_single_column_is_its_growth():
    frame = table(4, up=[1] * 4, on=[10] * 4, score=[410, 0, 420, 430], answers=[100] * 4, revenue=[100.5, 110.55, 0, 50])
    related = measure_related(case_of(frame, asks={"related": {"Satisfaction": ["score", "answers"], "Growth": "revenue"}}))
    assert related["Satisfaction"].table["value"].tolist() == [4.1, 0.0, 4.2, 4.3]
    growth = related["Growth"].table
    assert growth["period"].astype(str).tolist() == ["2023-02", "2023-03", "2023-04"]
    assert growth["value"].tolist()[:2] == [pytest.approx(0.1), -1.0]
    assert growth["status"].tolist() == ["ok", "ok", "zero denominator"]
    assert (related["Satisfaction"].unit, related["Growth"].unit) == ("number", "percent")


def test_a_growth_over_a_missing_month_is_not_told():
    frame = table(4, up=[1] * 4, on=[10] * 4, revenue=[100, 110, 120, 130]).drop(index=1)
    growth = measure_related(case_of(frame, asks={"related": {"Growth": "revenue"}}))["Growth"].table
    assert growth["period"].astype(str).tolist() == ["2023-04"]


def test_a_month_that_is_not_over_holds_no_value_of_an_own_ratio():
    frame = table(3, up=[1] * 3, on=[10] * 3, kept=[9] * 3)
    related = measure_related(case_of(frame, as_of=date(2023, 3, 20), asks={"related": {"Retention": ["kept", "on"]}}))
    assert related["Retention"].table["status"].tolist() == ["ok", "ok", "partial"]


@pytest.mark.parametrize("entry", [["a", "b", "c"], ["a", "a"], 3])
def test_an_own_ratio_names_one_column_or_two(entry):
    with pytest.raises(CaseError) as refused:
        measure_related(case_of(table(3, up=[1] * 3, on=[2] * 3), asks={"related": {"Retention": entry}}))
    assert str(refused.value) == (
        f"c: [asks] related Retention is {entry!r}; it must be one column, whose growth is meant, or [numerator, denominator]"
    )


def test_own_ratios_have_no_band_and_are_named_as_the_user_s_own():
    answer = several(table(24, up=wobble(150), on=[1000] * 24, kept=wobble(900)), asks={"related": {"Retention": ["kept", "on"]}})
    own = line(answer, "Retention")
    assert (own["band"], own["bands"], own["own"]) == (None, [], True)
    assert "Retention *" in answer.table["measure"].iloc[1]
    assert any(check.sentence == "Retention is a ratio of your own: no catalog defines it." for check in answer.checks)


def test_the_change_since_the_last_review_is_a_month_or_a_quarter_by_the_kpi_s_cadence():
    frame = table(12, up=range(100, 112), on=[1000] * 12, bought=range(50, 62))
    answer = several(frame, also={"upsell_ratio": "bought"}, as_of=date(2024, 1, 10))
    month, quarter = line(answer, "Upgrade Rate")["since"], line(answer, "Upsell Ratio")["since"]
    assert (month["before"], month["after"], month["from"], month["to"]) == ("2023-11", "2023-12", 0.110, 0.111)
    assert (quarter["before"], quarter["after"]) == ("2023Q3", "2023Q4")
    assert quarter["from"] == pytest.approx((56 + 57 + 58) / 3000)
    assert quarter["to"] == pytest.approx((59 + 60 + 61) / 3000)


def test_a_quarter_of_which_a_month_is_missing_is_not_compared():
    frame = table(12, up=[100] * 12, on=[1000] * 12, bought=range(50, 62)).drop(index=10)
    answer = several(frame, also={"upsell_ratio": "bought"}, as_of=date(2024, 1, 10))
    assert line(answer, "Upsell Ratio")["since"]["after"] == "2023Q3"
    assert line(answer, "Upgrade Rate")["since"] is None  # December has no November beside it


def test_weeks_are_reviewed_by_the_month_they_end_in():
    days = [str(day.date()) for day in pd.date_range("2024-01-01", periods=18, freq="7D")]
    series = measure(
        "upgrade_rate", read_table(pd.DataFrame({"period": days, "numerator": 10, "denominator": 100}), kind="counts"),
        window="week", as_of=date(2024, 5, 6),
    )  # fmt: skip
    reviews = Followed.of_series(series).reviews
    ends = pd.Series(pd.to_datetime(days) + pd.Timedelta(days=6)).dt.to_period("M").value_counts().sort_index()
    assert reviews["review"].astype(str).tolist() == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert (reviews["denominator"] / 100).tolist() == ends.iloc[:4].tolist()


def test_the_adjusted_p_values_are_benjamini_and_hochberg_s():
    frame = table(24, up=wobble(150), on=[1000] * 24, a=wobble(300, seed=2), b=wobble(400, seed=3), c=wobble(500, seed=4))
    related = {name: [name, "on"] for name in "abc"}
    rows = several(frame, asks={"related": related}).verdict["rows"]
    p_values = [row["since"]["p_value"] for row in rows]
    ordered = sorted(p_values)
    by_hand = [min(len(rows) * q / (ordered.index(q) + 1) for q in ordered if q >= p) for p in p_values]
    assert [row["adjusted"] for row in rows] == pytest.approx(by_hand)


def test_the_family_says_how_many_would_look_changed_by_chance_and_which_survive():
    jump = wobble(300, seed=2)
    jump[-1] = 600
    frame = table(24, up=wobble(150), on=[1000] * 24, a=jump, b=wobble(400, seed=3))
    answer = several(frame, asks={"related": {"a": ["a", "on"], "b": ["b", "on"]}})
    family = answer.verdict["family"]
    assert (family["lines"], family["compared"], family["clear"]) == (3, 3, ["a"])
    assert family["by_chance"] == pytest.approx(0.15)
    assert answer.headline.startswith("1 of 3 measures has clearly changed since its last review: a rose from ")
    assert "by chance alone 0.15 of them would look like a change on average (5%)" in str(answer.say("chance"))
    assert str(answer.say("next")).startswith("What to do next: ask o what moved a between 2024-11 and 2024-12. ")


def test_what_adds_up_to_the_whole_is_one_measure_compared_twice():
    kept = wobble(900, by=0.01)
    frame = table(24, up=wobble(150), on=[1000] * 24, kept=kept, lost=1000 - kept)
    answer = several(frame, asks={"related": {"Retention": ["kept", "on"], "Churn": ["lost", "on"]}})
    (check,) = [check for check in answer.checks if check.name == "the same twice"]
    assert check.sentence == "Retention and Churn add up to 1 in every month: they are one measure, and count as two comparisons."


@pytest.mark.parametrize("key", ["targets", "owners", "benchmarks"])
def test_a_target_or_owner_of_what_is_not_there_is_refused(key):
    with pytest.raises(CaseError) as refused:
        several(table(3, up=[1] * 3, on=[2] * 3), also={"upsell_ratio": "up"}, asks={key: {"upsel_ratio": "x"}})
    assert str(refused.value) == (
        f"[asks] {key} names 'upsel_ratio', which the scorecard does not hold; did you mean 'upsell_ratio'?"
    )


def test_a_level_that_moved_is_a_signal_though_no_single_review_looks_changed():
    rates = [100, 102, 98, 101, 99, 100] * 4 + [108] * 9
    answer = several(table(33, up=rates, on=[10_000] * 33), also={"upsell_ratio": "up"})
    row = line(answer, "Upgrade Rate")
    assert (row["clear"], row["signal"]) == (False, "level moved")


def test_the_figures_hold_every_kpi_and_every_measure():
    frame = table(24, up=wobble(150), on=[1000] * 24, kept=wobble(900))
    answer = several(
        frame, also={"upsell_ratio": "up"}, asks={"related": {"Retention": ["kept", "on"]}, "targets": {"upsell_ratio": 0.3}}
    )
    bullets, trends = bullet_graphs(answer), trend_lines(answer)
    assert [row["name"] for row in bullets.spec["rows"]] == ["Upgrade Rate", "Upsell Ratio"]
    assert [row["name"] for row in trends.spec["rows"]] == ["Upgrade Rate", "Upsell Ratio", "Retention"]
    assert trends.spec["rows"][2]["value"][-1] == pytest.approx(frame["kept"].iloc[-1] / 1000, abs=1e-6)
    for chart in (bullets, trends):
        assert chart.png().startswith(b"\x89PNG")
        assert type(chart).from_payload(chart.payload).svg() == chart.svg()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_planted_is_found(seed):
    assert answered(seed, planted=True)


NINE = [
    ("upgrades", "subscribers", "month", "poisson"), ("upsold_customers", "customers", "quarter", "binomial"),
    ("bought_more", "first_buyers", "month", "binomial"), ("using_upgrade", "offered", "quarter", "stock"),
    ("retained", "customers", "month", "spread"), ("lost", "customers", "month", "spread"),
    ("new_customers", "customers", "month", "spread"), ("revenue_usd", "", "month", "spread"),
    ("score_sum", "answers", "month", "spread"),
]  # fmt: skip


def judged(frame, numerator, denominator, cadence, noise):
    """The p-value of one measure of the table, without the way through files and engines."""
    below = frame[denominator] if denominator else frame[numerator].shift()
    rows = pd.DataFrame({"period": pd.PeriodIndex(frame["month"], freq="M"), "numerator": frame[numerator], "denominator": below})
    return Followed(rows.dropna(ignore_index=True), "month", cadence, noise, Calendar()).since()["p_value"]


def test_with_nothing_planted_hardly_a_page_of_nine_shows_a_change():
    make = script()
    pages = [[judged(make(seed, planted=False), *one) for one in NINE] for seed in range(60)]
    assert sum(benjamini_hochberg(page).min() < 0.05 for page in pages) <= 7  # 1 in 20 is 3; the 500 seeds are tests/bench's


def test_they_are_judged_as_the_whole_way_judges_them():
    rows = answer(script()(0)).verdict["rows"]
    assert [row["since"]["p_value"] for row in rows] == pytest.approx([judged(script()(0), *one) for one in NINE])


def test_the_committed_table_is_the_script_s():
    made = script()().to_csv(index=False, lineterminator="\n").encode()
    assert made == (ROOT / "data" / "techsolutions_scorecard.csv").read_bytes()


def test_the_note_about_the_data_names_no_upgrade_rate_that_the_table_never_had():
    note = read_case(ROOT / "data/cases/techsolutions_scorecard.toml").data_note
    table = pd.read_csv(ROOT / "data/techsolutions_scorecard.csv")
    rates = table["upgrades"] / table["subscribers"]
    named = [int(percent) / 100 for percent in re.findall(r"(\d+)%", note)]
    assert named == pytest.approx([rates[:12].mean()], abs=0.005)
    assert rates.max() < 0.25
