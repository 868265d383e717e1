"""`croupier audit`: prove that the books, the rounds and the chains agree."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import structlog
from cyclopts import Parameter
from rich.console import Console

from server.audit.findings import Report
from server.audit.reader import Progress, Reader, open_reader
from server.audit.record_lines import RecordUnreadable
from server.audit.report import show
from server.audit.run import AuditFailed, Options, audit as run_audit
from server.catalogue import load_games
from server.cli.catalogue import catalogue_of
from server.cli.errors import CommandError, ExitCode
from server.config import Games, load
from server.database.attach import attach
from server.database.errors import DatabaseError
from server.database.migrations import check
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from server.fairness.vault import VaultError

__all__ = [
    "Config",
    "Data",
    "Database",
    "Json",
    "KeyFile",
    "LedgerPlace",
    "audit",
    "find_ledger",
    "told_as_one_line",
]

DEFAULT_REPLAYS: Final = 1_000
_NARROWEST: Final = 110

Data = Annotated[
    Path | None, Parameter(help="A data directory with its own database, server up or down.")
]
Database = Annotated[str | None, Parameter(help="The connection string of an external database.")]
KeyFile = Annotated[
    Path | None, Parameter(help="The key file of the seeds; else the one of the data directory.")
]
Config = Annotated[Path | None, Parameter(help="The TOML file to read.")]
Json = Annotated[bool, Parameter("--json", negative=(), help="Print JSON.")]


class LedgerPlace:
    """Where a ledger is and where the keys of its seeds are."""

    __slots__ = ("_data", "_key_file", "_url", "games")

    def __init__(
        self, data: Path | None, url: str | None, key_file: Path | None, games: Games
    ) -> None:
        self.games = games
        """What games the settings name; a replay needs them."""
        self._data = data
        self._url = url
        self._key_file = key_file

    def keys(self) -> dict[str, bytes] | None:
        """Return the keys that open seeds, or None where there is no key file. VaultError."""
        if self._key_file is not None:
            return read_keys(self._key_file)
        generated = None if self._data is None else self._data / GENERATED_KEY_FILE
        return None if generated is None or not generated.exists() else read_keys(generated)

    @asynccontextmanager
    async def reader(self, progress: Progress | None = None) -> AsyncIterator[Reader]:
        """Yield a reader on the ledger; an embedded database runs meanwhile."""
        if self._url is not None:
            async with _checked(self._url, progress) as reader:
                yield reader
            return
        assert self._data is not None
        with _log_on_stderr():
            async with (
                attach(self._data) as directory,
                _checked(directory.url("app"), progress) as reader,
            ):
                yield reader


@contextmanager
def _log_on_stderr() -> Iterator[None]:
    """Keep what an embedded database reports out of the command's own output."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


@asynccontextmanager
async def _checked(url: str, progress: Progress | None) -> AsyncIterator[Reader]:
    async with open_reader(url, *([] if progress is None else [progress])) as reader:
        await check(reader.connection)
        yield reader


def find_ledger(
    data: Path | None, database: str | None, config: Path | None, key_file: Path | None
) -> LedgerPlace:
    """Return the ledger that a command is to read. Raises CommandError, ConfigError."""
    if data is not None and database is not None:
        raise CommandError("Name one of --data and --database.", ExitCode.USAGE)
    settings = load(config)
    key_file = key_file or settings.fairness.key_file
    if data is not None:
        # A named directory is complete in itself, but an external key file may be configured.
        return LedgerPlace(data, None, key_file, settings.games)
    url = database or settings.database.url or None
    return LedgerPlace(settings.data, url, key_file, settings.games)


@contextmanager
def told_as_one_line() -> Iterator[None]:
    """Turn what can keep a command from reading the ledger into one line."""
    try:
        yield
    except (AuditFailed, DatabaseError, RecordUnreadable, VaultError) as error:
        raise CommandError(str(error)) from None
    except asyncpg.InsufficientPrivilegeError:
        raise CommandError(
            "This user of the database may not read the ledger: connect as croupier_app."
        ) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise CommandError(f"The database failed while it was read: {error}.") from None


def audit(
    *,
    data: Data = None,
    database: Database = None,
    record: Annotated[
        Path | None, Parameter(help="What `croupier load --record` wrote, once it has ended.")
    ] = None,
    replay: Annotated[
        str, Parameter(help="How many of the newest rounds to replay, or `all`.")
    ] = str(DEFAULT_REPLAYS),
    key_file: KeyFile = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Prove that the books, the rounds and the chains agree.

    Reads everything and changes nothing; bets may go on meanwhile. Ends with 98 if anything does
    not agree, and names it.
    """
    newest = _replays(replay)
    place = find_ledger(data, database, config, key_file)
    options = Options(newest=newest, record=record, load=partial(load_games, place.games))
    with told_as_one_line():
        report = asyncio.run(_audit(place, options, quiet=as_json))
    if as_json:
        print(json.dumps(report.document(), indent=2))
    else:
        console = Console()
        # A pipe has no width: lines are not broken for it.
        show(report, console if console.is_terminal else Console(width=_NARROWEST))
    if not report.ok:
        kinds = ", ".join(check.name for check in report.checks if not check.ok)
        count = report.breach_count
        raise CommandError(
            f"the audit found {count} breach{'' if count == 1 else 'es'}: {kinds}",
            ExitCode.AUDIT_BREACH,
        )
    return ExitCode.OK


async def _audit(place: LedgerPlace, options: Options, *, quiet: bool) -> Report:
    keys = place.keys()
    catalogue = catalogue_of(place.games)
    with _progress(quiet=quiet) as progress:
        async with place.reader(progress) as reader:
            return await run_audit(reader, catalogue, keys, options)


def _replays(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit():
        raise CommandError("--replay takes a number of rounds or `all`", ExitCode.USAGE)
    return int(text)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress | None]:
    """Yield what shows how far the audit is, on stderr where that is a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with console.status("starting") as status:
        yield lambda name, looked_at: status.update(f"{name}: {looked_at:,}")
