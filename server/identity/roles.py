"""What each role may do. What is not in the table is refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["PERMISSIONS", "Permission", "Role", "allowed", "permissions_of"]


class Role(enum.StrEnum):
    """An operator has one role. The database knows the same four."""

    FLOOR = "floor"
    """Runs the live tables."""
    CASHIER = "cashier"
    """Handles payments."""
    COMPLIANCE = "compliance"
    """Protects players, and reads what the others did."""
    ADMIN = "admin"
    """Manages operators, and can run the tables in need. Touches neither payments nor players."""


class Permission(enum.StrEnum):
    """What a role can be allowed."""

    TABLES_WATCH = "tables.watch"
    """See all tables, their seats, bets and money held: what a watcher sees, and totals."""
    TABLES_OPERATE = "tables.operate"
    """Make, change, open, close, pause and resume a table."""
    ROUNDS_VIEW = "rounds.view"
    """See finished rounds and replay them."""
    ROUNDS_VOID = "rounds.void"
    """Void a round: every stake goes back."""
    PLAYERS_VIEW = "players.view"
    """See a player's account and history."""
    PLAYERS_RESTRICT = "players.restrict"
    """Set limits, time-outs and exclusions."""
    PAYMENTS_VIEW = "payments.view"
    """See deposits and withdrawals."""
    PAYMENTS_DECIDE = "payments.decide"
    """Approve or refuse a withdrawal."""
    ACTIONS_VIEW = "actions.view"
    """Read the record of what operators did, and of attempts to sign in."""
    OPERATORS_VIEW = "operators.view"
    """See who the operators are, their roles and their last sign-ins."""
    OPERATORS_MANAGE = "operators.manage"
    """Add and disable operators, change their roles, reset their passwords."""


PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.FLOOR: frozenset(
            {
                Permission.TABLES_WATCH,
                Permission.TABLES_OPERATE,
                Permission.ROUNDS_VIEW,
                Permission.ROUNDS_VOID,
            }
        ),
        Role.CASHIER: frozenset(
            {
                Permission.ROUNDS_VIEW,
                Permission.PLAYERS_VIEW,
                Permission.PAYMENTS_VIEW,
                Permission.PAYMENTS_DECIDE,
            }
        ),
        Role.COMPLIANCE: frozenset(
            {
                Permission.TABLES_WATCH,
                Permission.ROUNDS_VIEW,
                Permission.PLAYERS_VIEW,
                Permission.PLAYERS_RESTRICT,
                Permission.PAYMENTS_VIEW,
                Permission.ACTIONS_VIEW,
                Permission.OPERATORS_VIEW,
            }
        ),
        Role.ADMIN: frozenset(
            {
                Permission.TABLES_WATCH,
                Permission.TABLES_OPERATE,
                Permission.ROUNDS_VIEW,
                Permission.ROUNDS_VOID,
                Permission.ACTIONS_VIEW,
                Permission.OPERATORS_VIEW,
                Permission.OPERATORS_MANAGE,
            }
        ),
    }
)
"""All there is. Whoever decides on withdrawals neither restricts players nor makes operators."""


def permissions_of(role: str | None) -> frozenset[Permission]:
    """Return what a role may do: nothing, for one that is not known."""
    try:
        return PERMISSIONS.get(Role(role), frozenset()) if role is not None else frozenset()
    except ValueError:
        return frozenset()


def allowed(role: str | None, permission: Permission) -> bool:
    """Whether a role may do something."""
    return permission in permissions_of(role)
