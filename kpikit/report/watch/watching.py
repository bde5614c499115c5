"""watch: cases measured once each, and what of them is news; told first, and known only when that was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kpikit import words
from kpikit.cases import Case
from kpikit.errors import CaseError, KpikitError
from kpikit.report.watch.memory import Known, held, recalled, remember
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
        return self.why if self.why.startswith(f"{self.case_id}: ") else f"{self.case_id}: {self.why}"


@contextmanager
def watch(cases: Sequence[Case], folder: Path) -> Iterator[list[Watched | Failed]]:
    """What became of each case, in their order; what was seen is known in `folder` only when the block has told it.

    Raises CaseError before anything is measured for a case that cannot be watched.
    """
    for case in cases:
        refuse_unwatched(case)
    _refuse_twice([case.id for case in cases])
    with ExitStack() as stack:
        done = [_watched(case, folder, stack) for case in cases]
        yield [ended for ended, _ in done]
        for _, keep in done:
            keep()


def _watched(case: Case, folder: Path, stack: ExitStack) -> tuple[Watched | Failed, Callable[[], None]]:
    """What became of a case, and what makes it known."""
    try:
        place = stack.enter_context(held(folder, case.id))
        known = recalled(place)
        _refuse_earlier(case, known)
        now = seen(case)
        before = known["measures"] if known else {}
        new = news(before, now) if known else None
    except (KpikitError, OSError) as error:
        return Failed(case.id, str(error)), lambda: None
    with numbers_in(case.locale or asked_locale()):
        ended = Watched(case.id, bool(new and new["items"]), tuple(_said(now, known, new)))
    return ended, lambda: remember(place, now.as_of, kept(before, now.measures))


def _said(now: Seen, known: Known | None, new: Told | None) -> list[str]:
    told = {name: getattr(now, name) for name in ("case_id", "title", "as_of", "measures", "checks", "next_step")}
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
