"""The case that each notebook asks about unless it is told another: its report is made, and nbval runs it."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]


def asked_by_default():
    """The ids, in the order of the notebooks."""
    found = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        (cell,) = (cell for cell in nbformat.read(path, 4).cells if "parameters" in cell.metadata.get("tags", []))
        found.append(re.match(r'case = "(\w+)"', cell.source)[1])
    return found
