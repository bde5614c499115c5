"""What a campaign's answer says: every sentence, tile and caption, from its verdict and its figures' values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpikit.words.arms import money, size_of, told
from kpikit.words.locales import written
from kpikit.words.writing import agreed, amount, capital, change, counted, listed, p_value

Verdict = Mapping[str, Any]
OUT = {
    "before": "had upgraded before the index date",
    "open": "have a window that is not over",
    "no date": "have no index date",
    "not known": "have an outcome that is not known",
}

#: what is to be done with an arm, before and after its name
DECISIONS = {
    "roll out": "Roll out ...", "stop": "Stop ...", "go on": "Go on with ...", "stop or test anew": "Stop ... or test it anew",
    "test properly": "Test ... properly", "check first": "Check ... first",
}  # fmt: skip


def _what(verdict: Verdict) -> str:
    """What is measured, as the middle of a sentence."""
    within = f" within {verdict['window']}" if verdict["window"] else ""
    return ("upgrades" if verdict["measure"] == "outcome" else "spending") + within


def bottom_line(verdict: Verdict) -> str:
    """Whether it worked: which arms, and by how much."""
    arms, targeted = verdict["arms"], verdict["design"] == "targeted"
    if verdict["ratio"]["holds"] is False:
        return "It cannot be told: the arms are not as large as planned, so something other than the lot sorted the customers."
    won = [arm for arm in arms if arm["clear"] and arm["difference"]["value"] > 0]
    lost = [arm for arm in arms if arm["clear"] and arm["difference"]["value"] < 0]
    rest = [arm for arm in arms if not arm["clear"]]
    if targeted:
        return _chosen_line(verdict, won, lost)
    parts = [_moved(arm, verdict, "raised") for arm in won] + [_moved(arm, verdict, "lowered") for arm in lost]
    parts += [f"{_quoted(rest)} {agreed(len(rest), 'shows', 'show')} no clear effect ({_sizes(rest, verdict)})"] if rest else []
    start = "Yes" if won else "No, it did harm" if lost else "Not as far as can be told"
    count = f", {len(won)} of {len(arms)} arms worked" if won and len(arms) > 1 else ""
    return f"{start}{count}: {'; '.join(parts)}."


def _moved(arm: Verdict, verdict: Verdict, verb: str) -> str:
    levels = f"from {told(verdict['control']['value'], verdict)} to {told(arm['value'], verdict)}"
    return f"'{arm['name']}' {verb} {_what(verdict)} {levels} ({size_of(arm['difference'], verdict)})"


def _quoted(arms: Sequence[Verdict]) -> str:
    return listed(f"'{arm['name']}'" for arm in arms)


def _sizes(arms: Sequence[Verdict], verdict: Verdict) -> str:
    return "; ".join(size_of(arm["difference"], verdict) for arm in arms)


def _chosen_line(verdict: Verdict, won: Sequence[Verdict], lost: Sequence[Verdict]) -> str:
    """Of chosen targets: what is left of the plain difference once what was before is taken out."""
    arm = (won or lost or verdict["arms"])[0]
    apart = arm["parallel"] is not None and arm["parallel"]["holds"] is False
    start = "It cannot be told" if apart else "Perhaps" if won else "Rather not" if lost else "Not as far as can be told"
    plain = _gap(arm["as_it_stands"], verdict)
    return (
        f"{start}: '{arm['name']}' shows {_what(verdict)} {plain} than '{verdict['control']['name']}', but who was sent it "
        "was chosen; "
        f"{_method(arm['method'])}, {size_of(arm['difference'], verdict)} is left."
    )


def _gap(difference: Verdict, verdict: Verdict) -> str:
    value = difference["value"]
    size = change(abs(value), "percent").lstrip("+") if verdict["unit"] == "percent" else money(abs(value), verdict["currency"])
    return f"{size} {'higher' if value >= 0 else 'lower'}"


def _method(method: str) -> str:
    return {
        "matched": "beside customers who were alike before",
        "difference in differences": "with what they did before taken off on both sides",
    }.get(method, method)


def grade_sentence(verdict: Verdict) -> str:
    """How good the evidence is, and why."""
    best = next(arm for arm in verdict["arms"] if arm["grade"]["grade"] == verdict["grade"])
    why = "; ".join(best["grade"]["because"])
    if verdict["grade"] == "none":
        own = "No arm shows a clear effect" if len(verdict["arms"]) > 1 else "The effect is not clear"
        return f"Evidence: none. {own}; {_at_most(best)}."
    return f"Evidence: {verdict['grade']}. {capital(why)}."


def _at_most(arm: Verdict) -> str:
    return f"by this design it could be {arm['grade']['cap']} at the most"


def decision_sentence(verdict: Verdict) -> str:
    """What to do with each arm."""
    order = sorted(verdict["arms"], key=lambda arm: not arm["clear"])
    return " ".join(_decision(arm, verdict) for arm in order)


def _decision(arm: Verdict, verdict: Verdict) -> str:
    what, why = arm["decision"]["what"], arm["decision"]["why"]
    texts = {
        "pays": "it works, and each contact brings more than it costs",
        "works": "it works",
        "harm": "it makes things worse",
        "costs more": "it works, but a contact costs more than it brings",
        "money": "it works, but whether it pays cannot be told yet",
        "no room": f"a rise of {_wanted(arm, verdict)} is ruled out",
        "ratio": "why are the arms not as large as planned?",
        "no noise": "nothing varies, so no interval can be given",
        "weak": "the design leaves too much open",
        "chosen": "send it to a part of the next targets drawn by lot, and hold the others back",
        "unclear": "no effect is clear; draw who is sent it by lot next time",
        "out of reach": f"to see a rise of {_wanted(arm, verdict)} it would need {_needed(arm)} customers in the arm, "
        f"and {amount(arm['assigned'])} were assigned",
        "too early": f"to see a rise of {_wanted(arm, verdict)} it needs {_needed(arm)} customers in the arm, "
        f"{amount(max((arm['needed'] or 0) - arm['customers'], 0))} more than are counted now",
    }  # fmt: skip
    verb, _, after = DECISIONS[what].partition("...")
    return f"{verb}'{arm['name']}'{after}: {texts[why]}."


def _wanted(arm: Verdict, verdict: Verdict) -> str:
    size = change(arm["wanted"], "percent") if verdict["unit"] == "percent" else money(arm["wanted"], verdict["currency"])
    return f"{size} ({'what a contact costs' if arm['wanted_from'] == 'cost' else 'a tenth of the level without it'})"


def _needed(arm: Verdict) -> str:
    return amount(float(f"{arm['needed']:.3g}")) if arm["needed"] else "more"


def worth_sentence(verdict: Verdict) -> str:
    """Revenue that a contact brings against what it costs."""
    rows = [(arm, arm["money"]) for arm in verdict["arms"] if arm["money"]]
    if not rows:
        return "What a contact brings is not known: the table holds no amounts, and the case does not say what an upgrade brings."
    return " ".join(_worth(arm, own, verdict) for arm, own in rows)


def _worth(arm: Verdict, own: Verdict, verdict: Verdict) -> str:
    currency, sure = verdict["currency"], "" if verdict["design"] != "targeted" else ", if nothing else sets the two apart"
    ends = " to ".join(money(own[end], "", signed=True) for end in ("low", "high"))
    text = (
        f"A contact of '{arm['name']}' brings {money(own['value'], currency, signed=True)} (interval {ends}) more than none{sure}"
    )
    if own["cost"] is None:
        return f"{text}; what it costs is not given."
    said = {True: "it pays", False: "it does not pay", None: "whether it pays cannot be told"}[own["pays"]]
    return f"{text} and costs {money(own['cost'], currency)}: {said}."


def looks_sentence(verdict: Verdict) -> str:
    """Which look this is, and what that does to the intervals."""
    planned, look = verdict["looks"]["planned"], verdict["looks"]["look"]
    if planned is None:
        return "No number of looks was planned, so the intervals are wider and hold however often somebody looks."
    if planned == 1:
        return "This is look 1 of 1: the data were looked at once, as planned."
    return (
        f"This is look {look} of {planned}; the intervals are as wide as the early looks demand, so that without an effect all "
        "looks together find one at most 5 times in 100."
    )


def who_sentence(verdict: Verdict) -> str:
    """Who is counted, by what they were assigned to, and who is left out."""
    total = sum(verdict["left_out"].values())
    text = (
        f"Assigned were {amount(verdict['assigned'])} customers, and each counts for the arm it was assigned to, whether or not "
        "it opened anything"
    )
    if not total:
        return f"{text}; nobody is left out."
    out = listed(f"{amount(count)} {agreed(count, *_singular(OUT[status]))}" for status, count in verdict["left_out"].items())
    late = f" The last window ends on {verdict['last_end']}." if verdict["last_end"] else ""
    return f"{text}. Left out are {amount(total)}: {out}.{late}"


def _singular(text: str) -> tuple[str, str]:
    return text.replace("have ", "has ", 1), text


def dates_sentence(verdict: Verdict) -> str:
    """From which day on the controls are followed."""
    if not verdict["matched_dates"]:
        return ""
    many = counted(verdict["matched_dates"], "control")
    were = agreed(verdict["matched_dates"], "was", "were")
    return f"{many} {were} sent nothing and so had no date; each is followed from the date of a contact of the same segments."


def chosen_sentence(verdict: Verdict) -> str:
    """How the targets were chosen."""
    if verdict["design"] != "targeted":
        return "Who was sent what was drawn by lot."
    arm = verdict["arms"][0]
    ratio = written(f"{arm['e_value']:.1f}") if arm["e_value"] else ""
    unseen = f" An unseen difference that goes with both at a risk ratio of {ratio} would explain it away (E-value)."
    bias = unseen if ratio else ""
    return f"Who was sent it was not drawn by lot: {verdict['chosen_by']}.{_others(arm, verdict)}{bias}"


def _others(arm: Verdict, verdict: Verdict) -> str:
    """What the methods say that do not lead."""
    told = [f"{_method(one['method'])}, {size_of(one, verdict)}" for one in arm["estimates"][1:-1]]
    each = " Each method rests on an assumption that the data cannot prove." if told else ""
    return f" Another way, {'; '.join(told)}.{each}" if told else ""


def segments_sentence(verdict: Verdict) -> str:
    """Whether the effect differs between segments."""
    tests = verdict["segments"]["tests"]
    if not tests:
        return "The case names no segments, so whether it works better for some was not looked at."
    differ = [test for test in tests if test["differs"]]
    looked = f"{counted(len(tests), 'pair')} of arm and segment {agreed(len(tests), 'was', 'were')} looked at"
    if not differ:
        clear = f"clear is p under {written('0.01')}"
        none = f"nowhere does the effect clearly differ between the levels (Holm over all; {clear})"
        return f"{capital(looked)}: {none}."
    named = listed(
        f"'{test['arm']}' by {test['segment']} (adjusted p {p_value(test['p_value'])}; most for {_most(test)})" for test in differ
    )
    return f"{capital(looked)}: the effect differs for {named}."


def _most(test: Verdict) -> str:
    return str(max(test["levels"], key=lambda row: row["difference"])["level"])


SENTENCES: list[Callable[[Verdict], str]] = [
    bottom_line, grade_sentence, decision_sentence, worth_sentence, chosen_sentence, who_sentence, dates_sentence, looks_sentence,
    segments_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "grade": grade_sentence, "decision": decision_sentence, "worth": worth_sentence, "chosen": chosen_sentence,
    "who": lambda verdict: " ".join(filter(None, [who_sentence(verdict), dates_sentence(verdict)])), "looks": looks_sentence,
    "segments": segments_sentence,
}  # fmt: skip


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The few numbers that are read first."""
    control = verdict["control"]
    of = (
        f"{amount(control['count'])} of {amount(control['customers'])}"
        if control["count"] is not None
        else f"on average, {amount(control['customers'])} customers"
    )
    shown = [(control["name"], told(control["value"], verdict), of)]
    best = max(verdict["arms"], key=lambda arm: (arm["clear"], arm["difference"]["value"]))
    size, _, span = size_of(best["difference"], verdict).partition(", ")
    shown.append((f"{best['name']}, against it", size, span or "no interval"))
    if best["money"] and verdict["measure"] == "outcome":
        cost = best["money"]["cost"]
        remark = f"{best['name']}; costs {money(cost, verdict['currency'])}" if cost is not None else best["name"]
        shown.append(("a contact brings", money(best["money"]["value"], verdict["currency"], signed=True), remark))
    shown.append(
        ("evidence", verdict["grade"], "drawn by lot" if verdict["design"] != "targeted" else "chosen, not drawn by lot")
    )
    return shown
