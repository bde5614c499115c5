"""The kinds of table, and the roles that their columns play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpikit import words
from kpikit.errors import CaseError, TableError
from kpikit.tables.columns import MAY_MISS

Columns = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Kind:
    """What a table of this kind holds: role -> how its text is read (see `columns`); `optional` roles may be absent.

    A reading that ends in "?" may be missing in single rows: nobody knows, or there is nothing to know.
    """

    roles: Mapping[str, str]
    optional: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "counts": Kind(
        {"period": "period", "numerator": "count", "denominator": "count", "less": "count", "reversed": "count"},
        ("less", "reversed"),
    ),
    "volumes": Kind({"period": "period", "numerator": "quantity", "denominator": "quantity", "less": "quantity"}, ("less",)),
    "events": Kind(
        {"customer": "text", "date": "moment", "event": "text", "unit": "text", "amount": "quantity"}, ("unit", "amount")
    ),
    "plans": Kind(
        {"customer": "text", "date": "moment", "plan": "text", "subscription": "text", "move": "text", "amount": "quantity?"},
        ("subscription", "move", "amount"),
    ),
    "orders": Kind(
        {
            "customer": "text",
            "order": "text",
            "date": "moment",
            "product": "text",
            "amount": "quantity",
            "line": "text",
            "price": "quantity",
        },
        ("product", "amount", "line", "price"),
    ),
    "customers": Kind(
        {
            "customer": "text",
            "date": "moment?",
            "measured_on": "moment?",
            "outcome": "flag?",
            "outcome_on": "moment?",
            "to": "text?",
            "arm": "text?",
            "account": "text?",
            "amount": "quantity?",
            "before": "quantity?",
        },
        ("customer", "date", "measured_on", "outcome", "outcome_on", "to", "arm", "account", "amount", "before"),
    ),
    "answers": Kind({"customer": "text", "date": "moment?", "reason": "text?"}, ("date",)),
    "ratings": Kind({"customer": "text", "date": "moment", "score": "quantity?"}, ("customer",)),
}
SUMMED = ("numerator", "denominator", "less", "reversed")


def read_as(kind: str, role: str) -> str:
    """How the values of a role are read, whether or not they may be missing.

    >>> read_as("customers", "outcome")
    'flag'
    """
    return KINDS[kind].roles[role].removesuffix(MAY_MISS)


def roles_of(kind: str, columns: Columns, there: Sequence[str], name: str) -> dict[str, list[str]]:
    """Role -> its columns, checked against the kind and the columns that exist.

    A role that is not mapped is taken from the column that bears its name. Raises CaseError for an unknown kind or role,
    TableError for a column that is not there.
    """
    if kind not in KINDS:
        raise CaseError(f"{name}: no kind of table '{kind}'; {words.near(kind, KINDS)}")
    for role in columns:
        if role not in KINDS[kind].roles:
            raise CaseError(f"{name}: a table of kind '{kind}' has no role '{role}'; {words.near(role, KINDS[kind].roles)}")
    mapped: dict[str, list[str]] = {}
    for role in KINDS[kind].roles:
        chosen = columns.get(role, role)
        names = [chosen] if isinstance(chosen, str) else list(chosen)
        if role in KINDS[kind].optional and role not in columns and role not in there:
            names = [column for column in there if role == "customer" == column.strip().casefold()]
            if not names:
                continue
        if not names:
            raise CaseError(f"{name}: the role '{role}' is mapped to no column")
        _refuse_several(names, role, name)
        for column in names:
            require(column, there, name, f'columns = {{ {role} = "{there[0] if there else "column"}" }}')
        mapped[role] = names
    return mapped


def _refuse_several(names: Sequence[str], role: str, name: str) -> None:
    if len(names) > 1 and role not in SUMMED:
        raise CaseError(f"{name}: the role '{role}' takes one column, not {len(names)}")
    for column in names:
        if names.count(column) > 1:
            raise CaseError(f"{name}: the role '{role}' names the column '{column}' twice, which would be counted twice")


def require(column: str, there: Sequence[str], name: str, mend: str) -> None:
    """TableError, with what is there and how to map it, unless the column exists."""
    if column not in there:
        raise TableError(f"{name}: no column '{column}'; there is {', '.join(there)}; map one with {mend}")
