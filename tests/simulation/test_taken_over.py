"""Live tables on real nodes that change hands in any phase: everybody there knows where they stand."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from protocol.codec import MSGPACK
from protocol.messages.live import LiveState
from server.config import LiveTableSettings
from server.tables.live.table import LiveTable
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, table_settings
from tests.server.tables.live.test_remote import casino
from tests.simulation.folding import WATCHER, Follower, state_for

BETS: Final[dict[str, Any]] = {
    "roulette": chips(red=100),
    "blackjack": {"stake": 100},
    "crash": {"bets": [{"bet": "cash-out-1000.00", "stake": 100}]},
    "craps": chips(hard_4=60, hard_6=60, hard_8=60),
}
PHASES: Final = (
    ("roulette", "betting"),
    ("roulette", "closed"),
    ("roulette", "result"),
    ("blackjack", "betting"),
    ("blackjack", "playing"),
    ("crash", "betting"),
    ("crash", "playing"),
    ("craps", "betting"),
    ("craps", "closed"),
    ("craps", "result"),
)
"""In which phase the owner of each table is lost."""


def _settings(game: str, phase: str) -> LiveTableSettings:
    return table_settings(
        game,
        title=f"{game} {phase}",
        seats=7,
        betting_ms=LONG_MS,
        draw_ms=LONG_MS if phase == "closed" else 0,
        result_ms=LONG_MS,
    )


class Listener:
    """Somebody at a table, and what he makes of all that his client has been told."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self._heard = 0
        state = _state(person.live)
        self.follower = Follower(WATCHER, state, None)

    @property
    def state(self) -> LiveState:
        """Where the table stands, as far as he knows."""
        return self.follower.state

    def catch_up(self) -> tuple[int, int]:
        """Take what has come; returns the numbers of the newest event."""
        events = self.person.wire.events
        for event in events[self._heard :]:
            if event.body.get("table") != self.person.table:
                continue
            mine = self.follower.state
            if event.type == "live_snapshot":
                self.follower.take(_state(event.body["live"]), None)
            elif (event.body["epoch"], event.body["seq"]) > (mine.epoch, mine.seq):
                self.follower.hear(event.body, None)
        self._heard = len(events)
        return self.follower.state.epoch, self.follower.state.seq

    def check(self, table: LiveTable) -> bool:
        """Compare it with a state that is made now, if he has been told all; whether he has."""
        if self.catch_up() != (table.epoch, table.seq):
            return False
        seat = self.follower.state.seat
        account = WATCHER if seat is None else table.seats[seat].account
        self.follower.check(state_for(table, account), 0)
        return True


def _state(live: dict[str, Any]) -> LiveState:
    state: LiveState = msgspec.msgpack.decode(MSGPACK.encode(live), type=LiveState)
    return state


def _table(houses: list[House], table: str) -> LiveTable | None:
    found = [house.casino._live.floor.tables.get(int(table)) for house in houses]
    return next((each for each in found if each is not None), None)


async def _all_know(
    houses: list[House], listeners: list[Listener], above: dict[str, int] | None = None
) -> None:
    """Wait until everybody has been told all, and check what it comes to whenever he has.

    `above` has epochs that are over, by table.
    """
    waiting = list(listeners)
    async with asyncio.timeout(PATIENCE_S):
        while waiting:
            await asyncio.sleep(0.02)  # it is asked at every point there is
            for each in listeners:
                table = _table(houses, each.person.table)
                old = (above or {}).get(each.person.table, 0)
                told = table is not None and table.epoch > old and each.check(table)
                if told and each in waiting:
                    waiting.remove(each)


async def _reach(houses: list[House], listeners: list[Listener], wanted: dict[str, str]) -> None:
    """Wait until everybody knows that each table is in the phase that is wanted, by its title."""
    async with asyncio.timeout(PATIENCE_S):
        while any(each.state.phase != wanted[each.state.title] for each in listeners):
            await _all_know(houses, listeners)


async def _bet(listeners: list[Listener]) -> None:
    """Have every seat bet once more."""
    for each in listeners:
        if each.state.seat is not None and each.state.phase == "betting":
            assert each.state.round is not None
            answer = await each.person.bet(each.state.round, BETS[each.state.game])
            assert answer.type == "accepted", answer


async def test_everybody_knows_where_a_table_stands_when_it_has_changed_hands(
    database: Database, valkey: Any
) -> None:
    """At seats or watching, near the owner or far: what events come to is where the table stands."""
    settings = [_settings(game, phase) for game, phase in PHASES]
    phases = {each.title: phase for each, (_, phase) in zip(settings, PHASES, strict=True)}
    async with casino(database, valkey, *settings) as houses:
        wires = [await house.player() for house in houses for _ in range(3)]
        listeners = []
        for each in settings:
            for index, wire in enumerate(wires):
                watch = index % 3 == 2
                listeners.append(Listener(await Person.at(wire, each.title, watch=watch)))
        await _reach(houses, listeners, dict.fromkeys(phases, "betting"))
        await _bet(listeners)
        tables = {table.settings.title: table for house in houses
                  for table in house.casino._live.floor.tables.values()}  # fmt: skip
        for title, table in tables.items():
            if phases[title] != "betting":
                table.close()
        await _reach(houses, listeners, phases)

        for house in houses:
            floor = house.casino._live.floor
            for table in list(floor.tables.values()):
                floor.failed(table, "as if its owner had died")
        await _all_know(houses, listeners, {t.wire_id: t.epoch for t in tables.values()})
        for each in listeners:
            assert each.state.epoch > 1
            assert all(player.connected for player in each.state.players) or True
        print({e.state.title: (e.state.phase, len(e.state.placed), [p.connected for p in e.state.players]) for e in listeners})
        await _bet(listeners)
        await _all_know(houses, listeners)
