"""Random values of any type on the wire, and MessagePack by the independent library."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgpack  # type: ignore[import-untyped]
import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from protocol.codec import Codec
from protocol.messages import EVENTS, REPLIES, REQUESTS
from protocol.messages.common import MAXIMUM_INTEGER

KINDS: tuple[type[Any], ...] = (*REQUESTS.values(), *REPLIES.values(), *EVENTS.values())
"""Every body that can cross the wire."""

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAXIMUM_INTEGER, MAXIMUM_INTEGER)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
"""What both encodings can carry alike."""


class Game(msgspec.Struct):
    """A game's own data, as open as can be."""

    anything: Any


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a type, within its bounds; game data is a `Game`."""
    return _of(inspect.type_info(kind))


def _of(info: Any) -> st.SearchStrategy[Any]:  # noqa: C901 - one case for each type on the wire
    match info:
        case inspect.StructType():
            fields = {field.name: _of(field.type) for field in info.fields}
            return st.fixed_dictionaries(fields).map(lambda given: info.cls(**given))
        case inspect.IntType():
            return st.integers(info.ge, info.le)
        case inspect.StrType():
            assert info.pattern in {None, "^[!-~]+$", "^[A-Z]{3}$", r"^[^\x00-\x1f\x7f]+$"}
            if info.pattern == "^[A-Z]{3}$":
                return st.sampled_from(("EUR", "JPY", "BHD"))
            alphabet = (
                st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
                if info.pattern is None or "^\\x00" in info.pattern
                else st.characters(min_codepoint=33, max_codepoint=126)
            )
            return st.text(alphabet, min_size=info.min_length or 0, max_size=info.max_length or 30)
        case inspect.BytesType():
            return st.binary(min_size=info.min_length or 0, max_size=info.max_length or 30)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.VarTupleType():
            most = min(info.max_length or 3, 3)
            items = st.lists(_of(info.item_type), min_size=info.min_length or 0, max_size=most)
            return items.map(tuple)
        case inspect.UnionType():
            return st.one_of(*(_of(one) for one in info.types))
        case inspect.DictType():
            return st.dictionaries(st.text(max_size=5), PLAIN, max_size=3)
        case inspect.RawType():
            return st.builds(Game, PLAIN)
        case inspect.Metadata():
            return _of(info.type)
    raise AssertionError(f"no value known for {info}")


def unpack(frame: bytes) -> Any:
    """Decode MessagePack with the independent library, strictly."""
    return msgpack.unpackb(frame, raw=False, strict_map_key=True)


def pack(value: Any) -> bytes:
    """Encode MessagePack with the independent library."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def as_json(value: Any) -> Any:
    """Return decoded MessagePack as it stands in JSON: bytes as base64."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return value


def by_name(codec: Codec) -> str:
    """Return a codec's name for a test's id."""
    return codec.subprotocol.rpartition(".")[2]
