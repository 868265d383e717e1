"""Attacks on the gateway: two tabs, late answers, and refusals that do not hold."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from protocol.errors import CloseCode
from server.gateway.connection import Connection
from tests.postgres import Database
from tests.server.harness import House, open_house
from tests.server.wire import CLIENT, JSON

STAKE = {"stake": 20}


class Gate:
    """Holds the answers of an awaitable function back, the first calls only."""

    def __init__(self, function: Any, calls: int = 1) -> None:
        self._function = function
        self._calls = calls
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def before(self, *arguments: Any) -> Any:
        """Call later."""
        if self._calls:
            self._calls -= 1
            self.reached.set()
            await self.open.wait()
        return await self._function(*arguments)

    async def after(self, *arguments: Any) -> Any:
        """Answer later."""
        wait, self._calls = self._calls > 0, self._calls - 1
        answer = await self._function(*arguments)
        if wait:
            self.reached.set()
            await self.open.wait()
        return answer


async def test_a_late_resume_does_not_end_a_newer_session(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resume that the database answered before a newer hello takes nothing from the newer one."""
    hub = house.casino._hub
    old = await house.player()
    gate = Gate(hub._entrance._sign_in.resume)
    monkeypatch.setattr(hub._entrance._sign_in, "resume", gate.after)
    await old.drop()
    late = await house.connect()
    request = await late.send("resume", {"token": old.welcome["token"], "client": CLIENT})
    await gate.reached.wait()
    newer = await house.hello(await house.ticket(int(old.welcome["player"])))
    seat = await house.sit(newer)
    gate.open.set()
    assert (await late.answer(request)).code == "replaced"
    assert await late.closed() == CloseCode.REPLACED
    await seat.spin()
    assert newer.close_code is None


async def test_of_two_resumes_the_one_with_the_valid_token_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two resumes with one token: whoever has the table afterwards can resume again."""
    hub = house.casino._hub
    wire = await house.player()
    token = wire.welcome["token"]
    gate = Gate(hub._entrance._sign_in.resume)
    monkeypatch.setattr(hub._entrance._sign_in, "resume", gate.after)
    await wire.drop()
    lost = await house.connect()
    first = await lost.send("resume", {"token": token, "client": CLIENT})
    await gate.reached.wait()
    again = await house.connect()
    second = await again.send("resume", {"token": token, "client": CLIENT})
    await asyncio.sleep(0.1)  # the second would overtake the first
    gate.open.set()
    await lost.answer(first)
    welcome = (await again.answer(second)).body
    await lost.closed()
    await again.settled()
    while hub._background.tasks:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    await again.drop()
    await house.resume(welcome["token"])


async def test_a_late_confirmation_locks_nobody_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A confirmation that comes after another resume leaves the token that the client has."""
    hub = house.casino._hub
    wire = await house.resume((await house.player()).welcome["token"])
    gate = Gate(hub._entrance._sign_in.confirm)
    monkeypatch.setattr(hub._entrance._sign_in, "confirm", gate.before)
    await wire.settled()
    await gate.reached.wait()
    await wire.drop()
    await house.resume(wire.welcome["token"])  # and its welcome is lost on the way
    gate.open.set()
    while hub._background.tasks:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    await house.resume(wire.welcome["token"])


async def test_a_final_refusal_stays(house: House) -> None:
    """A request that was refused for good is not played later, however many came after it."""
    seat = await house.seat()
    chain, _, number = seat.round.partition("-")
    early = seat.body(STAKE, round=f"{chain}-{int(number) + 1}")
    refused = await seat.wire.ask("spin", **early)
    assert (refused.code, refused.body["certainty"]) == ("stale_round", "final")
    await seat.spin()
    for _ in range(20):
        await seat.wire.refusal("spin", **seat.body({"stake": 1}))
    again = await seat.wire.ask("spin", refused.id, **early)
    assert again.type == "error", again
    assert again.body["certainty"] == "final"
    assert await house.count("wager") == 1


async def test_too_fast_is_no_answer_to_a_bet_under_way(database: Database) -> None:
    """A duplicate of a bet under way is not told as certainly not executed."""
    async with open_house(
        database, gateway__frames_per_second=1, gateway__frames_burst=10, gateway__max_in_flight=4
    ) as house:
        seat = await house.seat()
        async with house.stalled():
            body = seat.body(STAKE)
            request = await seat.wire.send("spin", body)
            for _ in range(15):
                await seat.wire.send("spin", body, request)
            await seat.wire.answer(request, 3)
        await seat.wire.until(
            lambda: any(a.type == "played" for a in seat.wire.answers.get(request, ()))
        )
        told = {a.body["certainty"] for a in seat.wire.answers[request] if a.type == "error"}
        assert "temporary" not in told


async def test_a_look_up_ends_in_the_other_codec(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bet is read in the codec that it came in, whichever its answer goes out in."""
    hub = house.casino._hub
    seat = await house.seat()
    await seat.wire.ask("sit", 50, game="slot")
    gate = Gate(hub._recall.known)
    monkeypatch.setattr(hub._recall, "known", gate.before)
    body = seat.body(STAKE)
    await seat.wire.send("spin", body, 40)
    await gate.reached.wait()
    await seat.wire.drop()
    wire = await house.resume(seat.wire.welcome["token"], subprotocol=JSON)
    gate.open.set()
    answer = await wire.answer(40)
    assert answer.type == "played"
    assert await house.count("wager") == 1


async def test_a_long_lobby_is_not_slowness(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lobby grows with the games; a client on a slow line is not closed while he reads it."""
    exempt: list[int] = []
    real = Connection.send_snapshot

    def send_snapshot(self: Connection, frame: bytes) -> None:
        exempt.append(len(frame))
        real(self, frame)

    wire = await house.player()
    monkeypatch.setattr(Connection, "send_snapshot", send_snapshot)
    assert len((await wire.ask("lobby")).body["games"]) > 40
    assert len(exempt) == 1
    assert exempt[0] > 100_000
