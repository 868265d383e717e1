"""Who did what: the answers that list what operators did, who tried to sign in, who there is."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

__all__ = [
    "ACTIONS",
    "ATTEMPTS",
    "OPERATORS",
    "Attempts",
    "OperatorEntry",
    "Operators",
    "RecordedAction",
    "RecordedActions",
    "RecordedAttempt",
]

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class RecordedAction(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the record. It is written before the action is done, and never changed."""

    id: str
    """Its number; later entries have higher ones."""
    at_ms: Count
    """When, in milliseconds since 1970."""
    actor: str
    """The operator's name; of a command, the user of the system who ran it."""
    role: str
    """The operator's role at that time, or `command line`."""
    action: str
    """What was done, such as `table.pause`; ending in `.refused` where the table did not do it."""
    object: str
    """To what, such as a table's id."""
    reason: str
    """Why."""
    address: str
    """From where."""


class RecordedActions(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the record, the newest first."""

    actions: tuple[RecordedAction, ...]
    """The entries."""
    more: bool
    """Whether there are older ones: ask with `before`, the last number."""


class RecordedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of an operator to sign in, with its true outcome."""

    id: str
    """Its number."""
    at_ms: Count
    """When, in milliseconds since 1970."""
    operator: str | None
    """Under which name; null where there is no operator of the name that was given."""
    outcome: str
    """How it ended, such as `signed in`, `wrong password` or `locked`."""
    address: str
    """From where."""


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the attempts to sign in, the newest first."""

    attempts: tuple[RecordedAttempt, ...]
    """The attempts."""
    more: bool
    """Whether there are older ones: ask with `before`, the last number."""


class OperatorEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One operator, for the list by which access is reviewed."""

    name: str
    """The name."""
    role: str
    """The role."""
    disabled: bool
    """Whether the operator is kept out."""
    created_ms: Count
    """Since when there is this operator, in milliseconds since 1970."""
    password_ms: Count
    """Since when the password is as it is."""
    signed_in_ms: Count | None
    """When the last sign-in began; null where there was none."""
    address: str | None
    """From where that came."""
    open: Count
    """Open sign-ins; some may have expired since they were last looked at."""
    recovery_codes: Count
    """How many recovery codes are left."""


class Operators(msgspec.Struct, frozen=True, kw_only=True):
    """All operators, by name."""

    operators: tuple[OperatorEntry, ...]
    """The operators."""


ACTIONS: Final = RecordedActions(
    actions=(
        RecordedAction(
            id="4711",
            at_ms=1_790_000_000_000,
            actor="mara",
            role="floor",
            action="table.pause",
            object="t7",
            reason="The wheel of this table is being looked at.",
            address="192.0.2.7",
        ),
    ),
    more=True,
)
ATTEMPTS: Final = Attempts(
    attempts=(
        RecordedAttempt(
            id="93",
            at_ms=1_790_000_000_000,
            operator="mara",
            outcome="wrong password",
            address="192.0.2.7",
        ),
    ),
    more=False,
)
OPERATORS: Final = Operators(
    operators=(
        OperatorEntry(
            name="mara",
            role="floor",
            disabled=False,
            created_ms=1_780_000_000_000,
            password_ms=1_780_000_000_000,
            signed_in_ms=1_790_000_000_000,
            address="192.0.2.7",
            open=1,
            recovery_codes=10,
        ),
    )
)
