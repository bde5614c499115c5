"""Pango draws the PDFs: where the system has none, what prints one is skipped by name."""

from ctypes.util import find_library

import pytest

PANGO = find_library("pangoft2-1.0") is not None
WITHOUT = "Pango is not installed"
needs_pango = pytest.mark.skipif(not PANGO, reason=WITHOUT)
