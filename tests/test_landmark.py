"""Landmarks: who is compared with whom from which day on, checked against a walk through every customer and day."""

from collections import defaultdict

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from kpikit.stats.landmark import drawn_customers, landmarks, survival_by_day, weights

TENURES = np.array([10, 20])


def lives(seed, customers=120):
    """Starts, ends, whether left, days of change, and a plan that never changes."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 30, customers)
    end = start + rng.integers(1, 40, customers)
    changed = np.where(rng.random(customers) < 0.4, start + rng.integers(1, 30, customers), -1)
    changed = np.where(changed > end, -1, changed)
    return start, end, rng.integers(0, 2, customers).astype(float), changed, rng.integers(0, 2, customers)


def marked(seed):
    start, end, left, changed, plan = lives(seed)
    return landmarks(start, end, left, changed, lambda who, day: plan[who], TENURES), (start, end, left, changed, plan)


def stretch(days):
    return sum(days >= edge for edge in TENURES)


@pytest.mark.parametrize("seed", range(4))
def test_everyone_who_changed_finds_all_those_alike_and_nobody_else(seed):
    found, (start, end, _, changed, plan) = marked(seed)
    expected, unmatched = defaultdict(set), 0
    for one in range(len(start)):
        if changed[one] < 0 or end[one] <= changed[one]:
            continue
        day = changed[one]
        alike = {
            other for other in range(len(start))
            if start[other] <= day < end[other] and not 0 <= changed[other] <= day and plan[other] == plan[one]
            and stretch(day - start[other]) == stretch(day - start[one])
        }  # fmt: skip
        unmatched += not alike
        if alike:
            expected[one] = alike
    told = defaultdict(set)
    for cell, one in zip(found.changed.cell, found.changed.who, strict=True):
        told[int(one)] = {int(other) for other in found.at_risk.who[found.at_risk.cell == cell]}
    assert told == expected
    assert found.unmatched == unmatched


def test_of_very_many_rows_as_many_of_each_cell_are_kept(monkeypatch):
    whole, _ = marked(3)
    monkeypatch.setattr("kpikit.stats.landmark.MOST", 2 * whole.cells)
    thin, _ = marked(3)
    sizes, kept = (np.bincount(found.at_risk.cell, minlength=whole.cells) for found in (whole, thin))
    assert kept.tolist() == np.minimum(sizes, 2).tolist()
    assert (thin.unmatched, thin.changed.who.tolist()) == (whole.unmatched, whole.changed.who.tolist())


def test_everybody_is_followed_from_the_day_of_the_change_and_not_from_before():
    found, (_, end, left, changed, _) = marked(7)
    assert (found.changed.since == changed[found.changed.who]).all()
    for pairs in (found.changed, found.at_risk):
        assert (pairs.days == end[pairs.who] - pairs.since).all()
        assert (pairs.days > 0).all()
        assert (pairs.left == left[pairs.who]).all()


def test_those_at_risk_count_as_many_in_each_cell_as_those_who_changed():
    found, _ = marked(3)
    changed, at_risk = weights(found, drawn_customers(120, 20, seed=1))
    sums = [
        np.array([own[pairs.cell == cell].sum(axis=0) for cell in range(found.cells)])
        for pairs, own in ((found.changed, changed), (found.at_risk, at_risk))
    ]
    assert sums[0] == pytest.approx(sums[1])


def test_a_curve_by_day_is_that_of_statsmodels():
    rng = np.random.default_rng(4)
    days, left, n = rng.integers(1, 60, 80), rng.integers(0, 2, 80).astype(float), rng.integers(1, 5, 80)
    told = survival_by_day(days, left, n[:, None].astype(float), 50)[:, 0]
    other = SurvfuncRight(np.repeat(days, n), np.repeat(left, n))
    for day in range(51):
        place = np.searchsorted(other.surv_times, day, side="right")
        assert told[day] == pytest.approx(other.surv_prob[place - 1] if place else 1.0)


def test_the_first_draw_is_everybody_once_and_each_other_one_is_as_large():
    drawn = drawn_customers(50, 7, seed=2)
    assert drawn.shape == (50, 8)
    assert (drawn[:, 0] == 1).all()
    assert (drawn.sum(axis=0) == 50).all()


def test_where_nobody_changed_nothing_is_compared():
    nobody = np.array([0, 0])
    found = landmarks(nobody, nobody + 9, nobody.astype(float), nobody - 1, lambda who, day: who * 0, TENURES)
    assert (found.cells, found.unmatched, len(found.changed.who), len(found.at_risk.who)) == (0, 0, 0, 0)
