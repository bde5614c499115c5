"""A report as a PowerPoint deck: one message a slide, charts that can be edited, notes with method and checks."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import CHARTS, Check, readable
from kpikit.figures.chart import Chart
from kpikit.figures.native import is_empty, native_of
from kpikit.figures.trend_lines import ACROSS
from kpikit.moments import as_moment
from kpikit.report.formats.deck import Deck, fit_picture
from kpikit.report.formats.deck_charts import add_chart
from kpikit.report.formats.deck_numbers import limited
from kpikit.report.formats.deck_text import Line, first_sentence
from kpikit.report.told import SAID, Shown, Told
from kpikit.words.since import since_lines

WORTH, LEARNED, FOUND = "What it was worth", "What was learned", "What was found"
OPENING = ("Situation", FOUND, "What was done")
SMALL, SMALL_ACROSS = "trend_lines", 5  # small charts, and how many of them stand side by side on a slide
LONG = 190  # letters of a sentence that is too long for a title
MOST_NOTED = 40  # rows of a chart's numbers that the notes hold


def write(told: Told, place: Path) -> None:
    """Writes a report as a deck of 16 to 9; the same report gives the same bytes."""
    as_of = as_moment(str(told.series["as_of"]))
    deck = Deck(told.case.get("confidential") or told.title, datetime(as_of.year, as_of.month, as_of.day))
    _open(deck, told)
    _tell(deck, told, OPENING, FOUND)
    said = SAID.get(told.answer["question"], "What the data say")
    _tell(deck, told, (said,), said)
    _table(deck, told)
    for chart in told.charts:
        if not is_empty(chart.kind, chart.spec):
            _chart(deck, told, chart)
    _tell(deck, told, (WORTH, LEARNED), LEARNED)
    _close(deck, told)
    author = str(told.case.get("author") or "kpikit")
    deck.save(
        place, {"title": told.title, "author": author, "last_modified_by": author, "subject": told.headline, "comments": ""}
    )


def _open(deck: Deck, told: Told) -> None:
    """Title, bottom line, and what changed since the last report."""
    client, author = (str(told.case.get(name) or "") for name in ("client", "author"))
    made = [f"For {client}" if client else "", f"By {author}" if author else "", f"As of {told.series['as_of']}", told.part]
    lines = [*filter(None, made), *filter(None, (told.case.get(name, "") for name in ("data_note", "confidential")))]
    deck.cover(told.title, lines, "\n".join([told.headline, *told.under_lead]), told.logo, client)
    tiles = [(tile["name"], tile["value"], tile["remark"]) for tile in told.tiles]
    whole = [f"{name}: {value}, {remark}" for name, value, remark in tiles]
    deck.cards(
        told.headline,
        tiles,
        [Line(text) for text in (*told.under_lead, *_worth(told))],
        _noted("The numbers", whole) + _noted("How it was counted", told.counted) + _checks(told),
    )
    if told.since:
        first, *rest = since_lines(told.since)
        lines = [_pointed(text) for text in rest]
        _message_of(deck, "Since the last report", first, lines, "What changed since the last report.")


def _worth(told: Told) -> list[str]:
    """What it was worth, where it was computed, as part of the bottom line."""
    found = [text for part in told.story if part["title"] == WORTH for text in part["texts"][:1]]
    return found if told.verdict.get("worth") else []


def _message_of(deck: Deck, heading: str, message: str, lines: Sequence[Line], notes: str) -> None:
    """A slide of texts under their message; a message with nothing under it stands under a heading: no slide is a title alone."""
    if lines:
        deck.texts(message, lines, notes)
    else:
        deck.texts(heading, [Line(message)], notes)


def _pointed(text: str) -> Line:
    return Line(text.removeprefix("- "), "point" if text.startswith("- ") else "plain")


def _tell(deck: Deck, told: Told, titles: Sequence[str], lead: str) -> None:
    """Parts of the story on a slide; its title is the first sentence of the leading part, or of the first one there is."""
    above = _worth(told)  # was told with the bottom line
    parts = [
        {**part, "texts": [text for text in part["texts"] if text not in above]} for part in told.story if part["title"] in titles
    ]
    parts = [part for part in parts if part["texts"]]
    if not parts:
        return
    leading = next((part for part in parts if part["title"] == lead), parts[0])
    title, rest = first_sentence(leading["texts"][0])
    lines: list[Line] = []
    for part in parts:
        texts = [*filter(None, [rest]), *part["texts"][1:]] if part is leading else part["texts"]
        lines += [Line(part["title"], "heading")] if texts and len(parts) > 1 else []
        lines += [Line(text, "point" if len(texts) > 1 else "plain") for text in texts]
    notes = [f"{part['title']}: {text}" for part in parts for text in part["texts"]]
    _message_of(deck, leading["title"], title, lines, "\n".join(notes) + _checks(told, open_only=True))


def _table(deck: Deck, told: Told) -> None:
    """The answer's own table."""
    if told.table.empty:
        return
    by = str(told.table.columns[0]).replace("_", " ")
    frame = readable(told.table, told.verdict.get("unit", "number"), "\n")
    notes = _noted("How it was counted", told.counted) + _checks(told, open_only=True)
    deck.table(
        f"By {by}: {told.headline}", frame, f"Table by {by}, {words.counted(len(told.table), 'row')}. {told.headline}", notes
    )


def _chart(deck: Deck, told: Told, chart: Shown) -> None:
    """A chart that can be edited, or where PowerPoint has no such chart its picture; its numbers stand in the notes."""
    native = native_of(chart.kind, chart.spec)
    title, caption = _message(chart, pictured=native is None)
    sure = f"Thin lines at the values: {native.sure}." if native and limited(native) else ""
    slide, box = deck.drawn(title, " ".join(filter(None, (caption, sure))), _chart_notes(told, chart))
    if native:
        add_chart(slide, native, box, chart.alt, deck.made_on)
    else:
        fit_picture(slide, _picture(chart), box, chart.alt)
    deck.captioned(slide)


def _picture(chart: Shown) -> bytes:
    """A chart's picture; small charts side by side are drawn anew, as many in a line as a slide is wide."""
    many = chart.kind == SMALL and len(chart.spec["rows"]) > ACROSS
    return Chart(chart.kind, {**chart.spec, "across": SMALL_ACROSS}, chart.table).png() if many else chart.png


def _message(chart: Shown, *, pictured: bool) -> tuple[str, str]:
    """What a chart's slide is called, and what is said under it; a first sentence that is too long for a title stands under it,
    or in the notes where a picture needs the room.
    """
    first, rest = first_sentence(chart.says)
    if len(first) <= LONG:
        return first, rest
    return str(chart.spec.get("title") or first), rest if pictured else chart.says


def _chart_notes(told: Told, chart: Shown) -> str:
    """What it shows, its alt text, how it is drawn, its numbers, and the checks that stand open."""
    method = str(importlib.import_module(f"kpikit.figures.{chart.kind}").__doc__).strip().splitlines()[0]
    unit = str(chart.spec.get("unit") or told.verdict.get("unit", "number"))
    told_as = [f"{chart.spec.get('title', '')} {chart.says}".strip(), "", f"In words: {chart.alt}", "", f"Method: {method}"]
    return (
        "\n".join(told_as)
        + _noted("The numbers", _rows(readable(chart.table, unit, read=CHARTS)))
        + _checks(told, open_only=True)
    )


def _rows(frame: pd.DataFrame) -> list[str]:
    """A frame of texts as lines."""
    more = [f"and {words.amount(len(frame) - MOST_NOTED)} more rows"] if len(frame) > MOST_NOTED else []
    rows = [" | ".join(map(str, row)) for row in frame.head(MOST_NOTED).to_numpy().tolist()]
    return [" | ".join(map(str, frame.columns)), *rows, *more]


def _close(deck: Deck, told: Told) -> None:
    """What cannot be said, how it was counted, and where the numbers come from."""
    doubts = told.open_checks
    every = words.counted(len(told.checks), "check")
    title = (
        f"{len(doubts)} of {every} {words.agreed(len(doubts), 'limits', 'limit')} what can be said."
        if doubts
        else f"All of {every} passed."
    )
    passed = [f"{check['name']}: {check['sentence']}" for check in told.checks if check["passed"] is True]
    lines = [Line(f"{words.capital(check['name'])} ({_mark(check)}): {check['sentence']}", "point") for check in doubts]
    lines += [] if doubts else [Line(f"{words.capital(words.listed(check['name'] for check in told.checks))}.")]
    deck.texts(title, lines + _not_drawn(told), "What passed:\n" + "\n".join(passed))
    first, *rest = told.counted
    notes = "How it was counted." + _checks(told, open_only=True)
    _message_of(deck, "How it was counted", first, [Line(text, "point") for text in rest], notes)
    _origin(deck, told)


def _not_drawn(told: Told) -> list[Line]:
    """What the charts say that have nothing to draw."""
    said = [chart.says for chart in told.charts if is_empty(chart.kind, chart.spec)]
    return [Line("Nothing to draw", "heading"), *(Line(text, "point") for text in said)] if said else []


def _origin(deck: Deck, told: Told) -> None:
    """Where the numbers come from, in words; what proves it stands in the notes."""
    source = told.series["source"]
    rows = f"{words.amount(source['rows_kept'])} of {words.amount(source['rows_read'])} rows"
    title = f"The numbers come from {source['table']}: {rows}, as of {told.series['as_of']}."
    lines = [f"Kept where {rule['rule']} (removed {words.amount(rule['removed'])})." for rule in source["keep"]]
    lines += [f"Its dates run from {source['first']} to {source['last']}."] if source["first"] else []
    lines += ["The same table gives the same report, to the byte. The notes name every file that it was made from."]
    given = [f"{name} = {value}" for name, value in told.origin.parameters.items() if value not in (None, "", [], {})]
    hashes = [f"{name}: {value}" for name, value in told.origin.hashes]
    notes = _noted("With these parameters", given) + _noted("Made from these files, each with its SHA-256", hashes)
    deck.texts(title, [Line(text, "point") for text in lines], f"Made by the notebook {told.origin.notebook}." + notes)


def _mark(check: Mapping[str, Any]) -> str:
    return Check(check["name"], check["passed"], check["sentence"]).mark


def _checks(told: Told, *, open_only: bool = False) -> str:
    """The checks as lines of notes; a slide that is copied into another deck keeps those that stand open."""
    shown = told.open_checks if open_only else told.checks
    lines = [f"{check['name']} ({_mark(check)}): {check['sentence']}" for check in shown]
    return _noted("Look at before you quote it" if open_only else "Checks", lines)


def _noted(title: str, lines: Sequence[str]) -> str:
    return f"\n\n{title}:\n" + "\n".join(f"- {line}" for line in lines) if lines else ""
