"""`croupier database partitions`, `retire`, `hold`, `release`: how long the record is kept."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from server.cli.database import Config, Data, Json, Url, find_target, owner_url, run_told
from server.cli.errors import CommandError, ExitCode
from server.config import load
from server.database.migrations import check
from server.ledger import retirement
from server.ledger.retirement import RETENTION_YEARS, Order, Partition, Retired, owner_connection

__all__ = ["hold", "partitions", "release", "retire"]

_NARROWEST = 110


def partitions(
    *, data: Data = None, database: Url = None, config: Config = None, as_json: Json = False
) -> None:
    """List the partitions of the ledger: their range, rows (an estimate), size and state."""

    async def read() -> list[Partition]:
        async with owner_url(target) as address, owner_connection(address) as connection:
            await check(connection)
            return await retirement.partitions(connection)

    target = find_target(data, database, config)
    found = run_told(read())
    if as_json:
        print(json.dumps([asdict(each) for each in found], default=_plain, indent=2))
        return
    table = Table("partition", "from", "to", "rows", "bytes", "state")
    for each in found:
        low, high = f"{each.low:%Y-%m-%d}", f"{each.high:%Y-%m-%d}"
        table.add_row(each.name, low, high, f"~{each.rows:,}", f"{each.size:,}", each.state)
    console = Console()
    (console if console.is_terminal else Console(width=_NARROWEST)).print(table)


def retire(
    *,
    before: Annotated[str, Parameter(help="Retire periods that ended by this date (UTC).")],
    data: Data = None,
    database: Url = None,
    config: Config = None,
    retention_years: Annotated[int, Parameter(help="How long rows are kept.")] = RETENTION_YEARS,
    end_sessions: Annotated[
        bool, Parameter(negative=(), help="End sessions that are still open across the border.")
    ] = False,
    wait: Annotated[int, Parameter(help="Seconds to wait for reports that read.")] = 60,
    dry_run: Annotated[bool, Parameter(negative=(), help="Change nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Retire what is older than the retention: write what stays of it, then drop its partitions.

    Bets go on meanwhile. Closing balances and the rows of players under legal hold are kept. A run
    that was cut off is gone on with by the next one. With --dry-run nothing is changed, and the
    exit code is 1 if something stands in the way.
    """
    if retention_years < 0 or wait < 0:
        raise CommandError("--retention-years and --wait are 0 or more.", ExitCode.USAGE)
    if retention_years < RETENTION_YEARS and load(config).mode == "production":
        raise CommandError(
            f"In production the record is kept for at least {RETENTION_YEARS} years.",
            ExitCode.USAGE,
        )
    target = find_target(data, database, config)
    order = Order(_moment(before, "--before"), retention_years, end_sessions, wait)

    def told(step: str) -> None:
        if not as_json:
            print(step, flush=True)

    async def work() -> Retired:
        async with owner_url(target) as address, owner_connection(address) as connection:
            await check(connection)
            if dry_run:
                return await retirement.look(connection, order)
            return await retirement.retire(connection, order, told)

    done = run_told(work())
    if as_json:
        print(json.dumps({"dry_run": dry_run, **asdict(done)}, default=_plain))
    else:
        _tell(done, dry_run=dry_run)
    return ExitCode.FAILURE if done.obstacles else ExitCode.OK


def _tell(done: Retired, *, dry_run: bool) -> None:
    if dry_run:
        for table in done.tables:
            print(f"would drop {table}")
        for obstacle in done.obstacles:
            print(f"in the way: {obstacle}")
    elif done.until is not None:
        print(
            f"Retired what is from before {done.until:%Y-%m-%d}: {done.rounds:,} rounds,"
            f" {done.transfers:,} transfers, {done.requests:,} requests."
        )
    if not done.tables and done.until is None:
        print("There is nothing to retire.")


def hold(
    player: int,
    *,
    reason: str,
    until: Annotated[str | None, Parameter(help="The date it ends; else when released.")] = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Put PLAYER under legal hold: no retirement removes his rows while it lasts."""
    end = None if until is None else _moment(until, "--until")
    number = _change(
        find_target(data, database, config),
        lambda connection: retirement.impose_hold(connection, player, reason, _who(), end),
    )
    print(json.dumps({"hold": number}) if as_json else f"Legal hold {number} of player {player}.")


def release(
    number: int,
    *,
    reason: str,
    data: Data = None,
    database: Url = None,
    config: Config = None,
) -> None:
    """Release legal hold NUMBER: what only it kept goes with the next retirement."""
    _change(
        find_target(data, database, config),
        lambda connection: retirement.release_hold(connection, number, reason, _who()),
    )
    print(f"Legal hold {number} is released.")


def _change(target: Path | str, change: Any) -> Any:
    async def work() -> Any:
        async with owner_url(target) as address, owner_connection(address) as connection:
            await check(connection)
            return await change(connection)

    return run_told(work())


def _who() -> str:
    """Return who runs the command, for the record."""
    return getpass.getuser()


def _moment(text: str, option: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise CommandError(
            f"{option} takes a date such as 2031-01-01, not {text!r}.", ExitCode.USAGE
        ) from None


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
