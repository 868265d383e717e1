"""Tests of `client.live`, without a connection; with one it is the shared scenarios' matter."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from client import CroupierError
from client.live import LiveNews, LiveTable
from games.instant.curve import multiplier_at
from protocol.codec import JSON, Codec
from protocol.messages.common import Balance, Request
from protocol.messages.live import Join, LiveState, Watch
from tests.client.test_live_state import VECTORS, event_of, state_of


class QuietHouse:
    """A house that keeps what it is asked and answers nothing."""

    codec: Codec = JSON
    check_fairness = False

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.balances: list[Balance] = []
        self.forgotten: list[LiveTable] = []

    def call(self, body: Request, on_reply: Any = None) -> asyncio.Future[Any]:
        """Keep the request."""
        del on_reply
        self.asked.append(body)
        return asyncio.get_running_loop().create_future()

    def draw_client_seed(self) -> bytes:
        """Return what need not be fresh here."""
        return b"seed"

    def take_balance(self, balance: Balance) -> None:
        """Keep it."""
        self.balances.append(balance)

    def left_live(self, table: LiveTable) -> None:
        """Keep it."""
        self.forgotten.append(table)


@pytest.fixture
async def house() -> QuietHouse:
    """A house."""
    return QuietHouse()


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        """Return its seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
async def table(house: QuietHouse, clock: Clock) -> LiveTable:
    """A table at which the player has seat 2."""
    return LiveTable(house, state_of(VECTORS["start"]), clock)


EVENTS = [event_of(step["event"]) for step in VECTORS["steps"]]


def play(table: LiveTable, until: str) -> None:
    """Take the events of the vectors up to the first of a kind."""
    for event in EVENTS:
        assert table.take_event(event)
        if until == event.TYPE:
            return


async def test_the_clock_runs_from_the_receipt(table: LiveTable, clock: Clock) -> None:
    """The time left begins with what the event told and only falls, to 0 and not below."""
    told = [table.phase_left_ms]
    play(table, "round_opened")
    told.append(table.phase_left_ms)
    for passed in (5.5, 60.0):
        clock.now = 100.0 + passed
        told.append(table.phase_left_ms)

    assert told == [None, 15_000, 9_500, 0]


async def test_a_turn_starts_the_clock_anew(table: LiveTable, clock: Clock) -> None:
    """A turn as long as the one before has all of its time."""
    play(table, "turn")
    clock.now += 10
    told = [table.phase_left_ms]
    turn = next(event for event in EVENTS if event.TYPE == "turn" and event.seq > table.state.seq)
    assert table.take_event(turn)

    assert [*told, table.phase_left_ms] == [10_000, 20_000]


async def test_elapsed_time(table: LiveTable, clock: Clock) -> None:
    """The time of a rising round runs from its event, or from what a state told."""
    told = [table.elapsed_ms]
    play(table, "rising")
    clock.now += 3
    told.append(table.elapsed_ms)
    table.take(msgspec.structs.replace(table.state, seq=table.state.seq + 9, elapsed_ms=7_000))
    clock.now += 1
    told.append(table.elapsed_ms)

    assert told == [None, 3_000, 8_000]


async def test_what_is_mine(table: LiveTable) -> None:
    """The own bets are those of the own seat, and the turn is that seat's."""
    told = [(table.mine is None, table.my_turn)]
    play(table, "turn")
    told.append((table.mine is None, table.my_turn))

    assert told == [(True, False), (False, True)]
    assert table.view == {"hand": 1}


async def test_news_come_in_order(table: LiveTable) -> None:
    """Whoever iterates gets each event behind its effect, and a state where one was taken."""
    seen: list[LiveNews] = []

    async def read() -> None:
        async for news in table.events():
            seen.append(news)
            if isinstance(news, LiveState):
                return

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    play(table, "bets_closed")
    table.take(msgspec.structs.replace(table.state, seq=table.state.seq + 5))
    await asyncio.wait_for(reader, 5)

    assert [news.seq for news in seen] == [*range(8, 16), 20]


async def test_old_news_are_dropped(table: LiveTable) -> None:
    """An event seen before changes nothing; a state written before an event brings the seat."""
    play(table, "round_opened")
    assert table.take_event(EVENTS[0])
    assert table.state.seq == EVENTS[1].seq

    table.take(msgspec.structs.replace(state_of(VECTORS["start"]), seat=5))
    assert (table.state.phase, table.seat) == ("betting", 5)


async def test_a_hole_is_not_taken(table: LiveTable) -> None:
    """An event behind a hole is left to the state that is asked for."""
    assert not table.take_event(EVENTS[1])
    assert table.state.phase == "idle"


async def test_how_to_come_back(house: QuietHouse, table: LiveTable) -> None:
    """From a seat by joining it with a fresh seed, as a watcher by watching."""
    assert table.return_request() == Join(table="900", seat=2, client_seed=b"seed")
    seat = msgspec.structs.replace(EVENTS[0], seat=2, taken=False)
    assert table.take_event(seat)

    assert table.seat is None
    assert table.return_request() == Watch(table="900")
    assert house.asked == []


async def test_no_bet_without_a_round(house: QuietHouse, table: LiveTable) -> None:
    """Between rounds a bet is refused here, as the table would: it is not kept for the next."""
    with pytest.raises(CroupierError, match="bets_closed"):
        await table.bet({"stake": 100})
    with pytest.raises(CroupierError, match="unknown_round"):
        await table.act("hit")

    assert house.asked == []


async def test_a_result_tells_the_balance(house: QuietHouse, table: LiveTable) -> None:
    """The balance of a result is taken, and none where there were no bets."""
    for event in EVENTS[:-1]:
        table.take_event(event)

    assert [balance.version for balance in house.balances] == [9, 11]


async def test_a_listener_that_fails(table: LiveTable) -> None:
    """A listener's fault is told to the loop and costs nobody else the event."""
    told: list[str] = []
    seen: list[LiveNews] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(str(context["message"]))
    )

    def fail(_: LiveNews) -> None:
        raise ValueError("a listener's own")

    table.subscribe(fail)
    stop = table.subscribe(seen.append)
    table.take_event(EVENTS[0])
    stop()
    stop()
    table.take_event(EVENTS[1])

    assert [news.seq for news in seen] == [EVENTS[0].seq]
    assert told == ["a listener of a live table failed"] * 2


def test_multipliers_are_those_of_the_rules() -> None:
    """The times and multipliers that clients in other languages are held against are true."""
    path = Path(__file__).parent / "multipliers.json"
    vectors: list[list[int]] = json.loads(path.read_text(encoding="utf-8"))

    assert len(vectors) > 100
    assert [multiplier_at(milliseconds) for milliseconds, _ in vectors] == [
        hundredths for _, hundredths in vectors
    ]
