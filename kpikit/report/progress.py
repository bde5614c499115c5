"""Progress: a fleet told as it goes: a bar, or plain lines where nobody watches, and on demand a log of JSON lines.

A fleet is told by mappings, from any thread, in the order in which things happen to each report:

    {"event": "started", "report": "a"}
    {"event": "cell", "report": "a", "cell": 3, "of": 32}         the third of 32 cells begins
    {"event": "ended", "report": "a", "record": Record(...)}      also without "started", as of a report that is unchanged

The log has these events, one a line, with `time` in UTC; "ended" holds `passed reason duration_s kernel unchanged` instead of the
record. Its first is {"event": "fleet started", "reports": 20, "workers": 2}, its last {"event": "fleet ended", "reports": 20,
"passed": 19, "failed": 1, "unchanged": 0, "exit_code": 1}. A killed run has no last line; what a full disk cuts off is the end of
the last line alone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kpikit.report.record import Record, printable

ENDED = ("passed", "reason", "duration_s", "kernel", "unchanged")
INTERRUPTED = 130
BAR = "{desc} |{bar}| {percentage:3.0f} %, {remaining} left{postfix}"


class Progress:
    """Tells how a fleet of reports goes; a context manager, open from its first report to its last.

    total: how many reports; log: the file that JSON lines are added to; workers: how many reports at a time, told in the log.
    """

    def __init__(self, total: int, log: Path | None = None, workers: int = 1) -> None:
        self.total, self.workers = total, workers
        self._ended: list[Record] = []
        self._running: dict[str, tuple[int, int]] = {}  # the cell that runs, and of how many
        self._one_at_a_time = threading.RLock()
        self._log = None if log is None else _Log(log)
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._bar = _bar(self.total)
        self._write({"event": "fleet started", "reports": self.total, "workers": self.workers})
        return self

    def tell(self, event: Mapping[str, Any]) -> None:
        """Takes in what happened to a report and shows it. To be called from any thread; never raises because of a full disk."""
        with self._one_at_a_time:
            name, record = event["report"], event.get("record")
            if record is not None:
                self._running.pop(name, None)
                self._ended.append(record)
                self._say_end(record)
                event = {"event": event["event"], "report": name, **{key: getattr(record, key) for key in ENDED}}
            else:
                self._running[name] = (event.get("cell", 0), event.get("of", 0))
            self._write(event)
            if self._bar is not None:
                self._draw()

    def __call__(self, record: Record) -> None:
        """Tells that a report ended, in short."""
        self.tell({"event": "ended", "report": record.name, "record": record})

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        failed, unchanged = sum(not one.passed for one in self._ended), sum(one.unchanged for one in self._ended)
        if self._bar is not None:
            self._bar.close()
        if unchanged:
            self._say(f"{unchanged} of {self.total} unchanged")
        code = INTERRUPTED if kind is KeyboardInterrupt else int(failed > 0 or kind is not None)
        counts = {"passed": len(self._ended) - failed, "failed": failed, "unchanged": unchanged}
        self._write({"event": "fleet ended", "reports": self.total, **counts, "exit_code": code})
        if self._log is not None:
            self._log.close()

    def _say_end(self, record: Record) -> None:
        if not record.unchanged and (self._bar is None or not record.passed):
            done = f"done ({record.duration_s} s)" if record.passed else "FAILED"
            self._say(f"[{len(self._ended)}/{self.total}] {record.name}: {done}")

    def _say(self, line: str) -> None:
        """A line of its own: above the bar where there is one, which stays whole."""
        line = _on_one_line(line)
        if self._bar is None:
            sys.stdout.write(f"{line}\n")  # in one: print writes the line's end apart
            sys.stdout.flush()
        else:
            self._bar.write(line, file=sys.stderr)

    def _draw(self) -> None:
        """The bar goes on by cells, so that the time left is known before the first report ends; unchanged ones take none."""
        made = sum(not record.unchanged for record in self._ended)
        self._bar.total = self.total - (len(self._ended) - made)
        self._bar.n = made + sum((cell - 1) / of for cell, of in self._running.values() if of)
        self._bar.set_description_str(f"{len(self._ended)}/{self.total} reports", refresh=False)
        running = [f"{name} {cell}/{of}" if of else name for name, (cell, of) in self._running.items()]
        self._bar.set_postfix_str(_on_one_line(", ".join(running)))

    def _write(self, event: Mapping[str, Any]) -> None:
        if self._log is not None:
            self._log.write(event)


class _Log:
    """A file of JSON lines, each written whole by one call of the system; given up, with a word, where that fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        torn = path.is_file() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
        self.file = path.open("ab", buffering=0)
        if torn:
            self.file.write(b"\n")

    def write(self, event: Mapping[str, Any]) -> None:
        line = json.dumps({"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z", **event}).encode() + b"\n"
        try:
            written = os.write(self.file.fileno(), line) if not self.file.closed else len(line)
        except OSError:
            written = 0
        if written < len(line):
            self.close()
            print(f"kpikit: {self.path}: the disk is full, or the file cannot be written; the log ends here", file=sys.stderr)

    def close(self) -> None:
        self.file.close()


def _on_one_line(text: str) -> str:
    """The text without what would move a terminal's cursor, the ends of lines included."""
    return printable(text).replace("\n", "?")


def _bar(total: int) -> Any:
    """A bar that starts no thread and no lock between processes: the parent of a fleet starts processes itself."""
    from tqdm import tqdm

    tqdm.set_lock(threading.RLock())
    tqdm.monitor_interval = 0
    return tqdm(total=total, bar_format=BAR, dynamic_ncols=True, desc=f"0/{total} reports", smoothing=0)
