"""write_catalogue: all pages of the catalogue, written aside and put into their place when they are whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kpikit.catalog.folders import Folder
from kpikit.catalog.whole import load_catalog
from kpikit.errors import ReportError
from kpikit.report.catalogue import listings
from kpikit.report.catalogue.parts import kpi_page
from kpikit.report.catalogue.site import Site
from kpikit.report.placing import written_aside
from kpikit.report.record import CATALOGUE
from kpikit.report.templating import environment, style

PAGE = ".html"


def write_catalogue(out: Path, folders: Sequence[Folder] = ()) -> Path:
    """Writes `catalogue/` into a folder of reports, whole or not at all; returns the path of its index.

    Raises DefinitionError where a definition is wrong, ReportError where a folder of that name holds what no catalogue wrote.
    The same definitions give the same bytes.
    """
    place = out / CATALOGUE
    _refuse_strange(place)
    site = Site(load_catalog(*folders))
    templates, look = environment(), style("catalogue/style.css")
    with written_aside(place) as aside:
        for path, template, told in pages(site):
            told |= {"site": site, "style": look, "up": "../" * path.count("/"), "here": path}
            file = aside / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(templates.get_template(f"catalogue/{template}.html.j2").render(told), encoding="utf-8", newline="\n")
    return place / "index.html"


def pages(site: Site) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each page as its path, its template, and what it shows beside the site itself."""
    yield "index.html", "index", listings.index_page(site)
    yield "a-to-z.html", "letters", listings.letters_page(site)
    yield "functions.html", "shelves", listings.shelves_page("Functions", site.used_by, site.functions)
    yield "industries.html", "shelves", listings.shelves_page("Industries", site.used_in, site.industries)
    yield "kinds.html", "kinds", listings.kinds_page(site)
    yield "cadence.html", "cadence", listings.cadence_page(site)
    yield "impact.html", "impact", listings.impact_page(site)
    yield from ((path, "shelf", listings.function_page(site, name)) for name, path in site.functions.items())
    yield from ((path, "shelf", listings.industry_page(site, name)) for name, path in site.industries.items())
    yield from ((path, "kpi", kpi_page(site, kpi_id)) for kpi_id, path in site.pages.items())


def _refuse_strange(place: Path) -> None:
    """ReportError where the folder holds anything but pages: it may be somebody's definitions, or a report."""
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file() and path.name[0] != "."]
    strange = sorted(path.as_posix() for path in files if path.suffix != PAGE)
    if strange:
        raise ReportError(
            f"{strange[0]} stands where the catalogue goes, and no catalogue wrote it; move it away, or name another folder "
            "with --out"
        )
