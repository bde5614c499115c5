"""The logo of a case: a small picture of the user's own, looked at before anything is made of it."""

from __future__ import annotations

from pathlib import Path

from kpikit.cases import Case
from kpikit.errors import CaseError
from kpikit.report.templating import data_uri

SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
MOST_BYTES = 1_000_000  # it stands in every page that is sent
MOST_PIXELS = 4_000_000


def logo_of(case: Case) -> Path | None:
    """The file of a case's logo, None where it names none. Raises CaseError for one that is no PNG or JPEG, or too large."""
    if not case.logo:
        return None
    path = case.folder / case.logo
    try:
        size, whole = path.stat().st_size, path.is_file()
    except (OSError, ValueError):
        size, whole = 0, False
    if not whole:
        raise CaseError(f"{case.id}: logo = '{case.logo}': there is no such file; name a PNG or JPEG, as seen from the case")
    if size > MOST_BYTES:
        raise CaseError(f"{case.id}: logo = '{case.logo}' has {size:,} bytes; a logo has {MOST_BYTES:,} at the most")
    if why := _refused(path):
        raise CaseError(f"{case.id}: logo = '{case.logo}' {why}")
    return path


def address_of(logo: Path) -> str:
    """A logo as an address that a page holds in itself."""
    content = logo.read_bytes()
    return data_uri(_kind(content), content)


def _kind(content: bytes) -> str:
    return next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), "")


def _refused(path: Path) -> str:
    """Why a file cannot be shown as a picture, as the end of a sentence; empty where it can."""
    from PIL import Image

    if not _kind(path.read_bytes()):
        return "is no PNG or JPEG; save it as one"
    try:
        with Image.open(path) as picture:
            wide, high = picture.size
            if wide * high > MOST_PIXELS:
                return f"is {wide:,} by {high:,} pixels; make it smaller: {MOST_PIXELS:,} in all at the most"
            picture.verify()  # which some library may have told `load` to do without
        with Image.open(path) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "cannot be read as a picture; save it anew as a PNG"
    return ""
