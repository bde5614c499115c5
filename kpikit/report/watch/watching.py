"""watch: cases measured once each, and what of them is news; told first, and known only when that was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kpikit import words
from kpikit.cases import Case
from kpikit.errors import CaseError, KpikitError
from kpikit.report.watch.memory import Known, held, home_of, recalled, remember
from kpikit.report.watch.news import Told, kept, news
from kpikit.report.watch.seen import Seen, refuse_unwatched, seen
from kpikit.words import watch as said
from kpikit.words.locales import asked_locale, numbers_in


@dataclass(frozen=True)
class Watched:
    """A case that was watched: whether something is new, and what is to be said, in lines."""

    case_id: str
    new: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """A case that could not be watched, and why."""

    case_id: str
    why: str

    @property
    def said(self) -> str:
        """The case and why; once, where the reason names it itself."""
        return words.visible(self.why if self.why.startswith(f"{self.case_id}: ") else f"{self.case_id}: {self.why}")


@dataclass(frozen=True)
class Watch:
    """What became of each case, in their order; `unkept` tells, when all is over, of which it could not be kept."""

    ended: tuple[Watched | Failed, ...]
    unkept: list[Failed] = field(default_factory=list)


@contextmanager
def watch(cases: Sequence[Case], folder: Path, given: Sequence[str] = ()) -> Iterator[Watch]:
    """What became of each case; what was seen is known in `folder` only when the block has told it.

    `given` is how each case was named, for the command that makes its report. Raises CaseError before anything is measured for
    a case that cannot be watched.
    """
    for case in cases:
        refuse_unwatched(case)
    _refuse_twice([case.id for case in cases])
    with ExitStack() as stack:
        names = given or [case.id for case in cases]
        done = [_watched(case, name, folder, stack) for case, name in zip(cases, names, strict=True)]
        found = Watch(tuple(ended for ended, _ in done))
        yield found
        for ended, keep in done:
            try:
                keep()
            except (KpikitError, OSError) as error:  # the others are to be known all the same
                found.unkept.append(Failed(ended.case_id, str(error)))


def _watched(case: Case, given: str, folder: Path, stack: ExitStack) -> tuple[Watched | Failed, Callable[[], None]]:
    """What became of a case, and what makes it known."""
    try:
        place, home = stack.enter_context(held(folder, case.id)), home_of(case, folder)
        known = recalled(place, home)
        _refuse_earlier(case, known)
        before = known["measures"] if known else {}
        now = seen(case, {name: measure["at"] for name, measure in before.items()})
        new = news(before, now) if known else None
    except (KpikitError, OSError) as error:
        return Failed(case.id, str(error)), lambda: None
    with numbers_in(case.locale or asked_locale()):
        ended = Watched(case.id, bool(new and new["items"]), tuple(_said(now, given, known, new)))
    return ended, lambda: remember(place, home, now.as_of, kept(before, now.measures))


def _said(now: Seen, given: str, known: Known | None, new: Told | None) -> list[str]:
    told = {name: getattr(now, name) for name in ("case_id", "title", "as_of", "measures", "checks", "next_step")}
    told["given"] = given
    if known is None or new is None:
        return said.baseline(told)
    told |= {"last": known["as_of"], **new}
    return said.note(told) if new["items"] else said.nothing(told)


def _refuse_earlier(case: Case, known: Known | None) -> None:
    day = words.day(case.as_of)
    if known and day < known["as_of"]:
        raise CaseError(f"{case.id}: it was watched as of {known['as_of']} already; give that day or a later one, not {day}")


def _refuse_twice(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"two of the cases are called '{name}'; what is known of them would land in one file")
