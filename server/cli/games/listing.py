"""`croupier game list` and `show`."""

from __future__ import annotations

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from games.game import Description
from server.cli.catalogue import configured
from server.cli.games.common import Config, Json, Name, find, percent, print_json

__all__ = ["list_games", "show"]


def list_games(*, json: Json = False, config: Config = None) -> None:
    """List the games that this program runs, with their theoretical returns.

    Plug-ins and machine files that were left out are told on standard error.
    """
    descriptions = [game.describe() for game in configured(config)]
    if json:
        print_json(
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
            percent(item.returns.decimal),
        )
    Console().print(table)


def show(name: Name, /, *, json: Json = False, config: Config = None) -> None:
    """Show the rules of a game: stakes, bets, pay table and help."""
    description = find(name, config).describe()
    if json:
        print_json(description)
    else:
        _print_description(description)


def _print_description(item: Description) -> None:
    console = Console()
    console.print(Markdown(item.help))
    table = Table(title="Pay table")
    table.add_column("Combination")
    table.add_column("Pays")
    for combination, pays in item.paytable:
        table.add_row(combination, pays)
    console.print(table)
    console.print(f"Return: {percent(item.returns.decimal)} ({item.returns.basis})")
    console.print(f"Stakes: {', '.join(map(str, item.stakes))} minor units", highlight=False)
    console.print(f"Maximum payout: {item.maximum_payout}", highlight=False)
    console.print(f"Digest: {item.digest}", highlight=False)
