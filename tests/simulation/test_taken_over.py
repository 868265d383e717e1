"""Live tables on real nodes that change hands in any phase: everybody knows where they stand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import msgspec

from protocol.codec import MSGPACK
from protocol.errors import Refused
from protocol.messages.live import LiveState
from server.config import LiveTableSettings
from server.tables.live.floor import LiveFloor
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


async def _reach(
    houses: list[House], listeners: list[Listener], wanted: Callable[[LiveState], bool]
) -> None:
    """Check what everybody knows, until it says what is wanted of each table."""
    async with asyncio.timeout(PATIENCE_S):
        while not all(wanted(each.state) for each in listeners):
            await _all_know(houses, listeners)


async def _bet(listeners: list[Listener]) -> None:
    """Have every seat bet once more where bets are taken."""
    for each in listeners:
        if each.state.seat is not None and each.state.phase == "betting":
            assert each.state.round is not None
            answer = await each.person.bet(each.state.round, BETS[each.state.game])
            assert answer.type == "accepted", answer


async def _raise(listeners: list[Listener]) -> None:
    """Have the seat whose turn it is double; a blackjack at once has ended some rounds before."""
    for each in listeners:
        if each.state.acting is not None and each.state.acting == each.state.seat:
            assert each.state.round is not None
            await each.person.act(each.state.round, each.state.step, "double")
            return


def _tables(houses: list[House]) -> list[tuple[LiveFloor, LiveTable]]:
    floors = [house.casino._live.floor for house in houses]
    return [(floor, table) for floor in floors for table in list(floor.tables.values())]


async def _void(houses: list[House]) -> None:
    for floor, table in _tables(houses):
        with contextlib.suppress(Refused):  # it is over already
            await floor.void(table, "The operator says so.")


async def _people(houses: list[House], settings: list[LiveTableSettings]) -> list[Listener]:
    """Have two players and a watcher at each table, of each node."""
    people = []
    wires = [await house.player() for house in houses for _ in range(3)]
    for each in settings:
        for index, wire in enumerate(wires):
            watch = index % 3 == 2
            people.append(Listener(await Person.at(wire, each.title, watch=watch)))
    return people


def _all_there(state: LiveState) -> bool:
    return [player.connected for player in state.players] == [True] * 4


async def test_everybody_knows_where_a_table_stands_when_it_has_changed_hands(
    database: Database, valkey: Any
) -> None:
    """At seats or watching, near the owner or far: the events come to where the table stands."""
    settings = [_settings(game, phase) for game, phase in PHASES]
    phases = {each.title: phase for each, (_, phase) in zip(settings, PHASES, strict=True)}

    def as_far(state: LiveState) -> bool:
        # A dealer's blackjack ends a round at once, and so does a multiplier that does not rise.
        return state.phase in (phases[state.title], "result")

    async with casino(database, valkey, *settings) as houses:
        listeners = await _people(houses, settings)
        await _reach(houses, listeners, lambda state: state.phase == "betting")
        await _bet(listeners)
        old = _tables(houses)
        for _, table in old:
            if phases[table.settings.title] != "betting":
                table.close()
        await _reach(houses, listeners, as_far)

        for floor, table in old:
            floor.failed(table, "as if its owner had died")
        await _all_know(houses, listeners, {table.wire_id: table.epoch for _, table in old})
        await _reach(houses, listeners, _all_there)
        await _bet(listeners)
        await _raise(listeners)
        await _all_know(houses, listeners)

        for _, table in _tables(houses):
            table.close()
        await _all_know(houses, listeners)
        await _void(houses)
        await _reach(houses, listeners, lambda state: state.phase in ("idle", "result"))
