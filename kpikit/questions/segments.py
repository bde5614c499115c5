"""Who upgrades, and to what? Segments that stand out, what tells them apart, where they go: hypotheses, with their chances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.segmenting.cells import CLEAR_AT, Cells, cells_of, compared, found, scanned, statuses
from kpikit.questions.segmenting.model import Model, calibration, drivers, model_of, plain_scores, scores, too_good, why_none
from kpikit.shapes.customers import Customers
from kpikit.stats.disclosure import LEAST, hidden
from kpikit.stats.intervals import CONFIDENCE, wilson
from kpikit.stats.scanning import Scan

SHOWN = ["segment", "customers", "upgraded", "rate", "rate_low", "rate_high", "shrunk", "shrunk_low", "shrunk_high"]
OVERLAPS = "overlaps"  # differs by itself, but not once those that stand out are set aside
HIDDEN = "hidden"  # one mark for all: which of two is the small one would tell its number
MARKS = {"ok": "", "small": "small", f"under {LEAST}": HIDDEN, "with it": HIDDEN}
POORLY = 1.96


def segments(customers: Customers, *, did: str = "upgraded", who: str = "customers", seed: int = 1) -> Answer:
    """Which segments upgrade more or less than all others, what foretells it, where they go and what they do not use yet.

    `did` and `who` are the words for the outcome and for the people ("redeemed a coupon", "households"). Groups under 5
    people are hidden, with those that would give them away. Raises CaseError where fewer than 5 upgraded or did not.
    """
    cells = cells_of(customers)
    _refuse_few(cells, did, who)
    looked, clear = scanned(cells, seed), found(cells, seed)
    status = statuses(cells, [row for row, _ in clear])
    model = model_of(customers, seed)
    shown = _worded(_shown(cells, status, looked, clear), did, who)
    told = None if model is None else scores(model, customers)
    drove = None if model is None else drivers(model, seed)
    goes, uses = _goes_to(customers), _uses(customers)
    verdict = _head(customers, cells, did, who) | {
        "found": [_finding(cells.table, status, row, scan) for row, scan in clear],
        "looked_at": compared(cells), "small": int((status == "small").sum()),
        "hidden": int(status.isin([f"under {LEAST}", "with it"]).sum()), "under": int((status == f"under {LEAST}").sum()),
        "extreme": _extreme(cells.table, status, looked),
        "to": _most(goes), "uses": _least(uses), "model": _model_told(model, told, drove), "why_no_model": why_none(customers),
    }  # fmt: skip
    pairs = np.array([len(cut) == 2 for cut in cells.table["cut"]])
    first = ~pairs | np.isin(np.arange(len(pairs)), [row for row, _ in clear])
    more = {"pairs": shown[pairs].reset_index(drop=True), "goes_to": _worded(goes, did, who), "uses": uses}
    none = pd.DataFrame()
    more |= {"scores": none if told is None else told["table"], "drivers": none if drove is None else drove}
    more["calibration"] = none if model is None else _worded(calibration(model), did, who)
    checks = (*_checks(verdict), *customers.table_checks)
    return Answer("segments", verdict, shown[first].reset_index(drop=True), checks, more, customers.source)


def _refuse_few(cells: Cells, did: str, who: str) -> None:
    whole = cells.table.iloc[0]
    yes, no = int(whole["upgraded"]), int(whole["customers"] - whole["upgraded"])
    if min(yes, no) < LEAST:
        raise CaseError(
            f"segments: {yes} {who} {did} and {no} did not; with under {LEAST} of either, numbers would point at people"
        )


def _head(customers: Customers, cells: Cells, did: str, who: str) -> dict[str, Any]:
    whole = cells.table.iloc[0]
    within = f" within {customers.window}" if customers.window else ""
    return {
        "name": f"{words.capital(who)} that {did}{within}", "unit": "percent", "confidence": CONFIDENCE,
        "as_of": words.day(customers.as_of), "window": customers.window, "starts": customers.starts, "did": did, "who": who,
        "segments": list(customers.segments), "customers": int(whole["customers"]), "upgraded": int(whole["upgraded"]),
        "value": float(whole["rate"]), "low": float(whole["rate_low"]), "high": float(whole["rate_high"]),
        "left_out": {name: int(count) for name, count in sorted(customers.left_out.items()) if name != "ok"},
    }  # fmt: skip


def _shown(cells: Cells, status: pd.Series, looked: Scan, clear: list[tuple[int, Scan]]) -> pd.DataFrame:
    """The cells as they may be shown: a hidden one bears its name and nothing else."""
    table, named = cells.table[SHOWN].copy(), dict(clear)
    p = [named[row].p_value[row] if row in named else value for row, value in enumerate(looked.p_value)]
    table["adjusted_p"] = ["" if row == 0 else words.p_value(value) for row, value in enumerate(p)]
    open_ = status.isin(["ok", "small"]).to_numpy()
    table = table.astype(object).where(open_[:, None] | (table.columns == "segment"), None)
    said = [
        "stands out" if row in named else OVERLAPS if named and open_[row] and value < CLEAR_AT else ""
        for row, value in enumerate(p)
    ]
    return table.assign(mark=["; ".join(filter(None, [text, MARKS[kind]])) for text, kind in zip(said, status, strict=True)])


def _worded(table: pd.DataFrame, did: str, who: str) -> pd.DataFrame:
    """The counts under the words of the case."""
    return table.rename(columns={"customers": who, "upgraded": did})


def _finding(table: pd.DataFrame, status: pd.Series, row: int, scan: Scan) -> dict[str, Any]:
    """One segment that stands out, in plain values; without its numbers where they are hidden."""
    told = table.iloc[row]
    open_ = status[row] in ("ok", "small")
    names = {"value": "rate", "low": "rate_low", "high": "rate_high", "shrunk": "shrunk"}
    numbers = {name: float(told[column]) if open_ else None for name, column in names.items()}
    counts = {name: int(told[name]) if open_ else None for name in ("customers", "upgraded")}
    side = "more" if scan.side[row] > 0 else "less"
    return {"segment": str(told["segment"]), **counts, **numbers, "side": side, "p_value": float(scan.p_value[row])}


def _extreme(table: pd.DataFrame, status: pd.Series, looked: Scan) -> dict[str, Any] | None:
    """The small group farthest from the whole, beyond its own interval, and no finding: what raw rates would tell first."""
    whole = table["rate"].iloc[0]
    beyond = (table["rate_low"] > whole) | (table["rate_high"] < whole)
    beyond &= (table["shrunk_low"] <= whole) & (table["shrunk_high"] >= whole)
    rows = table[beyond & (status == "small") & (looked.p_value >= CLEAR_AT)]
    if rows.empty:
        return None
    row = rows.loc[(rows["rate"] - whole).abs().idxmax()]
    counts = {name: int(row[name]) for name in ("customers", "upgraded")}
    return {"segment": str(row["segment"]), **counts, "value": float(row["rate"]), "shrunk": float(row["shrunk"])}


def _goes_to(customers: Customers) -> pd.DataFrame:
    """Where those who upgraded went, the most frequent first; goals of under 5 people hidden."""
    columns = ["to", "upgraded", "share", "share_low", "share_high"]
    if customers.goes_to is None or customers.goes_to.empty:
        return pd.DataFrame(columns=columns)
    rows = customers.goes_to.assign(
        to=customers.goes_to["to"].astype(object).where(customers.goes_to["to"].notna(), "not recorded")
    )
    rows = rows.sort_values(["upgraded", "to"], ascending=[False, True], ignore_index=True)
    total = int(rows["upgraded"].sum())
    counts = [[total], *([count] for count in rows["upgraded"])]
    small, others = hidden(counts, [(0, list(range(1, len(counts))))])
    for name, limits in zip(columns[2:], wilson(rows["upgraded"], total), strict=True):
        rows[name] = limits
    return _without(rows, (small | others)[1:], columns, "to")


def _uses(customers: Customers) -> pd.DataFrame:
    """Features of the dearer plan, the least used first; those that under 5 use, or all but under 5, hidden."""
    columns = ["feature", "used", "known", "share", "share_low", "share_high"]
    rows = customers.uses.assign(feature=customers.uses["feature"].str.replace("_", " "))
    if rows.empty:
        return pd.DataFrame(columns=columns)
    for name, limits in zip(columns[3:], wilson(rows["used"], rows["known"]), strict=True):
        rows = rows.assign(**{name: limits})
    rows = rows.sort_values(["share", "feature"], ignore_index=True)
    few = (rows["used"] < LEAST) | (rows["known"] - rows["used"] < LEAST)
    return _without(rows, few.to_numpy(), columns, "feature")


def _without(rows: pd.DataFrame, gone: Any, columns: list[str], kept: str) -> pd.DataFrame:
    """The rows with nothing but their name where they are hidden."""
    told = rows[columns].astype(object).where(~np.asarray(gone)[:, None] | (np.asarray(columns) == kept), None)
    return told.assign(mark=np.where(gone, HIDDEN, ""))


def _most(goes: pd.DataFrame) -> dict[str, Any] | None:
    told = goes[goes["share"].notna()] if len(goes) else goes
    return None if told.empty else _bar(told.iloc[0], "to", "upgraded") | {"goals": len(goes)}


def _least(uses: pd.DataFrame) -> dict[str, Any] | None:
    told = uses[uses["share"].notna()] if len(uses) else uses
    return (
        None
        if told.empty
        else _bar(told.iloc[0], "feature", "used") | {"known": int(told.iloc[0]["known"]), "features": len(uses)}
    )


def _bar(row: pd.Series, name: str, count: str) -> dict[str, Any]:
    limits = {end: float(row[column]) for end, column in (("value", "share"), ("low", "share_low"), ("high", "share_high"))}
    return {"name": str(row[name]), "count": int(row[count]), **limits}


def _model_told(model: Model | None, told: dict[str, Any] | None, drove: pd.DataFrame | None) -> dict[str, Any] | None:
    if model is None or told is None or drove is None:
        return None
    rows = drove[drove["stable"]].head(3) if told["trusted"] else drove.head(0)
    names = ["driver", "step", "odds_ratio", "odds_ratio_low", "odds_ratio_high", "folds"]
    return plain_scores(told) | {
        "columns": len(model.columns), "customers": int(model.known.sum()), "calibrated": bool(abs(told["z"]) < POORLY),
        "drivers": rows[names].to_dict("records"), "too_good": too_good(model),
    }  # fmt: skip


def _checks(verdict: dict[str, Any]) -> list[Check]:
    cells, p = verdict["looked_at"], words.written(f"{1 - CONFIDENCE:.0%}")
    scan_said = (
        f"{words.counted(cells, 'group')} of one or two segments were compared with all others; the chance that any is named by "
        f"luck alone is held at {p} (permutation scan)."
    )
    hypotheses = "A segment that stands out is no cause: who is in it differs in other ways too. Try it on others first."
    checks = [Check("many comparisons", True, scan_said), Check("hypotheses", None, hypotheses), _hiding_check(verdict)]
    if verdict["small"]:
        few = f"{words.counted(verdict['small'], 'group')} in which under {LEAST} would be expected"
        said = f"{few}: read the rate drawn towards the whole, not the raw one."
        checks.append(Check("small groups", False, said))
    return checks + _model_checks(verdict)


def _hiding_check(verdict: dict[str, Any]) -> Check:
    under, others = verdict["under"], verdict["hidden"] - verdict["under"]
    if not verdict["hidden"]:
        return Check("groups under 5", True, f"No group holds under {LEAST} people of either outcome; none had to be hidden.")
    more = f", and {others} more that would give them away by subtraction" if others else ""
    holds = words.agreed(under, "holds", "hold")
    gone = f"that {holds} under {LEAST} people of either outcome {words.agreed(under, 'is', 'are')} hidden"
    said = f"{words.counted(under, 'group')} {gone}{more}."
    return Check("groups under 5", True, said)


def _model_checks(verdict: dict[str, Any]) -> list[Check]:
    told = verdict["model"]
    if told is None:
        return [Check("drivers", None, f"No model was made: {verdict['why_no_model']}.")]
    beats = "tells more than" if told["trusted"] else "does not clearly tell more than"
    against = "clearly more than" if told["beats_segment"] else "not clearly more than"
    segment = f"the segment '{told['cut'].replace('_', ' ')}' alone"
    score = f"On {verdict['who']} that it has not seen the model {beats} the rate of all, and {against} {segment}."
    z = words.written(f"{told['z']:+.1f}")
    fit = "Foretold and seen rates agree" if told["calibrated"] else "Foretold and seen rates differ more than chance allows"
    checks = [
        Check("model against baseline", told["trusted"], score),
        Check("calibration", told["calibrated"], f"{fit} (Spiegelhalter's z {z})."),
    ]
    if told["too_good"]:
        names = words.listed(f"'{name}'" for name in told["too_good"])
        tell = words.agreed(len(told["too_good"]), "tells", "tell")
        said = f"{names} alone nearly {tell} who {verdict['did']}: was it measured in the window?"
        checks.append(Check("too good to be true", False, said))
    return checks
