"""Players of their own beside the load tester's, for what a single bet is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from client import Client, Policy
from client.errors import CroupierError
from client.tables import Table
from protocol.errors import Certainty
from tests.chaos.processes import Server

_IMPATIENT: Final = Policy(retry_for_s=0.0)


@asynccontextmanager
async def seated(server: Server) -> AsyncIterator[Table]:
    """Yield a slot machine whose player has bet once and asks nothing twice."""
    client = Client(server.http, policy=_IMPATIENT)
    try:
        await client.connect()
        table = await client.sit("slot")
        await table.spin({"stake": 100})
        yield table
    finally:
        await client.close()


async def refused(table: Table, *certainties: Certainty) -> None:
    """Expect a bet to be refused, and the player to be told so with one of these certainties."""
    with pytest.raises(CroupierError) as refusal:
        await table.spin({"stake": 100})
    assert refusal.value.certainty in certainties
