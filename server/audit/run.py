"""One audit from beginning to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from games.catalogue import Catalogue, standard
from server.audit.balances import check_accounts
from server.audit.chains import check_chains
from server.audit.crew import Crew
from server.audit.digests import Digests
from server.audit.findings import Report
from server.audit.house import check_house
from server.audit.live import check_live_rounds, check_live_scene
from server.audit.outcomes import check_outcomes
from server.audit.owners import check_owners
from server.audit.reader import Reader
from server.audit.record import check_record
from server.audit.requests import check_requests
from server.audit.retired import add_retired, stand_at_border
from server.audit.rolls import follow_holds
from server.audit.rounds import check_deadlines, check_open_rounds, check_rounds, name_wagerless
from server.audit.scene import Scene, take_scene
from server.audit.transfers import check_funding, check_holds, check_transfers, name_uncaused
from server.audit.wagers import check_wagers
from server.fairness.vault import Vault

__all__ = ["AuditFailed", "Options", "audit"]

_WORTH_PROCESSES_ROUNDS: Final = 40_000
_WORTH_PROCESSES_CHAINS: Final = 10_000


class AuditFailed(Exception):  # noqa: N818 - the condition, in words for the operator
    """The audit could not be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to look at."""

    newest: int | None = 1_000
    """How many rounds are replayed, the newest ones; None: all."""
    record: Path | None = None
    """A load test's record."""
    load: Callable[[], Catalogue] = standard
    """Gives processes beside this one the same games; it is pickled."""


async def audit(
    reader: Reader, catalogue: Catalogue, keys: dict[str, bytes] | None, options: Options
) -> Report:
    """Audit a ledger, whether it is in use or not.

    `keys` open the secrets of chains; they are needed wherever there is a chain. Raises
    AuditFailed, RecordUnreadable and the errors of asyncpg.
    """
    chains = await reader.value("SELECT count(*) FROM chain")
    if keys is None and chains:
        raise AuditFailed(
            "The seeds of chains cannot be opened: name the server's key file with --key-file."
        )
    if not await stand_at_border(reader):
        raise AuditFailed(
            "Old partitions are being retired at this moment: audit again when that has ended."
        )
    report = Report()
    scene = await take_scene(reader)
    await _check_books(reader, scene, catalogue, report)
    rounds = report.check("rounds", "").looked_at
    if keys:
        replays = rounds if options.newest is None else min(options.newest, rounds)
        much = replays > _WORTH_PROCESSES_ROUNDS or chains > _WORTH_PROCESSES_CHAINS
        crew = Crew(Vault(keys), catalogue, keys if much else None, options.load)
        await _check_fairness(reader, scene, crew, options, report)
    await check_accounts(
        reader,
        report.check("accounts", "Every account exists and is what its id says."),
        report.check("balances", "Every balance equals its transfers; none is below zero."),
        report.check("hours", "The hours that limits count are what was staked and paid."),
    )
    if options.record is not None:
        await check_record(reader, options.record, report)
    return report


async def _check_books(reader: Reader, scene: Scene, catalogue: Catalogue, report: Report) -> None:
    """Check wagers, transfers, house result, rounds and requests against one another."""
    moment = scene.moment
    wagers = report.check("wagers", "Every wager's stake, hold and payout equal its transfers.")
    transfers = report.check("transfers", "Every transfer goes where its kind may go.")
    causes = report.check("causes", "No transfer lacks a cause, and every funding has its own.")
    holds = report.check("holds", "Holds equal open bets.")
    house = report.check("house result", "Stakes less payouts are the same by all accounts.")
    rounds = report.check("rounds", "Every round has its wager and its decisions.")
    live = report.check("live rounds", "Live rounds took bets, closed, were drawn and settled.")
    deadlines = report.check("deadlines", "No round is open past its deadline.")
    requests = report.check("requests", "Every bet and decision was asked for and accepted, once.")
    digests = report.check("digests", "Every round was played with what was asked for.")
    owners = report.check("owners", "Every bet was placed through its player's chain and session.")
    seeds = report.check("seeds", "No seed was used twice, none passed over.")

    wagered = await check_wagers(reader, scene, wagers, rounds)
    moved = await check_transfers(reader, moment, transfers, causes)
    causes.looked_at += transfers.looked_at
    await check_funding(reader, moment, causes)
    if moved.settling != wagered.transfers:
        await name_uncaused(reader, moment, causes)
    await follow_holds(reader, moment, moved.held)
    await check_holds(reader, scene, moved.held, wagers, holds)
    await add_retired(reader, wagered, moved, rounds)
    report.house = await check_house(reader, scene, wagered, moved, house)
    played = await check_rounds(reader, scene, rounds, seeds)
    if played.private != wagered.rounds:
        await name_wagerless(reader, scene, rounds)
    await check_open_rounds(reader, scene, catalogue, holds, seeds)
    await check_live_rounds(reader, scene, live, requests)
    await check_live_scene(reader, scene, catalogue, live, holds, requests)
    check_deadlines(scene, deadlines)
    await check_requests(
        reader,
        scene,
        wagered.private,
        played,
        requests,
        Digests(catalogue, scene, digests),
    )
    await check_owners(reader, scene, owners)


async def _check_fairness(
    reader: Reader, scene: Scene, crew: Crew, options: Options, report: Report
) -> None:
    """Check chains and seeds, and replay rounds."""
    async with crew:
        await check_chains(
            reader,
            crew,
            report.check("chains", "Every chain hashes to its commitment."),
            report.check("seeds", ""),
        )
        outcomes = report.check("replays", "Rounds replay to the stored stake and payout.")
        if options.newest != 0:
            await check_outcomes(reader, scene, crew, options.newest, outcomes)
