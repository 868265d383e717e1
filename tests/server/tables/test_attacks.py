"""Attacks on the tables: money locked away, hands taken out of a player's hands."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from games.blackjack.game import Blackjack
from server.app import StartFailed
from server.fairness.keyring import GENERATED_KEY_FILE, generate_keys
from server.tables import directory as directory_module
from tests.postgres import Database
from tests.server.harness import House, Seat, open_house
from tests.server.wire import CLIENT


async def resumed(house: House, token: str) -> Seat:
    """Resume and return the one table that the session has."""
    wire = await house.resume(token)
    (state,) = wire.welcome["tables"]
    return Seat(wire, state["snapshot"])


async def test_an_open_round_behind_a_chain_that_was_not_retired(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain whose retirement failed does not hide the open round of the chain after it."""
    async with open_house(database, tables__chain_idle_ms=100_000) as house:
        directory = house.casino._directory
        seat = await house.seat("blackjack")
        await seat.finish(await seat.open_round())
        (table,) = directory._tables.values()

        async def lost(*_: Any) -> None:
            raise OSError("the database is away")

        with monkeypatch.context() as patch:
            patch.setattr(directory, "_retire", lost)
            table.used_at -= 1_000
            with pytest.raises(OSError, match="away"):
                await directory.sweep_once()
        assert (await seat.wire.ask("sit", game="blackjack")).type == "seated"
        seat.chain = (await seat.wire.event("chain_started")).body["chain"]
        played = await seat.open_round()
        await seat.wire.drop()
        await house.restart()
        seat = await resumed(house, seat.wire.welcome["token"])
        assert seat.open is not None
        assert (seat.open["round"], seat.open["step"]) == (played["round"], played["step"])
        ended = await seat.finish(seat.open)
        assert await house.money(seat.wire.welcome["player"]) == (ended["balance"]["amount"], 0)
        await seat.deal()


async def test_an_open_round_behind_a_chain_that_nobody_heard_of(house: House) -> None:
    """A chain that was made although its making seemed to fail hides no open round either."""
    directory = house.casino._directory
    seat = await house.seat("blackjack")
    (table,) = directory._tables.values()
    await directory._new_chain(table)  # committed, and the answer lost
    chain = await directory._new_chain(table)
    table.chain = None
    table.chain_ready(chain)
    seat.chain = (await seat.wire.event("chain_started")).body["chain"]
    played = await seat.open_round()
    await seat.wire.drop()
    await house.restart()
    seat = await resumed(house, seat.wire.welcome["token"])
    assert seat.open is not None
    assert seat.open["round"] == played["round"]
    await seat.finish(seat.open)


async def test_the_platform_leaves_the_next_round_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A player who ends his overdue round at the last moment plays his next one himself."""
    async with open_house(database) as house:
        directory = house.casino._directory
        seat = await house.seat("blackjack")
        overdue = await seat.open_round()
        await house.owner.execute(
            "UPDATE croupier.open_round SET deadline = clock_timestamp() - interval '1 s'"
        )
        real = directory._end_overdue
        found, go_on = asyncio.Event(), asyncio.Event()

        async def slowly(*arguments: Any) -> None:
            found.set()
            await go_on.wait()
            await real(*arguments)

        monkeypatch.setattr(directory, "_end_overdue", slowly)
        sweep = asyncio.create_task(directory.sweep_once())
        await found.wait()
        await seat.finish(overdue)
        played = await seat.open_round()
        go_on.set()
        await sweep
        await seat.wire.settled()
        assert not await house.count("round_input WHERE platform")
        answer = await seat.act(played, "decline" if _insurance(played) else "stand")
        assert answer.type == "played"


def _insurance(played: dict[str, Any]) -> bool:
    return "decline" in {option["action"] for option in played["view"]["options"]}


async def test_one_round_that_cannot_be_ended_stops_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform ends every overdue round that it can, whatever is wrong with one of them."""
    monkeypatch.setattr(directory_module, "SWEEP_S", 1_000.0)  # swept by the test alone
    async with open_house(database, tables__decision_deadline_ms=1) as house:
        house.expected_errors = {"overdue round not ended"}
        bad, good = await house.seat("blackjack"), await house.seat("blackjack")
        broken = await bad.open_round()
        await good.open_round()
        real = Blackjack.platform_decision
        directory = house.casino._directory
        (table,) = (t for t in directory._tables.values() if t.wire_id == bad.table)
        assert table.opened is not None

        def platform_decision(self: Blackjack, state: Any) -> Any:
            if state is table.opened.state:  # type: ignore[union-attr]
                raise RuntimeError("a fault of the rules")
            return real(self, state)

        monkeypatch.setattr(Blackjack, "platform_decision", platform_decision)
        await house.overdue(2)
        await directory.sweep_once()
        await good.wire.event("round_ended")
        assert await house.count("open_round") == 1
        monkeypatch.undo()
        await bad.finish(broken)


async def test_a_wrong_key_takes_no_round_away(database: Database) -> None:
    """A server that was given another key does not start, and gives no round up for it."""
    async with open_house(database) as house:
        house.expected_errors = {"open round does not replay"}
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        keys = house.casino.settings.data / GENERATED_KEY_FILE
        right = keys.read_bytes()
        await seat.wire.drop()
        for _ in range(2):
            keys.unlink()
            generate_keys(keys)
            with pytest.raises(StartFailed, match="key"):
                await house.restart()
        keys.write_bytes(right)
        await house.restart()
        seat = await resumed(house, seat.wire.welcome["token"])
        assert seat.open is not None
        assert seat.open["round"] == played["round"]
        await seat.finish(seat.open)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InternalClientError("cannot switch to state 12"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_fails_says_nothing_about_a_round(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Law 6: no stake is locked up in a parked round because the database was away."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        token = seat.wire.welcome["token"]
        await seat.wire.drop()
        directory = house.casino._directory

        async def away(*_arguments: Any) -> Any:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(directory._records, "undecided", away)
            for _ in range(2):
                with pytest.raises(type(error)):
                    await directory.recover()
            for table in tuple(directory._tables.values()):
                directory._forget(table)
            late = await house.connect()
            answer = await late.ask("resume", token=token, client=CLIENT)
            assert answer.code == "unavailable"
        row = await house.owner.fetchrow("SELECT failures, parked FROM croupier.open_round")
        assert row is not None
        assert tuple(row) == (0, False)
        wire = await house.resume(token)
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"]["round"] == played["round"]


async def test_a_failure_is_forgotten_when_the_round_replays_again(database: Database) -> None:
    """Only failures in a row park a round: one that was mended starts anew."""
    async with open_house(database) as house:
        seat = await house.seat("blackjack")
        await seat.open_round()
        await house.owner.execute("UPDATE croupier.open_round SET failures = 1")
        await house.restart()
        assert await house.owner.fetchval("SELECT failures FROM croupier.open_round") == 0


class RulesError(RuntimeError):
    """What the rules of a bad plug-in raise."""


def _fail(*_arguments: Any) -> Any:
    raise RulesError


@pytest.mark.parametrize("method", ["open", "stake", "view"])
async def test_rules_that_fail_over_a_bet(
    database: Database, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Nothing is staked, the bet has its answer, and the connection's other tables play on."""
    async with open_house(database) as house:
        house.expected_errors = {"a game failed"}
        seat = await house.seat("blackjack")
        other = await house.sit(seat.wire, "slot")
        with monkeypatch.context() as patch:
            patch.setattr(Blackjack, method, _fail)
            answer = await seat.bet("deal", {"stake": 100})
            assert answer.code == "table_closed"
            assert await house.count("open_round") == 0
            await other.spin()
        await seat.deal()


async def test_rules_that_failed_once_are_not_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 5: a bet that was told that nothing was done is not played when its id comes again."""
    async with open_house(database) as house:
        house.expected_errors = {"a game failed"}
        seat = await house.seat("blackjack")
        request, body = seat.wire.new_id(), seat.body({"stake": 100})
        with monkeypatch.context() as patch:
            patch.setattr(Blackjack, "open", _fail)
            told = await seat.wire.ask("deal", request, **body)
        again = await seat.wire.ask("deal", request, **body)
        assert (again.code, again.body) == (told.code, told.body)
        assert again.code == "table_closed"
        assert await house.count("request") == await house.count("open_round") == 0


@pytest.mark.parametrize("method", ["price", "decide", "view"])
async def test_rules_that_fail_over_a_decision(
    database: Database, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """The round stands as it was, also to be signed in to, and goes on once the rules do."""
    async with open_house(database) as house:
        house.expected_errors = {"a game failed"}
        seat = await house.seat("blackjack")
        other = await house.sit(seat.wire, "slot")
        played = await seat.open_round()
        with monkeypatch.context() as patch:
            patch.setattr(Blackjack, method, _fail)
            action = "decline" if _insurance(played) else "stand"
            assert (await seat.act(played, action)).code == "decision_forbidden"
            assert await house.count("round_input") == 0
            await other.spin()
        await seat.finish(played)


async def test_no_view_is_no_view(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client could not read is found before money moves."""
    async with open_house(database) as house:
        house.expected_errors = {"a game failed"}
        seat = await house.seat("blackjack")
        with monkeypatch.context() as patch:
            patch.setattr(Blackjack, "view", lambda *_: {"cards": object()})
            assert (await seat.bet("deal", {"stake": 100})).code == "table_closed"
        await seat.deal()


async def test_a_round_that_cannot_be_shown_keeps_nobody_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its player signs in and plays on without it; the second time it is parked."""
    async with open_house(database) as house:
        house.expected_errors = {"open round does not replay"}
        seat = await house.seat("blackjack")
        await seat.open_round()
        await seat.wire.drop()
        await house.restart()
        monkeypatch.setattr(Blackjack, "view", _fail)
        wire = await house.resume(seat.wire.welcome["token"])
        assert wire.welcome["tables"] == []
        await (await house.sit(wire, "slot")).spin()
        assert await house.owner.fetchval("SELECT parked FROM croupier.open_round")


@pytest.mark.parametrize("fault", [RulesError(), 7])
async def test_rounds_that_the_platform_cannot_end_are_parked(
    database: Database, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    """They are not tried for ever, however many they are; their player may sit down anew."""
    monkeypatch.setattr(directory_module, "SWEEP_S", 1_000.0)  # swept by the test alone
    async with open_house(database, tables__decision_deadline_ms=1) as house:
        house.expected_errors = {"overdue round not ended"}
        seat = await house.seat("blackjack")
        await seat.open_round()
        await house.overdue(1)
        directory = house.casino._directory
        with monkeypatch.context() as patch:
            if isinstance(fault, RulesError):
                patch.setattr(Blackjack, "platform_decision", _fail)
            else:
                patch.setattr(Blackjack, "price", lambda *_: fault)
            for _ in range(3):
                await directory.sweep_once()
        faults = [entry for entry in house.logs if entry["event"] == "overdue round not ended"]
        assert len(faults) == 2
        row = await house.owner.fetchrow("SELECT failures, parked FROM croupier.open_round")
        assert row is not None
        assert tuple(row) == (2, True)
        assert await house.count("round_input") == 0
        again = await house.sit(seat.wire, "blackjack")
        assert again.table != seat.table
        await again.deal()
