"""Tests of watching, over a bus that loses, delays and doubles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.cluster import publishing, watching as module
from server.cluster.publishing import Event, Publisher, Publishing, Tail, Top
from server.cluster.watching import Watching
from tests.server.cluster.faulty import Exchange, FaultyBus, new_random
from tests.server.cluster.nodes import until

TABLE = 7


class Owner:
    """The owner of the table. Its state is the sum of what happened, so that it shows any loss."""

    def __init__(self, bus: FaultyBus, epoch: int, total: int = 0) -> None:
        self.total = total
        self.owned = True
        self.publishing = Publishing(bus, lambda _table, _epoch: self.owned)
        self.publisher: Publisher = self.publishing.open(
            TABLE, epoch, lambda: str(self.total).encode(), lambda: b"three"
        )
        self.told: list[tuple[int, int]] = [(epoch, 0)]

    def happen(self, amount: int) -> None:
        """Let something happen and tell it."""
        self.total += amount
        seq = self.publisher.publish(str(amount).encode())
        if seq is not None:
            self.told.append((self.publisher.epoch, seq))


class Spectator:
    """Somebody who watches and keeps the sum."""

    def __init__(self) -> None:
        self.total = 0
        self.position = (0, 0)
        self.snapshots = 0
        self.events = 0
        self.presences = 0
        self.states: list[bool] = []

    def snapshot(self, epoch: int, seq: int, body: bytes) -> None:
        """Take the state."""
        assert (epoch, seq) >= self.position, "the past does not come again"
        self.position = (epoch, seq)
        self.total = int(body)
        self.snapshots += 1

    def event(self, epoch: int, seq: int, body: bytes) -> None:
        """Take the next event."""
        assert (epoch, seq - 1) == self.position, "events are dense"
        self.position = (epoch, seq)
        self.total += int(body)
        self.events += 1

    def presence(self, body: bytes) -> None:
        """Take who is there."""
        assert body == b"three"
        self.presences += 1

    def stalled(self, stalled: bool) -> None:
        """Take whether the table is heard of."""
        self.states.append(stalled)


class Floor:
    """An owner on one node and watchers on two others."""

    def __init__(self) -> None:
        self.exchange = Exchange(new_random())
        self.random = self.exchange.random
        self.owner = Owner(self.exchange.add(), 5)
        self.nodes = [Watching(self.exchange.add()) for _ in range(2)]
        self.tasks = [asyncio.ensure_future(node.run()) for node in self.nodes]
        self.tasks.append(asyncio.ensure_future(self.owner.publishing.run()))

    def watch(self, node: int = 0, since: tuple[int, int] | None = None) -> Spectator:
        """Let one more watch."""
        spectator = Spectator()
        if since is not None:
            spectator.position = since
        self.nodes[node].join(TABLE, spectator, since)
        return spectator

    async def seen(self, *spectators: Spectator) -> None:
        """Wait until everybody has seen everything."""
        await until(
            lambda: all(
                (one.position, one.total) == (self.owner.told[-1], self.owner.total)
                for one in spectators
            )
        )

    async def close(self) -> None:
        """End everything."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for node in self.nodes:
            node.close()


@pytest.fixture
async def floor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Floor]:
    """A table that tells its top often."""
    for name, seconds in (("PAUSE_S", 0.01), ("MAXIMUM_PAUSE_S", 0.05), ("STALLED_S", 0.15)):
        monkeypatch.setattr(module, name, seconds)
    monkeypatch.setattr(module, "TOP_S", 0.02)
    monkeypatch.setattr(publishing, "TOP_S", 0.02)
    floor = Floor()
    yield floor
    await floor.close()


def asks(floor: Floor) -> int:
    """Return how many questions were put to the owner."""
    return sum(topic.endswith("/asks") for topic, _ in floor.exchange.carried)


async def test_snapshot_then_every_event(floor: Floor) -> None:
    """Who joins gets the state and then each event once, in order, and who is there."""
    floor.owner.happen(10)
    one, two, three = floor.watch(0), floor.watch(0), floor.watch(1)
    await floor.seen(one, two, three)
    assert {one.total, two.total, three.total} == {10}

    for amount in range(100):
        floor.owner.happen(amount)
    await floor.seen(one, two, three)

    assert {(watcher.snapshots, watcher.events) for watcher in (one, two, three)} == {(1, 100)}
    await until(lambda: one.presences and three.presences)
    assert [node.watchers for node in floor.nodes] == [2, 1]


async def test_one_subscription_and_one_question_a_node(floor: Floor) -> None:
    """A thousand watchers who come together cost the owner one snapshot, and each event once."""
    many = [floor.watch() for _ in range(1_000)]
    await floor.seen(*many)
    assert asks(floor) == 1
    received = floor.exchange.buses[1].received
    floor.owner.happen(1)
    await floor.seen(*many)
    assert floor.nodes[0].tables == 1
    assert floor.exchange.buses[1].received - received < 20


async def test_hole_is_healed_once_for_all(floor: Floor) -> None:
    """A lost event is asked for once by the node, and nobody gets a part or a snapshot."""
    many = [floor.watch() for _ in range(50)]
    await floor.seen(*many)
    before = asks(floor)
    floor.exchange.lose = 1.0
    for amount in range(5):
        floor.owner.happen(amount)
    await asyncio.sleep(0)
    floor.exchange.lose = 0.0
    floor.owner.happen(100)
    await floor.seen(*many)

    assert asks(floor) - before == 1
    assert {(watcher.snapshots, watcher.events) for watcher in many} == {(1, 6)}
    assert floor.nodes[0].counts["healed by tail"] == 1


async def test_last_event_is_not_lost(floor: Floor) -> None:
    """A lost event that nothing follows shows with the top."""
    watcher = floor.watch()
    await floor.seen(watcher)
    floor.exchange.lose = 1.0
    floor.owner.happen(1)
    await asyncio.sleep(0)
    assert watcher.total == 0
    floor.exchange.lose = 0.0

    await floor.seen(watcher)
    assert watcher.snapshots == 1


async def test_hole_that_is_too_long(floor: Floor) -> None:
    """What is longer ago than the owner's tail comes as a snapshot, whole."""
    watcher = floor.watch()
    await floor.seen(watcher)
    floor.exchange.lose = 1.0
    for _ in range(publishing.TAIL_EVENTS + 1):
        floor.owner.happen(1)
    await asyncio.sleep(0)
    floor.exchange.lose = 0.0

    await floor.seen(watcher)
    assert (watcher.snapshots, watcher.events) == (2, 0)


@pytest.mark.parametrize("delay_s", [0.0, 0.02])
async def test_any_faults_leave_the_whole(floor: Floor, delay_s: float) -> None:
    """Lost, doubled, garbled and late messages, joins and leaves: each watcher has it all."""
    exchange, random = floor.exchange, floor.random
    exchange.lose = exchange.double = exchange.garble = 0.1
    exchange.delay_s = delay_s
    watchers = [(node, floor.watch(node)) for node in (0, 1) for _ in range(3)]
    for _ in range(400):
        floor.owner.happen(random.randrange(1_000))
        if random.random() < 0.1:
            node = random.randrange(2)
            watchers.append((node, floor.watch(node)))
        if len(watchers) > 3 and random.random() < 0.1:
            node, watcher = watchers.pop(random.randrange(len(watchers)))
            floor.nodes[node].leave(TABLE, watcher)
        if random.random() < 0.2:
            await asyncio.sleep(random.uniform(0, 0.01))

    await floor.seen(*(watcher for _, watcher in watchers))
    counts = floor.nodes[0].counts + floor.nodes[1].counts
    assert counts["doubled"] > 3
    assert counts["healed by tail"] + counts["healed by snapshot"] > 5


async def test_new_owner_is_followed(floor: Floor) -> None:
    """After a takeover everybody gets the new owner's state, and the old one's voice is dropped."""
    one, two = floor.watch(0), floor.watch(1)
    floor.owner.happen(5)
    await floor.seen(one, two)
    old = floor.owner
    floor.owner = Owner(floor.exchange.add(), 6, total=50)
    floor.owner.happen(7)
    await floor.seen(one, two)
    assert one.total == 57
    # The old one was stopped before it looked at its lease.
    old.happen(1_000)
    old.publisher.tell_top()
    await until(lambda: floor.nodes[0].counts["stale epoch"] >= 2)
    floor.owner.happen(1)
    await floor.seen(one, two)
    assert one.total == 58
    old.owned = False
    old.happen(1_000)
    assert old.publisher.seq == 2, "its lease is over: it tells nothing"


async def test_answer_of_an_old_owner(floor: Floor) -> None:
    """An answer under an older epoch than was heard of stands only where there is no other."""
    watcher = floor.watch()
    await floor.seen(watcher)
    newer = Owner(floor.exchange.add(), 6, total=50)
    late = floor.watch(1)
    await until(lambda: watcher.position[0] == late.position[0] == 6)
    newer.owned = False
    third = floor.watch(1)
    await asyncio.sleep(0.1)
    assert third.snapshots == 0, "the past does not come again"

    floor.exchange.add().publish(publishing.events_topic(TABLE), Top(TABLE, 2**40, 1, b"three"))
    newer.owned = True
    newer.happen(1)
    await until(lambda: third.position == watcher.position == (6, 1))
    assert {third.total, watcher.total} == {51}


async def test_resume_on_any_node(floor: Floor) -> None:
    """Who comes back with what he has seen gets all that he missed, or else a snapshot."""
    stays, leaves = floor.watch(), floor.watch()
    await floor.seen(stays, leaves)
    floor.owner.happen(1)
    await floor.seen(stays, leaves)
    floor.nodes[0].leave(TABLE, leaves)
    for amount in (2, 3):
        floor.owner.happen(amount)
    await floor.seen(stays)

    back = floor.watch(0, since=leaves.position)
    assert (back.events, back.snapshots) == (2, 0), "at once"
    elsewhere = floor.watch(1, since=leaves.position)
    await floor.seen(elsewhere)
    assert (elsewhere.events, elsewhere.snapshots) == (0, 1)
    for since in ((5, 99), (4, 1), (6, 0), (0, 0)):
        strange = Spectator()
        floor.nodes[0].join(TABLE, strange, since)
        assert strange.events == 0
        await floor.seen(strange)
        assert strange.snapshots == 1


async def test_node_that_was_cut_off(floor: Floor) -> None:
    """A node whose bus was down asks for what it missed as soon as it is up, before any top."""
    cut, other = floor.watch(0), floor.watch(1)
    await floor.seen(cut, other)
    bus = floor.exchange.buses[1]
    bus.sever()
    floor.owner.happen(3)
    await floor.seen(other)
    await until(lambda: cut.states == [True])
    assert cut.total == 0
    floor.tasks[-1].cancel()
    bus.mend()

    await floor.seen(cut)
    assert cut.states == [True, False]
    assert cut.snapshots == 1
    assert other.states == []


async def test_join_while_nobody_owns(floor: Floor) -> None:
    """Who joins while the table has no owner gets its state when it has one."""
    floor.owner.owned = False
    watcher = floor.watch()
    await until(lambda: watcher.states == [True])
    assert watcher.snapshots == 0
    floor.owner.owned = True
    await floor.seen(watcher)
    assert watcher.states == [True, False]


async def test_watcher_that_fails(floor: Floor) -> None:
    """A watcher that fails is told no more; all others go on."""

    class Broken(Spectator):
        def event(self, epoch: int, seq: int, body: bytes) -> None:
            raise RuntimeError

    broken, well = Broken(), Spectator()
    floor.nodes[0].join(TABLE, broken)
    floor.nodes[0].join(TABLE, well)
    await floor.seen(broken, well)
    floor.owner.happen(1)
    floor.owner.happen(2)
    await floor.seen(well)
    assert floor.nodes[0].watchers == 1
    assert floor.nodes[0].counts["watcher failed"] == 1


async def test_forged_messages_heal_themselves(floor: Floor) -> None:
    """A top or event that cannot be makes the node ask once, and the owner's word stands."""
    watcher = floor.watch()
    await floor.seen(watcher)
    forger = floor.exchange.add()
    before = asks(floor)
    topic = publishing.events_topic(TABLE)
    forger.publish(topic, Top(TABLE, 99, 5, b"three"))
    forger.publish(topic, Event(TABLE, 5, 1_000, b"1000"))
    forger.publish(topic, Event(8, 5, 1, b"1000"))
    for answer in (1, 2, 3):
        forger.publish(
            publishing.missed_topic(floor.exchange.buses[1].instance),
            Tail(answer + 1_000, TABLE, 5, (Event(TABLE, 5, 1, b"1000"),)),
        )
    await until(lambda: asks(floor) > before)
    floor.owner.happen(1)
    await floor.seen(watcher)
    await until(lambda: watcher.presences > 5)
    assert asks(floor) - before <= 3
    assert not floor.nodes[0]._tables[TABLE]._early


async def test_last_to_leave_ends_the_subscription(floor: Floor) -> None:
    """A table that nobody watches costs nothing."""
    bus = floor.exchange.buses[1]
    idle = bus.topics
    one, two = floor.watch(), floor.watch()
    await floor.seen(one, two)
    floor.nodes[0].leave(TABLE, one)
    assert bus.topics == idle + 1
    floor.nodes[0].leave(TABLE, two)
    floor.nodes[0].leave(TABLE, two)
    floor.nodes[0].leave(8, two)
    assert bus.topics == idle
    floor.owner.happen(1)
    await asyncio.sleep(0.05)
    assert one.events == 0
