"""What every node with a session of a player should hear: his gate changed, he came elsewhere.

Both only make sooner what the database sees to in any case: the gate is compared by the call that
debits, and what an older session still sends is refused by its epoch.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from server.cluster.bus import Bus, Subscription
from server.cluster.publishing import Number

__all__ = ["GateChanged", "Players", "SessionOpened"]


class GateChanged(msgspec.Struct, frozen=True, tag="gate_changed"):
    """A fact behind a player's gate is another one: a limit, an exclusion, his account's state."""

    player: Number


class SessionOpened(msgspec.Struct, frozen=True, tag="session_opened"):
    """A player has a new session; every one under a lower epoch is over."""

    player: Number
    session: Number
    epoch: Number
    """The session epoch on his account."""


class Players:
    """Tells and hears of players."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def tell_gate_changed(self, player: int) -> None:
        """Tell, after the commit, that a player's gate is to be computed anew."""
        self._bus.publish(_topic(player), GateChanged(player))

    def tell_session_opened(self, player: int, session: int, epoch: int) -> None:
        """Tell, after the commit, that a player's newest session is this one."""
        self._bus.publish(_topic(player), SessionOpened(player, session, epoch))

    def follow(
        self,
        player: int,
        *,
        epoch: int,
        gate_changed: Callable[[], None],
        replaced: Callable[[], None],
        unsure: Callable[[], None] | None = None,
    ) -> Subscription:
        """Hear of one player, for a session under *epoch*, until the subscription is closed.

        *replaced* is called whenever a session under a higher epoch is told, perhaps twice, and
        *unsure* after the bus was interrupted: something was perhaps not heard, and is to be read.
        """

        def heard(message: GateChanged | SessionOpened) -> None:
            if message.player != player:
                return
            if isinstance(message, GateChanged):
                gate_changed()
            elif message.epoch > epoch:
                replaced()

        return self._bus.subscribe(
            _topic(player), GateChanged | SessionOpened, heard, resumed=unsure
        )


def _topic(player: int) -> str:
    return f"player/{player}"
