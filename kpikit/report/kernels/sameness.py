"""Sameness: whether a process that is forked would be the one that was asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpikit.report.kernels.preload import SINGLE_THREADED

#: variables that an interpreter or a library reads once, when it starts
READ_ONCE = ("PYTHON", "LD_", "LC_", "LANG", "MPL", "MATPLOTLIBRC", "OPENBLAS_", "OMP_", "MKL_", "ARROW_", "NUMBA_")


@dataclass(frozen=True)
class Sameness:
    """The interpreter, the folder that kpikit comes from, and the variables that are read once."""

    executable: str
    package: str
    variables: Mapping[str, str]
    since: float = field(default_factory=time.time, compare=False)

    @classmethod
    def of(cls, environment: Mapping[str, str], executable: str, package: Path) -> Sameness:
        """Of a process with this environment, interpreter and kpikit."""
        once = {name: value for name, value in environment.items() if name.startswith(READ_ONCE) and name not in SINGLE_THREADED}
        return cls(executable, str(package), once)

    def differs(self, other: Sameness) -> str:
        """What differs, in words; empty where nothing does."""
        if self.executable != other.executable:
            return "it was asked for another Python"
        if self.package != other.package:
            return "it was asked for another copy of kpikit"
        names = self.variables.keys() | other.variables.keys()
        changed = sorted(name for name in names if self.variables.get(name) != other.variables.get(name))
        return f"{changed[0]} is set otherwise, and is read only when a Python starts" if changed else ""

    def aged(self) -> str:
        """Whether kpikit's own code was changed since it was imported, in words."""
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "kpikit" and module.__file__ and _written(Path(module.__file__)) > self.since:
                return f"{Path(module.__file__).name} was changed since it was imported"
        return ""


def _written(path: Path) -> float:
    """When a file was last written; of one that is just being replaced, now."""
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
