"""new-kpi: writes a definition to edit into a user's folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import tomlkit

from kpikit import words
from kpikit.authoring.key_notes import DEFINITION
from kpikit.authoring.schemas import write_schema
from kpikit.catalog.definitions import KEYS, PLAIN_NAME
from kpikit.catalog.folders import Folder, places
from kpikit.errors import DefinitionError
from kpikit.formulas import COMBINE, KINDS
from kpikit.kpi import CADENCES, DIRECTIONS, UNITS

SCHEMA = "kpi.schema.json"  # beside the definitions, for editors
MEND = "MEND"
PROSE = ("definition", "business_insights", "measurement_approach", "standard_formula", "trend_analysis")  # the others are lists
#: the worked example that a draft begins with: it computes
EXAMPLES = {
    "balance": ("numerator = 30", "less = 10", "denominator = 200", "value = 0.1"),
    "composed": ("parts = { upgrade_rate = 0.12, gross_margin = 0.5 }", "value = 0.06"),
}
EXAMPLE = ("numerator = 24", "denominator = 200", "value = 0.12")


def new_kpi(
    kpi_id: str, folder: Path = Path("kpis"), *, name: str = "", kind: str = "share", catalog: tuple[Folder, ...] = ()
) -> Path:
    """Writes a definition to edit and returns its path; what must be filled in is marked MEND, and until then it is refused.

    Beside it a JSON Schema is laid, by which editors complete and check it. Raises DefinitionError for an id that is no plain
    name or that the catalogue has already, and for an unknown kind of formula: nothing is written over.
    """
    if not PLAIN_NAME.fullmatch(kpi_id):
        raise DefinitionError(
            f"'{kpi_id}' is no id; it is a plain name of letters a to z, digits and underscores, as upgrade_rate"
        )
    if kind not in KINDS:
        raise DefinitionError(f"no formula of kind '{kind}'; {words.near(kind, KINDS)}")
    place = folder / f"{kpi_id}.toml"
    taken = places(*catalog, *([folder] if folder.is_dir() else []))
    if kpi_id in taken or place.exists():
        raise DefinitionError(
            f"{taken.get(kpi_id, place)} defines '{kpi_id}' already; choose another id, or edit that file if it is yours"
        )
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(_draft(kpi_id, name or kpi_id.replace("_", " ").title(), kind)) + "\n", encoding="utf-8")
    if not (folder / SCHEMA).exists():
        write_schema("kpi", folder / SCHEMA)
    return place


def _draft(kpi_id: str, name: str, kind: str) -> Iterator[str]:
    yield f"#:schema ./{SCHEMA}"
    yield f"# Fill in the lines marked {MEND}; the twelve attributes at the end make it one that others can use."
    for key, value in (("id", kpi_id), ("name", name), ("question", "")):
        yield _line("definition", key, value)
    for key, allowed in (("better", DIRECTIONS), ("unit", UNITS), ("cadence", CADENCES)):
        yield f"{_line('definition', key, allowed[0] if key != 'cadence' else 'month')}  # one of {', '.join(allowed)}"
    yield _line("definition", "cadence_source", "")
    for key in ("functions", "industries", "synonyms", "related"):
        yield f"{key} = []  # {DEFINITION['definition'][key]}"
    yield from ("", "[[variant]]")
    for key, value in (("id", "plain"), ("name", name), ("definition", ""), ("formula", ""), ("source", "our own")):
        yield _line("variant", key, value)
    yield from _formula(kind)
    yield from REST.splitlines()
    yield from ("", "[variant.example]", *EXAMPLES.get(kind, EXAMPLE), 'source = "made up"')
    yield from _attributes()


def _formula(kind: str) -> Iterator[str]:
    yield f'kind = "{kind}"  # {", ".join(KINDS)}'
    yield f'counts = "{"flow" if "flow" in KINDS[kind] else next(iter(KINDS[kind]))}"  # of a {kind}: {", ".join(KINDS[kind])}'
    if kind == "composed":
        yield f'combine = "product"  # {", ".join(COMBINE)}'
        yield f'of = ["upgrade_rate", "gross_margin"]  # {MEND}: {DEFINITION["variant"]["of"]}'
    for key in () if kind == "composed" else ("numerator", *(["less"] if kind == "balance" else []), "denominator"):
        yield _line("variant", key, "")


def _attributes() -> Iterator[str]:
    yield from ("", "[attributes]")
    for key in KEYS["attributes"]:
        if key != "change_impact":
            value = '""' if key in PROSE else '[""]'
            yield f"{key} = {value}  # {MEND}: {DEFINITION['attributes'][key]}"
    yield from ("", "[attributes.change_impact]", f'upgrade_rate = ""  # {MEND}: {DEFINITION["attributes"]["change_impact"]}')


def _line(table: str, key: str, value: str) -> str:
    """A key with its value; one without a value is marked."""
    return f"{key} = {tomlkit.item(value).as_string()}" + ("" if value else f"  # {MEND}: {DEFINITION[table][key]}")


REST = """
# Where bands are published, or an edge has a reason, say whose they are; the last band is open:
# bands_source = ""
# [[variant.bands]]
# name = "low"
# below = 0.15
# [[variant.bands]]
# name = "high"

# On which raw rows it is counted (kpi.schema.json, beside this file, lists what each kind of table holds):
# [variant.measures]
# events = {}"""
