"""The private tables of this node: made at sitting, loaded by replay, left when idle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from weakref import WeakValueDictionary

import structlog

from games.catalogue import Catalogue
from games.game import AnyGame, StakeLimits
from protocol.errors import ErrorCode, Refused
from protocol.messages.tables import ActivityList
from server.background import Background
from server.database.compatibility import other_programs_run
from server.database.errors import DATABASE_ERRORS
from server.fairness.chains import SeedChain
from server.fairness.health import EntropyFailure, EntropyGate
from server.fairness.vault import Vault
from server.ledger.items import Item
from server.tables.activity import Activity
from server.tables.chain_writer import ChainWriter, NewChain
from server.tables.records import NotInThisProgram, Records
from server.tables.table import Chain, OpenRound, Player, PrivateTable

log = structlog.get_logger(__name__)

MOST_TABLES: Final = 16
"""Tables that one player may sit at."""
SWEEP_S: Final = 5.0
_RETRY_S: Final = 0.25
_EPOCH_SHIFT: Final = 32
"""Of a table's epoch: above it the node's, below it a count of the tables that it has loaded."""

# A player's tables: their chains that are not retired, and how far each has been played.
_CHAINS: Final = """
    SELECT c.id, c.seating, c.secret, c.key_id, c.length, v.game, v.version, v.id AS game_version,
        c.account, c.retired_at, o.n AS open_n, o.step, o.parked, o.failures,
        extract(epoch FROM clock_timestamp() - greatest(c.created_at, (
            SELECT r.ended_at FROM round r WHERE r.chain = c.id ORDER BY r.n DESC LIMIT 1
        ))) AS idle_s,
        coalesce((SELECT max(r.n) FROM round r WHERE r.chain = c.id), 0) AS played
    FROM chain c
    JOIN game_version v ON v.id = c.game_version
    LEFT JOIN open_round o ON o.chain = c.id
    WHERE {condition} AND (c.retired_at IS NULL OR o.chain IS NOT NULL)
    ORDER BY c.id
"""
_OF_ACCOUNT: Final = _CHAINS.format(condition="c.account = $1")
_OF_CHAIN: Final = _CHAINS.format(condition="c.id = $1")
# Where several nodes run, each ends the rounds of its own chains (bits 14 to 21 of an id are the
# node's); after ten seconds their node is gone, or elsewhere with its player, and any may.
_OVERDUE: Final = """
    SELECT chain, n FROM open_round
    WHERE NOT parked AND deadline < clock_timestamp()
        AND (chain >> 14 & 255 = $1 OR deadline < clock_timestamp() - interval '10 s')
    ORDER BY deadline LIMIT 100
"""
_OPEN_ROUNDS: Final = """
    SELECT chain, n, failures FROM open_round o
    WHERE NOT EXISTS (SELECT FROM live_round l WHERE l.chain = o.chain)
"""
_PARKED_LIVE: Final = """
    SELECT count(*) FROM live_round l JOIN open_round o ON o.chain = l.chain WHERE o.parked
"""


def _nobody(_account: int) -> Player | None:
    return None


class Directory:
    """Every private table that this node has in memory. Also the `House` of its tables."""

    def __init__(
        self,
        pool: Any,
        *,
        catalogue: Catalogue,
        versions: dict[tuple[str, int], int],
        vault: Vault,
        entropy: EntropyGate,
        records: Records,
        submit: Callable[[Item], bool],
        next_id: Callable[[], int],
        limits: Callable[[AnyGame, str], StakeLimits],
        node: int,
        node_epoch: int,
        client_seed: bool,
        chain_rounds: int,
        chain_idle_s: float,
        idle_unload_s: float,
        decision_deadline_ms: int,
    ) -> None:
        self._pool = pool
        self._writer = ChainWriter(pool)
        self.catalogue = catalogue
        self._versions = versions
        self._vault = vault
        self._entropy = entropy
        self._records = records
        self.submit = submit
        self.next_id = next_id
        self._limits = limits
        self._node = node
        self._node_epoch = node_epoch
        self.client_seed = client_seed
        self._chain_rounds = chain_rounds
        self._chain_idle_s = chain_idle_s
        self._idle_unload_s = idle_unload_s
        self.decision_deadline_ms = decision_deadline_ms
        self._tables: dict[str, PrivateTable] = {}
        """By the id that the client names."""
        self._by_account: dict[int, dict[str, PrivateTable]] = {}
        self._reloading: dict[int, PrivateTable] = {}
        self._loaded = 0
        self._activity = Activity(self.monotonic)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self.player_of: Callable[[int], Player | None] = _nobody
        self._background = Background("work on a table failed")
        self.draining = False

    # -- what tables ask of the node ----------------------------------------------------------

    monotonic = staticmethod(time.monotonic)

    def check_open(self) -> None:
        """Raise Refused where no new round may be opened."""
        if self.draining:
            raise Refused(ErrorCode.DRAINING)
        if not self._entropy.healthy:
            raise Refused(ErrorCode.UNAVAILABLE)

    def renew_chain(self, table: PrivateTable) -> None:
        """Make a new chain durable in the background; one at a time a table."""
        if table.renewing:
            return
        table.renewing = True
        self._background.spawn(self._renew(table))

    def ensure_chain(self, table: PrivateTable) -> None:
        """See to it that a table whose chain was retired for idleness gets a new one."""
        if table.opened is None and not (table.busy or table.closed):
            chain = table.chain
            if chain is None or chain.exhausted:
                self.renew_chain(table)

    def failed(self, table: PrivateTable, reason: str) -> None:
        """Reload a table: memory and record disagree, and the record is right."""
        if table.id in self._reloading:
            return
        self._reloading[table.id] = table
        log.warning("table reloaded", reason=reason, game=table.game.name)
        table.busy = True  # what comes meanwhile is told to come again
        self._background.spawn(self._reload(table))

    def superseded(self, game: AnyGame) -> bool:
        """Whether new rounds are played under a newer version of this game."""
        return self.catalogue.current(game.name) is not game

    # -- sitting, finding, leaving ------------------------------------------------------------

    def find(self, account: int, table_id: str) -> PrivateTable | None:
        """Return a table in memory that belongs to this account."""
        table = self._tables.get(table_id)
        return table if table is not None and table.account == account else None

    def of_account(self, account: int) -> tuple[PrivateTable, ...]:
        """Return the tables in memory of one account."""
        return tuple(self._by_account.get(account, {}).values())

    def __len__(self) -> int:
        """Return how many tables are in memory."""
        return len(self._tables)

    def activity(self) -> ActivityList:
        """Return how much is going on at the games of this node."""
        return self._activity.listed(self._by_account)

    async def load(self, account: int) -> tuple[PrivateTable, ...]:
        """Load the tables of an account by replay; those in memory stay as they are."""
        async with self._lock(account):
            # Oldest first, so that a chain's successor finds its table.
            for row in await self._pool.fetch(_OF_ACCOUNT, account):
                await self._restore(row)
        return self.of_account(account)

    async def sit(self, account: int, currency: str, name: str) -> PrivateTable:
        """Return the account's table of a game, made durable if it is new. Raises Refused."""
        game = self.catalogue.current(name)
        if game is None:
            raise Refused(ErrorCode.UNKNOWN_GAME)
        table = self._by_account.get(account, {}).get(name)
        if table is None:
            await self.load(account)
            table = self._by_account.get(account, {}).get(name)
        if table is not None and table.opened is None and (table.closed or table.game is not game):
            await self.leave(table)  # new rounds are played under a newer version
            table = None
        if table is not None:
            self.ensure_chain(table)
            return table
        if len(self._by_account.get(account, {})) >= MOST_TABLES:
            raise Refused(ErrorCode.TOO_MANY_TABLES)
        self.check_open()
        table = self._make(self.next_id(), account, game, currency)
        async with self._lock(account):
            existing = self._by_account.get(account, {}).get(name)
            if existing is not None:
                return existing
            table.start_with(await self._new_chain(table))
            self._remember(table)
        return table

    def leave_to_others(self, account: int) -> None:
        """Forget an account's tables: its session goes on at another node, which loads them."""
        for table in self.of_account(account):
            if not table.busy and not table.renewing:
                self._forget(table)

    async def game_of(self, chain: int) -> AnyGame | None:
        """Return the game that a chain is played under, or None."""
        row = await self._pool.fetchrow(
            "SELECT v.game, v.version FROM chain c JOIN game_version v ON v.id = c.game_version"
            " WHERE c.id = $1",
            chain,
        )
        return None if row is None else self.catalogue.version(row["game"], row["version"])

    async def leave(self, table: PrivateTable) -> None:
        """Close a table: its chain is retired. Raises Refused while a round is open."""
        if table.opened is not None:
            raise Refused(ErrorCode.ROUND_OPEN, details={"round": table.round_id})
        if table.busy or table.renewing:
            raise Refused(ErrorCode.BUSY)
        table.closed = True
        try:
            await self._retire(_chains_of(table), "left")
        except BaseException:
            table.closed = False
            raise
        self._forget(table)

    # -- background ---------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Retire idle chains, unload idle tables, and end rounds past their deadline, for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep_once()
            except DATABASE_ERRORS as error:
                log.warning("sweep interrupted", error=type(error).__name__)
            except Exception:
                log.exception("sweep failed")

    async def sweep_once(self) -> None:
        """Do one round of the sweep."""
        self._activity.sample()
        now = self.monotonic()
        for table in list(self._tables.values()):
            if table.busy or table.opened is not None or table.renewing:
                if table.player is None and table.opened is not None and not table.busy:
                    self._unload_idle(table, now)
                continue
            idle = now - table.used_at
            if idle >= self._chain_idle_s and table.chain is not None:
                chains = _chains_of(table)
                table.chain = table.next_chain = table.spent = None
                table.round_id = ""
                await self._retire(chains, "idle")
            self._unload_idle(table, now)
        for row in await self._pool.fetch(_OVERDUE, self._node):
            try:
                await self._end_overdue(row["chain"], row["n"])
            except DATABASE_ERRORS:
                raise
            except Exception as error:  # one round's fault must not keep the others' money
                if not await self._is_for_others(row["chain"], error):
                    log.exception("overdue round not ended", chain=row["chain"])
                    await self._give_up(row["chain"], row["n"])

    async def recover(self) -> tuple[int, int]:
        """Replay every open round at start-up; returns (how many can go on, how many cannot).

        A parked one goes on as well where this program can play it, because its rules are back.
        Rounds of live tables go on when those are taken; parked ones are counted here.
        """
        rows = await self._pool.fetch(_OPEN_ROUNDS)
        good = bad = 0
        for row in rows:
            try:
                record = await self._records.undecided(row["chain"], row["n"])
                if record is not None:
                    record.game.view(record.state(), 0)
            except DATABASE_ERRORS:
                raise  # says nothing about the round
            except Exception as error:  # noqa: BLE001 - whatever it is, the other rounds go on
                bad += 1
                await self._does_not_replay(row["chain"], error)
                continue
            good += 1
            if row["failures"]:
                await self._pool.execute("SELECT round_replayed($1)", row["chain"])
        return good, bad + await self._pool.fetchval(_PARKED_LIVE)

    async def _give_up(self, chain: int, n: int) -> None:
        """Count that the platform could not end a round; the second time parks it.

        Tried for ever, a hundred of them would keep the platform from all other overdue rounds.
        """
        if await self._pool.fetchval("SELECT round_failed($1)", chain):
            for table in list(self._tables.values()):
                if table.waits_in(chain, n) and not table.busy:
                    self._forget(table)  # its player may sit down anew

    async def _is_for_others(self, chain: int, error: Exception) -> bool:
        """Whether a round fails only here, while a program of another version runs as well."""
        if not isinstance(error, NotInThisProgram) or not await other_programs_run(self._pool):
            return False
        log.warning("open round left to others", chain=chain, reason=str(error))
        return True

    async def _does_not_replay(self, chain: int, error: Exception) -> None:
        """Count a failed replay; the second parks the round."""
        if await self._is_for_others(chain, error):
            return
        parked = await self._pool.fetchval("SELECT round_failed($1)", chain)
        log.error("open round does not replay", chain=chain, parked=parked, exc_info=error)

    async def close(self) -> None:
        """Wait for what runs in the background."""
        await self._writer.close()
        await self._background.close()

    # -- inner --------------------------------------------------------------------------------

    def _make(self, table_id: int, account: int, game: AnyGame, currency: str) -> PrivateTable:
        # A table that is loaded again counts its events from the start: in an epoch of its own.
        self._loaded += 1
        return PrivateTable(
            self,
            table_id=table_id,
            account=account,
            game=game,
            game_version=self._versions[game.name, game.version],
            limits=self._limits(game, currency),
            epoch=(self._node_epoch << _EPOCH_SHIFT) + self._loaded,
            tally=self._activity.tally(game.name),
        )

    def _lock(self, account: int) -> asyncio.Lock:
        """Return the lock under which an account's tables are made and loaded."""
        lock = self._locks.get(account)
        if lock is None:
            lock = self._locks[account] = asyncio.Lock()
        return lock

    def _remember(self, table: PrivateTable) -> None:
        table.player = self.player_of(table.account)
        self._tables[table.wire_id] = table
        self._by_account.setdefault(table.account, {})[table.game.name] = table

    def _forget(self, table: PrivateTable) -> None:
        if self._tables.pop(table.wire_id, None) is None:
            return
        tables = self._by_account.get(table.account)
        if tables is not None:
            tables.pop(table.game.name, None)
            if not tables:
                del self._by_account[table.account]

    def _unload_idle(self, table: PrivateTable, now: float) -> None:
        if table.player is None and now - table.used_at >= self._idle_unload_s:
            self._forget(table)

    async def _restore(self, row: Any) -> None:
        """Put one chain of the record on its table, with its open round replayed.

        Whatever is wrong with a chain or a round, its player plays on without it.
        """
        if row["parked"]:
            return
        try:
            await self._place(row)
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            if row["open_n"] is not None:
                await self._does_not_replay(row["id"], error)
            else:
                log.exception("chain does not open", chain=row["id"])
                await self._retire((row["id"],), "unreadable")

    async def _place(self, row: Any) -> None:
        known = self._by_account.get(row["account"], {}).get(row["game"])
        if known is not None and self._reloading.get(known.id) is known:
            known = None  # what is in memory is about to be replaced
        if known is not None and known.id == row["seating"]:
            if not _overtaken(known, row):
                self._follow_up(known, row)
                return
            await self._retire(_chains_of(known), "overtaken")
            self._forget(known)
            known = None
        game = self.catalogue.version(row["game"], row["version"])
        if game is None:
            message = f"{row['game']} version {row['version']} is not in this program"
            raise NotInThisProgram(message)
        if row["open_n"] is None and (
            known is not None
            or self.superseded(game)
            or row["idle_s"] >= self._chain_idle_s
            or row["played"] >= row["length"]
        ):
            await self._retire((row["id"],), "idle")
            return
        if known is not None:
            self._forget(known)  # the table with an open round is the one to come back to
        await self._restore_table(row, game)

    def _follow_up(self, table: PrivateTable, row: Any) -> None:
        """Go on with a table's next chain where the one before is spent."""
        current = table.chain
        if current is None or current.id >= row["id"] or table.opened or table.busy:
            return
        if table.renewing:
            return  # the chain is handed to the table by whoever makes it
        if current.exhausted:
            table.start_with(Chain(row["id"], self._seeds(row), row["played"] + 1))
        elif row["open_n"] is None and row["played"] == 0:
            table.next_chain = Chain(row["id"], self._seeds(row))

    async def _restore_table(self, row: Any, game: AnyGame) -> None:
        currency = await self._pool.fetchval(
            "SELECT currency FROM account WHERE id = $1", row["account"]
        )
        table = self._make(row["seating"], row["account"], game, currency)
        opened = None
        chain = Chain(row["id"], self._seeds(row), row["played"] + 1)
        if row["open_n"] is not None:
            record = await self._records.undecided(row["id"], row["open_n"])
            if record is None:
                return
            opened = OpenRound(row["open_n"], record.state(), len(record.inputs))
            table.view(opened.state)  # a round that cannot be shown keeps nobody from signing in
        table.start_with(chain, opened)
        self._remember(table)

    def _seeds(self, row: Any) -> SeedChain:
        seeds = SeedChain(self._vault.open(row["id"], row["secret"], row["key_id"]), row["length"])
        if row["retired_at"] is None or row["open_n"] is None:
            return seeds
        # After a restore later seeds may be known. What is open ends, and nothing follows it.
        return SeedChain(seeds.seed(row["open_n"]), row["open_n"])

    async def _reload(self, table: PrivateTable) -> None:
        """Load a table again; until then the old one stays and says that it is busy."""
        self._reloading[table.id] = table
        try:
            while True:
                try:
                    await self.load(table.account)
                except DATABASE_ERRORS as error:
                    log.warning("table not reloaded", error=type(error).__name__)
                    await asyncio.sleep(_RETRY_S)
                else:
                    return
        finally:
            del self._reloading[table.id]
            if self._tables.get(table.wire_id) is table:
                self._forget(table)

    async def _end_overdue(self, chain: int, n: int) -> None:
        """Let the platform end a round whose player's time has run out."""
        for row in await self._pool.fetch(_OF_CHAIN, chain):
            seating = str(row["seating"])
            table = self._tables.get(seating)
            if table is None:
                async with self._lock(row["account"]):
                    await self._restore(row)
                table = self._tables.get(seating)
            # Its player may have ended it since it was found, and be in the next one.
            if table is not None and table.waits_in(chain, n):
                try:
                    table.platform_step()
                except Refused as refused:
                    if refused.code is not ErrorCode.UNAVAILABLE:
                        raise

    async def _renew(self, table: PrivateTable) -> None:
        """Make a new chain durable; tries until it can, for a table without one cannot play."""
        while True:
            try:
                chain = await self._new_chain(table)
            except DATABASE_ERRORS as error:
                log.warning("chain not made", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
            except Refused:
                table.renewing = False
                return
            except Exception:
                table.renewing = False  # the next bet tries again
                raise
            else:
                table.chain_ready(chain)
                return

    async def _new_chain(self, table: PrivateTable) -> Chain:
        if not self._entropy.healthy:
            raise Refused(ErrorCode.UNAVAILABLE)
        try:
            seeds = SeedChain.fresh(self._chain_rounds, self._entropy.fresh)
        except EntropyFailure as failure:
            log.critical("entropy failed", reason=str(failure))
            raise Refused(ErrorCode.UNAVAILABLE) from None
        current = table.chain
        identifier = self.next_id()
        sealed, key_id = self._vault.seal(identifier, seeds.last_seed)
        await self._writer.write(
            NewChain(
                id=identifier,
                seating=table.id,
                account=table.account,
                game_version=table.game_version,
                commitment=seeds.commitment,
                secret=sealed,
                key_id=key_id,
                length=seeds.length,
                follows=table.spent,
            ),
            patient=current is not None and current.lasts,
        )
        table.spent = None
        return Chain(identifier, seeds)

    async def _retire(self, chains: Iterable[int], reason: str) -> None:
        for chain in chains:
            await self._pool.execute("SELECT chain_retire($1, $2)", chain, reason)


def _overtaken(table: PrivateTable, row: Any) -> bool:
    """Whether a table stands on a chain that should have been retired for the one of this row.

    The retirement failed, or the answer that the chain was made got lost. Where both are loaded the
    later one counts as soon as it has been played on: an open round of it must not be hidden.
    """
    chain = table.chain
    if chain is None or chain.id >= row["id"] or table.opened or table.busy or table.renewing:
        return False
    return not chain.exhausted and (row["open_n"] is not None or row["played"] > 0)


def _chains_of(table: PrivateTable) -> tuple[int, ...]:
    """Return every chain of a table that may not be retired yet, the oldest first."""
    ahead = (chain.id for chain in (table.chain, table.next_chain) if chain is not None)
    return (*ahead,) if table.spent is None else (table.spent, *ahead)
