"""Tests of what nodes tell each other of players."""

from __future__ import annotations

from server.cluster.bus import Subscription
from server.cluster.players import Players
from tests.server.cluster.faulty import Exchange
from tests.server.cluster.nodes import until

MARA, OTTO = 12, 13


class Session:
    """A session of a player on some node."""

    def __init__(self, players: Players, player: int, epoch: int) -> None:
        self.heard: list[str] = []
        self.following: Subscription = players.follow(
            player,
            epoch=epoch,
            gate_changed=lambda: self.heard.append("gate"),
            replaced=lambda: self.heard.append("replaced"),
            unsure=lambda: self.heard.append("unsure"),
        )


async def test_newest_session_replaces_all_others() -> None:
    """One live session a player across all nodes: those under a lower epoch hear that they end."""
    exchange = Exchange()
    here, there = Players(exchange.add()), Players(exchange.add())
    old, newest, stranger = Session(here, MARA, 3), Session(there, MARA, 4), Session(there, OTTO, 1)

    there.tell_session_opened(MARA, 99, 4)
    await until(lambda: old.heard)
    there.tell_session_opened(MARA, 98, 2)
    here.tell_gate_changed(OTTO)
    await until(lambda: stranger.heard)

    assert old.heard == ["replaced"]
    assert newest.heard == []
    assert stranger.heard == ["gate"]


async def test_gate_of_a_player() -> None:
    """A change behind a player's gate reaches each node where he has a session."""
    exchange = Exchange()
    here, there = Players(exchange.add()), Players(exchange.add())
    sessions = [Session(here, MARA, 1), Session(there, MARA, 1)]
    exchange.double = 1.0
    here.tell_gate_changed(MARA)
    await until(lambda: len(sessions[1].heard) == 2)
    assert sessions[0].heard == ["gate"]
    sessions[0].following.close()
    here.tell_gate_changed(MARA)
    await until(lambda: len(sessions[1].heard) == 4)
    assert sessions[0].heard == ["gate"]


async def test_node_that_was_cut_off_is_unsure() -> None:
    """After an interruption a session is told to look for itself."""
    exchange = Exchange()
    bus = exchange.add()
    session = Session(Players(bus), MARA, 1)
    bus.sever()
    bus.mend()
    await until(lambda: session.heard == ["unsure"])
