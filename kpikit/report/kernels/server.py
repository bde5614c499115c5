"""The warm server: imports once, alone in one thread, then forks a process for each that asks over a local socket.

    python -m kpikit.report.kernels.server KIND DESCRIPTOR

One connection a process. The asker sends a request (one line of JSON, with the descriptors of stdout and stderr); it gets
`{"pid": …}` or `{"refused": why}`, whatever a driver writes on its stdout, and at last `{"exit": code}`. When the asker
hangs up, the process and all of its session are killed; when standard input ends, which its starter holds, all of them are.
"""

from __future__ import annotations

import array
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

from kpikit.report.kernels.child import adopt_orphans, become, children, end_session
from kpikit.report.kernels.preload import preload, threads
from kpikit.report.kernels.sameness import Sameness

LONGEST = 1 << 20  # bytes of a request


class Server:
    """Waits for askers and for the ends of processes, and does nothing else."""

    def __init__(self, listener: socket.socket, started: Sameness) -> None:
        self.listener, self.started, self.pid = listener, started, os.getpid()
        self.asked: dict[int, socket.socket] = {}  # pid -> its asker
        self.woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes)
        self.own = [listener.fileno(), self.woken, wakes]

    def serve(self) -> None:
        """Until standard input ends."""
        while True:
            waiting = {asker.fileno(): pid for pid, asker in self.asked.items()}
            readable, _, _ = select.select([0, self.listener.fileno(), self.woken, *waiting], [], [])
            if 0 in readable:
                return
            if self.woken in readable:
                os.read(self.woken, 512)
                self.bury()
            for number in readable:
                if number in waiting and waiting[number] in self.asked:
                    end_session(waiting[number])  # nothing is sent twice, so whoever is readable has hung up
                    self.forget(waiting[number])
            if self.listener.fileno() in readable:
                self.answer(self.listener.accept()[0])

    def bury(self) -> None:
        """Tells each asker how its process ended; what that left running in its session is killed."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            end_session(pid)
            if pid in self.asked:
                tell(self.asked[pid], {"exit": os.waitstatus_to_exitcode(status)})
                self.forget(pid)

    def forget(self, pid: int) -> None:
        """Closes the line to the asker of a process."""
        self.asked.pop(pid).close()

    def answer(self, asker: socket.socket) -> None:
        """Forks the process that is asked for, or says why not."""
        try:
            request, descriptors = received(asker)
        except (OSError, ValueError):
            asker.close()
            return
        if why := self.refusal(request):
            tell(asker, {"refused": why})
            asker.close()
        elif pid := os.fork():
            self.asked[pid] = asker
            tell(asker, {"pid": pid})
        else:
            inherited = [*self.own, *(other.fileno() for other in self.asked.values())]
            become(request, self.pid, asker.fileno(), descriptors, inherited)
        for descriptor in descriptors:
            os.close(descriptor)

    def refusal(self, request: dict[str, Any]) -> str:
        """Why no process is forked for a request; empty where one is."""
        running = threads()
        if len(running) > 1:
            return f"what was imported started threads ({', '.join(sorted(running)[:3])}), and a fork would lose them"
        try:
            return self.started.differs(Sameness(**request["sameness"])) or self.started.aged()
        except (LookupError, TypeError) as error:  # of another version
            return f"it was asked in words that it does not know ({error})"

    def end(self) -> None:
        """Kills every process that still runs, and what has become this one's child because its own parent ended."""
        for pid in (*self.asked, *children(self.pid)):
            end_session(pid)


def received(asker: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A request and the descriptors that came with it; ValueError where another user asks."""
    _, uid, _ = struct.unpack("3i", asker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if uid != os.getuid():
        raise ValueError("another user")
    asker.settimeout(10)
    numbers = array.array("i")
    text, more, _, _ = asker.recvmsg(LONGEST, socket.CMSG_SPACE(2 * numbers.itemsize))
    for level, kind, data in more:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    while not text.endswith(b"\n"):
        part = asker.recv(LONGEST)
        if not part:
            raise ValueError("a request without an end")
        text += part
    asker.settimeout(None)
    return json.loads(text), list(numbers)


def tell(asker: socket.socket, what: dict[str, Any]) -> None:
    """Sends a line; an asker that has gone away needs none."""
    try:
        asker.sendall(json.dumps(what).encode() + b"\n", socket.MSG_NOSIGNAL)
    except OSError:
        return


def main(kind: str, listening: str) -> NoReturn:
    """Imports, then answers those who ask at a socket that listens already."""
    listener = socket.socket(fileno=int(listening))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started = Sameness.of(dict(os.environ), sys.executable, Path(__file__).parents[2])
    adopt_orphans()
    try:
        preload(kind)
        gc.collect()
        gc.freeze()  # what was imported is shared by all, and never looked through again
        server = Server(listener, started)
        try:
            server.serve()
        finally:
            server.end()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
