"""WarmProvisioner: Jupyter's own extension point for how kernels start; papermill, nbval and `jupyter execute` need no change.

JUPYTER_DEFAULT_PROVISIONER_NAME=kpikit-warm papermill ...
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kpikit.report.kernels.warm import KERNEL, Forked, Refused, fork, require

NAME = "kpikit-warm"
KERNEL_MODULE = "ipykernel_launcher"
SHORT_S = 0.005


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of the warm server where that is safe, and says why where a plain one is started."""

    #: why the last kernel of this process is a plain one; empty where it is warm, None where there was none
    plain_because: str | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """The connection of a new kernel."""
        try:
            forked = self._forked(cmd, kwargs)
        except Refused as why:
            type(self).plain_because = str(why)
            self.log.warning("kpikit: a plain kernel is started: %s", why)
            return await super().launch_kernel(cmd, **kwargs)
        type(self).plain_because = ""
        self.process: Any = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info

    def _forked(self, cmd: list[str], kwargs: dict[str, Any]) -> Forked:
        module = cmd[1:3] == ["-m", KERNEL_MODULE]
        if not module or Path(cmd[0]).resolve() != Path(sys.executable).resolve():
            raise Refused("its kernel is not IPython's of this Python")
        environment = dict(kwargs.get("env") or os.environ)
        require(KERNEL)
        streams = [_descriptor(kwargs.get(name), number) for name, number in (("stdout", 1), ("stderr", 2))]
        run = "kpikit.report.kernels.child:run_kernel"
        return fork(KERNEL, run, cmd[3:], environment, str(kwargs.get("cwd") or Path.cwd()), streams)

    async def wait(self) -> int | None:
        """The exit code, as soon as there is one: the plain wait looks ten times a second."""
        if isinstance(self.process, Forked):
            while self.process.poll() is None:
                await asyncio.sleep(SHORT_S)
        return await super().wait()


def _descriptor(stream: Any, inherited: int) -> int:
    """The descriptor of a stream that a kernel is given; subprocess's own marks mean the null device."""
    if stream is None:
        return inherited
    if isinstance(stream, int):
        return stream if stream >= 0 else os.open(os.devnull, os.O_WRONLY)
    return int(stream.fileno())
