from .answer import Answer, Check, readable
from .cases import Case, case_ids, read_case
from .catalog.definitions import kpi_ids, load_kpi
from .errors import CaseError, DefinitionError, KpikitError, ReportError, TableError
from .figures.bullet_graph import bullet_graph
from .figures.dumbbell import dumbbell
from .figures.run_chart import run_chart
from .kpi import Kpi
from .measuring.door import measure, measure_case
from .questions.before_after import before_after
from .questions.scorecard import scorecard
from .questions.two_numbers import compare, value
from .series import KpiSeries
from .tables.reading import Table, read_table

__version__: str
__all__ = [
    "Answer",
    "Case",
    "CaseError",
    "Check",
    "DefinitionError",
    "Kpi",
    "KpiSeries",
    "KpikitError",
    "ReportError",
    "Table",
    "TableError",
    "before_after",
    "bullet_graph",
    "case_ids",
    "compare",
    "dumbbell",
    "kpi_ids",
    "load_kpi",
    "measure",
    "measure_case",
    "read_case",
    "read_table",
    "readable",
    "run_chart",
    "scorecard",
    "value",
]
