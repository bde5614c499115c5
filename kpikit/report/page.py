"""One HTML page a report: offline, no script, the verdict first, the story, the notebook after it, where it came from last."""

from __future__ import annotations

from urllib.parse import quote

from kpikit.report.logo import address_of
from kpikit.report.templating import environment, printed_style
from kpikit.report.told import TOLD_ELSEWHERE, Told


def report_page(told: Told) -> str:
    """The whole page as HTML text; printed, it is the PDF."""
    template = environment().get_template("report.html.j2")
    sheet = printed_style(told.title, str(told.case.get("confidential", "")), "report.css")
    logo = address_of(told.logo) if told.logo else ""
    return template.render(
        told=told, sections=told.sections, style=sheet, of=quote(told.of), logo=logo, told_elsewhere=TOLD_ELSEWHERE
    )
