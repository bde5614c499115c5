"""kpikit.questions.effects.worth: counted units and money by hand, from an effect that is given."""

import re
from decimal import Decimal
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import asked, course

from kpikit import words
from kpikit.errors import CaseError
from kpikit.questions.effects.worth import Money, worth_of

EFFECT = {"value": 0.05, "low": 0.02, "high": 0.08}
VERDICT = {"numerator_name": "upgrades", "period": "month", "confidence": 0.95, "direction": "rose"}
SIZES = course([1, 1, 1, 1], [500, 1000, 1000, 4000], before=2)  # after: 2,500 in an average month, 5,000 in all
Z = 1.959964  # the 97.5 % point of the normal distribution


def worth(effect=EFFECT, adds_up=True, money=None, **verdict):
    return worth_of(effect, SIZES, VERDICT | verdict, adds_up, money)


def three(value, low, high):
    return pytest.approx({"value": value, "low": low, "high": high})


def ends(told):
    return {name: told[name] for name in ("value", "low", "high")}


# counted units


def test_units_are_the_effect_times_the_denominator_of_the_periods_after():
    told = worth()
    assert ends(told) == three(250, 100, 400)
    assert told["per_period"] == three(125, 50, 200)
    assert (told["units"], told["span"], told["money"]) == ("upgrades", "over the 2 months", None)


def test_units_that_are_the_same_every_period_are_told_for_an_average_one():
    told = worth(adds_up=False)
    assert ends(told) == three(125, 50, 200)
    assert told["span"] == "in an average month"


def test_a_fall_is_a_negative_number_of_units():
    assert ends(worth({"value": -0.05, "low": -0.08, "high": -0.02})) == three(-250, -400, -100)


def test_an_effect_without_interval_is_worth_a_number_without_interval():
    assert ends(worth({"value": 0.05, "low": None, "high": None})) == {"value": pytest.approx(250), "low": None, "high": None}


def test_no_effect_is_worth_nothing_that_can_be_said():
    assert worth({"value": None, "low": None, "high": None}) is None


# money


def test_money_is_units_times_revenue_net_of_the_discount():
    told = worth(money=Money(per_unit=120, discount=20, currency="USD"))["money"]
    assert told["per_period"] == three(12_500, 5_000, 20_000)
    assert told["so_far"] == three(25_000, 10_000, 40_000)
    assert (told["currency"], told["per_unit"], told["discount"], told["cost"]) == ("USD", 120, 20, 0)
    assert (told["return"], told["break_even"]) == (None, None)


def test_what_is_too_small_to_earn_a_cost_back_never_does():
    told = worth({"value": 5e-324, "low": None, "high": None}, money=Money(per_unit=1, cost=1e9))
    assert told["money"]["break_even"] is None
    assert "it is never earned back" in words.worth_sentence(VERDICT | {"worth": told, "direction": "rose"})


def test_a_cost_leaves_a_net_sum_a_return_and_a_break_even():
    told = worth(money=Money(per_unit=100, cost=20_000))["money"]
    assert told["net"] == three(5_000, -10_000, 20_000)
    assert told["return"] == pytest.approx(5_000 / 20_000)
    assert told["break_even"] == pytest.approx(20_000 / 12_500)  # months


@pytest.mark.parametrize(("period", "periods"), [("month", 12), ("quarter", 4), ("year", 1)])
def test_a_year_is_so_many_periods_and_half_of_it_may_fade(period, periods):
    told = worth(money=Money(per_unit=100), period=period)["money"]
    assert told["per_year"] == three(12_500 * periods, 5_000 * periods, 20_000 * periods)
    assert told["half_fades"] == three(6_250 * periods, 2_500 * periods, 10_000 * periods)


def test_the_interval_holds_the_spread_of_the_revenue_too():
    """Both half widths add as squares: units at the mean revenue, the revenue's at the estimated units."""
    told = worth(money=Money(per_unit=100, error=10))["money"]["per_period"]
    more = Z * 10 * 125
    half = hypot(75 * 100, more)
    assert told == three(12_500, 12_500 - half, 12_500 + half)


def test_a_revenue_that_is_not_well_known_widens_the_interval_and_moves_no_estimate():
    known, loose = (worth(money=Money(per_unit=100, error=error))["money"]["per_period"] for error in (0, 40))
    assert loose["value"] == known["value"]
    assert loose["low"] < known["low"] < known["high"] < loose["high"]


def test_what_each_unit_loses_turns_a_rise_into_a_loss():
    told = worth(money=Money(per_unit=10, discount=30))["money"]["per_period"]
    assert told == three(-2_500, -4_000, -1_000)


def test_a_fall_is_never_earned_back():
    told = worth({"value": -0.05, "low": -0.08, "high": -0.02}, money=Money(per_unit=100, cost=1_000))["money"]
    assert told["per_period"]["value"] == pytest.approx(-12_500)
    assert told["net"]["value"] == pytest.approx(-26_000)
    assert told["return"] == pytest.approx(-26)
    assert told["break_even"] is None


def test_without_an_interval_of_the_effect_money_has_none():
    told = worth({"value": 0.05, "low": None, "high": None}, money=Money(per_unit=100, error=10, cost=5))["money"]
    for name in ("per_period", "so_far", "net", "per_year", "half_fades"):
        assert (told[name]["low"], told[name]["high"]) == (None, None)


@pytest.mark.parametrize("name", ["error", "discount", "cost"])
@pytest.mark.parametrize("amount", [-1.0, float("nan")])
def test_an_amount_under_0_is_refused(name, amount):
    with pytest.raises(CaseError) as refused:
        Money(per_unit=1.0, **{name: amount})
    assert str(refused.value) == f"the {name} of the revenue is {amount}; it must be 0 or more"


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"per_units": 3.0}, "no key 'per_units' is known of money; did you mean 'per_unit'?"),
        ({"per_unit": 3.0, "xyz": 1}, "no key 'xyz' is known of money; there is per_unit, error, discount, cost, currency"),
        ({"cost": 3.0}, "money needs per_unit, what one more counted unit brings"),
        ({"per_unit": "120"}, "per_unit of money is '120'; it must be a number"),
        ({"per_unit": None}, "per_unit of money is None; it must be a number"),
        ({"per_unit": True}, "per_unit of money is True; it must be a number"),
        ({"per_unit": 1.0, "cost": float("inf")}, "cost of money is inf; it must be a number"),
        ({"per_unit": 1.0, "error": -2}, "the error of the revenue is -2.0; it must be 0 or more"),
    ],
)
def test_money_that_is_none_is_refused_by_name(given_, said):
    with pytest.raises(CaseError) as refused:
        Money.of(given_)
    assert str(refused.value) == said
    with pytest.raises(CaseError) as refused:
        asked([100, 150], 1000, "2022-02-01", money=given_)
    assert str(refused.value) == said


def test_money_is_told_by_a_mapping_of_any_numbers():
    assert Money.of({"per_unit": Decimal("1.5"), "cost": 7, "currency": "EUR"}) == Money(1.5, 0.0, 0.0, 7.0, "EUR")


effects = st.tuples(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(effects, st.floats(-1e6, 1e6), st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 1e9), st.booleans())
def test_every_sum_lies_inside_its_interval_and_no_sentence_holds_a_hole(effect, per_unit, error, discount, cost, adds_up):
    value, down, up = effect
    told = worth(
        {"value": value, "low": value - down, "high": value + up}, adds_up, Money(per_unit, error, discount, cost, "EUR")
    )
    sums = [
        told,
        told["per_period"],
        *(told["money"][name] for name in ("per_period", "so_far", "net", "per_year", "half_fades")),
    ]
    for each in sums:
        assert each["low"] <= each["value"] <= each["high"]
    for direction in ("rose", "no clear change"):
        said = words.worth_sentence(VERDICT | {"worth": told, "direction": direction})
        assert not re.search(r"\b(nan|inf|None)\b", said)
        assert said.endswith(".")


# in an answer


def test_an_answer_reckons_with_its_own_effect():
    answer = asked([100, 100, 100, 150, 150], 1000, "2022-04-01", money={"per_unit": 10.0, "cost": 300.0, "currency": "EUR"})
    told = answer.verdict["worth"]
    assert answer.verdict["effect"]["value"] == pytest.approx(0.05)
    assert told["value"] == told["per_period"]["value"] == pytest.approx(50)  # the same customers may come every month
    assert told["money"]["so_far"]["value"] == pytest.approx(1_000)
    assert told["money"]["net"]["value"] == pytest.approx(700)
    assert told["money"]["break_even"] == pytest.approx(300 / 500)


@pytest.mark.parametrize(("noise", "span"), [
    ("binomial", "in an average month"), ("stock", "in an average month"), ("poisson", "over the 2 months"), ("spread", "over the 2 months"),
])  # fmt: skip
def test_events_and_amounts_add_up_over_periods_and_customers_do_not(noise, span):
    told = asked([100, 110, 150, 150], 1000, "2022-03-01", noise=noise).verdict["worth"]
    assert told["span"] == span
    factor = 2 if span.startswith("over") else 1
    assert told["value"] == pytest.approx(factor * told["per_period"]["value"])


def test_an_answer_without_a_revenue_has_units_and_no_money():
    assert asked([100, 150], 1000, "2022-02-01").verdict["worth"]["money"] is None
