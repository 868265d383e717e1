"""People who know where a table stands by folding its events over what they were told before."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from client.live_state import after
from protocol.codec import MSGPACK
from protocol.messages.live import LiveEvent, LiveState, SeatChanged

state_of = MSGPACK.decoder(LiveState).decode
event_of = msgspec.msgpack.Decoder(LiveEvent).decode


class Follower:
    def __init__(self, account, state):
        self.account = account
        self.state = state
        self.since = state.epoch, state.seq, state.phase

    def take(self, push):
        event = event_of(MSGPACK.encode(push.seen_by(self.account)))
        before = self.state
        assert (event.epoch, event.seq) == (before.epoch, before.seq + 1)
        self.state = after(before, event)
        if isinstance(event, SeatChanged) and event.seat == before.seat and not event.taken:
            self.state = replace(self.state, seat=None)


def given(table, account):
    return state_of(MSGPACK.encode(table.snapshot(account, 0)))


def plain(value):
    if isinstance(value, msgspec.Raw):
        return bytes(value) or b"\xc0"
    return value


def differences(folded, fresh):
    for name in LiveState.__struct_fields__:
        one, other = plain(getattr(folded, name)), plain(getattr(fresh, name))
        if one != other:
            yield name, one, other
