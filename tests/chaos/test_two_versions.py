"""A rolling upgrade: two versions of the program on one casino, in real processes."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.database.compatibility import program_name
from server.database.migrations import load
from tests.chaos.live import books
from tests.chaos.live.bus_proxy import BusProxy
from tests.chaos.live.casino import Casino, Node, opened
from tests.chaos.live.people import Crowd
from tests.chaos.processes import eventually
from tests.chaos.versions import Version
from tests.server.harness import Clients, Seat

OLD = len(load())
NEW = OLD + 1
EXPAND = (
    "more",
    (
        "-- croupier:expands\n"
        "ALTER TABLE live_table ADD COLUMN colour text NOT NULL DEFAULT 'green';\n"
        "CREATE TABLE more (id bigint PRIMARY KEY);\n"
    ),
)
UNKNOWN = "a newer program tells what this one does not know"
CONTRACT = ("less", f"-- croupier:contracts {NEW:04}\nDROP TABLE more;\n")


class Private:
    """A player at a private table, who is at a node until he has to go to another."""

    def __init__(self) -> None:
        self.clients = Clients()
        self.seat: Seat
        self.open: dict[str, Any] = {}

    def _turn_to(self, node: Node) -> None:
        self.clients.http, self.clients.gateway = node.http, node.gateway

    async def come(self, node: Node) -> None:
        """Sign up at a node and open a round."""
        self._turn_to(node)
        self.seat = await self.clients.seat("blackjack")
        await self.seat.ready()
        self.open = await self.seat.open_round()

    async def go_on(self, node: Node) -> None:
        """Resume at another node, find the round as it was, finish it, and open one more."""
        self._turn_to(node)
        wire = await self.clients.resume(self.seat.wire.welcome["token"])
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"] == self.open
        self.seat = Seat(wire, state["snapshot"])
        ended = await self.seat.finish(self.open)
        assert ended["payout"] is not None
        await self.seat.ready()
        self.open = await self.seat.open_round()


async def _plays_on(crowd: Crowd, bets: int = 12) -> None:
    """Wait until a number of further bets was accepted."""

    def accepted() -> int:
        return sum(len(person.kept) for person in crowd.people)

    wanted = accepted() + bets

    async def more() -> bool:
        crowd.check()
        return accepted() >= wanted

    await eventually(more, "people go on playing")


async def _drained(casino: Casino, node: Node) -> None:
    """End a node in order; nobody goes there any more."""
    casino.nodes.remove(node)
    assert await node.stop() == 0, node.last_words()


@asynccontextmanager
async def _another(
    casino: Casino, chance: random.Random, number: int, version: Version
) -> AsyncIterator[Node]:
    """Start a node of a newer version beside the others."""
    proxy = BusProxy(casino.valkey.port, chance)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(proxy.listening())
        shared = ("DATABASE_URL", "FAIRNESS_KEY_FILE", "CONFIG", "GATEWAY_DRAIN_DEADLINE_MS")
        environment = {f"CROUPIER_{key}": casino.nodes[0].environment[f"CROUPIER_{key}"]
            for key in shared}  # fmt: skip
        node = Node(casino.home / f"node-{number}", number, proxy, **environment)
        stack.push_async_callback(node.clear)
        version.runs(node)
        await node.start()
        casino.nodes.append(node)
        yield node


async def _programs(casino: Casino) -> set[str]:
    """Return the programs of the nodes that are ready."""
    rows = await casino.fetch("SELECT program FROM node_heartbeat WHERE state = 'ready'")
    return {row["program"] for row in rows}


async def _refused_start(node: Node) -> str:
    """Start a node that will not start, and return what it says."""
    await node.launch()
    process, node.process = node.process, None
    assert process is not None
    await process.communicate()
    assert process.returncode not in (0, None)
    return node.last_words(3)


@pytest.mark.chaos
@pytest.mark.timeout(120)
async def test_a_newer_program_replaces_an_older_one(tmp_path: Path, chance: random.Random) -> None:
    """Migrated first, nodes replaced one by one, contracted last: nobody loses a bet.

    Old nodes go on with the expanded schema, can be started on it, and understand what newer nodes
    tell, unknown fields and kinds left out. The schema does not shrink under them; once it has,
    they say what they need.
    """
    newer = Version(tmp_path / "newer", "0.2.0", EXPAND)
    newest = Version(tmp_path / "newest", "0.3.0", EXPAND, CONTRACT)
    async with opened(tmp_path, chance, nodes=2, tables=1, drain_ms=2_500) as casino:
        first, second = casino.nodes
        migrate = ("database", "migrate", "--database", casino.postgres.url("owner"))
        crowd, private = Crowd(casino, chance, 6), Private()
        crowd.start()
        try:
            await private.come(first)
            told = await newer.croupier(*migrate)
            assert told.out.split() == ["applied", f"{NEW:04}_more"], told
            await _plays_on(crowd)
            async with _another(casino, chance, 3, newer) as third:
                await _plays_on(crowd)
                both = {program_name(OLD), f"0.2.0 (schema {NEW})"}
                assert await _programs(casino) == both
                assert "croupier_cluster_programs 2.0" in (await second.get("/metrics"))[1]
                await _drained(casino, first)
                await private.go_on(third)
                await first.start()
                casino.nodes.append(first)
                await _plays_on(crowd)
                refused = await newest.croupier(*migrate)
                assert refused.code == 1
                assert f"1 (croupier {program_name(OLD)}), 2 (croupier" in refused.err
                for old in (first, second):
                    await _drained(casino, old)
                told = await newest.croupier(*migrate)
                assert told.out.split() == ["applied", f"{NEW + 1:04}_less"], told
                assert f"programs that know migration {NEW:04}" in await _refused_start(first)
                await _plays_on(crowd)
                await private.seat.finish(private.open)
                async with crowd.quiet() as record:
                    assert [*crowd.breaches, *await books.wrong(casino, crowd)] == []
                    audited = await newest.croupier(
                        *("audit", "--database", casino.postgres.url("app")),
                        *("--key-file", str(casino.keys), "--record", str(record)),
                        *("--replay", "all", "--json"),
                    )
                    assert audited.code == 0, audited
                assert (await third.is_ready(), await _programs(casino)) == (True, {max(both)})
        finally:
            await crowd.stop()
            await private.clients.leave()
        heard = []
        for node in (first, second, third):
            lines = node.events()
            faults = [line for line in lines if line["level"] in ("error", "critical")]
            assert faults == [], f"node {node.number}"
            events = {line["event"] for line in lines}
            assert "garbage on the bus" not in events, "fields that are not known are left out"
            heard += [node.number] if UNKNOWN in events else []
        assert heard, "kinds that are not known are left out as well, and that is told"
        assert third.number not in heard
