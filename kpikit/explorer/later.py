"""Later: of calls that come fast, only the last one is made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

WAIT_S = 0.02  # what arrived while an answer was worked out is read within it


class Later:
    """Makes a call once no other has come for WAIT_S; at once where no event loop runs, as in a script."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do
        self._waiting: asyncio.TimerHandle | None = None

    def call(self) -> None:
        """Asks for the call; one that still waits is dropped."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._do()
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = loop.call_later(WAIT_S, self.now)

    def now(self) -> None:
        """Makes the call that waits, if any."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            self._do()
