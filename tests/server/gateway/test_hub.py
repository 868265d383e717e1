"""Tests of `server.gateway.hub`: whose a frame is, and one answer to one request."""

from __future__ import annotations

import asyncio
from typing import Any

from games.catalogue import standard
from protocol.errors import CloseCode
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.gateway.harness import until
from tests.server.harness import House, Seat, open_house
from tests.server.wire import CLIENT, JSON, Answer, Wire

STAKE = {"stake": 20}


# -- before and after hello -----------------------------------------------------------------------


async def test_nothing_before_hello(house: House) -> None:
    """Whatever is asked before hello is refused under its id, and hello still works then."""
    ticket = await house.sign_up()
    wire = await house.connect()
    for kind, body in (
        ("ping", {}),
        ("lobby", {}),
        ("sit", {"game": "slot"}),
        ("spin", {"table": "1", "round": "1-1", "bets": STAKE}),
        ("balance", {}),
        ("bye", {}),
    ):
        assert await wire.refusal(kind, **body) == "hello_first"
    answer = await wire.ask("hello", ticket=ticket.ticket, nonce="12345678", client=CLIENT)
    assert answer.type == "welcome"


async def test_a_client_that_never_says_hello_is_closed(house: House) -> None:
    """The eighth frame that is no hello ends the connection with a code that says so."""
    for frame in (b"\xc1", b"", b"\x93\x01\x02\x03", b"\x81\xa2id\x05"):
        wire = await house.connect()
        for _ in range(8):
            await wire.socket.send(frame)
        assert await wire.closed() == CloseCode.MALFORMED
        assert {answer.code for answer in wire.received} <= {"malformed", "number_out_of_bounds"}
        assert len(wire.received) == 8


async def test_one_hello_a_connection(house: House) -> None:
    """A second hello or resume on a connection is refused and changes nothing."""
    other = await house.sign_up()
    wire = await house.player()
    for kind, body in (
        ("hello", {"ticket": other.ticket, "nonce": "12345678"}),
        ("resume", {"token": wire.welcome["token"]}),
    ):
        assert await wire.refusal(kind, **body, client=CLIENT) == "already_signed_in"
    assert (await house.hello(other.ticket)).welcome["player"] == str(other.player)
    assert (await wire.ask("ping")).type == "pong"


async def test_two_hellos_at_once(house: House) -> None:
    """While a hello is being answered another is refused."""
    first, second = await house.sign_up(), await house.sign_up()
    wire = await house.connect()
    body = {"nonce": "12345678", "client": CLIENT}
    await wire.send("hello", {**body, "ticket": first.ticket}, 1)
    await wire.send("hello", {**body, "ticket": second.ticket}, 2)
    assert (await wire.answer(2)).code == "hello_first"
    assert (await wire.answer(1)).body["player"] == str(first.player)
    await house.hello(second.ticket)


async def test_frames_that_cannot_be_read(house: House) -> None:
    """After hello an unreadable frame is told, under its id where it has one; play goes on."""
    for subprotocol in ("croupier.v1.msgpack", JSON):
        seat = await house.seat(subprotocol=subprotocol)
        wire = seat.wire
        nothing = b"\xc1" if wire.binary else "{"
        for _ in range(20):
            await wire.socket.send(nothing)
        await wire.until(lambda wire=wire: len(wire.answers.get(None, [])) == 20)  # type: ignore[misc]
        assert {answer.code for answer in wire.answers[None]} == {"malformed"}
        await wire.socket.send(wire.frame("no such thing", {}, 50))
        assert (await wire.answer(50)).code == "unknown_type"
        typed = b"\x82\xa2id\x33\xa4type\x07" if wire.binary else '{"id": 51, "type": 7}'
        await wire.socket.send(typed)
        assert (await wire.answer(51)).code == "malformed"
        await seat.spin()


async def test_request_ids_are_bounded(house: House) -> None:
    """A request id is from 1 to 2^53 - 1; outside of that the refusal has no id to stand under."""
    wire = await house.player()
    for index, request in enumerate((0, -1, 2**53, 2**63, -(2**63))):
        await wire.send("ping", {}, request)
        assert (await wire.answer(None, index)).code == "number_out_of_bounds"
    assert (await wire.ask("ping", 2**53 - 1)).type == "pong"


async def test_too_fast(database: Database) -> None:
    """Above the rate a frame is refused and not executed; far above the connection is closed."""
    async with open_house(
        database,
        gateway__frames_per_second=5,
        gateway__frames_burst=40,
        gateway__max_in_flight=4,
    ) as house:
        seat = await house.seat()
        codes: list[Answer] = []
        while not codes:
            answer = await seat.wire.ask("spin", **seat.body({"stake": 1}))
            if answer.code == "too_fast":
                codes.append(answer)
        assert codes[0].body["certainty"] == "temporary"
        await seat.wire.socket.send(b"\xc1")
        assert (await seat.wire.answer(None)).code == "too_fast"
        # The very id that was refused may be sent again, and is then a bet like any other.
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await seat.wire.ask("spin", codes[0].id, **seat.body(STAKE))
                if answer.type == "played" or answer.code != "too_fast":
                    break
                await asyncio.sleep(1.0)
        assert answer.type == "played"
        for _ in range(400):
            await seat.wire.socket.send(seat.wire.frame("ping", {}, 99))
        assert await seat.wire.closed() == CloseCode.TOO_FAST


async def test_too_many_in_flight(database: Database) -> None:
    """Beyond the bound a request is refused, certainly not executed, and works later."""
    async with open_house(database, gateway__max_in_flight=2) as house:
        wire = await house.player()
        slot, wheel = await house.sit(wire), await house.sit(wire, "roulette")
        assert wire.welcome["limits"]["in_flight"] == 2
        red = {"bets": [{"bet": "red", "stake": 50}]}
        async with house.stalled():
            first = await wire.send("spin", slot.body(STAKE))
            second = await wire.send("spin", wheel.body(red))
            for kind, body in (
                ("spin", slot.body(STAKE)),
                ("balance", {}),
                ("history", {}),
                ("sit", {"game": "blackjack"}),
            ):
                answer = await wire.ask(kind, **body)
                assert (answer.code, answer.body["certainty"]) == (
                    "too_many_in_flight",
                    "temporary",
                )
            assert (await wire.ask("ping")).type == "pong"
        for request in (first, second):
            assert (await wire.answer(request)).type == "played"
        assert (await wire.ask("balance")).type == "balance_now"


async def test_the_other_requests(house: House) -> None:
    """Lobby, balance and ping answer; bye ends the session for good."""
    wire = await house.player("12.34")
    games = (await wire.ask("lobby")).body["games"]
    assert [game["game"] for game in games] == [game.name for game in standard()]
    assert {"blackjack", "roulette", "slot"} <= {game["game"] for game in games}
    for game in games:
        assert 0 < game["stakes"]["minimum"] < game["stakes"]["maximum"]
        assert game["description"]["help"]
    assert (await wire.ask("balance")).body["balance"]["amount"] == 1_234
    assert (await wire.ask("ping")).body["time_ms"] >= wire.welcome["time_ms"]
    assert (await wire.ask("bye")).type == "goodbye"
    assert await wire.closed() == CloseCode.NORMAL
    again = await house.connect()
    assert await again.refusal("resume", token=wire.welcome["token"], client=CLIENT) == "replaced"
    assert await again.closed() == CloseCode.REPLACED


# -- one answer to one request --------------------------------------------------------------------


async def test_sent_ten_times_on_two_sockets(house: House) -> None:
    """Ten times on the old socket and ten on the one that resumed: one wager, one answer."""
    seat = await house.seat()
    body = seat.body(STAKE)
    async with house.stalled():
        for _ in range(10):
            await seat.wire.send("spin", body, 70)
        await seat.wire.settled()
        await seat.wire.drop()
        wire = await house.resume(seat.wire.welcome["token"])
        for _ in range(10):
            await wire.send("spin", body, 70)
        await wire.settled()
        assert not wire.answers.get(70)
    first = await wire.answer(70)
    assert first.type == "played"
    for _ in range(10):
        await wire.send("spin", body, 70)
    await wire.until(lambda: len(wire.answers[70]) == 11)
    assert all(answer == first for answer in wire.answers[70])
    assert await house.count("wager") == 1
    balance, _ = await house.money(seat.wire.welcome["player"])
    assert balance == 100_000 - 20 + first.body["payout"]


async def test_both_sockets_at_once(house: House) -> None:
    """The same request on the old socket while another connection takes the session over."""
    for _ in range(5):
        seat = await house.seat()
        body = seat.body(STAKE)
        before = await house.count("wager")
        await seat.wire.send("spin", body, 70)
        resumed = asyncio.create_task(house.resume(seat.wire.welcome["token"]))
        for _ in range(9):
            await seat.wire.send("spin", body, 70)
        wire = await resumed
        first = await wire.ask("spin", 70, **body)
        assert first.type == "played"
        assert await wire.ask("spin", 70, **body) == first
        assert all(answer == first for answer in seat.wire.answers.get(70, ()))
        assert await house.count("wager") == before + 1
        assert await seat.wire.closed() == CloseCode.REPLACED


async def test_known_id_with_other_content(house: House) -> None:
    """An id that stood for another request is refused, in flight, from memory and on record."""
    seat = await house.seat()
    other = await house.sit(seat.wire, "roulette")
    body = seat.body(STAKE)
    red = {"bets": [{"bet": "red", "stake": 50}]}
    changed: list[tuple[str, dict[str, Any]]] = [
        ("spin", {**body, "bets": {"stake": 40}}),
        ("spin", {**body, "client_seed": b"another"}),
        ("spin", {**body, "round": body["round"] + "0"}),
        ("spin", {**body, "bets": {"stake": "x"}}),
        ("spin", other.body(red)),
        ("deal", body),
        ("act", {"table": seat.table, "round": seat.round, "step": 0, "decision": {}}),
    ]
    async with house.stalled():
        await seat.wire.send("spin", body, 70)
        for kind, different in (*changed, ("balance", {}), ("sit", {"game": "slot"})):
            assert await seat.wire.refusal(kind, 70, **different) == "request_id_reused"
    refused = len(changed) + 2  # the bet's own answer may be here already, but behind these
    played = seat.took(await seat.wire.answer(70, refused))
    assert played.type == "played"
    for kind, different in changed:
        assert await seat.wire.refusal(kind, 70, **different) == "request_id_reused"
    await house.restart()
    wire = await house.resume(seat.wire.welcome["token"])
    for kind, different in changed:
        assert await wire.refusal(kind, 70, **different) == "request_id_reused"
    assert (await wire.ask("spin", 70, **body)).body == played.body
    assert await house.count("wager") == 1


async def test_answered_after_the_table_was_left(house: House) -> None:
    """A bet whose answer got lost is answered though its table is gone by then."""
    seat = await house.seat()
    body = seat.body(STAKE)
    played = await seat.wire.ask("spin", 70, **body)
    await seat.wire.ask("leave", table=seat.table)
    again = await seat.wire.ask("spin", 70, **body)
    assert again.type == "played"
    assert {**again.body, "next": None} == {**played.body, "next": None}
    changed = {**body, "bets": {"stake": 40}}
    assert await seat.wire.refusal("spin", 70, **changed) == "request_id_reused"
    await house.restart()
    wire = await house.resume(seat.wire.welcome["token"])
    again = await wire.ask("spin", 70, **body)
    assert {**again.body, "next": None} == {**played.body, "next": None}


async def test_answered_from_the_record(house: House) -> None:
    """Answers that left memory come from the record, and are the same but for what comes next."""
    seat = await house.seat()
    asked: list[tuple[int, dict[str, Any], Answer]] = []
    for _ in range(40):
        body = seat.body(STAKE)
        answer = await seat.wire.ask("spin", **body)
        assert answer.id is not None
        asked.append((answer.id, body, answer))
        seat.took(answer)
    for request, body, answer in asked:
        again = await seat.wire.ask("spin", request, **body)
        assert again.body == {**answer.body, "next": again.body["next"]}
    assert await house.count("wager") == 40


async def test_a_higher_id_may_skip(house: House) -> None:
    """Ids need not be dense, and one between two used ones is a request like any other."""
    seat = await house.seat()
    await seat.spin(request=100)
    await seat.spin(request=50)
    await seat.spin(request=2**53 - 1)
    await seat.spin(request=51)
    assert await house.count("wager") == 4


# -- taking over ----------------------------------------------------------------------------------


async def test_the_newest_session_wins(house: House) -> None:
    """Another sign-in of the player ends the session before it, which cannot come back (L4)."""
    old = await house.seat()
    player = int(old.wire.welcome["player"])
    new = await house.hello(await house.ticket(player))
    assert await old.wire.closed() == CloseCode.REPLACED
    assert new.welcome["session"] != old.wire.welcome["session"]
    assert new.welcome["highest_request"] == 0
    assert not CloseCode.REPLACED.reconnect
    for _ in range(3):
        wire = await house.connect()
        assert (
            await wire.refusal("resume", token=old.wire.welcome["token"], client=CLIENT)
            == "replaced"
        )
        assert await wire.closed() == CloseCode.REPLACED
    (state,) = new.welcome["tables"]
    await Seat(new, state["snapshot"]).spin()


async def test_the_database_fences_the_older_session(house: House) -> None:
    """A session that another node has replaced cannot bet, though this node still holds it."""
    seat = await house.seat()
    await seat.spin()
    player = int(seat.wire.welcome["player"])
    await house.owner.execute(
        "UPDATE croupier.account SET session_epoch = session_epoch + 1 WHERE owner = $1", player
    )
    before = await house.money(player), await house.count("wager")
    answer = await seat.bet("spin", STAKE)
    assert (answer.code, answer.body["certainty"]) == ("replaced", "final")
    assert await seat.wire.closed() == CloseCode.REPLACED
    assert (await house.money(player), await house.count("wager")) == before
    assert not house.casino._hub.sessions


async def test_a_reloaded_page(house: House) -> None:
    """A page that signs in anew is another session: an old spin is never shown as a new one."""
    seat = await house.seat()
    player = int(seat.wire.welcome["player"])
    await seat.spin(request=7)
    body = seat.body(STAKE)
    async with house.stalled():
        await seat.wire.send("spin", body, 8)
        await seat.wire.settled()
        new = await house.hello(await house.ticket(player))
        assert await seat.wire.closed() == CloseCode.REPLACED
    await until(lambda: not house.casino._queue._parts and not len(house.casino._queue))
    await new.settled()
    assert not new.answers.get(8)
    # The older session's bet came after the newer session had begun, so it was not taken.
    assert await house.count("wager") == 1
    assert new.welcome["highest_request"] == 0
    (state,) = new.welcome["tables"]
    back = Seat(new, state["snapshot"])
    assert back.round == body["round"]
    mine = await back.spin(request=8)
    assert mine.body["round"] == body["round"]
    assert await house.count("wager") == 2


async def test_a_page_that_resumes(house: House) -> None:
    """A page that kept its token goes on above the highest id that it used."""
    seat = await house.seat()
    await seat.spin(request=41)
    wire = await house.resume(seat.wire.welcome["token"])
    assert wire.welcome["highest_request"] == 41
    assert wire.welcome["session"] == seat.wire.welcome["session"]
    await house.restart()
    wire = await house.resume(wire.welcome["token"])
    assert wire.welcome["highest_request"] == 41


async def test_a_duplicated_tab(house: House) -> None:
    """Two tabs with one token: the later one plays, the earlier is told once and cannot kick."""
    seat = await house.seat()
    token = seat.wire.welcome["token"]
    copy = await house.resume(token)
    assert await seat.wire.closed() == CloseCode.REPLACED
    await copy.settled()
    await _confirmed(house)
    for _ in range(5):
        rude = await house.connect()
        assert await rude.refusal("resume", token=token, client=CLIENT) == "token_invalid"
        assert await rude.closed() == CloseCode.SIGN_IN_REFUSED
    assert copy.close_code is None
    (state,) = copy.welcome["tables"]
    await Seat(copy, state["snapshot"]).spin()


async def _confirmed(house: House) -> None:
    """Wait until the token before the last one is dead."""
    async with asyncio.timeout(PATIENCE_S):
        while await house.owner.fetchval(  # noqa: ASYNC110 - it tells nobody
            "SELECT count(*) FROM croupier.session WHERE previous_token IS NOT NULL"
        ):
            await asyncio.sleep(0.005)


async def test_tokens_rotate(house: House) -> None:
    """The old token works until the first frame under the new one, so no lost welcome locks out."""
    wire = await house.player()
    first = wire.welcome["token"]
    tokens = [first]
    for _ in range(4):
        wire = await house.resume(first)  # as if each welcome had been lost on its way
        tokens.append(wire.welcome["token"])
    assert len(set(tokens)) == 5
    await wire.settled()
    await _confirmed(house)
    for token in tokens[:-1]:
        lost = await house.connect()
        assert await lost.refusal("resume", token=token, client=CLIENT) == "token_invalid"
    assert wire.close_code is None
    assert (await house.resume(tokens[-1])).welcome["session"] == wire.welcome["session"]


async def test_a_wrong_token_touches_nothing(house: House) -> None:
    """A token is judged before any session, timer or seat is touched.

    Another server once cleared a seat's reservation for whoever named it, right token or not.
    """
    seat = await house.seat()
    session = house.casino._hub.sessions[int(seat.wire.welcome["session"])]
    other = await house.player()
    await seat.wire.drop()
    await until(lambda: session.away_since is not None)
    away = session.away_since
    rows = await house.owner.fetch("SELECT * FROM croupier.session ORDER BY id")
    for token in ("x" * 43, seat.wire.welcome["token"][::-1], seat.wire.welcome["session"] * 2):
        wire = await house.connect()
        assert await wire.refusal("resume", token=token, client=CLIENT) == "token_invalid"
        assert await wire.closed() == CloseCode.SIGN_IN_REFUSED
    assert session.away_since == away
    assert session.connection is None
    assert await house.owner.fetch("SELECT * FROM croupier.session ORDER BY id") == rows
    assert other.close_code is None
    await house.resume(seat.wire.welcome["token"])


async def test_a_connection_that_is_gone_before_its_welcome(house: House) -> None:
    """A client that is lost while it signs in leaves no session that nobody can end."""
    hub = house.casino._hub
    wire = await house.player()
    token = wire.welcome["token"]
    session = hub.sessions[int(wire.welcome["session"])]
    async with house.locked(wire.welcome["player"]):
        lost = await house.connect()
        await lost.send("resume", {"token": token, "client": CLIENT})
        await asyncio.sleep(0.05)
        await lost.drop()
        await until(lambda: len(house.casino._listener.connections) == 1)
    await until(lambda: not hub._background.tasks)
    assert session.connection is not None
    assert not session.connection.closing
    await wire.settled()


async def test_a_connection_that_is_gone_while_its_tables_load(house: House) -> None:
    """The same where the session is known already and only its tables are still to come."""
    hub, directory = house.casino._hub, house.casino._directory
    wire = await house.player()
    session = hub.sessions[int(wire.welcome["session"])]
    await wire.drop()
    await until(lambda: session.away_since is not None)
    async with directory._lock(session.account):
        lost = await house.connect()
        await lost.send("resume", {"token": wire.welcome["token"], "client": CLIENT})
        await until(
            lambda: any(task.get_coro().__name__ == "identify" for task in hub._background.tasks)  # type: ignore[union-attr]
        )
        await asyncio.sleep(0.05)
        await lost.drop()
        await until(lambda: not house.casino._listener.connections)
    await until(lambda: not hub._background.tasks)
    assert session.connection is None
    assert session.away_since is not None
    await house.resume(wire.welcome["token"])


async def test_sessions_leave_memory(database: Database) -> None:
    """A session whose client stays away leaves memory; its token still resumes it."""
    async with open_house(database, gateway__resume_window_ms=1) as house:
        seat = await house.seat()
        played = await seat.spin(request=9)
        await seat.wire.drop()
        hub = house.casino._hub
        (session,) = hub.sessions.values()
        await until(lambda: session.away_since is not None)
        await asyncio.sleep(0.005)
        hub.sweep_once()
        assert not hub.sessions
        wire = await house.resume(seat.wire.welcome["token"])
        assert wire.welcome["session"] == seat.wire.welcome["session"]
        assert wire.welcome["highest_request"] == 9
        assert wire.welcome["balance"] == played.body["balance"]


async def test_resume_in_the_other_codec(house: House) -> None:
    """A session may go on in JSON where it began in MessagePack; requests are the same ones."""
    seat = await house.seat()
    body = seat.body(STAKE)
    played = await seat.wire.ask("spin", 30, **body)
    wire = await house.resume(seat.wire.welcome["token"], subprotocol=JSON)
    again = await wire.ask("spin", 30, **body)
    assert again.body["round"] == played.body["round"]
    assert again.body["balance"] == played.body["balance"]
    assert isinstance(again.body["seed"], str)
    assert await house.count("wager") == 1
    (state,) = wire.welcome["tables"]
    await Seat(wire, state["snapshot"]).spin()


async def test_a_database_away_while_signing_in(house: House) -> None:
    """Hello while the database is away: told that it is so, closed with a code to come again."""
    ticket = await house.sign_up()
    wire = await house.connect()
    await house.casino._pool.close()
    answer = await wire.ask("hello", ticket=ticket.ticket, nonce="12345678", client=CLIENT)
    assert (answer.code, answer.body["certainty"]) == ("unavailable", "temporary")
    assert await wire.closed() == CloseCode.INTERNAL
    assert CloseCode.INTERNAL.reconnect


async def test_a_database_away_while_asking(house: House) -> None:
    """What needs the database says that it is away, certainly not executed; the log says why."""
    seat = await house.seat()
    pool = house.casino._pool
    await pool.close()
    requests: tuple[tuple[str, dict[str, Any]], ...] = (
        ("balance", {}),
        ("history", {}),
        ("round", {"round": "1-1"}),
        ("sit", {"game": "roulette"}),
        ("leave", {"table": seat.table}),
    )
    for kind, body in requests:
        answer = await seat.wire.ask(kind, **body)
        assert (answer.code, answer.body["certainty"]) == ("unavailable", "temporary"), kind
    assert {entry["event"] for entry in house.logs if entry["log_level"] == "warning"} >= {
        "request interrupted"
    }
    # A bet has a connection of its own to settle by.
    assert (await seat.spin()).type == "played"


async def test_refusals_are_counted(house: House) -> None:
    """Every refusal is counted by its code, those of the database too."""
    seat = await house.seat(amount="0.50")
    await seat.wire.refusal("sit", game="chess")
    await seat.bet("spin", {"stake": 100})
    await seat.bet("spin", {"stake": 1})
    refusals = house.casino._hub.refusals
    assert refusals["unknown_game"] == 1
    assert refusals["insufficient_funds"] == 1
    assert refusals["stake_below"] == 1


async def in_order(wire: Wire, requests: list[int]) -> list[Answer]:
    """Return the first answer of each request."""
    return [await wire.answer(request) for request in requests]


async def test_bursts_reconcile(house: House) -> None:
    """Two hundred requests at once: each has its answer, and the money adds up (B18)."""
    wire = await house.player("100000.00")
    seats = {game: await house.sit(wire, game) for game in ("slot", "roulette", "blackjack")}
    red = {"bets": [{"bet": "red", "stake": 50}]}
    requests = []
    for index in range(200):
        game = ("slot", "roulette", "blackjack")[index % 3]
        seat = seats[game]
        bets = {"slot": STAKE, "roulette": red, "blackjack": {"stake": 100}}[game]
        kind = "deal" if game == "blackjack" else "spin"
        requests.append(await wire.send(kind, seat.body(bets)))
    answers = await in_order(wire, requests)
    played = [answer.body for answer in answers if answer.type == "played"]
    assert {answer.code for answer in answers if answer.type == "error"} <= {
        "busy",
        "stale_round",
        "round_open",
        "too_many_in_flight",
    }
    assert len(played) == 3
    spent = sum(body["stake"] - (body["payout"] or 0) for body in played)
    balance = (await wire.ask("balance")).body["balance"]
    assert balance["amount"] == 10_000_000 - spent
