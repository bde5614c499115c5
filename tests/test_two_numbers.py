"""value, compare: what two or four numbers say."""

import math

import pytest
from scipy import stats

from kpikit.catalog import load_kpi
from kpikit.errors import DefinitionError
from kpikit.questions.two_numbers import compare, compare_pairs, value


def test_a_value_is_a_number_with_a_band():
    answer = value("upgrade_rate", 15, 100)
    assert float(answer) == answer.value == 0.15
    assert answer.band == "below target"


@pytest.mark.parametrize(
    ("numerator", "denominator", "band"), [(20, 100, "below target"), (30, 100, "on target"), (3001, 10000, "excellent")]
)
def test_published_edges_belong_to_the_lower_band(numerator, denominator, band):
    assert value("upgrade_rate", numerator, denominator).band == band


@pytest.mark.parametrize(("numerator", "band"), [(1499, "low"), (1500, "moderate"), (3000, "moderate"), (3001, "strong")])
def test_fifteen_and_thirty_percent_are_both_moderate(numerator, band):
    assert value("product_upgrade_ratio", numerator, 10000, variant="adoption").band == band


def test_events_can_pass_a_hundred_percent_and_have_the_exact_poisson_interval():
    answer = value("upgrade_rate", 150, 100)
    assert answer.value == 1.5
    assert answer.verdict["low"] == pytest.approx(stats.chi2.ppf(0.025, 300) / 200, rel=1e-9)
    assert answer.verdict["high"] == pytest.approx(stats.chi2.ppf(0.975, 302) / 200, rel=1e-9)


def test_a_variant_without_published_bands_has_none():
    assert value("upgrade_rate", 15, 100, variant="customers_once").band is None


def test_a_share_above_one_is_refused_with_the_reason():
    with pytest.raises(DefinitionError) as refused:
        value("upgrade_rate", 150, 100, variant="any_upgrade")
    parts = load_kpi("upgrade_rate").variant("any_upgrade").computes
    assert str(refused.value) == (f"upgrade_rate: {parts.numerator} are a part of {parts.denominator}, but 150 is more than 100")


def test_no_value_comes_of_a_zero_denominator():
    with pytest.raises(DefinitionError) as refused:
        value("upgrade_rate", 0, 0)
    assert str(refused.value) == "upgrade_rate: of 0 subscribers there is no value"


def test_two_points_get_the_verdict_the_interval_and_the_warning():
    answer = compare("upsell_ratio", (56, 70), (48, 80))
    # Newcombe 1998, table II, method 10: 56/70 against 48/80 is .0524 to .3339
    assert answer.verdict["change"]["low"] == pytest.approx(-0.3339, abs=5e-5)
    assert answer.verdict["change"]["high"] == pytest.approx(-0.0524, abs=5e-5)
    assert answer.verdict["direction"] == "fell"
    assert "Two points: trend, season and noise not checked." in answer.sentences


def test_the_same_two_points_show_no_clear_change():
    answer = compare("upgrade_rate", (15, 100), (15, 100))
    assert answer.verdict["direction"] == "no clear change"
    assert answer.headline.startswith("Upgrade Rate shows no clear change: from 15.0% to 15.0% (0.0 pp")


def test_amounts_have_no_interval_from_two_points():
    answer = compare("product_upgrade_ratio", (10, 100), (20, 100))
    assert answer.verdict["direction"] == "not known"
    assert answer.headline == "Product Upgrade Ratio went from 10.0% to 20.0% (+10.0 pp, and no interval can be given)."


def test_before_at_zero_gives_no_relative_change():
    answer = compare("upgrade_rate", (0, 100), (20, 100))
    assert answer.verdict["relative"] == {"value": None, "low": None, "high": None}
    assert all(word not in str(answer) for word in ("nan", "inf "))


def test_target_and_benchmark_stand_apart_and_say_how_surely_they_are_reached():
    answer = value("product_upgrade_ratio", 280, 1000, variant="adoption", benchmark="SaaS", target=0.25)
    assert answer.verdict["target"]["state"] == "reached"
    assert answer.verdict["benchmark"]["state"] == "reached"
    assert "undated, unverified" in str(answer)
    near = value("product_upgrade_ratio", 255, 1000, variant="adoption", target=0.25)
    assert near.verdict["target"]["state"] == "too close to call"
    assert value("product_upgrade_ratio", 200, 1000, variant="adoption", target=0.25).verdict["target"]["state"] == "not reached"


def test_an_unknown_benchmark_names_those_that_exist():
    with pytest.raises(DefinitionError, match="variant 'adoption' has no benchmark 'SAS'; did you mean 'SaaS'"):
        value("product_upgrade_ratio", 28, 100, variant="adoption", benchmark="SAS")


def test_a_target_in_percent_is_told_from_a_fraction_when_it_is_not_positive():
    with pytest.raises(DefinitionError, match="the target is -0.2; it must be a fraction above 0, 25 % is 0.25"):
        value("upgrade_rate", 15, 100, target=-0.2)


def test_a_target_of_events_may_pass_1_and_that_of_a_share_may_not():
    assert value("upgrade_rate", 130, 100, target=1.25).verdict["target"]["state"] == "too close to call"
    for variant, target in (("customers_once", 1.25), ("all_subscribers", 25)):
        with pytest.raises(DefinitionError, match=f"the target is {target}; it must be a fraction above 0, 25 % is 0.25"):
            value("upgrade_rate", 15, 100, variant=variant, target=target)


def test_whole_numbers_are_asked_for_where_customers_are_counted():
    with pytest.raises(DefinitionError, match=r"upgrades and subscribers are counted in whole numbers, not 1.5 of 10"):
        value("upgrade_rate", 1.5, 10)


def test_amounts_may_hold_decimals():
    assert math.isclose(float(value("product_upgrade_ratio", 1.5, 10)), 0.15)


def test_the_same_customers_before_and_after_have_newcombes_paired_interval():
    """Newcombe 1998, Stat Med 17:2635, table III: 20, 12, 2, 16 of 50, method 10: .0562 to .3292."""
    answer = compare_pairs("product_upgrade_ratio", both=20, before_only=2, after_only=12, neither=16, variant="adoption")
    moved = answer.verdict["change"]
    assert moved["value"] == pytest.approx(0.2)
    assert (round(moved["low"], 4), round(moved["high"], 4)) == (0.0562, 0.3292)
    assert answer.verdict["direction"] == "rose"
    assert answer.headline.startswith("Product Upgrade Ratio rose from 44.0% to 64.0%")


@pytest.mark.parametrize(
    ("kpi", "variant", "counts"), [("upgrade_rate", "customers_once", "flow"), ("product_upsell_rate", "ever", "cohort")]
)
def test_what_goes_one_way_only_is_refused_as_pairs(kpi, variant, counts):
    with pytest.raises(DefinitionError) as raised:
        compare_pairs(kpi, both=20, before_only=2, after_only=12, neither=16, variant=variant)
    assert str(raised.value) == (
        f"{kpi}: variant '{variant}' counts a {counts}, which goes one way; pairs are for a state that can be gained and lost; "
        "compare two groups instead"
    )


def test_pairs_of_nobody_are_refused():
    with pytest.raises(DefinitionError, match="at least one"):
        compare_pairs("product_upgrade_ratio", both=0, before_only=0, after_only=0, neither=0, variant="adoption")
