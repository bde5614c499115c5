"""Asked: what a notebook is made of, and whether what it reads is known, without running it."""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: what reads or runs something that no case names
OPENERS = {"open", "exec", "eval", "compile", "get_ipython", "__import__"}
READERS = {
    "read_table", "search", "case_ids", "kpi_ids", "check_catalog", "compare", "compare_pairs", "value", "compose",
    "measure_moves", "side_by_side",
}  # fmt: skip
#: what reads by a name, and the name that it may be given: the case's own
NAMED = {"read_case": "case", "load_kpi": "case.kpi"}
OWN = "kpikit"


@dataclass(frozen=True)
class Asked:
    """A notebook's name, the hash of its cells, and why what it reads is not known; empty where the case names it all."""

    name: str
    sha256: str
    reads_more: str = ""

    @property
    def told(self) -> dict[str, str]:
        """Its name and hash."""
        return {"name": self.name, "sha256": self.sha256}


def read_asked(path: Path) -> Asked:
    """What a notebook is made of: of its cells the kind, the source and the tags; what a run shows in it makes no difference.

    What is no notebook is left to its run, which says why.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = [(cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", [])) for cell in raw["cells"]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Asked(path.name, "none", f"{path.name} is no notebook")
    more = "" if (said := _reads_more(cells)) is None else f"{path.name} may read more than the case names ({said})"
    return Asked(path.name, hashlib.sha256(json.dumps(cells).encode()).hexdigest(), more)


def _reads_more(cells: list[tuple[str, str, Any]]) -> str | None:
    """The first thing in the code that may read what the case does not name."""
    source = "\n".join(text for kind, text, _ in cells if kind == "code")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:  # a magic, or a mistake that the run will tell
        return (error.text or "").strip()
    return next((ast.unparse(node).splitlines()[0] for node in ast.walk(tree) if _reaches_out(node)), None)


def _reaches_out(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] != OWN for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] != OWN
    if isinstance(node, ast.Name):
        return node.id in OPENERS | READERS
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in NAMED:
        return not node.args or ast.unparse(node.args[0]) != NAMED[node.func.attr]
    return isinstance(node, ast.Attribute) and node.attr in READERS
