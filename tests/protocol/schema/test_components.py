"""The named schemas: their names, their words and their dialect."""

from __future__ import annotations

import dataclasses
import json

import pytest
from jsonschema import Draft7Validator

from protocol.messages.common import MAXIMUM_INTEGER
from protocol.messages.rounds import Spin
from protocol.schema import Published
from protocol.schema.components import Components
from tests.protocol.schema.contract import Description
from tests.protocol.schema.games import DARE, PUBLISHED, Bet, Step, View


def test_names() -> None:
    """Messages keep their names, a game's types get a prefix, the contract's do not."""
    components = Components(PUBLISHED)

    assert components.name(Spin) == "Spin"
    assert components.name(Bet) == "ProtocolBet"
    assert components.name(Description) == "Description"
    assert {"Bet", "ProtocolBet", "ProtocolAction"} <= set(components.schemas)
    assert components.schemas["ProtocolBet"]["title"] == "ProtocolBet"


def test_names_are_stable() -> None:
    """A game's types have the same names whatever other games there are."""
    alone = Components(Published(games=(DARE,), description_type=Description))

    assert set(alone.schemas) == set(Components(PUBLISHED).schemas)


def test_one_name_for_two_types() -> None:
    """Two types that would get one name are a fault of the program, told at once."""
    shared = dataclasses.replace(PUBLISHED, description_type=Step)

    with pytest.raises(ValueError, match="same name"):
        Components(shared)


def test_valid() -> None:
    """Every schema is valid in the dialect of AsyncAPI 3, and none is of a later one."""
    components = Components(PUBLISHED)

    for schema in components.schemas.values():
        Draft7Validator.check_schema(schema)
    text = json.dumps(components.schemas)
    for later in ("prefixItems", "$defs", "unevaluated", "discriminator"):
        assert later not in text


def test_tuples() -> None:
    """A pair of different types is a pair in draft 7 as well."""
    pair = Components(PUBLISHED).schemas["ProtocolStep"]["properties"]["pair"]
    check = Draft7Validator(pair)

    assert check.is_valid([0, "here"])
    assert not check.is_valid([0])
    assert not check.is_valid([0, "here", 1])
    assert not check.is_valid(["here", 0])


def test_fractions_are_not_offered() -> None:
    """A stake that a game reads as a number, to refuse fractions itself, is an integer here."""
    stake = Components(PUBLISHED).schemas["ProtocolBet"]["properties"]["stake"]

    assert stake["type"] == "integer"
    assert stake["maximum"] == MAXIMUM_INTEGER
    assert "anyOf" not in stake


def test_words() -> None:
    """Docstrings of structs and fields become descriptions, without the source of a rule."""
    schemas = Components(PUBLISHED).schemas

    assert schemas["ProtocolBet"]["description"] == (
        "One bet. It has the name of a message's struct."
    )
    assert schemas["ProtocolBet"]["properties"]["stake"]["description"].startswith("Minor units;")
    assert "base64" in schemas["Spin"]["properties"]["client_seed"]["description"]
    balance = schemas["Played"]["properties"]["balance"]
    assert balance["description"]
    assert balance["allOf"] == [{"$ref": "#/components/schemas/Balance"}]


def test_game_data() -> None:
    """Bets, decisions and views take the forms of the games, and anything where there is none."""
    schemas = Components(PUBLISHED).schemas
    none = Components(Published()).schemas

    assert schemas["GameView"]["anyOf"] == [Components(PUBLISHED).reference(View)]
    assert none["GameBets"]["type"] == "object"
    assert "anyOf" not in none["GameBets"]
