"""The driver: a process that makes one report, and tells on stdout how far it is and how it ended, a line of JSON each.

python -m kpikit.report.driver JOB
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kpikit.report.record import Job, Record
from kpikit.report.redaction import Secrets

MADE = "made"  # the last event, with the record


def drive(text: str) -> None:
    """Makes the report of a job that is given as JSON text."""
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no event

    def tell(event: Mapping[str, Any]) -> None:
        line.write(json.dumps(event) + "\n")
        line.flush()

    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "kpikit-warm"
    job = Job.from_json(text)
    try:
        from kpikit.report.making import make

        record = make(job, tell)
    except Exception as error:  # noqa: BLE001 - the boundary of a run: whatever ends it is its record
        reason = Secrets(job.secrets).redact(f"it ended early: {type(error).__name__}: {error}")
        record = Record(job.name, False, reason, of=job.of, part=job.part)
    tell({"event": MADE, "record": asdict(record)})


def _end_with_starter() -> None:
    """Ends this process when the one that holds its standard input does."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_starter, daemon=True).start()
    drive(sys.argv[1])
