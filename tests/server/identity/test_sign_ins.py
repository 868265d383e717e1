"""Tests of `server.identity.sign_ins`: who gets in, who does not, and what is told of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from protocol.schema.console import ConsoleSignIn
from server.identity import sign_ins as module
from server.identity.errors import (
    NotPermitted,
    NotSignedIn,
    SignInBusy,
    SignInLocked,
    SignInRefused,
)
from server.identity.passwords import Cost, Hasher, argon2id, new_verifier
from server.identity.roles import Permission, Role, permissions_of
from server.identity.sealing import SecretSeal
from server.identity.sign_ins import SignIns, cost_of
from tests.server.identity.people import ADDRESS, PASSWORD, Office, Person, secrets_in


async def refused(office: Office, person: Person, **changes: Any) -> None:
    """Fail unless an attempt is refused."""
    with pytest.raises(SignInRefused):
        await office.sign_ins.sign_in(office.attempt(person, **changes))


async def later(office: Office, seconds: float) -> None:
    """Let time pass for delays and sign-ins, which the database keeps."""
    back = timedelta(seconds=seconds)
    await office.owner.execute(
        "UPDATE sign_in_delay SET last_at = last_at - $1::interval,"
        " locked_until = locked_until - $1::interval",
        back,
    )
    await office.owner.execute(
        "UPDATE sign_in SET created_at = created_at - $1::interval,"
        " seen_at = seen_at - $1::interval",
        back,
    )


async def test_the_right_words_let_in(office: Office) -> None:
    """Name, password and code give a token, and the token tells who it is and what he may do."""
    mara = await office.hire("mara", Role.FLOOR)
    token = await office.enter(mara, name="  Mara ")

    found = await office.sign_ins.check(token)

    assert (found.name, found.role, found.kind) == ("mara", "floor", "operator")
    assert found.permissions == permissions_of("floor")
    assert found.recovery_codes == 10
    assert (found.previous_at, found.previous_address) == (None, None)
    assert found.ends_at - found.created_at == timedelta(hours=12)
    second = await office.sign_ins.check(await office.enter(mara, address="192.0.2.9"))
    assert (second.previous_at, second.previous_address) == (found.created_at, ADDRESS)
    stored = await office.owner.fetch("SELECT token FROM sign_in")
    assert all(token.encode() not in row["token"] for row in stored)


async def test_one_answer_for_everything_wrong(office: Office) -> None:
    """D8: a wrong name, password or code is refused in the same words; the record knows which."""
    mara = await office.hire()
    sign_ins = office.under(lockout_after=100)
    words = set()
    code = mara.code(office.clock.at)
    for changes in (
        {"name": "nobody"},
        {"password": PASSWORD + "!"},
        {"code": "000000" if code != "000000" else "000001"},
        {"code": None, "recovery_code": "AAAA-AAAA-AAAA-AAAA"},
        {"code": ""},
        {"code": "\N{ARABIC-INDIC DIGIT FIVE}" * 6},
        {"kind": "player"},
    ):
        with pytest.raises(SignInRefused) as caught:
            await sign_ins.sign_in(office.attempt(mara, **changes))
        words.add(str(caught.value))

    assert len(words) == 1
    assert await office.outcomes() == [
        "unknown name",
        "wrong password",
        "wrong code",
        "wrong recovery code",
        "wrong code",
        "wrong code",
        "unknown name",
    ]
    assert await office.owner.fetchval("SELECT count(*) FROM sign_in") == 0


async def test_a_code_is_taken_once(office: Office) -> None:
    """A code that was taken is refused afterwards, and so is every one from before it."""
    mara = await office.hire()
    earlier = mara.code(office.clock.at)
    office.clock.next_step()
    code = mara.code(office.clock.at)
    await office.sign_ins.sign_in(office.attempt(mara, code=code))

    await refused(office, mara, code=code)
    await refused(office, mara, code=earlier)

    assert (await office.outcomes())[1:] == ["code used before"] * 2
    await later(office, 3_600)
    await office.enter(mara)


async def test_a_code_is_taken_once_at_the_same_moment(office: Office) -> None:
    """Of several attempts with one code at the same moment a single one succeeds."""
    mara = await office.hire()
    sign_ins = office.under(lockout_after=100)
    attempts = [sign_ins.sign_in(office.attempt(mara)) for _ in range(6)]

    done = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(each, str) for each in done) == 1
    assert sum(isinstance(each, SignInRefused) for each in done) == 5


async def finish(connection: Any, proof: bytes, step: int, token: bytes) -> bool:
    """End a sign-in of mara that was begun."""
    return bool(
        await connection.fetchval(
            "SELECT sign_in_finish('operator', 'mara', $1, $1, $2, $3, NULL, $4, 8)",
            ADDRESS,
            proof,
            step,
            token,
        )
    )


@pytest.mark.parametrize("change", ["the same code", "disabled"])
async def test_decided_under_the_lock(office: Office, change: str) -> None:
    """Who waits for another's transaction decides by what that has left, not by what was before."""
    await office.hire()
    salt = await office.owner.fetchval("SELECT salt FROM credential")
    proof = argon2id(PASSWORD, salt, cost_of(office.settings))
    async with office.database.connected("app") as one, office.database.connected("app") as two:
        async with office.owner.transaction(), one.transaction():
            if change == "disabled":
                await office.owner.execute("UPDATE credential SET disabled_at = now()")
            else:
                assert await finish(one, proof, 7, b"1" * 32)
            waiting = asyncio.create_task(finish(two, proof, 7, b"2" * 32))
            await asyncio.sleep(0.05)
            assert not waiting.done()
        assert not await waiting
    assert (await office.outcomes())[-1] == (
        "disabled" if change == "disabled" else "code used before"
    )


async def test_clocks_may_be_one_step_off(office: Office) -> None:
    """A code of the step before or after is taken; one of two steps away is not."""
    mara = await office.hire()
    sign_ins = office.under(lockout_after=100)
    now = office.clock.at
    for seconds, right in ((-60, False), (-30, True), (30, True), (60, False)):
        attempt = office.attempt(mara, code=mara.code(now + seconds))
        if right:
            assert await sign_ins.sign_in(attempt)
        else:
            with pytest.raises(SignInRefused):
                await sign_ins.sign_in(attempt)


async def test_a_recovery_code_is_good_once(office: Office) -> None:
    """A recovery code lets in without an authenticator, once, and not without the password."""
    mara = await office.hire()
    first, second, *_ = mara.recovery_codes
    await refused(office, mara, code=None, recovery_code=first, password="wrong password")
    token = await office.sign_ins.sign_in(
        office.attempt(mara, code=None, recovery_code=first.lower().replace("-", " "))
    )
    await refused(office, mara, code=None, recovery_code=first)
    both = [
        office.sign_ins.sign_in(office.attempt(mara, code=None, recovery_code=second))
        for _ in range(2)
    ]
    done = await asyncio.gather(*both, return_exceptions=True)

    assert (await office.sign_ins.check(token)).recovery_codes == 8
    assert sorted(type(each) is str for each in done) == [False, True]
    actions = [row["reason"] for row in await office.actions() if "sign-in" in row["action"]]
    assert actions == ["by recovery code"] * 2


async def test_failures_lock_a_name_for_a_growing_time(office: Office) -> None:
    """L1: after three failures in a row the right words wait 30 s, after a fourth 60 s."""
    mara = await office.hire()
    for _ in range(3):
        await refused(office, mara, password="wrong password")
    with pytest.raises(SignInLocked) as caught:
        await office.sign_ins.sign_in(office.attempt(mara))
    assert 28 < caught.value.wait_s <= 30
    await later(office, 31)
    await refused(office, mara, password="wrong password")
    with pytest.raises(SignInLocked) as caught:
        await office.sign_ins.sign_in(office.attempt(mara))
    assert 58 < caught.value.wait_s <= 60
    await later(office, 61)

    await office.enter(mara)

    for _ in range(2):
        await refused(office, mara, password="wrong password")
    await office.enter(mara)
    assert (await office.outcomes()).count("locked") == 2


async def test_delays_end_at_the_most(office: Office) -> None:
    """However many failures there were, the delay is never longer than the longest."""
    mara = await office.hire()
    await refused(office, mara, password="wrong password")
    await office.owner.execute("UPDATE sign_in_delay SET failures = 1000 WHERE kind = 'operator'")
    await refused(office, mara, password="wrong password")
    with pytest.raises(SignInLocked) as caught:
        await office.sign_ins.sign_in(office.attempt(mara))
    assert 3_590 < caught.value.wait_s <= 3_600


async def test_failures_are_forgotten(office: Office) -> None:
    """Failures from long ago do not count, and their rows are swept away."""
    mara = await office.hire()
    for _ in range(2):
        await refused(office, mara, password="wrong password")
    await later(office, 86_401)
    for _ in range(2):
        await refused(office, mara, password="wrong password")
    await office.enter(mara)
    await later(office, 86_401)
    await office.sign_ins.expire()
    assert await office.owner.fetchval("SELECT count(*) FROM sign_in_delay") == 0


async def test_names_that_are_not_there_lock_too(office: Office) -> None:
    """A lock does not tell whether its name exists."""
    nobody = Person("nobody", b"x" * 20, ())
    for _ in range(3):
        await refused(office, nobody)
    with pytest.raises(SignInLocked):
        await office.sign_ins.sign_in(office.attempt(nobody))


async def test_many_guesses_at_once_are_no_free_guesses(office: Office) -> None:
    """Attempts at the same moment are counted before they are checked: three are, and no more."""
    mara = await office.hire()
    guesses = [
        office.sign_ins.sign_in(office.attempt(mara, password=f"guess number {number}"))
        for number in range(20)
    ]

    done = await asyncio.gather(*guesses, return_exceptions=True)

    assert sum(type(each) is SignInRefused for each in done) == 3
    assert sum(type(each) is SignInLocked for each in done) == 17


async def test_failures_lock_an_address(office: Office) -> None:
    """An address that tries many names is locked for all, and one of its own does not clear it."""
    mara = await office.hire()
    await office.hire("otto")
    sign_ins = office.under(lockout_after_address=5)
    for number in range(4):
        with pytest.raises(SignInRefused):
            await sign_ins.sign_in(office.attempt(mara, name=f"name{number}"))
    assert await sign_ins.sign_in(office.attempt(mara)), "forgiven alone"
    with pytest.raises(SignInRefused):
        await sign_ins.sign_in(office.attempt(mara, name="name9"))

    with pytest.raises(SignInLocked):
        await sign_ins.sign_in(office.attempt(mara, name="otto"))

    office.clock.next_step()
    assert await sign_ins.sign_in(office.attempt(mara, address="192.0.2.2"))


async def test_a_network_of_ipv6_is_one_address(office: Office) -> None:
    """Failures from one /64 add up; the record keeps the whole address."""
    mara = await office.hire()
    sign_ins = office.under(lockout_after_address=2)
    for number in (1, 2):
        with pytest.raises(SignInRefused):
            await sign_ins.sign_in(
                office.attempt(mara, name=f"name{number}", address=f"2001:db8::{number}")
            )
    with pytest.raises(SignInLocked):
        await sign_ins.sign_in(office.attempt(mara, address="2001:db8::3"))
    assert await sign_ins.sign_in(office.attempt(mara, address="2001:db8:0:1::3"))
    rows = await office.owner.fetch("SELECT address FROM sign_in_attempt ORDER BY id")
    assert [row["address"] for row in rows][:2] == ["2001:db8::1", "2001:db8::2"]


async def test_unused_sign_ins_end(office: Office) -> None:
    """D9: after half an hour without a use a token is worth nothing; a use keeps it."""
    mara = await office.hire()
    token = await office.enter(mara)
    await later(office, 1_700)
    await office.sign_ins.check(token)
    await later(office, 1_700)
    used = await office.sign_ins.check(token)
    await later(office, 1_000)
    await office.sign_ins.renew(used)
    await later(office, 801)

    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)

    row = await office.owner.fetchrow("SELECT ended_at, end_reason FROM sign_in")
    assert row["ended_at"] is not None
    assert row["end_reason"] == "expired"


async def test_sign_ins_end_whatever_their_use(office: Office) -> None:
    """Twelve hours after it began a sign-in ends; what nobody asked for is swept away."""
    mara = await office.hire()
    token, other = await office.enter(mara), await office.enter(mara)
    for _ in range(24):
        await office.sign_ins.check(token)
        await later(office, 1_790)
    await office.sign_ins.check(token)
    await later(office, 300)

    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
    await office.sign_ins.expire()

    assert await office.owner.fetchval("SELECT count(*) FROM sign_in WHERE ended_at IS NULL") == 0
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(other)


async def test_sign_out(office: Office) -> None:
    """Who signs out has a token that is worth nothing; once is enough."""
    mara = await office.hire()
    token, other = await office.enter(mara), await office.enter(mara)

    assert await office.sign_ins.sign_out(token, ADDRESS)

    assert not await office.sign_ins.sign_out(token, ADDRESS)
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
    await office.sign_ins.check(other)
    actions = [(row["actor"], row["action"]) for row in await office.actions()]
    assert actions[-1] == ("mara", "console.sign-out")


async def test_a_disabled_operator_is_out_at_once(office: Office) -> None:
    """Disabled, an operator is signed out and let in no more; enabled, he signs in again."""
    mara = await office.hire()
    signed_in = await office.sign_ins.check(token := await office.enter(mara))
    assert await office.operators.disable("mara", "left") == 1

    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
    with pytest.raises(NotSignedIn):
        await office.sign_ins.renew(signed_in)
    with pytest.raises(NotSignedIn):
        await office.sign_ins.record(signed_in, "tables.operate", "table 1", "", ADDRESS)
    office.clock.next_step()
    await refused(office, mara)

    assert (await office.outcomes())[-1] == "disabled"
    await office.operators.enable("mara")
    token = await office.enter(mara)
    await office.owner.execute("UPDATE credential SET disabled_at = now()")
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)  # also where nobody has ended the sign-in


async def test_a_role_counts_from_the_next_request(office: Office) -> None:
    """A role that is taken away is gone for sign-ins that are open."""
    mara = await office.hire("mara", Role.ADMIN)
    token = await office.enter(mara)
    (await office.sign_ins.check(token)).require(Permission.TABLES_OPERATE)
    await office.operators.set_role("mara", Role.CASHIER)

    with pytest.raises(NotPermitted):
        (await office.sign_ins.check(token)).require(Permission.TABLES_OPERATE)


async def test_so_many_sign_ins_at_a_time(office: Office, monkeypatch: Any) -> None:
    """One sign-in too many ends the oldest."""
    monkeypatch.setattr(module, "OPEN_MAX", 2)
    mara = await office.hire()
    first, second, third = [await office.enter(mara) for _ in range(3)]
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(first)
    await office.sign_ins.check(second)
    await office.sign_ins.check(third)


async def test_actions_are_those_of_the_signed_in(office: Office) -> None:
    """I1: a record holds operator, role, action, object, reason, address and time."""
    mara = await office.hire("mara", Role.FLOOR)
    signed_in = await office.sign_ins.check(await office.enter(mara))
    number = await office.sign_ins.record(
        signed_in, "rounds.void", "round 17-3", "wheel stopped", "192.0.2.5"
    )
    await office.operators.set_role("mara", Role.ADMIN)

    row = next(row for row in await office.actions() if row["id"] == number)

    assert row["operator"] == signed_in.credential
    assert (row["actor"], row["role"]) == ("mara", "floor"), "the role of that time"
    assert (row["action"], row["object"]) == ("rounds.void", "round 17-3")
    assert (row["reason"], row["address"]) == ("wheel stopped", "192.0.2.5")
    assert abs(row["at"] - datetime.now(UTC)) < timedelta(minutes=1)


class Counting(Hasher):
    """Counts hashes."""

    def __init__(self) -> None:
        super().__init__()
        self.worked: list[Cost] = []

    async def work(self, password: str, salt: bytes, cost: Cost) -> bytes:
        """Work one out."""
        self.worked.append(cost)
        return await super().work(password, salt, cost)


async def test_unknown_names_take_the_same_way(office: Office) -> None:
    """A name that is not there costs the same hash and the same calls as one that is."""
    mara = await office.hire()
    hasher = Counting()
    seal = SecretSeal({"1": bytes(range(32))})
    sign_ins = SignIns(office.pool, office.settings, seal, hasher=hasher, now=office.clock)
    ways = []
    for changes in ({"name": "nobody"}, {"password": "wrong password"}):
        asked: list[str] = []

        class Spy:
            """Notes what the database is asked."""

            async def fetchrow(self, query: str, *arguments: Any) -> Any:
                asked.append(query)  # noqa: B023 - used within the turn
                return await office.pool.fetchrow(query, *arguments)

            async def fetchval(self, query: str, *arguments: Any) -> Any:
                asked.append(query)  # noqa: B023
                return await office.pool.fetchval(query, *arguments)

        sign_ins._pool = Spy()
        with pytest.raises(SignInRefused):
            await sign_ins.sign_in(office.attempt(mara, **changes))
        ways.append((asked, hasher.worked.copy()))
        hasher.worked.clear()

    assert ways[0] == ways[1]
    assert ways[0][1] == [cost_of(office.settings)]
    assert len(ways[0][0]) == 2
    sign_ins.close()


async def test_locked_names_cost_no_hash(office: Office) -> None:
    """Whoever is locked out does not make the server work."""
    mara = await office.hire()
    hasher = Counting()
    seal = SecretSeal({"1": bytes(range(32))})
    sign_ins = SignIns(office.pool, office.settings, seal, hasher=hasher, now=office.clock)
    for _ in range(6):
        with pytest.raises((SignInRefused, SignInLocked)):
            await sign_ins.sign_in(office.attempt(mara, password="wrong password"))
    assert len(hasher.worked) == 3
    sign_ins.close()


async def test_too_many_at_once(office: Office) -> None:
    """More sign-ins than may wait are turned away, and the loop turns meanwhile."""
    mara = await office.hire()
    hasher = Hasher(workers=1, waiting_max=1)
    seal = SecretSeal({"1": bytes(range(32))})
    settings = office.under(lockout_after=100)._settings
    sign_ins = SignIns(office.pool, settings, seal, hasher=hasher, now=office.clock)
    hasher._under_way = 2
    with pytest.raises(SignInBusy):
        await sign_ins.sign_in(office.attempt(mara))
    assert sign_ins.outcomes == {"busy": 1}
    hasher._under_way = 0
    await sign_ins.sign_in(office.attempt(mara))
    sign_ins.close()


async def test_older_hashes_are_renewed(office: Office) -> None:
    """A password that was made under another cost is the right one, and gets the cost of today."""
    mara = await office.hire()
    cost = "SELECT memory_kib, passes, lanes FROM credential"
    await office.operators.reset_password("mara", new_verifier(PASSWORD, Cost(32, 2, 2)))
    await refused(office, mara, password="wrong password")
    assert tuple(await office.owner.fetchrow(cost)) == (32, 2, 2)
    await office.enter(mara)
    assert tuple(await office.owner.fetchrow(cost)) == cost_of(office.settings)
    await office.enter(mara)
    assert office.sign_ins.outcomes == {"refused": 1, "signed_in": 2}


async def test_nobody_renews_a_hash_without_the_password(office: Office) -> None:
    """Whoever lacks the password cannot have another stored in its place."""
    mara = await office.hire()
    async with office.database.connected("app") as app:
        await app.execute(
            "SELECT sign_in_check($1, '1 s', '1 s', true),"
            " credential_rehash('operator', 'mara', $1, $1, 64, 1, 1, $1)",
            b"x" * 32,
        )
    await office.enter(mara)


async def test_a_key_that_is_gone(office: Office) -> None:
    """Without its key a second factor lets nobody in; the log says why, a recovery code helps."""
    mara = await office.hire()
    other = SecretSeal({"2": bytes(range(1, 33))})
    sign_ins = SignIns(office.pool, office.settings, other, now=office.clock)
    with structlog.testing.capture_logs() as logs:
        with pytest.raises(SignInRefused):
            await sign_ins.sign_in(office.attempt(mara))
        code = mara.recovery_codes[0]
        assert await sign_ins.sign_in(office.attempt(mara, code=None, recovery_code=code))
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "second factor unreadable"
    ] * 2
    sign_ins.close()


async def test_no_secret_in_logs(office: Office) -> None:
    """Nothing that is logged holds a password, a code, a token or a name that was typed."""
    mara = await office.hire()
    with structlog.testing.capture_logs() as logs:
        token = await office.enter(mara)
        await refused(office, mara, name="my secret password")
        for _ in range(4):
            with pytest.raises((SignInRefused, SignInLocked)):
                await office.sign_ins.sign_in(office.attempt(mara, password="tried password"))
    text = repr(logs)
    assert len(logs) == 6
    assert not secrets_in(text, mara)
    for secret in (token, mara.code(office.clock.at), "my secret", "tried password"):
        assert secret not in text
    stored = repr(await office.owner.fetch("SELECT * FROM sign_in_attempt"))
    assert "my secret" not in stored


@pytest.mark.parametrize("token", ["", "x", "\ud800", "\0", "a" * 10_000])
async def test_tokens_that_are_none(office: Office, token: str) -> None:
    """Whatever is shown in place of a token is nobody's."""
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)


async def test_no_secret_in_tracebacks(office: Office) -> None:
    """What stands for a person or an attempt is shown without its secrets."""
    mara = await office.hire()
    enrolment = await office.operators.reset_totp("mara")
    said = ConsoleSignIn(name="mara", password=PASSWORD, code="123456")
    text = repr((office.attempt(mara, recovery_code=mara.recovery_codes[0]), enrolment, said))
    assert not secrets_in(text, mara)
    for secret in (mara.code(office.clock.at), "123456", "otpauth", enrolment.recovery_codes[0]):
        assert secret not in text
