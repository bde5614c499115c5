"""The PDF of a report: its page, printed: tagged, with bookmarks, page numbers and the line that says who may read it."""

from __future__ import annotations

import logging
from pathlib import Path

from weasyprint import HTML
from weasyprint.urls import URLFetcher

from kpikit.report.page import report_page
from kpikit.report.told import Told

VARIANT = "pdf/ua-1"


def write(told: Told, place: Path) -> None:
    """Writes a report as a PDF; the same bytes each time, dated by the day of the data."""
    write_page(report_page(told), place, str(told.case.get("author", "")), str(told.series["as_of"]), told.headline)


def write_page(page: str, place: Path, author: str = "", day: str = "", description: str = "") -> None:
    """Writes a page as a PDF. Nothing is fetched: what the page does not hold in itself is left out."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    document = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"})).render(pdf_variant=VARIANT)
    told = document.metadata
    told.authors, told.description, told.generator = [author] if author else [], description, "kpikit"
    told.created = told.modified = day[:10] or None
    document.write_pdf(place, pdf_variant=VARIANT, pdf_identifier=True)
