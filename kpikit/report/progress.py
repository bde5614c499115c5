"""Progress: a bar that names the case that ended last, or plain lines where nobody watches."""

from __future__ import annotations

import sys
from typing import Any

from kpikit.report.record import Record


class Progress:
    """A bar that names the case that ended last, or plain lines where nobody watches."""

    def __init__(self, total: int) -> None:
        self.bar: Any = None
        self.total, self.count = total, 0

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=self.total, unit="report")
        return self

    def __call__(self, record: Record) -> None:
        """Tells that a report ended."""
        self.count += 1
        if self.bar is not None:
            self.bar.set_description(record.name)
            self.bar.update()
        else:
            print(
                f"[{self.count}/{self.total}] {record.name}: {f'done ({record.duration_s} s)' if record.passed else 'FAILED'}",
                flush=True,
            )

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
