"""A disk that fills up: bets are refused while it is full, and nothing is lost by it."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from client.errors import TicketError
from client.http import DemoTickets
from protocol.errors import Certainty
from server.database.connect import connect
from server.database.errors import DatabaseError
from tests.chaos import books
from tests.chaos.players import refused, seated
from tests.chaos.processes import Load, Server, audit, croupier, eventually

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small file system"),
]
SIZE_MB = 160


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small and in memory."""
    path = tmp_path / "disk"
    path.mkdir()
    options = f"size={SIZE_MB}m,mode=0755"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    mounted = subprocess.run(mount, check=False, capture_output=True, text=True)
    if mounted.returncode:
        reason = f"root may not mount a file system here: {mounted.stderr.strip()}"
        # A developer's container may be that narrow. The machine that decides must not be.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(disk: Path, leave_mb: int = 0) -> Path:
    """Take all the room there is, but for some, and return the file that has it."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    most, taken = room.f_bavail * room.f_frsize - (leave_mb << 20), 0
    with ballast.open("wb") as file:
        for step in (1 << 20, 1 << 16, 1 << 12):
            # In steps, because what does not fit as a whole is not taken at all.
            with contextlib.suppress(OSError):
                while taken + step <= most:
                    os.posix_fallocate(file.fileno(), taken, step)
                    taken += step
    return ballast


async def switch_log(server: Server) -> None:
    """Make PostgreSQL begin new segments of its log until it cannot."""
    with contextlib.suppress(OSError, DatabaseError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await connect(server.directory.url("superuser"))
        try:
            while True:
                await connection.execute("SELECT pg_switch_wal(), pg_current_xact_id()")
        finally:
            connection.terminate()


@pytest.mark.parametrize("log_full", [False, True])
async def test_full_while_running(
    disk: Path,
    house: Callable[..., Server],
    load: Callable[..., Load],
    chance: random.Random,
    log_full: bool,
) -> None:
    """On a full disk bets are refused, the server lives and says so; with room it goes on alone.

    Without room for rows PostgreSQL refuses a statement; without room for its log it dies, and
    cannot start again before there is some.
    """
    server = house(data=disk / "data", CROUPIER_SETTLEMENT_UNKNOWN_AFTER_MS="1000")
    await server.start()
    tester = load(server, seed=chance.getrandbits(31))
    async with seated(server) as table:
        await tester.start()
        await server.settles()
        ballast = fill(disk, leave_mb=8 if log_full else 0)
        if log_full:
            await switch_log(server)
        await eventually(server.is_not_ready, "the server notices that its database is in trouble")
        await refused(table, Certainty.TEMPORARY, Certainty.UNKNOWN)
        await eventually(
            partial(books.told, tester.record, "in_doubt"), "bets under way are told as unknown"
        )
        await refused(table, Certainty.TEMPORARY, Certainty.UNKNOWN)
        if log_full:
            with pytest.raises(TicketError) as no_ticket:
                await DemoTickets(server.http)()
            assert no_ticket.value.temporary
        assert await server.is_not_ready()
        assert (await server.get("/healthz"))[0] == 200
        ballast.unlink()
    await eventually(server.is_ready, "the server recovers")
    await server.settles()
    figures = await tester.stop()
    assert await books.agree(server, tester.record) > 0
    await audit(server, tester.record)
    assert figures["errors"] == {}
    assert await server.stop() == 0


async def test_full_at_the_start(disk: Path, house: Callable[..., Server]) -> None:
    """A start without room ends with one line that says so; with room the same start works."""
    server = house(data=disk / "data")
    await server.start()
    for process in server.postgres():
        process.kill()
    await server.kill()
    ballast = fill(disk)
    await refuses_to_start(server)
    ballast.unlink()
    await server.start()
    await audit(server)
    assert await server.stop() == 0


async def test_full_at_the_first_start(disk: Path, house: Callable[..., Server]) -> None:
    """A first start without room ends with one line that says so and leaves nothing half made."""
    server = house(data=disk / "data")
    ballast = fill(disk, leave_mb=20)
    await refuses_to_start(server)
    ballast.unlink()
    await server.start()
    assert await server.stop() == 0


async def refuses_to_start(server: Server) -> None:
    """Expect a start to end with one line about the full disk."""
    ended = await croupier(*server.arguments, cwd=server.home)
    assert ended.code == 1
    assert ended.out == ""
    *logged, line = ended.err.splitlines()
    assert all(other.startswith("{") for other in logged), ended.err
    assert line.startswith("croupier: ")
    assert "disk is full" in line
    assert server.postgres() == []
