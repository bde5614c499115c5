"""Did the change move the KPI? Sides, pooling, what is left out, the effect that leads, and words that agree with numbers."""

import json
import re
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small_tables import asked, check, estimate, quiet

from kpikit.answer import MIME
from kpikit.cases import DATE_CHOICES, START_REASONS
from kpikit.errors import CaseError, DefinitionError
from kpikit.figures.bullet_graph import bullet_graph
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.stats.intervals import difference, wilson
from kpikit.tables import read_table

MONTHS = [str(period) for period in pd.period_range("2025-01", "2025-12", freq="M")]


def test_where_a_control_leads_the_checks_say_nothing_of_the_treated_alone():
    wave = [0, 9, -7, 4, -9, 6, 8, -5, -3, 7, -8, 2]
    drift = [2 * place for place in range(30)]  # shared by both, so that the gap has none
    counts = {
        "treated": [200 + wave[place % 12] + drift[place] + 50 * (place >= 24) for place in range(30)],
        "left alone": [200 + wave[(place + 5) % 12] + drift[place] for place in range(30)],
    }
    answer = asked(counts, 1000, "2024-01-01", control={"region": ["left alone"]}, start_reason="planned")
    told = {estimate["family"]: estimate for estimate in answer.verdict["estimates"]}
    assert answer.verdict["family"] == "gap"
    assert (told["gap"]["holds"], told["control"]["holds"]) == (True, True)
    assert (told["plain"]["holds"], told["segmented"]["holds"]) == (None, None)
    assert told["plain"]["why"] == "the checks are about the gap to the control"
    assert answer.verdict["grade"]["grade"] == "strong"


def upsell(upgrades, customers, segment=None, as_of=date(2026, 1, 1), periods=None):
    """An Upsell Ratio by month: independent customers, at risk afresh each month."""
    months = periods or (MONTHS[: len(upgrades)])
    frame = pd.DataFrame({"period": months, "numerator": upgrades, "denominator": customers})
    if segment:
        frame = frame.assign(region=segment)
    table = read_table(frame, kind="counts", segments=["region"] if segment else [])
    return measure("upsell_ratio", table, window="month", as_of=as_of)


def test_both_sides_are_pooled_counts_first():
    answer = before_after(upsell([1, 99, 30, 30], [10, 990, 100, 100]), date(2025, 3, 1))
    assert answer.verdict["before"]["value"] == 100 / 1000
    assert answer.verdict["after"]["value"] == 60 / 200
    expected = difference(wilson(60, 200), wilson(100, 1000))
    assert answer.verdict["change"]["low"] == pytest.approx(float(expected.low))


def test_the_period_that_the_change_falls_inside_of_belongs_to_neither_side():
    answer = before_after(upsell([10, 20, 900, 30], [1000] * 4), date(2025, 3, 15))
    assert answer.verdict["before"]["last"] == "2025-02"
    assert answer.verdict["after"]["first"] == "2025-04"
    sentence = "2025-03 belongs to neither side: the change of 2025-03-15 lies there."
    assert sentence in [check.sentence for check in answer.checks]


def test_a_change_on_a_periods_first_day_leaves_it_whole_and_after():
    answer = before_after(upsell([10, 20, 30, 40], [1000] * 4), date(2025, 3, 1))
    assert (answer.verdict["before"]["last"], answer.verdict["after"]["first"]) == ("2025-02", "2025-03")


def test_transition_periods_are_left_out_after_the_change():
    series = upsell([10] * 6, [1000] * 6)
    assert before_after(series, date(2025, 3, 15), transition_periods=1).verdict["after"]["first"] == "2025-05"
    assert before_after(series, date(2025, 3, 1), transition_periods=1).verdict["after"]["first"] == "2025-04"


def test_a_partial_last_period_is_left_out_and_named():
    answer = before_after(upsell([10, 10, 10, 900], [1000] * 4, as_of=date(2025, 4, 20)), date(2025, 3, 1))
    assert answer.verdict["after"]["last"] == "2025-03"
    assert any(check.name == "last period" and "2025-04 was not over on 2025-04-20" in check.sentence for check in answer.checks)


def test_no_period_before_the_change_is_an_error_that_says_which_there_are():
    with pytest.raises(CaseError) as refused:
        before_after(upsell([10, 10], [100, 100]), date(2020, 1, 1))
    assert str(refused.value) == (
        "upsell_ratio: no period lies wholly before 2020-01-01; the usable periods are 2025-01 to 2025-02"
    )


def test_no_period_after_the_change_is_an_error_too():
    with pytest.raises(CaseError, match="no period lies wholly after 2027-01-01"):
        before_after(upsell([10, 10], [100, 100]), date(2027, 1, 1))


def test_segments_are_pooled_by_each_column_and_the_whole_comes_first():
    frame = pd.DataFrame({
        "period": ["2025-01", "2025-01", "2025-02", "2025-02"], "plan": ["A", "B"] * 2, "region": ["X", "Y"] * 2,
        "numerator": [10, 40, 20, 40], "denominator": [100, 100, 100, 100],
    })  # fmt: skip
    table = read_table(frame, kind="counts", segments=["plan", "region"])
    answer = before_after(measure("upsell_ratio", table, window="month", as_of=date(2026, 1, 1)), date(2025, 2, 1))
    assert answer.table["segment"].tolist() == ["all", "plan: A", "plan: B", "region: X", "region: Y"]
    assert answer.table["before"].tolist() == [0.25, 0.1, 0.4, 0.1, 0.4]
    assert answer.table["after"].tolist() == [0.3, 0.2, 0.4, 0.2, 0.4]


def test_a_segment_on_one_side_only_is_not_in_the_table():
    series = upsell([10, 10, 10], [100] * 3, segment=["old", "both", "both"], periods=["2025-01", "2025-01", "2025-02"])
    assert before_after(series, date(2025, 2, 1)).table["segment"].tolist() == ["all", "region: both"]


def test_amounts_are_compared_by_the_spread_between_their_months():
    rng = np.random.default_rng(1)
    raw = rng.uniform(90, 110, 24).round(1)
    made = (raw * np.where(np.arange(24) < 12, 0.4, 0.5) + rng.normal(0, 1, 24)).round(1)
    months = [str(p) for p in pd.period_range("2024-01", periods=24, freq="M")]
    frame = pd.DataFrame({"period": months, "numerator": made, "denominator": raw})
    series = measure("product_upgrade_ratio", read_table(frame, kind="volumes"), window="month", as_of=date(2026, 2, 1))
    answer = before_after(series, date(2025, 1, 1))

    def half(n, d):
        ratio = n.sum() / d.sum()
        se = np.sqrt(12 / 11 * ((n - ratio * d) ** 2).sum()) / d.sum()
        return ratio, 2.200985 * se  # the 97.5 % point of t with 11 degrees of freedom, from tables

    (r1, h1), (r2, h2) = half(made[:12], raw[:12]), half(made[12:], raw[12:])
    assert answer.verdict["change"]["low"] == pytest.approx(r2 - r1 - np.hypot(h1, h2), rel=1e-5)
    assert answer.verdict["direction"] == "rose"


def test_a_stock_is_not_pooled_as_if_its_customers_were_new_every_month():
    frame = pd.DataFrame({"period": MONTHS, "numerator": [150, 160] * 6, "denominator": [1000] * 12})
    table = read_table(frame, kind="counts")
    series = measure("product_upgrade_ratio", table, variant="adoption", window="month", as_of=date(2026, 1, 1))
    answer = before_after(series, date(2025, 7, 1))
    assert answer.verdict["change"]["value"] == pytest.approx(0, abs=1e-12)
    half = 2.570582 * np.sqrt(6 / 5 * 6 * 25) / 6000  # t with 5 degrees of freedom, residuals of 5 customers a month
    assert answer.verdict["before"]["high"] - answer.verdict["before"]["value"] == pytest.approx(half, rel=1e-5)


ORDERS = pd.DataFrame(
    [
        ("a", "1", "2025-01-05", "x"), ("a", "2", "2025-01-20", "y"),  # more within 30 days, before
        ("b", "3", "2025-01-10", "x"),
        ("c", "4", "2025-02-20", "x"), ("c", "5", "2025-03-05", "y"),  # its window spans the change
        ("d", "6", "2025-03-02", "x"), ("d", "7", "2025-03-30", "y"),  # more within 30 days, after
        ("e", "8", "2025-05-20", "x"),  # not over at as_of
    ],
    columns=["customer", "order", "date", "product"],
)  # fmt: skip


def upsell_of_orders(changed_on=date(2025, 3, 1), window="30 days"):
    table = read_table(ORDERS, kind="orders")
    return measure("product_upsell_rate", table, window=window, as_of=datetime(2025, 6, 1), changed_on=changed_on)


def test_customers_whose_window_spans_the_change_are_left_out_and_counted():
    answer = before_after(upsell_of_orders(), date(2025, 3, 1))
    before, after = answer.verdict["before"], answer.verdict["after"]
    assert (before["numerator"], before["denominator"]) == (1, 2)
    assert (after["numerator"], after["denominator"]) == (1, 1)
    assert any("1 customers are left out: their 30 days span 2025-03-01" in check.sentence for check in answer.checks)


def test_a_series_measured_for_another_change_loses_whole_periods_instead():
    answer = before_after(upsell_of_orders(changed_on=None, window="20 days"), date(2025, 3, 1))
    assert answer.verdict["before"]["last"] == "2025-01"
    assert any("1 month before the change are left out" in check.sentence for check in answer.checks)


def test_straddling_customers_of_another_change_are_not_taken_away():
    measured = upsell_of_orders(changed_on=date(2025, 3, 1), window="20 days")
    assert before_after(measured, "2025-02-25").verdict == before_after(upsell_of_orders(None, "20 days"), "2025-02-25").verdict


def test_what_is_no_date_is_refused():
    with pytest.raises(CaseError, match="'soon' is not a date, as 2025-07-01"):
        before_after(upsell([10, 20], [100, 100]), "soon")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"start_reason": "kpi low"}, "upsell_ratio: start_reason is 'kpi low'; it is one of " + ", ".join(START_REASONS)),
        ({"date_chosen": "after"}, "upsell_ratio: date_chosen is 'after'; it is one of " + ", ".join(DATE_CHOICES)),
        *(
            ({name: wrong}, f"upsell_ratio: periods to leave out are a whole number, 0 or more; not {wrong!r}")
            for name in ("transition_periods", "warm_up_periods") for wrong in (-1, 1.0, "1", True, None)
        ),
    ],
)  # fmt: skip
def test_a_choice_that_is_none_is_refused(choice, said):
    with pytest.raises(CaseError) as refused:
        before_after(upsell([10, 20], [100, 100]), date(2025, 2, 1), **choice)
    assert str(refused.value) == said


@pytest.mark.parametrize("target", ["a quarter", "0.25", float("nan"), float("inf")])
def test_a_target_that_is_no_number_is_refused(target):
    with pytest.raises(DefinitionError) as refused:
        before_after(upsell([10, 20], [100, 100]), date(2025, 2, 1), target=target)
    assert str(refused.value) == f"upsell_ratio: the target is {target!r}; it must be a fraction, 25 % is 0.25"


def test_a_control_of_another_date_span_is_compared_at_the_periods_that_both_have():
    """Beside a control that came in the third month: the two by two difference from then on."""
    here, there = ([200, 203, 198, 201, 199, 202, 250, 252], [None, None, 300, 302, 299, 301, 300, 303])
    answer = asked({"here": here, "there": there}, 1000, "2022-07-01", control={"region": ["there"]}, start_reason="planned")
    mine = (250 + 252) / 2 - (198 + 201 + 199 + 202) / 4
    beside = (300 + 303) / 2 - (300 + 302 + 299 + 301) / 4
    assert estimate(answer, "difference in differences")["value"] == pytest.approx((mine - beside) / 1000, abs=1e-12)


def test_a_control_that_shares_too_few_periods_is_refused():
    here, there = ([200, 203, 198, 201, 199, 202, 250, 252], [None, None, None, None, 299, 301, 300, 303])
    with pytest.raises(CaseError) as refused:
        asked({"here": here, "there": there}, 1000, "2022-07-01", control={"region": ["there"]})
    assert str(refused.value) == "the control shares 2 periods before and 2 after; 3 and 1 are the least"


def test_segments_that_are_whole_numbers_can_be_a_control():
    frame = pd.DataFrame({
        "period": [month for month in MONTHS[:6] for _ in (1, 2)], "region": [1, 2] * 6,
        "numerator": [200, 300, 203, 302, 198, 299, 201, 301, 250, 300, 252, 303], "denominator": [1000] * 12,
    })  # fmt: skip
    series = measure(
        "upsell_ratio", read_table(frame, kind="counts", segments=["region"]), window="month", as_of=date(2026, 1, 1)
    )
    answers = [before_after(series, date(2025, 5, 1), control={"region": [two]}) for two in (2, "2")]
    by_hand = (502 / 2 - 802 / 4 - (603 / 2 - 1202 / 4)) / 1000
    for answer in answers:
        assert answer.verdict["before"]["numerator"] == 200 + 203 + 198 + 201
        assert estimate(answer, "difference in differences")["value"] == pytest.approx(by_hand, abs=1e-12)


def test_the_overall_value_names_the_figure_that_counts_open_windows_as_a_no():
    overall = before_after(upsell_of_orders(), date(2025, 3, 1)).verdict["overall"]
    assert (overall["numerator"], overall["denominator"], overall["censored"]) == (3, 4, 1)
    assert (overall["naive_numerator"], overall["naive_denominator"]) == (3, 5)


# the first periods, and the ones that were low


def test_an_answer_that_reads_the_same_without_the_first_periods_says_so():
    place = np.arange(20)
    counts = np.round(200 + 3 * quiet(1, 20) + 60 * (place >= 14)).astype(int).tolist()
    answer = asked(counts, 1000, "2023-03-01", warm_up_periods=2, start_reason="planned")
    start = answer.verdict["start"]
    row = estimate(answer, "before-trend continued, without the first 2 months")
    assert {name: start[name] for name in ("value", "low", "high", "same")} == {
        "value": row["value"], "low": row["low"], "high": row["high"], "same": True,
    }  # fmt: skip
    said = answer.sentences[4]
    assert said.startswith("Without the first 2 months, in which old customers look new, it reads the same: +")
    assert (check(answer, "depends on the start").passed, check(answer, "depends on the start").sentence) == (True, said)


def test_an_answer_that_hangs_on_the_first_periods_says_so_and_is_weak():
    counts = np.round(np.array([100, 110, 100, 105] + [200] * 12 + [230] * 6) + 2 * quiet(1, 22)).astype(int).tolist()
    answer = asked(counts, 1000, "2023-05-01", warm_up_periods=4, start_reason="planned")
    assert answer.verdict["start"]["same"] is False
    said = "It depends on the first 4 months, in which old customers look new: without them the effect is +"
    assert answer.sentences[4].startswith(said)
    assert check(answer, "depends on the start").passed is False
    assert answer.verdict["grade"]["cap"] == "weak"


def test_without_a_warm_up_nothing_is_said_of_the_start():
    answer = before_after(upsell([10, 20], [100, 100]), date(2025, 2, 1))
    assert answer.verdict["start"] is None
    assert "depends on the start" not in [check.name for check in answer.checks]


def test_a_low_start_and_a_date_chosen_after_looking_are_named():
    counts, how = [200, 203, 198, 201, 150, 149, 151, 250], {"start_reason": "kpi was low", "date_chosen": "after looking"}
    answer = before_after(upsell(counts, [1000] * 8), date(2025, 8, 1), **how)
    names = [check.name for check in answer.checks if check.passed is False]
    assert "started because it was low" in names
    assert "date chosen after looking" in names
    assert "the date was chosen after looking" in answer.verdict["grade"]["because"]


# the effect that leads


def test_with_two_periods_the_plain_change_leads_and_says_what_it_assumes():
    answer = before_after(upsell([100, 200], [1000, 1000]), date(2025, 2, 1))
    assert answer.verdict["effect"] == answer.verdict["change"]
    assert answer.headline.startswith(
        "Upsell Ratio went from 10.0% to 20.0% per month after 2025-02-01; compared plainly, it rose (+10.0 pp, 95% interval +"
    )
    assert ": weak evidence" in answer.headline
    assert answer.say("leading") == (
        f"Compared plainly, the change is +10.0 pp, 95% interval {answer.headline.split('interval ')[1].split(')')[0]}; that assumes "
        "nothing else moved it: no trend, no season, the same mix, periods that differ by chance alone."
    )


def test_a_trend_that_goes_on_is_no_effect_though_the_plain_change_is_clear():
    counts = np.round(100 + 10 * np.arange(20) + 2 * quiet(2, 20)).astype(int).tolist()
    answer = asked(counts, 1000, "2023-03-01", start_reason="planned")
    assert answer.verdict["change"]["low"] > 0.05
    assert answer.verdict["effect"]["low"] < 0 < answer.verdict["effect"]["high"]
    assert answer.verdict["direction"] == "no clear change"
    assert "; against what would have gone on that shows no clear change (" in answer.headline
    assert "rose" not in answer.headline
    assert f"The effect is the estimate '{answer.verdict['leading']}'" in answer.say("leading")


def test_a_headline_without_an_interval_says_so():
    answer = asked([200] * 6, 1000, "2022-06-01", noise="spread", start_reason="planned")
    assert answer.verdict["direction"] == "not known"
    assert "no interval can be given (" in answer.headline
    assert answer.verdict["grade"]["because"] == ["no interval can be given"]


def test_where_no_segment_stays_nothing_is_held_at_the_mix_of_before():
    """Every customer of before sits in one segment, every one of after in another: the total is all there is to go by."""
    counts = {"old": [200, 203, 198, 201, None, None], "new": [None] * 4 + [300, 302]}
    effect = asked(counts, 1000, "2022-05-01", start_reason="planned").verdict["effect"]
    assert effect["value"] == pytest.approx(0.1, abs=0.01)


def test_a_period_in_which_only_a_passing_segment_stands_has_no_value_of_nothing():
    """In the third and fourth month only a segment is there that is gone after the change: 19.8 and 20 %, not 0 %."""
    counts = {
        "stays": [200, 201, None, None, 199, 202, 200, 203, 300], "goes": [None, None, 198, 200, None, None, None, None, None],
    }  # fmt: skip
    answer = asked(counts, 1000, "2022-09-01", start_reason="planned")
    assert answer.verdict["effect"]["value"] == pytest.approx(0.1, abs=0.01)
    assert check(answer, "odd periods").passed
    expected = answer.more["course"]["expected"][:8]
    assert expected[expected > 0.3].empty


def test_one_odd_month_in_three_years_blows_nothing_up():
    place = np.arange(42)
    counts = np.round(1500 + 20 * quiet(3, 42) - 500 * (place == 14) + 500 * (place >= 36)).astype(int).tolist()
    effect = asked(counts, 10_000, "2025-01-01", start_reason="planned").verdict["effect"]
    assert effect["value"] == pytest.approx(0.05, abs=0.01)
    assert effect["low"] > 0


def test_the_course_tells_each_period_what_would_have_gone_on_and_what_came():
    counts = np.round(200 + 3 * quiet(1, 20) + 60 * (np.arange(20) >= 15)).astype(int).tolist()
    told = asked(counts, 1000, "2023-03-10", start_reason="planned").more["course"]
    assert told["side"].tolist() == ["before"] * 14 + ["transition"] + ["after"] * 5
    after = told[told["side"] == "after"]
    assert (after["expected"] + after["effect"]).tolist() == pytest.approx(after["value"].tolist())
    assert (after["effect_low"] < after["effect"]).all()
    assert (after["effect"] < after["effect_high"]).all()
    assert told.loc[told["side"] != "after", "effect"].isna().all()
    assert told["status"].tolist() == ["ok"] * 14 + ["transition"] + ["ok"] * 5


def test_control_limits_are_frozen_before_the_change_and_level_and_signal_are_told_apart():
    counts = np.round(200 + 3 * quiet(1, 20) + 100 * (np.arange(20) >= 14)).astype(int).tolist()
    answer = asked(counts, 1000, "2023-03-01", start_reason="planned")
    signal = answer.verdict["signal"]
    assert signal["seen"] == "shifted"
    assert signal["centre"] == pytest.approx(sum(counts[:14]) / 14_000)
    assert answer.say("signal").startswith("Level: on target. Signal: shifted (Laney's p' chart, limits ")


def test_under_a_year_of_months_there_are_no_control_limits():
    answer = before_after(upsell([100, 200], [1000, 1000]), date(2025, 2, 1))
    assert answer.verdict["signal"]["seen"] == "unknown"
    assert "Signal: not known; control limits need 12 months before that vary." in answer.say("signal")


def test_a_level_whose_interval_crosses_an_edge_is_too_close_to_call():
    near = before_after(upsell([10, 20], [100, 100]), date(2025, 2, 1))
    edge = near.verdict["after"]["close_to"]
    assert near.verdict["after"]["low"] < edge < near.verdict["after"]["high"]
    assert near.say("signal").startswith(f"Level: too close to call, the interval after crosses the edge at {100 * edge:.1f}%.")
    assert before_after(upsell([10, 3000], [100, 10_000]), date(2025, 2, 1)).verdict["after"]["close_to"] is None


def test_the_row_of_the_whole_and_the_bullet_graph_call_no_band_that_the_headline_does_not():
    near = before_after(upsell([10, 210], [100, 1000]), date(2025, 2, 1))
    assert near.verdict["after"]["band"] == "on target"
    assert near.table.loc[0, ["segment", "band_before", "band_after"]].tolist() == ["all", "below target", "too close to call"]
    assert bullet_graph(upsell([10, 210], [100, 1000]), near).table["band"].tolist() == ["below target", "too close to call"]
    assert near.headline.endswith("; below target before, too close to call after.")


def test_an_effect_that_fades_and_one_that_grows_are_told_apart():
    place = np.arange(26)
    base = 200 + 3 * quiet(1, 26)
    for slope, moved, why in ((-20, "fell", "may be fading"), (20, "rose", "it is still growing, or began slowly")):
        since = np.maximum(place - 18, 0)
        counts = np.round(base + (200 + slope * since) * (place >= 18)).astype(int).tolist()
        answer = asked(counts, 1000, "2023-07-01", start_reason="planned")
        assert answer.verdict["halves"]["direction"] == moved
        assert answer.verdict["halves"]["value"] == pytest.approx(slope * 4 / 1000, abs=0.01)
        assert why in answer.say("course")


def test_the_owner_and_the_next_review_end_the_decision():
    answer = before_after(upsell([100, 200], [1000, 1000]), date(2025, 2, 1), owner="Ada")
    assert answer.say("decision").endswith("Next review by Ada on 2026-04-01.")


def test_a_target_and_a_benchmark_stand_in_the_verdict():
    target = before_after(upsell([100, 300], [1000, 1000]), date(2025, 2, 1), target=0.25).verdict["target"]
    assert target == {"value": 0.25, "state": "reached"}


# whatever the table holds

HOLES = re.compile(r"\b(nan|NaN|inf|Infinity|NaT)\b|\bNone(?! can be given)\b|\[\]|\{\}")
counts = st.integers(1, 400).flatmap(lambda d: st.tuples(st.sampled_from([0, d, d // 2]) | st.integers(0, d), st.just(d)))
FEW = settings(max_examples=20, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))


def agrees(answer):
    """Direction, interval, headline, sentences and checks say one thing, and none of them has a hole."""
    effect, verdict = answer.verdict["effect"], answer.verdict
    if effect["low"] is None or effect["high"] is None:
        expected = "not known"
    else:
        expected = "rose" if effect["low"] > 0 else "fell" if effect["high"] < 0 else "no clear change"
    assert verdict["direction"] == expected
    assert (" it rose (" in answer.headline) == (expected == "rose")
    assert (" it fell (" in answer.headline) == (expected == "fell")
    assert (verdict["grade"]["grade"] == "none") == (expected not in ("rose", "fell"))
    assert effect == {name: estimate(answer, verdict["leading"])[name] for name in ("value", "low", "high")}
    if effect["low"] is not None:
        assert effect["low"] <= effect["value"] <= effect["high"]
    for said in [*answer.sentences, *(found.sentence for found in answer.checks)]:
        assert not HOLES.search(said), said
        assert said.endswith(".")
    json.dumps(answer._repr_mimebundle_()[MIME], allow_nan=False)


@FEW
@given(st.lists(counts, min_size=2, max_size=14), st.integers(1, 13), st.sampled_from(["binomial", "poisson", "stock", "spread"]))
def test_numbers_and_words_of_any_small_table_agree(pairs, cut, noise):
    cut = min(cut, len(pairs) - 1)
    change = date(2022 + cut // 12, cut % 12 + 1, 1)
    agrees(
        asked([n for n, _ in pairs], [d for _, d in pairs], change, noise=noise, start_reason="kpi was low", warm_up_periods=1)
    )


@FEW
@given(st.data())
def test_numbers_and_words_agree_where_segments_come_and_go(data):
    length = data.draw(st.integers(2, 8))
    cells = {name: data.draw(st.lists(counts | st.none(), min_size=length, max_size=length)) for name in ("A", "B", "C")}
    cells["A"][0], cells["B"][-1] = (3, 30), (2, 20)  # someone on either side
    n, d = ({name: [None if pair is None else pair[part] for pair in pairs] for name, pairs in cells.items()} for part in (0, 1))
    change = date(2022, data.draw(st.integers(2, length)), 1)
    agrees(asked(n, d, change, date_chosen="after looking", money={"per_unit": 3.0, "error": 1.0, "cost": 40.0}))


@pytest.mark.parametrize("noise", ["binomial", "poisson", "stock", "spread"])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 100), (100, 0), (100, 100)])
@pytest.mark.parametrize("length", [1, 9])
def test_numbers_and_words_of_tables_of_nothing_and_of_everything_agree(noise, before, after, length):
    change = date(2022 + length // 12, length % 12 + 1, 1)
    agrees(asked([before] * length + [after] * 4, 100, change, noise=noise, money={"per_unit": 3.0, "cost": 40.0}))


@FEW
@given(counts, counts)
def test_the_relative_change_never_contradicts_the_plain_one(one, two):
    verdict = before_after(upsell([one[0], two[0]], [one[1], two[1]]), date(2025, 2, 1)).verdict
    moved, ratio = verdict["change"], verdict["relative"]
    if ratio["low"] is not None:
        assert (ratio["low"] > 1e-12) <= (moved["low"] > -1e-12)
        assert (moved["low"] > 1e-9) <= (ratio["low"] > 0)


@FEW
@given(counts, counts)
def test_swapping_before_and_after_flips_the_change(one, two):
    there = before_after(upsell([one[0], two[0]], [one[1], two[1]]), date(2025, 2, 1)).verdict["change"]
    back = before_after(upsell([two[0], one[0]], [two[1], one[1]]), date(2025, 2, 1)).verdict["change"]
    assert there["low"] == pytest.approx(-back["high"], abs=1e-12)
    assert there["value"] == pytest.approx(-back["value"], abs=1e-12)


def numbers_of(answer):
    """All estimates, limits and parts that are fractions."""
    rows = [row[name] for row in answer.verdict["estimates"] for name in ("value", "low", "high")]
    parts = [part[name] for part in answer.verdict["origins"].values() for name in ("value", "low", "high")]
    return np.array([*rows, *parts, answer.verdict["decision"]["smallest_seen"]], dtype=float)


@pytest.mark.parametrize("unit", [0.001, 1000])
def test_an_amount_in_another_unit_changes_no_fraction(unit):
    made = {name: 400 + 20 * quiet(seed, 20) + 100 * (np.arange(20) >= 14) for name, seed in (("A", 1), ("B", 2))}
    raw = {name: 1000 + 50 * quiet(seed, 20) for name, seed in (("A", 3), ("B", 4))}
    one, other = (
        asked(*({name: (v.round(3) * by).round(6).tolist() for name, v in part.items()} for part in (made, raw)), "2023-03-01", noise="spread")
        for by in (1, unit)
    )  # fmt: skip
    np.testing.assert_allclose(numbers_of(other), numbers_of(one), rtol=1e-6, atol=1e-12)
    assert other.headline == one.headline
    assert [found.passed for found in other.checks] == [found.passed for found in one.checks]


def test_more_customers_narrow_the_interval():
    widths = []
    for size in (200, 2_000, 20_000):
        moved = asked([size // 5, size // 4], size, "2022-02-01").verdict["effect"]
        widths.append(moved["high"] - moved["low"])
    assert widths == sorted(widths, reverse=True)
