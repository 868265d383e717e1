"""`croupier asyncapi`, with the games that ship."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from msgspec import inspect

from games.catalogue import standard
from games.entropy import Draws
from games.game import AnyGame, Description
from protocol.codec import CODECS
from protocol.messages.common import MAXIMUM_INTEGER
from protocol.schema import Published, document
from server.cli.errors import ExitCode
from server.cli.main import run
from server.fairness.proof import verify_proof
from server.published import published
from tests.protocol.values import as_json, unpack

GAMES = ("slot", "roulette", "blackjack")


def current() -> list[AnyGame]:
    """Return the games that ship."""
    catalogue = standard()
    return [game for name in GAMES if (game := catalogue.current(name)) is not None]


@pytest.fixture(scope="module")
def games() -> Published:
    """The games that ship, published."""
    return published(current())


@pytest.fixture(scope="module")
def found(games: Published) -> dict[str, Any]:
    """The document of the games that ship."""
    read: dict[str, Any] = json.loads(json.dumps(document(games)))
    return read


def test_prints_json(capsys: pytest.CaptureFixture[str], found: dict[str, Any]) -> None:
    """The command prints the document of the games that ship."""
    assert run(["asyncapi"]) == ExitCode.OK
    printed = json.loads(capsys.readouterr().out)

    assert printed["asyncapi"] == "3.0.0"
    assert {game["game"] for game in printed["x-games"]} >= set(GAMES)
    assert printed["components"].keys() == found["components"].keys()


def test_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    """The addresses given are those of the document; a wrong one is refused in one line."""
    assert run(["asyncapi", "--http", "https://a.example", "--gateway", "wss://b.example"]) == 0
    servers = json.loads(capsys.readouterr().out)["servers"]
    assert (servers["http"]["host"], servers["gateway"]["host"]) == ("a.example", "b.example")

    assert run(["asyncapi", "--gateway", "b.example"]) == ExitCode.USAGE
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("encoding", "kind"), [("msgpack", "Uint8Array"), ("json", "string")])
def test_typescript(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str, kind: str
) -> None:
    """TypeScript types go to a file, for either encoding."""
    path = tmp_path / "protocol.ts"

    assert run(["asyncapi", "--typescript", "--encoding", encoding, "--output", str(path)]) == 0
    assert capsys.readouterr().out == ""
    text = path.read_text(encoding="utf-8")
    assert f"export type Bytes = {kind};" in text
    for name in GAMES:
        assert f"  readonly {name}: {{" in text


def test_unwritable(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file that cannot be written is told in one line."""
    assert run(["asyncapi", "--output", str(tmp_path / "no" / "file")]) == ExitCode.FAILURE
    assert capsys.readouterr().err.startswith("croupier: Cannot write ")


def test_examples(found: dict[str, Any]) -> None:
    """Every example of every message is valid, and its hex is the same frame."""
    for message in found["components"]["messages"].values():
        schema = {"allOf": [message["payload"]], "components": found["components"]}
        check = Draft7Validator(schema)
        for example in message["examples"]:
            check.validate(example["payload"])
        for example, packed in zip(
            message["examples"], message.get("x-msgpack-hex", ()), strict=False
        ):
            assert as_json(unpack(bytes.fromhex(packed))) == example["payload"]


def test_games(found: dict[str, Any]) -> None:
    """Each game's bets, decisions and views are valid against its own schemas."""
    for game in found["x-games"]:
        description = {
            "$ref": "#/components/schemas/Description",
            "components": found["components"],
        }
        Draft7Validator(description).validate(game["description"])
        for played in game["examples"]:
            values = {
                "bets": [played["bets"]],
                "decision": played["decisions"],
                "view": [step["view"] for step in played["steps"]],
            }
            for form, schema in game["schemas"].items():
                check = Draft7Validator({"allOf": [schema], "components": found["components"]})
                for value in values[form]:
                    check.validate(value)


def test_first_rounds_teach(games: Published) -> None:
    """The first round of each game shows a win, and a decision where the game has decisions."""
    for game in games.games:
        last = game.rounds[0].steps[-1]
        assert last.finished
        assert (last.payout or 0) > last.stake
        assert bool(game.rounds[0].decisions) is (game.decision_type is not None)


def test_examples_replay(games: Published) -> None:
    """Whoever has seed, client seed and bets of an example draws the same outcome."""
    catalogue = standard()
    for published_game in games.games:
        game = catalogue.current(published_game.name)
        assert game is not None
        for number, played in enumerate(published_game.rounds, 1):
            chain = published_game.chain
            state = game.open(
                [played.bets], Draws(chain.seeds[number], [chain.client_seed(number)])
            )
            for decision in played.decisions:
                game.price(state, 0, decision)
                state = game.decide(state, 0, decision)
            assert state.payouts[0] == played.steps[-1].payout
            assert game.view(state, 0) == played.steps[-1].view


def test_the_proof_holds(games: Published, found: dict[str, Any]) -> None:
    """The proof of the walkthrough is one that `croupier verify` confirms."""
    (told,) = (
        step["payload"]["body"]["proof"]
        for step in found["x-walkthrough"]
        if step["payload"]["type"] == "round_proof"
    )

    assert told == json.loads(json.dumps(games.proof))
    assert verify_proof(told, standard()).ok


def test_bets_are_read(games: Published) -> None:
    """Each game's bets and decisions, as the document shows them, are read by both codecs."""
    for game in games.games:
        for codec in CODECS.values():
            for played in game.rounds:
                bets = codec.game_data(codec.encode(played.bets), game.bets_type)
                assert bets == played.bets
                for decision in played.decisions:
                    assert game.decision_type is not None
                    assert codec.game_data(codec.encode(decision), game.decision_type) == decision


def integers(info: Any, path: str, seen: set[type]) -> Iterator[tuple[str, inspect.IntType]]:
    """Yield every integer type inside a type, each with its place."""
    match info:
        case inspect.StructType() if info.cls not in seen:
            seen.add(info.cls)
            for field in info.fields:
                yield from integers(field.type, f"{info.cls.__name__}.{field.name}", seen)
        case inspect.UnionType():
            for one in info.types:
                yield from integers(one, path, seen)
        case inspect.TupleType():
            for one in info.item_types:
                yield from integers(one, path, seen)
        case inspect.VarTupleType() | inspect.ListType():
            yield from integers(info.item_type, path, seen)
        case inspect.Metadata():
            yield from integers(info.type, path, seen)
        case inspect.IntType():
            yield path, info


@pytest.mark.parametrize("name", GAMES)
def test_integers_are_bounded(name: str) -> None:
    """No integer of a game's bets, decisions or views can be one that a client would round."""
    game = standard().current(name)
    assert game is not None
    kinds = [game.bets_type, game.view_type, *([game.decision_type] if game.decision_type else [])]
    unbounded = [
        path
        for kind in kinds
        for path, found in integers(inspect.type_info(kind), "", {Description})
        if found.ge is None
        or found.le is None
        or found.ge < -MAXIMUM_INTEGER
        or found.le > MAXIMUM_INTEGER
    ]

    # The stake of an option is never above the stake of the bet, which is bounded.
    assert set(unbounded) <= {"Option.stake"}
