"""The PAR document of a game: return and volatility of every bet, for operators and laboratories.

Decimals are strings, so that no reader rounds them; `exact` is a fraction `n/d`. What could not be
computed is null, and the note says how it was determined instead (GLI-19 A.6.1, standards B11).
"""

from __future__ import annotations

import msgspec

from games.analysis.decimals import decimal, exact, square_root
from games.game import AnyGame, BetReturn, Description


class ParReturn(msgspec.Struct, frozen=True):
    """Expected payout for each unit staked at first."""

    exact: str | None
    decimal: str | None


class ParBet(msgspec.Struct, frozen=True, rename={"returns": "return"}):
    """One bet."""

    bet: str
    returns: ParReturn
    hit_frequency: str | None
    """Probability of a payout above zero."""
    standard_deviation: str | None
    """Of the payout for each unit staked."""
    note: str


class ParDocument(msgspec.Struct, frozen=True):
    """One version of one game."""

    game: str
    version: int
    title: str
    digest: str
    method: str
    bets: tuple[ParBet, ...]


def par_document(game: AnyGame) -> ParDocument:
    """Return the PAR document. May take seconds: never call it on an event loop."""
    description = game.describe()
    returns = game.bet_returns()
    return ParDocument(
        game=game.name,
        version=game.version,
        title=game.title,
        digest=game.digest,
        method=description.returns.basis,
        bets=tuple(_bet(bet, description, alone=len(returns) == 1) for bet in returns),
    )


def _bet(bet: BetReturn, description: Description, *, alone: bool) -> ParBet:
    if bet.expected is not None:
        returns = ParReturn(exact(bet.expected), decimal(bet.expected))
    else:
        # A game of one bet publishes that bet's return, however it was determined.
        returns = ParReturn(None, description.returns.decimal if alone else None)
    return ParBet(
        bet=bet.bet,
        returns=returns,
        hit_frequency=None if bet.hit_frequency is None else decimal(bet.hit_frequency),
        standard_deviation=None if bet.variance is None else square_root(bet.variance),
        note=bet.note,
    )
