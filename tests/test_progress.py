"""A fleet is told as it goes: lines or a bar, none garbled by another, and a log of which every line is JSON."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from kpikit.report.progress import Progress
from kpikit.report.record import Record

DONE = Record("a", True, duration_s=4.1, kernel="warm")
FAILED = Record("b", False, "t.csv: 1 value\n  line 2", duration_s=0.2)
SAME = Record("c", True, unchanged=True)


def cell(name, number, of=4):
    return {"event": "cell", "report": name, "cell": number, "of": of}


def ended(record):
    return {"event": "ended", "report": record.name, "record": record}


def test_where_nobody_watches_each_end_is_a_line_and_what_is_unchanged_one_line_in_all(capsys):
    with Progress(4) as progress:
        for event in ({"event": "started", "report": "a"}, cell("a", 1), ended(SAME), ended(DONE), ended(FAILED)):
            progress.tell(event)
        progress(Record("d", True, unchanged=True))
    assert capsys.readouterr().out == "[2/4] a: done (4.1 s)\n[3/4] b: FAILED\n2 of 4 unchanged\n"


def test_a_name_that_would_move_the_cursor_is_told_without_that(capsys):
    with Progress(1) as progress:
        progress(Record("a\x1b[2J\nb", True, duration_s=1.0))
    assert capsys.readouterr().out == "[1/1] a?[2J?b: done (1.0 s)\n"


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_log_says_all_that_happened_when_in_utc_and_how_it_ended(tmp_path):
    log = tmp_path / "log.jsonl"
    before = datetime.now(UTC)
    with Progress(3, log, workers=2) as progress:
        for event in ({"event": "started", "report": "a"}, cell("a", 3, 32), ended(DONE), ended(FAILED), ended(SAME)):
            progress.tell(event)
    found = lines(log)
    times = [datetime.fromisoformat(line.pop("time")) for line in found]
    assert before - timedelta(seconds=1) <= times[0] <= times[-1] <= datetime.now(UTC)
    assert times == sorted(times)
    assert {time.utcoffset() for time in times} == {timedelta(0)}
    end = {"event": "ended", "reason": "", "unchanged": False}
    assert found == [
        {"event": "fleet started", "reports": 3, "workers": 2},
        {"event": "started", "report": "a"},
        {"event": "cell", "report": "a", "cell": 3, "of": 32},
        {**end, "report": "a", "passed": True, "duration_s": 4.1, "kernel": "warm"},
        {**end, "report": "b", "passed": False, "reason": FAILED.reason, "duration_s": 0.2, "kernel": ""},
        {**end, "report": "c", "passed": True, "duration_s": 0.0, "kernel": "", "unchanged": True},
        {"event": "fleet ended", "reports": 3, "passed": 2, "failed": 1, "unchanged": 1, "exit_code": 1},
    ]


class Slow:
    """A stream that gives way to other threads whenever something is written to it."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        for sign in text:
            self.stream.write(sign)
            time.sleep(0)

    def flush(self):
        self.stream.flush()


@pytest.mark.parametrize(("failure", "code"), [(None, 0), (KeyboardInterrupt, 130), (ValueError, 1)])
def test_the_log_ends_with_the_exit_code_also_of_a_fleet_that_was_broken_off(tmp_path, failure, code):
    def run():
        with Progress(2, tmp_path / "log.jsonl") as progress:
            progress(DONE)
            if failure:
                raise failure

    if failure:
        with pytest.raises(failure):
            run()
    else:
        run()
    end = lines(tmp_path / "log.jsonl")[-1]
    assert (end["event"], end["passed"], end["exit_code"]) == ("fleet ended", 1, code)


def test_a_second_fleet_adds_to_the_log(tmp_path):
    for _ in range(2):
        with Progress(0, tmp_path / "log.jsonl"):
            pass
    assert [line["event"] for line in lines(tmp_path / "log.jsonl")] == ["fleet started", "fleet ended"] * 2


def test_a_fleet_after_one_whose_last_line_was_cut_off_begins_on_a_line_of_its_own(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"time": "2026')
    with Progress(0, tmp_path / "log.jsonl"):
        pass
    torn, *whole = (tmp_path / "log.jsonl").read_text().splitlines()
    assert torn == '{"time": "2026'
    assert [json.loads(line)["event"] for line in whole] == ["fleet started", "fleet ended"]


def test_lines_of_many_threads_never_mix(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Slow(sys.stdout))

    def report(name):
        for number in range(1, 51):
            progress.tell(cell(name, number, 50))
        progress.tell(ended(Record(name, True, duration_s=1.0)))

    names = [f"report_{number}" for number in range(8)]
    with Progress(8, tmp_path / "log.jsonl") as progress:
        threads = [threading.Thread(target=report, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told = [re.fullmatch(r"\[(\d)/8\] (report_\d): done \(1.0 s\)", line) for line in capsys.readouterr().out.splitlines()]
    assert [int(line[1]) for line in told] == list(range(1, 9))
    assert sorted(line[2] for line in told) == names
    logged = lines(tmp_path / "log.jsonl")
    assert len(logged) == 2 + 8 * 51
    for name in names:
        assert [line["cell"] for line in logged if line.get("report") == name and "cell" in line] == list(range(1, 51))


KILLED = """
import sys
from pathlib import Path
from kpikit.report.progress import Progress
with Progress(1, Path(sys.argv[1])) as progress:
    print("started", flush=True)
    for number in range(10**9):
        progress.tell({"event": "cell", "report": "a" * 500, "cell": number, "of": 10**9})
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_every_line_of_a_killed_run_s_log_is_json(tmp_path):
    log = tmp_path / "log.jsonl"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(log)], stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
    while log.stat().st_size < 100_000:
        pass
    child.kill()
    child.wait()
    assert [line.get("cell") for line in lines(log)] == [None, *range(len(lines(log)) - 1)]
    assert log.read_bytes().endswith(b"}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_log_that_can_be_written_no_more_ends_with_a_word_and_the_fleet_goes_on(tmp_path, capsys):
    import resource

    log = tmp_path / "log.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Progress(1, log) as progress:
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 100, before[1]))
        try:
            for number in range(4):
                progress.tell(cell("a", number))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        progress(DONE)
    told = capsys.readouterr()
    assert told.out == "[1/1] a: done (4.1 s)\n"
    assert told.err == f"kpikit: {log}: the disk is full, or the file cannot be written; the log ends here\n"
    *whole, torn = log.read_text().split("\n")
    assert [json.loads(line)["event"] for line in whole] == ["fleet started", "cell"]
    assert torn.startswith('{"ti')


WATCHED = """
from kpikit.report.progress import Progress
from kpikit.report.record import Record
with Progress(5, workers=2) as progress:
    progress(Record("same", True, unchanged=True))
    for name in ("alpha", "beta"):
        progress.tell({"event": "started", "report": name})
        progress.tell({"event": "cell", "report": name, "cell": 2, "of": 4})
    progress(Record("alpha", False, "why"))
    progress(Record("beta", True))
print("index.html")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_on_a_terminal_a_bar_names_what_runs_its_cells_and_the_time_left_and_failures_stand_above_it():
    text = on_terminal(WATCHED)
    drawn = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    assert all(len(line) < 100 for line in drawn)
    bars = [re.fullmatch(r"(\d/5) reports \|[^|]*\| +(\d+) %, (\S+) left(.*)", line) for line in drawn]
    told = [(bar[1], bar[2], bar[4]) for bar in bars if bar]
    assert ("1/5", "12", ", alpha 2/4, beta 2/4") in told  # two reports of the four that are made, each after a fourth
    assert told[-1] == ("3/5", "50", "")
    assert re.fullmatch(r"\d\d:\d\d", [bar[3] for bar in bars if bar][-1])
    others = [line.strip() for line, bar in zip(drawn, bars, strict=True) if not bar]
    assert others == ["[2/5] alpha: FAILED", "1 of 5 unchanged", "index.html"]


def test_a_fleet_of_which_nothing_is_made_has_its_bar_all_the_same():
    code = WATCHED[: WATCHED.index("    for name")].replace("Progress(5", "Progress(1") + 'print("index.html")\n'
    assert on_terminal(code).splitlines()[-2:] == ["1 of 1 unchanged", "index.html"]


def on_terminal(code):
    """What a program writes on a terminal of 100 columns."""
    import fcntl
    import pty
    import termios

    seen, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    child = subprocess.Popen([sys.executable, "-c", code], stdin=screen, stdout=screen, stderr=screen)
    os.close(screen)
    written = b""
    while True:
        try:
            written += (read := os.read(seen, 4096))
        except OSError:  # Linux says so when the other end is closed
            break
        if not read:
            break
    os.close(seen)
    assert child.wait() == 0, written
    return written.decode()


def test_telling_needs_nothing_heavy():
    code = "import sys, kpikit.report.progress; print({'pandas', 'numpy', 'jinja2', 'tqdm'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
