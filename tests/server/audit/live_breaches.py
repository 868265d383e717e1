"""Ways to tamper with rounds of live tables, and what the audit then names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec

from tests.server.audit.books import where
from tests.server.audit.live_books import LivePlayed


class Breach(NamedTuple):
    """One way to tamper, which checks it breaks, and what one of them must name."""

    tamper: Callable[[LivePlayed], Awaitable[object]]
    broken: set[str]
    named: Callable[[LivePlayed], str]


def cash_out(at_ms: int) -> str:
    """Return a recorded cash-out, as the database is told bytes."""
    return f"'\\x{msgspec.msgpack.encode({'action': 'cash-out', 'at_ms': at_ms}).hex()}'"


def sql(*statements: str) -> Callable[[LivePlayed], Awaitable[object]]:
    """Tamper by statements; `{spun}` and the like are the conditions of rounds."""

    async def tamper(books: LivePlayed) -> None:
        values = {
            name: where(getattr(books, name))
            for name in ("spun", "empty", "voided", "dealt", "flown", "interrupted")
        }
        values |= {
            "wheel": where(books.wheel.round_id),
            "rocket": where(books.rocket.round_id),
            "wheel_id": str(books.wheel.id),
            "cards_id": str(books.cards.id),
            "wheel_chain": str(books.wheel.chain),
            "one": str(books.wheel.seats[1].session),
            "two": str(books.wheel.seats[2].session),
            "two_id": str(books.wheel.seats[2].account),
            "fresh": str(books.ids.next()),
        }
        await books.tamper(*(statement.format(**values) for statement in statements))

    return tamper


BREACHES = {
    "a bet after the close": Breach(
        sql("UPDATE round SET closed = accepted WHERE {spun}"),
        {"live rounds"},
        lambda books: f"round {books.spun} was closed as 4 and drawn as 6 of its table's numbers",
    ),
    "a draw before the close": Breach(
        sql("UPDATE round SET drawn = closed WHERE {dealt}"),
        {"live rounds"},
        lambda books: f"round {books.dealt} was closed as 3 and drawn as 3",
    ),
    "a round that was never drawn": Breach(
        sql("UPDATE round SET drawn = NULL WHERE {empty}"),
        {"live rounds"},
        lambda books: f"round {books.empty} was closed as 1 and drawn as None",
    ),
    "a bet counted as a decision": Breach(
        sql("UPDATE round SET accepted = 3, closed = 4, drawn = 5 WHERE {spun}"),
        {"live rounds", "digests", "replays"},
        lambda books: f"seat 5 of round {books.spun} was settled for 40 and has no bet",
    ),
    "a decision counted as a bet": Breach(
        sql("UPDATE round SET accepted = 3, closed = 4, drawn = 5 WHERE {dealt}"),
        {"live rounds", "digests", "replays"},
        lambda books: f"round {books.dealt} says 3 bets, 2 are on record",
    ),
    "a decision before the draw": Breach(
        sql(
            "INSERT INTO round_input SELECT chain, n, 3, 2, decision, 0, true, at FROM round_input"
            " WHERE {voided} AND step = 0",
            "UPDATE round SET steps = 4 WHERE {voided}",
        ),
        {"live rounds"},
        lambda books: f"round {books.voided} has 1 decisions and was not drawn",
    ),
    "an input that is gone": Breach(
        sql("DELETE FROM round_input WHERE {spun} AND step = 3"),
        {"rounds", "live rounds", "requests", "replays"},
        lambda books: f"round {books.spun} says 4 bets, 3 are on record",
    ),
    "a bet's stake": Breach(
        sql("UPDATE round_input SET stake = stake + 1 WHERE {spun} AND step = 1"),
        {"live rounds", "replays"},
        lambda books: f"seat 2 of round {books.spun} was settled for 100, its bets and decisions",
    ),
    "a void bet's stake": Breach(
        sql("UPDATE round_input SET stake = stake + 1 WHERE {voided} AND step = 1"),
        {"live rounds", "replays"},
        lambda books: f"seat 5 of round {books.voided} was settled for 60, its bets and decisions",
    ),
    "a bet": Breach(
        sql(
            "UPDATE round_input i SET decision = (SELECT decision FROM round_input WHERE {spun}"
            " AND step = 1) WHERE {spun} AND step = 0"
        ),
        {"digests", "replays"},
        lambda books: "is not that of the bet 0 on record",
    ),
    "what bets come to": Breach(
        sql(
            "UPDATE wager SET bets = (SELECT bets FROM wager WHERE {spun} AND seat = 2)"
            " WHERE {spun} AND seat = 1"
        ),
        {"replays"},
        lambda books: f"round {books.spun} says other bets of seat 1 than its inputs come to",
    ),
    "what void bets come to": Breach(
        sql("UPDATE wager SET bets = '\\x80' WHERE {voided} AND seat = 5"),
        {"replays"},
        lambda books: f"round {books.voided} says other bets of seat 5",
    ),
    "a seat's payout": Breach(
        sql("UPDATE wager SET payout = payout + 1 WHERE {spun} AND seat = 2"),
        {"wagers", "house result", "replays"},
        lambda books: f"round {books.spun} says stake 100 and payout",
    ),
    "a seat that is paid and void": Breach(
        sql("UPDATE wager SET stake = 0, payout = 0 WHERE {spun} AND seat = 2"),
        {"wagers", "house result", "live rounds", "replays"},
        lambda books: f"wager {books.spun} of account {books.wheel.seats[2].account} says stake 0",
    ),
    "a void seat that kept its stake": Breach(
        sql("UPDATE wager SET stake = 60 WHERE {voided} AND seat = 5"),
        {"wagers", "house result"},
        lambda books: f"void wager {books.voided} of account {books.wheel.seats[5].account}",
    ),
    "a seat that was not settled": Breach(
        sql("DELETE FROM wager WHERE {spun} AND seat = 5"),
        {"causes", "house result", "live rounds", "requests", "replays"},
        lambda books: f"seat 5 of round {books.spun} bet 40 and was not settled",
    ),
    "a seat that is paid twice": Breach(
        sql(
            "INSERT INTO transfer SELECT {fresh}, account_id(0, 16, 978, true), account, 50, 2,"
            " seat, n, chain, gaming_day, settled_at FROM wager WHERE {spun} AND seat = 2",
            "UPDATE account SET balance = balance + 50 WHERE id = {two_id}",
        ),
        {"causes", "house result", "hours"},
        lambda books: f"wager {books.spun} was settled by others",
    ),
    "the request of a wager": Breach(
        sql("UPDATE wager SET request = 2 WHERE {spun} AND seat = 1"),
        {"requests"},
        lambda books: f"seat 1 of round {books.spun}: its wager names request 2 of session",
    ),
    "another player's wager": Breach(
        sql("UPDATE wager SET account = {two_id} WHERE {spun} AND seat = 1"),
        {"wagers", "owners", "requests"},
        lambda books: "which is not its player's",
    ),
    "a bet by another player": Breach(
        sql("UPDATE request SET session = {two}, id = 70 WHERE session = {one} AND id = 2"),
        {"requests"},
        lambda books: f"was accepted for seat 1 of round {books.spun}, which is not its player's",
    ),
    "client seeds that are gone": Breach(
        sql("UPDATE round SET client_seeds = '' WHERE {empty}"),
        {"live rounds"},
        lambda books: f"round {books.empty} was drawn with 0 client seeds, for seats [1, 2, 5]",
    ),
    "seats in another order": Breach(
        sql("UPDATE round SET seats = '{{2,1,5}}' WHERE {empty}"),
        {"live rounds"},
        lambda books: f"round {books.empty} was drawn with 3 client seeds, for seats [2, 1, 5]",
    ),
    "the table of a round": Breach(
        sql("UPDATE round SET table_id = {cards_id} WHERE {empty}"),
        {"rounds"},
        lambda books: f"rounds of chain {books.wheel.chain}: played at another table",
    ),
    "a round of no table": Breach(
        sql("UPDATE round SET table_id = NULL WHERE {empty}"),
        {"rounds"},
        lambda books: f"round {books.empty} has no wager",
    ),
    "a chain that is a player's": Breach(
        sql("UPDATE chain SET account = {two_id} WHERE id = {wheel_chain}"),
        {"rounds", "owners"},
        lambda books: "at a seat of a live table, the chain is that of account",
    ),
    "a decision that is the house's": Breach(
        sql("UPDATE round_input SET platform = true WHERE {dealt} AND step = 2"),
        {"requests"},
        lambda books: f"was accepted for round {books.dealt} and has no bet or decision",
    ),
    "a decision of the house that was nobody's": Breach(
        sql("UPDATE round_input SET platform = false WHERE {dealt} AND step = 3"),
        {"requests"},
        lambda books: f"decision 3 of round {books.dealt} has 0 accepted requests",
    ),
    "a decision of a seat without a bet": Breach(
        sql("UPDATE round_input SET seat = 4 WHERE {dealt} AND step = 3"),
        {"live rounds", "replays"},
        lambda books: f"round {books.dealt} says a decision of seat 4, which has no bet",
    ),
    "a cash-out after the crash": Breach(
        sql(f"UPDATE round_input SET decision = {cash_out(70_000)} WHERE {{flown}} AND step = 3"),
        {"replays"},
        lambda books: f"round {books.flown} says a cash-out of seat 1 at 70000 ms, it crashed at",
    ),
    "the moment of a cash-out": Breach(
        sql(f"UPDATE round_input SET decision = {cash_out(1_900)} WHERE {{flown}} AND step = 3"),
        {"replays"},
        lambda books: f"round {books.flown} says stake 100 and payout",
    ),
    "a second cash-out": Breach(
        sql(
            "INSERT INTO round_input SELECT chain, n, 4, seat, decision, 0, true, at"
            " FROM round_input WHERE {flown} AND step = 3",
            "UPDATE round SET steps = 5 WHERE {flown}",
        ),
        {"replays"},
        lambda books: f"round {books.flown} says two cash-outs of seat 1",
    ),
    "the house's moment": Breach(
        sql(
            f"UPDATE round_input SET decision = {cash_out(901)} WHERE {{interrupted}} AND step = 4"
        ),
        {"replays"},
        lambda books: f"round {books.interrupted} does not replay: the cash-out of seat 3 is not",
    ),
    "a hold": Breach(
        sql("UPDATE hold SET amount = amount + 1 WHERE {wheel} AND seat = 5"),
        {"holds", "balances"},
        lambda books: f"seat 5 of open round {books.wheel.round_id} has 101 on hold, its bets",
    ),
    "what open bets come to": Breach(
        sql("UPDATE hold SET bets = '\\x80' WHERE {wheel} AND seat = 5"),
        {"live rounds"},
        lambda books: f"open round {books.wheel.round_id} says other bets of seat 5",
    ),
    "open bets that cannot be read": Breach(
        sql("UPDATE round_input SET decision = '\\xc1' WHERE {wheel} AND step = 1"),
        {"live rounds", "digests"},
        lambda books: f"open round {books.wheel.round_id} has bets that cannot be read",
    ),
    "a hold that is gone": Breach(
        sql("DELETE FROM hold WHERE {wheel} AND seat = 5"),
        {"holds", "balances", "requests", "live rounds"},
        lambda books: f"seat 5 of open round {books.wheel.round_id} bet 100 and has nothing",
    ),
    "a hold without a bet": Breach(
        sql("UPDATE hold SET seat = 6 WHERE {wheel} AND seat = 5"),
        {"holds", "requests", "live rounds"},
        lambda books: f"seat 6 of open round {books.wheel.round_id} has 100 on hold and no bet",
    ),
    "the request of a hold": Breach(
        sql("UPDATE hold SET request = request + 1 WHERE {wheel} AND seat = 5"),
        {"requests"},
        lambda books: f"seat 5 of open round {books.wheel.round_id}: its open bet names request",
    ),
    "an open round's bets": Breach(
        sql("UPDATE live_round SET accepted = 4 WHERE {wheel}"),
        {"live rounds"},
        lambda books: f"open round {books.wheel.round_id} says 4 bets, 3 are on record",
    ),
    "an open round drawn before its close": Breach(
        sql("UPDATE live_round SET drawn = 4 WHERE {wheel}"),
        {"live rounds"},
        lambda books: f"open round {books.wheel.round_id} was closed as None and drawn as 4",
    ),
    "a round in play that is not open": Breach(
        sql("DELETE FROM open_round WHERE {rocket}"),
        {"live rounds", "holds", "rounds"},
        lambda books: f"round {books.rocket.round_id} is in play at table {books.rocket.id}",
    ),
    "a seat that is settled and held": Breach(
        sql(
            "INSERT INTO hold SELECT chain, n, seat, account, session, request, 1, bets FROM wager"
            " WHERE {rocket}"
        ),
        {"holds", "balances"},
        lambda books: f"seat 3 of open round {books.rocket.round_id} is settled and still held",
    ),
}
