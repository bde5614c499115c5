"""Bands as they are said: of a side of a change, and as a name where a target of the case's own stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TOO_CLOSE = "too close to call"


def side_band(side: Mapping[str, Any]) -> str | None:
    """The band that a side is said to lie in: `too close to call` where its interval crosses an edge; None where it has none.

    >>> side_band({"band": "on target", "close_to": 0.2}), side_band({"band": "on target", "close_to": None})
    ('too close to call', 'on target')
    """
    return TOO_CLOSE if side["band"] and side.get("close_to") is not None else side["band"]


def band_named(band: str, told: Mapping[str, Any]) -> str:
    """A band inside a sentence; where what is told has a target, as a name: one published as 'on target' is not about that.

    >>> band_named("on target", {"target": None}), band_named("on target", {"target": {"value": 0.22}})
    ('on target', "band 'on target'")
    """
    return f"band '{band}'" if told.get("target") and band != TOO_CLOSE else band
