"""dbt MetricFlow's YAML, read: its metrics by name, the measures that they count, and what each ratio metric divides."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.catalog.plain_yaml import read_yaml
from kpikit.errors import DefinitionError

Table = Mapping[str, Any]

#: MetricFlow's own rule (dbt-semantic-interfaces, UniqueAndValidNameRule)
METRIC_NAME = re.compile(r"[a-z]((?!__)[a-z0-9_])*[a-z0-9]")
TYPES = ("simple", "ratio", "derived", "cumulative", "conversion")
#: what every metric has beside the parameters of its type; before dbt 1.12 those stand under type_params, since then beside it
HEAD = ("name", "type", "label", "description", "filter", "type_params")
PARTS = ("numerator", "denominator")
SHIFTED = ("offset_window", "offset_to_grain")


@dataclass(frozen=True)
class Part:
    """What a ratio metric has as its numerator or denominator: another metric, by name, perhaps filtered."""

    name: str
    filter: Any = None  # a text, or several that must all hold
    alias: str = ""

    @property
    def phrase(self) -> str:
        """What it counts, in words, as far as its names tell."""
        said = (self.alias or self.name).replace("_", " ")
        return f"{said} that pass its filter" if self.filter and not self.alias else said


@dataclass(frozen=True)
class Metric:
    """A metric as it was written, whichever of the two layouts it has: `params` are those of its type."""

    name: str
    type: str
    file: str
    label: str = ""
    description: str = ""
    filter: Any = None
    params: Table = field(default_factory=dict)
    model: str = ""  # that it stands in, where it does

    @property
    def kpikit(self) -> Table:
        """What kpikit wrote into it, when kpikit did."""
        return _table(_table(_table(self.params.get("config")).get("meta")).get("kpikit"))

    def part(self, role: str) -> Part:
        """The numerator or denominator; DefinitionError where it has none, or one that names no metric."""
        given = self.params.get(role)
        told = {"name": given} if isinstance(given, str) else given
        if not isinstance(told, Mapping) or not isinstance(told.get("name"), str):
            said = "has no" if given is None else "names no metric as its"
            raise DefinitionError(f"{self}: it {said} {role}; write {role}: a_metric, or {role}: {{name: a_metric}}")
        for key in told:
            if key not in ("name", "filter", "alias", *SHIFTED):
                raise DefinitionError(
                    f"{self}: its {role} has no key '{key}'; {words.near(str(key), ('name', 'filter', 'alias'))}"
                )
        alias = told.get("alias") or ""
        if not isinstance(alias, str):
            raise DefinitionError(
                f"{self}: the alias of its {role} is {alias!r}; it must be text, in quotes where it looks otherwise"
            )
        return Part(told["name"], _filter(told.get("filter"), f"{self}: the filter of its {role}"), alias)

    def shifted(self) -> str:
        """Why it cannot be held when a part of it is of another time; empty when none is."""
        for role in PARTS:
            for key in SHIFTED:
                if key in _table(self.params.get(role)):
                    return f"the {key} of its {role}: a KPI divides counts of one and the same period"
        return ""

    @property
    def fingerprint(self) -> str:
        """What changes with anything that kpikit wrote into it, but for the fingerprint itself."""
        own = {key: value for key, value in self.kpikit.items() if key != "fingerprint"}
        params = {key: value for key, value in self.params.items() if key != "config"}
        plain = json.dumps([self.type, self.label, self.description, self.filter, params, own], sort_keys=True, default=str)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return f"{self.file}: metric '{self.name}'"


@dataclass(frozen=True)
class Measure:
    """What a simple metric counts: an aggregation of an expression over the rows of a semantic model."""

    model: str
    agg: str
    expr: str
    level: bool = False  # of one moment, as a balance: it does not add up over periods


@dataclass(frozen=True)
class Project:
    """The metrics of some files, by name, and the measures of their semantic models."""

    metrics: Mapping[str, Metric]
    measures: Mapping[str, Measure]


def read_project(paths: Sequence[Path]) -> Project:
    """The metrics and measures that files of MetricFlow's YAML define; DefinitionError says what must be mended.

    Read are both layouts: `type_params` and `measures` (up to dbt 1.11, and the package dbt-semantic-interfaces), and
    parameters beside the type with simple metrics inside `models` (dbt 1.12 and the Fusion engine).
    """
    found: dict[str, Metric] = {}
    measures: dict[str, Measure] = {}
    for path in paths:
        for document in read_yaml(path):
            if not isinstance(document, dict):
                raise DefinitionError(f"{path.name}: it holds {_kind(document)}; metrics stand in a list under the key 'metrics'")
            measures |= dict(_measures(document, path.name))
            for metric in _metrics(document, path.name):
                if metric.name in found:
                    raise DefinitionError(f"{metric}: {found[metric.name].file} has one of that name already; rename one of them")
                found[metric.name] = metric
    if not found:
        raise DefinitionError(
            f"{words.listed(path.name for path in paths)}: no metric; they stand in a list under the key 'metrics'"
        )
    return Project(found, measures)


def _metrics(document: Table, file: str) -> Iterator[Metric]:
    """Those of the document itself, and those inside its models."""
    listed = [*_list(document.get("metrics"), "metrics", file), *([document["metric"]] if "metric" in document else [])]
    yield from (metric_of(raw, file) for raw in listed)
    for model in _list(document.get("models"), "models", file):
        name = str(_table(model).get("name", ""))
        yield from (metric_of(raw, file, name) for raw in _list(_table(model).get("metrics"), "metrics", file))


def metric_of(raw: Any, file: str, model: str = "") -> Metric:
    """A metric as it was read; DefinitionError where it has no name, or one or a type that MetricFlow has not."""
    told = {key: value for key, value in _table(raw).items() if value is not None}
    name = told.get("name")
    if not isinstance(name, str) or not METRIC_NAME.fullmatch(name):
        said = "a metric has no name" if name is None else f"a metric is called {name!r}"
        raise DefinitionError(
            f"{file}: {said}; a name is of lower-case letters, digits and single underscores, as food_order_pct"
        )
    for key in ("type", "label", "description"):
        if not isinstance(told.get(key, ""), str):
            raise DefinitionError(
                f"{file}: metric '{name}': {key} is {told[key]!r}; it must be text, in quotes where it looks otherwise"
            )
    kind = told.get("type", "").lower()
    if kind not in TYPES:
        said = f"type is '{kind}'; it" if kind else "it has no type, which"
        raise DefinitionError(f"{file}: metric '{name}': {said} is one of {', '.join(TYPES)}")
    filtered = _filter(told.get("filter"), f"{file}: metric '{name}': filter")
    params = {key: value for key, value in told.items() if key not in HEAD} | dict(_table(told.get("type_params")))
    return Metric(name, kind, file, told.get("label", ""), told.get("description", ""), filtered, params, model)


def _measures(document: Table, file: str) -> Iterator[tuple[str, Measure]]:
    models = [*_list(document.get("semantic_models"), "semantic_models", file), document.get("semantic_model")]
    for model in map(_table, models):
        for raw in map(_table, _list(model.get("measures"), "measures", file)):
            yield str(raw.get("name")), measure_of(raw, str(model.get("name", "")))


def measure_of(raw: Table, model: str) -> Measure:
    """What a measure counts, or a simple metric that is its own measure; its expression is its name unless it says another."""
    agg = str(raw.get("agg", "")).lower()
    return Measure(model, agg, str(raw.get("expr") or raw.get("name")), level="non_additive_dimension" in raw)


def _filter(given: Any, whose: str) -> Any:
    """A filter as it was given: nothing, a text, or several."""
    if given is None or isinstance(given, str) or (isinstance(given, list) and all(isinstance(text, str) for text in given)):
        return given
    raise DefinitionError(f"{whose} is {_kind(given)}; it must be text, in quotes, or a list of texts")


def _list(value: Any, key: str, file: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise DefinitionError(f"{file}: '{key}' is {_kind(value)}; it must be a list")
    return value or []


def _table(value: Any) -> Table:
    return value if isinstance(value, dict) else {}


def _kind(value: Any) -> str:
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"'{value}'"
