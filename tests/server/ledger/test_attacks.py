"""Attacks on the settlement queue: answers that claim more than is known."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from server.ledger import queue as queue_module
from server.ledger.backend import SettlementBackend
from server.ledger.items import Item, Verdict
from tests.server.ledger.ledger import Ledger, ask


class Unlucky:
    """A backend whose first answer is lost after the commit, and whose second call is a fault."""

    def __init__(self, real: SettlementBackend) -> None:
        self._real = real
        self.calls = 0

    async def settle(self, arguments: tuple[Any, ...]) -> Any:
        """Settle, or fail."""
        self.calls += 1
        if self.calls == 2:
            raise asyncpg.InternalServerError("a fault of the database")
        answer = await self._real.settle(arguments)
        if self.calls == 1:
            raise ConnectionResetError
        return answer

    async def renew(self) -> None:
        """Connect anew."""
        await self._real.renew()


async def test_unknown_is_never_told_as_no(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bet that may have committed is asked for again, whatever a second call fails with."""
    monkeypatch.setattr(queue_module, "_LONGEST_PAUSE_S", 0.01)
    seat = await ledger.seat(1_000)
    doubts: list[Item] = []
    async with ledger.queue(wrap=Unlucky, in_doubt=doubts.append) as queue:
        answer = await ask(queue, seat.spin, 100)

    assert answer.verdict == Verdict.KNOWN
    assert len(doubts) == 1
    await ledger.audit()
