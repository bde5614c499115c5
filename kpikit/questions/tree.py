"""What would a better part be worth? A KPI with what it is composed of, computed again with one part changed; influences told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.catalog import load_kpi
from kpikit.catalog.folders import Folder
from kpikit.errors import CaseError
from kpikit.kpi import Kpi
from kpikit.questions.branching.branch import Branch, Values, branch_of, branch_of_series, root_value, valued
from kpikit.questions.branching.place import place_of
from kpikit.questions.branching.sides import Sides, sides_of
from kpikit.questions.branching.steps import after_change, moved, node_rows
from kpikit.questions.verdicts import head
from kpikit.series import KpiSeries, behind
from kpikit.words import tree_parts as told_in
from kpikit.words.tree import JUDGED, not_judged

APART = (
    "Each step leaves all other parts where they are. In life they move together: a price that lifts one part may cost another; "
    "whoever knows by how much gives both changes at once."
)
COST = "Steps of different kinds cost differently: 1 percentage point of one part and {percent} of another are no equal effort."
LIMITS = "Limits of a contribution are those of the part's own change, carried over with the other parts as they were."
DOCUMENTED = "Influences are sentences of the definitions: documented, not computed, and by nobody's data."


def kpi_tree(
    root: Kpi | str | KpiSeries,
    values: Mapping[str, Any] | None = None,
    *,
    change: Mapping[str, Any] | None = None,
    variant: str | None = None,
    since: str | None = None,
    catalog: Sequence[Folder] = (),
) -> Answer:
    """What a KPI is composed of, and what a step of each part makes of it, computed by its formulas again, exact.

    `values` are those of its leaves (or of a part in between, which then is not broken down), by id or "id.variant"; a rate is
    a fraction. Of a series they are those of its last review period, and what each part added since the review before it, or
    since the period called `since`, is told too. A step is 1 percentage point, or 1 % of a value in another unit. `change`
    holds changes of your own, {part: what is added, in its unit}: their joint effect, and what each adds to it, averaged over
    all orders (Das Gupta 1993; Shapley 1953). Without values the structure alone is told. `catalog` names folders of
    definitions of your own.
    Raises DefinitionError for a KPI or variant that is none, CaseError for values that are missing, unknown or impossible.

    >>> values = {"upgrade_rate.customers_once": 0.05, "revenue_per_upgrade": 20}
    >>> answer = kpi_tree("upgrade_revenue_per_user", values)
    >>> answer.more["numbers"].set_index("key").loc["upgrade_rate.customers_once", "effect"].item()
    0.2
    """
    if isinstance(root, KpiSeries):
        _refuse_beside_series(root, values, variant)
        return _of_series(root, sides_of(root, since), change)
    tree = branch_of(load_kpi(root, *catalog) if isinstance(root, str) else root, variant)
    given: Values | None = None
    if values:
        tree, given = valued(tree, values)
    _refuse_without(tree, since=since, change=None if given else change)
    nowhere = {"as_of": "", "period": "", "at": "", "grain": "", "behind": 0, "moved": None}
    return _answer(head(tree.kpi, tree.variant, None) | _computed(tree, given, change) | nowhere)


def _of_series(series: KpiSeries, sides: Sides, change: Mapping[str, Any] | None) -> Answer:
    """The answer with the values of the series' last review period, and what each part added since the one before."""
    tree, last = branch_of_series(series), series.total().usable["period"].iloc[-1]
    verdict = head(tree.kpi, tree.variant, series.window) | _computed(tree, sides.values(sides.now), change)
    verdict |= {"as_of": words.day(series.as_of), "period": series.period, "at": words.when(sides.now)}
    verdict |= {"grain": sides.grain, "behind": behind(series, last)}
    return _answer(verdict | {"moved": None if sides.before is None else _moved(tree, sides)}, series)


def _computed(tree: Branch, given: Values | None, change: Mapping[str, Any] | None) -> dict[str, Any]:
    """The tree with its steps, the user's own change, and its place in the catalogue."""
    value = None if given is None else float(root_value(tree, given))
    planned = moved(tree, given, after_change(tree, given, change)) if given is not None and change else None
    return {"value": value, "nodes": node_rows(tree, given), "planned": planned, **place_of(tree)}


def _answer(verdict: dict[str, Any], series: KpiSeries | None = None) -> Answer:
    checks = (*_checks(verdict), *(series.checks if series else ()))
    table = pd.DataFrame([told_in.row_told(row, verdict) for row in verdict["nodes"]])  # every part has a unit of its own
    return Answer("tree", verdict, table, checks, _more(verdict), series.source if series else {})


def _refuse_beside_series(series: KpiSeries, values: object, variant: object) -> None:
    for name, told in (("values", values), ("variant", variant)):
        if told is not None:
            raise CaseError(f"{series.kpi.id}: a series has its own {name}; leave `{name}` out")


def _refuse_without(tree: Branch, **asked: object) -> None:
    """What can only be asked of values, or only of a series."""
    for name, needs in (("since", "a series, which has periods"), ("change", f"values of {words.listed(tree.leaves)}")):
        if asked[name]:
            raise CaseError(f"{tree.key}: `{name}` needs {needs}")


def _moved(tree: Branch, sides: Sides) -> dict[str, Any]:
    """The change between the two periods, what each part added to it, and how sure each part's own change is."""
    assert sides.before is not None
    told = moved(tree, sides.values(sides.before), sides.values(sides.now))
    judged = sides.judged()
    parts = [_limited(part | judged[part["key"]]) for part in told["parts"]]
    compared = sum(one["adjusted"] is not None for one in judged.values())
    return told | {"parts": parts, "before": words.when(sides.before), "after": words.when(sides.now), "compared": compared}


def _limited(part: dict[str, Any]) -> dict[str, Any]:
    """The limits of what a part added, in the order low, high."""
    if part["low"] is None:
        return part | {"share_low": None, "share_high": None}
    ends = sorted(part["share"] * part[end] / part["change"] for end in ("low", "high"))
    return part | {"share_low": ends[0], "share_high": ends[1]}


def _more(verdict: dict[str, Any]) -> dict[str, pd.DataFrame]:
    numbers = ["key", "name", "unit", "depth", "sign", "leaf", "value", "step", "effect", "relative"]
    planned, since = verdict["planned"], verdict["moved"]
    return {
        "numbers": pd.DataFrame([{name: row[name] for name in numbers} for row in verdict["nodes"]]),
        "planned": pd.DataFrame([told_in.planned_told(row, verdict) for row in planned["parts"]] if planned else []),
        "moved": pd.DataFrame([told_in.moved_told(row, verdict) for row in since["parts"]] if since else []),
        "influences": pd.DataFrame(map(told_in.influence_told, verdict["influences"])),
        "parents": pd.DataFrame(map(told_in.parent_told, verdict["parents"])),
    }


def _checks(verdict: dict[str, Any]) -> list[Check]:
    """What was taken for granted, and what was not looked at."""
    told = [Check("documented influences", None, DOCUMENTED)]
    if verdict["value"] is not None and len(verdict["nodes"]) > 1:
        told = [Check("parts held apart", None, APART), Check("effort", None, COST.format(percent=words.written("1%"))), *told]
    since = verdict["moved"]
    if since and since["compared"]:
        told.append(Check("how changes are judged", True, f"{JUDGED} {LIMITS}"))
    elif verdict["as_of"]:
        told.append(Check("change of the parts", None, not_judged(verdict)))
    return told
