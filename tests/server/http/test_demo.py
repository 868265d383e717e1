"""Tests of `server.http.demo`: play money for anyone, marked as such, within bounds."""

from __future__ import annotations

import json
from typing import Any

from tests.postgres import Database
from tests.server.harness import House, open_house


async def sign_up(
    house: House, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Send a sign-up; returns its status and what came back."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    async with house.web.post(f"{house.http}/api/v1/demo", data=data, headers=headers) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.content_type == "application/json"
        return response.status, await response.json()


async def players(house: House) -> int:
    """Return how many players there are."""
    return await house.count("player")


async def test_defaults(house: House) -> None:
    """Without a body, or with an empty one, a player gets 1,000.00 euros and a good ticket."""
    bodies: tuple[Any, ...] = (None, b"", {})
    for body in bodies:
        status, told = await sign_up(house, body)
        assert status == 200
        assert set(told) == {"player", "ticket", "gateway", "currency", "balance"}
        assert (told["currency"], told["balance"]) == ("EUR", 100_000)
        assert told["gateway"] == house.gateway.rstrip("/")
        wire = await house.hello(told["ticket"])
        assert wire.welcome["player"] == told["player"]
        assert wire.welcome["test"] is True


async def test_currencies(house: House) -> None:
    """Amounts are in major units, whatever the number of a currency's decimals."""
    for currency, amount, minor, exponent in (
        ("JPY", None, 1_000, 0),
        ("JPY", "250", 250, 0),
        ("KWD", None, 1_000_000, 3),
        ("KWD", "0.001", 1, 3),
        ("EUR", "0.01", 1, 2),
        ("EUR", 10.5, 1_050, 2),
        ("EUR", 0, 0, 2),
        ("EUR", 1e3, 100_000, 2),
        ("EUR", "0000000000000.5000", 50, 2),
        ("EUR", "1000000.00", 100_000_000, 2),
    ):
        body = {"currency": currency} | ({} if amount is None else {"amount": amount})
        status, told = await sign_up(house, body)
        assert (status, told.get("balance")) == (200, minor), (body, told)
        wire = await house.hello(told["ticket"])
        assert (wire.welcome["currency"], wire.welcome["exponent"]) == (currency, exponent)
        assert wire.welcome["balance"]["amount"] == minor
        if currency == "JPY" and minor >= 1_000:
            await (await house.sit(wire)).spin()


async def test_play_money_is_marked(house: House) -> None:
    """Every account and transfer of a demo player carries the test flag (D16)."""
    seat = await house.seat()
    for _ in range(5):
        await seat.spin()
    assert await house.owner.fetchval("SELECT bool_and(test) FROM croupier.player")
    assert await house.owner.fetchval("SELECT bool_and(test) FROM croupier.account")
    rows = await house.owner.fetch("SELECT debit, credit FROM croupier.transfer")
    assert rows
    assert all(row["debit"] & 1 and row["credit"] & 1 for row in rows)
    assert await house.owner.fetchval("SELECT bool_and(test) FROM croupier.batch_total")
    row = await house.owner.fetchrow("SELECT actor, reason FROM croupier.funding")
    assert row is not None
    assert row["actor"] == "demo"


async def test_wrong_amounts(house: House) -> None:
    """An amount that is not whole in minor units, negative, or too much makes no player."""
    for amount in (
        "-1",
        "-0.01",
        "0.001",
        "1000000.01",
        "1e20",
        "1e-20",
        "1e999999999",
        "-1e999999999",
        "NaN",
        "Infinity",
        "-Infinity",
        "sNaN",
        "9" * 40,
        2**64,
        1e300,
        "0." + "0" * 30 + "1",
        "1e3",
        "5_0",
        " 5",
        "5\n",
        "+5",
        "5.",
        ".5",
        "",
        "ten",
        "-0",
        -0.0,
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "\N{FULLWIDTH DIGIT FIVE}",
        "5.00000",
        "0" * 16,
    ):
        status, told = await sign_up(house, {"amount": amount})
        assert (status, told["error"]["code"]) == (400, "invalid_amount"), (amount, told)
        assert "1000000" in told["error"]["message"]
    for text in (b"-0", b"-0.00", b"-0e5"):
        status, told = await sign_up(house, b'{"amount": ' + text + b"}")
        assert (status, told["error"]["code"]) == (400, "invalid_amount"), text
    status, told = await sign_up(house, {"currency": "JPY", "amount": "0.5"})
    assert (status, told["error"]["code"]) == (400, "invalid_amount")
    assert await players(house) == 0


async def test_wrong_currencies(house: House) -> None:
    """A currency is named by its ISO 4217 code in capitals."""
    for currency in ("eur", "XXX1", "", "EURO", "\0", "\N{EURO SIGN}", "E" * 5_000):
        status, told = await sign_up(house, {"currency": currency})
        assert (status, told["error"]["code"]) == (400, "unknown_currency")
    assert await players(house) == 0


async def test_wrong_bodies(house: House) -> None:
    """A body that is no such map is refused with an example of a right one."""
    for body in (
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"EUR"',
        b'{"currency": 5}',
        b'{"amount": true}',
        b'{"amount": []}',
        b'{"amount": NaN}',
        b'{"amount": 1e99999999999999999999}',
        b'{"amount": {}}',
        b'{"amuont": "10.00"}',
        b'{"currency": "EUR"} x',
        b"[" * 30_000,
        b'{"currency": "\\ud800"}',
    ):
        status, told = await sign_up(house, body)
        assert (status, told["error"]["code"]) == (400, "invalid_body"), (body[:40], told)
        assert "currency" in told["error"]["message"]
    assert await players(house) == 0


async def test_too_large_a_body(house: House) -> None:
    """A body above 64 KiB is refused before it is read to the end."""
    status, told = await sign_up(house, b" " * 70_000)
    assert status == 413
    assert told["error"]["code"] == "request_entity_too_large"
    assert await players(house) == 0


async def test_rate_by_address(database: Database) -> None:
    """An address may sign up so often a minute; a trusted proxy tells whose address it is."""
    async with open_house(
        database,
        demo__sign_ups_per_minute=3,
        demo__sign_ups_per_minute_loopback=5,
        http__trusted_proxies=("127.0.0.0/8",),
    ) as house:
        codes = [(await sign_up(house))[0] for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2
        for address in ("198.51.100.7", "2001:db8::7"):
            headers = {"X-Forwarded-For": address}
            codes = [(await sign_up(house, headers=headers))[0] for _ in range(5)]
            assert codes == [200] * 3 + [429] * 2
        # A network of IPv6 has more addresses than anybody can count: it is one customer.
        headers = {"X-Forwarded-For": "2001:db8::8"}
        status, told = await sign_up(house, headers=headers)
        assert (status, told["error"]["code"]) == (429, "too_fast")
        assert (await sign_up(house, headers={"X-Forwarded-For": "2001:db8:0:1::7"}))[0] == 200


async def test_addresses_are_not_believed_from_anybody(database: Database) -> None:
    """Without a trusted proxy a header gives nobody a fresh allowance."""
    async with open_house(database, demo__sign_ups_per_minute_loopback=2) as house:
        codes = [
            (await sign_up(house, headers={"X-Forwarded-For": f"198.51.100.{number}"}))[0]
            for number in range(4)
        ]
        assert codes == [200, 200, 429, 429]


async def test_disabled(database: Database) -> None:
    """Where play money is not offered the call does not exist."""
    async with open_house(database, demo__enabled=False) as house:
        status, told = await sign_up(house)
        assert (status, told["error"]["code"]) == (404, "not_offered")
        assert await players(house) == 0


async def test_the_database_is_away(house: House) -> None:
    """While the database is away a sign-up is told to come again; nothing internal leaks."""
    await sign_up(house)
    await house.casino._pool.close()
    status, told = await sign_up(house)
    assert (status, told["error"]["code"]) == (503, "unavailable")


async def test_the_bound_holds_in_every_currency(database: Database) -> None:
    """A maximum with decimals binds where the currency has none, and a default is rounded down."""
    async with open_house(
        database, demo__max_amount="99.99", demo__default_amount="50.75"
    ) as house:
        assert (await sign_up(house, {"currency": "JPY", "amount": 100}))[0] == 400
        assert (await sign_up(house, {"currency": "JPY", "amount": 99}))[1]["balance"] == 99
        assert (await sign_up(house, {"currency": "JPY"}))[1]["balance"] == 50
        assert (await sign_up(house))[1]["balance"] == 5_075
        assert (await sign_up(house, {"amount": "99.99"}))[1]["balance"] == 9_999
        assert (await sign_up(house, {"amount": "100"}))[0] == 400
