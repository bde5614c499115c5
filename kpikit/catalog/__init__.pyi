from .definitions import read_definition
from .folders import kpi_ids
from .loading import load_kpi

__all__ = ["kpi_ids", "load_kpi", "read_definition"]
