"""How fast the explorer answers on a measured series, in one run: milliseconds from a value that changes to words and figure.

    python tests/bench/explorer.py [CASE ...]

Promised: under 300 ms until the figure stands, medians, on a machine with nothing else to do. The words stand before it.
Followed customers are counted anew for each date (never read anew): their date is told apart from all else.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from statistics import median

import kpikit as kk
from kpikit.explorer import Explorer

CASES = ("techsolutions_upgrade_rate", "scheduling_plans", "gas_liquids_plant", "online_retail_upsell")
REPEATS = 8


def timed(view: Explorer, move: Callable[[], None]) -> tuple[float, float, float]:
    """Milliseconds until the words and until the figure stand, and of those of the processor."""
    words: list[float] = []
    view.panel.shown["verdict"].observe(lambda _: words.append(time.perf_counter()), names="value")
    start, used = time.perf_counter(), time.process_time()
    move()
    end = time.perf_counter()
    view.panel.shown["verdict"].unobserve_all()
    return 1e3 * ((words[0] if words else end) - start), 1e3 * (end - start), 1e3 * (time.process_time() - used)


def moves(view: Explorer) -> dict[str, list[Callable[[], None]]]:
    """What a user does again and again: each value is one that was not answered before."""
    panel = view.panel
    values = {name: [value for _, value in panel.chosen[name].options[1:-1]] for name in ("only", "first")}
    values["first"] = values["first"][: len(values["first"]) // 3]

    def choose(name: str, value: object) -> Callable[[], None]:
        return lambda: setattr(panel.chosen[name], "value", value)

    dates = [panel.earlier.click] * (REPEATS // 2)
    chosen = {name: [choose(name, value) for value in found[:REPEATS]] for name, found in values.items()}
    return {"change date": dates, "segment": chosen["only"], "from": chosen["first"]}


def main(cases: list[str]) -> None:
    """Prints the medians of each case and control."""
    for name in cases:
        start = time.perf_counter()
        view = kk.explore(name)
        assert view.panel
        print(
            f"{name}: opened in {time.perf_counter() - start:.1f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
        )
        for control, calls in moves(view).items():
            if calls:
                columns = zip(*(timed(view, call) for call in calls), strict=True)
                words, figure, used = (median(column) for column in columns)
                print(
                    f"  {control:12} words {words:5.0f} ms, figure {figure:5.0f} ms (processor {used:5.0f} ms), of {len(calls)}"
                )


if __name__ == "__main__":
    main(sys.argv[1:] or list(CASES))
