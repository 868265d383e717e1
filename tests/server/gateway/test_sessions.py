"""Tests of `server.gateway.sessions`: what a session was answered, it is answered again."""

from __future__ import annotations

import asyncio
from typing import Any

from protocol.codec import JSON, MSGPACK, Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance, Reply
from protocol.messages.rounds import Played
from server.gateway.sessions import ANSWERS_KEPT, Frame, Session
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.gateway.harness import until
from tests.server.harness import House, Seat, open_house
from tests.server.wire import Answer, Wire

STAKE = {"stake": 20}
ROW = {
    "session": 5,
    "player": 6,
    "account": 7,
    "epoch": 1,
    "currency": "EUR",
    "exponent": 2,
    "test": True,
    "balance": 100,
    "held": 0,
    "version": 3,
    "highest_request": 0,
}


def fresh() -> tuple[Session, list[Any]]:
    """Return a session without a connection, and what it tells the hub."""
    told: list[Any] = []
    return Session(ROW, lambda *each: told.append(each), told.append, told.append), told


def test_final_refusals_are_kept() -> None:
    """A final refusal is remembered, a temporary one may be decided otherwise the next time."""
    session, told = fresh()
    session.refused(1, b"digest", Refused(ErrorCode.INSUFFICIENT_FUNDS))
    session.refused(2, b"digest", Refused(ErrorCode.BUSY))
    session.keep_refusal(3, b"", Refused(ErrorCode.STAKE_BELOW))
    session.keep_refusal(4, b"", Refused(ErrorCode.UNAVAILABLE))
    assert session.answered(1) is not None
    assert session.answered(2) is None
    assert session.answered(3) is not None
    assert session.answered(4) is None
    assert told == [ErrorCode.INSUFFICIENT_FUNDS, ErrorCode.BUSY]


def test_a_bounded_number_of_answers_is_kept() -> None:
    """Memory of answers is bounded: the oldest leaves it first."""
    session, _ = fresh()
    for request in range(1, ANSWERS_KEPT + 3):
        session.keep_refusal(request, b"", Refused(ErrorCode.STAKE_BELOW))
    assert session.answered(2) is None
    assert session.answered(3) is not None
    assert session.answers is not None
    assert len(session.answers) == ANSWERS_KEPT


class Line:
    """Stands for a connection: keeps the frames that are sent on it."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.sent: list[bytes] = []

    def send(self, frame: bytes) -> None:
        """Keep a frame."""
        self.sent.append(frame)


def settled(session: Session, connection: Line | None) -> Reply | Frame:
    """Settle request 1 on a connection, and return what the session kept of the answer."""
    session.connection = connection  # type: ignore[assignment]
    view: Any = {"reels": [1, 2]}
    reply = Played("1", "2-1", 0, True, 20, 0, view, Balance(80, 0, 4), b"s" * 32, None)
    session.settled(1, b"digest", reply)
    kept = session.answered(1)
    assert kept is not None
    assert kept[0] == b"digest"
    return kept[1]


def test_an_answer_is_told_again_to_the_byte() -> None:
    """A request that is asked again gets the very frame that it got."""
    session, _ = fresh()
    line = Line(MSGPACK)
    answer = settled(session, line)
    assert session.answer_again(1, answer)
    assert len(line.sent) == 2
    assert line.sent[0] == line.sent[1]


def test_an_answer_in_the_other_encoding_is_not_sent() -> None:
    """A client that has come back in the other encoding gets no frame that it cannot read."""
    session, _ = fresh()
    answer = settled(session, Line(MSGPACK))
    session.connection = other = Line(JSON)  # type: ignore[assignment]
    assert not session.answer_again(1, answer)
    assert not other.sent


def test_an_answer_nobody_was_there_for() -> None:
    """What was settled while the client was away is told in the encoding that he returns with."""
    session, _ = fresh()
    answer = settled(session, None)
    session.connection = line = Line(JSON)  # type: ignore[assignment]
    assert session.answer_again(1, answer)
    assert JSON.server_frame(line.sent[0]).id == 1


def test_the_newest_balance_counts() -> None:
    """Balances may come in any order; the one with the highest version stays."""
    session, _ = fresh()
    session.note_balance(Balance(50, 0, 5))
    session.note_balance(Balance(70, 0, 4))
    assert session.balance == Balance(50, 0, 5)


def test_a_replaced_session_says_so() -> None:
    """A session that the database has fenced tells the hub, which ends it."""
    session, told = fresh()
    session.refused(1, b"", Refused(ErrorCode.REPLACED))
    assert told == [ErrorCode.REPLACED, session]


# -- after a restart ------------------------------------------------------------------------------


async def again(
    house: House,
    wire: Wire,
    asked: list[tuple[str, dict[str, Any], Answer]],
    newest: Answer | None = None,
) -> Wire:
    """Restart, resume, ask everything again; each answer must be what it was."""
    await house.restart()
    counts = [await house.count(table) for table in ("wager", "transfer", "request")]
    wire = await house.resume(wire.welcome["token"])
    for kind, body, answer in asked:
        repeated = await wire.ask(kind, answer.id, **body)
        expected = answer.body
        if answer.type == "played" and answer is not newest:
            # What comes next is told as it stands now.
            expected = {**expected, "next": repeated.body["next"]}
        assert (repeated.type, repeated.body) == (answer.type, expected)
    assert [await house.count(table) for table in ("wager", "transfer", "request")] == counts
    return wire


async def test_spins_after_a_restart(house: House) -> None:
    """A spin asked again after a restart gets the very same answer and is not played again."""
    seat = await house.seat()
    asked = []
    for _ in range(5):
        body = seat.body(STAKE)
        asked.append(("spin", body, seat.took(await seat.wire.ask("spin", **body))))
    await again(house, seat.wire, asked, asked[-1][2])


async def test_refusals_after_a_restart(house: House) -> None:
    """What the gate refused stays refused after a restart, though it would be taken now (E15)."""
    seat = await house.seat()
    player = seat.wire.welcome["player"]
    asked = []
    for kind, code in (("stake", "stake_cap"), ("wager", "wager_limit")):
        await house.limit(player, kind, 20, 0 if kind == "stake" else 24, by="operator")
        body = seat.body({"stake": 40})
        answer = await seat.wire.ask("spin", **body)
        assert answer.code == code
        asked.append(("spin", body, answer))
        await house.limit(player, kind, 1_000_000, 0 if kind == "stake" else 24, by="operator")
    wire = await again(house, seat.wire, asked)
    (state,) = wire.welcome["tables"]
    await Seat(wire, state["snapshot"]).spin(40)


async def test_decisions_after_a_restart(house: House) -> None:
    """Deals and decisions asked again after a restart show the step that they led to, no more."""
    seat = await house.seat("blackjack", amount="100000.00")
    wire = seat.wire
    asked: list[tuple[str, dict[str, Any], Answer]] = []
    while len(asked) < 9:
        body = seat.body({"stake": 100})
        answer = seat.took(await wire.ask("deal", **body))
        asked.append(("deal", body, answer))
        while not answer.body["finished"]:
            options = [option["action"] for option in answer.body["view"]["options"]]
            wish = next(
                action
                for action in ("decline", "split", "double", "hit", "stand")
                if action in options
            )
            body = {
                "table": seat.table,
                "round": answer.body["round"],
                "step": answer.body["step"],
                "decision": {"action": wish},
            }
            answer = seat.took(await wire.ask("act", **body))
            assert answer.type == "played", answer
            asked.append(("act", body, answer))
    played = await seat.open_round()
    wire = await again(house, wire, asked)
    (state,) = wire.welcome["tables"]
    assert state["snapshot"]["open"] == played
    await Seat(wire, state["snapshot"]).finish(played)


# -- in doubt -------------------------------------------------------------------------------------


async def test_in_doubt(database: Database) -> None:
    """A bet whose fate is unknown is told so, never no; its true answer follows under its id."""
    async with open_house(
        database, database__deadline_ms=150, settlement__unknown_after_ms=300
    ) as house:
        seat, other = await house.seat(), await house.seat()
        body = seat.body(STAKE)
        async with house.stalled():
            request = await seat.wire.send("spin", body)
            answer = await seat.wire.answer(request)
            assert (answer.code, answer.body["certainty"]) == ("in_doubt", "unknown")
            # New money is certainly not taken now, and that is what is said.
            late = await other.bet("spin", STAKE)
            assert (late.code, late.body["certainty"]) == ("unavailable", "temporary")
            async with house.web.get(f"{house.http}/readyz") as response:
                assert response.status == 503
            # Asked again in the meantime it is neither refused nor played a second time.
            await seat.wire.send("spin", body, request)
            await seat.wire.settled()
            assert len(seat.wire.answers[request]) == 1
        answer = await seat.wire.answer(request, 1)
        assert answer.type == "played"
        assert await seat.wire.ask("spin", request, **body) == answer
        assert await house.count("wager") == 1
        again = await other.wire.ask("spin", late.id, **other.body(STAKE))
        assert again.type == "played"


async def test_the_backend_is_ended_under_a_bet(house: House) -> None:
    """The settling backend ended in mid call: the bet is sent again and decided once."""
    seat = await house.seat()
    for index in range(3):
        pid = house.casino._backend.pid
        body = seat.body(STAKE)
        async with house.stalled():
            request = await seat.wire.send("spin", body)
            await until(lambda: house.casino._queue._parts)
            async with house.database.connected("superuser") as superuser:
                await superuser.execute("SELECT pg_terminate_backend($1)", pid)
            await until(lambda pid=pid: house.casino._backend.pid != pid)  # type: ignore[misc]
        assert seat.took(await seat.wire.answer(request)).type == "played"
        assert await house.count("wager") == index + 1


async def test_resumed_while_in_doubt(database: Database) -> None:
    """The true answer of a bet in doubt reaches the connection that the session has by then."""
    async with open_house(
        database, database__deadline_ms=150, settlement__unknown_after_ms=300
    ) as house:
        seat = await house.seat()
        body = seat.body(STAKE)
        async with house.stalled():
            request = await seat.wire.send("spin", body)
            assert (await seat.wire.answer(request)).code == "in_doubt"
            await seat.wire.drop()
            wire = await house.resume(seat.wire.welcome["token"])
            for _ in range(3):
                await wire.send("spin", body, request)
            await wire.settled()
            assert not wire.answers.get(request)
        assert (await wire.answer(request)).type == "played"
        assert await house.count("wager") == 1


# -- nothing before it is committed ---------------------------------------------------------------


async def test_nothing_is_told_before_the_commit(house: House) -> None:
    """While the settling call has decided but not committed, no frame, log or figure tells (law 2).

    The lock lets the call write the round, the wager and the transfers, and holds it just before
    its end.
    """
    seat = await house.seat()
    hand = await house.sit(seat.wire, "blackjack")
    await house.casino._pool.execute("SELECT house_fold()")
    del house.logs[:]
    async with house.database.connected("owner") as other:
        async with other.transaction():
            await other.execute("LOCK TABLE croupier.batch IN SHARE MODE")
            requests = [
                await seat.wire.send("spin", seat.body(STAKE)),
                await seat.wire.send("deal", hand.body({"stake": 100})),
            ]
            async with asyncio.timeout(PATIENCE_S):
                while not await house.owner.fetchval(  # noqa: ASYNC110 - it tells nobody
                    "SELECT count(*) FROM pg_locks WHERE NOT granted"
                    " AND relation = 'croupier.batch'::regclass"
                ):
                    await asyncio.sleep(0.005)
            for _ in range(3):
                await seat.wire.settled()
                await asyncio.sleep(0.02)
            assert not any(seat.wire.answers.get(request) for request in requests)
            assert not [event for event in seat.wire.events if event.type != "draining"]
            assert house.logs == []
            assert (await seat.wire.ask("history")).body["rounds"] == []
            async with house.web.get(f"{house.http}/metrics") as response:
                assert "croupier_settlement_items_total 0.0" in await response.text()
        for request in requests:
            assert (await seat.wire.answer(request)).type == "played"
