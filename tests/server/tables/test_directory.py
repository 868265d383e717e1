"""Tests of `server.tables.directory`: sitting, leaving, chains and their ends, what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from games.blackjack import Blackjack
from games.catalogue import Catalogue, standard
from games.roulette import EuropeanRoulette
from games.slots.machine import shipped_machines
from server.fairness.proof import verify_proof
from server.ledger.voiding import void_round
from server.tables import directory as directory_module
from server.tables.records import parse_round_id
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House, Seat, open_house
from tests.server.wire import Wire

STAKE = {"stake": 20}


async def open_chains(house: House) -> int:
    """Return how many chains are not retired."""
    count = await house.owner.fetchval(
        "SELECT count(*) FROM croupier.chain WHERE retired_at IS NULL"
    )
    return int(count)


# -- sitting and leaving --------------------------------------------------------------------------


async def test_unknown_games(house: House) -> None:
    """Only games of the lobby can be sat at."""
    wire = await house.player()
    for name in ("chess", "SLOT", " slot", "slot\0", "\N{BLACK HEART SUIT}"):
        assert await wire.refusal("sit", game=name) == "unknown_game"
    assert await house.count("chain") == 0


async def test_one_table_a_game(house: House) -> None:
    """Sitting twice, one after the other or at once, gives the same table and one chain."""
    wire = await house.player()
    requests = [await wire.send("sit", {"game": "slot"}) for _ in range(5)]
    tables = {(await wire.answer(request)).body["table"] for request in requests}
    tables.add((await wire.ask("sit", game="slot")).body["table"])
    assert len(tables) == 1
    assert await open_chains(house) == 1
    other = await wire.ask("sit", game="roulette")
    assert other.body["table"] not in tables
    assert await open_chains(house) == 2


async def test_a_chain_is_durable_before_it_is_told(house: House) -> None:
    """The commitment that a client hears is on record, sealed, and no seed of it is (A17)."""
    seat = await house.seat()
    assert seat.chain is not None
    row = await house.owner.fetchrow("SELECT * FROM croupier.chain")
    assert row is not None
    assert str(row["id"]) == seat.chain["chain"]
    assert row["commitment"] == seat.chain["commitment"]
    assert row["length"] == seat.chain["length"] == 256
    played = (await seat.spin()).body
    assert sha256(played["seed"]).digest() == row["commitment"]
    assert played["seed"] not in row["secret"]


async def test_leaving(house: House) -> None:
    """Leaving retires the chain; the table is unknown then, and sitting again is a fresh start."""
    seat = await house.seat()
    await seat.spin()
    body = seat.body(STAKE)
    assert (await seat.wire.ask("leave", table=seat.table)).body == {"table": seat.table}
    assert await open_chains(house) == 0
    assert await seat.wire.refusal("spin", **body) == "unknown_table"
    assert await seat.wire.refusal("leave", table=seat.table) == "unknown_table"
    again = await house.sit(seat.wire)
    assert again.table != seat.table
    assert again.chain is not None
    assert seat.chain is not None
    assert again.chain["commitment"] != seat.chain["commitment"]
    assert (await again.bet("spin", STAKE, round=body["round"])).code == "stale_round"
    await again.spin()


async def test_leaving_while_a_bet_is_settled(house: House) -> None:
    """A table with a bet under way is left after the bet, not before."""
    seat = await house.seat()
    async with house.stalled():
        bet = await seat.wire.send("spin", seat.body(STAKE))
        answer = await seat.wire.ask("leave", table=seat.table)
        assert (answer.code, answer.body["certainty"]) == ("busy", "temporary")
    assert (await seat.wire.answer(bet)).type == "played"
    assert (await seat.wire.ask("leave", answer.id, table=seat.table)).type == "left"


async def test_too_many_tables(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A player sits at a bounded number of tables; leaving one makes room."""
    monkeypatch.setattr(directory_module, "MOST_TABLES", 2)
    wire = await house.player()
    for game in ("slot", "roulette"):
        seat = await house.sit(wire, game)
    assert await wire.refusal("sit", game="blackjack") == "too_many_tables"
    assert (await wire.ask("sit", game="slot")).type == "seated"
    await wire.ask("leave", table=seat.table)
    assert (await wire.ask("sit", game="blackjack")).type == "seated"


# -- chains ---------------------------------------------------------------------------------------


async def test_chains_follow_each_other(database: Database) -> None:
    """Chains of four rounds are renewed ahead: every seed hashes to the one before (A3, A26)."""
    async with open_house(database, tables__chain_rounds=4) as house:
        seat = await house.seat()
        lengths: dict[str, int] = {}
        previous = b""
        commitments = set()
        for _ in range(22):
            await seat.ready()
            chain = seat.chain
            assert chain is not None
            assert chain["length"] == 4
            if chain["chain"] not in lengths:
                assert chain["commitment"] not in commitments
                commitments.add(chain["commitment"])
                previous = chain["commitment"]
            lengths[chain["chain"]] = lengths.get(chain["chain"], 0) + 1
            played = (await seat.spin()).body
            assert played["round"] == f"{chain['chain']}-{lengths[chain['chain']]}"
            assert sha256(played["seed"]).digest() == previous
            previous = played["seed"]
        assert list(lengths.values()) == [4, 4, 4, 4, 4, 2]
        # The chain that is played, the next, and perhaps the spent one until the next is made.
        assert await open_chains(house) <= 3


async def test_chains_of_one_round(database: Database) -> None:
    """Even where every round needs a new chain play goes on; the client hears of each chain."""
    async with open_house(database, tables__chain_rounds=1) as house:
        seat = await house.seat("blackjack")
        for _ in range(8):
            await seat.ready()
            played = (await seat.deal()).body
            if not played["finished"]:
                await seat.finish(played)
        numbers = [event.body["seq"] for event in seat.wire.events]
        assert numbers == list(range(1, len(numbers) + 1))
        assert await house.count("round") == 8


async def test_an_idle_chain_is_retired(database: Database) -> None:
    """An idle chain ends; the next bet is busy, then stale with the way back, then taken."""
    async with open_house(database, tables__chain_idle_ms=1) as house:
        seat = await house.seat()
        await seat.spin()
        house.grow_idle()
        await house.casino._directory.sweep_once()
        assert await open_chains(house) == 0
        body = seat.body(STAKE)
        first = await seat.wire.ask("spin", **body)
        assert (first.code, first.body["certainty"]) == ("busy", "temporary")
        event = await seat.wire.event("chain_started")
        second = await seat.wire.ask("spin", first.id, **body)
        assert (second.code, second.body["certainty"]) == ("stale_round", "final")
        assert second.details["chain"] == event.body["chain"]
        seat.chain = second.details["chain"]
        await seat.spin()


async def test_sitting_at_an_idle_table_brings_a_chain(database: Database) -> None:
    """Whoever comes to a table whose chain was retired is told of a new one without betting."""
    async with open_house(database, tables__chain_idle_ms=1) as house:
        seat = await house.seat()
        house.grow_idle()
        await house.casino._directory.sweep_once()
        again = await seat.wire.ask("sit", game="slot")
        seat.chain = again.body["chain"]
        await seat.ready()
        await seat.spin()


async def test_resuming_at_an_idle_table_brings_a_chain(database: Database) -> None:
    """A snapshot without a chain means that one is on its way, and so it is."""
    async with open_house(database, tables__chain_idle_ms=1) as house:
        seat = await house.seat()
        await seat.wire.drop()
        house.grow_idle()
        await house.casino._directory.sweep_once()
        wire = await house.resume(seat.wire.welcome["token"])
        (state,) = wire.welcome["tables"]
        back = Seat(wire, state["snapshot"])
        await back.ready()
        await back.spin()


async def test_idle_retirement_takes_every_chain(database: Database) -> None:
    """The chain that was made ahead is retired with the one in play."""
    async with open_house(database, tables__chain_idle_ms=1, tables__chain_rounds=4) as house:
        seat = await house.seat()
        await seat.spin()
        (table,) = house.casino._directory._tables.values()
        await _until(lambda: table.next_chain is not None)
        house.grow_idle()
        await house.casino._directory.sweep_once()
        assert await open_chains(house) == 0


async def test_a_stall_in_the_middle_of_renewal(database: Database) -> None:
    """Signing in while a new chain is being made does not put the table on it twice."""
    async with open_house(database, tables__chain_rounds=2) as house:
        seat = await house.seat()
        player = seat.wire.welcome["player"]
        for index in range(12):
            played = await seat.wire.ask("spin", **seat.body(STAKE))
            assert played.type == "played", played
            # Loading is what every sign-in does first; it must not disturb a renewal under way.
            await seat.wire.close()
            if index % 2:
                wire = await house.hello(await house.ticket(int(player)))
            else:
                wire = await house.resume(seat.wire.welcome["token"])
            (state,) = wire.welcome["tables"]
            seat = Seat(wire, state["snapshot"])
            await seat.ready()
        assert await house.count("round") == 12


async def test_no_seed_is_used_twice(database: Database) -> None:
    """Across renewals, restarts, reloads and leaving every round has a seed of its own (A19)."""
    seeds: list[bytes] = []
    async with open_house(database, tables__chain_rounds=3) as house:
        wire = await house.player("100000.00")
        for step in range(6):
            seat = await house.sit(wire)
            for _ in range(5):
                await seat.ready()
                seeds.append((await seat.spin()).body["seed"])
            if step % 2:
                await house.restart()
                wire = await house.resume(wire.welcome["token"])
                await wire.settled()
            else:
                answer = await wire.ask("leave", table=seat.table)
                if answer.type == "error":
                    assert answer.code == "busy"
    assert len(set(seeds)) == len(seeds) == 30


# -- events and resume ----------------------------------------------------------------------------


def position(table: str, event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the position of a client that saw *event* last."""
    return [{"table": table, "epoch": event["epoch"], "seq": event["seq"]}]


async def test_missed_events_are_recovered(database: Database) -> None:
    """A resume brings every event missed, in order, or where the table stands; never a part."""
    async with open_house(
        database, tables__chain_idle_ms=1, tables__decision_deadline_ms=1
    ) as house:
        seat = await house.seat("blackjack")
        seated = (await seat.wire.ask("sit", game="blackjack")).body
        token = seat.wire.welcome["token"]
        directory = house.casino._directory
        await seat.open_round()
        await seat.wire.drop()
        await house.overdue(1)
        await directory.sweep_once()  # the platform ends the round: event 1
        (table,) = directory._tables.values()
        await _until(lambda: table.seq == 1)
        house.grow_idle()
        await directory.sweep_once()  # the idle chain is retired
        directory.renew_chain(table)  # event 2
        await _until(lambda: table.seq == 2)

        wire = await house.resume(token, position(seat.table, seated))
        (state,) = wire.welcome["tables"]
        assert (state["recovered"], state["snapshot"]) == (True, None)
        assert [event["type"] for event in state["events"]] == ["round_ended", "chain_started"]
        assert [event["seq"] for event in state["events"]] == [1, 2]

        first = state["events"][0]
        wire = await house.resume(wire.welcome["token"], position(seat.table, first))
        (state,) = wire.welcome["tables"]
        assert [event["seq"] for event in state["events"]] == [2]

        last = state["events"][-1]
        wire = await house.resume(wire.welcome["token"], position(seat.table, last))
        (state,) = wire.welcome["tables"]
        assert (state["recovered"], state["events"]) == (True, [])

        for wrong in (
            {"epoch": last["epoch"] + 1, "seq": 1},
            {"epoch": last["epoch"], "seq": 3},
            {"epoch": 0, "seq": 0},
        ):
            wire = await house.resume(wire.welcome["token"], position(seat.table, wrong))
            (state,) = wire.welcome["tables"]
            assert (state["recovered"], state["events"]) == (False, [])
            assert state["snapshot"]["seq"] == 2
            assert state["snapshot"]["chain"] == last["chain"]


async def test_too_many_missed_events(house: House) -> None:
    """A client that missed more than is kept gets a snapshot in their place."""
    seat = await house.seat()
    (table,) = house.casino._directory._tables.values()
    seated = (await seat.wire.ask("sit", game="slot")).body
    token = seat.wire.welcome["token"]
    await seat.wire.drop()
    chain = table.chain
    assert chain is not None
    table.chain = None
    for _ in range(33):
        table.chain = None
        table.chain_ready(chain)
    wire = await house.resume(token, position(seat.table, {**seated, "seq": 1}))
    (state,) = wire.welcome["tables"]
    assert [event["seq"] for event in state["events"]] == list(range(2, 34))
    wire = await house.resume(wire.welcome["token"], position(seat.table, seated))
    (state,) = wire.welcome["tables"]
    assert (state["recovered"], state["events"]) == (False, [])


async def test_a_table_that_is_loaded_again_counts_in_a_new_epoch(database: Database) -> None:
    """Whoever saw events of the table as it was before is not told that he missed none."""
    async with open_house(database, tables__idle_unload_ms=1) as house:
        seat = await house.seat()
        directory = house.casino._directory
        (table,) = directory._tables.values()
        before = (await seat.wire.ask("sit", game="slot")).body
        chain = table.chain
        assert chain is not None
        table.chain = None
        table.chain_ready(chain)
        event = (await seat.wire.event("chain_started")).body
        assert event["epoch"] == before["epoch"]
        await directory._reload(table)
        after = (await seat.wire.ask("sit", game="slot")).body
        assert after["table"] == before["table"]
        assert after["epoch"] > before["epoch"]
        assert after["seq"] == 0
        assert after["chain"] == before["chain"]
        wire = await house.resume(seat.wire.welcome["token"], position(seat.table, event))
        (state,) = wire.welcome["tables"]
        assert state["recovered"] is False
        await Seat(wire, state["snapshot"]).spin()


async def test_idle_tables_leave_memory(database: Database) -> None:
    """A table that nobody plays at is unloaded and comes back by replay, its open round too."""
    async with open_house(database, tables__idle_unload_ms=1, gateway__resume_window_ms=1) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        token = seat.wire.welcome["token"]
        directory = house.casino._directory
        await directory.sweep_once()
        assert len(directory) == 1  # its player is there
        await seat.wire.drop()
        for session in list(house.casino._hub.sessions.values()):
            house.casino._hub.end(session)
        await directory.sweep_once()
        assert len(directory) == 0
        wire = await house.resume(token)
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"] == played
        assert len(directory) == 1
        await Seat(wire, state["snapshot"]).finish(played)


# -- restarts -------------------------------------------------------------------------------------


async def test_a_round_is_found_again(database: Database) -> None:
    """A player whose connection, or whose server, is gone in mid round finds it as it was (C1)."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round(option="hit")
        await seat.wire.drop()
        wire = await house.resume(seat.wire.welcome["token"])
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"] == played
        assert state["snapshot"]["chain"] is None

        await house.restart()
        assert house.casino.open_rounds == (1, 0)
        wire = await house.resume(wire.welcome["token"])
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"] == played
        back = Seat(wire, state["snapshot"])
        answer = await back.act(played, "hit")
        assert answer.body["step"] == played["step"] + 1

        await house.restart()
        wire = await house.hello(await house.ticket(int(seat.wire.welcome["player"])))
        (state,) = wire.welcome["tables"]
        back = Seat(wire, state["snapshot"])
        if not answer.body["finished"]:
            assert state["snapshot"]["open"] == answer.body
            await back.finish(answer.body)
        await back.deal()


async def test_a_chain_goes_on_after_a_restart(database: Database) -> None:
    """A restart in mid chain loses no round and repeats none."""
    async with open_house(database) as house:
        seat = await house.seat()
        for _ in range(3):
            await seat.spin()
        before = seat.chain
        token = seat.wire.welcome["token"]
        await house.restart()
        wire = await house.resume(token)
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["table"] == seat.table
        assert state["snapshot"]["chain"] == before
        back = Seat(wire, state["snapshot"])
        assert (await back.spin()).body["round"].endswith("-4")


async def test_memory_that_disagrees_with_the_record(house: House) -> None:
    """A table whose memory is behind refuses one bet, reloads, and is right again."""
    seat = await house.seat()
    await seat.spin()
    (table,) = house.casino._directory._tables.values()
    assert table.chain is not None
    table.chain.n = 1
    table.round_id = f"{table.chain.id}-1"
    house.expected_errors.add("item refused by the database")
    answer = await seat.bet("spin", STAKE, round=table.round_id)
    assert answer.code == "stale_round"
    assert await house.count("wager") == 1
    answer = await _until_not_busy(seat.wire, seat.body(STAKE, round=table.round_id))
    assert answer.code == "stale_round"
    seat.chain = answer.details["chain"]
    assert seat.round.endswith("-2")
    await seat.spin()


async def test_a_reload_keeps_to_the_chain_in_play(database: Database) -> None:
    """A table that is loaded again goes on with its chain, though the next one is made already."""
    async with open_house(database, tables__chain_rounds=4) as house:
        seat = await house.seat("blackjack")
        directory = house.casino._directory
        played = await seat.open_round()
        (table,) = directory._tables.values()
        if table.next_chain is None:
            directory.renew_chain(table)
        await _until(lambda: table.next_chain is not None)
        await directory._reload(table)
        (table,) = directory._tables.values()
        (state,) = (await house.resume(seat.wire.welcome["token"])).welcome["tables"]
        assert state["snapshot"]["open"] == played


async def _until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds that nobody tells the test of."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.002)


async def _until_not_busy(wire: Wire, body: dict[str, Any]) -> Any:
    request = wire.new_id()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await wire.ask("spin", request, **body)
            if answer.type != "error" or answer.code != "busy":
                return answer


async def test_rounds_that_do_not_replay_are_parked(database: Database) -> None:
    """An open round that fails to replay twice is parked for an operator; its player plays on."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        token = seat.wire.welcome["token"]
        await house.owner.execute("UPDATE croupier.hold SET bets = '\\x00'")
        house.expected_errors |= {"open round does not replay"}
        await house.restart()
        assert house.casino.open_rounds == (0, 1)
        wire = await house.resume(token)
        assert wire.welcome["tables"] == []
        row = await house.owner.fetchrow("SELECT failures, parked FROM croupier.open_round")
        assert row is not None
        assert tuple(row) == (2, True)
        assert wire.welcome["balance"]["held"] == played["stake"]
        again = await house.sit(wire, "blackjack")
        await again.deal()
        await house.restart()
        assert house.casino.open_rounds[1] == 1


async def test_rounds_of_a_version_that_is_gone(database: Database) -> None:
    """An open round whose rules this program does not have is parked; its player plays on (B9)."""

    class Newer(Blackjack):
        version = 2
        digest = "2" * 64

    games = (*shipped_machines(), EuropeanRoulette())
    async with open_house(database, Catalogue((*games, Blackjack()))) as house:
        seat = await house.seat("blackjack")
        await seat.open_round()
        reels = await house.sit(seat.wire)
        token = seat.wire.welcome["token"]
        house.casino.catalogue = Catalogue((*games, Newer()))
        house.expected_errors |= {"open round does not replay"}
        await house.restart()
        wire = await house.resume(token)
        (state,) = wire.welcome["tables"]
        assert state["table"] == reels.table
        assert await house.owner.fetchval("SELECT parked FROM croupier.open_round")
        await (await house.sit(wire, "blackjack")).deal()


async def test_a_parked_round_whose_rules_are_back(database: Database) -> None:
    """It goes on where it stood once a program starts that has them, with its stake in play."""
    games = (*shipped_machines(), EuropeanRoulette())
    async with open_house(database, Catalogue((*games, Blackjack()))) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        token = seat.wire.welcome["token"]
        house.casino.catalogue = Catalogue(games)
        house.expected_errors |= {"open round does not replay"}
        for _ in range(2):
            await house.restart()
        assert house.casino.open_rounds == (0, 1)
        assert await house.owner.fetchval("SELECT parked FROM croupier.open_round")
        house.casino.catalogue = Catalogue((*games, Blackjack()))
        await house.restart()
        assert house.casino.open_rounds == (1, 0)
        wire = await house.resume(token)
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"]["round"] == played["round"]
        await Seat(wire, state["snapshot"]).finish(state["snapshot"]["open"])
        assert (await house.money(wire.welcome["player"]))[1] == 0


async def test_a_chain_that_cannot_be_opened_stops_nobody(database: Database) -> None:
    """A chain whose secret does not open is retired with an alarm, and its player sits afresh."""
    async with open_house(database) as house:
        seat = await house.seat()
        other = await house.sit(seat.wire, "roulette")
        token = seat.wire.welcome["token"]
        await seat.wire.drop()
        await house.owner.execute(
            "UPDATE croupier.chain SET secret = set_byte(secret, 20, 255 - get_byte(secret, 20))"
            " WHERE seating = $1",
            int(seat.table),
        )
        house.expected_errors.add("chain does not open")
        await house.restart()
        wire = await house.resume(token)
        assert [state["table"] for state in wire.welcome["tables"]] == [other.table]
        assert await open_chains(house) == 1
        await (await house.sit(wire)).spin()


async def test_a_round_that_an_operator_voids(house: House) -> None:
    """A round voided beside the server gives its stake back; the table notices and goes on."""
    seat = await house.seat("blackjack")
    played = await seat.open_round(option="stand")
    player = seat.wire.welcome["player"]
    before = await house.money(player)
    parsed = parse_round_id(played["round"])
    assert parsed is not None
    async with house.database.connected("app") as command:
        await command.execute("SET search_path = croupier")
        assert await void_round(command, *parsed, "a test") == played["stake"]
    assert await house.money(player) == (before[0] + played["stake"], 0)
    answer = await seat.act(played, "stand")
    assert answer.code == "stale_step"
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await seat.act(played, "stand")).code == "busy":
            pass
    assert answer.code == "stale_round"
    seat.chain = answer.details["chain"]
    told = (await seat.wire.ask("history")).body["rounds"]
    (voided,) = [entry for entry in told if entry["round"] == played["round"]]
    assert (voided["voided"], voided["stake"], voided["payout"]) == (True, 0, 0)
    proof = (await seat.wire.ask("round", round=played["round"])).body["proof"]
    assert proof["voided"] is True
    assert verify_proof(proof, standard()).ok
    await seat.deal()
