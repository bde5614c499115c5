"""Makes one report: run the notebook, take what it showed, write the folder aside, move it when it is whole."""

from __future__ import annotations

import base64
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.cases import read_case
from kpikit.errors import KpikitError
from kpikit.report.notebook import Executed, execute, notebook_for
from kpikit.report.placing import written_aside
from kpikit.report.record import Job, Record
from kpikit.report.since import since_last
from kpikit.tables.files import file_hash
from kpikit.tables.places import find_file
from kpikit.tables.postgres import POSTGRES
from kpikit.words.since import since_lines

VERSIONED = ("kpikit", "pandas", "duckdb", "narwhals", "scipy", "matplotlib", "seaborn", "papermill")


def make(job: Job) -> Record:
    """Makes one report in this process, and says how it ended; a user's mistake is a reason, never an exception."""
    start = time.monotonic()
    try:
        with written_aside(job.out / job.name) as aside, _silent_stderr():
            record = _fill(job, aside)
        return replace(record, duration_s=round(time.monotonic() - start, 2))
    except KpikitError as error:
        return Record(job.name, False, str(error))


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Kernels inherit this process's stderr, and print notices of transport and memory there that are no user's matter."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _fill(job: Job, folder: Path) -> Record:
    """Fills a folder with the report of a job."""
    drawing = threading.Thread(target=import_module, args=("kpikit.report.page",))
    drawing.start()  # what draws and writes the page is imported while the kernel works
    case = read_case(job.case, **job.instead)
    notebook = notebook_for(case.question)
    executed = execute(notebook, folder / "notebook.ipynb", {"case": job.case, **job.instead})
    drawing.join()
    from kpikit.report.page import Provenance, report_page

    figures = _write_figures(executed, folder / "figures")
    parameters = {key: value for key, value in executed.first("case").items() if key not in ("type", "id", "log")}
    in_database = case.table.startswith(POSTGRES)
    data_hash = "none: a database was read" if in_database else file_hash(find_file(case.table, case.folder))
    since = since_last(executed, job.out / job.name, folder)
    page = report_page(executed, figures, Provenance(notebook.name, parameters, data_hash, _versions()), since)
    (folder / "index.html").write_text(page, encoding="utf-8")
    _write_values(executed, folder, since)
    pictures = sorted(
        (folder / "figures").glob("*.png"), key=lambda path: (not path.stem.endswith("_run_chart"), len(path.name), path.name)
    )
    return _record(job.name, executed, pictures)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in VERSIONED}}


def _write_figures(executed: Executed, folder: Path) -> list[str]:
    """Every figure: the PNG that the notebook showed, and the same values drawn again as SVG; returns the SVGs, in order."""
    from kpikit.figures.chart import Chart

    folder.mkdir()
    drawn = []
    for number, data in enumerate(executed.charts, start=1):
        chart = Chart.from_payload(data["payload"])
        (folder / f"{number}_{chart.kind}.png").write_bytes(base64.b64decode(data["png"]))
        drawn.append(chart.svg())
        (folder / f"{number}_{chart.kind}.svg").write_text(drawn[-1], encoding="utf-8")
    return drawn


def _write_values(executed: Executed, folder: Path, since: Mapping[str, Any]) -> None:
    """The series (with segments also its total) or else the answer's table as CSV, the answer as JSON, the summary as text."""
    import pandas as pd

    measured, answer, case = executed.measured, executed.first("answer"), executed.first("case")
    tables = {"series": measured.get("table"), "total": measured.get("total")}
    for name, table in (tables if measured.get("table") else {"table": answer["table"]}).items():
        if table:
            frame = pd.DataFrame(table["rows"], columns=table["columns"])
            frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    (folder / "answer.json").write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "summary.txt").write_text(_summary(case, answer, measured, since), encoding="utf-8")


def _summary(case: Mapping[str, Any], answer: Mapping[str, Any], measured: Mapping[str, Any], since: Mapping[str, Any]) -> str:
    """The report in a few lines, to paste into a mail."""
    looks = [f"- {check['name']}: {check['sentence']}" for check in answer["checks"] if check["passed"] is False]
    source = measured["source"]
    dates = f"{source['first']} to {source['last']}, " if source["first"] else ""
    lines = [
        case["title"], "", *answer["sentences"], "",
        *([*since_lines(since), ""] if since else []),
        *(["Look at:", *looks, ""] if looks else []),
        f"Source: {source['table']}, {words.amount(source['rows_kept'])} of {words.amount(source['rows_read'])} rows, "
        f"{dates}as of {measured['as_of']}.",
        *([case["data_note"]] if case.get("data_note") else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _record(name: str, executed: Executed, pictures: Sequence[Path]) -> Record:
    answer, case = executed.first("answer"), executed.first("case")
    verdict = answer["verdict"]
    band = verdict["after"]["band"] if "after" in verdict else verdict.get("band")
    looks = tuple(f"{check['name']}: {check['sentence']}" for check in answer["checks"] if check["passed"] is False)
    picture = f"figures/{pictures[0].name}" if pictures else ""
    direction, note = verdict.get("direction", ""), case.get("data_note", "")
    asked = executed.node.cells[0].source.splitlines()[0].removeprefix("# ")
    return Record(name, True, "", case["title"], answer["headline"], band or "", direction, note, looks, picture, question=asked)
