"""What is said over the reports of a grid: how many moved, how many of them luck alone would show, how they are sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpikit.words.writing import agreed, amount, counted, listed

Told = Mapping[str, Any]
#: which way a change went -> how that is said of several
WAYS = {"rose": "rose", "fell": "fell", "no clear change": "shows no clear change", "not known": "cannot be told"}


def grid_sentences(told: Told) -> list[str]:
    """What stands over the reports of a grid, the bottom line first; `told` is what the overview counted."""
    said = [_found(told), _luck(told), _order(told), _failed(told)]
    return list(filter(None, said))


def by_columns(columns: Sequence[str]) -> str:
    """By what a grid goes.

    >>> by_columns(["region", "plan"])
    'by region and plan'
    """
    return f"by {listed(columns)}"


def _found(told: Told) -> str:
    """How many reports there are and, of a change, how many went which way."""
    parts = f"{counted(told['made'], 'report')} {by_columns(told['columns'])}"
    if told["ends"]:
        highest, lowest = told["ends"]
        return f"{told['name']}: {lowest['value']} ({lowest['of']}) to {highest['value']} ({highest['of']}) in {parts}."
    if not told["directions"]:
        return f"{told['name']}: {parts}."
    ways = [f"{WAYS[way]} in {amount(count)}" for way, count in told["directions"].items()]
    return f"{told['name']} {listed(ways)} of {parts}."


def _luck(told: Told) -> str:
    """How many of the comparisons luck alone would show, and what is left after the correction for their number."""
    compared, clear, lasting = told["compared"], told["clear"], told["lasting"]
    if compared < 2:
        return ""
    lucky = "about " + amount(round(compared / 20)) if compared >= 20 else amount(round(compared / 20, 2))
    text = f"Of {amount(compared)} comparisons {lucky} would stand out by luck alone on average (1 in 20)"
    if not clear:
        return f"{text}; none does."
    text += f"; {amount(clear)} {agreed(clear, 'does', 'do')}, and after Benjamini and Hochberg's correction for their number "
    return f"{text}{amount(lasting) if lasting else 'none'} {agreed(lasting or 1, 'is', 'are')} left."


def _order(told: Told) -> str:
    if not told["measure"] or told["made"] < 2:
        return ""
    sorted_by = f"Sorted by {told['measure']}, the largest first."
    return f"{sorted_by} Luck has pushed those at both ends the farthest: read each with its interval."


def _failed(told: Told) -> str:
    if not told["failed"]:
        return ""
    stand = agreed(told["failed"], "stands last with its reason", "stand last with their reasons")
    return f"{counted(told['failed'], 'report')} failed and {stand}."
