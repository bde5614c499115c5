"""Fleets of small reports whose processes are killed at random, and what is left of them: whole or absent, and nobody alive."""

import hashlib
import json
import os
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager

import nbformat
import psutil

MARK = "KPIKIT_TORMENTED"  # an environment variable that every process of a fleet inherits
GONE_S = 30  # within which nobody is alive any more, on a busy machine; alone it takes less than one
KEPT = (".lock", ".fleet.json", ".runs", "index.html", "log.txt")
DRAFTS = ("..fleet.json", ".index.html", ".log.txt")


def write_reports(home, notebooks, cases):
    """The paths of small notebooks, each with two figures' worth of text, and of small cases, all in one folder."""
    home.mkdir(parents=True)
    paths = [home / f"note_{number:02}.ipynb" for number in range(notebooks)]
    for number, path in enumerate(paths):
        sources = ["number = 1", "import time; time.sleep(0.05)", "print('x' * 20_000)", f"number + {number}"]
        cells = [nbformat.v4.new_markdown_cell(f"# What is {number} and one?"), *map(nbformat.v4.new_code_cell, sources)]
        cells[1].metadata.tags = ["parameters"]
        for at, cell in enumerate(cells):
            cell.id = f"cell-{at}"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    rows = "".join(f"2025-{month:02},{100 + 20 * month},1000\n" for month in range(1, 13))
    (home / "subs.csv").write_text(f"month,upgrades,subscribers\n{rows}")
    for number in range(cases):
        paths.append(home / f"case_{number:02}.toml")
        paths[-1].write_text(
            f'title = "Case {number}"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "subs.csv"\nkind = "counts"\n'
            'columns = { period = "month", numerator = "upgrades", denominator = "subscribers" }\n'
            'question = "scorecard"\nas_of = 2026-01-15\n'
        )
    return [str(path) for path in paths]


class Fleet:
    """A folder of reports, and the one command that makes them; all that it starts carries a mark of its own."""

    def __init__(self, paths, out):
        self.paths, self.out, self.mark = paths, out, uuid.uuid4().hex
        self.log = out.parent / f"{out.name}.jsonl"
        self.process = None

    @property
    def _environment(self):
        """Without the warm servers of the tests: those of a fleet of its own are killed too."""
        return {name: value for name, value in os.environ.items() if not name.startswith("KPIKIT_WARM_")} | {MARK: self.mark}

    def start(self, *more):
        """Starts it: anew, or, where a fleet was begun, with --resume."""
        asked = ["--resume"] if (self.out / ".fleet.json").exists() else self.paths
        self.log.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kpikit", "report", *asked, "--out", str(self.out), "--log-json", str(self.log), *more],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment, start_new_session=True,
        )  # fmt: skip
        return self

    def end(self):
        """What it printed, and its exit code."""
        said = self.process.communicate()[0]
        return said, self.process.returncode

    def events(self):
        """How much was told so far."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def alive(self):
        """Every process of it that lives, this one's child first."""
        return sorted((process for process in psutil.process_iter() if _marked(process, self.mark)), key=lambda one: one.pid)

    def wait_for(self, events):
        """Whether it is still at work when that much was told."""
        while self.events() < events and self.process.poll() is None:
            time.sleep(0.005)
        return self.process.poll() is None


def _marked(process, mark):
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except psutil.Error:
        return False


def kill_children(fleet, chance, count, events):
    """Kills that many processes that the fleet started, each at a random moment of those events; returns what they were."""
    killed = []
    for moment in sorted(chance.randrange(1, events) for _ in range(count)):
        if not fleet.wait_for(moment):
            break
        time.sleep(chance.uniform(0, 0.1))
        victims = [process for process in fleet.alive() if process.pid != fleet.process.pid]
        if victims:
            victim = chance.choice(victims)
            try:
                killed.append(" ".join(victim.cmdline()[-3:]))
                victim.kill()
            except psutil.Error:
                continue
    return killed


def end_parent(fleet, chance, number, events):
    """Sends the fleet's own process a signal at a random moment of its events, and waits until nobody is alive."""
    if fleet.wait_for(chance.randrange(1, events)):
        time.sleep(chance.uniform(0, 0.1))
        fleet.process.send_signal(number)
    ended = fleet.end()
    require_gone(fleet)
    return ended


def require_gone(fleet):
    """Returns the seconds until nobody of the fleet was alive."""
    start = time.monotonic()
    while left := fleet.alive():
        if time.monotonic() - start > GONE_S:
            raise AssertionError(f"still alive: {[process.cmdline() for process in left]}")
        time.sleep(0.05)
    return time.monotonic() - start


def faults(out, *, swept):
    """What is torn or strange in a folder of reports; `swept`, also what only a killed run leaves behind."""
    found = [f"{path.name}: left behind" for path in out.iterdir() if swept and _only_for_a_time(path)]
    found += [f".runs/{path.name}: left behind" for path in (out / ".runs").glob(".*") if swept]
    for path in out.iterdir():
        if path.name not in KEPT and not _only_for_a_time(path):
            found += _torn(path) if path.is_dir() else [f"{path.name}: whose is it?"]
    for path in (*(out / ".runs").glob("[!.]*"), *out.glob(".fleet.json")):
        found += _not_json(path.name, path.read_text(encoding="utf-8"))
    for name, ending in (("index.html", "</html>"), ("log.txt", "\n")):
        if (out / name).exists() and not (out / name).read_text(encoding="utf-8").endswith(ending):
            found.append(f"{name}: torn")
    return found


def _only_for_a_time(path):
    return path.name in DRAFTS or path.name.startswith((".making-", ".old-"))


def _torn(folder):
    """A report is whole if its provenance says of each file, and of no other, the hash that it has."""
    try:
        told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, LookupError) as error:
        return [f"{folder.name}: its provenance cannot be read: {error}"]
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    there.pop("provenance.json")
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
    return [] if hashes == told and "index.html" in told else [f"{folder.name}: torn"]


def _not_json(name, text):
    try:
        json.loads(text)
    except ValueError as error:
        return [f"{name}: {error}"]
    return []


def log_faults(log):
    """Lines of a JSON log that are none."""
    return [fault for line in log.read_text(encoding="utf-8").splitlines() for fault in _not_json(log.name, line)]


def reports(out):
    """The bytes of every file of every report."""
    paths = [path for path in out.rglob("*") if path.is_file() and path.relative_to(out).parts[0] not in KEPT]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}


@contextmanager
def small_disk(place, size):
    """Whether a disk of that size could be mounted at a place, for as long as the block lasts."""
    place.mkdir(parents=True)
    mounted = sys.platform == "linux" and os.geteuid() == 0
    mounted = (
        mounted
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "kpikit-test", str(place)], capture_output=True
        ).returncode
        == 0
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def enlarge(place, size):
    """Makes room on a small disk."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True, capture_output=True)


def different(found, expected):
    """The names of the files that one of two folders of reports has otherwise than the other, or not at all."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
