"""Parts of a table: which columns may say what `only` looks at, so that no measure and no history is cut apart."""

from __future__ import annotations

from collections.abc import Iterable

from kpikit import words
from kpikit.answer import Check
from kpikit.cases import Case
from kpikit.errors import CaseError
from kpikit.tables import KINDS
from kpikit.tables.ids import id_role

#: roles that say what a row is about: rows of others can be left out
ABOUT = ("arm", "line", "unit")
HISTORIES = ("events", "plans", "orders")


def refuse_cut(case: Case, columns: Iterable[str], key: str = "only") -> None:
    """CaseError for a column of ids, and for one that is measured or cut: without its other values nothing is counted right."""
    roles = {role: _columns_of(case, role) for role in (KINDS[case.kind].roles if case.kind in KINDS else ())}
    refused = {column: f"the {role} that is measured" for role in roles if role not in ABOUT for column in roles[role]}
    refused |= dict.fromkeys(case.cuts, "whose numbers are cut into segments")
    for column in columns:
        if role := id_role(column, roles):
            refused[column] = f"the ids of the role '{role}', which no report shows"
        if column in refused:
            raise CaseError(
                f"{case.id}: {key} names '{column}', {refused[column]}; name a column that says whose the rows are, as a region"
            )


def part_checks(case: Case) -> list[Check]:
    """Of a history that is read in part: what then ends for whoever changes sides."""
    if not case.only or case.kind not in HISTORIES:
        return []
    said = (
        f"Only rows with {words.part_said(case.only)} were read: whoever moves between such parts is followed in this one alone."
    )
    return [Check("part of the table", None, said)]


def _columns_of(case: Case, role: str) -> list[str]:
    named = case.columns.get(role, role)
    return [named] if isinstance(named, str) else [*named]
