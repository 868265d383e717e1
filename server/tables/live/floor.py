"""The live tables that this node owns: takes them, loads them, and lets them go."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from games.catalogue import Catalogue
from games.game import AnyGame
from games.live import live_rules
from protocol.errors import ErrorCode, Refused
from server.background import Background
from server.database.errors import DATABASE_ERRORS
from server.fairness.chains import SeedChain
from server.fairness.health import EntropyFailure, EntropyGate
from server.fairness.vault import Vault
from server.ledger.items import Verdict
from server.tables.chain_writer import ChainWriter, NewChain
from server.tables.live import parking
from server.tables.live.core import CHAIN_LIFE_S, Timer
from server.tables.live.loading import load_board, load_round, load_seats, resume_round
from server.tables.live.seats import Push, Seat
from server.tables.live.settings import TableSettings, TableState
from server.tables.live.table import LiveTable
from server.tables.live.terms import Terms
from server.tables.records import NotInThisProgram
from server.tables.table import Chain

__all__ = ["LiveFloor"]

log = structlog.get_logger(__name__)

CHAIN_ROUNDS: Final = 1_024
"""Rounds of a shared chain; it is left after a day as well."""
SWEEP_S: Final = 1.0
_RETRY_S: Final = 0.25
_TABLE: Final = "SELECT * FROM live_table WHERE id = $1"
_SET: Final = "SELECT live_table_set($1, $2, $3, $4, $5)"
_CHANGE: Final = "SELECT live_table_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
_CHAINS: Final = """
    SELECT c.id, c.secret, c.key_id, c.length, c.game_version, v.game, v.version, l.n AS open_n,
        c.retired_at IS NOT NULL AS retired, c.retired_for,
        extract(epoch FROM clock_timestamp() - c.created_at) AS age_s,
        coalesce((SELECT max(r.n) FROM round r WHERE r.chain = c.id), 0) AS played
    FROM chain c
    JOIN game_version v ON v.id = c.game_version
    LEFT JOIN live_round l ON l.chain = c.id
    WHERE c.seating = $1 AND c.account IS NULL AND (c.retired_at IS NULL OR l.chain IS NOT NULL)
    ORDER BY c.id
"""
_RECORDED: Final = """
    SELECT verdict, balance, held, version FROM request WHERE session = $1 AND id = $2
"""
_SECRET: Final = "SELECT secret, key_id, length FROM chain WHERE id = $1"  # noqa: S105 - a query


class Ownership(Protocol):
    """Who may act for a table."""

    def owns(self, table: int, epoch: int) -> bool:
        """Whether this node owns a table under an epoch, at this moment."""

    async def release(self, table: int) -> None:
        """Let a table go."""

    def avoid(self, table: int) -> None:
        """Leave a table to other nodes for a while."""


class LiveFloor:
    """Every live table that this node owns. Also the `LiveHouse` of its tables."""

    def __init__(
        self,
        pool: Any,
        *,
        catalogue: Catalogue,
        versions: dict[tuple[str, int], int],
        vault: Vault,
        entropy: EntropyGate,
        submit: Callable[[Any], bool],
        next_id: Callable[[], int],
        ownership: Ownership,
        client_seed: bool,
    ) -> None:
        self._pool = pool
        self._writer = ChainWriter(pool)
        self.catalogue = catalogue
        self._versions = versions
        self._vault = vault
        self._entropy = entropy
        self.submit = submit
        self.next_id = next_id
        self._ownership = ownership
        self.client_seed = client_seed
        self.tables: dict[int, LiveTable] = {}
        self._epochs: dict[int, int] = {}
        """Under which epoch each table is owned, those included that are still being loaded."""
        self._background = Background("work on a live table failed")
        self.draining = False
        self._giving = False
        """Whether the next table whose round is over is to be handed over."""
        self.told: Callable[[LiveTable, Push], None] = _nobody
        """Where events go; set by whoever sends them on."""
        self.shown: Callable[[LiveTable], None] = _unseen
        """Who is told that a table looks different to operators and in the lobby."""
        self.witnessed: Callable[[LiveTable, Push], None] = _nobody
        """Who else hears of events: whoever writes them up for operators."""
        self.arrived: Callable[[LiveTable], None] = _unseen
        self.gone: Callable[[LiveTable], None] = _unseen
        self.gave: Callable[[int], None] = _unseen
        """Who is told of each table that was handed over because this node owned too many."""

    # -- what tables ask of the node ----------------------------------------------------------

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call back later."""
        return asyncio.get_running_loop().call_later(seconds, call)

    def recorded(
        self, session: int, request: int, then: Callable[[int, int, int, int], None]
    ) -> None:
        """Read a request that is on record, in the background, until that succeeds."""
        self._background.spawn(self._read(session, request, then))

    async def _read(
        self, session: int, request: int, then: Callable[[int, int, int, int], None]
    ) -> None:
        while True:
            try:
                row = await self._pool.fetchrow(_RECORDED, session, request)
            except DATABASE_ERRORS as error:
                log.warning("request not read", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
            then(*(row or (Verdict.KNOWN, 0, 0, 0)))
            return

    def check_open(self) -> None:
        """Raise Refused where no new round may be opened."""
        if self.draining:
            raise Refused(ErrorCode.DRAINING)
        if not self._entropy.healthy:
            raise Refused(ErrorCode.UNAVAILABLE)

    def superseded(self, game: AnyGame) -> bool:
        """Whether new rounds are played under a newer version of this game."""
        return self.catalogue.current(game.name) is not game

    def handed_over(self, table: LiveTable) -> bool:
        """Hand a table over, now that nobody can bet there, if one is to go; whether it went."""
        if not self._giving or not (table.between_rounds or table.between_rolls):
            return False
        self._hand_over(table)
        return True

    def renew_chain(self, table: LiveTable) -> None:
        """Make a new chain durable in the background."""
        table.renewing = True
        self._background.spawn(self._renew(table))

    def tell(self, table: LiveTable, push: Push) -> None:
        """Send an event to everybody at the table; none by a table that is owned no more."""
        if self._ownership.owns(table.id, table.fence):
            self.told(table, push)
            self.witnessed(table, push)

    def changed(self, table: LiveTable) -> None:
        """Take note that a table looks different."""
        self.shown(table)

    def failed(self, table: LiveTable, reason: str) -> None:
        """Let a table go whose memory and record disagree: whoever takes it loads the record."""
        if not table.dead:
            log.warning("live table reloaded", table=table.id, reason=reason)
            self._let_go(table)

    def refused(self, table: LiveTable, reason: str) -> None:
        """Let a table go to try again what was refused; after a few times its round is parked."""
        if not table.dead:
            log.warning("live round refused", table=table.id, reason=reason)
            self._drop(table)
            self._background.spawn(self._count(table, reason))

    async def _count(self, table: LiveTable, reason: str) -> None:
        """Count it on record, which whoever takes the table next finds; then let the table go."""
        await parking.count(self._pool, table, reason, self._ownership.owns)
        await self._release(table.id)

    def lost(self, table: LiveTable) -> None:
        """Take note that a table is owned under another epoch."""
        if not table.dead:
            log.warning("live table lost", table=table.id)
            self._let_go(table)

    # -- owning -------------------------------------------------------------------------------

    def take(self, table_id: int, epoch: int) -> None:
        """Load a table that is owned from now on."""
        self._epochs[table_id] = epoch
        self._background.spawn(self._load(table_id, epoch))

    def give_up(self, table_id: int, epoch: int) -> None:
        """Stop a table that is owned no more."""
        if self._epochs.get(table_id) == epoch:
            del self._epochs[table_id]
        table = self.tables.get(table_id)
        if table is not None and table.fence == epoch:
            self._drop(table)

    def _let_go(self, table: LiveTable) -> None:
        """Give a table up, for whoever takes it next to load from the record."""
        self._drop(table)
        self._background.spawn(self._release(table.id))

    def _drop(self, table: LiveTable) -> None:
        table.die()
        if self.tables.get(table.id) is table:
            del self.tables[table.id]
            self.gone(table)

    async def _release(self, table_id: int) -> None:
        try:
            await self._ownership.release(table_id)
        except DATABASE_ERRORS as error:
            log.warning("table not released", table=table_id, error=type(error).__name__)

    async def _load(self, table_id: int, epoch: int) -> None:
        while self._epochs.get(table_id) == epoch:
            try:
                table = await self._loaded(table_id, epoch)
            except DATABASE_ERRORS as error:
                log.warning("live table not loaded", table=table_id, error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
            except NotInThisProgram as other:
                log.warning("live table left to others", table=table_id, reason=str(other))
                self._ownership.avoid(table_id)
                await self._release(table_id)
                return
            except Exception:
                # Kept, so that no node after the other falls over it; an operator sees no table.
                log.exception("live table does not load", table=table_id)
                broken = self.tables.get(table_id)
                if broken is not None and broken.fence == epoch:
                    self._drop(broken)
                return
            if table is None:
                await self._release(table_id)
            return

    async def _loaded(self, table_id: int, epoch: int) -> LiveTable | None:
        row = await self._pool.fetchrow(_TABLE, table_id)
        if row is None:
            return None
        settings = TableSettings.of_row(row)
        chains = await self._pool.fetch(_CHAINS, table_id)
        opened = [chain for chain in chains if chain["open_n"] is not None]
        game = self.catalogue.current(settings.game)
        if opened:
            game = self.catalogue.version(opened[0]["game"], opened[0]["version"])
        rules = None if game is None else live_rules(game)
        if game is None or rules is None:
            message = f"{settings.game} is no game for a live table of this program"
            raise NotInThisProgram(message)
        table = LiveTable(
            self,
            settings,
            rules,
            game_version=self._versions[game.name, game.version],
            fence=epoch,
            epoch=epoch,
        )
        await self._place_chains(table, chains)
        await load_seats(self._pool, table)
        round_ = await load_round(self._pool, table)
        await load_board(self._pool, table, self._seeds_of)
        if self._epochs.get(table_id) != epoch:
            return table  # lost meanwhile: it was never shown
        self.tables[table_id] = table
        self.arrived(table)
        self.shown(table)
        if round_ is not None:
            restored = any(chain["retired_for"] == "restore" for chain in opened)
            await resume_round(self._pool, table, round_, restored=restored)
        else:
            table.start()
        return table

    async def _place_chains(self, table: LiveTable, rows: Any) -> None:
        """Put the table on the chain that it was played on; leave those that are over."""
        for row in rows:
            over = row["played"] >= row["length"] or row["age_s"] > CHAIN_LIFE_S
            same = row["game_version"] == table.game_version
            if row["open_n"] is None and (over or not same or table.chain is not None):
                await self._pool.execute("SELECT chain_retire($1, $2)", row["id"], "overtaken")
                continue
            if row["retired"] or over or not same:
                table.ending = row["id"]
            seeds = SeedChain(
                self._vault.open(row["id"], row["secret"], row["key_id"]), row["length"]
            )
            table.chain = Chain(row["id"], seeds, row["open_n"] or row["played"] + 1)

    async def _seeds_of(self, chain: int) -> SeedChain | None:
        row = await self._pool.fetchrow(_SECRET, chain)
        if row is None:
            return None
        return SeedChain(self._vault.open(chain, row["secret"], row["key_id"]), row["length"])

    # -- chains -------------------------------------------------------------------------------

    async def _renew(self, table: LiveTable) -> None:
        while not table.dead:
            try:
                chain = await self._new_chain(table)
            except DATABASE_ERRORS as error:
                log.warning("chain not made", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
            except EntropyFailure as failure:
                log.critical("entropy failed", reason=str(failure))
                table.renewing = False
                if table.awaits_chain:
                    # Bets stand on it: let a node roll on that can.
                    self._ownership.avoid(table.id)
                    self.failed(table, "no chain can be made here")
                return
            else:
                table.chain_ready(chain)
                return

    async def _new_chain(self, table: LiveTable) -> Chain:
        seeds = SeedChain.fresh(CHAIN_ROUNDS, self._entropy.fresh)
        identifier = self.next_id()
        sealed, key_id = self._vault.seal(identifier, seeds.last_seed)
        await self._writer.write(
            NewChain(
                id=identifier,
                seating=table.id,
                account=None,
                game_version=table.game_version,
                commitment=seeds.commitment,
                secret=sealed,
                key_id=key_id,
                length=seeds.length,
                follows=table.spent,
            )
        )
        table.spent = None
        return Chain(identifier, seeds)

    # -- seats --------------------------------------------------------------------------------

    async def take_seat(
        self,
        table: LiveTable,
        account: int,
        wanted: int | None,
        client_seed: bytes | None,
        chain: str | None,
    ) -> Seat:
        """Put an account on a seat, on record first. Raises Refused.

        A client seed counts only with the chain in play, named by whoever was told its commitment:
        else the house could make a chain to fit seeds that it knows.
        """
        tried: set[int] = set()
        while True:
            number = table.free_seat(account, wanted, tried)
            own = table.seat_of(account)
            if own is not None and own.standing_up:
                raise Refused(ErrorCode.BUSY)
            current = table.chain
            seed, seed_chain = (own.client_seed, own.seed_chain) if own else (b"", None)
            if client_seed is not None:
                named = current is not None and chain == str(current.id)
                seed, seed_chain = (client_seed, current.id) if named and current else (b"", None)
            taken = await self._pool.fetchval(
                "SELECT live_seat_take($1, $2, $3, $4, $5, $6)",
                table.id,
                table.fence,
                number,
                account,
                seed,
                seed_chain,
            )
            if table.dead or not self._ownership.owns(table.id, table.fence):
                raise Refused(ErrorCode.TABLE_MOVED)
            if taken:
                break
            if wanted is not None or own is not None:
                raise Refused(ErrorCode.SEAT_TAKEN)  # his own may be one that the table has lost
            tried.add(number)  # somebody sat down there at the same moment
        table.sit(number, account, seed, seed_chain, own.player if own else None)
        return table.seats[number]

    async def leave_seat(self, table: LiveTable, seat: Seat) -> None:
        """Give a seat up; with bets on the round it is given up when they are settled."""
        if table.has_bets(seat):
            seat.leaving = True
            return
        # Else a bet from here and one of whoever comes next would stand on the same seat.
        seat.standing_up = True
        try:
            left = await self._pool.fetchval(
                "SELECT live_seat_leave($1, $2, $3, $4)",
                table.id,
                table.fence,
                seat.number,
                seat.account,
            )
        finally:
            seat.standing_up = False
        if left:
            table.stand_up(seat)

    async def sweep(self) -> None:
        """Free the seats of those who stay away or have left, for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep_once()
            except DATABASE_ERRORS as error:
                log.warning("sweep interrupted", error=type(error).__name__)

    async def sweep_once(self) -> None:
        """Free the seats that are due."""
        now = self.monotonic()
        for table in list(self.tables.values()):
            hold_s = table.settings.seat_hold_ms / 1000
            for seat in list(table.seats.values()):
                away = seat.away_at is not None and now - seat.away_at >= hold_s
                if (away or seat.leaving) and not table.has_bets(seat):
                    await self.leave_seat(table, seat)

    def table(self, table_id: int) -> LiveTable:
        """Return a table of this node. Raises Refused where it has moved."""
        table = self.tables.get(table_id)
        if table is None or not self._ownership.owns(table_id, table.fence):
            raise Refused(ErrorCode.TABLE_MOVED)
        return table

    # -- the operator's hand ------------------------------------------------------------------

    async def set_state(
        self,
        table: LiveTable,
        state: TableState,
        origin: str | None = None,
        record: int | None = None,
    ) -> None:
        """Open, pause or close a table, on record first. Raises Refused.

        One whose round is parked is opened to try again what was refused. `origin` says who wants
        it and `record` where the reason is, if that is known.
        """
        if table.parked is not None and state is TableState.OPEN:
            if not await parking.retry(self._pool, table, origin, record):
                raise Refused(ErrorCode.TABLE_MOVED)
            self._let_go(table)
            return
        if state is TableState.CLOSED and table.round is not None:
            state = TableState.CLOSING
        done = await self._pool.fetchval(_SET, table.id, table.fence, int(state), origin, record)
        if not done or table.dead:
            raise Refused(ErrorCode.TABLE_MOVED)
        table.set_state(state)

    async def change(
        self, table: LiveTable, terms: Terms, origin: str, record: int | None = None
    ) -> None:
        """Change what a table takes, on record first; then it is loaded anew.

        Raises Refused: WRONG_REQUEST while it is open or its round goes on, SEAT_TAKEN where
        somebody sits on a seat that would be gone.
        """
        told = await self._pool.fetchval(_CHANGE, table.id, table.fence, *terms, origin, record)
        if told == "wrong_state":
            raise Refused(ErrorCode.WRONG_REQUEST)
        if told == "seats_taken":
            raise Refused(ErrorCode.SEAT_TAKEN)
        if told != "done" or table.dead:
            raise Refused(ErrorCode.TABLE_MOVED)
        log.info("live table changed", table=table.id, origin=origin)
        # Everybody there gets a snapshot from whoever takes it, as after any other change of hands.
        self._let_go(table)

    async def void(self, table: LiveTable, reason: str, record: int | None = None) -> None:
        """Void the round in play: on record first, so that whoever owns the table goes on with it.

        Raises Refused where there is none or it is being paid.
        """
        await parking.order_void(self._pool, table, reason, record)
        if table.dead or table.parked is not None or not table.void(reason):
            # Loaded anew, perhaps once more, it goes by the record, which lets nobody be paid.
            self.failed(self.tables.get(table.id, table), "its round is to be void")

    def give(self, wanted: bool) -> None:  # noqa: FBT001 - as the balancer calls it
        """Hand one table over to the other nodes, between two rounds, or none any more.

        One at which nothing goes on can go at once, any other when its round is over. Which sort it
        is to be is drawn by how many there are of each, so that whoever takes them gets his part of
        those in play.
        """
        if not wanted or self.draining:
            self._giving = False
            return
        tables = list(self.tables.values())
        if self._giving or not tables:
            return
        idle = [table for table in tables if table.between_rounds]
        if random.randrange(len(tables)) < len(idle):  # noqa: S311 - nothing to guess
            self._hand_over(min(idle, key=lambda table: len(table.seats)))
        else:
            self._giving = True

    def _hand_over(self, table: LiveTable) -> None:
        log.info("live table handed over", table=table.id)
        self._giving = False
        self.gave(table.id)
        self._epochs.pop(table.id, None)
        self._let_go(table)

    async def drain(self, deadline_s: float) -> None:
        """Let running rounds end, within a time; each table is handed over when its own has.

        A table of rolls goes between two of them.
        """
        self.draining = True
        self._giving = False
        end = self.monotonic() + deadline_s
        while self.tables:
            late = self.monotonic() >= end
            for table in [t for t in self.tables.values() if late or t.waits_for_nothing]:
                self._drop(table)
                self._epochs.pop(table.id, None)
                await self._release(table.id)
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        """Stop every table; what is open goes on with the next owner."""
        for table in list(self.tables.values()):
            table.die()
        await self._writer.close()
        await self._background.close()


def _nobody(_table: LiveTable, _push: Push) -> None:
    """Nobody is told."""


def _unseen(_table: Any) -> None:
    """Nobody looks."""
