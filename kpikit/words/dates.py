"""Days and periods as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

WEEK_OF = "week of "


def day(moment: date) -> str:
    """A date as ISO writes it, with the time only where there is one."""
    if isinstance(moment, datetime) and (moment.hour or moment.minute or moment.second):
        return moment.strftime("%Y-%m-%d %H:%M" + (":%S" if moment.second else ""))
    return moment.strftime("%Y-%m-%d")


def remark(row: Mapping[str, Any]) -> str:
    """An event or decision with its day, and who made it.

    >>> remark({"on": "2025-06-10", "kind": "decision", "by": "Ada", "text": "the webinars go on"})
    '2025-06-10, decided by Ada: the webinars go on'
    """
    by = f" by {row['by']}" if row["by"] else ""
    kind = f", decided{by}: " if row["kind"] == "decision" else f"{by and ','}{by}: "
    return f"{row['on']}{kind}{row['text']}"


def when(period: Any) -> str:
    """A pandas Period as people write it: a week by its first day, all others as pandas does.

    >>> import pandas as pd
    >>> when(pd.Period("2026-01-07", "W-SUN")), when(pd.Period("2026-01-07", "M"))
    ('week of 2026-01-05', '2026-01')
    """
    first, _, last = str(period).partition("/")
    return f"{WEEK_OF}{first}" if last else first


def the(told: str) -> str:
    """A period's text as the middle of a sentence names it.

    >>> the("week of 2026-01-05"), the("2026-01")
    ('the week of 2026-01-05', '2026-01')
    """
    return f"the {told}" if told.startswith(WEEK_OF) else told


def during(told: str) -> str:
    """A period's text as that in which something is.

    >>> during("week of 2026-01-05"), during("2026-01-05"), during("2026-01")
    ('in the week of 2026-01-05', 'on 2026-01-05', 'in 2026-01')
    """
    return f"on {told}" if told.count("-") == 2 and not told.startswith(WEEK_OF) else f"in {the(told)}"
