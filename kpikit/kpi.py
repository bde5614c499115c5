"""Kpi: what a definition is, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from kpikit import words
from kpikit.bands import Band, band_of, check_bands, limits
from kpikit.errors import DefinitionError
from kpikit.exact import exact, finite
from kpikit.formulas import Formula

ATTRIBUTES = (
    "definition", "business_insights", "measurement_approach", "standard_formula", "trend_analysis", "diagnostic_questions",
    "actionable_tips", "visualization_suggestions", "risk_warnings", "tools_and_technologies", "integration_points",
    "change_impact",
)  # fmt: skip
CADENCES = ("month", "quarter", "year")
DIRECTIONS = ("higher", "lower", "inside")
UNITS = ("percent", "number")
MOVES = ("up", "down", "same", "left")
ELIGIBLE = ("all", "below_top")


@dataclass(frozen=True)
class Benchmark:
    """Somebody else's figure, never mixed with a user's own target."""

    value: Decimal
    industry: str
    source: str
    what: str = ""
    year: int | None = None

    @property
    def age(self) -> str:
        """Its year, or that it is undated and unverified."""
        return str(self.year) if self.year else "undated, unverified"

    def __str__(self) -> str:
        what = f"{self.what}, " if self.what else ""
        return f"{words.level(float(self.value), 'percent')} {what}{self.industry} ({self.source}; {self.age})"


@dataclass(frozen=True)
class Example:
    """A worked example, by which every definition proves itself."""

    numerator: Decimal
    denominator: Decimal
    value: Decimal
    source: str


@dataclass(frozen=True)
class Variant:
    """One published or declared reading of a KPI, with the bands and benchmarks that were published for it alone.

    From plan histories, `moves` are those that count (up, down, same: the same plan again, left), and `eligible` says who can
    make one: all on a plan, or those below the top one.
    """

    id: str
    name: str
    definition: str
    formula: str
    source: str
    computes: Formula
    example: Example
    bands: tuple[Band, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    window: str | None = None
    first_order_counts: bool = False
    moves: tuple[str, ...] = ("up",)
    eligible: str = "all"
    note: str = ""

    def __post_init__(self) -> None:
        check_bands(self.bands)
        self._check_moves()
        if refusal := self.computes.refusal(self.example.numerator, self.example.denominator):
            raise DefinitionError(f"the worked example is impossible: {refusal}")
        if not self.example.denominator:
            raise DefinitionError("the worked example has a denominator of 0, so no value")
        computed = exact(self.example.numerator) / exact(self.example.denominator)
        if not finite(self.example.value) or computed != exact(self.example.value):
            numerator, denominator, value = self.example.numerator, self.example.denominator, self.example.value
            raise DefinitionError(f"the worked example does not compute: {numerator} / {denominator} is not {value}")

    def _check_moves(self) -> None:
        if not self.moves:
            raise DefinitionError(f"moves is empty; name some of {', '.join(MOVES)}")
        for move in self.moves:
            if move not in MOVES:
                raise DefinitionError(f"moves holds '{move}'; each is one of {', '.join(MOVES)}")
        if self.eligible not in ELIGIBLE:
            raise DefinitionError(f"eligible is '{self.eligible}'; it is one of {', '.join(ELIGIBLE)}")

    def benchmark(self, industry: str) -> Benchmark:
        """The benchmark of one industry; DefinitionError names those that exist."""
        for mark in self.benchmarks:
            if mark.industry == industry:
                return mark
        raise DefinitionError(
            f"variant '{self.id}' has no benchmark '{industry}'; {words.near(industry, [m.industry for m in self.benchmarks])}"
        )


@dataclass(frozen=True)
class Kpi:
    """A KPI as its TOML file documents and computes it; it displays itself as a card. The first variant is the default."""

    id: str
    name: str
    question: str
    better: str
    unit: str
    cadence: str
    cadence_source: str
    functions: tuple[str, ...]
    industries: tuple[str, ...]
    synonyms: tuple[str, ...]
    related: tuple[str, ...]
    variants: tuple[Variant, ...]
    attributes: Mapping[str, Any]
    published_case: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for key, allowed in (("better", DIRECTIONS), ("unit", UNITS), ("cadence", CADENCES)):
            if getattr(self, key) not in allowed:
                raise DefinitionError(f"{key} is '{getattr(self, key)}'; it is one of {', '.join(allowed)}")
        if not self.variants:
            raise DefinitionError("it has no [[variant]]")
        if len({variant.id for variant in self.variants}) < len(self.variants):
            raise DefinitionError("two variants have the same id")

    def variant(self, variant_id: str | None = None) -> Variant:
        """The named variant, or the default one."""
        if variant_id is None:
            return self.variants[0]
        for variant in self.variants:
            if variant.id == variant_id:
                return variant
        known = words.near(variant_id, [variant.id for variant in self.variants])
        raise DefinitionError(f"{self.id}: no variant '{variant_id}'; {known}")

    def __str__(self) -> str:
        return "\n".join(f"{title}\n{_indented(content)}" if title else str(content) for title, content in _card(self))

    def _repr_html_(self) -> str:
        parts = [f"<h3>{escape(self.name)}</h3>"]
        for title, content in _card(self)[1:]:
            body = f"<p>{escape(content)}</p>" if isinstance(content, str) else words.html_list(content)
            parts.append(f"<h4>{escape(title)}</h4>{body}")
        return f'<div class="kpikit card">{"".join(parts)}</div>'

    def __repr__(self) -> str:
        return f"<Kpi {self.id}: {self.name}, {words.counted(len(self.variants), 'variant')}>"


def _indented(content: str | list[str]) -> str:
    return f"  {content}" if isinstance(content, str) else "\n".join(f"  - {item}" for item in content)


def _card(kpi: Kpi) -> list[tuple[str, Any]]:
    """The card as titled parts: texts and lists of texts."""
    card: list[tuple[str, Any]] = [("", f"{kpi.name} ({kpi.id})"), ("Question", kpi.question)]
    for variant in kpi.variants:
        default = " (default)" if variant is kpi.variants[0] else ""
        card.append((f"Variant {variant.id}{default}", list(_variant_lines(variant, kpi.unit))))
    if kpi.published_case:
        card.append(("Published case", list(_case_lines(kpi.published_case))))
    for key in ATTRIBUTES:
        text = kpi.attributes[key]
        card.append((key.replace("_", " ").capitalize(), text if isinstance(text, (str, list)) else _impact_lines(text)))
    card.append(("Review", f"every {kpi.cadence} ({kpi.cadence_source})"))
    card.append(("Where it is used", f"{_listed(kpi.functions)}; {_listed(kpi.industries)}"))
    if kpi.related:
        card.append(("Related", _listed(kpi.related)))
    card.append(("Also called", _listed(kpi.synonyms)))
    return card


def _listed(items: tuple[str, ...]) -> str:
    return ", ".join(items)


def _impact_lines(impact: Mapping[str, str]) -> list[str]:
    return [f"{kpi_id}: {sentence}" for kpi_id, sentence in impact.items()]


def _variant_lines(variant: Variant, unit: str) -> Iterator[str]:
    yield variant.definition
    yield f"Formula: {variant.formula} ({variant.source})"
    yield f"Counts: {variant.computes.kind} of a {variant.computes.counts}" + (
        f", within {variant.window}" if variant.window else ""
    )
    for band, limit in zip(variant.bands, limits(variant.bands), strict=True):
        text = f"Band '{band.name}': {limit}" + (" (our reading)" if band.reading else "")
        yield f"{text}. {band.advice}" if band.advice else text
    if variant.bands:
        yield "The published bands name no window: say over which one you count."
    else:
        yield "No bands are published for this variant."
    yield from (f"Benchmark: {mark}" for mark in variant.benchmarks)
    example = variant.example
    value = words.level(float(example.value), unit)
    earned = band_of(example.numerator, example.denominator, variant.bands)
    yield (
        f"Example: {example.numerator} of {example.denominator} is {value}"
        + (f", {earned}" if earned else "")
        + f" ({example.source})"
    )
    if variant.note:
        yield f"Note: {variant.note}"


def _case_lines(case: Mapping[str, Any]) -> Iterator[str]:
    before, after = (words.level(float(case[key]), "percent") for key in ("before", "after"))
    yield f"{case['company']}, {case['industry']}: {before} to {after} in {case['months']} months ({case['source']})"
    yield f"Problem: {case['problem']}"
    yield from (f"Action: {action}" for action in case["actions"])
    yield f"Outcome: {case['outcome']}"
