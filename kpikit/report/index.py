"""The index of all runs: verdict, band and a small picture of each, failed ones with their reason."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from kpikit.report.record import CATALOGUE, Record, read_records
from kpikit.report.templating import data_uri, environment, style

WIDTH = 560  # pixels of the small picture, twice its width on the page


def write_index(out: Path) -> Path:
    """Writes `index.html` of a folder of reports from the records of their last runs; returns its path."""
    found = read_records(out)
    page = environment().get_template("index.html.j2").render(
        asked=[
            (asked, [{"record": record, "picture": _picture(out, record), "link": _link(out, record)} for record in group])
            for asked, group in _by_question(found)
        ],
        count=len(found), failed=_failed(found), style=style(), catalogue=_catalogue(out),
    )  # fmt: skip
    draft = out / ".index.html"
    draft.write_text(page, encoding="utf-8")
    draft.replace(out / "index.html")
    return out / "index.html"


def _catalogue(out: Path) -> str:
    """The catalogue's first page, where it stands beside the reports."""
    page = f"{CATALOGUE}/index.html"
    return page if (out / page).exists() else ""


def _by_question(found: Sequence[Record]) -> list[tuple[str, list[Record]]]:
    """The records under the question that each asks, in the order of the alphabet; those that failed first."""
    return [
        (asked, [record for record in found if record.question == asked])
        for asked in sorted({record.question for record in found})
    ]


def _failed(found: Sequence[Record]) -> int:
    return sum(not record.passed for record in found)


def _link(out: Path, record: Record) -> str:
    """The report's page; also after a failed run, when an earlier report still stands there."""
    return f"{quote(record.name)}/index.html" if (out / record.name / "index.html").exists() else ""


def _picture(out: Path, record: Record) -> str:
    path = out / record.name / record.picture
    if not record.passed or not record.picture or not path.exists():
        return ""
    from PIL import Image

    with Image.open(path) as image:
        small = (
            image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
            .convert("RGB")
            .resize((WIDTH, WIDTH * image.height // image.width))
        )
        buffer = io.BytesIO()
        small.quantize(64).save(buffer, format="PNG", optimize=True)
    return data_uri("image/png", buffer.getvalue())
