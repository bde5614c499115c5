"""What the committed notebooks tell, as a report would be written from it; nothing is run and nothing drawn."""

import base64
from pathlib import Path

import nbformat
import pandas as pd

from kpikit.report.made_from import Inputs
from kpikit.report.notebook import Executed
from kpikit.report.told import Origin, Shown, told_of

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "kpikit" / "questions"
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb") if (QUESTIONS / f"{path.stem}.py").exists())
HASH = "a" * 64
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="330"><rect width="600" height="330" fill="#cde"/></svg>'


def told_by(notebook, logo=None, **case):
    """What a committed notebook tells, with keys of its case replaced; in the place of each figure a plain box of its size."""
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    executed = Executed(path, nbformat.read(path, 4))
    executed.first("case").update(case)
    charts = [_shown(number, data) for number, data in enumerate(executed.charts)]
    said = {"case": "c", "case_sha256": HASH}
    inputs = Inputs(said, {"name": path.name, "sha256": HASH}, {"t.csv": HASH}, {}, HASH, {"pandas": "3"}, "2026-01-15")
    origin = Origin(path.name, dict(executed.first("case")), inputs)
    return told_of(notebook, executed, charts, origin, {}, "", logo)


def _shown(number, data):
    payload = data["payload"]
    table = payload.get("table", {"columns": [], "rows": []})
    frame = pd.DataFrame(table["rows"], columns=table["columns"])
    return Shown(payload["kind"], payload["spec"], frame, base64.b64decode(data["png"]), DRAWING.format(600 + number))
