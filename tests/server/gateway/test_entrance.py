"""Tests of the way in, and out, of a session."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from protocol.errors import CloseCode
from server.gateway import entrance
from server.gateway.entrance import Pending
from tests.postgres import Database
from tests.server.harness import House, open_house
from tests.server.wire import CLIENT


async def test_a_database_that_stalls_ends_no_session(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-in that the database does not answer is told so: come again with the same token."""
    monkeypatch.setattr(entrance, "_SIGN_IN_S", 0.2)
    wire = await house.player()
    token = wire.welcome["token"]
    await wire.drop()
    async with house.database.connected("owner") as other, other.transaction():
        await other.execute("LOCK TABLE croupier.session")
        late = await house.connect()
        answer = await late.ask("resume", token=token, client=CLIENT)
        assert (answer.code, answer.body["certainty"]) == ("unavailable", "temporary")
        assert await late.closed() == CloseCode.INTERNAL
    await house.resume(token)


async def test_a_slow_sign_in_is_no_missing_hello(database: Database) -> None:
    """Who has said hello in time is not closed for having said nothing (4501)."""
    async with open_house(database, gateway__hello_timeout_ms=700) as house:
        ticket = (await house.sign_up()).ticket
        async with house.database.connected("owner") as other, other.transaction():
            await other.execute("LOCK TABLE croupier.ticket")
            wire = await house.connect()
            request = await wire.send(
                "hello", {"ticket": ticket, "nonce": "nonce-one", "client": CLIENT}
            )
            silent = await house.connect()
            assert await silent.closed() == CloseCode.HELLO_TIMEOUT
            assert wire.close_code is None
        assert (await wire.answer(request)).type == "welcome"


async def test_bye_is_said_once_the_session_has_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commit before tell: with the database away there is no goodbye, and the session goes on."""
    sign_in = house.casino._hub._entrance._sign_in
    usual = sign_in.end

    async def away(*_arguments: Any) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12")

    wire = await house.player()
    monkeypatch.setattr(sign_in, "end", away)
    answer = await wire.ask("bye")
    assert (answer.code, answer.body["certainty"]) == ("unavailable", "temporary")
    monkeypatch.setattr(sign_in, "end", usual)
    assert (await wire.ask("bye")).type == "goodbye"
    assert await wire.closed() == CloseCode.NORMAL
    late = await house.connect()
    answer = await late.ask("resume", token=wire.welcome["token"], client=CLIENT)
    assert answer.body["certainty"] == "final"


async def test_a_resume_that_meets_a_bye_opens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resume that the database let in just before the session said bye comes too late."""
    sign_in = house.casino._hub._entrance._sign_in
    usual, reached, opened = sign_in.resume, asyncio.Event(), asyncio.Event()

    async def slow(message: Any) -> Any:
        row = await usual(message)
        reached.set()
        await opened.wait()
        return row

    wire = await house.player()
    monkeypatch.setattr(sign_in, "resume", slow)
    late = await house.connect()
    request = await late.send("resume", {"token": wire.welcome["token"], "client": CLIENT})
    await reached.wait()
    assert (await wire.ask("bye")).type == "goodbye"
    opened.set()
    assert (await late.answer(request)).code == "token_invalid"
    assert await late.closed() == CloseCode.SIGN_IN_REFUSED
    assert not house.casino._hub.sessions


async def test_a_confirmation_that_failed_is_made_up_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old token ends with the first frame after the database is back, if not before."""
    wire = await house.player()
    old = wire.welcome["token"]
    await wire.drop()
    sign_in = house.casino._hub._entrance._sign_in
    usual = sign_in.confirm

    async def away(*_arguments: Any) -> bool:
        return False

    monkeypatch.setattr(sign_in, "confirm", away)
    wire = await house.resume(old)
    await wire.settled()
    monkeypatch.setattr(sign_in, "confirm", usual)
    while await house.owner.fetchval(
        "SELECT count(*) FROM croupier.session WHERE previous_token IS NOT NULL"
    ):
        await wire.settled()
    late = await house.connect()
    assert (await late.ask("resume", token=old, client=CLIENT)).code == "token_invalid"


def test_what_waits_for_a_sign_in_is_bounded() -> None:
    """Nobody fills memory behind a hello; what is not kept is in doubt, for it may be on record."""
    pending = Pending()
    for _ in range(3):
        pending.hold(b"frame", 3)
    with pytest.raises(Exception, match="may have been taken"):
        pending.hold(b"frame", 3)
    pending = Pending()
    pending.hold(bytes(100_000), 3)
    with pytest.raises(Exception, match="may have been taken"):
        pending.hold(b"frame", 3)
