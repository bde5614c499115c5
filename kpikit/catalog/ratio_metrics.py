"""What a MetricFlow ratio metric is as a KPI, as far as its measures say so; and why another cannot be one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kpikit import words
from kpikit.catalog.metricflow import PARTS, Measure, Metric, Part, Project, measure_of

#: how a measure is aggregated: what adds up over segments and periods, what counts each thing once, and what does neither
ADDED = ("sum", "count", "sum_boolean")
ONCE = "count_distinct"
AVERAGED = ("average", "min", "max", "median", "percentile")
FILLED = ("fill_nulls_with", "join_to_timespine")  # keys by which dbt puts a number where there is none


@dataclass(frozen=True)
class Counted:
    """A measure with every filter that stands between its rows and the ratio."""

    measure: Measure
    filters: frozenset[str]

    @property
    def adds(self) -> bool:
        """Whether it adds up over periods."""
        return self.measure.agg in ADDED and not self.measure.level

    @property
    def whole(self) -> bool:
        """Whether it counts rows or things, not amounts."""
        return self.measure.agg in (ONCE, "count", "sum_boolean") or (self.measure.agg == "sum" and self.measure.expr == "1")


@dataclass(frozen=True)
class Ratio:
    """A ratio metric as a KPI: what it divides, its kind of formula, what is counted, why, and what its reader must know."""

    metric: Metric
    numerator: Part
    denominator: Part
    kind: str
    counts: str
    why: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The metrics of some files: those that can be KPIs, those that kpikit itself wrote, and why the others are left out."""

    ratios: tuple[Ratio, ...]
    own: tuple[Metric, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def find_ratios(project: Project) -> Found:
    """Each metric where it belongs; DefinitionError for a ratio that divides nothing."""
    ratios, own, left_out = [], [], {}
    for metric in project.metrics.values():
        if "reading" in metric.kpikit:
            own.append(metric)
        elif "part_of" in metric.kpikit:
            continue  # kpikit wrote it for one of its own, which holds all that it says
        elif metric.type != "ratio":
            left_out[metric.name] = f"a {metric.type} metric; only ratio metrics are imported"
        elif isinstance(ratio := ratio_of(metric, project), Ratio):
            ratios.append(ratio)
        else:
            left_out[metric.name] = ratio
    return Found(tuple(ratios), tuple(own), left_out)


def ratio_of(metric: Metric, project: Project) -> Ratio | str:
    """A ratio metric as a KPI, or why it cannot be one."""
    parts = {role: metric.part(role) for role in PARTS}
    if shifted := metric.shifted():
        return shifted
    counted = {role: _counted(part, project) for role, part in parts.items()}
    for role, found in counted.items():
        if isinstance(found, str):
            return f"its {role} {found}"
    known = {role: found for role, found in counted.items() if isinstance(found, Counted)}
    kind, counts, why = _kind(known.get("numerator"), known.get("denominator"))
    return Ratio(metric, parts["numerator"], parts["denominator"], kind, counts, why, tuple(_notes(parts, project)))


def _counted(part: Part, project: Project) -> Counted | str | None:
    """What a part counts; None where no file given says it; a text where kpikit cannot hold it."""
    metric = project.metrics.get(part.name)
    if metric is None:
        measure = project.measures.get(part.name)  # with create_metric, a measure is a metric of its name
        return _of_measure(part.name, measure, _filters(part.filter)) if measure else None
    if metric.type != "simple":
        return f"'{part.name}' is a {metric.type} metric: kpikit divides what is counted, not what was computed"
    given = metric.params.get("measure")
    inner: Mapping[str, Any] = given if isinstance(given, dict) else {"name": given}
    own = measure_of({**metric.params, "name": metric.name}, metric.model) if "agg" in metric.params else None
    measure = own or project.measures.get(str(inner.get("name")))
    filters = _filters(part.filter) | _filters(metric.filter) | _filters(inner.get("filter"))
    return _of_measure(part.name, measure, filters) if measure else None


def _of_measure(name: str, measure: Measure, filters: frozenset[str]) -> Counted | str | None:
    if measure.agg in AVERAGED:
        return f"'{name}' is aggregated by {measure.agg}: it does not add up over segments, and kpikit pools counts"
    return Counted(measure, filters) if measure.agg in (*ADDED, ONCE) else None


def _kind(numerator: Counted | None, denominator: Counted | None) -> tuple[str, str, str]:
    """The kind of formula, what it counts, and why: no more is claimed than the measures say."""
    if numerator is None or denominator is None:
        return "ratio", "stock", "how its parts are counted stands in no file given, so they are not added over periods"
    part = numerator.measure == denominator.measure and numerator.filters > denominator.filters
    if part and numerator.whole:
        counts = "flow" if numerator.adds else "stock"
        return "share", counts, "both count the same, the numerator with a filter more"
    if numerator.adds and denominator.adds:
        return "ratio", "quantity", "both parts are sums, which add up over periods"
    return "ratio", "stock", "a distinct count or a level does not add up over periods"


def _notes(parts: Mapping[str, Part], project: Project) -> Iterator[str]:
    """What no file given defines, and what dbt does to a part and kpikit does not."""
    for role, part in parts.items():
        metric = project.metrics.get(part.name)
        if metric is None and part.name not in project.measures:
            yield f"no file given defines its {role}, the metric '{part.name}'"
        given = metric.params if metric else {}
        inner = given.get("measure")
        told = {**given, **(inner if isinstance(inner, dict) else {})}
        if own := _filters(metric and metric.filter) | _filters(told.get("filter")):
            yield f"the metric '{part.name}', its {role}, has a filter of its own: {words.listed(sorted(own))}"
        if filled := [key for key in FILLED if told.get(key) is not None and told[key] is not False]:  # 0 is a filling
            yield f"gaps of its {role} are filled by dbt ({words.listed(filled)}); in kpikit, missing is missing"


def _filters(given: Any) -> frozenset[str]:
    texts = given if isinstance(given, list) else [given]
    return frozenset(" ".join(text.split()) for text in texts if isinstance(text, str))
