"""The engine by which papermill runs a notebook here: no wait that is not needed, nothing written on the way, and limits kept."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty
from typing import Any

import psutil
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from kpikit.errors import ReportError
from kpikit.report.kernels.provisioner import WarmProvisioner
from kpikit.report.limits import Limits

NAME = "kpikit"
LOOK_S = 0.1  # how often the limits are looked at
ASK_AGAIN_S = 0.25  # a kernel's first answer may be lost while its channels connect
Tell = Callable[[Mapping[str, Any]], None]


class Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine with a client that is watched; `limits` and `tell` are handed through papermill."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **given: Any) -> None:
        """Runs the cells; ReportError where a limit was passed or the kernel died."""
        client = WatchedClient(
            nb_man, kernel_name=kernel_name, startup_timeout=given["start_timeout"], timeout=None, shutdown_kernel="immediate",
            record_timing=False,
        )  # fmt: skip
        client.limits, client.tell = given["limits"], given["tell"]
        try:
            with client.watched():
                client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (DeadKernelError, RuntimeError) as error:
            raise ReportError(client.passed or f"{client.where}: the kernel died: {error}") from error


class WatchedClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client that knows which cell runs, and whose kernel is killed when it passes a limit."""

    limits: Limits
    tell: Tell
    passed = ""  # the limit that was passed, in words
    output_bytes = 0

    def watched(self) -> Watch:
        """A block in which the limits are kept."""
        self.cell, self.cells, self.cell_began = 0, sum(cell.cell_type == "code" for cell in self.nb.cells), 0.0
        return Watch(self)

    @property
    def where(self) -> str:
        """The cell that runs, in words."""
        return f"cell {self.cell} of {self.cells}" if self.cell else "before the first cell"

    async def async_start_new_kernel_client(self) -> Any:
        """A client whose kernel answers on both channels, waited for no longer than that takes."""
        assert self.km is not None
        self.kc = self.km.client()
        self.kc.start_channels()
        try:
            await asyncio.wait_for(_answers(self.kc, self.km), self.startup_timeout)
        except TimeoutError as error:
            raise RuntimeError(f"it did not start in {self.startup_timeout} s") from error
        self.kc.allow_stdin = False
        return self.kc

    async def async_execute_cell(self, cell: Any, cell_index: int, *given: Any, **more: Any) -> Any:
        """Runs a cell, and tells which one it is."""
        if cell.cell_type == "code":
            self.cell += 1
            self.cell_began = time.monotonic()
            self.tell({"event": "cell", "cell": self.cell, "of": self.cells})
        return await super().async_execute_cell(cell, cell_index, *given, **more)

    start_new_kernel_client = run_sync(async_start_new_kernel_client)
    execute_cell = run_sync(async_execute_cell)

    def process_message(self, message: dict[str, Any], *given: Any) -> Any:
        """Takes a message, and counts what it brings."""
        content = message["content"]
        shown = content.get("text", "") if message["msg_type"] == "stream" else content.get("data", {}).values()
        self.output_bytes += len(shown) if isinstance(shown, str) else sum(len(str(part)) for part in shown)
        if self.output_bytes > self.limits.output_mb * 1e6:
            self.stop(f"showed more than {self.limits.output_mb:g} MB; show less, or allow more with --max-output")
        return None if self.passed else super().process_message(message, *given)

    def stop(self, why: str) -> None:
        """Kills the kernel, because a limit was passed."""
        if not self.passed:
            self.passed = f"{self.where} {why}"
            self._kill()

    def _cleanup_kernel(self) -> None:
        """Ends the kernel at once, with all that its notebook started, also in sessions of their own."""
        self._kill()
        super()._cleanup_kernel()

    def _kill(self) -> None:
        if self.km is not None and (pid := getattr(self.km.provisioner, "pid", None)):
            kill_with_all(pid)


def kill_with_all(pid: int) -> None:
    """Kills a process and all that it started."""
    for process in _family(pid):
        with suppress(psutil.Error):  # it ended by itself
            process.kill()


def _family(pid: int) -> list[psutil.Process]:
    try:
        whole = psutil.Process(pid)
        return [whole, *whole.children(recursive=True)]
    except psutil.Error:  # it has ended
        return []


async def _answers(client: Any, manager: Any) -> None:
    """Returns when the kernel has answered on the shell channel, and the channel of outputs is connected too."""
    shell = outputs = False
    while not (shell and outputs):
        if not await manager.is_alive():
            raise RuntimeError("it died before it answered")
        client.kernel_info()
        asked = time.monotonic()
        while not (shell and outputs) and time.monotonic() - asked < ASK_AGAIN_S:
            shell = shell or await _message(client.shell_channel)
            outputs = outputs or await _message(client.iopub_channel)


async def _message(channel: Any) -> bool:
    try:
        await channel.get_msg(timeout=0.02)
    except Empty:
        return False
    return True


class Watch:
    """Looks at a client's run from a thread of its own, ten times a second."""

    def __init__(self, client: WatchedClient) -> None:
        self.client, self.over = client, threading.Event()
        self.began = time.monotonic()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(LOOK_S) and not self.client.passed:
            if why := self._passed():
                self.client.stop(why)

    def _passed(self) -> str:
        now, limits = time.monotonic(), self.client.limits
        if self.client.cell and now - self.client.cell_began > limits.cell_s:
            return f"took more time than {limits.cell_s:g} s; allow more with --cell-timeout"
        if now - self.began > limits.run_s:
            return f"was running when the notebook had taken more time than {limits.run_s:g} s; allow more with --run-timeout"
        if self._resident() > limits.memory_bytes:
            return f"took more memory than {limits.memory_bytes / 1e6:,.0f} MB; allow more with --max-memory"
        return ""

    def _resident(self) -> int:
        """Bytes of memory that the kernel and all that it started hold."""
        pid = getattr(getattr(self.client.km, "provisioner", None), "pid", None)
        held = 0
        for process in _family(pid) if pid else []:
            with suppress(psutil.Error):  # it ended meanwhile
                held += process.memory_info().rss
        return held


def kernel_used() -> str:
    """By which kernel this process ran its last notebook: "warm", or "plain: " and why; empty where it ran none."""
    why = WarmProvisioner.plain_because
    return "" if why is None else f"plain: {why}" if why else "warm"


papermill_engines.register(NAME, Engine)
