"""Operators of a test's database, and how they sign in."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import msgspec

from server.config.settings import Identity
from server.database.cluster import create_database
from server.database.embedded import EmbeddedPostgres
from server.identity import totp
from server.identity.operators import Operators, open_operators
from server.identity.passwords import new_verifier
from server.identity.roles import Role
from server.identity.sealing import SecretSeal
from server.identity.sign_ins import Attempt, SignIns, cost_of
from tests.postgres import TEMPLATE, Database

KEYS = {"1": bytes(range(32))}
PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.1"
QUICK = Identity(argon2_memory_kib=64, argon2_passes=1)
"""Hashes that cost nothing."""


@dataclass
class Clock:
    """The time that codes are checked by."""

    at: float = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.at

    def next_step(self) -> None:
        """Let the next code come."""
        self.at += totp.STEP_S


@dataclass
class Person:
    """An operator with an authenticator."""

    name: str
    secret: bytes
    recovery_codes: tuple[str, ...]

    def code(self, at: float) -> str:
        """Return what the authenticator shows."""
        return totp.code(self.secret, int(at) // totp.STEP_S)


def secret_of(uri: str) -> bytes:
    """Return the secret that an `otpauth://` address holds."""
    text = parse_qs(urlsplit(uri).query)["secret"][0]
    return base64.b32decode(text + "=" * (-len(text) % 8))


@dataclass
class Office:
    """The sign-ins of a database, its operators, and its owner's eyes."""

    database: Database
    pool: Any
    owner: Any
    operators: Operators
    settings: Identity = QUICK
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Open the sign-ins."""
        self.sign_ins = SignIns(self.pool, self.settings, SecretSeal(KEYS), now=self.clock)

    def under(self, **settings: Any) -> SignIns:
        """Return the sign-ins under other settings."""
        changed = msgspec.structs.replace(self.settings, **settings)
        return SignIns(self.pool, changed, SecretSeal(KEYS), now=self.clock)

    async def hire(self, name: str = "mara", role: Role = Role.FLOOR) -> Person:
        """Add an operator."""
        verifier = new_verifier(PASSWORD, cost_of(self.settings))
        enrolment = await self.operators.add(name, role, verifier)
        return Person(name, secret_of(enrolment.uri), enrolment.recovery_codes)

    def attempt(self, person: Person, **changes: Any) -> Attempt:
        """Return an attempt that would succeed, with changes."""
        right = Attempt("operator", person.name, PASSWORD, ADDRESS, person.code(self.clock.at))
        return right._replace(**changes)

    async def enter(self, person: Person, **changes: Any) -> str:
        """Sign in by the next code."""
        self.clock.next_step()
        return await self.sign_ins.sign_in(self.attempt(person, **changes))

    async def outcomes(self) -> list[str]:
        """Return the true outcome of every attempt so far."""
        rows = await self.owner.fetch("SELECT outcome FROM sign_in_attempt ORDER BY id")
        return [row["outcome"] for row in rows]

    async def actions(self) -> list[Any]:
        """Return every action so far."""
        return list(await self.owner.fetch("SELECT * FROM operator_action ORDER BY id"))


async def new_identities(cluster: EmbeddedPostgres) -> Database:
    """Return a migrated database that lives as long as its cluster."""
    database = Database("identities", cluster)
    async with Database("postgres", cluster).connected("superuser") as administrator:
        await create_database(administrator, database.name, TEMPLATE)
    return database


async def forget_everybody(database: Database) -> None:
    """Empty the tables of identity, which takes a superuser: some are append-only."""
    async with database.connected("superuser") as superuser:
        await superuser.execute(
            "SET session_replication_role = replica; SET search_path = croupier;"
            " DELETE FROM operator_action; DELETE FROM sign_in_attempt; DELETE FROM operator;"
            " DELETE FROM sign_in_delay; DELETE FROM sign_in; DELETE FROM recovery_code;"
            " DELETE FROM credential"
        )


@asynccontextmanager
async def open_office(database: Database, settings: Identity = QUICK) -> AsyncIterator[Office]:
    """Yield the identities of a database."""
    async with (
        asyncpg.create_pool(
            database.app, min_size=1, max_size=4, server_settings={"search_path": "croupier"}
        ) as pool,
        database.connected("owner") as owner,
        open_operators(database.owner, "tester", SecretSeal(KEYS)) as operators,
    ):
        office = Office(database, pool, owner, operators, settings)
        yield office
        office.sign_ins.close()


def secrets_in(text: str, person: Person) -> list[str]:
    """Return the secrets of a person that a text holds."""
    encoded = base64.b32encode(person.secret).decode().rstrip("=")
    known = [PASSWORD, encoded, person.secret.hex(), *person.recovery_codes]
    known += [code.replace("-", "") for code in person.recovery_codes]
    return [secret for secret in known if re.search(re.escape(secret), text, re.IGNORECASE)]
