"""Measurement: what every shape carries, so that an answer can say of which table it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kpikit.answer import Check


@dataclass(frozen=True, eq=False)
class Measurement:
    """`as_of` is the day on which the table was as it is, `source` its contract, `table_checks` what was said of it."""

    as_of: datetime
    source: Mapping[str, Any]
    table_checks: tuple[Check, ...]
