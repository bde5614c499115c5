"""What figures draw as categories and lines: every number is one that the figure had, and each line is as long as its categories."""

import importlib
import json
import math
from pathlib import Path

import pytest

from kpikit.answer import MIME
from kpikit.figures.native import Drawn, Native, is_empty, native_of

ROOT = Path(__file__).parents[1]
KINDS = sorted(
    path.stem for path in (ROOT / "kpikit" / "figures").glob("*.py") if "\ndef draw(" in path.read_text(encoding="utf-8")
)
#: small multiples on axes of their own, a tree and a matrix: no office program has such a chart
PICTURES = {"kpi_tree", "line_matrix", "trend_lines"}


def shown():
    """Every chart of every committed notebook: its kind, what is drawn, and its table."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                found = output.get("data", {}).get(MIME, {})
                if found.get("type") == "chart":
                    yield pytest.param(found["kind"], found["spec"], found["table"], id=f"{path.stem}-{found['kind']}")


CHARTS = list(shown())


def numbers(value):
    """All numbers in nested plain values."""
    if isinstance(value, dict):
        return {number for part in value.values() for number in numbers(part)}
    if isinstance(value, list):
        return {number for part in value for number in numbers(part)}
    return {float(value)} if isinstance(value, int | float) and not isinstance(value, bool) else set()


def bars(name, *values, **more):
    return Drawn(name, list(values), **more)


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_says_what_an_office_program_could_draw(kind):
    assert hasattr(importlib.import_module(f"kpikit.figures.{kind}"), "native") == (kind not in PICTURES)


def test_every_figure_that_can_be_drawn_is_shown_in_a_notebook():
    assert {chart.values[0] for chart in CHARTS} == set(KINDS)


@pytest.mark.parametrize(("kind", "spec", "table"), CHARTS)
def test_no_number_of_a_native_chart_is_new(kind, spec, table):
    native = native_of(kind, spec)
    assert (native is None) == (kind in PICTURES)
    if native is None:
        return
    drawn = {
        number for one in native.drawn for row in (one.values, one.low, one.high, one.at) for number in row if number is not None
    }
    known = {abs(number) for number in numbers(spec) | numbers(table["rows"])}
    assert {number for number in drawn if abs(number) not in known} == set()
    assert drawn
    assert not any(math.isnan(number) for number in drawn)


@pytest.mark.parametrize(("kind", "spec", "table"), CHARTS)
def test_each_line_is_as_long_as_its_categories(kind, spec, table):
    native = native_of(kind, spec)
    for drawn in native.drawn if native else ():
        assert len(drawn.values) == len(drawn.at if native.form == "scatter" else native.categories)
        assert len(drawn.low) == len(drawn.high)
        assert len(drawn.low) in (0, len(drawn.values))
        assert len(drawn.labels) in (0, len(drawn.values))
        assert all(isinstance(name, str) for name in [drawn.name, *native.categories])


@pytest.mark.parametrize(("kind", "spec", "table"), CHARTS)
def test_a_value_lies_within_its_limits(kind, spec, table):
    native = native_of(kind, spec)
    for drawn in native.drawn if native else ():
        for low, value, high in zip(drawn.low, drawn.values, drawn.high, strict=True) if drawn.low else ():
            assert low is None or value is None or low <= value <= high


def test_a_figure_without_marks_has_no_native_chart():
    empty = {"rows": [], "x_label": "Share"}
    assert native_of("share_bars", empty) is None
    assert is_empty("share_bars", empty)


def test_a_chart_that_no_office_program_has_is_not_an_empty_one():
    rows = [{"unit": unit} for unit in ("percent", "money")]
    assert native_of("bullet_graphs", {"rows": rows}) is None
    assert not is_empty("bullet_graphs", {"rows": rows})


def test_a_run_chart_holds_its_values_levels_and_marks():
    spec = {
        "periods": ["week of 2026-01-05", "week of 2026-01-12", "week of 2026-01-19"], "value": [0.1, None, 0.3], "low": [0.05, None, 0.2],
        "high": [0.2, None, 0.4], "unit": "percent", "x_label": "week", "y_label": "Rate", "changed_at": 1.0, "expected": None,
        "before": {"value": 0.1, "first": "week of 2026-01-05", "last": "week of 2026-01-05"}, "benchmark": None,
        "after": {"value": 0.3, "first": "week of 2026-01-19", "last": "week of 2026-01-19"}, "target": {"value": 0.25},
    }  # fmt: skip
    native = native_of("run_chart", spec)
    assert native.categories == ["2026-01-05", "2026-01-12", "2026-01-19"]
    assert [(one.name, list(one.values)) for one in native.drawn] == [
        ("each week", [0.1, None, 0.3]),
        ("before, pooled: 10.0%", [0.1, None, None]),
        ("after, pooled: 30.0%", [None, None, 0.3]),
        ("target 25.0%", [0.25, 0.25, 0.25]),
    ]
    assert [one.dashed for one in native.drawn] == [False, True, True, True]
    assert (native.drawn[0].low, native.drawn[0].high) == ([0.05, None, 0.2], [0.2, None, 0.4])


def steps(*changes):
    """The rows of a waterfall that begins at 0.2."""
    rows, level = [{"label": "before", "step": False, "from": 0.0, "to": 0.2}], 0.2
    for number, change in enumerate(changes):
        step = {"label": f"part {number}", "step": True, "from": level, "to": round(level + change, 9), "change": change}
        step |= {"low": round(change - 0.01, 9), "high": None if change < -0.2 else round(change + 0.01, 9)}
        rows.append(step)
        level = step["to"]
    return {"rows": [*rows, {"label": "after", "step": False, "from": 0.0, "to": level}], "unit": "percent", "y_label": "Rate"}


def test_the_steps_of_a_waterfall_stand_on_what_lifts_them():
    lift, levels, up, down = native_of("waterfall", steps(0.1, -0.05)).drawn
    assert lift.hidden
    assert lift.values == pytest.approx([None, 0.2, 0.25, None])
    assert levels.values == [0.2, None, None, 0.25]
    assert (up.values, down.values) == ([None, 0.1, None, None], [None, None, 0.05, None])
    assert (up.labels[1], down.labels[2]) == ("▲ +10.0 pp", "▼ -5.0 pp")


def test_a_step_of_a_waterfall_is_named_with_its_interval():
    names = native_of("waterfall", steps(0.1, -0.3)).categories
    assert names == ["before", "part 0 (+9.0 to +11.0 pp)", "part 1 (at least -31.0 pp)", "after"]


def test_a_waterfall_has_no_set_of_bars_for_a_direction_that_no_step_has():
    assert [one.name for one in native_of("waterfall", steps(0.1, 0.2)).drawn if not one.hidden] == ["value, pooled", "a step up"]
    assert [one.name for one in native_of("waterfall", steps(-0.1)).drawn if not one.hidden] == ["value, pooled", "a step down"]


def test_a_waterfall_that_goes_below_zero_is_not_stacked():
    native = native_of("waterfall", steps(-0.3))
    assert native.form == "column"
    assert [list(one.values) for one in native.drawn] == [[0.2, None, -0.1], [None, -0.3, None]]


def test_a_conversion_curve_is_a_step_from_zero_up_to_the_horizon():
    spec = {
        "day": [2, 5],
        "share": [0.1, 0.3],
        "share_low": [0.05, 0.2],
        "share_high": [0.2, 0.4],
        "end": 10,
        "x_label": "",
        "y_label": "",
    }
    (curve,) = native_of("conversion_curve", spec).drawn
    assert list(zip(curve.at, curve.values, strict=True)) == [(0, 0), (2, 0), (2, 0.1), (5, 0.1), (5, 0.3), (10, 0.3)]
    assert (curve.low, curve.high) == ([None, None, 0.05, None, 0.2, None], [None, None, 0.2, None, 0.4, None])
    assert not curve.marked
    assert is_empty("conversion_curve", {**spec, "day": []})


def test_kinds_of_rows_stand_in_one_line_and_sides_beside_each_other():
    told = Native("bar", ["a", "b"], [bars("leads", 1, None), bars("others", None, 2)], "number")
    sides = Native("bar", ["a", "b"], [bars("before", 1, None), bars("after", 3, 2)], "number")
    alone = Native("bar", ["a", "b"], [bars("value", 1, 2), bars("target", 2, 2, dashed=True)], "number")
    assert (told.apart, sides.apart, alone.apart) == (True, False, False)


@pytest.mark.parametrize(
    ("unit", "signed", "times", "written"),
    [
        ("percent", False, 1, "0.0%"),
        ("percent", True, 100, '+0.0" pp";-0.0" pp";0.0" pp"'),
        ("points", False, 100, "0.0"),
        ("money", True, 1, "+#,##0.00;-#,##0.00;#,##0.00"),
        ("count", False, 1, "#,##0"),
        ("days", False, 1, "0.0"),
    ],
)
def test_a_change_of_a_rate_is_in_percentage_points(unit, signed, times, written):
    native = Native("bar", ["a"], [bars("value", 0.1)], unit, signed=signed)
    assert (native.times, native.number_format) == (times, written)
