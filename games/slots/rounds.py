"""A round of a machine from its paid spin on: free games, features, and what it has won so far."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from games.entropy import Draws
from games.slots import features
from games.slots.columns import held_of, scatters_of
from games.slots.features import RespinPlay
from games.slots.lines import LineRules
from games.slots.model import FreeGames, Machine
from games.slots.reels import Reels, Spin

Stage = Literal["pick", "gamble", "done"]

COLLECT: Final = "collect"


class SlotRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round, or one that waits for the player (see `SlotPlay`)."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    line_bet: int
    spin: Spin
    free_games: tuple[Spin, ...] = ()
    respins: RespinPlay | None = None
    finished: bool = True


class SlotPlay(SlotRound, frozen=True, gc=False, kw_only=True):
    """A round of a machine with decisions."""

    stage: Stage
    won: int
    """Minor units won so far."""
    draws: Draws
    """Where the draws of the round stand; copied before use."""
    opened: tuple[int, ...] = ()
    """Places that the player opened, from 1."""
    found: tuple[int, ...] = ()
    """What they hid: places in the list of prizes, from 0."""
    gambles: tuple[tuple[str, str, int], ...] = ()
    """(colour chosen, colour drawn, minor units that this makes of the win)."""


class RoundPlayer:
    """Plays what needs no decision."""

    __slots__ = ("_awards", "_free", "_free_held", "_machine", "_reels", "_rules", "_special")

    def __init__(self, machine: Machine, rules: LineRules) -> None:
        self._machine = machine
        self._rules = rules
        self._reels = Reels(machine, machine.reels, rules)
        self._free = self._reels
        games = machine.free_games
        self._awards = games.awards if games else ()
        if games is not None:
            self._free = Reels(machine, games.reels, rules, free=True)
        # Filled as sets of held cells turn up: at most 2 to the power of six.
        self._free_held = {0: self._free}
        self._special = machine.respins is not None

    def open(self, stake: int, draws: Draws) -> SlotRound:
        """Play a round of a machine without decisions; moves `draws`."""
        line_bet = stake // self._machine.units
        spin = self._reels.spin(draws)
        if not spin.label:
            return SlotRound((stake,), (spin.amount * line_bet,), line_bet, spin)
        amount = spin.amount
        games: tuple[Spin, ...] = ()
        play = None
        if self._awards and self._awards[scatters_of(spin.label)]:
            assert self._machine.free_games is not None
            games = self._play_free_games(self._machine.free_games, spin, draws)
            amount += self._machine.free_games.multiplier * sum([game.amount for game in games])
        if self._special and features.starts_respins(self._machine, spin):
            rules = self._machine.respins
            assert rules is not None
            play = features.play_respins(self._machine, rules, spin, draws)
            amount += self._machine.units * (play.value + (rules.full if play.full else 0))
        return SlotRound((stake,), (amount * line_bet,), line_bet, spin, games, play)

    def _play_free_games(self, rules: FreeGames, spin: Spin, draws: Draws) -> tuple[Spin, ...]:
        awarded = rules.awards[scatters_of(spin.label)]
        games: list[Spin] = []
        held = 0
        while len(games) < awarded:
            game = self._free_games_reels(rules, held).spin(draws)
            games.append(game)
            held = held_of(game.label)
            awarded = min(rules.cap, awarded + rules.retrigger_awards[scatters_of(game.label)])
        return tuple(games)

    def _free_games_reels(self, rules: FreeGames, held: int) -> Reels:
        reels = self._free_held.get(held)
        if reels is None:
            reels = Reels(self._machine, rules.reels, self._rules, free=True, held=held)
            self._free_held[held] = reels
        return reels
