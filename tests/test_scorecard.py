"""Where do we stand? The latest complete period, how it moved lately, the next review."""

from datetime import date

import pandas as pd
import pytest

from kpikit.errors import CaseError
from kpikit.measuring import measure
from kpikit.questions.scorecard import scorecard
from kpikit.tables import read_table


def upgrades(numerators, as_of, kpi="upgrade_rate", **columns):
    months = [str(p) for p in pd.period_range("2025-01", periods=len(numerators), freq="M")]
    frame = pd.DataFrame({"period": months, "numerator": numerators, "denominator": [1000] * len(numerators)})
    return measure(kpi, read_table(frame, kind="counts"), window="month", as_of=as_of)


def test_the_latest_complete_period_is_shown_with_its_band():
    answer = scorecard(upgrades([150, 250, 999], date(2025, 3, 20)))
    assert (answer.verdict["at"], answer.verdict["value"], answer.verdict["band"]) == ("2025-02", 0.25, "on target")


def test_three_periods_are_pooled_against_the_three_before():
    lately = scorecard(upgrades([100, 110, 120, 200, 210, 220], date(2025, 7, 1))).verdict["lately"]
    assert (lately["before"]["value"], lately["after"]["value"], lately["direction"]) == (0.11, 0.21, "rose")


def test_too_few_periods_say_nothing_of_lately():
    answer = scorecard(upgrades([100, 110], date(2025, 3, 1)))
    assert answer.verdict["lately"] is None
    assert "There are too few months to say how it moved lately." in answer.sentences


@pytest.mark.parametrize(("kpi", "due"), [("upgrade_rate", "2025-04-01"), ("upsell_ratio", "2025-07-01")])
def test_the_next_review_follows_the_cadence(kpi, due):
    verdict = scorecard(upgrades([100, 110, 120], date(2025, 4, 1) if kpi == "upsell_ratio" else date(2025, 3, 31), kpi)).verdict
    assert verdict["review"]["next"] == due


def test_data_that_lag_behind_as_of_are_named():
    checks = scorecard(upgrades([100, 110, 120], date(2025, 7, 15))).checks
    assert any(check.sentence == "3 months since 2025-03 are over and not in the table." for check in checks)


def test_a_series_without_a_value_has_nothing_to_show():
    with pytest.raises(CaseError, match="upgrade_rate: no period of the series holds a value, so there is nothing to show"):
        scorecard(upgrades([100], date(2025, 1, 15)))
