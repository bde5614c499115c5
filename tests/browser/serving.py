"""Servers on loopback, for as long as a test needs them: nothing of the user's is read or written, nobody is left behind."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

READY_S = 60


@dataclass(frozen=True)
class Served:
    """A server that answers: its address without a slash at the end, and the token that it asks for."""

    address: str
    token: str


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def served(command, folder, home, answers="/api/status", **environment):
    """Runs a Jupyter server in a folder, its settings in `home`; `command` is a function of port and token. Yields a Served."""
    port, token = free_port(), secrets.token_hex(16)
    own = {
        name: str(home / name.casefold())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    log = home / "server.log"
    with log.open("w") as said:
        process = psutil.Popen(
            [sys.executable, "-m", *command(port, token)], cwd=folder, env=os.environ | own | environment,
            stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(process, f"http://127.0.0.1:{port}{answers}?token={token}", log)
            yield Served(f"http://127.0.0.1:{port}", token)
        finally:
            _end(process)


@contextmanager
def dashboard(folder, *asked):
    """Runs `kpikit dashboard` in a folder, as a user does; yields the address that it says, token and all."""
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    command = [sys.executable, "-m", "kpikit", "dashboard", *asked, "--port", str(free_port())]
    with (folder / "server.log").open("w") as said:
        process = psutil.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            first = process.stdout.readline()
            assert "http://127.0.0.1" in first, (folder / "server.log").read_text()
            yield first.split()[-1]
        finally:
            _end(process)
            process.stdout.close()


def _wait(process, address, log):
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.is_running() and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"the server does not answer:\n{Path(log).read_text()}")


def _end(process):
    """Ends a server and its kernels: it is asked first."""
    family = [process, *process.children(recursive=True)] if process.is_running() else []
    for one in family:
        _ask(one.terminate)
    for one in psutil.wait_procs(family, timeout=5)[1]:
        _ask(one.kill)
    psutil.wait_procs(family, timeout=5)


def _ask(ending):
    with suppress(psutil.NoSuchProcess):
        ending()
