"""The numbers behind a figure: its whole table, as people read it, folded under what is said of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kpikit import words
from kpikit.answer import readable_html
from kpikit.report.cells import clean, scrolled

if TYPE_CHECKING:
    from kpikit.report.told import Shown

LONG = 60  # rows up to which a table is printed too; the longer ones would fill pages
SHARES = {"rate", "share"}  # fractions, also in a figure whose rows have no one unit
HEADER = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)


def numbers(chart: Shown) -> str:
    """The table behind a figure as folded HTML, values in the figure's unit; where its rows differ in theirs, bare."""
    if chart.table.empty:
        return ""
    long = " long" if len(chart.table) > LONG else ""
    name = html.escape(f"the numbers behind “{chart.spec.get('title', 'this figure')}”")
    return f'<details class="behind{long}"><summary>{name}</summary>{scrolled(clean(_table(chart)))}</details>'


def shown_behind(output: Mapping[str, Any], charts: Iterable[Shown]) -> bool:
    """Whether an output is a plain frame of numbers that already stand behind a figure, in whole or in part."""
    shown = str(output.get("data", {}).get("text/html", ""))
    heading, _, _ = shown.partition("</thead>")
    names = [html.unescape(name) for name in HEADER.findall(heading)]
    return 'class="dataframe"' in shown and any(names[1:] == [*map(str, chart.table.columns)] for chart in charts)


def _table(chart: Shown) -> str:
    unit = chart.spec.get("unit") or ("percent" if SHARES & set(chart.table.columns) else "")
    if unit:
        return readable_html(chart.table, unit)
    return str(chart.table.to_html(index=False, border=0, classes="kpikit", na_rep="", float_format=words.amount))
