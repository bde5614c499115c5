"""The commands that lay the catalogue out: as pages, and some of its KPIs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kpikit.cli.cataloguing import GOOD, Arguments, catalog_flag


def add_page_commands(add: Any) -> None:
    """Adds `catalogue` and `compare-kpis` to the command line."""
    pages = add("catalogue", catalogue, "writes the catalog as pages to read offline, to reports/catalogue", "kpikit catalogue")
    pages.add_argument("--out", help="the folder of reports that it goes into (default: reports/ beside the notebooks)")
    sides = add(
        "compare-kpis", compare_kpis, "sets two or more KPIs or variants side by side, and says whether their values compare",
        "kpikit compare-kpis net_revenue_retention gross_revenue_retention",
    )  # fmt: skip
    sides.add_argument("readings", nargs="+", metavar="KPI[.VARIANT]", help="one KPI alone: all its variants")
    sides.add_argument("--attributes", nargs="+", default=[], help="some of the 12 attributes too, as risk_warnings; or all")
    for command in (pages, sides):
        catalog_flag(command)


def catalogue(chosen: Arguments) -> int:
    """Writes the pages; an index of reports that stands there gets a link to them."""
    from kpikit.report.catalogue.writing import write_catalogue
    from kpikit.report.index import write_index
    from kpikit.report.lock import locked
    from kpikit.report.placing import sweep
    from kpikit.report.runner import reports_folder

    out = Path(chosen.out) if chosen.out else reports_folder()
    with locked(out):
        sweep(out)
        page = write_catalogue(out, tuple(chosen.catalog or ()))
        if (out / "index.html").exists():
            write_index(out)
    print(page)
    return GOOD


def compare_kpis(chosen: Arguments) -> int:
    """KPIs or variants side by side."""
    from kpikit.catalog.side_by_side import ALL, side_by_side

    attributes = ALL if chosen.attributes == [ALL] else chosen.attributes
    print(side_by_side(*chosen.readings, attributes=attributes, catalog=tuple(chosen.catalog or ())))
    return GOOD
