"""The numbers behind a figure: its whole table, as people read it, folded under what is said of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kpikit.answer import CHARTS, readable, texts_html
from kpikit.report.cells import clean, scrolled

if TYPE_CHECKING:
    from kpikit.report.told import Shown

LONG = 60  # rows up to which a table is printed too; the longer ones would fill pages
SHARES = {"rate", "share"}  # fractions, also in a figure whose rows have no one unit
YES = {True: "yes", False: "no"}
HEADER = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)


def numbers(chart: Shown, unit: str = "number") -> str:
    """The table behind a figure as folded HTML, values in its rows' units, else in the figure's, else in the answer's `unit`."""
    if chart.table.empty:
        return ""
    long = " long" if len(chart.table) > LONG else ""
    name = html.escape(f"the numbers behind “{chart.spec.get('title', 'this figure')}”")
    return f'<details class="behind{long}"><summary>{name}</summary>{scrolled(clean(_table(chart, unit)))}</details>'


def shown_behind(output: Mapping[str, Any], charts: Iterable[Shown]) -> bool:
    """Whether an output is a plain frame of numbers that already stand behind a figure, in whole or in part."""
    shown = str(output.get("data", {}).get("text/html", ""))
    heading, _, _ = shown.partition("</thead>")
    names = [html.unescape(name) for name in HEADER.findall(heading)]
    return 'class="dataframe"' in shown and any(names[1:] == [*map(str, chart.table.columns)] for chart in charts)


def _table(chart: Shown, unit: str) -> str:
    table = _as_read(chart.table)
    drawn = [row for row in chart.spec.get("rows", ()) if isinstance(row, Mapping) and {"name", "unit"} <= set(row)]
    named, one = {row["name"]: row["unit"] for row in drawn}, _unit(chart, unit)
    units = pd.Series([named.get(first, one) for first in table.iloc[:, 0]])
    parts = [readable(rows, own, "\n", CHARTS).set_axis(rows.index) for own, rows in table.groupby(units, sort=False)]
    return texts_html(pd.concat(parts).loc[table.index])


def _unit(chart: Shown, unit: str) -> str:
    return str(chart.spec.get("unit") or ("percent" if SHARES & set(chart.table.columns) else unit))


def _as_read(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose yes and no are words, and whose limits bear the name of a change where no value stands that they are of."""
    told = table.reset_index(drop=True).map(lambda cell: YES[bool(cell)] if isinstance(cell, (bool, np.bool_)) else cell)
    moved = "change" in told and "value" not in told
    return told.rename(columns={"low": "change_low", "high": "change_high"}) if moved else told
