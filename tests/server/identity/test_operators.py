"""Tests of `server.identity.operators`: each change, its record, and who may make it."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from server.database.connect import connect
from server.identity.errors import NotSignedIn, SignInLocked, SignInRefused
from server.identity.operators import NotChanged, Operators, open_operators
from server.identity.passwords import new_verifier
from server.identity.roles import Role
from server.identity.sealing import SecretSeal
from server.identity.sign_ins import cost_of
from tests.server.identity.people import ADDRESS, KEYS, PASSWORD, Office, secrets_in


async def last_action(office: Office) -> tuple[Any, ...]:
    """Return the last action, without id and time."""
    row = (await office.actions())[-1]
    names = ("operator", "actor", "role", "action", "object", "reason", "address")
    return tuple(row[name] for name in names)


async def test_add(office: Office) -> None:
    """An operator gets a role, a second factor and ten codes, and the addition is on record."""
    mara = await office.hire("mara", Role.COMPLIANCE)

    assert len(mara.secret) == 20
    assert len(set(mara.recovery_codes)) == 10
    assert await last_action(office) == (
        None,
        "tester",
        "command line",
        "operator.add",
        "mara",
        "role compliance",
        "command line",
    )
    (listed,) = await office.operators.list()
    assert (listed.name, listed.role, listed.disabled) == ("mara", "compliance", False)
    assert (listed.last_sign_in_at, listed.sign_ins, listed.recovery_codes) == (None, 0, 10)


async def test_nothing_secret_is_stored_in_clear(office: Office) -> None:
    """Neither password nor second factor nor recovery code can be read from the tables."""
    mara = await office.hire()
    await office.enter(mara)
    for table in ("credential", "recovery_code", "sign_in", "sign_in_delay", "operator_action"):
        for row in await office.owner.fetch(f"SELECT * FROM {table}"):
            for value in row.values():
                assert not secrets_in(str(value), mara)
                if isinstance(value, bytes):
                    assert mara.secret not in value
                    assert not secrets_in(value.hex(), mara)


@pytest.mark.parametrize(
    "name", ["", "Mara", "a b", "-mara", "m" * 65, "m\0", "mara\n", "m\N{LATIN SMALL LETTER E}\xe9"]
)
async def test_names(office: Office, name: str) -> None:
    """A name that is no name is refused, and leaves nothing."""
    with pytest.raises(NotChanged, match="no name"):
        await office.hire(name)
    assert not await office.actions()


async def test_what_cannot_be_done(office: Office) -> None:
    """An unknown operator, a second one of a name and a change that is none are refused."""
    await office.hire("mara", Role.FLOOR)
    operators = office.operators
    verifier = new_verifier(PASSWORD, cost_of(office.settings))
    before = len(await office.actions())
    for work, words in (
        (operators.add("mara", Role.ADMIN, verifier), "already"),
        (operators.set_role("mara", Role.FLOOR), "already"),
        (operators.enable("mara"), "not disabled"),
        (operators.set_role("otto", Role.FLOOR), "no operator otto"),
        (operators.disable("otto"), "no operator otto"),
        (operators.enable("otto"), "no operator otto"),
        (operators.unlock("otto"), "no operator otto"),
        (operators.reset_password("otto", verifier), "no operator otto"),
        (operators.reset_totp("otto"), "no operator otto"),
        (operators.sign_out("otto"), "no operator otto"),
    ):
        with pytest.raises(NotChanged, match=words):
            await work
    await operators.disable("mara")
    with pytest.raises(NotChanged, match="already"):
        await operators.disable("mara")
    assert len(await office.actions()) == before + 1, "what was refused is not on record"


async def test_unlock(office: Office) -> None:
    """An operator who is locked out is let in at once after an unlock; the address by its own."""
    mara = await office.hire()
    sign_ins = office.under(lockout_after_address=3)
    for _ in range(3):
        with pytest.raises(SignInRefused):
            await sign_ins.sign_in(office.attempt(mara, password="wrong password"))
    (listed,) = await office.operators.list()
    assert listed.locked_until is not None
    assert await office.operators.unlock("mara", reason="called in")
    with pytest.raises(SignInLocked):
        await sign_ins.sign_in(office.attempt(mara))
    assert await office.operators.unlock("mara", ADDRESS, "called again")

    assert await sign_ins.sign_in(office.attempt(mara))

    assert not await office.operators.unlock("mara")
    reasons = [row["reason"] for row in await office.actions() if "unlock" in row["action"]]
    assert reasons == ["called in", f"and the address {ADDRESS}: called again", ""]


async def test_reset_password(office: Office) -> None:
    """After a reset the old password is wrong, the new one right, and all sign-ins have ended."""
    mara = await office.hire()
    token = await office.enter(mara)
    verifier = new_verifier("another long password", cost_of(office.settings))

    assert await office.operators.reset_password("mara", verifier, "forgotten") == 1

    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
    with pytest.raises(SignInRefused):
        await office.enter(mara)
    assert await office.enter(
        mara, password="another long password", code=mara.code(office.clock.at + 30)
    )
    assert (await office.actions())[-2]["reason"] == "forgotten"


async def test_reset_totp(office: Office) -> None:
    """After a reset old authenticator and old recovery codes are worth nothing."""
    mara = await office.hire()
    token = await office.enter(mara)
    enrolment = await office.operators.reset_totp("mara")

    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
    with pytest.raises(SignInRefused):
        await office.enter(mara)
    code = mara.recovery_codes[0]
    with pytest.raises(SignInRefused):
        await office.enter(mara, code=None, recovery_code=code)
    assert not set(enrolment.recovery_codes) & set(mara.recovery_codes)
    code = enrolment.recovery_codes[0]
    assert await office.enter(mara, code=None, recovery_code=code)


async def test_sign_out(office: Office) -> None:
    """All sign-ins of an operator end at once, and of nobody else."""
    mara, otto = await office.hire("mara"), await office.hire("otto")
    tokens = [await office.enter(mara), await office.enter(mara)]
    other = await office.enter(otto)
    assert await office.operators.sign_out("mara") == 2
    for token in tokens:
        with pytest.raises(NotSignedIn):
            await office.sign_ins.check(token)
    await office.sign_ins.check(other)


async def test_every_change_is_recorded_with_it(office: Office) -> None:
    """A change whose record fails is not made: both are one transaction."""
    await office.hire()
    with pytest.raises(asyncpg.CheckViolationError):
        await office.operators.disable("mara", "x" * 1_001)
    (listed,) = await office.operators.list()
    assert not listed.disabled


SECRET = (
    "SELECT salt FROM credential",
    "SELECT verifier FROM credential",
    "SELECT totp_secret FROM credential",
    "SELECT * FROM credential",
    "SELECT hash FROM recovery_code",
    "SELECT token FROM sign_in",
    "SELECT subject FROM sign_in_delay",
)
CHANGES = (
    "UPDATE operator_action SET actor = 'otto'",
    "DELETE FROM operator_action",
    "TRUNCATE operator_action",
    "DELETE FROM sign_in_attempt",
    "UPDATE operator SET role = 'admin'",
    "UPDATE credential SET disabled_at = NULL",
    "INSERT INTO operator_action (actor, role) VALUES ('x', 'command line')",
    "SELECT operator_action_add(1, 'x', '', '', '')",
    "SELECT sign_in_count('operator', ''::bytea, 1, '1 s', '1 s', '1 s')",
)


async def test_the_server_reads_no_secret_and_changes_no_record(office: Office) -> None:
    """I3: the server's role and that of reports read the record, no secret, and change neither."""
    mara = await office.hire("mara", Role.ADMIN)
    await office.enter(mara)
    for role in ("app", "report"):
        async with office.database.connected(role) as connection:
            await connection.execute("SET default_transaction_read_only = off")
            for statement in (*SECRET, *CHANGES):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
            await connection.execute("SELECT * FROM operator_action, sign_in_attempt, operator")
            await connection.execute("SELECT id, kind, name, disabled_at FROM credential")


async def test_not_even_the_owner_changes_the_record(office: Office) -> None:
    """I3: what was done and tried is append-only for everybody."""
    mara = await office.hire()
    await office.enter(mara)
    for table in ("operator_action", "sign_in_attempt"):
        for statement in (
            f"UPDATE {table} SET address = 'x'",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await office.owner.execute(statement)


async def test_only_the_owner_manages(office: Office) -> None:
    """A user who does not own the tables is told whom to connect as; no change gets through."""
    with pytest.raises(NotChanged, match="connect as croupier_owner"):
        async with open_operators(office.database.app, "tester", None):
            pass
    connection = await connect(office.database.app, settings={"search_path": "croupier"})
    intruder = Operators(connection, "intruder", SecretSeal(KEYS))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await intruder.add("eve", Role.ADMIN, new_verifier(PASSWORD, cost_of(office.settings)))
    await connection.close()


async def test_a_restore_ends_sign_ins(office: Office) -> None:
    """After a restore nobody is signed in, and no code from before it is taken."""
    mara = await office.hire()
    token = await office.enter(mara)
    async with office.database.connected("owner") as owner, owner.transaction():
        await owner.execute("SELECT croupier.after_restore()")
        assert await owner.fetchval(
            "SELECT bool_and(totp_step * 30 > extract(epoch FROM clock_timestamp()))"
            " FROM croupier.credential"
        )
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
