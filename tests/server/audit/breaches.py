"""Ways to tamper with books that were played, and what the audit then names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from server.fairness.chains import SeedChain
from tests.server.audit.books import Played, where


class Breach(NamedTuple):
    """One way to tamper, which checks it breaks, and what one of them must name."""

    tamper: Callable[[Played], Awaitable[object]]
    broken: set[str]
    named: Callable[[Played], str]


def sql(*statements: str) -> Callable[[Played], Awaitable[object]]:
    """Tamper by statements; `{slot}` and the like stand for a table's account, round and chain."""

    async def tamper(books: Played) -> None:
        values = {
            "slot": where(books.slot.rounds[0]),
            "slot_id": books.slot.account,
            "slot_chain": books.slot.chain,
            "slot_session": books.slot.session,
            "roulette_id": books.roulette.account,
            "roulette_chain": books.roulette.chain,
            "last_slot": where(books.slot.rounds[-1]),
            "decided": where(books.decided),
            "voided": where(books.voided),
            "open": where(books.open.round_id),
            "open_id": books.open.account,
            "fresh": books.ids.next(),
            "slot_version": books.versions["slot"],
            "roulette_version": books.versions["roulette"],
        }
        await books.tamper(*(statement.format(**values) for statement in statements))

    return tamper


def dropping(
    table: str, constraint: str, then: Callable[[Played], Awaitable[object]]
) -> Callable[[Played], Awaitable[object]]:
    """Drop a constraint, then tamper."""

    async def tamper(books: Played) -> None:
        await books.drop_constraint(table, constraint)
        await then(books)

    return tamper


async def share_a_seed(books: Played) -> None:
    """Start a chain from a seed of another one."""
    table = await books.sit("slot")
    await table.begin_chain(SeedChain(books.slot.seeds.seed(40), 12))


async def swap_secrets(books: Played) -> None:
    """Give a chain the sealed secret of another."""
    await books.owner.execute(
        "UPDATE chain SET secret = (SELECT secret FROM chain WHERE id = $2) WHERE id = $1",
        books.slot.chain,
        books.roulette.chain,
    )


async def other_currency(books: Played) -> None:
    """Let a stake in euros reach the house in dollars."""
    await (await books.sit("slot", "USD")).spin({"stake": 20})
    await books.drop_constraint("transfer", "transfer_same_currency_and_test")
    await sql(
        "UPDATE transfer SET credit = account_id(0, 16, 840, true) WHERE {slot} AND kind = 1"
    )(books)


async def other_game(books: Played) -> None:
    """Play a round that is not folded yet, and count it as one of another game."""
    await books.slot.spin({"stake": 20})
    await sql(
        "UPDATE batch_total SET game_version = {roulette_version}"
        " WHERE batch = (SELECT max(batch) FROM batch_total)"
    )(books)


MOVED = (  # money from one player to another, recorded as carefully as can be
    (
        "INSERT INTO transfer (id, debit, credit, amount, kind, seat, gaming_day, at)"
        " VALUES ({fresh}, {slot_id}, {roulette_id}, 7, 6, 0, current_date, clock_timestamp())"
    ),
    (
        "INSERT INTO funding (transfer, account, amount, reason, actor, at)"
        " VALUES ({fresh}, {roulette_id}, 7, 'a gift', 'nobody', clock_timestamp())"
    ),
    "UPDATE account SET balance = balance - 7 WHERE id = {slot_id}",
    "UPDATE account SET balance = balance + 7 WHERE id = {roulette_id}",
)
PAID_AGAIN = (
    (
        "INSERT INTO transfer SELECT {fresh}, account_id(0, 16, 978, true), {slot_id}, 50, 2, 0, n,"
        " chain, gaming_day, settled_at FROM wager WHERE {slot}"
    ),
    "UPDATE account SET balance = balance + 50 WHERE id = {slot_id}",
)
UNFUNDED = (
    (
        "INSERT INTO transfer (id, debit, credit, amount, kind, seat, gaming_day, at)"
        " VALUES ({fresh}, account_id(0, 17, 978, true), {slot_id}, 50, 5, 0, current_date,"
        " clock_timestamp())"
    ),
    "UPDATE account SET balance = balance + 50 WHERE id = {slot_id}",
)

BREACHES = {
    "a wager's stake": Breach(
        sql("UPDATE wager SET stake = stake + 1 WHERE {slot}"),
        {"wagers", "house result", "replays"},
        lambda books: f"wager {books.slot.rounds[0]} of account {books.slot.account}",
    ),
    "a wager's payout": Breach(
        sql("UPDATE wager SET payout = payout + 1 WHERE {slot}"),
        {"wagers", "house result", "replays"},
        lambda books: books.slot.rounds[0],
    ),
    "a wager's account": Breach(
        sql("UPDATE wager SET account = {roulette_id} WHERE {slot}"),
        {"wagers", "owners"},
        lambda books: f"wager {books.slot.rounds[0]} of account {books.roulette.account}",
    ),
    "a transfer's amount": Breach(
        sql("UPDATE transfer SET amount = amount + 1 WHERE {slot} AND kind = 1"),
        {"wagers", "house result", "balances", "hours"},
        lambda books: f"wager {books.slot.rounds[0]}",
    ),
    "a stake that is gone": Breach(
        sql("DELETE FROM transfer WHERE {slot} AND kind = 1"),
        {"wagers", "house result", "balances", "hours"},
        lambda books: f"account {books.slot.account} (cash of player {books.slot.player})",
    ),
    "a hold that is gone": Breach(
        sql("DELETE FROM transfer WHERE {decided} AND kind = 3"),
        {"wagers", "balances", "hours"},
        lambda books: f"wager {books.decided}: what its transfers put on hold",
    ),
    "a void round's return that is gone": Breach(
        sql("DELETE FROM transfer WHERE {voided} AND kind = 4"),
        {"wagers", "balances", "hours"},
        lambda books: f"void wager {books.voided}",
    ),
    "a payout twice": Breach(
        sql(*PAID_AGAIN),
        {"causes", "house result", "hours"},
        lambda books: f"wager {books.slot.rounds[0]} was settled by others",
    ),
    "a payout of no wager": Breach(
        sql(PAID_AGAIN[0].replace(" n, chain,", " n + 900, chain,"), PAID_AGAIN[1]),
        {"causes", "house result", "hours"},
        lambda books: f"there is no wager {books.slot.chain}-901",
    ),
    "money from nowhere": Breach(
        sql(*UNFUNDED), {"causes"}, lambda books: "lacks a cause: no funding of its amount"
    ),
    "a funding's amount": Breach(
        sql("UPDATE funding SET amount = amount + 1 WHERE account = {slot_id}"),
        {"causes"},
        lambda books: f"of 100001 to account {books.slot.account}",
    ),
    "a funding without a transfer": Breach(
        sql(MOVED[1]), {"causes"}, lambda books: "has no transfer"
    ),
    "a payout in the wrong direction": Breach(
        sql("UPDATE transfer SET debit = credit, credit = debit WHERE kind = 1 AND {slot}"),
        {"transfers", "wagers", "balances", "hours"},
        lambda books: f"to account {books.slot.account} (cash of player {books.slot.player})",
    ),
    "a transfer across currencies": Breach(
        other_currency, {"transfers"}, lambda books: "(gaming of the house)"
    ),
    "a transfer from play money to real money": Breach(
        dropping(
            "transfer",
            "transfer_same_currency_and_test",
            sql(
                "UPDATE transfer SET credit = account_id(0, 16, 978, false)"
                " WHERE {slot} AND kind = 1"
            ),
        ),
        {"transfers", "accounts"},
        lambda books: "(gaming of the house) does not exist",
    ),
    "a transfer between players": Breach(
        dropping("transfer", "transfer_never_two_players", sql(*MOVED)),
        {"transfers"},
        lambda books: f"(cash of player {books.slot.player}) to account {books.roulette.account}",
    ),
    "a balance": Breach(
        sql("UPDATE account SET balance = balance + 1 WHERE id = {slot_id}"),
        {"balances"},
        lambda books: f"account {books.slot.account}",
    ),
    "what is held": Breach(
        sql("UPDATE account SET held = held + 1 WHERE id = {open_id}"),
        {"balances"},
        lambda books: f"account {books.open.account}",
    ),
    "a balance below zero": Breach(
        dropping(
            "account",
            "account_balance_not_negative",
            sql("UPDATE account SET balance = -5 WHERE id = {slot_id}"),
        ),
        {"balances"},
        lambda books: "is below zero: balance -5",
    ),
    "an account's currency": Breach(
        sql("UPDATE account SET currency = 'USD' WHERE id = {slot_id}"),
        {"accounts"},
        lambda books: f"account {books.slot.account}",
    ),
    "an account that is gone": Breach(
        sql("DELETE FROM account WHERE id = account_id({open_id} >> 19, 2, 978, true)"),
        {"accounts"},
        lambda books: f"(hold of player {books.open.player}) does not exist",
    ),
    "an open bet that is gone": Breach(
        sql("DELETE FROM hold WHERE {open}"),
        {"holds", "balances", "requests"},
        lambda books: f"open round {books.open.round_id} has no bet on hold",
    ),
    "an open round that is gone": Breach(
        sql("DELETE FROM open_round WHERE {open}"),
        {"holds", "rounds"},
        lambda books: f"for round {books.open.round_id}, which is not open",
    ),
    "an open bet's amount": Breach(
        sql("UPDATE hold SET amount = amount + 1 WHERE {open}"),
        {"holds", "balances"},
        lambda books: f"open bet {books.open.round_id}",
    ),
    "an open round's decision's stake": Breach(
        sql("UPDATE round_input SET stake = stake + 1 WHERE {open}"),
        {"holds"},
        lambda books: f"open round {books.open.round_id} holds 200, its bet was 200",
    ),
    "a deadline that has passed": Breach(
        sql("UPDATE open_round SET deadline = clock_timestamp() - interval '61 s' WHERE {open}"),
        {"deadlines"},
        lambda books: f"round {books.open.round_id} should have ended by",
    ),
    "a decision that is gone": Breach(
        sql("DELETE FROM round_input WHERE {decided} AND step = 0"),
        {"rounds", "requests", "replays"},
        lambda books: f"round {books.decided} says",
    ),
    "a decision's content": Breach(
        sql("UPDATE round_input SET decision = '\\x80' WHERE {decided}"),
        {"replays", "digests"},
        lambda books: f"round {books.decided} does not replay",
    ),
    "a platform's decision": Breach(
        sql("UPDATE round_input SET platform = true WHERE {decided} AND step = 0"),
        {"requests"},
        lambda books: f"accepted for round {books.decided}",
    ),
    "client seeds": Breach(
        sql("UPDATE round SET client_seeds = '\\x000178' WHERE chain = {slot_chain}"),
        {"replays", "digests"},
        lambda books: f"round {books.slot.chain}-",
    ),
    "bets": Breach(
        sql("UPDATE wager SET bets = '\\x81a57374616b6514' WHERE {slot} OR {last_slot}"),
        {"replays", "digests"},
        lambda books: f"round {books.slot.rounds[-1]} says stake 40",
    ),
    "other rules": Breach(
        sql("UPDATE game_version SET digest = 'another' WHERE game = 'slot'"),
        {"replays"},
        lambda books: "8 rounds cannot be replayed: slot version 1 has other rules",
    ),
    "an unknown game": Breach(
        sql("UPDATE game_version SET version = 99 WHERE game = 'slot'"),
        {"replays"},
        lambda books: "8 rounds cannot be replayed: slot version 99 is not in this program",
    ),
    "a commitment": Breach(
        sql("UPDATE chain SET commitment = sha256('another') WHERE id = {slot_chain}"),
        {"chains"},
        lambda books: f"chain {books.slot.chain}: it does not hash to its commitment",
    ),
    "a secret": Breach(
        swap_secrets, {"chains", "replays"}, lambda books: f"the secret of chain {books.slot.chain}"
    ),
    "the same commitment twice": Breach(
        dropping(
            "chain",
            "chain_commitment_key",
            sql(
                "UPDATE chain SET commitment = (SELECT commitment FROM chain"
                " WHERE id = {slot_chain}) WHERE id = {roulette_chain}"
            ),
        ),
        {"chains", "seeds"},
        lambda books: f"chains {books.slot.chain}, {books.roulette.chain} have the same",
    ),
    "a seed in two chains": Breach(
        share_a_seed,
        {"seeds"},
        lambda books: f"seed 28 of chain {books.slot.chain} is the commitment of chain",
    ),
    "a round that is open and has ended": Breach(
        sql(
            "INSERT INTO open_round SELECT chain, n, game_version, client_seeds, 0, ended_at,"
            " 'infinity' FROM round WHERE {last_slot}"
        ),
        {"seeds", "holds"},
        lambda books: f"round {books.slot.rounds[-1]} is open and has ended",
    ),
    "a seed passed over": Breach(
        sql("UPDATE round SET n = 60 WHERE {last_slot}"),
        {"seeds", "rounds"},
        lambda books: f"chain {books.slot.chain} of length 64 has 8 ended rounds",
    ),
    "a round without a wager": Breach(
        sql("UPDATE round SET n = 60 WHERE {last_slot}"),
        {"seeds", "rounds"},
        lambda books: f"round {books.slot.chain}-60 has no wager",
    ),
    "a wager without a round": Breach(
        sql("DELETE FROM round WHERE {last_slot}"),
        {"rounds"},
        lambda books: f"wager {books.slot.rounds[-1]} has no round",
    ),
    "a request that is gone": Breach(
        sql("DELETE FROM request WHERE session = {slot_session} AND id = 1"),
        {"requests"},
        lambda books: f"wager {books.slot.rounds[0]}: its request 1 of session",
    ),
    "a request that was refused": Breach(
        sql("UPDATE request SET verdict = 1 WHERE session = {slot_session} AND id = 1"),
        {"requests"},
        lambda books: "was refused",
    ),
    "a request without a wager": Breach(
        sql(
            "INSERT INTO request SELECT session, 900, digest, 0, 0, 900, chain, balance, held,"
            " version, at FROM request WHERE session = {slot_session} AND id = 1"
        ),
        {"requests"},
        lambda books: f"request 900 of session {books.slot.session}",
    ),
    "a decision nobody asked for": Breach(
        sql("DELETE FROM request WHERE {decided} AND step = 1"),
        {"requests"},
        lambda books: f"decision 0 of round {books.decided} has 0 accepted requests",
    ),
    "an open bet nobody asked for": Breach(
        sql("DELETE FROM request WHERE {open} AND step = 0"),
        {"requests"},
        lambda books: f"open bet {books.open.round_id} was never accepted",
    ),
    "client seeds of an open round": Breach(
        sql("UPDATE open_round SET client_seeds = '\\x000474657374' WHERE {open}"),
        {"digests"},
        lambda books: f"what round {books.open.round_id} was played with",
    ),
    "client seeds that are no seeds": Breach(
        sql("UPDATE open_round SET client_seeds = '\\x0004' WHERE {open}"),
        {"digests"},
        lambda books: "is not that of the bets or client seed on record",
    ),
    "a decision of an open round": Breach(
        sql("UPDATE round_input SET decision = '\\x80' WHERE {open} AND step = 0"),
        {"digests"},
        lambda books: "is not that of the decision 0 on record",
    ),
    "the digest of a bet": Breach(
        sql("UPDATE request SET digest = 'x' WHERE session = {slot_session} AND id = 1"),
        {"digests"},
        lambda books: f"request 1 of session {books.slot.session} did not ask for",
    ),
    "the digest of a void round's bet": Breach(
        sql("UPDATE request SET digest = 'x' WHERE {voided} AND step = 0"),
        {"digests"},
        lambda books: f"what round {books.voided} was played with",
    ),
    "a chain's table": Breach(
        sql("UPDATE chain SET seating = seating + 1 WHERE id = {roulette_chain}"),
        {"digests"},
        lambda books: f"what round {books.roulette.rounds[0]} was played with",
    ),
    "a chain's player": Breach(
        sql("UPDATE chain SET account = {roulette_id} WHERE id = {slot_chain}"),
        {"owners"},
        lambda books: (
            f"8 wagers on chain {books.slot.chain} are of account {books.slot.account} (cash of"
            f" player {books.slot.player}), the chain is that of account {books.roulette.account}"
        ),
    ),
    "a chain of nobody, with an open bet": Breach(
        sql("UPDATE chain SET account = NULL WHERE id = (SELECT chain FROM hold)"),
        {"owners"},
        lambda books: f"1 open bets on chain {books.open.chain} are of account",
    ),
    "a session's player": Breach(
        sql("UPDATE session SET account = {roulette_id} WHERE id = {slot_session}"),
        {"owners"},
        lambda books: f"their session {books.slot.session} is that of account",
    ),
    "a session that is gone": Breach(
        sql("DELETE FROM session WHERE id = (SELECT session FROM hold)"),
        {"owners"},
        lambda books: f"their session {books.open.session} is nobody's",
    ),
    "the hour's stakes": Breach(
        sql("UPDATE account SET hour_stake = 0 WHERE id = {slot_id}"),
        {"hours"},
        lambda books: f"the hours of account {books.slot.account}",
    ),
    "an hour's payouts": Breach(
        sql(
            "UPDATE account SET hour_stake = 0, hour_payout = 0 WHERE id = {slot_id}",
            "INSERT INTO play_hour SELECT account, 1, sum(stake), sum(payout) + 1, 0 FROM wager"
            " WHERE account = {slot_id} GROUP BY 1",
        ),
        {"hours"},
        lambda books: f"the hours of account {books.slot.account}",
    ),
    "the game of a batch's totals": Breach(
        other_game,
        {"house result"},
        lambda books: ", slot version 1: 9 wagers with stakes",
    ),
    "the game of what was folded": Breach(
        sql(
            "DELETE FROM house_total WHERE game_version = {slot_version}",
            "UPDATE batch_total SET game_version = {roulette_version}"
            " WHERE game_version = {slot_version}",
            *(
                f"UPDATE house_total h SET {part} = (SELECT sum({part}) FROM batch_total t"
                " WHERE t.game_version = h.game_version)"
                for part in ("wagers", "stake", "payout", "stake_squares", "payout_squares")
            ),
        ),
        {"house result"},
        lambda books: ", slot version 1: 8 wagers with stakes",
    ),
    "the totals of a batch": Breach(
        sql("UPDATE batch_total SET payout = payout + 1 WHERE batch = (SELECT max(id) FROM batch"
            " JOIN batch_total ON batch = id WHERE batch.id IN (SELECT batch FROM batch_total))"),
        {"house result"},
        lambda books: "by the totals of batches",
    ),
    "what was folded": Breach(
        sql("UPDATE house_total SET stake = stake + 1"),
        {"house result"},
        lambda books: "as folded",
    ),
}  # fmt: skip
