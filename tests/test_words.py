"""kpikit.words: numbers as people write them, and sentences rendered from plain values."""

import re
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit import compare, kpi_ids, load_kpi, value, words

CALM = settings(deadline=None, derandomize=True, max_examples=100)
NO_NUMBER = re.compile(r"\b(nan|inf|infinity|nat)\b", re.I)
ANY_FLOAT = st.one_of(st.floats(-1e15, 1e15), st.sampled_from([float("nan"), float("inf"), float("-inf")]))
FINITE = st.one_of(st.none(), st.floats(-1e12, 1e12), st.floats(-1, 1))
UNITS = st.sampled_from(["percent", "number"])

BEFORE = {
    "numerator": 150,
    "denominator": 1000,
    "value": 0.15,
    "low": 0.127,
    "high": 0.176,
    "band": "below target",
    "last": "2025-05",
    "last_value": 0.15,
    "last_band": "below target",
    "periods": 24,
    "close_to": None,
}
AFTER = {
    "numerator": 1250,
    "denominator": 5000,
    "value": 0.25,
    "low": 0.22,
    "high": 0.283,
    "band": "on target",
    "last": "2025-12",
    "last_value": 0.25,
    "last_band": None,
    "periods": 6,
    "close_to": None,
}
MONEY = {
    "currency": "USD", "per_unit": 120.0, "discount": 0.0, "cost": 20_000.0,
    "per_period": {"value": 10_000.0, "low": 6_000.0, "high": 14_000.0},
    "so_far": {"value": 60_000.0, "low": 36_000.0, "high": 84_000.0},
    "net": {"value": 40_000.0, "low": 16_000.0, "high": 64_000.0},
    "per_year": {"value": 120_000.0, "low": 72_000.0, "high": 168_000.0},
    "half_fades": {"value": 60_000.0, "low": 36_000.0, "high": 84_000.0}, "return": 2.0, "break_even": 2.0,
}  # fmt: skip
VERDICT = {
    "name": "Upgrade Rate", "unit": "percent", "counts": "flow", "confidence": 0.95, "numerator_name": "upgrades",
    "denominator_name": "subscribers", "window": "month", "changed_on": "2025-06-10", "as_of": "2026-01-15", "period": "month",
    "banded": True, "before": BEFORE, "after": AFTER, "change": {"value": 0.1, "low": 0.0603, "high": 0.1402},
    "relative": {"value": 2 / 3, "low": 0.3576, "high": 1.0509}, "direction": "rose", "target": None, "benchmark": None,
    "overall": None, "start": None, "warm_up": "0 months", "effect": {"value": 0.07, "low": 0.055, "high": 0.085},
    "leading": "before-trend continued", "family": "trend", "assumes": "the trend of before would have gone on, and the season with it",
    "grade": {"grade": "fair", "cap": "fair", "because": ["there is no control group"]},
    "decision": {"what": "keep", "why": "fair", "smallest_seen": 0.02, "wanted": 0.05, "needed": 3, "ahead": 36, "after": 6},
    "review": {"cadence": "month", "next": "2026-02-01", "owner": "Ada"},
    "worth": {"value": 500.4, "low": 301.3, "high": 701.2, "units": "upgrades", "span": "over the 6 months", "money": None},
    "simpson": False,
    "origins": {
        "rate": {"value": 0.07, "low": 0.05, "high": 0.09}, "mix": {"value": 0.03, "low": 0.02, "high": 0.04},
        "entry_exit": {"value": 0.0, "low": 0.0, "high": 0.0}, "change": {"value": 0.1, "low": 0.06, "high": 0.14},
    },
    "signal": {"seen": "shifted", "chart": "XmR chart", "needs": 12, "centre": 0.15, "low": 0.12, "high": 0.18},
    "halves": {"value": 0.01, "low": -0.01, "high": 0.03, "direction": "no clear change"},
    "farthest": {"period": "2025-12", "value": 0.09, "low": 0.06, "high": 0.12},
}  # fmt: skip
POINT = VERDICT | BEFORE | {"at": "2025-12"}
NOTHING = {"value": None, "low": None, "high": None}


# numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (7, "7"), (1000, "1,000"), (12_345_678, "12,345,678"), (-4200, "-4,200"), (2**60 + 1, "1,152,921,504,606,846,977"),
        (5.0, "5"), (0.5, "0.5"), (12.34, "12.3"), (1234.56, "1,234.6"), (Decimal("0.25"), "0.25"), (Decimal(1600), "1,600"),
        (np.int64(1600), "1,600"), (float("nan"), "n/a"), (float("inf"), "n/a"), (Decimal("-Infinity"), "n/a"),
    ],
)  # fmt: skip
def test_an_amount_has_thousands_separators_and_no_false_digits(number, text):
    assert words.amount(number) == text


@pytest.mark.parametrize("number", [np.int64(2**53 + 1), Decimal(2**53 + 1)], ids=["numpy", "decimal"])
def test_a_whole_amount_keeps_its_last_digit_whatever_type_holds_it(number):
    assert words.amount(number) == "9,007,199,254,740,993"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.15, "15.0%"), (0.1499, "15.0%"), (1.2, "120.0%"), (0.0, "0.0%"), (0.0042, "0.42%"), (0.00001, "0.001%"),
        (None, "n/a"), (float("nan"), "n/a"), (float("-inf"), "n/a"),
    ],
)  # fmt: skip
def test_a_level_is_a_percentage_with_one_decimal_or_as_many_as_show_something(value, text):
    assert words.level(value, "percent") == text


def test_a_level_in_another_unit_is_no_percentage():
    assert [words.level(value, "number") for value in (2.54, 25.4, 0.0)] == ["2.54", "25.4", "0.0"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0987, "+9.9 pp"), (-0.1, "-10.0 pp"), (0.0, "0.0 pp"), (-0.0002, "-0.02 pp"), (None, "n/a"), (float("inf"), "n/a"),
        (5e-17, "0.0 pp"), (-5e-17, "0.0 pp"), (9e-12, "0.0 pp"), (-9e-12, "0.0 pp"),
    ],
)  # fmt: skip
def test_a_change_of_a_rate_is_signed_and_in_percentage_points(value, text):
    assert words.change(value, "percent") == text


def test_a_change_in_another_unit_has_no_percentage_points():
    assert [words.change(value, "number") for value in (-2.5, 25.44)] == ["-2.50", "+25.4"]
    assert [words.change(sign * 9e-10, "number") for sign in (1, -1)] == ["0.0", "0.0"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.658, "+65.8%"), (-1.0, "-100.0%"), (0, "0.0%"), (None, "n/a"), (float("nan"), "n/a")]
)
def test_a_relative_change_is_a_signed_percentage(value, text):
    assert words.relative(value) == text


@pytest.mark.parametrize(
    ("low", "high", "signed", "text"),
    [
        (0.11, 0.2, False, "11.0 to 20.0%"),
        (-0.01, 0.05, True, "-1.0 to +5.0 pp"),
        (0.11, None, False, "at least 11.0%"),
        (None, 0.2, False, "at most 20.0%"),
        (0.01, float("inf"), True, "at least +1.0 pp"),
        (None, None, True, ""),
        (float("nan"), float("nan"), False, ""),
        (float("-inf"), float("inf"), True, ""),
    ],
)
def test_an_interval_says_only_the_ends_it_has(low, high, signed, text):
    assert words.between(low, high, "percent", signed=signed) == text


@CALM
@given(ANY_FLOAT, UNITS)
def test_no_number_is_ever_written_as_nan_or_infinity(number, unit):
    written = [words.amount(number), words.level(number, unit), words.change(number, unit), words.relative(number)]
    written += [words.between(number, 0.5, unit, signed=True), words.between(0.5, number, unit, signed=False)]
    assert [text for text in written if NO_NUMBER.search(text)] == []


@CALM
@given(st.floats(-1e6, 1e6).filter(lambda number: abs(number) > 1e-9), UNITS)
def test_what_is_not_zero_is_never_written_as_zero_and_keeps_its_sign(number, unit):
    for text in (words.change(number, unit), words.relative(number)):
        assert text[0] == ("+" if number > 0 else "-")
        assert float(re.sub(r"[%p ]", "", text)) != 0
    assert float(words.level(number, unit).removesuffix("%")) != 0


# words, lists and dates


def test_a_list_is_joined_as_a_sentence_does():
    joined = [words.listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])]
    assert joined == ["", "a", "a and b", "a, b and c"]
    assert words.listed(["a", "b", "c"], "or") == "a, b or c"


def test_a_number_takes_its_noun_in_one_or_many():
    assert [words.counted(n, "month") for n in (0, 1, 2, 1200)] == ["0 months", "1 month", "2 months", "1,200 months"]
    assert words.counted(2, "entry", "entries") == "2 entries"


def test_a_near_word_is_offered_and_else_the_choices():
    assert words.near("plam", ["plan", "region"]) == "did you mean 'plan'?"
    assert words.near("xyz", ["plan", "region"]) == "there is plan, region"
    assert words.near("xyz", []) == "there is none"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (date(2025, 1, 2), "2025-01-02"),
        (datetime(2025, 1, 2), "2025-01-02"),
        (datetime(2011, 12, 9, 12, 50), "2011-12-09 12:50"),
        (datetime(2025, 1, 2, 0, 0, 7), "2025-01-02 00:00:07"),
        (pd.Timestamp("2025-01-02"), "2025-01-02"),
    ],
)
def test_a_date_is_written_as_iso_does_with_the_time_only_where_there_is_one(moment, text):
    assert words.day(moment) == text


@pytest.mark.parametrize(
    ("window", "counts", "text"),
    [
        ("month", "flow", "per month"),
        ("quarter", "stock", "in a quarter"),
        ("year", "quantity", "in a year"),
        ("30 days", "cohort", "within 30 days"),
        ("month", "cohort", "within a month"),
        ("ever", "cohort", "at any later time"),
    ],
)
def test_a_window_is_said_as_what_is_counted_needs_it(window, counts, text):
    assert words.per_window(window, counts) == text


def test_what_is_said_displays_as_escaped_paragraphs():
    said = words.Said("a < b\nc & d")
    assert said == "a < b\nc & d"
    assert said._repr_html_() == "<p>a &lt; b</p><p>c &amp; d</p>"


def test_a_list_in_html_is_escaped():
    assert words.html_list(["a", "<b>"]) == "<ul><li>a</li><li>&lt;b&gt;</li></ul>"


# whether it moved


def test_a_rise_says_from_what_to_what_how_surely_and_which_bands():
    assert words.change_sentence(VERDICT) == (
        "Upgrade Rate rose from 15.0% to 25.0% per month after 2025-06-10 (+10.0 pp, 95% interval +6.0 to +14.0 pp); "
        "below target before, on target after."
    )


def test_a_fall_within_a_band_says_that_it_is_still_the_same():
    moved = {"value": -0.02, "low": -0.03, "high": -0.01}
    verdict = VERDICT | {"direction": "fell", "change": moved, "after": BEFORE | {"value": 0.13}}
    assert words.change_sentence(verdict) == (
        "Upgrade Rate fell from 15.0% to 13.0% per month after 2025-06-10 (-2.0 pp, 95% interval -3.0 to -1.0 pp); "
        "still below target."
    )


def test_no_clear_change_is_not_called_a_rise():
    moved = {"value": 0.1, "low": -0.01, "high": 0.2}
    verdict = VERDICT | {"direction": "no clear change", "change": moved, "after": AFTER | {"band": None}}
    assert words.change_sentence(verdict) == (
        "Upgrade Rate shows no clear change after 2025-06-10: from 15.0% to 25.0% per month "
        "(+10.0 pp, 95% interval -1.0 to +20.0 pp)."
    )


def test_without_an_interval_nothing_is_said_to_have_moved():
    verdict = VERDICT | {"direction": "not known", "change": NOTHING | {"value": 0.1}, "window": None, "changed_on": None}
    assert words.change_sentence(verdict) == (
        "Upgrade Rate went from 15.0% to 25.0% (+10.0 pp, and no interval can be given); below target before, on target after."
    )


@pytest.mark.parametrize(
    ("limits", "said"), [({"low": 0.1, "high": None}, "at least +10.0 pp"), ({"low": None, "high": 0.2}, "at most +20.0 pp")]
)
def test_an_interval_open_on_one_side_is_said_on_one_side(limits, said):
    text = words.change_sentence(VERDICT | {"change": {"value": 0.15} | limits})
    assert f"(+15.0 pp, 95% interval {said})" in text


def test_a_relative_change_is_labelled_so():
    assert words.PARTS["relative"](VERDICT) == (
        "Relative to before, the plain change is +66.7% (95% interval +35.8% to +105.1%)."
    )


def test_a_relative_change_without_a_bound_has_no_interval_and_without_a_value_no_sentence():
    ratio = {"value": 0.5, "low": 0.1, "high": None}
    assert words.PARTS["relative"](VERDICT | {"relative": ratio}) == "Relative to before, the plain change is +50.0%."
    assert words.PARTS["relative"](VERDICT | {"relative": NOTHING}) == ""


# the effect


def test_the_headline_of_a_rise_says_the_levels_and_what_of_them_is_left():
    assert words.moved_sentence(VERDICT) == (
        "Upgrade Rate went from 15.0% to 25.0% per month after 2025-06-10; against what would have gone on it rose "
        "(+7.0 pp, 95% interval +5.5 to +8.5 pp): fair evidence; below target before, on target after."
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leading": "plain"}, "; compared plainly, it rose (+7.0 pp, 95% interval +5.5 to +8.5 pp): fair evidence;"),
        (
            {"leading": "gap to the control continued", "family": "gap"},
            "; against the control group it rose (+7.0 pp, 95% interval +5.5 to +8.5 pp): fair evidence;",
        ),
        (
            {"direction": "fell", "effect": {"value": -0.07, "low": -0.085, "high": -0.055}},
            "; against what would have gone on it fell (-7.0 pp, 95% interval -8.5 to -5.5 pp): fair evidence;",
        ),
        (
            {"direction": "no clear change", "effect": {"value": 0.01, "low": -0.01, "high": 0.03}},
            "; against what would have gone on that shows no clear change (+1.0 pp, 95% interval -1.0 to +3.0 pp);",
        ),
        ({"direction": "not known", "effect": NOTHING | {"value": 0.01}}, "; against what would have gone on no interval can be given (+1.0 pp);"),
    ],
)  # fmt: skip
def test_the_headline_follows_what_leads_and_which_way(change, said):
    assert said in words.moved_sentence(VERDICT | change)


def test_the_grade_gives_its_reasons_three_at_the_most():
    def graded(grade, *because):
        return words.grade_sentence(VERDICT | {"grade": {"grade": grade, "cap": "fair", "because": list(because)}})

    assert graded("fair", "a") == "Evidence: fair, because a."
    assert graded("weak", "a", "b", "c") == "Evidence: weak, because a, b and c."
    assert graded("weak", "a", "b", "c", "d") == "Evidence: weak, because a, b and c, and more."
    assert graded("none", "x") == "Evidence: none, because x; at the most this design could have earned 'fair'."


def test_which_estimate_leads_is_told_with_what_it_assumes_and_the_plain_change_beside_it():
    plain = "Compared plainly, the change is +10.0 pp, 95% interval +6.0 to +14.0 pp"
    assert words.PARTS["leading"](VERDICT) == (
        "The effect is the estimate 'before-trend continued', which assumes that the trend of before would have gone on, "
        f"and the season with it. {plain}."
    )
    assert words.PARTS["leading"](VERDICT | {"leading": "plain", "assumes": "nothing else moved it"}) == (
        f"{plain}; that assumes nothing else moved it."
    )


def test_where_it_came_from_is_accounting_and_segments_that_came_are_named_only_where_there_are_some():
    said = "Of the plain change of +10.0 pp, +7.0 pp came with the rates inside the segments and +3.0 pp with their mix"
    assert words.PARTS["origin"](VERDICT) == f"{said}; that is accounting, not cause."
    came = VERDICT["origins"] | {"entry_exit": NOTHING | {"value": -0.01}}
    assert (
        "+7.0 pp came with the rates inside the segments, +3.0 pp with their mix and -1.0 pp with segments that came or went;"
        in (words.PARTS["origin"](VERDICT | {"origins": came}))
    )
    assert words.PARTS["origin"](VERDICT | {"origins": None}) == ""
    reversed_ = words.PARTS["origin"](VERDICT | {"simpson": True})
    assert reversed_.endswith("The total moved against the rates inside its segments (Simpson's reversal).")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("moved", "; band 'below target' before, band 'on target' after."),
        ("change", "; band 'below target' before, band 'on target' after."),
        ("signal", "Level: band 'on target'. "),
        ("ends", ", was 15.0%, band 'below target'; "),
    ],
)
def test_a_band_is_said_as_a_name_where_a_target_stands_beside_it(part, said):
    assert said in words.PARTS[part](VERDICT | {"target": {"value": 0.22, "state": "reached"}})


def test_a_level_near_the_edge_of_a_band_is_too_close_to_call_in_every_sentence():
    near = VERDICT | {"after": AFTER | {"close_to": 0.24}}
    for part in ("moved", "change"):
        assert words.PARTS[part](near).endswith("; below target before, too close to call after.")


@pytest.mark.parametrize("letter", "\x00\x0b\x1f\x7f\x85\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ud800\uffff")
def test_what_acts_without_being_seen_is_marked(letter):
    assert words.visible(f"a{letter}b") == "a\ufffdb"


def test_line_ends_tabs_and_what_joins_letters_stay():
    assert words.visible("a\tb\r\nc\u200dd é 中") == "a\tb\r\nc\u200dd é 中"


def test_level_and_signal_stand_apart():
    limits = "(XmR chart, limits 12.0 to 18.0% frozen before the change; one point beyond them, or eight in a row on one side)"
    assert words.PARTS["signal"](VERDICT) == f"Level: on target. Signal: shifted {limits}."
    near = AFTER | {"close_to": 0.24}
    assert words.PARTS["signal"](VERDICT | {"after": near}).startswith(
        "Level: too close to call, the interval after crosses the edge at 24.0%. Signal: "
    )
    bare = VERDICT | {"after": AFTER | {"band": None}, "signal": VERDICT["signal"] | {"seen": "unknown"}}
    assert words.PARTS["signal"](bare) == "Signal: not known; control limits need 12 months before that vary."


@pytest.mark.parametrize(
    ("half", "effect", "said"),
    [
        ("fell", 0.07, "lower than the first: novelty, or what was pulled forward, may be fading"),
        ("rose", 0.07, "higher than the first: it is still growing, or began slowly"),
        ("rose", -0.07, "higher than the first: novelty, or what was pulled forward, may be fading"),
        ("fell", -0.07, "lower than the first: it is still growing, or began slowly"),
    ],
)
def test_an_effect_fades_towards_nothing_and_grows_away_from_it(half, effect, said):
    verdict = VERDICT | {"halves": VERDICT["halves"] | {"direction": half}, "effect": NOTHING | {"value": effect}}
    assert f"The second half of the periods after lies {said} (" in words.PARTS["course"](verdict)


def test_the_course_names_the_period_that_lay_farthest_away():
    far = "It lay farthest from what would have gone on in 2025-12 (+9.0 pp, 95% interval +6.0 to +12.0 pp)."
    assert words.PARTS["course"](VERDICT) == (
        f"{far} The second half of the periods after does not clearly differ from the first (+1.0 pp, 95% interval -1.0 to +3.0 pp)."
    )
    assert words.PARTS["course"](VERDICT | {"halves": None}) == far
    assert words.PARTS["course"](VERDICT | {"farthest": None, "halves": None}) == ""


# its worth


def test_its_worth_is_told_in_counted_units():
    assert words.worth_sentence(VERDICT) == (
        "That comes to +500 upgrades over the 6 months after the change (95% interval +301 to +701)."
    )


def test_a_worth_that_rounds_to_nothing_has_no_sign():
    worth = VERDICT["worth"] | {"value": -0.3, "low": None, "high": None}
    assert words.worth_sentence(VERDICT | {"worth": worth}) == "That comes to 0 upgrades over the 6 months after the change."
    assert words.worth_sentence(VERDICT | {"worth": None}) == ""


@pytest.mark.parametrize("direction", ["no clear change", "not known"])
def test_the_worth_of_an_effect_that_is_not_clear_is_said_to_be_at_face_value(direction):
    assert words.worth_sentence(VERDICT | {"direction": direction}) == (
        "Taken at face value, though it is not clear, that comes to +500 upgrades over the 6 months after the change "
        "(95% interval +301 to +701)."
    )
    fell = words.worth_sentence(VERDICT | {"direction": "fell"})
    assert fell.startswith("That comes to ")


def test_its_worth_in_money_names_the_extrapolation_the_cost_and_the_break_even():
    said = words.worth_sentence(VERDICT | {"worth": VERDICT["worth"] | {"money": MONEY}})
    assert said.endswith(
        "In money, net of discounts, +10,000 USD (+6,000 to +14,000) a month; carried on for a year, which is an extrapolation, "
        "+120,000 USD (+72,000 to +168,000); if half fades, +60,000 USD (+36,000 to +84,000). Against a cost of 20,000 USD: "
        "+40,000 USD (+16,000 to +64,000) net so far, +200.0% of the cost; it is earned back in 2 months."
    )


def test_money_without_a_cost_is_not_earned_back_and_a_loss_never_is():
    free = MONEY | {"cost": 0.0, "return": None, "break_even": None}
    assert "earned back" not in words.worth_sentence(VERDICT | {"worth": VERDICT["worth"] | {"money": free}})
    loss = MONEY | {"break_even": None}
    assert "it is never earned back." in words.worth_sentence(VERDICT | {"worth": VERDICT["worth"] | {"money": loss}})


def test_a_break_even_is_rounded_up_to_whole_periods():
    soon = MONEY | {"break_even": 0.4}
    assert "earned back in 1 month." in words.worth_sentence(VERDICT | {"worth": VERDICT["worth"] | {"money": soon}})
    later = MONEY | {"break_even": 2.1}
    assert "earned back in 3 months." in words.worth_sentence(VERDICT | {"worth": VERDICT["worth"] | {"money": later}})


def test_target_and_benchmark_stand_apart_and_the_benchmark_names_its_source():
    target = {"value": 0.22, "state": "reached"}
    mark = {"value": 0.2, "industry": "SaaS", "source": "Forrester", "age": "undated, unverified", "state": "not reached"}
    assert words.PARTS["marks"](VERDICT | {"target": target, "benchmark": mark}) == (
        "The target of 22.0% is reached. The benchmark for SaaS, 20.0% (Forrester; undated, unverified), is not reached."
    )
    assert words.PARTS["marks"](VERDICT) == ""


def test_that_published_bands_name_no_window_is_said_once_and_only_where_there_are_some():
    said = "The published bands name no window; this value is counted per month."
    assert words.PARTS["window"](VERDICT) == said
    assert words.sentences("before_after", VERDICT).count(said) == 1
    assert words.PARTS["window"](VERDICT | {"banded": False}) == ""
    assert words.PARTS["window"](VERDICT | {"window": None}) == (
        "No window was given, and the published bands name none: say over which one these were counted."
    )


def test_a_stock_is_not_said_to_be_counted_twice():
    assert words.PARTS["window"](VERDICT | {"counts": "stock"}) == (
        "The published bands name no window; this value is counted in a month."
    )


def test_whether_the_answer_hangs_on_the_first_periods():
    start = {"value": 0.08, "low": 0.05, "high": 0.11, "same": True}
    verdict = VERDICT | {"warm_up": "3 months", "start": start}
    size = "+8.0 pp, 95% interval +5.0 to +11.0 pp."
    assert words.depends_sentence(verdict) == (
        f"Without the first 3 months, in which old customers look new, it reads the same: {size}"
    )
    assert words.depends_sentence(verdict | {"start": start | {"same": False}}) == (
        f"It depends on the first 3 months, in which old customers look new: without them the effect is {size}"
    )


def test_followed_customers_are_told_with_and_without_open_windows():
    overall = {
        "value": 839 / 4070, "numerator": 839, "denominator": 4070, "censored": 268, "naive_value": 884 / 4338,
        "naive_numerator": 884, "naive_denominator": 4338,
    }  # fmt: skip
    verdict = VERDICT | {
        "overall": overall,
        "window": "30 days",
        "counts": "cohort",
        "denominator_name": "customers with a first purchase",
    }
    assert words.PARTS["overall"](verdict) == (
        "Upgrade Rate is 20.6% within 30 days over all periods (839 of 4,070 customers with a first purchase), leaving out the 268 "
        "whose window was not over; counting those too it would be 20.4% (884 of 4,338)."
    )
    assert words.PARTS["overall"](verdict | {"overall": overall | {"censored": 0}}) == (
        "Upgrade Rate is 20.6% within 30 days over all periods (839 of 4,070 customers with a first purchase)."
    )


# where it stands


def test_a_value_is_said_with_its_counts_interval_window_and_band():
    assert words.PARTS["value"](POINT) == (
        "Upgrade Rate is 15.0% in 2025-12 (150 upgrades of 1,000 subscribers), 95% interval 12.7 to 17.6%: below target."
    )


def test_a_value_without_band_or_interval_says_so():
    assert words.PARTS["value"](POINT | {"band": None, "low": None, "high": None, "at": None, "window": None}) == (
        "Upgrade Rate is 15.0% (150 upgrades of 1,000 subscribers); no bands are published for this variant."
    )


def test_how_it_moved_lately():
    lately = {"before": BEFORE, "after": AFTER, "change": VERDICT["change"], "direction": "rose", "span": 3}
    assert words.PARTS["lately"](POINT | {"lately": lately}) == (
        "Over the last 3 months against the 3 before it rose: from 15.0% to 25.0% (+10.0 pp, 95% interval +6.0 to +14.0 pp)."
    )
    assert words.PARTS["lately"](POINT | {"lately": lately | {"direction": "not known", "change": NOTHING | {"value": 0.1}}}) == (
        "Over the last 3 months against the 3 before it moved by an unknown amount: from 15.0% to 25.0% (+10.0 pp)."
    )
    assert words.PARTS["lately"](POINT | {"lately": None}) == "There are too few months to say how it moved lately."


def test_when_it_is_reviewed_and_by_whom():
    review = {"cadence": "month", "next": "2026-02-01", "owner": "Ada"}
    said = "It is reviewed every month by Ada; as of 2026-01-15 the next review is due on 2026-02-01."
    assert words.PARTS["review"](POINT | {"review": review}) == said
    assert words.PARTS["review"](POINT | {"review": review | {"owner": ""}}) == said.replace(" by Ada", "")


# whole answers


def test_the_bottom_line_comes_first_then_the_grade_and_the_decision():
    said = words.sentences("before_after", VERDICT)
    assert said[:4] == [
        words.moved_sentence(VERDICT), words.grade_sentence(VERDICT), words.decision_sentence(VERDICT), words.PARTS["leading"](VERDICT),
    ]  # fmt: skip
    assert all(said)
    assert len(said) == len(set(said))


def test_what_is_not_there_is_not_told():
    bare = VERDICT | {"origins": None, "worth": None, "farthest": None, "halves": None, "relative": NOTHING, "banded": False}
    assert len(words.sentences("before_after", bare)) == len(words.sentences("before_after", VERDICT)) - 5


def test_all_followed_customers_come_before_the_bottom_line():
    overall = {"value": 0.2, "numerator": 1, "denominator": 5, "censored": 0, "naive_value": 0.2}
    verdict = VERDICT | {"overall": overall}
    assert words.sentences("before_after", verdict)[0] == words.PARTS["overall"](verdict)


def test_the_last_period_of_each_side_stands_beside_the_pooled_levels():
    assert (
        "Beside these pooled levels the last month before, 2025-05, was 15.0%, below target; the last month after, 2025-12, was 25.0%."
        in words.sentences("before_after", VERDICT)
    )


@pytest.mark.parametrize(("behind", "said"), [(0, ""), (1, "Since then 1 month is over"), (3, "Since then 3 months are over")])
def test_a_stale_table_is_named(behind, said):
    assert words.stale_sentence(POINT | {"behind": behind}) == (f"{said} and not in the table." if said else "")


def test_two_points_always_say_what_they_cannot_tell():
    assert words.sentences("compare", VERDICT)[1] == "Two points: trend, season and noise not checked."


@st.composite
def verdicts(draw):
    """A verdict whose every number is finite or missing, as the questions give them."""

    def numbers(*names):
        return {name: draw(FINITE) for name in names}

    def side():
        return {
            "numerator": draw(st.integers(0, 2**70)),
            "denominator": draw(st.integers(0, 2**70)),
            "band": draw(st.sampled_from([None, "low"])),
            "last": "2025-05",
            "last_band": draw(st.sampled_from([None, "low"])),
            "close_to": draw(st.none() | st.just(0.2)),
        } | numbers("last_value")

    def told():
        return {"value": draw(st.floats(-1e12, 1e12))} | numbers("low", "high")

    moved = {
        "direction": draw(st.sampled_from(["rose", "fell", "no clear change", "not known"])),
        "change": numbers("value", "low", "high"),
    }
    sides = {name: numbers("value", "low", "high") | side() for name in ("before", "after")}
    money = MONEY | {name: told() for name in ("per_period", "so_far", "net", "per_year", "half_fades")}
    worth = told() | {"units": "upgrades", "span": "over the 6 months", "money": draw(st.sampled_from([None, money]))}
    decision = {
        "what": draw(st.sampled_from(["keep", "stop", "extend", "test properly"])), "why": draw(st.sampled_from(["fair", "no room", "too noisy"])),
        "smallest_seen": draw(FINITE), "wanted": draw(st.floats(0, 1)), "needed": draw(st.none() | st.integers(0, 36)), "ahead": 36, "after": 6,
    }  # fmt: skip
    halves = numbers("value", "low", "high") | {"direction": moved["direction"]}
    signal = VERDICT["signal"] | {"seen": draw(st.sampled_from(["unknown", "routine", "shifted"]))} | numbers("low", "high")
    overall = numbers("value", "naive_value") | side() | {"censored": 2, "naive_numerator": 3, "naive_denominator": 4}
    start = {"same": draw(st.booleans())} | numbers("value", "low", "high")
    mark = {"value": 0.2, "industry": "SaaS", "source": "Forrester", "age": "2024", "state": "not known"}
    return VERDICT | moved | sides | sides["after"] | {
        "unit": draw(UNITS), "relative": numbers("value", "low", "high"), "worth": worth, "overall": overall,
        "effect": numbers("value", "low", "high"), "start": draw(st.sampled_from([None, start])), "decision": decision, "signal": signal,
        "halves": draw(st.sampled_from([None, halves])), "farthest": draw(st.sampled_from([None, {"period": "2025-12"} | halves])),
        "origins": {name: numbers("value", "low", "high") for name in VERDICT["origins"]}, "simpson": draw(st.booleans()), "leading": draw(st.sampled_from(["plain", "x"])),
        "target": mark, "benchmark": mark, "review": {"cadence": "month", "next": "2026-02-01", "owner": ""},
        "lately": draw(st.sampled_from([None, sides | moved | {"span": 3}])), "behind": draw(st.integers(-1, 9)), "at": "2025-12",
    }  # fmt: skip


@CALM
@given(verdicts())
def test_no_sentence_of_any_answer_holds_nan_or_infinity(verdict):
    for question in ("value", "compare", "before_after", "scorecard"):
        for sentence in words.sentences(question, verdict):
            assert not NO_NUMBER.search(sentence), sentence
            assert sentence.endswith(".")
            assert sentence[0].isupper()


VARIANTS = [
    (kpi_id, variant.id) for kpi_id in kpi_ids() for variant in load_kpi(kpi_id).variants if not variant.computes.composed
]


@pytest.mark.parametrize(("kpi_id", "variant"), VARIANTS)
def test_every_variant_speaks_of_nothing_and_of_everything_in_plain_numbers(kpi_id, variant):
    less = (0,) if load_kpi(kpi_id).variant(variant).computes.less else ()
    counts = [(0, 10**7, *less), (1, 1, *less), (10**20, 10**20, *less)]
    for pair in counts:
        told = [
            str(value(kpi_id, *pair, variant=variant)),
            *(str(compare(kpi_id, pair, other, variant=variant)) for other in counts),
        ]
        assert not [text for text in told if NO_NUMBER.search(text)]


# figures

RUN = {
    "value": [0.2, 0.15, None, 0.25, 0.2, float("nan")], "periods": [f"2025-0{month}" for month in range(1, 7)], "unit": "percent",
    "status": ["ok", "ok", "no data", "ok", "ok", "partial"], "x_label": "month", "y_label": "Upgrade Rate", "bands": [], "changed_at": None,
    "changed_on": None,
}  # fmt: skip


def test_a_run_chart_says_its_span_its_extremes_and_what_is_missing():
    assert words.run_chart_says(RUN) == (
        "From 2025-01 to 2025-06 it lay between 15.0% (2025-02) and 25.0% (2025-04); "
        "without a value: 2025-03 (no data) and 2025-06 (partial)."
    )


def test_a_run_chart_with_many_gaps_names_the_first_five():
    periods = [f"2025-0{month}" for month in range(1, 9)]
    spec = RUN | {"periods": periods, "value": [0.1] + 7 * [None], "status": ["ok"] + 7 * ["no data"]}
    assert words.run_chart_says(spec) == (
        "From 2025-01 to 2025-08 it lay between 10.0% (2025-01) and 10.0% (2025-01); without a value: 2025-02 (no data), "
        "2025-03 (no data), 2025-04 (no data), 2025-05 (no data) and 2025-06 (no data) and more."
    )


def test_a_run_chart_without_a_value_says_so():
    assert words.run_chart_says(RUN | {"value": [None] * 6}) == "No month holds a value."


def test_a_run_chart_is_told_whole_to_those_who_do_not_see_it():
    spec = RUN | {
        "says": "It lay still.",
        "bands": [{"name": "low"}, {"name": "high"}],
        "changed_at": 2,
        "changed_on": "2025-03-01",
    }
    assert words.run_chart_alt(spec, VERDICT) == (
        f"Run chart of Upgrade Rate. It lay still. {words.moved_sentence(VERDICT)} A line marks the change of 2025-03-01. "
        "Shaded bands: low and high."
    )
    assert words.run_chart_alt(RUN | {"says": "It lay still."}, {}) == "Run chart of Upgrade Rate. It lay still."


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        (VERDICT, "Upgrade Rate rose after 2025-06-10"),
        (VERDICT | {"direction": "no clear change"}, "Upgrade Rate shows no clear change after 2025-06-10"),
        (VERDICT | {"direction": "not known"}, "Upgrade Rate before and after 2025-06-10"),
        ({"value": 0.15, "unit": "percent", "at": "2025-12"}, "Upgrade Rate is 15.0% in 2025-12"),
        ({}, "How did Upgrade Rate go?"),
    ],
)
def test_a_title_states_what_is_known_or_asks(verdict, title):
    assert words.chart_title("Upgrade Rate", verdict) == title


def rows(**changes):
    return {
        "unit": "percent",
        "rows": [{"segment": "all", "change": 0.5}, *({"segment": s, "change": c} for s, c in changes.items())],
    }


def test_a_dumbbell_names_the_groups_that_moved_most_and_least():
    hypotheses = "Differences between groups are hypotheses, not findings."
    assert words.dumbbell_says(rows(north=0.02, south=-0.01, east=0.0)) == (
        f"Of 3 groups, north changed by +2.0 pp and south by -1.0 pp, the others in between. {hypotheses}"
    )
    assert (
        words.dumbbell_says(rows(north=0.02, south=-0.01))
        == f"Of 2 groups, north changed by +2.0 pp and south by -1.0 pp. {hypotheses}"
    )
    assert (
        words.dumbbell_says(rows(north=0.02, south=None, east=float("nan")))
        == f"Of 1 group, north changed by +2.0 pp. {hypotheses}"
    )


def test_a_dumbbell_without_a_group_on_both_sides_says_so():
    assert words.dumbbell_says(rows(north=None)) == "The case names no segment with a value on both sides."


def test_a_bullet_says_where_each_value_lies():
    spec = {
        "unit": "percent",
        "bands": ["some"],
        "rows": [{"label": "before", "value": 0.12, "band": "low"}, {"label": "after", "value": 0.28, "band": None}],
    }
    assert words.bullet_says(spec) == "Before 12.0% (low) and after 28.0%."
    assert (
        words.bullet_says(spec | {"bands": []}) == "Before 12.0% (low) and after 28.0%; no bands are published for this variant."
    )


def test_a_bullet_says_a_band_as_a_name_beside_a_target():
    rows = [
        {"label": "before", "value": 0.12, "band": "on target"},
        {"label": "after", "value": 0.28, "band": "too close to call"},
    ]
    spec = {"unit": "percent", "bands": ["some"], "rows": rows, "target": {"value": 0.22}}
    assert words.bullet_says(spec) == "Before 12.0% (band 'on target') and after 28.0% (too close to call)."


def test_a_bullet_leaves_names_as_their_owners_write_them():
    spec = {"unit": "percent", "bands": ["some"], "rows": [{"label": "2025Q4", "value": 0.12, "band": "On Target"}]}
    assert words.bullet_says(spec) == "2025Q4 12.0% (On Target)."
