"""Finished rounds of private tables for operators: played again, and compared with the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from protocol.schema.console_tables import ReplayStep, RoundReplay
from server.tables.records import Records, RoundRecord, parse_round_id

__all__ = ["Replays"]

_CURRENCY: Final = """
    SELECT a.currency, c.exponent FROM account a JOIN currency c ON c.code = a.currency
    WHERE a.id = $1
"""
_STAKE: Final = "stake"


class Replays:
    """Plays finished rounds again. An open one is never touched: it would tell its outcome."""

    def __init__(self, pool: Any, records: Records) -> None:
        self._pool = pool
        self._records = records

    async def of(self, round_id: str) -> RoundReplay | None:
        """Return a round's replay; None where there is no such round, or it has not ended."""
        parsed = parse_round_id(round_id)
        if parsed is None:
            return None
        try:
            record = await self._records.ended(*parsed)
        except LookupError:  # of a version that this program does not have
            return None
        if record is None:
            return None
        money = await self._pool.fetchrow(_CURRENCY, record.account)
        voided = record.void_cause is not None
        state = None if voided else record.state()
        paid = None if state is None else state.payouts[0]
        proof = record.proof()
        result = "" if voided else _summary(proof["outcome"])
        return RoundReplay(
            round=round_id,
            game=record.game.name,
            title=record.game.describe().title,
            currency=money["currency"],
            exponent=money["exponent"],
            result=result,
            staked=record.stake,
            paid=record.payout,
            void_cause=record.void_cause,
            agrees=voided or paid == record.payout,
            steps=(*_steps(record, proof), _last(record, result, paid)),
            proof=proof,
        )


def _steps(record: RoundRecord, proof: dict[str, Any]) -> Iterator[ReplayStep]:
    for seat, bets in enumerate(proof["bets"]):
        several = bets.get("bets")
        for bet in several if isinstance(several, list) else [bets]:
            told = {name: value for name, value in bet.items() if name != _STAKE}
            stake = bet.get(_STAKE)
            amount = stake if isinstance(stake, int) else None
            yield ReplayStep(kind="bet", text=_text(told) or "stake", seat=seat, amount=amount)
    for step, entry in zip(proof["decisions"], record.inputs, strict=True):
        yield ReplayStep(
            kind="decision",
            text=_text(step["decision"]),
            seat=step["seat"],
            amount=entry.stake or None,
            by_house=step["platform"],
        )


def _last(record: RoundRecord, result: str, paid: int | None) -> ReplayStep:
    if record.void_cause is not None:
        return ReplayStep(kind="void", text=record.void_cause)
    return ReplayStep(kind="result", text=result, amount=paid)


def _summary(outcome: Any) -> str:
    found = outcome.get("summary") if isinstance(outcome, dict) else None
    return found if isinstance(found, str) else _text(outcome)


def _text(value: Any) -> str:
    """Return a map's values for reading: `action: hit` is told as `hit`."""
    if isinstance(value, dict):
        parts = (
            _text(each) if name in ("action", "bet") else f"{name} {_text(each)}"
            for name, each in value.items()
            if each is not None
        )
        return ", ".join(parts)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
