"""What a case's own question is asked of, where that is no series: each shape measured as its notebook measures it."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

from kpikit.cases import Case
from kpikit.measuring.answers import measure_answers
from kpikit.measuring.baskets import measure_baskets
from kpikit.measuring.contacts import measure_contacts
from kpikit.measuring.customers import measure_customers
from kpikit.measuring.lifetimes import measure_lifetimes
from kpikit.measuring.steps import measure_steps
from kpikit.shapes import Measurement
from kpikit.tables import Table

#: question -> how its shape is measured
SHAPED: dict[str, Callable[..., Measurement]] = {
    "segments": measure_customers, "funnel": measure_steps, "campaign": measure_contacts, "openings": measure_baskets,
    "lifetime": measure_lifetimes, "feedback": measure_answers,
}  # fmt: skip
#: keys of a case that a shape may be measured by, besides those of [asks]
SHARED = ("as_of", "window", "changed_on", "event_names", "plan_order", "counting")


def measure_asked(case: Case, table: Table) -> Measurement:
    """The shape that the case's question is asked of. Raises CaseError and TableError as its report would fail."""
    measured = SHAPED[case.question]
    takes = signature(measured).parameters
    return measured(table, **{name: getattr(case, name) for name in SHARED if name in takes}, **case.measured)
