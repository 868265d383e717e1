"""Tickets and tokens: who is calling. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any, Final

import structlog

from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance
from protocol.messages.session import ConnectionLimits, Hello, Resume, TableState, Welcome
from server.database.errors import DATABASE_ERRORS
from server.gateway.sessions import Session

log = structlog.get_logger(__name__)

_TOKEN_BYTES: Final = 32


def new_secret() -> str:
    """Return a ticket or token: 256 bits from the operating system, as text."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def secret_hash(secret: str) -> bytes:
    """Return what is stored of a ticket or token. It is looked up by this hash, never compared."""
    return hashlib.sha256(secret.encode()).digest()


class SignIn:
    """Hello and resume against the database."""

    def __init__(
        self,
        pool: Any,
        *,
        next_id: Any,
        limits: ConnectionLimits,
        ping_interval_ms: int,
        client_seed: bool,
    ) -> None:
        self._pool = pool
        self._next_id = next_id
        self._limits = limits
        self._ping_interval_ms = ping_interval_ms
        self._client_seed = client_seed

    async def hello(self, message: Hello) -> tuple[Any, str]:
        """Use a ticket; returns the session's record and its token. Raises Refused."""
        token = new_secret()
        row = await self._fetch(
            "SELECT * FROM session_open($1, $2, $3, $4, $5)",
            secret_hash(message.ticket),
            message.nonce,
            self._next_id(),
            secret_hash(token),
            f"{message.client.name} {message.client.version}",
        )
        if row["session"] is None:
            raise Refused(ErrorCode.TICKET_INVALID)
        return row, token

    async def resume(self, message: Resume) -> tuple[Any, str]:
        """Go on with a session; returns its record and the next token. Raises Refused."""
        token = new_secret()
        row = await self._fetch(
            "SELECT * FROM session_resume($1, $2)",
            secret_hash(message.token),
            secret_hash(token),
        )
        if row["session"] is None:
            raise Refused(ErrorCode.TOKEN_INVALID)
        if row["replaced"]:
            raise Refused(ErrorCode.REPLACED)
        return row, token

    async def confirm(self, session: int, token: str) -> bool:
        """End the token before this one, unless there has been a newer one meanwhile.

        False if the database was away.
        """
        try:
            await self._pool.execute("SELECT session_confirm($1, $2)", session, secret_hash(token))
        except DATABASE_ERRORS as error:
            log.warning("session not confirmed", error=type(error).__name__)
            return False
        return True

    async def has_token(self, session: int, token: bytes) -> bool:
        """Whether a session's newest token has this hash. Raises the database's errors."""
        query = "SELECT token = $2 FROM session WHERE id = $1"
        return bool(await self._pool.fetchval(query, session, token))

    async def end(self, session: int, reason: str) -> None:
        """End a session for good. Raises the database's errors."""
        await self._pool.execute("SELECT session_end($1, $2)", session, reason)

    async def balance(self, account: int) -> Balance:
        """Read a balance."""
        row = await self._pool.fetchrow(
            "SELECT balance, held, version FROM account WHERE id = $1", account
        )
        return Balance(row["balance"], row["held"], row["version"])

    def welcome(self, session: Session, token: str, tables: tuple[TableState, ...]) -> Welcome:
        """Return the answer to hello and resume."""
        return Welcome(
            session=str(session.id),
            token=token,
            player=str(session.player),
            currency=session.currency,
            exponent=session.exponent,
            balance=session.balance,
            highest_request=session.highest,
            tables=tables,
            limits=self._limits,
            ping_interval_ms=self._ping_interval_ms,
            time_ms=time.time_ns() // 1_000_000,
            test=session.test,
            client_seed=self._client_seed,
        )

    async def _fetch(self, query: str, *arguments: object) -> Any:
        try:
            return await self._pool.fetchrow(query, *arguments)
        except DATABASE_ERRORS as error:
            log.warning("sign-in interrupted", error=type(error).__name__)
            raise Refused(ErrorCode.UNAVAILABLE) from None
