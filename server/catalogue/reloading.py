"""Machine folders read anew while the server runs.

New versions are taken for new rounds. Nothing that runs is taken away: a file that is wrong, or
gone, leaves the version that is in memory as it was.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from games.catalogue import Catalogue
from games.slots.engine import Slot
from server.catalogue.loading import read_folders
from server.catalogue.machines import MachineRefused, place_of
from server.catalogue.pinning import RulesChanged, pin
from server.catalogue.stakes import stake_problem
from server.config import Games

__all__ = ["Refused", "Reloaded", "Taken", "reload"]


class Taken(msgspec.Struct, frozen=True):
    """A version that new rounds may be played under from now on."""

    game: str
    version: int
    digest: str
    file: str


class Refused(msgspec.Struct, frozen=True):
    """A file that was not taken."""

    file: str
    line: int | None
    reason: str
    message: str
    """All of it as one line."""


class Reloaded(msgspec.Struct, frozen=True):
    """What came of it."""

    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    serving: int
    """Versions in memory now."""


async def reload(
    pool: Any, games: Games, catalogue: Catalogue, versions: dict[tuple[str, int], int]
) -> Reloaded:
    """Read the folders and add what is new to `catalogue` and `versions`.

    The files are read and judged in a thread, so that players are served meanwhile. Raises the
    errors of asyncpg; what was added before one stays.
    """
    machines, refusals = await asyncio.to_thread(read_folders, games, catalogue)
    refused = [_refused(refusal) for refusal in refusals]
    taken: list[Taken] = []
    for machine in machines:
        problem = stake_problem(games, machine)
        if problem:
            refused.append(_without_stakes(machine, problem))
            continue
        try:
            number = await pin(pool, machine)
        except RulesChanged as changed:
            refused.append(_changed(machine, changed))
            continue
        versions[machine.name, machine.version] = number
        catalogue.add(machine)
        origin = machine.machine.origin
        taken.append(Taken(machine.name, machine.version, machine.digest, origin))
    return Reloaded(tuple(taken), tuple(refused), len(catalogue.versions()))


def _refused(refusal: MachineRefused) -> Refused:
    return Refused(refusal.place.file, refusal.place.line, refusal.reason, str(refusal))


def _without_stakes(machine: Slot, problem: str) -> Refused:
    place = place_of(machine, "line_bets")
    return Refused(place.file, place.line, problem, f"{place}: {problem}")


def _changed(machine: Slot, changed: RulesChanged) -> Refused:
    place = place_of(machine, "version")
    return Refused(place.file, place.line, str(changed).removeprefix(f"{place}: "), str(changed))
