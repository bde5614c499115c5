"""What `segments` says: who upgrades more, what foretells it, where they go, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kpikit.words.changes import Verdict, sure
from kpikit.words.locales import written
from kpikit.words.writing import agreed, amount, between, capital, counted, level, listed, p_value, times

NAMED = 3  # segments that a sentence names


def headline(verdict: Verdict) -> str:
    """The rate of all, and the segment that stands out most."""
    v = verdict
    within = f" within {v['window']}" if v["window"] else ""
    rate = f"{level(v['value'], 'percent')} of {amount(v['customers'])} {v['who']} {v['did']}{within}"
    if not v["found"]:
        return f"{rate}, and no segment clearly stands out from the others."
    first = v["found"][0]
    others = len(v["found"]) - 1
    more = f"; {counted(others, 'further segment')} {agreed(others, 'stands', 'stand')} out" if others else ""
    return f"{rate}; clearly {first['side']} in {_with_rate(first)}{more}."


def rate_sentence(verdict: Verdict) -> str:
    """The rate of all with its interval."""
    span = between(verdict["low"], verdict["high"], "percent", signed=False)
    counts = f"{amount(verdict['upgraded'])} of {amount(verdict['customers'])}"
    since = f" from {verdict['starts']} on" if verdict["starts"] else ""
    return f"Over all it is {level(verdict['value'], 'percent')} ({counts}; {sure(verdict)} {span}){since}."


def found_sentence(verdict: Verdict) -> str:
    """Every segment that stands out, how far and how surely; hypotheses."""
    found, looked = verdict["found"], counted(verdict["looked_at"], "group")
    if not verdict["looked_at"]:
        return "No group could be compared: none holds 5 people and leaves others to compare them with."
    if not found:
        return f"Of {looked} compared with all others, none differs by more than luck alone would show somewhere."
    chance = written(f"{1 - verdict['confidence']:.0%}")
    held = f"{looked} were compared with all others, with a chance of {chance} for any false alarm"
    told = listed(f"{_with_rate(row)} did {row['side']} (adjusted p {p_value(row['p_value'])})" for row in found)
    rest = " Each further one is judged with those before it set aside." if len(found) > 1 else ""
    kind = agreed(len(found), "This is a hypothesis, not a cause", "These are hypotheses, not causes")
    return f"{held}: {told}.{rest} {kind}."


def extreme_sentence(verdict: Verdict) -> str:
    """The small group that raw rates would put on a slide."""
    row = verdict["extreme"]
    if row is None:
        return ""
    counts = f"{level(row['value'], 'percent')} ({amount(row['upgraded'])} of {amount(row['customers'])})"
    return (
        f"Do not read the small groups raw: '{row['segment']}' shows {counts}, which is no finding; "
        f"drawn towards the whole it is {level(row['shrunk'], 'percent')}."
    )


def model_sentence(verdict: Verdict) -> str:
    """What the model is worth on customers that it has not seen, beside the plain rate and the best segment."""
    told = verdict["model"]
    if told is None:
        return f"No model was made: {verdict['why_no_model']}."
    area, did, who = told["auc"], verdict["did"], verdict["who"]
    share = written(f"{area['value']:.0%}")
    pairs = f"it ranks one who {did} over one who did not in {share} of pairs"
    auc, low, high = (written(f"{area[name]:.2f}") for name in ("value", "low", "high"))
    score = f"{pairs} (AUC {auc}, {low} to {high}; chance is {written('0.50')})"
    if not told["trusted"]:
        return f"What was known before does not tell who {did}: on {who} it has not seen, the model is no clear help; {score}."
    beside = (
        f"{'clearly' if told['beats_segment'] else 'not clearly'} better than the segment '{told['cut'].replace('_', ' ')}' alone"
    )
    return f"On {who} it has not seen, the model helps: {score}, {beside}.{_top(verdict)}"


def _top(verdict: Verdict) -> str:
    top = verdict["model"]["top"]
    if top is None:
        return ""
    said = f" Of the {amount(top['customers'])} {verdict['who']} it puts first, {amount(top['upgraded'])} {verdict['did']}"
    return f"{said}; picked blindly, as many would have held about {amount(round(top['by_chance']))}."


def drivers_sentence(verdict: Verdict) -> str:
    """The columns that helped in every fold; hypotheses."""
    told = verdict["model"]
    if told is None:
        return ""
    if not told["trusted"]:
        return "No driver is named: the model does not tell more than the rate of all."
    if not told["drivers"]:
        return "No single column helped in every fold; together they do."
    rows = listed(_driver(row) for row in told["drivers"])
    kind = agreed(len(told["drivers"]), "a hypothesis, not a cause", "hypotheses, not causes")
    return f"What goes with it most, other columns alike: {rows}; {kind}."


def _driver(row: Verdict) -> str:
    ratio = f"{times(row['odds_ratio'])} the odds"
    if row["step"].startswith("is "):
        return f"{row['driver']} ({row['step'].removeprefix('is ')}: {ratio})"
    return f"{row['driver']} ({row['step']}: {ratio})"


def to_sentence(verdict: Verdict) -> str:
    """Where most of them go."""
    most = verdict["to"]
    if most is None:
        return "The table does not say where they went."
    span = between(most["low"], most["high"], "percent", signed=False)
    counts = f"{amount(most['count'])} of {amount(verdict['upgraded'])}; {sure(verdict)} {span}"
    share = f"{level(most['value'], 'percent')} went for {most['name']} ({counts})"
    among = f", the most frequent of {counted(most['goals'], 'goal')}" if most["goals"] > 1 else ""
    return f"Of those who {verdict['did']}, {share}{among}."


def uses_sentence(verdict: Verdict) -> str:
    """The feature that fewest use."""
    least = verdict["uses"]
    if least is None:
        return "The case names no features whose use could be counted."
    span = between(least["low"], least["high"], "percent", signed=False)
    of = f"{amount(least['count'])} of {amount(least['known'])}; {sure(verdict)} {span}"
    among = f"Of {counted(least['features'], 'feature')} looked at, the least used before the window opened is '{least['name']}'"
    return f"{among}: {level(least['value'], 'percent')} of {verdict['who']} ({of})."


def next_sentence(verdict: Verdict) -> str:
    """What to do with all this."""
    told, v = verdict["model"], verdict["who"]
    first = verdict["found"][0] if verdict["found"] else None
    test = f"make an offer to a random half of the {v} in '{first['segment']}' and compare the halves" if first else ""
    if first and first["side"] == "less":
        test = f"ask the {v} in '{first['segment']}' what keeps them"
    ranked = "approach the first of the ranked list, and leave a random part of them out to see what the offer adds"
    if told and told["too_good"]:
        names = listed(f"'{name}'" for name in told["too_good"])
        ranked = f"find out when {names} {agreed(len(told['too_good']), 'was', 'were')} measured before the ranked list is used"
    steps = [step for step in (test, ranked if told and told["trusted"] else "") if step]
    if not steps:
        return "Next: ask customers why, and measure other columns; nothing here tells whom to approach."
    return f"Next: {'; '.join(steps)}."


def list_sentence(verdict: Verdict) -> str:
    """Where the ranked list is, and where it is not."""
    told = verdict["model"]
    if told is None:
        return f"There is no ranked list: {verdict['why_no_model']}."
    if not told["trusted"]:
        return f"There is no ranked list: its order of {verdict['who']} would be no better than chance."
    return f"The ranked list of {verdict['who']} names people and stands in no report: the command kpikit approach writes it."


def _with_rate(row: Verdict) -> str:
    if row["value"] is None:
        return f"'{row['segment']}' (numbers hidden: under 5 people)"
    return f"'{row['segment']}' ({level(row['value'], 'percent')}, {amount(row['upgraded'])} of {amount(row['customers'])})"


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The rate of all, the segment that stands out, what the model adds, where they go; at the most four."""
    v = verdict
    within = f" within {v['window']}" if v["window"] else ""
    counts = f"{amount(v['upgraded'])} of {amount(v['customers'])} {v['did']}{within}"
    found = [(f"all {v['who']}", level(v["value"], "percent"), counts)]
    found += [_found_tile(row) for row in v["found"][:1]]
    if v["model"] is not None:
        found.append(_model_tile(v))
    for row, name, of in ((v["to"], "went for {}", v["upgraded"]), (v["uses"], "{}: least used", (v["uses"] or {}).get("known"))):
        if row is not None:
            found.append((name.format(row["name"]), level(row["value"], "percent"), f"{amount(row['count'])} of {amount(of)}"))
    return found[:4]


def _found_tile(row: Verdict) -> tuple[str, str, str]:
    if row["value"] is None:
        return row["segment"], "hidden", "under 5 people"
    counts = f"{amount(row['upgraded'])} of {amount(row['customers'])}; shrunk {level(row['shrunk'], 'percent')}"
    return row["segment"], level(row["value"], "percent"), counts


def _model_tile(verdict: Verdict) -> tuple[str, str, str]:
    told, top = verdict["model"], verdict["model"]["top"]
    if top is None or not told["trusted"]:
        return "the model's AUC", written(f"{told['auc']['value']:.2f}"), f"1 is perfect, {written('0.5')} is chance"
    counts = f"{amount(top['upgraded'])} of {amount(top['customers'])}; about {amount(round(top['by_chance']))} if picked blindly"
    return "the tenth that the model puts first", level(top["value"], "percent"), counts


def rates_said(spec: Verdict) -> dict[str, str]:
    """Which groups lie highest and lowest, and how many are hidden."""
    rows = [row for row in spec["rows"][1:] if row["rate"] is not None]
    hidden = len(spec["rows"]) - 1 - len(rows)
    if not rows:
        text = "Every group is hidden: each holds under 5 people of either outcome, or would give one away."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    most, least = (pick(rows, key=lambda row: row["shrunk"]) for pick in (max, min))
    whole = level(spec["rows"][0]["rate"], "percent")
    text = f"After shrinkage the groups lie between {_group(least)} and {_group(most)}; all together at {whole}."
    clear = [row["segment"] for row in rows if row["clear"]]
    text += f" {capital(listed(clear[:NAMED]))} {agreed(len(clear), 'stands', 'stand')} out." if clear else " None stands out."
    text += f" {counted(hidden, 'group')} {agreed(hidden, 'is', 'are')} hidden." if hidden else ""
    return {"says": text, "alt": f"Dot plot of {spec['x_label']}, by segment, raw and shrunk. {text}"}


def _group(row: Verdict) -> str:
    return f"{level(row['shrunk'], 'percent')} ({row['segment']})"


def calibration_said(spec: Verdict) -> dict[str, str]:
    """Whether what was foretold came."""
    rows = spec["rows"]
    if not rows:
        text = f"There is no model to look at: {spec['why']}."
        return {"says": text, "alt": f"A chart without marks. {text}"}
    inside = sum(row["rate_low"] <= row["expected"] <= row["rate_high"] for row in rows)
    first, last = rows[0], rows[-1]
    ends = (
        f"In the lowest of {counted(len(rows), 'group')} {level(first['expected'], 'percent')} were foretold and "
        f"{level(first['rate'], 'percent')} came, in the highest {level(last['expected'], 'percent')} and "
        f"{level(last['rate'], 'percent')}"
    )
    text = f"{ends}; the interval holds what was foretold in {inside} of {len(rows)}."
    return {
        "says": text,
        "alt": f"Calibration plot: foretold against seen rates of {spec['who']} that the model has not seen. {text}",
    }


def bars_said(spec: Verdict) -> dict[str, str]:
    """The longest and the shortest bar."""
    rows: Sequence[Verdict] = [row for row in spec["rows"] if row["share"] is not None]
    hidden = len(spec["rows"]) - len(rows)
    if not rows:
        text = "Every bar is hidden: each stands for under 5 people, or would give one away." if spec["rows"] else spec["none"]
        return {"says": text, "alt": f"A chart without marks. {text}"}
    most, least = (pick(rows, key=lambda row: row["share"]) for pick in (max, min))
    text = f"Most: {most['name']} ({level(most['share'], 'percent')})"
    text += f"; least: {least['name']} ({level(least['share'], 'percent')})." if least is not most else "."
    gone = f"{counted(hidden, 'bar')} {agreed(hidden, 'is', 'are')} hidden: under 5 people, or what would give them away."
    text += f" {gone}" if hidden else ""
    return {"says": text, "alt": f"Bar chart: {spec['title']} {text}"}


SENTENCES: list[Callable[[Verdict], str]] = [
    headline, found_sentence, extreme_sentence, model_sentence, drivers_sentence, to_sentence, uses_sentence, next_sentence,
    list_sentence,
]  # fmt: skip
PARTS: dict[str, Callable[[Verdict], str]] = {
    "rate": rate_sentence, "found": found_sentence, "extreme": extreme_sentence, "model": model_sentence,
    "drivers": drivers_sentence,
    "to": to_sentence, "uses": uses_sentence, "next": next_sentence, "list": list_sentence,
}  # fmt: skip
