"""kpikit.series: counts are pooled first and divided last, and what is missing says why."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from kpikit.answer import MIME
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.moments import as_moment, days_of, longest_days
from kpikit.series import COLUMNS, KpiSeries

CALM = settings(deadline=None, derandomize=True, max_examples=25)
NAN = float("nan")
BOTH = ("periods", "segments")
LATER = datetime(2030, 1, 1)

#: one variant for each kind of noise: what is counted, and along which directions it adds up
KINDS = {
    "share": ("upgrade_rate", "customers_once", ("segments",)),
    "rate": ("upgrade_rate", "all_subscribers", ("segments",)),
    "stock": ("product_upgrade_ratio", "adoption", ("segments",)),
    "quantity": ("product_upgrade_ratio", "volume", BOTH),
    "cohort": ("product_upsell_rate", "published", BOTH),
}


def series(kind, rows, columns=(), freq="M", window="month", period="month", **more):
    """A series of one kind from rows of period, the named columns, numerator and denominator."""
    kpi_id, variant, adds = KINDS[kind]
    kpi = load_kpi(kpi_id)
    segments = tuple(name for name in columns if not name.startswith(("censored", "straddling")))
    counts = pd.DataFrame(
        rows, columns=["period", *segments, "numerator", "denominator", *(c for c in columns if c not in segments)]
    )
    counts["period"] = pd.PeriodIndex(counts["period"], freq=freq)
    keys = {"as_of": LATER, "adds_over": adds, "segments": segments} | more
    return KpiSeries(kpi, kpi.variant(variant), window, period, counts=counts, **keys)


def spread_interval(n, d):
    """The linearised interval of sum(n) / sum(d) by the covariance of the periods: an independent route."""
    n, d = np.asarray(n, dtype=float), np.asarray(d, dtype=float)
    ratio, k = n.sum() / d.sum(), len(n)
    (nn, nd), (_, dd) = np.cov(n, d)
    half = stats.t.ppf(0.975, k - 1) * np.sqrt((nn - 2 * ratio * nd + ratio**2 * dd) / k) / d.mean()
    return [ratio - half, ratio + half]


def limits(row):
    return [float(row["low"]), float(row["high"])]


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


MONTHS = [
    (f"2024-{month:02}", n, d)
    for month, n, d in zip(range(1, 13), [3, 5, 4, 6, 2, 7, 5, 5, 8, 4, 6, 9], range(40, 52), strict=True)
]
N, D = [n for _, n, _ in MONTHS], [d for _, _, d in MONTHS]


# the table


def test_a_series_is_a_row_a_period_with_counts_value_limits_band_and_status():
    table = series("rate", [("2024-01", 10, 100), ("2024-02", 25, 100)]).table
    assert tuple(table.columns) == COLUMNS == ("period", "numerator", "denominator", "value", "low", "high", "band", "status")
    assert table["period"].astype(str).tolist() == ["2024-01", "2024-02"]
    assert table["value"].tolist() == [0.1, 0.25]
    assert table["band"].tolist() == ["below target", "on target"]
    assert table["status"].tolist() == ["ok", "ok"]


def test_rows_of_one_period_are_added_and_then_divided():
    row = only(series("rate", [("2024-01", 100, 100), ("2024-01", 100, 10_000)]).table)
    assert (row["numerator"], row["denominator"]) == (200, 10_100)
    assert row["value"] == pytest.approx(200 / 10_100)
    assert row["value"] != pytest.approx((1 + 0.01) / 2)


@pytest.mark.parametrize("kind", ["share", "cohort"])
def test_independent_units_have_wilsons_interval(kind):
    row = only(series(kind, [("2024-01", 81, 263)]).table)
    assert_allclose(limits(row), stats.binomtest(81, 263).proportion_ci(0.95, "wilson"), rtol=1e-9)


def test_events_have_the_exact_poisson_interval():
    row = only(series("rate", [("2024-01", 30, 20)]).table)
    assert_allclose(limits(row), [stats.chi2.ppf(0.025, 60) / 40, stats.chi2.ppf(0.975, 62) / 40], rtol=1e-9)


def test_the_customers_of_one_month_of_a_stock_are_independent():
    row = only(series("stock", [("2024-01", 81, 263)]).table)
    assert_allclose(limits(row), stats.binomtest(81, 263).proportion_ci(0.95, "wilson"), rtol=1e-9)


def test_a_single_month_of_an_amount_has_a_value_and_no_interval():
    row = only(series("quantity", [("2024-01", 640, 1600)]).table)
    assert row["value"] == 0.4
    assert np.isnan(limits(row)).all()


def test_an_empty_series_is_an_empty_table():
    counts = pd.DataFrame(
        {"period": pd.PeriodIndex([], freq="M"), "numerator": np.array([], int), "denominator": np.array([], int)}
    )
    kpi = load_kpi("upgrade_rate")
    empty = KpiSeries(kpi, kpi.variant(), "month", "month", LATER, counts)
    assert empty.table.empty
    assert empty.usable.empty
    assert repr(empty) == "<KpiSeries upgrade_rate.all_subscribers per month, empty>"


@CALM
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 50), st.integers(50, 99)), min_size=1, max_size=8),
    st.randoms(),
)
def test_the_order_of_the_rows_and_how_they_are_cut_change_nothing(kind, rows, shuffle):
    named = [(f"2024-{month:02}", n, d) for month, n, d in rows]
    halves = [row for month, n, d in named for row in ((month, n // 2, d // 3), (month, n - n // 2, d - d // 3))]
    shuffle.shuffle(halves)
    pd.testing.assert_frame_equal(series(kind, halves).table, series(kind, named).table)


@CALM
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 50), st.integers(50, 99)), min_size=1, max_size=8))
def test_a_pooled_value_lies_between_those_it_is_pooled_from(rows):
    cohort = series("cohort", [(f"2024-{month:02}", n, d) for month, n, d in rows])
    months, year = cohort.usable["value"], only(cohort.rolled_up("year").table)
    assert months.min() - 1e-12 <= year["value"] <= months.max() + 1e-12
    assert Fraction(int(year["numerator"]), int(year["denominator"])) == Fraction(
        sum(n for _, n, _ in rows), sum(d for *_, d in rows)
    )


# what is missing


def test_a_month_without_a_row_is_no_data_and_never_zero():
    table = series("rate", [("2024-01", 10, 100), ("2024-03", 10, 100)]).table
    assert table["status"].tolist() == ["ok", "no data", "ok"]
    assert table.loc[1, ["numerator", "denominator", "value", "low", "high", "band"]].isna().all()


def test_a_segment_without_a_row_in_a_month_is_no_data():
    table = series(
        "rate", [("2024-01", "north", 10, 100), ("2024-01", "south", 10, 100), ("2024-02", "south", 10, 100)], ["region"]
    ).table
    assert [tuple(row) for row in table[["region", "status"]].to_numpy()] == [
        ("north", "ok"), ("south", "ok"), ("north", "no data"), ("south", "ok"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        (datetime(2024, 2, 15), "partial"),
        (datetime(2024, 2, 29, 23, 59, 59), "partial"),
        (datetime(2024, 3, 1), "ok"),
        (datetime(2025, 1, 1), "ok"),
    ],
)
def test_a_period_is_partial_until_it_is_over(as_of, status):
    table = series("rate", [("2024-01", 10, 100), ("2024-02", 10, 100)], as_of=as_of).table
    assert table["status"].tolist() == ["ok", status]


def test_a_partial_period_keeps_its_counts_and_has_no_value():
    row = series("rate", [("2024-01", 10, 100), ("2024-02", 7, 90)], as_of=datetime(2024, 2, 15)).table.loc[1]
    assert (row["numerator"], row["denominator"]) == (7, 90)
    assert row[["value", "low", "high", "band"]].isna().all()


def test_a_zero_denominator_has_a_status_and_no_value():
    table = series("rate", [("2024-01", 0, 0), ("2024-02", 0, 10)]).table
    assert table["status"].tolist() == ["zero denominator", "ok"]
    assert table.loc[0, ["value", "low", "high", "band"]].isna().all()
    assert table.loc[1, "value"] == 0


def test_a_cohort_whose_windows_are_all_open_is_censored_and_not_zero():
    rows = [("2024-01", 3, 10, 0, 0), ("2024-02", 1, 4, 6, 2), ("2024-03", 0, 0, 5, 1)]
    table = series("cohort", rows, ["censored", "censored_numerator"], window="30 days").table
    assert table["status"].tolist() == ["ok", "ok", "censored"]
    assert table["censored"].tolist() == [0, 6, 5]
    assert table["value"].iloc[1] == 0.25
    assert np.isnan(table["value"].iloc[2])


def test_a_quarter_is_partial_until_its_last_month_is_over():
    table = series("quantity", MONTHS[:5], as_of=datetime(2024, 6, 10)).rolled_up("quarter").table
    assert table["status"].tolist() == ["ok", "partial"]


def test_only_rows_with_a_value_are_usable():
    measured = series(
        "rate", [("2024-01", 0, 0), ("2024-02", 1, 50), ("2024-04", 1, 50), ("2024-05", 1, 50)], as_of=datetime(2024, 5, 9)
    )
    assert measured.table["status"].tolist() == ["zero denominator", "ok", "no data", "ok", "partial"]
    assert measured.usable["period"].astype(str).tolist() == ["2024-02", "2024-04"]


# segments


def test_segments_whose_names_look_missing_are_kept():
    names = ["NA", "None", "nan", "null", ""]
    measured = series("rate", [("2024-01", name, 1, 50) for name in names], ["region"])
    assert sorted(measured.table["region"]) == sorted(names)
    assert only(measured.total().table)["denominator"] == 250


@pytest.mark.parametrize("missing", [None, NAN])
def test_a_segment_that_is_missing_is_a_segment_and_is_not_lost(missing):
    measured = series("rate", [("2024-01", missing, 1, 50), ("2024-01", "north", 2, 50), ("2024-02", "north", 2, 50)], ["region"])
    table = measured.table
    assert table["status"].tolist() == ["ok", "ok", "ok", "no data"]
    assert table["region"].isna().tolist() == [False, True, False, True]
    assert measured.total().table["denominator"].tolist() == [100, 50]


@pytest.mark.parametrize("missing", [None, NAN])
def test_a_missing_segment_of_an_amount_keeps_its_interval_by_the_spread(missing):
    rows = [(month, region, n * k, d) for month, n, d in MONTHS for region, k in ((missing, 1), ("north", 2))]
    year = series("quantity", rows, ["region"]).rolled_up("year").table
    assert_allclose(limits(year[year["region"].isna()].iloc[0]), spread_interval(N, D))
    assert_allclose(limits(year[year["region"] == "north"].iloc[0]), spread_interval([2 * n for n in N], D))


def test_the_total_adds_the_counts_of_segments_and_divides_last():
    measured = series("rate", [("2024-01", "north", 100, 100), ("2024-01", "south", 100, 10_000)], ["region"])
    row = only(measured.total().table)
    assert (row["numerator"], row["denominator"]) == (200, 10_100)
    assert row["value"] == pytest.approx(200 / 10_100)
    assert measured.total().segments == ()


def test_the_total_of_two_cuts_adds_both_once():
    rows = [("2024-01", region, plan, 1, 50) for region in "NS" for plan in "AB"]
    assert only(series("rate", rows, ["region", "plan"]).total().table)["denominator"] == 200


def test_the_total_of_a_series_without_segments_is_itself():
    whole = series("rate", [("2024-01", 1, 50)])
    assert whole.total() is whole


def test_the_total_of_customers_in_several_segments_is_the_measured_whole():
    whole = series("share", [("2024-01", 5, 50)])
    cut = series("share", [("2024-01", "a", 5, 40), ("2024-01", "b", 5, 40)], ["region"], whole=lambda: whole, adds_over=())
    assert cut.total() is whole
    assert only(cut.total().table)["denominator"] == 50


def test_segments_that_do_not_add_up_are_refused_without_a_measured_whole():
    cut = series("share", [("2024-01", "a", 5, 40)], ["region"], adds_over=())
    with pytest.raises(CaseError) as told:
        cut.total()
    assert (
        str(told.value) == "upgrade_rate: a customer can be in two segments, so they do not add up; measure it without segments"
    )


def test_the_total_keeps_those_left_out():
    rows = [("2024-01", "a", 1, 40, 3, 1), ("2024-01", "b", 1, 40, 4, 0)]
    total = series("cohort", rows, ["region", "censored", "censored_numerator"], window="30 days").total()
    assert only(total.table)[["censored", "censored_numerator"]].tolist() == [7, 1]


# coarser periods


@pytest.mark.parametrize(
    ("kind", "counts", "whose"),
    [("share", "flow", "subscribers"), ("rate", "flow", "subscribers"), ("stock", "stock", "customers offered the upgrade")],
)
def test_periods_of_the_same_customers_do_not_add_up_and_the_reason_is_given(kind, counts, whose):
    measured = series(kind, MONTHS)
    kpi_id = KINDS[kind][0]
    with pytest.raises(CaseError) as told:
        measured.rolled_up("quarter")
    assert str(told.value) == (
        f"{kpi_id}: months of a {counts} do not add up to a quarter: the same {whose} are in each; "
        "measure it again with window = 'quarter'"
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_series_may_be_rolled_up_to_its_own_period(kind):
    measured = series(kind, MONTHS)
    pd.testing.assert_frame_equal(measured.rolled_up("month").table, measured.table)


@pytest.mark.parametrize("kind", ["quantity", "cohort"])
def test_amounts_and_cohorts_are_pooled_by_quarter_and_year(kind):
    measured = series(kind, MONTHS)
    quarters, year = measured.rolled_up("quarter"), measured.rolled_up("year")
    assert quarters.table["period"].astype(str).tolist() == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert quarters.table["numerator"].tolist() == [12, 15, 18, 19]
    assert quarters.table["denominator"].tolist() == [123, 132, 141, 150]
    assert only(year.table)["value"] == pytest.approx(64 / 546)
    assert (quarters.period, year.period) == ("quarter", "year")


def test_an_amount_by_year_has_the_spread_of_its_months():
    row = only(series("quantity", MONTHS).rolled_up("year").table)
    assert_allclose(limits(row), spread_interval(N, D), rtol=1e-10)


def test_an_amount_by_quarter_has_the_spread_of_its_own_three_months():
    table = series("quantity", MONTHS).rolled_up("quarter").table
    for quarter, row in table.iterrows():
        months = slice(3 * quarter, 3 * quarter + 3)
        assert_allclose(limits(row), np.maximum(spread_interval(N[months], D[months]), 0), rtol=1e-10)


def test_a_cohort_by_year_has_wilsons_interval_of_all_its_customers():
    row = only(series("cohort", MONTHS).rolled_up("year").table)
    assert_allclose(limits(row), stats.binomtest(sum(N), sum(D)).proportion_ci(0.95, "wilson"), rtol=1e-9)


@pytest.mark.parametrize("factor", [1000, Decimal("0.158987294928"), 0.158987294928])
def test_the_unit_of_an_amount_changes_neither_value_nor_interval_nor_band(factor):
    barrels = series("quantity", MONTHS).rolled_up("quarter").table
    other = series("quantity", [(month, n * factor, d * factor) for month, n, d in MONTHS]).rolled_up("quarter").table
    for column in ("value", "low", "high"):
        assert_allclose(other[column], barrels[column], rtol=1e-9)
    assert other["numerator"].astype(float).tolist() == pytest.approx([float(n * factor) for n in barrels["numerator"]])


def test_the_window_of_an_amount_follows_its_period():
    assert series("quantity", MONTHS).rolled_up("year").window == "year"


@pytest.mark.parametrize("window", ["30 days", "ever", "month"])
def test_followed_customers_keep_their_window_when_their_first_purchases_are_pooled(window):
    assert series("cohort", MONTHS, window=window).rolled_up("quarter").window == window


def test_a_period_that_does_not_exist_is_refused():
    with pytest.raises(CaseError) as told:
        series("quantity", MONTHS).rolled_up("fortnight")
    assert str(told.value) == "product_upgrade_ratio: no period 'fortnight'; there is day, week, month, quarter, year"


def test_a_quarter_is_not_cut_into_months_that_were_never_measured():
    quarters = series("quantity", [("2024Q1", 640, 1600), ("2024Q2", 700, 1600)], freq="Q", window="quarter", period="quarter")
    with pytest.raises(CaseError) as told:
        quarters.rolled_up("month")
    assert str(told.value) == ("product_upgrade_ratio: quarters cannot be cut into months; measure it again by month")


# pooling


@pytest.mark.parametrize("kind", ["stock", "quantity"])
def test_pooled_months_of_the_same_customers_or_of_amounts_have_the_spread_between_them(kind):
    measured = series(kind, MONTHS)
    row = only(measured.pool(measured.rows.assign(all="all"), ["all"]))
    assert_allclose(limits(row), spread_interval(N, D), rtol=1e-10)


def test_pooled_months_of_events_have_the_interval_of_all_their_events():
    measured = series("rate", MONTHS)
    row = only(measured.pool(measured.rows.assign(all="all"), ["all"]))
    exact = [stats.chi2.ppf(0.025, 2 * sum(N)) / 2 / sum(D), stats.chi2.ppf(0.975, 2 * sum(N) + 2) / 2 / sum(D)]
    assert_allclose(limits(row), exact, rtol=1e-9)


def test_segments_of_a_month_are_added_before_the_spread_between_months_is_taken():
    rows = [
        (month, region, part, whole)
        for month, n, d in MONTHS
        for region, part, whole in (("a", n // 2, 10), ("b", n - n // 2, d - 10))
    ]
    measured = series("stock", rows, ["region"])
    row = only(measured.pool(measured.rows.assign(all="all"), ["all"]))
    assert_allclose(limits(row), spread_interval(N, D), rtol=1e-10)


def test_sums_beyond_sixty_four_bits_stay_exact():
    row = only(series("rate", [("2024-01", 2**62, 2**62), ("2024-01", 2**62, 2**62), ("2024-01", 1, 2**62)]).table)
    assert int(row["numerator"]) == 2**63 + 1
    assert int(row["denominator"]) == 3 * 2**62
    assert row["value"] == pytest.approx(2 / 3)
    assert row["band"] == "excellent"


def test_the_last_unit_of_a_huge_count_decides_its_band():
    whole = 10 * 2**59
    edge = 3 * 2**59
    bands = [
        series("rate", [("2024-01", edge - 1, whole // 2), ("2024-01", more, whole - whole // 2)]).table["band"][0]
        for more in (1, 2)
    ]
    assert bands == ["on target", "excellent"]


def test_decimals_are_added_exactly():
    row = only(series("quantity", [("2024-01", Decimal("0.1"), Decimal(1))] * 3).table)
    assert (row["numerator"], row["denominator"]) == (Decimal("0.3"), Decimal(3))


# rolling


def test_rolling_windows_pool_their_counts():
    rolled = series("rate", [("2024-01", 100, 100), ("2024-02", 100, 10_000), ("2024-03", 300, 10_000)]).rolling(2)
    assert rolled["period"].astype(str).tolist() == ["2024-02", "2024-03"]
    assert rolled["value"].tolist() == pytest.approx([200 / 10_100, 400 / 20_000])


def test_rolling_over_one_period_is_the_series():
    measured = series("rate", MONTHS)
    assert_allclose(measured.rolling(1)["value"], measured.table["value"])


def test_rolling_does_not_reach_over_a_gap_or_into_a_partial_period():
    rows = [("2024-01", 1, 50), ("2024-02", 1, 50), ("2024-04", 1, 50), ("2024-05", 1, 50), ("2024-06", 1, 50)]
    rolled = series("rate", rows, as_of=datetime(2024, 6, 15)).rolling(2)
    assert rolled["period"].astype(str).tolist() == ["2024-02", "2024-05"]
    assert rolled["denominator"].tolist() == [100, 100]


def test_rolling_over_more_periods_than_there_are_is_empty():
    rolled = series("rate", MONTHS).rolling(13)
    assert rolled.empty
    assert tuple(rolled.columns) == COLUMNS


def test_rolling_adds_segments_first():
    rows = [(month, region, n, d) for month, n, d in MONTHS for region in ("a", "b")]
    assert series("rate", rows, ["region"]).rolling(12)["denominator"].tolist() == [2 * sum(D)]


@pytest.mark.parametrize("kind", ["stock", "quantity"])
def test_rolling_takes_its_interval_from_the_months_it_holds(kind):
    rolled = series(kind, MONTHS).rolling(6)
    for i, row in rolled.iterrows():
        assert_allclose(limits(row), spread_interval(N[i : i + 6], D[i : i + 6]), rtol=1e-10)


def test_rolling_works_on_quarters_too():
    rolled = series("quantity", MONTHS).rolled_up("quarter").rolling(2)
    assert rolled["period"].astype(str).tolist() == ["2024Q2", "2024Q3", "2024Q4"]
    assert rolled["numerator"].tolist() == [27, 33, 37]


def test_rolling_gives_the_columns_of_the_table():
    assert tuple(series("rate", MONTHS).rolling(3).columns) == COLUMNS


@pytest.mark.parametrize("periods", [0, -1])
def test_rolling_over_no_period_is_refused(periods):
    with pytest.raises(CaseError) as told:
        series("rate", MONTHS).rolling(periods)
    assert str(told.value) == f"upgrade_rate: a rolling window holds 1 month or more, not {periods}"


# how it shows itself


def test_what_is_measured_is_said_with_window_bands_and_benchmarks():
    lines = series("stock", [("2024-01", 10, 100)], as_of=datetime(2024, 2, 3)).measured.splitlines()
    assert lines[0].startswith("Product Upgrade Ratio, Customers who use the upgrade: Customers who are using the upgrade")
    assert lines[1].startswith("Formula: customers using the upgrade / customers it was offered to (kpikit's own reading")
    assert lines[1].endswith("), in a month, as of 2024-02-03.")
    assert lines[2:] == [
        "Bands: low (below 15%), moderate (up to 30%) and strong (above 30%). Publisher P prints 15 and 30 percent beside its case "
        "about customers; they name no period, year or sample.",
        "Benchmark: 35.0% top quartile, technology (Gartner, quoted by publisher P; undated, unverified).",
        "Benchmark: 20.0% average, SaaS (Forrester, quoted by publisher P; undated, unverified).",
    ]


def test_a_variant_without_bands_says_so():
    assert series("share", [("2024-01", 10, 100)]).measured.splitlines()[2:] == ["No bands are published for this variant."]


def test_a_series_names_itself_in_one_line():
    cut = series("share", [("2024-01", "a", 1, 50), ("2024-03", "a", 1, 50)], ["region"])
    assert repr(cut) == "<KpiSeries upgrade_rate.customers_once per month, 2024-01 to 2024-03 by region>"
    assert repr(cut.total()) == "<KpiSeries upgrade_rate.customers_once per month, 2024-01 to 2024-03>"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_series_displays_as_strict_json_and_shows_its_last_eight_rows(kind):
    measured = series(kind, [*MONTHS, ("2025-02", 0, 0)], source={"rows": 13})
    bundle = measured._repr_mimebundle_()
    payload = json.loads(json.dumps(bundle[MIME], allow_nan=False))
    assert [payload[key] for key in ("type", "kpi", "variant", "window", "period", "as_of")] == [
        "series", *KINDS[kind][:2], "month", "month", "2030-01-01",
    ]  # fmt: skip
    assert len(payload["table"]["rows"]) == 14
    assert payload["table"]["columns"] == list(COLUMNS)
    assert payload["source"] == {"rows": 13}
    assert re.findall(r"<td>(20\d\d-\d\d)</td>", bundle["text/html"]) == [
        "2024-07", "2024-08", "2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-02",
    ]  # fmt: skip
    assert bundle["text/plain"] == str(measured.measured)


def test_a_series_is_computed_once_and_its_counts_stay_as_they_were():
    measured = series("stock", MONTHS)
    before = measured.counts.copy()
    assert measured.table is measured.table
    measured.rolling(3)
    pd.testing.assert_frame_equal(measured.counts, before)


# windows and moments


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ("30 days", 30),
        ("365 days", 365),
        ("ever", None),
        ("month", None),
        ("0 days", None),
        ("-3 days", None),
        ("1.5 days", None),
        ("² days", None),
        ("", None),
    ],
)
def test_a_window_in_days_is_a_positive_whole_number_of_them(window, days):
    assert days_of(window) == days


@pytest.mark.parametrize(("window", "days"), [("month", 31), ("quarter", 92), ("year", 366), ("30 days", 30), ("ever", None)])
def test_a_calendar_window_reaches_as_far_as_its_longest(window, days):
    assert longest_days(window) == days


def test_no_quarter_is_longer_than_the_longest():
    spans = {
        freq: max((p.end_time - p.start_time).days + 1 for p in pd.period_range("2023-01-01", "2028-12-31", freq=freq))
        for freq in "MQY"
    }
    assert spans == {"M": longest_days("month"), "Q": longest_days("quarter"), "Y": longest_days("year")}


def test_a_date_is_its_first_instant_and_a_moment_loses_its_zone():
    assert as_moment(date(2024, 2, 29)) == datetime(2024, 2, 29)
    assert as_moment(datetime(2024, 2, 29, 12, 50)) == datetime(2024, 2, 29, 12, 50)
    assert as_moment(pd.Timestamp("2024-02-29 12:50", tz="Europe/Berlin")).tzinfo is None
