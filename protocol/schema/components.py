"""The JSON Schemas of every struct on the wire, under one stable name each.

msgspec writes them; here they get the words under each field, names that carry the game they belong
to, and the dialect that AsyncAPI 3 speaks (JSON Schema draft 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from protocol.errors import Certainty, ErrorCode
from protocol.messages import EVENTS, REPLIES, REQUESTS
from protocol.messages.account import RoundProof
from protocol.messages.common import MAXIMUM_INTEGER, ChainInfo, Message
from protocol.messages.failure import Failure
from protocol.messages.live import LiveState, PlacedBets, RoundOpened, RoundResult, Turn
from protocol.messages.rounds import Act, Bet, Deal, Played, Spin
from protocol.messages.tables import LobbyGame
from protocol.schema.attributes import attribute_docs, class_doc
from protocol.schema.published import LiveForms, Published

Schema = dict[str, Any]

REFERENCE: Final = "#/components/schemas/"
_BYTES: Final = "Bytes: base64 (RFC 4648, padded) in JSON, bin in MessagePack."


class Components:
    """Every named schema of the protocol and of the games published with it."""

    def __init__(self, published: Published) -> None:
        self._published = published
        sent: list[type] = [*REQUESTS.values()]
        received: list[type] = [*REPLIES.values(), *EVENTS.values()]
        for game in published.games:
            sent += [game.bets_type, *([game.decision_type] if game.decision_type else [])]
            received.append(game.view_type)
            if game.live is not None:
                live = game.live
                received += [live.bets_type, live.view_type, live.stage_type]
        received += [kind for kind in (published.description_type, published.proof_type) if kind]
        self._sent = set(_reachable(sent))
        kinds = list(dict.fromkeys(_reachable([*sent, *received])))
        references, found = msgspec.json.schema_components(kinds, ref_template=REFERENCE + "{name}")
        written = [reference["$ref"].removeprefix(REFERENCE) for reference in references]
        self._names = {kind: self._public_name(kind) for kind in kinds}
        renamed = dict(zip(written, self._names.values(), strict=True))
        if len(set(renamed.values())) != len(renamed):
            raise ValueError("two types on the wire have the same name")
        self.schemas: dict[str, Schema] = {}
        for kind, name in zip(kinds, written, strict=True):
            schema = _draft_7(found[name], renamed)
            self._explain(kind, schema)
            self.schemas[self._names[kind]] = schema
        self._add_game_data()

    def name(self, kind: type) -> str:
        """Return the name of a type's schema."""
        return self._names[kind]

    def reference(self, kind: type) -> Schema:
        """Return a reference to a type's schema."""
        return {"$ref": REFERENCE + self._names[kind]}

    def _public_name(self, kind: type) -> str:
        """Return the class's name, behind that of its game unless it begins with it.

        The name of a game's type must not change when another game is added, so it is always
        prefixed: by the package of the rules, in the singular (`slots` gives `SlotReveal`).
        """
        package, *rest = kind.__module__.split(".")
        contract = self._published.description_type
        if issubclass(kind, Message) or package == __package__.partition(".")[0] or not rest:
            return kind.__name__
        if contract is not None and kind.__module__ == contract.__module__:
            return kind.__name__
        prefix = _pascal(rest[0].removesuffix("s"))
        return kind.__name__ if kind.__name__.startswith(prefix) else prefix + kind.__name__

    def _explain(self, kind: type, schema: Schema) -> None:
        """Add names, words and what is always sent to a schema as msgspec wrote it."""
        schema["title"] = self._names[kind]
        schema["description"] = class_doc(kind)
        if not issubclass(kind, msgspec.Struct):
            return
        properties = schema["properties"]
        if kind not in self._sent and not kind.__struct_config__.omit_defaults:
            schema["required"] = list(properties)
        docs = attribute_docs(kind)
        for field in msgspec.structs.fields(kind):
            if (words := docs.get(field.name)) is not None:
                _describe(properties, field.encode_name, words)

    def _add_game_data(self) -> None:
        """Put the games' own schemas where the messages leave room for them."""
        games = self._published.games
        bets = [game.bets_type for game in games]
        decisions = [game.decision_type for game in games if game.decision_type]
        live: list[LiveForms] = [game.live for game in games if game.live is not None]
        views = [*(game.view_type for game in games), *(forms.view_type for forms in live)]
        self.schemas["GameBets"] = self._any_of(
            "The bets of a game, in the codec of the frame: a map, not bytes. `x-games` says which"
            " form belongs to which game. More games may come.",
            bets,
        )
        self.schemas["GameDecision"] = self._any_of(
            "A decision of a game, in the codec of the frame: a map, not bytes.", decisions
        )
        self.schemas["GameView"] = self._any_of(
            "A round as this player may see it, in the form of its game. More games may come.",
            views,
        )
        self.schemas["SeatBets"] = self._any_of(
            "All bets of a seat on a round, in the form of the game.",
            [*bets, *(forms.bets_type for forms in live)],
        )
        self.schemas["GameStage"] = self._any_of(
            "What a round begins with that follows another, in the form of its game.",
            [forms.stage_type for forms in live],
        )
        places: tuple[tuple[type, str, str], ...] = (
            (Spin, "bets", "GameBets"),
            (Deal, "bets", "GameBets"),
            (Act, "decision", "GameDecision"),
            (Played, "view", "GameView"),
            (Bet, "bets", "GameBets"),
            (PlacedBets, "bets", "SeatBets"),
            (Turn, "view", "GameView"),
            (RoundResult, "view", "GameView"),
        )
        for kind, field, name in places:
            _refer(self.schemas[self._names[kind]]["properties"], field, name)
        for kind, field, name in (
            (LiveState, "view", "GameView"),
            (LiveState, "stage", "GameStage"),
            (RoundOpened, "stage", "GameStage"),
        ):
            properties = self.schemas[self._names[kind]]["properties"]
            words = properties[field]["description"]
            choices = [{"$ref": REFERENCE + name}, {"type": "null"}]
            properties[field] = {"description": words, "anyOf": choices}
        described = self._published.description_type
        if described is not None:
            game = self.schemas[self._names[LobbyGame]]["properties"]
            _refer(game, "description", self._names[described])
        if self._published.proof_type is not None:
            reply = self.schemas[self._names[RoundProof]]["properties"]
            _refer(reply, "proof", self._names[self._published.proof_type])
        failure = self.schemas[self._names[Failure]]["properties"]
        failure["code"]["x-known-values"] = [code.value for code in ErrorCode]
        failure["certainty"]["enum"] = [certainty.value for certainty in Certainty]
        _refer(failure, "details", "ErrorDetails")
        self.schemas["ErrorDetails"] = self._error_details()

    def _error_details(self) -> Schema:
        """Return the details of today's errors: a plain map in the messages, so that it can grow.

        Every one may be missing: a refusal that comes from the record has its code alone.
        """
        amount: Schema = {"type": "integer", "minimum": 0, "maximum": MAXIMUM_INTEGER}
        rows = (
            ("round", "stale_round, round_open: the round to name.", {"type": "string"}),
            ("chain", "stale_round: the table's chain.", {"allOf": [self.reference(ChainInfo)]}),
            ("step", "stale_step: the step to decide on.", amount),
            ("minimum", "stake_below: the least stake.", amount),
            ("maximum", "stake_above: the greatest stake.", amount),
            ("multiple", "stake_not_whole: what a stake is a multiple of.", amount),
            (
                "stakes",
                "bet_invalid: the stakes to choose from.",
                {"type": "array", "items": amount},
            ),
        )
        return {
            "title": "ErrorDetails",
            "description": "What the program may need beside the code. Each may be missing.",
            "type": "object",
            "properties": {name: {"description": words, **form} for name, words, form in rows},
            "required": [],
        }

    def _any_of(self, description: str, kinds: Iterable[type]) -> Schema:
        references = [self.reference(kind) for kind in dict.fromkeys(kinds)]
        if not references:
            return {"description": description, "type": "object"}
        if not all(self._published.first(kind) for kind in ("instant", "decisions")):
            references.append({"type": "object"})  # so that the examples made up for it are valid
        return {"description": description, "anyOf": references}


def _reachable(kinds: Iterable[type]) -> Iterator[type]:
    """Yield every struct and enum that values of these types can hold, each again and again."""
    seen: set[type] = set()
    todo: list[Any] = [inspect.type_info(kind) for kind in kinds]
    while todo:
        found = todo.pop(0)
        if isinstance(found, inspect.StructType | inspect.EnumType):
            if found.cls in seen:
                continue
            seen.add(found.cls)
            yield found.cls
        if isinstance(found, inspect.StructType):
            todo += [field.type for field in found.fields]
        elif isinstance(found, inspect.UnionType):
            todo += found.types
        elif isinstance(found, inspect.TupleType):
            todo += found.item_types
        elif isinstance(found, inspect.CollectionType):
            todo.append(found.item_type)
        elif isinstance(found, inspect.DictType):
            todo += [found.key_type, found.value_type]
        elif isinstance(found, inspect.Metadata):
            todo.append(found.type)


def _draft_7(schema: Any, renamed: dict[str, str]) -> Any:
    """Return a copy in the dialect of AsyncAPI 3, with the public names.

    msgspec writes the 2020-12 dialect: its form of a fixed tuple means *no item at all* in draft 7,
    and its `discriminator` is that of OpenAPI. A number beside an integer is there only so that a
    fraction can be refused with its own code; it is not offered to clients.
    """
    if isinstance(schema, list):
        return [_draft_7(item, renamed) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": REFERENCE + renamed[schema["$ref"].removeprefix(REFERENCE)]}
    result = {key: _draft_7(value, renamed) for key, value in schema.items()}
    result.pop("discriminator", None)
    if "prefixItems" in result:
        result["items"] = result.pop("prefixItems")
        result["additionalItems"] = False
    if result.get("contentEncoding") == "base64":
        result["description"] = f"{result.get('description', '')} {_BYTES}".lstrip()
    choices = result.get("anyOf", [])
    integers = [choice for choice in choices if choice.get("type") == "integer"]
    if integers and {"type": "number"} in choices:
        choices.remove({"type": "number"})
        if len(choices) == 1:
            del result["anyOf"]
            result.update(integers[0])
    if result.get("type") == "integer":
        result.setdefault("minimum", -MAXIMUM_INTEGER)
        result.setdefault("maximum", MAXIMUM_INTEGER)
    return result


def _describe(properties: dict[str, Schema], field: str, words: str) -> None:
    """Put words on a field; beside a reference they would be ignored, so that one is wrapped."""
    schema = properties[field]
    if "$ref" in schema:
        properties[field] = {"description": words, "allOf": [schema]}
    else:
        more = schema.pop("description", "")
        properties[field] = {"description": f"{words} {more}".rstrip(), **schema}


def _refer(properties: dict[str, Schema], field: str, name: str) -> None:
    properties[field] = {
        "description": properties[field].get("description", ""),
        "allOf": [{"$ref": REFERENCE + name}],
    }


def _pascal(words: str) -> str:
    return "".join(word.capitalize() for word in words.replace("-", "_").split("_"))
