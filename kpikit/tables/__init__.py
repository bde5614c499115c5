"""Reads user data: file or frame -> checked table with roles, and its data contract."""

from kpikit.tables.keep import Keep
from kpikit.tables.reading import Table, read_table
from kpikit.tables.roles import KINDS
from kpikit.tables.source import find_file

__all__ = ["KINDS", "Keep", "Table", "find_file", "read_table"]
