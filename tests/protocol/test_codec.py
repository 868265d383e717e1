"""Both codecs: what they write, what they refuse, and that nothing gets past them."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import msgpack  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from protocol.codec import CODECS, JSON, JSON_SUBPROTOCOL, MSGPACK, MSGPACK_SUBPROTOCOL, Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages import EVENTS, REPLIES, REQUESTS
from protocol.messages.account import History
from protocol.messages.common import MAXIMUM_INTEGER, Amount
from protocol.messages.rounds import Spin
from protocol.messages.session import Draining, Ping, Pong
from protocol.messages.tables import Sit
from protocol.schema import Published
from protocol.schema.examples import story
from tests.protocol.values import KINDS, Game, as_json, by_name, pack, unpack, values

BOTH = pytest.mark.parametrize("codec", CODECS.values(), ids=by_name)

FUZZ_FRAMES = 100_000
LEAKS = re.compile(
    r"msgspec|protocol\.|games\.|Traceback|0x[0-9a-f]{4}|<class|Struct|\bRaw\b|[Pp]ython|Decod"
    r"|`(?:str|int|float|bytes|dict|list|tuple|bool|None|NoneType|object|array|ext)`"
)
"""Words of the program's inside."""


class Stake(msgspec.Struct):
    """The bets of an imagined game."""

    stake: int
    note: str = ""


class Careful(msgspec.Struct):
    """The bets of an imagined game that refuses fractions itself."""

    stake: int | float


class Bounded(msgspec.Struct):
    """The bets of an imagined game with the amounts of the wire."""

    stake: Amount


def write(codec: Codec, value: Any) -> bytes:
    """Encode with the other implementation of the encoding."""
    return pack(value) if codec.binary else json.dumps(value).encode()


def read(codec: Codec, frame: bytes) -> Any:
    """Read a request frame whole."""
    return codec.request(codec.envelope(frame))


def refusal(codec: Codec, frame: bytes) -> Refused:
    """Return the refusal that a frame gets."""
    with pytest.raises(Refused) as caught:
        read(codec, frame)
    return caught.value


def body(codec: Codec, kind: str, **fields: Any) -> bytes:
    """Return a request frame."""
    return write(codec, {"id": 1, "type": kind, "body": fields})


class TestFrames:
    """The form of the frames."""

    def test_subprotocols(self) -> None:
        """MessagePack is preferred and binary, JSON is text."""
        assert list(CODECS) == [MSGPACK_SUBPROTOCOL, JSON_SUBPROTOCOL]
        assert [codec.binary for codec in CODECS.values()] == [True, False]

    def test_unknown_subprotocol(self) -> None:
        """There is no third encoding."""
        with pytest.raises(ValueError, match=r"croupier\.v2"):
            Codec("croupier.v2.msgpack")

    @BOTH
    def test_request(self, codec: Codec) -> None:
        """A request frame has id, type and body and comes back as it was."""
        frame = codec.encode_request(7, Sit("slot"))
        envelope = codec.envelope(frame)

        assert (envelope.id, envelope.type) == (7, "sit")
        assert codec.request(envelope) == Sit("slot")

    @BOTH
    def test_reply_and_event(self, codec: Codec) -> None:
        """A reply bears the id of its request, an event none."""
        reply = codec.server_frame(codec.encode_reply(9, Pong(5)))
        event = codec.server_frame(codec.encode_event(Draining(250)))

        assert (reply.id, reply.type) == (9, "pong")
        assert (event.id, event.type) == (None, "draining")
        assert codec.decoder(Draining).decode(event.body) == Draining(250)

    @BOTH
    def test_body_may_be_left_out(self, codec: Codec) -> None:
        """A request without required fields needs no body; one with them is refused."""
        assert read(codec, write(codec, {"id": 1, "type": "ping"})) == Ping()
        assert read(codec, write(codec, {"id": 1, "type": "history"})) == History()
        assert refusal(codec, write(codec, {"id": 1, "type": "sit"})).code is ErrorCode.INVALID_BODY

    @BOTH
    def test_unknown_fields_are_ignored(self, codec: Codec) -> None:
        """A client of tomorrow may send more than is known today."""
        frame = write(
            codec,
            {"id": 1, "type": "sit", "body": {"game": "slot", "new": [{}]}, "trace": {"a": 1}},
        )

        assert read(codec, frame) == Sit("slot")

    @BOTH
    def test_game_data_is_nested(self, codec: Codec) -> None:
        """Bets are a map inside the frame, in the frame's encoding."""
        frame = body(codec, "spin", table="1", round="2-1", bets={"stake": 20})
        spin = read(codec, frame)

        assert isinstance(spin, Spin)
        assert codec.game_data(spin.bets, Stake) == Stake(20)

    @BOTH
    def test_bytes(self, codec: Codec) -> None:
        """Bytes are base64 in JSON and bin in MessagePack, and nothing else."""
        seed = b"\x00\xff" * 16
        right: Any = seed if codec.binary else as_json(seed)
        wrong: Any = as_json(seed) if codec.binary else seed.hex() + "!"
        fields = {"table": "1", "round": "2-1", "bets": {}}

        assert read(codec, body(codec, "spin", **fields, client_seed=right)).client_seed == seed
        assert (
            refusal(codec, body(codec, "spin", **fields, client_seed=wrong)).code
            is ErrorCode.INVALID_BODY
        )

    def test_strings_are_not_bin(self) -> None:
        """A MessagePack string that was packed as bin is refused."""
        frame = msgpack.packb({"id": 1, "type": "sit", "body": {"game": b"slot"}})

        assert refusal(MSGPACK, frame).code is ErrorCode.INVALID_BODY


class TestRoundTrips:
    """The codecs against the independent implementations."""

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_both_say_the_same(self, kind: type[Any], data: st.DataObject) -> None:
        """The independent library reads in MessagePack exactly what stands in JSON."""
        value = data.draw(values(kind))
        name = kind.TYPE
        if name in REQUESTS:
            packed, text = MSGPACK.encode_request(3, value), JSON.encode_request(3, value)
        elif name in REPLIES:
            packed, text = MSGPACK.encode_reply(3, value), JSON.encode_reply(3, value)
        else:
            packed, text = MSGPACK.encode_event(value), JSON.encode_event(value)

        assert as_json(unpack(packed)) == json.loads(text)

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_what_others_pack_is_read(self, kind: type[Any], data: st.DataObject) -> None:
        """What the independent library packs is read, and written again the same."""
        value = data.draw(values(kind))
        fields = unpack(MSGPACK.encode(value))
        again = MSGPACK.decoder(kind).decode(pack(fields))

        assert unpack(MSGPACK.encode(again)) == fields

    @BOTH
    @settings(deadline=None)
    @given(data=st.data())
    def test_requests_survive(self, codec: Codec, data: st.DataObject) -> None:
        """Every request within the bounds is read as it was sent, game data included."""
        kind = data.draw(st.sampled_from(list(REQUESTS.values())))
        value = data.draw(values(kind))
        identifier = data.draw(st.integers(1, MAXIMUM_INTEGER))
        frame = codec.encode_request(identifier, value)
        envelope = codec.envelope(frame)
        found = codec.request(envelope)

        assert envelope.id == identifier
        for field in found.__struct_fields__:
            sent, got = getattr(value, field), getattr(found, field)
            assert sent == (codec.game_data(got, Game) if isinstance(sent, Game) else got)
        assert codec.salvage_id(frame) == identifier


class TestNumbers:
    """Integers out of bounds, fractions, and numbers that are none."""

    @BOTH
    @pytest.mark.parametrize("identifier", [0, -1, MAXIMUM_INTEGER + 1, 2**63, -(2**63), 2**64 - 1])
    def test_id_out_of_bounds(self, codec: Codec, identifier: int) -> None:
        """An id below 1 or above 2^53 - 1 has its own code and cannot be answered under."""
        frame = write(codec, {"id": identifier, "type": "ping"})

        assert refusal(codec, frame).code is ErrorCode.NUMBER_OUT_OF_BOUNDS
        assert codec.salvage_id(frame) is None

    @BOTH
    @pytest.mark.parametrize("identifier", [True, None, "1", 1.0, 1.5, [], {}])
    def test_id_of_another_type(self, codec: Codec, identifier: object) -> None:
        """An id that is no integer makes the frame malformed."""
        frame = write(codec, {"id": identifier, "type": "ping"})

        assert refusal(codec, frame).code is ErrorCode.MALFORMED
        assert codec.salvage_id(frame) is None

    @BOTH
    @pytest.mark.parametrize("stake", [MAXIMUM_INTEGER + 1, -MAXIMUM_INTEGER - 1, 2**63, -(2**63)])
    def test_amount_out_of_bounds(self, codec: Codec, stake: int) -> None:
        """A stake beyond 2^53 - 1 in either direction has its own code."""
        with pytest.raises(Refused) as caught:
            codec.game_data(write(codec, {"stake": stake}), Bounded)

        assert caught.value.code is ErrorCode.NUMBER_OUT_OF_BOUNDS

    @BOTH
    def test_bounds_are_inclusive(self, codec: Codec) -> None:
        """The largest amounts in either direction can be read."""
        for stake in (MAXIMUM_INTEGER, -MAXIMUM_INTEGER):
            assert codec.game_data(write(codec, {"stake": stake}), Bounded).stake == stake

    @pytest.mark.parametrize("number", ["9" * 25, "-" + "9" * 25, "9" * 4_000, "1e999", "-1e999"])
    def test_huge_json_numbers(self, number: str) -> None:
        """JSON numbers that no 64 bits hold are out of bounds, wherever they stand."""
        limit = f'{{"id":1,"type":"history","body":{{"limit":{number}}}}}'.encode()
        identifier = f'{{"id":{number},"type":"ping"}}'.encode()

        assert refusal(JSON, limit).code is ErrorCode.NUMBER_OUT_OF_BOUNDS
        assert refusal(JSON, identifier).code is ErrorCode.NUMBER_OUT_OF_BOUNDS

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "01", "+1", "0x1", "1_0"])
    def test_what_json_does_not_know(self, number: str) -> None:
        """NaN, infinities and other spellings are no JSON."""
        frame = f'{{"id":1,"type":"history","body":{{"limit":{number}}}}}'.encode()

        assert refusal(JSON, frame).code is ErrorCode.MALFORMED

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 1e300, 2.0])
    @pytest.mark.parametrize("kind", [Stake, Careful])
    def test_floats_for_a_stake(self, number: float, kind: type[Any]) -> None:
        """A stake that is no integer is refused as such, or left to a game that asks for it."""
        raw = pack({"stake": number})

        if kind is Stake:
            with pytest.raises(Refused) as caught:
                MSGPACK.game_data(raw, kind)
            assert caught.value.code is ErrorCode.STAKE_NOT_WHOLE
        else:
            assert isinstance(MSGPACK.game_data(raw, kind).stake, float)

    @BOTH
    def test_fraction_elsewhere(self, codec: Codec) -> None:
        """A fraction that is no stake makes the body invalid."""
        assert refusal(codec, body(codec, "history", limit=2.5)).code is ErrorCode.INVALID_BODY

    @BOTH
    def test_own_bounds(self, codec: Codec) -> None:
        """A number beyond its field's own bounds has the code of bounds too."""
        for limit in (0, 101, -5):
            found = refusal(codec, body(codec, "history", limit=limit))
            assert found.code is ErrorCode.NUMBER_OUT_OF_BOUNDS


class TestOddFrames:
    """Frames that are not what they seem."""

    @BOTH
    @pytest.mark.parametrize(
        "frame",
        [b"", b"\x00", b"\xff", b" ", b"\n", b"\xc1", b"null", b"{", b"[]", b"\xc0", b"\x90"],
    )
    def test_empty_and_stray(self, codec: Codec, frame: bytes) -> None:
        """Empty frames and stray bytes are malformed."""
        assert refusal(codec, frame).code is ErrorCode.MALFORMED
        assert codec.salvage_id(frame) is None

    @BOTH
    def test_duplicate_keys(self, codec: Codec) -> None:
        """Of a key given twice the last counts, in both encodings and for every reader alike."""
        if codec.binary:
            frame = b"\x83" + b"".join(map(pack, ("id", 1, "id", 2, "type", "ping")))
        else:
            frame = b'{"id":1,"id":2,"type":"ping"}'

        assert codec.envelope(frame).id == 2
        assert codec.salvage_id(frame) == 2

    @BOTH
    @pytest.mark.parametrize("depth", [600, 100_000])
    @pytest.mark.parametrize("opening", ["array", "map"])
    def test_deep_nesting(self, codec: Codec, depth: int, opening: str) -> None:
        """Nesting beyond any use is refused or skipped, without hurting the process."""
        if codec.binary:
            nested = (b"\x91" if opening == "array" else b"\x81\xa1a") * depth + b"\xc0"
            start = b"\x83\xa2id\x01\xa4type\xa4ping\xa4body\x81\xa1x"
            frame = start + nested
        else:
            left, right = (b"[", b"]") if opening == "array" else (b'{"a":', b"}")
            nested = left * depth + b"null" + right * depth
            frame = b'{"id":1,"type":"ping","body":{"x":' + nested + b"}}"
        for attempt in (lambda: read(codec, frame), lambda: codec.game_data(nested, Game)):
            try:
                attempt()
            except Refused as refused:
                assert refused.code in {ErrorCode.MALFORMED, ErrorCode.BET_INVALID}  # noqa: PT017
        assert codec.salvage_id(frame) in {1, None}

    @BOTH
    def test_invalid_utf8(self, codec: Codec) -> None:
        """A string that is not UTF-8 is refused where it is read."""
        good = body(codec, "sit", game="slot")

        assert refusal(codec, good.replace(b"slot", b"sl\xfft")).code in {
            ErrorCode.MALFORMED,
            ErrorCode.INVALID_BODY,
        }
        assert refusal(codec, good.replace(b"sit", b"s\xc3t")).code is ErrorCode.MALFORMED

    def test_lone_surrogates(self) -> None:
        """Half a surrogate pair in JSON is no character."""
        frame = b'{"id":1,"type":"sit","body":{"game":"\\ud800"}}'

        assert refusal(JSON, frame).code in {ErrorCode.MALFORMED, ErrorCode.INVALID_BODY}

    @pytest.mark.parametrize(
        "extension",
        [
            msgpack.ExtType(5, b"x"),
            msgpack.ExtType(127, b""),
            msgpack.Timestamp(0, 0),
            msgpack.Timestamp(2**62, 999_999_999),
        ],
        ids=repr,
    )
    def test_extensions(self, extension: object) -> None:
        """Extension types and timestamps stand for nothing here."""
        assert refusal(MSGPACK, pack({"id": extension, "type": "ping"})).code is ErrorCode.MALFORMED
        assert refusal(MSGPACK, pack({"id": 1, "type": extension})).code is ErrorCode.MALFORMED
        for field in ({"game": extension}, extension):
            found = refusal(MSGPACK, pack({"id": 1, "type": "sit", "body": field}))
            assert found.code is ErrorCode.INVALID_BODY
        with pytest.raises(Refused) as caught:
            MSGPACK.game_data(pack({"stake": extension}), Stake)
        assert caught.value.code is ErrorCode.BET_INVALID

    @pytest.mark.parametrize(
        "tail",
        [
            b"\xdd\xff\xff\xff\xff",
            b"\xdf\xff\xff\xff\xff",
            b"\xc6\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
        ],
        ids=["array", "map", "bin", "str"],
    )
    def test_promised_lengths(self, tail: bytes) -> None:
        """A length that is promised and not there takes no memory."""
        started = time.perf_counter()
        frame = b"\x83\xa2id\x01\xa4type\xa4spin\xa4body" + tail

        assert refusal(MSGPACK, frame).code in {ErrorCode.MALFORMED, ErrorCode.INVALID_BODY}
        for kind in (Game, Stake):
            with pytest.raises(Refused):
                MSGPACK.game_data(b"\x81\xa8anything" + tail, kind)
        assert time.perf_counter() - started < 1

    def test_unhashable_keys(self) -> None:
        """MessagePack maps with keys that are no strings are refused where they are read."""
        for key in (b"\x80", b"\x91\x80", b"\xd4\x05\x00", b"\xcb\x7f\xf8\0\0\0\0\0\0", b"\xc0"):
            nested = b"\x81" + key + b"\x01"
            frame = b"\x82\xa2id\x01\xa1x" + nested
            assert refusal(MSGPACK, frame).code is ErrorCode.MALFORMED
            assert MSGPACK.salvage_id(frame) in {1, None}
            with pytest.raises(Refused):
                MSGPACK.game_data(nested, Stake)

    @BOTH
    def test_trailing_bytes(self, codec: Codec) -> None:
        """Two messages in one frame are malformed."""
        frame = codec.encode_request(1, Ping())

        assert refusal(codec, frame + frame).code is ErrorCode.MALFORMED

    @BOTH
    def test_control_characters(self, codec: Codec) -> None:
        """A NUL, which no database takes, is refused in whatever is stored or looked up there."""
        client = {"name": "a\x00b", "version": "1"}
        hello = {"ticket": "t" * 40, "nonce": "n" * 8, "client": client}

        assert refusal(codec, body(codec, "hello", **hello)).code is ErrorCode.INVALID_BODY
        assert refusal(codec, body(codec, "round", round="1\x00")).code is ErrorCode.INVALID_BODY
        assert refusal(codec, body(codec, "history", before="\x00")).code is ErrorCode.INVALID_BODY

    @BOTH
    def test_unknown_type(self, codec: Codec) -> None:
        """A type that is no request has its own code; replies and events are no requests."""
        for kind in ("", "no", "played", "draining", "HELLO", "hello "):
            frame = write(codec, {"id": 1, "type": kind, "body": {}})
            assert refusal(codec, frame).code is ErrorCode.UNKNOWN_TYPE


class TestMessages:
    """What a refusal tells."""

    @BOTH
    def test_names_the_field(self, codec: Codec) -> None:
        """The message names the field and what must be there, in the words of the wire."""
        missing = refusal(codec, write(codec, {"id": 1, "type": "sit", "body": {}}))
        wrong = refusal(codec, body(codec, "sit", game=5))
        resume = {"token": "t" * 40, "client": {"name": "a", "version": "1"}}
        deep = body(codec, "resume", **resume, positions=[{"table": 1, "epoch": 1, "seq": 1}])

        assert missing.message.endswith("`game` is missing.")
        assert wrong.message.endswith("`game` must be a string.")
        assert refusal(codec, deep).message.endswith("`positions[0].table` must be a string.")
        assert "`type` is missing" in refusal(codec, write(codec, {"id": 1})).message

    @BOTH
    @settings(deadline=None)
    @given(text=st.text(min_size=3, max_size=20))
    def test_repeats_nothing(self, codec: Codec, text: str) -> None:
        """A refusal is the same whatever wrong value it is about."""
        frames = [body(codec, "sit", game={text: text}), body(codec, "sit", game={"a": "b"})]

        assert len({refusal(codec, frame).message for frame in frames}) == 1


def attempts(codec: Codec, frame: bytes) -> Iterator[object]:
    """Yield what each entry makes of a frame; whatever is not a Refused goes through."""
    try:
        envelope = codec.envelope(frame)
    except Refused as refused:
        yield refused
    else:
        yield envelope
        try:
            yield codec.request(envelope)
        except Refused as refused:
            yield refused
    for kind in (Stake, Game):
        try:
            yield codec.game_data(frame, kind)
        except Refused as refused:
            yield refused
    yield codec.salvage_id(frame)


def check(codec: Codec, frame: bytes) -> int:
    """Put one frame to every entry; return how many took it."""
    taken = 0
    for found in attempts(codec, frame):
        if isinstance(found, Refused):
            assert isinstance(found.code, ErrorCode)
            assert not LEAKS.search(found.message), found.message
            assert len(found.message) <= 200
        elif isinstance(found, int):
            assert 1 <= found <= MAXIMUM_INTEGER
        taken += isinstance(found, msgspec.Struct)
    return taken


class TestAnyBytes:
    """Any byte string gets a value or a Refused, never another exception."""

    @BOTH
    @settings(deadline=None)
    @given(frame=st.binary(max_size=200))
    def test_any_bytes(self, codec: Codec, frame: bytes) -> None:
        """Random bytes are read or refused."""
        check(codec, frame)

    @BOTH
    @settings(deadline=None)
    @given(
        value=st.recursive(
            st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["id", "type", "body", "stake", "bets"]), inner)
            ),
        )
    )
    def test_any_value(self, codec: Codec, value: object) -> None:
        """Well-formed values of any shape are read or refused."""
        check(codec, write(codec, value))

    @BOTH
    def test_mutated_frames(self, codec: Codec) -> None:
        """100,000 random and mutated frames are read or refused."""
        seed = int(os.environ.get("CROUPIER_TEST_SEED", random.SystemRandom().getrandbits(32)))
        print(f"CROUPIER_TEST_SEED={seed}")  # noqa: T201 - a failure can be repeated
        rng = random.Random(seed)
        corpus = [
            example.packed if codec.binary else example.text.encode()
            for example in story(Published())
        ]
        taken = 0
        for _ in range(FUZZ_FRAMES):
            taken += check(codec, mutated(rng, corpus)) > 0
        # Were every frame refused at its first byte, nothing behind it would have been tried.
        assert FUZZ_FRAMES // 50 < taken < FUZZ_FRAMES


SPLICES = (
    b"\xc1",
    b"\xc7\x0c\xff",
    b"\xd6\xff",
    b"\xcf" + b"\xff" * 8,
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\x00\x00\xff\xff",
    b"\xcb\x7f\xf8\0\0\0\0\0\0",
    b"\x91" * 40,
    b"\x81\x80\x80",
    b'"\\ud800"',
    b"1e999",
    b"-0",
    b"9" * 30,
    b"[" * 40,
    b'{"":',
    b"\xed\xa0\x80",
    b"\x00",
    b"null",
    b"true",
    b'"id":',
    b"\xa2id\x01",
)


def mutated(rng: random.Random, corpus: list[bytes]) -> bytes:
    """Return a random frame, or a frame of the corpus with a few wounds."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(64))
    frame = bytearray(rng.choice(corpus))
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(frame) + 1)
        match rng.randrange(6):
            case 0 if place < len(frame):
                frame[place] ^= 1 << rng.randrange(8)
            case 1 if place < len(frame):
                frame[place] = rng.randrange(256)
            case 2:
                del frame[place : place + rng.randrange(1, 9)]
            case 3:
                frame[place:place] = rng.choice(SPLICES)
            case 4:
                other = rng.choice(corpus)
                start = rng.randrange(len(other))
                frame[place : place + rng.randrange(20)] = other[start : start + rng.randrange(40)]
            case _:
                del frame[place:]
    return bytes(frame)


@pytest.mark.parametrize("name", [*REQUESTS, *REPLIES, *EVENTS])
def test_no_name_twice(name: str) -> None:
    """A name on the wire is a request, a reply or an event: one of the three."""
    assert sum(name in kinds for kinds in (REQUESTS, REPLIES, EVENTS)) == 1
