"""Why don't they upgrade? The reasons of those who answered, what the silent could change, who names what, and what moved."""

import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from truths import feedback as planted_feedback

import kpikit as kk
from kpikit import words
from kpikit.cli import main
from kpikit.errors import CaseError
from kpikit.questions.surveying.comparisons import comparisons
from kpikit.questions.surveying.strata import weighing
from kpikit.report.notebook import Executed
from kpikit.stats.intervals import wilson
from kpikit.stats.paired import mcnemar, newcombe_paired
from kpikit.stats.survey import poststratified, together

ROOT = Path(__file__).parents[1]
CASE = "upgrade_survey_feedback"
CHANGE = "2025-06-10"


def people(prefix, asked, day="2025-08-01", **named):
    """Customers who were asked; `named` are reasons (several joined by _and_) with how many gave them, the others are silent."""
    reasons = [key.split("_and_") for key, count in named.items() for _ in range(count)]
    rows = [(f"{prefix}{n}", day, reason) for n, given in enumerate(reasons) for reason in given]
    return rows + [(f"{prefix}{n}", day, None) for n in range(len(reasons), asked)]


def survey(*groups, change=None, segments=("plan",), **asks):
    """A survey of groups, each (value of the segments, rows)."""
    rows = [(*row, *(cut if isinstance(cut, tuple) else (cut,))) for cut, part in groups for row in part]
    frame = pd.DataFrame(rows, columns=["customer", "date", "reason", *segments]).astype({"reason": object})
    table = kk.read_table(frame, kind="answers", segments=list(segments))
    return kk.measure_answers(table, as_of="2025-12-31", changed_on=change, **asks)


def verdict(*groups, **how):
    return kk.feedback(survey(*groups, **how)).verdict


def row_of(told, reason):
    (found,) = [row for row in told["reasons"] if row["reason"] == reason]
    return found


def check(answer, name):
    (found,) = [check for check in answer.checks if check.name == name]
    return found


LEANING = [  # the small ones answer three times as often, and name the price
    ("small", people("s", 100, price=45, need=15)),
    ("large", people("l", 300, need=50, price=10)),
]


def test_where_nobody_was_silent_nothing_is_said_of_the_silent():
    answer = kk.feedback(survey(((), people("c", 60, price=40, need=20)), segments=()))
    assert check(answer, "non-response").sentence == (
        "All 60 asked answered; were the silent left out of the table, nothing here tells."
    )
    assert str(answer.say("silent")) == ""
    assert "could be anything" not in kk.reason_dots(answer).spec["says"]
    assert kk.response_rates(answer).spec["says"] == "Of all asked 100.0% answered."


def test_one_reason_of_few_answers_tells_how_many_were_silent():
    answer = kk.feedback(survey(("x", people("c", 50, price=20))))
    assert answer.headline == (
        "All 20 who answered named the same reason: 'price'. 30 of 50 did not answer, so of all asked it could be anything from "
        "40.0 to 100.0%."
    )
    assert str(answer.say("silent")).startswith("No two groups can be compared")


def test_weights_that_move_nothing_are_told_so():
    answer = kk.feedback(survey(*[(cut, people(cut, 50, price=20, need=10)) for cut in ("a", "b")]))
    assert kk.reason_dots(answer).spec["says"].endswith(" Weighting moves no share.")


def test_a_dot_plot_of_many_reasons_says_how_many_are_left_out():
    many = {f"reason{place}": 6 for place in range(23)}
    chart = kk.reason_dots(kk.feedback(survey(("x", people("c", 200, **many)))))
    assert len(chart.spec["rows"]) == 20
    assert chart.spec["x_label"] == "Share that names the reason; 3 more in the table"


def test_reasons_that_look_alike_are_told_as_reasons():
    answer = kk.feedback(survey(("x", people("c", 50, price=20, Price=10))))
    assert check(answer, "names that look alike").sentence.startswith("In the column 'reason' 'Price' and 'price' look alike")


# --- the reasons -------------------------------------------------------------------------------------------------------


def test_shares_are_of_those_who_answered_with_limits_that_hold_together():
    told = verdict(*LEANING)
    assert (told["asked"], told["answered"]) == (400, 120)
    assert [told["response"][end] for end in ("value", "low", "high")] == pytest.approx([float(x) for x in wilson(120, 400)])
    ends = [float(end[0]) for end in together([55, 65], 120, 2)]
    assert [row_of(told, "price")[name] for name in ("share", "share_low", "share_high")] == pytest.approx(ends)


def test_the_bounds_take_every_silent_one_for_a_no_and_for_a_yes():
    price = row_of(verdict(*LEANING), "price")
    assert (price["least"], price["most"]) == (55 / 400, (55 + 280) / 400)


def test_a_share_is_weighted_so_that_each_group_counts_as_it_was_asked():
    """Price: 45 of 60 of the 100, 10 of 60 of the 300: (75 + 50) of 400."""
    told = verdict(*LEANING)
    price = row_of(told, "price")
    assert price["weighted"] == pytest.approx(125 / 400)
    ends = [float(end) for end in poststratified([45, 10], [60, 60], [100, 300], 0.975)]
    assert [price[name] for name in ("weighted", "weighted_low", "weighted_high")] == pytest.approx(ends)
    assert told["weighted_by"] == ["plan"]
    assert [row["reason"] for row in told["reasons"]] == ["need", "price"]


def test_the_raw_shares_mislead_where_those_who_answer_are_others_and_that_is_said():
    rows = [("small", people("s", 100, price=60, need=15)), ("large", people("l", 300, need=40, price=10))]
    told = kk.feedback(survey(*rows))
    assert (told.verdict["top"]["reason"], told.verdict["top"]["raw"]) == ("need", "price")
    (said,) = [text for text in told.sentences if text.startswith("Those who answer")]
    assert said == (
        "Those who answer are not a picture of all: in plan large 16.7% answered, in the others 75.0%. Counted as they came back, the "
        "answers would put 'price' first (56.0%); weighted by plan to all asked it is 35.0%, behind 'need' (65.0%)."
    )


def test_several_columns_are_crossed_where_each_cell_has_five_answers_and_else_the_one_that_differs_most_is_taken():
    cells = {("a", "x"): (40, 20), ("a", "y"): (40, 8), ("b", "x"): (60, 30), ("b", "y"): (60, 12)}

    def strata(cells):
        groups = [(cut, people("".join(cut), asked, price=gave)) for cut, (asked, gave) in cells.items()]
        return weighing(survey(*groups, segments=("plan", "region")), "all")

    assert strata(cells).by == ("plan", "region")
    assert strata(cells | {("b", "y"): (60, 4)}).by == ("region",)
    assert strata({("a", "x"): (9, 5), ("b", "x"): (9, 4)}) is None


def test_without_segments_nothing_is_weighted_and_that_is_said():
    answer = kk.feedback(survey(*(((), rows) for _, rows in LEANING), segments=()))
    assert answer.verdict["weighted_by"] == []
    assert row_of(answer.verdict, "price")["weighted"] is None
    assert check(answer, "weights").sentence == ("Not weighted: the table has no segments; the shares are those of who answered.")
    assert "weighted to all asked" not in answer.table


# --- which leads -------------------------------------------------------------------------------------------------------


def test_the_lead_of_unweighted_reasons_is_judged_by_those_who_named_one_of_two_alone():
    rows = people("c", 200, price=40, need=20, price_and_need=30, other=10)
    told = verdict(("x", rows))
    assert told["top"]["gap"] == pytest.approx((40 - 20) / 100)
    worst = max(float(mcnemar(40, 20)), 0)
    assert told["top"]["p_value"] == pytest.approx(worst)
    assert told["top"]["clear"] == (worst < 0.05)


def test_a_narrow_lead_is_not_called_clear():
    answer = kk.feedback(survey(("x", people("c", 200, price=31, need=29))))
    assert answer.verdict["top"]["clear"] is False
    assert answer.headline.startswith("'price' is named most, but not clearly more than 'need': 51.7% of those who answered (95%")
    assert "too close to call" in " ".join(answer.sentences)


def test_one_reason_alone_is_told():
    answer = kk.feedback(survey(("x", people("c", 20, price=20))))
    assert answer.headline == "All 20 who answered named the same reason: 'price'. Everybody who was asked answered."
    assert answer.verdict["top"]["clear"] is None


# --- what is called clear ----------------------------------------------------------------------------------------------


def test_each_comparison_is_fisher_s_exact_test_and_all_are_one_family():
    three = [
        ("a", people("a", 100, price=50, need=30)), ("b", people("b", 100, price=20, need=30)), ("c", people("c", 100, price=25, need=40)),
    ]  # fmt: skip
    before = [("a", people("x", 150, "2025-03-01", price=50, need=20))]
    rows = comparisons(survey(*three, *before, change=CHANGE))
    assert rows["about"].value_counts().to_dict() == {"segment": 6, "response": 3, "moved": 2}
    told = rows.set_index(["about", "group", "reason"])
    one = told.loc[("segment", "a", "price")]
    assert one[["count", "of", "other_count", "other_of"]].tolist() == [50, 80, 45, 115]
    assert one["p"] == pytest.approx(fisher_exact([[50, 30], [45, 70]]).pvalue)
    moved = told.loc[("moved", "", "need")]
    assert moved["p"] == pytest.approx(fisher_exact([[100, 95], [20, 50]]).pvalue)
    ranked = np.sort(rows["p"])
    assert rows["adjusted_p"].min() == pytest.approx(min(1, ranked[0] * len(rows)))


def test_two_values_of_a_segment_are_compared_once():
    assert len(comparisons(survey(*LEANING))) == 1 + 2


def test_who_names_what_is_told_as_a_hypothesis():
    answer = kk.feedback(survey(*LEANING))
    pairs = answer.verdict["pairs"]
    assert {(row["segment"], row["reason"], row["more"]) for row in pairs["clear"]} == {
        ("plan: large", "need", True), ("plan: large", "price", False),
    }  # fmt: skip
    (said,) = [text for text in answer.sentences if text.startswith("Who names what")]
    assert said == (
        "Who names what: in plan large 83.3% name 'need', in the others 25.0%. 1 further pair differs clearly. This is a "
        "hypothesis, found by looking at 2 pairs, not a cause."
    )


def test_where_nothing_differs_nothing_is_called_clear():
    alike = [(plan, people(plan, 100, price=30, need=30)) for plan in ("a", "b", "c")]
    answer = kk.feedback(survey(*alike))
    assert (answer.verdict["pairs"]["clear"], answer.verdict["response_by"]) == ([], [])
    assert "Of 6 pairs of group and reason, none stands out more than luck alone would show somewhere." in answer.sentences


def test_the_same_customers_asked_twice_are_compared_in_pairs():
    pairs = [("price", "price")] * 30 + [("price", "need")] * 25 + [("need", "price")] * 5 + [("need", "need")] * 20
    rows = [
        (f"c{n}", day, reason)
        for n, pair in enumerate(pairs)
        for day, reason in zip(("2025-03-01", "2025-08-01"), pair, strict=True)
    ]
    answer = kk.feedback(survey(("a", rows), change=CHANGE))
    (price,) = [row for row in answer.verdict["moved"]["reasons"] if row["reason"] == "price"]
    assert (price["value"], price["other"], price["of"]) == (35 / 80, 55 / 80, 80)
    told = [float(end) for end in newcombe_paired(30, 5, 25, 20, 0.975)]
    assert [price[name] for name in ("change", "change_low", "change_high")] == pytest.approx(told)
    assert price["p_value"] == pytest.approx(min(1, 2 * float(mcnemar(5, 25))))
    assert check(answer, "same customers").passed is True


def test_some_who_were_asked_twice_are_told():
    rows = [*people("c", 40, price=30), *people("c", 40, "2025-03-01", price=20), *people("d", 10, price=5)]
    assert check(kk.feedback(survey(("a", rows), change=CHANGE)), "same customers").sentence == (
        "40 customers were asked before and after, the others once: the intervals take all for different people."
    )


# --- what is hidden ----------------------------------------------------------------------------------------------------


def test_what_under_five_people_said_is_shown_nowhere():
    rows = [("a", people("a", 90, price=50, need=20, secret=2)), ("b", people("b", 90, price=20, need=47, secret=1))]
    before = [("a", people("x", 90, "2025-03-01", price=30, need=20, secret=4))]
    answer = kk.feedback(survey(*rows, *before, change=CHANGE))
    hidden = row_of(answer.verdict, "secret")
    assert {value for name, value in hidden.items() if name not in ("reason", "hidden")} == {None}
    shown = answer.table.set_index("reason").loc["secret"]
    assert (shown["customers"], shown["share"], shown["mark"]) == (None, None, "hidden: under 5 people")
    assert answer.more["pairs"]["secret"].tolist() == ["hidden", "hidden"]
    moved = answer.more["moved"].set_index("segment").loc["secret"]
    assert (moved["before"], moved["mark"]) == (None, "hidden: under 5 people")
    assert pd.isna(moved["change"])
    for chart in (kk.reason_dots(answer), kk.reason_shift(answer)):
        assert chart.png()


def test_a_cell_that_would_give_a_hidden_one_away_is_hidden_with_it():
    rows = [
        ("a", people("a", 90, price=50, need=3)),
        ("b", people("b", 90, price=20, need=30)),
        ("c", people("c", 90, price=20, need=9)),
    ]
    table = kk.feedback(survey(*rows)).more["pairs"].set_index("segment")
    assert table["need"].str.startswith("hidden").tolist() == [True, False, True]


def test_a_segment_of_few_answers_shows_none_and_is_not_compared():
    rows = [*LEANING, ("tiny", people("t", 6, price=3))]
    answer = kk.feedback(survey(*rows))
    response = answer.more["response"].set_index("segment")
    assert response.loc["plan: tiny", "answered"] is None
    assert response.loc["plan: tiny", "mark"] == "hidden: few people"
    assert not [row for row in answer.verdict["pairs"]["clear"] if "tiny" in row["segment"]]
    assert answer.verdict["weighted_by"] == []
    assert kk.response_rates(answer).png()


def test_under_five_answers_in_all_are_refused():
    with pytest.raises(CaseError) as error:
        kk.feedback(survey(("a", people("a", 50, price=4))))
    assert str(error.value) == "feedback: 4 answered; under 5 every number would point at single people"


def test_many_rare_reasons_leave_only_the_count():
    rows = people("a", 30, **{f"r{n}": 3 for n in range(5)})
    answer = kk.feedback(survey(("a", rows)))
    assert answer.headline == "15 of 30 asked answered, and no reason was named by 5 people or more."
    assert [name for name, *_ in words.tiles("feedback", answer.verdict)] == ["answered"]
    assert kk.reason_dots(answer).says == "No reason was named by 5 people or more, so none is drawn."
    assert kk.reason_dots(answer).png()


# --- beside ------------------------------------------------------------------------------------------------------------


def test_of_two_groups_that_differ_both_are_marked():
    answer = kk.feedback(survey(*LEANING))
    assert answer.more["response"]["mark"].tolist() == ["", "differs", "differs"]
    assert answer.more["pairs"]["price"].str.endswith(" *").tolist() == [True, True]


def test_rates_that_the_case_gives_stand_beside_the_response():
    table = kk.feedback(survey(*LEANING), beside={"small": 0.05}).more["response"]
    assert table["KPI, as the case gives it"].tolist() == ["", "", "5.0%"]


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ({"smal": 0.1}, "feedback: beside names the segment 'smal'; did you mean 'small'?"),
        ({"small": 12}, "feedback: beside gives 'small' the rate 12; it is a fraction from 0 to 1"),
        ({"small": "high"}, "feedback: beside gives 'small' the rate 'high'; it is a fraction from 0 to 1"),
    ],
)
def test_a_rate_of_a_stranger_or_none_at_all_is_refused(beside, said):
    with pytest.raises(CaseError) as error:
        kk.feedback(survey(*LEANING), beside=beside)
    assert str(error.value) == said


# --- without a change --------------------------------------------------------------------------------------------------


def test_without_a_change_nothing_is_said_of_before_and_after():
    answer = kk.feedback(survey(*LEANING))
    assert answer.verdict["moved"] is None
    assert answer.more["moved"].empty
    assert not [text for text in answer.sentences if "since the change" in text.lower()]
    chart = kk.reason_shift(answer)
    assert chart.says == "The case names no change with enough answers on both sides, so before and after are not compared."
    assert chart.png()


def test_with_a_change_the_reasons_are_those_given_since():
    before = [("small", people("x", 90, "2025-03-01", other=50))]
    told = verdict(*LEANING, *before, change=CHANGE)
    assert (told["asked"], told["answered"]) == (400, 120)
    assert [row["reason"] for row in told["reasons"]] == ["need", "price"]


# --- the case and its report -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answer():
    case = kk.read_case(CASE)
    measured = kk.measure_answers(kk.table_of(case), as_of=case.as_of, changed_on=case.changed_on, **case.measured)
    return kk.feedback(measured, **case.asked)


def test_the_table_is_what_its_script_writes():
    made = runpy.run_path(str(ROOT / "data" / "making" / "upgrade_survey.py"))["table"]()
    written = (ROOT / "data" / "upgrade_survey.csv").read_bytes()
    assert written == made.to_csv(index=False, lineterminator="\n").encode()


def test_the_case_finds_what_is_planted_and_is_not_led_astray(answer):
    found = answer.verdict
    assert {(row["segment"], row["reason"]) for row in found["pairs"]["clear"] if row["more"]} == {
        ("team size: 1 to 9 seats", "the price")
    }
    assert [row["reason"] for row in found["moved"]["reasons"] if row["clear"]] == ["did not know the features"]
    assert (found["top"]["raw"], found["top"]["reason"], found["top"]["clear"]) == ("the price", "does not need it", True)
    assert found["response_by"][0]["segment"] == "team size: 1 to 9 seats"


def test_its_counts_are_those_of_pandas(answer):
    rows = pd.read_csv(ROOT / "data" / "upgrade_survey.csv")
    after = rows[rows["asked_on"] >= CHANGE]
    assert answer.verdict["asked"] == after["customer"].nunique()
    assert answer.verdict["answered"] == after.dropna(subset="reason")["customer"].nunique()
    assert row_of(answer.verdict, "the price")["customers"] == after.loc[after["reason"] == "price", "customer"].nunique()


def test_every_sentence_and_tile_is_written(answer):
    text = " ".join(answer.sentences) + " ".join(map(str, words.tiles("feedback", answer.verdict)))
    assert not [wrong for wrong in ("None", "nan", "{", "n/a") if wrong in text.replace("None of", "")]
    assert 3 <= len(words.tiles("feedback", answer.verdict)) <= 5
    assert str(answer.say("response")) in answer.sentences


def test_each_figure_says_what_it_shows(answer):
    for chart in (kk.reason_dots(answer), kk.response_rates(answer), kk.reason_shift(answer)):
        assert len(chart.alt) > 60
        assert str(chart.says) in chart.alt
        assert chart.svg() == chart.from_payload(json.loads(json.dumps(chart.payload))).svg()


def test_a_report_without_a_series_holds_page_summary_and_table(tmp_path, answer):
    assert main(["report", CASE, "--out", str(tmp_path)]) == 0
    folder = tmp_path / CASE
    assert sorted(path.name for path in folder.iterdir()) == [
        "answer.json", "figures", "index.html", "notebook.ipynb", "provenance.json", "summary.txt", "table.csv",
    ]  # fmt: skip
    assert pd.read_csv(folder / "table.csv")["reason"].tolist() == answer.table["reason"].tolist()
    summary = (folder / "summary.txt").read_text(encoding="utf-8")
    assert "Source: ../upgrade_survey.csv, 5,201 of 5,201 rows, ".replace("5,201", f"{answer.source['rows_read']:,}") in summary
    assert answer.headline in summary
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "upgrade_survey.csv (answers)" in page
    assert kk.Answer is type(answer)


def test_a_notebook_whose_answer_names_no_table_is_no_report():
    import nbformat

    shown = {"type": "answer", "question": "feedback", "verdict": {"as_of": "2026-01-01"}}
    output = nbformat.v4.new_output("display_data", data={"application/vnd.kpikit+json": shown})
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])
    with pytest.raises(kk.ReportError) as error:
        _ = Executed(Path("n.ipynb"), node).measured
    assert str(error.value) == "n.ipynb: the notebook shows no series, and its answer does not say of which table it is"


# --- planted -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_what_is_planted_is_found(seed):
    assert planted_feedback.answered(seed, planted=True)


def test_without_it_next_to_nothing_is_called_clear():
    assert sum(planted_feedback.answered(seed, planted=False) for seed in range(6)) <= 2
