"""The proof document `croupier-proof/1`: everything that a replay of one ended round needs.

Bytes are lower-case hex, ids are strings, money is minor units. Bets, decisions and outcome are in
the game's own form. An unknown field is refused, because nobody would have checked it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from games.game import AnyGame
from protocol.messages.common import MAXIMUM_INTEGER, Counter, Message

__all__ = [
    "FORMAT",
    "Proof",
    "ProofDecision",
    "ProofDraw",
    "ProofError",
    "canonical",
    "decode_bets",
    "decode_decision",
    "printable",
    "read_proof",
]

FORMAT: Final = "croupier-proof/1"
MAXIMUM_N: Final = 1 << 20
"""No honest chain is longer; the bound keeps a hostile proof from making us hash for ever."""
_MAXIMUM_DEPTH: Final = 64
"""Of maps within maps; the documents of all games together need a tenth of it."""

_END: Final = r"$(?!\n)"
"""A bare `$` lets a newline follow."""

Hex32 = Annotated[
    str,
    msgspec.Meta(
        min_length=64,
        max_length=64,
        pattern="^[0-9a-f]{64}",
        description="32 bytes as lower-case hex.",
    ),
]
ClientSeedHex = Annotated[
    str,
    msgspec.Meta(
        max_length=64,
        pattern="^(?:[0-9a-f]{2})*" + _END,
        description="0 to 32 bytes as lower-case hex.",
    ),
]
Large = Annotated[
    str,
    msgspec.Meta(
        min_length=16,
        max_length=20,
        pattern="^[1-9][0-9]*" + _END,
        description="A number above 2^53 - 1, in decimal digits.",
    ),
]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[!-~]*" + _END)]
"""An id or a name: ASCII without spaces, safe to print whoever wrote the document."""
Round = Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_N)]
Money = Annotated[
    int, msgspec.Meta(ge=0, le=MAXIMUM_INTEGER, description="Minor units of the currency.")
]


class ProofError(Exception):
    """A document that is no proof; its text says in one line what is wrong with it."""


class ProofDecision(Message, frozen=True, omit_defaults=False, forbid_unknown_fields=True):
    """One decision of a round."""

    seat: Counter
    """Seats count from 0."""
    decision: dict[str, Any]
    """In the game's own form."""
    platform: bool
    """Whether the platform took it because the player's time had run out."""


class ProofDraw(Message, frozen=True, omit_defaults=False, forbid_unknown_fields=True):
    """One number of the draw stream."""

    below: Counter | Large
    """The bound."""
    value: Counter | Large
    """From 0 to the bound less 1."""


class Proof(Message, frozen=True, omit_defaults=False, forbid_unknown_fields=True, kw_only=True):
    """The document that `croupier verify` checks."""

    format: Literal["croupier-proof/1"] = FORMAT
    """How to read it."""
    round: Word
    """The round's id: `chain-n`."""
    chain: Word
    """The chain's id."""
    n: Round
    """Which round of the chain it was, from 1."""
    game: Word
    """The game's name."""
    version: Counter
    """The version of its rules."""
    digest: Hex32
    """SHA-256 over rules, machine file and draw code."""
    seat: Counter
    """The seat that this proof is for; seats count from 0."""
    commitment: Hex32
    """s_0, as it was told before the chain's first round."""
    previous_seed: Hex32 | None = None
    """s_{n-1} where it is stated; null if it is not."""
    seed: Hex32
    """s_n, the seed of this round."""
    client_seeds: tuple[ClientSeedHex, ...]
    """Of each seat, in seat order."""
    bets: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(min_length=1)]
    """Of each seat, in seat order."""
    decisions: tuple[ProofDecision, ...]
    """In the order in which they were taken."""
    draws: tuple[ProofDraw, ...]
    """Every number that the round drew, in order; empty for a void round."""
    outcome: dict[str, Any] | None
    """What the seat saw at the end; null for a void round."""
    stake: Money
    """Everything that the seat staked; 0 for a void round, whose stakes went back."""
    payout: Money
    """What the round paid to the seat, its stake included; 0 for a void round."""
    voided: bool
    """Whether the round could not go on and every stake was returned."""


def read_proof(document: object) -> Proof:
    """Return a proof from plain values, such as JSON gives. Raises ProofError.

    Takes the document itself or a whole `round_proof` reply around it.
    """
    for wrapper in ("body", "proof"):
        if isinstance(document, Mapping) and "format" not in document and wrapper in document:
            document = document[wrapper]
    if not isinstance(document, Mapping):
        raise ProofError("this is not a proof: a proof is one JSON object")
    found = document.get("format")
    if found != FORMAT:
        if not isinstance(found, str):
            raise ProofError(f"this is not a proof: its `format` is not `{FORMAT}`")
        raise ProofError(f"this program reads `{FORMAT}`, not {found[:40]!r}")
    if not _shallow(document, _MAXIMUM_DEPTH):
        raise ProofError("the proof nests maps or lists too deeply")
    try:
        return msgspec.convert(dict(document), Proof)
    except msgspec.ValidationError as error:
        raise ProofError(_plain(str(error))) from None
    except UnicodeEncodeError:
        raise ProofError("the proof has a field whose name is no text") from None


def decode_bets(game: AnyGame, data: bytes) -> Any:
    """Return the bets of one seat as they were stored. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(data, type=game.bets_type)


def decode_decision(game: AnyGame, data: bytes) -> Any:
    """Return a decision as it was stored. Raises ValueError, msgspec.DecodeError."""
    if game.decision_type is None:
        raise ValueError(f"{game.name} has no decisions")
    return msgspec.msgpack.decode(data, type=game.decision_type)


def canonical(value: object) -> bytes:
    """Return one spelling for equal JSON values: sorted keys, and 1 is neither true nor 1.0.

    Empty for what is no JSON value, such as half of a surrogate pair.
    """
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (TypeError, ValueError, OverflowError):
        return b""


def printable(text: str) -> str:
    """Return a text on one short line, without what could command a terminal."""
    line = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)[:200]


def _shallow(value: object, depth: int) -> bool:
    if isinstance(value, Mapping):
        return depth > 0 and all(_shallow(item, depth - 1) for item in value.values())
    if isinstance(value, list | tuple):
        return depth > 0 and all(_shallow(item, depth - 1) for item in value)
    return True


def _plain(text: str) -> str:
    """Return a decoder's message in the words of JSON: field names, no types of Python."""
    text, _, path = text.partition(" - at `$")
    for python, plain in (
        ("Object missing required field", "the proof lacks the field"),
        ("Object contains unknown field", "the proof has the unknown field"),
        ("`object`", "an object"),
        ("`array`", "a list"),
        ("`bool`", "true or false"),
        ("`int`", "a whole number"),
        ("`str`", "a text"),
        (" | null`", " or null`"),
    ):
        text = text.replace(python, plain)
    path = path.rstrip("`").lstrip(".")
    return printable(f"`{path}` of the proof is wrong: {text}" if path else text)
