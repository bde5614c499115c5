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

SEED, NOTEBOOKS = 6, 6
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes of a fleet are found by their environment")


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The paths of a few small notebooks."""
    return write_reports(tmp_path_factory.mktemp("chaos") / "asked", NOTEBOOKS, 0)


@pytest.fixture(scope="module")
def undisturbed(asked, tmp_path_factory):
    """What the fleet gives that nobody disturbs, but for a second one that is turned away; and how many events it tells."""
    out = tmp_path_factory.mktemp("chaos") / "reports"
    fleet, second = Fleet(asked, out), Fleet(asked, out)
    second.log = out.parent / "second.jsonl"
    fleet.start().wait_for(3)
    turned_away = second.start().end()
    said, code = fleet.end()
    assert code == 0, said
    assert not faults(out, swept=True)
    return reports(out), fleet, turned_away


def test_a_second_fleet_in_the_same_folder_is_turned_away_and_the_first_goes_on(undisturbed):
    _, fleet, (said, code) = undisturbed
    assert code == 1
    assert f"{fleet.out}: another run is writing there (process {fleet.process.pid} since " in said


def test_a_fleet_whose_processes_are_killed_is_whole_or_absent_and_goes_on_to_the_same_bytes(asked, undisturbed, tmp_path):
    expected, calm, _ = undisturbed
    chance, out = random.Random(SEED), tmp_path / "reports"
    for number in (signal.SIGKILL, signal.SIGTERM):
        fleet = Fleet(asked, out).start()
        kill_children(fleet, chance, 1, calm.events() // 4)
        said, code = end_parent(fleet, chance, number, calm.events() // 2)
        assert code in (-signal.SIGKILL, 130, 0, 1), said
        assert not faults(out, swept=number != signal.SIGKILL)
        assert not log_faults(fleet.log)
    said, code = Fleet(asked, out).start().end()
    assert code == 0, said
    assert not faults(out, swept=True)
    assert not different(reports(out), expected)


def test_a_fleet_on_a_full_disk_keeps_what_is_whole_and_makes_the_rest_when_there_is_room(asked, undisturbed, tmp_path):
    with small_disk(tmp_path / "disk", "300k") as mounted:
        if not mounted:
            pytest.skip("only root may mount a small disk")
        out = tmp_path / "disk" / "reports"
        fleet = Fleet(asked, out).start()
        said, code = fleet.end()
        assert code == 1
        assert f"the disk is full: nothing more can be written to {out}" in said
        require_gone(fleet)
        assert not faults(out, swept=True)
        enlarge(tmp_path / "disk", "64m")
        said, code = Fleet(asked, out).start().end()
        assert code == 0, said
        assert not different(reports(out), undisturbed[0])
