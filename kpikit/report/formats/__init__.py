"""The formats that a report is sent in, each written from what is told; what writes one is imported when it is written."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpikit.errors import ReportError

if TYPE_CHECKING:
    from kpikit.report.told import Told

#: a format, and what the extra `send` installs for it
FORMATS = {"pdf": "weasyprint", "pptx": "pptx", "xlsx": "xlsxwriter"}
PAGE = "html"  # which is always written
OF_PAGES = ("pdf",)  # what a page without an answer can be written as


def write_format(ending: str, told: Told, place: Path) -> None:
    """Writes a report as a PDF, a PowerPoint deck or an Excel workbook. Raises ReportError where its library is not installed."""
    _writer(ending).write(told, place)


def print_page(page: str, place: Path) -> None:
    """Writes a page that tells no case, as that of an own notebook or of a grid, as a PDF; ReportError as write_format."""
    _writer("pdf").write_page(page, place)


def _writer(ending: str) -> Any:
    try:
        return importlib.import_module(f"kpikit.report.formats.{ending}")
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing != FORMATS[ending]:
            raise
        raise ReportError(f"{ending}: it is written by {missing}, which is not installed; pip install 'kpikit[send]'") from error
    except OSError as error:  # what WeasyPrint draws with is a library of the system
        said = "install the system's Pango, as Debian's libpango-1.0-0 and libpangoft2-1.0-0"
        raise ReportError(f"{ending}: {FORMATS[ending]} cannot load what it draws with; {said}") from error
