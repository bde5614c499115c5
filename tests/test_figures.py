"""Charts: alt text, the same picture each time, hostile names, and specs that a report can draw again."""

import io
import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kpikit.answer import MIME
from kpikit.figures.bullet_graph import bullet_graph
from kpikit.figures.chart import Chart, spread_apart
from kpikit.figures.dumbbell import MOST, dumbbell
from kpikit.figures.run_chart import run_chart
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.questions.scorecard import scorecard
from kpikit.tables import read_table


def measured(segments=("EU", "US"), months=8, variant="all_subscribers"):
    periods = [str(p) for p in pd.period_range("2025-01", periods=months, freq="M")]
    rows = [(period, name, 150 + 10 * i + j, 1000) for i, period in enumerate(periods) for j, name in enumerate(segments)]
    frame = pd.DataFrame(rows, columns=["period", "region", "numerator", "denominator"])
    table = read_table(frame, kind="counts", segments=["region"])
    return measure("upgrade_rate", table, variant=variant, window="month", as_of=date(2026, 1, 1))


def charts(series=None, events=None):
    series = series or measured()
    answer = before_after(series, date(2025, 5, 1), target=0.25)
    return [run_chart(series, answer, events), dumbbell(answer), bullet_graph(series, answer)]


@pytest.mark.parametrize("number", range(3))
def test_a_chart_shows_a_png_with_its_alt_text(number):
    chart = charts()[number]
    data, metadata = chart._repr_mimebundle_()
    assert Image.open(io.BytesIO(data["image/png"])).size[0] > 1000
    assert data["text/plain"] == metadata["image/png"]["alt"] == chart.alt
    assert chart.alt.endswith(".")


@pytest.mark.parametrize("number", range(3))
def test_a_chart_is_drawn_again_from_what_the_notebook_holds(number):
    chart = charts()[number]
    again = Chart.from_payload(json.loads(json.dumps(chart._repr_mimebundle_()[0][MIME])))
    assert again.svg() == chart.svg()
    assert again.alt == chart.alt


@pytest.mark.parametrize("number", range(3))
def test_the_same_chart_is_the_same_to_the_byte(number):
    assert charts()[number].png() == charts()[number].png()
    assert "<dc:date>" not in charts()[number].svg()


HOSTILE = ["$$", "$5 vs $10", "_hidden", "<script>alert(1)</script>", "a\nb", "日本", "x" * 300, "%s {0}", "\\frac{1}{2}"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure(name):
    for chart in charts(measured(segments=(name, "US")), events={"2025-02-03": name}):
        assert chart.png().startswith(b"\x89PNG")
        assert "<script" not in chart.svg()


def test_a_missing_value_is_a_gap_with_a_mark_and_a_word():
    frame = pd.DataFrame({"period": ["2025-01", "2025-02", "2025-04"], "numerator": [1, 0, 3], "denominator": [10, 0, 10]})
    series = measure("upgrade_rate", read_table(frame, kind="counts"), window="month", as_of=date(2026, 1, 1))
    chart = run_chart(series)
    assert chart.says == (
        "From 2025-01 to 2025-04 it lay between 10.0% (2025-01) and 30.0% (2025-04); "
        "without a value: 2025-02 (zero denominator) and 2025-03 (no data)."
    )
    assert chart.png()


def test_the_numbers_behind_a_run_chart_are_the_series():
    series = measured()
    chart = run_chart(series)
    assert chart.table["value"].tolist() == series.total().table["value"].tolist()


def test_bands_cover_the_axis_without_a_gap():
    bands = charts()[0].spec["bands"]
    assert bands[0]["from"] is None
    assert bands[-1]["to"] is None
    assert [band["to"] for band in bands[:-1]] == [band["from"] for band in bands[1:]]


def test_a_date_lies_where_it_falls_within_its_period():
    chart = charts(events={"2025-01-16": "a", "2025-03-01": "b", "2019-01-01": "long ago"})[0]
    places = [event["at"] for event in chart.spec["events"]]
    assert places[0] == pytest.approx(0, abs=0.02)  # the middle of the first period
    assert places[1] == pytest.approx(1.5)  # the border between the second and the third
    assert places[2] is None


def test_more_segments_than_fit_are_counted_and_stay_in_the_table():
    chart = charts(measured(segments=[f"s{i:02}" for i in range(40)]))[1]
    assert len(chart.spec["rows"]) == MOST
    assert chart.spec["more"] == 41 - MOST
    assert len(chart.table) == 41


def test_a_variant_without_bands_is_drawn_without():
    series = measured(variant="customers_once")
    chart = bullet_graph(series, scorecard(series))
    assert chart.spec["bands"] == []
    assert "no bands are published for this variant" in chart.says
    assert chart.png()


def test_labels_are_spread_until_none_is_too_near():
    placed = spread_apart([0.2, 0.21, 0.5, 0.2], 0.05)
    assert np.diff(sorted(placed)).min() >= 0.05 - 1e-12
    assert placed[2] == 0.5
