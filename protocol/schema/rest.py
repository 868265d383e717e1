"""What the HTTP interface says: the server answers with these, the document shows them."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = ["ALIVE", "READY", "Alive", "Problem", "ProblemDetail", "Ready"]


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process lives and its event loop turns."""

    status: Literal["ok"] = "ok"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """New sessions and rounds are taken."""

    status: Literal["ready"] = "ready"
    program: str
    """Its program: the version, and how many migrations it knows."""
    live_rounds_parked: int = 0
    """Rounds of this node's live tables that wait for an operator: see the operations guide."""


class ProblemDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong."""

    code: str
    """For programs. The set is open: more codes may come."""
    message: str
    """For a person: what it is, and what to do."""
    field: str = ""
    """Which value of the request is wrong, where it is one; left out elsewhere."""
    reason: str = ""
    """How it is wrong, for a person; left out elsewhere."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The form of every HTTP error."""

    error: ProblemDetail


ALIVE: Final = Alive()
READY: Final = Ready(program="0.1.0 (schema 12)")
