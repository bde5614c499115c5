"""Warm: the server as those see it who want a process of it; a context, and an address in the environment."""

from __future__ import annotations

import array
import atexit
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from kpikit.report.kernels.preload import SINGLE_THREADED
from kpikit.report.kernels.sameness import Sameness

ADDRESS = "KPIKIT_WARM_"  # with the kind behind it: where the server of this process, or of the one that started it, listens
PACKAGE = Path(__file__).parents[2]
KERNEL, DRIVER = "kernel", "driver"
START_S = 120  # for all imports, on a slow and busy machine


class Refused(Exception):
    """No process was forked, and why."""


def can_fork() -> str:
    """Why no process can be forked here; empty on Linux, where one can."""
    return "" if sys.platform == "linux" else f"forking with libraries loaded is not safe on {sys.platform}"


class Warm:
    """A warm server of one kind, started now and ended with the block, or with this process; none where there is one already."""

    def __init__(self, kind: str) -> None:
        self.kind, self.address = kind, f"kpikit-{secrets.token_hex(12)}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Warm:
        if not can_fork() and not os.environ.get(ADDRESS + self.kind):
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(f"\0{self.address}")  # a name without a file: it goes with the process
            listener.listen(512)  # whoever asks while it still imports waits
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kpikit.report.kernels.server", self.kind, str(listener.fileno())],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[listener.fileno()],
                env={**os.environ, **SINGLE_THREADED}, start_new_session=True,
            )  # fmt: skip
            listener.close()
            os.environ[ADDRESS + self.kind] = self.address
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            os.environ.pop(ADDRESS + self.kind, None)
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.terminate()  # it kills all that it forked, and ends
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def require(kind: str) -> None:
    """A process that nobody gave a server of this kind starts its own, which ends with it."""
    if not os.environ.get(ADDRESS + kind):
        server = Warm(kind)
        server.__enter__()
        atexit.register(server.__exit__)


def fork(
    kind: str, run: str, arguments: Sequence[Any], environment: Mapping[str, str], folder: str, streams: Sequence[int] = ()
) -> Forked:
    """A new process of the warm server that the environment names, running `module:function`; raises Refused with the reason.

    With `streams` they are its stdout and stderr; without, what it writes on stdout can be read here, and stderr goes nowhere.
    """
    if why := can_fork():
        raise Refused(why)
    address = os.environ.get(ADDRESS + kind)
    if not address:
        raise Refused("no warm server was started")
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sameness = Sameness.of(environment, sys.executable, PACKAGE)
    request = {
        "run": run, "arguments": list(arguments), "environment": dict(environment), "folder": folder,
        "sameness": {"executable": sameness.executable, "package": sameness.package, "variables": sameness.variables},
    }  # fmt: skip
    try:
        line.settimeout(START_S)
        line.connect(f"\0{address}")
        _send(line, json.dumps(request).encode() + b"\n", streams)
        answer = line.makefile("rb")
        told = json.loads(answer.readline() or b'{"refused": "the warm server has ended"}')
    except OSError as error:
        line.close()
        raise Refused(f"the warm server does not answer ({error})") from error
    if "refused" in told:
        line.close()
        raise Refused(told["refused"])
    line.settimeout(None)
    return Forked(int(told["pid"]), line, answer)


def _send(line: socket.socket, text: bytes, streams: Sequence[int]) -> None:
    more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))] if streams else []
    sent = line.sendmsg([text], more)
    if rest := text[sent:]:  # to send nothing to one who has answered already, and hung up, is an error
        line.sendall(rest)


class Forked:
    """A process that a warm server forked, with the part of subprocess.Popen that Jupyter and the runner use."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, line: socket.socket, answer: IO[bytes]) -> None:
        self.pid, self.line, self.answer = pid, line, answer
        self.returncode: int | None = None

    def lines(self) -> Iterator[str]:
        """What it writes on stdout, until it ends."""
        while self.returncode is None:
            text = self.answer.readline()
            ended = json.loads(text).get("exit") if text.startswith(b'{"exit":') else None if text else -signal.SIGKILL
            if ended is not None:
                self._close(ended)
            else:
                yield text.decode(errors="replace")

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative for a signal; of one whose server has died, that of a kill."""
        try:
            if self.returncode is None:
                self.line.settimeout(timeout)
            for _ in self.lines():
                continue
        except TimeoutError as error:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0) from error
        assert self.returncode is not None
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self.returncode is None:
            readable = self.line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) if _readable(self.line) else None
            if readable is not None:
                return self.wait()
        return self.returncode

    def _close(self, code: int) -> None:
        self.returncode = code
        self.answer.close()
        self.line.close()

    def send_signal(self, number: int) -> None:
        """Sends a signal; nothing where it has ended, which may be told a moment later."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kills it."""
        self.send_signal(signal.SIGKILL)


def _readable(line: socket.socket) -> bool:
    import select

    return bool(select.select([line], [], [], 0)[0])
