"""KPIs that are no percentage of customers: money, points, days, plain numbers and balances, through every older question."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from kpikit import words
from kpikit.answer import readable, readable_html
from kpikit.cases import case_from
from kpikit.errors import CaseError, DefinitionError
from kpikit.figures.bullet_graph import bullet_graph
from kpikit.figures.chart import banded_ends, ticks
from kpikit.figures.goal_path import goal_path
from kpikit.figures.waterfall import waterfall
from kpikit.measuring import measure, measure_also
from kpikit.measuring.readings import measure_variants
from kpikit.questions.before_after import before_after
from kpikit.questions.exploratory import exploratory
from kpikit.questions.scorecard import scorecard
from kpikit.questions.seasons import seasons
from kpikit.questions.targets import targets
from kpikit.questions.two_numbers import value
from kpikit.questions.variants import variants
from kpikit.report.check import check_case
from kpikit.report.told import tiles
from kpikit.stats.agreement import moved_apart
from kpikit.tables import read_table

LONG_AFTER = date(2040, 1, 1)
CHANGED = "2023-03-01"  # before the 15th of the months
#: KPI and variant -> the columns of its sums, and what a month of them is before and after
NPS = ("net_promoter_score", None)
MARGIN = ("gross_margin", "from_costs")
CAC = ("customer_acquisition_cost", None)


def series_of(kpi, rows, kind=None, first="2022-01"):
    """A series of monthly sums, (numerator, denominator) or (numerator, denominator, less)."""
    kpi_id, variant = kpi
    names = ["numerator", "denominator", "less"][: len(rows[0])]
    table = pd.DataFrame(rows, columns=names).assign(
        period=[str(when) for when in pd.period_range(first, periods=len(rows), freq="M")]
    )
    kind = kind or ("counts" if kpi == NPS else "volumes")
    return measure(kpi_id, read_table(table, kind=kind), variant=variant, window="month", as_of=LONG_AFTER)


def wave(count, size):
    """`count` numbers that swing around 0 and add up to it over every 4."""
    return [(size, -size, 0, 0)[place % 4] for place in range(count)]


def nps():
    """14 months at -20 points, then 8 at +20: 30 promoters and 50 detractors of 100 answers, then the other way round."""
    before = [(30 + more, 100, 50) for more in wave(14, 2)]
    return series_of(NPS, [*before, *((50, 100, 30) for _ in range(8))])


def check_of(answer, name):
    return next((check.passed, check.sentence) for check in answer.checks if check.name == name)


# --- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "level", "change"),
    [(0.004, "0.004", "+0.004"), (-0.004, "-0.004", "-0.004"), (0.0, "0.00", "0.00"), (1234.5, "1,234.50", "+1,234.50")],
)
def test_money_shows_a_cent_or_what_is_first_seen_and_never_minus_nothing(number, level, change):
    assert (words.level(number, "money"), words.change(number, "money")) == (level, change)


def test_an_axis_of_plain_numbers_tells_neighboring_ticks_apart():
    assert [ticks("number")(tick, 0) for tick in (1.0, 1.05, 1.1, 12.0)] == ["1", "1.05", "1.1", "12"]


def test_a_ratio_above_one_is_a_number_over_a_number_and_no_percentage_of_it():
    assert value("quick_ratio", 42, 10).headline == (
        "Quick Ratio of Recurring Revenue is 4.20 (42 recurring revenue gained over 10 recurring revenue lost): above Hamid's goal."
    )


# --- targets of other units --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kpi", "counts", "variant", "target", "said"),
    [
        ("net_promoter_score", (20, 100, 60), None, -0.05, "The target of -5.0 points is not reached."),
        ("net_promoter_score", (20, 100, 20), None, 0, "The target of 0.0 points is too close to call."),
        ("average_order_value", (8000, 100), None, 75, "The target of 75.00 is reached."),
        ("customer_acquisition_cost", (8000, 100), None, 75, "The target of 75.00 is not reached."),
        ("days_to_value", (650, 100), None, 7, "The target of 7.0 days is reached."),
        ("gross_margin", (100, 100, 130), "from_costs", -0.4, "The target of -40.0% is reached."),
        ("returning_customer_share", (60, 100), None, 0.5, "The target of 50.0% is not judged."),
    ],
)  # fmt: skip
def test_a_target_is_in_the_unit_of_its_kpi(kpi, counts, variant, target, said):
    assert said in value(kpi, *counts, variant=variant, target=target).sentences


@pytest.mark.parametrize(
    ("kpi", "variant", "target", "wanted"),
    [
        ("net_promoter_score", None, 30, "a fraction from -1 to 1, 25 points are 0.25"),
        ("average_order_value", None, -5, "a number above 0"),
        ("quick_ratio", None, 0, "a number above 0"),
        ("gross_margin", "from_costs", 60, "a fraction, 25 % is 0.25"),
        ("customer_churn_rate", None, 2, "a fraction above 0, 25 % is 0.25"),
    ],
)
def test_a_target_that_the_unit_does_not_allow_is_refused_with_what_would_be_right(kpi, variant, target, wanted):
    counts = (1, 2, 1) if kpi in ("net_promoter_score", "gross_margin") else (1, 2)
    with pytest.raises(DefinitionError) as error:
        value(kpi, *counts, variant=variant, target=target)
    assert str(error.value) == f"{kpi}: the target is {target}; it must be {wanted}"


def test_a_path_may_lead_through_negative_points():
    rows = [(30 + more, 100, 50) for more in wave(16, 2)]
    told = targets(series_of(NPS, rows), target=0.1, path={"2022-06": -0.5, "2022-12": -0.1}).verdict["progress"]
    assert [point["state"] for point in told["points"]] == ["reached", "not reached"]
    few = targets(series_of(NPS, rows[:12]), target=0.1, path={"2022-06": -0.5, "2022-12": -0.1})
    assert few.say("progress") == (
        "Of 2 agreed points that are due, none is clearly reached and 2 are not judged, as too few months tell their noise."
    )
    with pytest.raises(CaseError) as error:
        targets(series_of(NPS, rows), target=0.1, path={"2022-06": 20})
    assert str(error.value) == (
        "net_promoter_score: the path holds 20 for '2022-06'; it must be a fraction from -1 to 1, 25 points are 0.25"
    )


def test_a_picture_of_goals_shows_what_lies_below_nothing_and_a_goal_below_all_values():
    negative = goal_path(targets(series_of(NPS, [(30 + more, 100, 50) for more in wave(16, 2)]), target=0.1))
    bottom, top = negative.figure().axes[0].get_ylim()
    assert bottom < -0.22 and top > 0.1
    cheaper = goal_path(targets(series_of(CAC, [(12000 + more, 100) for more in wave(16, 500)]), target=100))
    bottom, top = cheaper.figure().axes[0].get_ylim()
    assert 0 <= bottom < 100 and top > 125


def test_what_a_goal_takes_of_a_balance_is_net():
    answer = targets(series_of(NPS, [(30, 100, 50)] * 6), target=0.1)
    assert answer.headline == (  # 10 of 100, from -20
        "To get from -20.0 points in 2022-06 to the target of 10.0 points, Net Promoter Score needs 30 more promoters net of "
        "detractors a month: 10 of 100 instead of -20 (+30.0 points)."
    )
    assert words.tiles("targets", answer.verdict)[0] == ("today, 2022-06", "-20.0 points", "30 less 50 of 100")
    assert list(answer.table.columns)[:3] == ["goal", "value", "gap"]


def test_an_amount_that_is_to_fall_is_less_and_not_fewer():
    answer = targets(series_of(CAC, [(12000.5, 100)] * 6), target=110)
    assert answer.headline == (
        "To get from 120.00 in 2022-06 to the target of 110.00, Customer Acquisition Cost needs 1,000.5 less in sales and "
        "marketing expenses a month: 11,000 over 100 instead of 12,000.5 (-10.01)."
    )


def test_more_revenue_of_a_kpi_that_counts_revenue_is_not_called_the_revenue_of_revenue():
    answer = targets(series_of(("average_order_value", None), [(8000, 100)] * 6), target=85, revenue_up=0.1)
    assert answer.say("wish") == (
        "Revenue up by 10.0% is counted on the revenue of the orders alone, so that must rise by 10.0%; with as many orders as "
        "today the value must be 88.00."
    )
    assert check_of(answer, "revenue") == (None, "Taken of the revenue of the orders alone; base_revenue sets another.")


def test_more_of_a_loss_is_no_wish():
    with pytest.raises(CaseError) as error:
        targets(series_of(MARGIN, [(100, 100, 120)] * 6), target=0.1, revenue_up=0.2)
    assert str(error.value) == (
        "gross_margin: there are no revenue net of cost of revenue in 2022-06, so their revenue cannot rise by a part; give "
        "base_revenue, the revenue of one period, or a target"
    )


# --- before and after --------------------------------------------------------------------------------------------------


def test_a_score_is_told_in_points_with_both_of_its_counts():
    answer = before_after(nps(), CHANGED, start_reason="planned", date_chosen="before looking")
    cell = readable(answer.table, "points").iloc[0]
    assert cell["before"] == "-20.0 points (420 less 700 of 1,400)"  # 14 months of 30 less 50 of 100
    assert cell["after"] == "20.0 points (400 less 240 of 800)"
    assert cell["relative"] == "" and answer.say("relative") == ""  # a score's 0 is no beginning
    assert check_of(answer, "denominator moved") == (
        True, "Answers a month 0.0%; promoters net of detractors a month +40, of which 0 by the denominator and +40 by the value.",
    )  # fmt: skip
    tile = next(tile for tile in tiles(answer.verdict, "before_after") if tile["name"].startswith("before"))
    assert (tile["value"], tile["remark"].partition(",")[0]) == ("-20.0 points", "420 less 700 of 1")
    assert "promoters net of detractors in an average month" in answer.say("worth")


def test_what_moves_inside_segments_is_called_a_value_where_it_is_no_rate():
    months = [str(when) for when in pd.period_range("2022-01", periods=20, freq="M")]
    rows = [
        (when, site, 100 * (size - (place >= 14)), 10) for place, when in enumerate(months) for site, size in (("a", 9), ("b", 7))
    ]
    table = read_table(
        pd.DataFrame(rows, columns=["period", "site", "numerator", "denominator"]), kind="volumes", segments=["site"]
    )
    answer = before_after(measure("average_order_value", table, window="month", as_of=LONG_AFTER), CHANGED)
    assert answer.say("origin") == (
        "Of the plain change of -10.00, -10.00 came with the values inside the segments and 0.00 with their mix; that is "
        "accounting, not cause."
    )
    assert check_of(answer, "Simpson's reversal") == (True, "The total moved the way the values inside its segments did.")
    chart = waterfall(answer)
    assert chart.spec["y_label"] == "Average Order Value, in a month, in the table's currency"
    assert [row["label"] for row in chart.spec["rows"]][2] == "values inside the segments"
    assert readable(answer.table, "money").iloc[0]["after"] == "70.00 (8,400 over 120)"


@pytest.mark.parametrize(("spend", "passed", "said"), [(900, False, "the highest"), (700, True, "not the highest")])
def test_of_a_kpi_that_is_to_fall_a_high_stretch_before_is_the_one_that_passes_by_itself(spend, passed, said):
    rows = [(800 + more, 10) for more in wave(11, 5)] + [(spend, 10)] * 3 + [(750, 10)] * 6
    answer = before_after(series_of(CAC, rows), CHANGED, start_reason="planned")
    all_before = " of all" if passed is False else ""
    assert check_of(answer, "started because it was high") == (
        passed, f"The change was planned; the last periods before were {said} stretch{all_before} before.",
    )  # fmt: skip
    assert "started because it was low" not in [check.name for check in answer.checks]
    failed = [row["why"] for row in answer.verdict["estimates"] if row["holds"] is False]
    assert any("started because it was high" in why for why in failed) is not passed


def test_who_says_that_a_kpi_was_high_is_told_that_it_falls_by_itself():
    rows = [(800 + more, 10) for more in wave(14, 5)] + [(750, 10)] * 6
    answer = before_after(series_of(CAC, rows), CHANGED, start_reason="kpi was high")
    passed, said = check_of(answer, "started because it was high")
    assert passed is False
    assert said.startswith(
        "It was started because the KPI was high, and what is high falls by itself; without the last periods before (not the "
        "highest stretch before) the effect is -"
    )


def test_a_control_chart_of_amounts_has_no_limit_below_nothing_and_one_of_balances_has():
    high = [(value, 10) for value in (10, 90, 10, 90, 10, 90, 10, 90, 10, 90, 10, 90, 50, 50)] + [(50, 10)] * 6
    spread = before_after(series_of(CAC, high), CHANGED).verdict["signal"]
    assert spread["low"] == 0 and spread["high"] == pytest.approx(5 + 3 * (11 * 8 + 4) / 13 / 1.128)  # a mean of 5, 13 ranges
    loss = [(100, 100, 110 + (40, -40)[place % 2]) for place in range(20)]
    assert before_after(series_of(MARGIN, loss), CHANGED).verdict["signal"]["low"] < 0


def test_answers_are_no_pool_that_is_used_up():
    score = lambda place, late: 5 if (place % 4 < 3) == (not late) else 2  # noqa: E731
    rows = [(f"2022-{month:02}-{1 + place:02}", score(place, month > 8)) for month in range(1, 13) for place in range(28 - month)]
    table = read_table(pd.DataFrame(rows, columns=["date", "score"]), kind="ratings")
    answer = before_after(measure("customer_satisfaction_score", table, window="month", as_of=LONG_AFTER), "2022-09-01")
    assert "pool at risk" not in [check.name for check in answer.checks]


def test_other_kpis_of_other_units_stand_in_one_table():
    others = {"cac": series_of(CAC, [(800 + more, 10) for more in wave(20, 5)]), "nps": nps()}
    answer = exploratory(others, CHANGED, start_reason="planned")
    cells = list(readable(answer.table, answer.verdict["unit"])["change"])
    assert cells == list(answer.table["change"]) and "points" in cells[1] and "points" not in cells[0]
    assert "points" in readable_html(answer.table, answer.verdict["unit"])


# --- few, negative, composed -------------------------------------------------------------------------------------------


def test_an_amount_over_few_customers_is_told_as_that_and_one_over_few_tonnes_is_not():
    few = series_of(("revenue_per_upgrade", None), [(400, 8), (500, 40)])
    assert [(check.passed, check.sentence) for check in few.checks if check.name == "small denominators"] == [
        (False, "1 row rests on fewer than 30 (the least on 8): one large amount moves them, and a single month has no interval.")
    ]
    tonnes = series_of(("process_yield", "by_mass"), [(7.5, 8.25), (36, 40)])
    assert not [check for check in tonnes.checks if check.name == "small denominators"]


def test_the_lowest_band_is_seen_where_its_edge_is_the_end_of_the_axis():
    low, high = banded_ends([0.18, 0.3], [0.0], 0.2)
    assert high == pytest.approx(0.36) and low == pytest.approx(-0.072)
    assert banded_ends([0.18, 0.3], [0.2], 0.2) == (0.0, pytest.approx(0.36))
    series = series_of(NPS, [(50, 100, 30)] * 8)
    assert bullet_graph(series, scorecard(series)).figure().axes[0].get_xlim()[0] < 0


def test_a_series_of_a_balance_shows_its_numerator_as_net():
    html = series_of(NPS, [(30, 100, 50)])._repr_mimebundle_()["text/html"]
    assert "<th>net</th>" in html and "<th>numerator</th>" not in html and "<td>-20</td>" in html


def test_values_below_nothing_have_no_ratio_that_could_move_apart():
    assert np.isnan(moved_apart([1, 1, -1, 2, 2, 2], [1, 1, 1, 1, 1, 1], [False] * 3 + [True] * 3).value)


def test_a_scorecard_says_how_balances_are_judged():
    rows = [(50 + more, 100, 30) for more in wave(24, 3)]
    answer = scorecard(series_of(NPS, rows), also={"cac": series_of(CAC, [(800 + more, 10) for more in wave(24, 5)])})
    assert check_of(answer, "how changes are judged")[1] == (
        "Each change is judged by its counts and by how much the measure changed from review to review before; of amounts, stocks, "
        "gains less losses and your own ratios by the latter alone."
    )
    assert answer.table["stands at"].str.contains("less 30 of 100").tolist() == [True, False]


def test_the_seasons_of_both_counts_are_named_where_they_are_one_column():
    rows = [(1000 + 10 * (place % 12), 1000 + 10 * (place % 12), 600 + place % 5) for place in range(40)]
    answer = seasons(series_of(MARGIN, rows))
    assert list(answer.more["counts"]["of"]) == ["Gross Margin", "revenue net of cost of revenue", "revenue"]
    assert words.tiles("seasons", answer.verdict)[-1][0] != ""


# --- cases -------------------------------------------------------------------------------------------------------------

SUMS = pd.DataFrame({
    "month": [f"2026-{month:02}" for month in range(1, 5)], "revenue": [100, 110, 120, 130], "cost": [60, 70, 70, 80],
    "profit": [40, 40, 50, 50], "promoters": [5, 6, 7, 8], "detractors": [2, 3, 2, 3], "answers": [10, 12, 11, 13],
})  # fmt: skip


@pytest.fixture
def case(tmp_path):
    def written(**keys):
        SUMS.to_csv(tmp_path / "t.csv", index=False)
        own = {"question": "scorecard", "title": "How?", "kpi": "gross_margin", "window": "month", "table": "t.csv"}
        own |= {"kind": "volumes", "as_of": "2026-05-01"}
        return case_from(own | keys, "c", tmp_path)

    return written


FROM_COSTS = {
    "variant": "from_costs",
    "columns": {"period": "month", "numerator": "revenue", "denominator": "revenue", "less": "cost"},
}


def test_another_kpi_beside_a_balance_takes_nothing_off_and_a_balance_beside_names_what_it_does(case):
    beside = {"gross_margin": ["profit", "revenue"], "net_promoter_score": ["promoters", "answers", "detractors"]}
    also = measure_also(case(**FROM_COSTS, also=beside))
    assert also["gross_margin"].table["value"].tolist() == pytest.approx([0.4, 40 / 110, 50 / 120, 50 / 130])
    assert also["net_promoter_score"].table["value"].tolist() == pytest.approx([0.3, 0.25, 5 / 11, 5 / 13])


def test_a_variant_that_is_a_balance_names_three_columns(case):
    plain = {"columns": {"period": "month", "numerator": "profit", "denominator": "revenue"}, "question": "variants"}
    read = measure_variants(case(**plain, asks={"counted_as": {"from_costs": ["revenue", "revenue", "cost"]}}))
    assert read["from_costs"].table["value"].tolist() == pytest.approx([0.4, 40 / 110, 50 / 120, 50 / 130])
    two = measure_variants(case(**plain, asks={"counted_as": {"from_costs": ["revenue", "revenue"]}}))
    assert two.refused["from_costs"] == (
        "gross_margin: the table's sums are those of 'gross_profit'; name the three columns of 'from_costs', as [asks] counted_as = "
        '{ from_costs = ["revenue", "revenue", "cost of revenue"] }'
    )
    back = measure_variants(case(**FROM_COSTS, question="variants", asks={"counted_as": {"gross_profit": ["profit", "revenue"]}}))
    assert back["gross_profit"].table["numerator"].tolist() == [40, 40, 50, 50]
    assert list(variants(back).table["counted"]) == [
        "revenue net of cost of revenue\n(of revenue)", "gross profit\n(of revenue)",
    ]  # fmt: skip


def test_variants_of_a_composed_kpi_are_refused_with_its_parts(case):
    with pytest.raises(CaseError) as error:
        measure_variants(case(kpi="customer_lifetime_value", question="variants", columns={"period": "month"}))
    assert str(error.value) == (
        "customer_lifetime_value: variants are told of counts, and 'by_customer_churn' is the quotient of contribution_per_user and "
        "customer_churn_rate; ask it of these, one by one"
    )


def test_a_composed_case_is_checked_part_by_part():
    lines = check_case("language_app_tree", {})
    assert lines[0].endswith(": every value was understood.")
    assert "  base_revenue_per_user: opening_revenue_usd and subscribers" in lines
    assert any(line.startswith("  [not checked] composed: ") for line in lines)


def test_money_that_comes_as_decimals_goes_through_every_estimator():
    rows = [(Decimal(f"{8000 + more}.05"), 100) for more in wave(14, 50)] + [(Decimal("9000.05"), 100)] * 8
    answer = before_after(series_of(("average_order_value", None), rows), CHANGED, start_reason="planned")
    assert answer.verdict["change"]["value"] == pytest.approx(10.0)
    assert answer.verdict["direction"] == "rose"
