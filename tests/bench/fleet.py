"""What a fleet of notebooks costs: kpikit's warm kernels against papermill in a pool of two processes, and against the bare cells.

20 notebooks of 14 cells with three charts each, all ways in one run, interleaved; medians of the rounds, and their ratios.

    python tests/bench/fleet.py [rounds [notebooks]]
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import nbformat

WORKERS = 2
MOST = 0.40  # times papermill's pool: what is promised
CELLS = (
    "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport seaborn as sns",
    "rng = np.random.default_rng(seed)\nframe = pd.DataFrame({'month': np.arange(24), 'value': rng.normal(20, 2, 24).round(6)})",
    "frame.head()",
    "frame.describe().round(6)",
    "print(frame['value'].rolling(3).mean().round(6).tolist())",
    "fig, ax = plt.subplots()\nax.plot(frame['month'], frame['value'])\nplt.show()",
    "frame['half'] = frame['month'] // 12",
    "frame.groupby('half')['value'].mean().round(6)",
    "fig, ax = plt.subplots()\nsns.barplot(frame, x='half', y='value', errorbar=None, ax=ax)\nplt.show()",
    "change = frame['value'].diff().round(6)",
    "print(change.abs().nlargest(3).tolist())",
    "fig, ax = plt.subplots()\nax.hist(change.dropna())\nplt.show()",
    "print(len(frame), seed)",
)


def write_notebooks(folder: Path, count: int) -> list[Path]:
    """The notebooks: a tagged cell and 13 more; they differ by their seed."""
    paths = []
    for number in range(count):
        tagged = nbformat.v4.new_code_cell(f"seed = {number}", metadata={"tags": ["parameters"]})
        cells = [tagged, *map(nbformat.v4.new_code_cell, CELLS)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        paths.append(folder / f"n{number:02}.ipynb")
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), paths[-1])
    return paths


def by_papermill(paths: list[Path], out: Path) -> None:
    """Papermill as it is, in a pool of two processes."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(_papermill, out), paths))


def _papermill(out: Path, path: Path) -> None:
    import papermill

    papermill.execute_notebook(str(path), str(out / path.name), parameters={"seed": int(path.stem[1:])}, progress_bar=False)


def by_kpikit(paths: list[Path], out: Path) -> None:
    """The notebooks run as a fleet of reports runs them, start of the warm servers included; without the pages."""
    from kpikit.report.kernels.warm import DRIVER, KERNEL, Warm, fork

    with Warm(KERNEL), Warm(DRIVER), _threads() as pool:

        def drive(path: Path) -> int:
            given = [str(path), str(out / path.name), {"seed": int(path.stem[1:])}]
            here = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": "kpikit-warm"}
            return fork(DRIVER, "kpikit.report.notebook:run_notebook", given, here, str(Path.cwd())).wait()

        assert not any(pool.map(drive, paths))


def by_papermill_warm(paths: list[Path], out: Path) -> None:
    """Papermill as it is, in a pool of two processes, by Jupyter's extension point on warm kernels."""
    from kpikit.report.kernels.warm import KERNEL, Warm

    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "kpikit-warm"
    try:
        with Warm(KERNEL):
            by_papermill(paths, out)
    finally:
        del os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"]


def by_bare_cells(paths: list[Path], out: Path) -> None:
    """No Jupyter at all: the cells in a process forked for each notebook, from one that has imported what they need."""
    import subprocess

    subprocess.run([sys.executable, __file__, "--bare", *map(str, paths)], check=True)


def bare(paths: list[str]) -> None:
    """The parent of the bare cells."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import seaborn  # noqa: F401

    waiting, running = list(paths), set()
    while waiting or running:
        while waiting and len(running) < WORKERS:
            path = waiting.pop()
            if not (pid := os.fork()):
                _cells(path)
                os._exit(0)
            running.add(pid)
        pid, status = os.wait()
        assert status == 0
        running.discard(pid)


def _cells(path: str) -> None:
    import io

    import matplotlib.pyplot as plt

    def show() -> None:
        for number in plt.get_fignums():
            plt.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight", dpi=100)
        plt.close("all")

    space: dict[str, object] = {}
    plt.show = show
    sys.stdout = io.StringIO()
    for cell in json.loads(Path(path).read_text())["cells"]:
        exec("".join(cell["source"]), space)  # noqa: S102 - the notebooks of this file


def _threads() -> object:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(WORKERS)


WAYS: dict[str, Callable[[list[Path], Path], None]] = {
    "papermill, a pool of two": by_papermill,
    "kpikit": by_kpikit,
    "papermill on warm kernels": by_papermill_warm,
    "the bare cells, forked": by_bare_cells,
}


def pages(notebook: Path, rounds: int) -> tuple[float, float]:
    """The seconds of a page in a process that has all imported, as a driver has, and by nbconvert's command."""
    import subprocess

    from kpikit.report.made_from import inputs_of
    from kpikit.report.notebook import Executed
    from kpikit.report.page import Origin
    from kpikit.report.plain import plain_page
    from kpikit.report.record import Job

    executed = Executed(notebook, nbformat.read(notebook, 4))
    told = Origin(notebook.name, {}, inputs_of(Job(str(notebook), notebook.parent)))
    warm, by_command = [], []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        page = plain_page(executed, told, [])
        warm.append(time.perf_counter() - start)
        assert page.count("data:image/png") == 3
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", str(notebook)], check=True, capture_output=True)
        by_command.append(time.perf_counter() - start)
    return statistics.median(warm[1:]), statistics.median(by_command[1:])


def outputs(folder: Path) -> list[list[object]]:
    """Everything that the cells of the notebooks in a folder showed."""
    read = [nbformat.read(path, 4) for path in sorted(folder.glob("*.ipynb"))]
    return [[output for cell in node.cells if cell.cell_type == "code" for output in cell.outputs] for node in read]


def main(rounds: int = 5, count: int = 20) -> None:
    """Prints the table."""
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        paths = write_notebooks(Path(folder), count)
        for _ in range(rounds):
            shown, executed_by = {}, {}
            for name, way in WAYS.items():
                out = Path(tempfile.mkdtemp(dir=folder))
                start = time.perf_counter()
                way(paths, out)
                seconds[name].append(time.perf_counter() - start)
                shown[name], executed_by[name] = outputs(out), out
            executed = executed_by["kpikit"] / paths[0].name
            plain = shown["papermill, a pool of two"]
            for name in ("kpikit", "papermill on warm kernels"):
                for mine, other in zip(shown[name], plain, strict=True):
                    assert mine == other, (name, [pair for pair in zip(mine, other, strict=False) if pair[0] != pair[1]][:1])
        page, by_command = pages(executed, rounds)
    for name, taken in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(taken, seconds["papermill, a pool of two"], strict=True))
        print(f"{name:28} median {statistics.median(taken):6.2f} s  ({min(taken):.2f} to {max(taken):.2f})  {ratio:.2f}")
    mine, bare_cells = seconds["kpikit"], seconds["the bare cells, forked"]
    print(f"kpikit / the bare cells      {statistics.median(a / b for a, b in zip(mine, bare_cells, strict=True)):.2f}")
    print(f"a page in a warm process     {page:.2f} s, by nbconvert's command {by_command:.2f} s")
    print(f"outputs equal in every round; promised: at most {MOST} times papermill's pool")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        bare(sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))
