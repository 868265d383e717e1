"""`croupier game check`: machine files before they go into a folder."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from games.analysis.decimals import decimal, square_root
from games.game import BetReturn
from games.slots.engine import Slot
from server.catalogue.machines import MachineRefused, read_file, refuse_returns, return_of
from server.cli.errors import CommandError, ExitCode
from server.cli.games.common import Config, Json, number, percent, print_json
from server.config import load

__all__ = ["check"]


class Checked(msgspec.Struct, frozen=True, rename={"returns": "return"}):
    """What was found out about one file."""

    file: str
    ok: bool
    line: int | None = None
    reason: str | None = None
    game: str | None = None
    version: int | None = None
    digest: str | None = None
    returns: str | None = None
    hit_frequency: str | None = None
    standard_deviation: str | None = None


def check(
    file: Annotated[Path, Parameter(help="A machine file (TOML).")],
    /,
    *more: Annotated[Path, Parameter(help="Further ones.")],
    json: Json = False,
    config: Config = None,
) -> int:
    """Check machine files: syntax, rules, and a return from games.minimum_return to 100 %.

    Each file that cannot be used is one line on standard error with file, line and reason. Ends
    with 1 if there is any, with 2 if one could not be read.
    """
    minimum = load(config).games.return_floor
    found: list[Checked] = []
    refused: list[MachineRefused] = []
    for path in (file, *more):
        try:
            found.append(_checked(path, minimum))
        except MachineRefused as refusal:
            refused.append(refusal)
            found.append(
                Checked(str(path), ok=False, line=refusal.place.line, reason=refusal.reason)
            )
    if json:
        print_json(found)
    else:
        _print([checked for checked in found if checked.ok])
    if not refused:
        return ExitCode.OK
    for each in refused[:-1]:
        print(f"croupier: {' '.join(str(each).split())}", file=sys.stderr)
    unread = any(not each.readable for each in refused)
    raise CommandError(str(refused[-1]), ExitCode.USAGE if unread else ExitCode.FAILURE)


def _checked(path: Path, minimum: Fraction) -> Checked:
    """Return the figures of a machine that can be served. Raises MachineRefused."""
    game = read_file(path)
    refuse_returns(game, minimum)
    bets = game.bet_returns()
    refuse_returns(
        game, minimum, [(bet.bet, bet.expected) for bet in bets if bet.expected is not None]
    )
    return _figures(path, game, bets[0])


def _figures(path: Path, game: Slot, bet: BetReturn) -> Checked:
    return Checked(
        file=str(path),
        ok=True,
        game=game.name,
        version=game.version,
        digest=game.digest,
        returns=decimal(return_of(game.describe().returns)),
        hit_frequency=None if bet.hit_frequency is None else decimal(bet.hit_frequency),
        standard_deviation=None if bet.variance is None else square_root(bet.variance),
    )


def _print(found: list[Checked]) -> None:
    for each in found:
        figures = [f"return {percent(each.returns)}"]
        if each.hit_frequency is not None:
            figures.append(f"hit frequency {percent(each.hit_frequency)}")
        if each.standard_deviation is not None:
            figures.append(f"standard deviation {number(each.standard_deviation)}")
        print(f"{each.file}: {each.game} version {each.version} is good: {', '.join(figures)}")
