"""The frames that the generator sends and the little that it reads of the answers.

Every request has an id of five bytes, because ids begin at 65,536. So every frame of a kind is of
one length, and the floor can answer under a request's id without decoding anything.
"""

from __future__ import annotations

from typing import Final

import msgspec

from protocol.codec import MSGPACK
from protocol.messages.rounds import Spin
from protocol.messages.session import Bye, ClientInfo, Hello
from protocol.messages.tables import Sit

__all__ = [
    "FIRST_ID",
    "ID_END",
    "ID_START",
    "Answer",
    "bets",
    "bye",
    "hello",
    "read",
    "sit",
    "spin",
]

FIRST_ID: Final = 1 << 16
"""From here to 2^32 MessagePack writes an integer in five bytes."""
ID_START: Final = 4
"""Where the id begins in a frame: behind the map's header and the key `id`."""
ID_END: Final = ID_START + 5

_CLIENT: Final = ClientInfo(name="croupier-bench", version="1")


class Named(msgspec.Struct, frozen=True):
    """The part of a chain's description that the next bet needs."""

    round: str


class Body(msgspec.Struct, frozen=True):
    """What is read of a body, whichever it is."""

    table: str = ""
    chain: Named | None = None
    """Of `seated` and `chain_started`."""
    next: Named | None = None
    """Of `played`."""
    code: str = ""
    """Of `error`."""


class Answer(msgspec.Struct, frozen=True):
    """A frame of the server; `id` is 0 for events."""

    type: str
    body: Body
    id: int = 0


read = msgspec.msgpack.Decoder(Answer).decode
"""Read a frame of the server. Raises msgspec.DecodeError."""


def hello(request_id: int, ticket: str) -> bytes:
    """Sign in with a ticket."""
    body = Hello(ticket=ticket, nonce=ticket[:16], client=_CLIENT)
    return MSGPACK.encode_request(request_id, body)


def sit(request_id: int, game: str) -> bytes:
    """Sit down at a table of a game."""
    return MSGPACK.encode_request(request_id, Sit(game=game))


def bets(stake: int) -> msgspec.Raw:
    """Return the bets of a spin, encoded once for all of them."""
    return msgspec.Raw(MSGPACK.encode({"stake": stake}))


def spin(
    request_id: int, table: str, round_id: str, encoded: msgspec.Raw, client_seed: bytes
) -> bytes:
    """Play an instant round."""
    body = Spin(table=table, round=round_id, bets=encoded, client_seed=client_seed)
    return MSGPACK.encode_request(request_id, body)


def bye(request_id: int) -> bytes:
    """End the session."""
    return MSGPACK.encode_request(request_id, Bye())
