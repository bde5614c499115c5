"""export-metrics: writes definitions as dbt MetricFlow's YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from kpikit.catalog.definitions import parsed
from kpikit.catalog.folders import Folder, kpi_ids, place_of, text_of
from kpikit.catalog.loading import load_kpi
from kpikit.catalog.metricflow import METRIC_NAME, PARTS, metric_of
from kpikit.catalog.parts import split
from kpikit.errors import DefinitionError
from kpikit.kpi import Kpi, Variant

Plain = dict[str, Any]

#: names that MetricFlow keeps for itself (dbt-semantic-interfaces 0.10.5: TimeGranularity, MetricFlowReservedKeywords)
RESERVED = (
    "nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year",
    "metric_time", "mf_internal_uuid",
)  # fmt: skip
#: keys of a definition that are not exported: what a metric is made of, and the twelve attributes
LEFT = ("id", "variant", "attributes", "published_case", "exchange")
BETWEEN = {"product": " * ", "sum": " + ", "difference": " - "}
HEAD = """\
# Written by kpikit export-metrics for dbt MetricFlow: the layout of dbt 1.6 to 1.11, which 1.12 reads too.
# Each semantic model reads a dbt model of its own name: one row a period, already counted, with the columns that its measures
# name. Mend `model` and `time_granularity` where yours differ. What MetricFlow has no place for stands under config.meta.kpikit.
"""
NEEDS = "# These metrics are expected in your project: {}.\n"


@dataclass(frozen=True)
class Reading:
    """A variant of a KPI that is exported, and the definition as it is written."""

    kpi: Kpi
    variant: Variant
    written: Mapping[str, Any]

    @property
    def default(self) -> bool:
        """Whether it is what people mean by the KPI's name alone."""
        return self.variant is self.kpi.variants[0]

    @property
    def imported(self) -> Mapping[str, Any]:
        """What MetricFlow said of it, where it came from there."""
        told: Mapping[str, Any] = self.kpi.exchange.get("metricflow", {})
        return told if told.get("variant") == self.variant.id else {}

    @property
    def metric(self) -> str:
        """Its metric's name: the one that it came with, else the KPI's id, with the variant's unless it is the default one."""
        if self.imported:
            return str(self.imported["metric"])
        return metric_name(self.kpi.id, *([] if self.default else [self.variant.id]))

    @property
    def label(self) -> str:
        """What tools show: the KPI's name, with that of the variant unless it is the default one."""
        return self.kpi.name if self.default else f"{self.kpi.name}: {self.variant.name}"


def export_metrics(*readings: str, catalog: tuple[Folder, ...] = ()) -> str:
    """MetricFlow's YAML of KPIs, each an id or id.variant; of all of the catalogue where none is named.

    A variant becomes a ratio metric over two simple metrics, which sum the columns of a table that is already counted. A
    balance is derived of three; a KPI that is composed of others is derived of their metrics, which come along. A metric that
    was imported is written again as it was. Under config.meta.kpikit stands the definition but for its attributes, with
    decimals as texts, so that they stay exact. Raises DefinitionError where two metrics would bear one name.

    >>> print(export_metrics("upsell_ratio").partition("metrics:")[0].splitlines()[-1].strip())
    expr: denominator
    """
    named = readings or tuple(kpi_ids(*catalog))
    chosen = _ordered(one for name in named for one in _all_of(name, catalog))
    names = {
        part: one.metric for one in chosen for part in (f"{one.kpi.id}.{one.variant.id}", *([one.kpi.id] if one.default else []))
    }
    models = [model for one in chosen for model in _models(one)]
    metrics = [metric for one in chosen for metric in _metrics(one, names)]
    _refuse_twice([metric["name"] for metric in metrics])
    needed = sorted({one.imported[role]["name"] for one in chosen if one.imported for role in PARTS})
    head = HEAD + (NEEDS.format(", ".join(needed)) if needed else "")
    file = ({"semantic_models": models} if models else {}) | {"metrics": metrics}
    return head + yaml.dump(file, Dumper=_Written, sort_keys=False, allow_unicode=True, width=120)


def write_metrics(place: Path, *readings: str, catalog: tuple[Folder, ...] = ()) -> Path:
    """Writes MetricFlow's YAML of KPIs and returns its path; DefinitionError where the file is there already."""
    if place.exists():
        raise DefinitionError(f"{place} is there already; give another place with --out, or take that file away")
    text = export_metrics(*readings, catalog=catalog)
    place.write_text(text, encoding="utf-8")
    return place


class _Written(yaml.SafeDumper):
    """Without aliases: what is said twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def metric_name(*parts: str) -> str:
    """A name as MetricFlow allows it: lower-case letters, digits and single underscores, a letter first, none of its own words.

    >>> metric_name("NPS_2024", "of__all"), metric_name("week")
    ('nps_2024_of_all', 'kpi_week')
    """
    name = re.sub("_+", "_", "_".join(parts).lower()).strip("_")
    return name if METRIC_NAME.fullmatch(name) and name not in RESERVED else f"kpi_{name}".strip("_")


def _readings(kpi_id: str, variant_id: str | None, catalog: tuple[Folder, ...]) -> Iterator[Reading]:
    """A variant, the default one where none is named, after those that it is composed of."""
    kpi = load_kpi(kpi_id, *catalog)
    variant = kpi.variant(variant_id)
    for part in variant.computes.of:
        yield from _readings(*split(part), catalog)
    yield Reading(kpi, variant, parsed(text_of(place_of(kpi_id, *catalog))))


def _all_of(name: str, catalog: tuple[Folder, ...]) -> Iterator[Reading]:
    """Every variant of a KPI, or the one that is named with it."""
    kpi_id, variant_id = split(name)
    for each in [variant_id] if variant_id else [variant.id for variant in load_kpi(kpi_id, *catalog).variants]:
        yield from _readings(kpi_id, each, catalog)


def _ordered(readings: Iterable[Reading]) -> list[Reading]:
    """Each once: the KPIs as they came, their variants as the definition has them, so that the default one comes first."""
    found = {(one.kpi.id, one.variant.id): one for one in readings}
    ids = list(dict.fromkeys(kpi_id for kpi_id, _ in found))
    return sorted(found.values(), key=lambda one: (ids.index(one.kpi.id), one.kpi.variants.index(one.variant)))


def _refuse_twice(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DefinitionError(
                f"two metrics would be called '{name}'; export them apart, or give one KPI or variant another id"
            )


def _counted(reading: Reading) -> dict[str, str]:
    """The columns that it counts, with what they count; none of a KPI that is composed or was imported."""
    formula = reading.variant.computes
    if formula.composed or reading.imported:
        return {}
    return {role: getattr(formula, role) for role in ("numerator", "less", "denominator") if getattr(formula, role)}


def _models(reading: Reading) -> Iterator[Plain]:
    """The semantic model of a table that is already counted."""
    if counted := _counted(reading):
        name = f"{reading.metric}_{reading.variant.tables[0]}"
        grain = {"type_params": {"time_granularity": reading.kpi.cadence}}
        yield {
            "name": name, "description": f"{reading.label}: already counted, one row a period.", "model": f"ref('{name}')",
            "defaults": {"agg_time_dimension": "period"}, "primary_entity": f"{reading.metric}_row",
            "dimensions": [{"name": "period", "type": "time"} | grain],
            "measures": [{"name": f"{reading.metric}_{role}", "agg": "sum", "expr": role} for role in counted],
        }  # fmt: skip


def _metrics(reading: Reading, names: Mapping[str, str]) -> Iterator[Plain]:
    """The simple metrics that it counts, then itself."""
    for role, phrase in _counted(reading).items():
        name = f"{reading.metric}_{role}"
        yield {
            "name": name, "label": f"{reading.label}, {role}: {phrase}", "description": phrase, "type": "simple",
            "type_params": {"measure": {"name": name}}, "config": {"meta": {"kpikit": {"part_of": reading.metric}}},
        }  # fmt: skip
    within = f" Followed for {reading.variant.window}." if reading.variant.window else ""
    told = {"name": reading.metric, "label": reading.label, "description": reading.variant.definition.strip() + within}
    yield _with_meta({**told, **_computed(reading, names)}, reading)


def _computed(reading: Reading, names: Mapping[str, str]) -> Plain:
    """The type of a metric, and what it takes; `names` are those of the metrics of its parts."""
    formula, name = reading.variant.computes, reading.metric
    if reading.imported:
        return _as_imported(reading.imported)
    if formula.composed:
        parts = [names[part] for part in formula.of]
        divided = f"{parts[0]} / NULLIF({parts[1]}, 0)" if formula.combine == "quotient" else BETWEEN[formula.combine].join(parts)
        return _derived(divided, parts)
    if formula.less:  # times 1.0, as dbt's own examples have it: engines divide whole numbers without a remainder
        above, less, below = f"{name}_numerator", f"{name}_less", f"{name}_denominator"
        return _derived(f"({above} - {less}) * 1.0 / NULLIF({below}, 0)", [above, less, below])
    return {"type": "ratio", "type_params": {role: {"name": f"{name}_{role}"} for role in PARTS}}


def _derived(expr: str, names: Sequence[str]) -> Plain:
    return {"type": "derived", "type_params": {"expr": expr, "metrics": [{"name": name} for name in names]}}


def _as_imported(told: Mapping[str, Any]) -> Plain:
    """A ratio metric as it was, in the layout with type_params."""
    kept = _plain(told)
    parts = {role: kept[role] for role in PARTS}
    filtered = {"filter": kept["filter"]} if "filter" in kept else {}
    return {"type": "ratio", "type_params": parts, **filtered, **kept.get("params", {})}


def _with_meta(metric: Plain, reading: Reading) -> Plain:
    """The metric with what MetricFlow has no place for, and a fingerprint by which a later change shows."""
    variant = next(raw for raw in reading.written["variant"] if raw["id"] == reading.variant.id)
    kpi = {key: value for key, value in reading.written.items() if key not in LEFT}
    meta = {"id": reading.kpi.id, "imported": bool(reading.imported), "kpi": _exact(kpi), "reading": _exact(variant)}
    config = metric.pop("config", {})
    config = {**config, "meta": {**config.get("meta", {}), "kpikit": meta}}
    meta["fingerprint"] = metric_of({**metric, "config": config}, "").fingerprint
    return {**metric, "config": config}


def _exact(value: Any) -> Any:
    """With decimals as texts, which no tool on the way rounds."""
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else str(value) if isinstance(value, Decimal) else value


def _plain(value: Any) -> Any:
    """With decimals as the floats that they were in the YAML."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else float(value) if isinstance(value, Decimal) else value
