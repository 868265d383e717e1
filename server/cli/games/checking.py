"""`croupier game check`: machine files before they go into a folder, and games as they are."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from games.analysis.decimals import decimal, square_root
from games.game import AnyGame, BetReturn
from games.slots.engine import Slot
from server.catalogue.machines import (
    MachineRefused,
    Place,
    place_of,
    read_file,
    refuse_returns,
    return_of,
)
from server.catalogue.sampling import sample_bounds
from server.cli.errors import CommandError, ExitCode
from server.cli.games.common import (
    Config,
    Json,
    find,
    is_file_name,
    number,
    percent,
    print_json,
)
from server.config import load

__all__ = ["check"]


class Sample(msgspec.Struct, frozen=True):
    """What rounds that were played needed at most, beside what the game declares."""

    rounds: int
    draws: int
    maximum_draws: int
    reply_bytes: int
    maximum_reply_bytes: int


class Checked(msgspec.Struct, frozen=True, rename={"returns": "return"}):
    """What was found out about one file or game."""

    file: str
    """Or a game's name."""
    ok: bool
    line: int | None = None
    reason: str | None = None
    game: str | None = None
    version: int | None = None
    digest: str | None = None
    returns: str | None = None
    hit_frequency: str | None = None
    standard_deviation: str | None = None
    sampled: Sample | None = None


def check(
    file: Annotated[Path, Parameter(help="A machine file (TOML), or the name of a game.")],
    /,
    *more: Annotated[Path, Parameter(help="Further ones.")],
    json: Json = False,
    config: Config = None,
) -> int:
    """Check machine files: syntax, rules, and a return from games.minimum_return to 100 %.

    Of files and of games by name, such as those of a plug-in, rounds are played to see whether they
    keep the bounds that the game declares. What cannot be used is one line on standard error with
    file, line and reason. Ends with 1 if there is any, with 2 if one could not be read.
    """
    minimum = load(config).games.return_floor
    found: list[Checked] = []
    refused: list[MachineRefused] = []
    for path in (file, *more):
        try:
            if is_file_name(path):
                found.append(_checked(path, minimum))
            else:
                found.append(_sampled(str(path), find(str(path), config)))
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
    return msgspec.structs.replace(
        _figures(path, game, bets[0]), sampled=_sample(game, place_of(game, "name"))
    )


def _sampled(name: str, game: AnyGame) -> Checked:
    """Return what a sample shows of a game. Raises MachineRefused if it breaks a bound."""
    place = Place(f"{name} version {game.version}", None)
    return Checked(
        file=name,
        ok=True,
        game=game.name,
        version=game.version,
        digest=game.digest,
        returns=decimal(return_of(game.describe().returns)),
        sampled=_sample(game, place),
    )


def _sample(game: AnyGame, place: Place) -> Sample:
    found = sample_bounds(game)
    if found.faults:
        raise MachineRefused(place, "; ".join(found.faults))
    return Sample(
        rounds=found.rounds,
        draws=found.draws,
        maximum_draws=game.maximum_draws,
        reply_bytes=found.reply_bytes,
        maximum_reply_bytes=game.maximum_reply_bytes,
    )


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
        if each.sampled is not None:
            figures.append(
                f"draws in {each.sampled.rounds:,} rounds at most {each.sampled.draws},"
                f" declared {each.sampled.maximum_draws}"
            )
        print(f"{each.file}: {each.game} version {each.version} is good: {', '.join(figures)}")
