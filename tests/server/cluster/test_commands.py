"""Tests of commands to owners, over a bus that loses, delays and doubles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.cluster import commands as module
from server.cluster.bus import Bus
from server.cluster.commands import Answered, Command, Commands, Failed, Moved, Unanswered
from tests.server.cluster.faulty import Exchange, new_random
from tests.server.cluster.nodes import until

TABLE = 7


class Desk:
    """An owner that counts what it runs, and an asker; each on its node."""

    def __init__(self) -> None:
        self.exchange = Exchange(new_random())
        self.owned = {TABLE: 5}
        self.ran: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asker = self.add(1)
        self.owner = self.add(2)
        self.owner.serve(TABLE, 5, self.run)

    def add(self, node: int, bus: Bus | None = None) -> Commands:
        """Return another node's commands."""
        return Commands(bus or self.exchange.add(), node, self.owns)

    def owns(self, table: int, epoch: int) -> bool:
        """Whether the owner's lease says so."""
        return self.owned.get(table) == epoch

    async def run(self, body: bytes) -> bytes:
        """Run a command."""
        self.ran.append(body)
        await self.gate.wait()
        if body == b"fail":
            raise RuntimeError
        return b"did " + body

    async def ask(self, body: bytes, epoch: int = 5, deadline_s: float = 5) -> object:
        """Ask from the other node."""
        return await self.asker.ask(TABLE, epoch, body, deadline_s=deadline_s)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """An owner and an asker who repeats himself soon."""
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    monkeypatch.setattr(module, "MAXIMUM_PAUSE_S", 0.05)
    desk = Desk()
    yield desk
    await desk.asker.close()
    await desk.owner.close()


async def test_command_is_answered(desk: Desk) -> None:
    """A command reaches the owner on another node, and the answer its asker."""
    assert await desk.ask(b"deal") == Answered(1, b"did deal")
    assert desk.asker.counts["asked"] == desk.owner.counts["answered"] == 1


async def test_owner_asks_itself_without_a_network(desk: Desk) -> None:
    """A player on the owner's own node needs no other: losing the bus stops remote seats only."""
    for bus in desk.exchange.buses:
        bus.sever()

    reply = await desk.owner.ask(TABLE, 5, b"deal", deadline_s=5)

    assert isinstance(reply, Answered)
    with pytest.raises(Unanswered):
        await desk.ask(b"hit", deadline_s=0.05)
    for bus in desk.exchange.buses:
        bus.mend()
    await desk.owner.ask(TABLE, 5, b"stand", deadline_s=5)
    assert not desk.exchange.carried, "nor does it cost the network anything"


@pytest.mark.parametrize("delay_s", [0.0, 0.03])
async def test_each_command_runs_once(desk: Desk, delay_s: float) -> None:
    """Law 5: lost, doubled, garbled and late messages: every command is run and answered once."""
    desk.exchange.lose = desk.exchange.double = desk.exchange.garble = 0.3
    desk.exchange.delay_s = delay_s
    bodies = [str(number).encode() for number in range(200)]

    replies = await asyncio.gather(*(desk.ask(body, deadline_s=20) for body in bodies))

    assert [reply.body for reply in replies if isinstance(reply, Answered)] == [
        b"did " + body for body in bodies
    ]
    assert sorted(desk.ran) == sorted(bodies)
    assert desk.asker.counts["repeated"] > 50
    assert desk.owner.counts["answered again"] > 10
    assert desk.asker.counts["unanswered"] == 0


async def test_repetitions_of_a_running_command_wait(desk: Desk) -> None:
    """A command that takes long is not begun again by its repetitions."""
    desk.gate.clear()
    asking = asyncio.create_task(desk.ask(b"deal"))
    await until(lambda: desk.asker.counts["repeated"] > 3)
    desk.gate.set()

    assert await asking == Answered(1, b"did deal")
    assert desk.ran == [b"deal"]


async def test_no_answer_is_unknown(desk: Desk) -> None:
    """Law 5: a command without an answer by its deadline is unknown, whatever became of it."""
    desk.gate.clear()
    with pytest.raises(Unanswered, match="table 7: no answer within 0.1 s"):
        await desk.ask(b"deal", deadline_s=0.1)
    assert desk.ran == [b"deal"]
    desk.gate.set()
    assert desk.asker.counts["unanswered"] == 1
    assert not desk.asker._asked


async def test_stale_epoch_is_told_where_to_ask(desk: Desk) -> None:
    """A command under an older epoch is not run; its asker is told the new owner and epoch."""
    assert await desk.ask(b"deal", epoch=4) == Moved(1, TABLE, 5, 2)
    assert desk.ran == []


async def test_newer_epoch_is_not_answered(desk: Desk) -> None:
    """An owner that has not heard yet that it was replaced tells nobody that he is stale."""
    with pytest.raises(Unanswered):
        await desk.ask(b"deal", epoch=6, deadline_s=0.1)
    assert desk.ran == []


async def test_owner_whose_lease_is_over_runs_nothing(desk: Desk) -> None:
    """An owner that lost its lease answers nothing, although it was not told yet."""
    desk.owned.clear()
    with pytest.raises(Unanswered):
        await desk.ask(b"deal", deadline_s=0.1)
    assert desk.ran == []


async def test_table_moves_while_it_is_asked(desk: Desk) -> None:
    """Who asks while a table changes hands hears from the new owner under the same number."""
    desk.owner.retire(TABLE)
    del desk.owned[TABLE]
    asking = asyncio.create_task(desk.ask(b"deal"))
    await until(lambda: desk.asker.counts["repeated"] > 2)
    successor = desk.add(3)
    desk.owned[TABLE] = 6
    successor.serve(TABLE, 6, desk.run)

    assert await asking == Moved(1, TABLE, 6, 3)
    assert await desk.ask(b"deal", epoch=6) == Answered(2, b"did deal")
    await successor.close()


async def test_late_double_changes_nothing(desk: Desk) -> None:
    """A message that comes again after its answer, or after a move, is not run."""
    await desk.ask(b"deal")
    topic, data = next(item for item in desk.exchange.carried if item[0].endswith("/commands"))
    bus = desk.exchange.buses[1]
    bus._receive(topic, data)
    assert desk.owner.counts["answered again"] == 1

    desk.owned[TABLE] = 6
    desk.owner.serve(TABLE, 6, desk.run)
    bus._receive(topic, data)
    assert desk.ran == [b"deal"]


async def test_failure_is_told_and_not_repeated(desk: Desk) -> None:
    """A command whose handler raised is told as failed, and not run again."""
    assert await desk.ask(b"fail") == Failed(1)
    topic, data = next(item for item in desk.exchange.carried if item[0].endswith("/commands"))
    desk.exchange.buses[1]._receive(topic, data)
    await asyncio.sleep(0)
    assert desk.ran == [b"fail"]


async def test_too_many_commands_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner runs so many commands at a time; more are left to be asked again."""
    monkeypatch.setattr(module, "MAXIMUM_RUNNING", 2)
    desk.gate.clear()
    asking = [asyncio.create_task(desk.ask(body)) for body in (b"a", b"b", b"c")]
    await until(lambda: desk.asker.counts["repeated"] > 6)
    assert desk.ran == [b"a", b"b"]
    desk.gate.set()
    assert await asyncio.gather(*asking)
    assert desk.ran == [b"a", b"b", b"c"]


async def test_asker_that_is_gone(desk: Desk) -> None:
    """A command that is cancelled by its asker is forgotten there; a late answer harms nothing."""
    desk.gate.clear()
    asking = asyncio.create_task(desk.ask(b"deal"))
    await until(lambda: desk.ran)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    desk.gate.set()
    await until(lambda: desk.owner.counts["answered"])
    assert not desk.asker._asked


async def test_forged_replies_and_commands(desk: Desk) -> None:
    """Messages about nothing known, or out of bounds, are dropped."""
    bus = desk.exchange.add()
    for bus_ in desk.exchange.buses[:2]:
        bus.publish(f"replies/{bus_.instance.hex()}", Answered(99, b"x"))
        bus.publish(f"replies/{bus_.instance.hex()}", Answered(-1, b"x"))
    bus.publish(f"table/{TABLE}/commands", Command(b"short", 1, TABLE, 5, b"x"))
    bus.publish(f"table/{TABLE}/commands", Command(bus.instance, 1, 8, 5, b"x"))
    await until(lambda: desk.exchange.buses[1].received == 6)

    assert desk.ran == []
    assert [bus.dropped["garbage"] for bus in desk.exchange.buses] == [1, 2, 0]


async def test_close_ends_what_runs(desk: Desk) -> None:
    """A node that leaves ends its commands and asks nothing any more."""
    desk.gate.clear()
    asking = asyncio.create_task(desk.ask(b"deal"))
    await until(lambda: desk.ran)
    await desk.owner.close()
    await desk.asker.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [bus.topics for bus in desk.exchange.buses] == [0, 0]
