"""Checks a proof without a server: the chain, the rules, the draws, the outcome, the money.

Every step is named and says in one sentence what was found, whether it holds or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from games.catalogue import Catalogue
from games.entropy import Draws
from games.game import AnyGame, RoundState, StakeLimits, replay
from games.live import live_rules
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.fairness.document import Proof, ProofError, canonical, printable, read_proof
from server.fairness.tape import Tape

__all__ = ["Step", "Verification", "verify_proof"]

_NO_LIMITS: Final = StakeLimits(1, MAXIMUM_INTEGER)
"""A table's limits are not part of the proof; what the rules themselves demand is checked."""

_REPLAY_ERRORS: Final = (
    Refused,
    msgspec.ValidationError,
    ArithmeticError,
    AssertionError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""What a game may raise over inputs that it would never have taken."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked."""

    name: str
    ok: bool
    says: str
    """What was found, as one sentence."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of a proof; the steps that a failed one makes impossible are left out."""

    round: str
    """The round's id as the proof states it, empty if the document could not be read."""
    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether every step holds."""
        return all(step.ok for step in self.steps)

    @property
    def failed(self) -> Step | None:
        """Return the first step that does not hold, or None."""
        return next((step for step in self.steps if not step.ok), None)


def verify_proof(
    proof: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    commitment: bytes | None = None,
    previous_seed: bytes | None = None,
) -> Verification:
    """Check a proof document, or a whole `round_proof` reply.

    `commitment` and `previous_seed` are what the player was told at the time, where kept: only they
    show that the house did not choose the chain afterwards. Never raises over what a proof holds.
    """
    try:
        read = read_proof(proof)
    except ProofError as error:
        return Verification("", (Step("document", ok=False, says=f"{error}."),))
    document = _document(read)
    if not document.ok:
        return Verification(read.round, (document,))
    steps = [document, *_chain(read, commitment, previous_seed)]
    game, step = _rules(read, catalogue)
    steps.append(step)
    if game is not None:
        steps += _void(read, game) if read.voided else _played(read, game)
    return Verification(read.round, tuple(steps))


def _document(proof: Proof) -> Step:
    seats = len(proof.bets)
    if proof.round != f"{proof.chain}-{proof.n}":
        return Step(
            "document", ok=False, says="The round's id is not that of its chain and number."
        )
    if proof.seat >= seats:
        return Step("document", ok=False, says="The proof is for a seat that has no bets.")
    if any(taken.seat >= seats for taken in proof.decisions):
        return Step("document", ok=False, says="A decision is of a seat that has no bets.")
    return Step("document", ok=True, says=f"Round {proof.round} is complete and well formed.")


def _chain(proof: Proof, commitment: bytes | None, previous_seed: bytes | None) -> Iterator[Step]:
    seed = bytes.fromhex(proof.seed)
    before = sha256(seed).digest()
    first = before
    for _ in range(proof.n - 1):
        first = sha256(first).digest()
    times = "once" if proof.n == 1 else f"{proof.n} times"
    if first.hex() == proof.commitment:
        yield Step("commitment", ok=True, says=f"The seed hashed {times} is the commitment.")
    else:
        yield Step("commitment", ok=False, says=f"The seed hashed {times} is not the commitment.")
    if commitment is not None:
        same = commitment.hex() == proof.commitment
        yield _claim(
            "told commitment", same, "The commitment is", "the one that was told beforehand."
        )
    stated = proof.previous_seed
    if stated is not None:
        yield _claim(
            "previous seed", stated == before.hex(), "The seed hashed once is", "the one before."
        )
    if previous_seed is not None:
        yield _claim(
            "told previous seed",
            previous_seed == before,
            "The seed hashed once is",
            "the one that was told before.",
        )


def _claim(name: str, holds: bool, subject: str, predicate: str) -> Step:  # noqa: FBT001
    return Step(name, ok=holds, says=f"{subject}{'' if holds else ' not'} {predicate}")


def _rules(proof: Proof, catalogue: Catalogue) -> tuple[AnyGame | None, Step]:
    title = f"{proof.game} version {proof.version}"
    game = catalogue.version(proof.game, proof.version)
    if game is None:
        says = f"This program does not know {title}; use a release that has it."
        return None, Step("rules", ok=False, says=says)
    live = live_rules(game)
    if live is not None and live.game.digest == proof.digest:
        game = live.game  # a table that many share may have rules of its own: craps rolls on
    if game.digest != proof.digest:
        says = (
            f"This program's rules of {title} have the digest {game.digest[:16]}…, the proof's "
            f"{proof.digest[:16]}…; use the release that dealt the round."
        )
        return None, Step("rules", ok=False, says=says)
    return game, Step("rules", ok=True, says=f"The rules are {title}, digest {game.digest[:16]}….")


def _inputs(proof: Proof, game: AnyGame) -> tuple[list[Any], list[tuple[int, Any]]]:
    """Return bets and decisions, decoded. Raises one of `_REPLAY_ERRORS`."""
    live = live_rules(game)
    most = live.together if live is not None else 1
    if len(proof.bets) > most:
        raise ValueError(f"{game.name} is played by no more than {most} seats together")
    bets = []
    for value in proof.bets:
        read = _exactly(value, game.bets_type)
        game.stake(read, _NO_LIMITS)
        bets.append(read)
    decisions = []
    for taken in proof.decisions:
        if game.decision_type is None:
            raise ValueError(f"{game.name} has no decisions")
        decisions.append((taken.seat, _exactly(taken.decision, game.decision_type)))
    return bets, decisions


def _exactly(value: dict[str, Any], kind: type[Any]) -> Any:
    """Return the value as the game's struct; refused if it says more than the struct keeps."""
    read = msgspec.convert(value, kind)
    if canonical(msgspec.to_builtins(read)) != canonical(value):
        raise ValueError("it has more than the rules read, or writes it in another way")
    return read


def _played(proof: Proof, game: AnyGame) -> Iterator[Step]:
    seed = bytes.fromhex(proof.seed)
    client_seeds = [bytes.fromhex(client_seed) for client_seed in proof.client_seeds]
    tape = Tape(seed, client_seeds)
    try:
        bets, decisions = _inputs(proof, game)
        state = replay(game, bets, decisions, tape)
        wrong = _wrong_platform_decision(proof, game, bets, decisions, Draws(seed, client_seeds))
    except _REPLAY_ERRORS as error:
        says = f"The rules do not allow these bets and decisions: {_reason(error)}"
        yield Step("inputs", ok=False, says=says)
        return
    if not state.finished:
        yield Step("inputs", ok=False, says="The bets and decisions leave the round open.")
        return
    if wrong:
        says = f"Decision {wrong} is not the one that the rules take for a late player."
        yield Step("inputs", ok=False, says=says)
        return
    yield Step("inputs", ok=True, says="The rules allow these bets and decisions.")
    yield _draws(proof, tape.drawn)
    outcome = msgspec.to_builtins(game.view(state, proof.seat))
    same = canonical(outcome) == canonical(proof.outcome)
    yield _claim("outcome", same, "The outcome is", "what seed, bets and decisions give.")
    yield from _money(proof, state)


def _reason(error: Exception) -> str:
    text = printable(str(error))
    if isinstance(error, msgspec.ValidationError):
        text = "their form is not that of the game"
    elif not text or not isinstance(error, Refused | ValueError):
        text = "they cannot be played"
    return text if text.endswith(".") else f"{text}."


def _wrong_platform_decision(
    proof: Proof,
    game: AnyGame,
    bets: Sequence[Any],
    decisions: Sequence[tuple[int, Any]],
    draws: Draws,
) -> int | None:
    """Return the number of the first platform decision that is not the rules' own, or None."""
    for index, taken in enumerate(proof.decisions):
        if taken.platform:
            state = replay(game, bets, decisions[:index], draws)
            if game.platform_decision(state) != decisions[index]:
                return index + 1
    return None


def _draws(proof: Proof, drawn: Sequence[tuple[int, int]]) -> Step:
    stated = [(int(draw.below), int(draw.value)) for draw in proof.draws]
    for index, (given, found) in enumerate(zip(stated, drawn, strict=False), 1):
        if given != found:
            says = f"Draw {index} is {found[1]} below {found[0]}, not {given[1]} below {given[0]}."
            return Step("draws", ok=False, says=says)
    count = f"{len(drawn)} draw{'' if len(drawn) == 1 else 's'}"
    if len(stated) != len(drawn):
        return Step("draws", ok=False, says=f"The round takes {count}, not {len(stated)}.")
    return Step("draws", ok=True, says=f"Seed and client seeds give the {count} of the round.")


def _money(proof: Proof, state: RoundState) -> Iterator[Step]:
    for name, given, found in (
        ("stake", proof.stake, state.stakes[proof.seat]),
        ("payout", proof.payout, state.payouts[proof.seat]),
    ):
        if given == found:
            says = f"The {name} is {given} minor units."
        else:
            says = f"The {name} is {found} minor units by the rules, not {given}."
        yield Step(name, ok=given == found, says=says)


def _void(proof: Proof, game: AnyGame) -> Iterator[Step]:
    """Check a round that could not go on: it has an input, and neither outcome nor money."""
    try:
        bets, decisions = _inputs(proof, game)
        client_seeds = [bytes.fromhex(client_seed) for client_seed in proof.client_seeds]
        state = replay(game, bets, decisions, Draws(bytes.fromhex(proof.seed), client_seeds))
    except _REPLAY_ERRORS:
        says = "The round was void, and its inputs cannot be played under these rules."
        yield Step("inputs", ok=True, says=says)
    else:
        where = "would have ended" if state.finished else "was still open"
        says = f"The round was void; with the inputs of that moment it {where}."
        yield Step("inputs", ok=True, says=says)
    bare = proof.outcome is None and not proof.draws
    yield _claim("outcome", bare, "A void round's outcome is", "left out.")
    returned = proof.stake == 0 and proof.payout == 0
    yield _claim(
        "payout", returned, "The stakes were", "returned whole, so nothing was won or lost."
    )
