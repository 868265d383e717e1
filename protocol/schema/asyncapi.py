"""The AsyncAPI 3.0 document: enough for a client in any language, from it alone."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from protocol.codec import CODECS
from protocol.errors import CloseCode, ErrorCode
from protocol.messages import ANSWERS, EVENTS, REPLIES, REQUESTS
from protocol.messages.common import MAXIMUM_INTEGER, Event, Reply, Request
from protocol.messages.failure import Failure
from protocol.schema import signup
from protocol.schema.attributes import attribute_docs, class_doc
from protocol.schema.components import REFERENCE, Components
from protocol.schema.examples import Example, game_data, refusals, story
from protocol.schema.prose import description
from protocol.schema.published import ExampleRound, Published, PublishedGame

Document = dict[str, Any]

DEFAULT_HTTP: Final = "http://127.0.0.1:8080"
DEFAULT_GATEWAY: Final = "ws://127.0.0.1:8081"
PROTOCOL_VERSION: Final = "1.0.0"

_SESSION: Final = "#/channels/session"
_MOST_EXAMPLES: Final = 5


def document(
    published: Published, *, http: str = DEFAULT_HTTP, gateway: str = DEFAULT_GATEWAY
) -> Document:
    """Return the document for these games, with the addresses of the two servers.

    Raises ValueError for an address that is not `http(s)://` or `ws(s)://`.
    """
    components = Components(published)
    told = story(published)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:croupier:protocol:v1",
        "info": {
            "title": "Croupier",
            "version": PROTOCOL_VERSION,
            "license": {
                "name": "Apache 2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
            "description": description(published, told),
        },
        "defaultContentType": "application/json",
        "servers": _servers(http, gateway),
        "channels": {
            "session": {
                "address": "/",
                "title": "A player's session",
                "description": "One WebSocket. One frame is one message: binary frames with"
                " croupier.v1.msgpack, text frames with croupier.v1.json.",
                "servers": [{"$ref": "#/servers/gateway"}],
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"}
                    for name in (*REQUESTS, *REPLIES, *EVENTS)
                },
                "bindings": {"ws": _handshake()},
            },
            "demo": signup.channel(),
        },
        "operations": {**_operations(), "demo": signup.operation()},
        "components": {
            "correlationIds": {
                "request": {
                    "description": "A reply bears the id of its request.",
                    "location": "$message.payload#/id",
                }
            },
            "messages": {**_messages(components, told), **signup.messages()},
            "schemas": {**components.schemas, "RequestId": _request_id(), **signup.schemas()},
        },
        "x-http": signup.calls(http),
        "x-error-codes": _error_codes(),
        "x-close-codes": _close_codes(),
        "x-games": [_game(game, components) for game in published.games],
        "x-walkthrough": [
            {
                "sender": example.sender,
                "summary": example.summary,
                "payload": example.frame,
                "x-msgpack-hex": example.packed.hex(),
            }
            for example in told
        ],
    }


def readdressed(found: Document, *, http: str, gateway: str) -> Document:
    """Return a document with other addresses. Raises ValueError as `document` does."""
    return {**found, "servers": _servers(http, gateway), "x-http": signup.calls(http)}


def _servers(http: str, gateway: str) -> Document:
    return {
        "gateway": _server(
            gateway,
            ("ws", "wss"),
            "Players' sessions. Connect to the address that came with the ticket.",
        ),
        "http": _server(http, ("http", "https"), "Sign-up of play-money players."),
    }


def _server(address: str, schemes: tuple[str, str], words: str) -> Document:
    parts = urlsplit(address)
    if parts.scheme not in schemes or not parts.netloc:
        raise ValueError(f"an address beginning {schemes[0]}:// is needed, not {address!r}")
    server = {"host": parts.netloc, "protocol": parts.scheme, "description": words}
    if parts.path.strip("/"):
        server["pathname"] = parts.path
    return server


def _handshake() -> Document:
    return {
        "method": "GET",
        "headers": {
            "type": "object",
            "properties": {
                "Sec-WebSocket-Protocol": {
                    "description": "Which encoding the client speaks; offered both, the server"
                    " takes MessagePack. Without either, the connection closes with 4504.",
                    "type": "string",
                    "enum": list(CODECS),
                }
            },
            "required": ["Sec-WebSocket-Protocol"],
        },
        "bindingVersion": "0.1.0",
    }


def _operations() -> Document:
    """Return the operations as the server sees them: it receives requests and sends events."""
    operations: Document = {}
    for name, kind in REQUESTS.items():
        replies = (*ANSWERS[name], "error")
        operations[name] = {
            "action": "receive",
            "title": name,
            "summary": class_doc(kind),
            "channel": {"$ref": _SESSION},
            "messages": [{"$ref": f"{_SESSION}/messages/{name}"}],
            "reply": {
                "channel": {"$ref": _SESSION},
                "messages": [{"$ref": f"{_SESSION}/messages/{reply}"} for reply in replies],
            },
        }
    for name, event in EVENTS.items():
        operations[name] = {
            "action": "send",
            "title": name,
            "summary": class_doc(event),
            "channel": {"$ref": _SESSION},
            "messages": [{"$ref": f"{_SESSION}/messages/{name}"}],
        }
    return operations


def _messages(components: Components, told: tuple[Example, ...]) -> Document:
    examples: dict[str, list[Example]] = {}
    for example in (*told, *refusals()):
        examples.setdefault(example.type, []).append(example)
    kinds: list[type[Request | Reply | Event]] = [
        *REQUESTS.values(),
        *REPLIES.values(),
        *EVENTS.values(),
    ]
    return {kind.TYPE: _message(kind, components, examples[kind.TYPE]) for kind in kinds}


def _message(
    kind: type[Request | Reply | Event], components: Components, examples: list[Example]
) -> Document:
    name = kind.TYPE
    asked = issubclass(kind, Request)
    body = components.reference(kind)
    properties: Document = {"type": {"const": name}, "body": body}
    required = ["type", "body"]
    message: Document = {
        "name": name,
        "title": components.name(kind),
        "summary": class_doc(kind),
        "contentType": "application/json",
        "x-direction": "client to server" if asked else "server to client",
    }
    if not issubclass(kind, Event):
        properties = {"id": {"$ref": REFERENCE + "RequestId"}, **properties}
        required.insert(0, "id")
        message["correlationId"] = {"$ref": "#/components/correlationIds/request"}
    if asked:
        message["x-answered-by"] = [*ANSWERS[name], "error"]
        if not components.schemas[components.name(kind)].get("required"):
            required.remove("body")
    elif issubclass(kind, Reply):
        if kind is Failure:
            required.remove("id")  # where that of the request could not be read
        message["x-answers"] = [
            request for request in REQUESTS if name in (*ANSWERS[request], "error")
        ]
    message["payload"] = {"type": "object", "properties": properties, "required": required}
    chosen = examples[:_MOST_EXAMPLES]
    message["examples"] = [
        {"name": f"{name}_{number}", "summary": example.summary, "payload": example.frame}
        for number, example in enumerate(chosen, 1)
    ]
    # Beside the examples, because the standard lets nothing more into one of them.
    message["x-msgpack-hex"] = [example.packed.hex() for example in chosen]
    return message


def _request_id() -> Document:
    return {
        "title": "RequestId",
        "description": "Chosen by the client, above every id that it used before in this session."
        " The reply bears it. A bet or a decision sent again under it gets the answer it got.",
        "type": "integer",
        "minimum": 1,
        "maximum": MAXIMUM_INTEGER,
    }


def _error_codes() -> list[Document]:
    return [
        {"code": code.value, "certainty": code.certainty.value, "action": code.action}
        for code in ErrorCode
    ]


def _close_codes() -> list[Document]:
    words = attribute_docs(CloseCode)
    return [
        {
            "code": code.value,
            "name": code.name.lower(),
            "meaning": words[code.name],
            "reconnect": code.reconnect,
        }
        for code in CloseCode
    ]


def _game(game: PublishedGame, components: Components) -> Document:
    forms = {"bets": components.reference(game.bets_type)}
    if game.decision_type is not None:
        forms["decision"] = components.reference(game.decision_type)
    forms["view"] = components.reference(game.view_type)
    return {
        "game": game.name,
        "version": game.version,
        "digest": game.digest,
        "title": game.title,
        "kind": game.kind,
        "request": game.request,
        "schemas": forms,
        "notes": game.notes,
        "description": game_data(game.description).json,
        "examples": [_round(game, played, number) for number, played in enumerate(game.rounds, 1)],
    }


def _round(game: PublishedGame, played: ExampleRound, number: int) -> Document:
    """Return an example round: everything that goes in, and what comes out at each step."""
    bets = game_data(played.bets)
    decisions = [game_data(decision) for decision in played.decisions]
    views = [game_data(step.view) for step in played.steps]
    return {
        "round": game.chain.round(number),
        "seed": game.chain.seeds[number].hex(),
        "client_seed": game.chain.client_seed(number).hex(),
        "bets": bets.json,
        "bets-msgpack-hex": bets.packed.hex(),
        "decisions": [decision.json for decision in decisions],
        "decisions-msgpack-hex": [decision.packed.hex() for decision in decisions],
        "steps": [
            {
                "stake": step.stake,
                "payout": step.payout,
                "finished": step.finished,
                "view": view.json,
                "view-msgpack-hex": view.packed.hex(),
            }
            for step, view in zip(played.steps, views, strict=True)
        ],
    }
