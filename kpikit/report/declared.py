"""Which parameters a notebook declares in its tagged cell, and whether the values for them are such as it takes."""

from __future__ import annotations

import ast
import keyword
import math
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpikit import words
from kpikit.errors import ReportError
from kpikit.report.cell_code import parsed
from kpikit.report.reading import TAG, tags
from kpikit.report.redaction import holds_password

ANY: frozenset[str] = frozenset()
NAMES = {type(None): "None", bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict", tuple: "list"}
#: annotations, written alone or before brackets; all others are taken as any plain value
ANNOTATIONS = {
    "bool": "bool", "int": "int", "float": "float", "str": "str", "list": "list", "List": "list", "Sequence": "list",
    "tuple": "list", "Tuple": "list", "dict": "dict", "Dict": "dict", "Mapping": "dict",
}  # fmt: skip
#: how people call what is given, in the order in which messages list it
SAID = {
    "bool": "True or False", "int": "a whole number", "float": "a number", "str": "text", "list": "a list",
    "dict": "a table of names", "None": "None",
}  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """A parameter: its default, None where that is no literal, and the plain types that it takes, none where any will do."""

    name: str
    default: Any
    types: frozenset[str] = ANY

    def takes(self, value: Any) -> bool:
        """Whether a plain value is of a type that it takes; a whole number is a number, True is not."""
        found = NAMES[type(value)]
        return not self.types or found in self.types or (found == "int" and "float" in self.types)


def declared(node: Any) -> dict[str, Declared]:
    """The parameters of a notebook by name, in order: what its tagged cell assigns to a name, outside of any block.

    Raises ReportError where that cell is not Python.
    """
    (cell,) = (cell for cell in node.cells if TAG in tags(cell))
    tree = parsed(cell.source)
    if tree is None:
        raise ReportError(f"the cell tagged '{TAG}' is not valid Python; a parameter is written as segment = \"EU\"")
    return {found.name: found for statement in tree.body for found in _assigned(statement)}


def require_declared(node: Any, parameters: Mapping[str, Any], name: str) -> None:
    """Refuses parameters that the notebook does not declare, and values that are not plain, or not of the declared type.

    `name` is how messages call the notebook. Raises ReportError.
    """
    known = declared(node)
    for key, value in parameters.items():
        if not str(key).isidentifier() or keyword.iskeyword(str(key)):
            raise ReportError(f"{name}: {key!r} cannot name a parameter; a name is letters, digits and _, and no Python keyword")
        if key not in known:
            raise ReportError(f"{name}: no parameter '{key}' in its tagged cell; {words.near(key, known)}")
        for fault in _faults(value):
            raise ReportError(f"{name}: parameter '{key}': {fault}")
        if not known[key].takes(value):
            raise ReportError(f"{name}: parameter '{key}' takes {_taken(known[key])}; {reprlib.repr(value)} is {_called(value)}")


def _assigned(statement: ast.stmt) -> Iterator[Declared]:
    if isinstance(statement, ast.Assign):
        default = _literal(statement.value)
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield Declared(target.id, default, ANY if default is None else _named(NAMES.get(type(default))))
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
        default, types = _literal(statement.value), _annotated(statement.annotation)
        empty = isinstance(statement.value, ast.Constant) and default is None
        yield Declared(statement.target.id, default, types | {"None"} if types and empty else types)


def _literal(expression: ast.expr) -> Any:
    try:
        return ast.literal_eval(expression)
    except (ValueError, TypeError, RecursionError):
        return None


def _named(name: str | None) -> frozenset[str]:
    return frozenset({name}) if name else ANY


def _annotated(annotation: ast.expr) -> frozenset[str]:
    match annotation:
        case ast.Constant(value=None):
            return _named("None")
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(ANNOTATIONS.get(name))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right])
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=one):
            return _either([one, ast.Constant(None)])
        case ast.Subscript(value=ast.Name(id="Union") | ast.Attribute(attr="Union"), slice=ast.Tuple(elts=several)):
            return _either(several)
        case ast.Subscript(value=container):
            return _annotated(container)
    return ANY


def _either(annotations: Sequence[ast.expr]) -> frozenset[str]:
    found = [_annotated(annotation) for annotation in annotations]
    return frozenset().union(*found) if all(found) else ANY


def _faults(value: Any) -> Iterator[str]:
    """What forbids a value: it becomes code, so it is of exactly the plain types, to the last item."""
    if type(value) not in NAMES or isinstance(value, tuple):
        yield f"{reprlib.repr(value)} is not a plain value; give {words.listed(SAID.values(), 'or')}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{value} is not a finite number"
    elif isinstance(value, str) and holds_password(value):
        yield "it holds an address with a password; give the name of the environment variable that holds the address"
    elif isinstance(value, dict) and not all(type(key) is str for key in value):
        yield "a table's names are text"
    elif isinstance(value, (list, dict)):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _faults(item)


def _taken(parameter: Declared) -> str:
    kinds = words.listed((said for kind, said in SAID.items() if kind in parameter.types), "or")
    return kinds if parameter.default is None else f"{kinds}, as {reprlib.repr(parameter.default)}"


def _called(value: Any) -> str:
    return SAID[NAMES[type(value)]]
