"""Types that every message is made of.

Integers are bounded to plus or minus 2^53 - 1 by their type, so that no client language rounds one.
Every id of an entity is a string.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import msgspec

MAXIMUM_INTEGER: Final = 2**53 - 1

Integer = Annotated[int, msgspec.Meta(ge=-MAXIMUM_INTEGER, le=MAXIMUM_INTEGER)]
Counter = Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_INTEGER)]
Amount = Annotated[
    int,
    msgspec.Meta(
        ge=-MAXIMUM_INTEGER,
        le=MAXIMUM_INTEGER,
        description="Money in minor units of the session's currency (cents for EUR).",
    ),
]
RequestId = Annotated[
    int,
    msgspec.Meta(
        ge=1,
        le=MAXIMUM_INTEGER,
        description="Chosen by the client, above every id it used before in this session.",
    ),
]
EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
StoredId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[!-~]+$")]
"""An EntityId that is looked up in the database, which refuses a NUL inside a text.

Kept off the play requests: those ids are compared in memory, and a pattern costs 0.7 us a field.
"""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
StoredName = Annotated[
    str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""A Name that is stored as it came, so it has no control characters."""
Secret = Annotated[str, msgspec.Meta(min_length=16, max_length=128)]
ClientSeed = Annotated[
    bytes,
    msgspec.Meta(
        max_length=32,
        description="1 to 32 bytes drawn afresh by the client; empty where client seeds are off.",
    ),
]
Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""32 bytes: a seed of a chain, or its commitment."""
GameData = msgspec.Raw
"""A game's own bets, decision or view, in the codec of the connection."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of every body. Unknown fields are ignored, so that v1 can grow.

    A body never holds itself, so the garbage collector need not look for it.
    """


class Request(Message, frozen=True):
    """Base of every request body."""

    TYPE: ClassVar[str]
    """Its name on the wire."""


class Reply(Message, frozen=True):
    """Base of every reply body."""

    TYPE: ClassVar[str]
    """Its name on the wire."""


class Event(Message, frozen=True):
    """Base of every body that the server sends unasked."""

    TYPE: ClassVar[str]
    """Its name on the wire."""


class Balance(Message, frozen=True, omit_defaults=False):
    """What the player has. The highest `version` is the newest, whatever order they arrive in."""

    amount: Amount
    """Free to stake."""
    held: Amount
    """On open rounds."""
    version: Counter
    """Of the account; grows with every change of its balance."""


class ChainInfo(Message, frozen=True, omit_defaults=False):
    """The chain that a table plays on, and the round that may be bet on next."""

    chain: EntityId
    """The chain's own id."""
    commitment: Digest
    """s_0: round n's seed, hashed n times with SHA-256, gives this."""
    length: Counter
    """How many rounds it can have."""
    round: EntityId
    """The id that the next bet must name: `chain-n`."""
