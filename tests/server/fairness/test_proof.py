"""Making proofs."""

from __future__ import annotations

import json

import msgspec
import pytest

from games.entropy import Draws
from games.game import RoundState
from protocol.codec import JSON, MSGPACK
from protocol.messages.account import RoundProof
from server.fairness import proof as proof_module
from server.fairness.document import Proof
from server.fairness.proof import verify_proof
from tests.server.fairness.played import (
    CHAIN_ID,
    CLIENT_SEED,
    PROOFS,
    blackjack_proof,
    catalogue,
    chain,
    proof_of,
    roulette_proof,
    slot_proof,
    split_proof,
)

STRAIGHT = {"bets": [{"bet": "straight-17", "stake": 100}]}


@pytest.mark.parametrize("name", PROOFS)
def test_proofs_hold(name: str) -> None:
    """The proof of a round of every game verifies, straight away and from JSON."""
    proof = PROOFS[name]()

    assert verify_proof(proof, catalogue()).ok
    assert verify_proof(json.loads(json.dumps(proof)), catalogue()).ok
    assert list(proof) == list(Proof.__struct_fields__)


@pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=["msgpack", "json"])
@pytest.mark.parametrize("name", PROOFS)
def test_proofs_cross_the_wire(codec: object, name: str) -> None:
    """As the body of a reply a proof comes out as it went in, in both codecs."""
    assert codec in (MSGPACK, JSON)
    proof = PROOFS[name]()
    chosen = MSGPACK if codec is MSGPACK else JSON
    frame = chosen.server_frame(chosen.encode_reply(1, RoundProof(proof)))

    assert chosen.decoder(RoundProof).decode(frame.body).proof == proof


def test_what_a_proof_holds() -> None:
    """Ids are strings, bytes lower-case hex, the rest plain values of the game."""
    proof = proof_of("roulette", STRAIGHT, n=5)
    game = catalogue().current("roulette")
    assert game is not None
    number = proof["outcome"]["number"]

    assert proof == {
        "format": "croupier-proof/1",
        "round": f"{CHAIN_ID}-5",
        "chain": str(CHAIN_ID),
        "n": 5,
        "game": "roulette",
        "version": game.version,
        "digest": game.digest,
        "seat": 0,
        "commitment": chain().commitment.hex(),
        "previous_seed": chain().seed(4).hex(),
        "seed": chain().seed(5).hex(),
        "client_seeds": [CLIENT_SEED.hex()],
        "bets": [STRAIGHT],
        "decisions": [],
        "draws": [{"below": 37, "value": number}],
        "outcome": proof["outcome"],
        "stake": 100,
        "payout": 3_600 if number == 17 else 0,
        "voided": False,
    }


def test_draws_are_listed_in_order() -> None:
    """A slot's draws are its stops spin by spin, a card game's bounds the cards left."""
    spins = [
        event["stops"] for event in slot_proof()["outcome"]["events"] if event["event"] == "reveal"
    ]
    cards = split_proof()["draws"]

    assert len(spins) > 1
    assert [draw["value"] for draw in slot_proof()["draws"]] == [
        stop for stops in spins for stop in stops
    ]
    assert [draw["below"] for draw in cards] == [312 - at for at in range(len(cards))]


def test_platform_decisions_are_marked() -> None:
    """A decision that the platform took says so."""
    assert [taken["platform"] for taken in blackjack_proof()["decisions"]] == [False, True]


def opened(n: int) -> RoundState:
    """Return a round of blackjack as it is dealt."""
    game = catalogue().current("blackjack")
    assert game is not None
    state: RoundState = game.open(
        [game.bets_type(stake=100)], Draws(chain().seed(n), (CLIENT_SEED,))
    )
    return state


def test_an_open_round_has_no_proof() -> None:
    """A round that waits for a decision keeps its seed."""
    n = next(n for n in range(1, 257) if not opened(n).finished)

    with pytest.raises(ValueError, match="a proof exists only of an ended round") as caught:
        proof_of("blackjack", {"stake": 100}, n=n)

    assert chain().seed(n).hex() not in str(caught.value)


def test_a_void_round_has_its_seed_and_no_outcome() -> None:
    """The proof of a void round shows the inputs, and that nothing was won or lost."""
    proof = proof_of("blackjack", {"stake": 100}, [("hit", False)], voided=True)

    assert verify_proof(proof, catalogue()).ok
    assert proof["outcome"] is None
    assert proof["draws"] == []
    assert (proof["stake"], proof["payout"]) == (0, 0)
    assert proof["seed"] == chain().seed(3).hex()


def test_a_previous_seed_may_be_left_out() -> None:
    """A proof without the seed before holds as well."""
    proof = proof_of("roulette", STRAIGHT, previous_seed=False)

    assert proof["previous_seed"] is None
    assert verify_proof(proof, catalogue()).ok


def test_without_client_seeds() -> None:
    """Where client seeds are off the one seed has no bytes."""
    proof = proof_of("roulette", STRAIGHT, client_seed=b"")

    assert proof["client_seeds"] == [""]
    assert verify_proof(proof, catalogue()).ok


def test_large_numbers_are_text() -> None:
    """Numbers that some languages would round are written as text."""
    assert proof_module._number((1 << 53) - 1) == (1 << 53) - 1
    assert proof_module._number(1 << 53) == "9007199254740992"
    large = {"below": str(1 << 64), "value": str((1 << 64) - 1)}
    proof = roulette_proof()
    proof["draws"] = [large]

    failed = verify_proof(proof, catalogue()).failed
    assert failed is not None
    assert failed.name == "draws"


def test_the_schema_of_a_proof_has_a_name_of_its_own() -> None:
    """The published schema is called `Proof`, and every field in it is explained."""
    (reference,), schemas = msgspec.json.schema_components([Proof])

    assert reference == {"$ref": "#/$defs/Proof"}
    assert set(schemas) == {"Proof", "ProofDecision", "ProofDraw"}
