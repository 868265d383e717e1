"""How every measurement is run from the command line, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from enum import IntEnum
from pathlib import Path
from typing import Any

from cyclopts import App, CycloptsError
from rich.console import Console

from bench.errors import BenchError
from bench.report import Target, print_targets, write
from server.database.errors import DatabaseError

__all__ = ["ExitCode", "conclude", "play", "run"]


class ExitCode(IntEnum):
    """The exit codes of every measurement."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    REQUIREMENT_MISSED = 99
    INTERRUPTED = 130


def run(name: str, function: Callable[..., int], arguments: list[str] | None = None) -> int:
    """Run the measurement `python -m NAME` from its command line and return the exit code."""
    app = App(
        name=f"python -m {name}",
        help_format="plaintext",
        version_flags=[],
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    app.default(function)
    try:
        code = app(arguments, exit_on_error=False, print_error=False)
        return code if isinstance(code, int) else ExitCode.OK  # nothing comes back from --help
    except CycloptsError as error:
        print(f"bench: {' '.join(str(error).split())} Try --help.", file=sys.stderr)
        return ExitCode.USAGE
    except (BenchError, DatabaseError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return ExitCode.FAILURE
    except KeyboardInterrupt:
        print("bench: interrupted; every process has been stopped", file=sys.stderr)
        return ExitCode.INTERRUPTED


def play(measurement: Coroutine[Any, Any, int]) -> int:
    """Run a measurement. Ctrl-C and SIGTERM cancel it, so that it stops its processes."""

    async def cancellable() -> int:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await measurement

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def conclude(
    json: Path | None, content: dict[str, Any], targets: list[Target], *, require: bool
) -> int:
    """Print the targets, write the file and return the exit code."""
    to_stdout = str(json) == "-"
    print_targets(Console(stderr=to_stdout), targets)
    if json is not None:
        write(json, content)
    missed = require and not all(target.met for target in targets)
    return ExitCode.REQUIREMENT_MISSED if missed else ExitCode.OK
