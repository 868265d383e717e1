"""What the browser's verifier must know of baccarat, casino war and the poker games.

Taken from the games themselves, as in `fair_tables`, so that no pay is typed twice.
"""

from __future__ import annotations

from typing import Any

from games import cards, casino_war
from games.baccarat import rules as baccarat_rules
from games.baccarat.game import Baccarat
from games.casino_war import CasinoWar, WarResult, WarRound
from games.entropy import Draws
from games.game import StakeLimits
from games.three_card_poker import rules as three_card_rules
from games.three_card_poker.game import ThreeCardPoker
from games.three_card_poker.hands import NAMES
from games.video_poker.game import VideoPoker
from games.video_poker.hands import Row
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER

__all__ = ["baccarat", "three_card_poker", "video_poker", "war"]

Tables = dict[str, Any]

_TOTALS = range(baccarat_rules.NATURAL)
"""With which a hand may draw."""
_ANY = StakeLimits(1, MAXIMUM_INTEGER)


def baccarat(game: Baccarat) -> Tables:
    """Return the drawing rules, and by result what each bet brings back."""
    unit = baccarat_rules.COMMISSION_UNIT
    results = (baccarat_rules.BANKER, baccarat_rules.PLAYER, baccarat_rules.TIE)
    returns = {
        result: {
            bet: back
            for bet in results
            if (back := baccarat_rules.payout(bet, unit, result, game.tie_pays))
        }
        for result in results
    }
    banker = baccarat_rules.banker_draws
    return {
        "baccarat": {
            "faces": cards.FACES,
            "decks": baccarat_rules.DECKS,
            "values": list(baccarat_rules.VALUES),
            "natural": baccarat_rules.NATURAL,
            "playerDraws": [total for total in _TOTALS if baccarat_rules.player_draws(total)],
            "bankerDraws": [total for total in _TOTALS if banker(total, None)],
            "bankerDrawsAgainst": [
                [third for third in range(10) if banker(total, third)] for total in _TOTALS
            ],
            "units": baccarat_rules.MULTIPLES,
            "returns": returns,
            "pairReturn": baccarat_rules.pair_payout(unit, pair=True),
            "unit": unit,
        }
    }


def war(game: CasinoWar) -> Tables:
    """Return what ante and tie bring back, and each result in words."""
    units = {choice.bet: _unit(game, choice.bet) for choice in game.describe().choices}
    unit = units[casino_war.ANTE]
    ends = {
        result: WarRound(unit, 0, 0, (0,), (1,), result, (), Draws(bytes(32), ()))
        for result in WarResult
        if result is not WarResult.UNDECIDED
    }
    return {
        "casinoWar": {
            "faces": cards.FACES,
            "decks": casino_war.DECKS,
            "units": units,
            "returns": {result.value: state.payouts[0] for result, state in ends.items()},
            "unit": unit,
            "tieReturn": casino_war.TIE_PAYS + 1,
            "words": {
                result.value: game.view(state, None).summary.partition(": ")[2]
                for result, state in ends.items()
            },
        }
    }


def _unit(game: CasinoWar, bet: str) -> int:
    """Return what the stake of a bet must be a multiple of."""
    for stake in (1, 2):
        try:
            return game.stake(game.sample(bet, stake), _ANY)
        except Refused:
            continue
    raise AssertionError(f"{bet} takes neither 1 nor 2")


def three_card_poker(game: ThreeCardPoker) -> Tables:
    """Return the categories of hands and what they pay, and when the dealer qualifies."""
    base = cards.RANKS
    qualifying = three_card_rules.QUALIFYING
    return {
        "threeCardPoker": {
            "faces": cards.FACES,
            "units": three_card_rules.MULTIPLES,
            "categories": [
                {
                    "name": name,
                    "anteBonus": three_card_rules.ANTE_BONUS.get(category, 0),
                    "pairPlus": game.pair_plus[category] + 1 if category in game.pair_plus else 0,
                }
                for category, name in sorted(NAMES.items())
            ],
            "qualifying": [qualifying // base**2, qualifying // base % base, qualifying % base],
        }
    }


def video_poker(game: VideoPoker) -> Tables:
    """Return the deck and the pay table, with what pays nothing at its end."""
    machine = game.machine
    return {
        "videoPoker": {
            "faces": machine.deck.faces,
            "wild": sorted(machine.deck.wild),
            "pairs": sorted(machine.pairs),
            "rows": [
                {"name": row.value, "label": machine.label(row), "pays": pays}
                for row, pays in (*machine.pays, (Row.NOTHING, 0))
            ],
        }
    }
