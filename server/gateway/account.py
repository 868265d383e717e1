"""Answers about a player's own account: balance, history, proofs of rounds."""

from __future__ import annotations

from typing import Any

from protocol.errors import ErrorCode, Refused
from protocol.messages.account import BalanceReply, History, RoundProof, RoundRequest
from protocol.messages.common import Reply
from server.gateway.sessions import Session
from server.gateway.sign_in import SignIn
from server.tables.history import read_history
from server.tables.live.records import LiveRecords
from server.tables.records import Records, parse_round_id

__all__ = ["AccountDesk"]


class AccountDesk:
    """Reads what a session may know of its own account. All methods raise the database's errors."""

    def __init__(
        self, pool: Any, records: Records, live_records: LiveRecords, sign_in: SignIn
    ) -> None:
        self._pool = pool
        self._records = records
        self._live_records = live_records
        self._sign_in = sign_in

    async def balance(self, session: Session) -> Reply:
        """Return the newest balance."""
        session.note_balance(await self._sign_in.balance(session.account))
        return BalanceReply(session.balance)

    async def history(self, session: Session, message: History) -> Reply:
        """Return a page of ended rounds."""
        return await read_history(self._pool, session.account, message.before, message.limit)

    async def proof(self, session: Session, message: RoundRequest) -> Reply:
        """Return the proof of an ended round. Raises Refused for any other."""
        parsed = parse_round_id(message.round)
        record = None if parsed is None else await self._records.ended(*parsed)
        if record is not None and record.account == session.account:
            return RoundProof(record.proof())
        if parsed is not None:
            live = await self._live_records.proof(*parsed, session.account)
            if live is not None:
                return RoundProof(live)
            opened = await self._records.undecided(*parsed)
            if opened is not None and opened.account == session.account:
                raise Refused(ErrorCode.ROUND_UNDECIDED)
        raise Refused(ErrorCode.UNKNOWN_ROUND)
