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
from protocol.errors import Certainty
from protocol.messages.common import Balance, ChainInfo, Request
from protocol.messages.live import Join, LiveState, RoundOpened, Watch
from protocol.messages.tables import Leave
from tests.client.test_live_state import VECTORS, event_of, state_of


class QuietHouse:
    """A house that keeps what it is asked and answers nothing."""

    codec: Codec = JSON
    check_fairness = False

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[asyncio.Future[Any]] = []
        self.seeds = True
        self.balances: list[Balance] = []
        self.forgotten: list[LiveTable] = []

    def call(self, body: Request, on_reply: Any = None) -> asyncio.Future[Any]:
        """Keep the request."""
        del on_reply
        self.asked.append(body)
        self.answers.append(asyncio.get_running_loop().create_future())
        return self.answers[-1]

    def draw_client_seed(self) -> bytes:
        """Return what need not be fresh here."""
        return b"seed" if self.seeds else b""

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
    """From a seat by joining it, as a watcher by watching."""
    assert table.return_request() == Join(table="900", seat=2)
    seat = msgspec.structs.replace(EVENTS[0], seat=2, taken=False)
    assert table.take_event(seat)

    assert table.seat is None
    assert table.return_request() == Watch(table="900")
    assert house.asked == []


def opened(seq: int, chain: str) -> RoundOpened:
    """Return the event of a round that opens on a chain."""
    info = ChainInfo(chain, b"c" * 32, 4, f"{chain}-{seq}")
    return RoundOpened("900", 3, seq, info.round, info, (), 15_000)


def seed_for(chain: str, client_seed: bytes = b"seed") -> Join:
    """Return what gives a seed of seat 2 for a chain."""
    return Join(table="900", seat=2, client_seed=client_seed, chain=chain)


async def test_each_chain_gets_one_seed(house: QuietHouse, table: LiveTable) -> None:
    """A seed is given once a chain is told, by an event or a state, and never twice for one."""
    for seq, chain in ((8, "901"), (9, "901"), (10, "902"), (11, "902")):
        assert table.take_event(opened(seq, chain))
    table.take(msgspec.structs.replace(table.state, seq=12))
    table.take(msgspec.structs.replace(table.state, seq=13, chain=opened(1, "903").chain))

    assert house.asked == [seed_for(chain) for chain in ("901", "902", "903")]
    assert table.return_request() == seed_for("903"), "who comes back names the chain too"


async def test_a_seed_that_was_refused(house: QuietHouse, table: LiveTable) -> None:
    """It is nobody's trouble, and another is given when the next round opens."""
    table.take_event(opened(8, "901"))
    house.answers[0].set_exception(CroupierError("too_fast", Certainty.FINAL, "Wait."))
    await asyncio.sleep(0)
    table.take_event(opened(9, "901"))
    table.take_event(opened(10, "901"))

    assert house.asked == [seed_for("901")] * 2


@pytest.mark.parametrize(("seat", "seeds"), [(None, True), (2, False)], ids=["watcher", "off"])
async def test_nobody_else_gives_a_seed(house: QuietHouse, seat: int | None, seeds: bool) -> None:
    """Neither a watcher nor, where client seeds are off, a seat gives one."""
    house.seeds = seeds
    table = LiveTable(house, msgspec.structs.replace(state_of(VECTORS["start"]), seat=seat))
    table.take_event(opened(8, "901"))

    assert house.asked == []


async def test_a_chosen_seed_waits_for_a_chain(house: QuietHouse, clock: Clock) -> None:
    """Given before any chain was told it is held back till then; after, it names the chain."""
    start = state_of(VECTORS["start"])
    table = LiveTable(house, start, clock, client_seed=b"mine")
    assert house.asked == []
    table.take_event(opened(8, "901"))
    assert house.asked == [seed_for("901", b"mine")]

    joining = asyncio.ensure_future(table.join(client_seed=b"mine too"))
    await asyncio.sleep(0)
    house.answers[-1].set_result(None)

    assert await joining == 2
    assert house.asked[1:] == [seed_for("901", b"mine too")]


async def test_no_seed_behind_the_leaving(house: QuietHouse, table: LiveTable) -> None:
    """A seat is left when its seed is through, and gets none any more: that would take it again."""
    table.take_event(opened(8, "901"))
    leaving = asyncio.ensure_future(table.leave())
    await asyncio.sleep(0)
    assert house.asked == [seed_for("901")]
    table.take_event(opened(9, "902"))
    house.answers[0].set_result(None)
    for _ in range(8):  # turns of the loop, for what waited
        await asyncio.sleep(0)
    house.answers[1].set_result(None)
    await leaving

    assert house.asked[1:] == [Leave(table="900")]
    assert house.forgotten == [table]


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
