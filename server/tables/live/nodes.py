"""What nodes say to each other about live tables: commands to an owner, and what he tells.

Game data and messages of the protocol travel as their MessagePack; a node encodes them anew for its
clients that speak JSON.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocol.errors import ErrorCode, Refused
from server.tables.table import Overtaken

__all__ = [
    "Act",
    "Answer",
    "Change",
    "Command",
    "InDoubt",
    "Join",
    "Known",
    "Leave",
    "Money",
    "NodePush",
    "NodeState",
    "Person",
    "Present",
    "Settled",
    "State",
    "Told",
    "Turned",
    "decode_answer",
    "decode_command",
    "encode",
    "plain",
]

encode: Final = msgspec.msgpack.Encoder().encode
plain: Final = msgspec.msgpack.Decoder().decode
"""Reads any MessagePack as plain values."""


class Person(msgspec.Struct, frozen=True, array_like=True):
    """A session of another node."""

    account: int
    session: int
    epoch: int
    node: int


class State(msgspec.Struct, frozen=True, tag="state"):
    """Ask where the table stands, as a person may see it."""

    who: Person


class Join(msgspec.Struct, frozen=True, tag="join"):
    """Put a person on a seat."""

    who: Person
    seat: int | None
    client_seed: bytes | None
    chain: str | None


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Give a person's seat up."""

    who: Person


class Present(msgspec.Struct, frozen=True, tag="present"):
    """A person's client is there, or has gone; or, not `here`, his session has ended."""

    who: Person
    connected: bool
    here: bool


class Money(msgspec.Struct, frozen=True, tag="money"):
    """A bet or a decision."""

    who: Person
    request: int
    bet: bool
    body: bytes
    """The request's body."""


class Act(msgspec.Struct, frozen=True, tag="operate"):
    """An operator's hand: a state of the table, or a void round."""

    state: int | None
    void: str | None
    """Why a round is voided."""
    round: str | None
    """Which one: so that no later one is."""
    origin: str | None = None
    """Who wants it, for the record; None of an older program, which does not tell."""
    record: int | None = None
    """The number under which it is recorded; an order of it is done with the void."""


class Change(msgspec.Struct, frozen=True, tag="change"):
    """An operator's hand: what the table takes from now on, the fields of `Terms`."""

    terms: tuple[int, int, int, int, int, int, int, int | None]
    origin: str
    """Who changed it, for the record; `config` where it is given back to the settings."""
    record: int | None = None
    """The number under which it is recorded; None of an older program, which does not tell."""


Command = State | Join | Leave | Present | Money | Act | Change


class Told(msgspec.Struct, frozen=True, tag="told"):
    """Done; `body` is a LiveState, or empty."""

    body: bytes = b""


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """A money request was accepted; `body` is the reply's."""

    digest: bytes
    body: bytes


class Turned(msgspec.Struct, frozen=True, tag="turned"):
    """Refused. With a place, the refusal is to go on record before it is told."""

    code: str
    message: str
    details: bytes | None
    digest: bytes = b""
    place: tuple[int, int, int] | None = None


class Known(msgspec.Struct, frozen=True, tag="known"):
    """The request was decided before; the record answers."""

    digest: bytes


class InDoubt(msgspec.Struct, frozen=True, tag="doubt"):
    """It is not known whether the request was executed."""


Answer = Told | Settled | Turned | Known | InDoubt


class NodePush(msgspec.Struct, frozen=True, array_like=True):
    """An event: what everybody may see, and what single accounts see in its place."""

    type: str
    common: bytes
    own: dict[int, bytes]


class NodeState(msgspec.Struct, frozen=True, array_like=True):
    """Where a table stands, for all that a node has there."""

    common: bytes
    """A LiveState as a watcher sees it."""
    seats: dict[int, int]
    """Seats by account."""
    views: dict[int, bytes]
    """The round in play as single accounts see it."""


_CODES: Final = frozenset(code.value for code in ErrorCode)
_commands: Final = msgspec.msgpack.Decoder(Command)
_answers: Final = msgspec.msgpack.Decoder(Answer)


def decode_command(body: bytes) -> Command:
    """Read a command. Raises msgspec.DecodeError."""
    command: Command = _commands.decode(body)
    return command


def decode_answer(body: bytes) -> Answer:
    """Read an answer. Raises msgspec.DecodeError."""
    answer: Answer = _answers.decode(body)
    return answer


def turned(refused: Refused, digest: bytes = b"") -> Turned:
    """Return a refusal as an owner tells it."""
    details = None if refused.details is None else encode(refused.details)
    if isinstance(refused, Overtaken):
        place = (refused.chain, refused.n, refused.step)
        return Turned(refused.code.value, refused.message, details, refused.digest, place)
    return Turned(refused.code.value, refused.message, details, digest)


def known(answer: Turned) -> bool:
    """Whether this program knows the code of a refusal."""
    return answer.code in _CODES


def refused_by(answer: Turned) -> Refused:
    """Return a refusal as the node of the player raises it.

    A code that only newer programs know becomes the one that says to ask again later.
    """
    if not known(answer):
        return Refused(ErrorCode.UNAVAILABLE, answer.message)
    details: Any = None if answer.details is None else plain(answer.details)
    refusal = Refused(ErrorCode(answer.code), answer.message, details)
    if answer.place is None:
        return refusal
    return Overtaken(refusal, answer.digest, *answer.place)
