"""Kpi x table -> KpiSeries: the sums, minima and joins run where the data is, a few hundred rows of counts come back."""

from kpikit.measuring.door import measure, measure_also, measure_case, measure_moves, table_of

__all__ = ["measure", "measure_also", "measure_case", "measure_moves", "table_of"]
