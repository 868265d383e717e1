"""The story that the examples tell."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from protocol.codec import JSON, MSGPACK
from protocol.errors import Certainty
from protocol.messages import EVENTS, REPLIES, REQUESTS
from protocol.schema import ExampleChain, Published
from protocol.schema.examples import NONCE, TICKET, TOKENS, game_data, refusals, story
from protocol.schema.published import EXAMPLE_CHAIN_LENGTH
from tests.protocol.schema.games import HALF, PUBLISHED
from tests.protocol.values import as_json, unpack

ALL = pytest.mark.parametrize(
    "published", [PUBLISHED, HALF, Published()], ids=["all", "half", "no"]
)


@ALL
def test_every_message_is_told(published: Published) -> None:
    """Every request, reply and event occurs."""
    assert {example.type for example in story(published)} == {*REQUESTS, *REPLIES, *EVENTS}


@ALL
def test_ids(published: Published) -> None:
    """Each new request has an id above those before; a repeated one is sent as it was."""
    highest = 0
    frames: dict[int, str] = {}
    again = 0
    for example in story(published):
        if example.sender == "client":
            identifier = example.frame["id"]
            if identifier > highest:
                highest = identifier
                frames[identifier] = example.text
            else:
                assert frames[identifier] == example.text
                again += 1
    assert again == 1


@ALL
def test_every_request_is_answered_once(published: Published) -> None:
    """Each reply bears the id of a request of its kind, and no request stays without one."""
    open_requests: dict[int, str] = {}
    for example in story(published):
        if example.sender == "client":
            open_requests[example.frame["id"]] = example.type
        elif "id" in example.frame:
            assert open_requests.pop(example.frame["id"])
    assert open_requests == {}


@ALL
def test_bodies_are_read(published: Published) -> None:
    """Both codecs read every body of the server, as a client would."""
    kinds = {**REPLIES, **EVENTS}
    for example in story(published):
        if example.sender == "server":
            for codec, frame in ((JSON, example.text.encode()), (MSGPACK, example.packed)):
                read = codec.server_frame(frame)
                body = codec.decoder(kinds[read.type]).decode(read.body)
                assert isinstance(body, kinds[read.type])


def test_refusals() -> None:
    """With the story's own, there is an error of each certainty and one of an unknown code."""
    told = [*story(PUBLISHED), *refusals()]
    errors = [example.frame["body"] for example in told if example.type == "error"]

    assert {error["certainty"] for error in errors} == {one.value for one in Certainty}
    assert any(error["code"] == "code_of_tomorrow" for error in errors)


def test_secrets_are_not_real() -> None:
    """Ticket and tokens are hashes of words that stand in the source, and of a real one's form."""
    for secret in (TICKET, *TOKENS):
        assert len(secret) == 43
    assert 8 <= len(NONCE) <= 64


def test_chain() -> None:
    """An example chain is a real one: each seed is the hash of the next."""
    chain = ExampleChain("7", "words")

    assert len(chain.seeds) == EXAMPLE_CHAIN_LENGTH + 1
    assert chain.commitment == chain.seeds[0]
    for before, after in zip(chain.seeds, chain.seeds[1:], strict=False):
        assert before == sha256(after).digest()
    assert chain.round(3) == "7-3"
    assert chain.client_seed(1) != chain.client_seed(2)


def test_game_data() -> None:
    """A game's struct is the same in both encodings."""
    found = game_data(msgspec.defstruct("Some", [("seal", bytes)])(b"\xff"))

    assert found.json == {"seal": "/w=="}
    assert as_json(unpack(found.packed)) == found.json
