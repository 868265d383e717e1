"""Rounds of live tables read back from the record, as one seat may know them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from games.live import LiveRules, Style, live_rules
from games.live.rising import resolved
from protocol.errors import Refused
from protocol.messages.common import Balance, Reply
from protocol.messages.live import Acted
from protocol.messages.rounds import Accepted
from server.fairness.chains import SeedChain
from server.fairness.framing import unframe_client_seeds
from server.fairness.proof import build_proof
from server.ledger.items import REFUSALS, Verdict
from server.tables.live.requests import CashOutDecision
from server.tables.live.standing import put_together
from server.tables.records import Records

__all__ = ["LiveRecords"]

_encode: Final = msgspec.msgpack.Encoder().encode
_IS_LIVE: Final = "SELECT account IS NULL FROM chain WHERE id = $1"
_SEAT: Final = """
    SELECT seat, amount AS stake, NULL::bigint AS payout FROM hold
    WHERE chain = $1 AND n = $2 AND account = $3
    UNION ALL SELECT seat, stake, payout FROM wager WHERE chain = $1 AND n = $2 AND account = $3
"""
_SEAT_OF_INPUT: Final = """
    SELECT seat, NULL::bigint AS payout FROM round_input WHERE chain = $1 AND n = $2 AND step = $3
"""
_STAKED: Final = """
    SELECT coalesce(sum(stake), 0)::bigint FROM round_input
    WHERE chain = $1 AND n = $2 AND seat = $3 AND step < $4
"""
_ROUND: Final = """
    SELECT r.client_seeds, r.void_cause, r.accepted, r.seats, c.secret, c.key_id, c.length,
        c.commitment, c.seating, v.game, v.version
    FROM round r JOIN chain c ON c.id = r.chain JOIN game_version v ON v.id = r.game_version
    WHERE r.chain = $1 AND r.n = $2 AND r.table_id IS NOT NULL
"""
_WAGERS: Final = """
    SELECT seat, account, stake, payout, bets FROM wager WHERE chain = $1 AND n = $2 ORDER BY seat
"""
_DECISIONS: Final = """
    SELECT step, seat, decision, platform FROM round_input
    WHERE chain = $1 AND n = $2 AND step >= $3 ORDER BY step
"""
_BETS: Final = """
    SELECT seat, decision, stake, platform FROM round_input
    WHERE chain = $1 AND n = $2 AND step < $3 ORDER BY step
"""
# A bet that a round leaves standing is settled, or on hold, in a later round of the table.
_WHOSE: Final = """
    SELECT account FROM (
        (SELECT w.chain, w.n, w.account FROM round r
        JOIN wager w ON w.chain = r.chain AND w.n = r.n AND w.seat = $4
        WHERE r.table_id = $1 AND (r.chain, r.n) >= ($2, $3)
        ORDER BY r.chain, r.n LIMIT 1)
        UNION ALL SELECT l.chain, l.n, h.account FROM live_round l
        JOIN hold h ON h.chain = l.chain AND h.n = l.n AND h.seat = $4
        WHERE l.table_id = $1 AND (l.chain, l.n) >= ($2, $3)
    ) AS found ORDER BY chain, n LIMIT 1
"""


class LiveRecords:
    """Reads rounds of live tables. `pool` has the application's rights."""

    def __init__(self, pool: Any, records: Records) -> None:
        self._pool = pool
        self._records = records

    async def is_live(self, chain: int) -> bool:
        """Whether a chain belongs to a live table."""
        return bool(await self._pool.fetchval(_IS_LIVE, chain))

    async def answer(self, row: Any, account: int) -> Reply:
        """Build the answer of a recorded request. Raises Refused for a recorded refusal."""
        if row["verdict"] != Verdict.ACCEPTED:
            raise Refused(REFUSALS[row["verdict"]])
        chain, n, step = row["chain"], row["n"], row["step"]
        seat = await self._pool.fetchrow(_SEAT, chain, n, account)
        seating = await self._pool.fetchval("SELECT seating FROM chain WHERE id = $1", chain)
        if seat is None:  # its bets stand in a later round
            seat = await self._pool.fetchrow(_SEAT_OF_INPUT, chain, n, step - 1)
        if seat is None:
            message = "the round of an accepted request is not on record"
            raise LookupError(message)
        staked = await self._pool.fetchval(_STAKED, chain, n, seat["seat"], step)
        balance = Balance(row["balance"], row["held"], row["version"])
        accepted = await self._pool.fetchval(
            "SELECT accepted FROM live_round WHERE chain = $1 AND n = $2 UNION ALL"
            " SELECT accepted FROM round WHERE chain = $1 AND n = $2",
            chain,
            n,
        )
        place = {"table": str(seating), "round": f"{chain}-{n}"}
        if step <= accepted:
            return Accepted(**place, seat=seat["seat"], stake=staked, balance=balance)
        decision = await self._pool.fetchval(
            "SELECT decision FROM round_input WHERE chain = $1 AND n = $2 AND step = $3",
            chain,
            n,
            step - 1,
        )
        at_ms = msgspec.msgpack.decode(decision).get("at_ms")
        return Acted(
            **place,
            step=step,
            stake=staked,
            payout=None if at_ms is None else seat["payout"],
            at_ms=at_ms,
            balance=balance,
        )

    async def proof(self, chain: int, n: int, account: int) -> dict[str, Any] | None:
        """Return the proof of an ended round for the seat of an account, None if it had none."""
        row = await self._pool.fetchrow(_ROUND, chain, n)
        if row is None:
            return None
        game = self._records.game(row["game"], row["version"])
        rules = live_rules(game)
        if rules is None:
            message = f"{game.name} is no game for a live table of this program"
            raise LookupError(message)
        wagers = await self._pool.fetch(_WAGERS, chain, n)
        mine: Any = next((w for w in wagers if w["account"] == account), None)
        if mine is None and rules.style is Style.ROLLS:
            mine = await self._stood(rules, chain, n, account, row, wagers)
        if mine is None:
            return None
        secret = self._records.vault.open(chain, row["secret"], row["key_id"])
        inputs = await self._pool.fetch(_DECISIONS, chain, n, row["accepted"])
        voided = row["void_cause"] is not None
        played: _Played = ((mine["bets"],), [], 0)
        if rules.style is not Style.ROLLS:
            played = _as_played(rules, wagers, inputs, mine["seat"])
        bets, decisions, seat = played
        return build_proof(
            game=rules.game,
            chain=chain,
            n=n,
            commitment=row["commitment"],
            seed=SeedChain(secret, row["length"]).seed(n),
            client_seeds=unframe_client_seeds(row["client_seeds"]),
            bets=bets,
            decisions=decisions,
            stake=mine["stake"],
            payout=mine["payout"],
            voided=voided,
            seat=seat,
        )

    async def _stood(
        self, rules: LiveRules, chain: int, n: int, account: int, row: Any, wagers: Any
    ) -> dict[str, Any] | None:
        """Return the seat of an account whose bets the round has left standing, all of them."""
        inputs = await self._pool.fetch(_BETS, chain, n, row["accepted"])
        settled = {wager["seat"] for wager in wagers}
        for seat, bets in put_together(rules, inputs).bets.items():
            if seat in settled:
                continue
            if account == await self._pool.fetchval(_WHOSE, row["seating"], chain, n, seat):
                return {"seat": seat, "stake": 0, "payout": 0, "bets": _encode(bets)}
        return None


_Played = tuple[tuple[bytes, ...], list[tuple[int, bytes, bool]], int]


def _as_played(rules: LiveRules, wagers: Any, inputs: Any, seat: int) -> _Played:
    """Return bets, decisions and seat (from 0) with which the game replays a seat's round."""
    mine = next(w for w in wagers if w["seat"] == seat)
    if rules.style is Style.TURNS:
        places = {w["seat"]: index for index, w in enumerate(wagers)}
        taken = [(places[i["seat"]], i["decision"], i["platform"]) for i in inputs]
        return tuple(w["bets"] for w in wagers), taken, places[seat]
    if rules.style is Style.RISING:
        at_ms = None
        for entry in inputs:
            if entry["seat"] == seat:
                at_ms = msgspec.msgpack.decode(entry["decision"], type=CashOutDecision).at_ms
        bets = msgspec.msgpack.decode(mine["bets"], type=rules.game.bets_type)
        return (_encode(resolved(bets, at_ms)),), [], 0
    return (mine["bets"],), [], 0
