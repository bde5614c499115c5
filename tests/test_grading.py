"""kpikit.questions.effects.grading: every grade and every decision, reached by its rule and no other way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small_tables import asked, check, course, quiet

from kpikit import words
from kpikit.answer import Check
from kpikit.questions.effects.estimate import ODD, Estimate
from kpikit.questions.effects.estimators import Found, estimated
from kpikit.questions.effects.grading import decided, graded, periods_needed, smallest_seen, worth_seeing
from kpikit.stats.counterfactual import Baseline

MONTHS = np.arange(42)
SINCE = MONTHS >= 36
SEASON = Baseline(trend=True, season=True, bends=())
NAMES = [
    "date chosen after looking", "change earlier than its date", "depends on the start", "segments that come and go",
    "placebo dates",
]  # fmt: skip
FAIR = ["trend, season and noise are taken out, but there is no control group"]


def row(name="before-trend continued", low=0.04, high=0.06, family="trend", **more):
    value = None if low is None or high is None else (low + high) / 2
    return Estimate(name, value, low, high, family, **more)


def found_with(lead=None, *others, after=6, freedom=23, baseline=SEASON, plain=(0.04, 0.06), **more):
    """Found by hand: a plain change, others, and the leading estimate."""
    lead = replace(lead or row(), leads=True, freedom=freedom)
    told = course(np.full(36 + after, 100), 1000, 36)
    return Found(told, (row("plain", *plain, family="plain"), *others, lead), baseline, **more)


def failed(*names):
    return [Check(name, False, "Seen.") for name in names]


# the grade


def test_an_effect_without_a_control_group_is_fair_at_the_most():
    assert graded(found_with(), []) == {"grade": "fair", "cap": "fair", "because": FAIR}


def test_a_control_that_ran_parallel_makes_it_strong():
    assert graded(found_with(parallel=True), []) == {
        "grade": "strong", "cap": "strong", "because": ["a control group ran parallel before, and nothing speaks against it"],
    }  # fmt: skip


def test_a_control_that_did_not_run_parallel_is_none():
    assert graded(found_with(parallel=False, controlled=True), []) == {
        "grade": "fair",
        "cap": "fair",
        "because": [
            "trend, season and noise are taken out, but the control group did not run parallel before, as far as can be told"
        ],
    }


@pytest.mark.parametrize(("freedom", "grade"), [(20, "fair"), (19, "weak"), (None, "weak")])
def test_few_degrees_of_freedom_make_it_weak(freedom, grade):
    told = graded(found_with(freedom=freedom), [])
    assert told["grade"] == grade
    assert (told["because"] == [f"the periods leave {freedom or 0} degrees of freedom, and 20 are wanted"]) == (grade == "weak")


@pytest.mark.parametrize(("after", "grade"), [(3, "fair"), (2, "weak"), (1, "weak")])
def test_few_periods_after_make_it_weak(after, grade):
    told = graded(found_with(after=after), [])
    assert told["grade"] == grade
    assert (told["because"] == [f"only {after} of 3 periods after"]) == (grade == "weak")


def test_a_season_that_cannot_be_told_apart_makes_it_weak_unless_a_control_takes_it_out():
    no_season = SEASON._replace(season=False)
    assert graded(found_with(baseline=no_season), [])["because"] == ["the season cannot be told apart under 3 years before"]
    assert graded(found_with(baseline=no_season, parallel=True), [])["grade"] == "strong"
    years = found_with(baseline=no_season)
    assert graded(replace(years, course=replace(years.course, cycle=1)), [])["grade"] == "fair"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("parallel", [None, True])
def test_some_checks_that_do_not_pass_make_it_weak_whatever_the_design(name, parallel):
    told = graded(found_with(parallel=parallel), failed(name))
    assert (told["grade"], told["cap"], len(told["because"])) == ("weak", "weak", 1)


@pytest.mark.parametrize("passed", [True, None])
def test_a_check_that_passes_or_is_open_takes_nothing_away(passed):
    assert graded(found_with(), [Check(name, passed, "Seen.") for name in NAMES])["grade"] == "fair"


def test_a_failed_check_of_something_that_is_taken_out_anyway_takes_nothing_away():
    assert graded(found_with(), failed("before-trend", "mix", "overdispersion", "transition", "last period"))["grade"] == "fair"


def test_an_effect_that_hangs_on_odd_periods_is_weak():
    lead = row("before-trend continued, without the odd periods", left_out=ODD)
    assert graded(found_with(lead, row(low=-0.01, high=0.06)), [])["because"] == ["it depends on odd periods before"]
    assert graded(found_with(lead, row(low=0.01, high=0.06)), [])["grade"] == "fair"


def test_few_behind_most_periods_make_it_weak():
    few = found_with()
    thin = replace(few.course, denominators=np.full_like(few.course.denominators, 29.0))
    assert graded(replace(few, course=thin), [])["because"] == ["fewer than 30 stand behind most periods"]


def test_all_reasons_are_told():
    told = graded(found_with(freedom=5, after=1), failed(*NAMES))
    assert len(told["because"]) == 2 + len(NAMES)


@pytest.mark.parametrize("limits", [(-0.01, 0.03), (0.0, 0.03), (-0.03, 0.0)])
def test_an_interval_that_holds_no_change_earns_nothing_and_says_what_it_could_have(limits):
    assert graded(found_with(row(low=limits[0], high=limits[1])), []) == {
        "grade": "none", "cap": "fair", "because": ["the interval of the effect holds no change"],
    }  # fmt: skip


def test_without_an_interval_there_is_no_grade():
    assert graded(found_with(row(low=None, high=None)), [])["because"] == ["no interval can be given"]


def test_an_estimate_whose_assumption_holds_and_that_points_the_other_way_contradicts():
    against = row("same periods a year earlier", -0.05, -0.01, family="year", holds=True)
    assert graded(found_with(None, against), []) == {
        "grade": "contradicted", "cap": "fair", "because": ["same periods a year earlier points the other way"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "harmless",
    [
        row("same periods a year earlier", -0.05, -0.01, family="year", holds=False),
        row("same periods a year earlier", -0.05, -0.01, family="year", holds=None),
        row("same periods a year earlier", -0.05, 0.01, family="year", holds=True),
        row("segmented regression, slope", -0.05, -0.01, family="segmented", holds=True, unit="change per period"),
    ],
    ids=["assumption failed", "not looked at", "not clear", "a slope"],
)
def test_an_estimate_that_need_not_hold_contradicts_nothing(harmless):
    assert graded(found_with(None, harmless), [])["grade"] == "fair"


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("holds", "grade", "because"), [
    (True, "contradicted", ["plain points the other way"]), (False, "fair", FAIR), (None, "fair", FAIR),
])  # fmt: skip
def test_a_plain_comparison_that_points_the_other_way_contradicts_only_where_it_holds(sign, holds, grade, because):
    lead, plain = sorted([sign * 0.01, sign * 0.05]), sorted([-sign * 0.01, -sign * 0.05])
    found = found_with(row(low=lead[0], high=lead[1]), plain=plain)
    held = replace(found, estimates=(replace(found.plain, holds=holds), found.leading))
    assert graded(held, []) == {"grade": grade, "cap": "fair", "because": because}


# the grade in an answer


def test_three_years_before_a_clear_step_are_fair_evidence():
    counts = np.round(2000 + 10 * quiet(1, 42) + 500 * SINCE).astype(int).tolist()
    answer = asked(counts, 10_000, "2025-01-01", start_reason="planned", date_chosen="before looking")
    assert answer.verdict["grade"]["grade"] == "fair"
    assert ": fair evidence" in answer.headline
    assert answer.sentences[1] == f"Evidence: fair, because {FAIR[0]}."
    assert answer.verdict["decision"]["what"] == "keep"


def test_a_parallel_control_and_two_years_are_strong_evidence():
    place, since = np.arange(30), np.arange(30) >= 24
    shared = 100 * np.sin(place)
    counts = {
        name: np.round(base + shared + 10 * quiet(seed, 30) + 500 * since * (name == "here")).astype(int).tolist()
        for name, base, seed in (("here", 2000, 1), ("there", 3000, 2))
    }
    answer = asked(counts, 10_000, "2024-01-01", control={"region": ["there"]}, start_reason="planned")
    assert answer.verdict["grade"]["grade"] == "strong"
    assert answer.verdict["decision"]["what"] == "extend"
    assert answer.say("decision").startswith("Decision: extend it; the effect is there, and a control group shows it.")


def test_one_small_cell_does_not_stand_for_most_periods():
    counts = {"A": [200, 210] * 9 + [300] * 6, "B": [5, 6] * 9 + [8] * 6}
    answer = asked(counts, {"A": 1000, "B": [20] + [100] * 23}, "2023-07-01")
    assert check(answer, "small denominators").sentence.startswith("1 row rests on fewer than 30")
    assert "too few stand behind most periods" not in answer.verdict["grade"]["because"]


def test_nothing_that_happened_is_no_evidence_and_says_why():
    counts = np.round(2000 + 10 * quiet(1, 24)).astype(int).tolist()
    answer = asked(counts, 10_000, "2023-07-01", start_reason="planned")
    assert answer.verdict["grade"]["grade"] == "none"
    assert answer.sentences[1] == (
        "Evidence: none, because the interval of the effect holds no change; at the most this design could have earned 'weak'."
    )


# the smallest change that can be seen


def test_the_smallest_change_seen_is_that_of_the_interval_s_width_at_a_power_of_eighty_percent():
    t = stats.t.ppf(0.975, 23)
    assert smallest_seen(found_with()) == pytest.approx(0.01 / t * (t + stats.norm.ppf(0.8)))
    z = stats.norm.ppf(0.975)
    assert smallest_seen(found_with(freedom=None)) == pytest.approx(0.01 / z * (z + stats.norm.ppf(0.8)))


def test_without_an_interval_no_change_can_be_named():
    assert smallest_seen(found_with(row(low=None, high=None))) is None


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.floats(-0.5, 0.5))
def test_the_smallest_change_seen_does_not_depend_on_the_one_observed(shift):
    """No observed power: where the interval lies plays no part."""
    moved = found_with(row(low=0.04 + shift, high=0.06 + shift))
    assert smallest_seen(moved) == pytest.approx(smallest_seen(found_with()), rel=1e-9)


def test_neither_do_the_months_that_are_needed():
    line = 0.2 + 0.01 * quiet(3, 30)
    found = [
        estimated(course((line + step * (np.arange(30) >= 24)) * 1e3, 1e3, 24, noise="spread"), row().ends, {}, {})
        for step in (0.0, 0.02, 0.3)
    ]
    assert len({smallest_seen(each) for each in found}) <= 3
    assert np.ptp([smallest_seen(each) for each in found]) < 1e-9
    for wanted in (0.005, 0.01, 0.02, 0.05):
        assert len({periods_needed(each, wanted) for each in found}) == 1


def test_a_smaller_change_takes_as_many_months_or_more():
    line = 0.2 + 0.01 * quiet(3, 30)
    found = estimated(course(line * 1e3, 1e3, 24, noise="spread"), row().ends, {}, {})
    needed = [periods_needed(found, wanted) or 99 for wanted in (1.0, 0.05, 0.02, 0.01, 0.001)]
    assert needed == sorted(needed)
    assert (needed[0], needed[-1]) == (9, 99)  # the next after the six that are there, and none


def test_without_a_baseline_no_months_can_be_named():
    assert periods_needed(found_with(), 0.05) is None


@pytest.mark.parametrize(
    ("marks", "wanted"),
    [
        ({"target": {"value": 0.25}}, 0.05),
        ({"target": {"value": 0.18}}, 0.1),  # a target that is passed already is no distance: the next band
        ({"target": {"value": 0.2}}, 0.1),  # nor is one that is reached to the digit
        ({"target": {"value": 0.18}, "better": "lower"}, 0.02),
        ({"target": {"value": 0.25}, "better": "lower"}, 0.05),
        ({}, 0.1),
        ({"better": "lower"}, 0.05),
    ],
)
def test_a_change_worth_having_leads_to_the_target_else_to_the_next_band(marks, wanted):
    verdict = {"before": {"value": 0.2}, "target": None, "better": "higher"} | marks
    assert worth_seeing(verdict, [0.15, 0.30, 0.50]) == pytest.approx(wanted)


def test_without_target_or_band_a_tenth_of_the_level_is_worth_having():
    assert worth_seeing({"before": {"value": 0.2}, "target": None, "better": "higher"}, []) == pytest.approx(0.02)
    assert worth_seeing({"before": {"value": 0.6}, "target": None, "better": "higher"}, [0.5]) == pytest.approx(0.06)
    passed = {"before": {"value": 0.6}, "target": {"value": 0.55}, "better": "higher"}
    assert worth_seeing(passed, [0.5]) == pytest.approx(0.06)


# the decision


def decision(
    grade="fair", effect=(0.04, 0.05, 0.06), better="higher", seen=0.02, needed=None, wanted=0.03, monthly=None, cap="fair",
    family="trend", period="month",
):  # fmt: skip
    """What, why and in words; `monthly` is the high end of the revenue a month, against a cost of 2,400."""
    money = None if monthly is None else {"cost": 2_400.0, "per_period": {"value": 0.0, "low": None, "high": monthly}}
    verdict = {
        "grade": {"grade": grade, "cap": cap}, "effect": dict(zip(("low", "value", "high"), effect, strict=True)),
        "after": {"periods": 6}, "better": better, "worth": {"money": money}, "unit": "percent", "period": period, "family": family,
        "review": {"owner": "Ada", "next": "2026-02-01"},
    }  # fmt: skip
    told = decided(verdict, seen, wanted, needed)
    assert (told["smallest_seen"], told["wanted"], told["needed"], told["ahead"], told["after"]) == (seen, wanted, needed, 36, 6)
    return told["what"], told["why"], words.decision_sentence(verdict | {"decision": told})


END = " Next review by Ada on 2026-02-01."
FELL, UNCLEAR, UNKNOWN = (-0.06, -0.05, -0.04), (-0.02, 0.01, 0.04), (None, 0.05, None)


@pytest.mark.parametrize(
    ("given_", "what", "why", "said"),
    [
        ({}, "keep", "fair", "keep it; the effect is there, as far as can be told without a control group."),
        ({"grade": "strong"}, "extend", "strong", "extend it; the effect is there, and a control group shows it."),
        ({"effect": FELL}, "stop", "worse", "stop it; it moved the wrong way."),
        ({"better": "lower"}, "stop", "worse", "stop it; it moved the wrong way."),
        ({"effect": FELL, "better": "lower"}, "keep", "fair", "keep it; the effect is there, as far as can be told without a control group."),
        ({"monthly": 99.0}, "stop", "costs more", "stop it; even at best it does not earn its cost back in two years."),
        ({"monthly": 100.0}, "keep", "fair", "keep it; the effect is there, as far as can be told without a control group."),
        (
            {"monthly": 299.0, "period": "quarter"}, "stop", "costs more",
            "stop it; even at best it does not earn its cost back in two years.",
        ),
        (
            {"monthly": 300.0, "period": "quarter"}, "keep", "fair",
            "keep it; the effect is there, as far as can be told without a control group.",
        ),
        (
            {"grade": "weak"}, "test properly", "weak",
            "test it properly, with a group that is left alone; the evidence is weak.",
        ),
        (
            {"grade": "weak", "family": "gap"}, "test properly", "weak",
            "test it properly, with a group that is left alone; the evidence is weak.",
        ),
        (
            {"grade": "contradicted"}, "test properly", "contradicted",
            "test it properly, with a group that is left alone; the estimates contradict each other.",
        ),
        (
            {"grade": "none", "effect": (-0.01, 0.01, 0.029)}, "stop", "no room",
            "stop it; the interval leaves no room for a change of 3.0 pp, worth having.",
        ),
        (
            {"grade": "none", "effect": (-0.029, 0.01, 0.05), "better": "lower"}, "stop", "no room",
            "stop it; the interval leaves no room for a change of 3.0 pp, worth having.",
        ),
        (
            {"grade": "none", "effect": (-0.03, 0.0, 0.01), "better": "lower", "needed": 9}, "wait", "more periods",
            "wait until there are 9 months after the change; a change of 3.0 pp could be seen by then; now the smallest is 2.0 pp.",
        ),
        (
            {"grade": "none", "effect": (-0.01, 0.01, 0.03), "needed": 9}, "wait", "more periods",
            "wait until there are 9 months after the change; a change of 3.0 pp could be seen by then; now the smallest is 2.0 pp.",
        ),
        (
            {"grade": "none", "effect": (-0.01, 0.0, 0.01), "cap": "weak", "needed": 9}, "wait", "more periods",
            "wait until there are 9 months after the change; a change of 3.0 pp could be seen by then; now the smallest is 2.0 pp.",
        ),
        (
            {"grade": "none", "effect": (-0.01, 0.0, 0.01), "better": "inside", "needed": 9}, "wait", "more periods",
            "wait until there are 9 months after the change; a change of 3.0 pp could be seen by then; now the smallest is 2.0 pp.",
        ),
        (
            {"grade": "none", "effect": UNCLEAR, "seen": 0.05, "needed": 9}, "wait", "more periods",
            "wait until there are 9 months after the change; a change of 3.0 pp could be seen by then; now the smallest is 5.0 pp.",
        ),
        (
            {"grade": "none", "effect": UNCLEAR, "seen": 0.05, "needed": 0}, "test properly", "too noisy",
            "test it properly, with a group that is left alone; a change of 3.0 pp, worth having, is not seen in 36 months at this "
            "noise; the smallest seen now is 5.0 pp.",
        ),
    ],
)  # fmt: skip
def test_the_decision_follows_from_grade_sign_cost_and_what_could_be_seen(given_, what, why, said):
    assert decision(**given_) == (what, why, f"Decision: {said}{END}")


def test_what_could_be_seen_with_more_months_is_not_called_too_noisy_for_36():
    assert decision(grade="none", effect=UNCLEAR, seen=0.05, needed=9)[:2] == ("wait", "more periods")
    assert "not seen in 36 months" not in decision(grade="none", effect=UNCLEAR, seen=0.05, needed=9)[2]
    assert "not seen in 36 months" in decision(grade="none", effect=UNCLEAR, seen=0.05, needed=0)[2]


def test_without_an_interval_nothing_is_stopped():
    assert decision(grade="none", effect=UNKNOWN, seen=None, needed=None) == (
        "test properly", "too noisy",
        "Decision: test it properly, with a group that is left alone; a change of 3.0 pp, worth having, is not seen." + END,
    )  # fmt: skip
    assert decision(grade="none", effect=UNKNOWN, better="lower", seen=None, needed=None)[0] == "test properly"


def test_a_rise_that_costs_more_than_it_brings_is_stopped_in_an_answer_too():
    counts = np.round(2000 + 10 * quiet(1, 42) + 500 * SINCE).astype(int).tolist()
    answer = asked(counts, 10_000, "2025-01-01", start_reason="planned", money={"per_unit": 1.0, "cost": 1e6, "currency": "EUR"})
    said = "Decision: stop it; even at best it does not earn its cost back in two years. Next review on 2040-04-01."
    assert answer.say("decision") == said
    assert "it is earned back in" in answer.say("worth")
