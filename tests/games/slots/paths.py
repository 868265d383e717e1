"""Every round that a machine can have, its decisions taken as the platform would."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from fractions import Fraction

from games.entropy import Draws
from games.slots.engine import Slot, SlotBets
from games.slots.rounds import SlotRound
from tests.games.slots.machines import machine


class Path(Draws):
    """A stream that takes a given choice at each draw and 0 after the last one given.

    Copies go on from where they were made; what is drawn after that is forgotten.
    """

    def __init__(self, choices: list[int], bounds: list[int], position: int = 0) -> None:
        super().__init__(bytes(32), ())
        self.choices = choices
        self.bounds = bounds
        self.position = position

    def copy(self) -> Path:
        """Return the same path from here on."""
        return Path(self.choices, self.bounds, self.position)

    def below(self, bound: int) -> int:
        """Return the next choice."""
        self.bounds[self.position :] = [bound]
        if len(self.choices) == self.position:
            self.choices.append(0)
        self.position += 1
        return self.choices[self.position - 1]

    def below_each(self, bounds: object) -> list[int]:
        """Return the next choices."""
        return [self.below(bound) for bound in bounds]  # type: ignore[attr-defined]


def finish(slot: Slot, state: SlotRound) -> SlotRound:
    """Return the round after the platform has decided whatever was open."""
    while not state.finished:
        seat, decision = slot.platform_decision(state)
        assert slot.price(state, seat, decision) == 0
        state = slot.decide(state, seat, decision)
    return state


def every_round(
    slot: Slot, stake: int, play: Callable[[Slot, SlotRound], SlotRound] = finish
) -> Iterator[tuple[Fraction, SlotRound]]:
    """Yield each finished round with its probability: an odometer over all draws."""
    choices: list[int] = []
    while True:
        bounds: list[int] = []
        state = play(slot, slot.open([SlotBets(stake)], Path(choices, bounds)))
        del choices[len(bounds) :]
        probability = Fraction(1)
        for bound in bounds:
            probability /= bound
        yield probability, state
        while choices and choices[-1] == bounds[len(choices) - 1] - 1:
            choices.pop()
        if not choices:
            return
        choices[-1] += 1


@functools.cache
def rounds_of(name: str) -> tuple[Slot, list[SlotRound]]:
    """Return a small machine and every round that it can have at its lowest stake."""
    slot = Slot(machine(name))
    return slot, [state for _, state in every_round(slot, slot.machine.stakes[0])]
