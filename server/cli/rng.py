"""`croupier rng`: test the randomness of the draws, and collect them for a laboratory."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from games.analysis.randomness.collection import Usage, collect as collected, usage
from games.analysis.randomness.sp800_22.suite import SEQUENCE_BITS, SEQUENCES
from games.entropy import SEED_BYTES
from games.game import AnyGame
from server.cli.catalogue import configured
from server.cli.documents import write
from server.cli.errors import CommandError, ExitCode
from server.cli.rng_page import page
from server.cli.rng_report import Report, Steps, make_report
from server.cli.rng_streams import outcome_lines, raw_sequences, streams

app = App(name="rng", help="Test the randomness of the draws, and collect them.")

_ROUNDS: Final = 20_000
_MANIFEST_ROUNDS: Final = 500
_LEAST_ROUNDS: Final = 1_000
_FULL_BITS: Final = SEQUENCES * SEQUENCE_BITS

_Json = Annotated[
    bool, Parameter(name="--json", negative="", help="Print everything as JSON, for programs.")
]
_Bits = Annotated[
    int, Parameter(help="Raw bits, rounded down to sequences of 1,048,576 (default: 55 of them).")
]
_Rounds = Annotated[int, Parameter(help="Rounds of each game.")]
_SeedFile = Annotated[
    Path | None,
    Parameter(
        help="A file with the secret of an earlier report, 64 hex digits: makes the same again."
    ),
]
_Config = Annotated[
    Path | None, Parameter(help="The settings that name plug-ins and machine folders.")
]


@app.command
def report(
    *,
    html: Annotated[Path | None, Parameter(help="File for the page.")] = None,
    json: _Json = False,
    bits: _Bits = _FULL_BITS,
    rounds: _Rounds = _ROUNDS,
    seed_file: _SeedFile = None,
    dieharder: Annotated[
        bool, Parameter(negative="", help="Run dieharder too, where it is installed.")
    ] = False,
    config: _Config = None,
) -> None:
    """Test raw bits and the final outcomes of every game, and report it for a laboratory.

    The draw functions are counted out on short words; NIST SP 800-22 runs on raw bits; the tests
    that GLI-19, 25 CFR 547 and Pennsylvania name run on the outcomes of all games. Each part is
    judged as a whole at 99 %: of a hundred reports on a perfect generator about one fails in a
    part. Then make another one; a second failure is a finding. Exit code 1 if the report fails.
    The full size takes some minutes.
    """
    sequences = _sequences(bits)
    _check_rounds(rounds)
    secret = _secret(seed_file)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    if html is not None:
        write(html, "")  # before minutes of work, not behind them
    with _progress() as steps:
        found = make_report(
            configured(config),
            secret,
            sequences=sequences,
            rounds=rounds,
            made=made,
            with_dieharder=dieharder,
            steps=steps,
        )
    if html is not None:
        write(html, page(found))
    if json:
        _print_json(found)
    else:
        _print_summary(found)
    if not found.passed:
        raise CommandError(
            "the report fails; make another one, for one in a hundred does so by chance"
        )


@app.command
def collect(
    folder: Annotated[Path, Parameter(help="Where to; it is made if it is not there.")],
    /,
    *,
    bits: _Bits = _FULL_BITS,
    rounds: _Rounds = _ROUNDS,
    seed_file: _SeedFile = None,
    config: _Config = None,
) -> None:
    """Write raw output and the final outcomes of every game to files, for tests elsewhere.

    In the folder: raw.bin (big-endian words of 32 bits, as they are drawn), outcomes-NAME.csv for
    each game, manifest.json, secret.txt, and SHA256SUMS over them. All are made by the functions
    that play live.
    """
    sequences = _sequences(bits)
    _check_rounds(rounds)
    secret = _secret(seed_file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = _write_files(folder, secret, sequences, rounds, configured(config))
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror}") from None
    print(f"{len(names)} files in {folder}; their checksums are in SHA256SUMS.")


@app.command
def manifest(
    *, json: _Json = False, rounds: _Rounds = _MANIFEST_ROUNDS, config: _Config = None
) -> None:
    """Show what each game draws: how many values a round, below which bounds."""
    if rounds < 1:
        raise CommandError(f"--rounds takes 1 or more, not {rounds}", ExitCode.USAGE)
    secret = os.urandom(SEED_BYTES)
    entries = [
        usage(collected(game, streams(secret, game.name), rounds)) for game in configured(config)
    ]
    if json:
        _print_json(entries)
        return
    table = Table(title="Usage manifest")
    for heading in ("Game", "Draws a round", "At most", "Replacement", "Bounds"):
        table.add_column(heading)
    for one in entries:
        table.add_row(
            f"{one.game} {one.version}",
            f"{one.draws_fewest} to {one.draws_most}",
            f"{one.maximum_draws:,}",
            one.replacement,
            _bounds(one),
        )
    Console().print(table)


def _bounds(entry: Usage) -> str:
    shown = [next(iter(position.bounds)) for position in entry.positions[:6]]
    return ", ".join(shown) + (", …" if len(entry.positions) > len(shown) else "")


def _write_files(
    folder: Path, secret: bytes, sequences: int, rounds: int, games: Iterable[AnyGame]
) -> list[str]:
    sums: dict[str, str] = {}
    with _progress() as steps:
        steps.begin("raw bits", sequences)
        total = hashlib.sha256()
        with (folder / "raw.bin").open("wb") as file:
            for data in raw_sequences(secret, sequences, steps.step):
                file.write(data)
                total.update(data)
        sums["raw.bin"] = total.hexdigest()
        entries = []
        for game in games:
            steps.begin(game.name, rounds)
            collection = collected(game, streams(secret, game.name), rounds, steps.step)
            entries.append(usage(collection))
            name = f"outcomes-{game.name}.csv"
            total = hashlib.sha256()
            with (folder / name).open("wb") as file:
                for line in outcome_lines(collection):
                    file.write(line.encode())
                    total.update(line.encode())
            sums[name] = total.hexdigest()
    texts = {
        "manifest.json": msgspec.json.format(msgspec.json.encode(entries)) + b"\n",
        "secret.txt": secret.hex().encode() + b"\n",
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text)
        sums[name] = hashlib.sha256(text).hexdigest()
    lines = [f"{digest}  {name}\n" for name, digest in sums.items()]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return [*sums, "SHA256SUMS"]


def _sequences(bits: int) -> int:
    if bits < SEQUENCE_BITS:
        raise CommandError(
            f"--bits: the tests need {SEQUENCE_BITS:,} at least, not {bits:,}", ExitCode.USAGE
        )
    return bits // SEQUENCE_BITS


def _check_rounds(rounds: int) -> None:
    if rounds < _LEAST_ROUNDS:
        raise CommandError(
            f"--rounds: the tests need {_LEAST_ROUNDS:,} at least, not {rounds:,}", ExitCode.USAGE
        )


def _secret(path: Path | None) -> bytes:
    """Return the secret of a file, or a fresh one."""
    if path is None:
        return os.urandom(SEED_BYTES)
    try:
        secret = bytes.fromhex(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}", ExitCode.USAGE) from None
    except ValueError:
        secret = b""
    if len(secret) != SEED_BYTES:
        raise CommandError(f"{path}: a secret is 64 hex digits", ExitCode.USAGE)
    return secret


@contextmanager
def _progress() -> Iterator[Steps]:
    """Show on stderr, where it is a terminal, how far it is."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        task = bars.add_task("", total=None)
        yield Steps(
            begin=lambda name, steps: bars.reset(task, description=name, total=steps),
            step=lambda: bars.advance(task),
        )


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def _print_summary(found: Report) -> None:
    console = Console(highlight=False)
    table = Table(title="Randomness")
    for heading in ("Part", "Result", "Smallest adjusted p-value"):
        table.add_column(heading)
    for one in found.exhaustive:
        table.add_row(one.what, _word(passed=one.passed), "-")
    raw, outcomes = found.raw, found.outcomes
    for name, passed, smallest in (
        (f"SP 800-22 on {raw.bits:,} bits", raw.passed, raw.smallest_adjusted_p_value),
        (
            f"{outcomes.tests:,} tests on the outcomes of {len(found.manifest)} games",
            outcomes.passed,
            outcomes.smallest_adjusted_p_value,
        ),
    ):
        table.add_row(name, _word(passed=passed), f"{smallest:.4g}")
    console.print(table)
    console.print(f"dieharder: {found.dieharder.line}")
    console.print(f"Secret of these streams: {found.secret}", soft_wrap=True)


def _word(*, passed: bool) -> str:
    return "passed" if passed else "failed"
