"""Reads definitions: find, load. One TOML file a KPI, in `kpis/`."""

from kpikit.catalog.definitions import kpi_ids, load_kpi

__all__ = ["kpi_ids", "load_kpi"]
