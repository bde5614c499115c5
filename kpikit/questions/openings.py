"""What goes with what? Products bought together and next more often than chance would bring, told as hypotheses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.questions.opening_pairs import CLEAR_AT, FEWEST_EXPECTED, FEWEST_PEOPLE, next_pairs, pairs_looked_at
from kpikit.shapes.baskets import Baskets
from kpikit.stats.intervals import CONFIDENCE, Floats, wilson
from kpikit.stats.multiple import holm

SHOWN = 8  # openings of each kind that are told
KINDS = ("together", "next")


def openings(baskets: Baskets, *, currency: str = "") -> Answer:
    """The pairs of products that go together, or follow each other, clearly more often than chance; upsell apart from cross-sell.

    Chance is what orders of the same sizes, and customers who later buy as much, would hold by each product's popularity
    alone. Holm's adjusted p-values (1979, jstor.org/stable/4615733) bound the chance of any false opening among all pairs that
    were looked at. Pairs of fewer than 5 people are not shown. `currency` is that of the prices.
    """
    pairs = _valued(pairs_looked_at(baskets))
    clear = pairs[pairs["clear"] & pairs["shown"] & (pairs["lift"] > 1)]
    top = pd.concat([_strongest(clear, kind) for kind in KINDS])
    verdict = {
        "name": "Openings", "unit": "percent", "confidence": CONFIDENCE, "as_of": words.day(baskets.as_of),
        "level": baskets.level,
        "within": baskets.within, "least": baskets.least, "currency": currency, "products": len(baskets.products),
        "lined": "line" in baskets.products, "priced": "price" in baskets.products, **_counted(baskets),
        "pairs": {kind: int((pairs["kind"] == kind).sum()) for kind in KINDS},
        "clear": {kind: int((clear["kind"] == kind).sum()) for kind in KINDS},
        "relations": clear["relation"].value_counts().sort_index().to_dict(),
        "apart": int((pairs["clear"] & (pairs["lift"] < 1)).sum()),
        "crude": _without_sizes(pairs), "rates": _rates(baskets), "top": [_told(row) for _, row in top.iterrows()],
    }  # fmt: skip
    more = {"lines": _lines(baskets)}
    checks = (*_checks(baskets, verdict), *baskets.table_checks)
    return Answer("openings", verdict, _table(top, verdict), checks, more, baskets.source)


def _valued(pairs: pd.DataFrame) -> pd.DataFrame:
    """With the share that did, what it would be by chance, and what is beyond it in money, of a hundred with the first.

    Money's limits join those of the lift and of the share by squares; the share's are Wilson's, of as many orders as there are
    people with both.
    """
    share = pairs["observed"] / pairs["n"]
    dearer = np.where(pairs["relation"] == "upsell", pairs["price_a"], 0.0)
    extra = pd.to_numeric(pairs["price_b"]) - pd.to_numeric(pd.Series(dearer, index=pairs.index))
    told = pairs.assign(share=share, base=share / pairs["lift"], extra=extra)
    sure = wilson(pairs["people"], pairs["n"] * pairs["people"] / pairs["observed"].where(pairs["observed"] > 0))
    beyond = 1 - 1 / told["lift"]
    told["worth"] = 100 * extra * share * beyond
    for end, sign, limit in (("low", -1, sure.low), ("high", 1, sure.high)):
        parts = share * (1 - 1 / told[f"lift_{end}"] - beyond), (limit - share) * beyond
        told[f"worth_{end}"] = told["worth"] + sign * 100 * extra * np.hypot(*parts)
    return told


def _strongest(clear: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Those that are strong beyond doubt first: by the lower limit of the lift."""
    return clear[clear["kind"] == kind].sort_values(["lift_low", "a", "b"], ascending=[False, True, True]).head(SHOWN)


def _told(row: pd.Series) -> dict[str, Any]:
    names = {"a": "product_a", "b": "product_b", "kind": "kind", "relation": "relation", "line_a": "line_a", "line_b": "line_b"}
    counts = {"observed": "observed", "of": "n", "people": "people", "whole": "whole", "open": "open"}
    values = {"share": "share", "base": "base", "lift": "lift", "low": "lift_low", "high": "lift_high", "p_value": "adjusted"}
    worth = {name: _known(row[f"worth{end}"]) for name, end in (("value", ""), ("low", "_low"), ("high", "_high"))}
    told = {name: row[key] for name, key in names.items()} | {name: int(row[key]) for name, key in counts.items()}
    told |= {name: float(row[key]) for name, key in values.items()}
    return told | {"extra": _known(row["extra"]), "worth": worth if worth["value"] is not None else None}


def _known(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


def _counted(baskets: Baskets) -> dict[str, int]:
    counts = baskets.counts
    return {
        "customers": counts["customers"],
        "orders": int(baskets.together.whole["orders"]),
        "over": counts["over"],
        "back": counts["back"],
    }


def _without_sizes(pairs: pd.DataFrame) -> dict[str, int]:
    """How many pairs in one order would look like friends if nobody asked how much the order holds, and how many remain."""
    rows = pairs[pairs["kind"] == "together"]
    spread = np.sqrt(rows["crude"] * (1 - rows["n"] / rows["whole"]))
    z: Floats = ((rows["observed"] - rows["crude"]) / spread).to_numpy(dtype=float)
    friends = (z > 0) & (holm(2 * special.ndtr(-np.abs(z))) < CLEAR_AT) if len(z) else np.zeros(0, bool)
    remain = friends & (rows["clear"] & (rows["lift"] > 1)).to_numpy(dtype=bool)
    return {"friends": int(friends.sum()), "remain": int(remain.sum())}


def _rates(baskets: Baskets) -> list[dict[str, Any]]:
    """Of the customers whose window is over, the shares that later bought more, by what more is."""
    told = wilson(baskets.rates["numerator"], baskets.rates["denominator"])
    ends = {"value": told.value, "low": told.low, "high": told.high}
    frame = baskets.rates.assign(**ends)
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _table(top: pd.DataFrame, verdict: dict[str, Any]) -> pd.DataFrame:
    """The openings as people read them."""
    joined = np.where(top["kind"] == "next", " \N{RIGHTWARDS ARROW} ", " + ")
    names = [f"{a}{sign}{b}" for a, sign, b in zip(top["product_a"], joined, top["product_b"], strict=True)]
    columns = {
        "opening": names, "kind": top["relation"],
        "support": [words.level(both / whole, "percent") for both, whole in zip(top["observed"], top["whole"], strict=True)],
        "share": top["share"], "expected": top["base"], "lift": top["lift"], "lift_low": top["lift_low"],
        "lift_high": top["lift_high"], "adjusted p": [words.p_value(p) for p in top["adjusted"]],
    }  # fmt: skip
    if verdict["priced"]:
        columns |= {f"worth_per_100{end}": top[f"worth{end}"].map(_rounded) for end in ("", "_low", "_high")}
    return pd.DataFrame(columns | {"not_yet": top["open"].astype(int)}).reset_index(drop=True)


def _rounded(money: float) -> float:
    """Three digits: more would pretend to know it better."""
    return float(f"{money:.3g}")


def _lines(baskets: Baskets) -> pd.DataFrame:
    """From the line of a first order to a new line later, or to a dearer product of the same; small cells are empty."""
    columns = ["from", "to", "customers", "bought", "share"]
    if baskets.lines is None:
        return pd.DataFrame(columns=columns)
    names = np.array(baskets.lines.names)
    rows = next_pairs(baskets.lines, fewest=0.0)
    told = pd.DataFrame({"from": names[rows["a"]], "to": names[rows["b"]], "customers": rows["n"], "bought": rows["observed"]})
    told = told[told["from"] != told["to"]]
    if baskets.dearer is not None:
        same = baskets.dearer[baskets.dearer["line"].isin(names)]
        own = {"from": same["line"], "to": same["line"], "customers": same["customers"], "bought": same["dearer"]}
        told = pd.concat([told, pd.DataFrame(own)], ignore_index=True)
    open_ = (told["bought"] >= FEWEST_PEOPLE) & (told["customers"] - told["bought"] >= FEWEST_PEOPLE)
    told = told.assign(share=told["bought"] / told["customers"])
    told.loc[~open_, ["customers", "bought", "share"]] = np.nan
    rank = dict(zip(names, range(len(names)), strict=True))
    order = told.assign(x=told["from"].map(rank), y=told["to"].map(rank)).sort_values(["x", "y"])
    return order[columns].reset_index(drop=True)


def _checks(baskets: Baskets, verdict: dict[str, Any]) -> list[Check]:
    pairs, counts = sum(verdict["pairs"].values()), baskets.counts
    rare = counts["products"] - counts["enough"]
    fewest = words.amount(FEWEST_EXPECTED)
    few = f"{words.counted(rare, 'product')} of fewer than {baskets.least} customers, and " if rare else ""
    censored = counts["customers"] - counts["over"]
    began = f"{words.counted(censored, 'customer')} began less than {baskets.within} before the end: left out of next."
    said = {
        "many looked at": f"{words.counted(pairs, 'pair')} were looked at, and p-values are adjusted for all of them (Holm "
        f"1979): the chance of any false opening is at most {words.written('5%')}. "
        "The lifts of the strongest are flattered by having been chosen.",
        "order size": "Big orders hold much of everything: chance is reckoned among orders of the same size, and among customers "
        "who later buy as much.",
        "customers": "One customer's orders are alike: intervals of what is bought together add up by customer; next counts each "
        "customer once.",
    }  # fmt: skip
    left = {
        **({"open windows": began} if censored else {}),
        "rare products": f"Not looked at: {few}pairs that chance alone would bring fewer than {fewest} times.",
        "season": "Not checked: products of one season, or of one promotion, are bought together without belonging together.",
        "cause": "Not tested: nobody was offered anything by lot, so nothing says that an offer makes anyone buy.",
    }  # fmt: skip
    return [Check(name, True, text) for name, text in said.items()] + [Check(name, None, text) for name, text in left.items()]
