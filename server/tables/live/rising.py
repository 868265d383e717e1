"""A rising multiplier at a live table: seats are paid on its way up, until it crashes.

That it has crashed is told only when all earlier cash-outs are paid.
"""

from __future__ import annotations

from typing import Final

from protocol.messages.common import Balance
from protocol.messages.live import CashedOut, CashOut, Rising
from server.ledger.live_items import LiveKind
from server.tables.live.core import Phase
from server.tables.live.paying import Paying

TICK_MS: Final = 500
"""How often a rising multiplier's progress goes on record."""


class RisingPart(Paying):
    """What a table with a rising multiplier does between draw and crash."""

    # -- a rising multiplier ------------------------------------------------------------------

    def _rise(self) -> None:
        round_ = self.round
        assert round_ is not None
        round_.started = self.house.monotonic()
        self._enter(Phase.PLAYING)
        self.publish(
            lambda epoch, seq: Rising(
                table=self.wire_id, epoch=epoch, seq=seq, round=round_.wire_id
            )
        )
        self._rising()

    def elapsed_ms(self) -> int | None:
        """Return the milliseconds of a rising round, None while nothing rises."""
        round_ = self.round
        if round_ is None or round_.started is None:
            return None
        return int((self.house.monotonic() - round_.started) * 1000)

    def _rising(self) -> None:
        """Pay the seats whose targets are reached, until the multiplier crashes."""
        round_ = self.round
        if round_ is None or round_.rising is None or self._crashed:
            return
        elapsed = self.elapsed_ms()
        assert elapsed is not None
        if elapsed >= round_.rising.crash_ms:
            self._crashed = True
            self.resolved()
            return
        following = min(round_.rising.crash_ms, elapsed + TICK_MS)
        for index, seat in enumerate(round_.bettors):
            placed = round_.placed[seat]
            due = round_.rising.due_ms(index)
            if placed.paid is not None or placed.pending or due is None:
                continue
            if due <= elapsed:
                self._pay_seat(seat, self._paid_early)
            else:
                following = min(following, due)
        self._item(LiveKind.TICK, _nothing, ticked_ms=elapsed)
        self._after(following - elapsed, self._rising)

    def _paid_early(self, seat: int, balance: Balance) -> None:
        """Tell that a seat has reached its target and was paid."""
        round_ = self.round
        assert round_ is not None
        placed = round_.placed[seat]
        placed.pending = False
        index = round_.bettors.index(seat)
        assert round_.rising is not None
        due = round_.rising.due_ms(index)
        assert due is not None
        self.cashed_out(seat, due, balance)
        self.resolved()

    def cashed_out(self, seat: int, at_ms: int, balance: Balance) -> None:
        """Tell that a seat has cashed out: it is paid."""
        round_ = self.round
        assert round_ is not None
        placed = round_.placed[seat]
        placed.balance = balance
        player = self.seats[seat].player if seat in self.seats else None
        if player is not None and player.account == placed.account:
            player.note_balance(balance)
        told = CashOut(seat, at_ms, placed.paid or 0)
        round_.cash_outs.append(told)
        self.publish(
            lambda epoch, seq: CashedOut(
                table=self.wire_id, epoch=epoch, seq=seq, round=round_.wire_id, cash_out=told
            )
        )

    # -- after its owner is gone --------------------------------------------------------------

    def cash_out_all(self, seats: list[int], at_ms: int, decision: bytes) -> None:
        """Take the house's decision to cash these seats out, one after the other; then pay all."""
        round_ = self.round
        assert round_ is not None
        self._enter(Phase.CLOSED)
        if not seats:
            self._pay()
            return
        seat, *others = seats

        def committed() -> None:
            assert self.round is not None
            self.round.step += 1
            self.round.placed[seat].at_ms = at_ms
            self.cash_out_all(others, at_ms, decision)

        self.do(LiveKind.PLATFORM, committed, step=round_.step, seat=seat, input_data=decision)


def _nothing() -> None:
    """Nobody waits for it."""
