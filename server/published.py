"""The games as the documents of the protocol show them, with rounds played by their own rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import structlog

from games.catalogue import Catalogue
from games.craps.roll import CrapsStage
from games.entropy import Draws
from games.game import AnyGame, Description, RoundKind, StakeForm, StakeLimits
from games.live import Style, live_rules
from protocol.schema import ExampleChain, ExampleRound, ExampleStep, Published, PublishedGame
from protocol.schema.published import LiveForms
from server.fairness.proof import Proof, build_proof

__all__ = ["publish_catalogue", "published"]

log = structlog.get_logger(__name__)

_EXAMPLE_ROUNDS: Final = 2
_ATTEMPTS: Final = 500
_FIRST_CHAIN: Final = 21_390_950_400_000_000
_BEST: Final = (2, True, True)
_MOST_DECISIONS: Final = 1_000
_LONGEST_VIEW: Final = 600
"""Bytes of MessagePack. A round of thirty free games teaches no more than one of two lines."""


def publish_catalogue(catalogue: Catalogue) -> Published:
    """Return the current version of every game as the schema takes them."""
    names = sorted({game.name for game in catalogue.versions()})
    return published([game for name in names if (game := catalogue.current(name))])


def published(games: Iterable[AnyGame]) -> Published:
    """Return the games as the schema takes them, each with rounds played on an example chain.

    The simplest comes first: the schema's walkthrough plays it. A game whose rules fail over the
    examples is left out.
    """
    told: list[tuple[AnyGame, PublishedGame]] = []
    for index, game in enumerate(sorted(games, key=_complexity)):
        try:
            told.append((game, _publish(game, index)))
        except Exception:  # one game's fault must not take the document from everybody
            log.exception("a game is not documented", game=game.name)
    return Published(
        games=tuple(found for _, found in told),
        description_type=Description,
        proof_type=Proof,
        proof=_proof(*told[0]) if told else None,
    )


def _proof(game: AnyGame, told: PublishedGame) -> dict[str, Any]:
    """Return the proof of the first example round."""
    chain, played = told.chain, told.rounds[0]
    last = played.steps[-1]
    return build_proof(
        game=game,
        chain=int(chain.id),
        n=1,
        commitment=chain.commitment,
        seed=chain.seeds[1],
        client_seeds=[chain.client_seed(1)],
        bets=[msgspec.msgpack.encode(played.bets)],
        decisions=[(0, msgspec.msgpack.encode(taken), False) for taken in played.decisions],
        stake=last.stake,
        payout=last.payout or 0,
        voided=False,
    )


def _complexity(game: AnyGame) -> tuple[bool, bool, str]:
    return (
        game.kind is not RoundKind.INSTANT,
        game.describe().stake_form is not StakeForm.ONE,
        game.name,
    )


def _publish(game: AnyGame, index: int) -> PublishedGame:
    description = game.describe()
    limits = StakeLimits(min(description.stakes), max(description.stakes))
    bets = _bets(game, description, limits)
    chain, rounds = _instructive(game, bets, str(_FIRST_CHAIN + 4 * index))
    return PublishedGame(
        name=game.name,
        version=game.version,
        digest=game.digest,
        title=game.title,
        kind=game.kind.value,
        minimum=limits.minimum,
        maximum=limits.maximum,
        description=description,
        bets_type=game.bets_type,
        decision_type=game.decision_type,
        view_type=game.view_type,
        chain=chain,
        rounds=rounds,
        notes=game.view_notes,
        live=_live_forms(game),
    )


def _live_forms(game: AnyGame) -> LiveForms | None:
    """Return the forms of a game at live tables where they are its own there."""
    rules = live_rules(game)
    if rules is None or rules.style is not Style.ROLLS:
        return None
    return LiveForms(rules.game.bets_type, rules.game.view_type, CrapsStage)


def _bets(game: AnyGame, description: Description, limits: StakeLimits) -> msgspec.Struct:
    """Return ordinary bets of a game, made from its description alone."""
    stake = description.stakes[len(description.stakes) // 2]
    body: dict[str, Any] = {"stake": stake}
    if description.stake_form is StakeForm.LIST:
        # A round with decisions may take a single bet, such as mines does.
        last = 1 if game.decision_type is not None else len(description.choices)
        chosen = dict.fromkeys((description.choices[0], description.choices[last - 1]))
        body = {"bets": [{"bet": choice.bet, "stake": stake} for choice in chosen]}
    bets: msgspec.Struct = msgspec.convert(body, game.bets_type)
    game.stake(bets, limits)
    return bets


def _instructive(
    game: AnyGame, bets: msgspec.Struct, chain_id: str
) -> tuple[ExampleChain, tuple[ExampleRound, ...]]:
    """Return the first example chain whose first round shows something: a win, or a decision.

    Of games whose rounds have no such form, the one that comes nearest.
    """
    best: tuple[ExampleChain, tuple[ExampleRound, ...]] | None = None
    highest = (-1, False, False)
    for attempt in range(_ATTEMPTS):
        chain = ExampleChain(chain_id, f"croupier example {game.name} {game.version} {attempt}")
        rounds = tuple(_play(game, bets, chain, number) for number in range(1, _EXAMPLE_ROUNDS + 1))
        first = rounds[0]
        decisions = len(first.decisions)
        wanted = 2 if game.decision_type is not None else 0
        views = [msgspec.msgpack.encode(step.view) for one in rounds for step in one.steps]
        worth = (
            2 if decisions == wanted else min(decisions, 1),
            (first.steps[-1].payout or 0) > first.steps[-1].stake,
            max(map(len, views)) <= max(_LONGEST_VIEW, game.maximum_reply_bytes // 20),
        )
        if worth > highest:
            best, highest = (chain, rounds), worth
        if worth == _BEST:
            break
    assert best is not None, "there was an attempt"
    return best


def _play(game: AnyGame, bets: msgspec.Struct, chain: ExampleChain, number: int) -> ExampleRound:
    """Play one round: one daring decision that costs nothing, then what the platform would do."""
    draws = Draws(chain.seeds[number], [chain.client_seed(number)])
    state = game.open([bets], draws)
    steps = [_step(game, state)]
    decisions: list[msgspec.Struct] = []
    while not state.finished:
        decision = None if decisions else _daring(game, state)
        if decision is None:
            _, decision = game.platform_decision(state)
        state = game.decide(state, 0, decision)
        decisions.append(decision)
        steps.append(_step(game, state))
        if len(decisions) > _MOST_DECISIONS:
            raise ValueError("the platform's decisions do not end the round")
    return ExampleRound(bets, tuple(decisions), tuple(steps))


def _daring(game: AnyGame, state: Any) -> msgspec.Struct | None:
    """Return the first decision that is allowed and free and not the platform's, or None."""
    _, careful = game.platform_decision(state)
    assert game.decision_type is not None
    for option in getattr(game.view(state, 0), "options", ()):
        decision: msgspec.Struct = msgspec.convert({"action": option.action}, game.decision_type)
        if option.stake == 0 and decision != careful:
            return decision
    return None


def _step(game: AnyGame, state: Any) -> ExampleStep:
    return ExampleStep(
        view=game.view(state, 0),
        stake=state.stakes[0],
        payout=state.payouts[0],
        finished=state.finished,
    )
