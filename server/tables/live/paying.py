"""Paying a round of a live table, ending it, or voiding it.

A round's result is told once every seat is paid and the end is on record.
"""

from __future__ import annotations

from collections.abc import Callable

from protocol.messages.common import Balance, Event
from protocol.messages.live import BoardEntry, RoundResult, RoundVoided
from server.ledger.ids import id_time_ms
from server.ledger.live_items import LiveKind
from server.tables.live.core import CHAIN_LIFE_S, Core, Phase
from server.tables.live.round import LiveRound
from server.tables.live.settings import TableState
from server.tables.table import Chain


class Paying(Core):
    """The ends of rounds."""

    # -- paying and ending --------------------------------------------------------------------

    def _pay_seat(self, seat: int, then: Callable[[int, Balance], None]) -> None:
        round_ = self.round
        assert round_ is not None
        placed = round_.placed[seat]
        placed.pending = True
        payout = round_.payout(seat)

        def paid(balance: Balance) -> None:
            placed.paid = payout
            then(seat, balance)

        self._item(
            LiveKind.SETTLE, paid, account=placed.account, seat=seat, payout=payout, balanced=True
        )

    def _pay(self) -> None:
        """Pay every seat that has not been paid; then the round ends."""
        round_ = self.round
        assert round_ is not None
        unpaid = [seat for seat in round_.bettors if round_.placed[seat].paid is None]
        self._unpaid = len(unpaid)
        self._crashed = False
        if not unpaid:
            self._finish()
        for seat in unpaid:
            self._pay_seat(seat, self._paid)

    def _paid(self, seat: int, balance: Balance) -> None:
        round_ = self.round
        assert round_ is not None
        placed = round_.placed[seat]
        placed.pending = False
        placed.balance = balance
        self._unpaid -= 1
        if not self._unpaid:
            self._finish()

    def _finish(self) -> None:
        """End the round: every seat is paid."""
        self.do(LiveKind.END, self._ended)

    def _ended(self, following: LiveRound | None = None) -> None:
        """The round is over and paid on record: now it may be told."""
        round_ = self.round
        assert round_ is not None
        state = round_.finished_state()
        summary = self.rules.summary(state)[:64]
        self.board.appendleft(BoardEntry(round_.wire_id, summary))
        pause = self.settings.result_ms

        def result(seat: int | None) -> Callable[[int, int], Event]:
            placed = None if seat is None else round_.placed[seat]
            index = None if seat is None else round_.index(seat)
            stake, payout = (None, None) if seat is None else round_.settled(seat)
            return lambda epoch, seq: RoundResult(
                table=self.wire_id,
                epoch=epoch,
                seq=seq,
                round=round_.wire_id,
                seed=round_.seed,
                view=self.rules.view(state, index),  # type: ignore[arg-type]
                summary=summary,
                stake=stake,
                payout=payout,
                balance=placed.balance if placed else None,
                next_ms=pause if following or self.state is TableState.OPEN else None,
            )

        own = {seat: result(seat) for seat in round_.bettors}
        self._tell_end(result(None), own, following)

    def _tell_end(
        self,
        common: Callable[[int, int], Event],
        own: dict[int, Callable[[int, int], Event]],
        following: LiveRound | None = None,
    ) -> None:
        """Tell the end of a round and wait for the pause to pass."""
        round_ = self.round
        assert round_ is not None
        for seat in own:
            placed = round_.placed[seat]
            holder = self.seats.get(seat)
            player = holder.player if holder and holder.account == placed.account else None
            if player is not None and placed.balance is not None:
                player.note_balance(placed.balance)
        accounts = {round_.placed[seat].account: make for seat, make in own.items()}
        self.round = following
        self._next_on_chain(following)
        self._enter(Phase.RESULT, self.settings.result_ms, self._pause_over)
        self.publish(common, accounts)
        self.round_over()

    def round_over(self) -> None:
        """Do what waited for the end of a round."""

    def _pause_over(self) -> None:
        self._enter(Phase.IDLE)
        self.start()

    def _next_on_chain(self, following: LiveRound | None = None) -> None:
        """Go on to the chain and number of the next round."""
        chain = self.chain
        assert chain is not None
        chain.n += 1
        self._leave_chain_if_over(following)
        if self.chain is chain and chain.n + 1 > chain.seeds.length:
            self.renew()

    def _leave_chain_if_over(self, following: LiveRound | None = None) -> None:
        """Leave a chain that is too old, or ends with the round that was in play.

        Whether a round that follows is on the next one was settled when that one was made.
        """
        chain = self.chain
        assert chain is not None
        if following.chain != chain.id if following else self._over(chain):
            chain.n = chain.seeds.length + 1
        if chain.exhausted and self.next_chain is not None:
            self.spent = chain.id
            self.chain, self.next_chain = self.next_chain, None

    def _over(self, chain: Chain) -> bool:
        """Whether a chain is left behind the round in play, whatever is left of it."""
        age_ms = id_time_ms(self.house.next_id()) - id_time_ms(chain.id)
        return chain.id == self.ending or age_ms > CHAIN_LIFE_S * 1000

    # -- voiding ------------------------------------------------------------------------------

    @property
    def voidable(self) -> bool:
        """Whether the round in play can be void: no seat was paid, nor is one being paid."""
        round_ = self.round
        if round_ is None or round_.void_reason is not None or self.phase is Phase.IDLE:
            return False
        if any(placed.paid is not None or placed.at_ms is not None
                for placed in round_.placed.values()) or self._unpaid:  # fmt: skip
            return False
        return round_.started is None or not round_.pending  # else a cash-out is being paid

    def go_on_betting(self) -> None:
        """Take bets for the whole window."""
        raise NotImplementedError

    def void(self, reason: str) -> bool:
        """Void the round in play: every stake is returned. False where seats were paid already."""
        round_ = self.round
        if round_ is None or not self.voidable:
            return False
        round_.void_reason = reason
        self._stop_timer()
        if self.phase is Phase.RESULT:
            self.go_on_betting()  # told before it is closed; nobody bets in between
        if self.phase is Phase.BETTING:
            self.close()
        else:
            self._enter(Phase.CLOSED)
            self.resolved()
        return True

    def _give_back(self) -> None:
        round_ = self.round
        assert round_ is not None
        if not round_.bettors:
            round_.close()
        held = [seat for seat in round_.bettors if round_.placed[seat].paid is None]
        self._unpaid = len(held)
        if not held:
            self.do(LiveKind.END, self._voided, reason=round_.void_reason)
        for seat in held:
            self._return(seat)

    def _return(self, seat: int) -> None:
        round_ = self.round
        assert round_ is not None
        placed = round_.placed[seat]
        placed.pending = True

        def returned(balance: Balance) -> None:
            placed.pending = False
            placed.paid = 0
            placed.balance = balance
            self._unpaid -= 1
            if not self._unpaid:
                self.do(LiveKind.END, self._voided, reason=round_.void_reason)

        self._item(LiveKind.RETURN, returned, account=placed.account, seat=seat, balanced=True)

    def _voided(self) -> None:
        round_ = self.round
        assert round_ is not None
        self.board.appendleft(BoardEntry(round_.wire_id, "void", voided=True))

        def voided(seat: int | None) -> Callable[[int, int], Event]:
            placed = None if seat is None else round_.placed[seat]
            return lambda epoch, seq: RoundVoided(
                table=self.wire_id,
                epoch=epoch,
                seq=seq,
                round=round_.wire_id,
                seed=round_.seed,
                reason=round_.void_reason or "",
                returned=placed.stake if placed else None,
                balance=placed.balance if placed else None,
            )

        self._tell_end(voided(None), {seat: voided(seat) for seat in round_.bettors})
