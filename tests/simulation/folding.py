"""People who know where a live table stands by folding its events over what they were told before.

Whenever they are asked, that must be what a fresh state made for them at the same moment says. What
differs by design, and why, is written beside each rule here; anything else is a bug of the server,
or of what both clients make of events (`client.live_state`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from client.live import _CLOCKED
from client.live_state import after
from protocol.codec import MSGPACK
from protocol.messages.live import LiveEvent, LiveState, Rising, SeatChanged
from server.tables.live.seats import Push
from server.tables.live.table import LiveTable

WATCHER: Final = 0
"""Nobody's account: who has it watches."""
MOST: Final = 4
"""People who are asked at once; one who comes takes the place of another."""
NEW: Final = 0.1
"""How often somebody comes, and is told where the table stands."""
LOST: Final = 0.02
"""How often somebody's connection is lost, for a while."""
BACK: Final = 0.1
CLOCK_MS: Final = 2
"""What is lost to rounding."""

_CLOCKS: Final = {"phase_ms", "elapsed_ms"}
"""Compared for themselves: one is as of the last event, the other as of now."""
_UNTOLD: Final = {"watchers"}
"""No event tells who else watches; it is in a state for whoever cares."""
_LIES: Final = {"client_seeds", "placed", "stage", "step", "view", "cash_outs"}
"""What lies on the table stays there with the result, until the next round opens: a state that is
made meanwhile has the result on its board alone."""
_LIES_VOID: Final = {"client_seeds", "step"}
"""Of a void round nothing lies there but what nobody looks at."""
_LATER: Final = {"phase", "chain", "round"}
"""Between rounds the pause ends without a word, and the next chain and, at a table of rolls, round
are told when they take bets: nothing can be done with them before."""
_SETTLED: Final = {"phase", "acting", "view"}
"""While the last bet, decision or pay-out of a phase is being settled the server takes no more, and
tells nothing yet: `bets_closed`, `round_result` or `round_voided` comes when it is on record."""

_state: Final = MSGPACK.decoder(LiveState)
_events: Final = msgspec.msgpack.Decoder(LiveEvent)


def state_for(table: LiveTable, account: int) -> LiveState:
    """Return where a table stands, as an account reads it."""
    state: LiveState = _state.decode(MSGPACK.encode(table.snapshot(account, 0)))
    return state


class Follower:
    """One recipient, who was told where the table stands once and hears all events since."""

    def __init__(self, account: int, state: LiveState, now: float | None) -> None:
        self.account = account
        self.away = False
        """Whether his connection is lost: he hears nothing."""
        self.take(state, now)

    def take(self, state: LiveState, now: float | None) -> None:
        """Be told where the table stands, in place of events."""
        self.state = state
        self.since = state.epoch, state.seq
        self.phase_at = self.rising_at = now

    def come_back(self, table: LiveTable, now: float) -> None:
        """Be told all that was missed; or, where that is too much, where the table stands."""
        self.away = False
        missed = table.missed(self.account, self.state.epoch, self.state.seq)
        if missed is None:
            self.take(state_for(table, self.account), now)
        for event in missed or ():
            self.hear(event, None)

    def hear(self, told: Any, now: float | None) -> None:
        """Take the next event as it is cut for him, the way both clients do."""
        event = _events.decode(MSGPACK.encode(told))
        before = self.state
        assert (event.epoch, event.seq) == (before.epoch, before.seq + 1), "numbers are dense"
        self.state = after(before, event)
        if isinstance(event, SeatChanged) and event.seat == before.seat and not event.taken:
            self.state = replace(self.state, seat=None)
        if isinstance(event, _CLOCKED):
            self.phase_at = now
        if isinstance(event, Rising):
            self.rising_at = now

    def check(self, fresh: LiveState, now: float) -> None:
        """Compare what he has made of all he heard with a state that is made for him now.

        Clocks are compared where he heard at once what started them.
        """
        wrong = [*self._differences(fresh), *self._clocks(fresh, now)]
        words = "; ".join(f"{name} is {mine!r}, should be {its!r}" for name, mine, its in wrong)
        assert not wrong, f"account {self.account}, told {self.since}, now {fresh.seq}: {words}"

    def _differences(self, fresh: LiveState) -> Iterator[tuple[str, Any, Any]]:
        mine, by_design = self.state, _CLOCKS | _UNTOLD
        settling = fresh.phase == "closed" and mine.phase in ("betting", "playing")
        if mine.round is None and fresh.phase in ("idle", "result"):
            by_design |= _LATER | (_LIES if mine.phase == "result" else _LIES_VOID)
            if mine.phase not in ("idle", "result"):
                yield "phase", mine.phase, fresh.phase
        elif settling:
            by_design |= _SETTLED
        if fresh.acting is None:
            by_design.add("step")  # it is what the next `act` must name, so it counts in turns
        for name in LiveState.__struct_fields__:
            if name not in by_design:
                one, other = _plain(getattr(mine, name)), _plain(getattr(fresh, name))
                if name == "board":
                    one = one[: len(other)]  # clients keep more rounds than the server tells
                if one != other:
                    yield name, one, other

    def _clocks(self, fresh: LiveState, now: float) -> Iterator[tuple[str, Any, Any]]:
        mine, its = self.state, fresh.phase_ms
        in_play = mine.phase == fresh.phase and mine.round is not None
        if in_play and its is not None and self.phase_at is not None:
            left = _passed(mine.phase_ms, self.phase_at - now)
            if left is None or abs(left - its) > CLOCK_MS:
                yield "phase_ms", left, its
        its = fresh.elapsed_ms
        if its is not None and self.rising_at is not None:
            elapsed = _passed(mine.elapsed_ms, now - self.rising_at)
            if elapsed is None or abs(elapsed - its) > CLOCK_MS:
                yield "elapsed_ms", elapsed, its


class Followers:
    """Some people at a table, who come at any time, with a seat or without."""

    def __init__(self, seed: int, accounts: list[int]) -> None:
        self._random = random.Random(seed)
        self._accounts = [WATCHER, *accounts]
        self._all: list[Follower] = []
        self.compared = 0

    @property
    def _present(self) -> list[Follower]:
        return [each for each in self._all if not each.away]

    def hear(self, push: Push, now: float) -> None:
        """Tell everybody an event."""
        for each in self._present:
            each.hear(push.seen_by(each.account), now)

    def seated(self, account: int, seat: int) -> None:
        """Tell somebody that he has a seat, as the answer to his request does."""
        self._all = [each for each in self._all if not (each.away and each.account == account)]
        for each in self._all:
            if each.account == account:
                each.state = replace(each.state, seat=seat)

    def shown(self, table: LiveTable, now: float) -> None:
        """Tell everybody where the table stands: it has changed hands, and nothing was lost."""
        for each in self._present:
            fresh = state_for(table, each.account)
            _check_kept(each.state, fresh)
            each.take(fresh, now)

    def check(self, table: LiveTable, now: float) -> None:
        """Ask everybody where the table stands."""
        if not self._all or self._random.random() < NEW:
            account = self._random.choice(self._accounts)
            if len(self._all) == MOST:
                del self._all[self._random.randrange(MOST)]
            self._all.append(Follower(account, state_for(table, account), now))
        for each in self._all:
            if each.away and self._random.random() < BACK:
                each.come_back(table, now)
            elif not each.away:
                each.away = self._random.random() < LOST
        for each in self._present:
            each.check(state_for(table, each.account), now)
            self.compared += 1


def _check_kept(told: LiveState, fresh: LiveState) -> None:
    """Check that all that somebody was told of the round in play and the last one is still there.

    There may be more: what had committed, and its owner was lost before he told it. The board of a
    table of turns begins anew, since its results follow from every decision.
    """
    if told.round is not None and told.round == fresh.round:
        assert told.client_seeds == fresh.client_seeds, "seeds are fixed"
        stakes = {each.seat: each.stake for each in fresh.placed}
        for each in told.placed:
            assert stakes.get(each.seat, 0) >= each.stake, "what was accepted is there"
        assert set(told.cash_outs) <= set(fresh.cash_outs), "what was cashed out is"
    if told.board and told.style != "turns":
        assert told.board[0] in fresh.board


def _passed(clock: int | None, seconds: float) -> int | None:
    """Return a clock in milliseconds that has gone on, or down, for some seconds."""
    return None if clock is None else max(0, clock + round(seconds * 1000))


def _plain(value: Any) -> Any:
    """Return a value as it compares: what there is not, and null, are the same."""
    if isinstance(value, msgspec.Raw):
        return msgspec.msgpack.decode(value) if bytes(value) else None
    return value
