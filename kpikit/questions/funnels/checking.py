"""What was looked at beside a funnel's numbers: open windows, steps out of order, the mix, how much was compared."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from kpikit import words
from kpikit.answer import Check
from kpikit.questions.funnels.comparing import CLEAR_AT, Finding
from kpikit.questions.funnels.parts import counted, mix
from kpikit.shapes.steps import Steps

PLAIN = "Of a rate Wilson's, of a difference Newcombe's; p-values of the N - 1 chi-square, of losses McNemar's mid-p."
CLUSTERED = "By the spread between customers, who come in several times (linearised ratios of sums)."


def checks_of(steps: Steps, found: list[Finding]) -> list[Check]:
    """All checks of the question's own."""
    told = [*_windows(steps), *_order(steps), *_segments(steps), *_change(steps, found), _time(steps, found), _family(found)]
    return [*told, Check("interval", True, CLUSTERED if steps.clustered else PLAIN)]


def _windows(steps: Steps) -> Iterator[Check]:
    as_of, entered = words.day(steps.as_of), f"who entered with '{steps.steps[0]}'"
    if steps.window == "ever":
        said = f"No window was set: whoever entered shortly before {as_of} had less time than others, and is judged with them."
        yield Check("open windows", None, said)
        return
    open_ = counted(steps, "fate", "censored")
    left = f"{words.counted(open_, _one(steps), _many(steps))} {entered} had less than {steps.window} by {as_of}"
    all_over = f"Everybody {entered} had {steps.window} by {as_of}."
    yield Check("open windows", True, f"{left}: left out of the rates, never counted as lost." if open_ else all_over)
    if steps.changed_on is not None:
        spans = counted(steps, "side", "straddling")
        over = f"whose {steps.window} span {words.day(steps.changed_on)}: in neither side of before and after."
        yield Check("straddling", True, f"{words.counted(spans, _one(steps), _many(steps))} {over}")


def _order(steps: Steps) -> Iterator[Check]:
    for step, names in steps.names.items():
        if names != [step]:
            events = words.listed([f"'{name}'" for name in names], "or")
            said = f"The step '{step}' is the event {events}, whichever comes first."
            yield Check("events of a step", True, said)
    without, first = steps.without_first, steps.steps[0]
    if without:
        said = f"{words.counted(without, _one(steps), _many(steps))} took a later step and never '{first}': not in this funnel."
    yield Check("without the first step", not without, said if without else f"Nobody took a later step without '{first}'.")
    skipped, disordered = steps.skipped, steps.out_of_order
    parts = [f"{words.amount(skipped)} took a step without all those before it"] * bool(skipped)
    parts += [f"{words.amount(disordered)} took one before what it should follow"] * bool(disordered)
    told = f"Of all who entered, {words.listed(parts)}: counted up to the last step that they took in order."
    clean = "Nobody who entered skipped a step or took one out of order."
    yield Check("order of steps", not parts, told if parts else clean)


def _segments(steps: Steps) -> Iterator[Check]:
    for segment, several in steps.several.items():
        if several:
            said = (
                f"{words.counted(several, _one(steps), _many(steps))} bear several values of '{segment}'; that at entry counts."
            )
            yield Check("segments that change", False, said)
    if steps.segments:
        yield Check("segments", None, "Not checked: segments differ in more than their name; a leak in one is a hypothesis.")


def _change(steps: Steps, found: list[Finding]) -> Iterator[Check]:
    if steps.changed_on is None:
        return
    said = "Not checked: season, trend and whatever else changed; who entered before is compared plainly with who entered after."
    yield Check("before and after", None, said)
    for segment in steps.segments:
        table = mix(steps, segment)
        if table.shape[0] < 2 or table.shape[1] < 2:
            continue
        moved = float(stats.chi2_contingency(table.to_numpy(dtype=float)).pvalue) < CLEAR_AT
        same = f"Before and after hold about the same mix of '{segment}'."
        other = f"The mix of '{segment}' differs before and after, which by itself moves the rates of all."
        yield Check("mix", not moved, other if moved else same)


def _time(steps: Steps, found: list[Finding]) -> Check:
    moved = any(one.kind == "change" and one.clear for one in found)
    told = "The curve takes it that those still on their way go on as earlier entrants did"
    told += ", and the change moved a rate" if moved else ""
    told += (
        "; its limits take each entry of a customer for itself, and are too narrow where they go alike" if steps.clustered else ""
    )
    return Check("time to convert", False if moved else None, f"{told}.")


def _family(found: list[Finding]) -> Check:
    count = sum(np.isfinite(one.told.p_value) for one in found)
    told = f"{words.counted(count, 'comparison')} in this answer; what is called clear stays so among all of them (Holm 1979)."
    return Check("compared at once", True, told)


def _one(steps: Steps) -> str:
    return "entry" if steps.clustered else "customer"


def _many(steps: Steps) -> str:
    return "entries" if steps.clustered else "customers"
