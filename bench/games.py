"""What the rules of the games and their mathematics cost; `python -m bench.games`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.console import Console

from bench.command import conclude, run
from bench.errors import BenchError
from bench.report import Target, machine
from games.analysis.par import par_document
from games.analysis.simulation import CHUNK_ROUNDS, bet_for, play_chunk
from games.blackjack import infinite_deck
from games.catalogue import standard
from games.entropy import Draws
from games.game import AnyGame
from games.slots.engine import Slot
from games.slots.machine import read_machine

__all__ = ["games"]

SPIN_US_MAX: Final = 20.0
SLOT_ROUNDS_MIN: Final = 50_000.0
WHEEL_ROUNDS_MIN: Final = 200_000.0
PAR_S_MAX: Final = 1.0
BLACKJACK_S_MAX: Final = 5.0
_SPINS: Final = 20_000


def games(
    *,
    seconds: float = 2.0,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path(
        "var/bench-games.json"
    ),
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure the live rules and the exact mathematics, on one core.

    Args:
        seconds: How long each simulation is measured, after a warm-up.
        json: File for all figures; - for standard output.
        require: End with 99 if a target is missed.
    """
    if not 0.05 <= seconds <= 600:
        raise BenchError(f"--seconds takes 0.05 to 600, not {seconds:g}")
    console = Console(stderr=True)
    slot, wheel = _game("slot"), _game("roulette")
    targets = []
    for name, unit, sense, bound, measure in (
        ("a 20-line spin, free games included", "µs", "at most", SPIN_US_MAX, _spin_us),
        (
            "simulated rounds a second, slot",
            "/s",
            "at least",
            SLOT_ROUNDS_MIN,
            lambda: _rounds_per_s(slot, "stake-20", seconds),
        ),
        (
            "simulated rounds a second, roulette",
            "/s",
            "at least",
            WHEEL_ROUNDS_MIN,
            lambda: _rounds_per_s(wheel, "red", seconds),
        ),
        ("PAR sheet of the slot", "s", "at most", PAR_S_MAX, _par_s),
        ("blackjack, infinite deck", "s", "at most", BLACKJACK_S_MAX, _blackjack_s),
    ):
        console.print(f"measuring {name}", highlight=False)
        targets.append(Target(name, measure(), bound, sense, unit))  # type: ignore[arg-type]
    content: dict[str, Any] = {
        "targets": [target.as_json() for target in targets],
        "machine": machine(),
    }
    return conclude(json, content, targets, require=require)


def _game(name: str) -> AnyGame:
    game = standard().current(name)
    assert game is not None, f"{name} ships"
    return game


def _timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a piece of work takes."""
    before = process_time()
    work()
    return process_time() - before


def _spin_us() -> float:
    """Return the mean time of a live round of the slot, its draws hashed and all wins found."""
    slot = _game("slot")
    seats = (bet_for(slot, "stake-20").bets,)
    draws = [Draws(number.to_bytes(32, "big"), (b"",)) for number in range(_SPINS)]

    def spin() -> None:
        for each in draws:
            slot.open(seats, each)

    spin()
    return _timed(spin) / _SPINS * 1e6


def _rounds_per_s(game: AnyGame, name: str, seconds: float) -> float:
    """Return how many rounds one core simulates a second."""
    bets = bet_for(game, name).bets
    play_chunk(game, bets, 0, 0, CHUNK_ROUNDS)
    chunk, used = 0, 0.0
    while used < seconds:
        chunk += 1
        used += _timed(partial(play_chunk, game, bets, 1, chunk, CHUNK_ROUNDS))
    return chunk * CHUNK_ROUNDS / used


def _par_s() -> float:
    """Return the time of the whole PAR sheet of a machine, read afresh."""
    slot = _game("slot")
    assert isinstance(slot, Slot), "the slot is a machine"
    source = slot.machine.source
    return _timed(lambda: par_document(Slot(read_machine(source, "slot"))))


def _blackjack_s() -> float:
    """Return the time of optimal play against an infinite deck."""
    return _timed(infinite_deck.optimal_edge)


if __name__ == "__main__":
    sys.exit(run("bench.games", games))
