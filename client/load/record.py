"""The record of a run: one JSON line for each request sent and each reply received.

`croupier audit --record` proves with it that every acknowledged reply is in the ledger exactly once
and identical. So a repeated request is written each time it goes out, and a repeated reply each
time it comes in. Events that move money are written as replies without a request.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import msgspec

from client.http import DemoPlayer
from protocol.codec import MSGPACK
from protocol.messages.account import BalanceChanged, BalanceReply
from protocol.messages.common import Event, Reply, Request
from protocol.messages.failure import Failure
from protocol.messages.live import Acted, RoundResult, RoundVoided
from protocol.messages.rounds import Accepted, Act, Bet, Deal, Played, Spin
from protocol.messages.session import Welcome
from protocol.messages.tables import RoundEnded, Seated

__all__ = ["Line", "PlayerRecord", "Recorder", "minor_units"]

_FLUSH_BYTES: Final = 256 * 1024


class Line(msgspec.Struct, frozen=True):
    """One line. Amounts in minor units; null where a field does not apply."""

    at_ms: int
    """Milliseconds since 1970."""
    direction: str
    """`sent` or `reply`."""
    player: str | None
    session: str | None
    request: int | None
    """The request id; null for a sign-up and for events."""
    type: str
    round: str | None
    stake: int | None
    """On a sent line what the request asks for, on a reply what the reply says."""
    payout: int | None
    balance: int | None
    """Free to stake, as the reply says."""
    code: str | None
    """Of an error reply."""


class _Stake(msgspec.Struct):
    stake: int


class _Bets(msgspec.Struct):
    stake: int = 0
    bets: tuple[_Stake, ...] = ()


_decode_bets = MSGPACK.decoder(_Bets).decode


class Recorder:
    """Writes lines through a buffer; `flush` is called now and then and at the end.

    A file that takes no more is noted in `failure` and ends the run: a record with a hole in it
    would prove nothing.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._buffer = bytearray()
        self._encode_into = msgspec.json.Encoder().encode_into
        self._clock = time.time
        self.lines = 0
        self.failure: OSError | None = None

    def write(
        self,
        direction: str,
        player: str | None,
        session: str | None,
        request: int | None,
        kind: str,
        round_id: str | None = None,
        stake: int | None = None,
        payout: int | None = None,
        balance: int | None = None,
        code: str | None = None,
    ) -> None:
        """Append a line."""
        buffer = self._buffer
        at_ms = int(self._clock() * 1000)
        line = Line(
            at_ms, direction, player, session, request, kind, round_id, stake, payout, balance, code
        )
        self._encode_into(line, buffer, len(buffer))
        buffer += b"\n"
        self.lines += 1
        if len(buffer) >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system."""
        content = bytes(self._buffer)
        self._buffer.clear()
        position = 0
        try:
            while position < len(content) and self.failure is None:
                position += self._file.write(content[position:] if position else content)
        except OSError as error:
            self.failure = error

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        self._file.close()

    def signed_up(self, player: DemoPlayer) -> None:
        """Write a player's opening balance."""
        balance = minor_units(player.balance)
        self.write("reply", player.player, None, None, "demo", balance=balance)


class PlayerRecord:
    """One player's requests and replies; the observer of his client."""

    __slots__ = ("_asked", "_recorder", "act_stake", "player", "session")

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._asked: dict[int, tuple[str | None, int | None]] = {}
        self.player: str | None = None
        self.session: str | None = None
        self.act_stake = 0
        """What the decision about to be sent stakes; set before it is."""

    def sent(self, request_id: int, body: Request) -> None:
        """Write a request; what it stakes is worked out once and kept until the answer."""
        kind: str = body.TYPE
        asked = self._asked.get(request_id)
        if asked is None:
            asked = self._asks(body)
            if asked is not _NOTHING:
                self._asked[request_id] = asked
        self._recorder.write(
            "sent", self.player, self.session, request_id, kind, asked[0], asked[1]
        )

    def received(self, request_id: int | None, body: Reply | Event) -> None:
        """Write a reply, or an event that tells of money."""
        write = self._recorder.write
        if type(body) is Played:
            self._played("played", request_id, body)
            self._asked.pop(request_id or 0, None)
        elif type(body) is Failure:
            round_id, _ = self._asked.get(request_id or 0, _NOTHING)
            write(
                "reply",
                self.player,
                self.session,
                request_id,
                "error",
                round_id,
                code=body.code,
            )
            if body.certainty == "final":
                self._asked.pop(request_id or 0, None)
        elif type(body) is Welcome:
            self._welcomed(request_id, body)
        elif type(body) is RoundEnded:
            self._played("round_ended", None, body.round)
        else:
            self._other(request_id, body)

    def _welcomed(self, request_id: int | None, body: Welcome) -> None:
        if body.session != self.session:
            self._asked.clear()
        self.player, self.session = body.player, body.session
        self._recorder.write(
            "reply",
            body.player,
            body.session,
            request_id,
            "welcome",
            balance=body.balance.amount,
        )
        for table in body.tables:
            for event in table.events:
                if isinstance(event, RoundEnded):
                    self._played("round_ended", None, event.round)

    def _played(self, kind: str, request_id: int | None, played: Played) -> None:
        self._recorder.write(
            "reply",
            self.player,
            self.session,
            request_id,
            kind,
            played.round,
            played.stake,
            played.payout,
            played.balance.amount,
        )

    def _other(self, request_id: int | None, body: Reply | Event) -> None:
        round_id: str | None = None
        stake: int | None = None
        payout: int | None = None
        balance: int | None = None
        if isinstance(body, Accepted | Acted):
            round_id, stake, balance = body.round, body.stake, body.balance.amount
            payout = body.payout if isinstance(body, Acted) else None
            self._asked.pop(request_id or 0, None)
        elif isinstance(body, RoundResult | RoundVoided) and body.balance is not None:
            round_id, balance = body.round, body.balance.amount
            stake = body.stake if isinstance(body, RoundResult) else body.returned
            payout = body.payout if isinstance(body, RoundResult) else body.returned
        elif isinstance(body, BalanceReply | BalanceChanged):
            balance = body.balance.amount
        elif isinstance(body, Seated):
            round_id = None if body.open is None else body.open.round
        elif request_id is None:
            return
        kind: str = body.TYPE
        self._recorder.write(
            "reply", self.player, self.session, request_id, kind, round_id, stake, payout, balance
        )

    def _asks(self, body: Any) -> tuple[str | None, int | None]:
        """Return the round that a request names and what it stakes."""
        if isinstance(body, Spin | Deal | Bet):
            bets = _decode_bets(body.bets)
            return body.round, bets.stake + sum([bet.stake for bet in bets.bets])
        if isinstance(body, Act):
            return body.round, self.act_stake
        return _NOTHING


_NOTHING: Final[tuple[None, None]] = (None, None)


def minor_units(balance: str | int) -> int | None:
    """Return an amount in minor units; as text it is in major units with all its decimals."""
    if isinstance(balance, int):
        return balance
    digits = balance.replace(".", "", 1)
    return int(digits) if digits.isdecimal() else None
