"""kpikit.formulas: which kinds there are, which counts they refuse, and division last."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.errors import DefinitionError
from kpikit.formulas import COMBINE, KINDS, Formula

CALM = settings(deadline=None, derandomize=True, max_examples=100)
SHARE = Formula("share", "flow", "upgraders", "subscribers")
FOLLOW_ON = Formula("follow_on", "cohort", "returners", "first buyers")
RATE = Formula("rate", "flow", "upgrades", "subscribers")
VOLUME = Formula("ratio", "quantity", "upgraded volumes", "raw volumes")


@pytest.mark.parametrize(
    ("kind", "counts", "noise"),
    [
        ("share", "cohort", "binomial"),
        ("share", "flow", "binomial"),
        ("share", "stock", "stock"),
        ("follow_on", "cohort", "binomial"),
        ("rate", "flow", "poisson"),
        ("ratio", "quantity", "spread"),
    ],
)
def test_what_is_counted_decides_how_uncertainty_is_known(kind, counts, noise):
    assert Formula(kind, counts, "parts", "wholes").noise == noise


def test_amounts_never_get_the_noise_of_independent_units():
    assert {noise for kinds in KINDS.values() for counts, noise in kinds.items() if counts == "quantity"} == {"spread"}


def test_an_unknown_kind_is_refused_with_those_that_exist():
    with pytest.raises(DefinitionError) as told:
        Formula("median", "flow", "a", "b")
    assert str(told.value) == "no formula of kind 'median'; there is share, follow_on, rate, ratio, balance, composed"


@pytest.mark.parametrize(
    ("kind", "counts", "message"),
    [
        ("ratio", "cohort", "a ratio cannot count 'cohort'; it can count quantity, stock"),
        ("rate", "stock", "a rate cannot count 'stock'; it can count flow"),
        ("follow_on", "flow", "a follow_on cannot count 'flow'; it can count cohort"),
        ("share", "quantity", "a share cannot count 'quantity'; it can count cohort, flow, stock"),
    ],
)
def test_a_kind_refuses_what_it_cannot_count(kind, counts, message):
    with pytest.raises(DefinitionError) as told:
        Formula(kind, counts, "a", "b")
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("formula", "numerator", "denominator", "reason"),
    [
        (SHARE, 1.5, 10, "upgraders and subscribers are counted in whole numbers, not 1.5 of 10"),
        (RATE, 1, Decimal("2.5"), "upgrades and subscribers are counted in whole numbers, not 1 of 2.5"),
        (SHARE, -1, 10, "upgraders and subscribers cannot be negative: -1 of 10"),
        (VOLUME, 1, Decimal("-0.1"), "upgraded volumes and raw volumes cannot be negative: 1 of -0.1"),
        (SHARE, 3, 0, "3 upgraders of 0 subscribers is impossible"),
        (RATE, 3, 0, "3 upgrades of 0 subscribers is impossible"),
        (SHARE, 11, 10, "upgraders are a part of subscribers, but 11 is more than 10"),
        (FOLLOW_ON, 2, 1, "returners are a part of first buyers, but 2 is more than 1"),
    ],
)
def test_impossible_counts_are_refused_with_the_reason(formula, numerator, denominator, reason):
    assert formula.refusal(numerator, denominator) == reason


@pytest.mark.parametrize(
    ("formula", "numerator", "denominator"),
    [
        (SHARE, 0, 10),
        (SHARE, 10, 10),
        (SHARE, 0, 0),
        (SHARE, 10.0, 20.0),
        (RATE, 12, 10),
        (VOLUME, 12.5, 10),
        (VOLUME, Decimal("0.1"), Decimal("0.3")),
        (SHARE, 2**60 + 1, 2**60 + 1),
    ],
)
def test_possible_counts_are_not_refused(formula, numerator, denominator):
    assert formula.refusal(numerator, denominator) == ""


def test_one_unit_more_than_the_whole_is_seen_where_floats_cannot_tell():
    assert float(2**60 + 1) == float(2**60)
    assert SHARE.refusal(2**60 + 1, 2**60) == (
        "upgraders are a part of subscribers, but 1152921504606846977 is more than 1152921504606846976"
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")], ids=str)
def test_a_count_that_is_no_number_is_refused_in_words(number):
    assert SHARE.refusal(number, 100) == f"upgraders and subscribers must be numbers, not {number} of 100"
    assert VOLUME.refusal(100, number) == f"upgraded volumes and raw volumes must be numbers, not 100 of {number}"


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.float64])
def test_counts_summed_by_numpy_are_taken_as_they_are(kind):
    assert SHARE.refusal(kind(15), kind(100)) == ""


@CALM
@given(st.sampled_from([SHARE, FOLLOW_ON, RATE, VOLUME]), st.integers(-3, 12), st.integers(-3, 12))
def test_exactly_the_possible_pairs_are_let_through(formula, n, d):
    possible = n >= 0 and d >= 0 and not (d == 0 and n > 0 and formula is not VOLUME) and (n <= d or formula in (RATE, VOLUME))
    assert (formula.refusal(n, d) == "") is possible


# balances: gains less losses

SCORE = Formula("balance", "flow", "promoters", "answers", "detractors")
GROWTH = Formula("balance", "stock", "gained revenue", "opening revenue", "lost revenue")


@pytest.mark.parametrize(("counts", "noise"), [("flow", "balance"), ("quantity", "spread"), ("stock", "spread")])
def test_a_balance_says_how_its_uncertainty_is_known(counts, noise):
    assert Formula("balance", counts, "gains", "base", "losses").noise == noise


@pytest.mark.parametrize(
    ("formula", "signed", "in_units", "part_of_whole"), [(SCORE, True, False, False), (GROWTH, True, True, False)]
)
def test_a_balance_may_be_negative_and_is_no_part_of_a_whole(formula, signed, in_units, part_of_whole):
    assert (formula.signed, formula.in_units, formula.part_of_whole, formula.composed) == (signed, in_units, part_of_whole, False)


@pytest.mark.parametrize(("n", "d", "reason"), [
    (-3, 10, ""), (3, 10, ""), (12, 10, ""), (0.5, 10, "promoters and answers are counted in whole numbers, not 0.5 of 10"),
    (-3, -10, "promoters and answers cannot be negative: -3 of -10"), (-3, 0, "-3 promoters of 0 answers is impossible"),
])  # fmt: skip
def test_the_net_count_of_a_balance_may_be_below_zero_but_not_its_base(n, d, reason):
    assert SCORE.refusal(n, d) == reason


def test_a_balance_of_amounts_may_hold_decimals():
    assert GROWTH.refusal(Decimal("-12.5"), Decimal("0.1")) == ""


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("balance", "flow", "gains", "base"), "the key 'less' is missing"),
        (("share", "flow", "gains", "base", "losses"), "a share has no 'less'; take it out"),
        (("ratio", "quantity", "", "base"), "the key 'numerator' is missing"),
        (("rate", "flow", "gains", ""), "the key 'denominator' is missing"),
        (("share", "flow", "gains", "base", "", "sum"), "a share has no 'combine'; take it out"),
        (("share", "flow", "gains", "base", "", "", ("a", "b")), "a share has no 'of'; take it out"),
    ],
)
def test_a_kind_has_its_own_keys_and_no_others(keys, message):
    with pytest.raises(DefinitionError) as told:
        Formula(*keys)
    assert str(told.value) == message


# composed of other KPIs


def composed(combine, *of, **more):
    return Formula("composed", "parts", combine=combine, of=of, **more)


@pytest.mark.parametrize(
    ("combine", "parts", "value"),
    [
        ("product", (40, Fraction(3, 4)), 30), ("quotient", (30, Fraction(1, 20)), 600), ("sum", (1, 2, 3), 6), ("difference", (1, 3), -2),
        ("quotient", (30, 0), None),
    ],
)  # fmt: skip
def test_parts_are_combined_exactly(combine, parts, value):
    formula = composed(combine, *[f"kpi{n}" for n in range(len(parts))])
    assert formula.combined([Fraction(part) for part in parts]) == value
    assert (formula.composed, formula.noise, formula.in_units) == (True, "parts", False)


def test_only_a_difference_of_parts_may_be_negative():
    assert [combine for combine in COMBINE if composed(combine, "a", "b").signed] == ["difference"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: composed("mean", "a", "b"), "combine is 'mean'; it is one of product, quotient, sum, difference"),
        (lambda: composed("quotient", "a", "b", "c"), "a quotient is of exactly two KPIs, not 3"),
        (lambda: composed("difference", "a"), "a difference is of exactly two KPIs, not 1"),
        (lambda: composed("sum", "a"), "a sum is of two or more KPIs, not 1"),
        (lambda: composed("product", "a", "a"), "'of' names a KPI twice: a, a"),
        (lambda: composed("product", "a", "b", less="c"), "a composed KPI has no 'less'; its parts have, which 'of' names"),
        (lambda: Formula("composed", "flow", combine="sum", of=("a", "b")), "a composed cannot count 'flow'; it can count parts"),
    ],
)  # fmt: skip
def test_a_composed_formula_needs_a_way_and_its_parts(make, message):
    with pytest.raises(DefinitionError) as told:
        make()
    assert str(told.value) == message
