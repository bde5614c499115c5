"""The workbook of a report: counts as numbers, rates as live formulas, native charts, checks and provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image
from xlsxwriter import Workbook

from kpikit import words
from kpikit.answer import Check
from kpikit.report.formats.cells import clean
from kpikit.report.formats.chart_sheets import chart_sheet
from kpikit.report.formats.measured import answer_sheet, series_sheets
from kpikit.report.formats.sheets import Book, Placed, Sheet, Table, unique_names
from kpikit.report.told import TOLD_ELSEWHERE, Told
from kpikit.words.since import since_lines

#: nothing that the data hold becomes a formula, a link or a number
OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}  # fmt: skip
LANGUAGE = "en-US"
SUMMARY_WIDE, CHECKS_WIDE, ORIGIN_WIDE = (26, 22, 76), (28, 14, 90), (34, 110)
LOGO_HIGH = 48  # pixels
TILE_HIGH = 1.4  # lines: its value is written larger
CHECKED, WARM = ("check", "outcome", "what was seen"), "#fbe9d9"


def write(told: Told, place: Path) -> None:
    """Writes a report as an Excel workbook: a summary, the series, the answer, a sheet a chart, the checks, the provenance."""
    with Workbook(place, OPTIONS) as file:
        file.set_properties(_properties(told))
        file.set_custom_property("Language", LANGUAGE)
        file.set_calc_mode("auto")
        book = Book(file, told.title, told.case.get("confidential", ""))
        names = _names(told)
        _summary(book, told, names)
        answer_sheet(book, told, names["answer"])
        if told.series.get("table"):
            series_sheets(book, told, names["series"], names.get("total", ""))
        for number, shown in enumerate(told.charts, start=1):
            chart_sheet(book, told, shown, names[f"chart {number}"], f"Chart_{number}")
        _checks(book, told, names["checks"])
        _provenance(book, told, names["provenance"])


def _properties(told: Told) -> dict[str, Any]:
    case = told.case
    return {
        "title": clean(told.title), "author": clean(case.get("author", "")), "company": clean(case.get("client", "")),
        "subject": clean(told.verdict["name"]), "created": datetime.combine(_as_of(told), datetime.min.time()),
        "comments": clean(told.headline),
    }  # fmt: skip


def _as_of(told: Told) -> date:
    return date.fromisoformat(str(told.series["as_of"])[:10])


def _names(told: Told) -> dict[str, str]:
    """The names of the sheets, by what stands on them."""
    wanted = {"summary": "Summary", "answer": "Answer"}
    wanted |= {"series": "Series"} if told.series.get("table") else {}
    wanted |= {"total": "Series, all segments"} if told.series.get("total") else {}
    wanted |= {f"chart {number}": f"{number} {shown.kind.replace('_', ' ')}" for number, shown in enumerate(told.charts, start=1)}
    wanted |= {"checks": "Checks", "provenance": "Provenance"}
    return dict(zip(wanted, unique_names(list(wanted.values())), strict=True))


def _summary(book: Book, told: Told, names: Mapping[str, str]) -> None:
    """What is read first: whose it is, the bottom line, its few numbers, the story, how it was counted, where all else stands."""
    sheet = book.sheet(names["summary"], SUMMARY_WIDE)
    sheet.page.hide_gridlines(2)
    sheet.page.set_portrait()
    if told.logo:
        _logo(sheet, told.logo)
    sheet.head(told.title, _byline(told), told.part and f"Only {told.part}.", told.case.get("data_note", ""))
    for look, text in (("lead", told.headline), *(("text", text) for text in told.under_lead)):
        sheet.across(text, look)
    sheet.row += 1
    for tile in told.tiles:
        sheet.high(sheet.row, TILE_HIGH)
        sheet.texts([tile["name"], tile["value"], tile["remark"]], ["note", "number", "text"])
    since = since_lines(told.since) if told.since else []
    parts = [(part["title"], part["texts"]) for part in told.story]
    for title, texts in (("Since the last report", since), *parts, ("How it was counted", told.counted)):
        _section(sheet, title, texts)
    _contents(sheet, told, names)


def _byline(told: Told) -> str:
    case, as_of = told.case, f"as of {told.series['as_of']}"
    by = [case.get("client", ""), case.get("author", ""), as_of, f"owner: {case['owner']}" if case.get("owner") else ""]
    return " · ".join(filter(None, [*by, case.get("confidential", "")]))


def _logo(sheet: Sheet, logo: Path) -> None:
    high = Image.open(logo).size[1]
    options = {"x_scale": LOGO_HIGH / high, "y_scale": LOGO_HIGH / high, "description": "Logo"}
    sheet.page.insert_image(0, 0, str(logo), options)
    sheet.page.set_row(0, LOGO_HIGH)
    sheet.row = 1


def _section(sheet: Sheet, title: str, texts: list[str]) -> None:
    if not texts:
        return
    sheet.row += 1
    for column in range(len(sheet.widths)):
        sheet.put(column, title if not column else None, "section")
    sheet.row += 1
    for text in texts:
        sheet.across(text, "text")


def _contents(sheet: Sheet, told: Told, names: Mapping[str, str]) -> None:
    """The other sheets, each with a link to it, the charts with their titles."""
    _section(sheet, "In this workbook", ["Differences are computed before rounding."])
    titles = {f"chart {number}": str(shown.spec["title"]) for number, shown in enumerate(told.charts, start=1)}
    for what, name in list(names.items())[1:]:
        sheet.page.write_url(sheet.row, 0, f"internal:'{name}'!A1", sheet.book.look("link"), name)
        sheet.put(1, titles.get(what))
        sheet.row += 1


def _checks(book: Book, told: Told, name: str) -> None:
    """Every check: its name, its outcome as a word, and what was seen."""
    sheet = book.sheet(name, CHECKS_WIDE)
    sheet.head("Checks", "What was looked at: passed, to look at, or not to be checked with these data.")
    marks = [Check(check["name"], check["passed"], check["sentence"]) for check in told.checks]
    placed = _listed(sheet, CHECKED, [(check.name, check.mark, check.sentence) for check in marks], "Checks")
    look = {"type": "cell", "criteria": "==", "value": '"look"', "format": book.file.add_format({"bold": True, "bg_color": WARM})}
    sheet.page.conditional_format(f"B{placed.first}:B{placed.last}", look)


def _listed(sheet: Sheet, heads: Sequence[str], rows: Sequence[Sequence[str]], called: str) -> Placed:
    """Texts under a header that stays in view."""
    sheet.freeze(sheet.row + 1)
    return sheet.table(Table(pd.DataFrame(rows, columns=[*heads]), [""] * len(rows), ""), called)


def _provenance(book: Book, told: Told, name: str) -> None:
    """Where the numbers come from: the table, its rows and rules, the parameters, the hashes, the versions."""
    sheet = book.sheet(name, ORIGIN_WIDE)
    sheet.head("Where the numbers come from", "The same table, parameters and versions give the same report, to the byte.")
    _listed(sheet, ("what", "value"), list(_origin(told)), "Provenance")


def _origin(told: Told) -> Iterator[tuple[str, str]]:
    source, origin = told.series["source"], told.origin
    yield "table", f"{source['table']} ({source['kind']})"
    yield "rows", f"{words.amount(source['rows_kept'])} of {words.amount(source['rows_read'])} were kept"
    yield from (("kept where", f"{rule['rule']} (removed {words.amount(rule['removed'])})") for rule in source["keep"])
    if source["first"]:
        yield "dates", f"{source['first']} to {source['last']}"
    yield "as of", str(told.series["as_of"])
    yield "notebook", origin.notebook
    asked = {key: value for key, value in origin.parameters.items() if key not in TOLD_ELSEWHERE}
    for key, value in {**asked, **origin.parameters.get("asks", {})}.items():
        yield f"parameter {key}", _plain(value)
    yield from ((f"SHA-256 of {what}", value) for what, value in origin.hashes)
    yield from ((f"version of {what}", value) for what, value in origin.inputs.versions.items())


def _plain(value: Any) -> str:
    """A parameter in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_plain(item)}" for key, item in value.items())
    return words.listed(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)
