"""The commands: each takes what was parsed, calls, prints, and returns an exit code."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

GOOD, FAILED, MISUSE, INTERRUPTED = 0, 1, 2, 130
Arguments = argparse.Namespace
DEFAULT_ENCODING = "utf-8"


#: the keys of a case that flags can say
CASE_FLAGS = (
    "kpi", "variant", "window", "period", "table", "kind", "columns", "event_names", "segments", "changed_on", "as_of",
    "target", "benchmark", "encoding", "date_format", "separator", "decimal", "thousands", "time_zone", "sheet", "header_row",
    "connection", "duplicates", "cuts", "plan_order", "counting", "first_weekday", "year_starts", "catalog", "only",
    "locale",
)  # fmt: skip


def value(chosen: Arguments) -> int:
    """What two numbers say."""
    from kpikit.catalog import load_kpi
    from kpikit.questions.two_numbers import value

    kpi = load_kpi(chosen.kpi, *chosen.catalog or ())
    print(value(kpi, *chosen.counts, variant=chosen.variant, benchmark=chosen.benchmark, target=chosen.target))
    return GOOD


def compare(chosen: Arguments) -> int:
    """What four numbers say."""
    from kpikit.catalog import load_kpi
    from kpikit.questions.two_numbers import compare

    kpi = load_kpi(chosen.kpi, *chosen.catalog or ())
    print(compare(kpi, chosen.before, chosen.after, variant=chosen.variant, benchmark=chosen.benchmark, target=chosen.target))
    return GOOD


def check(chosen: Arguments) -> int:
    """What a table or case holds, read as strictly as a report reads it."""
    from kpikit.cases import case_ids
    from kpikit.report.check import check_case, check_table

    flags = {name: getattr(chosen, name) for name in CASE_FLAGS} | {"table": chosen.table}
    if chosen.table.endswith(".toml") or chosen.table in case_ids():
        given = {name: value for name, value in flags.items() if name != "table" and value not in (None, DEFAULT_ENCODING)}
        lines = check_case(chosen.table, given)
    else:
        lines = check_table(flags | {"as_of": as_of_given(chosen)})
    print("\n".join(lines))
    return GOOD


def verify(chosen: Arguments) -> int:
    """Whether the engines count a case alike."""
    from kpikit.report.verify import verify_case

    lines, agree = verify_case(chosen.case, chosen.engines.split(","))
    print("\n".join(lines))
    return GOOD if agree else FAILED


def new_case(chosen: Arguments) -> int:
    """Writes a case to edit."""
    from kpikit.authoring import new_case

    place = new_case(Path(chosen.table), chosen.kpi, chosen.to and Path(chosen.to), chosen.question, chosen.catalog or ())
    print(f"wrote {place}\nmend the lines marked MEND, then: kpikit report {place}")
    return GOOD


def approach(chosen: Arguments) -> int:
    """Writes the ranked list of customers to approach, apart from the reports."""
    from kpikit import words
    from kpikit.report.approach import write_list

    count = write_list(chosen.case, Path(chosen.out))
    who = f"{words.amount(count)} customers, the likeliest first"
    print(f"wrote {chosen.out}: {who}; it names people, so keep it apart from what you send")
    return GOOD


def as_of_given(chosen: Arguments) -> str:
    """The day on which the table was taken: as given, else today, which is said."""
    from datetime import date

    if chosen.as_of is None:
        chosen.as_of = date.today().isoformat()
        print(f"as of {chosen.as_of} (today; give --as-of for another day)")
    return str(chosen.as_of)
