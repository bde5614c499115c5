"""kpikit.catalog: every definition of the folder is whole and true to its sources; a wrong file is named with its place."""

import math
import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from tiny_definition import EXAMPLE, IMPACT, PROSE, TINY, TOP, VARIANT

from kpikit.bands import band_of
from kpikit.catalog import kpi_ids, load_kpi
from kpikit.catalog.definitions import read_definition
from kpikit.catalog.folders import KPIS
from kpikit.errors import DefinitionError
from kpikit.formulas import KINDS
from kpikit.kpi import ATTRIBUTES

load = cache(load_kpi)
EVERY_KPI = pytest.mark.parametrize("kpi_id", kpi_ids())
VARIANTS = [(kpi_id, variant.id) for kpi_id in kpi_ids() for variant in load(kpi_id).variants]
EVERY_VARIANT = pytest.mark.parametrize(("kpi_id", "variant_id"), VARIANTS)
COMBINED = {
    "product": math.prod,
    "quotient": lambda parts: parts[0] / parts[1],
    "sum": sum,
    "difference": lambda parts: parts[0] - parts[1],
}
ENOUGH = 80  # characters, under which an attribute is a stub


def texts(attribute):
    if isinstance(attribute, str):
        return [attribute]
    return list(attribute.values()) if isinstance(attribute, dict) else list(attribute)


# every definition of the folder


def test_the_catalogue_lists_its_files_sorted():
    assert kpi_ids() == sorted(path.stem for path in KPIS.iterdir() if path.suffix == ".toml")
    assert {"product_upgrade_ratio", "upgrade_rate", "product_upsell_rate", "upsell_ratio"} <= set(kpi_ids())


@EVERY_KPI
def test_a_definition_has_all_twelve_attributes_and_none_is_a_stub(kpi_id):
    lengths = {key: sum(map(len, texts(load(kpi_id).attributes[key]))) for key in ATTRIBUTES}
    assert set(load(kpi_id).attributes) == set(ATTRIBUTES)
    assert {key: length for key, length in lengths.items() if length < ENOUGH} == {}


@EVERY_KPI
def test_every_text_is_whole_and_of_one_line(kpi_id):
    for key, attribute in load(kpi_id).attributes.items():
        for text in texts(attribute):
            assert text == text.strip(), (key, text)
            assert text.endswith((".", "?")), (key, text)
            assert not re.search(r"\s\s|\n", text), (key, text)


@EVERY_KPI
def test_diagnostic_questions_ask(kpi_id):
    assert all("?" in text for text in load(kpi_id).attributes["diagnostic_questions"])


@EVERY_KPI
def test_the_file_is_named_after_the_kpi(kpi_id):
    assert load(kpi_id).id == kpi_id


@EVERY_KPI
def test_other_kpis_are_named_by_ids_that_exist(kpi_id):
    kpi = load(kpi_id)
    named = [*kpi.related, *kpi.attributes["change_impact"]]
    assert set(named) <= set(kpi_ids()) - {kpi_id}
    assert len(kpi.related) == len(set(kpi.related)) > 0
    assert kpi.attributes["change_impact"]


@EVERY_KPI
def test_a_definition_can_be_found_by_function_industry_and_synonym(kpi_id):
    kpi = load(kpi_id)
    assert all([kpi.functions, kpi.industries, kpi.synonyms, kpi.question.endswith("?"), kpi.cadence_source])


@EVERY_KPI
def test_a_card_shows_every_variant_and_every_attribute(kpi_id):
    kpi = load(kpi_id)
    card, html = str(kpi), kpi._repr_html_()
    for title in [*(key.replace("_", " ").capitalize() for key in ATTRIBUTES), *(f"Variant {v.id}" for v in kpi.variants)]:
        assert title in card
        assert f"<h4>{title}" in html


@EVERY_VARIANT
def test_the_worked_example_computes(kpi_id, variant_id):
    computes, example = load(kpi_id).variant(variant_id).computes, load(kpi_id).variant(variant_id).example
    if computes.composed:
        parts = [Fraction(example.parts[part]) for part in computes.of]
        assert COMBINED[computes.combine](parts) == Fraction(example.value)
    else:
        assert (Fraction(example.numerator) - Fraction(example.less)) / Fraction(example.denominator) == Fraction(example.value)
    assert example.source


@EVERY_VARIANT
def test_what_is_counted_fits_the_kind_of_formula(kpi_id, variant_id):
    formula = load(kpi_id).variant(variant_id).computes
    assert formula.counts in KINDS[formula.kind]
    assert bool(formula.numerator) == bool(formula.denominator) == (not formula.composed)
    assert bool(formula.less) == (formula.kind == "balance")


@EVERY_VARIANT
def test_bands_ascend_to_an_open_end_and_every_one_can_be_earned(kpi_id, variant_id):
    variant = load(kpi_id).variant(variant_id)
    bands = variant.bands
    edges = [Fraction(band.edge) for band in bands[:-1]]
    lowest = min(edges, default=0) - 1 if variant.computes.signed else Fraction(0)
    between = [(a + b) / 2 for a, b in pairwise([lowest, *edges, max(edges, default=0) + 1])] if bands else []
    assert [band_of(value.numerator, value.denominator, bands) for value in between] == [band.name for band in bands]
    assert bool(bands) == bool(variant.bands_source)


@EVERY_VARIANT
def test_an_edge_is_earned_by_the_band_that_says_so(kpi_id, variant_id):
    bands = load(kpi_id).variant(variant_id).bands
    for lower, upper in pairwise(bands):
        on_edge = band_of(lower.edge, 1, bands)
        assert on_edge == (lower if lower.edge_inside else upper).name


@EVERY_VARIANT
def test_a_benchmark_has_a_source_and_an_industry_and_in_percent_is_a_fraction(kpi_id, variant_id):
    for mark in load(kpi_id).variant(variant_id).benchmarks:
        assert 0 < mark.value < 2 or load(kpi_id).unit != "percent"
        assert mark.source
        assert mark.industry
        assert mark.year is None or 1990 < mark.year < 2100


@EVERY_KPI
def test_a_published_case_is_about_a_variant_with_the_published_bands(kpi_id):
    case = load(kpi_id).published_case
    if case is not None:
        assert load(kpi_id).variant(case["variant"]).bands
        assert 0 < case["before"] < case["after"] < 1


# what is known of the KPIs (kpi-facts)


@pytest.mark.parametrize(
    ("kpi_id", "variant_id", "edges"),
    [
        ("product_upgrade_ratio", "adoption", {149: "low", 150: "moderate", 300: "moderate", 301: "strong"}),
        ("upgrade_rate", None, {200: "below target", 201: "on target", 300: "on target", 301: "excellent"}),
        ("upsell_ratio", None, {200: "below target", 201: "on target"}),
    ],
)
def test_published_bands_have_their_published_edges(kpi_id, variant_id, edges):
    bands = load(kpi_id).variant(variant_id).bands
    assert {thousandths: band_of(thousandths, 1000, bands) for thousandths in edges} == edges


def test_a_variant_without_published_bands_borrows_none():
    banded = {(kpi_id, variant_id) for kpi_id, variant_id in VARIANTS if load(kpi_id).variant(variant_id).bands}
    ours = {("product_upgrade_ratio", "volume"), ("upgrade_rate", "customers_once"), ("upgrade_rate", "eligible_only")}
    assert not banded & (ours | {("upgrade_rate", "any_upgrade")})
    assert not [kpi_id for kpi_id, _ in banded if kpi_id == "product_upsell_rate"]


@pytest.mark.parametrize(
    ("kpi_id", "variant_id", "industry", "value", "whose"),
    [
        ("product_upgrade_ratio", "adoption", "technology", "0.35", "Gartner"),
        ("product_upgrade_ratio", "adoption", "SaaS", "0.20", "Forrester"),
        ("product_upsell_rate", None, "retail", "0.10", "publisher M"),
        ("product_upsell_rate", None, "hospitality", "0.20", "publisher M"),
    ],
)
def test_published_benchmarks_are_undated_and_stand_with_their_source(kpi_id, variant_id, industry, value, whose):
    mark = load(kpi_id).variant(variant_id).benchmark(industry)
    assert mark.value == Decimal(value)
    assert mark.source.startswith(whose)
    assert mark.said("percent").endswith("; undated, unverified)")


@pytest.mark.parametrize("kpi_id", ["upgrade_rate", "upsell_ratio"])
def test_no_benchmark_is_made_up_where_none_is_published(kpi_id):
    assert [mark for variant in load(kpi_id).variants for mark in variant.benchmarks] == []


@pytest.mark.parametrize(
    ("kpi_id", "variant_id", "counts"),
    [
        ("product_upgrade_ratio", "volume", "quantity"),
        ("product_upgrade_ratio", "adoption", "stock"),
        ("upgrade_rate", "all_subscribers", "flow"),
        ("upgrade_rate", "any_upgrade", "flow"),
        ("upsell_ratio", "published", "flow"),
        ("product_upsell_rate", "published", "cohort"),
    ],
)
def test_each_variant_counts_what_its_formula_counts(kpi_id, variant_id, counts):
    assert load(kpi_id).variant(variant_id).computes.counts == counts


def test_upgrades_over_all_subscribers_are_events_and_may_pass_a_hundred_percent():
    assert load("upgrade_rate").variant().computes.refusal(120, 100) == ""
    assert load("upgrade_rate").variant("customers_once").computes.refusal(120, 100) == (
        "subscribers who upgraded are a part of subscribers, but 120 is more than 100"
    )


@pytest.mark.parametrize(
    ("kpi_id", "variant_id", "counts"), [("upgrade_rate", "any_upgrade", (10, 100)), ("product_upsell_rate", None, (20, 100))]
)
def test_the_published_worked_examples_are_held(kpi_id, variant_id, counts):
    example = load(kpi_id).variant(variant_id).example
    assert ((example.numerator, example.denominator), example.source) == (counts, "publisher M")


@pytest.mark.parametrize(
    ("kpi_id", "before", "after", "bands"),
    [
        ("product_upgrade_ratio", "0.12", "0.28", ("low", "moderate")),
        ("upgrade_rate", "0.15", "0.25", ("below target", "on target")),
        ("upsell_ratio", "0.08", "0.22", ("below target", "on target")),
    ],
)
def test_the_published_cases_go_from_their_first_band_to_their_second(kpi_id, before, after, bands):
    case = load(kpi_id).published_case
    assert (case["before"], case["after"], case["months"]) == (Decimal(before), Decimal(after), 6)
    earned = load(kpi_id).variant(case["variant"]).bands
    assert (band_of(case["before"], 1, earned), band_of(case["after"], 1, earned)) == bands


def test_the_guide_for_product_managers_publishes_no_case():
    assert load("product_upsell_rate").published_case is None


@pytest.mark.parametrize(
    ("kpi_id", "cadence"), [("product_upgrade_ratio", "quarter"), ("upgrade_rate", "month"), ("upsell_ratio", "quarter")]
)
def test_each_is_reviewed_as_often_as_its_publisher_says(kpi_id, cadence):
    assert load(kpi_id).cadence == cadence


@pytest.mark.parametrize(
    ("variant_id", "window", "first_order_counts"),
    [
        ("published", None, False),
        ("30_days", "30 days", False),
        ("90_days", "90 days", False),
        ("ever", "ever", False),
        ("30_days_with_first_order", "30 days", True),
    ],
)
def test_an_upsell_variant_fixes_its_window_and_whether_the_first_order_counts(variant_id, window, first_order_counts):
    variant = load("product_upsell_rate").variant(variant_id)
    assert (variant.window, variant.first_order_counts) == (window, first_order_counts)


# a wrong file


@pytest.fixture
def refused(tmp_path):
    """The message with which a definition written as tiny.toml is refused."""

    def read(text):
        path = tmp_path / "tiny.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DefinitionError) as told:
            read_definition(path)
        return str(told.value)

    return read


def test_the_smallest_definition_is_read_with_its_decimals_as_written(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    variant = read_definition(path).variant()
    assert [(band.name, band.edge, band.edge_inside) for band in variant.bands] == [
        ("low", Decimal("0.15"), False),
        ("high", None, True),
    ]
    assert variant.example.value == Decimal("0.1")
    assert (variant.window, variant.first_order_counts, variant.note, variant.benchmarks) == (None, False, "", ())


@pytest.mark.parametrize("key", [line.split(" = ")[0] for line in TOP.splitlines()])
def test_a_definition_needs_each_of_its_keys(refused, key):
    assert (
        refused(re.sub(rf"^{key} = .*\n", "", TOP, flags=re.M) + VARIANT + EXAMPLE + PROSE)
        == f"tiny.toml: the key '{key}' is missing"
    )


def test_a_definition_needs_variants_and_attributes(refused):
    assert refused(TOP + PROSE) == "tiny.toml: the key 'variant' is missing"
    assert refused(TOP + VARIANT + EXAMPLE) == "tiny.toml: the key 'attributes' is missing"


@pytest.mark.parametrize("key", ATTRIBUTES)
def test_a_definition_needs_each_of_the_twelve_attributes(refused, key):
    without = TINY.replace(IMPACT, "") if key == "change_impact" else TINY.replace(f'{key} = "Prose."\n', "")
    assert refused(without) == f"tiny.toml: [attributes] the key '{key}' is missing"


@pytest.mark.parametrize("key", [line.split(" = ")[0] for line in VARIANT.splitlines()[2:]])
def test_a_variant_needs_each_of_its_keys(refused, key):
    variant = re.sub(rf"^{key} = .*\n", "", VARIANT, flags=re.M)
    assert refused(TOP + variant + EXAMPLE + PROSE) == f"tiny.toml: [[variant]] use: the key '{key}' is missing"


@pytest.mark.parametrize("key", [line.split(" = ")[0] for line in EXAMPLE.splitlines()[1:]])
def test_an_example_needs_each_of_its_keys(refused, key):
    example = re.sub(rf"^{key} = .*\n", "", EXAMPLE, flags=re.M)
    assert refused(TOP + VARIANT + example + PROSE) == f"tiny.toml: [[variant]] use: example: the key '{key}' is missing"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "tiny"', 'id = "other"', "id is 'other', but the file is called tiny.toml; they must be the same"),
        ('unit = "percent"', 'unit = "percent"\nuint = 1', "no key 'uint' is known here; did you mean 'unit'?"),
        ('name = "Tiny"', "name = 7", "'name' is 7; it must be text"),
        ('functions = ["sales"]', 'functions = "sales"', "'functions' is 'sales'; it must be a list of texts"),
        ('functions = ["sales"]', "functions = [1]", "'functions' is [1]; it must be a list of texts"),
        ('better = "higher"', 'better = "up"', "better is 'up'; it is one of higher, lower, inside"),
        ('kind = "share"', 'kind = "shares"', "[[variant]] use: no formula of kind 'shares'; there is share, follow_on, rate, ratio, balance, composed"),
        ('counts = "flow"', 'counts = "quantity"', "[[variant]] use: a share cannot count 'quantity'; it can count cohort, flow, stock"),
        ('counts = "flow"', 'counts = "flow"\nfirst_order_counts = 1', "[[variant]] use: 'first_order_counts' is 1; it must be true or false"),
        ("below = 0.15", "belw = 0.15", "[[variant]] use: band: no key 'belw' is known here; did you mean 'below'?"),
        ("below = 0.15", "below = true", "[[variant]] use: band: 'below' is True; it must be a number"),
        (
            "below = 0.15",
            "below = 0.15\nup_to = 0.15",
            "[[variant]] use: band 'low' has both up_to and below; its edge lies on one side only",
        ),
        ("below = 0.15", "", "[[variant]] use: band 'low' needs up_to or below; only the last band is open"),
        ("below = 0.15", "below = 15", "[[variant]] use: band 'low' ends at 15: edges are fractions, 20 % is 0.20"),
        ("value = 0.1", "value = 0.2", "[[variant]] use: the worked example does not compute: 1 / 10 is not 0.2"),
        (
            "numerator = 1\n",
            "numerator = 11\n",
            "[[variant]] use: the worked example is impossible: users are a part of customers, but 11 is more than 10",
        ),
        ('value = 0.1\nsource = "made up"', 'value = 0.1\nsource = ["a"]', "[[variant]] use: example: 'source' is ['a']; it must be text"),
        ('definition = "Prose."', 'definition = ""', "[attributes] 'definition' is ''; it must be text or a list of texts"),
        ('definition = "Prose."', "definition = 3", "[attributes] 'definition' is 3; it must be text or a list of texts"),
        (
            'risk_warnings = "Prose."',
            'risk_warning = "Prose."',
            "[attributes] no key 'risk_warning' is known here; did you mean 'risk_warnings'?",
        ),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_place(refused, old, new, message):
    assert old in TINY
    assert refused(TINY.replace(old, new, 1)) == f"tiny.toml: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[variant.benchmarks]]\nvalue = 0.2\nindustry = "SaaS"\n', "benchmark: the key 'source' is missing"),
        ('[[variant.benchmarks]]\nvalue = "20 %"\nindustry = "a"\nsource = "b"\n', "benchmark: 'value' is '20 %'; it must be a number"),
        (
            '[[variant.benchmarks]]\nvalue = 0.2\nindustry = "a"\nsource = "b"\nyear = 2024.5\n',
            "benchmark: 'year' is 2024.5; it must be a whole number",
        ),
    ],
)  # fmt: skip
def test_a_wrong_benchmark_is_named_with_its_variant(refused, text, message):
    assert refused(TOP + VARIANT + text + EXAMPLE + PROSE) == f"tiny.toml: [[variant]] use: {message}"


def test_a_published_case_must_be_about_a_variant(refused):
    case = """\
[published_case]
variant = "usage"
company = "Firm"
industry = "software"
before = 0.1
after = 0.2
months = 6
problem = "Low."
actions = ["training"]
outcome = "Better."
source = "made up"
"""
    assert refused(TINY + case) == "tiny.toml: tiny: no variant 'usage'; did you mean 'use'?"
    assert refused(TINY + case.replace("months = 6\n", "")) == "tiny.toml: [published_case] the key 'months' is missing"


def test_an_empty_list_is_no_attribute(refused):
    assert refused(TINY.replace('risk_warnings = "Prose."', "risk_warnings = []")) == (
        "tiny.toml: [attributes] 'risk_warnings' is []; it must be text or a list of texts"
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("below = 0.15", "below = nan", "band: 'below' is NaN; it must be a number of at most 30 digits"),
        ("value = 0.1", "value = nan", "example: 'value' is NaN; it must be a number of at most 30 digits"),
        ("value = 0.1", "value = inf", "example: 'value' is Infinity; it must be a number of at most 30 digits"),
    ],
)
def test_a_number_that_is_none_is_refused_as_a_definition(refused, key, value, message):
    assert refused(TINY.replace(key, value)) == f"tiny.toml: [[variant]] use: {message}"


def test_a_file_that_is_no_toml_is_named(refused):
    with pytest.raises(tomllib.TOMLDecodeError) as why:
        tomllib.loads("id tiny")
    assert refused("id tiny") == f"tiny.toml: {why.value}"


def test_an_unknown_kpi_is_refused_with_the_nearest():
    with pytest.raises(DefinitionError) as told:
        load_kpi("upgrade_rat")
    assert str(told.value) == "no KPI 'upgrade_rat'; did you mean 'upgrade_rate'?"


def test_an_unknown_kpi_far_from_any_is_refused_with_the_way_to_find_one():
    with pytest.raises(DefinitionError) as told:
        load_kpi("zzz")
    assert str(told.value) == "no KPI 'zzz'; kpikit search finds one by its words, kpikit list names all"


def test_an_id_is_no_path():
    with pytest.raises(DefinitionError) as told:
        load_kpi("../kpis/upgrade_rate")
    assert str(told.value) == "no KPI '../kpis/upgrade_rate'; did you mean 'upgrade_rate'?"
