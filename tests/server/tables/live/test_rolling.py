"""Tests of craps at live tables: one roll after another, by people on a real node."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from games.catalogue import standard
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from server.fairness.health import EntropyFailure
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from server.fairness.proof import verify_proof
from server.tables.live.engine import Engine
from server.tables.live.floor import LiveFloor
from server.tables.live.paying import Paying
from server.tables.live.rolling import RollingPart
from server.tables.live.settings import TableState
from server.tables.table import Chain
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings
from tests.server.tables.live.test_remote import casino, owner_of, table_id

TITLE = "Table of craps"


async def audited(database: Database, house: House) -> dict[str, list[str]]:
    """Return every breach that an audit finds, by its check."""
    keys = read_keys(house.casino.settings.data / GENERATED_KEY_FILE)
    async with open_reader(database.app) as reader:
        report = await audit(reader, standard(), keys, Options(newest=None))
    return {check.name: check.breaches for check in report.checks if not check.ok}


def mine(placed: list[dict[str, Any]], seat: int = 1) -> int:
    """Return what stands for a seat, of what a round begins with."""
    return sum(each["stake"] for each in placed if each["seat"] == seat)


async def bet_all(person: Person, opened: dict[str, Any]) -> dict[str, Any]:
    """Bet on the line or on coming, on 8, and on this very roll."""
    line = "come" if (opened.get("stage") or {}).get("point") else "pass"
    answer = await person.bet(opened["round"], chips(**{line: 30}, place_8=60, yo_11=10))
    assert answer.type == "accepted", answer
    return answer.body


def standing(view: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the bets that a roll has left."""
    return [bet for bet in view["bets"] if bet["status"] == "standing"]


async def test_bets_stand_from_roll_to_roll(database: Database) -> None:
    """What a roll decides is paid with it, the rest stands for the next; every roll is proved."""
    async with live_house(database, table_settings("craps", betting_ms=150)) as house:
        person = await Person.join(house, TITLE)
        staked = paid = 0
        for index in range(4):
            opened = await person.opened(index)
            stood = mine(opened.get("placed", []))
            assert (await bet_all(person, opened))["stake"] == stood + 100
            result = await person.newest("round_result", round=opened["round"])
            view = result["view"]
            assert view["point_before"] == (opened.get("stage") or {}).get("point", 0)
            held = sum(bet["stake"] for bet in standing(view))
            assert stood + 100 - result["stake"] == held, "the eleven is decided by every roll"
            staked, paid = staked + result["stake"], paid + result["payout"]
            money = (100_000 - staked + paid - held, held)
            assert await house.money(person.player) == money
            assert (result["balance"]["amount"], result["balance"]["held"]) == money
            proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
            found = verify_proof(proof, house.casino.catalogue)
            assert found.ok, found.failed
            following = await person.opened(index + 1)
            assert mine(following.get("placed", [])) == held
            point = (following.get("stage") or {}).get("point", 0)
            assert point == view["point"]
        numbers = person.numbers()
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert await audited(database, house) == {}


async def test_a_bet_that_stands_is_proved_in_every_roll(database: Database) -> None:
    """A roll that decides nothing of a player proves that; a repeated request is told the same.

    Whose the bet is, an audit finds in the roll that it stands for.
    """
    async with live_house(database, table_settings("craps", betting_ms=100)) as house:
        person = await Person.join(house, TITLE)
        other = await Person.join(house, TITLE)
        while True:
            opened = await person.opened(len(person.seen("round_opened")))
            answer = await person.bet(opened["round"], chips(hard_4=10))
            result = await person.newest("round_result", round=opened["round"])
            if result["stake"] is None:
                break
        assert result["payout"] is None
        assert len(standing(result["view"])) == 1
        again = await person.bet(opened["round"], chips(hard_4=10), answer.id)
        assert (again.type, again.body) == ("accepted", answer.body)
        proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
        assert (proof["stake"], proof["payout"]) == (0, 0)
        assert verify_proof(proof, house.casino.catalogue).ok
        assert (await other.wire.ask("round", round=opened["round"])).code == "unknown_round"
        forged = {**proof, "bets": [{"bets": [{**proof["bets"][0]["bets"][0], "stake": 20}]}]}
        assert not verify_proof(forged, house.casino.catalogue).ok
        late = await person.bet(opened["round"], chips(hard_4=10))
        assert late.code == "bets_closed"
        assert await audited(database, house) == {}, "no wager says yet whose bet it is"


async def test_bets_that_cannot_be_made_now(database: Database) -> None:
    """Coming needs a point, odds a bet that has one; nothing is held of what is refused."""
    async with live_house(database, table_settings("craps", betting_ms=LONG_MS)) as house:
        person = await Person.join(house, TITLE)
        opened = await person.opened()
        nothing: dict[str, Any] = {"bets": []}
        for bets in (chips(come=30), chips(odds_pass=30), chips(odds_come_6=30), chips(place_6=61),
                chips(place_8=7), chips(nonsense=10), nothing):  # fmt: skip
            answer = await person.bet(opened["round"], bets)
            assert answer.type == "error", bets
        assert await house.money(person.player) == (100_000, 0)
        act = await person.act(opened["round"], 0, "roll")
        assert act.code == "wrong_request"


LOST = {
    "betting": None,
    "closed": (Engine, "_closed", "live_round WHERE closed IS NOT NULL"),
    "drawn": (RollingPart, "_pay", "live_round WHERE drawn IS NOT NULL"),
    "paid": (
        RollingPart,
        "_finish",
        "wager w JOIN live_round l ON l.chain = w.chain AND l.n = w.n",
    ),
    "followed": (Paying, "_ended", "round WHERE chain = {} AND n = {}"),
}
"""Where an owner is lost: what it then does not do any more, and what is on record by then."""


@pytest.mark.parametrize("phase", LOST)
async def test_the_hand_goes_on_at_the_next_owner(
    database: Database, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    """An owner that is lost anywhere within a hand leaves it whole to its successor."""
    table = table_settings("craps", betting_ms=150)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        floor = house.casino._live.floor
        opened = await person.opened()
        while True:
            await bet_all(person, opened)
            view = (await person.newest("round_result", round=opened["round"]))["view"]
            opened = await person.opened(len(person.seen("round_opened")))
            if standing(view):
                break
        stood = mine(opened["placed"])
        lost = LOST[phase]
        with monkeypatch.context() as patched:
            if lost is not None:
                patched.setattr(lost[0], lost[1], lambda *_: None)
            await bet_all(person, opened)
            if lost is not None:
                async with asyncio.timeout(PATIENCE_S):
                    where = lost[2].format(*opened["round"].split("-"))
                    while not await house.count(where):  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
        floor.lost(floor.tables[int(person.table)])
        live = (await person.event("live_snapshot"))["live"]
        if phase == "followed":
            assert live["round"] != opened["round"]
        else:
            assert live["round"] == opened["round"]
            assert mine(live["placed"]) == stood + 100
            await person.newest("round_result", round=opened["round"])
        await person.opened(len(person.seen("round_opened")))
        proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
        assert verify_proof(proof, house.casino.catalogue).ok
        assert sum(bet["stake"] for bet in proof["bets"][0]["bets"]) == stood + 100
        assert await audited(database, house) == {}


async def test_a_void_roll_returns_what_stands(database: Database) -> None:
    """An operator voids a hand between two rolls: what was settled stays, all else comes back."""
    table = table_settings("craps", betting_ms=150, result_ms=LONG_MS)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        floor = house.casino._live.floor
        opened = await person.opened()
        await bet_all(person, opened)
        result = await person.newest("round_result", round=opened["round"])
        held = sum(bet["stake"] for bet in standing(result["view"]))
        live = floor.tables[int(person.table)]
        assert live.void("The dice left the table.") is bool(held)
        if held:
            voided = await person.event("round_voided")
            assert (voided["returned"], voided["seed"]) is not None
            assert voided["returned"] == held
            proof = (await person.wire.ask("round", round=voided["round"])).body["proof"]
            assert proof["voided"]
            assert verify_proof(proof, house.casino.catalogue).ok
        money = (100_000 - result["stake"] + result["payout"], 0)
        assert await house.money(person.player) == money
        assert await audited(database, house) == {}


async def test_a_hand_goes_on_from_one_chain_to_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain that is left within a hand loses nothing that stands on it."""
    monkeypatch.setattr(
        Paying, "_over", lambda table, chain: table.round is not None or chain.n > 1
    )
    async with live_house(database, table_settings("craps", betting_ms=100)) as house:
        person = await Person.join(house, TITLE)
        chains, across = set(), 0
        while across < 2:
            opened = await person.opened(len(person.seen("round_opened")))
            across += bool(opened.get("placed")) and opened["chain"]["chain"] not in chains
            chains.add(opened["chain"]["chain"])
            assert opened["round"].endswith("-1")
            await bet_all(person, opened)
            await person.newest("round_result", round=opened["round"])
        assert await audited(database, house) == {}


async def test_a_table_without_bets_or_people_ends_its_hand(database: Database) -> None:
    """With nobody there and nothing standing no further roll follows; with bets it goes on."""
    async with live_house(database, table_settings("craps", betting_ms=100)) as house:
        person = await Person.join(house, TITLE)
        opened = await person.opened()
        await bet_all(person, opened)
        await person.wire.drop()
        floor = house.casino._live.floor
        table = floor.tables[int(person.table)]
        async with asyncio.timeout(PATIENCE_S):
            while table.round is not None or table.phase.value != "idle":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await house.owner.fetchval("SELECT sum(held) FROM croupier.account") == 0
        assert await audited(database, house) == {}


async def test_a_void_ends_the_wait_for_a_chain(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hand that was void while it waited for a chain goes on at no later one's arrival."""
    table = table_settings("craps", betting_ms=100)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        floor = house.casino._live.floor
        live = floor.tables[int(person.table)]
        left: set[int] = set()

        def over(table: Paying, chain: Chain) -> bool:
            if table.round is not None and table.round.state is not None and not left:
                left.add(chain.id)  # within a hand
            return chain.id in left

        monkeypatch.setattr(Paying, "_over", over)
        with monkeypatch.context() as patched:
            patched.setattr(floor, "renew_chain", lambda _: None)
            async with asyncio.timeout(PATIENCE_S):
                while not live.awaits_chain:  # noqa: ASYNC110 - a point, and nobody has bet
                    await asyncio.sleep(0.005)
            assert live.void("The dice left the table.")
            voided = await person.event("round_voided")
        floor.renew_chain(live)
        opened = await person.opened(len(person.seen("round_opened")))
        assert int(voided["round"].split("-")[0]) in left
        assert int(opened["round"].split("-")[0]) not in left
        await person.bet(opened["round"], chips(field=10, hard_4=10))
        async with house.locked(person.player):
            async with asyncio.timeout(PATIENCE_S):
                while not live._unpaid:  # noqa: ASYNC110 - nobody is told that it is being paid
                    await asyncio.sleep(0.005)
            live.renew()
            async with asyncio.timeout(PATIENCE_S):
                while live.next_chain is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)  # nothing is to happen
        result = await person.newest("round_result", round=opened["round"])
        assert result["stake"] >= 10, "the field is decided by every roll"
        assert not person.seen("live_snapshot"), "nobody had to load the table anew"
        assert await audited(database, house) == {}


async def until_it_stands(person: Person) -> dict[str, Any]:
    """Bet on pairs until a round begins with some of it."""
    opened = await person.opened(len(person.seen("round_opened")))
    while not mine(opened.get("placed", [])):
        await person.bet(opened["round"], chips(hard_4=10, hard_6=10, hard_8=10))
        opened = await person.opened(len(person.seen("round_opened")))
    return opened


@pytest.mark.parametrize("why", ["paused", "draining"])
async def test_a_roll_that_follows_takes_no_new_money_where_no_round_would_open(
    database: Database, why: str
) -> None:
    """A table that is to stop comes to its end: the dice decide what stands, and nobody adds."""
    table = table_settings("craps", betting_ms=1_000)
    async with live_house(database, table) as house:
        person = await Person.join(house, table.title)
        floor = house.casino._live.floor
        opened = await until_it_stands(person)
        if why == "paused":
            await floor.set_state(floor.tables[int(person.table)], TableState.PAUSED)
        floor.draining = why == "draining"
        before = await house.money(person.player)
        late = await person.bet(opened["round"], chips(hard_4=10))
        assert late.code == "bets_closed"
        floor.draining = False
        await floor.set_state(floor.tables[int(person.table)], TableState.OPEN)
        again = await person.bet(opened["round"], chips(hard_4=10), late.id)
        assert again.code == "bets_closed", "it stays refused"
        assert await house.money(person.player) == before
        opened = await person.opened(len(person.seen("round_opened")))
        assert (await person.bet(opened["round"], chips(field=10))).type == "accepted"


def _more(person: Person, known: int) -> bool:
    """Whether more rounds and snapshots have come than were known."""
    return len(person.seen("round_opened")) + len(person.seen("live_snapshot")) > known


async def test_a_hand_whose_node_makes_no_chain_goes_on_at_another(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands is not held for ever by a node without entropy: a healthy one rolls on."""
    table = table_settings("craps", betting_ms=300)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        for house in houses:
            house.expected_errors = {"entropy failed"}
        floor = here.casino._live.floor
        person = await Person.join(there, table.title)
        opened = await person.opened()
        first = opened["chain"]["chain"]
        next_place = RollingPart._next_place

        def spent(part: RollingPart) -> Any:
            """Have the first chain end with the first roll that another follows."""
            if part.chain is None or str(part.chain.id) != first:
                return next_place(part)
            if part.house is floor and floor._entropy.healthy:
                floor._entropy._close(EntropyFailure("the system gives no random bytes"))
            return None if part.next_chain is None else (part.next_chain, part.next_chain.n)

        monkeypatch.setattr(RollingPart, "_next_place", spent)
        while not person.seen("live_snapshot"):
            opened = person.seen("round_opened")[-1]
            await person.bet(opened["round"], chips(hard_4=10, hard_6=10, hard_8=10))
            known = len(person.seen("round_opened")) + len(person.seen("live_snapshot"))
            await person.wire.until(partial(_more, person, known))
        assert int(person.table) in there.casino._live.floor.tables
        following = await person.opened(len(person.seen("round_opened")))
        assert following["chain"]["chain"] != first
        assert await audited(database, here) == {}


@pytest.mark.parametrize("why", ["drained", "given"])
async def test_a_table_goes_elsewhere_between_two_rolls(
    database: Database, valkey: Any, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """No node waits for the dice to decide what stands: it goes to another node with the table."""
    table = table_settings("craps", betting_ms=300, result_ms=2_000)
    async with casino(database, valkey, table) as houses:
        here, there = owner_of(houses, await table_id(houses[0]))
        person = await Person.join(there, table.title)
        left: list[dict[str, Any]] = []
        while not left:
            opened = await person.opened(len(person.seen("round_opened")))
            await person.bet(opened["round"], chips(hard_4=10, hard_6=10, hard_8=10))
            left = standing((await person.newest("round_result", round=opened["round"]))["view"])
        floor = here.casino._live.floor
        if why == "drained":
            async with asyncio.timeout(PATIENCE_S):
                await here.casino._live.drain(LONG_MS)
        else:
            # As when it owns more than its share, and somebody plays at each of its tables.
            given = property(lambda each: each is floor, lambda *_: None)
            monkeypatch.setattr(LiveFloor, "_giving", given, raising=False)
        await person.wire.until(lambda: person.seen("live_snapshot") != [])
        if why == "drained":
            assert int(person.table) in there.casino._live.floor.tables
        live = person.seen("live_snapshot")[-1]["live"]
        assert mine(live["placed"]) == sum(bet["stake"] for bet in left), "what stood stands"
        assert (await person.newest("round_result", round=live["round"]))["view"]["bets"]
        assert await audited(database, here) == {}
