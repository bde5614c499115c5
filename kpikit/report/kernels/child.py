"""What a process does between the fork and its work: it takes its own session, place, environment and chance, and then runs."""

from __future__ import annotations

import atexit
import ctypes
import importlib
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

SET_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
PARENT, SESSION = 1, 3  # fields of /proc/PID/stat behind the name
LAUNCHER = "ipykernel_launcher.py"
#: modules that look at where they are when they are imported: a notebook imports them for itself
LOOKING = ("tqdm.auto", "tqdm.autonotebook")


def become(request: Mapping[str, Any], parent: int, asker: int, descriptors: Sequence[int], inherited: Sequence[int]) -> NoReturn:
    """Runs what was requested in this new process, and leaves with its exit code; never returns into the server's own loop.

    `parent` is the server, known from before the fork: it may have been killed since.
    """
    code = 1
    try:
        _begin(parent)
        _take_streams(asker, descriptors, inherited)
        _take_place(request)
        code = _ran(request["run"], request["arguments"])
    except BaseException:  # noqa: BLE001 - whatever it is: nothing of a fork may go on as a second server
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _begin(parent: int) -> None:
    """A session and signals of its own, and an end with the server's."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    die_with_parent(parent)


def die_with_parent(parent: int) -> None:
    """This process is killed when the one that forked it is; at once where that happened already."""
    ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """What loses its parent below this process becomes this process's child."""
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1)


def _take_streams(asker: int, descriptors: Sequence[int], inherited: Sequence[int]) -> None:
    """Nothing on stdin, the streams that were sent or the line to the asker as stdout; all else that was open is closed."""
    nothing = os.open(os.devnull, os.O_RDWR)
    out, err = descriptors or (asker, nothing)
    for source, place in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, place)
    for number in {*inherited, *descriptors, asker, nothing} - {0, 1, 2}:
        os.close(number)


def _take_place(request: Mapping[str, Any]) -> None:
    """The working folder, environment and time zone that were asked for, and chance of its own."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # the global generator was copied by the fork
    for name in LOOKING:
        sys.modules.pop(name, None)


def _ran(what: str, arguments: Sequence[Any]) -> int:
    """Calls `module:function`; returns the exit code as an interpreter would."""
    module, _, function = what.partition(":")
    code = 0
    try:
        getattr(importlib.import_module(module), function)(*arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - the top of a process: an interpreter would print it and leave with 1
        sys.excepthook(*sys.exc_info())
        code = 1
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # whoever read them has gone
        pass
    return code


def run_kernel(*arguments: str) -> None:
    """An IPython kernel as `python -m ipykernel_launcher` starts it."""
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    here = {"", os.getcwd()}  # noqa: PTH109 - as it stands in sys.path
    if sys.path and sys.path[0] in here:
        del sys.path[0]  # IPython puts the working folder back
    sys.argv = [LAUNCHER, *arguments]
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(list(arguments))  # type: ignore[no-untyped-call]
    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]  # which matplotlib reads when it is imported
    app.start()  # type: ignore[no-untyped-call]


def end_session(leader: int) -> None:
    """Kills a process and all that it started, as far as it stayed in its session."""
    for pid in (leader, *_found(SESSION, leader)):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:  # it ended by itself
            continue


def children(parent: int) -> list[int]:
    """The processes whose parent this is."""
    return _found(PARENT, parent)


def _found(field: int, number: int) -> list[int]:
    """The processes whose line in /proc holds this number in a field, counted behind the name."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[field]) == number:
                found.append(int(entry.name))
        except (OSError, LookupError):  # it ended meanwhile: its line is gone, or empty
            continue
    return found
