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

    def __init__(self, account: int, state: LiveState, now: float) -> None:
        self.account = account
        self.take(state, now)

    def take(self, state: LiveState, now: float) -> None:
        """Be told where the table stands, in place of events."""
        self.state = state
        self.since = state.epoch, state.seq
        self.phase_at = self.rising_at = now

    def hear(self, told: Any, now: float) -> None:
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

    def check(self, fresh: LiveState, now: float | None) -> None:
        """Compare what he has made of all he heard with a state that is made for him now.

        Clocks are compared where it is known when he heard what he heard.
        """
        wrong = list(self._differences(fresh))
        if now is not None:
            wrong += self._clocks(fresh, now)
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
        mine = self.state
        if mine.phase == fresh.phase and fresh.phase_ms is not None and mine.round is not None:
            left = mine.phase_ms
            if left is not None:
                left = max(0, left - round((now - self.phase_at) * 1000))
            if left is None or abs(left - fresh.phase_ms) > CLOCK_MS:
                yield "phase_ms", left, fresh.phase_ms
        if fresh.elapsed_ms is not None:
            elapsed = mine.elapsed_ms
            if elapsed is not None:
                elapsed += round((now - self.rising_at) * 1000)
            if elapsed is None or abs(elapsed - fresh.elapsed_ms) > CLOCK_MS:
                yield "elapsed_ms", elapsed, fresh.elapsed_ms


class Followers:
    """Some people at a table, who come at any time, with a seat or without."""

    def __init__(self, seed: int, accounts: list[int]) -> None:
        self._random = random.Random(seed)
        self._accounts = [WATCHER, *accounts]
        self._all: list[Follower] = []
        self.compared = 0

    def hear(self, push: Push, now: float) -> None:
        """Tell everybody an event."""
        for each in self._all:
            each.hear(push.seen_by(each.account), now)

    def seated(self, account: int, seat: int) -> None:
        """Tell somebody that he has a seat, as the answer to his request does."""
        for each in self._all:
            if each.account == account:
                each.state = replace(each.state, seat=seat)

    def shown(self, table: LiveTable, now: float) -> None:
        """Tell everybody where the table stands: it has changed hands."""
        for each in self._all:
            each.take(state_for(table, each.account), now)

    def check(self, table: LiveTable, now: float) -> None:
        """Ask everybody where the table stands."""
        if not self._all or self._random.random() < NEW:
            account = self._random.choice(self._accounts)
            if len(self._all) == MOST:
                del self._all[self._random.randrange(MOST)]
            self._all.append(Follower(account, state_for(table, account), now))
        for each in self._all:
            each.check(state_for(table, each.account), now)
        self.compared += len(self._all)


def _plain(value: Any) -> Any:
    """Return a value as it compares: what there is not, and null, are the same."""
    if isinstance(value, msgspec.Raw):
        return msgspec.msgpack.decode(value) if bytes(value) else None
    return value
