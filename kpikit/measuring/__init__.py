"""Kpi x table -> KpiSeries: the sums, minima and joins run where the data is, a few hundred rows of counts come back."""

from kpikit.measuring.composing import compose
from kpikit.measuring.door import measure, measure_also, measure_case, measure_moves, table_of
from kpikit.measuring.engines import compared, on_engine

__all__ = ["compared", "compose", "measure", "measure_also", "measure_case", "measure_moves", "on_engine", "table_of"]
