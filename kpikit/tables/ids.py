"""Ids: which columns tell single customers, so that no report is cut by them: the mapped ones, and those under another name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import narwhals as nw

from kpikit import words
from kpikit.errors import CaseError
from kpikit.tables.source import plain_name

#: roles that name one customer, one household or firm, one purchase or one contract; a product or a plan is of many
ID_ROLES = ("customer", "account", "order", "subscription")
#: roles that say what a row is about: of few customers they may hold many values, and tell nobody
TOPICS = ("event", "plan", "product", "line", "move", "arm", "to", "reason")
FEW = 20  # different values that may be cut by, however few the customers are


def id_role(column: str, roles: Mapping[str, Sequence[str]]) -> str | None:
    """The role whose ids a column holds, of role -> its columns; None of a column that holds none.

    >>> id_role("Buyer ", {"customer": ["buyer"], "date": ["day"]})
    'customer'
    """
    same = plain_name(column)
    return next((role for role in ID_ROLES if same in map(plain_name, roles.get(role, ()))), None)


def refuse_mapped_ids(columns: Sequence[str], roles: Mapping[str, Sequence[str]], name: str) -> None:
    """CaseError for a segment or feature that is the column of a role of ids."""
    for column in columns:
        if role := id_role(column, roles):
            raise CaseError(
                f"{name}: '{column}' holds the ids of the role '{role}', which no report shows; name a column with a few values "
                "instead, as a region"
            )


def topics_of(roles: Mapping[str, Sequence[str]]) -> set[str]:
    """The columns that say what a row is about."""
    return {column for role in TOPICS for column in roles.get(role, ())}


def refuse_copied_ids(
    frame: nw.LazyFrame[Any], values: Mapping[str, Collection[str]], customer: str | None, kind: str, name: str
) -> None:
    """CaseError for a column (of column -> its values) with more than 20 values, and at least one for two customers.

    `customer` is the frame's column of customers; without it each row of kind customers is one, and of the other kinds nobody
    is counted. The frame is asked only where a column has more than 20 values.
    """
    many = [column for column, found in values.items() if len(found) > FEW]
    if not many or (customer is None and kind != "customers"):
        return
    people = nw.len() if customer is None else nw.col(customer).n_unique()
    counts = {f"c{place}": nw.col(column).n_unique() for place, column in enumerate(many)}
    row = frame.select(people=people, **counts).collect("pyarrow").to_native().to_pylist()[0]
    for place, column in enumerate(many):
        if 2 * row[f"c{place}"] >= row["people"]:
            told = f"{words.counted(int(row[f'c{place}']), 'value')} for {words.counted(int(row['people']), 'customer')}"
            raise CaseError(
                f"{name}: '{column}' holds {told}, so it tells single customers, whom no report shows; name a column with a few "
                f"values instead, as a region, or make a number a segment with cuts = {{ {column} = [10, 100] }}"
            )
