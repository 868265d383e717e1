"""MessagePack and JSON, chosen by WebSocket subprotocol.

A frame is one map: `{"id": 7, "type": "spin", "body": {…}}`. The envelope is decoded first, so that
a wrong body is answered under its id. Events have no id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

import msgspec

from protocol.errors import ErrorCode, Refused
from protocol.messages import REQUESTS
from protocol.messages.common import Event, Reply, Request, RequestId

MSGPACK_SUBPROTOCOL: Final = "croupier.v1.msgpack"
JSON_SUBPROTOCOL: Final = "croupier.v1.json"

StructT = TypeVar("StructT", bound=msgspec.Struct)

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
"""Whatever a decoder raises over bytes from outside: one boundary, so that nothing gets past it."""

_BOUNDS: Final = re.compile(
    r"Expected `int(?: \| null)?` (?:>=|<=|>|<)|(?:[Ii]nteger|Number).*(?:out of range|too large)"
)
_WHOLE: Final = re.compile(r"Expected `int(?: \| null)?`, got `float`.*stake`$")
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED: Final = re.compile(r"Expected `(\w+)(?: \| null)?`(?! matching)( of length [<>=]+ \d+)?")
_PLACE: Final = re.compile(r" - at `\$\.?([^`]*)`$")
_WORDS: Final = {
    "array": "an array",
    "bool": "true or false",
    "bytes": "bytes (base64 in JSON)",
    "float": "a number",
    "int": "a whole number",
    "object": "a map",
    "str": "a string",
}
"""What the types of the decoder are called on the wire."""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """A request frame before its body is looked at."""

    id: RequestId
    type: str
    body: msgspec.Raw = msgspec.Raw()


class _Numbered(msgspec.Struct):
    id: RequestId


class ServerFrame(msgspec.Struct, frozen=True):
    """A frame from the server as a client reads it; `id` is null for events."""

    type: str
    body: msgspec.Raw
    id: int | None = None


class _Answer(msgspec.Struct, gc=False):
    id: int
    type: str
    body: Any


class _Push(msgspec.Struct, gc=False):
    type: str
    body: Any


class _Decoder(Protocol):
    def decode(self, data: bytes | bytearray | memoryview, /) -> Any: ...


class Codec:
    """One of the two encodings. Stateless but for its reusable decoders."""

    def __init__(self, subprotocol: str) -> None:
        if subprotocol not in (MSGPACK_SUBPROTOCOL, JSON_SUBPROTOCOL):
            message = f"unknown subprotocol {subprotocol!r}"
            raise ValueError(message)
        self.subprotocol = subprotocol
        self.binary = subprotocol == MSGPACK_SUBPROTOCOL
        """Whether its frames are WebSocket binary frames."""
        module = msgspec.msgpack if self.binary else msgspec.json
        self._make_decoder = module.Decoder
        self._encode: Callable[[object], bytes] = module.Encoder().encode
        self._decode_envelope: Callable[[bytes], Envelope] = module.Decoder(Envelope).decode
        self._decode_server: Callable[[bytes], ServerFrame] = module.Decoder(ServerFrame).decode
        self._decode_plain: Callable[[bytes], Any] = module.Decoder().decode
        self._decode_id: Callable[[bytes], _Numbered] = module.Decoder(_Numbered).decode
        self._decoders: dict[type[Any], _Decoder] = {}
        self._requests: dict[str, _Decoder] = {
            name: self.decoder(kind) for name, kind in REQUESTS.items()
        }
        self._empty = b"\x80" if self.binary else b"{}"

    def decoder(self, kind: type[Any]) -> _Decoder:
        """Return the reusable decoder of a type."""
        found = self._decoders.get(kind)
        if found is None:
            found = self._decoders[kind] = self._make_decoder(kind)
        return found

    def envelope(self, frame: bytes) -> Envelope:
        """Read the envelope of a request frame. Raises Refused: MALFORMED or a bounds code."""
        try:
            return self._decode_envelope(frame)
        except _UNREADABLE as error:
            raise _refusal(error, ErrorCode.MALFORMED) from None

    def request(self, envelope: Envelope) -> Request:
        """Read the body. Raises Refused: UNKNOWN_TYPE, INVALID_BODY, NUMBER_OUT_OF_BOUNDS."""
        decoder = self._requests.get(envelope.type)
        if decoder is None:
            raise Refused(ErrorCode.UNKNOWN_TYPE)
        try:
            return decoder.decode(envelope.body or self._empty)  # type: ignore[no-any-return]
        except _UNREADABLE as error:
            raise _refusal(error, ErrorCode.INVALID_BODY) from None

    def game_data(self, raw: msgspec.Raw | bytes, kind: type[StructT]) -> StructT:
        """Read a game's own bets or decision. Raises Refused: BET_INVALID or a bounds code."""
        try:
            decoder = self._decoders.get(kind) or self.decoder(kind)
            return decoder.decode(raw)  # type: ignore[no-any-return]
        except _UNREADABLE as error:
            raise _refusal(error, ErrorCode.BET_INVALID) from None

    def plain(self, raw: msgspec.Raw | bytes) -> Any:
        """Return any game's data as plain values. Raises Refused: BET_INVALID."""
        try:
            return self._decode_plain(raw)
        except _UNREADABLE as error:
            raise _refusal(error, ErrorCode.BET_INVALID) from None

    def server_frame(self, frame: bytes) -> ServerFrame:
        """Read a frame of the server, on the client's side. Raises msgspec.DecodeError."""
        return self._decode_server(frame)

    def encode(self, value: object) -> bytes:
        """Encode any struct, such as a request's body or a game's bets."""
        return self._encode(value)

    def encode_request(self, request_id: int, body: Request) -> bytes:
        """Encode a request frame."""
        return self._encode(_Answer(request_id, body.TYPE, body))

    def encode_reply(self, request_id: int, body: Reply) -> bytes:
        """Encode a reply frame. Game data in the body may be a struct in place of raw bytes."""
        return self._encode(_Answer(request_id, body.TYPE, body))

    def encode_event(self, body: Event) -> bytes:
        """Encode an event frame."""
        return self._encode(_Push(body.TYPE, body))

    def encode_plain_event(self, kind: str, body: object) -> bytes:
        """Encode an event frame whose body is at hand as plain values, or raw in this codec."""
        return self._encode(_Push(kind, body))

    def encode_failure(self, body: Reply) -> bytes:
        """Encode an error reply to a frame that has no readable id."""
        return self._encode(_Push(body.TYPE, body))

    def salvage_id(self, frame: bytes) -> int | None:
        """Return the request id of a frame whose envelope is wrong, if it has a usable one."""
        try:
            return self._decode_id(frame).id
        except _UNREADABLE:
            return None


def _refusal(error: Exception, otherwise: ErrorCode) -> Refused:
    """Turn a decoding error into the code that the client sees.

    Its message names the field and what must be there, in the words of the wire. Nothing of the
    decoder's own text is passed on: it speaks of Python and can repeat what the client sent.
    """
    text = str(error)
    if _BOUNDS.search(text):
        return Refused(ErrorCode.NUMBER_OUT_OF_BOUNDS)
    if _WHOLE.search(text):
        return Refused(ErrorCode.STAKE_NOT_WHOLE)
    place = _PLACE.search(text)
    path = place[1] if place else ""
    missing, expected = _MISSING.match(text), _EXPECTED.match(text)
    if missing:
        hint = f"`{path}.{missing[1]}` is missing." if path else f"`{missing[1]}` is missing."
    elif path and expected and expected[1] in _WORDS:
        hint = f"`{path}` must be {_WORDS[expected[1]]}{expected[2] or ''}."
    elif path:
        hint = f"Look at `{path}`."
    else:
        return Refused(otherwise)
    return Refused(otherwise, f"{otherwise.action} {hint}")


MSGPACK: Final = Codec(MSGPACK_SUBPROTOCOL)
JSON: Final = Codec(JSON_SUBPROTOCOL)
CODECS: Final = {MSGPACK_SUBPROTOCOL: MSGPACK, JSON_SUBPROTOCOL: JSON}
"""Every codec by its subprotocol, the preferred one first."""
