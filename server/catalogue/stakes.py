"""What stakes a table takes, and settings under which it would take none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec

from games.game import AnyGame, Description, StakeForm, StakeLimits
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.config import Games

__all__ = ["stake_limits", "stake_problem", "stake_problems"]

_TRIED: Final = 1_000
"""Stakes from the lowest on that are tried where none of those offered is within the limits. No
game asks for stakes that are whole multiples of more."""
_NAMED: Final = 5
"""Games that a message names."""


def stake_limits(games: Games, game: AnyGame, currency: str) -> StakeLimits:
    """Return the stakes a table takes: the site's bounds for the currency, else the game's own.

    Never one whose highest payout no amount could hold: it would be refused when it has won.
    """
    stakes = game.describe().stakes
    low = games.min_stake.get(currency, stakes[0])
    high = games.max_stake.get(currency, stakes[-1])
    return StakeLimits(low, min(high, MAXIMUM_INTEGER // game.maximum_payout_factor))


def stake_problems(games: Games, offered: Iterable[AnyGame]) -> list[str]:
    """Return one line for each currency in which a game would refuse every bet."""
    problems = []
    every = list(offered)
    for currency in sorted({*games.min_stake, *games.max_stake}):
        shut = [_range(game) for game in every if not _takes(games, game, currency)]
        if shut:
            more = len(shut) - _NAMED
            others = f" and {more} more" if more > 0 else ""
            problems.append(
                f"{_settings(games, currency)}: no stake is left in {currency} for"
                f" {', '.join(shut[:_NAMED])}{others}; lower games.min_stake, raise"
                " games.max_stake, or name these games in games.disabled"
            )
    return problems


def stake_problem(games: Games, game: AnyGame) -> str:
    """Return why a game would refuse every bet in some currency, or an empty text."""
    return next(iter(stake_problems(games, [game])), "")


def _settings(games: Games, currency: str) -> str:
    limits = {"games.min_stake": games.min_stake, "games.max_stake": games.max_stake}
    return " and ".join(
        f"{name} ({currency} = {limit[currency]})"
        for name, limit in limits.items()
        if currency in limit
    )


def _range(game: AnyGame) -> str:
    stakes = game.describe().stakes
    return f"{game.name} ({stakes[0]} to {stakes[-1]})"


def _takes(games: Games, game: AnyGame, currency: str) -> bool:
    """Whether a table of the game takes any bet: of a stake that is offered, or of another one."""
    limits = stake_limits(games, game, currency)
    description = game.describe()
    others = range(limits.minimum, min(limits.maximum, limits.minimum + _TRIED) + 1)
    stakes = chain(description.stakes, others)
    return any(_is_taken(game, limits, bets) for bets in _bets(description, stakes))


def _bets(description: Description, stakes: Iterable[int]) -> Iterator[dict[str, Any]]:
    for stake in stakes:
        if description.stake_form is StakeForm.ONE:
            yield {"stake": stake}
            continue
        for choice in description.choices:
            yield {"bets": [{"bet": choice.bet, "stake": stake}]}


def _is_taken(game: AnyGame, limits: StakeLimits, bets: dict[str, Any]) -> bool:
    try:
        game.stake(msgspec.convert(bets, game.bets_type), limits)
    except Refused:
        return False
    except Exception:  # noqa: BLE001 - a stranger's code; what it can take is not known
        return True
    return True
