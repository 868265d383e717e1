"""The whole law of any bet, for the chi-square of its rounds.

Games list the law of a bet beside its figures (`BetReturn.law`). That of a slot machine with free
games has more results than can be listed and takes seconds, so it is found only when asked for.
"""

from __future__ import annotations

from games.analysis import slot_law
from games.analysis.payout_law import PayoutLaw
from games.game import AnyGame, BetReturn
from games.slots.engine import Slot


def whole_law(game: AnyGame, exact: BetReturn) -> PayoutLaw | None:
    """Return the law of one of the bets of `game.bet_returns()`, None where it is not known.

    May take seconds: never call it on an event loop.
    """
    if exact.law is not None:
        return PayoutLaw(exact.law)
    if isinstance(game, Slot):  # all its bet levels pay in proportion
        return slot_law.payout_law(game.machine)
    return None
