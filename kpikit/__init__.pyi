from .answer import Answer, Check, readable
from .cases import Case, case_ids, read_case
from .catalog.definitions import kpi_ids, load_kpi
from .errors import CaseError, DefinitionError, KpikitError, ReportError, TableError
from .figures.bullet_graph import bullet_graph
from .figures.control_chart import control_chart
from .figures.dumbbell import dumbbell
from .figures.effect_course import effect_course
from .figures.forest_plot import forest_plot
from .figures.placebos import placebo_plot
from .figures.run_chart import run_chart
from .figures.waterfall import waterfall
from .kpi import Kpi
from .measuring.door import measure, measure_also, measure_case, measure_moves
from .moments import Calendar
from .questions.before_after import before_after
from .questions.exploratory import exploratory
from .questions.scorecard import scorecard
from .questions.two_numbers import compare, compare_pairs, value
from .series import KpiSeries
from .tables.reading import Table, read_table

__version__: str
__all__ = [
    "Answer",
    "Calendar",
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
    "compare_pairs",
    "control_chart",
    "dumbbell",
    "effect_course",
    "exploratory",
    "forest_plot",
    "kpi_ids",
    "load_kpi",
    "measure",
    "measure_also",
    "measure_case",
    "measure_moves",
    "placebo_plot",
    "read_case",
    "read_table",
    "readable",
    "run_chart",
    "scorecard",
    "value",
    "waterfall",
]
