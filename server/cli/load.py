"""`croupier load`: play with many simulated players and measure."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console

from server.cli.errors import CommandError, ExitCode
from server.cli.load_report import check_writable, page_or_refuse, write_page

if TYPE_CHECKING:
    from client.load import LoadOptions, Report, Requirement

__all__ = ["load"]


_Flag = Parameter(negative="")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The command line; each field is an option of the same name."""

    http: Annotated[str, Parameter(help="Address of the server, such as http://127.0.0.1:8080.")]
    players: Annotated[int, Parameter(help="How many play at a time.")] = 64
    seconds: Annotated[float, Parameter(help="How long they bet.")] = 10.0
    closed: Annotated[
        bool, _Flag, Parameter(help="Each player bets again when he has his answer.")
    ] = False
    rate: Annotated[
        float | None,
        Parameter(help="Bets a second over all players, whatever the server does."),
    ] = None
    arrivals: Annotated[
        Literal["poisson", "uniform"], Parameter(help="How such bets are spread over time.")
    ] = "poisson"
    mix: Annotated[
        str,
        Parameter(
            help="Games and how many of the players play each, as GAME=WEIGHT,…; "
            "live:TITLE is a live table, with --closed."
        ),
    ] = "slot=6,roulette=3,blackjack=1"
    ramp: Annotated[float, Parameter(help="Seconds over which the players connect.")] = 0.0
    think: Annotated[
        float,
        Parameter(
            help="With --closed, milliseconds from a reply to the next bet, half more or less."
        ),
    ] = 0.0
    currency: Annotated[str, Parameter(help="Of the players' play money.")] = "EUR"
    stake: Annotated[
        int, Parameter(help="Minor units a bet; the nearest that a game offers is taken.")
    ] = 100
    amount: Annotated[
        str | None,
        Parameter(help="Opening balance of a player in major units; by default enough."),
    ] = None
    seed: Annotated[int, Parameter(help="Makes the players' choices the same again.")] = 1
    finish: Annotated[
        float, Parameter(help="Seconds that open rounds and requests may take at the end.")
    ] = 30.0
    json: Annotated[
        Path | None,
        Parameter(allow_leading_hyphen=True, help="File for the figures; - for standard output."),
    ] = None
    html: Annotated[
        Path | None,
        Parameter(help="File for a report: one page, to be opened in a browser or sent on."),
    ] = None
    series: Annotated[
        bool,
        _Flag,
        Parameter(help="Let --json tell what happened when, for `croupier load-report`."),
    ] = False
    record: Annotated[
        Path | None,
        Parameter(help="File for every request and reply, for `croupier audit --record`."),
    ] = None
    require: Annotated[
        tuple[str, ...],
        _Flag,
        Parameter(help="A bound: 'p99<50ms', 'errors<1', 'bets_per_s>1000'; may be repeated."),
    ] = ()
    allow_host: Annotated[
        tuple[str, ...],
        _Flag,
        Parameter(help="A host other than this machine that may be driven; may be repeated."),
    ] = ()
    quiet: Annotated[bool, _Flag, Parameter(help="Show neither progress nor summary.")] = False


def load(arguments: Arguments) -> int:
    """Play with many simulated players and measure.

    Ends with 0, with 99 if a requirement was missed, with 1 if nobody could play. With --html or
    --series the server's /metrics is read once a second as well, and --json gains `series` and
    `detail`; `croupier load-report` makes a page of such files and compares two of them.
    """
    from client.load import LoadError, Requirement  # noqa: PLC0415 - slow to import

    if arguments.closed == (arguments.rate is not None):
        raise CommandError("say either --closed or --rate R, bets a second", ExitCode.USAGE)
    try:
        requirements = tuple(Requirement.parse(text) for text in arguments.require)
        options = _options(arguments)
    except LoadError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    page = None if arguments.html is None else page_or_refuse()
    if arguments.json is not None and str(arguments.json) != "-":
        check_writable(arguments.json, "figures")
    if arguments.html is not None:
        check_writable(arguments.html, "report")
    try:
        report = _run(
            options,
            requirements,
            arguments.record,
            quiet=arguments.quiet,
            detailed=arguments.series or page is not None,
        )
    except LoadError as error:
        raise CommandError(str(error)) from None
    code = _tell(report, arguments.json, quiet=arguments.quiet)
    if page is not None and arguments.html is not None:
        write_page(arguments.html, page, [(arguments.html.stem, report.figures)])
    return code


def _options(arguments: Arguments) -> LoadOptions:
    """Return what the run is asked to do. Raises LoadError for what is out of bounds."""
    from client.load import LoadOptions  # noqa: PLC0415 - slow to import
    from client.load.options import parse_mix  # noqa: PLC0415 - the same

    return LoadOptions(
        http=arguments.http,
        players=arguments.players,
        seconds=arguments.seconds,
        rate=arguments.rate,
        arrivals=arguments.arrivals,
        mix=parse_mix(arguments.mix),
        think_ms=arguments.think,
        ramp_s=arguments.ramp,
        currency=arguments.currency,
        stake=arguments.stake,
        amount=arguments.amount,
        seed=arguments.seed,
        finish_s=arguments.finish,
        allow_hosts=arguments.allow_host,
    )


def _run(
    options: LoadOptions,
    requirements: tuple[Requirement, ...],
    record: Path | None,
    *,
    quiet: bool,
    detailed: bool,
) -> Report:
    """Run on a fast event loop; the first Ctrl-C ends it with a report, the second at once."""
    from client.load import LoadRun  # noqa: PLC0415 - slow to import
    from client.load.record import Recorder  # noqa: PLC0415 - the same
    from server.cli.catalogue import configured  # noqa: PLC0415 - loads every game

    catalogue = configured()

    async def run() -> Report:
        load_run = LoadRun(
            options,
            requirements=requirements,
            recorder=recorder,
            console=None if quiet else Console(stderr=True),
            detailed=detailed,
            catalogue=catalogue,
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
                raise CommandError(f"cannot write the figures {json}: {error.strerror}") from None
    if not quiet:
        (errors if to_stdout else Console()).print(summary(report))
    if report.warning is not None and not quiet:
        errors.print(f"warning: {report.warning}", highlight=False, soft_wrap=True)
    for missed in report.missed:
        print(f"croupier: required {missed}", file=sys.stderr)
    return ExitCode.REQUIREMENT_MISSED if report.missed else ExitCode.OK
