"""Upgraders of a design app leave about half as often after the upgrade; in the other tables upgrading changes the price alone."""

import runpy
from pathlib import Path

from kpikit.measuring.lifetimes import measure_lifetimes
from kpikit.questions.lifetime import lifetime
from kpikit.tables import read_table

WHAT = "customers who upgrade stay longer from that day on"
MADE = runpy.run_path(str(Path(__file__).parents[2] / "data" / "making" / "design_app_plans.py"))
PRICES = {"basic": 15, "pro": 24, "studio": 39}


def asked(seed, *, planted):
    """The answer about a table made anew, asked as the case asks."""
    table = read_table(MADE["table"](seed, planted=planted), kind="plans")
    names = {"plan_order": ("basic", "pro", "studio"), "event_names": {"left": ["cancelled"]}}
    return lifetime(measure_lifetimes(table, as_of="2026-01-10", **names), prices=PRICES, acquisition_cost=90)


def answered(seed, *, planted):
    """Whether upgraders are said to stay longer; without that effect, whether to stay longer or shorter."""
    direction = asked(seed, planted=planted).verdict["staying"]["direction"]
    return direction == "longer" if planted else direction != "no clear difference"
