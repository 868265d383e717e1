"""Tests of `server.tables.table`: what a table takes, what it refuses, and what a refusal costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import pytest

from games.blackjack import Blackjack
from games.catalogue import Catalogue
from games.roulette import EuropeanRoulette
from games.slots.machine import shipped_machines
from server.fairness.chains import SeedChain
from server.tables.table import Chain
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.harness import House, Seat, open_house
from tests.server.wire import Answer

RECORD = ("round", "wager", "transfer", "open_round", "hold", "round_input")
GOOD: dict[str, Any] = {
    "slot": {"stake": 20},
    "roulette": {"bets": [{"bet": "red", "stake": 50}]},
    "blackjack": {"stake": 100},
}
KIND = {"slot": "spin", "roulette": "spin", "blackjack": "deal"}


@asynccontextmanager
async def untouched(house: House, seat: Seat, game: str = "slot") -> AsyncIterator[None]:
    """What happens inside moves no money and no chain: the same round id works afterwards."""
    player = seat.wire.welcome["player"]
    before = await house.money(player), [await house.count(table) for table in RECORD]
    yield
    assert (await house.money(player), [await house.count(table) for table in RECORD]) == before
    answer = await seat.bet(KIND[game], GOOD[game])
    assert answer.type == "played", answer


BAD_BETS: dict[str, list[tuple[Any, str]]] = {
    "slot": [
        ({"stake": 1}, "stake_below"),
        ({"stake": 0}, "stake_below"),
        ({"stake": -20}, "stake_below"),
        ({"stake": 10_000_000}, "stake_above"),
        ({"stake": 2**53 - 1}, "stake_above"),
        ({"stake": 20.5}, "stake_not_whole"),
        ({"stake": 21}, "stake_not_whole"),
        ({"stake": 2**53}, "number_out_of_bounds"),
        ({"stake": -(2**53)}, "number_out_of_bounds"),
        ({"stake": "20"}, "bet_invalid"),
        ({"stake": None}, "bet_invalid"),
        ({}, "bet_invalid"),
        ([], "bet_invalid"),
        (20, "bet_invalid"),
    ],
    "roulette": [
        ({"bets": []}, "bet_invalid"),
        ({"bets": [{"bet": "purple", "stake": 50}]}, "bet_invalid"),
        ({"bets": [{"bet": "red", "stake": 50}] * 2}, "bet_invalid"),
        ({"bets": [{"bet": "red", "stake": 1}]}, "stake_below"),
        ({"bets": [{"bet": "red", "stake": 10_000_000}]}, "stake_above"),
        ({"bets": [{"bet": "red", "stake": 50.5}]}, "stake_not_whole"),
        ({"bets": [{"bet": "red", "stake": 2**60}]}, "number_out_of_bounds"),
    ],
    "blackjack": [
        ({"stake": 101}, "stake_not_whole"),
        ({"stake": 99.5}, "stake_not_whole"),
        ({"stake": 10}, "stake_below"),
        ({"stake": 10_002}, "stake_above"),
        ({"stake": [100]}, "bet_invalid"),
    ],
}


async def test_bad_bets(house: House) -> None:
    """Each kind of bad bet has its own code and costs nothing, however often it is sent (B17)."""
    for game, cases in BAD_BETS.items():
        seat = await house.seat(game)
        async with untouched(house, seat, game):
            for bets, code in cases:
                body = seat.body(bets)
                first = await seat.wire.ask(KIND[game], **body)
                assert first.code == code, (game, bets, first)
                assert first.body["certainty"] == "final"
                assert await seat.wire.ask(KIND[game], first.id, **body) == first


async def test_stale_rounds(house: House) -> None:
    """A bet on any round but the next is stale; the details say what to bet on."""
    seat = await house.seat()
    for _ in range(2):
        await seat.spin()
    chain, _, n = seat.round.partition("-")
    assert n == "3"
    async with untouched(house, seat):
        for name in (
            f"{chain}-2",
            f"{chain}-4",
            f"{chain}-0",
            f"{chain}-03",
            f"{int(chain) + 4}-3",
            f"{chain}",
            "-",
            "\N{DIGIT ONE}\u0663-3",
            "x" * 64,
        ):
            answer = await seat.bet("spin", GOOD["slot"], round=name)
            assert answer.code == "stale_round"
            assert answer.body["certainty"] == "final"
            assert answer.details["round"] == seat.round
            assert answer.details["chain"] == seat.chain


async def test_unknown_tables(house: House) -> None:
    """Only a table of the player's own is known, however its id is written."""
    other = await house.seat()
    seat = await house.seat()
    async with untouched(house, seat):
        for name in (other.table, "1", "0", "-1", "x", "9" * 30, "\u0663", f"0{seat.table}"):
            assert await seat.wire.refusal("spin", **seat.body(GOOD["slot"], table=name)) == (
                "unknown_table"
            )
        for kind in ("leave", "watch"):
            assert await seat.wire.refusal(kind, table=other.table) == "unknown_table"
    assert (await other.spin()).type == "played"


async def test_bodies_that_are_no_requests(house: House) -> None:
    """A field that is missing or of the wrong type is told under the request's id."""
    seat = await house.seat()
    body = seat.body(GOOD["slot"])
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"table": ""}, "invalid_body"),
        ({"table": 7}, "invalid_body"),
        ({"table": "x" * 65}, "invalid_body"),
        ({"round": None}, "invalid_body"),
        ({"client_seed": b"x" * 33}, "invalid_body"),
        ({"client_seed": 5}, "invalid_body"),
        ({"client_seed": b""}, "invalid_body"),
    ]
    async with untouched(house, seat):
        for change, code in wrong:
            assert await seat.wire.refusal("spin", **{**body, **change}) == code
        for name in ("table", "round", "bets", "client_seed"):
            rest = {key: value for key, value in body.items() if key != name}
            answer = await seat.wire.ask("spin", **rest)
            assert answer.code in {"invalid_body", "bet_invalid"}, (name, answer)
        # The highest id stands for every integer of the wire.
        await seat.wire.send("spin", body, 2**53)
        answer = await seat.wire.answer(None)
        assert answer.code == "number_out_of_bounds"


async def test_client_seeds_off(database: Database) -> None:
    """Where client seeds are off a bet must have none, and plays."""
    async with open_house(database, fairness__client_seed=False) as house:
        seat = await house.seat()
        assert seat.wire.welcome["client_seed"] is False
        body = seat.body(GOOD["slot"])
        assert await seat.wire.refusal("spin", **body) == "invalid_body"
        assert (await seat.bet("spin", GOOD["slot"], client_seed=b"")).type == "played"


async def test_wrong_request(house: House) -> None:
    """A request for another kind of game is refused as such."""
    for game, kinds in {"slot": ("deal", "act", "bet"), "blackjack": ("spin", "bet")}.items():
        seat = await house.seat(game)
        bodies: dict[str, dict[str, Any]] = {
            "act": {"round": seat.round, "step": 0, "decision": {"action": "hit"}},
            "bet": {"round": seat.round, "bets": [{"bet": "red", "stake": 50}]},
        }
        async with untouched(house, seat, game):
            for kind in kinds:
                body = {**bodies.get(kind, seat.body(GOOD[game])), "table": seat.table}
                assert await seat.wire.refusal(kind, **body) == "wrong_request"


async def test_private_tables_are_not_watched(house: House) -> None:
    """Watching is for shared tables."""
    seat = await house.seat()
    assert await seat.wire.refusal("watch", table=seat.table) == "not_watchable"


async def test_insufficient_funds(house: House) -> None:
    """A stake above the balance is refused by the database, recorded, and told the same again."""
    seat = await house.seat(amount="0.50")
    async with untouched(house, seat):
        body = seat.body({"stake": 100})
        first = await seat.wire.ask("spin", 20, **body)
        assert first.code == "insufficient_funds"
        assert first.body["certainty"] == "final"
        assert await seat.wire.ask("spin", 20, **body) == first


async def test_limits(house: House) -> None:
    """Each limit has its own code; what fits below it is taken (F2, F5)."""
    for kind, code in {
        "wager": "wager_limit",
        "loss": "loss_limit",
        "stake": "stake_cap",
    }.items():
        seat = await house.seat()
        await house.limit(seat.wire.welcome["player"], kind, 30, 0 if kind == "stake" else 24)
        async with untouched(house, seat):
            answer = await seat.bet("spin", {"stake": 40})
            assert (answer.code, answer.body["certainty"]) == (code, "final")


async def test_exclusions(house: House) -> None:
    """An excluded or suspended player cannot bet from the very next request on (F9)."""
    for kind, code in {
        "exclusion": "excluded",
        "time-out": "excluded",
        "suspension": "account_suspended",
    }.items():
        seat = await house.seat()
        await seat.spin()
        player = seat.wire.welcome["player"]
        before = await house.money(player), await house.count("wager")
        await house.exclude(player, kind)
        assert (await seat.bet("spin", GOOD["slot"])).code == code
        assert (await house.money(player), await house.count("wager")) == before


async def test_refusals_reveal_nothing_over_many_seeds(house: House) -> None:
    """Whether a bet is taken depends on its stake and never on the outcome (A10, A11).

    Every round is asked for with stakes that are refused, by the table and by the database, and
    then played. Each refusal reads the same on every seed, and the seeds hash down without a gap.
    """
    seat = await house.seat()
    wire = seat.wire
    await house.limit(wire.welcome["player"], "stake", 20, 0)
    assert seat.chain is not None
    previous = seat.chain["commitment"]
    refusals: list[set[str]] = []
    payouts = set()
    for _ in range(80):
        this = seat.round
        told = set()
        for bets in ({"stake": 40}, {"stake": 1}, {"stake": 10**9}, {"stake": 21}, {"stake": "x"}):
            answer = await wire.ask("spin", **seat.body(bets))
            told.add(f"{bets} {answer.code} {answer.body}")
        answer = await wire.ask("deal", **seat.body({"stake": 20}))
        told.add(f"deal {answer.body}")
        refusals.append(told)
        played = (await seat.spin()).body
        assert played["round"] == this
        assert sha256(played["seed"]).digest() == previous
        previous = played["seed"]
        payouts.add(played["payout"])
    assert len(payouts) > 3
    assert all(told == refusals[0] for told in refusals)
    assert await house.count("wager") == 80


# -- rounds with decisions ------------------------------------------------------------------------


async def test_decisions_that_the_rules_forbid(house: House) -> None:
    """A forbidden decision leaves the round, its step and the money as they were."""
    seat = await house.seat("blackjack")
    played = await seat.open_round()
    offered = {option["action"] for option in played["view"]["options"]}
    player = seat.wire.welcome["player"]
    before = await house.money(player)
    nonsense: tuple[Any, ...] = (
        {"action": "surrender"},
        {"action": 1},
        {},
        [],
        None,
        {"action": "split" * 20},
    )
    for decision in nonsense:
        assert (await seat.act(played, "", decision=decision)).code == "decision_forbidden"
    for action in {"hit", "stand", "double", "split", "insure", "decline"} - offered:
        assert (await seat.act(played, action)).code == "decision_forbidden"
    assert await house.money(player) == before
    assert (await seat.wire.ask("sit", game="blackjack")).body["open"] == played
    await seat.finish(played)


async def test_stale_steps(house: House) -> None:
    """A decision names its round and step; any other is stale, and the details say which is due."""
    seat = await house.seat("blackjack")
    played = await seat.open_round(option="hit")
    for step in (played["step"] + 1, played["step"] + 7, 2**53 - 1):
        answer = await seat.act(played, "hit", step=step)
        assert (answer.code, answer.details) == ("stale_step", {"step": played["step"]})
    assert (await seat.act(played, "hit", step=-1)).code == "number_out_of_bounds"
    for name in ("x", played["round"] + "1"):
        answer = await seat.act(played, "hit", round=name)
        assert (answer.code, answer.details) == ("round_open", {"round": played["round"]})
    played = await seat.finish(played)
    answer = await seat.act(played, "hit")
    assert (answer.code, answer.details["round"]) == ("stale_round", seat.round)
    assert (await seat.deal()).type == "played"


async def test_a_double_click_is_not_a_second_card(house: House) -> None:
    """The same decision sent twice under two ids draws one card; the second click is stale."""
    seat = await house.seat("blackjack")
    clicked = 0
    while clicked < 5:
        played = await seat.open_round(option="hit")
        body = {
            "table": seat.table,
            "round": played["round"],
            "step": played["step"],
            "decision": {"action": "hit"},
        }
        first, second = await seat.wire.send("act", body), await seat.wire.send("act", body)
        answer = seat.took(await seat.wire.answer(first))
        assert answer.body["step"] == played["step"] + 1
        cards = answer.body["view"]["hands"][0]["cards"]
        assert len(cards) == len(played["view"]["hands"][0]["cards"]) + 1
        late = await seat.wire.answer(second)
        assert late.code in {"busy", "stale_step", "stale_round"}
        if late.code == "busy":  # it came while the first was being settled
            late = await seat.wire.ask("act", second, **body)
            assert late.code in {"stale_step", "stale_round"}
        clicked += 1
        await seat.finish(answer.body)


async def test_the_stake_is_held(house: House) -> None:
    """A deal moves the stake from the balance to the funds on game, and the end settles it (E6)."""
    seat = await house.seat("blackjack")
    player = seat.wire.welcome["player"]
    played = await seat.open_round(500)
    balance, held = await house.money(player)
    assert held == 500
    assert played["balance"]["held"] == 500
    assert played["balance"]["amount"] == balance
    assert (played["payout"], played["seed"], played["next"]) == (None, None, None)
    assert played["view"]["dealer"]["cards"][1] is None
    ended = await seat.finish(played)
    assert await house.money(player) == (balance + ended["payout"], 0)
    assert ended["balance"]["amount"] == balance + ended["payout"]
    assert len(ended["seed"]) == 32


async def test_a_double_takes_a_further_hold(house: House) -> None:
    """Doubling and splitting hold as much again; what was staked in all is what is settled."""
    seat = await house.seat("blackjack", amount="100000.00")
    player = seat.wire.welcome["player"]
    for action in ("double", "split"):
        played = await seat.open_round(200, option=action)
        balance, held = await house.money(player)
        assert held == played["stake"]
        answer = (await seat.act(played, action)).body
        assert answer["stake"] == played["stake"] + 200
        if not answer["finished"]:
            assert await house.money(player) == (balance - 200, held + 200)
        ended = await seat.finish(answer)
        assert await house.money(player) == (balance + held - ended["stake"] + ended["payout"], 0)
        stake, payout = await house.owner.fetchrow(  # type: ignore[misc]
            "SELECT stake, payout FROM croupier.wager ORDER BY settled_at DESC LIMIT 1"
        )
        assert (stake, payout) == (ended["stake"], ended["payout"])


async def test_a_double_without_the_money(house: House) -> None:
    """A double that the balance does not cover is refused; the round goes on as it was."""
    seat = await house.seat("blackjack", amount="100000.00")
    played = await seat.open_round(2_500, option="double")
    player = seat.wire.welcome["player"]
    await _leave_only(house, player, 100)
    answer = await seat.act(played, "double", 900)
    assert (answer.code, answer.body["certainty"]) == ("insufficient_funds", "final")
    assert await seat.act(played, "double", 900) == answer
    assert await house.money(player) == (100, played["stake"])
    ended = await seat.finish(played)
    assert ended["stake"] == played["stake"]


async def _leave_only(house: House, player: str, amount: int) -> None:
    """Take a player's money away, as another account of his might have, but for *amount*."""
    await house.owner.execute(
        "UPDATE croupier.account SET balance = $2 WHERE owner = $1 AND kind = 1",
        int(player),
        amount,
    )


async def test_the_gate_never_traps_money(house: House) -> None:
    """Excluded in mid round, a player may finish it but put nothing more into it (law 6, F9)."""
    seat = await house.seat("blackjack", amount="100000.00")
    played = await seat.open_round(200, option="double")
    player = seat.wire.welcome["player"]
    await house.exclude(player)
    before = await house.money(player)
    assert (await seat.act(played, "double")).code == "excluded"
    assert await house.money(player) == before
    ended = await seat.finish(played)
    assert await house.money(player) == (before[0] + ended["payout"], 0)
    assert (await seat.bet("deal", GOOD["blackjack"])).code == "excluded"


async def test_one_round_at_a_time(house: House) -> None:
    """While a round is open the table takes no other and cannot be left (B17)."""
    seat = await house.seat("blackjack")
    chain = seat.chain
    assert chain is not None
    played = await seat.open_round()
    following = f"{chain['chain']}-{int(played['round'].partition('-')[2]) + 1}"
    seat.chain = {**chain, "round": following}
    for answer in (
        await seat.bet("deal", GOOD["blackjack"]),
        await seat.bet("deal", GOOD["blackjack"], round=played["round"]),
        await seat.wire.ask("leave", table=seat.table),
    ):
        assert (answer.code, answer.details) == ("round_open", {"round": played["round"]})
    await seat.finish(played)
    assert (await seat.wire.ask("leave", table=seat.table)).type == "left"


async def test_busy_while_settling(house: House) -> None:
    """A second bet while the first is being settled is told to come again, and then taken."""
    seat = await house.seat()
    async with house.stalled():
        first = await seat.wire.send("spin", seat.body(GOOD["slot"]))
        second = await seat.wire.ask("spin", **seat.body(GOOD["slot"]))
        assert (second.code, second.body["certainty"]) == ("busy", "temporary")
    seat.took(await seat.wire.answer(first))
    again = await seat.wire.ask("spin", second.id, **seat.body(GOOD["slot"]))
    assert again.type == "played"
    assert await house.count("wager") == 2


async def test_an_account_locked_elsewhere(house: House) -> None:
    """A player whose account another program holds for long is told busy; the others go on."""
    seat, other = await house.seat(), await house.seat()
    async with house.locked(seat.wire.welcome["player"]):
        request = await seat.wire.send("spin", seat.body(GOOD["slot"]))
        await other.spin()
        assert not seat.wire.answers.get(request)
        answer = await seat.wire.answer(request)
        assert (answer.code, answer.body["certainty"]) == ("busy", "temporary")
        assert await house.money(seat.wire.welcome["player"]) == (100_000, 0)
    assert (await seat.wire.ask("spin", request, **seat.body(GOOD["slot"]))).type == "played"
    assert await house.count("wager") == 2


class NewBlackjack(Blackjack):
    """A second version of the game, as a fixed bug would be."""

    version = 2

    def __init__(self) -> None:
        super().__init__()
        self.digest = "2" * 64


async def test_an_open_round_ends_under_its_own_version(database: Database) -> None:
    """A newer version deals new rounds; the old one ends its open round and closes (B9)."""
    games = (*shipped_machines(), EuropeanRoulette(), Blackjack())
    async with open_house(database, Catalogue(games)) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        house.casino.catalogue = Catalogue((*games, NewBlackjack()))
        await house.restart()
        wire = await house.resume(seat.wire.welcome["token"])
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["version"] == 1
        assert state["snapshot"]["open"] == played
        old = Seat(wire, state["snapshot"])
        ended = await old.finish(played)
        assert ended["next"] is None
        old.chain = seat.chain
        assert (await old.bet("deal", GOOD["blackjack"])).code == "table_closed"
        assert (await wire.ask("round", round=ended["round"])).body["proof"]["version"] == 1
        new = await wire.ask("sit", game="blackjack")
        assert (new.body["version"], new.body["digest"]) == (2, "2" * 64)
        assert new.body["table"] != old.table
        assert (await Seat(wire, new.body).deal()).type == "played"
        assert await old.wire.refusal("leave", table=old.table) == "unknown_table"


async def test_same_digest_for_one_version(database: Database) -> None:
    """A version number that was served with other rules is refused at the start, in one line."""
    changed = Blackjack()
    changed.digest = "3" * 64
    games = (*shipped_machines(), EuropeanRoulette())
    async with open_house(database, Catalogue((*games, Blackjack()))) as house:
        house.casino.catalogue = Catalogue((*games, changed))
        with pytest.raises(Exception, match="blackjack version 1 was served with other rules"):
            await house.restart()


async def test_no_seed_before_the_end(house: House) -> None:
    """Until a round has ended no frame and no log holds its seed or the hidden card (A17)."""
    seat = await house.seat("blackjack")
    frames: list[Answer] = []
    for _ in range(10):
        played = await seat.open_round()
        frames = list(seat.wire.received)
        ended = await seat.finish(played)
        seed = ended["seed"]
        for text in (seed.hex(), repr(seed)[2:-1]):
            assert text not in repr(frames)
            assert text not in repr(house.logs)


# -- the platform's decision ----------------------------------------------------------------------


async def test_the_platform_ends_rounds_whose_time_has_run_out(database: Database) -> None:
    """After the deadline the platform stands for the player and tells him (C5)."""
    async with open_house(database, tables__decision_deadline_ms=1) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        player = seat.wire.welcome["player"]
        await house.exclude(player)  # no gate can keep a round from ending (law 6)
        before = await house.money(player)
        await house.overdue(1)
        await house.casino._directory.sweep_once()
        event = (await seat.wire.event("round_ended")).body
        ended = event["round"]
        assert (event["table"], event["seq"]) == (seat.table, 1)
        assert (ended["round"], ended["finished"]) == (played["round"], True)
        assert ended["stake"] == played["stake"]
        assert await house.money(player) == (before[0] + ended["payout"], 0)
        rows = await house.owner.fetch("SELECT platform, stake FROM croupier.round_input")
        assert rows
        assert all(row["platform"] and row["stake"] == 0 for row in rows)
        proof = (await seat.wire.ask("round", round=played["round"])).body["proof"]
        assert all(decision["platform"] for decision in proof["decisions"])
        answer = await seat.act(played, "stand")
        assert (answer.code, answer.details["chain"]) == ("stale_round", ended["next"])


async def test_overdue_rounds_of_absent_players(database: Database) -> None:
    """A round whose player is away ends too, after a restart of the server as well."""
    async with open_house(database, tables__decision_deadline_ms=1) as house:
        seat = await house.seat("blackjack")
        await seat.open_round()
        token = seat.wire.welcome["token"]
        await seat.wire.drop()
        await house.restart()
        assert len(house.casino._directory) == 0
        await house.overdue(1)
        await house.casino._directory.sweep_once()
        async with asyncio.timeout(PATIENCE_S):
            while await house.count("open_round"):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)
        wire = await house.resume(token)
        (state,) = wire.welcome["tables"]
        assert state["snapshot"]["open"] is None
        await Seat(wire, state["snapshot"]).deal()


def test_chain_that_lasts() -> None:
    """A chain's successor may take its time while twenty rounds are left behind the next one."""
    seeds = SeedChain.fresh(256)
    lasting = [n for n in range(1, 258) if Chain(1, seeds, n).lasts]

    assert lasting == list(range(1, 237))
    assert not Chain(1, SeedChain.fresh(20)).lasts
