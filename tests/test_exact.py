"""kpikit.exact: numbers as people wrote them."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.exact import SAFE_INTEGER, exact, whole_numbers

CALM = settings(deadline=None, derandomize=True, max_examples=200)
AMOUNTS = st.one_of(
    st.integers(-(10**25), 10**25),
    st.decimals(-(10**9), 10**9, places=4),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20),
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.1, Fraction(1, 10)),
        (12.5, Fraction(25, 2)),
        (1e16, Fraction(10**16)),
        (1e-7, Fraction(1, 10**7)),
        (-0.25, Fraction(-1, 4)),
        (Decimal("0.30"), Fraction(3, 10)),
        (Decimal("1E+3"), Fraction(1000)),
        (7, Fraction(7)),
        (2**70 + 1, Fraction(2**70 + 1)),
    ],
)
def test_a_number_means_what_people_wrote(written, meant):
    assert exact(written) == meant


def test_tenths_add_up_as_they_do_on_paper():
    assert 0.1 + 0.2 != 0.3
    assert exact(0.1) + exact(0.2) == exact(0.3)


@CALM
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_exact_float_is_its_shortest_decimal_and_leads_back_to_it(number):
    assert exact(number) == Fraction(Decimal(str(number)))
    assert float(exact(number)) == number


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_numpy_float_means_what_a_python_float_means(kind):
    assert exact(kind(0.5)) == Fraction(1, 2)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_a_numpy_integer_does_not_wrap_in_what_is_computed_from_it(kind):
    assert exact(kind(10**9)) * 10**12 == 10**21


def test_whole_columns_stay_as_they_are():
    n, d = whole_numbers(pd.Series([1, 2]), pd.Series([3, 2**62]))
    assert (n.tolist(), d.tolist()) == ([1, 2], [3, 2**62])
    assert n.dtype == d.dtype == np.int64


def test_both_columns_are_scaled_by_one_factor():
    n, d = whole_numbers(pd.Series([0.5, 1.25]), pd.Series([2, 3]))
    assert (n.tolist(), d.tolist()) == ([2, 5], [8, 12])


def test_the_smallest_decimal_of_either_column_sets_the_scale():
    n, d = whole_numbers(pd.Series([Decimal("1E+3")], dtype=object), pd.Series([Decimal("0.001")], dtype=object))
    assert (n.tolist(), d.tolist()) == ([1_000_000], [1])


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), Decimal("NaN"), None, pd.NA], ids=str)
def test_what_is_no_number_has_no_exact_value(number):
    with pytest.raises(ValueError) as told:
        exact(number)
    assert str(told.value) == f"{number} is not a number"


def test_empty_columns_stay_empty():
    n, d = whole_numbers(pd.Series([], dtype=float), pd.Series([], dtype=float))
    assert (n.tolist(), d.tolist()) == ([], [])


@CALM
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=5))
def test_scaling_into_integers_keeps_every_ratio_and_loses_no_digit(pairs):
    columns = [pd.Series([pair[side] for pair in pairs], dtype=object) for side in (0, 1)]
    n, d = whole_numbers(*columns)
    assert all(type(number) is int for number in [*n, *d])
    written = [(exact(a), exact(b)) for a, b in pairs]
    assert all(x * b == y * a for x, y, (a, b) in zip(n.tolist(), d.tolist(), written, strict=True))
    assert [x == 0 for x in n] == [a == 0 for a, _ in written]


def test_a_sum_of_two_safe_integers_fits_in_sixty_four_bits():
    assert np.iinfo(np.int64).max >= 2 * (SAFE_INTEGER - 1)
