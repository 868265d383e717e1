"""How simulated players play. Sensible, and the same again under the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

import msgspec

from client.load.options import LoadError
from client.rounds import Option, Round
from games.blackjack.strategy import recommend
from games.game import Description, RoundKind, StakeForm
from protocol.codec import MSGPACK
from protocol.messages.tables import LobbyGame, StakeRange

__all__ = ["Strategy", "strategy_for"]


class Strategy(Protocol):
    """One player's way of playing one game."""

    kind: RoundKind

    def bets(self) -> msgspec.Raw:
        """Return the bets of the next round, as MessagePack."""

    def decide(self, current: Round) -> Option:
        """Return the decision to take in an open round."""


class FixedStake:
    """The same stake every round."""

    def __init__(self, description: Description, stake: int) -> None:
        self.kind = description.kind
        self._bets = msgspec.Raw(MSGPACK.encode({"stake": stake}))

    def bets(self) -> msgspec.Raw:
        """Return the one bet there is."""
        return self._bets

    def decide(self, current: Round) -> Option:
        """Take the first decision that costs nothing."""
        return cheapest(current.options)


class SomeChoices(FixedStake):
    """One to three of the bets that the description lists, each with the same stake."""

    def __init__(
        self, description: Description, stake: int, maximum: int, chance: random.Random
    ) -> None:
        super().__init__(description, stake)
        self._names = [choice.bet for choice in description.choices]
        if not self._names:
            raise LoadError(f"{description.game} lists no bets to choose from")
        self._stake = stake
        self._most = max(1, min(3, maximum // stake, len(self._names)))
        self._chance = chance

    def bets(self) -> msgspec.Raw:
        """Draw the bets of a round."""
        chosen = self._chance.sample(self._names, self._chance.randint(1, self._most))
        bets = [{"bet": name, "stake": self._stake} for name in chosen]
        return msgspec.Raw(MSGPACK.encode({"bets": bets}))


class BasicStrategy(FixedStake):
    """Blackjack by the book."""

    def decide(self, current: Round) -> Option:
        """Take what the table of basic strategy says, if the rules allow it here."""
        options = current.options
        action = recommend(current.view)
        return next((option for option in options if option.action == action), cheapest(options))


class AnyDecision(FixedStake):
    """A game that nothing is known about: any decision that costs nothing."""

    def __init__(self, description: Description, stake: int, chance: random.Random) -> None:
        super().__init__(description, stake)
        self._chance = chance

    def decide(self, current: Round) -> Option:
        """Draw one of the free decisions."""
        free = [option for option in current.options if not option.stake]
        return self._chance.choice(free) if free else cheapest(current.options)


class _AnyDecisionOnChoices(SomeChoices):
    """The same, where the bets are a list; one bet a round, as not every such game takes more."""

    def __init__(
        self, description: Description, stake: int, maximum: int, chance: random.Random
    ) -> None:
        super().__init__(description, stake, maximum, chance)
        self._most = 1

    def decide(self, current: Round) -> Option:
        free = [option for option in current.options if not option.stake]
        return self._chance.choice(free) if free else cheapest(current.options)


def strategy_for(game: LobbyGame, stake: int, chance: random.Random) -> Strategy:
    """Return a strategy for a game as the lobby describes it. Raises LoadError."""
    try:
        description = msgspec.convert(game.description, Description)
    except msgspec.ValidationError as error:
        raise LoadError(f"the description of {game.game} cannot be read: {error}") from None
    if description.kind is RoundKind.SHARED:
        raise LoadError(f"{game.game} is played at shared tables, which load does not play yet")
    level = nearest(description.stakes, game.stakes, stake)
    if description.stake_form is StakeForm.LIST:
        kind = SomeChoices if description.kind is RoundKind.INSTANT else _AnyDecisionOnChoices
        return kind(description, level, game.stakes.maximum, chance)
    if description.game == "blackjack":
        return BasicStrategy(description, level)
    if description.kind is RoundKind.DECISIONS:
        return AnyDecision(description, level, chance)
    return FixedStake(description, level)


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
