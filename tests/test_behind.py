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


def test_each_row_has_its_own_unit_where_the_figure_names_them():
    rows = [{"name": "rate", "unit": "percent"}, {"name": "money", "unit": "money"}]
    assert cells(numbers(shown(MIXED, rows=rows))) == ["rate", "12.5%", "money", "1,234.50"]
    assert cells(numbers(shown(MIXED[::-1], rows=rows))) == ["money", "1,234.50", "rate", "12.5%"]


def test_a_figure_without_a_unit_has_that_of_the_answer():
    assert cells(numbers(shown(MIXED[:1]), "percent")) == ["rate", "12.5%"]
    assert cells(numbers(shown(MIXED[:1]))) == ["rate", "0.12"]


def test_an_effect_is_a_change_of_the_unit_and_what_a_line_is_drawn_from_is_a_value_of_it():
    table = pd.DataFrame(
        {"effect": [0.066], "effect_low": [0.055], "effect_high": [0.077], "trend": [0.15], "limit_low": [0.136]}
    )
    assert cells(numbers(shown(table, unit="percent"))) == ["+6.6 pp<br>(+5.5 to +7.7 pp)", "15.0%", "13.6%"]


def test_the_limits_of_a_change_are_changes_where_no_value_stands_and_yes_and_no_are_words():
    steps = {"step": [False, True], "from": [0.0, 0.148], "low": [None, 0.013], "high": [None, 0.029], "change": [None, 0.021]}
    assert cells(numbers(shown(pd.DataFrame(steps), unit="percent"))) == [
        "no", "0.0%", "", "yes", "14.8%", "+2.1 pp<br>(+1.3 to +2.9 pp)",
    ]  # fmt: skip


def test_what_is_missing_among_mixed_values_is_empty_and_numbers_among_them_have_separators():
    mixed = pd.DataFrame({"what": ["a", "b", "c"], "worth": pd.Series([None, 76109.3, "none"], dtype=object)})
    assert cells(numbers(shown(mixed))) == ["a", "", "b", "76,109.3", "c", "none"]


def test_a_very_long_word_may_go_on_below_and_a_tag_or_a_number_is_never_broken():
    name, number = "x" * 45, "1" * 40
    told = clean(pd.DataFrame({"n": [f"{name} & {number}"]}).to_html(classes="a" * 50))
    assert f"<td>{'x' * 20}<wbr>{'x' * 20}<wbr>{'x' * 5} &amp; {number}</td>" in told
    assert f'class="dataframe {"a" * 50}"' in told


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
