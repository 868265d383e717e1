"""Requests on their way: numbered, kept until answered, sent again unchanged.

This is where *ask twice, get one answer* lives on the client's side. A request gets its id and its
bytes when it is first sent and keeps both, whatever happens to the connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from client.backoff import Backoff
from client.errors import SESSION_LOST, ClientError, CroupierError, certainty_of
from client.policy import Policy
from client.transport import Connection
from protocol.codec import Codec
from protocol.errors import Certainty
from protocol.messages import REPLIES
from protocol.messages.common import Event, Reply, Request
from protocol.messages.failure import Failure

__all__ = ["Observer", "Outbox"]

_MONEY: Final = frozenset({"spin", "deal", "act", "bet"})
"""Requests that may move money; never sent again under another session."""

_REPEATABLE: Final = frozenset(
    {"lobby", "activity", "tables", "sit", "join", "watch", "balance", "history", "round", "ping"}
)
"""Requests that do no harm when a new session asks them once more."""


class Observer(Protocol):
    """Sees every request as it is sent, every reply and every event, repeated ones included."""

    def sent(self, request_id: int, body: Request) -> None:
        """Take note of a request that goes out now, or goes out again."""

    def received(self, request_id: int | None, body: Reply | Event) -> None:
        """Take note of a reply, or of an event where the id is None."""


class _Pending:
    __slots__ = ("backoff", "body", "deadline", "flying", "frame", "future", "id", "on_reply")

    def __init__(
        self,
        body: Request,
        future: asyncio.Future[Any],
        on_reply: Callable[[Any], Any] | None,
    ) -> None:
        self.id = 0
        self.body = body
        self.frame = b""
        self.future = future
        self.on_reply = on_reply
        self.flying = False
        self.backoff: Backoff | None = None
        self.deadline = 0.0


class Outbox:
    """The requests of one session that have no final answer yet."""

    def __init__(self, codec: Codec, policy: Policy, observer: Observer | None) -> None:
        self._codec = codec
        self._policy = policy
        self._observer = observer
        self._decoders = {name: codec.decoder(kind).decode for name, kind in REPLIES.items()}
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None
        self._last_id = 0
        self._in_flight = 0
        self._window = 1
        self._maximum_bytes = 0
        self._sent: dict[int, _Pending] = {}
        self._unsent: deque[_Pending] = deque()
        self.retried: dict[str, int] = {}
        """How many answers asked for the same request again, by code."""
        self.repeated = 0
        """How many requests were sent again after a resume."""

    @property
    def unanswered(self) -> int:
        """How many requests have no final answer."""
        return len(self._sent) + len(self._unsent)

    def next_id(self) -> int:
        """Return a fresh request id."""
        self._last_id += 1
        return self._last_id

    def submit(
        self, body: Request, on_reply: Callable[[Any], Any] | None = None
    ) -> asyncio.Future[Any]:
        """Send a request, now or once there is a connection.

        The future gets the reply, or what `on_reply` makes of it as soon as it arrives (even where
        nobody awaits the future any more), or CroupierError. Raises ClientError if too many
        requests are unanswered or this one is longer than the gateway takes.
        """
        if len(self._sent) + len(self._unsent) >= self._policy.maximum_unanswered:
            raise ClientError(f"{self._policy.maximum_unanswered} requests are unanswered")
        pending = _Pending(body, self._loop.create_future(), on_reply)
        if self._connection is not None and self._in_flight < self._window and not self._unsent:
            self._send_first(pending)
        else:
            self._unsent.append(pending)
        return pending.future

    def answer(self, request_id: int, kind: str, body: msgspec.Raw) -> None:
        """Take a reply. Raises msgspec.DecodeError if it is not one of this protocol."""
        decode = self._decoders.get(kind)
        pending = self._sent.get(request_id)
        if decode is None:
            if pending is not None:
                self._finish(pending)
                self._reject(pending, ClientError(f"the answer {kind!r} is not known here"))
            return
        reply = decode(body)
        if self._observer is not None:
            self._observer.received(request_id, reply)
        if pending is None:
            return
        if type(reply) is Failure:
            self._refused(pending, reply)
            return
        self._finish(pending)
        future = pending.future
        try:
            result = reply if pending.on_reply is None else pending.on_reply(reply)
        except ClientError as error:
            self._reject(pending, error)
        else:
            if not future.done():
                future.set_result(result)

    def online(
        self, connection: Connection, *, highest_request: int, window: int, maximum_bytes: int
    ) -> None:
        """Begin to send on a signed-in connection: first everything unanswered, oldest first."""
        self._connection = connection
        self._last_id = max(self._last_id, highest_request)
        self._window = max(1, window)
        self._maximum_bytes = maximum_bytes
        self._in_flight = 0
        for pending in list(self._sent.values()):
            self.repeated += 1
            self._transmit(pending)
        self._pump()

    def offline(self) -> None:
        """Keep everything until the next connection."""
        self._connection = None
        self._in_flight = 0
        for pending in self._sent.values():
            pending.flying = False

    def session_lost(self) -> None:
        """Start numbering anew: the server forgot the session these requests belong to.

        What may have moved money is reported as in doubt and never sent again. Questions are asked
        again under the new session; whatever else was never sent is reported as not executed.
        """
        self.offline()
        sent, self._sent = list(self._sent.values()), {}
        unsent, self._unsent = self._unsent, deque()
        self._last_id = 0
        for pending in (*sent, *unsent):
            kind = _kind(pending.body)
            if kind in _REPEATABLE:
                pending.id, pending.frame, pending.backoff = 0, b"", None
                self._unsent.append(pending)
                continue
            in_doubt = pending.id > 0 and kind in _MONEY
            self._reject(pending, _lost(kind, in_doubt=in_doubt))

    def fail(self, error: Callable[[bool], ClientError]) -> None:
        """Reject everything; `error` is told whether a request may have moved money."""
        self.offline()
        pending_ones = (*self._sent.values(), *self._unsent)
        self._sent.clear()
        self._unsent.clear()
        for pending in pending_ones:
            in_doubt = pending.id > 0 and _kind(pending.body) in _MONEY
            self._reject(pending, error(in_doubt))

    # Inside.

    def _send_first(self, pending: _Pending) -> None:
        if pending.future.done():
            return  # cancelled before it was ever sent
        request_id = self._last_id + 1
        frame = self._codec.encode_request(request_id, pending.body)
        if len(frame) > self._maximum_bytes > 0:
            self._reject(pending, ClientError(f"a request of {len(frame)} bytes is too long"))
            return
        self._last_id = pending.id = request_id
        pending.frame = frame
        self._sent[request_id] = pending
        self._transmit(pending)

    def _transmit(self, pending: _Pending) -> None:
        """Send the kept bytes, or leave them for the next connection."""
        connection = self._connection
        if connection is None or pending.flying:
            return
        pending.flying = True
        self._in_flight += 1
        if self._observer is not None:
            self._observer.sent(pending.id, pending.body)
        connection.send(pending.frame)

    def _pump(self) -> None:
        while self._unsent and self._connection is not None and self._in_flight < self._window:
            self._send_first(self._unsent.popleft())

    def _landed(self, pending: _Pending) -> None:
        if pending.flying:
            pending.flying = False
            self._in_flight -= 1

    def _finish(self, pending: _Pending) -> None:
        del self._sent[pending.id]
        if pending.flying:
            pending.flying = False
            self._in_flight -= 1
        if self._unsent:
            self._pump()

    def _refused(self, pending: _Pending, failure: Failure) -> None:
        """Ask again where the answer was not final, until the patience of the policy ends."""
        if certainty_of(failure) is Certainty.FINAL:
            self._finish(pending)
            self._reject(pending, CroupierError.of(failure))
            return
        self._landed(pending)
        now = self._loop.time()
        if pending.backoff is None:
            pending.backoff = Backoff(self._policy.retry_initial_s, self._policy.retry_cap_s)
            pending.deadline = now + self._policy.retry_for_s
        if now >= pending.deadline:
            self._finish(pending)
            self._reject(pending, CroupierError.of(failure))
            return
        self.retried[failure.code] = self.retried.get(failure.code, 0) + 1
        self._loop.call_later(pending.backoff.next(), self._again, pending)

    def _again(self, pending: _Pending) -> None:
        if self._sent.get(pending.id) is pending:
            self._transmit(pending)

    def _reject(self, pending: _Pending, error: ClientError) -> None:
        future = pending.future
        if not future.done():
            future.set_exception(error)
            # Whoever gave up awaiting must not be told off at interpreter exit.
            future.exception()


def _kind(body: Request) -> str:
    return body.TYPE


def _lost(kind: str, *, in_doubt: bool) -> CroupierError:
    if in_doubt:
        return CroupierError(
            SESSION_LOST,
            Certainty.UNKNOWN,
            f"the server no longer knows the session, so the {kind} may or may not have been "
            "played; look for it in the history",
        )
    return CroupierError(
        SESSION_LOST, Certainty.TEMPORARY, f"the session ended before the {kind} was sent"
    )
