"""The form of a proof."""

from __future__ import annotations

import contextlib
import copy
import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from server.fairness.document import (
    FORMAT,
    Proof,
    ProofError,
    canonical,
    decode_bets,
    decode_decision,
    printable,
    read_proof,
)
from tests.server.fairness.played import PROOFS, catalogue, encode, roulette_proof

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SURROGATE = "\ud800"


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_is_read_as_it_was_built(name: str) -> None:
    """Reading a proof and writing it again changes nothing; a whole reply is read alike."""
    proof = PROOFS[name]()

    assert json.loads(msgspec.json.encode(read_proof(proof))) == proof
    for reply in (
        {"proof": proof},
        {"id": 7, "type": "round_proof", "body": {"proof": proof}},
    ):
        assert read_proof(reply) == read_proof(proof)


@pytest.mark.parametrize("field", [name for name in Proof.__struct_fields__ if name != "format"])
def test_a_missing_field_is_named(field: str) -> None:
    """Every field but the previous seed is needed, and its absence is one clear line."""
    proof = roulette_proof()
    del proof[field]

    if field == "previous_seed":
        assert read_proof(proof).previous_seed is None
        return
    with pytest.raises(ProofError, match=f"lacks the field `{field}`"):
        read_proof(proof)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "one JSON object"),
        ([], "one JSON object"),
        ("proof", "one JSON object"),
        ({}, "`format` is not"),
        ({"body": None}, "one JSON object"),
        ({"body": {"proof": 3}}, "one JSON object"),
        ({"format": None}, "`format` is not"),
        ({"format": "croupier-proof/2"}, "not 'croupier-proof/2'"),
        ({"format": "\x1b[2J" + "x" * 1_000}, "this program reads"),
    ],
)
def test_what_is_no_proof(document: object, says: str) -> None:
    """Another document, or a proof of a later form, is told so."""
    with pytest.raises(ProofError, match=says) as caught:
        read_proof(document)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 0),
        ("n", -1),
        ("n", (1 << 20) + 1),
        ("n", 1 << 80),
        ("n", 1.0),
        ("n", "1"),
        ("n", True),
        ("seed", "AB" * 32),
        ("seed", "ab" * 31),
        ("seed", "ab" * 32 + "\n"),
        ("seed", "ab" * 31 + "a\n"),
        ("commitment", None),
        ("client_seeds", ["abc"]),
        ("client_seeds", ["ab" * 33]),
        ("client_seeds", "ab"),
        ("bets", []),
        ("bets", [3]),
        ("decisions", [{"seat": 0, "decision": {}, "platform": False, "more": 1}]),
        ("decisions", [{"seat": -1, "decision": {}, "platform": False}]),
        ("draws", [{"below": 37}]),
        ("draws", [{"below": 37, "value": -1}]),
        ("draws", [{"below": "037", "value": 1}]),
        ("stake", -1),
        ("stake", 1 << 53),
        ("payout", 0.5),
        ("voided", 0),
        ("round", ""),
        ("chain", "a b"),
        ("game", "\x1b[2J"),
        ("game", SURROGATE),
        ("outcome", []),
        ("more", 1),
        (SURROGATE + "\x1b[2J", 1),
    ],
)
def test_a_wrong_field_is_refused(field: str, value: object) -> None:
    """Each field has one form; an unknown one is refused, because nobody would check it."""
    proof = roulette_proof()
    proof[field] = value

    with pytest.raises(ProofError) as caught:
        read_proof(proof)

    message = str(caught.value)
    assert message.isprintable()
    assert len(message) <= 200
    assert "proof" in message


def test_deep_nesting_is_refused() -> None:
    """A document made to exhaust the stack is one clear line as well."""
    deep: Any = {}
    for _ in range(10_000):
        deep = {"a": [deep]}
    proof = roulette_proof()
    proof["outcome"] = deep

    with pytest.raises(ProofError, match="too deeply"):
        read_proof(proof)


@given(JSON)
def test_any_value_is_a_proof_or_refused(value: object) -> None:
    """Whatever JSON holds, in place of a proof or inside one, gives a ProofError at worst."""
    proof = roulette_proof()
    for document in (
        value,
        {"proof": value},
        {"format": value},
        {"format": FORMAT, "proof": value},
        *({**proof, field: value} for field in proof),
    ):
        with contextlib.suppress(ProofError):
            read_proof(document)


def test_reading_leaves_the_document_alone() -> None:
    """A proof is the same after it was read."""
    proof = roulette_proof()
    before = copy.deepcopy(proof)
    read_proof(proof)

    assert proof == before


def test_canonical_tells_apart_what_python_takes_for_equal() -> None:
    """1, 1.0 and true are three values; the order of keys is none."""
    spelled = {canonical({"a": value}) for value in (1, 1.0, True, "1", None)}

    assert len(spelled) == 5
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


@pytest.mark.parametrize("value", [SURROGATE, object(), {1.5: object()}])
def test_what_is_no_json_has_no_spelling(value: object) -> None:
    """What cannot be written as JSON is like nothing that can."""
    assert canonical({"a": value}) == b""
    assert canonical(math.nan) == b"null"


def test_printable() -> None:
    """A text of a stranger cannot command a terminal or fill a screen."""
    assert printable("a\n b\x1b[2J" + SURROGATE) == "a b?[2J?"
    assert len(printable("x" * 1_000)) == 200


def test_stored_bets_and_decisions() -> None:
    """What the tables stored comes back as the game's own structs."""
    blackjack, roulette = catalogue().current("blackjack"), catalogue().current("roulette")
    assert blackjack is not None
    assert roulette is not None

    assert decode_bets(blackjack, encode({"stake": 100})).stake == 100
    assert decode_decision(blackjack, encode({"action": "hit"})).action.value == "hit"
    with pytest.raises(ValueError, match="no decisions"):
        decode_decision(roulette, encode({"action": "hit"}))
    with pytest.raises(msgspec.DecodeError):
        decode_bets(blackjack, b"\xc1")
