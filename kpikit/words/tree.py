"""The words of a KPI tree: what a step of each part makes of the whole, what moved it lately, what is only documented."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kpikit.words.changes import Verdict
from kpikit.words.locales import written
from kpikit.words.tree_parts import Row, by, step_told
from kpikit.words.writing import capital, counted, level, listed, relative

FEW = 3  # parts that a sentence names one by one
JUDGED = (
    "Each part's own change is judged by its counts and by how much it changed from review to review before, and adjusted for "
    "how many parts were compared (Benjamini and Hochberg 1995)."
)


def _ranked(verdict: Verdict) -> list[Row]:
    """The leaves below the root by what a step of theirs makes of it, the most first; each once."""
    leaves = {row["key"]: row for row in verdict["nodes"] if row["leaf"] and row["depth"] and row["effect"] is not None}
    return sorted(leaves.values(), key=lambda row: -abs(row["effect"]))


def _root(verdict: Verdict) -> Row:
    row: Row = verdict["nodes"][0]
    return row


def _way(value: float) -> str:
    return "stays" if not value else "rises" if value > 0 else "falls"


def planned_sentence(verdict: Verdict) -> str:
    """The bottom line where the user gave changes of their own: their joint effect."""
    if not (plan := verdict["planned"]):
        return ""
    if not plan["parts"]:
        return f"Nothing changes: every part stays where it is, and {verdict['name']} at {level(plan['to'], verdict['unit'])}."
    unit = verdict["unit"]
    moves = [
        f"{part['name']} {_way(part['change'])} from {level(part['from'], part['unit'])} to {level(part['to'], part['unit'])}"
        for part in plan["parts"]
    ]
    if not plan["change"]:
        return f"If {listed(moves)}, {verdict['name']} stays at {level(plan['to'], unit)}."
    size = f" ({relative(plan['relative'])})" if plan["relative"] is not None else ""
    whole = f"{verdict['name']} {_way(plan['change'])} by {_size(plan['change'], unit)}{size}"
    return f"If {listed(moves)}, {whole}, from {level(plan['from'], unit)} to {level(plan['to'], unit)}."


def split_sentence(verdict: Verdict) -> str:
    """What each of the user's own changes adds to their joint effect."""
    plan = verdict["planned"]
    if not plan or len(plan["parts"]) < 2:
        return ""
    told = [f"{by(part['share'], verdict['unit'])} comes from {part['name']}" for part in plan["parts"]]
    text = f"Of that {listed(told)}: the mean over all orders in which they can change"
    alone = sum(part["alone"] for part in plan["parts"])
    together = by(plan["change"], verdict["unit"])
    apart = by(alone, verdict["unit"])
    return f"{text}. Taken one by one they would add up to {apart}, not {together}." if apart != together else f"{text}."


def steps_sentence(verdict: Verdict) -> str:
    """Which part matters most per step, and the next ones."""
    if not (ranked := _ranked(verdict)):
        return ""
    first, *rest = ranked
    unit, now = verdict["unit"], verdict["value"]
    if not first["effect"]:
        steps = listed((_step_of(row) for row in ranked), "or")
        return f"{capital(steps)} leaves {verdict['name']} at {level(now, unit)}."
    size = f"{_size(first['effect'], unit)} ({relative(first['relative'])})" if now else _size(first["effect"], unit)
    does = "raises" if first["effect"] > 0 else "lowers"
    ends = f"from {level(now, unit)} to {level(now + first['effect'], unit)}"
    text = f"{capital(_step_of(first))} {does} {verdict['name']} by {size}, {ends}"
    if not rest:
        return f"{text}."
    others = [f"{_step_of(row)} makes {by(row['effect'], unit)}" for row in rest[:FEW]]
    return f"{text}, the most of {counted(len(ranked), 'part')} per step; {listed(others)}."


def _size(effect: float, unit: str) -> str:
    return by(abs(effect), unit).removeprefix("+")


def _step_of(row: Row) -> str:
    if row["of_value"]:
        return f"{written('1%')} {'more' if row['step'] > 0 else 'less'} of {row['name']}"
    return f"{step_told(row)} of {row['name']}"


def apart_sentence(verdict: Verdict) -> str:
    """What a ranking by steps cannot say; empty where there is none."""
    if not (ranked := _ranked(verdict)) or not ranked[0]["effect"]:
        return ""
    return (
        "A step of one part and a step of another are not equally dear, and each was taken with all other parts held where they "
        "are, which they are not in life: the ranking says what a step is worth, not which one to take."
    )


def structure_sentence(verdict: Verdict) -> str:
    """What the root is composed of, or that it counts by itself; and what it is a part of."""
    root = _root(verdict)
    below = [row["name"] for row in verdict["nodes"] if row["depth"] == 1]
    made = f"is the {root['combine']} of {listed(below)}" if below else "is counted by itself, not composed of other KPIs"
    nothing = " No values were given, so nothing is computed." if below and verdict["value"] is None else ""
    return f"{verdict['name']} {made}.{nothing} {_part_of(verdict)}"


def _part_of(verdict: Verdict) -> str:
    """What the root's own reading is a part of, and what other readings of its KPI are."""
    readings: dict[str, list[str]] = {}
    for row in verdict["parents"]:
        readings.setdefault("" if row["own"] else row["reading"], []).append(row["name"])
    told = [f"It is a part of {listed(readings.pop(''))}."] if "" in readings else []
    told += [f"Its reading '{reading.replace('_', ' ')}' is a part of {listed(names)}." for reading, names in readings.items()]
    return " ".join(told) or "No other KPI of the catalog is composed of it."


def moved_sentence(verdict: Verdict) -> str:
    """What the whole did between two periods, and which part added the most."""
    since, unit = verdict["moved"], verdict["unit"]
    if not since:
        return ""
    span = f"From {since['before']} to {since['after']} {verdict['name']}"
    if not since["parts"]:
        return f"{span} stayed at {level(since['to'], unit)}, and so did every part."
    went = "stayed" if not since["change"] else "rose" if since["change"] > 0 else "fell"
    ends = f"from {level(since['from'], unit)} to {level(since['to'], unit)} ({by(since['change'], unit)})"
    told = sorted(since["parts"], key=lambda part: -abs(part["share"]))
    most, rest = told[0], [f"{part['name']} {by(part['share'], unit)}" for part in told[1:FEW]]
    if len(_leaves(verdict)) == 1:
        return f"{span} {went} {ends}."
    text = f"{span} {went} {ends}. {most['name']} added the most, {by(most['share'], unit)}"
    return f"{text}; {listed(rest)}." if rest else f"{text}."


def _leaves(verdict: Verdict) -> list[Row]:
    return [row for row in verdict["nodes"] if row["leaf"]]


def sure_sentence(verdict: Verdict) -> str:
    """Whether a part's own change is more than the usual."""
    since = verdict["moved"]
    if not since or not since["compared"]:
        return ""
    clear = [part["name"] for part in since["parts"] if part["clear"]]
    lucky = [part["name"] for part in since["parts"] if not part["clear"] and part["adjusted"] is not None]
    apart = [part["name"] for part in since["parts"] if part["adjusted"] is None]
    many = counted(since["compared"], "part")
    text = f"Of {many} {listed(clear)} clearly moved"
    if not clear:
        none = f"none of {many} clearly moved: what the accounting gives to each"
        one = f"{listed(lucky)} did not clearly move: what the accounting gives to it"
        text = f"By its own counts {one if since['compared'] == len(lucky) == 1 else none} may be luck"
    elif lucky:
        text += f"; what {listed(lucky)} added may be luck"
    return f"{text}. Not judged: {listed(apart)}." if apart else f"{text}."


def not_judged(verdict: Verdict) -> str:
    """Why no part's change was judged."""
    if not verdict["moved"]:
        return f"There is no whole {verdict['grain']} before {verdict['at']} to compare with, so nothing is said of what changed."
    return (
        "Whether a part's change is more than the usual is not judged: too few earlier changes, or not against the review before."
    )


def influences_sentence(verdict: Verdict) -> str:
    """What the root is said to move, and who is said to move it, beside the formulas: documented, not computed."""
    own, told = _root(verdict)["id"], [row for row in verdict["influences"] if not row["computed"]]
    moves = _names(row["to_name"] for row in told if row["from"] == own)
    moved_by = _names(row["from_name"] for row in told if row["to"] == own)
    texts = [f"by its definition it may move {moves}"] if moves else []
    texts += [f"other definitions name as what may move it {moved_by}"] if moved_by else []
    return f"Beside the formulas: {'; '.join(texts)}. That is documented, not computed." if texts else ""


def _names(names: Iterable[str]) -> str:
    """Names, each once, the first few of many."""
    every = list(dict.fromkeys(names))
    most = 2 * FEW
    return listed(every) if len(every) <= most else listed([*every[:most], counted(len(every) - most, "other")])


def documented(verdict: Verdict) -> str:
    """What is said of what moves a KPI of the tree, one sentence of a definition each line."""
    told = [row for row in verdict["influences"] if row["inside"] and not row["computed"]]
    return "\n".join(f"{row['from_name']} on {row['to_name']}: {row['says']}" for row in told) or "No definition names one."


def next_sentence(verdict: Verdict) -> str:
    """What to do with it; empty where no step moves the whole."""
    if not (ranked := _ranked(verdict)) or not ranked[0]["effect"]:
        return ""
    return (
        "What to do next: put beside each step what it would cost and how far the part has moved within a year; begin where "
        f"{verdict['name']} gains most for the effort, which need not be {ranked[0]['name']}; and test it: a formula takes for "
        "granted what only a test shows."
    )


SENTENCES: list[Callable[[Verdict], str]] = [
    planned_sentence, steps_sentence, moved_sentence, split_sentence, sure_sentence, apart_sentence, next_sentence,
    structure_sentence, influences_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "planned": planned_sentence, "split": split_sentence, "steps": steps_sentence, "apart": apart_sentence,
    "moved": moved_sentence, "sure": sure_sentence, "structure": structure_sentence, "influences": influences_sentence,
    "documented": documented, "next": next_sentence,
}  # fmt: skip


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The whole, what is planned, the part that matters most per step, and what moved it lately."""
    unit = verdict["unit"]
    shown = [(verdict["at"] or "by these values", level(verdict["value"], unit), verdict["name"])]
    if plan := verdict["planned"]:
        shown.append(("the planned change", by(plan["change"], unit), f"to {level(plan['to'], unit)}"))
    if (ranked := _ranked(verdict)) and ranked[0]["effect"]:
        shown.append(("most per step", by(ranked[0]["effect"], unit), f"{step_told(ranked[0])} of {ranked[0]['name']}"))
    if (since := verdict["moved"]) and since["parts"]:
        most = max(since["parts"], key=lambda part: abs(part["share"]))
        shown.append(
            (f"since {since['before']}", by(since["change"], unit), f"most of it {most['name']}: {by(most['share'], unit)}")
        )
    return shown
