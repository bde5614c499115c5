"""Makes one report: run the notebook, take what it showed, write the folder aside, move it when it is whole."""

from __future__ import annotations

import base64
import json
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.cases import read_case
from kpikit.errors import KpikitError, ReportError
from kpikit.report.engine import Tell, kernel_used
from kpikit.report.formats import OF_PAGES, print_page, write_format
from kpikit.report.formula_free import write_csv
from kpikit.report.logo import logo_of
from kpikit.report.made_from import inputs_of, locale_of
from kpikit.report.notebook import Executed, execute, notebook_for
from kpikit.report.overwritten import overwritten
from kpikit.report.page import report_page
from kpikit.report.placing import written_aside
from kpikit.report.plain import plain_page, plain_record, write_figures
from kpikit.report.provenance import FILE, OVERVIEW, counts_hash, write_provenance
from kpikit.report.reading import read_notebook
from kpikit.report.record import Job, Record
from kpikit.report.redaction import Secrets, require_long
from kpikit.report.since import PREVIOUS, since_last
from kpikit.report.templating import seen
from kpikit.report.thumbnail import thumbnail
from kpikit.report.told import Origin, Shown, told_of
from kpikit.words.since import since_lines

NOTEBOOK = "notebook.ipynb"
OWN = (FILE, NOTEBOOK, PREVIOUS, OVERVIEW)  # by which a folder is known to be a report's


def make(job: Job, tell: Tell = lambda _: None) -> Record:
    """Makes one report in this process, and says how it ended; a user's mistake is a reason, never an exception."""
    start, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    try:
        _refuse_strange(job.out / job.name)
        with written_aside(job.out / job.name) as aside, words.numbers_in(locale_of(job)):
            record = (_fill_plain if job.plain else _fill)(job, aside, tell)
    except KpikitError as error:
        record = Record(job.name, False, Secrets(job.secrets).redact(str(error)))
    return replace(
        record, duration_s=round(time.monotonic() - start, 2), started=started, machine=platform.node(), of=job.of,
        part=job.part, kernel=kernel_used(),
    )  # fmt: skip


def _refuse_strange(place: Path) -> None:
    """Refuses to put a report in the place of a folder that no report made."""
    if place.exists() and not (place.is_dir() and (not any(place.iterdir()) or any((place / name).exists() for name in OWN))):
        raise ReportError(f"{place}: something else stands there, and a report would replace it; give another folder with --out")


def _fill(job: Job, folder: Path, tell: Tell) -> Record:
    """Fills a folder with the report of a case."""
    inputs = inputs_of(job)
    case = read_case(job.case, **job.instead)
    logo = logo_of(case)
    hidden = Secrets((*job.secrets, *([case.connection] if case.connection else [])))
    notebook = notebook_for(case.question)
    asked = {key: value for key, value in job.instead.items() if key != "locale"}  # how numbers are written is no question
    try:
        executed = execute(notebook, folder / NOTEBOOK, {"case": job.case, **asked}, job.limits, hidden, tell)
    except ReportError as error:
        raise ReportError(hidden.redact(str(error))) from error
    charts = _write_figures(executed, folder / "figures")
    since = since_last(executed, job.out / job.name, folder)
    _write_values(executed, folder, since)
    parameters = {key: value for key, value in executed.first("case").items() if key not in ("type", "id", "log")}
    origin = Origin(notebook.name, parameters, inputs, counts_hash(folder))
    told = told_of(job.name, executed, charts, origin, since, job.of, logo)
    (folder / "index.html").write_text(report_page(told), encoding="utf-8")
    for ending in job.to:
        write_format(ending, told, folder / f"{job.name}.{ending}")
    write_provenance(folder, inputs, executed.measured["source"], job.limits)
    return _record(job.name, executed, folder)


def _fill_plain(job: Job, folder: Path, tell: Tell) -> Record:
    """Fills a folder with the report of a notebook that asks no case."""
    require_long(job.secrets)
    if strange := [ending for ending in job.to if ending not in OF_PAGES]:
        raise ReportError(
            f"{job.name}: a notebook of your own is made as html and {words.listed(OF_PAGES)}, not as {words.listed(strange)}: "
            "decks and workbooks are written from the answer to a case"
        )
    inputs, path = inputs_of(job), Path(job.case)
    warnings = overwritten(read_notebook(path))
    executed = execute(path, folder / NOTEBOOK, job.instead, job.limits, Secrets(job.secrets), tell)
    pictures = write_figures(executed, folder / "figures")
    page = plain_page(executed, Origin(path.name, inputs.parameters["instead"], inputs), warnings)
    (folder / "index.html").write_text(page, encoding="utf-8")
    if job.to:
        print_page(page, folder / f"{job.name}.pdf")
    write_provenance(folder, inputs, {}, job.limits)
    return replace(plain_record(executed, job.name, path.name, warnings), thumbnail=thumbnail(pictures[0]) if pictures else "")


def _write_figures(executed: Executed, folder: Path) -> list[Shown]:
    """Every figure: the PNG that the notebook showed, and the same values drawn again as SVG; returns the charts, in order."""
    from kpikit.figures.chart import Chart

    folder.mkdir()
    drawn = []
    for number, data in enumerate(executed.charts, start=1):
        chart = Chart.from_payload(data["payload"])
        shown = Shown(chart.kind, chart.spec, chart.table, base64.b64decode(data["png"]), chart.svg())
        (folder / f"{number}_{chart.kind}.png").write_bytes(shown.png)
        (folder / f"{number}_{chart.kind}.svg").write_text(shown.svg, encoding="utf-8")
        drawn.append(shown)
    return drawn


def _write_values(executed: Executed, folder: Path, since: Mapping[str, Any]) -> None:
    """The series (with segments also its total) or else the answer's table as CSV, the answer as JSON, the summary as text."""
    import pandas as pd

    measured, answer, case = executed.measured, executed.first("answer"), executed.first("case")
    tables = {"series": measured.get("table"), "total": measured.get("total")}
    for name, table in (tables if measured.get("table") else {"table": answer["table"]}).items():
        if table:
            write_csv(pd.DataFrame(table["rows"], columns=table["columns"], dtype=object), folder / f"{name}.csv")
    (folder / "answer.json").write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "summary.txt").write_text(seen(_summary(case, answer, measured, since)), encoding="utf-8")


def _summary(case: Mapping[str, Any], answer: Mapping[str, Any], measured: Mapping[str, Any], since: Mapping[str, Any]) -> str:
    """The report in a few lines, to paste into a mail."""
    looks = [f"- {check['name']}: {check['sentence']}" for check in answer["checks"] if check["passed"] is False]
    source = measured["source"]
    dates = f"{source['first']} to {source['last']}, " if source["first"] else ""
    lines = [
        *filter(None, [case.get("confidential")]), case["title"], "", *answer["sentences"], "",
        *([*since_lines(since), ""] if since else []),
        *(["Look at:", *looks, ""] if looks else []),
        f"Source: {source['table']}, {words.amount(source['rows_kept'])} of {words.amount(source['rows_read'])} rows, "
        f"{dates}as of {measured['as_of']}.",
        *([case["data_note"]] if case.get("data_note") else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _record(name: str, executed: Executed, folder: Path) -> Record:
    answer, case = executed.first("answer"), executed.first("case")
    verdict, pictures = answer["verdict"], sorted((folder / "figures").glob("*.png"), key=_leading)
    band = words.side_band(verdict["after"]) if "after" in verdict else verdict.get("band")
    looks = tuple(f"{check['name']}: {check['sentence']}" for check in answer["checks"] if check["passed"] is False)
    asked = executed.node.cells[0].source.splitlines()[0].removeprefix("# ")
    return Record(
        name, True, "", case["title"], answer["headline"], band or "", verdict.get("direction", ""), case.get("data_note", ""),
        looks, f"figures/{pictures[0].name}" if pictures else "", question=asked,
        thumbnail=thumbnail(pictures[0]) if pictures else "", confidential=str(case.get("confidential", "")),
    )  # fmt: skip


def _leading(picture: Path) -> tuple[bool, int, str]:
    """The place of a picture among those that may stand for the report: the run chart, else the first."""
    return not picture.stem.endswith("_run_chart"), int(picture.stem.partition("_")[0]), picture.name
