"""kpikit.answer: how answers and checks look, as text, HTML and plain JSON."""

import json
import math
from dataclasses import FrozenInstanceError
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit import words
from kpikit.answer import MIME, Answer, Check, Checklist, plain, readable, readable_html

CALM = settings(deadline=None, derandomize=True, max_examples=100)
NAN, INF = float("nan"), float("inf")
SIDE = {"numerator": 15, "denominator": 100, "value": 0.15, "low": 0.1, "high": 0.2, "band": None}
VERDICT = {
    "name": "Rate <A>", "unit": "percent", "counts": "flow", "confidence": 0.95, "before": SIDE, "after": SIDE | {"value": 0.25},
    "change": {"value": 0.1, "low": NAN, "high": None}, "direction": "not known", "third": 1 / 3,
}  # fmt: skip
CHECKS = (Check("gaps", False, "May < June."), Check("fresh", True, "Yes."), Check("trend", None, "Not looked at."))
TABLE = pd.DataFrame({"segment": ["all", "a & b"], "value": [2 / 3, NAN], "low": [0.6, NAN], "high": [INF, NAN]})
ANSWER = Answer("compare", VERDICT, TABLE, CHECKS, {"course": pd.DataFrame({"period": pd.PeriodIndex(["2025-01"], freq="M")})})
HEADLINE = "Rate <A> went from 15.0% to 25.0% (+10.0 pp, and no interval can be given)."
TWO_POINTS = "Two points: trend, season and noise not checked."


def strict(value):
    """As JSON that refuses NaN and infinity."""
    return json.loads(json.dumps(value, allow_nan=False))


# answers


def test_an_answer_says_its_bottom_line_first():
    assert ANSWER.headline == HEADLINE
    assert ANSWER.sentences == [HEADLINE, TWO_POINTS]
    assert ANSWER.says == words.Said(f"{HEADLINE}\n{TWO_POINTS}")


def test_an_answer_as_text_is_its_sentences_and_then_its_checks():
    assert str(ANSWER) == repr(ANSWER)
    assert str(ANSWER).splitlines() == [
        HEADLINE,
        TWO_POINTS,
        "[look] gaps: May < June.",
        "[passed] fresh: Yes.",
        "[not checked] trend: Not looked at.",
    ]


def test_an_answer_without_checks_ends_with_its_sentences():
    assert str(Answer("compare", VERDICT, TABLE)).splitlines() == [HEADLINE, TWO_POINTS]


def test_a_part_of_an_answer_can_be_asked_for_by_name():
    assert ANSWER.say("change") == HEADLINE
    assert ANSWER.say("change")._repr_html_() == f"<p>{HEADLINE.replace('<', '&lt;').replace('>', '&gt;')}</p>"


def test_an_answer_is_frozen():
    with pytest.raises(FrozenInstanceError):
        ANSWER.verdict = {}


def test_an_answer_displays_as_text_html_and_plain_values():
    bundle = ANSWER._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.kpikit+json"}
    assert bundle["text/plain"] == str(ANSWER)
    assert bundle["text/html"].startswith(
        '<div class="kpikit answer"><p class="headline"><strong>Rate &lt;A&gt; went from 15.0% to 25.0% '
        f"(+10.0 pp, and no interval can be given).</strong></p><p>{TWO_POINTS}</p><table"
    )
    assert "<td>a &amp; b</td>" in bundle["text/html"]


def test_the_plain_values_of_an_answer_are_rounded_and_free_of_nan():
    payload = ANSWER._repr_mimebundle_()[MIME]
    assert strict(payload) == payload
    assert list(payload) == ["type", "question", "headline", "sentences", "verdict", "table", "more", "checks"]
    assert (payload["type"], payload["question"], payload["headline"]) == ("answer", "compare", HEADLINE)
    assert payload["verdict"]["third"] == 0.333333
    assert payload["verdict"]["change"] == {"value": 0.1, "low": None, "high": None}
    assert payload["table"] == {
        "columns": ["segment", "value", "low", "high"],
        "rows": [["all", 0.666667, 0.6, None], ["a & b", None, None, None]],
    }
    assert payload["more"] == {"course": {"columns": ["period"], "rows": [["2025-01"]]}}
    assert payload["checks"][2] == {"name": "trend", "passed": None, "sentence": "Not looked at."}


# checks


@pytest.mark.parametrize(
    ("passed", "mark"), [(True, "passed"), (False, "look"), (None, "not checked"), (np.bool_(True), "passed")]
)
def test_a_check_that_could_not_be_made_has_neither_passed_nor_failed(passed, mark):
    assert Check("a", passed, "b").mark == mark


def test_a_checklist_displays_as_an_escaped_table():
    html = ANSWER.checklist._repr_html_()
    assert html.startswith(
        '<table class="kpikit checks"><thead><tr><th>outcome</th><th>check</th><th>what was seen</th></tr></thead><tbody>'
        '<tr class="look"><td>look</td><th scope="row">gaps</th><td>May &lt; June.</td></tr>'
    )
    assert '<tr class="not-checked"><td>not checked</td>' in html
    assert repr(Checklist(())) == ""


# tables that people read


def read(unit="percent", **columns):
    return readable(pd.DataFrame({name: [cell] for name, cell in columns.items()}), unit).iloc[0].to_dict()


def test_limits_stand_behind_their_value():
    assert read(value=0.15, low=0.11, high=0.2) == {"value": "15.0% (11.0 to 20.0%)"}
    assert read(change=0.1, change_low=-0.06, change_high=0.14) == {"change": "+10.0 pp (-6.0 to +14.0 pp)"}
    assert read(relative=0.667, relative_low=0.358, relative_high=1.051) == {"relative": "+66.7% (+35.8 to +105.1%)"}


def test_counts_stand_behind_before_and_after():
    assert read(before=0.15, before_numerator=150, before_denominator=1000) == {"before": "15.0% (150 of 1,000)"}
    assert read(after=0.4, after_numerator=Decimal("640.5"), after_denominator=1600) == {"after": "40.0% (640.5 of 1,600)"}


def test_what_is_missing_is_an_empty_cell():
    assert read(value=NAN, low=NAN, high=NAN, band=None, period=pd.NaT) == {"value": "", "band": "", "period": ""}
    assert read(value=0.15, low=NAN, high=NAN) == {"value": "15.0%"}
    assert read(before=NAN, before_numerator=0, before_denominator=0) == {"before": ""}


def test_a_relative_change_without_a_bound_shows_no_interval():
    assert read(relative=0.5, relative_low=0.1, relative_high=INF) == {"relative": "+50.0%"}


def test_an_interval_open_on_one_side_says_so():
    assert read(change=0.1, change_low=0.05, change_high=INF) == {"change": "+10.0 pp (at least +5.0 pp)"}


def test_counts_have_separators_texts_stay_and_names_lose_their_underscores():
    assert read(numerator=12345, denominator=np.int64(1000), band_before="low", flag=True, period=pd.Period("2025-01", "M")) == {
        "numerator": "12,345", "denominator": "1,000", "band before": "low", "flag": "True", "period": "2025-01",
    }  # fmt: skip


def test_another_unit_is_shown_without_percent():
    assert read("number", value=2.5, low=1.0, high=4.0, target=3.0) == {"value": "2.50 (1.00 to 4.00)", "target": "3.00"}


def test_the_table_itself_is_left_as_it_is():
    before = TABLE.copy()
    readable(TABLE, "percent")
    pd.testing.assert_frame_equal(TABLE, before)


def test_html_leaves_out_empty_columns_breaks_before_brackets_and_escapes():
    html = readable_html(
        pd.DataFrame({"segment": ["<i>"], "value": [0.15], "low": [0.11], "high": [0.2], "band": [None]}), "percent"
    )
    assert "<th>band</th>" not in html
    assert "<td>15.0%<br>(11.0 to 20.0%)</td>" in html
    assert "<td>&lt;i&gt;</td>" in html


def test_a_long_text_is_not_cut_in_html():
    name = "Customers who bought a dearer version, an added feature or an added service"
    assert f"<td>{name}</td>" in readable_html(pd.DataFrame({"segment": [name]}), "percent")


def test_a_table_without_rows_still_displays():
    html = readable_html(pd.DataFrame({"segment": [], "value": [], "low": [], "high": []}), "percent")
    assert "<th>segment</th>" in html
    assert "<td>" not in html


# plain values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2 / 3, 0.666667), (123456789.0, 123457000.0), (1e-12, 1e-12), (NAN, None), (INF, None), (-INF, None), (np.float64(0.1), 0.1),
        (np.float32("nan"), None), (np.int64(7), 7), (True, True), (None, None), ("nan", "nan"), (2**70, 2**70),
        (Decimal("1E+3"), "1000"), (Decimal("0.10"), "0.10"), (date(2025, 1, 2), "2025-01-02"), (datetime(2025, 1, 2, 3, 4), "2025-01-02 03:04"),
        (pd.Timestamp("2025-01-02"), "2025-01-02"), (pd.NaT, None), (pd.Period("2025Q1", "Q"), "2025Q1"), ((1, [2.0, NAN]), [1, [2.0, None]]),
        ({1: {"a": (INF,)}}, {"1": {"a": [None]}}),
    ],
)  # fmt: skip
def test_a_value_becomes_plain(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), pd.NA], ids=str)
def test_a_number_that_is_none_becomes_none_whatever_type_holds_it(value):
    assert plain(value) is None


def test_a_truth_of_numpy_becomes_a_plain_one():
    assert plain(np.bool_(True)) is True


def test_a_frame_becomes_its_columns_and_rows():
    frame = pd.DataFrame({"n": [1, 2], "value": [0.5, NAN], "band": ["low", None], "when": [pd.Timestamp("2025-01-02"), pd.NaT]})
    assert plain(frame) == {
        "columns": ["n", "value", "band", "when"],
        "rows": [[1, 0.5, "low", "2025-01-02"], [2, None, None, None]],
    }


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.floats().map(np.float64), st.floats(width=32).map(np.float32),
    st.integers(-(2**63), 2**63 - 1).map(np.int64), st.decimals(-(10**12), 10**12, places=3), st.dates(), st.datetimes(),
    st.text(),
)  # fmt: skip
NESTED = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner), st.lists(inner).map(tuple)), max_leaves=10
)


@CALM
@given(NESTED)
def test_whatever_is_made_plain_is_strict_json_and_stays_as_it_is(value):
    once = plain(value)
    assert strict(once) == once
    assert plain(once) == once


@CALM
@given(st.lists(st.tuples(st.floats(), st.one_of(st.none(), st.floats(), st.integers()), st.text()), max_size=5))
def test_a_frame_made_plain_holds_no_nan(rows):
    made = plain(pd.DataFrame(rows, columns=["a", "b", "c"]))
    assert strict(made) == made
    assert len(made["rows"]) == len(rows)


@CALM
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_keeps_six_digits(number):
    assert math.isclose(plain(number), number, rel_tol=5.000001e-6, abs_tol=1e-300)
    assert len(f"{Decimal(repr(plain(number))):e}".split("e")[0].strip("-0").replace(".", "").rstrip("0")) <= 6
