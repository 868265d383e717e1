"""People at a live table of a real node."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.config import LiveTableSettings
from server.tables.live.floor import LiveFloor
from tests.postgres import Database
from tests.server.harness import House, open_house
from tests.server.wire import Answer, Wire

LONG_MS = 600_000
"""A clock that a test does not wait for."""


def table_settings(game: str, **changes: Any) -> LiveTableSettings:
    """Return a quick table of a game."""
    usual: dict[str, Any] = {
        "title": f"Table of {game}",
        "game": game,
        "minimum": "0.10",
        "betting_ms": 300,
        "draw_ms": 0,
        "decision_ms": LONG_MS,
        "result_ms": 50,
    }
    return LiveTableSettings(**{**usual, **changes})


@asynccontextmanager
async def live_house(
    database: Database, *tables: LiveTableSettings, **changes: Any
) -> AsyncIterator[House]:
    """Run a node with these live tables, loaded."""
    async with open_house(database, live__tables=tables, **changes) as house:
        wire = await house.player()
        await loaded(wire, len(tables))
        await wire.close()
        yield house


async def loaded(wire: Wire, count: int) -> list[dict[str, Any]]:
    """Wait until the node has so many live tables, or more, and return their cards."""
    while True:
        cards: list[dict[str, Any]] = (await wire.ask("tables")).body["tables"]
        if len(cards) >= count:
            return cards
        await asyncio.sleep(0.02)  # nobody is told of a table that was loaded


class Person:
    """One player, or watcher, at one live table."""

    def __init__(self, wire: Wire, live: dict[str, Any]) -> None:
        self.wire = wire
        self.live = live
        self.table: str = live["table"]
        self.player: str = wire.welcome["player"]

    @classmethod
    async def join(cls, house: House, title: str, *, watch: bool = False, **more: Any) -> Person:
        """Sign somebody up and sit him down."""
        wire = await house.player()
        return await cls.at(wire, title, watch=watch, **more)

    @classmethod
    async def at(cls, wire: Wire, title: str, *, watch: bool = False, **more: Any) -> Person:
        """Sit a player down at the table of a title, as soon as his node knows of it."""
        listed: list[str] = []
        while not listed:
            cards = (await wire.ask("tables")).body["tables"]
            listed = [card["table"] for card in cards if card["title"] == title]
            if not listed:
                await asyncio.sleep(0.05)  # nobody is told of a table that was loaded
        (table,) = listed
        if watch:
            answer = await wire.ask("watch", table=table)
        else:
            answer = await wire.ask("join", table=table, client_seed=os.urandom(8), **more)
        assert answer.type in ("joined", "watching"), answer
        return cls(wire, answer.body["live"])

    def seen(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind, of this table, in order."""
        return [e.body for e in self.wire.events
                if e.type == kind and e.body["table"] == self.table]  # fmt: skip

    async def event(self, kind: str, index: int = 0) -> dict[str, Any]:
        """Wait for the event of a kind."""
        await self.wire.until(lambda: len(self.seen(kind)) > index)
        return self.seen(kind)[index]

    async def newest(self, kind: str, **said: Any) -> dict[str, Any]:
        """Wait for an event that says these things."""

        def found() -> list[dict[str, Any]]:
            return [e for e in self.seen(kind) if said.items() <= e.items()]

        await self.wire.until(lambda: bool(found()))
        return found()[-1]

    async def sees(self, seat: int, *, taken: bool) -> None:
        """Wait until he knows that a seat is taken, or free.

        He is told by an event; or, if his table has moved meanwhile, by where it stands.
        """

        def seen() -> bool:
            said: list[bool] = []
            for event in self.wire.events:
                if event.type == "seat_changed" and event.body["seat"] == seat:
                    said.append(event.body["taken"])
                elif event.type == "live_snapshot":
                    said.append(seat in (each["seat"] for each in event.body["live"]["players"]))
            return said[-1:] == [taken]

        await self.wire.until(seen)

    async def opened(self, index: int = 0) -> dict[str, Any]:
        """Wait for a round to open, of those since he came the one at *index*."""
        return await self.event("round_opened", index)

    async def bet(self, round_id: str, bets: Any, request: int | None = None) -> Answer:
        """Bet on a round."""
        return await self.wire.ask("bet", request, table=self.table, round=round_id, bets=bets)

    async def act(
        self, round_id: str, step: int, action: str, request: int | None = None
    ) -> Answer:
        """Decide."""
        return await self.wire.ask(
            "act",
            request,
            table=self.table,
            round=round_id,
            step=step,
            decision={"action": action},
        )

    def numbers(self) -> list[int]:
        """Return the numbers of the table's events as they came."""
        return [e.body["seq"] for e in self.wire.events if e.body.get("table") == self.table]


def hurry(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let the clock of live tables go faster, so that no test waits for a multiplier."""
    start = time.monotonic()

    def monotonic(_: LiveFloor) -> float:
        return start + (time.monotonic() - start) * times

    def call_later(_: LiveFloor, seconds: float, call: Callable[[], None]) -> Any:
        return asyncio.get_running_loop().call_later(seconds / times, call)

    monkeypatch.setattr(LiveFloor, "monotonic", monotonic)
    monkeypatch.setattr(LiveFloor, "call_later", call_later)


def chips(**stakes: int) -> dict[str, Any]:
    """Return a list of bets; underscores in names stand for hyphens."""
    return {"bets": [{"bet": n.replace("_", "-"), "stake": s} for n, s in stakes.items()]}
