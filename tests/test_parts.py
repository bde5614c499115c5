"""kpikit.series.parts: a segment or a stretch of a series has the counts of its rows in the whole, and says that it is a part."""

from datetime import date

import pandas as pd
import pytest

import kpikit as kk
from kpikit.cases import Case

ROWS = [
    (f"2025-{month:02d}", plan, region, 10 * month + (plan == "pro"), 100 * month)
    for month in range(1, 7)
    for plan in ("basic", "pro")
    for region in ("EU", "US")
]
COLUMNS = ["month", "plan", "region", "upgrades", "subscribers"]
ROLES = {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}


def series(rows=ROWS, segments=("plan", "region")):
    table = kk.read_table(pd.DataFrame(rows, columns=COLUMNS), kind="counts", columns=ROLES, segments=segments)
    return kk.measure("upgrade_rate", table, as_of="2025-07-15", window="month")


def test_one_segment_is_what_its_rows_alone_would_be():
    part = series().part({"region": "EU"})
    alone = series([row for row in ROWS if row[2] == "EU"], ("plan",))
    assert part.segments == ("plan",)
    pd.testing.assert_frame_equal(part.table, alone.table)
    pd.testing.assert_frame_equal(part.total().table, alone.total().table)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2025-02-01", None, "23456"),
        ("2025-02-02", None, "3456"),
        (None, "2025-04-30", "1234"),
        ("2025-02-01", "2025-04-29", "23"),
    ],
)
def test_a_stretch_holds_the_periods_that_lie_wholly_in_it(first, last, months):
    days = [None if day is None else date.fromisoformat(day) for day in (first, last)]
    alone = series([row for row in ROWS if row[0][-1] in months])
    pd.testing.assert_frame_equal(series().part({}, *days).table, alone.table)


def test_the_whole_is_itself():
    whole = series()
    assert whole.part({}) is whole


def test_a_part_says_that_it_is_one_and_not_that_later_periods_lack():
    part = series().part({"plan": "pro", "region": "EU"}, None, date(2025, 4, 30))
    told = {check.name: check.sentence for check in part.checks}
    assert (
        told["part of the series"]
        == "Only a part is looked at, counted as in the whole: plan: pro; region: EU and until 2025-04-30."
    )
    assert "up to date" not in told
    assert "up to date" in {check.name for check in series().part({"plan": "pro"}, date(2025, 2, 1)).checks}


REFUSED = {
    "no such column": (({"country": "EU"},), "upgrade_rate: the series has no segments by 'country'; there is plan, region"),
    "no such value": (({"region": "UE"},), "upgrade_rate: no row has region: UE; there is EU, US"),
    "no period": (({}, date(2025, 3, 2), date(2025, 4, 29)), "upgrade_rate: no whole month lies from 2025-03-02 to 2025-04-29"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_leaves_nothing_is_refused_with_what_there_is(name):
    asked, said = REFUSED[name]
    with pytest.raises(kk.CaseError) as error:
        series().part(*asked)
    assert str(error.value) == said


def test_segments_that_do_not_add_up_are_looked_at_one_column_at_a_time():
    events = pd.DataFrame(
        [("ann", "2025-01-05", "subscribed", "EU", "web"), ("ann", "2025-02-05", "upgraded", "US", "web"),
         ("bob", "2025-01-07", "subscribed", "US", "app"), ("bob", "2025-02-09", "upgraded", "US", "app")],
        columns=["customer", "date", "event", "region", "way"],
    )  # fmt: skip
    table = kk.read_table(events, kind="events", segments=["region", "way"])
    names = {"numerator": ["upgraded"], "denominator": ["subscribed", "upgraded"]}
    whole = kk.measure("upgrade_rate", table, as_of="2025-03-15", window="month", event_names=names)
    assert "segments" not in whole.adds_over
    with pytest.raises(kk.CaseError) as error:
        whole.part({"region": "US"})
    assert str(error.value) == (
        "upgrade_rate: a customer can be in two segments, so those of region cannot be put together; measure it with segments = ['region']"
    )


def test_only_a_before_after_looks_at_a_part_of_its_series(tmp_path):
    asked = {"id": "c", "folder": tmp_path, "title": "t", "table": "a.csv", "kind": "counts", "as_of": date(2025, 7, 15)}
    with pytest.raises(kk.CaseError) as error:
        Case(**asked, kpi="upgrade_rate", question="scorecard", looked_at={"region": "EU"})
    assert str(error.value) == "c: looked_at, looked_from and looked_to are for a before/after; take them out"
