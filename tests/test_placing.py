"""What is written is whole or absent: killed at every step, on a full disk, interrupted; and swept afterwards."""

import errno
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from kpikit.errors import ReportError
from kpikit.report import placing
from kpikit.report.placing import settle, sweep, written_aside, written_beside

OLD, NEW = {"index.html": "old", "figures/1.png": "old"}, {"index.html": "new", "figures/1.png": "new", "series.csv": "new"}


def fill(folder, files=NEW):
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def held(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path):
    """A folder of reports in which one report stands."""
    (tmp_path / "reports" / "a").mkdir(parents=True)
    fill(tmp_path / "reports" / "a", OLD)
    return tmp_path / "reports"


@pytest.fixture(params=["one step", "two steps"])
def steps(request, monkeypatch):
    """Both ways to put a folder in its place: exchanged by the system, or moved aside first."""
    if request.param == "two steps":
        monkeypatch.setattr(placing, "_exchanged", lambda *_: False)
    elif sys.platform != "linux":
        pytest.skip("the system exchanges no two names")
    return request.param


@pytest.mark.usefixtures("steps")
def test_a_new_folder_takes_the_place_of_the_old_one_and_nothing_is_left_beside_it(out):
    with written_aside(out / "a") as aside:
        fill(aside)
        assert held(out / "a") == OLD
    assert held(out) == {f"a/{name}": text for name, text in NEW.items()}
    assert [path.name for path in out.iterdir()] == ["a"]


def test_a_folder_is_made_where_none_stood_and_others_may_read_it_whatever_the_umask_says(tmp_path):
    before = os.umask(0o077)
    try:
        with written_aside(tmp_path / "deep" / "a") as aside:
            fill(aside)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "a").stat().st_mode) == 0o755
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a"]


@pytest.mark.usefixtures("steps")
def test_a_file_or_a_link_that_stands_in_the_place_is_replaced_and_what_it_leads_to_stays(out, tmp_path):
    (out / "b").write_text("a file")
    (out / "c").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    fill(tmp_path / "elsewhere", OLD)
    for name in ("b", "c"):
        with written_aside(out / name) as aside:
            fill(aside)
        assert held(out / name) == NEW
    assert held(tmp_path / "elsewhere") == OLD
    assert sorted(path.name for path in out.iterdir()) == ["a", "b", "c"]


@pytest.mark.parametrize("failure", [ValueError("x"), KeyboardInterrupt()])
def test_where_the_filling_fails_the_old_folder_stays_and_the_new_one_vanishes(out, failure):
    with pytest.raises(type(failure)), written_aside(out / "a") as aside:
        fill(aside)
        raise failure
    assert held(out) == {f"a/{name}": text for name, text in OLD.items()}
    assert [path.name for path in out.iterdir()] == ["a"]


@pytest.mark.parametrize("failure", [OSError(errno.EIO, "broken"), KeyboardInterrupt()])
def test_where_the_second_of_two_renames_fails_the_old_folder_is_put_back(out, monkeypatch, failure):
    rename = Path.rename

    def fails(path, target):
        if path.name.startswith(".making-"):
            raise failure
        return rename(path, target)

    monkeypatch.setattr(placing, "_exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(type(failure)), written_aside(out / "a") as aside:
        fill(aside)
    assert held(out) == {f"a/{name}": text for name, text in OLD.items()}
    assert [path.name for path in out.iterdir()] == ["a"]


# --- killed at every step ----------------------------------------------------------------------------------------------

#: makes the report again and again, and kills itself with SIGKILL at its first, second ... call of the system that touches files
KILLED = """
import os, signal, sys
from pathlib import Path
from kpikit.report import placing
out, number = Path(sys.argv[1]), 0
if sys.argv[2] == "two steps":
    placing._exchanged = lambda *_: False
TOUCHING = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "ctypes.dlsym", "os.scandir")
def make(last):
    seen = 0
    def kill(event, _):
        nonlocal seen
        seen += event in TOUCHING
        if event in TOUCHING and seen > last:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill)
    with placing.written_aside(out / "a") as aside:
        for name in ("index.html", "figures/1.png", "series.csv"):
            (aside / name).parent.mkdir(exist_ok=True)
            (aside / name).write_text("new")
while True:
    child = os.fork()
    if child == 0:
        make(number)
        os._exit(0)
    killed = os.waitpid(child, 0)[1] == signal.SIGKILL
    if not killed:
        break
    number += 1
    print(number, *sorted(path.name for path in out.iterdir()), flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork, and no SIGKILL")
@pytest.mark.parametrize("steps", ["one step", "two steps"])
def test_a_run_killed_at_any_moment_leaves_the_old_report_or_the_new_one_whole(out, steps):
    command = [sys.executable, "-c", KILLED, str(out), steps]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    seen, gaps = [], 0
    for line in child.stdout:
        gaps += not (out / "a").exists()
        assert steps == "two steps" or (out / "a").exists(), line
        sweep(out)
        seen.append("new" if held(out / "a") == NEW else "old")
        assert held(out / "a") == (NEW if seen[-1] == "new" else OLD), line
        assert [path.name for path in out.iterdir()] == ["a"]
        shutil.rmtree(out / "a")
        (out / "a").mkdir()
        fill(out / "a", OLD)
        child.stdin.write("\n")
        child.stdin.flush()
    assert child.wait() == 0
    assert seen == sorted(seen, reverse=True)  # old, old ... new, new: never back
    assert seen.count("old") > 10
    assert seen.count("new") > 3
    assert gaps == (0 if steps == "one step" else 1)


# --- a full disk -------------------------------------------------------------------------------------------------------


def full(folder):
    return (
        f"the disk is full: nothing more can be written to {folder}; what stood there stands unchanged; make room, or give another "
        "folder with --out"
    )


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB with a report on it."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=60", "kpikit-test", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        (place / "a").mkdir()
        fill(place / "a", OLD)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_on_a_full_disk_the_old_report_stays_and_the_new_one_vanishes(small_disk):
    with pytest.raises(ReportError) as error, written_aside(small_disk / "a") as aside:
        fill(aside)
        (aside / "index.html").write_bytes(b"x" * 2_000_000)
    assert str(error.value) == full(small_disk)
    assert held(small_disk) == {f"a/{name}": text for name, text in OLD.items()}
    with written_aside(small_disk / "a") as aside:
        fill(aside)
    assert held(small_disk / "a") == NEW


def test_on_a_full_disk_the_old_file_stays_and_the_draft_vanishes(small_disk):
    (small_disk / "log.txt").write_text("old")
    with pytest.raises(ReportError) as error, written_beside(small_disk / "log.txt") as draft:
        draft.write_text("x" * 2_000_000)
    assert str(error.value) == full(small_disk)
    assert (small_disk / "log.txt").read_text() == "old"
    assert sorted(path.name for path in small_disk.iterdir()) == ["a", "log.txt"]


def test_a_disk_so_full_that_no_folder_can_be_made_is_swept_all_the_same(small_disk):
    (small_disk / ".making-x").mkdir()
    (small_disk / ".old-x" / "b").mkdir(parents=True)
    with pytest.raises(OSError, match="No space left"):
        (small_disk / ".making-x" / "big").write_bytes(b"x" * 2_000_000)
    with pytest.raises(OSError, match="No space left"):
        for number in range(10_000):
            (small_disk / ".making-x" / str(number)).mkdir()
    sweep(small_disk)
    assert sorted(path.name for path in small_disk.iterdir()) == ["a", "b"]


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_where_the_system_refuses_a_larger_file_the_old_ones_stay(out):
    (out / "log.txt").write_text("old")
    with files_of_at_most(10_000):
        with pytest.raises(OSError, match="File too large"), written_aside(out / "a") as aside:
            (aside / "index.html").write_bytes(b"x" * 20_000)
        with pytest.raises(OSError, match="File too large"), written_beside(out / "log.txt") as draft:
            draft.write_text("x" * 20_000)
    assert held(out) == {**{f"a/{name}": text for name, text in OLD.items()}, "log.txt": "old"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("step", ["mkdtemp", "settle", "_move"])
def test_a_full_disk_is_told_whichever_step_meets_it(out, monkeypatch, step, code):
    def fails(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*(tempfile if step == "mkdtemp" else placing, step, fails))
    with pytest.raises(ReportError) as error, written_aside(out / "a") as aside:
        fill(aside)
    assert str(error.value) == full(out)
    assert held(out) == {f"a/{name}": text for name, text in OLD.items()}
    assert [path.name for path in out.iterdir()] == ["a"]


# --- swept -------------------------------------------------------------------------------------------------------------


def test_a_sweep_takes_away_what_killed_runs_left_and_touches_nothing_else(out):
    fill(
        out,
        {
            "index.html": "i",
            "log.txt": "l",
            ".lock": "k",
            ".fleet.json": "f",
            ".kept": "mine",
            ".making-notes": "a file of somebody's own",
        },
    )
    for folder in (".runs", ".making-abc/figures", ".old-abc/b", ".old-def/a", "b.draft"):
        (out / folder).mkdir(parents=True)
    stays = held(out)
    fill(
        out,
        {
            ".index.html": "h",
            "..fleet.json": "h",
            ".log.txt": "h",
            ".runs/.a.json": "h",
            ".making-abc/figures/1.png": "h",
            ".old-def/a/old": "h",
        },
    )
    fill(out, {".runs/a.json": "{}", ".old-abc/b/index.html": "old"})
    sweep(out)
    assert held(out) == {**stays, ".runs/a.json": "{}", "b/index.html": "old"}
    assert not [path for path in out.iterdir() if path.is_dir() and path.name.startswith((".making-", ".old-"))]


def test_a_folder_that_is_not_there_is_swept_without_a_word(tmp_path):
    sweep(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("steps")
def test_an_orphan_still_at_work_when_its_folder_is_swept_puts_nothing_in_place(out):
    with pytest.raises(FileNotFoundError), written_aside(out / "a") as aside:
        fill(aside)
        sweep(out)
    assert held(out) == {f"a/{name}": text for name, text in OLD.items()}
    assert [path.name for path in out.iterdir()] == ["a"]


def test_a_folder_that_is_swept_loses_its_name_before_it_is_emptied(out, monkeypatch):
    (out / ".making-abc").mkdir()
    named = []
    rmtree = shutil.rmtree
    monkeypatch.setattr(
        shutil, "rmtree", lambda *given, **how: named.append((out / ".making-abc").exists()) or rmtree(*given, **how)
    )
    sweep(out)
    assert named == [False]
    assert [path.name for path in out.iterdir()] == ["a"]


# --- a file alone ------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_when_its_draft_is_whole(tmp_path):
    path = tmp_path / ".runs" / "a.json"
    for text in ("one", "two"):
        with written_beside(path) as draft:
            draft.write_text(text)
            settle(draft)
        assert path.read_text() == text
    with pytest.raises(ValueError, match="x"), written_beside(path) as draft:
        draft.write_text("half")
        raise ValueError("x")
    assert held(tmp_path) == {".runs/a.json": "two"}


def test_where_the_system_cannot_write_a_whole_folder_out_each_file_is(out, monkeypatch):
    written = []
    fsync = os.fsync
    monkeypatch.setattr(placing, "_synced", lambda _: False)
    monkeypatch.setattr(os, "fsync", lambda opened: written.append(os.fstat(opened).st_ino) or fsync(opened))
    settle(out / "a")
    assert sorted(written) == sorted((out / "a" / name).stat().st_ino for name in OLD)
