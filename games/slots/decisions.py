"""What the player decides in a round: places to open in the pick bonus, then the gamble.

The gamble is entered only after a win, stakes what was just won and nothing else, and returns
exactly 100 % (GLI-19 4.8.5, standards B14).
"""

from __future__ import annotations

from typing import Final

import msgspec

from games.entropy import Draws
from games.game import Option
from games.slots import features
from games.slots.features import COLOURS
from games.slots.model import Machine
from games.slots.rounds import COLLECT, SlotPlay, SlotRound, Stage

_PICK: Final = "pick-"
_GAMBLE: Final = "gamble-"


def begin(machine: Machine, played: SlotRound, draws: Draws) -> SlotPlay:
    """Return a round that was played as far as it goes without its player."""
    won = played.payouts[0]
    assert won is not None, "what was played is paid"
    stage: Stage = "pick" if features.starts_pick(machine, played.spin) else "gamble"
    play = SlotPlay(
        stakes=played.stakes,
        payouts=(None,),
        line_bet=played.line_bet,
        spin=played.spin,
        free_games=played.free_games,
        respins=played.respins,
        finished=False,
        stage=stage,
        won=won,
        draws=draws,
    )
    return play if stage == "pick" else _to_gamble(machine, play)


def actions(machine: Machine) -> tuple[str, ...]:
    """Return every decision that the machine knows."""
    found = []
    if machine.pick is not None:
        found += [f"{_PICK}{place}" for place in range(1, machine.pick.places + 1)]
    if machine.gamble is not None:
        found += [COLLECT, *(f"{_GAMBLE}{colour}" for colour in COLOURS)]
    return tuple(found)


def options(machine: Machine, state: SlotPlay) -> tuple[Option, ...]:
    """Return what can be decided now; the first is what costs no chance: collect, or any place."""
    if state.stage == "pick":
        assert machine.pick is not None
        return tuple(
            Option(f"{_PICK}{place}", f"Open {place}")
            for place in range(1, machine.pick.places + 1)
            if place not in state.opened
        )
    if state.stage == "gamble":
        return (
            Option(COLLECT, "Collect"),
            *(Option(f"{_GAMBLE}{colour}", colour.capitalize()) for colour in COLOURS),
        )
    return ()


def decide(machine: Machine, state: SlotPlay, action: str) -> SlotPlay:
    """Return the state after a decision that is among the options."""
    if action == COLLECT:
        return _finish(state)
    draws = state.draws.copy()
    if state.stage == "pick":
        return _open_place(machine, state, int(action.removeprefix(_PICK)), draws)
    return _gamble(machine, state, action.removeprefix(_GAMBLE), draws)


def _open_place(machine: Machine, state: SlotPlay, place: int, draws: Draws) -> SlotPlay:
    rules = machine.pick
    assert rules is not None
    found = features.draw_prize(rules, state.found, draws)
    after = msgspec.structs.replace(
        state,
        opened=(*state.opened, place),
        found=(*state.found, found),
        won=state.won + features.prize(rules, found) * state.stakes[0],
        draws=draws,
    )
    return _to_gamble(machine, after) if features.pick_is_over(rules, after.found) else after


def _gamble(machine: Machine, state: SlotPlay, choice: str, draws: Draws) -> SlotPlay:
    drawn = COLOURS[draws.below(2)]
    won = 2 * state.won if drawn == choice else 0
    after = msgspec.structs.replace(
        state, gambles=(*state.gambles, (choice, drawn, won)), won=won, draws=draws
    )
    return _to_gamble(machine, after)


def _to_gamble(machine: Machine, state: SlotPlay) -> SlotPlay:
    """Return the round with a gamble on offer, or ended where none is."""
    rules = machine.gamble
    if (
        rules is None
        or not state.won
        or len(state.gambles) >= rules.steps
        or 2 * state.won > rules.maximum * state.stakes[0]
    ):
        return _finish(state)
    return msgspec.structs.replace(state, stage="gamble")


def _finish(state: SlotPlay) -> SlotPlay:
    return msgspec.structs.replace(state, stage="done", finished=True, payouts=(state.won,))
