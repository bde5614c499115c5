"""What goes with what, in words: the bottom line, the worth, and what nobody knows."""

from __future__ import annotations

from collections.abc import Callable

from kpikit.words.changes import Verdict
from kpikit.words.writing import agreed, amount, counted, interval_of, level, listed, p_value, per_window, times

LONG = 34  # letters of a name in a figure
MORE = {
    "new": "a product that the first did not hold",
    "dearer": "a product dearer than the dearest of the first",
    "upsell": "a product dearer than the dearest of its line in the first (upsell)",
    "cross-sell": "a product of another line (cross-sell)",
}


def bottom_line(verdict: Verdict) -> str:
    """How many pairs are clear, and the clearest of each kind."""
    looked, found = sum(verdict["pairs"].values()), sum(verdict["clear"].values())
    if not looked:
        return f"No pair of {_what(verdict)}s is bought often enough to be looked at."
    if not found:
        return (
            f"Of {counted(looked, 'pair')} looked at, none is bought together or next clearly more often than chance would bring."
        )
    firsts = [next((row for row in verdict["top"] if row["kind"] == kind), None) for kind in ("together", "next")]
    told = [_pair(row, verdict) for row in firsts if row]
    stands, follow = agreed(found, "goes", "go"), agreed(found, "follows", "follow")
    many = f"Of {counted(looked, 'pair')} looked at, {amount(found)} {stands} together or {follow}"
    return f"{many} clearly more often than chance: {'; '.join(told)}."


def _pair(row: Verdict, verdict: Verdict) -> str:
    share, base = level(row["share"], "percent"), level(row["base"], "percent")
    size = f"{share} against {base}, {times(row['lift'])}, {interval_of(verdict['confidence'])} {_span(row)}"
    if row["kind"] == "together":
        return f"in one order, {row['b']} beside {row['a']} ({size})"
    return f"next, {row['b']} after {row['a']} ({_relation(row)}; {size})"


def _relation(row: Verdict) -> str:
    return "same line, not dearer" if row["relation"] == "same line" else str(row["relation"])


def _span(row: Verdict) -> str:
    return f"{amount(round(row['low'], 2))} to {amount(round(row['high'], 2))}"


def _what(verdict: Verdict) -> str:
    return "line" if verdict["level"] == "line" else "product"


def kinds_sentence(verdict: Verdict) -> str:
    """How many of each kind, and how many keep apart."""
    found = verdict["clear"]
    if not sum(found.values()):
        return _apart(verdict).strip()
    kinds = [f"{amount(number)} {name}" for name, number in verdict["relations"].items()]
    text = f"{amount(found['together'])} of them in one order and {amount(found['next'])} in a later order"
    return f"{text}; by what they are: {listed(kinds)}.{_apart(verdict)}"


def _apart(verdict: Verdict) -> str:
    many = verdict["apart"]
    less = "bought clearly less often than chance: one in place of the other, perhaps"
    return f" {counted(many, 'pair')} {agreed(many, 'is', 'are')} {less}." if many else ""


def worth_sentence(verdict: Verdict) -> str:
    """What the strongest openings bring beyond chance, and how many customers have not taken them."""
    told = [_worth(row, verdict["currency"]) for row in _leading(verdict) if row["worth"]]
    return (
        f"What is beyond chance is worth {'; '.join(told)}. That is what these customers do unasked, not what an offer would add."
        if told
        else ""
    )


def _leading(verdict: Verdict) -> list[Verdict]:
    firsts = [next((row for row in verdict["top"] if row["kind"] == kind), None) for kind in ("together", "next")]
    return [row for row in firsts if row]


def _worth(row: Verdict, currency: str) -> str:
    worth = row["worth"]
    unit = f" {currency}" if currency else ""
    of = (
        f"a hundred orders with {row['a']}"
        if row["kind"] == "together"
        else f"a hundred customers who began with {row['a']} and came back"
    )
    why = "the price difference" if row["relation"] == "upsell" else "the price"
    span = f"{_money(worth['low'])} to {_money(worth['high'])}"
    return f"{_money(worth['value'])}{unit} ({span}) in {of} ({why} {amount(round(row['extra'], 2))})"


def _money(value: float) -> str:
    return amount(float(f"{value:.3g}"))


def open_sentence(verdict: Verdict) -> str:
    """Who could be asked first."""
    told = []
    for row in _leading(verdict):
        who = f"{counted(row['open'], 'customer')} of {row['a']} never bought {row['b']}"
        if row["kind"] == "next":
            who = f"{counted(row['open'], 'customer')} who began with {row['a']} came back without taking {row['b']}"
        told.append(who)
    return f"Whom a test could ask first: {listed(told)}." if told else ""


def size_sentence(verdict: Verdict) -> str:
    """What big orders would make one believe."""
    friends, remain = verdict["crude"]["friends"], verdict["crude"]["remain"]
    if not friends:
        return ""
    left = "none of them remains" if not remain else f"{amount(remain)} of them {agreed(remain, 'remains', 'remain')}"
    return (
        f"Counted without regard to how much an order holds, {counted(friends, 'pair')} would look like friends; among orders of "
        f"the same size, customer by customer, {left}."
    )


def rates_sentence(verdict: Verdict) -> str:
    """The shares of customers who bought more later, upsell apart from cross-sell."""
    told = [
        f"{level(rate['value'], 'percent')} {MORE[rate['what']]}"
        for rate in verdict["rates"]
        if not (rate["what"] == "dearer" and verdict["lined"])
    ]
    who = f"Of {counted(verdict['over'], 'customer')} whose {verdict['within']} after the first order are over"
    return f"{who}, a later order brought {listed(told)}." if told else ""


def lines_sentence(verdict: Verdict) -> str:
    """What is missing where the table names no lines or prices."""
    if verdict["lined"]:
        return ""
    nearest = "; a dearer later product is the nearest thing that it can tell" if verdict["priced"] else ""
    return f"The table names no product lines, so upsell and cross-sell cannot be told apart{nearest}."


def hypothesis_sentence(verdict: Verdict) -> str:
    """That nobody tested it."""
    next_step = "The next step is a test in which chance decides who is offered it."
    return f"These are hypotheses: nobody tested whether an offer makes anyone buy. {next_step}"


SENTENCES: list[Callable[[Verdict], str]] = [
    bottom_line, hypothesis_sentence, worth_sentence, open_sentence, kinds_sentence, size_sentence, rates_sentence,
    lines_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "worth": worth_sentence, "open": open_sentence, "size": size_sentence, "rates": rates_sentence, "kinds": kinds_sentence,
    "hypothesis": hypothesis_sentence, "lines": lines_sentence,
}  # fmt: skip


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The strongest opening of each kind, how many there are, of how many looked at."""
    looked, found = sum(verdict["pairs"].values()), sum(verdict["clear"].values())
    told = [("clear openings", amount(found), f"of {counted(looked, 'pair')} looked at")]
    for row in _leading(verdict):
        name = "strongest in one order" if row["kind"] == "together" else "strongest next"
        told.append((name, times(row["lift"]), f"{short(row['a'])} {_sign(row)} {short(row['b'])}; interval {_span(row)}"))
    for rate in verdict["rates"]:
        if rate["what"] == ("upsell" if verdict["lined"] and verdict["priced"] else "dearer" if verdict["priced"] else "new"):
            name = {"upsell": "customers who bought up", "dearer": "bought a dearer product", "new": "bought another product"}[
                rate["what"]
            ]
            told.append(
                (
                    name,
                    level(rate["value"], "percent"),
                    f"{amount(rate['numerator'])} of {amount(rate['denominator'])}, {per_window(verdict['within'], 'cohort')}",
                )
            )
    return told


def short(name: str, letters: int = LONG) -> str:
    """A name that fits a figure: its end is left out.

    >>> short("WHITE HANGING HEART T-LIGHT HOLDER, LARGE", 20)
    'WHITE HANGING HEART…'
    """
    told = " ".join(name.split())
    return told if len(told) <= letters else told[: letters - 1].rstrip() + "…"


def _sign(row: Verdict) -> str:
    return "→" if row["kind"] == "next" else "+"


def lifts_said(spec: Verdict) -> dict[str, str]:
    """What the plot of lifts shows."""
    rows = spec["rows"]
    if not rows:
        text = "No pair is bought together or next clearly more often than chance would bring, so there is nothing to draw."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    kinds = [
        f"{sum(row['kind'] == kind for row in rows)} {kind}"
        for kind in ("together", "next")
        if any(row["kind"] == kind for row in rows)
    ]
    low, high = min(row["lift"] for row in rows), max(row["lift"] for row in rows)
    span = (
        f"from {times(low)} to {times(high)} what chance would bring"
        if len(rows) > 1
        else f"at {times(high)} what chance would bring"
    )
    text = f"Drawn are the strongest openings, {listed(kinds)}, {span}; every interval lies above 1."
    if any(row["low"] <= 1 for row in rows):
        text = text.replace("; every interval lies above 1", "")
    return {"says": text, "alt": f"Forest plot of lifts on a logarithmic axis. {text}"}


def line_matrix_said(spec: Verdict) -> dict[str, str]:
    """What the matrix of lines shows: its highest shares."""
    cells = [cell for cell in spec["cells"] if cell["share"] is not None]
    if not cells:
        text = "The table names no product lines, or too few people came back, so there is no matrix to draw."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    across = max((cell for cell in cells if cell["from"] != cell["to"]), key=lambda cell: cell["share"], default=None)
    own = max((cell for cell in cells if cell["from"] == cell["to"]), key=lambda cell: cell["share"], default=None)
    parts = []
    if across:
        parts.append(f"the largest share across lines goes from {across['from']} to {across['to']} ({_cell(across)})")
    if own:
        parts.append(f"the largest that buys up stays in {own['from']} ({_cell(own)})")
    hidden = spec["hidden"]
    few = f" {counted(hidden, 'cell')} of fewer than 5 people {agreed(hidden, 'is', 'are')} empty." if hidden else ""
    text = f"Of those who came back, {listed(parts)}.{few} The shares are as they are, without regard to how much people buy."
    return {"says": text, "alt": f"Matrix of product lines, from the line of the first order to a later one. {text}"}


def _cell(cell: Verdict) -> str:
    return f"{level(cell['share'], 'percent')}, {amount(cell['bought'])} of {amount(cell['customers'])}"


def right_of(row: Verdict) -> str:
    """What stands beside a lift: the two shares, and the adjusted p-value."""
    shares = f"{level(row['share'], 'percent')} against {level(row['base'], 'percent')}"
    return f"{times(row['lift'])}  ({shares}; p {p_value(row['p_value'])})"
