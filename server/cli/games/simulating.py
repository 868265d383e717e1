"""`croupier game simulate`: many rounds with the live rules, beside the exact figures."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from games.analysis.chi_square import EXPECTED_MIN, ChiSquare
from games.analysis.decimals import decimal, square_root
from games.analysis.payout_law import PayoutLaw
from games.analysis.simulation import (
    CHUNK_ROUNDS,
    Bet,
    Counts,
    Result,
    bet_for,
    chunks_of,
    merged,
    play_chunk,
    result_of,
)
from games.analysis.whole_law import whole_law
from games.game import AnyGame, BetReturn
from protocol.errors import Refused
from server.cli.errors import CommandError, ExitCode
from server.cli.games.common import Config, Json, Name, find, percent, print_json, table_of

__all__ = ["simulate"]

MAXIMUM_ROUNDS: Final = 10**10
MAXIMUM_SEED: Final = 2**63 - 1
Z_MAXIMUM: Final = 5.0
P_MINIMUM: Final = 1e-6
"""Beyond these the rounds and the exact figures do not agree: by chance once in a million runs."""

_game: AnyGame | None = None
_bet: Bet | None = None


class Exact(msgspec.Struct, frozen=True, rename={"returns": "return"}):
    """The exact figures of the bet."""

    returns: str | None
    standard_deviation: str | None
    hit_frequency: str | None


class ChiSquareFigures(msgspec.Struct, frozen=True):
    """The test of the whole payout law."""

    statistic: float
    degrees: int
    p: float
    impossible: int
    """Rounds whose result the law does not know."""
    classes: str
    """What has a class of its own, and what is one class."""
    bins: tuple[tuple[str, str | None, float, int], ...]
    """(lowest net result, highest, expected count, observed count): classes expected less than
    five times are merged with their neighbours. The last has no highest result where all above
    some result are one class."""


class Simulated(msgspec.Struct, frozen=True, rename={"returns": "return"}):
    """What a simulation found; the same again for the same game, bet, rounds and seed."""

    game: str
    version: int
    digest: str
    bet: str
    stake: int
    rounds: int
    seed: int
    returns: str
    standard_deviation: str
    hit_frequency: str
    highest_payout: str
    """Per unit of the initial stake."""
    exact: Exact
    z: float | None
    chi_square: ChiSquareFigures | None
    agrees: bool


def simulate(
    name: Name,
    /,
    *,
    rounds: Annotated[int, Parameter(help="How many rounds are played.")] = 1_000_000,
    seed: Annotated[int, Parameter(help="Makes the rounds the same again.")] = 1,
    jobs: Annotated[int, Parameter(help="Processes; the figures do not depend on it.")] = 1,
    bet: Annotated[str | None, Parameter(help="One of the bets of `par`; else its first.")] = None,
    stake: Annotated[int | None, Parameter(help="Minor units; else the lowest offered.")] = None,
    json: Json = False,
    config: Config = None,
) -> int:
    """Play many rounds of a game with its live rules and compare with the exact figures.

    Decisions are those of the stated strategy. Shows return and standard deviation, how many
    standard errors (z) the return is off, and a chi-square test of the whole payout law; of a slot
    with free games each payout up to a stated one is a class, and all higher ones are one. Ends
    with 1 if they do not agree: z beyond 5, or a chance of the law below one in a million; also if
    a round paid more than the game's `maximum_payout_factor` allows.
    """
    _check("--rounds", rounds, 1, MAXIMUM_ROUNDS)
    _check("--seed", seed, 0, MAXIMUM_SEED)
    _check("--jobs", jobs, 1, max(os.cpu_count() or 1, 64))
    game = find(name, config)
    exact, staked = _chosen(game, bet, stake)
    started = perf_counter()
    counts = _play(game, staked, rounds, seed, jobs, partial(find, name, config), quiet=json)
    elapsed_s = perf_counter() - started
    law = whole_law(game, exact)  # after the rounds: that of a slot with free games takes seconds
    result = result_of(counts, staked.stake, exact, law)
    figures = _figures(game, staked, seed, result, exact, law)
    if json:
        print_json(figures)
    else:
        _print(figures, elapsed_s)
    _check_bound(game, counts)
    if not figures.agrees:
        raise CommandError(
            f"{game.name}: the rounds played do not agree with the exact figures of {staked.name}"
        )
    return ExitCode.OK


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise CommandError(f"{name} takes {least} to {most}, not {value}", ExitCode.USAGE)


def _check_bound(game: AnyGame, counts: Counts) -> None:
    """Raise CommandError for a payout above the bound that the game states."""
    factor = game.maximum_payout_factor
    for staked, paid in counts:
        if paid > factor * staked:
            raise CommandError(
                f"{game.name}: a round paid {paid} on a stake of {staked}, above its"
                f" maximum_payout_factor of {factor}"
            )


def _chosen(game: AnyGame, name: str | None, stake: int | None) -> tuple[BetReturn, Bet]:
    """Return the exact figures of the bet asked for, and bets to play. Raises CommandError."""
    returns = {each.bet: each for each in game.bet_returns()}
    if name is None:
        name = next(iter(returns))
    if name not in returns:
        known = ", ".join(list(returns)[:8]) + (", …" if len(returns) > 8 else "")
        raise CommandError(f"{game.name} has no bet {name!r}; it has {known}", ExitCode.USAGE)
    try:
        return returns[name], bet_for(game, name, stake)
    except Refused as refused:
        raise CommandError(f"--stake: {refused.message}", ExitCode.USAGE) from None
    except (ValueError, NotImplementedError) as error:
        raise CommandError(f"{game.name}: {name} cannot be simulated alone: {error}") from None


def _play(
    game: AnyGame,
    bet: Bet,
    rounds: int,
    seed: int,
    jobs: int,
    again: partial[AnyGame],
    *,
    quiet: bool,
) -> Counts:
    """Play every chunk, here or in processes beside this one, with a bar on a terminal."""
    chunks = chunks_of(rounds)
    with _bar(rounds, quiet=quiet) as shown:
        if jobs == 1 or len(chunks) == 1:
            parts: Iterable[Counts] = (
                play_chunk(game, bet.bets, seed, index, length) for index, length in chunks
            )
            return merged(_watched(parts, shown))
        with ProcessPoolExecutor(
            min(jobs, len(chunks)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(again, bet.name, bet.stake),
        ) as pool:
            return merged(_watched(pool.map(partial(_chunk, seed), chunks), shown))


def _watched(parts: Iterable[Counts], shown: Progress | None) -> Iterator[Counts]:
    for part in parts:
        if shown is not None:
            shown.advance(shown.task_ids[0], sum(part.values()))
        yield part


@contextmanager
def _bar(rounds: int, *, quiet: bool) -> Iterator[Progress | None]:
    console = Console(stderr=True)
    if quiet or not console.is_terminal or rounds <= CHUNK_ROUNDS:
        yield None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task("rounds", total=rounds)
        yield progress


def _begin(again: partial[AnyGame], name: str, stake: int) -> None:
    global _game, _bet  # noqa: PLW0603 - a worker process has no other place
    _game = again()
    _bet = bet_for(_game, name, stake)


def _chunk(seed: int, chunk: tuple[int, int]) -> Counts:
    assert _game is not None
    assert _bet is not None
    return play_chunk(_game, _bet.bets, seed, *chunk)


def _figures(
    game: AnyGame, bet: Bet, seed: int, result: Result, exact: BetReturn, law: PayoutLaw | None
) -> Simulated:
    test = result.chi_square
    off = result.z is not None and not abs(result.z) <= Z_MAXIMUM
    return Simulated(
        game=game.name,
        version=game.version,
        digest=game.digest,
        bet=bet.name,
        stake=bet.stake,
        rounds=result.rounds,
        seed=seed,
        returns=decimal(result.mean),
        standard_deviation=square_root(result.variance),
        hit_frequency=decimal(result.hit_frequency),
        highest_payout=decimal(result.highest, 6),
        exact=Exact(
            None if exact.expected is None else decimal(exact.expected),
            None if exact.variance is None else square_root(exact.variance),
            None if exact.hit_frequency is None else decimal(exact.hit_frequency),
        ),
        z=result.z,
        chi_square=None if test is None or law is None else _tested(test, law),
        agrees=not off and (test is None or test.p >= P_MINIMUM),
    )


def _tested(test: ChiSquare, law: PayoutLaw) -> ChiSquareFigures:
    return ChiSquareFigures(
        test.statistic,
        test.degrees,
        test.p,
        test.impossible,
        law.classes,
        tuple(
            (
                decimal(each.low, 6),
                None if each.high is None else decimal(each.high, 6),
                each.expected,
                each.observed,
            )
            for each in test.bins
        ),
    )


def _print(found: Simulated, elapsed_s: float) -> None:
    console = Console()
    rows: list[tuple[str, ...]] = [
        ("Return", percent(found.returns), percent(found.exact.returns)),
        ("Standard deviation", found.standard_deviation, found.exact.standard_deviation or "-"),
        ("Hit frequency", percent(found.hit_frequency), percent(found.exact.hit_frequency)),
        ("Highest payout", found.highest_payout, ""),
    ]
    rounds = f"{found.rounds:,} round{'' if found.rounds == 1 else 's'}"
    title = f"{found.game} {found.version}: {found.bet}, {rounds}, seed {found.seed}"
    console.print(table_of(title, ("Figure", "Played", "Exact"), rows))
    if found.z is not None:
        console.print(f"z: {found.z:+.3f} standard errors", highlight=False)
    test = found.chi_square
    if test is None:
        console.print("Chi-square: the whole law of this bet is not known.", highlight=False)
    else:
        console.print(
            f"Chi-square: {test.statistic:.3f} with {test.degrees} degrees of freedom,"
            f" p = {test.p:.6f}" + (f", {test.impossible} impossible" if test.impossible else ""),
            highlight=False,
        )
        console.print(
            f"Its classes: {test.classes}; those expected less than {EXPECTED_MIN} times are"
            " counted with their neighbours.",
            highlight=False,
        )
    print(f"{found.rounds / max(elapsed_s, 1e-9):,.0f} rounds/s", file=sys.stderr)
