"""Every kind of table is counted alike on every engine, to the last count and decimal, and as a walk by hand counts it."""

from functools import cache

import pytest

from heavy.forms import LOCAL, REMOTE, given
from heavy.walks import EVERY
from kpikit.measuring import measure, on_engine
from kpikit.measuring.engines import ENGINES
from kpikit.tables import read_table

#: Spark, which starts slowly, gets one example of each shape here and all of them as a user's frame
ONE_A_SHAPE = (
    "counts by month", "counts by week", "volumes, doubles by month", "events, rate by week with reversals",
    "plans, net of what is undone", "orders, upsell",
)  # fmt: skip


@cache
def example(name):
    return EVERY[name]()


def cells(series, names):
    """(first day of the period, *segments) -> counts, of the cells in which there is anything."""
    rows = series.counts[["period", *series.segments, *names]].itertuples(index=False, name=None)
    width = 1 + len(series.segments)
    return {(row[0].start_time.date(), *row[1:width]): tuple(row[width:]) for row in rows if any(row[width:])}


def measured(one, table):
    return measure(one.definition or one.kpi, table, **one.counted)


def expected(one):
    return {key: tuple(counts) for key, counts in one.expected.items() if any(counts)}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("form", [*LOCAL, *REMOTE])
def test_a_table_is_counted_as_a_walk_through_its_rows_counts_it(form, name, tmp_path, request):
    one = example(name)
    table = read_table(given(form, one.rows, tmp_path, request), kind=one.kind, **one.read)
    assert cells(measured(one, table), one.names) == expected(one)


@pytest.mark.parametrize(
    ("engine", "name"), [(engine, name) for engine in ENGINES for name in (ONE_A_SHAPE if engine == "spark" else EVERY)]
)
def test_the_rows_of_a_table_are_counted_alike_on_another_engine(engine, name, request):
    if engine == "spark":
        request.getfixturevalue("spark")
    one = example(name)
    series = measured(one, on_engine(read_table(one.rows.arrow, kind=one.kind, **one.read), engine))
    assert cells(series, one.names) == expected(one)


@pytest.mark.parametrize("name", EVERY)
def test_every_example_has_something_to_count(name):
    one = example(name)
    never = ("censored", "censored_numerator") if one.counted["window"] == "ever" else ()
    places = [place for place, counted in enumerate(one.names) if counted not in never]
    assert all(any(counts[place] for counts in one.expected.values()) for place in places)
