"""What the answer to `lifetime` says: what a customer is worth, whether upgraders stay longer, and how the claim stands."""

from __future__ import annotations

from collections.abc import Callable

from kpikit.words.changes import Verdict, sure
from kpikit.words.locales import written
from kpikit.words.writing import amount, between, counted, level, relative, spanned, tick

MONTH = 365.25 / 12  # days


def money(value: float, currency: str) -> str:
    """An amount to three digits, with its currency.

    >>> money(202.78, "USD"), money(770625.9, "")
    ('203 USD', '771,000')
    """
    return f"{amount(float(f'{value:.3g}'))} {currency}".strip()


def span_of(told: Verdict, currency: str = "") -> str:
    """The limits of an amount, the currency behind the second."""
    if told["low"] is None or told["high"] is None:
        return ""
    return f"{money(told['low'], '')} to {money(told['high'], currency)}"


def worth_sentence(verdict: Verdict) -> str:
    """What a new customer brings within the horizon, and how that stands to what one costs."""
    v, days = verdict, f"{verdict['horizon_days']} days"
    if v["value"] is None:
        if v["kind"] == "plans":
            kept = v["kept"]
            ends = between(kept["low"], kept["high"], "percent", signed=False)
            return f"Of new customers {level(kept['value'], 'percent')} are still there after {days} ({sure(v)} {ends})."
        told = v["orders"]
        return f"A new customer comes back {amount(told['value'])} times within {days} ({sure(v)} {span_of(told)})."
    what = "" if v["margin"] is None else f", at a margin of {level(v['margin'], 'percent')}"
    text = f"A new customer brings {money(v['value']['value'], v['currency'])} within {days}{what}"
    text += f" ({sure(v)} {span_of(v['value'], v['currency'])})"
    return f"{text}{_against_cost(v)}."


def _against_cost(verdict: Verdict) -> str:
    cost = verdict["cost"]
    if cost is None:
        return ""
    price = money(cost["amount"], verdict["currency"])
    if cost["state"] == "too close to call":
        return f"; whether that covers the {price} that one costs is too close to call"
    if cost["state"] == "not covered":
        return f", less than the {price} that one costs"
    ratio = written(f"{cost['ratio']['value']:.1f}")
    return f", {ratio} times the {price} that one costs; {back_said(cost)}"


def back_said(cost: Verdict) -> str:
    """When the cost is back."""
    days = cost["payback_days"]
    if days is None:
        return "that money is not back by then"
    if days < 1:
        return "that money is back with the first purchase"
    after = counted(round(days), "day") if days < 2 * MONTH else f"{months_of(days)} months"
    return f"that money is back after {after}"


def months_of(days: float) -> str:
    """How many months that many days are."""
    return written(f"{days / MONTH:.1f}")


def staying_sentence(verdict: Verdict) -> str:
    """Whether upgraders stay longer than customers alike who were still there on the day of the upgrade."""
    told = verdict["staying"]
    if told is None:
        return "Too few upgraded to say whether upgraders stay longer." if verdict["kind"] == "plans" else ""
    gap, direction = told["mean_days_gap"], told["direction"]
    lead = {
        "longer": "Upgraders stay longer", "shorter": "Upgraders leave sooner",
        "no clear difference": "Whether upgraders stay longer is not clear",
    }[direction]  # fmt: skip
    upgraded, at_risk = (written(f"{told[f'mean_days_{name}']:,.0f}") for name in ("upgraded", "at_risk"))
    return (
        f"{lead}: of the {told['days']} days after the upgrade they are on a plan for {upgraded} days, "
        f"customers alike who were still there that day for {at_risk} ({_days(gap['value'])} days, "
        f"{sure(verdict)} {_days(gap['low'])} to {_days(gap['high'])})."
    )


def _days(gap: float) -> str:
    return written(f"{gap:+,.0f}")


def naive_sentence(verdict: Verdict) -> str:
    """What the usual comparison says, and why it misleads."""
    naive, told = verdict["naive"], verdict["staying"]
    if naive is None:
        return ""
    return (
        f"The usual comparison, everybody who ever upgraded beside everybody who never did, says {_days(naive['mean_days_gap'])} "
        f"days in the first {told['days']}: it misleads, for whoever upgraded had to stay until that day, and whoever left early "
        "never could."
    )


def upgrade_worth_sentence(verdict: Verdict) -> str:
    """What an upgrader brings from the day of the upgrade on."""
    worth, own = verdict["worth"], verdict["currency"]
    if worth is None:
        return ""
    gap = worth["gap"]
    return (
        f"In the {worth['days']} days after the upgrade an upgrader brings {money(worth['upgraded'], own)}, a customer alike at "
        f"the old price {money(worth['at_risk'], own)}: {_more(gap['value'], own)} ({sure(verdict)} {span_of(gap, own)})."
    )


def _more(value: float, currency: str) -> str:
    return f"{money(abs(value), currency)} {'more' if value >= 0 else 'less'}"


def claim_sentence(verdict: Verdict) -> str:
    """How the claim about upselling stands to the user's own data."""
    told = verdict["claim"]
    said = f"The claim that upselling can raise revenue by up to {tick(told['claim'], 'percent')}"
    if told["added"] is None:
        lack = "orders name no plan, so nobody's upgrade is known" if verdict["kind"] == "orders" else _lack(verdict)
        return f"{said} cannot be tested here: {lack}."
    added = told["added"]
    ends = spanned(relative(added["low"]), relative(added["high"]))
    size = f"in your data upgrades added {relative(added['value'])} ({sure(verdict)} {ends})"
    end = {
        "not reached": "which is less", "reached": "which is as much or more",
        "cannot be told": "so whether it is reached cannot be told",
    }[told["state"]]  # fmt: skip
    return f"{said} is a claim to test: {size}, {end}."


def _lack(verdict: Verdict) -> str:
    return "no prices were given" if verdict["value"] is None else "too few customers upgraded"


def missed_sentence(verdict: Verdict) -> str:
    """The forecast, where it missed: that takes something back from the bottom line."""
    return forecast_sentence(verdict) if verdict["forecast"]["state"] != "held" else ""


def held_sentence(verdict: Verdict) -> str:
    """The forecast, where it held."""
    return forecast_sentence(verdict) if verdict["forecast"]["state"] == "held" else ""


def claim_tried_sentence(verdict: Verdict) -> str:
    """The claim, where it could be tested."""
    return claim_sentence(verdict) if verdict["claim"]["added"] is not None else ""


def claim_open_sentence(verdict: Verdict) -> str:
    """The claim, where it could not be."""
    return claim_sentence(verdict) if verdict["claim"]["added"] is None else ""


def forecast_sentence(verdict: Verdict) -> str:
    """How the model did on the stretch that it had not seen."""
    told = verdict["forecast"]
    said, came = amount(round(told["predicted"]["value"])), amount(told["actual"])
    test = f"Fitted without the last {told['held_days']} days, the model said {said} {told['what']} for them, and {came} came"
    if told["state"] == "held":
        return f"{test}: within what chance allows, so it may be believed a little further."
    off = "" if told["off"] is None else f" by {level(abs(told['off']), 'percent')}"
    return f"{test}: {told['state']}{off}. Take what it says of the future to be off by as much."


def further_sentence(verdict: Verdict) -> str:
    """What the customers of today will still do."""
    if verdict["kind"] != "orders":
        return ""
    told = verdict["further"]
    worth = "" if told["worth"] is None else f", about {money(told['worth'], verdict['currency'])}"
    value, low, high = (amount(round(told["orders"][end])) for end in ("value", "low", "high"))
    return (
        f"The {amount(verdict['customers'])} customers of today are expected to come back {value} times in the next "
        f"{verdict['horizon_days']} days ({sure(verdict)} {low} to {high}){worth}."
    )


def again_sentence(verdict: Verdict) -> str:
    """How many ever came back, and how often a new customer will."""
    if verdict["kind"] != "orders":
        return ""
    share, told = level(verdict["again"] / verdict["customers"], "percent"), verdict["orders"]
    return (
        f"Of {amount(verdict['customers'])} customers {share} ever bought on a second day; a new customer is expected to come "
        f"back {amount(told['value'])} times within {verdict['horizon_days']} days of the first purchase."
    )


def next_sentence(verdict: Verdict) -> str:
    """What to do next."""
    if verdict["kind"] == "orders":
        return f"Next: find out who comes back a first time, and what brings them{_later(verdict)}."
    if verdict["staying"] is None:
        return ""
    return (
        "Next: offer the upgrade to half of those who could take it, drawn by lot. Who upgrades by choice may have been more "
        "content before, and only a lot tells the upgrade's own part."
    )


def _later(verdict: Verdict) -> str:
    """How much of a customer's worth comes after the first purchase."""
    if verdict["value"] is None:
        return ""
    first = verdict["spending"]["first"]["value"] * (verdict["margin"] or 1.0)
    part = level(1 - first / verdict["value"]["value"], "percent")
    return f": {part} of what a new customer brings within {verdict['horizon_days']} days comes after the first purchase"


SENTENCES: list[Callable[[Verdict], str]] = [
    worth_sentence, missed_sentence, staying_sentence, claim_tried_sentence, upgrade_worth_sentence, naive_sentence,
    again_sentence, further_sentence, held_sentence, claim_open_sentence, next_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "worth": worth_sentence, "staying": staying_sentence, "naive": naive_sentence, "upgrades": upgrade_worth_sentence,
    "claim": claim_sentence, "forecast": forecast_sentence, "further": further_sentence, "again": again_sentence,
    "next": next_sentence,
}  # fmt: skip


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Worth, cost, upgraders or repeat purchases, the claim and the forecast."""
    v, days, own = verdict, f"{verdict['horizon_days']} days", verdict["currency"]
    shown = []
    if v["value"] is not None:
        shown.append((f"a new customer, {days}", money(v["value"]["value"], own), f"{sure(v)} {span_of(v['value'], own)}"))
    if v["cost"] is not None:
        cost = v["cost"]
        shown.append(
            (
                "times the acquisition cost",
                written(f"{cost['ratio']['value']:.1f}"),
                f"{money(cost['amount'], own)}: {cost['state']}",
            )
        )
    if v["kind"] == "orders":
        told = v["orders"]
        shown.append((f"times back, {days}", amount(round(told["value"], 2)), f"{sure(v)} {span_of(told)}"))
    else:
        shown += _plan_tiles(v)
    told = v["forecast"]
    off = relative(told["off"]) if told["off"] is not None else told["state"]
    return [*shown, ("forecast against what came", off, f"{told['what']}, {told['held_days']} days held out")]


def _plan_tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    staying, claim = verdict["staying"], verdict["claim"]
    if staying is None:
        return [("still there", level(verdict["kept"]["value"], "percent"), f"after {verdict['horizon_days']} days")]
    gap = staying["mean_days_gap"]
    span = f"{sure(verdict)} {_days(gap['low'])} to {_days(gap['high'])}"
    shown = [(f"upgraders stay, of {staying['days']} days", f"{_days(gap['value'])} days", span)]
    if claim["added"] is not None:
        added = claim["added"]
        span = f"{spanned(relative(added['low']), relative(added['high']))}; claimed: up to {level(claim['claim'], 'percent')}"
        shown.append(("revenue added by upgrades", relative(added["value"]), span))
    return shown
