"""Where a table is: a file beside its case, or one inside an installed package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from kpikit.errors import TableError

PACKAGE = "package:"


def find_file(table: str, folder: Path) -> Path:
    """The file that a case's `table` names: relative to the case's folder, or inside an installed package.

    Raises TableError where there is no such file or package.
    """
    if not table.startswith(PACKAGE):
        try:
            path = (folder / table).resolve()
            there = path.is_file()
        except (OSError, ValueError):  # a name that no file can bear
            there = False
        if not there:
            raise TableError(f"no file {table}; paths are relative to the case, and its folder is {folder}")
        return path
    package, _, inside = table.removeprefix(PACKAGE).partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    root = Path(spec.submodule_search_locations[0]).resolve() if spec and spec.submodule_search_locations else None
    if root is None:
        raise TableError(f"{table}: the package {package} is not installed; pip install {package}, or pip install -e .[demo]")
    path = (root / inside).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise TableError(f"{table}: the package {package} holds no file {inside}")
    return path
