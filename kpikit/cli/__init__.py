"""The command line: parse, call, print. Each command imports what it needs, so that --help is quick."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from kpikit.cli.arguments import parser
from kpikit.cli.commands import FAILED, GOOD, INTERRUPTED, MISUSE
from kpikit.errors import CaseError, DefinitionError, KpikitError

__all__ = ["main", "run"]


def run() -> None:
    """The entry point; what libraries print of their own while the process is taken down goes nowhere.

    Who reads no more of what is printed, as `head` does, wanted no more: that is no failure.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = GOOD
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(code)


def _interrupt(*_: object) -> None:
    """A polite kill ends a command as Ctrl-C does: what it started is ended too, what is whole is kept."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 good, 1 a check or report failed, 2 misuse, 130 interrupted."""
    try:
        chosen = parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        return int(chosen.command(chosen))
    except KpikitError as error:
        print(f"kpikit: {error}", file=sys.stderr)
        return MISUSE if isinstance(error, (CaseError, DefinitionError)) else FAILED
    except KeyboardInterrupt:
        print("kpikit: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"kpikit: {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
