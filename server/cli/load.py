"""`croupier load`: play with many simulated players and measure."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console

from server.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from client.load import LoadOptions, Report, Requirement

__all__ = ["load"]


def load(
    *,
    http: str,
    players: int = 64,
    seconds: float = 10.0,
    closed: Annotated[bool, Parameter(negative="")] = False,
    rate: float | None = None,
    arrivals: Literal["poisson", "uniform"] = "poisson",
    mix: str = "slot=6,roulette=3,blackjack=1",
    ramp: float = 0.0,
    think: float = 0.0,
    currency: str = "EUR",
    stake: int = 100,
    amount: str | None = None,
    seed: int = 1,
    finish: float = 30.0,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    record: Path | None = None,
    require: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    allow_host: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    quiet: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Play with many simulated players and measure.

    Ends with 0, with 99 if a requirement was missed, with 1 if nobody could play.

    Args:
        http: Address of the server, such as http://127.0.0.1:8080.
        players: How many play at a time.
        seconds: How long they bet.
        closed: Each player bets again when he has his answer.
        rate: Bets a second over all players, at their own times whatever the server does.
        arrivals: How such bets are spread over time.
        mix: Games and how many of the players play each.
        ramp: Seconds over which the players connect.
        think: With --closed, milliseconds between a reply and the next bet, give or take half.
        currency: Of the players' play money.
        stake: Minor units a bet; the nearest that a game offers is taken.
        amount: Opening balance of a player in major units; enough for the run by default.
        seed: Makes the players' choices the same again.
        finish: Seconds that open rounds and unanswered requests may take at the end.
        json: File for the figures; - for standard output.
        record: File for every request and reply, for `croupier audit --record`.
        require: A bound such as 'p99<50ms', 'errors<1' or 'bets_per_s>1000'; may be repeated.
        allow_host: A host other than this machine that may be driven; may be repeated.
        quiet: Show neither progress nor summary.
    """
    from client.load import LoadError, LoadOptions, Requirement  # noqa: PLC0415 - slow to import

    if closed == (rate is not None):
        raise CommandError("say either --closed or --rate R, bets a second", ExitCode.USAGE)
    from client.load.options import parse_mix  # noqa: PLC0415 - the same

    try:
        requirements = tuple(Requirement.parse(text) for text in require)
        options = LoadOptions(
            http=http,
            players=players,
            seconds=seconds,
            rate=rate,
            arrivals=arrivals,
            mix=parse_mix(mix),
            think_ms=think,
            ramp_s=ramp,
            currency=currency,
            stake=stake,
            amount=amount,
            seed=seed,
            finish_s=finish,
            allow_hosts=allow_host,
        )
    except LoadError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    try:
        report = _run(options, requirements, record, quiet=quiet)
    except LoadError as error:
        raise CommandError(str(error)) from None
    return _tell(report, json, quiet=quiet)


def _run(
    options: LoadOptions,
    requirements: tuple[Requirement, ...],
    record: Path | None,
    *,
    quiet: bool,
) -> Report:
    """Run on a fast event loop; the first Ctrl-C ends it with a report, the second at once."""
    from client.load import LoadRun  # noqa: PLC0415 - slow to import
    from client.load.record import Recorder  # noqa: PLC0415 - the same

    async def run() -> Report:
        load_run = LoadRun(
            options,
            requirements=requirements,
            recorder=recorder,
            console=None if quiet else Console(stderr=True),
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, load_run.stop)
        return await load_run.run()

    try:
        recorder = None if record is None else Recorder(record)
    except OSError as error:
        raise CommandError(f"cannot write the record {record}: {error.strerror}") from None
    # Thousands of long-lived objects and nothing cyclic on the way of a bet: the collector would
    # only add pauses to the latencies.
    gc.set_threshold(100_000, 50, 100)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(run())
    finally:
        if recorder is not None:
            recorder.close()


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not there on every platform
    except ImportError:
        return None
    return uvloop.Loop


def _tell(report: Report, json: Path | None, *, quiet: bool) -> int:
    from client.load.progress import summary  # noqa: PLC0415 - slow to import

    errors = Console(stderr=True)
    to_stdout = str(json) == "-"
    if json is not None:
        content = msgspec.json.format(msgspec.json.encode(report.figures), indent=2) + b"\n"
        if to_stdout:
            sys.stdout.buffer.write(content)
        else:
            try:
                json.write_bytes(content)
            except OSError as error:
                raise CommandError(f"cannot write {json}: {error.strerror}") from None
    if not quiet:
        (errors if to_stdout else Console()).print(summary(report))
    if report.warning is not None and not quiet:
        errors.print(f"warning: {report.warning}", highlight=False, soft_wrap=True)
    for missed in report.missed:
        print(f"croupier: required {missed}", file=sys.stderr)
    return ExitCode.REQUIREMENT_MISSED if report.missed else ExitCode.OK
