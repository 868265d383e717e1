"""What a client tells its program unasked, and how the program listens."""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from client.errors import ClientError
from protocol.messages.common import Event

__all__ = ["ClientEvent", "Listeners", "Problem", "State", "StateChanged"]


class State(enum.Enum):
    """Whether requests go out."""

    DISCONNECTED = "disconnected"
    """Nothing is tried until `connect` is called."""
    CONNECTING = "connecting"
    """Trying, or waiting to try again. Requests are kept."""
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The connection's state changed; `terminal` means that the client will not try again."""

    state: State
    code: int | None = None
    """The close code, where a connection ended."""
    reason: str = ""
    terminal: bool = False
    resumed: bool = False
    """For CONNECTED: whether the session before was resumed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something is wrong that no request of the program was told about."""

    error: ClientError


ClientEvent = Event | StateChanged | Problem

_MAXIMUM_WAITING = 10_000


class Listeners:
    """Hands each event to every subscriber."""

    __slots__ = ("_callbacks",)

    def __init__(self) -> None:
        self._callbacks: list[Callable[[ClientEvent], None]] = []

    def subscribe(self, callback: Callable[[ClientEvent], None]) -> Callable[[], None]:
        """Call `callback` for each event from now on; returns what ends it."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return unsubscribe

    def tell(self, event: ClientEvent) -> None:
        """Hand an event to everyone who listens."""
        for callback in tuple(self._callbacks):
            try:
                callback(event)
            except Exception as error:  # noqa: BLE001 - a listener's fault must not cost the socket
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a listener of the client failed", "exception": error}
                )

    async def stream(self) -> AsyncIterator[ClientEvent]:
        """Yield events as they come, until a terminal state change, which is the last one.

        A reader that falls 10,000 events behind loses the oldest.
        """
        waiting: deque[ClientEvent] = deque(maxlen=_MAXIMUM_WAITING)
        arrived = asyncio.Event()

        def keep(event: ClientEvent) -> None:
            waiting.append(event)
            arrived.set()

        unsubscribe = self.subscribe(keep)
        try:
            while True:
                await arrived.wait()
                arrived.clear()
                while waiting:
                    event = waiting.popleft()
                    yield event
                    if isinstance(event, StateChanged) and event.terminal:
                        return
        finally:
            unsubscribe()
