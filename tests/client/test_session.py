"""Tests of `client.session`: signing in, resuming, giving up."""

from __future__ import annotations

import asyncio
import socket

import pytest

from client import (
    Client,
    ConnectError,
    CroupierError,
    Policy,
    SessionEndedError,
    State,
    StateChanged,
    Ticket,
    TicketError,
)
from client.events import ClientEvent
from protocol.errors import Certainty, ErrorCode
from protocol.messages.session import Draining, Hello, Resume
from tests.client.conftest import QUICK, Connect, eventually, make
from tests.client.fake_gateway import FakeGateway

STAKE = {"stake": 100}


def states(events: list[ClientEvent]) -> list[State]:
    """Return the states among events."""
    return [event.state for event in events if isinstance(event, StateChanged)]


async def until(client: Client, state: State) -> StateChanged:
    """Wait for a change to a state."""
    async for event in client.events():
        if isinstance(event, StateChanged) and event.state is state:
            return event
    raise AssertionError("the events ended")


async def test_states_are_told_in_order(gateway: FakeGateway) -> None:
    """A program can follow the connection through its states."""
    client = make(gateway)
    events: list[ClientEvent] = []
    client.subscribe(events.append)
    await client.connect()
    assert client.state is State.CONNECTED
    await client.disconnect()

    assert states(events) == [State.CONNECTING, State.CONNECTED, State.DISCONNECTED]


async def test_a_broken_connection_resumes_the_session(
    gateway: FakeGateway, connect: Connect
) -> None:
    """The token of the welcome brings the same session back."""
    client = await connect()
    before = client.welcome.session
    table = await client.sit("slot")
    await table.spin(STAKE)
    gateway.fault("ping", "drop")
    await client.ping()

    assert client.welcome.session == before
    assert [type(body) for body in gateway.signed_in] == [Hello, Resume]
    assert len(gateway.used) == 1


async def test_a_restarted_server_is_found_again(gateway: FakeGateway, connect: Connect) -> None:
    """Refused connections are tried until the server is back on its port."""
    client = await connect()
    table = await client.sit("slot")
    await gateway.stop()
    await asyncio.sleep(0.1)
    await gateway.start()

    assert (await table.spin(STAKE)).finished
    assert client.connections == 2


@pytest.mark.parametrize("code", [1001, 1011, 1012, 4001, 4002, 4003, 4321])
async def test_codes_below_4500_reconnect(
    gateway: FakeGateway, connect: Connect, code: int
) -> None:
    """Reconnectable codes are ridden through, unknown ones of their range too."""
    client = await connect()
    table = await client.sit("slot")
    gateway.fault("spin", f"close:{code}", execute=True)

    assert (await table.spin(STAKE)).finished
    assert len(gateway.house.wagers) == 1


@pytest.mark.parametrize("code", [4500, 4502, 4503, 4999, 1000, 1009])
async def test_codes_from_4500_end_the_session(
    gateway: FakeGateway, connect: Connect, code: int
) -> None:
    """A session that the server ended is not brought back, and a bet under way is in doubt."""
    client = await connect()
    table = await client.sit("slot")
    ended = asyncio.create_task(until(client, State.DISCONNECTED))
    await asyncio.sleep(0)
    gateway.fault("spin", f"close:{code}")
    with pytest.raises(CroupierError) as caught:
        await table.spin(STAKE)
    change = await ended

    assert caught.value.certainty is Certainty.UNKNOWN
    assert isinstance(caught.value.__cause__, SessionEndedError)
    assert change.terminal
    assert change.code == code
    assert client.connections == 1


async def test_a_lost_hello_uses_the_same_ticket_and_nonce(gateway: FakeGateway) -> None:
    """A connection that breaks before the welcome does not cost the ticket."""
    gateway.silent = True
    client = make(gateway, policy=Policy(sign_in_timeout_s=0.1, reconnect_initial_s=0.01))
    connecting = asyncio.create_task(client.connect())
    await eventually(lambda: len(gateway.seen) >= 2)
    gateway.silent = False
    await connecting
    await client.close()

    assert gateway.sign_ups == 1


async def test_the_same_hello_twice_is_one_session(gateway: FakeGateway) -> None:
    """After a refusal that is not final, hello is said again with the same ticket and nonce."""
    gateway.refuse_sign_in = [ErrorCode.UNAVAILABLE, ErrorCode.BUSY]
    client = make(gateway)
    await client.connect()
    await client.close()
    hellos = [body for body in gateway.signed_in if isinstance(body, Hello)]

    assert len(hellos) == 3
    assert len({(hello.ticket, hello.nonce) for hello in hellos}) == 1


async def test_a_forgotten_session_starts_a_new_one(gateway: FakeGateway, connect: Connect) -> None:
    """A bet of the lost session is in doubt and never sent again; its tables are sat at again."""
    client = await connect()
    table = await client.sit("slot")
    before = client.welcome.session
    gateway.sessions.clear()
    gateway.fault("spin", "drop", execute=True)
    with pytest.raises(CroupierError) as caught:
        await table.spin(STAKE)

    assert caught.value.code == "session_lost"
    assert caught.value.certainty is Certainty.UNKNOWN
    played = await table.spin(STAKE)
    assert client.welcome.session != before
    assert len(gateway.house.wagers) == 2
    assert played.id in gateway.house.wagers


async def test_questions_survive_a_lost_session(gateway: FakeGateway, connect: Connect) -> None:
    """What moves no money is simply asked again under the new session."""
    client = await connect()
    gateway.sessions.clear()
    gateway.fault("lobby", "drop")

    assert len(await client.lobby()) > 0
    assert len(gateway.used) == 2


async def test_a_refused_ticket_ends_the_attempt(gateway: FakeGateway) -> None:
    """A ticket that was never valid is told to whoever connects."""

    async def stale() -> Ticket:
        return Ticket("ticket-of-yesterday", gateway.url)

    client = make(gateway, tickets=stale)
    with pytest.raises(CroupierError) as caught:
        await client.connect()

    assert caught.value.code == ErrorCode.TICKET_INVALID.value
    assert len(gateway.signed_in) == 1


async def test_a_refusing_ticket_provider_is_told(gateway: FakeGateway) -> None:
    """What the provider says for good reaches the caller; what may pass is tried again."""
    asked = 0

    async def provider() -> Ticket:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise TicketError("the pages are busy", temporary=True)
        raise TicketError("no play money here", temporary=False)

    with pytest.raises(TicketError, match="no play money here"):
        await make(gateway, tickets=provider).connect()
    assert asked == 2


async def test_replaced_on_resume_is_the_end(gateway: FakeGateway, connect: Connect) -> None:
    """A player whose newer session took over is not fought over."""
    client = await connect()
    gateway.refuse_sign_in = [ErrorCode.REPLACED]
    ended = asyncio.create_task(until(client, State.DISCONNECTED))
    await asyncio.sleep(0)
    gateway.fault("ping", "drop")
    with pytest.raises(CroupierError):
        await client.ping()

    assert (await ended).terminal


async def test_connecting_gives_up_in_time() -> None:
    """Where nothing listens the first connection fails with a reason."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{taken.getsockname()[1]}"

        async def ticket() -> Ticket:
            return Ticket("t" * 16, url)

        policy = Policy(connect_for_s=0.2, reconnect_initial_s=0.01, reconnect_cap_s=0.02)
        client = Client(url, ticket, policy=policy)
        with pytest.raises(ConnectError):
            await client.connect()
        assert client.state is State.DISCONNECTED


async def test_a_silent_connection_is_dropped(connect: Connect, gateway: FakeGateway) -> None:
    """Where a ping gets no answer the session moves to a new connection."""
    await gateway.stop()
    gateway._ping_interval_ms = 50
    await gateway.start()
    client = await connect()
    gateway.silent = True
    await until(client, State.CONNECTING)
    gateway.silent = False
    await until(client, State.CONNECTED)

    assert client.connections == 2
    assert (0, "ping") not in gateway.seen
    assert "ping" in [kind for _, kind in gateway.seen]


async def test_an_idle_connection_is_kept_alive(connect: Connect, gateway: FakeGateway) -> None:
    """Pings go out when nothing else does, at the welcome's interval."""
    gateway._ping_interval_ms = 20
    client = await connect()
    await eventually(lambda: [kind for _, kind in gateway.seen].count("ping") >= 3)

    assert client.connections == 1


async def test_draining_spreads_the_return(gateway: FakeGateway, connect: Connect) -> None:
    """A server that drains is asked again after a part of the time that it named."""
    client = await connect()
    events: list[ClientEvent] = []
    client.subscribe(events.append)
    await gateway.tell(Draining(200))
    await eventually(lambda: events)
    started = asyncio.get_running_loop().time()
    await gateway.stop(1001)
    await gateway.start()
    await until(client, State.CONNECTED)

    assert asyncio.get_running_loop().time() - started < 1.0
    assert isinstance(events[0], Draining)


async def test_disconnect_and_connect_resume(gateway: FakeGateway, connect: Connect) -> None:
    """A program that goes away for a while comes back to its session."""
    client = await connect()
    before = client.welcome.session
    await client.disconnect()
    await client.connect()

    assert client.welcome.session == before
    assert isinstance(gateway.signed_in[-1], Resume)


async def test_positions_are_told_on_resume(gateway: FakeGateway, connect: Connect) -> None:
    """The server learns up to which event each table was seen."""
    client = await connect()
    table = await client.sit("slot")
    await gateway.new_chain(next(iter(gateway.sessions.values())), "slot")
    await eventually(lambda: table.seq > 0)
    gateway.fault("ping", "drop")
    await client.ping()
    resume = gateway.signed_in[-1]

    assert isinstance(resume, Resume)
    assert [(each.table, each.epoch, each.seq) for each in resume.positions] == [(table.id, 1, 1)]


async def test_an_unreadable_frame_is_ridden_through(
    gateway: FakeGateway, connect: Connect
) -> None:
    """Bytes that are no message close the connection with a reason, and the session resumes."""
    client = await connect()
    session = next(iter(gateway.sessions.values()))
    assert session.connection is not None
    await session.connection.send(b"\xc1\xff")
    await until(client, State.CONNECTED)

    assert client.connections == 2
    assert QUICK.reconnect_cap_s < 1
