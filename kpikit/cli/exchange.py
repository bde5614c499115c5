"""The commands that exchange definitions with dbt MetricFlow: their arguments, and what each calls and prints."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from kpikit.cli.cataloguing import catalog_flag

GOOD = 0
Arguments = argparse.Namespace


def add_exchange_commands(add: Any) -> None:
    """import-metrics and export-metrics."""
    taken = add(
        "import-metrics", import_metrics, "writes a definition to edit for each ratio metric of dbt MetricFlow's YAML",
        "kpikit import-metrics models/metrics.yml models/orders.yml --folder kpis",
    )  # fmt: skip
    taken.add_argument("files", nargs="+", metavar="FILE", help="YAML with metrics, and the semantic models that they count")
    taken.add_argument("--folder", default="kpis", help="where they are written (default: kpis)")
    taken.add_argument("--prefix", default="", help="what their ids begin with, where a metric's name is taken")
    given = add(
        "export-metrics", export_metrics, "writes KPIs as dbt MetricFlow's YAML",
        "kpikit export-metrics upgrade_rate gross_margin --out metrics.yml",
    )  # fmt: skip
    given.add_argument("kpis", nargs="*", metavar="KPI", help="ids, or id.variant (default: all of the catalog)")
    given.add_argument("--out", help="the file to write (default: it is printed)")
    for command in (taken, given):
        catalog_flag(command)


def import_metrics(chosen: Arguments) -> int:
    """Writes definitions, and says what was left out and what to look at."""
    from kpikit.authoring import import_metrics

    folder, catalog = Path(chosen.folder), tuple(chosen.catalog or ())
    found = import_metrics([Path(file) for file in chosen.files], folder, prefix=chosen.prefix, catalog=catalog)
    lines = [f"wrote {path}" for path in found.written]
    lines += [f"look: {look}" for look in found.looks]
    lines += [f"left out: {name}: {reason}" for name, reason in found.left_out.items()]
    print("\n".join(lines))
    print(f"mend the lines marked MEND, then: kpikit show {found.written[0].stem} --catalog {folder}")
    return GOOD


def export_metrics(chosen: Arguments) -> int:
    """Prints or writes metrics."""
    from kpikit.authoring import export_metrics, write_metrics

    catalog = tuple(chosen.catalog or ())
    if chosen.out:
        print(f"wrote {write_metrics(Path(chosen.out), *chosen.kpis, catalog=catalog)}")
    else:
        print(export_metrics(*chosen.kpis, catalog=catalog), end="")
    return GOOD
