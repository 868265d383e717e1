"""Operators: added, changed and listed by commands, as the owner of the database.

Each change and its record are one transaction. The server's role has no right to any of it, so a
fault in the server makes no operator.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg

from server.database.connect import connect
from server.database.errors import DatabaseError
from server.database.roles import OWNER, SCHEMA
from server.identity import totp
from server.identity.passwords import Verifier
from server.identity.recovery import new_codes, recovery_hash
from server.identity.roles import Role
from server.identity.sealing import SecretSeal

__all__ = ["Enrolment", "NotChanged", "OperatorListed", "Operators", "open_operators"]

KIND: Final = "operator"
ISSUER: Final = "Croupier"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


class NotChanged(DatabaseError):  # noqa: N818 - an answer, not a fault of ours
    """What was asked for cannot be done; the text says why. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor, told once and never again."""

    uri: str = field(repr=False)
    """The `otpauth://` address."""
    recovery_codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OperatorListed:
    """One operator, for the list that access is reviewed by (I6)."""

    id: int
    name: str
    role: str
    disabled: bool
    locked_until: datetime | None
    created_at: datetime
    password_at: datetime
    totp_at: datetime | None
    last_sign_in_at: datetime | None
    last_address: str | None
    sign_ins: int
    """Open ones; some may have expired since they were last looked at."""
    recovery_codes: int
    """How many are left."""


@asynccontextmanager
async def open_operators(url: str, actor: str, seal: SecretSeal | None) -> AsyncIterator[Operators]:
    """Yield the operators of a database, changed in the name of *actor*, a user of this system.

    Raises DatabaseUnreachable, and NotChanged where this user does not own the tables.
    """
    connection = await connect(url, application_name="croupier operator")
    try:
        try:
            await connection.execute(f"SET ROLE {OWNER}")
        except asyncpg.PostgresError:
            raise NotChanged(
                f"This user of the database does not own the tables: connect as {OWNER}."
            ) from None
        await connection.execute(f"SET search_path = {SCHEMA}, pg_temp")
        yield Operators(connection, actor, seal)
    finally:
        await connection.close(timeout=5)


class Operators:
    """The operators of a database. Methods raise NotChanged, and the database's errors."""

    def __init__(self, connection: Any, actor: str, seal: SecretSeal | None) -> None:
        self.connection = connection
        self._actor = actor
        self._seal = seal

    async def add(self, name: str, role: Role, password: Verifier, reason: str = "") -> Enrolment:
        """Add an operator; returns his second factor."""
        if not _NAME.fullmatch(name):
            raise NotChanged(
                f"{name!r} is no name for an operator: use small letters, digits and . _ @ + -,"
                " beginning with a letter or digit, 64 at most."
            )
        secret = totp.new_secret()
        sealed, key_id = self._sealed(name, secret)
        async with self.connection.transaction():
            credential = await self.connection.fetchval(
                "INSERT INTO credential (kind, name, salt, memory_kib, passes, lanes, verifier,"
                " totp_secret, totp_key_id, totp_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp())"
                " ON CONFLICT (kind, name) DO NOTHING RETURNING id",
                KIND,
                name,
                password.salt,
                *password.cost,
                password.digest,
                sealed,
                key_id,
            )
            if credential is None:
                raise NotChanged(f"There is an operator {name} already.")
            await self.connection.execute(
                "INSERT INTO operator (credential, role) VALUES ($1, $2)", credential, role.value
            )
            codes = await self._new_codes(credential)
            await self._record("operator.add", name, reason or f"role {role}")
        return Enrolment(totp.uri(secret, name, ISSUER), codes)

    async def set_role(self, name: str, role: Role, reason: str = "") -> None:
        """Give an operator another role; it counts from his next request."""
        async with self.connection.transaction():
            credential = await self._locked(name)
            before = await self.connection.fetchval(
                "SELECT role FROM operator WHERE credential = $1", credential["id"]
            )
            if before == role:
                raise NotChanged(f"{name} has the role {role} already.")
            await self.connection.execute(
                "UPDATE operator SET role = $2 WHERE credential = $1", credential["id"], role.value
            )
            change = f"from {before} to {role}"
            await self._record("operator.role", name, f"{change}: {reason}" if reason else change)

    async def disable(self, name: str, reason: str = "") -> int:
        """Let an operator in no more, and sign him out; returns how many sign-ins ended."""
        async with self.connection.transaction():
            credential = await self._locked(name)
            if credential["disabled_at"] is not None:
                raise NotChanged(f"{name} is disabled already.")
            await self.connection.execute(
                "UPDATE credential SET disabled_at = clock_timestamp() WHERE id = $1",
                credential["id"],
            )
            ended = await self._end_sign_ins(credential["id"], "disabled")
            await self._record("operator.disable", name, reason)
        return ended

    async def enable(self, name: str, reason: str = "") -> None:
        """Let a disabled operator in again."""
        async with self.connection.transaction():
            credential = await self._locked(name)
            if credential["disabled_at"] is None:
                raise NotChanged(f"{name} is not disabled.")
            await self.connection.execute(
                "UPDATE credential SET disabled_at = NULL WHERE id = $1", credential["id"]
            )
            await self._record("operator.enable", name, reason)

    async def unlock(self, name: str, address: str | None = None, reason: str = "") -> bool:
        """Forget the failures under a name, and of an address; False if there were none."""
        async with self.connection.transaction():
            await self._locked(name)
            gone = [await self._forget("address", address)] if address is not None else []
            gone.append(await self._forget(KIND, name))
            words = [f"and the address {address}"] if address is not None else []
            await self._record("operator.unlock", name, ": ".join([*words, reason]).strip(": "))
        return any(gone)

    async def reset_password(self, name: str, password: Verifier, reason: str = "") -> int:
        """Give an operator another password, and sign him out; returns how many sign-ins ended."""
        async with self.connection.transaction():
            credential = await self._locked(name)
            await self.connection.execute(
                "UPDATE credential SET salt = $2, memory_kib = $3, passes = $4, lanes = $5,"
                " verifier = $6, password_at = clock_timestamp() WHERE id = $1",
                credential["id"],
                password.salt,
                *password.cost,
                password.digest,
            )
            ended = await self._end_sign_ins(credential["id"], "password reset")
            await self._record("operator.reset-password", name, reason)
        return ended

    async def reset_totp(self, name: str, reason: str = "") -> Enrolment:
        """Give an operator another second factor and recovery codes, and sign him out."""
        secret = totp.new_secret()
        async with self.connection.transaction():
            credential = await self._locked(name)
            sealed, key_id = self._sealed(name, secret)
            # The last step stays: it is about time, whatever the secret.
            await self.connection.execute(
                "UPDATE credential SET totp_secret = $2, totp_key_id = $3,"
                " totp_at = clock_timestamp() WHERE id = $1",
                credential["id"],
                sealed,
                key_id,
            )
            codes = await self._new_codes(credential["id"])
            await self._end_sign_ins(credential["id"], "second factor reset")
            await self._record("operator.reset-totp", name, reason)
        return Enrolment(totp.uri(secret, name, ISSUER), codes)

    async def sign_out(self, name: str, reason: str = "") -> int:
        """End all sign-ins of an operator; returns how many there were."""
        async with self.connection.transaction():
            credential = await self._locked(name)
            ended = await self._end_sign_ins(credential["id"], "signed out by command")
            await self._record("operator.sign-out", name, reason)
        return ended

    async def list(self) -> list[OperatorListed]:
        """Return all operators, by name. Looking is recorded too."""
        rows = await self.connection.fetch(
            "SELECT c.id, c.name, o.role, c.disabled_at IS NOT NULL AS disabled,"
            " (SELECT d.locked_until FROM sign_in_delay d WHERE d.kind = c.kind"
            "  AND d.subject = sha256(convert_to(c.name, 'UTF8'))"
            "  AND d.locked_until > clock_timestamp()) AS locked_until,"
            " c.created_at, c.password_at, c.totp_at, l.created_at AS last_sign_in_at,"
            " l.address AS last_address,"
            " (SELECT count(*) FROM sign_in s WHERE s.credential = c.id AND s.ended_at IS NULL)"
            "  AS sign_ins,"
            " (SELECT count(*) FROM recovery_code r WHERE r.credential = c.id"
            "  AND r.used_at IS NULL) AS recovery_codes"
            " FROM operator o JOIN credential c ON c.id = o.credential"
            " LEFT JOIN LATERAL (SELECT s.created_at, s.address FROM sign_in s"
            "  WHERE s.credential = c.id ORDER BY s.id DESC LIMIT 1) l ON true ORDER BY c.name"
        )
        await self._record("operator.list", "all", "")
        return [OperatorListed(**row) for row in rows]

    # -- what they are made of ---------------------------------------------------------------------

    async def _locked(self, name: str) -> Any:
        """Return the credential of an operator, locked before anything else."""
        row = await self.connection.fetchrow(
            "SELECT c.id, c.disabled_at FROM credential c JOIN operator o ON o.credential = c.id"
            " WHERE c.kind = $1 AND c.name = $2 FOR UPDATE OF c",
            KIND,
            name,
        )
        if row is None:
            raise NotChanged(f"There is no operator {name}: see `croupier operator list`.")
        return row

    async def _end_sign_ins(self, credential: int, reason: str) -> int:
        rows: Sequence[Any] = await self.connection.fetch(
            "UPDATE sign_in SET ended_at = clock_timestamp(), end_reason = $2"
            " WHERE credential = $1 AND ended_at IS NULL RETURNING id",
            credential,
            reason,
        )
        return len(rows)

    async def _forget(self, kind: str, subject: str) -> bool:
        gone = await self.connection.fetchval(
            "DELETE FROM sign_in_delay WHERE kind = $1"
            " AND subject = sha256(convert_to($2, 'UTF8')) RETURNING failures > 0",
            kind,
            subject,
        )
        return bool(gone)

    async def _new_codes(self, credential: int) -> tuple[str, ...]:
        codes = tuple(new_codes())
        await self.connection.execute("DELETE FROM recovery_code WHERE credential = $1", credential)
        await self.connection.executemany(
            "INSERT INTO recovery_code (credential, hash) VALUES ($1, $2)",
            [(credential, recovery_hash(code)) for code in codes],
        )
        return codes

    def _sealed(self, name: str, secret: bytes) -> tuple[bytes, str]:
        assert self._seal is not None, "whoever makes a second factor brings a seal"
        return self._seal.seal(KIND, name, secret)

    async def _record(self, action: str, subject: str, reason: str) -> None:
        await self.connection.execute(
            "INSERT INTO operator_action (actor, role, action, object, reason, address)"
            " VALUES ($1, 'command line', $2, $3, $4, 'command line')",
            self._actor,
            action,
            subject,
            reason,
        )
