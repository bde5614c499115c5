"""kpikit.kpi: what a definition is, when it is refused, and the card it shows."""

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest

from kpikit.bands import Band
from kpikit.catalog import load_kpi
from kpikit.errors import DefinitionError
from kpikit.example import Example
from kpikit.formulas import Formula
from kpikit.kpi import ATTRIBUTES, Benchmark, Kpi, Variant

BANDS = (Band("low", Decimal("0.15"), False, "Ask why."), Band("moderate", Decimal("0.30"), reading=True), Band("strong", None))
GARTNER = Benchmark(Decimal("0.35"), "technology", "Gartner", "top quartile")
FORRESTER = Benchmark(Decimal("0.2"), "SaaS", "Forrester", year=2024)
USE = Variant(
    id="use",
    name="Users",
    definition="Those who use it.",
    formula="users / customers",
    source="made up",
    computes=Formula("share", "flow", "users", "customers"),
    example=Example(Decimal(15), Decimal(100), Decimal("0.15"), "made up"),
    bands=BANDS,
    benchmarks=(GARTNER, FORRESTER),
    note="Mind the gap.",
)
PLAIN = replace(USE, id="plain", name="Plain", bands=(), benchmarks=(), window="30 days", note="")
CASE = {
    "company": "Firm", "industry": "software", "before": Decimal("0.12"), "after": Decimal("0.28"), "months": 6,
    "problem": "It had dropped.", "actions": ["training", "surveys"], "outcome": "It rose.", "source": "publisher P",
}  # fmt: skip
TINY = Kpi(
    id="tiny", name="Tiny <b>", question="How <i>many?", better="higher", unit="percent", cadence="month", cadence_source="made up",
    functions=("sales",), industries=("software", "retail"), synonyms=("little",), related=(), variants=(USE, PLAIN),
    attributes={**dict.fromkeys(ATTRIBUTES, "Prose."), "risk_warnings": ["One.", "Two."], "change_impact": {"other": "It moves."}},
    published_case=CASE,
)  # fmt: skip


def refusal(make, **keys):
    with pytest.raises(DefinitionError) as told:
        make(**keys)
    return str(told.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("better", "up", "better is 'up'; it is one of higher, lower, inside"),
        ("unit", "%", "unit is '%'; it is one of percent, number, money, points, days, months"),
        ("cadence", "day", "cadence is 'day'; it is one of week, month, quarter, year"),
        ("variants", (), "it has no [[variant]]"),
        ("variants", (USE, USE), "two variants have the same id"),
    ],
)
def test_a_definition_outside_its_choices_is_refused(key, value, message):
    assert refusal(lambda **keys: replace(TINY, **keys), **{key: value}) == message


def test_an_example_must_compute_exactly():
    wrong = Example(Decimal(1), Decimal(3), Decimal("0.333"), "made up")
    assert refusal(lambda: replace(USE, example=wrong)) == "the worked example does not compute: 1 / 3 is not 0.333"


def test_an_example_must_be_possible():
    wrong = Example(Decimal(11), Decimal(10), Decimal("1.1"), "made up")
    assert refusal(lambda: replace(USE, example=wrong)) == (
        "the worked example is impossible: users are a part of customers, but 11 is more than 10"
    )


def test_an_example_over_nothing_is_refused_as_a_definition():
    nothing = Example(Decimal(0), Decimal(0), Decimal(0), "made up")
    assert refusal(lambda: replace(USE, example=nothing)) == "the worked example has a denominator of 0, so no value"


def test_bands_are_checked_when_a_variant_is_made():
    assert refusal(lambda: replace(USE, bands=(Band("low", Decimal("0.1")),))) == (
        "the last band, 'low', must be open: take away its up_to or below"
    )


def test_a_definition_is_frozen():
    with pytest.raises(FrozenInstanceError):
        TINY.name = "Other"
    with pytest.raises(FrozenInstanceError):
        TINY.variant().bands = ()


def test_the_first_variant_is_the_default():
    assert TINY.variant() is USE
    assert TINY.variant("plain") is PLAIN


def test_an_unknown_variant_is_refused_with_the_nearest():
    assert refusal(lambda: TINY.variant("plane")) == "tiny: no variant 'plane'; did you mean 'plain'?"
    assert refusal(lambda: TINY.variant("xyz")) == "tiny: no variant 'xyz'; there is use, plain"


def test_a_benchmark_is_found_by_its_industry():
    assert USE.benchmark("SaaS") is FORRESTER


def test_an_unknown_industry_is_refused_with_those_that_exist():
    assert refusal(lambda: USE.benchmark("Sass")) == "variant 'use' has no benchmark 'Sass'; did you mean 'SaaS'?"
    assert refusal(lambda: USE.benchmark("zoos")) == "variant 'use' has no benchmark 'zoos'; there is technology, SaaS"
    assert refusal(lambda: PLAIN.benchmark("SaaS")) == "variant 'plain' has no benchmark 'SaaS'; there is none"


def test_a_benchmark_says_whose_it_is_and_how_old():
    assert GARTNER.said("percent") == "35.0% top quartile, technology (Gartner; undated, unverified)"
    assert FORRESTER.said("percent") == "20.0% SaaS (Forrester; 2024)"


def test_a_card_says_all_that_the_definition_holds():
    assert str(TINY).splitlines()[:26] == [
        "Tiny <b> (tiny)",
        "Question",
        "  How <i>many?",
        "Variant use (default)",
        "  - Those who use it.",
        "  - Formula: users / customers (made up)",
        "  - Counts: share of a flow",
        "  - Measured on: tables of kind counts",
        "  - Band 'low': below 15%. Ask why.",
        "  - Band 'moderate': up to 30% (our reading)",
        "  - Band 'strong': above 30%",
        "  - The published bands name no window: say over which one you count.",
        "  - Benchmark: 35.0% top quartile, technology (Gartner; undated, unverified)",
        "  - Benchmark: 20.0% SaaS (Forrester; 2024)",
        "  - Example: 15 of 100 is 15.0%, moderate (made up)",
        "  - Note: Mind the gap.",
        "Variant plain",
        "  - Those who use it.",
        "  - Formula: users / customers (made up)",
        "  - Counts: share of a flow, within 30 days",
        "  - Measured on: tables of kind counts",
        "  - No bands are published for this variant.",
        "  - Example: 15 of 100 is 15.0% (made up)",
        "Published case",
        "  - Firm, software: 12.0% to 28.0% in 6 months (publisher P)",
        "  - Problem: It had dropped.",
    ]


def test_a_card_ends_with_the_attributes_in_order_and_the_review():
    lines = str(TINY).splitlines()
    titles = [line for line in lines if not line.startswith(" ")]
    assert titles[-15:-3] == [key.replace("_", " ").capitalize() for key in ATTRIBUTES]
    assert titles[-3:] == ["Review", "Where it is used", "Also called"]
    assert lines[lines.index("Risk warnings") + 1 : lines.index("Risk warnings") + 3] == ["  - One.", "  - Two."]
    assert lines[lines.index("Change impact") + 1] == "  - other: It moves."
    assert lines[-5:] == ["  every month (made up)", "Where it is used", "  sales; software, retail", "Also called", "  little"]


def test_a_card_names_the_related_kpis():
    lines = str(replace(TINY, related=("cousin", "aunt"))).splitlines()
    assert lines[lines.index("Related") + 1] == "  cousin, aunt"


def test_a_card_shows_values_in_the_unit_of_the_kpi():
    lines = str(replace(TINY, unit="number", variants=(PLAIN,))).splitlines()
    assert "  - Example: 15 over 100 is 0.15 (made up)" in lines


def test_a_card_in_html_escapes_what_the_file_says():
    html = TINY._repr_html_()
    assert html.startswith('<div class="kpikit card"><h3>Tiny &lt;b&gt;</h3><h4>Question</h4><p>How &lt;i&gt;many?</p>')
    assert "<li>Band &#x27;low&#x27;: below 15%. Ask why.</li>" in html
    assert "<b>" not in html


def test_a_kpi_names_itself_in_one_line():
    assert repr(TINY) == "<Kpi tiny: Tiny <b>, 2 variants>"
    assert repr(replace(TINY, variants=(USE,))) == "<Kpi tiny: Tiny <b>, 1 variant>"


def test_there_are_twelve_attributes():
    assert len(set(ATTRIBUTES)) == len(ATTRIBUTES) == 12


def test_a_definition_of_the_catalogue_displays_as_a_card():
    assert str(load_kpi("upgrade_rate")).startswith("Upgrade Rate (upgrade_rate)\nQuestion\n")
