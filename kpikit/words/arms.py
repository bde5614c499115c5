"""A campaign's differences as people write them, and what its figures show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit.words.locales import written
from kpikit.words.writing import agreed, between, change, counted, interval_of, level, listed, p_value, sized

Verdict = Mapping[str, Any]


def told(value: float | None, verdict: Verdict) -> str:
    """A level: a share in percent, or money with its currency."""
    return level(value, "percent") if verdict["unit"] == "percent" else money(value, verdict["currency"])


def money(value: float | None, currency: str, *, signed: bool = False) -> str:
    """Money by customer, with cents under 100.

    >>> money(18.837, "USD"), money(462.4, "USD"), money(-0.5, "EUR", signed=True)
    ('USD 18.84', 'USD 462', 'EUR -0.50')
    """
    if value is None:
        return "n/a"
    digits = 2 if abs(value) < 99.5 else 0
    number = f"{value:{'+' if signed else ''},.{digits}f}"
    return f"{currency} {written(number)}".strip()


def size_of(difference: Verdict, verdict: Verdict) -> str:
    """A difference with its interval."""
    if verdict["unit"] == "percent":
        return sized(difference, "percent", verdict["confidence"])
    own = money(difference["value"], verdict["currency"], signed=True)
    if difference["low"] is None:
        return own
    ends = (money(difference[end], "", signed=True) for end in ("low", "high"))
    return f"{own}, {interval_of(verdict['confidence'])} {' to '.join(ends)}"


def arm_effects_said(spec: Verdict) -> dict[str, str]:
    """What the forest of the arms shows."""
    lead = [row for row in spec["rows"] if row["leads"]]
    clear = [row for row in lead if row["clear"]]
    if len(lead) == 1:
        text = f"{_row(lead[0], spec)}: the interval {'leaves out' if clear else 'holds'} no difference."
    else:
        have = agreed(max(len(clear), 1), "has", "have")
        text = f"Of {counted(len(lead), 'arm')}, {len(clear) or 'none'} {have} an interval that leaves out no difference"
        text += f": {listed(_row(row, spec) for row in clear)}." if clear else "."
    others = [row for row in spec["rows"] if not row["leads"]]
    text += f" By the other methods: {listed(_row(row, spec) for row in others)}." if others else ""
    return {"says": text, "alt": f"Forest plot of the {spec['x_label']}. {text}"}


def _row(row: Verdict, spec: Verdict) -> str:
    return f"'{row['arm']}', {row['method']}, {ranged(row, spec)}"


def ranged(row: Verdict, spec: Verdict) -> str:
    """A difference with its limits in brackets, percentage points or money."""
    if row["value"] is None:
        return "too few to be looked at"
    if spec["unit"] == "percent":
        span = between(row["low"], row["high"], "percent", signed=True)
        return f"{change(row['value'], 'percent')} ({span})" if span else f"{change(row['value'], 'percent')} (no interval)"
    if row["low"] is None:
        return f"{money(row['value'], '', signed=True)} (no interval)"
    return (
        f"{money(row['value'], '', signed=True)} ({money(row['low'], '', signed=True)} to {money(row['high'], '', signed=True)})"
    )


def arm_segments_said(spec: Verdict) -> dict[str, str]:
    """Where the effect differs between levels, and where it does not."""
    if not spec["tests"]:
        text = "The case names no segments, so whether it works better for some was not looked at."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    parts = []
    for test in spec["tests"]:
        p = "too few to be tested" if test["p_value"] is None else f"adjusted p {p_value(test['p_value'])}"
        parts.append(
            f"'{test['arm']}' by {test['segment']}: "
            f"{'the effect differs' if test['differs'] else 'no clear difference between the levels'} ({p})"
        )
    text = f"{'; '.join(parts)}. Without a clear difference the levels' own estimates are noise around one effect."
    return {"says": text, "alt": f"Forest plot of the {spec['x_label']} by level of each segment. {text}"}


def balance_said(spec: Verdict) -> dict[str, str]:
    """How alike the groups were before."""
    rows = [row for row in spec["rows"] if row["stands"] is not None]
    if not rows:
        text = "Nothing from before the campaign is mapped, so whether the groups were alike cannot be seen."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    worst = max(rows, key=lambda row: abs(row["stands"]))
    size = f"{apart(worst['stands'])} standard deviations"
    text = f"As assigned, the groups differ most in {worst['what']} ({worst['arm']}): {size}."
    matched = [row for row in rows if row["matched"] is not None]
    if matched:
        left = max(matched, key=lambda row: abs(row["matched"]))
        text += f" Matched, at most {apart(left['matched'])} is left ({left['what']})."
    alike = written(f"{spec['alike']:.2f}")
    return {"says": f"{text} Up to {alike} {spec['meant']}.", "alt": f"Dot chart of the {spec['x_label']}. {text}"}


def apart(number: float) -> str:
    """How many standard deviations or errors something is off, signed."""
    return written(f"{number:+.2f}")


def looks_said(spec: Verdict) -> dict[str, str]:
    """How far each arm is from the bound of this look."""
    if not spec["bounds"]:
        text = (
            "No number of looks was planned: there are no bounds to draw, and the intervals hold however often somebody looks."
            if spec["planned"] is None
            else "One look was planned, so there are no early bounds to pass."
        )
        return {"says": text, "alt": f"A chart without marks. {text}"}
    bound = written(f"{spec['bounds'][spec['look'] - 1]:.2f}")
    arms = listed(f"'{arm['name']}' stands at {apart(arm['z'])}" for arm in spec["arms"])
    text = f"At look {spec['look']} of {spec['planned']} a difference must reach {bound} standard errors; {arms}."
    return {"says": text, "alt": f"Line chart of the bounds at each look. {text}"}
