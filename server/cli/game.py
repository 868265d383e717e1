"""`croupier game`: list the games, describe one, and compute its PAR sheet."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from games.analysis.par import ParBet, ParDocument, par_document
from games.analysis.slots import SlotMathematics, mathematics
from games.catalogue import standard
from games.game import AnyGame, Description
from games.slots.engine import Slot
from games.slots.machine import MachineError, read_machine
from server.cli.errors import CommandError, ExitCode

app = App(name="game", help="List games and compute their exact returns.")

_Json = Annotated[bool, Parameter(name="--json", negative="")]
_MAXIMUM_FILE_BYTES = 1_000_000


@app.command(name="list")
def list_games(*, json: _Json = False) -> None:
    """List the games that this program runs, with their theoretical returns.

    Args:
        json: Print JSON for programs.
    """
    descriptions = [game.describe() for game in _current()]
    if json:
        _print_json(
            [
                {
                    "game": item.game,
                    "version": item.version,
                    "title": item.title,
                    "kind": item.kind.value,
                    "return": item.returns.decimal,
                    "digest": item.digest,
                }
                for item in descriptions
            ]
        )
        return
    table = Table(title="Games")
    for heading in ("Name", "Version", "Title", "Kind"):
        table.add_column(heading)
    table.add_column("Return", justify="right")
    for item in descriptions:
        table.add_row(
            item.game,
            str(item.version),
            item.title,
            item.kind.value,
            _percent(item.returns.decimal),
        )
    Console().print(table)


@app.command
def describe(name: str, /, *, json: _Json = False) -> None:
    """Show the rules of a game: stakes, bets, pay table and help.

    Args:
        name: A game's name, or a machine file.
        json: Print JSON for programs.
    """
    description = _find(name).describe()
    if json:
        _print_json(description)
    else:
        _print_description(description)


@app.command
def par(name: str, /, *, json: _Json = False) -> None:
    """Compute the PAR sheet of a game: return, hit frequency and volatility of every bet.

    Args:
        name: A game's name, or a machine file such as `machine.toml`.
        json: Print JSON for programs.
    """
    game = _find(name)
    document = par_document(game)
    if json:
        _print_json(document)
        return
    console = Console()
    console.print(_par_table(document))
    if isinstance(game, Slot):
        _print_slot(console, game, mathematics(game.machine))
    console.print(f"Method: {document.method}.", highlight=False)
    for note in dict.fromkeys(bet.note for bet in document.bets if bet.note):
        console.print(f"Note: {note}.", highlight=False)
    console.print(f"Digest: {document.digest}", highlight=False)


def _find(name: str) -> AnyGame:
    """Return a game by name, or one made from a machine file."""
    path = Path(name)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return _from_file(path)
    for game in _current():
        if game.name == name:
            return game
    names = ", ".join(game.name for game in _current())
    raise CommandError(
        f"there is no game named {name!r}; choose {names}, or give a machine file (*.toml)",
        ExitCode.USAGE,
    )


def _current() -> list[AnyGame]:
    """Return the version of each game that new rounds are played under, by name."""
    return list(standard())


def _from_file(path: Path) -> Slot:
    try:
        with path.open("rb") as file:
            data = file.read(_MAXIMUM_FILE_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}", ExitCode.USAGE) from None
    if len(data) > _MAXIMUM_FILE_BYTES:
        raise CommandError(f"{path}: larger than a machine file can be", ExitCode.USAGE)
    try:
        return Slot(read_machine(data, str(path)))
    except MachineError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def _print_json(value: object) -> None:
    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(data.decode() + "\n")


def _percent(value: str | None) -> str:
    return "-" if value is None else f"{Decimal(value) * 100:.6f} %"


def _number(value: str | None) -> str:
    return "-" if value is None else f"{Decimal(value):.6f}"


def _par_table(document: ParDocument) -> Table:
    title = f"{document.title} ({document.game}, version {document.version})"
    table = Table(title=title)
    table.add_column("Bet")
    for heading in ("Return", "House edge", "Hit frequency", "Standard deviation"):
        table.add_column(heading, justify="right")
    for names, bet in _grouped(document.bets):
        given = bet.returns.decimal
        table.add_row(
            names,
            _percent(given),
            _percent(None if given is None else str(1 - Decimal(given))),
            _percent(bet.hit_frequency),
            _number(bet.standard_deviation),
        )
    return table


def _grouped(bets: tuple[ParBet, ...]) -> list[tuple[str, ParBet]]:
    """Return bets with equal figures as one row: 37 straights need not be read one by one."""
    groups: dict[tuple[object, ...], list[ParBet]] = {}
    for bet in bets:
        key = (bet.returns, bet.hit_frequency, bet.standard_deviation)
        groups.setdefault(key, []).append(bet)
    rows = []
    for group in groups.values():
        names = group[0].bet
        if len(group) > 1:
            kinds = list(dict.fromkeys(bet.bet.split("-")[0] for bet in group))
            names = f"{', '.join(kinds)} ({len(group)} bets)"
        rows.append((names, group[0]))
    return rows


def _print_slot(console: Console, game: Slot, figures: SlotMathematics) -> None:
    parts = Table(title="Where the return comes from")
    parts.add_column("Part")
    parts.add_column("Return", justify="right")
    for name, value in (
        ("Lines", figures.line_return),
        ("Scatters", figures.scatter_return),
        ("Free games", figures.free_game_return),
        ("Total", figures.expected),
    ):
        parts.add_row(name, f"{float(value):.6%}")
    console.print(parts)
    if figures.trigger_frequency:
        console.print(
            f"Free games: once in {float(1 / figures.trigger_frequency):.2f} spins,"
            f" {float(figures.free_games_played):.4f} games on average.",
            highlight=False,
        )
    cells = Table(title=f"Line 1, cycle {figures.cycle:,}")
    cells.add_column("Run")
    for heading in ("Line bets", "Ways", "Return"):
        cells.add_column(heading, justify="right")
    for cell in sorted(figures.line_cells, key=lambda cell: -cell.amount):
        cells.add_row(
            f"{game.machine.labels[cell.pay]} x {cell.run}",
            f"{cell.amount:,}",
            f"{cell.ways:,}",
            f"{cell.amount * cell.ways / figures.cycle:.6%}",
        )
    console.print(cells)


def _print_description(item: Description) -> None:
    console = Console()
    console.print(Markdown(item.help))
    table = Table(title="Pay table")
    table.add_column("Combination")
    table.add_column("Pays")
    for combination, pays in item.paytable:
        table.add_row(combination, pays)
    console.print(table)
    console.print(f"Return: {_percent(item.returns.decimal)} ({item.returns.basis})")
    console.print(f"Stakes: {', '.join(map(str, item.stakes))} minor units", highlight=False)
    console.print(f"Maximum payout: {item.maximum_payout}", highlight=False)
    console.print(f"Digest: {item.digest}", highlight=False)
