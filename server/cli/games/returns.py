"""`croupier game table`: the returns of all games as Markdown, for `docs/games.md`."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from games.analysis.par import ParBet, par_document
from games.catalogue import standard
from games.game import AnyGame
from server.cli.documents import write
from server.cli.errors import CommandError, ExitCode
from server.cli.games.sheets import grouped

__all__ = ["between", "replaced", "rows_of", "table", "table_of_returns"]

BEGIN: Final = "<!-- returns: made by `croupier game table --write docs/games.md` -->"
END: Final = "<!-- end of returns -->"
_HEADINGS: Final = ("Game", "Bet", "Return", "Hit frequency", "SD", "Volatility index")


def table(
    *,
    output: Annotated[
        Path | None,
        Parameter(name="--write", help="Replace what stands between the markers of this file."),
    ] = None,
) -> None:
    """Print the returns of the games that ship, as a Markdown table.

    May take minutes: everything that can be computed is computed.
    """
    made = table_of_returns(list(standard()))
    if output is None:
        sys.stdout.write(made)
        return
    try:
        before = output.read_text(encoding="utf-8")
        after = replaced(before, made)
    except OSError as error:
        raise CommandError(f"{output}: cannot be read: {error.strerror}", ExitCode.USAGE) from None
    except ValueError as error:
        raise CommandError(f"{output}: {error}", ExitCode.USAGE) from None
    write(output, after)


def table_of_returns(games: list[AnyGame]) -> str:
    """Return the table; bets of equal figures are one row."""
    lines = [_line(_HEADINGS), _line(("---", "---", "---:", "---:", "---:", "---:"))]
    for game in games:
        lines += rows_of(game)
    return "\n".join(lines) + "\n"


def rows_of(game: AnyGame) -> list[str]:
    """Return the rows of one game. The first tells its title and version."""
    document = par_document(game)
    rows = []
    for index, (names, bet) in enumerate(grouped(document.bets)):
        title = f"{game.title} (`{game.name}` {game.version})" if index == 0 else ""
        rows.append(_line((title, names, *_figures(bet))))
    return rows


def replaced(text: str, made: str) -> str:
    """Return a text with what stands between the markers replaced. Raises ValueError."""
    old = between(text)
    return text.replace(f"{BEGIN}\n{old}{END}", f"{BEGIN}\n{made}{END}")


def between(text: str) -> str:
    """Return what stands between the markers. Raises ValueError where they are not there once."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"needs one line {BEGIN} and one {END}")
    _, _, behind = text.partition(f"{BEGIN}\n")
    inside, found, _ = behind.partition(END)
    if not found:
        raise ValueError(f"{END} stands before {BEGIN}")
    return inside


def _figures(bet: ParBet) -> tuple[str, ...]:
    return (
        _percent(bet.returns.decimal),
        _percent(bet.hit_frequency),
        _number(bet.standard_deviation),
        _number(bet.volatility_index),
    )


def _percent(value: str | None) -> str:
    return "" if value is None else f"{Decimal(value) * 100:.4f} %"


def _number(value: str | None) -> str:
    return "" if value is None else f"{Decimal(value):.4f}"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
