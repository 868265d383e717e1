"""The AsyncAPI document: valid, whole, and its examples are true."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from protocol.codec import CODECS, JSON, MSGPACK
from protocol.errors import CloseCode, ErrorCode
from protocol.messages import ANSWERS, EVENTS, REPLIES, REQUESTS
from protocol.schema import Published, document
from tests.protocol.schema.asyncapi_3 import DOCUMENT
from tests.protocol.schema.games import HALF, PUBLISHED
from tests.protocol.values import as_json, unpack

NAMES = [*REQUESTS, *REPLIES, *EVENTS]

Found = dict[str, Any]


@pytest.fixture(
    scope="module", params=[PUBLISHED, HALF, Published()], ids=["games", "half", "none"]
)
def found(request: pytest.FixtureRequest) -> Found:
    """The document, as a reader gets it."""
    read: Found = json.loads(json.dumps(document(request.param)))
    return read


def references(part: Any) -> Iterator[str]:
    """Yield every reference in a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(found: Found, reference: str) -> Any:
    """Return what a reference of the document points at."""
    part: Any = found
    for key in reference.removeprefix("#/").split("/"):
        part = part[key]
    return part


def validator(found: Found, schema: Found) -> Draft7Validator:
    """Return a validator of a schema that refers into the document."""
    return Draft7Validator({"allOf": [schema], "components": found["components"]})


def test_structure(found: Found) -> None:
    """The document has the form that AsyncAPI 3.0.0 demands."""
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
        for error in Draft7Validator(DOCUMENT).iter_errors(found)
    ]

    assert errors == []


def test_references(found: Found) -> None:
    """Every reference leads somewhere, and messages of operations lead over their channel."""
    for reference in set(references(found)):
        assert resolve(found, reference) is not None
    for operation in found["operations"].values():
        channel = operation["channel"]["$ref"]
        messages = [*operation["messages"], *operation.get("reply", {}).get("messages", [])]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in messages)


def test_every_schema_is_used(found: Found) -> None:
    """No schema is left over."""
    used = {one.rpartition("/")[2] for one in references(found)}

    assert set(found["components"]["schemas"]) - used == set()


@pytest.mark.parametrize("name", NAMES)
def test_payload_schemas(found: Found, name: str) -> None:
    """The payload of every message is a valid JSON Schema of draft 7."""
    Draft7Validator.check_schema(found["components"]["messages"][name]["payload"])


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_valid(found: Found, name: str) -> None:
    """Every example of every message is valid against its schema."""
    message = found["components"]["messages"][name]
    check = validator(found, message["payload"])

    assert message["examples"]
    for example in message["examples"]:
        check.validate(example["payload"])


@pytest.mark.parametrize("name", NAMES)
def test_schemas_refuse(found: Found, name: str) -> None:
    """The schema of a message refuses another message's example, and one without its type."""
    message = found["components"]["messages"][name]
    other = found["components"]["messages"]["pong" if name != "pong" else "ping"]
    check = validator(found, message["payload"])
    untyped = {
        key: value for key, value in message["examples"][0]["payload"].items() if key != "type"
    }

    assert not check.is_valid(other["examples"][0]["payload"])
    assert not check.is_valid(untyped)


@pytest.mark.parametrize("name", NAMES)
def test_hex(found: Found, name: str) -> None:
    """The hex of every example is the same frame, read by the independent library."""
    message = found["components"]["messages"][name]

    assert len(message["x-msgpack-hex"]) == len(message["examples"])
    for example, packed in zip(message["examples"], message["x-msgpack-hex"], strict=True):
        assert as_json(unpack(bytes.fromhex(packed))) == example["payload"]


def test_the_server_reads_the_examples(found: Found) -> None:
    """Both codecs read every request of the walkthrough, as a server would."""
    for step in found["x-walkthrough"]:
        if step["sender"] == "client":
            kind = REQUESTS[step["payload"]["type"]]
            frames = (
                (JSON, json.dumps(step["payload"]).encode()),
                (
                    MSGPACK,
                    bytes.fromhex(step["x-msgpack-hex"]),
                ),
            )
            for codec, frame in frames:
                assert isinstance(codec.request(codec.envelope(frame)), kind)


def test_everything_is_documented(found: Found) -> None:
    """Every request, reply, event, error code and close code stands in the document."""
    assert set(found["channels"]["session"]["messages"]) == set(NAMES)
    assert {*REQUESTS, *EVENTS, "demo"} == set(found["operations"])
    assert [row["code"] for row in found["x-error-codes"]] == [code.value for code in ErrorCode]
    assert [row["code"] for row in found["x-close-codes"]] == [code.value for code in CloseCode]
    text = found["info"]["description"]
    for code in ErrorCode:
        assert f"`{code.value}` ({code.certainty.value})" in text
    for close in CloseCode:
        assert f"{close.value} {close.name.lower()}" in text
    for codec in CODECS:
        assert codec in text


def test_error_rows(found: Found) -> None:
    """Error codes tell their certainty and what to do, close codes whether to reconnect."""
    for row in found["x-error-codes"]:
        code = ErrorCode(row["code"])
        assert (row["certainty"], row["action"]) == (code.certainty.value, code.action)
    for row in found["x-close-codes"]:
        assert row["reconnect"] is CloseCode(row["code"]).reconnect
        assert row["meaning"]


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(found: Found, name: str) -> None:
    """A request is received by the server and answered by its replies or an error."""
    operation = found["operations"][name]
    replies = [one["$ref"].rpartition("/")[2] for one in operation["reply"]["messages"]]

    assert operation["action"] == "receive"
    assert replies == [*ANSWERS[name], "error"]
    message = found["components"]["messages"][name]
    assert message["x-direction"] == "client to server"
    assert message["x-answered-by"] == replies


@pytest.mark.parametrize("name", EVENTS)
def test_events(found: Found, name: str) -> None:
    """An event is sent by the server and has no id."""
    message = found["components"]["messages"][name]

    assert found["operations"][name]["action"] == "send"
    assert "id" not in message["payload"]["properties"]
    assert "correlationId" not in message


def test_required_bodies(found: Found) -> None:
    """A body may be left out exactly where the codec lets it be left out."""
    messages = found["components"]["messages"]

    assert "body" not in messages["ping"]["payload"]["required"]
    assert "body" in messages["spin"]["payload"]["required"]


def test_errors_without_an_id(found: Found) -> None:
    """Only an error may come without the id that it answers."""
    messages = found["components"]["messages"]

    for name in (*REQUESTS, *REPLIES):
        assert ("id" in messages[name]["payload"]["required"]) is (name != "error")


def test_what_the_server_always_sends(found: Found) -> None:
    """Fields of replies are required although the struct has a default, because they are sent."""
    schemas = found["components"]["schemas"]

    assert "voided" in schemas["Played"]["required"]
    assert "details" not in schemas["Failure"]["required"]
    assert "client_seed" not in schemas["Spin"]["required"]


def test_handshake(found: Found) -> None:
    """The document says how to choose the encoding."""
    header = found["channels"]["session"]["bindings"]["ws"]["headers"]["properties"]

    assert header["Sec-WebSocket-Protocol"]["enum"] == list(CODECS)


def test_the_ticket(found: Found) -> None:
    """The call for a ticket is described whole: body, answer and every refusal, with examples."""
    (call,) = found["x-http"]
    rows = [call["request"], *call["responses"]]

    assert (call["method"], call["url"]) == ("POST", "http://127.0.0.1:8080/api/v1/demo")
    for row in rows:
        validator(found, row["schema"]).validate(row["example"])
    assert {row["status"] for row in call["responses"]} >= {200, 400, 429}
    first = found["x-walkthrough"][0]["payload"]
    assert first["body"]["ticket"] == call["responses"][0]["example"]["ticket"]


def test_chains_hash(found: Found) -> None:
    """In the walkthrough each seed hashes to the one before, down to the commitment told first."""
    known: dict[str, tuple[int, bytes]] = {}
    checked = 0
    for step in found["x-walkthrough"]:
        fields = step["payload"].get("body", {})
        if step["payload"]["type"] in ("seated", "joined"):
            chain = fields.get("live", fields)["chain"]
            known[chain["chain"]] = (0, b64decode(chain["commitment"]))
        if step["payload"]["type"] in ("played", "round_result") and fields["seed"]:
            chain_id, _, number = fields["round"].rpartition("-")
            before, digest = known[chain_id]
            seed = b64decode(fields["seed"])
            assert int(number) == before + 1
            assert hashlib.sha256(seed).digest() == digest
            known[chain_id] = (int(number), seed)
            checked += 1
    assert checked >= 3


def test_money_adds_up(found: Found) -> None:
    """In the walkthrough every balance follows from the stakes and payouts before it."""
    total = found["x-http"][0]["responses"][0]["example"]["balance"]
    version = 0
    for step in found["x-walkthrough"]:
        fields = step["payload"].get("body", {})
        if "balance" not in fields:
            continue
        balance = fields["balance"]
        assert balance["version"] >= version
        ended = step["payload"]["type"] == "round_result" or fields.get("finished", False)
        if ended:
            total += fields["payout"] - fields["stake"]
        if step["payload"]["type"] != "welcome":
            assert balance["amount"] + balance["held"] == total
        version = balance["version"]


def test_games() -> None:
    """Each game has its forms, its description and rounds whose data fit the forms."""
    found = document(PUBLISHED)
    wheel, game = found["x-games"]

    assert (wheel["game"], wheel["request"]) == ("wheel", "spin")
    assert (game["game"], game["request"]) == ("dare", "deal")
    assert (wheel["notes"], game["notes"]) == ("", "Of a pair the first is a place.")
    played = game["examples"][0]
    for form, values in (
        ("bets", [played["bets"]]),
        ("decision", played["decisions"]),
        ("view", [step["view"] for step in played["steps"]]),
    ):
        for value in values:
            validator(found, game["schemas"][form]).validate(value)
    assert as_json(unpack(bytes.fromhex(played["bets-msgpack-hex"]))) == played["bets"]
    for step in played["steps"]:
        assert as_json(unpack(bytes.fromhex(step["view-msgpack-hex"]))) == step["view"]


def test_servers() -> None:
    """The addresses given are those of the document."""
    found = document(Published(), http="https://play.example/", gateway="wss://ws.example:8443/v1")

    assert found["servers"]["gateway"]["host"] == "ws.example:8443"
    assert found["servers"]["gateway"]["protocol"] == "wss"
    assert found["servers"]["gateway"]["pathname"] == "/v1"
    assert found["x-http"][0]["url"] == "https://play.example/api/v1/demo"


@pytest.mark.parametrize("address", ["", "example:80", "http://", "ftp://example"])
def test_wrong_servers(address: str) -> None:
    """An address of another kind is refused."""
    with pytest.raises(ValueError, match="address"):
        document(Published(), http=address)
    with pytest.raises(ValueError, match="address"):
        document(Published(), gateway=address)


def test_always_the_same() -> None:
    """The document is a pure function of the games, so that it can be compared."""
    assert json.dumps(document(PUBLISHED)) == json.dumps(document(PUBLISHED))
