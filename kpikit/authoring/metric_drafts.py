"""import-metrics: writes a definition to edit for each ratio metric of dbt MetricFlow's YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import tomlkit

from kpikit import words
from kpikit.authoring.key_notes import DEFINITION
from kpikit.authoring.kpi_drafts import MEND, PROSE, SCHEMA
from kpikit.authoring.schemas import write_schema
from kpikit.catalog.definitions import KEYS, NUMBER, PLAIN_NAME
from kpikit.catalog.folders import ENDING, Folder, places
from kpikit.catalog.metricflow import PARTS, Metric, read_project
from kpikit.catalog.ratio_metrics import Ratio, find_ratios
from kpikit.errors import DefinitionError
from kpikit.kpi import CADENCES, DIRECTIONS, UNITS

VARIANT = "metricflow"  # the variant that a metric of somebody else becomes
#: a worked example of each kind that computes, until its reader has a better one
EXAMPLE = {"numerator": 1, "denominator": 4, "value": Decimal("0.25"), "source": "made up"}
ONE_OF = {"better": DIRECTIONS, "unit": UNITS, "cadence": CADENCES}
#: keys of a definition that hold tables, and the table of KEYS that says what is in them
INNER = {
    "variant": "variant", "bands": "band", "benchmarks": "benchmark", "example": "example", "attributes": "attributes",
    "change_impact": "change_impact",
}  # fmt: skip
NOTES = DEFINITION | {"change_impact": {"upgrade_rate": DEFINITION["attributes"]["change_impact"]}}
Raw = dict[str, Any]


@dataclass(frozen=True)
class Imported:
    """What became of the metrics: files written, metrics left out and why, and what to look at."""

    written: tuple[Path, ...]
    left_out: Mapping[str, str]
    looks: tuple[str, ...]


def import_metrics(
    files: Sequence[Path], folder: Path = Path("kpis"), *, prefix: str = "", catalog: tuple[Folder, ...] = ()
) -> Imported:
    """Writes a definition for each ratio metric into a folder, all or none, and says what it left out and why.

    What no file says is marked MEND, and until then the definition is refused. A metric that kpikit has exported comes back as
    the definition it was, but for its 12 attributes. Raises DefinitionError for a file that cannot be read as MetricFlow's
    YAML, where no metric can be a KPI, and for an id that is taken: nothing is written over, and nothing is written at all then.
    """
    found = find_ratios(read_project(files))
    drafts = _drafts(found.ratios, found.own, prefix)
    if not drafts:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in found.left_out.items())
        raise DefinitionError(f"{words.listed(path.name for path in files)}: no metric that can be a KPI{reasons}")
    taken = places(*catalog, *([folder] if folder.is_dir() else []))
    for kpi_id in drafts:
        if kpi_id in taken:
            mend = "give those that come in a prefix, as --prefix dbt_"
            raise DefinitionError(f"{taken[kpi_id]} defines '{kpi_id}' already; {mend}")
    folder.mkdir(parents=True, exist_ok=True)
    written = _written({folder / f"{kpi_id}{ENDING}": text_of(raw) for kpi_id, raw in drafts.items()})
    if not (folder / SCHEMA).exists():
        write_schema("kpi", folder / SCHEMA)
    return Imported(written, found.left_out, tuple(_looks(found.ratios, found.own)))


def _written(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """The files, all of them or none."""
    done: list[Path] = []
    try:
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as file:
                done.append(path)
                file.write(text)
    except OSError:
        for path in done:
            path.unlink()
        raise
    return tuple(done)


def _looks(ratios: Sequence[Ratio], own: Sequence[Metric]) -> Iterator[str]:
    for ratio in ratios:
        yield from (f"{ratio.metric.name}: {note}" for note in ratio.notes)
    for metric in own:
        if metric.kpikit.get("fingerprint") != metric.fingerprint:
            yield f"{metric.name}: it was changed since kpikit wrote it; what stands under meta was taken"


def _drafts(ratios: Sequence[Ratio], own: Sequence[Metric], prefix: str) -> dict[str, Raw]:
    """Each definition by its id."""
    drafts = _own_drafts(own, prefix)
    for ratio in ratios:
        kpi_id = prefix + ratio.metric.name
        if kpi_id in drafts or not PLAIN_NAME.fullmatch(kpi_id):
            said = "two metrics would be the KPI" if kpi_id in drafts else "no id is"
            raise DefinitionError(f"{ratio.metric}: {said} '{kpi_id}'; rename one, or give a plain prefix, as dbt_")
        drafts[kpi_id] = _foreign(ratio, kpi_id)
    return drafts


def _own_drafts(own: Sequence[Metric], prefix: str) -> dict[str, Raw]:
    """Definitions that kpikit exported, their variants together again."""
    drafts: dict[str, Raw] = {}
    for metric in own:
        told = metric.kpikit.get("id")
        if not isinstance(told, str) or not PLAIN_NAME.fullmatch(prefix + told):
            must = "it is a plain name of letters, digits and underscores"
            raise DefinitionError(f"{metric}: the id under kpikit is {told!r}; {must}")
        draft = drafts.setdefault(prefix + told, _own(metric, prefix + told))
        variant = _numbered(_table(metric, "reading"), "variant")
        draft["variant"].append(variant)
        if metric.kpikit.get("imported") is True:
            draft["exchange"] = _exchange(metric, str(variant.get("id")))
    return drafts


def _own(metric: Metric, kpi_id: str) -> Raw:
    """The definition of which kpikit exported a variant, but for its variants and attributes."""
    return {"id": kpi_id, **_numbered(_table(metric, "kpi"), "definition"), "variant": [], "attributes": _attributes("", "")}


def _table(metric: Metric, key: str) -> Raw:
    told = metric.kpikit.get(key)
    if not isinstance(told, dict):
        raise DefinitionError(f"{metric}: '{key}' under kpikit is {told!r}; it must be a table")
    return {name: value for name, value in told.items() if name not in ("id", "variant", "attributes") or key == "reading"}


def _foreign(ratio: Ratio, kpi_id: str) -> Raw:
    """A definition of somebody else's metric: what it says, and blanks for what it does not."""
    metric, share = ratio.metric, ratio.kind == "share"
    name = metric.label or metric.name.replace("_", " ").title()
    divided = f"{ratio.numerator.phrase} / {ratio.denominator.phrase}"
    variant = {
        "id": VARIANT, "name": name, "definition": metric.description, "formula": divided,
        "source": f"dbt MetricFlow, metric {metric.name} in {metric.file}", "kind": ratio.kind, "counts": ratio.counts,
        "numerator": ratio.numerator.phrase, "denominator": ratio.denominator.phrase, "note": _note(ratio), "example": EXAMPLE,
    }  # fmt: skip
    return {
        "id": kpi_id, "name": name, "question": "", "better": "", "unit": "percent" if share else "number", "cadence": "month",
        "cadence_source": "", "functions": [], "industries": [], "synonyms": [], "related": [], "variant": [variant],
        "attributes": _attributes(metric.description, f"{words.capital(divided)}, as MetricFlow divides them."),
        "exchange": _exchange(metric, VARIANT),
    }  # fmt: skip


def _note(ratio: Ratio) -> str:
    filtered = {"numerator": ratio.numerator.filter, "denominator": ratio.denominator.filter, "whole": ratio.metric.filter}
    told = [f"The {role} is filtered: {words.listed(_texts(given))}." for role, given in filtered.items() if given]
    notes = [f"{words.capital(note)}." for note in ratio.notes]
    return " ".join([f"Taken for a {ratio.kind} of a {ratio.counts}, because {ratio.why}.", *told, *notes])


def _texts(given: Any) -> list[str]:
    return [" ".join(str(text).split()) for text in (given if isinstance(given, list) else [given])]


def _attributes(definition: str, formula: str) -> Raw:
    """All twelve, blank but for what is known; the KPI that a change moves is a place to begin."""
    blank: Raw = {key: "" if key in PROSE else [""] for key in KEYS["attributes"]}
    return {**blank, "definition": definition, "standard_formula": formula, "change_impact": {"upgrade_rate": ""}}


def _exchange(metric: Metric, variant: str) -> Raw:
    """What kpikit has no place for, word by word, so that the metric can be written again."""
    named = {role: {key: value for key, value in vars(metric.part(role)).items() if value} for role in PARTS}
    params = {key: value for key, value in _without_ours(metric).items() if key not in PARTS}
    kept = {"metric": metric.name, "variant": variant, **named, "filter": metric.filter} | ({"params": params} if params else {})
    return {"metricflow": _kept(kept)}


def _without_ours(metric: Metric) -> Raw:
    """The parameters of a metric, without what kpikit wrote into them."""
    if not metric.kpikit:
        return dict(metric.params)
    config = dict(metric.params["config"])
    meta = {key: value for key, value in config.pop("meta").items() if key != "kpikit"}
    config |= {"meta": meta} if meta else {}
    return {key: value for key, value in metric.params.items() if key != "config"} | ({"config": config} if config else {})


def _kept(value: Any) -> Any:
    """Plain data as TOML can hold it: nothing that is null, and every key a text."""
    if isinstance(value, dict):
        return {str(key): _kept(item) for key, item in value.items() if item is not None}
    return [_kept(item) for item in value if item is not None] if isinstance(value, list) else value


def _numbered(told: Raw, table: str) -> Raw:
    """A table as it was exported, with the numbers again that were written as texts to stay exact."""
    return {key: _exact(value, key, KEYS.get(table, {}).get(key, (None, False))[0]) for key, value in told.items()}


def _exact(value: Any, key: str, kind: Any) -> Any:
    if isinstance(value, str) and kind in (NUMBER, "numbers by name"):
        try:
            return Decimal(value) if Decimal(value).is_finite() else value
        except InvalidOperation:
            return value  # the definition is refused with its place when it is read
    if isinstance(value, dict):
        return (
            {name: _exact(item, name, kind) for name, item in value.items()}
            if kind == "numbers by name"
            else _numbered(value, INNER.get(key, ""))
        )
    if isinstance(value, list):
        return [_numbered(item, INNER.get(key, "")) if isinstance(item, dict) else item for item in value]
    return value


def text_of(raw: Mapping[str, Any]) -> str:
    """A definition as TOML; what is blank, or a choice that nobody has made yet, is marked with what belongs there."""
    document = tomlkit.document()
    _fill(document, _kept(raw), "definition")
    head = f"#:schema ./{SCHEMA}\n# Fill in the lines marked {MEND}; what dbt said stands under [exchange], for the way back.\n"
    return head + tomlkit.dumps(document)


def _fill(into: Any, raw: Mapping[str, Any], table: str) -> None:
    for key, value in raw.items():
        into.add(key, _item(value, INNER.get(key, "")))
        if remark := _remark(key, value, table):
            into[key].comment(remark)


def _remark(key: str, value: Any, table: str) -> str:
    """What belongs there: of a blank, and of a choice among a few."""
    means = NOTES.get(table, {}).get(key, "") if value in ("", [""], []) else ""
    marked = f"{MEND}: {means}" if means and value != [] else means
    allowed = f"one of {', '.join(ONE_OF[key])}" if table == "definition" and key in ONE_OF else ""
    return " ".join(filter(None, (marked, allowed)))


def _item(value: Any, table: str) -> Any:
    if isinstance(value, Decimal):
        return tomlkit.value(str(value))
    if isinstance(value, Mapping):
        filled = tomlkit.table()
        _fill(filled, value, table)
        return filled
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        tables = tomlkit.aot()
        for item in value:
            tables.append(_item(item, table))
        return tables
    return tomlkit.item(value)
