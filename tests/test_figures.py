"""Charts: alt text, the same picture each time, hostile names, and specs that a report can draw again."""

import io
import json
import warnings
from dataclasses import replace
from datetime import date
from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kpikit.answer import MIME, plain
from kpikit.figures.bullet_graph import bullet_graph
from kpikit.figures.chart import ACCENT, Chart, change_ticks, spread_apart, wrapped
from kpikit.figures.control_chart import control_chart
from kpikit.figures.dumbbell import MOST, dumbbell
from kpikit.figures.effect_course import effect_course
from kpikit.figures.forest_plot import forest_plot
from kpikit.figures.placebos import placebo_plot
from kpikit.figures.run_chart import run_chart
from kpikit.figures.waterfall import waterfall
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.questions.scorecard import scorecard
from kpikit.stats.signal import BEYOND, RUN
from kpikit.tables import read_table
from kpikit.words import between, change


def counted(rows, variant="all_subscribers"):
    frame = pd.DataFrame(rows, columns=["period", "region", "numerator", "denominator"])
    table = read_table(frame, kind="counts", segments=["region"])
    return measure("upgrade_rate", table, variant=variant, window="month", as_of=date(2026, 1, 1))


def measured(segments=("EU", "US"), months=8, variant="all_subscribers"):
    periods = [str(p) for p in pd.period_range("2025-01", periods=months, freq="M")]
    return counted(
        [(period, name, 150 + 10 * i + j, 1000) for i, period in enumerate(periods) for j, name in enumerate(segments)], variant
    )


def answered_charts(answer):
    figures = (forest_plot, waterfall, effect_course, placebo_plot, control_chart, dumbbell)
    return [figure(answer) for figure in figures]


def charts(series=None, events=None, changed_on=date(2025, 5, 1)):
    series = series or measured()
    answer = before_after(series, changed_on, target=0.25)
    return [run_chart(series, answer, events), bullet_graph(series, answer), *answered_charts(answer)]


usual = cache(charts)


@cache
def shown(number):
    """What a notebook gets of the usual charts."""
    return usual()[number]._repr_mimebundle_()


@cache
def fallen(after=6):
    """Two regions over two years and some months, a drop of 100 in 1,000 in Europe, whose share grows; the wobble is fixed."""
    rows = []
    for i, period in enumerate(pd.period_range("2023-01", periods=24 + after, freq="M")):
        wobble = (7 * i) % 11 - 5
        rows.append((str(period), "Europe", 300 + wobble - (100 if i >= 24 else 0), 1000))
        rows.append((str(period), "Asia", 150 + wobble // 2, 1000 if i < 24 else 800))
    series = counted(rows)
    return series, before_after(series, date(2025, 1, 1))


ALL = range(8)


@pytest.mark.parametrize("number", ALL)
def test_a_chart_shows_a_png_with_its_alt_text(number):
    chart, (data, metadata) = usual()[number], shown(number)
    assert Image.open(io.BytesIO(data["image/png"])).size[0] > 1000
    assert data["text/plain"] == metadata["image/png"]["alt"] == chart.alt
    assert chart.alt.endswith(".")


@pytest.mark.parametrize("number", ALL)
def test_a_chart_is_drawn_again_from_what_the_notebook_holds(number):
    series, answer = fallen()
    chart = [run_chart(series, answer), bullet_graph(series, answer), *answered_charts(answer)][number]
    held = json.loads(json.dumps(chart.payload, allow_nan=False))
    assert held["spec"] == chart.spec
    again, drawn = Chart.from_payload(held), chart.svg()
    assert again.svg() == drawn
    assert "<dc:date>" not in drawn
    assert again.alt == chart.alt


def test_what_a_notebook_holds_of_a_chart_is_its_kind_its_spec_and_its_table():
    chart = usual()[0]
    assert shown(0)[0][MIME] == {"type": "chart", "kind": "run_chart", "spec": chart.spec, "table": plain(chart.table)}


def test_the_same_chart_is_the_same_to_the_byte():
    for number, again in enumerate(charts()):
        assert again.png() == shown(number)[0]["image/png"]


def test_a_chart_is_the_same_whatever_a_matplotlibrc_of_the_machine_says():
    chart = usual()[0]
    own = shown(0)[0]["image/png"], chart.svg()
    with mpl.rc_context({"lines.linewidth": 9, "savefig.bbox": "tight", "axes.facecolor": "red", "figure.dpi": 33}):
        assert (chart.png(), chart.svg()) == own


HOSTILE = ["$$", "$5 vs $10", "_hidden", "<script>alert(1)</script>", "a\nb", "日本", "x" * 300, "%s {0}", "\\frac{1}{2}"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure(name):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*collapsed to zero.*")
        every = charts(measured(segments=(name, "US")), events={"2025-02-03": name})
        bearing = [chart for chart in every if json.dumps(name)[1:-1] in json.dumps(chart.spec)]  # no other chart can be broken
        assert {chart.kind for chart in bearing} >= {"run_chart", "dumbbell"}
        for chart in bearing:
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
    bands = usual()[0].spec["bands"]
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
    chart = charts(measured(segments=[f"s{i:02}" for i in range(40)]))[-1]
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


def test_a_long_name_keeps_its_first_and_its_last_words():
    assert wrapped("one two three four five six seven", 9, lines=2) == "one two\n… seven"
    assert wrapped("one two three", 9, lines=2) == "one two\nthree"
    assert max(map(len, wrapped("x" * 300, 40, lines=2).split("\n"))) <= 40


def test_an_axis_of_changes_is_signed_and_in_its_unit():
    assert [change_ticks("percent")(tick, 0) for tick in (-0.025, 0.0, 0.1)] == ["-2.5 pp", "0 pp", "+10 pp"]
    assert [change_ticks("number")(tick, 0) for tick in (-2.5, 0.0, 10.0)] == ["-2.5", "0", "+10"]


def with_verdict(answer, **more):
    return replace(answer, verdict={**answer.verdict, **more})


def plainly(value):
    return pytest.approx(value, rel=1e-5, nan_ok=True)  # a spec holds six digits


def drawn(chart, marker, face=None):
    """How many points are drawn with a marker, leaving out the key's empty lines."""
    lines = [line for axes in chart.figure().axes for line in axes.lines if line.get_marker() == marker]
    return sum(len(line.get_xdata()) for line in lines if face is None or line.get_markerfacecolor() == face)


def test_the_run_chart_draws_what_would_have_gone_on():
    series, answer = fallen()
    spec, course = run_chart(series, answer).spec, answer.more["course"]
    for name, column in (("value", "expected"), ("low", "expected_low"), ("high", "expected_high")):
        assert np.array(spec["expected"][name], dtype=float) == plainly(course[column].to_numpy())
    assert spec["expected"]["after"] == [False] * 24 + [True] * 6
    assert spec["expected"]["low"][:24] == [None] * 24


def test_the_gap_of_the_run_chart_is_the_effect_of_the_headline():
    series, answer = fallen()
    chart, effect = run_chart(series, answer), answer.verdict["effect"]
    told, course = chart.spec["expected"], answer.more["course"].tail(6)
    assert told["gap"] == plainly(effect)
    assert told["gap"]["value"] == plainly((course["effect"] * course["denominator"]).sum() / course["denominator"].sum())
    assert chart.says.endswith(
        f" The dashed line is what would have gone on ({answer.verdict['leading']}); the gap to it averages "
        f"{change(effect['value'], 'percent')} ({between(effect['low'], effect['high'], 'percent', signed=True)})."
    )


def test_one_period_after_still_has_a_line_a_band_and_a_gap_that_can_be_seen():
    chart = run_chart(*fallen(after=1))
    axes = chart.figure().axes[0]
    areas = [area.get_datalim(axes.transData) for area in axes.collections if area.get_label().startswith(("its 95%", "gap"))]
    assert [round(area.width, 6) for area in areas] == [0.8, 0.8]
    assert [round(area.x0, 6) for area in areas] == [23.6, 23.6]


def test_a_rate_has_no_axis_below_zero_though_an_interval_reaches_there():
    series, answer = fallen()
    course = answer.more["course"].assign(expected_low=-0.5)
    chart = run_chart(series, replace(answer, more={**answer.more, "course": course}))
    assert chart.figure().axes[0].get_ylim()[0] == 0


def test_with_a_control_group_the_run_chart_draws_those_who_had_the_change():
    series, _ = fallen()
    answer = before_after(series, date(2025, 1, 1), control={"region": ["Asia"]}, start_reason="planned")
    chart = run_chart(series, answer)
    assert chart.spec["value"][:2] == plainly([0.295, 0.302])
    assert (chart.spec["expected"]["name"], answer.verdict["leading"]) == ("gap to the control continued",) * 2
    assert "its 95% interval" in [area.get_label() for area in chart.figure().axes[0].collections]


def test_a_run_chart_without_enough_periods_before_has_no_such_line():
    chart = charts(changed_on=date(2025, 3, 1))[0]
    assert chart.spec["expected"] is None
    assert "dashed" not in chart.alt


def test_the_forest_plot_shows_every_estimate_of_the_change_and_the_leading_one_first():
    _, answer = fallen()
    rows = forest_plot(answer).spec["rows"]
    changes = {row["name"]: row for row in answer.verdict["estimates"] if row["unit"] == "change"}
    assert len(changes) < len(answer.verdict["estimates"])  # the slope is no change
    assert {row["name"] for row in rows} == set(changes)
    assert [row["leads"] for row in rows] == [True] + [False] * (len(rows) - 1)
    assert rows[0]["name"] == answer.verdict["leading"]
    for row in rows:
        assert [row[end] for end in ("value", "low", "high")] == plainly(
            [changes[row["name"]][end] for end in ("value", "low", "high")]
        )
    assert len(forest_plot(answer).table) == len(rows)


def estimate(name, value, low, high, **more):
    base = {"name": name, "value": value, "low": low, "high": high, "assumes": "", "holds": True, "why": "", "unit": "change"}
    return {**base, "leads": False, **more}


def small_forest():
    estimates = [
        estimate("plain", 0.02, 0.01, 0.03, holds=False, why="season"),
        estimate("same periods a year earlier", 0.01, None, None, holds=None),
        estimate("segmented regression, slope", 9.0, 8.0, 10.0, unit="change per period"),
        estimate("difference in differences", -0.03, -0.04, -0.02, leads=True),
    ]
    answer = with_verdict(fallen()[1], estimates=estimates)
    return forest_plot(replace(answer, more={**answer.more, "estimates": pd.DataFrame(estimates)}))


def test_the_caption_of_a_forest_plot_says_who_leads_and_whose_assumption_failed():
    assert small_forest().says == (
        "The leading estimate is 'difference in differences': -3.0 pp (-4.0 to -2.0 pp). The 2 others say between +1.0 pp and +2.0 pp. "
        "The assumption failed for 'plain' (season)."
    )


def test_a_forest_plot_marks_the_leading_the_failed_and_the_unchecked_by_shape():
    chart = small_forest()
    assert (drawn(chart, "D"), drawn(chart, "s"), drawn(chart, "o"), drawn(chart, "o", "white")) == (1, 1, 1, 1)
    texts = [text.get_text() for text in chart.figure().axes[0].texts]
    assert texts == ["+1.0 pp  (no interval)", "+2.0 pp  (+1.0 to +3.0 pp)", "-3.0 pp  (-4.0 to -2.0 pp)"]
    labels = [label.get_text() for label in chart.figure().axes[0].get_yticklabels()]
    assert labels == ["same periods a year earlier", "plain\nassumption failed: season", "leads: difference in differences"]


def test_the_steps_of_a_waterfall_lead_from_before_to_after():
    _, answer = fallen()
    chart = waterfall(answer)
    first, mix, rate, last = chart.spec["rows"]
    assert (first["from"], last["from"]) == (0, 0)
    assert (mix["from"], rate["from"], rate["to"]) == (first["to"], mix["to"], plainly(last["to"]))
    assert mix["change"] == plainly(answer.verdict["origins"]["mix"]["value"])
    assert rate["change"] == plainly(answer.verdict["origins"]["rate"]["value"])
    assert last["to"] == plainly(answer.verdict["after"]["value"])


def test_segments_that_came_or_went_are_a_step_only_where_there_were_some():
    _, answer = fallen()
    parts = {**answer.verdict["origins"], "entry_exit": {"value": 0.01, "low": 0.0, "high": 0.02}}
    labels = [row["label"] for row in waterfall(with_verdict(answer, origins=parts)).spec["rows"]]
    assert labels == [
        "before, pooled",
        "mix of the segments",
        "rates inside the segments",
        "segments that came or went",
        "after, pooled",
    ]
    assert len(waterfall(answer).spec["rows"]) == 4


def test_a_waterfall_tells_up_from_down_without_colour():
    chart = waterfall(fallen()[1])
    bars = {bar.get_hatch() for bar in chart.figure().axes[0].patches}
    texts = " ".join(text.get_text() for text in chart.figure().axes[0].texts)
    assert bars - {None, ""} == {"///"}
    assert "▲ +" in texts
    assert "▼ -" in texts


def test_a_waterfall_names_the_segments_whose_rates_moved_most_as_hypotheses():
    _, answer = fallen()
    origins = pd.DataFrame({"segment": list("abcde"), "rate effect": [0.01, -0.05, np.nan, 0.03, 0.02]})
    says = waterfall(replace(answer, more={**answer.more, "origins": origins})).says
    assert says.endswith(
        "The whole was moved most by the rates of b (-5.0 pp), d (+3.0 pp) and e (+2.0 pp); these are hypotheses, not findings."
    )


def test_a_waterfall_without_segments_says_so():
    _, answer = fallen()
    chart = waterfall(replace(with_verdict(answer, origins=None), more={**answer.more, "origins": pd.DataFrame()}))
    assert [row["label"] for row in chart.spec["rows"]] == ["before, pooled", "change", "after, pooled"]
    assert chart.says.endswith("It cannot be split: the case names no segments.")
    assert chart.svg()


def test_the_course_of_an_effect_is_that_of_the_answer():
    _, answer = fallen()
    chart = effect_course(answer)
    after = answer.more["course"].tail(6)
    assert chart.spec["periods"] == ["2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06"]
    for name, column in (("value", "effect"), ("low", "effect_low"), ("high", "effect_high")):
        assert chart.spec[name] == plainly(after[column].tolist())


def test_the_course_shows_the_effect_of_the_headline_as_a_level():
    effect = {"value": -0.05, "low": -0.06, "high": -0.04}
    chart = effect_course(with_verdict(fallen()[1], effect=effect))
    assert " On average it is -5.0 pp (-6.0 to -4.0 pp)." in chart.says
    levels = [line.get_ydata()[0] for line in chart.figure().axes[0].lines if line.get_label() == "effect over all of them"]
    assert levels == [-0.05]


def test_the_course_says_its_second_half_against_its_first():
    halves = {"value": -0.02, "low": -0.03, "high": -0.01, "direction": "fell"}
    chart = effect_course(with_verdict(fallen()[1], halves=halves))
    assert chart.says.endswith("The second half lies lower than the first (-2.0 pp, 95% interval -3.0 to -1.0 pp).")
    assert effect_course(fallen(after=1)[1]).says.endswith("Too few months after to compare their halves.")


def test_where_there_is_no_effect_its_course_says_so():
    chart = charts(changed_on=date(2025, 3, 1))[4]
    assert chart.kind == "effect_course"
    assert (
        chart.says
        == "No effect by month can be given: there are too few months before the change to say what would have gone on."
    )
    assert chart.figure().axes[0].texts[0].get_text().startswith("No effect by month")


def placebos(ratios, actual, rank=1, p_value=None):
    _, answer = fallen()
    frame = pd.DataFrame(
        {"period": [f"2024-{i + 1:02}" for i in range(len(ratios))], "change": 0.0, "ratio": ratios, "actual": actual}
    )
    diagnosis = {**answer.verdict["diagnosis"], "placebo_rank": rank, "placebo_p": p_value}
    return placebo_plot(replace(with_verdict(answer, diagnosis=diagnosis), more={**answer.more, "placebos": frame}))


def test_a_placebo_plot_says_the_rank_of_the_real_date():
    chart = placebos([0.5, -1.5, np.nan, -1.2], [False, False, False, True], rank=2)
    assert chart.says == (
        "Beside its own uncertainty, the change at the real date is the 2nd largest of 3. "
        "Of 2 dates without a change, 1 shows a clear change."
    )
    assert [row["ratio"] for row in chart.spec["rows"]] == [0.5, -1.5, -1.2]
    assert "the real date" in [text.get_text() for text in chart.figure().axes[0].texts]


@pytest.mark.parametrize(("ratios", "actual"), [([], []), ([2.0], [True]), ([np.nan, 2.0], [False, True])])
def test_a_placebo_plot_without_other_dates_says_so(ratios, actual):
    chart = placebos(ratios, actual, rank=None)
    assert chart.says == "There are too few months before the change for dates without one to compare it with."
    assert chart.svg()


def test_a_control_chart_marks_each_point_that_breaks_a_rule():
    _, answer = fallen()
    rule = [BEYOND, RUN, "", *([""] * 25), BEYOND, np.nan]
    course = answer.more["course"].assign(rule=pd.Series(rule, dtype=object))
    chart = control_chart(replace(answer, more={**answer.more, "course": course}))
    assert (drawn(chart, "D"), drawn(chart, "^")) == (2, 1)
    assert [text.get_text() for text in chart.figure().axes[0].texts if text.get_color() == ACCENT] == ["1", "1", "2"]
    assert "1 of 6 months after break a rule, and 2 of 24 before." in chart.says


def test_a_control_chart_draws_the_limits_of_the_answer_and_names_its_verdict():
    _, answer = fallen()
    chart, course = control_chart(answer), answer.more["course"]
    assert chart.spec["low"] == plainly(course["limit_low"].tolist())
    assert chart.spec["high"] == plainly(course["limit_high"].tolist())
    assert chart.says.startswith("Laney's u' chart, limits ")
    assert "rules: a point beyond the limits, eight in a row on one side. Signal: shifted, the level has moved." in chart.says


def test_a_control_chart_without_limits_says_that_nothing_is_known_and_why():
    chart = usual()[6]
    assert chart.kind == "control_chart"
    assert chart.says == "Laney's u' chart. Signal: not known; control limits need 12 months before that vary."
    assert "no limits: they need 12 months before that vary" in chart.figure().axes[0].get_xlabel()


def test_figures_of_a_number_have_no_percent_sign():
    _, answer = fallen()
    for chart in answered_charts(with_verdict(answer, unit="number")):
        assert "%" not in chart.says.replace("95%", "")
        assert " pp" not in chart.alt
        assert "percentage" not in chart.alt
        assert chart.svg()


def test_missing_intervals_break_no_figure():
    series, answer = fallen()
    none = {"low": None, "high": None}
    parts = {name: part | none for name, part in answer.verdict["origins"].items()}
    rows = [row | none for row in answer.verdict["estimates"]]
    bare = with_verdict(answer, estimates=rows, origins=parts, effect=answer.verdict["effect"] | none)
    blank = dict.fromkeys(["low", "high", "expected_low", "expected_high", "effect_low", "effect_high"], np.nan)
    bare = replace(bare, more={**answer.more, "course": answer.more["course"].assign(**blank)})
    for chart in [run_chart(series, bare), *answered_charts(bare)]:
        assert "nan" not in chart.alt
        assert chart.svg()
