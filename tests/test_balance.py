"""Balances, gains less losses over a base: their interval, their tables, and what two or four numbers say of them."""

import numpy as np
import pandas as pd
import pytest

from kpikit.cli import main
from kpikit.errors import CaseError, DefinitionError, TableError
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.questions.two_numbers import compare, value
from kpikit.stats.intervals import balance, poisson, wilson
from kpikit.tables import read_table

NPS = "net_promoter_score"


def ends(interval):
    return [float(interval.low), float(interval.high)]


@pytest.mark.parametrize(
    ("gain", "loss", "rest"), [(0.5, 0.2, 100), (0.3, 0.3, 40), (0.05, 0.02, 200), (0.9, 0.05, 20), (0.4, 0.1, 12)]
)
def test_the_interval_covers_as_often_as_it_says(gain, loss, rest):
    chance = np.random.default_rng(11)
    drawn = chance.multinomial(rest, [gain, loss, 1 - gain - loss], size=4000)
    told = balance(drawn[:, 0], drawn[:, 1], rest)
    assert 0.93 < ((told.low <= gain - loss) & (told.high >= gain - loss)).mean() < 0.975


def test_gains_and_losses_exchanged_mirror_the_interval():
    assert ends(balance(20, 50, 100)) == pytest.approx([-x for x in reversed(ends(balance(50, 20, 100)))])


def test_the_interval_is_wider_than_that_of_independent_shares():
    """Who is a promoter is no detractor: the two shares of one sample vary against each other."""
    p, q = wilson(50, 100), wilson(20, 100)
    apart = np.hypot(p.value - p.low, q.high - q.value)
    assert 0.3 - balance(50, 20, 100).low > apart


def test_gains_that_pass_the_base_are_no_parts_of_it():
    told = balance(120, 30, 100)
    assert float(told.value) == pytest.approx(0.9)
    new, lost = poisson(120, 100), poisson(30, 100)
    assert float(told.low) == pytest.approx(0.9 - np.hypot(new.value - new.low, lost.high - lost.value))


def test_nothing_of_nothing_is_missing():
    assert np.isnan([*balance(0, 0, 0)]).all()


ROWS = {"period": ["2026-01", "2026-02"], "numerator": [50, 40], "less": [20, 45], "denominator": [100, 100]}


def survey(rows=ROWS, kpi=NPS, kind="counts", **more):
    return measure(kpi, read_table(pd.DataFrame(rows), kind=kind), as_of="2026-02-28", window="month", **more)


def test_a_table_of_counts_gives_gains_and_losses():
    told = survey().table
    assert list(told["numerator"]) == [30, -5] and list(told["less"]) == [20, 45]
    assert list(told["value"]) == [0.30, -0.05]
    assert [told["low"].iloc[0], told["high"].iloc[0]] == ends(balance(50, 20, 100))


def test_a_balance_needs_what_it_takes_off():
    with pytest.raises(CaseError) as why:
        survey({name: column for name, column in ROWS.items() if name != "less"})
    assert str(why.value) == (
        "net_promoter_score: variant 'published' takes detractors off its numerator; map them, as columns = { less = \"...\" }"
    )


def test_other_formulas_take_nothing_off():
    with pytest.raises(CaseError) as why:
        survey(kpi="upsell_ratio")
    assert str(why.value) == (
        "upsell_ratio: variant 'published' is a share, which takes nothing off its numerator; map no column to 'less'"
    )


def test_losses_below_zero_are_impossible():
    with pytest.raises(TableError) as why:
        survey(ROWS | {"less": [-20, 45]})
    assert str(why.value) == (
        "the frame: counts that cannot be\n  2026-01: 50 numerator less -20 less of 100 denominator is impossible"
    )


def test_three_numbers_say_where_a_balance_stands():
    answer = value(NPS, 50, 100, 20)
    assert answer.value == 0.3
    assert [answer.verdict["low"], answer.verdict["high"]] == ends(balance(50, 20, 100))
    assert str(answer).startswith("Net Promoter Score is 30.0 points")


def test_a_balance_of_two_numbers_is_refused():
    with pytest.raises(DefinitionError) as why:
        value(NPS, 30, 100)
    assert str(why.value) == "net_promoter_score: give 3 numbers: promoters, answers and detractors; not 2"
    with pytest.raises(DefinitionError) as why:
        value("upgrade_rate", 30, 100, 3)
    assert str(why.value) == "upgrade_rate: give 2 numbers: upgrades and subscribers; not 3"


def test_two_balances_are_compared():
    assert compare(NPS, (40, 200, 80), (110, 200, 40)).verdict["direction"] == "rose"
    assert compare(NPS, (40, 200, 80), (44, 200, 80)).verdict["direction"] == "no clear change"


def test_the_command_line_takes_three_numbers(capsys):
    assert main(["value", NPS, "50-20/100"]) == 0
    assert capsys.readouterr().out.startswith("Net Promoter Score is 30.0 points")


def test_a_composed_kpi_is_not_of_two_numbers():
    with pytest.raises(DefinitionError) as why:
        value("customer_lifetime_value", 40, 1)
    assert str(why.value) == (
        "customer_lifetime_value: variant 'by_customer_churn' is the quotient of contribution_per_user and customer_churn_rate, "
        "not of two numbers; give their values to kk.kpi_tree, or in the shell: kpikit tree"
    )


def test_a_before_and_after_of_a_balance_finds_a_change():
    chance = np.random.default_rng(3)
    months = [str(period) for period in pd.period_range("2023-01", periods=36, freq="M")]
    gains = [int(chance.binomial(400, 0.3 if place < 24 else 0.5)) for place in range(36)]
    rows = {"period": months, "numerator": gains, "less": [80] * 36, "denominator": [400] * 36}
    series = measure(NPS, read_table(pd.DataFrame(rows), kind="counts"), as_of="2025-12-31", window="month")
    verdict = before_after(series, "2025-01-01").verdict
    assert verdict["direction"] == "rose"
    assert verdict["change"]["low"] < 0.20 < verdict["change"]["high"]


def test_both_sides_are_told_with_gains_and_losses():
    rows = {
        "period": [f"2025-{month:02}" for month in range(1, 13)],
        "numerator": [50] * 12,
        "less": [20] * 12,
        "denominator": [100] * 12,
    }
    series = measure(NPS, read_table(pd.DataFrame(rows), kind="counts"), as_of="2025-12-31", window="month")
    answer = before_after(series, "2025-07-01")
    assert [(answer.verdict[side]["numerator"], answer.verdict[side]["less"]) for side in ("before", "after")] == [(180, 120)] * 2
    assert not [check for check in answer.checks if check.name == "pool at risk"]
