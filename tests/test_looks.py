"""Bounds for planned looks against published tables, and intervals that hold however often is looked, by simulation."""

import numpy as np
import pytest

from kpikit.stats.looks import always_valid_factor, always_valid_p, crossing_probability, obrien_fleming

#: Jennison and Turnbull (2000), Group Sequential Methods, tables 2.3 and 2.1, two-sided 5 %
FINAL_OF_OBRIEN_FLEMING = {1: 1.960, 2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087}
POCOCK = {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413}


@pytest.mark.parametrize("looks", FINAL_OF_OBRIEN_FLEMING)
def test_the_last_bound_is_the_published_one(looks):
    assert obrien_fleming(looks)[-1] == pytest.approx(FINAL_OF_OBRIEN_FLEMING[looks], abs=0.0015)


def test_the_first_of_five_bounds_is_the_published_one():
    assert obrien_fleming(5)[0] == pytest.approx(4.562, abs=0.002)


@pytest.mark.parametrize("looks", POCOCK)
def test_pococks_constant_bounds_are_crossed_five_times_in_a_hundred(looks):
    assert crossing_probability([POCOCK[looks]] * looks) == pytest.approx(0.05, abs=0.0002)


def test_the_usual_bound_at_each_of_five_looks_is_crossed_as_often_as_published():
    assert crossing_probability([1.96] * 5) == pytest.approx(0.142, abs=0.001)  # Armitage, McPherson and Rowe 1969, table 2


def histories(runs, steps, seed):
    """z-scores of a difference of two shares of 10 % that are the same, after every 20 customers an arm, and its information."""
    draw = np.random.default_rng(seed)
    size = 20 * np.arange(3, steps + 3)
    arms = [draw.binomial(20, 0.1, (runs, steps + 2)).cumsum(axis=1)[:, 2:] / size for _ in range(2)]
    spread = [share * (1 - share) for share in arms]
    error = np.sqrt(np.maximum(spread[0] + spread[1], 1e-12) / size)
    one = np.sqrt(np.maximum(spread[0], 1e-12))
    return (arms[1] - arms[0]) / error, (0.05 * one / error) ** 2


def test_looking_all_the_time_is_wrong_at_most_five_times_in_a_hundred():
    z, information = histories(2000, 300, 5)
    wrong = (np.abs(z) > always_valid_factor(information)).any(axis=1).mean()
    assert wrong <= 0.055
    assert (np.abs(z) > 1.96).any(axis=1).mean() > 0.25  # while the usual interval is wrong this often


def test_the_p_value_is_under_five_in_a_hundred_exactly_when_the_interval_leaves_out_zero():
    for information in (0.5, 5.0, 80.0):
        factor = float(always_valid_factor(information))
        assert (
            always_valid_p((factor * 1.001) ** 2, 1, information) < 0.05 < always_valid_p((factor * 0.999) ** 2, 1, information)
        )


def test_the_p_value_of_several_freedoms_holds_at_each_look():
    draw = np.random.default_rng(8)
    sums = draw.normal(0, 1, (2000, 400, 2)).cumsum(axis=1)
    steps = np.arange(1, 401)
    chi = (sums**2).sum(axis=2) / steps
    p = np.array(
        [[always_valid_p(value, 2, 0.02 * step) for value, step in zip(row[::20], steps[::20], strict=True)] for row in chi]
    )
    assert (p.min(axis=1) < 0.05).mean() <= 0.05
