"""What every kind of deal ends in at the card tables without strategy charts, as one hash a game.

    python -m tests.protocol.schema.fair_deals

writes `web/packages/fair/test/deals.json`. The tests of the browser's verifier deal the same cards
by its own rules and hash the same lines, each a JSON array without spaces, with sorted keys and
ended by a line feed: the cards laid out, the decisions, and the outcome. The deals are

- of baccarat every total of two cards of either hand with every third card of either, so all
  naturals, draws, results and ties;
- of casino war every two ranks, and on a tie a surrender, and war with every two ranks more;
- of three card poker every set of ranks, suited and not, against four of the dealer's, of which one
  is the same set, played and folded; each set is the dealer's as often;
- of three video poker machines, one a deck, every set of ranks, suited and not, all cards held;
- under `holds` what perfect play holds, on every machine, of every 37th of those sets.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from games.cards import FACES, JOKER, RANKS, SUITS
from games.video_poker import VideoPoker, video_poker_games
from games.video_poker.hands import HAND
from games.video_poker.holds import best_hold
from tests.protocol.schema.fair_laws import Scripted, shipped

__all__ = ["DEALS_FILE", "deals", "positions", "rank_sets"]

DEALS_FILE: Final = Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "deals.json"
STAKE: Final = 100
"""Minor units on every bet: a multiple of all that a stake must be a multiple of."""
MACHINES: Final = ("jacks-or-better", "deuces-wild", "joker-poker")
HOLD_ALL: Final = "hold-1-2-3-4-5"
STEP: Final = 37

Deal = tuple[Sequence[int], Sequence[str]]
"""Cards as they come, more of them than the round may take, and the decisions."""


def deals() -> dict[str, Any]:
    """Return the hash of each game, and those of what perfect play holds."""
    return {
        **{name: _hash(name, 8, _coups()) for name in ("baccarat", "baccarat-nine-to-one")},
        "casino-war": _hash("casino-war", 6, _wars()),
        **{
            name: _hash(name, 1, _three_cards())
            for name in ("three-card-poker", "three-card-poker-flush-four")
        },
        **{name: _hash(name, 1, _hands(shipped(name))) for name in MACHINES},
        "holds": {game.name: _holds(game) for game in video_poker_games()},
    }


def positions(faces: Sequence[int], copies: int) -> list[int]:
    """Return the draws that deal these faces from a shoe of so many of each."""
    return [
        copies * face - sum(before < face for before in faces[:at]) for at, face in enumerate(faces)
    ]


def rank_sets(size: int, faces: int = FACES) -> Iterator[list[int]]:
    """Yield so many faces of every set of ranks: if all differ of one suit, then of several."""
    ranks = range(RANKS + (faces > FACES))
    for several in (0, 1):
        for chosen in itertools.combinations_with_replacement(ranks, size):
            kinds = sorted(set(chosen))
            if any(chosen.count(rank) > (SUITS if rank < RANKS else 1) for rank in kinds):
                continue
            yield [
                JOKER
                if rank == RANKS
                else rank
                + RANKS * ((chosen[:at].count(rank) + several * kinds.index(rank)) % SUITS)
                for at, rank in enumerate(chosen)
            ]


def _counting(value: int, suit: int) -> int:
    """Return a face that counts so much in baccarat: a queen for 0."""
    return RANKS * suit + (value - 1) % 12


def _coups() -> Iterator[Deal]:
    for player, banker, third, last in itertools.product(range(10), repeat=4):
        kings = (12, 25)
        hands = (_counting(player, 0), _counting(banker, 1))
        yield (*kings, *hands, _counting(third, 2), _counting(last, 3)), ()


def _wars() -> Iterator[Deal]:
    for player, dealer in itertools.product(range(RANKS), repeat=2):
        first = (player, RANKS + dealer)
        if player != dealer:
            yield first, ()
            continue
        yield first, ("surrender",)
        for mine, its in itertools.product(range(RANKS), repeat=2):
            yield (*first, 2 * RANKS + mine, 3 * RANKS + its), ("war",)


def _three_cards() -> Iterator[Deal]:
    hands = list(rank_sets(3))
    for at, player in enumerate(hands):
        for other in (at, 3 * at + 5, 11 * at + 1, 17 * at + 2):
            dealer = [_mirrored(face) for face in hands[other % len(hands)]]
            if not set(player) & set(dealer):
                yield (*player, *dealer), ("play",)
                yield (*player, *dealer), ("fold",)


def _hands(game: VideoPoker) -> Iterator[Deal]:
    for cards in rank_sets(HAND, game.machine.deck.faces):
        yield cards, (HOLD_ALL,)


def _mirrored(face: int) -> int:
    """Return the face of the same rank with the last suit for the first, and so on."""
    return face % RANKS + RANKS * (SUITS - 1 - face // RANKS)


def _holds(game: VideoPoker) -> str:
    """Return the hash of what perfect play holds of every 37th set, which begins at any place."""
    hashed = sha256()
    sets = itertools.islice(rank_sets(HAND, game.machine.deck.faces), 0, None, STEP)
    for at, ordered in enumerate(sets):
        cards = [ordered[(at + place) % HAND] for place in range(HAND)]
        hashed.update(_line([cards, best_hold(game.machine, cards)]))
    return hashed.hexdigest()


def _hash(name: str, copies: int, dealt: Iterable[Deal]) -> str:
    game = shipped(name)
    choices = game.describe().choices
    bets = {"bets": [{"bet": choice.bet, "stake": STAKE} for choice in choices]}
    seat = msgspec.convert(bets if choices else {"stake": STAKE}, game.bets_type)
    hashed = sha256()
    for faces, decisions in dealt:
        state: Any = game.open([seat], Scripted(positions(faces, copies)))
        for action in decisions:
            state = game.decide(state, 0, msgspec.convert({"action": action}, game.decision_type))
        outcome = msgspec.to_builtins(game.view(state, 0))
        hashed.update(_line([faces, decisions, outcome]))
    return hashed.hexdigest()


def _line(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{text}\n".encode()


if __name__ == "__main__":
    DEALS_FILE.write_text(json.dumps(deals(), indent=2) + "\n", encoding="utf-8")
