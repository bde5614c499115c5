"""preload: what a warm server imports before it forks, and how, so that a forked process finds it as if imported by itself."""

from __future__ import annotations

import builtins
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

#: what the kernels of kpikit's notebooks import; what is not installed is left out
KERNEL = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "numpy", "pandas", "pyarrow.parquet", "duckdb", "narwhals", "scipy.stats",
    "statsmodels.genmod.generalized_linear_model", "statsmodels.tsa.seasonal", "matplotlib.pyplot", "seaborn",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
)  # fmt: skip
#: what drives a kernel and writes the report
DRIVER = (
    "papermill", "nbclient", "nbformat", "jupyter_client.manager", "kpikit.report.driver", "kpikit.report.making",
    "kpikit.figures.chart", "matplotlib.backends.backend_svg", "jinja2.ext", "PIL.Image", "PIL.PngImagePlugin",
)  # fmt: skip
ROOMS = ("catalog", "cases", "tables", "measuring", "shapes", "series", "stats", "questions", "words", "figures")
#: read when a library is loaded, so set before
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}  # fmt: skip
#: libraries that start threads when they are imported; a library that asks for one by itself goes without it
THREADED = ("polars", "torch", "tensorflow")


def preload(kind: str) -> None:
    """Imports what processes of a kind, "kernel" or "driver", need, for any other nothing; the rest they import by themselves."""
    with _as_in_a_kernel(), _without_threaded():
        names = (*KERNEL, *_own()) if kind == "kernel" else DRIVER if kind == "driver" else ()
        for name in names:
            try:
                importlib.import_module(name)
            except ImportError:
                continue


def _own() -> Iterator[str]:
    """Kpikit's own modules that notebooks use."""
    for room in ROOMS:
        path = getattr(importlib.import_module(f"kpikit.{room}"), "__path__", None)
        yield from (found.name for found in pkgutil.walk_packages(path, f"kpikit.{room}.") if path)


@contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Pandas asks at its import whether a kernel runs, and sets how many columns it shows by the answer."""
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


class _Hidden:
    """An importer before all others, to whom some libraries are not there."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name in THREADED:
            raise ImportError(name)


@contextmanager
def _without_threaded() -> Iterator[None]:
    """Libraries that start threads are not there for now; a forked process imports them when its notebook does."""
    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        yield
    finally:
        sys.meta_path.remove(hidden)


def threads() -> list[str]:
    """The names of this process's threads; a process with more than one cannot be forked safely."""
    return [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
