"""KpiSeries: counts that travel together, with their pooling, roll-ups, rolling windows, bands, intervals and gaps."""

from kpikit.series.checks import FEW, behind
from kpikit.series.composed import ComposedSeries
from kpikit.series.kpi_series import COLUMNS, KpiSeries

__all__ = ["COLUMNS", "FEW", "ComposedSeries", "KpiSeries", "behind"]
