"""What is looked at: reports and catalog, made by the command line as a user makes them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: one report of each look: a before/after, a question of many measures, one without a series
CASES = ("techsolutions_upgrade_rate", "techsolutions_scorecard", "language_app_tree")


def kpikit(*asked, cwd=ROOT, **environment):
    """Runs the command line as a user does; fails with what it said where it failed."""
    ended = subprocess.run(
        [sys.executable, "-m", "kpikit", *asked], cwd=cwd, capture_output=True, text=True, env=os.environ | environment
    )
    assert ended.returncode == 0, ended.stderr
    return ended
