"""What goes wrong: each fault happens, is over, and everything runs again.

A fault returns how long it took until every table that lost its owner was heard of again, in
milliseconds, or None where no table had to move.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import asyncpg

from protocol.schema.console_tables import Action
from server.console.commanding import NotDone, open_tables
from tests.chaos.live.casino import Casino, Node
from tests.chaos.live.people import Crowd
from tests.chaos.processes import eventually

__all__ = ["FAULTS", "TAKEOVER_MS", "Scene"]

TAKEOVER_MS: Final = 5_000
"""Within how long a dead owner's tables go on elsewhere."""
_MOMENT_S: Final = 0.002
_PATIENCE_S: Final = 120.0
"""A multiplier may rise for a minute, and all tables of its kind at once."""


class Scene:
    """Where a fault happens."""

    def __init__(
        self, casino: Casino, crowd: Crowd, chance: random.Random, *, brief: bool = False
    ) -> None:
        self.casino = casino
        self.crowd = crowd
        self.chance = chance
        self.brief = brief
        """Whether what lasts is over soon, for a run with little time."""
        self.bounded = True
        """Whether the time that the fault took has a bound."""

    # -- finding --------------------------------------------------------------------------------

    def style(self, table: str) -> str:
        """Return the game of a table."""
        return self.casino.games[int(table)]

    def one_of(self, *games: str) -> str:
        """Return one of these games that has a table here."""
        here = set(self.casino.games.values())
        return self.chance.choice([game for game in games if game in here])

    async def owner_when(
        self, game: str | None, kind: str, when: Callable[[Any], bool] = lambda body: True
    ) -> tuple[Node, dict[int, int], Any]:
        """Wait for an event at a table of a game; its owner, that one's tables, and the event."""
        while True:
            owners = await self.casino.owners()
            table, body = await self.crowd.moment(
                lambda table, name, body: (
                    name == kind and game in (None, self.style(table)) and when(body)
                )
            )
            epoch, number = owners.get(int(table), (0, None))
            node = self.casino.node(number)
            if node is not None and epoch == body["epoch"]:
                owned = {t: e for t, (e, who) in owners.items() if who == number}
                return node, owned, (table, body)

    def some_node(self) -> Node:
        """Return any node."""
        return self.chance.choice(self.casino.nodes)

    # -- waiting --------------------------------------------------------------------------------

    async def last(self, low_s: float, high_s: float) -> None:
        """Let a fault last."""
        await asyncio.sleep(self.chance.uniform(low_s, high_s) * (0.2 if self.brief else 1.0))

    async def moved(self, tables: dict[int, int], since_s: float) -> int:
        """Wait until somebody hears of each table under a later epoch; milliseconds from then."""

        def heard_s(table: int, epoch: int) -> float | None:
            times = [
                at_s
                for (name, later), at_s in self.crowd.first_heard_s.items()
                if name == str(table) and later > epoch
            ]
            return min(times, default=None)

        async def all_heard() -> bool:
            self.crowd.check()
            return all(heard_s(table, epoch) is not None for table, epoch in tables.items())

        await eventually(all_heard, f"the tables {sorted(tables)} go on", 60)
        at_s = [heard_s(table, epoch) or since_s for table, epoch in tables.items()]
        return round((max(at_s, default=since_s) - since_s) * 1000)

    async def goes_on(self) -> None:
        """Wait until every node and every table is there, and each table has gone on."""
        await self.casino.all_ready()
        before = await self._progress()

        async def gone_on() -> bool:
            self.crowd.check()
            now = await self._progress()
            return all(now[table] != before[table] for table in before)

        try:
            await eventually(gone_on, "every table goes on", 40)
        except AssertionError:
            now = await self._progress()
            stuck = {table: now[table] for table in before if now[table] == before[table]}
            self.crowd.breach(f"nothing happens any more at {stuck}")
        await self._everybody_there()

    async def _everybody_there(self) -> None:
        """Wait until everybody has sat at each of his tables under its present owner."""
        waiting = {(p, table) for p in self.crowd.people for table in self.crowd.tables_of(p)}

        async def there() -> bool:
            self.crowd.check()
            owners = await self.casino.owners()
            for person, table in tuple(waiting):
                view = person.views.get(table)
                if view is not None and view.seat and view.epoch == owners[int(table)][0]:
                    waiting.discard((person, table))
            return not waiting

        try:
            await eventually(there, "everybody is there", 30)
        except AssertionError:
            for person, table in waiting:
                self.crowd.breach(
                    f"player {person.player} is not at {table}: {person.views.get(table)}"
                )

    async def _progress(self) -> dict[int, tuple[Any, ...]]:
        """Return how far every table is: its rounds, and of a multiplier how far it has risen."""
        rows = await self.casino.fetch(
            "SELECT t.id, (SELECT count(*) FROM round r WHERE r.table_id = t.id) AS rounds,"
            " CASE WHEN t.game = 'crash' THEN l.ticked_ms END AS ticked_ms"
            " FROM live_table t LEFT JOIN live_round l ON l.table_id = t.id"
        )
        return {row["id"]: (row["rounds"], row["ticked_ms"]) for row in rows}

    async def kill(self, nodes: Iterable[Node], tables: dict[int, int]) -> int:
        """Kill nodes at once, wait until their tables go on elsewhere, and start them again."""
        began_s = asyncio.get_running_loop().time()
        nodes = list(nodes)
        for node in nodes:
            assert node.process is not None
            with contextlib.suppress(ProcessLookupError):  # it may be dead by now
                node.process.kill()
        for node in nodes:
            process, node.process = node.process, None
            assert process is not None
            await process.communicate()
        took_ms = await self.moved(tables, began_s)
        await asyncio.gather(*(self.casino.start(node) for node in nodes))
        return took_ms


async def killed_betting(scene: Scene) -> int | None:
    """The owner is killed while bets are taken."""
    node, tables, _ = await scene.owner_when(None, "bets_placed")
    return await scene.kill([node], tables)


async def killed_closed(scene: Scene) -> int | None:
    """The owner is killed when bets are closed, in the pause before the draw or after it."""
    game = scene.one_of("roulette", "blackjack", "crash", "craps")
    node, tables, _ = await scene.owner_when(game, "bets_closed")
    await asyncio.sleep(scene.chance.uniform(0, 15 * _MOMENT_S))
    return await scene.kill([node], tables)


async def killed_turns(scene: Scene) -> int | None:
    """The owner is killed while seats decide."""
    node, tables, _ = await scene.owner_when("blackjack", "turn")
    await asyncio.sleep(scene.chance.uniform(0, 0.3))
    return await scene.kill([node], tables)


async def killed_rising(scene: Scene) -> int | None:
    """The owner is killed while the multiplier rises."""
    node, tables, _ = await scene.owner_when("crash", "rising")
    await asyncio.sleep(scene.chance.uniform(0, 1.5))
    return await scene.kill([node], tables)


async def killed_paying(scene: Scene) -> int | None:
    """The owner is killed while seats are paid: one of them is held up by a lock until then."""
    connection = await scene.casino.connection()
    game = scene.one_of("roulette", "craps")
    try:
        while True:
            node, tables, (table, body) = await scene.owner_when(game, "bets_placed")
            async with connection.transaction():
                await connection.execute(
                    "SELECT FROM account WHERE id = (SELECT h.account FROM hold h"
                    " JOIN live_round l ON l.chain = h.chain AND l.n = h.n"
                    " WHERE l.table_id = $1 LIMIT 1) FOR NO KEY UPDATE",
                    int(table),
                )
                if await _drawn(connection, int(table), body["round"]):
                    await asyncio.sleep(scene.chance.uniform(0, 4 * _MOMENT_S))
                    _kill(node)
                    break
    finally:
        await connection.close()
    return await scene.kill([node], tables)


async def _drawn(connection: Any, table: int, name: str) -> bool:
    """Wait a little until a round is drawn."""
    query = (
        "SELECT l.drawn IS NOT NULL FROM live_round l"
        " WHERE l.table_id = $1 AND format('%s-%s', l.chain, l.n) = $2"
    )
    for _ in range(500):
        if await connection.fetchval(query, table, name):
            return True
        await asyncio.sleep(_MOMENT_S)
    return False


async def killed_standing(scene: Scene) -> int | None:
    """The owner is killed in the window of a roll that others come before: bets stand on it."""
    node, tables, _ = await scene.owner_when(
        "craps", "round_opened", lambda body: bool(body.get("placed"))
    )
    await asyncio.sleep(scene.chance.uniform(0, 0.9))
    return await scene.kill([node], tables)


def _stands(body: dict[str, Any]) -> bool:
    """Whether a roll has left bets of whoever was told of it."""
    return any(bet["status"] == "standing" for bet in body["view"]["bets"])


async def killed_between(scene: Scene) -> int | None:
    """The owner is killed between the end of a roll and the window of the next; bets stand."""
    node, tables, _ = await scene.owner_when("craps", "round_result", _stands)
    await asyncio.sleep(scene.chance.uniform(0, 0.2))
    return await scene.kill([node], tables)


async def killed_following(scene: Scene) -> int | None:
    """The owner is killed in the very transaction that ends a roll and opens the next.

    A row of the same round, not committed, holds that transaction up. It is there for the owner's
    death or ends just before: either way the transaction commits, and nobody hears of it.
    """
    connection = await scene.casino.connection()
    try:
        while True:
            node, tables, (_, body) = await scene.owner_when("craps", "bets_placed")
            transaction = connection.transaction()
            await transaction.start()
            try:
                await connection.execute(
                    "INSERT INTO round (chain, n, game_version, client_seeds, steps, ended_at)"
                    " SELECT chain, n, game_version, client_seeds, step, now() FROM open_round"
                    " WHERE format('%s-%s', chain, n) = $1",
                    body["round"],
                )
                if not await _awaited(connection):
                    continue
                if scene.chance.random() < 0.5:
                    _kill(node)
            except asyncpg.UniqueViolationError:
                continue  # it has just ended
            finally:
                await transaction.rollback()
            _kill(node)
            break
    finally:
        await connection.close()
    return await scene.kill([node], tables)


async def killed_voiding(scene: Scene) -> int | None:
    """The owner is killed while it voids a round for an operator, who is told the truth of it.

    Before the order is begun, before it is on record, or before the stakes are back.
    """
    async with open_tables(scene.casino.postgres.url("owner"), "chaos") as commands:
        node, tables, (table, body) = await scene.owner_when(None, "bets_placed")
        order = commands.act(
            await commands.find(table), Action.VOID, "A fault is tried.", body["round"]
        )
        voiding = asyncio.ensure_future(order)
        await asyncio.sleep(scene.chance.uniform(0, 30 * _MOMENT_S))
        _kill(node)
        took_ms = await scene.kill([node], tables)
        with contextlib.suppress(NotDone):
            await voiding
            if not await _ended_void(scene, body["round"]):
                scene.crowd.breach(f"{body['round']} was told as void, and was played")
    return took_ms


async def _ended_void(scene: Scene, name: str) -> bool:
    """Wait until a round has ended, and return whether it is void."""
    query = "SELECT void_cause IS NOT NULL AS void FROM round WHERE format('%s-%s', chain, n) = $1"

    async def ended() -> bool:
        return bool(await scene.casino.fetch(query, name))

    await eventually(ended, f"round {name} has ended")
    return bool((await scene.casino.fetch(query, name))[0]["void"])


def _kill(node: Node) -> None:
    assert node.process is not None
    with contextlib.suppress(ProcessLookupError):
        node.process.kill()


async def _awaited(connection: Any) -> bool:
    """Wait a little until another transaction waits for the end of this one."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        " AND transactionid = pg_current_xact_id()::xid)"
    )
    for _ in range(1_000):
        if await connection.fetchval(query):
            return True
        await asyncio.sleep(_MOMENT_S)
    return False


async def stopped_owner(scene: Scene) -> int | None:
    """The owner stands still until its tables are somebody else's, and then goes on."""
    node, tables, _ = await scene.owner_when(
        None, scene.chance.choice(("bets_placed", "bets_closed", "turn", "rising"))
    )
    began_s = asyncio.get_running_loop().time()
    assert node.process is not None
    node.process.send_signal(signal.SIGSTOP)
    try:
        took_ms = await scene.moved(tables, began_s)
        await scene.last(0, 1)
    finally:
        node.process.send_signal(signal.SIGCONT)
    return took_ms


async def stopped_handing_over(scene: Scene) -> int | None:
    """A node comes back, and whoever hands the first table over to it stands still with that."""
    node = scene.some_node()
    await scene.kill([node], await scene.casino.tables_of(node))
    before = await scene.casino.owners()
    counts = Counter(who for _, who in before.values())
    if max(counts.values()) - min(counts[each.number] for each in scene.casino.nodes) < 2:
        return None  # even as it is
    giver = await _first_giver(scene, before)
    tables = {t: e for t, (e, who) in before.items() if who == giver.number}
    began_s = asyncio.get_running_loop().time()
    assert giver.process is not None
    giver.process.send_signal(signal.SIGSTOP)
    try:
        took_ms = await scene.moved(tables, began_s)
        await scene.last(0, 1)
    finally:
        giver.process.send_signal(signal.SIGCONT)
    return took_ms


async def _first_giver(scene: Scene, before: dict[int, tuple[int, int | None]]) -> Node:
    """Wait until a table changes hands; whose it was."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            for table, (epoch, _) in (await scene.casino.owners()).items():
                giver = scene.casino.node(before[table][1])
                if epoch > before[table][0] and giver is not None:
                    return giver
            await asyncio.sleep(_MOMENT_S)


async def valkey_killed(scene: Scene) -> int | None:
    """Valkey is killed, and comes back after a while."""
    valkey = scene.casino.valkey
    valkey.terminate()
    await scene.last(0, 3)
    await asyncio.to_thread(valkey.start)
    return None


async def valkey_cut_off(scene: Scene) -> int | None:
    """One node's connections to Valkey break, and are refused for a while."""
    proxy = scene.some_node().proxy
    proxy.cut()
    await scene.last(0.2, 4)
    proxy.mend()
    return None


async def valkey_silent(scene: Scene) -> int | None:
    """One node's connections to Valkey fall silent for a while, and nobody is told."""
    proxy = scene.some_node().proxy
    proxy.stall()
    await scene.last(0.5, 5)
    proxy.mend()
    return None


def _mischief(**what: float) -> Callable[[Scene], Awaitable[int | None]]:
    async def happen(scene: Scene) -> int | None:
        for node in scene.casino.nodes:
            for name, value in what.items():
                setattr(node.proxy, name, value)
        await scene.last(1, 4)
        for node in scene.casino.nodes:
            node.proxy.mend()
        return None

    return happen


async def postgres_killed(scene: Scene) -> int | None:
    """PostgreSQL is killed with all its processes, and comes back."""
    await asyncio.sleep(scene.chance.uniform(0, 0.5))
    await scene.casino.kill_postgres()
    return None


async def two_killed(scene: Scene) -> int | None:
    """Two nodes are killed at once."""
    await asyncio.sleep(scene.chance.uniform(0, 0.5))
    nodes = scene.chance.sample(scene.casino.nodes, k=min(2, len(scene.casino.nodes) - 1))
    tables: dict[int, int] = {}
    for node in nodes:
        tables |= await scene.casino.tables_of(node)
    return await scene.kill(nodes, tables)


async def drained(scene: Scene) -> int | None:
    """A node is told to stop: its rounds end, its tables move, and it ends in order."""
    await asyncio.sleep(scene.chance.uniform(0, 0.5))
    node = scene.some_node()
    tables = await scene.casino.tables_of(node)
    began_s = asyncio.get_running_loop().time()
    code = await node.stop()
    if code != 0:
        scene.crowd.breach(f"node {node.number} drained with code {code}:\n{node.last_words()}")
    took_ms = await scene.moved(tables, began_s)
    scene.bounded = False  # rounds may last
    await scene.casino.start(node)
    return took_ms


FAULTS: Final[dict[str, Callable[[Scene], Awaitable[int | None]]]] = {
    "owner killed, betting": killed_betting,
    "owner killed, closed": killed_closed,
    "owner killed, turns": killed_turns,
    "owner killed, rising": killed_rising,
    "owner killed, paying": killed_paying,
    "owner killed, voiding": killed_voiding,
    "owner killed, bets standing": killed_standing,
    "owner killed, between rolls": killed_between,
    "owner killed, ending a roll": killed_following,
    "owner stopped and continued": stopped_owner,
    "owner stopped while handing over": stopped_handing_over,
    "valkey killed": valkey_killed,
    "valkey cut off from a node": valkey_cut_off,
    "valkey silent to a node": valkey_silent,
    "messages lost": _mischief(lose=0.4),
    "messages late": _mischief(delay_s=4.0),
    "messages doubled": _mischief(double=0.7),
    "postgres killed": postgres_killed,
    "two nodes killed": two_killed,
    "node drained": drained,
}
