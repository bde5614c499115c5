"""What the figures of `lifetime` show, in words."""

from __future__ import annotations

from kpikit.words.changes import Verdict
from kpikit.words.lifetime import back_said, money, span_of
from kpikit.words.locales import written
from kpikit.words.writing import amount, counted, level

MANY = 30  # customers of a group whose forecast is worth a remark


def payback_said(spec: Verdict) -> dict[str, str]:
    """When a customer has brought what one costs."""
    rows, own = spec["rows"], spec["currency"]
    if not rows:
        text = "Nothing is known of money, so nothing is set beside the cost."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    last = rows[-1]
    ends = span_of({"low": last["low"], "high": last["high"]}, own)
    text = f"After {amount(last['month'])} months a customer has brought {money(last['value'], own)} ({ends})"
    cost = spec["cost"]
    if cost is None:
        text += "; no acquisition cost was given."
    else:
        text += f". One costs {money(cost['amount'], own)}; {back_said(cost)}."
    return {"says": text, "alt": f"Line chart of what a customer has brought, by month since coming. {text}"}


def forecast_said(spec: Verdict) -> dict[str, str]:
    """In how many groups the forecast lies within the interval of what came."""
    rows, total = spec["rows"], spec["total"]
    inside = [row for row in rows if row["low"] <= row["predicted"] <= row["high"]]
    many = [row for row in rows if row["customers"] >= MANY] or rows
    worst = max(many, key=lambda row: abs(row["predicted"] - row["actual"]))
    ends = [_measured(worst[name], spec["unit"]) for name in ("predicted", "actual")]
    text = (
        f"In {len(inside)} of {counted(len(rows), 'group')} the forecast lies within the interval of what came; it is farthest "
    )
    text += (
        f"off for '{worst['group']}', {ends[0]} against {ends[1]}. Over all it said {amount(round(total['predicted']['value']))} "
    )
    text += f"{total['what']}, and {amount(total['actual'])} came."
    return {"says": text, "alt": f"Dot chart of forecast and outcome by {spec['by']}. {text}"}


def _measured(value: float, unit: str) -> str:
    return level(value, unit) if unit == "percent" else written(f"{value:,.2f}")


def curves_said(spec: Verdict) -> dict[str, str]:
    """How many of both groups are still there at the end."""
    if not spec["groups"]:
        text = spec["none"]
        return {"says": text, "alt": f"A chart without marks. {text}"}
    ends = [f"{level(group['share'][-1], 'percent')} of {name}" for name, group in zip(NAMES, spec["groups"], strict=True)]
    text = f"{spec['days']} days after the upgrade {ends[0]} are still there, and {ends[1]}."
    shown = f" Below stand how many are still followed: {amount(round(spec['groups'][0]['at_risk'][0]))} on both lines at first."
    return {"says": text, "alt": f"Survival curves with {len(NAMES)} lines. {text}{shown}"}


NAMES = ("those who upgraded", "customers alike who were still there that day")


def fit_said(spec: Verdict) -> dict[str, str]:
    """How near the model comes to what was seen."""
    rows = spec["rows"]
    worst = max(rows, key=lambda row: abs(row["model"] - row["seen"]))
    if spec["kind"] == "plans":
        last = rows[-1]
        text = f"After {counted(last['x'], 'month')} {level(last['seen'], 'percent')} were still there, the model says "
        text += f"{level(last['model'], 'percent')}; it is farthest off after {counted(worst['x'], 'month')}, "
        text += f"{level(worst['model'], 'percent')} against {level(worst['seen'], 'percent')}."
        return {"says": text, "alt": f"Line chart of the share of customers still there, by month. {text}"}
    share = rows[0]["seen"] / sum(row["seen"] for row in rows)
    text = f"{level(share, 'percent')} never came back. The model is farthest off for {counted(worst['x'], 'repeat purchase')}: "
    text += f"{amount(round(worst['model']))} customers against {amount(round(worst['seen']))} seen."
    return {"says": text, "alt": f"Bar chart of customers by number of repeat purchases. {text}"}
