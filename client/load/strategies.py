"""How simulated players play. Sensible, and the same again under the same seed."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import msgspec

from client.load.options import LoadError
from client.rounds import Option, Round
from games.catalogue import Catalogue, standard
from games.game import AnyGame, Description, RoundKind, StakeForm, StakeLimits
from protocol.codec import MSGPACK
from protocol.errors import Refused
from protocol.messages.tables import LobbyGame, StakeRange

__all__ = ["Strategy", "cheapest", "shipped", "strategy_for"]

_BETS_MAXIMUM: Final = 3
_ATTEMPTS: Final = 8
"""Draws of bets that may turn out not to go together."""


class Strategy(Protocol):
    """One player's way of playing one game."""

    @property
    def kind(self) -> RoundKind:
        """Return which requests play a round."""

    def bets(self) -> msgspec.Raw:
        """Return the bets of the next round, as MessagePack."""

    def decide(self, current: Round) -> Option:
        """Return the decision to take in an open round."""


class FixedStake:
    """The same stake every round."""

    def __init__(self, stake: int) -> None:
        self._bets = msgspec.Raw(MSGPACK.encode({"stake": stake}))

    def __call__(self) -> msgspec.Raw:
        """Return the one bet there is."""
        return self._bets


class SomeChoices:
    """One to three of the bets that a game lists.

    Where the rules are known, only bets that they take, each with a stake that they take. Some
    bets are good beside another one only, so what is drawn is checked as a whole.
    """

    def __init__(
        self,
        description: Description,
        stake: int,
        limits: StakeRange,
        chance: random.Random,
        game: AnyGame | None = None,
    ) -> None:
        names = tuple(choice.bet for choice in description.choices)
        if not names:
            raise LoadError(f"{description.game} lists no bets to choose from")
        self._game = game
        self._limits = StakeLimits(limits.minimum, limits.maximum)
        self._stakes = dict.fromkeys(names, stake)
        self._alone = names
        if game is not None:
            offered = tuple(sorted(description.stakes, key=lambda each: (abs(each - stake), each)))
            good = _good_alone(game, names, (stake, *offered), limits.minimum, limits.maximum)
            self._stakes.update(good)
            self._alone = tuple(dict(good)) or names
        self._names = list(names)
        self._most = max(1, min(_BETS_MAXIMUM, limits.maximum // stake, len(names)))
        self._chance = chance

    def __call__(self) -> msgspec.Raw:
        """Draw the bets of a round."""
        for _ in range(_ATTEMPTS):
            bets = self._drawn(self._names, self._chance.randint(1, self._most))
            if self._good(bets):
                return msgspec.Raw(MSGPACK.encode(bets))
        return msgspec.Raw(MSGPACK.encode(self._drawn(self._alone, 1)))

    def _drawn(self, names: Sequence[str], count: int) -> dict[str, Any]:
        chosen = self._chance.sample(names, count)
        return {"bets": [{"bet": name, "stake": self._stakes[name]} for name in chosen]}

    def _good(self, bets: dict[str, Any]) -> bool:
        return self._game is None or _takes(self._game, bets, self._limits)


def _takes(game: AnyGame, bets: dict[str, Any], limits: StakeLimits) -> bool:
    """Whether the rules take these bets."""
    try:
        game.stake(msgspec.convert(bets, game.bets_type), limits)
    except (Refused, msgspec.ValidationError):
        return False
    return True


@functools.lru_cache(maxsize=256)
def _good_alone(
    game: AnyGame, names: tuple[str, ...], stakes: tuple[int, ...], minimum: int, maximum: int
) -> tuple[tuple[str, int], ...]:
    """Return the bets that a round may consist of, each with the first stake that is taken.

    Kept, because thousands of players of one game ask the same.
    """
    limits = StakeLimits(minimum, maximum)
    good = []
    for name in names:
        for stake in stakes:
            if _takes(game, {"bets": [{"bet": name, "stake": stake}]}, limits):
                good.append((name, stake))
                break
    return tuple(good)


class AnyDecision:
    """A game that nothing is known about: any decision that costs nothing."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def __call__(self, current: Round) -> Option:
        """Draw one of the free decisions."""
        free = [option for option in current.options if not option.stake]
        return self._chance.choice(free) if free else cheapest(current.options)


class AsAdvised:
    """By the strategy that the game itself states; any decision where it says nothing."""

    def __init__(self, game: AnyGame, otherwise: AnyDecision) -> None:
        self._game = game
        self._otherwise = otherwise

    def __call__(self, current: Round) -> Option:
        """Take what the strategy says, if the rules allow it here."""
        game = self._game
        try:
            advised = msgspec.to_builtins(game.advise(current.view_as(game.view_type)))
            action = advised["action"]
        except (LookupError, msgspec.MsgspecError, NotImplementedError, TypeError, ValueError):
            return self._otherwise(current)  # a server of other rules, or a game without strategy
        for option in current.options:
            if option.action == action:
                return option
        return cheapest(current.options)


class _Playing:
    """Bets made in one way, decisions in another."""

    def __init__(
        self,
        kind: RoundKind,
        bets: Callable[[], msgspec.Raw],
        decide: Callable[[Round], Option],
    ) -> None:
        self.kind = kind
        self.bets = bets
        self.decide = decide


@functools.cache
def shipped() -> Catalogue:
    """Return the games that ship, loaded once."""
    return standard()


def strategy_for(
    game: LobbyGame, stake: int, chance: random.Random, catalogue: Catalogue | None = None
) -> Strategy:
    """Return a strategy for a game as the lobby describes it. Raises LoadError.

    `catalogue` holds the games whose rules and strategies are known; those that ship by default. A
    game that it lacks is played by its description.
    """
    try:
        description = msgspec.convert(game.description, Description)
    except msgspec.ValidationError as error:
        raise LoadError(f"the description of {game.game} cannot be read: {error}") from None
    if description.kind is RoundKind.SHARED:
        raise LoadError(f"{game.game} is played at shared tables, which load does not play yet")
    known = _known(catalogue or shipped(), description)
    level = nearest(description.stakes, game.stakes, stake)
    bets: Callable[[], msgspec.Raw] = FixedStake(level)
    if description.stake_form is StakeForm.LIST:
        bets = SomeChoices(description, level, game.stakes, chance, known)
    decide: Callable[[Round], Option] = AnyDecision(chance)
    if known is not None:
        decide = AsAdvised(known, AnyDecision(chance))
    return _Playing(description.kind, bets, decide)


def _known(catalogue: Catalogue, description: Description) -> AnyGame | None:
    """Return the very rules that the server plays by, or None."""
    game = catalogue.version(description.game, description.version)
    if game is None or game.digest != description.digest:
        return None
    return game


def nearest(offered: Sequence[int], allowed: StakeRange, stake: int) -> int:
    """Return the stake nearest to the one asked for that the game offers and the table takes."""
    fitting = [each for each in offered if allowed.minimum <= each <= allowed.maximum]
    if not fitting:
        return min(max(stake, allowed.minimum), allowed.maximum)
    return min(fitting, key=lambda each: (abs(each - stake), each))


def cheapest(options: Sequence[Option]) -> Option:
    """Return the option with the least further stake, `stand` among equals.

    Raises LoadError if there is none: a round that is open must offer one.
    """
    if not options:
        raise LoadError("an open round offers no decision")
    return min(options, key=lambda option: (option.stake, option.action != "stand"))
