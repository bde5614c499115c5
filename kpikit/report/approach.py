"""write_list: the customers to approach, as a file of the user's own, apart from anything that is sent."""

from __future__ import annotations

import os
from pathlib import Path

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring import table_of
from kpikit.measuring.customers import measure_customers
from kpikit.questions.segmenting.approach import customers_to_approach
from kpikit.report.formula_free import write_csv
from kpikit.report.record import FOLDER
from kpikit.report.runner import reports_folder

ASKED = "segments"
OWN_EYES = 0o600


def write_list(case_name: str, to: Path) -> int:
    """Writes the ranked list of a case's customers as CSV that its owner alone can read; returns how many are on it.

    Raises CaseError where the case asks another question, the file is there already, or would lie among reports.
    """
    case = read_case(case_name)
    if case.question != ASKED:
        raise CaseError(
            f"{case.id}: it asks '{case.question}'; a list of customers is made of a case with question = \"{ASKED}\""
        )
    _refuse_place(to)
    customers = measure_customers(table_of(case), as_of=case.as_of, window=case.window, **case.measured)
    rows = customers_to_approach(customers, seed=case.asked.get("seed", 1))
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_EYES), "w", encoding="utf-8", newline="") as file:
        write_csv(rows, file)
    return len(rows)


def _refuse_place(to: Path) -> None:
    """The list names people: it stands in no folder that is sent, and over no other file."""
    place = to.resolve()
    for folder in place.parents:
        if folder == reports_folder().resolve() or (folder / FOLDER).is_dir():
            raise CaseError(f"{to}: it lies among the reports, which are sent; the list names people: write it elsewhere")
    if place.exists():
        raise CaseError(f"{to}: it is there already; nothing is written over, name another file")
