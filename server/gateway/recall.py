"""What the record knows of requests: the answer of one that was decided before.

It is not stored but replayed: the record has verdict, round, step and balance, and the inputs of
the round give the rest.
"""

from __future__ import annotations

from typing import Any, Final

from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Reply
from protocol.messages.rounds import Act, Bet, Deal, Spin
from server.gateway.sessions import Session, recorded_answer
from server.ledger.items import REFUSALS, Verdict
from server.tables.directory import Directory
from server.tables.live.records import LiveRecords
from server.tables.live.requests import has_live_digest
from server.tables.records import Records
from server.tables.table import Overtaken, has_digest

__all__ = ["Recall"]

_REQUEST: Final = "SELECT * FROM request WHERE session = $1 AND id = $2"
_REFUSE: Final = "SELECT request_refuse($1, $2, $3, $4, $5, $6, $7, $8)"


class Recall:
    """Answers requests from the record. All methods raise the database's errors."""

    def __init__(
        self, pool: Any, directory: Directory, records: Records, live_records: LiveRecords
    ) -> None:
        self._pool = pool
        self._directory = directory
        self._records = records
        self._live_records = live_records

    async def known(
        self, session: Session, request_id: int, message: Spin | Deal | Act | Bet, codec: Codec
    ) -> Reply | None:
        """Return the recorded answer of a request, None if there is none.

        Raises Refused: what is on record is a refusal, or another request had this id.
        """
        row = await self._pool.fetchrow(_REQUEST, session.id, request_id)
        if row is None:
            return None
        if await self._live_records.is_live(row["chain"]):
            game = await self._directory.game_of(row["chain"])
            if game is None or not has_live_digest(message, row["digest"], game, codec):
                raise Refused(ErrorCode.REQUEST_ID_REUSED)
            return await self._live_records.answer(row, session.account)
        record = await self._record(row)
        game = record.game if record else await self._directory.game_of(row["chain"])
        if (
            game is None
            or isinstance(message, Bet)
            or not has_digest(message, row["digest"], game, codec)
        ):
            raise Refused(ErrorCode.REQUEST_ID_REUSED)
        return self._answer(session, row, record)

    async def decided(self, session: Session, request_id: int, digest: bytes) -> Reply:
        """Return the answer of a request that the settling call found on record. Raises Refused."""
        row = await self._pool.fetchrow(_REQUEST, session.id, request_id)
        if row is None or row["digest"] != digest:
            raise Refused(ErrorCode.REQUEST_ID_REUSED)
        if await self._live_records.is_live(row["chain"]):
            return await self._live_records.answer(row, session.account)
        record = await self._record(row)
        # The table is behind the record: only when it has caught up can it say what is next.
        await self._directory.load(session.account)
        return self._answer(session, row, record)

    async def refuse(self, session: Session, request_id: int, overtaken: Overtaken) -> None:
        """Put a refusal on record, so that it stays when its table has moved on."""
        await self._pool.execute(
            _REFUSE,
            session.id,
            request_id,
            overtaken.digest,
            int(overtaken.verdict),
            session.account,
            overtaken.chain,
            overtaken.n,
            overtaken.step,
        )

    async def _record(self, row: Any) -> Any:
        """Return the round of a recorded request, ended or open."""
        place = row["chain"], row["n"]
        return await self._records.ended(*place) or await self._records.undecided(*place)

    def _answer(self, session: Session, row: Any, record: Any) -> Reply:
        if row["verdict"] != Verdict.ACCEPTED:
            raise Refused(REFUSALS[row["verdict"]])
        if record is None:
            message = "the round of an accepted request is not on record"
            raise LookupError(message)
        table = self._directory.find(session.account, str(record.seating))
        return recorded_answer(row, record, table)
