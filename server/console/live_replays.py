"""Finished rounds of live tables for operators: played again, and compared with the record."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from games.live import LiveRules, Style, live_rules
from protocol.schema.console_tables import ReplayStep, RoundReplay
from server.fairness.chains import SeedChain
from server.fairness.framing import unframe_client_seeds
from server.tables.live.round import LiveRound
from server.tables.live.standing import NO_SEAT, read_stage
from server.tables.records import Records, parse_round_id

__all__ = ["LiveReplays"]

_ROUND: Final = """
    SELECT r.client_seeds, r.seats, r.accepted, r.void_cause, c.secret, c.key_id, c.length,
        v.game, v.version, t.title, t.currency, m.exponent
    FROM round r
    JOIN chain c ON c.id = r.chain
    JOIN game_version v ON v.id = r.game_version
    JOIN live_table t ON t.id = r.table_id
    JOIN currency m ON m.code = t.currency
    WHERE r.chain = $1 AND r.n = $2
"""
_WAGERS: Final = """
    SELECT seat, account, stake, payout, bets FROM wager WHERE chain = $1 AND n = $2 ORDER BY seat
"""
_INPUTS: Final = """
    SELECT step, seat, decision, stake, platform FROM round_input
    WHERE chain = $1 AND n = $2 ORDER BY step
"""


class LiveReplays:
    """Plays finished rounds again; an open one is never touched."""

    def __init__(self, pool: Any, records: Records) -> None:
        self._pool = pool
        self._records = records

    async def of(self, round_id: str) -> RoundReplay | None:
        """Return a round's replay; None where there is no such round, or it has not ended."""
        place = parse_round_id(round_id)
        row = None if place is None else await self._pool.fetchrow(_ROUND, *place)
        if row is None or place is None:
            return None
        try:
            rules = live_rules(self._records.game(row["game"], row["version"]))
        except LookupError:  # of a version that this program does not have
            return None
        if rules is None:
            return None
        wagers = await self._pool.fetch(_WAGERS, *place)
        inputs = await self._pool.fetch(_INPUTS, *place)
        secret = self._records.vault.open(place[0], row["secret"], row["key_id"])
        seeds = tuple(zip(row["seats"], unframe_client_seeds(row["client_seeds"]), strict=True))
        seed = SeedChain(secret, row["length"]).seed(place[1])
        round_ = LiveRound(rules, *place, seed, seeds)
        voided = row["void_cause"] is not None
        result, agrees = ("", True) if voided else _played(rules, round_, wagers, inputs, row)
        return RoundReplay(
            round=round_id,
            game=row["game"],
            title=row["title"],
            currency=row["currency"],
            exponent=row["exponent"],
            result=result,
            staked=sum(wager["stake"] for wager in wagers),
            paid=sum(wager["payout"] for wager in wagers),
            void_cause=row["void_cause"],
            agrees=agrees,
            steps=(
                *(_step(entry, row["accepted"]) for entry in inputs),
                _last(row, result, sum(wager["payout"] for wager in wagers)),
            ),
        )


def _played(
    rules: LiveRules, round_: LiveRound, wagers: Any, inputs: Any, row: Any
) -> tuple[str, bool]:
    """Play a round again; returns its result, and whether it pays what was paid."""
    for wager in wagers:
        placed = round_.at_seat(wager["seat"], wager["account"])
        placed.bets = msgspec.msgpack.decode(wager["bets"], type=rules.game.bets_type)
        placed.stake = wager["stake"]
    if inputs and inputs[0]["seat"] == NO_SEAT:
        round_.stage = read_stage(inputs[0]["decision"])
    round_.close()
    if rules.style is Style.TURNS and not round_.bettors:
        return "", True
    round_.derive()
    for entry in inputs[row["accepted"] :]:
        round_.take_recorded(entry["seat"], entry["decision"])
    agrees = all(round_.payout(wager["seat"]) == wager["payout"] for wager in wagers)
    return rules.summary(round_.finished_state()), agrees


def _step(entry: Any, accepted: int) -> ReplayStep:
    said = msgspec.msgpack.decode(entry["decision"])
    if entry["seat"] == NO_SEAT:
        text = ", ".join(f"{name} {value}" for name, value in said.items())
        return ReplayStep(kind="stands", text=text)
    if entry["step"] < accepted:
        chips = said.get("bets")
        names = ", ".join(str(chip["bet"]) for chip in chips) if chips else "stake"
        kind = "stands" if entry["platform"] else "bet"
        return ReplayStep(kind=kind, text=names, seat=entry["seat"], amount=entry["stake"])
    text = str(said.get("action", ""))
    if "at_ms" in said:
        text = f"{text} at {said['at_ms'] / 1000:.3f} s"
    return ReplayStep(
        kind="decision",
        text=text,
        seat=entry["seat"],
        amount=entry["stake"] or None,
        by_house=entry["platform"],
    )


def _last(row: Any, result: str, paid: int) -> ReplayStep:
    if row["void_cause"] is not None:
        return ReplayStep(kind="void", text=row["void_cause"])
    return ReplayStep(kind="result", text=result, amount=paid)
