"""kpikit.questions.effects.origins: rates, mix, segments that come and go, and the counted units, each by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from small_tables import asked, check, course, quiet

from kpikit.questions.effects.origins import origins_of

CALM = settings(deadline=None, derandomize=True, max_examples=60)
#: successes and patients with small and with large stones: open surgery, then percutaneous (Charig et al. 1986,
#: doi 10.1136/bmj.292.6524.879; Julious and Mullee 1994, doi 10.1136/bmj.309.6967.1480)
KIDNEY_STONES = [[81, 192], [234, 55]], [[87, 263], [270, 80]]


def values(origins):
    return {name: origins.parts[name]["value"] for name in ("rate", "mix", "entry_exit", "change")}


def test_rates_and_mix_by_hand():
    found = values(origins_of(course([[30, 5], [60, 2]], [[100, 100], [150, 50]], before=1)))
    assert found == pytest.approx({
        "rate": 0.625 * (0.4 - 0.3) + 0.375 * (0.04 - 0.05),  # mean shares, 125 and 75 of 200
        "mix": 0.25 * 0.35 - 0.25 * 0.045,  # a quarter moved from a mean rate of 4.5 % to one of 35 %
        "entry_exit": 0,
        "change": 62 / 200 - 35 / 200,
    })  # fmt: skip


def test_the_parts_of_several_periods_are_those_of_their_sums():
    many = course([[10, 2], [20, 3], [25, 1], [35, 1]], [[40, 60], [60, 40], [70, 20], [80, 30]], before=2)
    once = course([[30, 5], [60, 2]], [[100, 100], [150, 50]], before=1)
    assert values(origins_of(many)) == pytest.approx(values(origins_of(once)))


def test_the_kidney_stones_total_moves_against_both_of_its_rates():
    origins = origins_of(course(*KIDNEY_STONES, before=1))
    assert origins.simpson
    found = values(origins)
    assert found["change"] == pytest.approx(289 / 350 - 273 / 350)
    assert found["rate"] < 0 < found["change"] < found["mix"]


def test_kidney_stones_with_the_same_mix_on_both_sides_are_not_reversed():
    assert not origins_of(course([[81, 192], [75, 181]], [[87, 263], [87, 263]], before=1)).simpson


def test_a_segment_that_comes_and_one_that_goes_are_a_part_of_their_own():
    n, d = [[10, 30, 0], [10, 0, 45]], [[100, 100, 0], [100, 0, 150]]
    origins = origins_of(course(n, d, before=1))
    found = values(origins)
    assert (found["rate"], found["mix"]) == (0, 0)
    assert found["entry_exit"] == pytest.approx(found["change"]) == pytest.approx(55 / 250 - 40 / 200)
    assert origins.coming == 150 / 250  # the larger of 100 of 200 that went and 150 of 250 that came


def test_segments_that_stay_are_no_coming_and_going():
    assert origins_of(course(*KIDNEY_STONES, before=1)).coming == 0


def test_one_cell_has_no_parts():
    origins = origins_of(course([10, 20], 100, before=1))
    assert origins.parts is None
    assert origins.table.empty
    assert not origins.simpson


def test_one_period_on_a_side_gives_parts_without_interval():
    parts = origins_of(course(*KIDNEY_STONES, before=1)).parts
    assert {parts[name][end] for name in parts for end in ("low", "high")} == {None}


def test_periods_that_vary_give_intervals_around_the_parts():
    sizes = np.full((30, 2), 1000)
    noise = np.column_stack([quiet(1, 30), quiet(2, 30)])
    counts = np.round(100 + 10 * noise + 50 * (np.arange(30)[:, None] >= 20) * [1, 0])
    parts = origins_of(course(counts, sizes, before=20)).parts
    for part in parts.values():
        assert part["low"] <= part["value"] <= part["high"]
    assert parts["rate"]["low"] > 0
    assert parts["mix"] == {"value": 0, "low": 0, "high": 0}  # equal sizes throughout


def test_the_segment_that_moved_is_named_first_and_is_a_hypothesis():
    sizes = np.full((30, 4), 1000)
    noise = np.column_stack([quiet(seed, 30) for seed in range(4)])
    counts = np.round(200 + 5 * noise + 60 * (np.arange(30)[:, None] >= 20) * [0, 0, 1, 0])
    table = origins_of(course(counts, sizes, before=20)).table
    assert table["segment"].iloc[0] == "cell 2"
    assert table.set_index("segment")["moved"].to_dict() == {
        "cell 2": "hypothesis",
        "cell 0": "no",
        "cell 1": "no",
        "cell 3": "no",
    }
    assert table["rate effect"].iloc[0] == pytest.approx(0.06 / 4, abs=0.002)


def test_where_no_interval_can_be_given_it_is_not_known_which_segment_moved():
    assert set(origins_of(course(*KIDNEY_STONES, before=1)).table["moved"]) == {"not known"}


def test_counted_units_come_by_size_and_by_rate():
    """Das Gupta's two factors by hand: the change of each at the mean of the other."""
    counts = origins_of(course([10, 20, 80], [100, 100, 200], before=2)).counts
    assert counts == pytest.approx({
        "before": 15, "after": 80, "size_before": 100, "size_after": 200,
        "by_size": 100 * (0.15 + 0.4) / 2, "by_rate": 0.25 * 150,
    })  # fmt: skip


@st.composite
def tables(draw):
    """Counts and sizes (4 periods x 3 cells), cells coming and going, at least one counted on either side."""
    sizes = np.array(
        draw(st.lists(st.lists(st.sampled_from([0, 1, 7, 50, 1000]), min_size=3, max_size=3), min_size=4, max_size=4))
    )
    sizes[0, 0] = sizes[2, 1] = 9
    shares = draw(st.lists(st.floats(0, 1), min_size=12, max_size=12))
    return np.floor(sizes * np.reshape(shares, (4, 3))), sizes


@CALM
@given(tables())
def test_the_parts_and_the_units_close_exactly(table):
    n, d = table
    origins = origins_of(course(n, d, before=2))
    found = values(origins)
    change = n[2:].sum() / d[2:].sum() - n[:2].sum() / d[:2].sum()
    assert found["rate"] + found["mix"] + found["entry_exit"] == pytest.approx(change, abs=1e-12)
    assert found["change"] == pytest.approx(change, abs=1e-12)
    assert_allclose(origins.table[["rate effect", "mix effect", "entry or exit"]].sum(), list(found.values())[:3], atol=1e-12)
    counts = origins.counts
    assert counts["by_size"] + counts["by_rate"] == pytest.approx(counts["after"] - counts["before"], abs=1e-9)


@CALM
@given(tables())
def test_swapping_the_sides_flips_every_part(table):
    n, d = table
    there = values(origins_of(course(n, d, before=2)))
    back = values(origins_of(course(n[[2, 3, 0, 1]], d[[2, 3, 0, 1]], before=2)))
    assert there == pytest.approx({name: -value for name, value in back.items()}, abs=1e-12)


def test_an_answer_says_where_it_came_from_and_that_this_is_no_cause():
    answer = asked({"small": [81, 234], "large": [192, 55]}, {"small": [87, 270], "large": [263, 80]}, "2022-02-01")
    small, large = 234 / 270 - 81 / 87, 55 / 80 - 192 / 263
    assert answer.verdict["origins"]["rate"]["value"] == pytest.approx((87 + 270) / 700 * small + (263 + 80) / 700 * large)
    assert answer.say("origin") == (
        "Of the plain change of +4.6 pp, -5.4 pp came with the rates inside the segments and +9.9 pp with their mix; "
        "that is accounting, not cause. The total moved against the rates inside its segments (Simpson's reversal)."
    )
    assert check(answer, "Simpson's reversal").passed is False
    assert "segments that came or went" not in answer.say("origin")


def test_an_answer_names_what_came_or_went_as_a_third_part():
    answer = asked({"A": [10, 10], "B": [30, None], "C": [None, 45]}, 100, "2022-02-01")
    assert "+0.0" not in answer.say("origin")
    assert "with segments that came or went" in answer.say("origin")
