"""Reads definitions: find, search, load. One TOML file a KPI, in `kpis/` and in the folders of users."""

from kpikit.catalog.definitions import read_definition
from kpikit.catalog.folders import kpi_ids
from kpikit.catalog.loading import load_kpi

__all__ = ["kpi_ids", "load_kpi", "read_definition"]
