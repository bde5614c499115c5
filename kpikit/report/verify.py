"""verify: whether the engines that a team uses count a case alike, in lines."""

from __future__ import annotations

from collections.abc import Sequence

from kpikit import words
from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring import compared


def verify_case(case: str, engines: Sequence[str]) -> tuple[list[str], bool]:
    """The sums of each engine in lines, and whether all agree to the last count. CaseError for an engine that is not there."""
    if len(set(engines)) < 2:
        raise CaseError(f"verify compares engines, and {', '.join(engines)} is one; name two, as --engines duckdb,pandas")
    read = read_case(case)
    table = compared(read, engines)
    lines = [f"{read.id}: {read.kpi} counted by {words.listed(table['engine'])}"]
    for row in table.to_dict("records"):
        different = words.counted(row["different"], "row")
        outcome = f"{different} DIFFERENT from {table['engine'].iloc[0]}" if row["different"] else "the same"
        sums = f"{words.amount(row['numerator'])} of {words.amount(row['denominator'])}"
        lines.append(f"  {row['engine']:8} {words.counted(row['rows'], 'row')}, {sums}: {outcome}")
    return lines, not table["different"].any()
