"""Money requests at live tables: what they say, and what tells one from another."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from games.chips import Chips
from games.game import AnyGame
from games.live import Style, live_rules
from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Request
from protocol.messages.rounds import Act, Bet
from server.tables.digests import act_digest, bet_digest
from server.tables.table import read_decision

__all__ = [
    "CASH_OUT",
    "CashOutDecision",
    "cash_out_digest",
    "has_live_digest",
    "is_cash_out",
    "live_digest",
    "read_live",
]

_encode: Final = msgspec.msgpack.Encoder().encode
CASH_OUT: Final = "cash-out"


class CashOutDecision(msgspec.Struct, frozen=True, omit_defaults=True):
    """`{"action": "cash-out"}`: out of a rising round now. The table stamps the time."""

    action: str
    at_ms: int = 0
    """Milliseconds of the round, as recorded; what a client says here counts for nothing."""


_CASHED_OUT: Final = _encode(CashOutDecision(CASH_OUT))


def is_cash_out(data: bytes) -> bool:
    """Whether a recorded input is a cash-out."""
    try:
        return msgspec.msgpack.decode(data, type=CashOutDecision).action == CASH_OUT
    except msgspec.MsgspecError:
        return False


def live_digest(message: Bet | Act, data: bytes) -> bytes:
    """Return the digest of a money request; `data` is its game data as canonical MessagePack."""
    if isinstance(message, Bet):
        return bet_digest(message.TYPE, message.table, message.round, b"", data)
    if data == _CASHED_OUT:
        return cash_out_digest(message.table, message.round)
    return act_digest(message.table, message.round, message.step, data)


def cash_out_digest(table: str, round_id: str) -> bytes:
    """Return the digest of a cash-out: it is for no step, and the table stamps its time."""
    return act_digest(table, round_id, 0, _CASHED_OUT)


def read_live(message: Bet | Act, game: Any, style: Style, codec: Codec) -> Any:
    """Decode the game data of a money request. Raises Refused."""
    if isinstance(message, Bet):
        # A seat's bets at a table of rolls are more than what is asked for: they may stand longer.
        kind = Chips if style is Style.ROLLS else game.bets_type
        return codec.game_data(message.bets, kind)
    if style is Style.RISING:
        try:
            decision = codec.game_data(message.decision, CashOutDecision)
        except Refused:
            raise Refused(ErrorCode.DECISION_FORBIDDEN) from None
        if decision.action != CASH_OUT:
            raise Refused(ErrorCode.DECISION_FORBIDDEN)
        return CashOutDecision(CASH_OUT)
    return read_decision(message, game, codec)


def has_live_digest(message: Request, digest: bytes, game: AnyGame, codec: Codec) -> bool:
    """Whether a request that came under a known id is the one that has this digest."""
    rules = live_rules(game)
    if rules is None or not isinstance(message, Bet | Act):
        return False
    try:
        data = _encode(read_live(message, game, rules.style, codec))
    except Refused:
        return False
    return live_digest(message, data) == digest
