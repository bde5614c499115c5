"""The interactive view: choose KPI, segment, periods and date, and see at once what moved; and what looking around costs."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from kpikit.cases import Case, read_case
from kpikit.errors import KpikitError
from kpikit.explorer.view import STILL, WIDGETS, Explorer

__all__ = ["Explorer", "explore"]


def explore(case: Case | str | Path) -> Explorer:
    """The interactive view of a case, its id or its path; it displays itself in JupyterLab, and answers at once what is chosen.

    The table is read once, and each KPI is measured once for each variant and window; all else is pooled from that. How many
    dates and combinations were looked at is told, and stands in the case that is copied from it, whose `date_chosen` is then
    "after looking". Raises KpikitError where ipywidgets is not installed, CaseError where the table holds no KPI to compare.
    """
    if os.environ.get(WIDGETS) != STILL and find_spec("ipywidgets") is None:
        raise KpikitError("explore: the view is made of ipywidgets, which is not installed; pip install 'kpikit[explore]'")
    return Explorer(case if isinstance(case, Case) else read_case(case))
