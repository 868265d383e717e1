"""What the client raises. Everything descends from `ClientError`."""

from __future__ import annotations

from typing import Any

from protocol.errors import Certainty
from protocol.messages.failure import Failure

__all__ = [
    "ClientError",
    "ConnectError",
    "CroupierError",
    "FairnessError",
    "SessionEndedError",
    "TicketError",
]

SESSION_LOST = "session_lost"
"""Code of a request whose session the server no longer knows. The client's own, not the wire's."""


class ClientError(Exception):
    """Base of everything that the client raises by itself."""


class CroupierError(ClientError):
    """A request was refused, or its answer cannot be had any more.

    `code` is one of `protocol.errors.ErrorCode` or a newer one (the set is open), `certainty` says
    whether anything may have happened: FINAL is decided, TEMPORARY was not executed, UNKNOWN is in
    doubt. `details` is a small map for the program.
    """

    def __init__(
        self,
        code: str,
        certainty: Certainty,
        message: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.certainty = certainty
        self.message = message
        self.details = details or {}

    @classmethod
    def of(cls, failure: Failure) -> CroupierError:
        """Return the error that an error reply stands for."""
        return cls(failure.code, certainty_of(failure), failure.message, failure.details)


class SessionEndedError(ClientError):
    """The session is over and the client will not reconnect by itself.

    `code` is the WebSocket close code, or None where an answer rather than a close ended it.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ConnectError(ClientError):
    """The first connection could not be made in the time given."""


class TicketError(ClientError):
    """The ticket provider could not get a ticket; `temporary` says whether to try again."""

    def __init__(self, message: str, *, temporary: bool) -> None:
        super().__init__(message)
        self.temporary = temporary


class FairnessError(ClientError):
    """A revealed seed does not belong to the chain that was committed to before the bet."""


def certainty_of(failure: Failure) -> Certainty:
    """Return how sure an error reply is; one that we do not know counts as in doubt."""
    try:
        return Certainty(failure.certainty)
    except ValueError:
        return Certainty.UNKNOWN
