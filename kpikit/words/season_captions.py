"""What the figures of `seasons` say: the parts of a series, what lies above and below, and the cycles over each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit.words.seasons import Verdict, sentence_of_season
from kpikit.words.writing import capital, change, counted, level, listed


def too_short(verdict: Verdict) -> str:
    """Why a picture holds no season."""
    if verdict["told"]:
        return sentence_of_season(verdict)
    return f"{sentence_of_season(verdict)} No season is drawn: in so few {verdict['turn']}s any chance would look like one."


def parts_said(spec: Mapping[str, Any]) -> dict[str, str]:
    """The four parts of a series, in words."""
    if not spec["rows"]:
        return {"says": spec["why"], "alt": f"A chart without marks. {spec['why']}"}
    unit = spec["unit"]
    season = [row["season"] for row in spec["rows"]]
    rest = [row["rest"] for row in spec["rows"]]
    text = (
        f"The trend goes from {level(spec['rows'][0]['trend'], unit)} to "
        f"{level(spec['rows'][-1]['trend'], unit)}; the season moves between "
        f"{change(min(season), unit)} and {change(max(season), unit)}, the rest between "
        f"{change(min(rest), unit)} and {change(max(rest), unit)}."
    )
    text += "" if spec["clear"] else " The season is not clear: a picture like this draws one in any noise."
    return {"says": text, "alt": f"Four line charts of {spec['y_label']}: as measured, trend, season and rest. {text}"}


def phases_said(spec: Mapping[str, Any]) -> dict[str, str]:
    """Which parts of the cycle lie clearly above or below."""
    if spec["why"]:
        return {"says": spec["why"], "alt": f"A chart without marks. {spec['why']}"}
    unit = spec["unit"]
    sides = {
        side: [f"{row['name']} ({change(row['value'], unit)})" for row in spec["rows"] if row["stands"] == side]
        for side in ("above", "below")
    }
    found = [f"{listed(names)} clearly {side} the mean" for side, names in sides.items() if names]
    text = capital(f"{listed(found)}.") if found else f"No part of the {spec['turn']} lies clearly off the mean."
    return {"says": text, "alt": f"Dot chart of the {spec['x_label'][0].lower()}{spec['x_label'][1:]}. {text}"}


def years_said(spec: Mapping[str, Any]) -> dict[str, str]:
    """How the cycles lie over each other."""
    unit, last = spec["unit"], spec["lines"][-1]
    known = [(value, place) for place, value in enumerate(last["values"]) if value is not None]
    (least, at_least), (most, at_most) = min(known), max(known)
    names = spec["names"]
    lay = f"it lay between {level(least, unit)} ({names[at_least]}) and {level(most, unit)} ({names[at_most]})"
    lay = lay if least < most else f"it was {level(most, unit)}"
    text = f"{counted(spec['count'], spec['turn'])} over each other; in the last one ({last['name']}) {lay}."
    same = spec["same_top"]
    text += f" {capital(same[1])} was the highest in {same[0]} of {spec['whole']} whole {spec['turn']}s." if same else ""
    return {"says": text, "alt": f"Line chart of {spec['y_label']}, one line a {spec['turn']}. {text}"}
