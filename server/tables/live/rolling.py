"""One roll after another: what a round's draw leaves undecided stands for the round that follows.

Each roll is a round with a seed of its own, closed and drawn as any other. Bets that it decides are
settled at once. With bets standing the next round opens in the very transaction that ends this one,
so nothing on hold is ever without an open round; its window begins after the pause.

While bets stand the table rolls on, whoever is there and whatever its state: only the dice can end
them. Where the table is not open, such a roll takes no further bets. With none standing it rolls
on to the end of the hand while it is open and somebody is there; else the hand ends, and the next
round begins with a come-out roll. Nothing is staked then, so that changes no bet's chances.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from games.craps.roll import CrapsStage
from games.live import Style
from protocol.errors import Refused
from protocol.messages.common import Balance
from server.fairness.framing import frame_client_seeds
from server.ledger.live_items import LiveKind
from server.tables.live.core import Phase
from server.tables.live.paying import Paying
from server.tables.live.settings import TableState
from server.tables.table import Chain

_encode: Final = msgspec.msgpack.Encoder().encode


class RollingPart(Paying):
    """What a table of rolls does between one draw and the next window."""

    awaits_chain = False
    """Whether the next roll waits for a new chain: this one is used up or too old."""
    _follows = False
    """Whether the round that follows is being opened; the one in play cannot be void then."""

    def _pay(self) -> None:
        """Settle what the roll has decided, at every seat whose bets it has changed."""
        round_ = self.round
        assert round_ is not None
        if self.rules.style is not Style.ROLLS:
            super()._pay()
            return
        changed = [
            seat
            for seat in round_.bettors
            if round_.placed[seat].paid is None and round_.left(seat) != round_.placed[seat].bets
        ]
        self._unpaid = len(changed)
        if not changed:
            self._finish()
        for seat in changed:
            self._pay_seat(seat, self._paid)

    def _pay_seat(self, seat: int, then: Callable[[int, Balance], None]) -> None:
        round_ = self.round
        assert round_ is not None
        left = round_.left(seat) if self.rules.style is Style.ROLLS else None
        if left is None:
            super()._pay_seat(seat, then)
            return
        placed, payout = round_.placed[seat], round_.payout(seat)
        placed.pending = True

        def stood(balance: Balance) -> None:
            placed.paid = payout
            then(seat, balance)

        self._item(
            LiveKind.STAND,
            stood,
            account=placed.account,
            seat=seat,
            stake=round_.decided(seat),
            payout=payout,
            data=_encode(left),
            balanced=True,
        )

    def _finish(self) -> None:
        """End the round; with bets standing, or a point, another follows at once."""
        if self.rules.style is Style.ROLLS and self._goes_on():
            self._follow()
        else:
            super()._finish()

    def _goes_on(self) -> bool:
        round_ = self.round
        assert round_ is not None
        assert round_.state is not None
        if any(round_.left(seat) is not None for seat in round_.bettors):
            return True
        if self.rules.stage_after(round_.state) is None or not self._opens():
            return False
        return any(seat.connected for seat in self.seats.values())

    def _opens(self) -> bool:
        """Whether a new round might open now, were none in play."""
        if self.state is not TableState.OPEN or self.house.superseded(self.rules.listed):
            return False
        try:
            self.house.check_open()
        except Refused:
            return False
        return True

    @property
    def takes_bets(self) -> bool:
        """Whether the round in play takes bets now.

        One that follows another goes on for what stands, and takes new money only where a round
        would open: else whoever bets on every roll would keep a table that is to close from it.
        """
        round_ = self.round
        if round_ is None or self.phase is not Phase.BETTING:
            return False
        return round_.stage is None or self._opens()

    def _follow(self) -> None:
        """Open the round that follows, in the transaction that ends this one."""
        round_ = self.round
        assert round_ is not None
        assert round_.state is not None
        place = self._next_place()
        if place is None:
            self.awaits_chain = True
            self.renew()
            return
        chain, n = place
        seeds = self.client_seeds(chain.id)
        following = round_.follow(chain.id, n, chain.seeds.seed(n), seeds)
        self._follows = True

        def followed() -> None:
            self._follows = False
            self._ended(following)

        self.do(
            LiveKind.FOLLOW,
            followed,
            chain=chain.id,
            n=n,
            game_version=self.game_version,
            input_data=_encode(following.stage or CrapsStage()),
            data=frame_client_seeds([seed for _, seed in seeds]),
            seats=[number for number, _ in seeds],
        )

    def _next_place(self) -> tuple[Chain, int] | None:
        """Return the chain of the next roll and its number there, None while it is being made."""
        chain = self.chain
        assert chain is not None
        if chain.n < chain.seeds.length and not self._over(chain):
            return chain, chain.n + 1
        return (self.next_chain, self.next_chain.n) if self.next_chain is not None else None

    def chain_ready(self, chain: Chain) -> None:
        """Take a new durable chain; a roll may have waited for it."""
        super().chain_ready(chain)
        if self.awaits_chain:
            self.awaits_chain = False
            self._follow()

    def _pause_over(self) -> None:
        """Open the window of the round that follows, if one does and the table stays here."""
        if self.round is None:
            super()._pause_over()
        elif not self.house.handed_over(self):
            self.go_on_betting()

    @property
    def voidable(self) -> bool:
        """Whether the round in play can be void; what earlier rolls decided stays settled."""
        return not self._follows and super().voidable

    def void(self, reason: str) -> bool:
        """Void the round in play; what earlier rolls decided stays as it was settled."""
        if not super().void(reason):
            return False
        # Else a chain that comes later would end another round, before it is paid.
        self.awaits_chain = False
        return True
