"""Readings: one table under each variant of a KPI, and those that the table cannot give, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpikit.kpi import Kpi
from kpikit.series import KpiSeries
from kpikit.shapes.measurement import Measurement


@dataclass(frozen=True, eq=False)
class Readings(Measurement, Mapping[str, KpiSeries]):
    """A mapping from each reading to its series: a variant by its id, a counting choice as "variant, choice = value".

    `chosen` is the case's own reading, `refused` names the others that were tried, each with why it cannot be counted.
    """

    kpi: Kpi
    chosen: str
    series: Mapping[str, KpiSeries]
    refused: Mapping[str, str]

    def __getitem__(self, reading: str) -> KpiSeries:
        return self.series[reading]

    def __iter__(self) -> Iterator[str]:
        return iter(self.series)

    def __len__(self) -> int:
        return len(self.series)
