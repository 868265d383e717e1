"""The memory of a connected session that does nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console

from bench import processes
from bench.accounts import memory_kb
from bench.command import conclude, play, run
from bench.crowd import Crowd
from bench.errors import BenchError
from bench.limits import allow_files
from bench.processes import Child, Server
from bench.progress import Steps
from bench.report import Target, machine

__all__ = ["memory"]

KB_MAX: Final = 20.0
FIRST_SHARE: Final = 5
"""A fifth of the sessions is opened first."""
SETTLE_S: Final = 3.0
"""How long the server is left alone before its memory is read."""
CONNECT_S_MAX: Final = 600.0


def memory(
    *,
    sessions: int = 5_000,
    sit: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path(
        "var/bench-memory.json"
    ),
    directory: Path = Path("var"),
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure the resident memory of the server with and without many idle sessions.

    Each is signed up, connected and signed in; other processes hold them. A fifth of them comes
    first, so that what each further one takes is told apart from what the server needs once.

    Args:
        sessions: How many.
        sit: Have each sit down at a slot too, so that a table and a chain of seeds are counted.
        json: File for all figures; - for standard output.
        directory: Where the database is made meanwhile.
        require: End with 99 if the target is missed.
    """
    if not 10 <= sessions <= 20_000:
        raise BenchError(f"--sessions takes 10 to 20000, not {sessions}")
    return play(_memory(sessions, json, directory, sit=sit, require=require))


async def _memory(
    sessions: int, json: Path | None, directory: Path, *, sit: bool, require: bool
) -> int:
    allow_files(sessions)
    steps = Steps()
    first = sessions // FIRST_SHARE
    with processes.workspace(directory) as work:
        async with processes.product(work, work / "product") as server, AsyncExitStack() as crowds:
            readings = [await _settled(server)]
            for count in (first, sessions - first):
                if count:
                    with steps.step(f"opening {count:,} sessions"):
                        await crowds.enter_async_context(_crowd(server, count, work, sit=sit))
                readings.append(await _settled(server))
    before, middle, after = readings
    each = (after - before) / sessions
    further = (after - middle) / (sessions - first)
    Console(stderr=str(json) == "-").print(
        f"{before / 1024:.1f} MB without, {after / 1024:.1f} MB with {sessions:,} sessions"
        f"{' at tables' if sit else ''}: {each:.1f} KB each, {further:.1f} KB for each"
        f" after the first {first:,}",
        highlight=False,
        soft_wrap=True,
    )
    # At first some of what the start left free is used again, so the greater of the two counts.
    most = max(each, further)
    targets = [] if sit else [Target("memory of an idle session", most, KB_MAX, "at most", "KB")]
    content = {
        "sessions": sessions,
        "seated": sit,
        "before_kb": before,
        "after_first": {"sessions": first, "kb": middle},
        "after_kb": after,
        "kb_a_session": round(each, 2),
        "kb_a_further_session": round(further, 2),
        "targets": [target.as_json() for target in targets],
        "machine": machine(),
    }
    return conclude(json, content, targets, require=require)


@asynccontextmanager
async def _crowd(server: Server, sessions: int, work: Path, *, sit: bool) -> AsyncIterator[None]:
    """Hold so many sessions open. Raises BenchError, at the end if one was closed meanwhile."""
    crowd = Crowd(
        http=server.http,
        gateway=server.gateway,
        sessions=sessions,
        game="slot" if sit else "",
        leash=True,
    )
    argument = msgspec.json.encode(crowd).decode()
    child = await Child.start("crowd", ["-m", "bench.crowd", argument], work)
    try:
        await child.line("connected", CONNECT_S_MAX)
        yield
        child.terminate()
        lost = (await child.line("left", CONNECT_S_MAX))["lost"]
        if lost:
            raise BenchError(f"{lost} of the sessions were closed meanwhile: measure again")
    finally:
        await child.stop()


async def _settled(server: Server) -> int:
    """Leave the server alone for a moment and return its memory in KB."""
    await asyncio.sleep(SETTLE_S)
    return memory_kb(server.child.pid)


if __name__ == "__main__":
    sys.exit(run("bench.memory", memory))
