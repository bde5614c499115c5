"""thumbnail: a report's first figure, small: made once, with the report, so that an index of hundreds only reads it."""

from __future__ import annotations

import io
from pathlib import Path

from kpikit.report.templating import data_uri

WIDTH = 560  # pixels, twice the width that it has on the page
COLORS = 64


def thumbnail(path: Path) -> str:
    """The small picture of a PNG file, as an address that a page holds in itself. The same file gives the same text."""
    from PIL import Image

    with Image.open(path) as image:
        plain = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLORS).convert("RGB")
        small = plain.resize((WIDTH, WIDTH * image.height // image.width))
    buffer = io.BytesIO()
    small.quantize(COLORS).save(buffer, format="PNG", optimize=True)
    return data_uri("image/png", buffer.getvalue())
