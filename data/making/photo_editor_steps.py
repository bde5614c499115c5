"""Who, of the users of a photo editor, was shown the offer, opened the plan page, started a trial and upgraded; by device.

Planted: on mobile the last step leaks, 26 of 100 trials end with an upgrade against 50 of 100 elsewhere; and until 2025-09-01
the trial's form was long, so that 36 of 100 who had opened the plan page started one, and 50 of 100 since. Without what is
planted both are 50 everywhere and always; then as many are lost before the plan page as before the trial (a third of all), and
the last two rates are equal.

What leads astray: the file ends on 2025-12-31, and whoever was shown the offer in December still has days to go: counted as
lost, the newest customers look much worse than those before. Most customers are lost between offer and trial, although nothing
is wrong there on one device; and a few open the page again, come to a trial by another way, or were never shown the offer.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SEED = 7
FIRST, LAST, CHANGED = (pd.Timestamp(day) for day in ("2025-04-01", "2026-01-01", "2025-09-01"))
STEPS = ("offer shown", "plan page opened", "trial started", "upgraded")
DEVICES, SHARES = ("desktop", "mobile", "tablet"), (0.42, 0.4, 0.18)
CUSTOMERS, OTHERS = 4600, 70  # shown the offer, and never shown it
OPENED, STARTED, UPGRADED = 2 / 3, 0.5, 0.5
LONG_FORM, ON_MOBILE = 0.36, 0.26  # what is planted
LONGEST = (4.0, 5.0, 20.0)  # days from each step to the next, at most: all within 30 days
AGAIN, ASIDE, EARLY = 0.06, 0.03, 0.02  # who opens the page again, of those who stop: who starts another way, who looked before


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row an event, in order of time: customer, moment, event, device."""
    rng = np.random.Generator(np.random.PCG64(seed))
    minutes = int((LAST - FIRST) / pd.Timedelta(minutes=1))
    shown = np.sort((minutes * np.sqrt(rng.uniform(0.25, 1.0, CUSTOMERS)) * 2 - minutes).astype(np.int64).clip(0))
    device = rng.choice(len(DEVICES), CUSTOMERS, p=SHARES)
    moments, took = _steps(rng, shown, device, planted)
    events = [_rows(moments[step][took[step]], np.flatnonzero(took[step]), STEPS[step], device) for step in range(len(STEPS))]
    events += _strays(rng, moments, took, device)
    rows = pd.concat(events, ignore_index=True)
    rows = rows[rows["minute"] < minutes].sort_values(["minute", "who", "event"], kind="stable")
    when = FIRST + pd.to_timedelta(rows["minute"], unit="min")
    told = {"customer": "u" + (rows["who"] + 1001).astype(str), "at": when.dt.strftime("%Y-%m-%d %H:%M")}
    return pd.DataFrame(told | {"event": rows["event"], "device": rows["device"]}).reset_index(drop=True)


def _steps(rng: np.random.Generator, shown: Whole, device: Whole, planted: bool) -> tuple[list[Whole], list[Flags]]:
    """The minute of each step, and who took it."""
    before = shown < int((CHANGED - FIRST) / pd.Timedelta(minutes=1))
    rates = [
        np.full(CUSTOMERS, OPENED),
        np.where(before, LONG_FORM if planted else STARTED, STARTED),
        np.where(device == DEVICES.index("mobile"), ON_MOBILE if planted else UPGRADED, UPGRADED),
    ]
    moments, took = [shown], [np.ones(CUSTOMERS, dtype=bool)]
    for rate, longest in zip(rates, LONGEST, strict=True):
        took.append(took[-1] & (rng.uniform(size=CUSTOMERS) < rate))
        moments.append(moments[-1] + (1440 * longest * rng.uniform(size=CUSTOMERS) ** 2).astype(np.int64) + 1)
    return moments, took


def _strays(rng: np.random.Generator, moments: list[Whole], took: list[Flags], device: Whole) -> list[pd.DataFrame]:
    """Pages opened again, trials without the page, pages opened before the offer, and customers who were never shown it."""
    lot = rng.uniform(size=CUSTOMERS)
    again = took[1] & (lot < AGAIN)
    aside, early = ~took[1] & (lot < ASIDE), ~took[1] & (lot > 1 - EARLY)
    others = rng.integers(0, int(moments[0].max()), OTHERS)
    where = np.append(device, rng.choice(len(DEVICES), OTHERS, p=SHARES))
    own = np.arange(CUSTOMERS, CUSTOMERS + OTHERS)
    return [
        _rows(moments[1][again] + 600, np.flatnonzero(again), STEPS[1], device),
        _rows(moments[0][aside] + 900, np.flatnonzero(aside), STEPS[2], device),
        _rows((moments[0][early] - 2000).clip(0), np.flatnonzero(early), STEPS[1], device),
        _rows(others, own, STEPS[1], where),
        _rows(others + 3000, own, STEPS[3], where),
    ]


def _rows(minute: Whole, who: Whole, event: str, device: Whole) -> pd.DataFrame:
    return pd.DataFrame({"minute": minute, "who": who, "event": event, "device": np.array(DEVICES)[device[who]]})
