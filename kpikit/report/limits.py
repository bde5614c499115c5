"""Limits: how long a cell and a run may take, how much memory and how much output."""

from __future__ import annotations

from dataclasses import dataclass

CELL_S = 600.0
RUN_S = 1800.0
OUTPUT_MB = 20.0
#: of the machine's memory; beyond it the system itself would begin to kill
MEMORY_SHARE = 0.8


@dataclass(frozen=True)
class Limits:
    """What one run may use; `memory_mb` is resident memory of the kernel and all it started, None a share of the machine's."""

    cell_s: float = CELL_S
    run_s: float = RUN_S
    memory_mb: float | None = None
    output_mb: float = OUTPUT_MB

    @property
    def memory_bytes(self) -> float:
        """The limit on memory in bytes."""
        if self.memory_mb is not None:
            return self.memory_mb * 1e6
        import psutil

        return MEMORY_SHARE * float(psutil.virtual_memory().total)
