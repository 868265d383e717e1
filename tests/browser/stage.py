"""Games that are in no catalogue, for the pages alone: a house of toys behind a page's socket.

The page's own server serves it and signs it up; its socket is answered here. So the generic table
is tried on descriptions and views of any form, whatever games ship.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from playwright.async_api import Page, WebSocketRoute

from protocol.codec import MSGPACK_SUBPROTOCOL, Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Reply, Request
from protocol.messages.rounds import Act, Deal, Played, Spin
from protocol.messages.session import Hello
from protocol.messages.tables import Lobby, LobbyGame, LobbyList, Seated
from tests.client.fake_gateway import FakeGateway, FakeSession
from tests.client.fake_house import STAKES, FakeHouse, Player, Seat, stake_of

SOCKET: Final = re.compile(r"^wss?://")

View = dict[str, Any]


@dataclass(frozen=True)
class Toy:
    """A game: how it is described, what a bet leads to, and what a decision."""

    description: dict[str, Any]
    open: Callable[[list[str], int], View]
    """From the names of the bets and the stake to the first view; with `options` it is open."""
    decide: Callable[[View, str, int], View] = lambda view, _action, _stake: view


@dataclass
class Table:
    """Where a round stands."""

    bets: list[str] = field(default_factory=list)
    view: View = field(default_factory=dict)


def describe(name: str, title: str, kind: str = "instant", **more: Any) -> dict[str, Any]:
    """Return a description with every field."""
    return {
        "game": name,
        "version": 1,
        "digest": "00" * 32,
        "title": title,
        "kind": kind,
        "stake_form": "one",
        "stakes": [10, 50, 100, 500, 1_000],
        "seats": 1,
        "choices": [],
        "actions": [],
        "returns": {"exact": None, "decimal": "0.97", "basis": "a toy"},
        "maximum_payout": "100 times the stake",
        "help": "# A toy\n\nFor a test.",
        "paytable": [],
        **more,
    }


def choice(bet: str, label: str, group: str = "", pays: str = "") -> dict[str, str]:
    """Return one thing to bet on."""
    return {"bet": bet, "label": label, "group": group, "pays": pays}


class ToyHouse(FakeHouse):
    """Plays toys; seeds and money are as at the house it is made of."""

    def __init__(self, toys: list[Toy]) -> None:
        super().__init__()
        self.toys = {toy.description["game"]: toy for toy in toys}
        self.tables: dict[str, Table] = {}
        self.bets: list[list[str]] = []
        """The bets of every round."""
        self.actions: list[str] = []
        """Every decision."""
        self.refuse: ErrorCode | None = None
        self.pause = asyncio.Event()
        self.pause.set()

    def lobby(self) -> LobbyList:
        """Return the toys as a lobby."""
        return LobbyList(
            tuple(
                LobbyGame(game=name, stakes=STAKES, description=toy.description)
                for name, toy in self.toys.items()
            )
        )

    def sit(self, player: Player, game: str, codec: Codec) -> Seated:
        """Give a seat, the one there is if any."""
        if game not in self.toys:
            raise Refused(ErrorCode.UNKNOWN_GAME)
        seat = player.seats.get(game)
        if seat is None:
            self._tables += 1
            seat = player.seats[game] = Seat(f"t{self._tables}", game, self.new_chain())
        opened = self._played(player, seat, seat.round, codec, payout=None) if seat.round else None
        chain = None if seat.round else seat.chain.info()
        return Seated(seat.table, game, 1, "00" * 32, 1, seat.seq, STAKES, chain, opened)

    def play(self, player: Player, body: Request, codec: Codec) -> Played:
        """Play a spin, a deal or an act."""
        assert isinstance(body, Spin | Deal | Act)
        seat = self.seat_of(player, body.table)
        toy = self.toys[seat.game]
        if self.refuse is not None:
            raise Refused(self.refuse)
        if isinstance(body, Act):
            action = codec.decoder(dict).decode(body.decision)["action"]
            self.actions.append(action)
            table = self.tables[seat.table]
            seat.step += 1
            table.view = toy.decide(table.view, action, seat.stake)
        else:
            told = msgspec.convert(codec.decoder(dict).decode(body.bets), dict[str, Any])
            table = self.tables[seat.table] = Table([bet["bet"] for bet in told.get("bets", [])])
            self.bets.append(table.bets)
            seat.stake = self._take(player, stake_of(codec, body.bets))
            seat.round, seat.step = body.round, 1
            table.view = toy.open(table.bets, seat.stake)
        if table.view.get("options"):
            return self._played(player, seat, seat.round, codec, payout=None)
        round_id, seat.round = seat.round, ""
        return self._settle(player, seat, round_id, seat.stake, table.view["payout"], codec)

    def _played(
        self, player: Player, seat: Seat, round_id: str, codec: Codec, *, payout: int | None
    ) -> Played:
        played = super()._played(player, seat, round_id, codec, payout=payout)
        view = self.tables[seat.table].view
        return msgspec.structs.replace(played, view=msgspec.Raw(codec.encode(view)))


class Stage(FakeGateway):
    """Answers the sockets of pages that were put on it."""

    house: ToyHouse

    def __init__(self, toys: list[Toy]) -> None:
        super().__init__(ToyHouse(toys))
        self._wires: set[asyncio.Task[None]] = set()

    async def put(self, page: Page) -> None:
        """Answer this page's socket from now on."""
        await page.route_web_socket(SOCKET, self._routed)

    async def clear(self) -> None:
        """Answer nobody any more."""
        for task in self._wires:
            task.cancel()
        await asyncio.gather(*self._wires, return_exceptions=True)

    def _routed(self, route: WebSocketRoute) -> None:
        # The page's socket opens when this returns, so what answers it runs beside.
        wire = _Wire(route)
        self._wires.add(task := asyncio.create_task(self._connected(wire)))  # type: ignore[arg-type]
        task.add_done_callback(self._wires.discard)

    @property
    def time_ms(self) -> int:
        """The clock of the house, which is right."""
        return round(time.time() * 1000)

    @time_ms.setter
    def time_ms(self, _: int) -> None:
        """The gateway that it is made of sets one that stands still."""

    def _hello(self, body: Hello) -> FakeSession | None:
        self.tickets[body.ticket] = Player(f"p{len(self.used)}", 100_000)
        return super()._hello(body)

    async def _handle(self, *arguments: Any) -> None:
        if isinstance(arguments[-1], Spin | Deal | Act):
            await self.house.pause.wait()
        await super()._handle(*arguments)

    def _execute(self, codec: Codec, session: FakeSession, body: Request) -> Reply:
        if isinstance(body, Lobby):
            return self.house.lobby()
        return super()._execute(codec, session, body)


class _Wire:
    """A page's socket with the face of a server's connection."""

    subprotocol = MSGPACK_SUBPROTOCOL

    def __init__(self, route: WebSocketRoute) -> None:
        self._route = route
        self._came: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        route.on_message(self._came.put_nowait)
        route.on_close(lambda _code, _reason: self._came.put_nowait(None))

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while (message := await self._came.get()) is not None:
            yield message

    async def send(self, message: str | bytes) -> None:
        """Send a frame."""
        self._route.send(message)

    async def close(self, code: int = 1000) -> None:
        """Close the socket."""
        await self._route.close(code=code)
