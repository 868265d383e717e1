"""Passwords: argon2id (RFC 9106), beside the event loop.

What is stored is the SHA-256 of the hash, its salt and its cost. To check a password, the hash is
worked out here and compared in the database, see `sign_in_finish`: this process never holds what
is stored, and what is stored does not open anything.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from argon2.low_level import Type, hash_secret_raw

from server.identity.errors import SignInBusy

__all__ = [
    "LONGEST",
    "SALT_BYTES",
    "SHORTEST",
    "Cost",
    "Hasher",
    "Verifier",
    "argon2id",
    "new_verifier",
    "weakness",
]

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
SHORTEST: Final = 12
"""Characters. There is a second factor; length is all that is asked for (NIST SP 800-63B)."""
LONGEST: Final = 256
_WORKERS: Final = 2
_WAITING_MAX: Final = 32


class Cost(NamedTuple):
    """How much work a hash is."""

    memory_kib: int
    passes: int
    lanes: int


class Verifier(NamedTuple):
    """What is stored of a password."""

    salt: bytes
    cost: Cost
    digest: bytes


def argon2id(password: str, salt: bytes, cost: Cost) -> bytes:
    """Return the hash of a password. It takes a while and lets other threads run meanwhile.

    The password is brought into one form first: the same letters are typed in different ways.
    """
    return hash_secret_raw(
        unicodedata.normalize("NFKC", password).encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=HASH_BYTES,
        type=Type.ID,
    )


def new_verifier(password: str, cost: Cost) -> Verifier:
    """Return what to store of a new password. Not for the event loop."""
    salt = secrets.token_bytes(SALT_BYTES)
    return Verifier(salt, cost, hashlib.sha256(argon2id(password, salt, cost)).digest())


def weakness(password: str, name: str) -> str | None:
    """Return what is wrong with a new password, or None."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    if not password.isprintable():
        return "A password has no characters that cannot be seen."
    plain = password.casefold()
    if name.casefold() in plain or len(set(plain)) < SHORTEST // 2:
        return "This password is easy to guess: choose one without the name and with more variety."
    return None


class Hasher:
    """Works hashes out in threads of its own, so many at a time, so many waiting."""

    def __init__(self, workers: int = _WORKERS, waiting_max: int = _WAITING_MAX) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._most = workers + waiting_max
        self._under_way = 0

    async def work(self, password: str, salt: bytes, cost: Cost) -> bytes:
        """Return `argon2id` of these. Raises SignInBusy."""
        if self._under_way >= self._most:
            raise SignInBusy("too many sign-ins at once")
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(
            self._threads, argon2id, password, salt, cost
        )
        # Counted to its own end: a client that leaves does not stop the thread.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: asyncio.Future[bytes]) -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.exception()  # taken, if nobody waits any more
