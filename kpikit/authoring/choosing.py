"""What a table is guessed to hold and be asked: its kind and roles, a KPI that it can be counted for, variant and window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpikit.authoring.guessing import NUMBERS, SUMMED_KINDS, grain_of, guess_roles
from kpikit.catalog import load_kpi
from kpikit.catalog.parts import split
from kpikit.formulas import Formula
from kpikit.kpi import Kpi, Variant
from kpikit.tables import KINDS, Column

DEFAULT_KPI = {
    "orders": "product_upsell_rate", "volumes": "product_upgrade_ratio", "customers": "offer_acceptance_rate",
    "ratings": "net_promoter_score",
}  # fmt: skip
OF_FEW_SCORES = "customer_satisfaction_score"  # which is asked on a short scale
MOST_SCORES = 5


@dataclass(frozen=True)
class Guess:
    """Kind and roles of a table, and which variant of which KPI is counted from it over which window."""

    kind: str
    roles: Mapping[str, Any]
    kpi: Kpi
    variant: Variant
    window: str

    @property
    def composed(self) -> bool:
        """Whether the KPI is made of others."""
        return self.variant.computes.composed

    @property
    def leaves(self) -> list[str]:
        """The counted KPIs that a composed one is made of, each once."""
        return list(dict.fromkeys(_leaves(self.kpi, self.variant)))


def guessed(
    columns: Sequence[Column],
    kpi_id: str | None = None,
    kind: str | None = None,
    variant: str | None = None,
    given: Mapping[str, Any] | None = None,
    catalog: Sequence[str | Path] = (),
) -> Guess:
    """What columns are guessed to hold; what the user says, a KPI, kind, variant or roles (`given`), is kept.

    A KPI says which kinds of table it is counted from, and what its numerator and denominator are called.
    """
    kpi = None if kpi_id is None else load_kpi(kpi_id, *catalog)
    tables = {} if kpi is None else dict.fromkeys(table for each in kpi.variants for table in each.tables)
    own_kind, roles = guess_roles(columns, tables)
    kind = kind or own_kind
    kpi = kpi or load_kpi(_usual_kpi(kind, roles, columns), *catalog)
    chosen = kpi.variant(variant) if variant else _counted_from(kpi, kind, columns, roles)
    if kind in KINDS:
        roles = {role: name for role, name in roles.items() if role in KINDS[kind].roles}
    if kind in SUMMED_KINDS and (kpi_id is not None or chosen.computes.less):
        roles |= named_roles(columns, chosen.computes, roles)
    roles |= given or {}
    return Guess(kind, roles, kpi, chosen, chosen.window or _window(chosen.computes, columns, roles))


def _leaves(kpi: Kpi, variant: Variant) -> Iterator[str]:
    for part in variant.computes.of:
        kpi_id, variant_id = split(part)
        of = load_kpi(kpi_id, *kpi.folders)
        chosen = of.variant(variant_id)
        yield from _leaves(of, chosen) if chosen.computes.composed else [part]


def named_roles(columns: Sequence[Column], computes: Formula, roles: Mapping[str, str]) -> dict[str, str]:
    """The counted roles whose columns bear words of what the formula calls them: the longest name that has no other word.

    >>> columns = [Column(name, "count", 9, "1", None) for name in ("detractors", "answers", "promoters")]
    >>> named_roles(columns, Formula("balance", "flow", "promoters", "answers", "detractors"), {})
    {'numerator': 'promoters', 'denominator': 'answers', 'less': 'detractors'}
    """
    if computes.composed:
        return {}
    found: dict[str, str] = {}
    phrases = {"numerator": computes.numerator, "denominator": computes.denominator, "less": computes.less}
    for role, phrase in phrases.items():
        told, others = _words(phrase), {name for other, name in found.items() if phrases[other] != phrase}
        free = [c for c in columns if c.reads_as in NUMBERS and c.name not in {*others, roles.get("period")}]
        fitting = [c.name for c in free if (own := _words(c.name)) and own <= told]
        if fitting:
            found[role] = max(fitting, key=lambda name: len(_words(name)))
    return found


def _words(text: str) -> set[str]:
    """The words of a name, without the mark of the plural."""
    return {word.removesuffix("s") for word in re.findall(r"[a-z]+", text.lower())}


def _usual_kpi(kind: str, roles: Mapping[str, str], columns: Sequence[Column]) -> str:
    """The KPI that a kind of table is taken for where the user names none; scores by how many different ones there are."""
    scores = next((c.distinct for c in columns if c.name == roles.get("score")), None)
    if kind == "ratings" and scores is not None and scores <= MOST_SCORES:
        return OF_FEW_SCORES
    return DEFAULT_KPI.get(kind, "upgrade_rate")


def _counted_from(kpi: Kpi, kind: str, columns: Sequence[Column], roles: Mapping[str, str]) -> Variant:
    """The variant that is counted from this kind of table, of sums the one whose parts most columns are named for, or the first;
    else the default one.
    """
    able = [variant for variant in kpi.variants if kind in variant.tables] or [kpi.variant()]
    if kind not in SUMMED_KINDS:
        return able[0]
    return max(able, key=lambda variant: len(named_roles(columns, variant.computes, roles)))


def _window(computes: Formula, columns: Sequence[Column], roles: Mapping[str, Any]) -> str:
    """Customers who are followed need a span from their own day on; all others are counted by calendar periods."""
    return "30 days" if computes.kind == "follow_on" else grain_of(columns, roles)
