from .answer import Answer, Check, readable
from .cases import Case, case_ids, read_case
from .catalog.checking import check_catalog
from .catalog.folders import kpi_ids
from .catalog.loading import load_kpi
from .catalog.searching import search
from .catalog.side_by_side import SideBySide, side_by_side
from .errors import CaseError, DefinitionError, KpikitError, ReportError, TableError
from .explorer import explore
from .figures.arm_balance import arm_balance
from .figures.arm_effects import arm_effects
from .figures.arm_looks import arm_looks
from .figures.arm_segments import arm_segments
from .figures.bullet_graph import bullet_graph
from .figures.bullet_graphs import bullet_graphs
from .figures.calibration_plot import calibration_plot
from .figures.control_chart import control_chart
from .figures.conversion_curve import conversion_curve
from .figures.dumbbell import dumbbell
from .figures.effect_course import effect_course
from .figures.forecast_check import forecast_check
from .figures.forest_plot import forest_plot
from .figures.funnel_bars import funnel_bars
from .figures.goal_gaps import goal_gaps
from .figures.goal_path import goal_path
from .figures.kpi_tree import tree_chart
from .figures.lift_plot import lift_plot
from .figures.line_matrix import line_matrix
from .figures.model_fit import model_fit
from .figures.part_bars import moved_bars, step_bars
from .figures.payback_chart import payback_chart
from .figures.placebos import placebo_plot
from .figures.reason_dots import reason_dots
from .figures.reason_shift import reason_shift
from .figures.response_rates import response_rates
from .figures.run_chart import run_chart
from .figures.season_parts import season_parts
from .figures.season_phases import season_phases
from .figures.season_years import season_years
from .figures.segment_rates import segment_rates
from .figures.share_bars import feature_use, goes_to
from .figures.staying_curves import staying_curves
from .figures.step_changes import step_changes
from .figures.step_dots import step_dots
from .figures.trend_lines import trend_lines
from .figures.variant_changes import variant_changes
from .figures.variant_dots import variant_dots
from .figures.visible_changes import visible_changes
from .figures.waterfall import waterfall
from .kpi import Kpi
from .measuring.answers import measure_answers
from .measuring.baskets import measure_baskets
from .measuring.composing import compose
from .measuring.contacts import measure_contacts
from .measuring.customers import measure_customers
from .measuring.door import measure, measure_also, measure_case, measure_moves, table_of
from .measuring.lifetimes import measure_lifetimes
from .measuring.readings import measure_variants
from .measuring.related import measure_related
from .measuring.steps import measure_steps
from .moments import Calendar
from .questions.before_after import before_after
from .questions.campaign import campaign
from .questions.exploratory import exploratory
from .questions.feedback import feedback
from .questions.funnel import funnel
from .questions.lifetime import lifetime
from .questions.openings import openings
from .questions.scorecard import scorecard
from .questions.seasons import seasons
from .questions.segmenting.approach import customers_to_approach
from .questions.segments import segments
from .questions.targets import targets
from .questions.tree import kpi_tree
from .questions.two_numbers import compare, compare_pairs, value
from .questions.variants import variants
from .report.dashboard.view import dashboard
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
    "SideBySide",
    "Table",
    "TableError",
    "arm_balance",
    "arm_effects",
    "arm_looks",
    "arm_segments",
    "before_after",
    "bullet_graph",
    "bullet_graphs",
    "calibration_plot",
    "campaign",
    "case_ids",
    "check_catalog",
    "compare",
    "compare_pairs",
    "compose",
    "control_chart",
    "conversion_curve",
    "customers_to_approach",
    "dashboard",
    "dumbbell",
    "effect_course",
    "exploratory",
    "explore",
    "feature_use",
    "feedback",
    "forecast_check",
    "forest_plot",
    "funnel",
    "funnel_bars",
    "goal_gaps",
    "goal_path",
    "goes_to",
    "kpi_ids",
    "kpi_tree",
    "lifetime",
    "lift_plot",
    "line_matrix",
    "load_kpi",
    "measure",
    "measure_also",
    "measure_answers",
    "measure_baskets",
    "measure_case",
    "measure_contacts",
    "measure_customers",
    "measure_lifetimes",
    "measure_moves",
    "measure_related",
    "measure_steps",
    "measure_variants",
    "model_fit",
    "moved_bars",
    "openings",
    "payback_chart",
    "placebo_plot",
    "read_case",
    "read_table",
    "readable",
    "reason_dots",
    "reason_shift",
    "response_rates",
    "run_chart",
    "scorecard",
    "search",
    "season_parts",
    "season_phases",
    "season_years",
    "seasons",
    "segment_rates",
    "segments",
    "side_by_side",
    "staying_curves",
    "step_bars",
    "step_changes",
    "step_dots",
    "table_of",
    "targets",
    "tree_chart",
    "trend_lines",
    "value",
    "variant_changes",
    "variant_dots",
    "variants",
    "visible_changes",
    "waterfall",
]
