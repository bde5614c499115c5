"""Kpi: what a definition is, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.bands import Band, band_of, check_bands, check_edges, limits
from kpikit.errors import DefinitionError
from kpikit.example import Example
from kpikit.formulas import Formula
from kpikit.measures import check_measures
from kpikit.moments import CADENCES as CADENCES

ATTRIBUTES = (
    "definition", "business_insights", "measurement_approach", "standard_formula", "trend_analysis", "diagnostic_questions",
    "actionable_tips", "visualization_suggestions", "risk_warnings", "tools_and_technologies", "integration_points",
    "change_impact",
)  # fmt: skip
DIRECTIONS = ("higher", "lower", "inside")
UNITS = ("percent", "number", "money", "points", "days", "months")
MOVES = ("up", "down", "same", "left")
BANDS_NAME_NO_WINDOW = "The published bands name no window: say over which one you count."
ELIGIBLE = ("all", "below_top", "above_bottom")


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

    def said(self, unit: str) -> str:
        """The figure with what and whose it is."""
        what = f"{self.what}, " if self.what else ""
        return f"{words.level(float(self.value), unit)} {what}{self.industry} ({self.source}; {self.age})"


@dataclass(frozen=True)
class Variant:
    """One published or declared reading of a KPI, with the bands and benchmarks that were published for it alone.

    From plan histories, `moves` are those that count (up, down, same: the same plan again, left), and `eligible` says who can
    make one: all on a plan, those below the top one, or above the lowest. `measures` are what its parts are in rows of each
    kind of table (see kpikit.measures), `counting` the choices that belong to the reading, as { more = "cross-sell" }.
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
    without: bool = False
    measures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    counting: Mapping[str, str] = field(default_factory=dict)
    bands_source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_bands(self.bands)
        self._check_moves()
        if self.computes.composed and self.measures:
            raise DefinitionError("a composed KPI has no measures; its parts have, which 'of' names")
        check_measures(self.measures, self.computes.kind, less=bool(self.computes.less))
        self.example.check(self.computes)

    @property
    def published_bands(self) -> bool:
        """Whether somebody printed its bands, or one of them; those that follow from arithmetic are a reading."""
        return any(not band.reading for band in self.bands)

    @property
    def tables(self) -> tuple[str, ...]:
        """The kinds of table that it is measured on; none of its own where it is composed of other KPIs."""
        if self.computes.composed:
            return ()
        return ("volumes" if self.computes.in_units else "counts", *self.measures)

    def _check_moves(self) -> None:
        if not self.moves:
            raise DefinitionError(f"moves is empty; name some of {', '.join(MOVES)}")
        for move in self.moves:
            if move not in MOVES:
                raise DefinitionError(f"moves holds '{move}'; each is one of {', '.join(MOVES)}")
        if self.without and self.computes.kind != "share":
            raise DefinitionError(
                f"without = true counts who made none of the moves, which is a share, not a {self.computes.kind}"
            )
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
    owner: str = ""
    exchange: Mapping[str, Any] = field(default_factory=dict)  # what other tools wrote of it: kept, never computed from
    folders: tuple[str | Path, ...] = field(default=(), compare=False, repr=False)  # where else its parts are looked for

    def __post_init__(self) -> None:
        for key, allowed in (("better", DIRECTIONS), ("unit", UNITS), ("cadence", CADENCES)):
            if getattr(self, key) not in allowed:
                raise DefinitionError(f"{key} is '{getattr(self, key)}'; it is one of {', '.join(allowed)}")
        if not self.variants:
            raise DefinitionError("it has no [[variant]]")
        if len({variant.id for variant in self.variants}) < len(self.variants):
            raise DefinitionError("two variants have the same id")
        for variant in self.variants:
            try:
                check_edges(variant.bands, self.unit, part_of_whole=variant.computes.part_of_whole)
            except DefinitionError as error:
                raise DefinitionError(f"[[variant]] {variant.id}: {error}") from error

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
        card.append(("Published case", list(_case_lines(kpi.published_case, kpi.unit))))
    for key in ATTRIBUTES:
        text = kpi.attributes[key]
        card.append((key.replace("_", " ").capitalize(), text if isinstance(text, (str, list)) else _impact_lines(text)))
    card.append(("Review", f"every {kpi.cadence} ({kpi.cadence_source})"))
    card.append(("Where it is used", "; ".join(filter(None, (_listed(kpi.functions), _listed(kpi.industries)))) or "not said"))
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
    yield _counts_line(variant)
    if variant.tables:
        yield f"Measured on: tables of kind {words.listed(variant.tables)}"
    for band, limit in zip(variant.bands, limits(variant.bands, unit, words.written), strict=True):
        text = f"Band '{band.name}': {limit}" + (" (our reading)" if band.reading else "")
        yield f"{text}. {band.advice}" if band.advice else text
    if variant.bands:
        yield f"Bands: {variant.bands_source}" if variant.bands_source else BANDS_NAME_NO_WINDOW
    else:
        yield "No bands are published for this variant."
    yield from (f"Benchmark: {mark.said(unit)}" for mark in variant.benchmarks)
    yield f"Example: {example_line(variant, unit)} ({variant.example.source})"
    if variant.note:
        yield f"Note: {variant.note}"


def _counts_line(variant: Variant) -> str:
    computes = variant.computes
    if computes.composed:
        return f"Composed: the {computes.combine} of {words.listed(computes.of)}"
    taken = f", less {computes.less}" if computes.less else ""
    within = f", within {variant.window}" if variant.window else ""
    return f"Counts: {computes.kind} of a {computes.counts}{taken}{within}"


def example_line(variant: Variant, unit: str) -> str:
    """The worked example in words: its counts or parts, their value, and the band that it earns."""
    example, value = variant.example, words.level(float(variant.example.value), unit)
    if variant.computes.composed:
        parts = words.listed(f"{part} {words.written(str(number))}" for part, number in example.parts.items())
        return f"the {variant.computes.combine} of {parts} is {value}"
    taken = f" less {words.written(str(example.less))}" if variant.computes.less else ""
    earned = band_of(example.net, example.denominator or 0, variant.bands)
    gained, whole = (words.written(str(number)) for number in (example.numerator, example.denominator))
    counts = f"{gained}{taken} {words.divided_by(unit)} {whole}"
    return f"{counts} is {value}" + (f", {earned}" if earned else "")


def _case_lines(case: Mapping[str, Any], unit: str) -> Iterator[str]:
    before, after = (words.level(float(case[key]), unit) for key in ("before", "after"))
    yield f"{case['company']}, {case['industry']}: {before} to {after} in {case['months']} months ({case['source']})"
    yield f"Problem: {case['problem']}"
    yield from (f"Action: {action}" for action in case["actions"])
    yield f"Outcome: {case['outcome']}"
