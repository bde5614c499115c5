"""Sample ratio, likeness and hidden bias, against published examples and scipy."""

import numpy as np
import pytest
from scipy import stats

from kpikit.stats.assignment import alike, e_value, sample_ratio, standardised


def test_a_published_mismatch_is_found():
    assert sample_ratio([821588, 815482], [1, 1]) == pytest.approx(1.8e-6, rel=0.02)  # Kohavi, Tang and Xu 2020, chapter 3


def test_planned_shares_need_not_add_up_to_one():
    assert sample_ratio([300, 100], [3, 1]) == 1.0


def test_alike_is_the_chi_square_of_a_table():
    table = np.array([[30, 270], [50, 350], [20, 180]])
    assert alike(table[:, 0], table.sum(axis=1)) == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert np.isnan(alike([0, 0], [10, 10]))


def test_the_e_value_of_a_published_example():
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)  # VanderWeele and Ding 2017: breast-feeding and infant death
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))


def test_a_difference_is_told_in_standard_deviations():
    assert standardised(1.0, 4.0, 4.0) == 0.5
    assert np.isnan(standardised(1.0, 0.0, 0.0))
