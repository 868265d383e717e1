"""Tests of `client.requests`: ask twice, get one answer."""

from __future__ import annotations

import asyncio

import pytest

from client import ClientError, CroupierError, Policy, State
from protocol.errors import Certainty, ErrorCode
from tests.client.conftest import QUICK, Connect, eventually
from tests.client.fake_gateway import FakeGateway

STAKE = {"stake": 100}


def times_seen(gateway: FakeGateway, kind: str) -> dict[int, int]:
    """Return how often each request of a type came in, by id."""
    seen: dict[int, int] = {}
    for request_id, name in gateway.seen:
        if name == kind:
            seen[request_id] = seen.get(request_id, 0) + 1
    return seen


async def test_request_ids_increase(gateway: FakeGateway, connect: Connect) -> None:
    """Each request has an id above all before it, the sign-in's included."""
    client = await connect()
    table = await client.sit("slot")
    for _ in range(5):
        await table.spin(STAKE)
    ids = [request_id for request_id, _ in gateway.seen]

    assert ids == sorted(set(ids))


@pytest.mark.parametrize("execute", [False, True])
async def test_an_unanswered_bet_is_sent_again_after_a_resume(
    gateway: FakeGateway, connect: Connect, execute: bool
) -> None:
    """Whether it had been carried out or not, it is one wager and has one answer."""
    client = await connect()
    table = await client.sit("slot")
    gateway.fault("spin", "drop", execute=execute)
    played = await table.spin(STAKE)

    assert list(gateway.house.wagers) == [played.id]
    assert list(times_seen(gateway, "spin").values()) == [2]
    assert client.connections == 2
    assert client.outbox.repeated == 1


async def test_unanswered_requests_go_out_oldest_first(
    gateway: FakeGateway, connect: Connect
) -> None:
    """After a resume the order is that of the ids."""
    client = await connect()
    tables = [await client.sit(game) for game in ("slot", "roulette", "blackjack")]
    gateway.fault("spin", "drop")
    gateway.seen.clear()
    results = await asyncio.gather(
        tables[0].spin(STAKE),
        tables[1].spin({"bets": [{"bet": "straight-7", "stake": 50}]}),
        tables[2].deal(STAKE),
        client.lobby(),
    )
    after = gateway.seen[[kind for _, kind in gateway.seen].index("resume") + 1 :]

    assert len(results) == 4
    assert after == sorted(after)
    assert len({request_id for request_id, _ in after}) == 4


@pytest.mark.parametrize("code", [ErrorCode.BUSY, ErrorCode.TOO_FAST, ErrorCode.IN_DOUBT])
@pytest.mark.parametrize("execute", [False, True])
async def test_an_answer_that_is_not_final_is_asked_again(
    gateway: FakeGateway, connect: Connect, code: ErrorCode, execute: bool
) -> None:
    """Temporary and unknown answers are asked again under the same id."""
    client = await connect()
    table = await client.sit("slot")
    gateway.fault("spin", code.value, execute=execute)
    gateway.fault("spin", code.value)
    played = await table.spin(STAKE)

    assert list(gateway.house.wagers) == [played.id]
    assert list(times_seen(gateway, "spin").values()) == [3]
    assert client.outbox.retried == {code.value: 2}


async def test_patience_ends(gateway: FakeGateway, connect: Connect) -> None:
    """An answer that stays unknown is raised as unknown once the policy's time is over."""
    policy = Policy(retry_initial_s=0.001, retry_cap_s=0.002, retry_for_s=0.05)
    client = await connect(policy=policy)
    table = await client.sit("slot")
    for _ in range(200):
        gateway.fault("spin", ErrorCode.IN_DOUBT.value)
    with pytest.raises(CroupierError) as caught:
        await table.spin(STAKE)

    assert caught.value.code == ErrorCode.IN_DOUBT.value
    assert caught.value.certainty is Certainty.UNKNOWN
    assert client.outbox.unanswered == 0


async def test_a_final_answer_is_raised(gateway: FakeGateway, connect: Connect) -> None:
    """A refusal carries code, certainty and message, and is not asked again."""
    client = await connect()
    table = await client.sit("slot")
    with pytest.raises(CroupierError) as caught:
        await table.spin({"stake": 1})

    assert caught.value.code == ErrorCode.STAKE_BELOW.value
    assert caught.value.certainty is Certainty.FINAL
    assert caught.value.message == ErrorCode.STAKE_BELOW.action
    assert list(times_seen(gateway, "spin").values()) == [1]


async def test_requests_are_kept_while_there_is_no_connection(
    gateway: FakeGateway, connect: Connect
) -> None:
    """A bet made while the server is away goes out when it is back."""
    client = await connect()
    table = await client.sit("slot")
    await gateway.stop()
    bet = asyncio.create_task(table.spin(STAKE))
    await asyncio.sleep(0.05)
    assert client.state is State.CONNECTING
    await gateway.start()

    assert (await bet).id in gateway.house.wagers


async def test_no_more_are_in_flight_than_the_server_takes(
    gateway: FakeGateway, connect: Connect
) -> None:
    """What exceeds the window of the welcome waits for answers."""
    gateway.in_flight = 2
    client = await connect()
    gateway.fault("balance", "hold")
    gateway.fault("balance", "hold")
    gateway.seen.clear()
    asked = [asyncio.create_task(client.fetch_balance()) for _ in range(5)]
    await eventually(lambda: len(gateway.seen) >= 2)
    await asyncio.sleep(0.02)
    assert len(gateway.seen) == 2
    gateway.release()

    assert len(await asyncio.gather(*asked)) == 5


async def test_unanswered_requests_are_bounded(gateway: FakeGateway, connect: Connect) -> None:
    """A program that never waits is stopped before it fills the memory."""
    client = await connect(policy=Policy(maximum_unanswered=10))
    gateway.silent = True
    futures = [asyncio.ensure_future(client.fetch_balance()) for _ in range(10)]
    await asyncio.sleep(0)
    with pytest.raises(ClientError):
        await client.fetch_balance()
    for future in futures:
        future.cancel()


async def test_a_cancelled_bet_still_moves_the_table(
    gateway: FakeGateway, connect: Connect
) -> None:
    """Whoever stops waiting does not lose the chain's place or the balance."""
    client = await connect()
    table = await client.sit("slot")
    gateway.fault("spin", "hold")
    bet = asyncio.create_task(table.spin(STAKE))
    await eventually(lambda: gateway.seen[-1][1] == "spin")
    bet.cancel()
    gateway.release()
    played = await table.spin(STAKE)

    assert len(gateway.house.wagers) == 2
    assert client.balance == played.balance


async def test_a_request_that_is_too_long_is_not_sent(
    gateway: FakeGateway, connect: Connect
) -> None:
    """A frame above the server's limit would end the connection, so it stays here."""
    client = await connect()
    table = await client.sit("roulette")
    with pytest.raises(ClientError):
        await table.spin({"bets": [{"bet": "x" * 20_000, "stake": 10}]})

    assert client.connections == 1
    assert not times_seen(gateway, "spin")


async def test_closing_reports_what_is_in_doubt(gateway: FakeGateway, connect: Connect) -> None:
    """A bet without an answer at the end is unknown, a question is not."""
    client = await connect(policy=QUICK)
    table = await client.sit("slot")
    gateway.silent = True
    bet = asyncio.create_task(table.spin(STAKE))
    question = asyncio.create_task(client.lobby())
    await asyncio.sleep(0.02)
    await client.close()

    with pytest.raises(CroupierError) as lost:
        await bet
    assert lost.value.certainty is Certainty.UNKNOWN
    with pytest.raises(CroupierError) as harmless:
        await question
    assert harmless.value.certainty is Certainty.TEMPORARY
