"""Tests of `client.client`."""

from __future__ import annotations

import asyncio

import pytest

from client import Client, ClientError, CroupierError, StateChanged
from client.client import VERSION
from protocol.errors import ErrorCode
from protocol.messages.account import BalanceChanged
from protocol.messages.common import Balance, Event, Reply, Request
from protocol.messages.session import Hello
from server import __version__
from tests.client.conftest import Connect
from tests.client.fake_gateway import TIME_MS, FakeGateway


async def test_the_readme_example_works(gateway: FakeGateway) -> None:
    """From an address to a settled bet in three lines."""
    async with Client(gateway.http) as casino:
        table = await casino.sit("slot")
        played = await table.spin({"stake": 100})

    assert played.finished
    assert gateway.house.wagers[played.id] == (played.stake, played.payout)


async def test_the_client_names_itself(gateway: FakeGateway, connect: Connect) -> None:
    """K8: the gateway learns program and version."""
    await connect(name="my bot", version="2.0")
    hello = gateway.signed_in[0]

    assert isinstance(hello, Hello)
    assert (hello.client.name, hello.client.version) == ("my bot", "2.0")


def test_client_and_server_carry_one_version() -> None:
    """They are one distribution."""
    assert __version__ == VERSION


async def test_the_newest_balance_wins(gateway: FakeGateway, connect: Connect) -> None:
    """Balances are ordered by their version, whatever order they arrive in."""
    client = await connect()
    await gateway.tell(BalanceChanged(Balance(5, 0, 9)))
    await gateway.tell(BalanceChanged(Balance(7, 0, 8)))
    await client.ping()

    assert client.balance == Balance(5, 0, 9)


async def test_the_lobby_lists_the_games(connect: Connect) -> None:
    """Each with its stakes and its description."""
    client = await connect()
    games = {game.game: game for game in await client.lobby()}

    assert games["roulette"].description["stake_form"] == "list"
    assert games["slot"].stakes.minimum == 10


async def test_activity_tells_how_much_is_going_on(connect: Connect) -> None:
    """Players and rounds of each game, and when it is worth asking again."""
    client = await connect()
    told = await client.activity()

    assert [(game.game, game.players, game.rounds) for game in told.games] == [("slot", 2, 5)]
    assert told.every_ms == 10_000


async def test_history_and_proof_are_had(connect: Connect) -> None:
    """Ended rounds can be listed and proved."""
    client = await connect()
    table = await client.sit("slot")
    played = await table.spin({"stake": 100})
    history = await client.history(limit=5)

    assert [each.round for each in history.rounds] == [played.id]
    assert (await client.proof(played.id))["round"] == played.id
    assert (await client.fetch_balance()) == played.balance
    assert (await client.ping()).time_ms == TIME_MS


async def test_errors_carry_their_code(connect: Connect) -> None:
    """A program can tell refusals apart."""
    client = await connect()
    with pytest.raises(CroupierError) as caught:
        await client.sit("chess")

    assert caught.value.code == ErrorCode.UNKNOWN_GAME.value


async def test_nothing_works_before_connecting(gateway: FakeGateway) -> None:
    """A client that is not connected says so."""
    client = Client(gateway.http)
    for question in (client.lobby(), client.sit("slot")):
        with pytest.raises(ClientError):
            await question
    with pytest.raises(ClientError):
        _ = client.balance
    with pytest.raises(ClientError):
        _ = client.player


async def test_a_gateway_needs_a_ticket_provider() -> None:
    """There is no sign-up at a gateway."""
    with pytest.raises(ValueError, match="ticket provider"):
        Client("ws://127.0.0.1:8081")


async def test_events_can_be_iterated(gateway: FakeGateway, connect: Connect) -> None:
    """A program can read events in a loop, which ends with the session."""
    client = await connect()
    seen: list[object] = []

    async def read() -> None:
        seen.extend([event async for event in client.events()])

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    await gateway.tell(BalanceChanged(Balance(5, 0, 9)))
    gateway.fault("ping", "close:4500")
    with pytest.raises(CroupierError):
        await client.ping()
    await reader

    assert isinstance(seen[0], BalanceChanged)
    assert isinstance(seen[-1], StateChanged)
    assert seen[-1].terminal


async def test_a_failing_listener_costs_nothing(gateway: FakeGateway, connect: Connect) -> None:
    """A fault in the program's own callback is reported to the loop, not to the socket."""
    client = await connect()
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["message"]))

    def fail(_: object) -> None:
        raise ZeroDivisionError

    unsubscribe = client.subscribe(fail)
    await gateway.tell(BalanceChanged(Balance(5, 0, 9)))
    await client.ping()
    unsubscribe()
    await gateway.tell(BalanceChanged(Balance(6, 0, 10)))
    await client.ping()

    assert told == ["a listener of the client failed"]
    assert client.balance.amount == 6
    assert client.connections == 1


class Watcher:
    """Counts what an observer sees."""

    def __init__(self) -> None:
        self.requests: list[tuple[int, str]] = []
        self.replies: list[tuple[int | None, str]] = []

    def sent(self, request_id: int, body: Request) -> None:
        """Take note of a request."""
        self.requests.append((request_id, body.TYPE))

    def received(self, request_id: int | None, body: Reply | Event) -> None:
        """Take note of a reply."""
        self.replies.append((request_id, body.TYPE))


async def test_an_observer_sees_everything(gateway: FakeGateway, connect: Connect) -> None:
    """Repeated requests too, so that a record of a run is complete."""
    watcher = Watcher()
    client = await connect(observer=watcher)
    table = await client.sit("slot")
    gateway.fault("spin", "drop")
    await table.spin({"stake": 100})
    await client.close()

    assert watcher.requests == [(each, kind) for each, kind in gateway.seen]
    assert [kind for _, kind in watcher.requests] == [
        "hello",
        "sit",
        "spin",
        "resume",
        "spin",
        "bye",
    ]
    assert [kind for _, kind in watcher.replies] == [
        "welcome",
        "seated",
        "welcome",
        "played",
        "goodbye",
    ]


async def test_closing_says_goodbye(gateway: FakeGateway, connect: Connect) -> None:
    """The session ends on the server as well."""
    client = await connect()
    await client.close()

    assert gateway.seen[-1][1] == "bye"
    assert gateway.sessions == {}
    with pytest.raises(ClientError):
        await client.lobby()
