"""kpikit.measuring.outcomes: customers with a known outcome, and those with yes."""

import pandas as pd
import polars as pl
import pytest
from small_kpis import kpi_of

from kpikit.errors import CaseError
from kpikit.measuring import measure
from kpikit.tables import read_table

SHARE = kpi_of("share", "cohort", measures={"customers": {}})
ROWS = [
    ("ann", "2026-01-05", 1),
    ("bob", "2026-01-06", 0),
    ("cid", "2026-01-07", None),
    ("dan", "2026-02-01", 1),
    ("eve", None, 1),
]


def outcomes(kpi=SHARE, rows=ROWS, columns=("customer", "date", "outcome"), frame=pd.DataFrame):
    table = read_table(frame(pd.DataFrame(rows, columns=list(columns))), kind="customers")
    return measure(kpi, table, as_of="2026-02-28", window="month")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.from_pandas])
def test_the_share_is_of_those_whose_outcome_is_known(frame):
    told = outcomes(frame=frame).table
    assert list(told["numerator"]) == [1, 1] and list(told["denominator"]) == [2, 1]


def test_who_is_not_known_is_said():
    said = [check.sentence for check in outcomes().checks if check.name == "unknown outcomes"]
    assert said == ["2 customers without a known outcome or date: not counted."]


def test_a_row_of_the_future_is_none_whose_outcome_is_unknown():
    told = outcomes(rows=[*ROWS, ("fay", "2026-03-05", 1)])
    said = [check.sentence for check in told.checks if check.name == "unknown outcomes"]
    assert said == ["2 customers without a known outcome or date: not counted."]


def test_who_has_several_outcomes_in_one_period_is_told():
    told = outcomes(rows=[*ROWS, ("ann", "2026-01-09", 0), ("dan", "2026-01-09", 0)])
    said = [check.sentence for check in told.checks if check.name == "several outcomes"]
    assert said == ["1 customer has several outcomes in one month: each row counts."]
    assert "several outcomes" not in [check.name for check in outcomes().checks]


def test_a_role_that_is_not_there_is_asked_for():
    with pytest.raises(CaseError) as why:
        outcomes(rows=[row[:2] for row in ROWS], columns=("customer", "date"))
    assert str(why.value) == (
        "small: the frame needs the role 'outcome' to be counted by period; map it, as columns = { outcome = \"...\" }"
    )


def test_only_a_share_is_measured_so():
    with pytest.raises(CaseError) as why:
        outcomes(kpi_of("rate", "flow"))
    assert str(why.value) == "small: a rate is not measured from rows of customers; it is measured on counts"
