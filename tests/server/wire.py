"""One connection of a small client that shares no code with the server.

It speaks through `websockets` and `msgpack` (or `json`) alone: what it reads are plain maps, so
that a fault of the server's own codec cannot hide itself.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgpack  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.patience import PATIENCE_S

MSGPACK = "croupier.v1.msgpack"
JSON = "croupier.v1.json"

CLIENT = {"name": "harness", "version": "1"}


class Answer(NamedTuple):
    """One frame of the server."""

    id: int | None
    type: str
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The code of a refusal; fails for anything else."""
        assert self.type == "error", self
        return str(self.body["code"])

    @property
    def details(self) -> Any:
        """The details of a refusal."""
        assert self.type == "error", self
        return self.body["details"]


class Wire:
    """One connection of a client. Answers by request id, events and faults in order."""

    def __init__(self, socket: ClientConnection, *, binary: bool) -> None:
        self.socket = socket
        self.binary = binary
        self.answers: dict[int | None, list[Answer]] = {}
        self.events: list[Answer] = []
        self.received: list[Answer] = []
        self.frames: list[bytes] = []
        """Every frame as it came, text as UTF-8; `received` holds the same frames read."""
        self.welcome: dict[str, Any] = {}
        self.close_code: int | None = None
        self._next = 0
        self._news = asyncio.Event()
        self._reader = asyncio.get_running_loop().create_task(self._read())

    # -- sending ------------------------------------------------------------------------------

    def frame(self, kind: str, body: dict[str, Any], request: int) -> bytes | str:
        """Return a request frame."""
        message = {"id": request, "type": kind, "body": body}
        if self.binary:
            return bytes(msgpack.packb(message))
        return json.dumps(message, default=_base64)

    def new_id(self) -> int:
        """Return a request id above every one before it."""
        self._next += 1
        return self._next

    async def send(self, kind: str, body: dict[str, Any], request: int | None = None) -> int:
        """Send a request and return its id."""
        request = self.new_id() if request is None else request
        if request < 1 << 50:
            self._next = max(self._next, request)
        await self.socket.send(self.frame(kind, body, request))
        return request

    async def ask(self, kind: str, /, request: int | None = None, **body: Any) -> Answer:
        """Send a request and wait for one more answer under its id."""
        before = 0 if request is None else len(self.answers.get(request, ()))
        request = await self.send(kind, body, request)
        return await self.answer(request, before)

    async def refusal(self, kind: str, /, request: int | None = None, **body: Any) -> str:
        """Send a request and return the code of its refusal."""
        return (await self.ask(kind, request, **body)).code

    # -- hearing ------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds that changes with what comes in."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def answer(self, request: int | None, index: int = 0) -> Answer:
        """Wait for an answer to a request, of several the one at *index*."""
        await self.until(
            lambda: len(self.answers.get(request, ())) > index or self.close_code is not None
        )
        answers = self.answers.get(request, [])
        assert len(answers) > index, f"closed with {self.close_code} before an answer"
        return answers[index]

    async def event(self, kind: str, index: int = 0) -> Answer:
        """Wait for an event of a kind."""

        def found() -> list[Answer]:
            return [event for event in self.events if event.type == kind]

        await self.until(lambda: len(found()) > index)
        return found()[index]

    async def closed(self) -> int | None:
        """Wait until the connection has ended and return the code of its close frame."""
        await self.until(lambda: self.close_code is not None)
        return self.close_code

    async def settled(self) -> None:
        """Wait until everything that the server had to say before now is here."""
        await self.ask("ping")

    async def drop(self) -> None:
        """End the TCP connection without a word, as a lost network does."""
        self.socket.transport.abort()
        await self.closed()

    async def close(self) -> None:
        """End the connection in order."""
        with contextlib.suppress(ConnectionClosed, OSError):
            await self.socket.close()
        await self.closed()

    async def _read(self) -> None:
        try:
            async for frame in self.socket:
                self.frames.append(frame if isinstance(frame, bytes) else frame.encode())
                answer = self._decoded(frame)
                self.received.append(answer)
                if answer.id is None and answer.type != "error":
                    self.events.append(answer)
                else:
                    self.answers.setdefault(answer.id, []).append(answer)
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self.close_code = self.socket.close_code or 1006
            self._news.set()

    def _decoded(self, frame: bytes | str) -> Answer:
        message = msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame)
        assert isinstance(frame, bytes) is self.binary
        assert set(message) <= {"id", "type", "body"}
        return Answer(message.get("id"), message["type"], message["body"])


def _base64(value: object) -> str:
    """JSON carries bytes so."""
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()
