"""A small fleet tormented: children and parent killed, a second run turned away, no room left; then resumed, byte by byte the same."""

import random
import signal
import sys

import pytest
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

SEED, NOTEBOOKS = 6, 5
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes of a fleet are found by their environment")


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The paths of a few small notebooks."""
    return write_reports(tmp_path_factory.mktemp("chaos") / "asked", NOTEBOOKS, 0)


@pytest.fixture(scope="module")
def calm(asked, tmp_path_factory):
    """A fleet that nobody disturbs, but for a second one in its folder; and how that ended."""
    out = tmp_path_factory.mktemp("chaos") / "reports"
    fleet, second = Fleet(asked, out), Fleet(asked, out)
    second.log = out.parent / "second.jsonl"
    fleet.start().wait_for(3)
    turned_away = second.start().end()
    said, code = fleet.end()
    assert code == 0, said
    assert not faults(out, swept=True)
    return fleet, turned_away


def test_a_second_fleet_in_the_same_folder_is_turned_away_and_the_first_goes_on(calm):
    fleet, (said, code) = calm
    assert code == 1
    assert f"{fleet.out}: another run is writing there (process {fleet.process.pid} since " in said


def test_without_room_and_killed_a_fleet_is_whole_or_absent_and_goes_on_to_the_same_bytes(asked, calm, tmp_path):
    chance, events = random.Random(SEED), calm[0].events()
    with small_disk(tmp_path / "disk", "300k") as mounted:
        out = tmp_path / "disk" / "reports"
        if mounted:  # as root may
            full = Fleet(asked, out).start()
            said, code = full.end()
            assert code == 1
            assert f"the disk is full: nothing more can be written to {out}" in said
            require_gone(full)
            assert not faults(out, swept=True)
            enlarge(tmp_path / "disk", "64m")
        killed = Fleet(asked, out).start()
        kill_children(killed, chance, 1, events // 4)
        end_parent(killed, chance, signal.SIGKILL, events // 2)
        assert not faults(out, swept=False)
        assert not log_faults(killed.log)
        said, code = Fleet(asked, out).start().end()
        assert code == 0, said
        assert not faults(out, swept=True)
        assert not different(reports(out), reports(calm[0].out))
