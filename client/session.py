"""A player's session across connections: signing in, resuming, keeping alive, giving up.

The session reconnects by itself until the server says not to (close codes 45xx), the ticket
provider refuses, or `stop` is called. What is kept between connections: the resume token, the
requests without an answer, and the last event seen of each table.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl as ssl_module
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from client.backoff import Backoff
from client.errors import (
    ClientError,
    ConnectError,
    CroupierError,
    SessionEndedError,
    TicketError,
    certainty_of,
)
from client.events import State, StateChanged
from client.http import Ticket, TicketProvider
from client.policy import Policy
from client.requests import Observer, Outbox
from client.transport import ABNORMAL, Connection, HandshakeError, open_connection
from protocol.codec import Codec
from protocol.errors import Certainty, CloseCode, ErrorCode
from protocol.messages import EVENTS
from protocol.messages.common import Event, Request
from protocol.messages.failure import Failure
from protocol.messages.session import ClientInfo, Draining, Hello, Ping, Position, Resume, Welcome

__all__ = ["Owner", "Session"]

_TICKET_REUSE_S: Final = 20.0
"""The server gives the same session for the same ticket and nonce within 30 s."""


class Owner(Protocol):
    """Who is told what happens to the session; all of it on the event loop."""

    def welcomed(self, welcome: Welcome, *, resumed: bool) -> None:
        """Take the state of the session, before any kept request is sent again."""

    def session_lost(self) -> None:
        """Take note that the server no longer knows the session; a new one is on its way."""

    def happened(self, event: Event) -> None:
        """Take an event."""

    def state_changed(self, change: StateChanged) -> None:
        """Take note of a change of state."""

    def positions(self) -> Sequence[Position]:
        """Return the last event seen of each table."""


class _TryAgain(Exception):  # noqa: N818 - a signal of this module, not a fault
    """This attempt failed; the next may not."""


class _SignIn:
    """One attempt to sign in: which reply answers it, and what came of it."""

    __slots__ = ("future", "request_id", "resuming", "ticket_fresh")

    def __init__(self, request_id: int, *, resuming: bool, ticket_fresh: bool) -> None:
        self.request_id = request_id
        self.resuming = resuming
        self.ticket_fresh = ticket_fresh
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Session:
    """One player's play. `connect` starts it; it then lives until it is stopped or ended."""

    def __init__(
        self,
        owner: Owner,
        tickets: TicketProvider,
        codec: Codec,
        policy: Policy,
        *,
        info: ClientInfo,
        ssl: ssl_module.SSLContext | None,
        observer: Observer | None,
    ) -> None:
        self._owner = owner
        self._tickets = tickets
        self._codec = codec
        self._policy = policy
        self._info = info
        self._ssl = ssl
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        self._events = {name: codec.decoder(kind).decode for name, kind in EVENTS.items()}
        self.outbox = Outbox(codec, policy, observer)
        self.state = State.DISCONNECTED
        self.welcome: Welcome | None = None
        self.connections = 0
        """How many connections have been signed in."""
        self._ticket: Ticket | None = None
        self._ticket_at = 0.0
        self._ticket_fresh = False
        self._nonce = ""
        self._gateway = ""
        self._sign_in: _SignIn | None = None
        self._connection: Connection | None = None
        self._ended: asyncio.Future[tuple[int, str]] | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] | None = None
        self._draining_within_s = 0.0
        self._last_reason = "nothing answered"
        self._ping_timer: asyncio.TimerHandle | None = None
        self._pinged_at = 0.0

    # For the client.

    async def connect(self) -> None:
        """Sign in or resume, and keep the session connected from then on.

        Raises ConnectError if it cannot be done in the policy's time, TicketError,
        CroupierError or SessionEndedError if it cannot be done at all.
        """
        if self._task is not None and not self._task.done():
            assert self._ready is not None
            await asyncio.shield(self._ready)
            return
        self._ready = self._loop.create_future()
        self._task = self._loop.create_task(self._run())
        try:
            async with asyncio.timeout(self._policy.connect_for_s):
                await asyncio.shield(self._ready)
        except TimeoutError:
            await self.stop()
            raise ConnectError(f"no connection: {self._last_reason}") from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close the connection and try no more. The session can be resumed by `connect`."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        connection, self._connection = self._connection, None
        self._stop_pinging()
        self.outbox.offline()
        if connection is not None and self._ended is not None:
            connection.close()
            await asyncio.wait([self._ended], timeout=self._policy.bye_timeout_s)
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
        if self.state is not State.DISCONNECTED:
            self._change(StateChanged(State.DISCONNECTED, 1000, "closed here"))

    def forget(self) -> None:
        """Forget the token and the ticket, so that the next `connect` starts a new session."""
        self.welcome = None
        self._ticket = None

    def drop(self) -> None:
        """Break the connection without a word, as a failing network does. For tests."""
        if self._connection is not None:
            self._connection.abort()

    # The life of the session.

    async def _run(self) -> None:
        backoff = Backoff(self._policy.reconnect_initial_s, self._policy.reconnect_cap_s)
        while True:
            if self.state is not State.CONNECTING:
                self._change(StateChanged(State.CONNECTING))
            code, reason = ABNORMAL, ""
            try:
                await self._establish()
                connected_at = self._loop.time()
                code, reason = await self._over()
                if self._loop.time() - connected_at >= self._policy.healthy_after_s:
                    backoff.reset()
                if not _tries_again(code):
                    self._end(SessionEndedError(_ending(code, reason), code), code, reason)
                    return
            except (OSError, TimeoutError, _TryAgain) as error:
                reason = str(error) or "no answer in time"
            except ClientError as error:
                self._end(error, None, str(error))
                return
            except Exception as error:
                # A fault of this program. Nobody may wait for a session that nobody runs.
                self._end(SessionEndedError(f"the client failed: {error!r}"), None, repr(error))
                raise
            self._last_reason = reason or f"closed with {code}"
            if self.state is State.CONNECTED:
                self._change(StateChanged(State.CONNECTING, code, reason))
            await asyncio.sleep(self._delay(backoff))

    def _delay(self, backoff: Backoff) -> float:
        """Return how long to wait; a server that drains has said over how long to spread."""
        within, self._draining_within_s = self._draining_within_s, 0.0
        if within:
            return secrets.randbelow(1_000_000) / 1e6 * min(within, self._policy.reconnect_cap_s)
        return backoff.next()

    async def _establish(self) -> None:
        """Connect and sign in. Raises OSError, TimeoutError or _TryAgain to be called again."""
        resuming = self.welcome is not None
        if not resuming:
            await self._have_ticket()
        try:
            async with asyncio.timeout(self._policy.sign_in_timeout_s):
                connection = await self._open()
                sign_in = self._send_sign_in(connection, resuming=resuming)
                await sign_in.future
        except BaseException as error:
            self._drop_attempt()
            if isinstance(error, HandshakeError) and not error.temporary:
                raise SessionEndedError(str(error)) from None
            raise
        finally:
            self._sign_in = None

    async def _have_ticket(self) -> None:
        """Get a ticket, unless the last one was used so lately that it gives the same session."""
        if self._ticket is not None and self._loop.time() - self._ticket_at < _TICKET_REUSE_S:
            return
        try:
            self._ticket = await self._tickets()
        except TicketError as error:
            if error.temporary:
                raise _TryAgain(str(error)) from None
            raise
        self._ticket_at = self._loop.time()
        self._ticket_fresh = True
        self._nonce = secrets.token_hex(16)
        self._gateway = self._ticket.gateway

    async def _open(self) -> Connection:
        ended: asyncio.Future[tuple[int, str]] = self._loop.create_future()

        def closed(code: int, reason: str) -> None:
            if not ended.done():
                ended.set_result((code, reason))
            if self._ended is ended:
                self._connection_ended(code, reason)

        self._ended = ended
        connection = await open_connection(
            self._gateway,
            self._codec.subprotocol,
            self._receive,
            closed,
            text=not self._codec.binary,
            ssl=self._ssl,
        )
        self._connection = connection
        return connection

    def _send_sign_in(self, connection: Connection, *, resuming: bool) -> _SignIn:
        body: Request
        if self.welcome is not None and resuming:
            positions = tuple(self._owner.positions())
            body = Resume(token=self.welcome.token, client=self._info, positions=positions)
        else:
            assert self._ticket is not None
            body = Hello(ticket=self._ticket.ticket, nonce=self._nonce, client=self._info)
        self._sign_in = _SignIn(
            self.outbox.next_id(), resuming=resuming, ticket_fresh=self._ticket_fresh
        )
        self._ticket_fresh = False
        if self._observer is not None:
            self._observer.sent(self._sign_in.request_id, body)
        connection.send(self._codec.encode_request(self._sign_in.request_id, body))
        return self._sign_in

    def _drop_attempt(self) -> None:
        connection, self._connection, self._ended = self._connection, None, None
        if connection is not None:
            connection.abort()

    async def _over(self) -> tuple[int, str]:
        assert self._ended is not None
        # Shielded: stopping cancels this task, and must not cancel what it then waits for.
        return await asyncio.shield(self._ended)

    def _connection_ended(self, code: int, reason: str) -> None:
        """Take the end of a connection as it happens, before anything else is sent on it."""
        self._connection = None
        self._stop_pinging()
        self.outbox.offline()
        sign_in = self._sign_in
        if sign_in is not None and not sign_in.future.done():
            if code == CloseCode.SIGN_IN_REFUSED:
                self._sign_in_refused(sign_in, None)
            elif _tries_again(code):
                sign_in.future.set_exception(_TryAgain(reason or f"closed with {code}"))
            else:
                sign_in.future.set_exception(SessionEndedError(_ending(code, reason), code))

    def _end(self, error: ClientError, code: int | None, reason: str) -> None:
        """Give up for good."""
        self._connection = None
        self.outbox.fail(lambda in_doubt: _unanswered(error, in_doubt=in_doubt))
        ready = self._ready
        if ready is not None and not ready.done():
            ready.set_exception(error)
            ready.exception()  # whoever called `connect` may have gone
        self._change(StateChanged(State.DISCONNECTED, code, reason, terminal=True))

    def _change(self, change: StateChanged) -> None:
        self.state = change.state
        self._owner.state_changed(change)

    # What arrives.

    def _receive(self, message: bytes) -> None:
        try:
            frame = self._codec.server_frame(message)
            if frame.id is None:
                self._take_event(frame.type, frame.body)
            elif self._sign_in is not None and frame.id == self._sign_in.request_id:
                self._take_sign_in(frame.type, frame.body)
            else:
                self.outbox.answer(frame.id, frame.type, frame.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # Whoever talks like this is not to be trusted with the rest of the stream.
            if self._connection is not None:
                self._connection.close(1002, f"unreadable frame: {error}"[:100])

    def _take_event(self, kind: str, body: msgspec.Raw) -> None:
        decode = self._events.get(kind)
        if decode is None:
            return  # the set of events is open
        event: Event = decode(body)
        if self._observer is not None:
            self._observer.received(None, event)
        if type(event) is Draining:
            self._draining_within_s = event.within_ms / 1000
        self._owner.happened(event)

    def _take_sign_in(self, kind: str, body: msgspec.Raw) -> None:
        sign_in = self._sign_in
        assert sign_in is not None
        if sign_in.future.done():
            return
        if kind == Failure.TYPE:
            failure: Failure = self._codec.decoder(Failure).decode(body)
            if self._observer is not None:
                self._observer.received(sign_in.request_id, failure)
            self._sign_in_refused(sign_in, failure)
        elif kind == Welcome.TYPE:
            welcome: Welcome = self._codec.decoder(Welcome).decode(body)
            if self._observer is not None:
                self._observer.received(sign_in.request_id, welcome)
            self._sign_in = None
            self._welcomed(welcome, resumed=sign_in.resuming)
            sign_in.future.set_result(None)

    def _welcomed(self, welcome: Welcome, *, resumed: bool) -> None:
        connection = self._connection
        assert connection is not None
        self.welcome = welcome
        self.connections += 1
        self._owner.welcomed(welcome, resumed=resumed)
        self._change(StateChanged(State.CONNECTED, resumed=resumed))
        self.outbox.online(
            connection,
            highest_request=welcome.highest_request,
            window=welcome.limits.in_flight,
            maximum_bytes=welcome.limits.frame_bytes,
        )
        self._start_pinging(welcome.ping_interval_ms / 1000)
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _sign_in_refused(self, sign_in: _SignIn, failure: Failure | None) -> None:
        """Decide what a refused sign-in means; `failure` is None where only a close told of it."""
        error: Exception
        code = failure.code if failure is not None else ""
        if failure is not None and certainty_of(failure) is not Certainty.FINAL:
            error = _TryAgain(f"{code}: {failure.message}")
        elif sign_in.resuming and code in ("", ErrorCode.TOKEN_INVALID.value):
            self.forget()
            self._owner.session_lost()
            self.outbox.session_lost()
            error = _TryAgain("the server no longer knows the session")
        elif code == ErrorCode.TICKET_INVALID.value and not sign_in.ticket_fresh:
            self._ticket = None
            error = _TryAgain("the ticket was used up")
        elif failure is not None:
            error = CroupierError.of(failure)
        else:
            error = SessionEndedError("the ticket was refused", CloseCode.SIGN_IN_REFUSED)
        if not sign_in.future.done():
            sign_in.future.set_exception(error)

    # Keeping alive.

    def _start_pinging(self, interval: float) -> None:
        self._stop_pinging()
        if interval > 0:
            self._ping_timer = self._loop.call_later(interval, self._keep_alive, interval)

    def _stop_pinging(self) -> None:
        if self._ping_timer is not None:
            self._ping_timer.cancel()
            self._ping_timer = None

    def _keep_alive(self, interval: float) -> None:
        """Ping where nothing was sent or received for a while; drop a connection that is silent."""
        connection = self._connection
        if connection is None:
            return
        now = self._loop.time()
        heard = connection.bytes_received_at
        if self._pinged_at > heard:
            if now - self._pinged_at >= self._policy.silence_timeout_s:
                connection.abort()  # `closed` follows, with 1006
                return
            due = self._pinged_at + self._policy.silence_timeout_s
        else:
            due = min(connection.sent_at, heard) + interval
            if due <= now:
                self._ping(connection)
                self._pinged_at = now
                due = now + min(interval, self._policy.silence_timeout_s)
        self._ping_timer = self._loop.call_at(max(due, now + 0.01), self._keep_alive, interval)

    def _ping(self, connection: Connection) -> None:
        request_id = self.outbox.next_id()
        body = Ping()
        if self._observer is not None:
            self._observer.sent(request_id, body)
        connection.send(self._codec.encode_request(request_id, body))


def _tries_again(code: int) -> bool:
    """Whether to reconnect after a close code (`protocol.errors.CloseCode`; the set is open)."""
    if code in (CloseCode.NORMAL, CloseCode.MESSAGE_TOO_BIG):
        return False
    return not 4500 <= code < 5000


def _ending(code: int, reason: str) -> str:
    try:
        name = CloseCode(code).name.lower().replace("_", " ")
    except ValueError:
        name = "for a reason unknown here"
    said = f" ({reason})" if reason else ""
    return f"the server ended the session: {code} {name}{said}"


def _unanswered(error: ClientError, *, in_doubt: bool) -> ClientError:
    certainty = Certainty.UNKNOWN if in_doubt else Certainty.TEMPORARY
    failure = CroupierError("session_ended", certainty, str(error))
    failure.__cause__ = error
    return failure
