"""`croupier game strategy`."""

from __future__ import annotations

from rich.console import Console

from games.game import StrategyTable
from server.cli.errors import CommandError
from server.cli.games.common import Config, Json, Name, find, print_json, table_of

__all__ = ["strategy"]


def strategy(name: Name, /, *, json: Json = False, config: Config = None) -> None:
    """Show the strategy that a game's published return assumes.

    Ends with 1 for a game that has none to show.
    """
    game = find(name, config)
    tables = game.strategy_table()
    if json:
        print_json({"game": game.name, "version": game.version, "tables": tables})
        return
    if not tables:
        raise CommandError(f"{game.name} has no strategy table")
    console = Console()
    for table in tables:
        console.print(table_of(table.title, headings_of(table), _rows(table)))
        if table.note:
            console.print(table.note, highlight=False, markup=False)


def headings_of(table: StrategyTable) -> tuple[str, ...]:
    """Return a heading for each column, that of the rows' names too."""
    cells = max((len(cells) for _, cells in table.rows), default=0)
    return ("", *table.columns) if len(table.columns) <= cells else table.columns


def _rows(table: StrategyTable) -> list[tuple[str, ...]]:
    return [(name, *cells) for name, cells in table.rows]
