"""Counting: the choices on which vendors differ; a case declares them, and what it declares is told beside the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, DefinitionError
from kpikit.kpi import Variant
from kpikit.measuring.plan import Plan

#: kind of table -> choice -> what may be chosen, the default first, and the sentence that tells it
CHOICES: dict[str, dict[str, dict[str, str]]] = {
    "plans": {
        "per": {
            "customer": "",
            "subscription": "Each subscription is counted by itself: a customer who holds several counts several times.",
        },
        "trial_endings": {
            "left out": "",
            "counted": "A trial that ends with a plan is a move up, and those on trial when a period begins are counted with it.",
        },
        "reactivation": {
            "left out": "",
            "counted": "Whoever was on a plan when the period began, left, and came back in it to a higher plan, moved up.",
        },
        "within_period": {"gross": "", "net": "A move that is undone by the end of its period is not counted."},
    },
    "orders": {
        "more": {
            "new": "",
            "dearer": "More means a later product dearer than the dearest of the first order.",
            "upsell": "More means a later product dearer than the dearest of its line in the first order.",
            "cross-sell": "More means a later product of a line that the first order did not hold.",
        }
    },
}
#: kind of table -> the choices that take names of the user's own, and the sentence around them
NAMED: dict[str, dict[str, str]] = {"plans": {"moves": "Only changes recorded as {names} are counted."}}


def own_choices(variant: Variant, kind: str) -> dict[str, str]:
    """The choices that a definition makes itself, of those that a table of this kind knows; a case may choose otherwise.

    Raises DefinitionError for a choice that no kind of table knows.
    """
    known = {key for choices in CHOICES.values() for key in choices}
    for key in variant.counting:
        if key not in known:
            raise DefinitionError(f"[[variant]] {variant.id}: counting has no choice '{key}'; {words.near(key, sorted(known))}")
    return {key: value for key, value in variant.counting.items() if key in CHOICES.get(kind, {})}


def choice(plan: Plan, kind: str, key: str) -> str:
    """What the case chose, or the default."""
    return str(plan.counting.get(key, next(iter(CHOICES[kind][key]))))


def chosen_names(plan: Plan, key: str) -> tuple[str, ...]:
    """The names of the user's own that a choice lists; none where it is not made."""
    names = plan.counting.get(key, ())
    return (names,) if isinstance(names, str) else tuple(names)


def refuse_unknown_choices(plan: Plan, kind: str) -> None:
    """CaseError for a choice, or a value of one, that a table of this kind does not know."""
    who, known = plan.kpi.id, {**CHOICES.get(kind, {}), **NAMED.get(kind, {})}
    for key, value in plan.counting.items():
        if not known:
            raise CaseError(f"{who}: a table of kind '{kind}' leaves no choice of counting; take out '{key}'")
        if key not in known:
            raise CaseError(f"{who}: counting has no choice '{key}' for a table of kind '{kind}'; {words.near(key, known)}")
        if key in NAMED.get(kind, {}):
            _refuse_nothing_named(plan, key)
        elif not isinstance(value, str) or value not in CHOICES[kind][key]:
            raise CaseError(f"{who}: counting = {{ {key} = {value!r} }}: {words.near(str(value), CHOICES[kind][key])}")


def _refuse_nothing_named(plan: Plan, key: str) -> None:
    names = chosen_names(plan, key)
    if not names or not all(names):
        said = f"counting = {{ {key} = {plan.counting[key]!r} }} names nothing"
        raise CaseError(f'{plan.kpi.id}: {said}; list names, as ["tier", "feature"]')


def counting_checks(plan: Plan, kind: str) -> list[Check]:
    """Each declared choice that differs from the default, in words."""
    said = [CHOICES[kind][key][str(value)] for key, value in plan.counting.items() if key in CHOICES.get(kind, {})]
    for key, sentence in NAMED.get(kind, {}).items():
        if key in plan.counting:
            said.append(sentence.format(names=_or(chosen_names(plan, key))))
    return [Check("how it was counted", True, sentence) for sentence in said if sentence]


def _or(names: Sequence[str]) -> str:
    return words.listed([f"'{name}'" for name in names], "or")
