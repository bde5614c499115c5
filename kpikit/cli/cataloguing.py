"""The commands about the catalogue: their arguments, and what each calls and prints."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

GOOD, FAILED = 0, 1
Arguments = argparse.Namespace
NARROWED = (
    ("--function", "a business function, as sales"), ("--industry", "an industry, as SaaS"),
    ("--kind", "a kind of formula, as share"), ("--cadence", "week, month, quarter or year"),
    ("--table", "a kind of table that it is measured on, as plans"),
)  # fmt: skip


def add_catalog_commands(add: Any) -> None:
    """list, show, search, check-catalog, new-kpi and schema."""
    listed = add("list", list_all, "the KPIs of the catalog by function, and the cases", "kpikit list")
    shown = add("show", show, "a KPI's card: variants, bands, benchmarks, its 12 attributes", "kpikit show upgrade_rate")
    shown.add_argument("kpi")
    found = add("search", search, "finds KPIs by words, synonyms, typing errors and all", "kpikit search net revenu retention")
    found.add_argument("words", nargs="*", metavar="WORD")
    found.add_argument("--limit", type=int, default=10, help="how many at most (default: 10)")
    for flag, text in NARROWED:
        found.add_argument(flag, help=text)
    checked = add("check-catalog", check, "reads every definition and says every fault", "kpikit check-catalog kpis")
    checked.add_argument("folders", nargs="*", metavar="FOLDER", help="folders of definitions beside the package's own")
    new = add("new-kpi", new_kpi, "writes a definition to edit", 'kpikit new-kpi seat_use --name "Seat Use"')
    new.add_argument("id", help="a plain name of letters, digits and underscores")
    new.add_argument("--folder", default="kpis", help="where it is written (default: kpis)")
    new.add_argument("--name", default="", help="what people call it")
    new.add_argument("--kind", default="share", help="the kind of its formula (default: share)")
    told = add(
        "schema",
        schema,
        "the JSON Schema by which editors check definitions and cases",
        "kpikit schema kpi --out kpi.schema.json",
    )
    told.add_argument("of", nargs="?", default="kpi", metavar="kpi|case")
    told.add_argument("--out", help="the file to write (default: it is printed)")
    for command in (listed, shown, found, new):
        catalog_flag(command)


def catalog_flag(command: argparse.ArgumentParser) -> None:
    """--catalog: folders of definitions beside the package's own."""
    said = "folders of definitions beside the package's own and those of KPIKIT_CATALOG"
    command.add_argument("--catalog", nargs="+", metavar="FOLDER", help=said)


def list_all(chosen: Arguments) -> int:
    """The KPIs of the catalogue, each under the first of its functions, and the cases."""
    from kpikit.cases import case_ids
    from kpikit.catalog.heads import read_heads

    heads = read_heads(*chosen.catalog or ())
    print(f"{len(heads)} KPIs (kpikit show KPI; kpikit search WORDS):")
    for function in sorted({head.function for head in heads}):
        print(f"\n{function}")
        for head in (head for head in heads if head.function == function):
            print(f"  {head.id:30} {head.name}")
    print("\nCases (kpikit report CASE):")
    for case_id in case_ids():
        print(f"  {case_id}")
    return GOOD


def show(chosen: Arguments) -> int:
    """A KPI's card."""
    from kpikit.catalog import load_kpi

    print(load_kpi(chosen.kpi, *chosen.catalog or ()))
    return GOOD


def search(chosen: Arguments) -> int:
    """What words and filters find."""
    from kpikit.catalog.searching import FILTERS, search

    narrowed = {key: getattr(chosen, key) for key in FILTERS}
    found = search(" ".join(chosen.words), limit=chosen.limit, catalog=chosen.catalog or (), **narrowed)
    print(found)
    return GOOD if found.ids else FAILED


def check(chosen: Arguments) -> int:
    """Every fault of the catalogue."""
    from kpikit.catalog.checking import check_catalog
    from kpikit.catalog.folders import all_places

    faults = check_catalog(*chosen.folders)
    print("\n".join(faults) or f"{len(all_places(*chosen.folders))} definitions, no fault.")
    return FAILED if faults else GOOD


def new_kpi(chosen: Arguments) -> int:
    """Writes a definition to edit."""
    from kpikit.authoring import new_kpi

    place = new_kpi(chosen.id, Path(chosen.folder), name=chosen.name, kind=chosen.kind, catalog=tuple(chosen.catalog or ()))
    print(f"wrote {place}\nmend the lines marked MEND, then: kpikit show {chosen.id} --catalog {chosen.folder}")
    return GOOD


def schema(chosen: Arguments) -> int:
    """Prints or writes a JSON Schema."""
    import json

    from kpikit.authoring import schema, write_schema

    print(f"wrote {write_schema(chosen.of, Path(chosen.out))}" if chosen.out else json.dumps(schema(chosen.of), indent=2))
    return GOOD
