"""scored: the answer to `scorecard` about a case, from what was measured of it and all that the case asks."""

from __future__ import annotations

from collections.abc import Mapping

from kpikit.answer import Answer
from kpikit.cases import Case
from kpikit.questions.scorecard import scorecard
from kpikit.series import KpiSeries
from kpikit.shapes.ratio import Ratio


def scored(case: Case, series: KpiSeries, also: Mapping[str, KpiSeries], related: Mapping[str, Ratio]) -> Answer:
    """The same answer as the case's notebook gives. Raises CaseError where a measure holds no value, or a choice names none."""
    return scorecard(
        series, also=also, related=related, benchmark=case.benchmark, target=case.target, **case.reviewed, **case.asked
    )
