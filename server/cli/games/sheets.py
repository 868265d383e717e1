"""`croupier game par`: the PAR sheet, on a terminal, as JSON or as one page."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from games.analysis.par import ParBet, ParDocument, par_document
from server.cli.documents import write
from server.cli.games.common import Config, Json, Name, find, number, percent, print_json, table_of
from server.cli.games.page import page_of, reachable

__all__ = ["grouped", "par"]

_LONGEST_TABLE = 300
_MOST_NAMED = 6
"""More bets of equal figures than these are counted by kind."""


def par(
    name: Name,
    /,
    *,
    json: Json = False,
    html: Annotated[
        Path | None, Parameter(help="Write the sheet as one page that needs nothing else.")
    ] = None,
    config: Config = None,
) -> None:
    """Compute the PAR sheet of a game: return, hit frequency and volatility of every bet.

    The volatility index is 1.65 times the standard deviation: after N rounds the return lies with
    a probability of 90 % within index / √N of the theoretical one.
    """
    game = find(name, config)
    document = par_document(game)
    if html is not None:
        write(html, page_of(document, game.describe(), grouped(document.bets)))
    if json:
        print_json(document)
    elif html is None:
        _print(document)
    else:
        print(f"{html}: the PAR sheet of {game.name} version {game.version}")


def grouped(bets: tuple[ParBet, ...]) -> list[tuple[str, ParBet]]:
    """Return bets with equal figures as one row: 37 straights need not be read one by one."""
    groups: dict[tuple[object, ...], list[ParBet]] = {}
    for bet in bets:
        key = (bet.returns, bet.hit_frequency, bet.standard_deviation)
        groups.setdefault(key, []).append(bet)
    rows = []
    for group in groups.values():
        names = ", ".join(bet.bet for bet in group)
        if len(group) > _MOST_NAMED:
            kinds = list(dict.fromkeys(bet.bet.split("-")[0] for bet in group))
            names = f"{', '.join(kinds)} ({len(group)} bets)"
        rows.append((names, group[0]))
    return rows


def _print(document: ParDocument) -> None:
    console = Console()
    rows = grouped(document.bets)
    console.print(_bets(document, rows))
    console.print(_awards(rows))
    for sentence in reachable(rows):
        console.print(sentence, highlight=False)
    if any(bet.confidence for _, bet in rows):
        console.print(_confidence(rows))
    for table in document.tables:
        if len(table.rows) <= _LONGEST_TABLE:
            console.print(table_of(table.title, table.columns, list(table.rows)))
        if table.note:
            console.print(table.note, highlight=False, markup=False)
    console.print(f"Method: {document.method}.", highlight=False)
    for note in dict.fromkeys(bet.note for bet in document.bets if bet.note):
        console.print(f"Note: {note}.", highlight=False)
    console.print(f"Digest: {document.digest}", highlight=False)


def _bets(document: ParDocument, rows: list[tuple[str, ParBet]]) -> Table:
    title = f"{document.title} ({document.game}, version {document.version})"
    table = Table(title=title)
    table.add_column("Bet")
    for heading in ("Return", "House edge", "Hit frequency", "Standard deviation"):
        table.add_column(heading, justify="right")
    for names, bet in rows:
        given = bet.returns.decimal
        table.add_row(
            names,
            percent(given),
            percent(None if given is None else str(1 - Decimal(given))),
            percent(bet.hit_frequency),
            number(bet.standard_deviation),
        )
    return table


def _awards(rows: list[tuple[str, ParBet]]) -> Table:
    cells: list[tuple[str, ...]] = []
    for names, bet in rows:
        award = bet.highest_award
        cells.append(
            (
                names,
                number(bet.variance),
                number(bet.volatility_index),
                "-" if award is None else f"{Decimal(award.payout).normalize():f}",
                "-" if award is None or award.one_in is None else award.one_in,
            )
        )
    headings = ("Bet", "Variance", "Volatility index", "Highest award", "One in")
    return table_of("Volatility (index: 1.65 standard deviations)", headings, cells)


def _confidence(rows: list[tuple[str, ParBet]]) -> Table:
    bets = [(names, bet) for names, bet in rows if bet.confidence]
    rounds = [interval.rounds for interval in bets[0][1].confidence]
    cells = [
        (
            names,
            *(f"{_short(each.low)} to {_short(each.high)} %" for each in bet.confidence),
        )
        for names, bet in bets
    ]
    headings = ("Bet", *(f"{count:,}" for count in rounds))
    return table_of("Return after so many rounds, with a probability of 90 %", headings, cells)


def _short(value: str) -> str:
    return f"{Decimal(value) * 100:.2f}"
