"""The server that most people would write: `websockets`, a pool, one transaction a bet.

It plays the same game from the same draws and answers with the same frames as the product. Each
bet is a transaction of its own statements: debit, insert the round, credit what it won, insert the
entries. Within that design it is written with care:

- uvloop; MessagePack by msgspec; no compression;
- asyncpg's prepared statements, the pool's size tuned, no reset between two users of a connection;
- no foreign keys, no index beyond the primary keys, no balance row of the house, one statement for
  both or all four entries; nothing that waits for another player's row.

What it lacks of the product: it knows no request id, so a repeated bet is paid twice; it checks no
limit, keeps no seed secret and does not go on after a crash.

`python -m bench.baseline DIRECTORY [POOL]` serves from a database made there, until SIGTERM.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import asyncpg
import uvloop
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from bench.errors import BenchError
from bench.house import OPENING, Chain, House, played, run
from games.entropy import Draws
from games.slots.engine import SlotBets
from protocol.codec import MSGPACK
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance
from protocol.messages.rounds import Played, Spin
from server.database.embedded import EmbeddedPostgres
from server.database.errors import DatabaseError
from server.gateway.sessions import failure

__all__ = ["POOL", "SCHEMA", "Baseline", "main"]

POOL: Final = 16
"""Connections. Of 2, 4, 8, 16, 32 and 64 on two cores, 16 and 32 were best with 64 players."""

SCHEMA: Final = """
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance >= 0)
);
CREATE TABLE round (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL,
    game text NOT NULL,
    version integer NOT NULL,
    seed bytea NOT NULL,
    client_seed bytea NOT NULL,
    bets bytea NOT NULL,
    stake bigint NOT NULL,
    payout bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    round bigint NOT NULL,
    account bigint NOT NULL,
    amount bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
"""
OPEN: Final = "INSERT INTO account (balance) VALUES ($1) RETURNING id"
DEBIT: Final = """
UPDATE account SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING balance
"""
ROUND: Final = """
INSERT INTO round (account, game, version, seed, client_seed, bets, stake, payout)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
CREDIT: Final = "UPDATE account SET balance = balance + $2 WHERE id = $1 RETURNING balance"
LOST: Final = """
INSERT INTO entry (round, account, amount) VALUES ($1, $2, -$3::bigint), ($1, 0, $3)
"""
WON: Final = """
INSERT INTO entry (round, account, amount)
VALUES ($1, $2, -$3::bigint), ($1, 0, $3), ($1, $2, $4), ($1, 0, -$4::bigint)
"""


class Baseline:
    """The server."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        self._house = House()

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one player from `hello` to the end of his connection."""
        try:
            hello = MSGPACK.envelope(bytes(await connection.recv(decode=False)))
            account = await self._pool.fetchval(OPEN, OPENING)
            await connection.send(self._house.welcome(hello.id, account, OPENING))
            chain, table, version = Chain(), self._house.table(), 0
            async for message in connection:
                assert isinstance(message, bytes)
                envelope = MSGPACK.envelope(message)
                if envelope.type == "sit":
                    await connection.send(self._house.seated(envelope.id, table, chain))
                    continue
                if envelope.type == "bye":
                    return
                request = MSGPACK.request(envelope)
                version += 1
                try:
                    if not isinstance(request, Spin):
                        raise Refused(ErrorCode.WRONG_REQUEST)
                    reply, chain = await self._spin(account, table, version, chain, request)
                    await connection.send(MSGPACK.encode_reply(envelope.id, reply))
                except Refused as refused:
                    await connection.send(MSGPACK.encode_reply(envelope.id, failure(refused)))
        except ConnectionClosed:
            pass

    async def _spin(
        self, account: int, table: str, version: int, chain: Chain, spin: Spin
    ) -> tuple[Played, Chain]:
        """Play one round; returns the reply and the chain to go on with. Raises Refused."""
        game = self._house.game
        bets = MSGPACK.game_data(spin.bets, SlotBets)
        stake = game.stake(bets, self._house.limits)
        if spin.table != table or spin.round != chain.round:
            raise Refused(ErrorCode.STALE_ROUND)
        seed = chain.seeds.seed(chain.n)
        state = game.open((bets,), Draws(seed, (spin.client_seed,)))
        balance = await self._settle(
            account, seed, spin.client_seed, MSGPACK.encode(bets), stake, state.payouts[0]
        )
        chain.n += 1
        following = chain if chain.n <= chain.seeds.length else Chain()
        reply = played(
            game, state, table, spin.round, seed, following.info(), Balance(balance, 0, version)
        )
        return reply, following

    async def _settle(
        self, account: int, seed: bytes, client_seed: bytes, bets: bytes, stake: int, payout: int
    ) -> int:
        """Write the bet in a transaction of its own and return the balance. Raises Refused."""
        game = self._house.game
        async with self._pool.acquire() as connection, connection.transaction():
            balance: int | None = await connection.fetchval(DEBIT, account, stake)
            if balance is None:
                raise Refused(ErrorCode.INSUFFICIENT_FUNDS)
            number = await connection.fetchval(
                ROUND, account, game.name, game.version, seed, client_seed, bets, stake, payout
            )
            if payout:
                balance = await connection.fetchval(CREDIT, account, payout)
                await connection.execute(WON, number, account, stake, payout)
            else:
                await connection.execute(LOST, number, account, stake)
        assert balance is not None
        return balance


async def _no_reset(_connection: Any) -> None:
    """Leave a connection as it is: nobody changes its session, and a reset is a round trip."""


async def _serve(directory: Path, connections: int, *, leash: bool) -> None:
    async with EmbeddedPostgres(directory, die_with_parent=True) as postgres:
        owner = await asyncpg.connect(postgres.url("owner"))
        await owner.execute(SCHEMA)
        await owner.close()
        async with asyncpg.create_pool(
            postgres.url("owner"), min_size=connections, max_size=connections, reset=_no_reset
        ) as pool:
            await run(Baseline(pool).serve, {"database": "embedded"}, leash=leash)


def main(arguments: list[str]) -> int:
    """Serve. Returns the exit code."""
    named = [argument for argument in arguments if argument != "--leash"]
    if not 1 <= len(named) <= 2 or not all(part.isdecimal() for part in named[1:]):
        print("usage: python -m bench.baseline DIRECTORY [POOL]", file=sys.stderr)
        return 2
    connections = int(named[1]) if len(named) == 2 else POOL
    try:
        uvloop.run(_serve(Path(named[0]), connections, leash="--leash" in arguments))
    except (BenchError, DatabaseError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
