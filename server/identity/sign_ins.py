"""Sign-ins: from a name, a password and a code to a token, and from a token to who it is.

Every attempt takes the same way, whether its name exists or not: count it, work one hash out, let
the database decide and write down. Names that do not exist have a salt, a second factor and a lock
as others have.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import structlog

from server.config.settings import Identity
from server.database.errors import DATABASE_ERRORS
from server.gateway.addresses import customer_of
from server.identity import totp
from server.identity.errors import (
    NotPermitted,
    NotSignedIn,
    SignInBusy,
    SignInLocked,
    SignInRefused,
)
from server.identity.passwords import SALT_BYTES, Cost, Hasher
from server.identity.recovery import recovery_hash
from server.identity.roles import Permission, permissions_of
from server.identity.sealing import SecretSeal, VaultError

__all__ = ["Attempt", "SignIns", "SignedIn", "cost_of", "plain_name"]

log = structlog.get_logger(__name__)

OPEN_MAX: Final = 8
"""Sign-ins of one person at a time; one more ends the oldest."""
_TOKEN_BYTES: Final = 32


class Attempt(NamedTuple):
    """What somebody says to be let in, and from where. One of both codes is given."""

    kind: str
    """`operator` or `player`."""
    name: str
    password: str
    address: str
    code: str | None = None
    recovery_code: str | None = None

    def __repr__(self) -> str:
        """Say nothing that a log or a traceback must not hold."""
        return f"<Attempt of an {self.kind} from {self.address}>"


class SignedIn(NamedTuple):
    """Who somebody is."""

    token_hash: bytes
    credential: int
    kind: str
    name: str
    role: str | None
    """Of an operator."""
    permissions: frozenset[Permission]
    created_at: datetime
    ends_at: datetime
    """At the latest; sooner if it is not used."""
    recovery_codes: int
    """How many are left."""
    previous_at: datetime | None
    previous_address: str | None

    def require(self, permission: Permission) -> None:
        """Raise NotPermitted unless the role has this permission."""
        if permission not in self.permissions:
            log.warning("operator lacks permission", operator=self.name, permission=permission)
            raise NotPermitted(f"the role {self.role} may not: {permission}")


def plain_name(name: str) -> str:
    """Return a name as it is stored: without spaces around it, in small letters."""
    return name.strip().lower()


def cost_of(settings: Identity) -> Cost:
    """Return what a new hash costs under these settings."""
    return Cost(settings.argon2_memory_kib, settings.argon2_passes, settings.argon2_lanes)


class SignIns:
    """The sign-ins of a database. It connects as the application, which reads no secret."""

    def __init__(
        self,
        pool: Any,
        settings: Identity,
        seal: SecretSeal,
        *,
        hasher: Hasher | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._seal = seal
        self._hasher = hasher if hasher is not None else Hasher()
        self._now = now
        self._cost = cost_of(settings)
        self.outcomes: Counter[str] = Counter()
        """How attempts ended, for the metrics."""
        self._no_salt = secrets.token_bytes(SALT_BYTES)
        self._no_secret = totp.new_secret()
        self._idle = timedelta(milliseconds=settings.sign_in_idle_ms)
        self._absolute = timedelta(milliseconds=settings.sign_in_absolute_ms)
        self._forget = timedelta(milliseconds=settings.lockout_forget_ms)

    def close(self) -> None:
        """Let go of the threads."""
        self._hasher.close()

    async def sign_in(self, attempt: Attempt) -> str:
        """Return the token of a new sign-in.

        Raises SignInRefused, SignInLocked, SignInBusy, and the database's errors.
        """
        name = plain_name(attempt.name)
        begun = await self._begin(attempt.kind, name, attempt.address)
        known = begun["salt"] is not None
        salt, cost = self._no_salt, self._cost
        if known:
            salt = begun["salt"]
            cost = Cost(begun["memory_kib"], begun["passes"], begun["lanes"])
        proof = await self._work(attempt.password, salt, cost)
        secret = self._second_factor(attempt.kind, name, begun)
        step = totp.matching_step(secret, attempt.code or "", self._now())
        recovery = attempt.recovery_code
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        done = await self._pool.fetchval(
            "SELECT sign_in_finish($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            attempt.kind,
            name,
            attempt.address,
            customer_of(attempt.address),
            proof,
            step,
            None if recovery is None else recovery_hash(recovery),
            _token_hash(token),
            OPEN_MAX,
        )
        if not done:
            self.outcomes["refused"] += 1
            log.warning("sign-in refused", kind=attempt.kind, address=attempt.address)
            raise SignInRefused("the name, the password or the code is wrong")
        self.outcomes["signed_in"] += 1
        log.info("signed in", kind=attempt.kind, name=name, address=attempt.address)
        if cost != self._cost:
            await self._rehash(attempt, name, proof)
        return token

    async def check(self, token: str, *, use: bool = True) -> SignedIn:
        """Return who has this token now, and count it as a use unless told otherwise.

        Raises NotSignedIn, and the database's errors.
        """
        return await self._check(_token_hash(token), use=use)

    async def renew(self, signed_in: SignedIn) -> SignedIn:
        """Return the same person as he is now, for connections that last. Raises NotSignedIn.

        It does not count as a use: a page that only watches runs into the idle time.
        """
        return await self._check(signed_in.token_hash, use=False)

    async def sign_out(self, token: str, address: str) -> bool:
        """End a sign-in; False if there was none."""
        ended = await self._pool.fetchval("SELECT sign_in_end($1, $2)", _token_hash(token), address)
        return bool(ended)

    async def record(
        self, signed_in: SignedIn, action: str, subject: str, reason: str, address: str
    ) -> int:
        """Record what an operator does to what, and why; returns the record's number.

        Who and in which role is read from the sign-in by the database. Raises NotSignedIn if that
        has ended: then the action must not be done either.
        """
        number = await self._pool.fetchval(
            "SELECT operator_act($1, $2, $3, $4, $5, $6, $7)",
            signed_in.token_hash,
            self._idle,
            self._absolute,
            action,
            subject,
            reason,
            address,
        )
        if number is None:
            raise NotSignedIn("the sign-in has ended")
        return int(number)

    async def expire(self) -> None:
        """End what has run out and forget failures from long ago."""
        await self._pool.execute(
            "SELECT sign_ins_expire($1, $2, $3)", self._idle, self._absolute, self._forget
        )

    async def _begin(self, kind: str, name: str, address: str) -> Any:
        settings = self._settings
        begun = await self._pool.fetchrow(
            "SELECT * FROM sign_in_begin($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            kind,
            name,
            address,
            customer_of(address),
            settings.lockout_after,
            settings.lockout_after_address,
            timedelta(milliseconds=settings.lockout_first_ms),
            timedelta(milliseconds=settings.lockout_most_ms),
            self._forget,
        )
        if begun["wait"] is not None:
            self.outcomes["locked"] += 1
            log.warning("sign-in locked", kind=kind, address=address)
            raise SignInLocked(begun["wait"].total_seconds())
        return begun

    async def _work(self, password: str, salt: bytes, cost: Cost) -> bytes:
        try:
            return await self._hasher.work(password, salt, cost)
        except SignInBusy:
            self.outcomes["busy"] += 1
            raise

    async def _rehash(self, attempt: Attempt, name: str, proof: bytes) -> None:
        """Store the password under the cost of today, or leave that to the next sign-in."""
        salt = secrets.token_bytes(SALT_BYTES)
        try:
            fresh = await self._hasher.work(attempt.password, salt, self._cost)
            await self._pool.execute(
                "SELECT credential_rehash($1, $2, $3, $4, $5, $6, $7, $8)",
                attempt.kind,
                name,
                proof,
                salt,
                *self._cost,
                hashlib.sha256(fresh).digest(),
            )
        except (SignInBusy, *DATABASE_ERRORS) as error:
            log.warning("password not stored anew", error=type(error).__name__)

    def _second_factor(self, kind: str, name: str, begun: Any) -> bytes:
        """Return the secret of the authenticator; of nobody, one that nobody has."""
        if begun["totp_secret"] is None:
            return self._no_secret
        try:
            return self._seal.open(kind, name, begun["totp_secret"], begun["totp_key_id"])
        except VaultError as error:
            log.error("second factor unreadable", reason=str(error))  # noqa: TRY400 - no traceback
            return self._no_secret

    async def _check(self, token_hash: bytes, *, use: bool) -> SignedIn:
        row = await self._pool.fetchrow(
            "SELECT * FROM sign_in_check($1, $2, $3, $4)",
            token_hash,
            self._idle,
            self._absolute,
            use,
        )
        if row["sign_in"] is None:
            raise NotSignedIn("the token is unknown, has expired or was ended")
        return SignedIn(
            token_hash=token_hash,
            credential=row["credential"],
            kind=row["kind"],
            name=row["name"],
            role=row["role"],
            permissions=permissions_of(row["role"]),
            created_at=row["created_at"],
            ends_at=row["ends_at"],
            recovery_codes=row["recovery_codes"],
            previous_at=row["previous_at"],
            previous_address=row["previous_address"],
        )


def _token_hash(token: str) -> bytes:
    """Return what is stored of a token: it is looked up by this hash, never compared."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
