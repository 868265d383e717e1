"""A process that owns a table and stops in the middle of a call that settles at it.

It says so in one line, and after it has been stopped and continued in another what it knows then.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, Final

import asyncpg

from server.cluster import fences as module
from server.cluster.fences import Fences
from server.database.errors import DATABASE_ERRORS
from server.ledger.backend import application_name
from server.ledger.lease import NodeLease

_JUMP_S: Final = 0.3
"""A step of this process's time that says that it was stopped."""


def say(**facts: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def main(url: str, table: int, lease_s: float) -> None:
    """Take the table, begin a call, wait to be stopped, and tell."""
    module.LEASE_S = lease_s  # type: ignore[misc]
    module.RENEW_S = lease_s / 4  # type: ignore[misc]
    number = NodeLease(lambda: url, 1, shared=True)
    await number.acquire()
    call: Any = await asyncpg.connect(
        url,
        server_settings={
            "search_path": "croupier",
            "application_name": application_name(number.node),
        },
    )
    fences = Fences(
        lambda: url,
        node=number.node,
        node_epoch=number.epoch,
        backends=lambda: [call.get_server_pid()],
        lost=lambda _table, _epoch: None,
    )
    await fences.start()
    epoch = await fences.take(table)
    assert epoch is not None
    await call.execute("BEGIN")
    assert await call.fetchval("SELECT fence_check($1, $2)", table, epoch)
    before = time.monotonic()
    say(epoch=epoch)
    while (now := time.monotonic()) - before < _JUMP_S:
        before = now
        await asyncio.sleep(0.01)
    owns = fences.owns(table, epoch)
    try:
        await call.execute("COMMIT")
        committed = True
    except DATABASE_ERRORS:
        committed = False
    again: Any = await asyncpg.connect(url, server_settings={"search_path": "croupier"})
    check = await again.fetchval("SELECT fence_check($1, $2)", table, epoch)
    say(owns=owns, committed=committed, check=check)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
