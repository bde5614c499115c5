"""new-case, new-kpi, flags and schemas: cases and definitions written to be edited, and what checks them while one writes."""

from kpikit.authoring.drafts import new_case
from kpikit.authoring.flags import case_from_flags, case_of_flags, guessed_flags
from kpikit.authoring.guessing import guess_roles
from kpikit.authoring.kpi_drafts import new_kpi
from kpikit.authoring.metric_drafts import import_metrics
from kpikit.authoring.metric_files import export_metrics, write_metrics
from kpikit.authoring.schemas import schema, write_schema

__all__ = [
    "case_from_flags", "case_of_flags", "export_metrics", "guess_roles", "guessed_flags", "import_metrics", "new_case",
    "new_kpi", "schema", "write_metrics", "write_schema",
]  # fmt: skip
