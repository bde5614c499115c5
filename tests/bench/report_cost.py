"""What a report costs: `kpikit report` against plain papermill plus nbconvert on the same notebook and case, and the
start of `kpikit --help` against `python -c "import numpy"`. Interleaved in one run; medians and ratios are printed.

    python tests/bench/report_cost.py [rounds]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASE = "techsolutions_upgrade_rate"
NOTEBOOK = "notebooks/before_after.ipynb"


def seconds(*commands: list[str]) -> float:
    """Wall seconds of commands run one after the other."""
    start = time.perf_counter()
    for command in commands:
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def rounds_of(count: int) -> dict[str, list[float]]:
    """The seconds of each way, in turn, `count` times after one round that is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        plain = str(Path(folder, "plain.ipynb"))
        papermill = ["-m", "papermill", NOTEBOOK, plain, "-p", "case", CASE, "--no-progress-bar"]
        nbconvert = ["-m", "nbconvert", "--to", "html", plain]
        ways = {
            "kpikit report": [["-m", "kpikit", "report", CASE, "--out", str(Path(folder, "reports"))]],
            "papermill + nbconvert": [papermill, nbconvert],
            "kpikit --help": [["-m", "kpikit", "--help"]],
            "import numpy": [["-c", "import numpy"]],
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(count + 1):
            for name, commands in ways.items():
                used = seconds(*commands)
                if number:
                    taken[name].append(used)
    return taken


def main() -> None:
    """Prints the table."""
    taken = rounds_of(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    for name, values in taken.items():
        print(f"{name:24} median {statistics.median(values):6.2f} s   ({min(values):.2f} to {max(values):.2f})")
    for name, other, most in (("kpikit report", "papermill + nbconvert", 1.3), ("kpikit --help", "import numpy", 2.0)):
        ratio = statistics.median(a / b for a, b in zip(taken[name], taken[other], strict=True))
        print(f"{name} / {other}: {ratio:.2f} (at most {most})")


if __name__ == "__main__":
    main()
