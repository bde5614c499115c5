"""parsed: the Python of a notebook's cell, whatever IPython adds to it."""

from __future__ import annotations

import ast
import warnings

#: cell magics whose cell is Python that runs in the notebook itself
PYTHON_MAGICS = ("%%capture", "%%prun", "%%time")


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of a cell, lines counted as in the cell; None where it is not Python, and its run will say so."""
    first, _, rest = source.partition("\n")
    python = f"\n{rest}" if first.split()[:1] and first.split()[0] in PYTHON_MAGICS else source
    return _tree(python) or _tree_of_magics(python)


def _tree_of_magics(source: str) -> ast.Module | None:
    from IPython.core.inputtransformer2 import TransformerManager  # only here: most cells need none of it

    try:
        return _tree(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]
    except (SyntaxError, ValueError, RecursionError):
        return None


def _tree(source: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an escape that Python warns about is told when the cell runs
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
