"""A live table without its actor: what it would hand to the settling call."""

from __future__ import annotations

from typing import Any

from server.ledger.items import Verdict
from server.ledger.live_items import SETTLE_LIVE, LiveItem, LiveKind, live_arguments
from tests.server.ledger.ledger import NODE, SEEDS, Answer, Ledger, Seat


def unheard(item: LiveItem, verdict: int, balance: int, held: int, version: int) -> None:
    """Nobody waits: the tests read what the call returns."""


class LiveTable:
    """One live table on record, its fence held under `epoch`."""

    def __init__(self, ledger: Ledger, identifier: int) -> None:
        self.ledger = ledger
        self.id = identifier
        self.epoch = 1
        self.chain = ledger.ids.next()
        self.n = 1

    @classmethod
    async def make(cls, ledger: Ledger, title: str = "Table 1") -> LiveTable:
        """Put a table and its fence on record."""
        identifier = await ledger.app.fetchval(
            "SELECT live_table_put($1, $2, 'roulette', 'EUR', 10, 100000, 7::smallint, 15000,"
            " 15000, 5000, 60000, 'config')",
            ledger.ids.next(),
            title,
        )
        table = cls(ledger, identifier)
        await table.put_chain(table.chain)
        await ledger.owner.execute(
            "INSERT INTO croupier.fence (shared_table, epoch) VALUES ($1, 1)", identifier
        )
        return table

    async def put_chain(self, chain: int, seating: int | None = None) -> int:
        """Put a chain of this table on record, or of another one, and return it."""
        row = (chain, seating or self.id, None, self.ledger.game_version,
               chain.to_bytes(32, "big"), b"sealed", "key", 256, None)  # fmt: skip
        await self.ledger.app.execute("SELECT chains_start($1)", [row])
        return chain

    def item(self, kind: LiveKind, **changes: Any) -> LiveItem:
        """Return an item of this table's present round."""
        fields: dict[str, Any] = {
            "kind": kind,
            "table": self.id,
            "epoch": self.epoch,
            "chain": self.chain,
            "n": self.n,
            "transfer": self.ledger.ids.next(),
            "game_version": self.ledger.game_version,
        }
        return LiveItem(unheard, None, **{**fields, **changes})

    def of(self, kind: LiveKind, player: Seat, seat: int, **changes: Any) -> LiveItem:
        """Return an item of a player at a seat."""
        fields: dict[str, Any] = {"account": player.account, "seat": seat}
        if kind in (LiveKind.BET, LiveKind.ACT, LiveKind.CASH_OUT):
            fields |= {
                "session": player.session,
                "request": next(player.requests),
                "digest": b"digest",
                "session_epoch": player.epoch,
                "input_data": b"\x80",
            }
        return self.item(kind, **{**fields, **changes})

    def bet(self, player: Seat, seat: int, stake: int = 100, **changes: Any) -> LiveItem:
        """Return a bet."""
        return self.of(LiveKind.BET, player, seat, stake=stake, data=b"\x80", **changes)

    def open(self, *seats: int) -> LiveItem:
        """Return the opening of a round."""
        return self.item(LiveKind.OPEN, data=SEEDS * len(seats), seats=seats)

    async def settle(self, *items: LiveItem) -> list[Answer]:
        """Call `settle_live` once; answers in the order given."""
        row = await self.ledger.app.fetchrow(
            SETTLE_LIVE, *live_arguments(NODE, self.ledger.epoch, self.ledger.ids.next(), items)
        )
        return [Answer(*each) for each in zip(*row, strict=True)]

    async def verdicts(self, *items: LiveItem) -> list[Verdict]:
        """Call `settle_live` once and return the verdicts alone."""
        return [Verdict(answer.verdict) for answer in await self.settle(*items)]

    async def do(self, kind: LiveKind, **changes: Any) -> Verdict:
        """Settle one item of the round itself."""
        return (await self.verdicts(self.item(kind, **changes)))[0]
