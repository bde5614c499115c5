"""Grid: a case with `for_each` is as many reports as there are values, each with a name that is safe for a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn

from kpikit.errors import CaseError

if TYPE_CHECKING:
    from kpikit.cases import Case
    from kpikit.report.record import Job

MOST = 1_000  # reports of one grid
SLUG = 40  # letters of a name that tell people what it is about; the hash behind them tells names apart
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
DATE = re.compile(r"\d{4}-?(Q[1-4]|\d{2}(-?\d{2}([ T][\d:.+-]+Z?)?)?)|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
Values = dict[str, str]


def values_of(case: Case) -> list[Values]:
    """What each report of a case's grid is about, column -> value, sorted; the table is read for it, with all that needs.

    Raises CaseError for a column of numbers or dates whose values are not listed, for a listed value that no row has and for
    more than 1,000 reports; TableError where the table cannot be read or a value is missing.
    """
    from kpikit.measuring.parts import refuse_cut
    from kpikit.tables.combinations import combinations

    columns = list(case.grid)
    refuse_cut(case, columns, "for_each")
    _refuse_shared_cost(case)
    listed = {column: values for column, values in case.grid.items() if values}
    keep = [*case.rules, *({"column": column, "one_of": list(values)} for column, values in listed.items())]
    how = {key: value for key, value in case.how.items() if key != "cuts"}
    customer = str(case.columns.get("customer", "customer"))
    found = combinations(case.table, columns, most=MOST, keep=keep, folder=case.folder, kind=case.kind, customer=customer, **how)
    if not found:
        _refuse(case, "for_each: the keep rules removed all rows, so there is nothing to report on")
    told = [dict(zip(columns, values, strict=True)) for values in found]
    for column in columns:
        _refuse_values(case, column, {values[column] for values in told}, listed.get(column, ()))
    return told


def jobs_of(job: Job, values: Sequence[Values]) -> list[Job]:
    """The reports of a grid: of each the values that it is about, and its name. Nothing is read.

    >>> from pathlib import Path
    >>> from kpikit.report.record import Job
    >>> [made.name for made in jobs_of(Job("rate", Path("out")), [{"region": "Île-de-France"}])]
    ['rate.ile-de-france-7280789f']
    """
    given = job.instead.get("only") or {}
    return [
        replace(job, instead={**job.instead, "only": {**given, **of}}, called=name, of=job.name)
        for name, of in zip(_names(job.name, values), values, strict=True)
    ]


def _names(grid: str, values: Sequence[Values]) -> list[str]:
    """A name for each: the same values have the same one in every run. Hashes are longer where somebody made short ones meet."""
    texts = ["\0".join(f"{column}\0{value}" for column, value in of.items()) for of in values]
    hashes = [sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
    digits = 8 if len({text[:8] for text in hashes}) == len(hashes) else 64
    return [f"{grid}.{_slug(of)}-{text[:digits]}" for of, text in zip(values, hashes, strict=True)]


def _slug(of: Mapping[str, str]) -> str:
    """The values as small letters and digits, at most 40; something also where they hold none of either."""
    plain = unicodedata.normalize("NFKD", "-".join(text[:SLUG] for text in of.values())).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.lower())[:SLUG].strip("-") or "value"


def _refuse_shared_cost(case: Case) -> None:
    if case.programme_cost is not None:
        _refuse(case, "programme_cost is that of all parts together, and each report of for_each is about one; take it out")


def _refuse_values(case: Case, column: str, values: set[str], listed: Sequence[str]) -> None:
    """CaseError for listed values that no row has, and for numbers and dates that nobody listed."""
    for value in listed:
        if value not in values:
            _refuse(case, f"for_each lists {column} = '{value}', and no row that is kept has it; take it out")
    for kind, form in (("numbers", NUMBER), ("dates", DATE)):
        if values and not listed and all(form.fullmatch(value.strip()) for value in values):
            few = ", ".join(f'"{value}"' for value in sorted(values)[:2])
            _refuse(case, f"for_each names '{column}', which holds {kind}; list those that are meant: {{ {column} = [{few}] }}")


def _refuse(case: Case, said: str) -> NoReturn:
    raise CaseError(f"{case.id}: {said}")
