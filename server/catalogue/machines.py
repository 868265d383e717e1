"""Machine files from outside: read, checked, and refused with file, line and reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from games.analysis.decimals import decimal
from games.game import AnyGame, PublishedReturn
from games.slots.engine import Slot
from games.slots.locating import Locator, path_of
from games.slots.machine import MachineError, read_machine

__all__ = [
    "MachineRefused",
    "Place",
    "machine_files",
    "place_of",
    "read_file",
    "refuse_returns",
    "return_of",
]

MAXIMUM_FILE_BYTES: Final = 1_000_000


class Place(NamedTuple):
    """A line of a file; `file:17` for reading."""

    file: str
    line: int | None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class MachineRefused(Exception):  # noqa: N818 - one clear line for a person
    """A machine file that is not taken: where, and why."""

    def __init__(self, place: Place, reason: str, *, readable: bool = True) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason
        self.readable = readable
        """False where the file itself could not be read."""


def machine_files(folder: Path) -> list[Path]:
    """Return the machine files of a folder by name. Raises MachineRefused if it is none."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        reason = f"the folder cannot be read: {error.strerror}"
        raise MachineRefused(Place(str(folder), None), reason, readable=False) from None


def read_file(path: Path) -> Slot:
    """Return the game that a machine file describes. Raises MachineRefused."""
    data = _content(path)
    try:
        return Slot(read_machine(data, str(path)))
    except MachineError as error:
        raise MachineRefused(Place(str(path), error.line), f"{error.key}: {error.reason}") from None
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        # Nothing that a file may hold is to stop a running server.
        reason = f"cannot be used: {type(error).__name__}: {error}"
        raise MachineRefused(Place(str(path), None), reason) from None


def refuse_returns(
    game: AnyGame, minimum: Fraction, returns: Iterable[tuple[str, Fraction]] = ()
) -> None:
    """Raise MachineRefused for a published return above 100 % or below the minimum.

    `returns` are further ones to check, each with the name of its bet.
    """
    published = return_of(game.describe().returns)
    for bet, value in (("", published), *returns):
        of = f"the return of {bet}" if bet else "the return"
        if value > 1:
            raise MachineRefused(
                place_of(game, "pays"), f"{of} is {_percent(value)}, above 100 %: players would win"
            )
        if value < minimum:
            raise MachineRefused(
                place_of(game, "pays"),
                f"{of} is {_percent(value)}, below games.minimum_return ({_percent(minimum)})",
            )


def return_of(published: PublishedReturn) -> Fraction:
    """Return a published return as a number."""
    return Fraction(published.exact or published.decimal)


def place_of(game: AnyGame, key: str) -> Place:
    """Return where the file of a machine has a key; without a line for any other game."""
    if not isinstance(game, Slot):
        return Place(f"{type(game).__module__}.{type(game).__qualname__}", None)
    machine = game.machine
    locator = Locator(machine.source.decode(errors="replace"))
    return Place(machine.origin, locator.line(path_of(key)))


def _content(path: Path) -> bytes:
    place = Place(str(path), None)
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise MachineRefused(place, "cannot be read: not a regular file", readable=False)
            data = file.read(MAXIMUM_FILE_BYTES + 1)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise MachineRefused(place, reason, readable=False) from None
    if len(data) > MAXIMUM_FILE_BYTES:
        raise MachineRefused(place, "larger than a machine file can be")
    return data


def _without_waiting(path: str, flags: int) -> int:
    """Open a file. A pipe that nobody writes to would hold up the server else."""
    return os.open(path, flags | os.O_NONBLOCK)


def _percent(value: Fraction) -> str:
    return f"{decimal(value * 100, 4)} %"
