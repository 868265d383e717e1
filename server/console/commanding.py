"""Live tables by command: listed, made, and ordered about, as the owner of the database.

What a table's owner has to do is written down as an order, and the node that owns the table does it
at once. A table that no living node owns is changed in the record, under its fence, so that whoever
takes it next finds it so. Each command and its record are one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg

from protocol.schema.console import REFUSALS
from protocol.schema.console_tables import Action
from server.config import LiveTableSettings
from server.console.floor import FROM, STATES
from server.console.live import COMMAND_LINE
from server.console.orders import CHANNEL
from server.database.connect import connect
from server.database.errors import DatabaseError
from server.database.roles import OWNER, SCHEMA
from server.identity.roles import Permission, allowed
from server.tables.live import nodes
from server.tables.live.origins import CONFIG, OnRecord, Origin, read_origins
from server.tables.live.settings import TableState
from server.tables.live.terms import Terms, said_of

__all__ = ["CHANGE", "REVERT", "Done", "NotDone", "TableCommands", "TableListed", "open_tables"]

CHANGE: Final = "change"
REVERT: Final = "revert"
"""For the record; what is ordered is a change whose origin is config.toml, as every node knows."""
TAKEN_S: Final = 10.0
"""How long an order waits for the table's owner: longer than a takeover lasts."""
DONE_S: Final = 5.0
"""How long an owner has for an order that it has begun."""
RUN_S: Final = 5.0
"""How long whoever makes a table waits for a node that runs it."""
_PAUSE_S: Final = 0.05

_LIST: Final = """
    SELECT t.*, m.exponent, l.node, r.chain, r.n, r.parked_for,
        (SELECT count(*) FROM live_seat s WHERE s.table_id = t.id) AS taken,
        (SELECT coalesce(sum(h.amount), 0)::bigint FROM hold h
            WHERE h.chain = r.chain AND h.n = r.n) AS held
    FROM live_table t
    JOIN currency m ON m.code = t.currency
    LEFT JOIN fence f ON f.shared_table = t.id
    LEFT JOIN fence_lease l ON l.id = f.lease AND l.expires_at > clock_timestamp()
    LEFT JOIN live_round r ON r.table_id = t.id
    WHERE $1::text IS NULL OR t.title = $1 OR t.id::text = $1
    ORDER BY t.title
"""
_OWNER: Final = """
    SELECT l.node FROM fence f JOIN fence_lease l ON l.id = f.lease
    WHERE f.shared_table = $1 AND l.expires_at > clock_timestamp()
"""
_ANYBODY: Final = """
    SELECT EXISTS (SELECT FROM fence_lease WHERE expires_at > clock_timestamp() AND NOT draining)
"""
_MAKE: Final = """
    SELECT live_table_make(NULL, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL)
"""
_MADE_UNDER: Final = "UPDATE live_table_origin SET record = $2 WHERE table_id = $1"
_SET: Final = "SELECT live_table_set($1, $2, $3, $4, $5)"
_OPEN: Final = "SELECT live_round_retry($1, $2, $3, $4)"
_CHANGE: Final = "SELECT live_table_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
_ORDER: Final = """
    INSERT INTO live_order (table_id, action, round, terms, actor, role, reason, record, until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 s') RETURNING id
"""
_NOTIFY: Final = f"NOTIFY {CHANNEL}"
_UNTAKEN: Final = """
    UPDATE live_order SET taken_at = clock_timestamp(), done_at = clock_timestamp(),
        refusal = 'unreachable'
    WHERE id = $1 AND taken_at IS NULL RETURNING id
"""


class NotDone(DatabaseError):  # noqa: N818 - an answer, not a fault of ours
    """What was asked for was not done; the text says why, and what to do."""


class TableListed(NamedTuple):
    """A table as it is on record."""

    id: int
    title: str
    game: str
    currency: str
    exponent: int
    terms: Terms
    state: TableState
    taken: int
    """How many seats are taken."""
    round: str | None
    """The round in play."""
    held: int
    """On hold for it, in minor units."""
    parked: str | None
    """Why its round waits for an operator: what the database refused."""
    node: int | None
    """The living node that owns it."""
    origin: str
    made_at: datetime
    changed_at: datetime | None

    def said(self) -> dict[str, Any]:
        """Return it as settings would say it."""
        return said_of(self.title, self.game, self.currency, self.terms, self.exponent)

    @property
    def on_record(self) -> OnRecord:
        """What config.toml could say of it."""
        named = (self.title, self.game, self.currency, self.exponent)
        return OnRecord(*named, self.terms, self.origin)


class Done(NamedTuple):
    """What was asked for is done."""

    table: int
    record: int
    """The number under which it is recorded."""
    node: int | None
    """The node that did it, or runs a new table; None: it was done in the record."""


class _Who(NamedTuple):
    """In whose name a command is run."""

    credential: int | None
    name: str
    role: str
    address: str

    @property
    def origin(self) -> str:
        """How he stands at a table that he made or changed."""
        return f"{'command' if self.credential is None else 'operator'}:{self.name}"


@asynccontextmanager
async def open_tables(
    url: str, user: str, operator: str | None = None
) -> AsyncIterator[TableCommands]:
    """Yield the live tables of a database, for *user* of this system, or an operator by his hand.

    Raises DatabaseUnreachable, and NotDone where this user of the database does not own the tables
    or the operator may not operate any.
    """
    connection = await connect(url, application_name="croupier table")
    try:
        try:
            await connection.execute(f"SET ROLE {OWNER}")
        except asyncpg.PostgresError:
            raise NotDone(
                f"This user of the database does not own the tables: connect as {OWNER}."
            ) from None
        await connection.execute(f"SET search_path = {SCHEMA}, pg_temp")
        yield TableCommands(connection, user, operator)
    finally:
        await connection.close(timeout=5)


class TableCommands:
    """The live tables of a database. Methods raise NotDone, and the database's errors."""

    def __init__(self, connection: Any, user: str, operator: str | None) -> None:
        self.connection = connection
        self._user = user
        self._operator = operator

    async def list(self) -> list[TableListed]:
        """Return all tables, by title."""
        return [_listed(row) for row in await self.connection.fetch(_LIST, None)]

    async def find(self, table: str) -> TableListed:
        """Return the table of a title or id."""
        rows = await self.connection.fetch(_LIST, table)
        if not rows:
            raise NotDone(f"There is no table {table}: see `croupier table list`.")
        # A title may be another table's id: the title counts.
        return _listed(next((row for row in rows if row["title"] == table), rows[0]))

    async def exponents(self) -> dict[str, int]:
        """Return the decimal places of all currencies."""
        rows = await self.connection.fetch("SELECT code, exponent FROM currency")
        return {row["code"]: row["exponent"] for row in rows}

    async def make(
        self, table: LiveTableSettings, terms: Terms, state: TableState, text: str, reason: str
    ) -> Done:
        """Make a table and wait a little for a node to run it; `text` describes it on record."""
        who = await self._who(Permission.TABLES_OPERATE)
        async with self.connection.transaction():
            made = await self.connection.fetchval(
                _MAKE, table.title, table.game, table.currency, *terms, int(state), who.origin
            )
            if made is None:
                raise NotDone(f"There is a table named {table.title} already; choose another name.")
            record = await self._record(who, "make", f"{made} {table.title}", f"{text}: {reason}")
            await self.connection.execute(_MADE_UNDER, made, record)
            await self.connection.execute(_NOTIFY)
        node = None
        if await self.connection.fetchval(_ANYBODY):
            ends_s = asyncio.get_running_loop().time() + RUN_S
            while node is None and asyncio.get_running_loop().time() < ends_s:
                await asyncio.sleep(_PAUSE_S)
                node = await self.connection.fetchval(_OWNER, made)
        return Done(made, record, node)

    async def change(self, table: TableListed, terms: Terms, text: str, reason: str) -> Done:
        """Change what a table takes; `text` tells on record what is different."""
        return await self._do(table, CHANGE, f"{text}: {reason}", terms=terms)

    async def revert(self, table: TableListed, terms: Terms, text: str, reason: str) -> Done:
        """Give a table back to config.toml, which has it take *terms*."""
        return await self._do(table, REVERT, f"{text}: {reason}", terms=terms)

    async def origins(self, table: TableListed) -> dict[str, Origin]:
        """Return where each value of a table comes from."""
        return await read_origins(self.connection, table.id)

    async def act(
        self, table: TableListed, action: Action, reason: str, round_id: str | None = None
    ) -> Done:
        """Do to a table what the operators' pages can."""
        return await self._do(table, action.value, reason, round_id=round_id)

    # -- inner --------------------------------------------------------------------------------

    async def _do(
        self,
        table: TableListed,
        action: str,
        reason: str,
        *,
        round_id: str | None = None,
        terms: Terms | None = None,
    ) -> Done:
        void = action == Action.VOID
        who = await self._who(Permission.ROUNDS_VOID if void else Permission.TABLES_OPERATE)
        subject = f"{table.id} {round_id}" if void else str(table.id)
        change = None
        if terms is not None:
            change = nodes.Change(terms, CONFIG if action == REVERT else who.origin)
        node = await self.connection.fetchval(_OWNER, table.id)
        if node is None and not void:
            done = await self._in_the_record(table, action, change, who, subject, reason)
            if done is not None:
                return done
        elif node is None and not await self.connection.fetchval(_ANYBODY):
            raise NotDone("No node runs: start the server, which goes on with the round.")
        async with self.connection.transaction():
            record = await self._record(who, action, subject, reason)
            order = await self.connection.fetchval(
                _ORDER,
                table.id,
                CHANGE if change is not None else action,
                round_id,
                None if change is None else nodes.encode(change),
                who.name,
                who.role,
                reason,
                record,
                TAKEN_S,
            )
            await self.connection.execute(_NOTIFY)
        await self._answered(order, who, action, subject, record)
        return Done(table.id, record, await self.connection.fetchval(_OWNER, table.id))

    async def _in_the_record(
        self,
        table: TableListed,
        action: str,
        change: nodes.Change | None,
        who: _Who,
        subject: str,
        reason: str,
    ) -> Done | None:
        """Do it where nobody owns the table. None: somebody does by now."""
        async with self.connection.transaction():
            await self.connection.execute("SELECT fence_want($1)", table.id)
            # Whoever wants to take the table waits for this.
            epoch = await self.connection.fetchval(
                "SELECT epoch FROM fence WHERE shared_table = $1 FOR UPDATE", table.id
            )
            if await self.connection.fetchval(_OWNER, table.id) is not None:
                return None
            record = await self._record(who, action, subject, reason)
            if change is not None:
                told = await self.connection.fetchval(
                    _CHANGE, table.id, epoch, *change.terms, change.origin, record
                )
                refusal = {"done": None, "wrong_state": "table_open"}.get(told, told)
            else:
                refusal = await self._set(table.id, Action(action), epoch, who, record)
            if refusal is not None:
                await self._refused(who, action, subject, record, refusal)
        if refusal is not None:
            raise NotDone(REFUSALS[refusal][1])
        return Done(table.id, record, None)

    async def _set(
        self, table: int, action: Action, epoch: int, who: _Who, record: int
    ) -> str | None:
        """Set the state on record. Returns why not."""
        rows = await self.connection.fetch(_LIST, str(table))
        now = _listed(next(row for row in rows if row["id"] == table))
        state = STATES[action]
        if now.state not in FROM[action]:
            return "wrong_state"
        if state is TableState.CLOSED and now.round is not None:
            state = TableState.CLOSING
        if state is TableState.OPEN:  # a parked round is tried again by whoever takes the table
            await self.connection.execute(_OPEN, table, epoch, who.origin, record)
        else:
            await self.connection.execute(_SET, table, epoch, int(state), who.origin, record)
        return None

    async def _answered(
        self, order: int, who: _Who, action: str, subject: str, record: int
    ) -> None:
        """Wait for the answer to an order. Raises NotDone, also where there is none."""
        loop = asyncio.get_running_loop()
        untaken_s = loop.time() + TAKEN_S
        while True:
            row = await self.connection.fetchrow(
                "SELECT taken_at, done_at, refusal FROM live_order WHERE id = $1", order
            )
            if row["done_at"] is not None:
                if row["refusal"] is not None:
                    raise NotDone(REFUSALS[row["refusal"]][1])
                return
            if loop.time() > untaken_s and row["taken_at"] is None:
                async with self.connection.transaction():
                    if await self.connection.fetchval(_UNTAKEN, order) is not None:
                        await self._refused(who, action, subject, record, "unreachable")
                if not await self._begun(order):
                    raise NotDone(
                        f"No node took the order within {TAKEN_S:.0f} s: nothing was done."
                        " See `croupier table show`, and whether a node is ready."
                    )
            if loop.time() > untaken_s + DONE_S:
                raise NotDone(REFUSALS["unreachable"][1])
            await asyncio.sleep(_PAUSE_S)

    async def _begun(self, order: int) -> bool:
        """Whether a node has begun an order after all."""
        return bool(
            await self.connection.fetchval(
                "SELECT refusal IS NULL FROM live_order WHERE id = $1", order
            )
        )

    async def _who(self, permission: Permission) -> _Who:
        if self._operator is None:
            return _Who(None, self._user, COMMAND_LINE, "command line")
        row = await self.connection.fetchrow(
            "SELECT c.id, c.disabled_at, o.role FROM credential c"
            " JOIN operator o ON o.credential = c.id WHERE c.kind = 'operator' AND c.name = $1",
            self._operator,
        )
        if row is None or row["disabled_at"] is not None:
            raise NotDone(
                f"There is no operator {self._operator} who may sign in:"
                " see `croupier operator list`."
            )
        if not allowed(row["role"], permission):
            raise NotDone(f"The role of {self._operator}, {row['role']}, does not allow this.")
        address = f"command line of {self._user}"
        return _Who(row["id"], self._operator, row["role"], address)

    async def _record(self, who: _Who, action: str, subject: str, reason: str) -> int:
        return int(
            await self.connection.fetchval(
                "INSERT INTO operator_action (operator, actor, role, action, object, reason,"
                " address) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
                who.credential,
                who.name,
                who.role,
                f"table.{action}",
                subject,
                reason,
                who.address,
            )
        )

    async def _refused(
        self, who: _Who, action: str, subject: str, record: int, refusal: str
    ) -> None:
        await self._record(who, f"{action}.refused", subject, f"{refusal}, of record {record}")


def _listed(row: Any) -> TableListed:
    state = TableState(row["state"])
    if state is TableState.CLOSING and row["chain"] is None:
        state = TableState.CLOSED
    return TableListed(
        id=row["id"],
        title=row["title"],
        game=row["game"],
        currency=row["currency"],
        exponent=row["exponent"],
        terms=Terms(*(row[name] for name in Terms._fields)),
        state=state,
        taken=row["taken"],
        round=None if row["chain"] is None else f"{row['chain']}-{row['n']}",
        held=row["held"],
        parked=row["parked_for"],
        node=row["node"],
        origin=row["origin"],
        made_at=row["made_at"],
        changed_at=row["changed_at"],
    )
