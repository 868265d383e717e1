"""The clockwork of a live table: opens rounds, closes them, has them drawn and goes on to the end.

Nothing of an outcome leaves before its transaction has committed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from games.live import LiveState, Style
from protocol.errors import Refused
from protocol.messages.common import Event
from protocol.messages.live import BetsClosed, RoundOpened, Turn
from server.fairness.framing import frame_client_seeds
from server.ledger.live_items import LiveKind
from server.tables.live.core import Phase
from server.tables.live.rising import RisingPart
from server.tables.live.rolling import RollingPart
from server.tables.live.round import LiveRound
from server.tables.live.settings import DRAW_MS, TableState

log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_NOBODY: Final = "Nobody had bet."


class Engine(RollingPart, RisingPart):
    """Everything of a live table but its players' requests."""

    # -- opening ------------------------------------------------------------------------------

    def start(self) -> None:
        """Go on: open a round if the table is open and somebody is there."""
        if self.dead or self.phase is not Phase.IDLE or self._busy or self.round is not None:
            return
        if self.state is TableState.CLOSING:
            self.set_state(TableState.CLOSED)
        if self.house.handed_over(self):
            return
        if self.state is not TableState.OPEN or not any(s.connected for s in self.seats.values()):
            return
        if self.house.superseded(self.rules.listed):
            self.house.failed(self, "a newer version of the game has come")
            return
        if self.chain is not None:
            self._leave_chain_if_over()  # nobody may have come for days
        chain = self.chain
        if chain is None or chain.exhausted:
            self.renew()
            return
        try:
            self.house.check_open()
        except Refused:
            self._after(1_000, self.start)
            return
        seeds = self.client_seeds(chain.id)
        self.round = LiveRound(self.rules, chain.id, chain.n, chain.seeds.seed(chain.n), seeds)
        self.do(
            LiveKind.OPEN,
            self._opened,
            game_version=self.game_version,
            data=frame_client_seeds([seed for _, seed in seeds]),
            seats=[number for number, _ in seeds],
        )

    def _opened(self) -> None:
        self._begin_betting()

    def _begin_betting(self) -> None:
        """Take bets for the whole window."""
        round_, chain = self.round, self.chain
        assert round_ is not None
        assert chain is not None
        self._enter(Phase.BETTING, self.settings.betting_ms, self.close)
        self.publish(
            lambda epoch, seq: RoundOpened(
                table=self.wire_id,
                epoch=epoch,
                seq=seq,
                round=round_.wire_id,
                chain=chain.info(),
                client_seeds=round_.seeds_told(),
                closes_ms=self.settings.betting_ms,
                placed=round_.placed_told(),
                stage=round_.stage,  # type: ignore[arg-type]
            )
        )

    # -- going on with a round of an earlier owner ----------------------------------------------

    def go_on_betting(self) -> None:
        """Take bets for the whole window anew."""
        self._begin_betting()

    def go_on_closed(self) -> None:
        """Draw a round that was closed, after the whole pause anew."""
        self._enter(Phase.CLOSED)
        self._await_draw()

    def go_on_voiding(self) -> None:
        """Return what is left of a round that is void: ordered so, or returned in part."""
        if self.phase is Phase.BETTING:
            self.close()  # nothing is returned before no bet can come any more
            return
        self._enter(Phase.CLOSED)
        self._give_back()

    def go_on_drawn(self) -> None:
        """Go on with a round that was drawn: the next turn, or paying."""
        self.guarded(lambda: self._go_on(None, platform=False))

    # -- closing and drawing ------------------------------------------------------------------

    @property
    def draw_ms(self) -> int:
        """How long the table waits before the draw, in milliseconds."""
        chosen = self.settings.draw_ms
        return DRAW_MS.get(self.rules.style, 0) if chosen is None else chosen

    def close(self) -> None:
        """Take no more bets; what is being settled is waited for."""
        round_ = self.round
        if round_ is None or self.phase is not Phase.BETTING:
            return
        empty = not any(placed.stake or placed.pending for placed in round_.placed.values())
        if self.rules.style is Style.TURNS and empty and round_.void_reason is None:
            if self.state is TableState.OPEN:
                self._begin_betting()  # nobody to deal to: the window begins anew
                return
            round_.void_reason = _NOBODY
        self._closing = True
        self._enter(Phase.CLOSED)
        self.resolved()

    def resolved(self) -> None:
        """Go on with what waited for the last bet or decision under way."""
        round_ = self.round
        if self.dead or round_ is None or round_.pending or self._busy:
            return
        if self._closing:
            self._closing = False
            self.do(LiveKind.CLOSE, self._closed)
        elif round_.void_reason is not None and self.phase is not Phase.RESULT:
            self._give_back()
        elif self._crashed:
            self._pay()
        elif self._overdue:
            self._time_out()

    def _closed(self) -> None:
        """Bets are closed on record; there is no outcome yet."""
        round_ = self.round
        assert round_ is not None
        round_.close()
        self._await_draw()

    def _await_draw(self) -> None:
        """Tell that bets are closed, and when the draw comes."""
        round_ = self.round
        assert round_ is not None
        pause = 0 if round_.void_reason is not None else self.draw_ms
        if pause:
            self._enter(Phase.CLOSED, pause, self._draw)
        self.publish(
            lambda epoch, seq: BetsClosed(
                table=self.wire_id,
                epoch=epoch,
                seq=seq,
                round=round_.wire_id,
                draws_ms=pause or None,
            )
        )
        if round_.void_reason is not None:
            self._give_back()
        elif not pause:
            self._draw()

    def _draw(self) -> None:
        """Derive the outcome, only now, and have it recorded."""
        self._enter(Phase.CLOSED)
        if self.derive():
            self.do(LiveKind.DRAW, self._drawn)

    def derive(self) -> bool:
        """Derive the outcome; rules that fail void the round, and so does nobody to deal to."""
        assert self.round is not None
        if self.rules.style is Style.TURNS and not self.round.bettors:
            self.void(_NOBODY)  # the last bet was refused while bets were being closed
            return False
        try:
            self.round.derive()
        except Exception:
            log.exception("a game failed", game=self.game.name)
            self.void("The game failed.")
            return False
        return True

    def _drawn(self) -> None:
        round_ = self.round
        assert round_ is not None
        if round_.void_reason is not None:
            self._give_back()
        elif round_.rising is not None:
            self._rise()
        else:
            self._go_on(None, platform=False)

    # -- turns --------------------------------------------------------------------------------

    def _go_on(self, decided: int | None, *, platform: bool) -> None:
        """After a draw or a decision that has committed: the next turn, or the end."""
        round_ = self.round
        assert round_ is not None
        assert round_.state is not None
        if round_.void_reason is not None:
            self._give_back()
            return
        if round_.state.finished:
            self._enter(Phase.CLOSED)
            self._pay()
            return
        acting = round_.bettors[self.rules.acting(round_.state)]
        self._enter(Phase.PLAYING, self.settings.decision_ms, self._time_out)

        def turn(seat: int | None) -> Callable[[int, int], Event]:
            return lambda epoch, seq: Turn(
                table=self.wire_id,
                epoch=epoch,
                seq=seq,
                round=round_.wire_id,
                step=round_.step,
                acting=acting,
                decided=decided,
                platform=platform,
                view=round_.view(seat),
                decide_ms=self.settings.decision_ms,
            )

        self.publish(
            turn(None), {round_.placed[seat].account: turn(seat) for seat in round_.bettors}
        )

    def _time_out(self) -> None:
        """Take the house's decision for a seat whose time has run out (C5)."""
        round_ = self.round
        if round_ is None or round_.state is None or self._busy:
            return
        self._overdue = round_.pending
        if self._overdue:
            return  # his decision may count; if it is refused, his time has run out all the same
        try:
            index, decision = self.game.platform_decision(round_.state.parts[0])
            if self.game.price(round_.state.parts[0], index, decision):
                raise ValueError("the platform's decision takes a further stake")
            state = self.rules.decided(round_.state, index, decision)
        except Exception:
            log.exception("a game failed", game=self.game.name)
            self.void("The game failed.")
            return
        seat = round_.bettors[index]

        def committed() -> None:
            self.decided(seat, state, platform=True)

        self.do(
            LiveKind.PLATFORM,
            committed,
            step=round_.step,
            seat=seat,
            input_data=_encode(decision),
        )

    def decided(self, seat: int, state: LiveState, *, platform: bool) -> None:
        """Move to where a committed decision leaves the round."""
        round_ = self.round
        assert round_ is not None
        round_.state = state
        round_.step += 1
        self.guarded(lambda: self._go_on(seat, platform=platform))
