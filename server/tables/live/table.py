"""A live table as its players meet it: seats, bets, decisions, cash-outs, and what they see."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec

from games.instant import curve
from games.live import LiveState, Style
from games.live.rising import EARLIEST
from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance
from protocol.messages.live import (
    Acted,
    BetsPlaced,
    LiveState as LiveStateMessage,
    PlacedBets,
    SeatChanged,
    SeatInfo,
    TableCard,
)
from protocol.messages.rounds import Accepted, Act, Bet
from protocol.messages.tables import StakeRange
from server.ledger.items import REFUSALS, Verdict
from server.ledger.live_items import LiveItem, LiveKind
from server.tables.live.core import Phase
from server.tables.live.engine import Engine
from server.tables.live.requests import CASH_OUT, CashOutDecision, live_digest, read_live
from server.tables.live.round import LiveRound
from server.tables.live.seats import Placed, Player, Seat
from server.tables.live.settings import TableState
from server.tables.table import Overtaken

__all__ = ["LiveTable"]

_encode: Final = msgspec.msgpack.Encoder().encode
_LAST: Final = 5
"""Results on a table's card."""


class _Asked:
    """A player's request while it is being settled."""

    __slots__ = ("digest", "placed", "player", "request", "round", "then")

    def __init__(
        self,
        player: Player,
        request: int,
        digest: bytes,
        round_: LiveRound,
        placed: Placed,
        then: Any,
    ) -> None:
        self.round = round_
        self.player = player
        self.request = request
        self.digest = digest
        self.placed = placed
        self.then = then

    def note(self, *, accepted: bool) -> None:
        """Keep in mind that the round has it, or forget it."""
        if accepted:
            self.round.asked[self.player.id, self.request] = True
        else:
            self.round.asked.pop((self.player.id, self.request), None)


class LiveTable(Engine):
    """One live table on the node that owns it."""

    # -- money --------------------------------------------------------------------------------

    def bet(self, player: Player, request: int, message: Bet, codec: Codec) -> bytes:
        """Take further bets of a seat. Returns the request's digest; raises Refused."""
        more = read_live(message, self.game, self.rules.style, codec)
        data = _encode(more)
        digest = live_digest(message, data)
        round_ = self._current(message.round, digest)
        if self._again(round_, player, request, digest):
            return digest
        seat = self._seat(player)
        if not self.takes_bets:
            raise self._late(round_, digest)
        placed = round_.at_seat(seat.number, player.account)
        if placed.pending:
            raise Refused(ErrorCode.BUSY)
        bets = self.rules.added(placed.bets, more, round_.stage)
        stake = self.rules.stake(bets, self.limits)
        added = stake - placed.stake

        def accepted(balance: Balance) -> Accepted:
            placed.bets, placed.stake = bets, stake
            round_.step += 1
            round_.accepted += 1
            self._tell_placed(round_, placed)
            return Accepted(
                table=self.wire_id,
                round=round_.wire_id,
                seat=seat.number,
                stake=stake,
                balance=balance,
            )

        self._ask(
            LiveKind.BET,
            _Asked(player, request, digest, round_, placed, accepted),
            round_,
            input_data=data,
            data=_encode(bets),
            stake=added,
        )
        return digest

    def act(self, player: Player, request: int, message: Act, codec: Codec) -> bytes:
        """Take a decision of a seat. Returns the request's digest; raises Refused."""
        style = self.rules.style
        if style in (Style.WINDOW, Style.ROLLS):
            raise Refused(ErrorCode.WRONG_REQUEST)
        decision = read_live(message, self.game, style, codec)
        digest = live_digest(message, _encode(decision))
        round_ = self._current(message.round, digest)
        if self._again(round_, player, request, digest):
            return digest
        seat = self._seat(player)
        placed = round_.placed.get(seat.number)
        if placed is None or placed.account != player.account or not placed.stake:
            raise Refused(ErrorCode.NOT_YOUR_TURN)
        if style is Style.RISING:
            self._cash_out(_Asked(player, request, digest, round_, placed, None), round_)
        else:
            asked = _Asked(player, request, digest, round_, placed, None)
            self._decide(asked, round_, message, decision)
        return digest

    @staticmethod
    def _again(round_: LiveRound, player: Player, request: int, digest: bytes) -> bool:
        """Whether a request of this round was accepted before: then the record answers it.

        It may come by another node than the first time, which has heard no answer. What was bet
        since must not refuse it, the seat's bets above the limit for one. Raises Refused while it
        is being settled: in doubt.
        """
        accepted = round_.asked.get((player.id, request))
        if accepted is None:
            return False
        if not accepted:
            raise Refused(ErrorCode.IN_DOUBT)
        player.recall(request, digest)
        return True

    def _decide(self, asked: _Asked, round_: LiveRound, message: Act, decision: Any) -> None:
        state, placed = round_.state, asked.placed
        if message.step == round_.step and (self._busy or round_.pending):
            raise Refused(ErrorCode.BUSY)
        if self.phase is not Phase.PLAYING or state is None or message.step != round_.step:
            stale = Refused(ErrorCode.STALE_STEP, details={"step": round_.step})
            raise Overtaken(stale, asked.digest, round_.chain, round_.n, round_.step)
        index = round_.bettors.index(placed.seat)
        if self.rules.acting(state) != index:
            raise Refused(ErrorCode.NOT_YOUR_TURN)
        price = self.game.price(state.parts[0], index, decision)
        following: LiveState = self.rules.decided(state, index, decision)

        def accepted(balance: Balance) -> Acted:
            placed.stake += price
            placed.pending = False
            if price:
                self._tell_placed(round_, placed)  # more is on hold for the seat
            self.decided(placed.seat, following, platform=False)
            return Acted(
                table=self.wire_id,
                round=round_.wire_id,
                step=round_.step,
                stake=placed.stake,
                payout=None,
                at_ms=None,
                balance=balance,
            )

        asked.then = accepted
        self._ask(
            LiveKind.ACT,
            asked,
            round_,
            step=round_.step,
            input_data=_encode(decision),
            stake=price,
        )

    def _cash_out(self, asked: _Asked, round_: LiveRound) -> None:
        """Stamp a cash-out and pay it. That it comes too late is not told before the crash is."""
        placed, rising = asked.placed, round_.rising
        if placed.pending:
            raise Refused(ErrorCode.BUSY)
        if placed.paid is not None:
            stale = Refused(ErrorCode.STALE_STEP, "This seat has cashed out already.")
            raise Overtaken(stale, asked.digest, round_.chain, round_.n, round_.step)
        at_ms = self.elapsed_ms()
        if rising is None or at_ms is None or self._crashed or self.phase is not Phase.PLAYING:
            raise Refused(ErrorCode.BUSY)
        if at_ms < EARLIEST or at_ms >= rising.crash_ms:
            raise Refused(ErrorCode.BUSY)
        at_ms = min(at_ms, curve.LONGEST)
        payout = rising.payout(round_.bettors.index(placed.seat), at_ms)

        def accepted(balance: Balance) -> Acted:
            placed.paid, placed.at_ms = payout, at_ms
            placed.pending = False
            round_.step += 1
            self.cashed_out(placed.seat, at_ms, balance)
            return Acted(
                table=self.wire_id,
                round=round_.wire_id,
                step=round_.step,
                stake=placed.stake,
                payout=payout,
                at_ms=at_ms,
                balance=balance,
            )

        asked.then = accepted
        self._ask(
            LiveKind.CASH_OUT,
            asked,
            round_,
            input_data=_encode(CashOutDecision(CASH_OUT, at_ms)),
            payout=payout,
        )

    def _ask(self, kind: LiveKind, asked: _Asked, round_: LiveRound, **fields: Any) -> None:
        player = asked.player
        item = LiveItem(
            self._asked_decided,
            asked,
            kind=kind,
            table=self.id,
            epoch=self.fence,
            chain=round_.chain,
            n=round_.n,
            transfer=self.house.next_id(),
            account=player.account,
            session=player.id,
            request=asked.request,
            digest=asked.digest,
            session_epoch=player.epoch,
            seat=asked.placed.seat,
            **fields,
        )
        if not self.house.submit(item):
            raise Refused(ErrorCode.UNAVAILABLE)
        asked.placed.pending = True
        round_.asked[player.id, asked.request] = False

    def _asked_decided(
        self, item: LiveItem, verdict: int, balance: int, held: int, version: int
    ) -> None:
        """Hear the verdict of a player's request. A table that is given up still answers him."""
        asked: _Asked = item.context
        player = asked.player
        if verdict == Verdict.KNOWN and item.uncertain:
            # An earlier call of this very item committed, and its answer was lost. What it decided
            # is to be done here as well; until that is read the round waits.
            item.uncertain = False
            self.house.recorded(
                player.id,
                asked.request,
                lambda *recorded: self._asked_decided(item, *recorded),
            )
            return
        asked.placed.pending = False
        asked.note(accepted=verdict == Verdict.ACCEPTED)
        if verdict == Verdict.ACCEPTED:
            reply = asked.then(Balance(balance, held, version))
            player.settled(asked.request, asked.digest, reply)
        elif verdict == Verdict.KNOWN:
            player.recall(asked.request, asked.digest)
        else:
            player.refused(asked.request, asked.digest, Refused(REFUSALS[verdict]))
        if self.dead:
            return
        if verdict == Verdict.MOVED:
            self.house.lost(self)
        elif verdict in (Verdict.STALE, Verdict.BROKEN, Verdict.BETS_CLOSED):
            self.house.failed(self, f"{item.kind.name} was {Verdict(verdict).name}")
        else:
            self.guarded(self.resolved)

    def _current(self, wire_id: str, digest: bytes) -> LiveRound:
        """Return the round in play if it is the one that a request names. Raises Refused."""
        round_ = self.round
        if round_ is None or wire_id != round_.wire_id or self.phase is Phase.IDLE:
            raise self._late(round_, digest)
        return round_

    def _late(self, round_: LiveRound | None, digest: bytes) -> Refused:
        """Refuse what comes for a round that takes no bets. It goes on record: it stays refused."""
        chain = self.chain
        if round_ is not None:
            return Overtaken(
                Refused(ErrorCode.BETS_CLOSED), digest, round_.chain, round_.n, round_.step
            )
        if chain is None:
            return Refused(ErrorCode.BUSY)
        return Overtaken(Refused(ErrorCode.BETS_CLOSED), digest, chain.id, chain.n, 0)

    def _tell_placed(self, round_: LiveRound, placed: Placed) -> None:
        told = PlacedBets(placed.seat, placed.stake, placed.bets)
        self.publish(
            lambda epoch, seq: BetsPlaced(
                table=self.wire_id, epoch=epoch, seq=seq, round=round_.wire_id, placed=told
            )
        )

    # -- seats --------------------------------------------------------------------------------

    def seat_of(self, account: int) -> Seat | None:
        """Return the seat that an account has."""
        for seat in self.seats.values():
            if seat.account == account:
                return seat
        return None

    def _seat(self, player: Player) -> Seat:
        seat = self.seat_of(player.account)
        if seat is None:
            raise Refused(ErrorCode.NO_SEAT)
        if seat.standing_up:
            raise Refused(ErrorCode.BUSY)
        return seat

    def free_seat(self, account: int, wanted: int | None, tried: Collection[int] = ()) -> int:
        """Return the seat that an account may take, none of those tried. Raises Refused."""
        own = self.seat_of(account)
        if own is not None:
            if wanted not in (None, own.number):
                raise Refused(ErrorCode.SEAT_TAKEN, "You have a seat here; leave it first.")
            return own.number
        if self.state in (TableState.CLOSING, TableState.CLOSED):
            raise Refused(ErrorCode.TABLE_CLOSED)
        if wanted is not None:
            if not 1 <= wanted <= self.settings.seats or not self._is_free(wanted, account):
                raise Refused(ErrorCode.SEAT_TAKEN)
            return wanted
        for number in range(1, self.settings.seats + 1):
            if number not in tried and self._is_free(number, account):
                return number
        raise Refused(ErrorCode.TABLE_FULL)

    def _is_free(self, number: int, account: int) -> bool:
        """Whether nobody has a seat, nor bets standing from when he had it."""
        placed = self.round.placed.get(number) if self.round else None
        standing = placed is not None and placed.account != account and self._stands(placed)
        return number not in self.seats and not standing

    def sit(
        self,
        number: int,
        account: int,
        client_seed: bytes,
        seed_chain: int | None,
        player: Player | None,
    ) -> None:
        """Put an account on a seat that is on record as its own."""
        seat = self.seats.get(number)
        if seat is None or seat.account != account:
            seat = self.seats[number] = Seat(
                number, account, client_seed, seed_chain, self.house.monotonic()
            )
        seat.client_seed, seat.seed_chain = client_seed, seed_chain
        seat.leaving = False
        self.attach(seat, player)
        self.start()

    def attach(self, seat: Seat, player: Player | None) -> None:
        """Note who plays at a seat, or that its player's client has gone, and tell everybody.

        What they know already is not told again: one who sits down at his own seat over and over
        would have a thousand watchers hear of it each time.
        """
        seat.player = player
        seat.away_at = None if seat.connected else self.house.monotonic()
        if seat.told is not seat.connected:
            seat.told = seat.connected
            self._tell_seat(seat.number, taken=True, connected=seat.connected)

    def stand_up(self, seat: Seat) -> None:
        """Take a seat that is no longer on record out."""
        if self.seats.get(seat.number) is seat:
            del self.seats[seat.number]
            self._tell_seat(seat.number, taken=False, connected=False)

    def has_bets(self, seat: Seat) -> bool:
        """Whether a seat has bets that are not settled, or under way."""
        placed = self.round.placed.get(seat.number) if self.round else None
        return placed is not None and self._stands(placed)

    def _stands(self, placed: Placed) -> bool:
        """Whether somebody has bets that are not settled, or under way, in the round in play."""
        assert self.round is not None
        return placed.pending or self.round.held(placed.seat) > 0

    def _tell_seat(self, number: int, *, taken: bool, connected: bool) -> None:
        self.publish(
            lambda epoch, seq: SeatChanged(
                table=self.wire_id,
                epoch=epoch,
                seq=seq,
                seat=number,
                taken=taken,
                connected=connected,
            )
        )

    # -- what is seen -------------------------------------------------------------------------

    def card(self, watchers: int) -> TableCard:
        """Return the table's card for the lobby."""
        return TableCard(
            table=self.wire_id,
            title=self.settings.title,
            game=self.game.name,
            style=self.rules.style.value,
            stakes=StakeRange(self.limits.minimum, self.limits.maximum),
            state=self.wire_state,
            phase=self.phase.value,
            seats=self.settings.seats,
            taken=len(self.seats),
            watchers=watchers,
            last=tuple(entry.summary for entry in list(self.board)[:_LAST]),
        )

    def snapshot(self, account: int, watchers: int) -> LiveStateMessage:
        """Return where the table stands, as one account may see it."""
        round_, seat = self.round, self.seat_of(account)
        shown = round_ is not None and self.phase is not Phase.IDLE
        drawn = round_ is not None and self.phase is Phase.PLAYING
        acting = None
        if drawn and round_ is not None and round_.state is not None:
            acting = round_.bettors[self.rules.acting(round_.state)]
        return LiveStateMessage(
            table=self.wire_id,
            title=self.settings.title,
            game=self.game.name,
            version=self.game.version,
            digest=self.game.digest,
            style=self.rules.style.value,
            epoch=self.epoch,
            seq=self.seq,
            stakes=StakeRange(self.limits.minimum, self.limits.maximum),
            state=self.wire_state,
            phase=self.phase.value,
            phase_ms=self.left_ms(),
            chain=self.chain.info() if self.chain and not self.chain.exhausted else None,
            round=round_.wire_id if shown and round_ else None,
            client_seeds=round_.seeds_told() if shown and round_ else (),
            seats=self.settings.seats,
            seat=seat.number if seat else None,
            players=tuple(
                SeatInfo(number, each.connected) for number, each in sorted(self.seats.items())
            ),
            watchers=watchers,
            placed=round_.placed_told() if shown and round_ else (),
            step=round_.step if round_ else 0,
            acting=acting,
            view=self._seen(account, drawn=acting is not None),
            elapsed_ms=self.elapsed_ms() if drawn else None,
            cash_outs=tuple(round_.cash_outs) if shown and round_ else (),
            board=tuple(self.board),
            stage=round_.stage if shown and round_ else None,  # type: ignore[arg-type]
        )

    def _seen(self, account: int, *, drawn: bool) -> Any:
        """Return the round in play as an account may see it; None before the draw."""
        if not drawn or self.round is None:
            return None
        for seat in self.round.bettors:
            if self.round.placed[seat].account == account:
                return self.round.view(seat)
        return self.round.view(None)

    def round_over(self) -> None:
        """Tell the house that seats may have become free."""
        self.house.changed(self)
