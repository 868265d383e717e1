"""The error reply."""

from __future__ import annotations

from typing import Any, ClassVar

from protocol.messages.common import Reply


class Failure(Reply, frozen=True):
    """Answers any request that was refused. The set of codes is open."""

    TYPE: ClassVar = "error"

    code: str
    """What was wrong. Follow `certainty` where the code is one you do not know."""
    certainty: str
    """final: decided. temporary: not executed, the same id may be sent again. unknown: in doubt,
    ask again with the same id."""
    message: str
    """What to do next, for reading."""
    details: dict[str, Any] | None = None
    """For the program: for `stale_round` the `round` and `chain` to bet on."""
