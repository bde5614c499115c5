"""The numbers behind a figure: its whole table, with units, under its title; what the notebook shows of it is not told twice."""

import re

import pandas as pd
import pytest

from kpikit.report.behind import numbers, shown_behind
from kpikit.report.cells import clean, scrolled
from kpikit.report.told import Shown

RATES = pd.DataFrame({"period": ["2025-01", "2025-02"], "value": [0.125, 0.25], "low": [0.1, 0.2], "high": [0.15, 0.3]})
MIXED = pd.DataFrame({"name": ["rate", "money"], "value": [0.125, 1234.5]})


def shown(table, **spec):
    return Shown("run_chart", {"alt": "a", "says": "b", "title": "Did it <rise>?"} | spec, table, b"", "")


def cells(html):
    return re.findall(r"<td[^>]*>(.*?)</td>", html)


def test_the_whole_table_is_folded_under_the_figure_s_title_in_its_unit():
    told = numbers(shown(RATES, unit="percent"))
    assert told.startswith('<details class="behind"><summary>the numbers behind “Did it &lt;rise&gt;?”</summary>')
    assert cells(told) == ["2025-01", "12.5%<br>(10.0 to 15.0%)", "2025-02", "25.0%<br>(20.0 to 30.0%)"]


def test_numbers_of_several_units_stand_bare():
    assert cells(numbers(shown(MIXED))) == ["rate", "0.125", "money", "1,234.5"]


def test_shares_are_percent_also_where_the_figure_names_no_unit():
    assert cells(numbers(shown(pd.DataFrame({"group": ["a"], "share": [0.5]})))) == ["a", "50.0%"]


def test_a_figure_without_numbers_has_no_table_and_a_long_one_is_marked():
    assert numbers(shown(RATES[:0], unit="percent")) == ""
    assert numbers(shown(pd.concat([RATES] * 31), unit="percent")).startswith('<details class="behind long">')


@pytest.mark.parametrize(
    ("frame", "told"), [(RATES.tail(1), True), (RATES, True), (MIXED, False), (RATES[["value", "period"]], False)]
)
def test_a_frame_of_the_same_columns_is_told_already(frame, told):
    output = {"data": {"text/html": frame.to_html(border=1)}}
    assert shown_behind(output, [shown(RATES)]) is told
    assert not shown_behind({"data": {"text/plain": "1"}}, [shown(RATES)])


def test_each_header_says_what_it_heads_and_an_empty_one_is_none():
    told = clean(pd.DataFrame({"n": [1]}, index=["a"]).to_html())
    assert re.findall(r"<t[hd].*?</t[hd]>", told) == [
        "<td></td>",
        '<th scope="col">n</th>',
        '<th scope="row">a</th>',
        "<td>1</td>",
    ]


def test_a_table_can_be_scrolled_without_a_mouse_and_a_text_needs_no_stop():
    assert scrolled("<table></table>") == '<div class="shown" role="group" aria-label="table" tabindex="0"><table></table></div>'
    assert scrolled("<p>a</p>") == '<div class="shown"><p>a</p></div>'
