"""The PAR document of a game: return and volatility of every bet, for operators and laboratories.

Decimals are strings, so that no reader rounds them; `exact` is a fraction `n/d`. What could not be
computed is null, and the note says how it was determined instead (GLI-19 A.6.1, standards B11).

The volatility index is 1.65 times the standard deviation of one round per unit staked; after N
rounds the return lies with a probability of 90 % within index / sqrt(N) of the theoretical one
(Harrigan and Dixon, PAR sheets, probabilities, and slot machine play, 2009). The normal law behind
it is only near for few rounds of a volatile game.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from games.analysis import slot_par
from games.analysis.decimals import decimal, exact, square_root
from games.analysis.par_table import ParTable
from games.game import AnyGame, BetReturn, Description
from games.slots.engine import Slot

__all__ = [
    "ParAward",
    "ParBand",
    "ParBet",
    "ParDocument",
    "ParInterval",
    "ParOutcome",
    "ParReturn",
    "ParTable",
    "bands_of",
    "par_document",
]

VOLATILITY_FACTOR: Final = Fraction(165, 100)
"""Standard deviations on either side of the mean that hold 90 % of a normal law."""
INTERVAL_ROUNDS: Final = (10**4, 10**5, 10**6, 10**7, 10**8)
LAW_MAXIMUM: Final = 500
"""A law with more outcomes is told by its bands alone."""
_CHANCE_DIGITS: Final = 20
_BAND_ENDS: Final = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 10_000, 100_000)


class ParReturn(msgspec.Struct, frozen=True):
    """Expected payout for each unit staked at first."""

    exact: str | None
    decimal: str | None


class ParInterval(msgspec.Struct, frozen=True):
    """Where the return lies after so many rounds, with a probability of 90 %."""

    rounds: int
    low: str
    high: str


class ParAward(msgspec.Struct, frozen=True):
    """An award that none exceeds."""

    payout: str
    """Per unit of the initial stake."""
    probability: str | None
    one_in: str | None
    """Rounds for one such award on average."""


class ParOutcome(msgspec.Struct, frozen=True):
    """One possible net result, per unit of the initial stake, and its probability."""

    net: str
    probability: str


class ParBand(msgspec.Struct, frozen=True):
    """All net results above `above` up to `up_to`; null is no bound."""

    above: str | None
    up_to: str | None
    probability: str
    share: str
    """Part of the return that these results pay, stakes that come back included."""


class ParBet(msgspec.Struct, frozen=True, rename={"returns": "return"}):
    """One bet."""

    bet: str
    returns: ParReturn
    hit_frequency: str | None
    """Probability of a payout above zero."""
    standard_deviation: str | None
    """Of the payout for each unit staked."""
    note: str
    variance: str | None = None
    volatility_index: str | None = None
    confidence: tuple[ParInterval, ...] = ()
    highest_award: ParAward | None = None
    """By the stated strategy."""
    reachable_award: ParAward | None = None
    """The highest that any decisions reach, if above that, and its probability if all aim at it."""
    law: tuple[ParOutcome, ...] | None = None
    """Null where it is not known, or longer than 500 outcomes."""
    bands: tuple[ParBand, ...] = ()
    """The law in classes of wins; empty where it is not known."""


class ParDocument(msgspec.Struct, frozen=True):
    """One version of one game."""

    game: str
    version: int
    title: str
    digest: str
    method: str
    bets: tuple[ParBet, ...]
    tables: tuple[ParTable, ...] = ()
    """What the game consists of: strips, pays, combinations, parts of the return."""


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
        tables=_tables(game),
    )


def _tables(game: AnyGame) -> tuple[ParTable, ...]:
    """Return the tables of a slot, or those that a game offers itself as `par_tables()`."""
    own = getattr(game, "par_tables", None)
    if own is not None:
        return tuple(own())
    return slot_par.tables(game.machine) if isinstance(game, Slot) else ()


def _bet(bet: BetReturn, description: Description, *, alone: bool) -> ParBet:
    if bet.expected is not None:
        returns = ParReturn(exact(bet.expected), decimal(bet.expected))
    else:
        # A game of one bet publishes that bet's return, however it was determined.
        returns = ParReturn(None, description.returns.decimal if alone else None)
    variance = bet.variance
    law = bet.law
    return ParBet(
        bet=bet.bet,
        returns=returns,
        hit_frequency=None if bet.hit_frequency is None else decimal(bet.hit_frequency),
        standard_deviation=None if variance is None else square_root(variance),
        note=bet.note,
        variance=None if variance is None else decimal(variance),
        volatility_index=(
            None if variance is None else square_root(variance * VOLATILITY_FACTOR**2)
        ),
        confidence=_confidence(returns, variance),
        highest_award=_award(bet.highest_award, bet.highest_award_probability),
        reachable_award=_award(bet.reachable_award, bet.reachable_award_probability),
        law=_outcomes(law) if law is not None and len(law) <= LAW_MAXIMUM else None,
        bands=() if law is None else bands_of(law),
    )


def _confidence(returns: ParReturn, variance: Fraction | None) -> tuple[ParInterval, ...]:
    if variance is None or returns.decimal is None:
        return ()
    mean = Fraction(returns.exact or returns.decimal)
    intervals = []
    for rounds in INTERVAL_ROUNDS:
        half = Fraction(square_root(variance * VOLATILITY_FACTOR**2 / rounds))
        intervals.append(ParInterval(rounds, decimal(mean - half), decimal(mean + half)))
    return tuple(intervals)


def _award(highest: Fraction | None, chance: Fraction | None) -> ParAward | None:
    if highest is None:
        return None
    if not chance:
        return ParAward(decimal(highest, 6), None, None)
    return ParAward(decimal(highest, 6), decimal(chance, _CHANCE_DIGITS), decimal(1 / chance, 2))


def _outcomes(law: Sequence[tuple[Fraction, Fraction]]) -> tuple[ParOutcome, ...]:
    return tuple(
        ParOutcome(decimal(net, 6), decimal(probability, _CHANCE_DIGITS))
        for net, probability in law
    )


def bands_of(law: Sequence[tuple[Fraction, Fraction]]) -> tuple[ParBand, ...]:
    """Return a law in bands: losses of more than the stake, of all of it, of a part, and wins."""
    bands = []
    above: Fraction | None = None
    ends = [Fraction(-2), Fraction(-1), *(-Fraction(1, 2**40),), *map(Fraction, _BAND_ENDS)]
    for end in (*ends, None):
        inside = [
            (net, chance)
            for net, chance in law
            if (above is None or net > above) and (end is None or net <= end)
        ]
        if inside:
            bands.append(
                ParBand(
                    None if above is None else decimal(above, 6),
                    None if end is None else decimal(end, 6),
                    decimal(sum((chance for _, chance in inside), Fraction(0)), _CHANCE_DIGITS),
                    decimal(sum(((net + 1) * chance for net, chance in inside), Fraction(0))),
                )
            )
        above = end
    return tuple(bands)
