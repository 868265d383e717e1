"""The catalogue of a program, built from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from games.analysis.decimals import decimal
from games.catalogue import Catalogue, standard
from games.game import AnyGame
from games.slots.engine import Slot
from server.catalogue.machines import (
    MachineRefused,
    machine_files,
    place_of,
    read_file,
    refuse_returns,
    return_of,
)
from server.catalogue.plugins import Stage, load_plugins
from server.catalogue.returns import chosen_games
from server.catalogue.stakes import stake_problems
from server.config import Games

__all__ = ["Loaded", "Lookup", "Stage", "load_catalogue", "load_games", "read_folders"]

Lookup = Callable[[str, int], AnyGame | None]
"""Finds a game by name and version."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A catalogue, and what did not get into it."""

    catalogue: Catalogue
    refused: tuple[MachineRefused, ...]
    """Machine files that cannot be used."""
    warnings: tuple[str, ...]
    """One line each: plug-ins that do not work, names that no game has."""
    problems: tuple[str, ...] = ()
    """One line each: settings that these games cannot be served under."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything that a person should be told."""
        return (*self.warnings, *self.fatal)

    @property
    def fatal(self) -> tuple[str, ...]:
        """What a server must not start with."""
        return (*self.problems, *(str(refusal) for refusal in self.refused))


def load_catalogue(games: Games, stage: Stage | None = None) -> Loaded:
    """Build the catalogue: games that ship, plug-ins, chosen returns, then the machine folders.

    What is wrong is left out and told; whoever must not go on with that looks at `fatal`.
    """
    stage = stage or Stage()
    found = standard().versions()
    chosen, problems = chosen_games(games, found)
    warnings: list[str] = []
    if games.plugins:
        more, warnings = load_plugins(found, stage)
        found += more
    catalogue = Catalogue(found, games.disabled, chosen)
    if not games.player_advantage:
        losing = {game.name: value for game in catalogue if (value := _published(game)) > 1}
        catalogue = Catalogue(found, (*games.disabled, *losing), chosen)
        warnings += [
            f"{name} is not offered: it returns {decimal(value * 100, 4)} % at best play"
            " (games.player_advantage)"
            for name, value in losing.items()
        ]
    stage.name = "the machine folders"
    machines, refused = read_folders(games, catalogue)
    for machine in machines:
        catalogue.add(machine)
    known = {game.name for game in catalogue.versions()}
    warnings += [
        f"games.disabled names {name!r}, which is no game of this program"
        for name in games.disabled
        if name not in known
    ]
    problems += stake_problems(games, catalogue)
    return Loaded(catalogue, tuple(refused), tuple(warnings), tuple(problems))


def _published(game: AnyGame) -> Fraction:
    return return_of(game.describe().returns)


def load_games(games: Games) -> Catalogue:
    """Return the catalogue alone, for a process that is started to do a part of some work."""
    return load_catalogue(games).catalogue


def read_folders(games: Games, known: Catalogue) -> tuple[list[Slot], list[MachineRefused]]:
    """Read every machine file; returns the games that `known` lacks, and what is refused.

    A file whose version is known with the same digest is that version. A name and version that is
    known with another digest is refused: changed pays are a new version.
    """
    new: dict[tuple[str, int], Slot] = {}
    read: dict[tuple[str, int], Slot] = {}
    refused: list[MachineRefused] = []
    owners = {game.name: game for game in known.versions()}
    for path in _paths(games.machine_folders, refused):
        try:
            machine = read_file(path)
            refuse_returns(machine, games.return_floor)
            _refuse_foreign_name(machine, owners)
            key = (machine.name, machine.version)
            earlier = read.get(key) or known.version(*key)
            if earlier is None:
                new[key] = machine
            elif earlier.digest != machine.digest or key in read:
                raise _taken(machine, earlier)
            read[key] = machine
        except MachineRefused as refusal:
            refused.append(refusal)
    return list(new.values()), refused


def _paths(folders: Iterable[str], refused: list[MachineRefused]) -> list[Path]:
    paths: list[Path] = []
    for folder in folders:
        try:
            paths += machine_files(Path(folder))
        except MachineRefused as refusal:
            refused.append(refusal)
    return paths


def _refuse_foreign_name(machine: Slot, owners: dict[str, AnyGame]) -> None:
    owner = owners.get(machine.name)
    if owner is not None and not isinstance(owner, Slot):
        raise MachineRefused(
            place_of(machine, "name"),
            f"{machine.name!r} is the name of another game ({owner.title}); take one of its own",
        )


def _taken(machine: Slot, earlier: AnyGame) -> MachineRefused:
    title = f"{machine.name} version {machine.version}"
    where, other = place_of(machine, "version"), place_of(earlier, "version")
    if earlier.digest == machine.digest:
        return MachineRefused(where, f"{title} is in {other} as well")
    than = "when this file was read first" if where.file == other.file else f"in {other}"
    return MachineRefused(
        where,
        f"{title} has other rules than {than}; give changed rules a new version number, in a file"
        " of their own",
    )
