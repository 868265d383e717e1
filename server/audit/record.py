"""The ledger against what players saw: a load test's record.

Every acknowledged reply is in the ledger exactly once and identical; what was refused is not; and
nobody's money differs from what he asked for. A request without an answer may have been taken or
not, so the ledger may know more than the record, but only what was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from server.audit.findings import Findings, Report
from server.audit.reader import Reader
from server.audit.record_lines import Asked, PlayerLog, Reply, read_record
from server.audit.scene import round_id
from server.tables.live.requests import is_cash_out

__all__ = ["check_record"]

_REQUESTS_AT_ONCE: Final = 50_000

_WAGER: Final = (
    "w.chain, w.n, w.seat, w.account, w.session, w.request, w.stake, w.payout,"
    " coalesce(r.steps, 0), r.void_cause IS NOT NULL OR w.seat > 0 AND w.stake = 0"
)

Key = tuple[int, int]
"""Chain and n, or session and request id."""
PlayerKey = tuple[int, int, int]


class _Bet(NamedTuple):
    """A wager, or a bet on hold; `payout` is None while the round is open."""

    chain: int
    n: int
    seat: int
    """0 at a private table. At a live one every bet is an input of the round, and so is what stood
    before a roll of craps; what such a roll does not decide is of no bet of its own."""
    account: int
    session: int
    request: int
    stake: int
    payout: int | None
    steps: int
    void: bool


class _Decision(NamedTuple):
    step: int
    stake: int
    platform: bool
    pays: bool
    """Whether it paid its seat at once: a cash-out."""


class _Request(NamedTuple):
    verdict: int
    chain: int
    n: int
    step: int
    balance: int


@dataclass(slots=True)
class _Books:
    """What the ledger has of some players, as of one moment."""

    balances: Counter[int] = field(default_factory=Counter)
    """By player; a player without an account is not in it."""
    bets: dict[int, list[_Bet]] = field(default_factory=dict)
    """By player."""
    by_round: dict[PlayerKey, _Bet] = field(default_factory=dict)
    """By player, chain and n."""
    times: Counter[Key] = field(default_factory=Counter)
    """How many bets name a session and request."""
    decisions: dict[int, dict[Key, list[_Decision]]] = field(default_factory=dict)
    """By player, then by chain and n: decisions, and at live tables bets."""
    requests: dict[Key, _Request] = field(default_factory=dict)
    deciders: dict[tuple[int, int, int], Key] = field(default_factory=dict)
    """The request behind a decision, by chain, n and step."""

    def taken(self, player: int, chain: int, n: int) -> list[_Decision]:
        """Return the decisions of a round; at a live table all that the seat put in."""
        return self.decisions.get(player, {}).get((chain, n), [])

    def first_stake(self, player: int, bet: _Bet) -> int | None:
        """Return what was staked before any decision; unknown once a round is void."""
        if bet.seat:
            return 0
        if bet.void:
            return None
        return bet.stake - sum(each.stake for each in self.taken(player, bet.chain, bet.n))

    def stake_at(self, player: int, request: _Request) -> int | None:
        """Return what was staked on its round once a request was accepted."""
        bet = self.by_round.get((player, request.chain, request.n))
        first = 0 if bet is None else self.first_stake(player, bet)
        if first is None:
            return None
        taken = self.taken(player, request.chain, request.n)
        return first + sum(each.stake for each in taken if each.step < request.step)


async def check_record(reader: Reader, path: Path, report: Report) -> None:
    """Compare a record with the ledger. The load test must have ended. Raises RecordUnreadable."""
    replies = report.check("record replies", "Every acknowledged reply is in the ledger, once.")
    refusals = report.check("record refusals", "Nothing that was refused is in the ledger.")
    money = report.check("record money", "No player's money differs from what he asked for.")
    for players in read_record(path):
        for some in _portions(players):
            books = await _read_books(reader, some)
            for player, log in some.items():
                _check_replies(player, log, books, replies)
                _check_refusals(player, log, books, refusals)
                _check_money(player, log, books, money)
            reader.progress(replies.name, replies.looked_at)


def _portions(players: dict[int, PlayerLog]) -> Iterator[dict[int, PlayerLog]]:
    some: dict[int, PlayerLog] = {}
    weight = 0
    for player, log in players.items():
        some[player] = log
        weight += len(log.asked) + 1
        if weight >= _REQUESTS_AT_ONCE:
            yield some
            some, weight = {}, 0
    if some:
        yield some


async def _read_books(reader: Reader, players: dict[int, PlayerLog]) -> _Books:
    """Read what the ledger has of these players, all as of one moment."""
    sessions = {session for log in players.values() for session, _ in log.asked}
    async with reader.moment():
        accounts = await reader.fetch(
            "SELECT a.id, p.player, a.balance FROM unnest($1::bigint[]) AS p (player)"
            " JOIN account a ON a.id >= p.player << 19 AND a.id < (p.player + 1) << 19"
            " WHERE a.kind = 1",
            list(players),
        )
        ids = [row["id"] for row in accounts]
        wagers = await reader.fetch(
            f"SELECT {_WAGER} FROM unnest($1::bigint[]) AS a (id)"  # noqa: S608 - of constants
            " JOIN chain c ON c.account = a.id"
            " JOIN wager w ON w.chain = c.id AND w.account = a.id"
            " LEFT JOIN round r ON r.chain = w.chain AND r.n = w.n"
            f" UNION ALL SELECT {_WAGER} FROM unnest($1::bigint[]) AS a (id)"
            " JOIN wager w ON w.account = a.id AND w.seat > 0"
            " LEFT JOIN round r ON r.chain = w.chain AND r.n = w.n",
            ids,
        )
        holds = await reader.fetch(
            "SELECT h.chain, h.n, h.seat, h.account, h.session, h.request, h.amount, NULL::bigint,"
            " coalesce(o.step, 0), false"
            " FROM hold h LEFT JOIN open_round o ON o.chain = h.chain AND o.n = h.n"
            " WHERE h.account = ANY ($1)",
            ids,
        )
        decisions = await reader.fetch(
            "SELECT a.id, i.chain, i.n, i.step, i.stake, i.platform, NULL::bytea AS decision"
            " FROM unnest($1::bigint[]) AS a (id) JOIN chain c ON c.account = a.id"
            " JOIN round_input i ON i.chain = c.id"
            " UNION ALL SELECT a.id, i.chain, i.n, i.step, i.stake, i.platform, i.decision"
            " FROM unnest($1::bigint[]) AS a (id) CROSS JOIN LATERAL ("
            " SELECT w.chain, w.n, w.seat FROM wager w WHERE w.account = a.id AND w.seat > 0"
            " UNION SELECT h.chain, h.n, h.seat FROM hold h"
            " WHERE h.account = a.id AND h.seat > 0"
            " UNION SELECT q.chain, q.n, x.seat FROM session s"
            " JOIN request q ON q.session = s.id AND q.verdict = 0 AND q.step > 0"
            " JOIN round_input x ON x.chain = q.chain AND x.n = q.n AND x.step = q.step - 1"
            " WHERE s.id = ANY ($2) AND s.account = a.id AND x.seat > 0) AS b"
            " JOIN round_input i ON i.chain = b.chain AND i.n = b.n AND i.seat = b.seat"
            " ORDER BY chain, n, step",
            ids,
            list(sessions),
        )
        requests = await reader.fetch(
            "SELECT session, id, verdict, chain, n, step, balance FROM request"
            " WHERE session = ANY ($1)",
            list(sessions),
        )
    return _arrange(accounts, [*wagers, *holds], decisions, requests)


def _arrange(accounts: Any, bets: Any, decisions: Any, requests: Any) -> _Books:
    books = _Books()
    players = {}
    for account, player, balance in accounts:
        players[account] = player
        books.balances[player] += balance or 0
    for row in bets:
        bet = _Bet(*row)
        books.bets.setdefault(players[bet.account], []).append(bet)
        books.by_round[players[bet.account], bet.chain, bet.n] = bet
        books.times[bet.session, bet.request] += 1
    for account, chain, n, step, stake, platform, decision in decisions:
        rounds = books.decisions.setdefault(players[account], {})
        rounds.setdefault((chain, n), []).append(
            _Decision(step, stake, platform, decision is not None and is_cash_out(decision))
        )
    for session, number, *rest in requests:
        request = books.requests[session, number] = _Request(*rest)
        if request.verdict == 0 and request.step > 0:
            books.deciders[request.chain, request.n, request.step - 1] = (session, number)
    return books


def _check_replies(player: int, log: PlayerLog, books: _Books, findings: Findings) -> None:
    """Look for every acknowledged reply in the ledger."""
    for key, asked in log.asked.items():
        for reply in asked.replies:
            findings.looked_at += 1
            wrong = _reply_differs(player, key, reply, books)
            if wrong:
                findings.breach(
                    f"player {player}, session {key[0]}, request {key[1]}, round {reply.round}:"
                    f" {wrong}"
                )
    for reply in log.ended:
        findings.looked_at += 1
        bet = books.by_round.get((player, *_round(reply.round)))
        if bet is None or bet.payout is None:
            findings.breach(f"player {player} was told that {reply.round} ended; it has not")
        elif not bet.void and (bet.stake, bet.payout) != (reply.stake, reply.payout):
            findings.breach(
                f"player {player} was told stake {reply.stake} and payout {reply.payout} of"
                f" {reply.round}, the ledger has {bet.stake} and {bet.payout}"
            )


def _reply_differs(player: int, key: Key, reply: Reply, books: _Books) -> str:
    """Return how a reply differs from the ledger, or an empty text."""
    request = books.requests.get(key)
    if request is None or request.verdict != 0:
        return "acknowledged, and not in the ledger"
    bet = books.by_round.get((player, request.chain, request.n))
    taken = books.taken(player, request.chain, request.n)
    if round_id(request.chain, request.n) != reply.round or (bet is None and not taken):
        return f"acknowledged, and the ledger has it as {round_id(request.chain, request.n)}"
    if request.step == 0 and books.times[key] != 1:
        return f"acknowledged once, and {books.times[key]} times in the ledger"
    last = next((each for each in taken if each.step == request.step - 1), None)
    if request.step and last is None:
        return "acknowledged, and the decision is not in the ledger"
    stake = books.stake_at(player, request)
    payout = None
    if bet is not None:
        ended = bet.payout is not None and not bet.void and bet.steps == request.step
        if bet.seat:  # where many sit, only a cash-out is paid with its answer
            ended = last is not None and last.pays
        payout = bet.payout if ended else None
    told = (reply.stake if stake is not None else None, reply.payout, reply.balance)
    if told != (stake, payout, request.balance):
        return (
            f"the player was told stake {reply.stake}, payout {reply.payout} and balance"
            f" {reply.balance}, the ledger has {stake}, {payout} and {request.balance}"
        )
    return ""


def _check_refusals(player: int, log: PlayerLog, books: _Books, findings: Findings) -> None:
    """Make sure that what was certainly not executed is not in the ledger."""
    for key, asked in log.asked.items():
        if not asked.certainly_not_executed:
            continue
        findings.looked_at += 1
        request = books.requests.get(key)
        if books.times[key] or (request is not None and request.verdict == 0):
            findings.breach(
                f"player {player}, session {key[0]}, request {key[1]} was refused"
                f" ({asked.refused or 'certainly not executed'}) and is in the ledger"
            )


def _check_money(player: int, log: PlayerLog, books: _Books, findings: Findings) -> None:
    """Explain every bet by a request and the balance by the bets."""
    findings.looked_at += 1
    balance = books.balances.get(player)
    if balance is None:
        findings.breach(f"player {player} has no account in this ledger")
        return
    bets = books.bets.get(player, [])
    for bet in bets:
        name = f"player {player}: wager {round_id(bet.chain, bet.n)}"
        asked = log.asked.get((bet.session, bet.request))
        # At a live table each bet is looked at as a decision is, below.
        first = None if bet.seat else books.first_stake(player, bet)
        # Bets that stood from an earlier roll were asked for there.
        stood = any(each.platform and each.stake for each in books.taken(player, bet.chain, bet.n))
        why = _unexplained(bet, asked, first, stood=stood)
        if why:
            findings.breach(f"{name} {why}")
    for (chain, n), taken in books.decisions.get(player, {}).items():
        for decision in taken:
            if decision.platform:
                continue
            decider = books.deciders.get((chain, n, decision.step))
            said = None if decider is None else log.asked.get(decider)
            if said is None or not said.sent or said.stake not in (None, decision.stake):
                findings.breach(
                    f"player {player}: wager {round_id(chain, n)} has a decision {decision.step}"
                    f" of stake {decision.stake} that the player did not send"
                )
    if log.opening is None:
        findings.breach(f"player {player}: the record does not tell what he began with")
        return
    explained = log.opening + sum((bet.payout or 0) - bet.stake for bet in bets)
    if explained != balance:
        findings.breach(
            f"player {player} has {balance}, the record explains {explained}: {log.opening} at"
            f" sign-up and {len(bets)} bet{'' if len(bets) == 1 else 's'}"
        )


def _unexplained(bet: _Bet, asked: Asked | None, first: int | None, *, stood: bool) -> str:
    """Return why no request explains a bet, or an empty text."""
    if asked is None or not asked.sent:
        return f"of stake {bet.stake} was never asked for"
    if asked.round != round_id(bet.chain, bet.n) and not stood:
        return f"was asked for as {asked.round}"
    if first is not None and asked.stake is not None and asked.stake != first:
        return f"was asked for with stake {asked.stake}, not {first}"
    return ""


def _round(text: str) -> Key:
    chain, _, n = text.partition("-")
    return (int(chain), int(n)) if chain.isdigit() and n.isdigit() else (0, 0)
