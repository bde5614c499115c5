"""60 reports whose processes are killed at random (seeded), on a disk of 1 MB, two fleets in one folder: whole or absent, nothing
lost, nobody left, and after `kpikit report --resume` every byte as in a fleet that nobody disturbed.

    python tests/bench/chaos.py [rounds] [seed]
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tormented import (
    Fleet,
    different,
    end_parent,
    enlarge,
    faults,
    kill_children,
    log_faults,
    reports,
    require_gone,
    small_disk,
    write_reports,
)  # fmt: skip

NOTEBOOKS, CASES = 56, 4
DISK = "1m"


def undisturbed(paths: list[str], out: Path) -> tuple[dict[str, bytes], int]:
    """The bytes of a fleet that nobody disturbed, and how many events it told."""
    fleet = Fleet(paths, out).start()
    said, code = fleet.end()
    assert code == 0, said
    assert not faults(out, swept=True), faults(out, swept=True)
    return reports(out), fleet.events()


def disturbed(paths: list[str], out: Path, seed: int, events: int) -> str:
    """One fleet: children killed; then its own process, politely or not, each time after a resume; told in a line."""
    chance, told = random.Random(seed), []
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
        fleet = Fleet(paths, out).start()
        killed = kill_children(fleet, chance, chance.randrange(1, 4), events // 4)
        said, code = end_parent(fleet, chance, number, events // 2)
        polite = number != signal.SIGKILL
        assert fleet.events(), said
        assert code == (130 if polite else -number) or code in (0, 1), (code, said)
        wrong = faults(out, swept=polite) + log_faults(fleet.log)
        assert not wrong, wrong
        told.append(f"{len(killed)} killed, then {number.name} ({code}) with {len(list(out.glob('[!.]*/index.html')))} made")
    fleet = Fleet(paths, out).start()
    kill_children(fleet, chance, 3, events // 4)
    fleet.end()
    require_gone(fleet)
    assert not faults(out, swept=True), faults(out, swept=True)
    return "; ".join(told)


def require_resumed(paths: list[str], out: Path, expected: dict[str, bytes]) -> None:
    """Goes on undisturbed, and compares every byte."""
    said, code = Fleet(paths, out).start().end()
    assert code == 0, said
    assert not faults(out, swept=True), faults(out, swept=True)
    assert not different(reports(out), expected), different(reports(out), expected)


def two_at_once(paths: list[str], out: Path, expected: dict[str, bytes]) -> None:
    """The second fleet is turned away at once, the first goes on as if nothing had been."""
    first = Fleet(paths, out).start()
    assert first.wait_for(3)
    start = time.monotonic()
    second = Fleet(paths, out)
    second.log = out.parent / "second.jsonl"
    said, code = second.start().end()
    assert code == 1
    assert f"another run is writing there (process {first.process.pid} since " in said, said
    print(f"two fleets: the second was turned away after {time.monotonic() - start:.1f} s")
    said, code = first.end()
    assert code == 0, said
    assert not different(reports(out), expected), different(reports(out), expected)


def full_disk(paths: list[str], disk: Path, expected: dict[str, bytes]) -> None:
    """On a disk that holds some of the reports these are whole, and the rest is made when there is room."""
    with small_disk(disk, DISK) as mounted:
        if not mounted:
            print("full disk: skipped, only root may mount a small disk")
            return
        fleet = Fleet(paths, disk / "reports").start()
        said, code = fleet.end()
        assert code == 1
        assert "the disk is full: " in said, said
        require_gone(fleet)
        assert not faults(disk / "reports", swept=True), faults(disk / "reports", swept=True)
        whole = len(list((disk / "reports").glob("[!.]*/index.html")))
        enlarge(disk, "64m")
        require_resumed(paths, disk / "reports", expected)
        print(f"full disk: {whole} reports were whole on {DISK}, all {len(paths)} when there was room")


def main() -> None:
    """Prints a line for each round; ends with an error at the first fault."""
    rounds, seed = (int(text) for text in (*sys.argv[1:], *("5", "20261122")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory(prefix="kpikit-chaos-") as folder:
        home = Path(folder)
        paths = write_reports(home / "asked", NOTEBOOKS, CASES)
        start = time.monotonic()
        expected, events = undisturbed(paths, home / "undisturbed")
        print(f"undisturbed: {len(paths)} reports, {len(expected)} files in {time.monotonic() - start:.0f} s")
        two_at_once(paths, home / "two", expected)
        full_disk(paths, home / "disk", expected)
        for number in range(rounds):
            out = home / f"round_{number}"
            told = disturbed(paths, out, seed + number, events)
            require_resumed(paths, out, expected)
            print(f"round {number + 1}, seed {seed + number}: {told}; resumed: every byte is the same", flush=True)


if __name__ == "__main__":
    main()
