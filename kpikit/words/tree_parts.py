"""What a KPI tree is told in: steps and effects as people read them, cells of its tables, its outline, its captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit.words.changes import Verdict
from kpikit.words.locales import written
from kpikit.words.writing import BEHIND, FRACTIONS, change, counted, level, listed, p_value, relative

Row = Mapping[str, Any]
WITHIN = "· "  # one each level of the tree: pages and terminals strip spaces


def by(value: float | None, unit: str) -> str:
    """A change, also one that is small beside the decimals of its unit.

    >>> by(0.2, "money"), by(0.195, "money"), by(-0.00042, "money"), by(0.01, "percent"), by(-0.667, "months")
    ('+0.20', '+0.195', '-0.00042', '+1.0 pp', '-0.667 months')
    """
    if unit in FRACTIONS or value is None or not 0 < abs(value) < 1:
        return change(value, unit)
    text = f"{value:+.3f}"
    return written(text.removesuffix("0") if float(text) else f"{value:+.2g}") + BEHIND.get(unit, "")


def step_told(row: Row) -> str:
    """The size of a step.

    >>> step_told({"step": 0.4, "of_value": True, "unit": "money"})
    '+1% (+0.40)'
    """
    if row["step"] is None:
        return ""
    if row["of_value"]:
        return f"{written('+1%' if row['step'] > 0 else '-1%')} ({by(row['step'], row['unit'])})"
    return f"{written('+1' if row['step'] > 0 else '-1')} {'pp' if row['unit'] == 'percent' else 'point'}"


def effect_told(row: Row, verdict: Verdict) -> str:
    """What a step makes of the whole, in its unit and in percent of it."""
    if row["effect"] is None:
        return ""
    share = f" ({relative(row['relative'])})" if row["relative"] is not None else ""
    return f"{by(row['effect'], verdict['unit'])}{share}"


def row_told(row: Row, verdict: Verdict) -> dict[str, str]:
    """One part as cells: where it stands in the tree, its value, its step, what that makes of the whole."""
    sign = f"{row['sign']} " if row["sign"] else ""
    told = {"part": f"{WITHIN * row['depth']}{sign}{row['name']}"}
    if row["value"] is None:
        return told | {"is": f"the {row['combine']} of what follows" if row["combine"] else "counted by itself"}
    return told | {
        "stands at": level(row["value"], row["unit"]),
        "a step": step_told(row),
        "moves the whole by": effect_told(row, verdict),
    }


def planned_told(row: Row, verdict: Verdict) -> dict[str, str]:
    """One part of the user's own change, as cells."""
    ends = {name: level(row[name], row["unit"]) for name in ("from", "to")}
    effects = {"alone it makes": by(row["alone"], verdict["unit"]), "its part of the whole": by(row["share"], verdict["unit"])}
    return {"part": row["name"], **ends, **effects}


def moved_told(row: Row, verdict: Verdict) -> dict[str, str]:
    """One part of the change between two periods, as cells."""
    unit = verdict["unit"]
    span = f"{by(row['share_low'], unit)} to {by(row['share_high'], unit)}" if row["share_low"] is not None else "not known"
    sure = sure_told(row) + ("" if row["adjusted"] is None else f"\n(p {p_value(row['adjusted'])})")
    ends = {"from": level(row["from"], row["unit"]), "to": level(row["to"], row["unit"])}
    return {"part": row["name"], **ends, "added": by(row["share"], unit), "with limits": span, "its own change": sure}


def sure_told(row: Row) -> str:
    """Whether a part's own change is more than the usual, in two words."""
    return "not judged" if row["adjusted"] is None else "clearly moved" if row["clear"] else "may be luck"


def influence_told(row: Row) -> dict[str, str]:
    """One documented influence, as cells."""
    also = "computed above" if row["computed"] else "documented only"
    return {"from": row["from_name"], "to": row["to_name"], "what the definition says": row["says"], "and": also}


def parent_told(row: Row) -> dict[str, str]:
    """One KPI that the root is a part of, as cells."""
    return {"is a part of": row["name"], "which is the": row["combine"], "of": listed([row["part"], *row["others"]])}


def outline(verdict: Verdict) -> str:
    """The tree as indented text, for a terminal."""
    return "\n".join(_outlined(row, verdict) for row in verdict["nodes"])


def _outlined(row: Row, verdict: Verdict) -> str:
    sign = f"{row['sign']} " if row["sign"] else "  " if row["depth"] else ""
    text = f"{'    ' * row['depth']}{sign}{row['name']} [{row['key']}]"
    if row["value"] is None:
        return text
    told = f"{text}: {level(row['value'], row['unit'])}"
    return f"{told}   {step_told(row)} makes {effect_told(row, verdict)}" if row["effect"] is not None else told


def tree_said(spec: Row) -> dict[str, str]:
    """What is composed of what, and how many influences are drawn beside."""
    root, *below = spec["nodes"]
    value = f" ({level(root['value'], root['unit'])})" if root["value"] is not None else ""
    leaves = [row for row in below if row["leaf"]]
    told = [f"{row['name']} ({level(row['value'], row['unit'])})" if row["value"] is not None else row["name"] for row in leaves]
    made = f"is composed, by its formulas, of {listed(told)}" if told else "counts by itself"
    most = [f" One step moves it most where it is {row['name']}'s: {row['told']}." for row in leaves if row["most"]]
    many = len(spec["influences"])
    dashed = f" Dashed: {counted(many, 'influence')} that definitions document and nobody computes." if many else ""
    text = f"{root['name']}{value} {made}.{''.join(most[:1])}{dashed}"
    return {"says": text, "alt": f"Tree of {counted(len(spec['nodes']), 'KPI')}. {text}"}


def bars_said(spec: Row) -> dict[str, str]:
    """What each bar says, the longest first."""
    told = [f"{row['name']} {by(row['value'], spec['unit'])}" for row in spec["rows"]]
    if not told:
        return {"says": spec["empty"], "alt": f"A chart without marks. {spec['empty']}"}
    together = f" Together {by(spec['whole'], spec['unit'])}." if spec["whole"] is not None else ""
    text = f"{spec['head']}: {listed(told)}.{together}"
    return {"says": text, "alt": f"Bar chart of {counted(len(told), 'part')}. {text}"}
