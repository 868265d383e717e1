"""Tests of `server.console.record`: the record is read newest first, part by part."""

from __future__ import annotations

import contextlib

from protocol.schema.console_record import RecordedAction
from server.console.record import Record
from server.identity.errors import SignInRefused
from server.identity.roles import Role
from tests.server.identity.people import ADDRESS, Office


async def test_actions(office: Office) -> None:
    """I1: who, in which role, did what to what, why, when and from where; in parts, none lost."""
    mara, otto = await office.hire(), await office.hire("otto", Role.ADMIN)
    record = Record(office.pool)
    tokens = {person.name: await office.enter(person) for person in (mara, otto)}
    for number in range(5):
        for name in ("mara", "otto"):
            signed_in = await office.sign_ins.check(tokens[name])
            await office.sign_ins.record(
                signed_in, "table.pause", f"t{number}", f"reason {number}", ADDRESS
            )
    everything = await record.actions(before=None, actor="", rows=200)
    assert not everything.more
    told = [(one.actor, one.action, one.object) for one in everything.actions]
    assert told[:2] == [("otto", "table.pause", "t4"), ("mara", "table.pause", "t4")]
    first = everything.actions[0]
    assert (first.role, first.reason, first.address) == ("admin", "reason 4", ADDRESS)
    assert everything.actions[-1].role == "command line"
    found: list[RecordedAction] = []
    before: int | None = None
    while True:
        part = await record.actions(before=before, actor="", rows=3)
        found += part.actions
        if not part.more:
            break
        before = int(part.actions[-1].id)
    assert tuple(found) == everything.actions
    of_mara = await record.actions(before=None, actor="mara", rows=4)
    assert of_mara.more
    assert [one.object for one in of_mara.actions] == ["t4", "t3", "t2", "t1"]
    assert (await record.actions(before=None, actor="nobody", rows=4)).actions == ()


async def test_attempts(office: Office) -> None:
    """D11: attempts are told with the reason that whoever tried was not told."""
    mara = await office.hire()
    await office.enter(mara)
    for changes in ({"password": "wrong password"}, {"name": "nobody"}):
        with contextlib.suppress(SignInRefused):
            await office.enter(mara, **changes)
    found = await Record(office.pool).attempts(before=None, rows=2)
    assert found.more
    assert [(one.operator, one.outcome) for one in found.attempts] == [
        (None, "unknown name"),
        ("mara", "wrong password"),
    ]
    older = await Record(office.pool).attempts(before=int(found.attempts[-1].id), rows=2)
    assert [one.outcome for one in older.attempts] == ["signed in"]
    assert not older.more


async def test_operators(office: Office) -> None:
    """I6: the list for reviews of access says who may what, and when each was last here."""
    mara = await office.hire()
    await office.hire("otto", Role.ADMIN)
    await office.operators.disable("otto")
    await office.enter(mara)
    listed = (await Record(office.pool).operators()).operators
    assert [(one.name, one.role, one.disabled) for one in listed] == [
        ("mara", "floor", False),
        ("otto", "admin", True),
    ]
    assert (listed[0].open, listed[0].recovery_codes, listed[0].address) == (1, 10, ADDRESS)
    assert listed[0].signed_in_ms is not None
    assert listed[1].signed_in_ms is None
