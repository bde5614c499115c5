"""What a change of the parts makes of the root: of one by a step, of several at once, by the formulas computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from kpikit import words
from kpikit.errors import CaseError
from kpikit.questions.branching.branch import Branch, Values, number_of, possible, root_value
from kpikit.stats.attribution import attributed
from kpikit.words.writing import FRACTIONS

STEP = Fraction(1, 100)  # 1 percentage point or 1 point; of all other units 1 % of the value
MOST = 14  # parts whose change is split: each one more doubles the work
SIGNS = {"sum": "+", "difference": "−", "product": "×", "quotient": "÷"}
Row = dict[str, Any]


def node_rows(root: Branch, given: Values | None) -> list[Row]:
    """Every KPI of the tree, each before its parts: where it stands, its value, its step, and what that makes of the root."""
    return [_row(root, one, place, given) | place for one, place in _placed(root)]


def _placed(
    root: Branch, above: int | None = None, sign: str = "", depth: int = 0, first: int = 0
) -> Iterator[tuple[Branch, Row]]:
    """Each branch with its depth, the number of the row above it, and the sign before it; rows are numbered from `first`."""
    yield root, {"depth": depth, "above": above, "sign": sign, "leaf": not root.parts}
    place = first + 1
    for number, part in enumerate(root.parts):
        yield from _placed(part, first, SIGNS[root.variant.computes.combine] if number else "", depth + 1, place)
        place += sum(1 for _ in part.walk())


def _row(root: Branch, one: Branch, place: Row, given: Values | None) -> Row:
    combine = one.variant.computes.combine if one.parts else ""
    told = {
        "key": one.key,
        "id": one.kpi.id,
        "name": one.name,
        "unit": one.kpi.unit,
        "better": one.kpi.better,
        "combine": combine,
    }
    nothing: Row = {"value": None, "step": None, "of_value": False, "effect": None, "relative": None}
    if given is None or (value := one.value(given)) is None:
        return told | nothing
    told |= nothing | {"value": float(value)}
    return told if one is root else told | step_effect(root, one, value, given)


def step_effect(root: Branch, one: Branch, value: Fraction, given: Values) -> Row:
    """A step of one part, all others as they are: its size, and what it makes of the root; nothing where there is no step."""
    of_value = one.kpi.unit not in FRACTIONS
    step = value * STEP if of_value else STEP
    if one.variant.computes.part_of_whole and value + step > 1:
        step = -step
    before, after = root.value(given), root.value({**given, one.key: value + step})
    if step == 0 or before is None or after is None:
        return {}
    return {
        "step": float(step),
        "of_value": of_value,
        "effect": float(after - before),
        "relative": relative(after - before, before),
    }


def relative(change: Fraction, before: Fraction) -> float | None:
    """A change as a part of the size of what it is a change of; None of 0."""
    return float(change / abs(before)) if before else None


def after_change(root: Branch, given: Values, change: Mapping[str, Any]) -> dict[str, Fraction]:
    """The values after the user's own changes, each added in the part's own unit.

    Raises CaseError for a part that is none, one that is changed twice, or one whose value would be impossible.
    """
    after, changed = dict(given), set[str]()
    for name, by in change.items():
        one = root.found(name)
        if one.parts:
            raise CaseError(f"{root.key}: '{one.key}' is made of others; change {words.listed(one.leaves, 'or')}")
        if one.key in changed:
            raise CaseError(f"{root.key}: the change of '{one.key}' is given twice")
        changed.add(one.key)
        after[one.key] = possible(one, given[one.key] + number_of(one, by), f"changed by {by}, ")
    return after


def moved(root: Branch, before: Values, after: Values) -> Row:
    """The root from one set of values to another, and what each part that changed adds: alone, and as its exact share.

    The shares add up to the whole change: each is the mean over all orders in which the parts can change. Raises CaseError
    where a value on the way divides by 0, or more than MOST parts changed.
    """
    changed = [key for key in root.leaves if before[key] != after[key]]
    if len(changed) > MOST:
        raise CaseError(
            f"{root.key}: {len(changed)} parts changed; a change is split among {MOST} at the most, so ask it of a part"
        )
    start = root_value(root, before)

    def worth(new: frozenset[int]) -> Fraction:
        mixed = {**before, **{changed[number]: after[changed[number]] for number in new}}
        return root_value(root, mixed, " on the way" if len(new) < len(changed) else " after the change")

    shares = attributed(worth, len(changed))
    whole = worth(frozenset(range(len(changed)))) - start
    parts = [
        _part(root.leaves[key], before[key], after[key], worth(frozenset([number])) - start, share)
        for number, (key, share) in enumerate(zip(changed, shares, strict=True))
    ]
    return {
        "from": float(start),
        "to": float(start + whole),
        "change": float(whole),
        "relative": relative(whole, start),
        "parts": parts,
    }


def _part(one: Branch, before: Fraction, after: Fraction, alone: Fraction, share: Fraction) -> Row:
    told = {"key": one.key, "name": one.name, "unit": one.kpi.unit, "from": float(before), "to": float(after)}
    return told | {"change": float(after - before), "alone": float(alone), "share": float(share)}
