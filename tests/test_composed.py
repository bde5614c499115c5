"""kpikit.series.composed and kpikit.stats.composing: a KPI made of others, each pooled by itself and combined last."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from small_kpis import kpi_of

from kpikit.bands import Band
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.measuring import compose, measure, measure_case
from kpikit.measuring.composing import leaves
from kpikit.questions.before_after import before_after
from kpikit.questions.scorecard import scorecard
from kpikit.series import ComposedSeries
from kpikit.stats.composing import composed
from kpikit.stats.intervals import Interval, difference, wilson
from kpikit.tables import read_table

MONTHS = ["2026-01", "2026-02", "2026-03"]


def share(numerators, denominators, *, as_of="2026-03-31", months=MONTHS, region=None):
    rows = pd.DataFrame({"period": months, "numerator": numerators, "denominator": denominators})
    if region:
        rows["region"] = region
    return measure(
        "upsell_ratio", read_table(rows, kind="counts", segments=["region"] if region else ()), as_of=as_of, window="month"
    )


def amounts(numerators, denominators, months=MONTHS, region=None):
    rows = pd.DataFrame({"period": months, "numerator": [Decimal(x) for x in numerators], "denominator": denominators})
    rows["denominator"] = rows["denominator"].map(Decimal)
    if region:
        rows["region"] = region
    table = read_table(rows, kind="volumes", segments=["region"] if region else ())
    return measure("revenue_per_upsell", table, as_of="2026-03-31", window="month", variant="per_sale")


def of(combine, *parts, bands=()):
    keys = [f"part_{place}" for place in range(len(parts))]
    kpi = kpi_of("composed", "parts", combine=combine, of=tuple(keys), unit="number", bands=bands)
    return ComposedSeries.of(kpi, kpi.variants[0], dict(zip(keys, parts, strict=True)))


#: 10 % x 5.00, 20 % x 6.00 and 30 % x 4.00 a month
REACH, SIZE = share([10, 20, 30], [100, 100, 100]), amounts(["50", "120", "120"], [10, 20, 30])


def test_parts_without_a_row_make_a_series_without_one():
    assert of("product", *(replace(part, counts=part.counts.iloc[:0]) for part in (REACH, SIZE))).table.empty


def test_each_period_combines_the_values_of_its_parts_exactly():
    told = of("product", REACH, SIZE).table
    assert [Fraction(int(n), int(d)) for n, d in zip(told["numerator"], told["denominator"], strict=True)] == [
        Fraction(1, 2), Fraction(6, 5), Fraction(6, 5),
    ]  # fmt: skip
    assert list(told["value"]) == [0.5, 1.2, 1.2]


@pytest.mark.parametrize(("combine", "expected"), [("sum", 5.1), ("difference", -4.9), ("quotient", 0.02), ("product", 0.5)])
def test_the_first_month_by_hand(combine, expected):
    assert of(combine, REACH, SIZE).table["value"].iloc[0] == pytest.approx(expected, abs=1e-15)


def test_pooling_adds_each_parts_counts_and_combines_last():
    """60 of 300 is 20 %, 290 over 60 is 4.8333: together 0.96667, which is no mean of 0.5, 1.2 and 1.2."""
    series = of("product", REACH, SIZE)
    pooled = series.pool(series.rows.assign(whole="all"), ["whole"])
    assert Fraction(int(pooled["numerator"].iloc[0]), int(pooled["denominator"].iloc[0])) == Fraction(60, 300) * Fraction(290, 60)


def test_a_value_of_nothing_is_no_number():
    told = of("quotient", SIZE, share([0, 20, 30], [100, 100, 100])).table
    assert list(told["status"]) == ["zero denominator", "ok", "ok"]
    assert np.isnan(told["value"].iloc[0])


def test_a_value_of_zero_stays_zero():
    told = of("product", share([0, 20, 30], [100, 100, 100]), SIZE).table
    assert (told["value"].iloc[0], told["numerator"].iloc[0], told["status"].iloc[0]) == (0, 0, "ok")


def test_a_period_that_a_part_lacks_has_no_value():
    told = of("product", REACH, amounts(["50", "120"], [10, 20], MONTHS[:2])).table
    assert list(told["status"]) == ["ok", "ok", "no data"]


def test_a_partial_period_stays_partial():
    series = of(
        "product",
        share([10, 20, 30], [100] * 3, as_of="2026-03-15"),
        replace(SIZE, as_of=share([1], [2], as_of="2026-03-15", months=MONTHS[:1]).as_of),
    )
    assert list(series.table["status"]) == ["ok", "ok", "partial"]


def test_bands_are_exact():
    """1/10 x 5 is exactly the edge of 0.5, which belongs to the lower band."""
    bands = (Band("low", Decimal("0.5")), Band("high", None))
    assert list(of("product", REACH, SIZE, bands=bands).table["band"]) == ["low", "high", "high"]


def test_parts_measured_at_different_grains_are_pooled_by_the_period_that_is_shown():
    """Shares of quarters do not add up from months, amounts do: 30 of 200, times 170 over 30."""
    quarters = pd.DataFrame({"period": ["2026-Q1", "2026-Q2"], "numerator": [10, 20], "denominator": [100, 100]})
    reach = measure("upsell_ratio", read_table(quarters, kind="counts"), as_of="2026-06-30", window="quarter")
    months = pd.DataFrame({"period": [f"2026-0{month}" for month in range(1, 7)], "numerator": [10, 20, 20, 30, 30, 60]})
    months["denominator"] = [2, 4, 4, 6, 6, 8]
    how = {"variant": "per_sale", "as_of": "2026-06-30", "window": "quarter"}
    series = of("product", reach, measure("revenue_per_upsell", read_table(months, kind="volumes"), **how))
    assert series.table["value"].tolist() == [0.5, 1.2]  # 10 % of 5, 20 % of 6
    pooled = series.pool(series.rows.assign(whole="all"), ["whole"])
    assert Fraction(int(pooled["numerator"].iloc[0]), int(pooled["denominator"].iloc[0])) == Fraction(30, 200) * Fraction(170, 30)


def test_bands_of_a_composed_kpi_are_told_with_their_source():
    bands = (Band("low", Decimal("0.5"), reading=True), Band("high", None))
    assert "\nBands: low (up to 0.5, our reading) and high (above 0.5)." in str(of("product", REACH, SIZE, bands=bands).measured)


def test_segments_are_combined_each_by_itself_and_the_total_from_the_totals():
    one = share([10, 20, 30, 40], [100] * 4, months=[*MONTHS[:2], *MONTHS[:2]], region=["n", "n", "s", "s"])
    two = amounts([50, 120, 60, 80], [10, 20, 30, 40], [*MONTHS[:2], *MONTHS[:2]], region=["n", "n", "s", "s"])
    series = of("product", one, two)
    told = series.table.set_index(["period", "region"])["value"]
    assert told.xs("n", level="region").tolist() == [0.5, 1.2] and told.xs("s", level="region").tolist() == [0.6, 0.8]
    assert series.total().table["value"].tolist() == [
        float(Fraction(40, 200) * Fraction(110, 40)),
        float(Fraction(60, 200) * Fraction(200, 60)),
    ]


def test_parts_that_differ_in_period_are_refused():
    quarter = measure("upsell_ratio", read_table(pd.DataFrame({"period": ["2026-Q1"], "numerator": [1], "denominator": [2]}), kind="counts"),
                      as_of="2026-03-31", window="quarter")  # fmt: skip
    with pytest.raises(CaseError) as why:
        of("product", REACH, quarter)
    assert str(why.value) == "small: its parts differ in period: 'part_0' has month, 'part_1' quarter"


def test_limits_of_a_difference_are_newcombes():
    """The limits of 9/10 - 3/10 are published: Newcombe 1998, table II."""
    told = composed("difference", [wilson([9], [10]), wilson([3], [10])])
    assert [round(float(end[0]), 4) for end in told[1:]] == [0.1705, 0.8090]


def test_limits_of_a_sum_are_those_of_a_difference_to_the_negative():
    a, b = wilson([9], [10]), wilson([3], [10])
    negative = Interval(-b.value, -b.high, -b.low)
    assert np.array_equal(composed("sum", [a, b]), difference(a, negative))


def test_limits_of_a_product_of_lognormals_are_exact():
    """Symmetric limits on logarithms: the product's are z root(s1 + s2) around the sum of the logarithms."""
    one, two = (Interval(*(np.array([np.exp(m + z * s)]) for z in (0, -1.96, 1.96))) for m, s in ((1.0, 0.3), (2.0, 0.4)))
    told = composed("product", [one, two])
    assert np.log(told.low[0]) == pytest.approx(3 - 1.96 * 0.5) and np.log(told.high[0]) == pytest.approx(3 + 1.96 * 0.5)


def test_limits_of_a_product_cover_what_they_say():
    chance = np.random.default_rng(7)
    x, y = chance.binomial(200, 0.3, 4000), chance.binomial(300, 0.1, 4000)
    told = composed("product", [wilson(x, 200), wilson(y, 300)])
    assert 0.93 < ((told.low <= 0.03) & (told.high >= 0.03)).mean() < 0.97


def test_a_product_with_a_part_without_limits_has_none():
    told = composed("product", [wilson([9], [10]), Interval(np.array([2.0]), np.array([np.nan]), np.array([np.nan]))])
    assert told.value[0] == pytest.approx(1.8) and np.isnan([told.low[0], told.high[0]]).all()


def test_compose_asks_for_every_leaf_and_refuses_what_is_none():
    with pytest.raises(CaseError) as why:
        compose("contribution_per_user", {"gross_margin": REACH})
    assert str(why.value) == (
        "contribution_per_user: the series of its part 'average_revenue_per_user.recurring' is missing; it is made of "
        "average_revenue_per_user.recurring and gross_margin"
    )
    with pytest.raises(CaseError) as why:
        compose("contribution_per_user", {"gros_margin": REACH})
    assert str(why.value) == "contribution_per_user is not made of 'gros_margin'; did you mean 'gross_margin'?"


def test_a_default_variant_is_named_by_its_id_too_and_once():
    each = {"gross_margin": REACH, "average_revenue_per_user": SIZE}
    long = {"gross_margin.gross_profit": REACH, "average_revenue_per_user.recurring": SIZE}
    one, other = (compose("contribution_per_user", parts).table for parts in (each, long))
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(CaseError) as why:
        compose("contribution_per_user", each | long)
    assert str(why.value) == "contribution_per_user: its part 'gross_margin' is given twice"


def test_a_leaf_that_is_named_in_two_ways_is_one():
    named = ("contribution_per_user", "average_revenue_per_user")
    kpi = kpi_of("composed", "parts", combine="quotient", of=named, unit="number")
    assert leaves(kpi, kpi.variant()) == ["average_revenue_per_user.recurring", "gross_margin"]
    told = compose(kpi, {"average_revenue_per_user": SIZE, "gross_margin": REACH})
    assert list(told.table["value"]) == list(REACH.table["value"])  # times and over the same amount


def test_a_counted_kpi_is_not_composed():
    with pytest.raises(CaseError) as why:
        compose("upgrade_rate", {})
    assert str(why.value) == "upgrade_rate: variant 'all_subscribers' is counted by itself, not composed of other KPIs"


#: 20 users pay 1,000 of which 600 remain, and 1 of 20 leaves; in February 2 of 20 leave
CASE = """
title = "Lifetime value"
kpi = "customer_lifetime_value"
table = "sums.csv"
kind = "volumes"
columns = { period = "month" }
as_of = 2026-03-31
window = "month"
question = "scorecard"
[also]
"average_revenue_per_user.recurring" = ["revenue", "users"]
gross_margin = ["profit", "revenue"]
customer_churn_rate = ["left", "users"]
"""
SUMS = "month,revenue,users,profit,left\n2026-01,1000,20,600,1\n2026-02,1000,20,600,2\n"


def test_a_case_names_the_columns_of_the_parts(tmp_path):
    (tmp_path / "sums.csv").write_text(SUMS)
    (tmp_path / "ltv.toml").write_text(CASE)
    from kpikit.cases import read_case

    series = measure_case(read_case(tmp_path / "ltv.toml"))
    assert series.table["value"].tolist() == [600, 300]  # 50 x 0.6 / 0.05, and over 0.10
    verdict = scorecard(series).verdict
    assert (verdict["value"], verdict["unit"]) == (300, "money")


def test_a_composed_kpi_is_measured_on_the_rows_that_all_its_parts_share():
    rows = [("ann", "2026-01-01", "basic", 10), ("bob", "2026-01-01", "basic", 10), ("ann", "2026-02-10", "pro", 30),
            ("cid", "2026-03-05", "basic", 10)]  # fmt: skip
    table = read_table(pd.DataFrame(rows, columns=["customer", "date", "plan", "amount"]), kind="plans")
    series = measure("upgrade_revenue_per_user", table, as_of="2026-03-31", window="month", plan_order=["basic", "pro"])
    february = series.table.set_index(series.table["period"].astype(str)).loc["2026-02"]
    assert february["value"] == 10.0  # 1 of 2 upgraded, by 20


def test_rows_that_a_part_cannot_be_measured_on_are_refused_with_the_way_out():
    table = read_table(
        pd.DataFrame([("ann", "2026-01-01", "basic", 10)], columns=["customer", "date", "plan", "amount"]), kind="plans"
    )
    with pytest.raises(CaseError) as why:
        measure("customer_lifetime_value", table, as_of="2026-03-31", window="month", plan_order=["basic"])
    assert str(why.value) == (
        "customer_lifetime_value: its parts gross_margin are not measured on rows of plans; measure each part on its own table and "
        "give them to kk.compose, or name their columns in a case: also = { part = [numerator, denominator] }"
    )


def test_before_and_after_is_asked_of_the_parts():
    with pytest.raises(CaseError) as why:
        before_after(of("product", REACH, SIZE), "2026-02-01")
    assert str(why.value) == (
        "small: before/after is asked of counts, and this KPI is the product of part_0 and part_1; ask it of these, one by one; "
        "kk.kpi_tree says what a change of theirs makes of it"
    )


def test_a_composed_series_shows_itself():
    series = of("product", REACH, SIZE)
    bundle = series._repr_mimebundle_()
    assert "part_0" in bundle["text/plain"]
    assert bundle["application/vnd.kpikit+json"]["kpi"] == "small"
    assert load_kpi("customer_lifetime_value").variants[0].tables == ()
