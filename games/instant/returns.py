"""Instant games for a return that an operator chose: each is a version of its own.

The number of such a version is that of the rules that ship, and the return in hundredths of a
percent: 97 % under version 1 of the rules is version 109700. So whoever knows the rules can play
any recorded round again, whatever return is configured today, on any machine.

Its digest is SHA-256 (hex) over the ASCII text

    croupier/return/1:D:R

where D is the digest of the version that ships and R the return with four decimals, `0.9700`.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any, Final

from games.game import AnyGame
from games.instant.crash import Crash
from games.instant.dice import Dice
from games.instant.hi_lo import HiLo
from games.instant.limbo import Limbo
from games.instant.mines import Mines
from games.instant.plinko import Plinko
from games.instant.rounding import MINIMUM_RETURN

__all__ = [
    "MAXIMUM_RETURN",
    "MINIMUM_RETURN",
    "RETURN_GAMES",
    "STEPS",
    "ReturnError",
    "check_return",
    "of_version",
    "rules_of",
    "with_return",
]

MAXIMUM_RETURN: Final = Fraction(1)
STEPS: Final = 10_000
"""Returns are whole numbers of one part in so many: of a hundredth of a percent."""
_SHIFT: Final = 100_000
"""A version's number is so many times the number of the rules, and the return in steps."""
_KINDS: Final[tuple[type[Any], ...]] = (Crash, Dice, HiLo, Limbo, Mines, Plinko)
"""When rules change, the class of the old version stays here beside the new one."""
RETURN_GAMES: Final = tuple(dict.fromkeys(kind.name for kind in _KINDS))
"""The names of the games that can be made for a return."""


class ReturnError(ValueError):
    """A return that a game cannot have; the text says which one it can."""


def check_return(return_to_player: Fraction) -> int:
    """Return a return in hundredths of a percent. Raises ReturnError for one that cannot be."""
    if return_to_player < MINIMUM_RETURN:
        raise ReturnError("less than 90 %, the least that an instant game returns; set 0.9 to 1")
    if return_to_player > MAXIMUM_RETURN:
        raise ReturnError("more than 100 %, so players would win; set 0.9 to 1")
    steps = return_to_player * STEPS
    if steps.denominator != 1:
        near = _text(Fraction(round(steps), STEPS))
        raise ReturnError(
            "a return is a whole number of hundredths of a percent, as a version's number holds it;"
            f" the nearest is {near}"
        )
    return steps.numerator


def with_return(base: AnyGame, return_to_player: Fraction) -> AnyGame:
    """Return the version of an instant game for another return; the game itself for its own.

    `base` is a version that ships. Raises ReturnError for any other game, for a return below
    9/10 or above 1, and for one that is not a whole number of hundredths of a percent.
    """
    if not _is_base(base):
        raise ReturnError(f"{base.name} has no return to choose")
    steps = check_return(return_to_player)
    if return_to_player == base.return_to_player:  # type: ignore[attr-defined] # of these kinds
        return base
    game: AnyGame = type(base)(return_to_player, base.version * _SHIFT + steps)  # type: ignore[call-arg]
    text = f"croupier/return/1:{base.digest}:{_text(return_to_player)}"
    game.digest = hashlib.sha256(text.encode("ascii")).hexdigest()
    return game


def of_version(base: AnyGame, version: int) -> AnyGame | None:
    """Return the version of that number made from `base`, or None if there is none."""
    rules, steps = divmod(version, _SHIFT)
    if rules != base.version or not _is_base(base):
        return None
    try:
        game = with_return(base, Fraction(steps, STEPS))
    except ReturnError:
        return None
    return game if game.version == version else None


def rules_of(version: int) -> int:
    """Return the number of the rules that a version with a chosen return was made from, or 0."""
    return version // _SHIFT


def _is_base(game: AnyGame) -> bool:
    return type(game) in _KINDS and game.version < _SHIFT


def _text(return_to_player: Fraction) -> str:
    """Return a return of whole steps with four decimals."""
    whole, part = divmod(int(return_to_player * STEPS), STEPS)
    return f"{whole}.{part:04}"
