"""One run at a time writes into a folder of reports: a second one is told who is there, a killed one stands in nobody's way."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from kpikit.errors import ReportError
from kpikit.report.lock import locked

HOLDS = """
import sys, time
from pathlib import Path
from kpikit.report.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    {then}
"""


def holder(out, then="sys.stdin.readline()"):
    """A process that holds the lock of a folder until a line is written to it."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDS.format(then=then), str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_run_is_told_at_once_which_process_is_there_and_what_to_do(tmp_path):
    out = tmp_path / "reports"
    child = holder(out)
    try:
        for _ in range(2):  # asking changes nothing
            start = time.monotonic()
            with pytest.raises(ReportError) as error, locked(out):
                pass
            assert time.monotonic() - start < 2
            told = re.sub(r"since \d\d:\d\d\)", "since 10:31)", str(error.value))
            assert told == (
                f"{out}: another run is writing there (process {child.pid} since 10:31); wait for it, or give another folder "
                "with --out"
            )
    finally:
        child.communicate("\n")
    with locked(out):
        pass


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_a_lock_of_a_killed_process_blocks_nobody(tmp_path):
    child = holder(tmp_path)
    child.kill()
    child.wait()
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text().startswith(f"process {os.getpid()} since ")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_process_that_a_killed_run_started_and_that_outlives_it_does_not_keep_the_lock(tmp_path):
    then = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    child = holder(tmp_path, then)
    orphan = int(child.stdout.readline())
    try:
        child.kill()
        child.wait()
        with locked(tmp_path):
            os.kill(orphan, 0)
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_the_lock_is_let_go_of_where_the_run_fails(tmp_path):
    with pytest.raises(ValueError, match="x"), locked(tmp_path):
        raise ValueError("x")
    with locked(tmp_path):
        pass


def test_a_run_in_another_folder_is_free(tmp_path):
    with locked(tmp_path / "a"), locked(tmp_path / "b"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_lock_that_says_nothing_is_told_without_a_name(tmp_path):
    with locked(tmp_path):
        (tmp_path / ".lock").write_text("")
        with pytest.raises(ReportError) as error, locked(tmp_path):
            pass
    said = f"{tmp_path}: another run is writing there; wait for it, or give another folder with --out"
    assert str(error.value) == said


def test_the_lock_needs_nothing_heavy():
    code = "import sys, kpikit.report.lock, kpikit.report.placing; print({'pandas', 'numpy', 'jinja2'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
