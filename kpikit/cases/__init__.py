"""Reads a case, and writes one: Case <-> TOML."""

from kpikit.cases.case import DATE_CHOICES, KEYS, START_REASONS, Case
from kpikit.cases.files import CASES, case_from, case_ids, find_case, nearest, read_case
from kpikit.cases.log import Entry
from kpikit.cases.values import NEEDED

__all__ = [
    "CASES", "DATE_CHOICES", "KEYS", "NEEDED", "START_REASONS", "Case", "Entry", "case_from", "case_ids", "find_case", "nearest",
    "read_case",
]  # fmt: skip
