"""What a KPI is composed of, computed again with a part changed: by hand, by plain Python, and over the whole catalogue."""

import json
import re
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch
from truths.tree import PART, answer, answered, script

from kpikit.catalog import kpi_ids, load_kpi
from kpikit.cli import main
from kpikit.errors import CaseError, DefinitionError
from kpikit.exact import exact
from kpikit.figures.kpi_tree import tree_chart
from kpikit.figures.part_bars import moved_bars, step_bars
from kpikit.measuring import measure
from kpikit.measuring.composing import compose
from kpikit.questions.branching.branch import branch_of, valued
from kpikit.questions.branching.steps import MOST, moved
from kpikit.questions.tree import kpi_tree
from kpikit.stats.attribution import attributed
from kpikit.stats.decomposition import dasgupta
from kpikit.tables import read_table
from kpikit.words.sentences import tiles
from kpikit.words.tree import sure_sentence

RATE, EACH = "upgrade_rate.customers_once", "revenue_per_upgrade"
#: 40 + 0.05 x 20 + 0.10 x 8 = 41.8
USER = {"base_revenue_per_user": 40, RATE: 0.05, EACH: 20, "upsell_ratio": 0.10, "revenue_per_upsell": 8}
#: 50 x 0.8 / 0.05 / 200 = 4
LTV = {"average_revenue_per_user": 50, "gross_margin": 0.8, "customer_churn_rate": 0.05, "customer_acquisition_cost": 200}


def numbers(told):
    return told.more["numbers"].set_index("key")


def per_user(values=None, **more):
    return kpi_tree("average_revenue_per_user", values or USER, variant="by_components", **more)


# --- one step ----------------------------------------------------------------------------------------------------------


def test_a_step_of_each_part_makes_what_the_formula_says_by_hand():
    told = numbers(per_user())
    assert told.loc["average_revenue_per_user.by_components", "value"] == 41.8
    assert told.loc["upgrade_revenue_per_user", "value"] == 1.0
    assert told["effect"].dropna().to_dict() == {
        "base_revenue_per_user": 0.4,  # 1 % of 40
        "upgrade_revenue_per_user": 0.01, RATE: 0.2, EACH: 0.01,  # 1 % of 1; 0.01 x 20; 0.05 x 0.2
        "upsell_revenue_per_user": 0.008, "upsell_ratio": 0.08, "revenue_per_upsell": 0.008,  # 0.01 x 8; 0.1 x 0.08
    }  # fmt: skip
    assert told.loc[RATE, "relative"] == pytest.approx(0.2 / 41.8, abs=1e-15)
    assert told.loc[RATE, "step"] == 0.01
    assert told.loc[EACH, "step"] == 0.2


def test_a_step_in_a_quotient_is_computed_again_and_not_by_a_derivative():
    def ratio(revenue=50, margin=0.8, churn=0.05, cost=200):
        return revenue * margin / churn / cost

    told = numbers(kpi_tree("ltv_to_cac_ratio", LTV))
    assert told.loc["ltv_to_cac_ratio", "value"] == 4
    expected = {
        "average_revenue_per_user": ratio(revenue=50.5), "gross_margin": ratio(margin=0.81),
        "customer_churn_rate": ratio(churn=0.06), "customer_acquisition_cost": ratio(cost=202),
        "contribution_per_user": 4 * 1.01, "customer_lifetime_value": 4 * 1.01,
    }  # fmt: skip
    for key, after in expected.items():
        assert told.loc[key, "effect"] == pytest.approx(after - 4, abs=1e-12), key


def test_the_ranking_is_by_the_size_of_the_effect_and_says_that_steps_cost_differently():
    said = kpi_tree("ltv_to_cac_ratio", LTV)
    assert said.headline == (
        "+1 pp of Customer Churn Rate lowers LTV to CAC Ratio by 0.667 (-16.7%), from 4.00 to 3.33, the most of 4 parts per step; "
        "+1 pp of Gross Margin makes +0.05, 1% more of Average Revenue per User makes +0.04 and 1% more of Customer Acquisition "
        "Cost makes -0.04."
    )
    assert str(said.say("apart")).startswith("A step of one part and a step of another are not equally dear")
    assert {"parts held apart", "effort", "documented influences"} <= {check.name for check in said.checks}


def test_a_share_that_cannot_rise_by_a_step_is_stepped_down_and_an_amount_of_0_has_no_step():
    told = kpi_tree("upgrade_revenue_per_user", {RATE: 0.995, EACH: 0})
    assert numbers(told).loc[RATE, "step"] == -0.01
    assert np.isnan(numbers(told).loc[EACH, "step"])
    assert told.table["a step"].tolist() == ["", "-1 pp", ""]


def test_steps_that_make_nothing_are_called_neither_a_rise_nor_a_fall():
    told = kpi_tree("upgrade_revenue_per_user", {RATE: 0, EACH: 0})
    assert str(told.say("steps")) == "+1 pp of Upgrade Rate (customers once) leaves Upgrade Revenue per User at 0.00."
    assert not str(told.say("next")) and not str(told.say("apart"))
    assert [tile[0] for tile in tiles("tree", told.verdict)] == ["by these values"]


def test_a_part_in_between_may_be_given_and_is_then_not_broken_down():
    told = numbers(kpi_tree("customer_lifetime_value", {"contribution_per_user": 40, "customer_churn_rate": 0.05}))
    assert told["value"].to_dict() == {"customer_lifetime_value": 800, "contribution_per_user": 40, "customer_churn_rate": 0.05}
    assert told["leaf"].tolist() == [False, True, True]


def test_a_part_may_be_named_by_its_default_variant_too():
    named = {"average_revenue_per_user.recurring": 50, "gross_margin": 0.8}
    assert kpi_tree("contribution_per_user", named).verdict["value"] == 40


@pytest.mark.parametrize(
    "kpi_id", [kpi_id for kpi_id in kpi_ids() if any(v.computes.composed for v in load_kpi(kpi_id).variants)]
)
def test_every_composed_kpi_of_the_catalogue_computes_its_own_example(kpi_id):
    kpi = load_kpi(kpi_id)
    for variant in (variant for variant in kpi.variants if variant.computes.composed):
        told = kpi_tree(kpi, variant.example.parts, variant=variant.id)
        assert told.verdict["value"] == float(variant.example.value)
        assert len(numbers(told)) == 1 + len(variant.computes.of)
        assert len(kpi_tree(kpi, variant=variant.id).verdict["nodes"]) >= len(numbers(told))  # the whole tree, to its leaves


# --- several at once ---------------------------------------------------------------------------------------------------


def test_changes_at_once_are_computed_together_and_split_by_the_mean_over_all_orders():
    plan = per_user(change={RATE: 0.01, EACH: -1}).verdict["planned"]
    assert plan["change"] == pytest.approx(0.06 * 19 - 0.05 * 20, abs=1e-15)
    assert {part["key"]: (part["alone"], part["share"]) for part in plan["parts"]} == {
        RATE: (0.2, 0.195), EACH: (-0.05, -0.055),  # 0.01 x 19.5 and -1 x 0.055: each by the mean of the other
    }  # fmt: skip


def test_the_headline_is_the_users_own_change():
    said = per_user(change={RATE: 0.01, EACH: -1})
    assert said.headline == (
        "If Upgrade Rate (customers once) rises from 5.0% to 6.0% and Revenue per Upgrade falls from 20.00 to 19.00, Average "
        "Revenue per User rises by 0.14 (+0.3%), from 41.80 to 41.94."
    )
    assert str(said.say("split")) == (
        "Of that +0.195 comes from Upgrade Rate (customers once) and -0.055 comes from Revenue per Upgrade: the mean over all "
        "orders in which they can change. Taken one by one they would add up to +0.15, not +0.14."
    )


def test_the_split_adds_up_to_the_last_digit_and_agrees_with_das_gupta_in_floats():
    before = [Fraction(50), Fraction(4, 5), Fraction(1, 20), Fraction(200)]
    after = [Fraction(53), Fraction(7, 9), Fraction(1, 17), Fraction(190)]

    def ratio(revenue, margin, churn, cost):
        return revenue * margin / churn / cost

    parts = attributed(lambda new: ratio(*(after[i] if i in new else before[i] for i in range(4))), 4)
    assert sum(parts) == ratio(*after) - ratio(*before)
    assert [float(part) for part in parts] == pytest.approx(dasgupta(ratio, before, after).effects)


def test_nothing_that_changed_has_nothing_to_split():
    assert attributed(lambda _: Fraction(1), 0) == []
    assert per_user(change={RATE: 0}).verdict["planned"]["change"] == 0


def test_more_parts_than_can_be_split_are_refused():
    tree = branch_of(load_kpi("average_revenue_per_user"), "by_components")
    many = tree.cut({})
    leaf = many.parts[0]
    wide = type(tree)(tree.kpi, tree.variant, tuple(_renamed(leaf, number) for number in range(MOST + 1)))
    before = {key: Fraction(1) for key in wide.leaves}
    with pytest.raises(CaseError) as refused:
        moved(wide, before, {key: Fraction(2) for key in before})
    assert str(refused.value) == (
        "average_revenue_per_user.by_components: 15 parts changed; a change is split among 14 at the most, so ask it of a part"
    )


def _renamed(leaf, number):
    from dataclasses import replace

    return replace(leaf, kpi=replace(leaf.kpi, id=f"part_{number}"))


# --- refusals ----------------------------------------------------------------------------------------------------------

UPGRADE = {RATE: 0.05, EACH: 20}
REFUSED = [
    ({RATE: 0.05}, {}, f"upgrade_revenue_per_user: no value is given of {EACH}; it is made of {RATE} and {EACH}"),
    ({**UPGRADE, "upgrade_rate": 0.1}, {}, f"upgrade_revenue_per_user is not made of 'upgrade_rate'; did you mean '{RATE}'?"),
    ({RATE: 5, EACH: 20}, {}, f"{RATE}: it would be 5; it is a part of a whole, from 0 to 1 (5 % is 0.05)"),
    ({RATE: 0.05, EACH: -1}, {}, f"{EACH}: it would be -1; it cannot be negative"),
    ({RATE: "5%", EACH: 20}, {}, f"{RATE}: '5%' is not a number"),
    ({RATE: True, EACH: 20}, {}, f"{RATE}: True is not a number"),
    ({RATE: float("nan"), EACH: 20}, {}, f"{RATE}: nan is not a number"),
    ({"upgrade_revenue_per_user": 1}, {}, f"upgrade_revenue_per_user: its own value says nothing of its parts; give those of {RATE} and {EACH}"),
    (UPGRADE, {"change": {RATE: -0.06}}, f"{RATE}: changed by -0.06, it would be -0.01; it is a part of a whole, from 0 to 1 (5 % is 0.05)"),
    (UPGRADE, {"change": {"upsell_ratio": 1}}, f"upgrade_revenue_per_user is not made of 'upsell_ratio'; there is {RATE}, {EACH}"),
    (UPGRADE, {"since": "2025-06"}, "upgrade_revenue_per_user: `since` needs a series, which has periods"),
    (None, {"change": {RATE: 0.01}}, f"upgrade_revenue_per_user: `change` needs values of {RATE} and {EACH}"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "more", "message"), REFUSED)
def test_what_cannot_be_computed_is_refused(values, more, message):
    with pytest.raises(CaseError) as refused:
        kpi_tree("upgrade_revenue_per_user", values, **more)
    assert str(refused.value) == message


def test_a_part_and_what_it_is_made_of_cannot_both_be_given():
    with pytest.raises(CaseError) as refused:
        kpi_tree("customer_lifetime_value", {"contribution_per_user": 40, "gross_margin": 0.8, "customer_churn_rate": 0.05})
    assert str(refused.value) == (
        "customer_lifetime_value: both 'contribution_per_user' and its part 'gross_margin' are given; leave one of them out"
    )


def test_a_change_of_a_part_that_is_made_of_others_is_refused():
    with pytest.raises(CaseError) as refused:
        per_user(change={"upgrade_revenue_per_user": 1})
    assert str(refused.value) == (
        f"average_revenue_per_user.by_components: 'upgrade_revenue_per_user' is made of others; change {RATE} or {EACH}"
    )


def test_a_change_that_is_given_twice_is_refused():
    with pytest.raises(CaseError) as refused:
        per_user(change={EACH: 1, f"{EACH}.per_customer": 2})
    assert str(refused.value) == f"average_revenue_per_user.by_components: the change of '{EACH}' is given twice"


def test_changes_that_make_nothing_are_said_so():
    told = str(per_user(change={EACH: 0}).say("planned"))
    assert told == "Nothing changes: every part stays where it is, and Average Revenue per User at 41.80."
    net = {RATE: 0.05, "downgrade_rate.customers_once": 0.05}
    both = kpi_tree("net_upgrade_rate", net, variant="difference_of_rates", change=dict.fromkeys(net, 0.01))
    assert str(both.say("planned")) == (
        "If Upgrade Rate (customers once) rises from 5.0% to 6.0% and Downgrade Rate (customers once) rises from 5.0% to 6.0%, "
        "Net Upgrade Rate stays at 0.0%."
    )


def test_a_quotient_by_zero_is_said():
    with pytest.raises(CaseError) as refused:
        kpi_tree("ltv_to_cac_ratio", {**LTV, "customer_churn_rate": 0})
    assert (
        str(refused.value) == "ltv_to_cac_ratio has no value: customer_lifetime_value divides by customer_churn_rate, which is 0"
    )
    with pytest.raises(CaseError) as refused:
        kpi_tree("ltv_to_cac_ratio", LTV, change={"customer_churn_rate": -0.05, "gross_margin": 0.01})
    assert str(refused.value) == (
        "ltv_to_cac_ratio has no value on the way: customer_lifetime_value divides by customer_churn_rate, which is 0"
    )


def test_a_whole_that_divides_by_zero_itself_says_it():
    with pytest.raises(CaseError) as refused:
        kpi_tree("cac_payback_period", {"customer_acquisition_cost": 200, "contribution_per_user": 0})
    assert str(refused.value) == "cac_payback_period has no value: it divides by contribution_per_user, which is 0"


def test_no_kpi_and_no_variant_are_refused_with_the_nearest():
    with pytest.raises(DefinitionError, match="no KPI 'ltv_to_cac'; did you mean 'ltv_to_cac_ratio'?"):
        kpi_tree("ltv_to_cac")
    with pytest.raises(DefinitionError, match="average_revenue_per_user: no variant 'components'; did you mean 'by_components'?"):
        kpi_tree("average_revenue_per_user", variant="components")


# --- of a series -------------------------------------------------------------------------------------------------------

MONTHS = ["2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]
#: subscribers, upgraders, money of upgrades
COUNTS = [(100, 4, 80), (100, 5, 90), (200, 8, 170), (200, 12, 220), (200, 11, 250), (250, 20, 400)]


def upgrades(counts=COUNTS, as_of=date(2026, 1, 10)):
    frame = pd.DataFrame(
        [(month, *row) for month, row in zip(MONTHS, counts, strict=True)], columns=["month", "subs", "up", "usd"]
    )

    def part(kpi, variant, kind, numerator, denominator):
        table = read_table(frame, kind=kind, columns={"period": "month", "numerator": numerator, "denominator": denominator})
        return measure(kpi, table, variant=variant, window="month", as_of=as_of)

    parts = {RATE: part("upgrade_rate", "customers_once", "counts", "up", "subs"), EACH: part(EACH, None, "volumes", "usd", "up")}
    return compose("upgrade_revenue_per_user", parts)


@cache
def committed():
    """The answer of the table as it is committed."""
    return answer(script()())


def quarter(rows):
    """The share who upgraded and what each brought, of counts added over months: by a plain walk."""
    subs, up, usd = (sum(column) for column in zip(*rows, strict=True))
    return Fraction(up, subs), Fraction(usd, up)


def test_a_series_is_taken_by_its_review_period_counts_pooled_and_the_parts_add_up():
    assert load_kpi("upgrade_revenue_per_user").cadence == "quarter"
    verdict = kpi_tree(upgrades()).verdict
    (rate0, each0), (rate1, each1) = quarter(COUNTS[:3]), quarter(COUNTS[3:])
    assert (verdict["at"], verdict["grain"]) == ("2025Q4", "quarter")
    assert verdict["value"] == float(rate1 * each1)
    since = verdict["moved"]
    assert (since["before"], since["after"], since["from"]) == ("2025Q3", "2025Q4", float(rate0 * each0))
    assert {part["key"]: part["share"] for part in since["parts"]} == {
        RATE: float((rate1 - rate0) * (each0 + each1) / 2), EACH: float((each1 - each0) * (rate0 + rate1) / 2),
    }  # fmt: skip
    assert (rate1 - rate0) * (each0 + each1) / 2 + (each1 - each0) * (rate0 + rate1) / 2 == rate1 * each1 - rate0 * each0


def test_a_quarter_that_is_not_over_is_not_taken():
    told = kpi_tree(upgrades(as_of=date(2025, 12, 20)))
    verdict = told.verdict
    assert (verdict["at"], verdict["moved"]) == ("2025Q3", None)
    assert verdict["value"] == float(Fraction(17, 400) * Fraction(340, 17))
    assert "There is no whole quarter before 2025Q3 to compare with, so nothing is said of what changed." in [
        check.sentence for check in told.checks
    ]


def test_a_plain_series_has_itself_as_its_only_part():
    rate = upgrades().parts[RATE]
    verdict = kpi_tree(rate).verdict
    assert (verdict["at"], verdict["value"]) == ("2025-12", 20 / 250)
    assert [part["share"] for part in verdict["moved"]["parts"]] == [float(Fraction(20, 250) - Fraction(11, 200))]
    assert kpi_tree(rate).headline == "From 2025-11 to 2025-12 Upgrade Rate rose from 5.5% to 8.0% (+2.5 pp)."


def test_an_earlier_period_may_be_named_and_then_nothing_is_judged():
    told = committed()
    since = told.verdict["moved"]
    series = _language_app()
    earlier = kpi_tree(series, since="2025-06").verdict["moved"]
    assert (since["before"], earlier["before"], earlier["after"], earlier["compared"]) == ("2025-11", "2025-06", "2025-12", 0)
    assert sum(part["share"] for part in earlier["parts"]) == pytest.approx(earlier["change"], abs=1e-12)
    with pytest.raises(CaseError) as refused:
        kpi_tree(series, since="2025-6")
    assert str(refused.value).startswith(
        "average_revenue_per_user: no earlier period is called '2025-6', as since is; did you mean"
    )


@cache
def _language_app():
    from truths.tree import case

    from kpikit.measuring import measure_case

    return measure_case(case())


def test_the_case_answers_as_the_table_in_memory_does():
    assert kpi_tree(_language_app()).verdict["moved"] == committed().verdict["moved"]


def test_the_last_change_adds_up_by_another_route_in_exact_fractions():
    frame, told = script()(), committed().verdict["moved"]

    def parts(row):
        ratios = [("opening_revenue_usd", "subscribers"), ("upgraders", "subscribers"), ("upgrade_revenue_usd", "upgraders")]
        ratios += [("upsold", "subscribers"), ("upsell_revenue_usd", "upsold")]
        return [exact(int(row[n])) / int(row[d]) for n, d in ratios]

    before, after = parts(frame.iloc[-2]), parts(frame.iloc[-1])
    whole = [base + rate * each + share * size for base, rate, each, share, size in (before, after)]
    shares = attributed(lambda new: _sum(*(after[i] if i in new else before[i] for i in range(5))), 5)
    assert sum(shares) == whole[1] - whole[0]
    assert [part["share"] for part in told["parts"]] == [float(share) for share in shares]
    assert shares[0] == after[0] - before[0]  # a summand: what it changed by, in whatever order


def _sum(base, rate, each, share, size):
    return base + rate * each + share * size


def test_a_series_with_a_value_in_no_period_and_values_beside_a_series_are_refused():
    with pytest.raises(CaseError) as refused:
        kpi_tree(upgrades([(100, 0, 0)] * 6))
    assert str(refused.value) == (
        "upgrade_revenue_per_user: no complete period holds a value of each of its parts, so there is nothing to compute"
    )
    with pytest.raises(CaseError) as refused:
        kpi_tree(upgrades(), UPGRADE)
    assert str(refused.value) == "upgrade_revenue_per_user: a series has its own values; leave `values` out"


@pytest.mark.parametrize("seed", range(5))
def test_what_is_planted_is_found_and_added_the_most(seed):
    assert answered(seed, planted=True)


def test_without_it_nothing_is_called_clear_more_often_than_promised():
    assert sum(answered(seed, planted=False) for seed in range(6)) <= 1


def test_the_part_that_moved_is_not_the_part_whose_step_weighs_most():
    told = committed()
    assert told.verdict["moved"]["parts"][1]["key"] == PART
    assert "1% more of Base Revenue per User raises" in str(told.say("steps"))
    assert str(told.say("sure")).startswith("Of 5 parts Upgrade Rate (customers once) clearly moved;")


# --- structure and influences ------------------------------------------------------------------------------------------


def test_without_values_the_structure_is_told_and_nothing_is_computed():
    told = kpi_tree("upgrade_revenue_per_user")
    assert told.headline == (
        "Upgrade Revenue per User is the product of Upgrade Rate (customers once) and Revenue per Upgrade. No values were given, "
        "so nothing is computed. It is a part of Average Revenue per User (by components)."
    )
    assert numbers(told)[["value", "step", "effect"]].isna().all(axis=None)
    assert not re.search(r"\d", told.table.to_csv(index=False))


def test_a_kpi_that_counts_by_itself_says_so_and_what_it_is_a_part_of():
    told = kpi_tree("gross_margin")
    assert (
        told.headline == "Gross Margin is counted by itself, not composed of other KPIs. It is a part of Contribution per User."
    )
    other = str(kpi_tree("upgrade_rate").say("structure"))
    assert other.startswith(
        "Upgrade Rate is counted by itself, not composed of other KPIs. Its reading 'customers once' is a part of "
    )
    assert kpi_tree("stickiness").more["parents"].empty
    assert "No other KPI of the catalog is composed of it." in kpi_tree("stickiness").headline


def test_influences_are_the_definitions_own_sentences_of_root_and_leaves_and_back_to_the_root():
    rows = kpi_tree("upgrade_revenue_per_user").verdict["influences"]
    every = {(kpi_id, to): says for kpi_id in kpi_ids() for to, says in load_kpi(kpi_id).attributes["change_impact"].items()}
    mine = {"upgrade_revenue_per_user", "upgrade_rate", "revenue_per_upgrade"}
    expected = {pair for pair in every if pair[0] in mine or pair[1] == "upgrade_revenue_per_user"}
    assert {(row["from"], row["to"]) for row in rows} == expected
    assert all(row["says"] == every[row["from"], row["to"]] for row in rows)
    computed = {(row["from"], row["to"]) for row in rows if row["computed"]}
    assert computed == expected & {(part, "upgrade_revenue_per_user") for part in mine}


def test_what_is_made_of_a_difference_may_be_given_as_negative_and_what_counts_may_not(tmp_path):
    parts = 'of = ["base_revenue_per_user", "net_upgrade_rate.difference_of_rates"]'
    text = re.sub("of = .*", parts, _source("upgrade_revenue_per_user").replace('"upgrade_revenue_per_user"', '"gain"', 1))
    text = re.sub("parts = .*", 'parts = { base_revenue_per_user = 40, "net_upgrade_rate.difference_of_rates" = 0.03 }', text)
    (tmp_path / "gain.toml").write_text(text, encoding="utf-8")
    net = kpi_tree("gain", {"base_revenue_per_user": 40, "net_upgrade_rate.difference_of_rates": -0.05}, catalog=[tmp_path])
    assert net.verdict["value"] == -2.0
    lot = _source("upgrade_revenue_per_user").replace('"upgrade_revenue_per_user"', '"lot"', 1).replace(RATE, "gain")
    lot = re.sub("parts = .*", "parts = { gain = 0.08, revenue_per_upgrade = 15 }", lot)
    (tmp_path / "lot.toml").write_text(lot, encoding="utf-8")
    assert kpi_tree("lot", {"gain": -2, EACH: 3}, catalog=[tmp_path], change={"gain": -1}).verdict["planned"]["to"] == -9.0
    with pytest.raises(CaseError) as refused:
        kpi_tree("lot", {"gain": -2, EACH: -3}, catalog=[tmp_path])
    assert str(refused.value) == f"{EACH}: it would be -3; it cannot be negative"


def test_a_part_that_was_not_judged_is_not_called_luck():
    judged = [("A", 0.01, True), ("B", 0.6, False), ("C", None, False)]
    parts = [{"name": name, "adjusted": adjusted, "clear": clear} for name, adjusted, clear in judged]
    told = sure_sentence({"moved": {"compared": 2, "parts": parts}})
    assert told == "Of 2 parts A clearly moved; what B added may be luck. Not judged: C."
    told = sure_sentence({"moved": {"compared": 1, "parts": parts[1:]}})
    assert told == "By its own counts B did not clearly move: what the accounting gives to it may be luck. Not judged: C."


def test_an_own_definition_is_a_part_like_any_other(tmp_path):
    text = (_source("upgrade_revenue_per_user")).replace('id = "upgrade_revenue_per_user"', 'id = "my_revenue"', 1)
    (tmp_path / "my_revenue.toml").write_text(text, encoding="utf-8")
    told = kpi_tree("my_revenue", UPGRADE, catalog=[tmp_path])
    assert told.verdict["value"] == 1.0
    assert "Its reading" not in told.headline
    parents = kpi_tree(load_kpi("revenue_per_upgrade", tmp_path)).more["parents"]
    assert len(parents) == 2


def _source(kpi_id):
    from kpikit.catalog.folders import KPIS

    return (KPIS / f"{kpi_id}.toml").read_text(encoding="utf-8")


# --- figures and command line ------------------------------------------------------------------------------------------

DRAWN = {
    "sum": per_user, "deep": lambda: kpi_tree("ltv_to_cac_ratio", LTV), "bare": lambda: kpi_tree("ltv_to_cac_ratio"),
    "leaf": lambda: kpi_tree("upgrade_rate"), "planned": lambda: per_user(change={RATE: 0.01}),
    "huge": lambda: kpi_tree("ltv_to_cac_ratio", {**LTV, "average_revenue_per_user": 123456789.12}),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_no_box_overlaps_another_and_every_text_stays_in_its_box_and_in_the_figure(name):
    figure = tree_chart(DRAWN[name]()).figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.axes[0]
    boxes = [patch.get_window_extent(renderer) for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    whole = figure.bbox
    for text in axes.texts:
        place = text.get_window_extent(renderer)
        assert whole.x0 <= place.x0, text
        assert place.x1 <= whole.x1, text
        assert whole.y0 <= place.y0, text
        assert place.y1 <= whole.y1, text
        inside = [box for box in boxes if box.x0 < place.x0 < box.x1 and box.y0 < (place.y0 + place.y1) / 2 < box.y1]
        assert all(place.x1 <= box.x1 and box.y0 <= place.y0 and place.y1 <= box.y1 for box in inside), text.get_text()


def test_the_drawn_values_are_plain_and_influences_bear_no_number():
    chart = tree_chart(per_user())
    assert json.loads(json.dumps(chart.spec)) == chart.spec
    assert all(set(edge) == {"from", "to"} and not re.search(r"\d", "".join(edge.values())) for edge in chart.spec["influences"])
    assert [node["sign"] for node in chart.spec["nodes"]] == ["", "", "+", "", "×", "+", "", "×"]
    assert [node["sign"] for node in tree_chart(kpi_tree("ltv_to_cac_ratio", LTV)).spec["nodes"]] == [
        "",
        "",
        "",
        "",
        "×",
        "÷",
        "÷",
    ]
    assert chart.alt.startswith(
        "Tree of 8 KPIs. Average Revenue per User (by components) (41.80) is composed, by its formulas, of "
    )


def test_bars_say_what_they_show_also_where_there_is_nothing():
    assert str(step_bars(per_user()).says).startswith("What one step of each part makes of Average Revenue per User: Base ")
    assert str(moved_bars(per_user()).says) == "No earlier period is there to compare with."
    moved_by = moved_bars(committed())
    assert len(moved_by.table) == 5
    assert moved_by.figure() is not None
    assert step_bars(kpi_tree("stickiness")).figure() is not None


def test_the_command_prints_the_tree_with_values_and_effects(capsys):
    assert main(["tree", "upgrade_revenue_per_user", f"{RATE}=5%", f"{EACH}=20", "--change", f"{RATE}=1%"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Upgrade Revenue per User [upgrade_revenue_per_user]: 1.00",
        f"      Upgrade Rate (customers once) [{RATE}]: 5.0%   +1 pp makes +0.20 (+20.0%)",
        f"    × Revenue per Upgrade [{EACH}]: 20.00   +1% (+0.20) makes +0.01 (+1.0%)",
    ]
    assert lines[4].startswith("If Upgrade Rate (customers once) rises from 5.0% to 6.0%, Upgrade Revenue per User rises by 0.20")


def test_the_command_without_values_prints_structure_and_influences(capsys):
    assert main(["tree", "cac_payback_period"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[1] == "      Customer Acquisition Cost [customer_acquisition_cost]"
    assert "Documented, not computed:" in told
    assert main(["tree", "cac_payback_period", "gross_margin=2"]) != 0


def test_valued_keeps_what_was_given_exact():
    tree, given = valued(branch_of(load_kpi("upgrade_revenue_per_user")), UPGRADE)
    assert given == {RATE: Fraction(1, 20), EACH: 20}
    assert tree.value(given) == 1
