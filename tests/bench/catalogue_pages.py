"""What the catalogue's pages cost: seconds and megabytes with 500, 2,000 and 8,000 generated definitions beside the package's own.

    python tests/bench/catalogue_pages.py [NUMBER ...]

Seconds a page must not grow with their number. All generated definitions say that they move one KPI: its page lists them all.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from catalog import definitions

from kpikit.report.catalogue.writing import write_catalogue

SIZES = (500, 2_000, 8_000)


def measure(number: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "kpis"
        folder.mkdir()
        for kpi_id, text in definitions(number):
            (folder / f"{kpi_id}.toml").write_text(text, encoding="utf-8")
        started = time.perf_counter()
        write_catalogue(Path(place) / "reports", [folder])
        taken = time.perf_counter() - started
        pages = list((Path(place) / "reports").rglob("*.html"))
        sizes = {path.name: path.stat().st_size for path in pages}
    print(
        f"{number:>6,} definitions: {len(pages):,} pages in {taken:.1f} s ({1000 * taken / len(pages):.1f} ms a page), "
        f"{sum(sizes.values()) / 1e6:.0f} MB; the largest, {max(sizes, key=sizes.__getitem__)}, has {max(sizes.values()) / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    for size in [int(text) for text in sys.argv[1:]] or SIZES:
        measure(size)
