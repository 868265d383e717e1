"""Tests of time-ordered ids."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from server.ledger.ids import BLOCK, EPOCH_MS, MAXIMUM_NODE, IdGenerator, clock_ms, id_time_ms
from tests.server.ledger.ledger import Ledger

NOW = EPOCH_MS + 1_000_000


class Clock:
    """A clock that shows what it is told to."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        """Return what it shows."""
        return self.now


@pytest.mark.parametrize("node", [0, 1, MAXIMUM_NODE])
def test_id_holds_time_and_node(node: int) -> None:
    """An id tells its millisecond and its node, and is a positive 64-bit integer for ages."""
    identifier = IdGenerator(node, clock_ms=Clock()).next()

    assert id_time_ms(identifier) == NOW
    assert (identifier >> 14) & 255 == node
    far = IdGenerator(node, clock_ms=Clock(EPOCH_MS + 60 * 366 * 86_400_000)).next()
    assert 0 < far < 2**63


@pytest.mark.parametrize("node", [-1, MAXIMUM_NODE + 1])
def test_node_out_of_range(node: int) -> None:
    """A node number that does not fit is refused in one line."""
    with pytest.raises(ValueError, match="a node number is from 0 to 255"):
        IdGenerator(node)


def test_ids_only_grow() -> None:
    """Rule 15: whatever the clock does, each id leaves room for a call's transfers."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - shown when the test fails
    chance, clock = random.Random(seed), Clock()
    ids = IdGenerator(3, clock_ms=clock)
    last = ids.next()
    for _ in range(20_000):
        clock.now += chance.choice((0, 0, 0, 1, 5, -1, -10_000))
        identifier = ids.next()
        assert identifier >= last + BLOCK
        last = identifier


def test_millisecond_that_is_used_up() -> None:
    """More ids than a millisecond holds go on in the next one, under the same node."""
    ids = IdGenerator(7, clock_ms=Clock())
    made = [ids.next() for _ in range(10_000)]

    assert len(set(made)) == 10_000
    assert made == sorted(made)
    assert {(identifier >> 14) & 255 for identifier in made} == {7}
    assert id_time_ms(made[-1]) == NOW + 2


def test_continues_above_the_high_water() -> None:
    """A clock that was put back over a restart makes no id that the record may know."""
    last = IdGenerator(0, clock_ms=Clock(NOW + 5_000)).next()

    assert IdGenerator(0, last + BLOCK - 1, Clock()).next() > last + BLOCK


def test_clock() -> None:
    """The clock is the machine's, in milliseconds since 1970."""
    now = datetime.now(UTC).timestamp()

    assert abs(clock_ms() / 1000 - now) < 5


async def test_database_reads_ids_alike(ledger: Ledger) -> None:
    """The schema knows the time of an id, and the first id of a time, as Python does."""
    identifier = IdGenerator(5, clock_ms=Clock()).next()
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=NOW)

    assert await ledger.app.fetchval("SELECT id_time($1)", identifier) == moment
    first = await ledger.app.fetchval("SELECT id_at($1)", moment)
    assert first == identifier >> 22 << 22
