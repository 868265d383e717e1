"""Tests of `server.gateway.sign_in`: tickets, nonces and tokens."""

from __future__ import annotations

import asyncio

from protocol.errors import CloseCode
from server.gateway.sign_in import new_secret, secret_hash
from tests.server.gateway.harness import until
from tests.server.harness import House, Seat
from tests.server.wire import CLIENT, Wire

NONCE = "a-nonce-of-mine"


async def hello(house: House, ticket: str, nonce: str = NONCE) -> tuple[Wire, str]:
    """Say hello; returns the connection and the code of the refusal, empty if welcomed."""
    wire = await house.connect()
    answer = await wire.ask("hello", ticket=ticket, nonce=nonce, client=CLIENT)
    if answer.type == "welcome":
        wire.welcome = answer.body
        return wire, ""
    assert await wire.closed() == CloseCode.SIGN_IN_REFUSED
    return wire, answer.code


def test_secrets_are_long_and_new() -> None:
    """A ticket or token has 256 bits, and no two are alike."""
    secrets = {new_secret() for _ in range(1_000)}
    assert len(secrets) == 1_000
    assert {len(secret) for secret in secrets} == {43}
    assert len(secret_hash("x")) == 32


async def test_the_welcome(house: House) -> None:
    """A welcome tells who plays, with what money, and what the connection may send."""
    ticket = await house.sign_up("77.70", "EUR")
    wire = await house.hello(ticket.ticket)
    told = wire.welcome
    assert told["player"] == str(ticket.player)
    assert told["balance"] == {"amount": 7_770, "held": 0, "version": 1}
    assert (told["currency"], told["exponent"], told["test"]) == ("EUR", 2, True)
    assert told["tables"] == []
    assert told["highest_request"] == 0
    gateway = house.casino.settings.gateway
    assert told["limits"] == {
        "frame_bytes": gateway.max_frame_bytes,
        "frames_per_second": gateway.frames_per_second,
        "in_flight": gateway.max_in_flight,
    }
    assert 0 < told["ping_interval_ms"] < gateway.ping_interval_ms


async def test_a_ticket_works_once(house: House) -> None:
    """A ticket that was used is refused to anybody else, and the session that it gave goes on."""
    ticket = (await house.sign_up()).ticket
    wire, code = await hello(house, ticket)
    assert code == ""
    for nonce in ("another-nonce", NONCE.upper(), f"{NONCE}x"):
        assert (await hello(house, ticket, nonce))[1] == "ticket_invalid"
    assert wire.close_code is None
    assert (await wire.ask("ping")).type == "pong"


async def test_the_same_ticket_and_nonce(house: House) -> None:
    """A client that lost its welcome gets the same session with the same ticket and nonce."""
    ticket = (await house.sign_up()).ticket
    first, _ = await hello(house, ticket)
    second, code = await hello(house, ticket)
    assert code == ""
    assert second.welcome["session"] == first.welcome["session"]
    assert second.welcome["token"] != first.welcome["token"]
    assert await first.closed() == CloseCode.REPLACED
    lost = await house.connect()
    token = first.welcome["token"]
    assert await lost.refusal("resume", token=token, client=CLIENT) == "token_invalid"
    seat = await house.sit(second)
    await seat.spin(request=12)
    third, _ = await hello(house, ticket)
    assert third.welcome["session"] == first.welcome["session"]
    assert third.welcome["highest_request"] == 12
    (state,) = third.welcome["tables"]
    await Seat(third, state["snapshot"]).spin()


async def test_the_nonce_has_its_time(house: House) -> None:
    """After thirty seconds the same ticket and nonce are refused."""
    ticket = (await house.sign_up()).ticket
    wire, _ = await hello(house, ticket)
    await house.owner.execute("UPDATE croupier.ticket SET used_at = used_at - interval '29 s'")
    assert (await hello(house, ticket))[1] == ""
    await house.owner.execute("UPDATE croupier.ticket SET used_at = used_at - interval '2 s'")
    assert (await hello(house, ticket))[1] == "ticket_invalid"
    assert wire.close_code == CloseCode.REPLACED


async def test_tickets_expire(house: House) -> None:
    """A ticket that was not used in time is refused, and removed later."""
    ticket = (await house.sign_up()).ticket
    await house.owner.execute("UPDATE croupier.ticket SET expires_at = clock_timestamp()")
    assert (await hello(house, ticket))[1] == "ticket_invalid"
    assert await house.count("session") == 0
    await house.owner.execute(
        "UPDATE croupier.ticket SET expires_at = clock_timestamp() - interval '2 hours'"
    )
    assert await house.casino._pool.fetchval("SELECT tickets_expire()") == 1


async def test_an_older_ticket_cannot_take_over_again(house: House) -> None:
    """The ticket and nonce of a session that was replaced do not bring it back."""
    first = await house.sign_up()
    _, code = await hello(house, first.ticket)
    assert code == ""
    newer = await house.hello(await house.ticket(first.player))
    assert (await hello(house, first.ticket))[1] == "ticket_invalid"
    assert newer.close_code is None


async def test_wrong_tickets(house: House) -> None:
    """A ticket that nobody gave out is refused; one of the wrong form is a wrong body."""
    for ticket in (new_secret(), "x" * 16, "\0" * 40, "\N{SNOWMAN}" * 20):
        assert (await hello(house, ticket))[1] == "ticket_invalid"
    wire = await house.connect()
    for body in (
        {"ticket": "short", "nonce": NONCE, "client": CLIENT},
        {"ticket": "x" * 129, "nonce": NONCE, "client": CLIENT},
        {"ticket": "x" * 40, "nonce": "n", "client": CLIENT},
        {"ticket": "x" * 40, "nonce": "with a space", "client": CLIENT},
        {"ticket": "x" * 40, "nonce": NONCE},
        {"ticket": "x" * 40, "nonce": NONCE, "client": {"name": "a\0b", "version": "1"}},
    ):
        assert await wire.refusal("hello", **body) == "invalid_body"


async def test_two_clients_with_one_ticket_at_once(house: House) -> None:
    """Of two clients that race with one ticket exactly one gets a session."""
    for _ in range(5):
        ticket = (await house.sign_up()).ticket
        results = await asyncio.gather(
            *(hello(house, ticket, f"nonce-number-{number}") for number in range(4))
        )
        assert sorted(code for _, code in results) == ["", *["ticket_invalid"] * 3]


async def test_one_client_that_connects_twice_at_once(house: House) -> None:
    """Racing with one ticket and one nonce gives one session and one live connection."""
    for _ in range(5):
        ticket = (await house.sign_up()).ticket
        results = await asyncio.gather(*(hello(house, ticket) for _ in range(3)))
        assert {code for _, code in results} == {""}
        assert len({wire.welcome["session"] for wire, _ in results}) == 1
        wires = [wire for wire, _ in results]
        await until(lambda: sum(wire.close_code is None for wire in wires) == 1)  # noqa: B023
        (survivor,) = [wire for wire, _ in results if wire.close_code is None]
        assert (await survivor.ask("ping")).type == "pong"


async def test_secrets_are_not_stored(house: House) -> None:
    """The database holds hashes of tickets and tokens, never the words themselves."""
    ticket = (await house.sign_up()).ticket
    wire, _ = await hello(house, ticket)
    words = [ticket, wire.welcome["token"]]
    for table in ("ticket", "session"):
        text = repr(await house.owner.fetch(f"SELECT t::text FROM croupier.{table} t"))
        for word in words:
            assert word not in text
            assert word.encode().hex() not in text
        assert any(secret_hash(word).hex() in text for word in words)
