"""kpikit.measuring.event_cohorts: who did the second thing within the window of the first."""

import random
from datetime import datetime, timedelta

import pandas as pd
import polars as pl
import pytest
from small_kpis import kpi_of

from kpikit.errors import CaseError
from kpikit.measuring import measure
from kpikit.tables import read_table

NAMES = {"numerator": ["pay"], "denominator": ["trial"]}
ROWS = [
    ("ann", "2026-01-01", "trial"), ("ann", "2026-01-31", "pay"),  # 30 days later, the end is inside
    ("bob", "2026-01-02", "trial"), ("bob", "2026-02-02", "pay"),  # 31 days
    ("cid", "2026-01-03", "pay"), ("cid", "2026-01-04", "trial"),  # paid before, not after
    ("dan", "2026-01-05", "trial"), ("dan", "2026-01-05", "pay"),  # on the same day
    ("eve", "2026-02-20", "trial"), ("eve", "2026-02-21", "pay"),  # her 30 days are not over
]  # fmt: skip


def series(rows=ROWS, names=NAMES, window="30 days", as_of="2026-03-10", segments=(), frame=pd.DataFrame, **choices):
    data = frame(pd.DataFrame(rows, columns=["customer", "date", "event", *segments]))
    kpi = kpi_of("follow_on", "cohort", measures={"events": {}})
    return measure(
        kpi, read_table(data, kind="events", segments=segments), as_of=as_of, window=window, event_names=names, **choices
    )


def test_a_customer_said_yes_within_the_window_its_end_included():
    told = series().table
    assert list(told["numerator"]) == [2, 0] and list(told["denominator"]) == [4, 0]  # ann and dan of four


def test_a_customer_whose_window_is_not_over_is_censored_and_never_a_no():
    told = series().table.iloc[1]
    assert (told["status"], told["censored"], told["censored_numerator"]) == ("censored", 1, 1)


def test_without_an_end_everybody_is_judged():
    told = series(window="ever").table
    assert list(told["numerator"]) == [3, 1] and list(told["denominator"]) == [4, 1]


def test_the_same_event_counts_again_only_at_a_later_moment():
    rows = [("ann", "2026-01-01", "use"), ("bob", "2026-01-01", "use"), ("bob", "2026-01-02", "use")]
    both = {"numerator": ["use"], "denominator": ["use"]}
    told = series(rows, both).table
    assert (told["numerator"].iloc[0], told["denominator"].iloc[0]) == (1, 2)


def test_customers_whose_window_spans_the_change_are_told_apart():
    told = series(window="30 days", changed_on="2026-01-15").counts.iloc[0]
    assert (told["straddling"], told["straddling_numerator"]) == (4, 2)


def test_a_calendar_window_is_refused():
    with pytest.raises(CaseError) as why:
        series(window="month")
    assert str(why.value) == "small: a cohort is followed for days or 'ever', not a calendar month; try window = \"30 days\""


def test_a_reversal_is_refused():
    with pytest.raises(CaseError) as why:
        series(names={**NAMES, "reversal": ["pay"]}, reversed_within="30 days")
    assert str(why.value) == "small: a cohort is followed to its end; take 'reversal' out of event_names"


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.from_pandas])
def test_the_counts_are_those_of_a_walk_over_the_rows(frame):
    chance = random.Random(5)
    start = datetime(2026, 1, 1)
    rows = [
        (f"c{chance.randrange(40)}", start + timedelta(hours=chance.randrange(24 * 90)), chance.choice(["trial", "pay", "other"]),
         "north")
        for _ in range(160)
    ]  # fmt: skip
    expected = {}
    for customer in {row[0] for row in rows}:
        own = sorted((moment, event) for who, moment, event, _ in rows if who == customer)
        trials = [moment for moment, event in own if event == "trial"]
        if trials:
            yes = any(event == "pay" and trials[0] <= moment <= trials[0] + timedelta(days=10) for moment, event in own)
            judged = trials[0] + timedelta(days=10) < datetime(2026, 4, 11)
            cell = expected.setdefault(f"{trials[0]:%Y-%m}", [0, 0])
            cell[0] += yes and judged
            cell[1] += judged
    told = series(rows, window="10 days", as_of="2026-04-10", segments=("region",), frame=frame).counts
    assert {str(row.period): [row.numerator, row.denominator] for row in told.itertuples()} == expected
