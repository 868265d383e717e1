"""Tests of `server.identity.roles`: the table, cell by cell."""

from __future__ import annotations

import pytest

from server.identity.roles import PERMISSIONS, Permission, Role, allowed, permissions_of

TABLE = """
                   floor cashier compliance admin
tables.watch       yes   no      yes        yes
tables.operate     yes   no      no         yes
rounds.view        yes   yes     yes        yes
rounds.void        yes   no      no         yes
players.view       no    yes     yes        no
players.restrict   no    no      yes        no
payments.view      no    yes     yes        no
payments.decide    no    yes     no         no
actions.view       no    no      yes        yes
operators.view     no    no      yes        yes
operators.manage   no    no      no         yes
"""


def test_table() -> None:
    """Every permission of every role is as it is written down here, and there are no others."""
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    assert head == [role.value for role in Role]
    assert [row[0] for row in rows] == [permission.value for permission in Permission]
    for name, *cells in rows:
        for role, cell in zip(head, cells, strict=True):
            assert allowed(role, Permission(name)) == (cell == "yes"), (role, name)
    assert set(PERMISSIONS) == set(Role)


def test_duties_are_apart() -> None:
    """L1: nobody decides on payments and manages operators, or restricts players besides."""
    apart = {
        Permission.PAYMENTS_DECIDE,
        Permission.PLAYERS_RESTRICT,
        Permission.OPERATORS_MANAGE,
    }
    assert all(len(granted & apart) <= 1 for granted in PERMISSIONS.values())


@pytest.mark.parametrize("role", [None, "", "Admin", "owner", "command line", "admin "])
def test_no_other_role(role: str | None) -> None:
    """Deny by default: a role that is not in the table may nothing."""
    assert permissions_of(role) == frozenset()
    assert not any(allowed(role, permission) for permission in Permission)
