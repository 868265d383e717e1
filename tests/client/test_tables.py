"""Tests of `client.tables`."""

from __future__ import annotations

import asyncio

import pytest

from client import CroupierError, FairnessError, Problem, Ticket
from client.events import ClientEvent
from client.rounds import Round
from client.tables import Table
from protocol.codec import MSGPACK
from protocol.errors import Certainty, ErrorCode
from protocol.messages.common import ChainInfo
from protocol.messages.tables import ChainStarted, RoundEnded
from tests.client.conftest import Connect, eventually, make
from tests.client.fake_gateway import FakeGateway, FakeSession
from tests.client.fake_house import FakeHouse

STAKE = {"stake": 100}


def only_session(gateway: FakeGateway) -> FakeSession:
    """Return the one session there is."""
    (session,) = gateway.sessions.values()
    return session


async def test_spins_move_along_the_chain(gateway: FakeGateway, connect: Connect) -> None:
    """Each bet names the round that the answer before it told."""
    client = await connect()
    table = await client.sit("slot")
    rounds = [(await table.spin(STAKE)).id for _ in range(5)]

    assert rounds == [f"c1-{number}" for number in range(1, 6)]


async def test_a_chain_that_ends_is_followed_by_the_next() -> None:
    """Where the answer names no next round the table waits for the new chain's commitment."""
    async with FakeGateway(FakeHouse(chain_length=3)) as gateway, make(gateway) as client:
        table = await client.sit("slot")
        rounds = [(await table.spin(STAKE)).id for _ in range(8)]

    assert rounds == ["c1-1", "c1-2", "c1-3", "c2-1", "c2-2", "c2-3", "c3-1", "c3-2"]


async def test_each_bet_has_a_fresh_client_seed(gateway: FakeGateway, connect: Connect) -> None:
    """Sixteen bytes of the system's randomness, never the same twice."""
    client = await connect()
    table = await client.sit("slot")
    for _ in range(20):
        await table.spin(STAKE)
    seeds = gateway.house.client_seeds

    assert len(set(seeds)) == 20
    assert {len(seed) for seed in seeds} == {16}


async def test_client_seeds_can_be_off(gateway: FakeGateway, connect: Connect) -> None:
    """Where the server takes no client seeds none is sent."""
    gateway.client_seed = False
    client = await connect()
    table = await client.sit("slot")
    await table.spin(STAKE)

    assert gateway.house.client_seeds == [b""]


async def test_a_given_client_seed_is_used(gateway: FakeGateway, connect: Connect) -> None:
    """A player may bring his own luck."""
    client = await connect()
    table = await client.sit("slot")
    await table.spin(STAKE, client_seed=b"seven")

    assert gateway.house.client_seeds == [b"seven"]


async def test_a_stale_round_is_bet_on_again_once(gateway: FakeGateway, connect: Connect) -> None:
    """Nothing was staked, so the bet goes on the due round under a new id."""
    client = await connect()
    table = await client.sit("slot")
    only_session(gateway).player.seats["slot"].chain.number = 5
    played = await table.spin(STAKE)
    spins = [request_id for request_id, kind in gateway.seen if kind == "spin"]

    assert played.id == "c1-5"
    assert len(set(spins)) == 2


async def test_a_bet_is_not_made_again_for_ever(gateway: FakeGateway, connect: Connect) -> None:
    """A second stale answer is raised: the table is not what the client takes it for."""
    client = await connect()
    table = await client.sit("slot")
    for _ in range(3):
        gateway.fault("spin", ErrorCode.STALE_ROUND.value)
    with pytest.raises(CroupierError, match="stale_round"):
        await table.spin(STAKE)

    assert len(gateway.faults) == 1


async def test_a_stale_round_can_be_left_to_the_program(
    gateway: FakeGateway, connect: Connect
) -> None:
    """Without the retry the refusal is raised, and the table knows the due round all the same."""
    client = await connect(retry_stale=False)
    table = await client.sit("slot")
    only_session(gateway).player.seats["slot"].chain.number = 5
    with pytest.raises(CroupierError) as caught:
        await table.spin(STAKE)

    assert caught.value.code == ErrorCode.STALE_ROUND.value
    assert table.chain is not None
    assert table.chain.round == "c1-5"


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
async def test_a_stale_round_is_understood_in_both_encodings(
    gateway: FakeGateway, connect: Connect, encoding: str
) -> None:
    """The chain in the details is read from either encoding, without asking for the table."""
    client = await connect(encoding=encoding)
    table = await client.sit("slot")
    only_session(gateway).player.seats["slot"].chain.number = 9
    await table.spin(STAKE)

    assert [kind for _, kind in gateway.seen].count("sit") == 1


async def test_a_chain_replaced_meanwhile_is_asked_for(
    gateway: FakeGateway, connect: Connect
) -> None:
    """A stale round without a chain in its details makes the table ask where it stands."""
    client = await connect()
    table = await client.sit("slot")
    seat = only_session(gateway).player.seats["slot"]
    seat.chain.number = len(seat.chain.seeds)
    played = await table.spin(STAKE)

    assert played.id == "c2-1"
    assert [kind for _, kind in gateway.seen].count("sit") == 2


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
async def test_a_round_with_decisions_is_played(
    gateway: FakeGateway, connect: Connect, encoding: str
) -> None:
    """The open round lists its options, and each decision names its step."""
    client = await connect(encoding=encoding)
    table = await client.sit("blackjack")
    current = await table.deal(STAKE)
    assert not current.finished
    assert table.open is current
    assert {option.action: option.stake for option in current.options} == {
        "hit": 0,
        "stand": 0,
        "double": 100,
    }
    current = await table.act("hit")
    current = await table.act({"action": "stand"})

    assert current.finished
    assert current.options == ()
    assert table.open is None
    assert (await table.deal(STAKE)).id == "c1-2"


async def test_a_double_click_is_one_decision(gateway: FakeGateway, connect: Connect) -> None:
    """Two decisions for one step: the second is refused as stale."""
    client = await connect()
    table = await client.sit("blackjack")
    await table.deal(STAKE)
    results = await asyncio.gather(table.act("hit"), table.act("hit"), return_exceptions=True)
    refused = [result for result in results if isinstance(result, CroupierError)]

    assert [error.code for error in refused] == [ErrorCode.STALE_STEP.value]
    assert len(only_session(gateway).player.seats["blackjack"].cards) == 3


async def test_an_open_round_is_found_again(gateway: FakeGateway, connect: Connect) -> None:
    """A client that comes back at the next sign-in goes on with its round."""
    first = await connect()
    table = await first.sit("blackjack")
    opened = await table.deal(STAKE)
    player = only_session(gateway).player
    await first.close()
    gateway.tickets["ticket-000000000099"] = player

    async def again() -> Ticket:
        return Ticket("ticket-000000000099", gateway.url)

    second = await connect(tickets=again)
    table = await second.sit("blackjack")
    assert table.open is not None
    assert table.open.id == opened.id
    with pytest.raises(CroupierError, match="round_open"):
        await table.deal(STAKE)
    await table.act("stand")

    assert len(gateway.house.wagers) == 1


async def test_an_open_round_survives_a_broken_connection(
    gateway: FakeGateway, connect: Connect
) -> None:
    """The snapshot of the resume brings the round back as it stands."""
    client = await connect()
    table = await client.sit("blackjack")
    await table.deal(STAKE)
    gateway.fault("act", "drop", execute=True)
    current = await table.act("hit")

    assert current.step == 2
    assert (await table.act("stand")).finished


async def test_deciding_without_a_round_is_refused_here(connect: Connect) -> None:
    """There is nothing to decide on, and nothing is sent."""
    client = await connect()
    table = await client.sit("blackjack")
    with pytest.raises(CroupierError) as caught:
        await table.act("hit")

    assert caught.value.certainty is Certainty.FINAL


async def test_a_wrong_seed_is_found_out(gateway: FakeGateway, connect: Connect) -> None:
    """A seed that does not belong to the chain raises, and no further bet is made at that table."""
    client = await connect()
    table = await client.sit("slot")
    await table.spin(STAKE)
    gateway.house.tell_wrong_seed = True
    with pytest.raises(FairnessError):
        await table.spin(STAKE)
    gateway.house.tell_wrong_seed = False
    with pytest.raises(FairnessError):
        await table.spin(STAKE)

    assert len(gateway.house.wagers) == 2


async def test_the_fairness_check_can_be_off(gateway: FakeGateway, connect: Connect) -> None:
    """A program that checks elsewhere plays on."""
    client = await connect(check_fairness=False)
    table = await client.sit("slot")
    gateway.house.tell_wrong_seed = True

    assert (await table.spin(STAKE)).finished


async def test_a_changed_commitment_is_found_out(gateway: FakeGateway, connect: Connect) -> None:
    """A chain whose commitment changes after the fact raises."""
    client = await connect()
    table = await client.sit("slot")
    chain = only_session(gateway).player.seats["slot"].chain
    chain.seeds[0] = bytes(32)
    with pytest.raises(FairnessError):
        await table.spin(STAKE)


async def test_a_new_chain_is_taken_from_its_event(gateway: FakeGateway, connect: Connect) -> None:
    """The next bet names the new chain."""
    client = await connect()
    table = await client.sit("slot")
    await gateway.new_chain(only_session(gateway), "slot")
    await eventually(lambda: table.seq > 0)

    assert (await table.spin(STAKE)).id == "c2-1"


async def test_a_hole_in_the_events_is_mended(gateway: FakeGateway, connect: Connect) -> None:
    """Where an event was missed the table asks where it stands."""
    client = await connect()
    table = await client.sit("slot")
    session = only_session(gateway)
    seat = session.player.seats["slot"]
    seat.seq = 7
    await gateway.new_chain(session, "slot")
    await eventually(lambda: [kind for _, kind in gateway.seen].count("sit") >= 2)
    await client.ping()

    assert table.seq == 8


async def test_a_round_ended_by_the_platform_is_taken(
    gateway: FakeGateway, connect: Connect
) -> None:
    """The event closes the open round and brings balance and next round."""
    client = await connect()
    table = await client.sit("blackjack")
    await table.deal(STAKE)
    session = only_session(gateway)
    seat = session.player.seats["blackjack"]
    round_id, seat.round = seat.round, ""
    ended = gateway.house._settle(session.player, seat, round_id, 100, 100, MSGPACK)
    seat.seq += 1
    await gateway.tell(RoundEnded(seat.table, 1, seat.seq, ended))
    await eventually(lambda: table.open is None)

    assert client.balance == ended.balance
    assert (await table.deal(STAKE)).id == "c1-2"


async def test_a_broken_promise_in_an_event_is_told(gateway: FakeGateway, connect: Connect) -> None:
    """No request can be told, so the listeners are, and the next bet raises."""
    client = await connect()
    table = await client.sit("slot")
    assert table.chain is not None
    events: list[ClientEvent] = []
    client.subscribe(events.append)
    wrong = ChainInfo(table.chain.chain, bytes(32), table.chain.length, table.chain.round)
    table.chain = None
    await gateway.tell(ChainStarted(table.id, 1, 1, wrong))
    await eventually(lambda: events)

    assert isinstance(events[0], Problem)
    with pytest.raises(FairnessError):
        await table.spin(STAKE)


async def test_an_event_seen_before_changes_nothing(gateway: FakeGateway, connect: Connect) -> None:
    """After a snapshot, events that it already holds are left out."""
    client = await connect()
    table = await client.sit("slot")
    table.seq = 5
    before = table.chain
    other = ChainInfo("old", bytes(32), 10, "old-1")

    assert table.take_event(ChainStarted(table.id, 1, 5, other))
    assert table.chain is before


async def test_an_old_answer_does_not_take_the_table_back(
    gateway: FakeGateway, connect: Connect
) -> None:
    """A repeated answer to an earlier bet leaves the chain where it is."""
    client = await connect()
    table = await client.sit("slot")
    first = await table.spin(STAKE)
    await table.spin(STAKE)
    assert table.chain is not None
    table._take_played(first.played)

    assert table.chain.round == "c1-3"


async def test_leaving_forgets_the_table(gateway: FakeGateway, connect: Connect) -> None:
    """Sitting down again is a new table on a new chain."""
    client = await connect()
    table = await client.sit("slot")
    await table.leave()
    assert client.tables == ()
    again: Table = await client.sit("slot")

    assert again.id != table.id


async def test_sitting_twice_is_the_same_table(connect: Connect) -> None:
    """A player has one table of a game."""
    client = await connect()

    assert await client.sit("slot") is await client.sit("slot")


async def test_bets_at_once_on_one_table_all_settle(gateway: FakeGateway, connect: Connect) -> None:
    """Two bets for the same round: one settles it, the other goes on to the next."""
    client = await connect()
    table = await client.sit("slot")
    played: list[Round] = await asyncio.gather(table.spin(STAKE), table.spin(STAKE))

    assert {each.id for each in played} == {"c1-1", "c1-2"}
