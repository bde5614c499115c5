"""Events and decisions on charts over time: each has its letter, none is clipped or lies on another, all are listed."""

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from small_tables import measured

from kpikit.cases import Entry
from kpikit.figures.control_chart import control_chart
from kpikit.figures.effect_course import effect_course
from kpikit.figures.periods import _labels, marked_on
from kpikit.figures.remarks import NONE, Remarks, letters, remarks_of
from kpikit.figures.run_chart import run_chart
from kpikit.figures.trend_lines import trend_lines
from kpikit.questions.before_after import before_after
from kpikit.questions.scorecard import scorecard

SERIES = measured([150, 160, 140] * 8 + [200, 210, 205] * 4, 1000, noise="poisson", first="2023-01", as_of=date(2026, 1, 15))
ANSWER = before_after(SERIES, date(2025, 1, 1))
PERIODS = pd.Series(pd.period_range("2023-01", periods=36, freq="M"))
TWO = (Entry(date(2025, 3, 1), "event", "", "price raised"), Entry(date(2025, 5, 6), "decision", "Ada", "it stays"))


def many(number, first=date(2023, 1, 3), step=35):
    """So many entries, every `step` days."""
    return tuple(
        Entry(
            first + timedelta(days=step * i), ("event", "decision")[i % 2], "Ada" * (i % 3 == 0), f"remark {i}, with some words"
        )
        for i in range(number)
    )


def charts(events):
    return [run_chart(SERIES, ANSWER, events), control_chart(ANSWER, events), effect_course(ANSWER, events)]


def test_letters_go_on_after_z():
    assert letters(53)[25:] == ["Z", *(f"A{letter}" for letter in letters(26)), "BA"]
    assert letters(0) == []


def test_entries_and_plain_dated_remarks_become_the_same_values():
    plain = {"mark": "A", "on": "2025-03-01", "kind": "event", "by": "", "text": "price raised"}
    assert remarks_of({"2025-03-01": "price raised"}) == remarks_of(TWO[:1]) == [plain]
    assert remarks_of(None) == remarks_of(()) == []


def test_a_letter_is_kept_by_those_that_lie_outside_the_periods():
    marks = marked_on(PERIODS, [Entry(date(2019, 1, 1), "event", "", "long ago"), *TWO])
    assert [(mark["mark"], mark["at"] is None) for mark in marks] == [("A", True), ("B", False), ("C", False)]
    assert marks[1]["at"] == pytest.approx(25.5)  # the first day of the 27th month
    assert [mark["mark"] for mark in effect_course(ANSWER, TWO).spec["events"]] == ["A", "B"]


def test_few_are_told_in_the_legend_and_all_in_the_alt_text():
    for chart in charts(TWO):
        (legend,) = chart.figure().legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert {"A: price raised", "B: it stays"} <= set(labels)
        assert chart.alt.endswith("Marked at the top: A 2025-03-01: price raised; B 2025-05-06, decided by Ada: it stays.") or (
            chart.kind == "run_chart" and "B 2025-05-06, decided by Ada: it stays." in chart.alt
        )


def test_many_are_told_by_their_number_and_listed_beneath():
    chart = run_chart(SERIES, ANSWER, many(30))
    (legend,) = chart.figure().legends
    assert "A to AD: 30 events and decisions" in [text.get_text() for text in legend.get_texts()]
    assert "; H 2023-09-05, decided: remark 7, with some words; and 22 more, listed beneath." in chart.alt
    assert repr(chart.remarks).splitlines()[29] == "AD  2025-10-14, decided: remark 29, with some words"
    assert chart.remarks._repr_html_().count("<tr>") == 31


@pytest.mark.parametrize(
    "events", [TWO, many(30), many(30, date(2025, 2, 1), 1), many(60, step=18), many(5, date(2022, 12, 20), 370)],
    ids=["two", "thirty", "thirty in a month", "sixty", "at the ends"],
)  # fmt: skip
def test_no_letter_touches_another_or_the_title_or_leaves_the_figure(events):
    for chart in charts(events):
        figure = chart.figure()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        (axes,) = figure.axes
        marks = {mark["mark"] for mark in chart.spec["events"]}
        drawn = [text for text in axes.texts if text.get_text() and set(text.get_text().split("–")) <= marks]
        boxes = sorted((text.get_window_extent() for text in drawn), key=lambda box: box.x0)
        assert boxes
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
        heading = axes.title.get_window_extent() if axes.title.get_text() else axes._left_title.get_window_extent()
        assert all(box.y1 < heading.y0 for box in boxes)
        assert heading.y1 <= figure.bbox.y1
        assert all(box.y0 > axes.get_window_extent().y1 for box in boxes)


def test_neighbors_share_a_label_and_together_the_labels_name_every_letter_once():
    marks = letters(40)
    places = [(i * 7919 % 997) / 997 * 36 for i in range(40)]
    labels = _labels(sorted(places), marks, 36 / 480)
    ends = [label.split("–") for _, label in labels]
    spans = [(marks.index(end[0]), marks.index(end[-1])) for end in ends]
    assert [n for first, last in spans for n in range(first, last + 1)] == list(range(40))
    assert 10 < len(labels) < 40
    assert _labels([1.0, 1.0, 30.0], ["A", "B", "C"], 36 / 480) == [(1.0, "A–B"), (30.0, "C")]


def test_charts_without_remarks_leave_no_room_for_them():
    with_none, with_two = (run_chart(SERIES, ANSWER, events).figure().axes[0] for events in ((), TWO))
    assert len(with_two.texts) == len(with_none.texts) + 2
    assert repr(run_chart(SERIES, ANSWER).remarks) == NONE
    assert Remarks(())._repr_html_() == f"<p>{NONE}</p>"
    assert "Marked at the top" not in run_chart(SERIES, ANSWER).alt


def test_what_is_noted_stays_text_in_the_list_and_in_the_figure():
    hostile = [Entry(date(2025, 3, 1), "event", "<i>x</i>", "<script>alert(1)</script> at $5 vs $10 =1+1")]
    chart = run_chart(SERIES, ANSWER, hostile)
    shown = chart.remarks._repr_html_()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; at $5 vs $10 =1+1" in shown
    assert "<script" not in shown + chart.svg()
    assert "<i>" not in shown


def test_small_lines_bear_ticks_without_letters():
    answer = scorecard(SERIES)
    chart = trend_lines(answer, TWO)
    assert [round(place, 1) for place in chart.spec["rows"][0]["marked"]] == [25.5, 27.7]
    assert chart.says.endswith("Small triangles over the lines mark the events and decisions of the case.")
    assert chart.png()
    assert "triangles" not in trend_lines(answer).says


def test_small_axes_keep_their_size_where_nothing_is_marked():
    figure = trend_lines(scorecard(SERIES)).figure()
    FigureCanvasAgg(figure).draw()
    assert figure.axes[0].get_window_extent().height > 0.3 * figure.bbox.height
