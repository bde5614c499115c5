"""watching: control limits frozen before the change, and the course of an effect."""

import numpy as np
import pytest
from small_tables import asked

from kpikit.stats.signal import laney_limits

WAVE = [0, 9, -7, 4, -9, 6, 8, -5, -3, 7, -8, 2]


def counts(after, before=24):
    return [150 + WAVE[place % 12] for place in range(before)] + after


@pytest.mark.parametrize(
    ("after", "seen"), [([150, 155, 148, 152], "routine"), ([150, 400, 148, 152], "exceptional"), ([260] * 4, "shifted")]
)
def test_the_signal_is_read_off_limits_that_the_change_does_not_move(after, seen):
    signal = asked(counts(after), 1000, "2024-01-01").verdict["signal"]
    limits = laney_limits(counts([]), [1000] * 24, [True] * 24)
    assert signal["seen"] == seen
    assert (signal["low"], signal["high"]) == pytest.approx((limits.low[-1], limits.high[-1]))


def test_under_twelve_periods_before_there_are_no_limits():
    answer = asked(counts([260] * 4, before=11), 1000, "2022-12-01")
    assert answer.verdict["signal"]["seen"] == "unknown"
    assert "Signal: not known; control limits need 12 months before that vary." in str(answer)


def test_value_expected_and_effect_of_each_period_after_add_up():
    answer = asked(counts([200, 210, 190, 220]), 1000, "2024-01-01")
    course = answer.more["course"]
    after = course[course["side"] == "after"]
    assert (after["expected"] + after["effect"]).tolist() == pytest.approx(after["value"].tolist())
    assert after["effect"].mean() == pytest.approx(answer.verdict["effect"]["value"])
    far = answer.verdict["farthest"]
    assert far["value"] == pytest.approx(after["effect"].max())
    assert far["period"] == "2024-04"


@pytest.mark.parametrize(("after", "word"), [([260] * 6 + [180] * 6, "fading"), ([180] * 6 + [260] * 6, "growing")])
def test_an_effect_that_fades_or_grows_is_said_to(after, word):
    answer = asked(counts(after, before=36), 1000, "2025-01-01", start_reason="planned")
    assert answer.verdict["halves"]["value"] == pytest.approx((after[-1] - after[0]) / 1000, abs=0.02)
    assert word in str(answer.say("course"))


def test_a_course_without_three_periods_before_has_no_expected_line():
    answer = asked([150, 160, 200, 210], 1000, "2022-03-01")
    assert answer.verdict["farthest"] is None
    assert np.isnan(answer.more["course"]["expected"].astype(float)).all()
