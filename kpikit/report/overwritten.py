"""overwritten: where a later cell sets a declared parameter anew, so that the run ignores what it was asked."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from kpikit.report.cell_code import parsed
from kpikit.report.declared import declared
from kpikit.report.reading import TAG, tags

#: what holds statements, beside statements themselves
HOLDERS = (ast.stmt, ast.ExceptHandler, ast.match_case)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def overwritten(node: Any) -> list[str]:
    """A sentence for each statement behind the tagged cell that binds a parameter without reading it.

    `case = read_case(case)` goes on from what was asked, and so does `if not region: region = "EU"`.
    """
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    start = next(number for number, cell in enumerate(code) if TAG in tags(cell)) + 1
    names = frozenset(declared(node))
    return [
        f"parameter '{name}': code cell {number}, line {line}, sets it anew; from there on the run ignores what it was asked"
        for number, cell in enumerate(code[start:], start=start + 1)
        for name, line in _anew(parsed(cell.source) or ast.Module([], []), names, frozenset())
    ]


def _anew(node: ast.AST, names: frozenset[str], read: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The names that a statement, or one in it, binds without reading them, each with its line."""
    children = list(ast.iter_child_nodes(node))
    own = list(_all_in(child for child in children if not isinstance(child, HOLDERS)))
    read |= {part.id for part in own if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
    if not isinstance(node, ast.AugAssign):  # it reads what it adds to
        yield from ((name, getattr(node, "lineno", 0)) for name in sorted(names & set(_bound(node, own)) - read))
    if isinstance(node, SCOPES):
        names &= {name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names}
    for child in children:
        if isinstance(child, HOLDERS):
            yield from _anew(child, names, read)


def _all_in(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All parts of expressions, without the names that a comprehension binds, which are its own."""
    for node in nodes:
        yield node
        inner = ast.iter_child_nodes(node)
        yield from _all_in(child for child in inner if not (isinstance(node, ast.comprehension) and child is node.target))


def _bound(node: ast.AST, own: Iterable[ast.AST]) -> Iterator[str | None]:
    """The names that a statement binds: by assigning, importing, defining, matching, or as the variable of a loop or `with`."""
    if isinstance(node, (*SCOPES, ast.ExceptHandler)):
        yield node.name
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return
    for part in own:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.alias):
            yield part.asname or part.name.partition(".")[0]
        elif isinstance(part, (ast.MatchAs, ast.MatchStar)):
            yield part.name
        elif isinstance(part, ast.MatchMapping):
            yield part.rest
