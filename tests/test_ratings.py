"""kpikit.measuring.ratings: scores that people gave, against thresholds on a scale."""

import pandas as pd
import polars as pl
import pytest
from small_kpis import kpi_of

from kpikit.errors import CaseError, TableError
from kpikit.measuring import measure
from kpikit.tables import read_table

PROMOTERS = {"numerator": "at_least 9", "less": "at_most 6", "denominator": "answers", "scale": [0, 10]}
NPS = kpi_of("balance", "flow", measures={"ratings": PROMOTERS}, unit="points", less="detractors")
ROWS = [("ann", "2026-01-05", 9), ("bob", "2026-01-06", 6), ("cid", "2026-01-07", 10), ("dan", "2026-01-08", 7), ("eve", "2026-01-09", None),
        ("ann", "2026-02-01", 0)]  # fmt: skip


def scores(kpi=NPS, rows=ROWS, frame=pd.DataFrame):
    table = read_table(frame(pd.DataFrame(rows, columns=["customer", "date", "score"])), kind="ratings")
    return measure(kpi, table, as_of="2026-02-28", window="month")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.from_pandas])
def test_promoters_less_detractors_of_those_who_answered(frame):
    told = scores(frame=frame).table
    assert list(told["numerator"]) == [2 - 1, -1]
    assert list(told["less"]) == [1, 1]
    assert list(told["denominator"]) == [4, 1]  # eve did not answer
    assert list(told["value"]) == [0.25, -1.0]


def test_how_many_did_not_answer_is_said():
    said = [check.sentence for check in scores().checks if check.name == "no score"]
    assert said == ["1 row without a score: no answer, not counted."]


def test_the_mean_score_is_the_sum_of_scores_over_answers():
    mean = kpi_of(
        "ratio",
        "quantity",
        measures={"ratings": {"numerator": "scores", "denominator": "answers", "scale": [0, 10]}},
        unit="number",
    )
    assert list(scores(mean).table["value"]) == [8.0, 0.0]


def test_a_half_star_lies_where_it_lies():
    share = {"numerator": "at_least 4", "denominator": "answers", "scale": [1, 5]}
    rows = [("ann", "2026-01-05", 3.5), ("bob", "2026-01-05", 4.0), ("cid", "2026-01-06", 4.5)]
    told = scores(kpi_of("share", "flow", measures={"ratings": share}), rows).table.iloc[0]
    assert (told["numerator"], told["denominator"]) == (2, 3)


@pytest.mark.parametrize("score", [11, -1])
def test_a_score_outside_the_scale_is_refused(score):
    with pytest.raises(TableError) as why:
        scores(rows=[*ROWS, ("fay", "2026-01-05", score)])
    assert str(why.value) == (
        f"small: the frame holds a score of {score}; variant 'own' is for scores from 0 to 10; keep them with [[keep]], or bring "
        "them to that scale"
    )


def test_a_kpi_without_measures_of_ratings_is_refused():
    with pytest.raises(CaseError) as why:
        scores(kpi_of("share", "flow", measures={"plans": {}}))
    assert str(why.value) == "small: variant 'own' is not measured from ratings; it is measured from counts or plans"
