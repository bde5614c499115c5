"""Reads user data: file or frame -> checked table with roles, and its data contract."""

from kpikit.tables.looking import Column, look
from kpikit.tables.places import find_file
from kpikit.tables.reading import Table, read_table
from kpikit.tables.roles import KINDS

__all__ = ["KINDS", "Column", "Table", "find_file", "look", "read_table"]
