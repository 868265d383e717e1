"""What the commands of `croupier game` share: finding a game, and how figures are printed."""

from __future__ import annotations

import sys
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from games.catalogue import Catalogue
from games.game import AnyGame
from server.catalogue.machines import MachineRefused, read_file
from server.cli.catalogue import configured
from server.cli.errors import CommandError, ExitCode

__all__ = [
    "Config",
    "Json",
    "Name",
    "find",
    "is_file_name",
    "number",
    "percent",
    "print_json",
    "table_of",
]

Name = Annotated[str, Parameter(help="A game's name, or a machine file such as machine.toml.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON for programs.")]
Config = Annotated[
    Path | None, Parameter(help="The TOML file to read, for machine folders and plug-ins.")
]


def find(name: str, config: Path | None = None) -> AnyGame:
    """Return a game by name, or one made from a machine file. Raises CommandError."""
    path = Path(name)
    if is_file_name(path):
        try:
            return read_file(path)
        except MachineRefused as refusal:
            raise CommandError(str(refusal), ExitCode.USAGE) from None
    catalogue = configured(config)
    game = catalogue.current(name)
    if game is None:
        raise CommandError(
            f"there is no game named {name!r}{_alike(name, catalogue)} `croupier game list` names"
            " all, and a machine file is given by its path (*.toml)",
            ExitCode.USAGE,
        )
    return game


def _alike(name: str, catalogue: Catalogue) -> str:
    """Return the names that may have been meant, as the middle of a sentence."""
    names = [game.name for game in catalogue]
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    near += [each for each in names if name and name in each and each not in near][:3]
    return f"; did you mean {' or '.join(near)}?" if near else ";"


def is_file_name(path: Path) -> bool:
    """Whether what was given is a machine file rather than the name of a game."""
    return path.suffix == ".toml" or len(path.parts) > 1


def print_json(value: object) -> None:
    """Print JSON as a person can read it too."""
    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(data.decode() + "\n")


def percent(value: str | None) -> str:
    """Return a decimal share as per cent."""
    return "-" if value is None else f"{Decimal(value) * 100:.6f} %"


def number(value: str | None) -> str:
    """Return a decimal with six places."""
    return "-" if value is None else f"{Decimal(value):.6f}"


def table_of(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    """Return a table for a terminal; every column but the first stands to the right."""
    table = Table(title=escape(title))
    for place, heading in enumerate(headings):
        table.add_column(escape(heading), justify="right" if place else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    return table
