from .looking import Column, look
from .places import find_file
from .reading import Table, read_table
from .roles import KINDS

__all__ = ["KINDS", "Column", "Table", "find_file", "look", "read_table"]
