"""Tests of `server.catalogue.pinning`."""

from __future__ import annotations

import asyncio

import asyncpg

from server.catalogue import load_games
from server.catalogue.pinning import pin, pin_all
from server.config import Games
from tests.patience import PATIENCE_S
from tests.postgres import Database


async def test_nodes_that_start_together(database: Database) -> None:
    """Nodes that meet the same new version at the same moment all get the one number it has."""
    catalogue = load_games(Games())
    game = catalogue.versions()[0]
    async with asyncpg.create_pool(
        database.app, min_size=2, max_size=2, server_settings={"search_path": "croupier"}
    ) as pool:
        async with database.connected("owner") as owner:
            await owner.execute("SET search_path = croupier")
            transaction = owner.transaction()
            await transaction.start()
            # Somebody else has it on record and has not committed yet.
            first = await owner.fetchval(
                "SELECT id FROM game_version_pin($1, $2, $3)", game.name, game.version, game.digest
            )
            late = asyncio.ensure_future(pin(pool, game))
            async with asyncio.timeout(PATIENCE_S):
                while not await owner.fetchval(  # noqa: ASYNC110 - the database tells nobody
                    "SELECT count(*) FROM pg_locks WHERE NOT granted"
                ):
                    await asyncio.sleep(0.01)
            await transaction.commit()
        assert await late == first
        one, two = await asyncio.gather(pin_all(pool, catalogue), pin_all(pool, catalogue))
        assert one == two
