"""New live tables by an operator's hand, and what a table takes from now on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from games.live import live_rules
from protocol.errors import ErrorCode, Refused
from protocol.schema.console_making import (
    CurrencyOffer,
    GameOffer,
    TableOffer,
    TableTerms,
    ValueOrigin,
)
from protocol.schema.console_tables import TableEvent, TableRow
from server.cluster.cluster import Cluster
from server.console.board import LiveBoard
from server.console.live import ActionRefused, Change, NewTable
from server.tables.live import nodes
from server.tables.live.hall import Hall
from server.tables.live.origins import (
    CONFIG,
    OnRecord,
    Origin,
    configured_terms,
    is_listed,
    read_origins,
)
from server.tables.live.settings import DRAW_MS, TableState
from server.tables.live.table import LiveTable
from server.tables.live.terms import (
    TableRefused,
    Terms,
    amount_text,
    changes_of,
    live_games,
    read_table,
    said_of,
    terms_of,
    usual_table,
)

__all__ = ["Making"]

SHOWN_S: Final = 3.0
"""How long whoever made a table waits for a node that runs it; the stream tells of it later too."""

_EXPONENTS: Final = "SELECT code, exponent FROM currency"
_TITLED: Final = "SELECT EXISTS (SELECT FROM live_table WHERE title = $1)"
_MAKE: Final = """
    SELECT live_table_make($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
_ROW: Final = """
    SELECT t.*, m.exponent FROM live_table t JOIN currency m ON m.code = t.currency WHERE t.id = $1
"""


class Making:
    """Makes tables and changes them, from any node."""

    def __init__(self, pool: Any, hall: Hall, cluster: Cluster, board: LiveBoard) -> None:
        self._pool = pool
        self._hall = hall
        self._cluster = cluster
        self._board = board

    async def offer(self) -> TableOffer:
        """Return what a new table can be."""
        exponents = await self._exponents()
        games = live_games(self._hall.floor.catalogue)
        usual = [(rules, usual_table(rules, "EUR", 2)) for rules in games]
        limits = [(code, usual_table(games[0], code, exponents[code])) for code in exponents]
        return TableOffer(
            games=tuple(
                GameOffer(
                    name=rules.game.name,
                    title=rules.game.title,
                    style=rules.style.value,
                    seats_max=rules.most_seats,
                    seats=table.seats,
                    betting_ms=table.betting_ms,
                    decision_ms=table.decision_ms,
                    result_ms=table.result_ms,
                    seat_hold_ms=table.seat_hold_ms,
                    draw_ms=DRAW_MS.get(rules.style, 0),
                )
                for rules, table in usual
            ),
            currencies=tuple(
                CurrencyOffer(
                    code=code,
                    exponent=exponents[code],
                    minimum=table.minimum,
                    maximum=table.maximum,
                )
                for code, table in sorted(limits)
            ),
        )

    async def check(self, said: Mapping[str, Any], *, closed: bool) -> NewTable:
        """Return a table that can be made as it was said. Raises TableRefused."""
        table = read_table(said)
        terms = terms_of(table, self._hall.floor.catalogue, await self._exponents())
        if await self._pool.fetchval(_TITLED, table.title):
            raise _name_taken(table.title)
        state = TableState.CLOSED if closed else TableState.OPEN
        return NewTable(self._hall.floor.next_id(), table, terms, state)

    async def make(self, new: NewTable, origin: str, record: int | None = None) -> TableRow | None:
        """Put a table on record and wait a little for a node to run it. Raises TableRefused.

        `record` is the number under which the reason stands. None: no node runs it yet; that is
        told on the board when one does.
        """
        table = new.table
        made = await self._pool.fetchval(
            _MAKE,
            new.id,
            table.title,
            table.game,
            table.currency,
            *new.terms,
            int(new.state),
            origin,
            record,
        )
        if made is None:
            raise _name_taken(table.title)
        self._cluster.election.look()
        return await self._shown(str(new.id))

    async def terms(self, table: str) -> TableTerms | None:
        """Return what a table takes, or None."""
        row = await self._row(table)
        if row is None:
            return None
        game = self._hall.floor.catalogue.current(row["game"])
        rules = None if game is None else live_rules(game)
        changed = row["changed_at"]
        return TableTerms(
            id=table,
            title=row["title"],
            game=row["game"],
            style="" if rules is None else rules.style.value,
            currency=row["currency"],
            exponent=row["exponent"],
            minimum=amount_text(row["minimum"], row["exponent"]),
            maximum=amount_text(row["maximum"], row["exponent"]),
            seats=row["seats"],
            betting_ms=row["betting_ms"],
            decision_ms=row["decision_ms"],
            result_ms=row["result_ms"],
            seat_hold_ms=row["seat_hold_ms"],
            draw_ms=row["draw_ms"],
            seats_max=row["seats"] if rules is None else rules.most_seats,
            origin=row["origin"],
            made_ms=_milliseconds(row["made_at"]),
            changed_ms=None if changed is None else _milliseconds(changed),
            configured=is_listed(self._hall.configured, _on_record(row)),
            origins=tuple(
                _origin(field, each)
                for field, each in (await read_origins(self._pool, row["id"])).items()
            ),
        )

    async def check_change(self, table: str, said: Mapping[str, Any]) -> Change:
        """Return what a table is to take. Raises TableRefused and ActionRefused."""
        row = await self._row(table)
        if row is None:
            raise ActionRefused("no_table")
        exponent = row["exponent"]
        before = _on_record(row).terms
        there = said_of(row["title"], row["game"], row["currency"], before, exponent)
        whole = {**there, **{name: value for name, value in said.items() if value is not None}}
        for name in ("title", "game", "currency"):
            if name in said:
                raise TableRefused("invalid_table", name, "it stays; make another table")
        after = terms_of(read_table(whole), self._hall.floor.catalogue, {row["currency"]: exponent})
        text = changes_of(before, after, exponent)
        if not text:
            raise TableRefused("invalid_table", "minimum", "nothing is different")
        return Change(int(table), after, text)

    async def check_revert(self, table: str) -> Change:
        """Return what config.toml, as this node has read it, has a table take.

        Raises ActionRefused, and TableRefused: `not_configured` where it does not list the table,
        `not_changed` where no operator has changed it.
        """
        row = await self._row(table)
        if row is None:
            raise ActionRefused("no_table")
        catalogue = self._hall.floor.catalogue
        terms, text = configured_terms(self._hall.configured, _on_record(row), catalogue)
        return Change(int(table), terms, text, reverted=True)

    async def change(self, change: Change, origin: str, record: int | None = None) -> None:
        """Have a table's owner change it, from its next round on. Raises ActionRefused.

        `origin` says who wants it, `operator:NAME` or `command:USER`, and `record` where the reason
        stands.
        """
        found = self._hall.find(str(change.id))
        if found is None:
            raise ActionRefused("unreachable")
        command = nodes.Change(change.terms, CONFIG if change.reverted else origin, record)
        try:
            if isinstance(found, LiveTable):
                await self._hall.owner.change(self._hall.floor.table(found.id), command)
            else:
                await found.ask(command)
        except Refused as refused:
            raise ActionRefused(_CODES.get(refused.code, "unreachable")) from None

    # -- inner --------------------------------------------------------------------------------

    async def _exponents(self) -> dict[str, int]:
        return {row["code"]: row["exponent"] for row in await self._pool.fetch(_EXPONENTS)}

    async def _row(self, table: str) -> Any:
        if not table.isascii() or not table.isdigit() or len(table) > 18:
            return None
        return await self._pool.fetchrow(_ROW, int(table))

    async def _shown(self, table: str) -> TableRow | None:
        """Wait for a table on the board that this node can reach as well."""
        watcher = _Arrival()
        unsubscribe = self._board.subscribe(watcher)
        try:
            async with asyncio.timeout(SHOWN_S):
                while self._board.row(table) is None or self._hall.find(table) is None:
                    watcher.news.clear()
                    await watcher.news.wait()
        except TimeoutError:
            pass
        finally:
            unsubscribe()
        return self._board.row(table)


_CODES: Final = {
    ErrorCode.WRONG_REQUEST: "table_open",
    ErrorCode.SEAT_TAKEN: "seats_taken",
}


def _name_taken(title: str) -> TableRefused:
    return TableRefused("name_taken", "title", f"there is a table named {title} already")


def _on_record(row: Any) -> OnRecord:
    terms = Terms(*(row[name] for name in Terms._fields))
    named = (row["title"], row["game"], row["currency"], row["exponent"])
    return OnRecord(*named, terms, row["origin"])


def _origin(field: str, origin: Origin) -> ValueOrigin:
    return ValueOrigin(
        field=field,
        origin=origin.origin,
        at_ms=None if origin.at is None else _milliseconds(origin.at),
        reason=origin.reason,
        record=None if origin.record is None else str(origin.record),
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)


class _Arrival:
    """Wakes whoever waits for a table."""

    def __init__(self) -> None:
        self.news = asyncio.Event()

    def changed(self, _table: str) -> None:
        """Look again."""
        self.news.set()

    def gone(self, _table: str) -> None:
        """Nothing that is waited for."""

    def happened(self, _table: str, _event: TableEvent) -> None:
        """Nothing that is waited for."""

    def totals(self) -> None:
        """Nothing that is waited for."""
