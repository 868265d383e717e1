"""How a command of this machine asks something of the running server.

A Unix socket in the data directory, for the server's own user only: a line with the question, and
a line of JSON with the answer. While the server works on a long one it sends `{"working":true}`
from time to time, so that whoever asked knows that it goes on; and it goes on as well when nobody
waits for the answer any more. The socket is found by the directory, so no process number can be
taken for another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from server.database.files import SOCKET_PATH_BYTES_MAX

__all__ = ["Control", "NoServer", "ask"]

log = structlog.get_logger(__name__)

NAME: Final = "control"
_QUESTION_BYTES_MAX: Final = 1 << 12
_PATIENCE_S: Final = 120.0
"""How long either end may be silent."""
_BEAT_S: Final = 5.0
_WORKING: Final = b'{"working":true}'

Handler = Callable[[], Awaitable[msgspec.Struct]]


class NoServer(Exception):  # noqa: N818 - one clear line for a person
    """No server could be asked; the message says why."""


class Control:
    """The server's end."""

    def __init__(self, data: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = data / NAME
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._working: set[asyncio.Task[bytes]] = set()
        self._address: str | None = None

    async def start(self) -> None:
        """Listen. Where that cannot be, the server runs all the same and says so in one line."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            listener = _bound(_short(self._path))
        except OSError as error:
            log.warning("commands cannot reach this server", reason=error.strerror or str(error))
            return
        self._address = _short(self._path)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=_QUESTION_BYTES_MAX
        )

    async def close(self) -> None:
        """Stop listening, and what is worked on."""
        if self._server is None or self._address is None:
            return
        self._server.close()
        working = list(self._working)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        with contextlib.suppress(OSError):
            os.unlink(self._address)  # noqa: PTH108 - one call, not worth a thread
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                wanted = (await reader.readline()).decode("ascii", "replace").strip()
            task = asyncio.get_running_loop().create_task(self._answer(wanted))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
            while not (await asyncio.wait({task}, timeout=_BEAT_S))[0]:
                await _send(writer, _WORKING)
            await _send(writer, task.result())
        except (OSError, TimeoutError, ValueError, asyncio.CancelledError):
            # Whoever asked is gone, or does not read the answer; or the server ends.
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer(self, wanted: str) -> bytes:
        handler = self._handlers.get(wanted)
        if handler is None:
            return msgspec.json.encode({"error": f"this server does not know {wanted[:32]!r}"})
        try:
            return msgspec.json.encode(await handler())
        except Exception as error:  # the one who asked is told in a line, the log has the rest
            log.exception("a command failed", command=wanted)
            return msgspec.json.encode({"error": f"it failed: {type(error).__name__}"})


async def _send(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line + b"\n")
    async with asyncio.timeout(_PATIENCE_S):
        await writer.drain()


def ask(
    data: Path,
    wanted: str,
    patience_s: float = _PATIENCE_S,
    working: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Ask the server of a data directory, and return its answer. Raises NoServer.

    `working` is called whenever the server says that it is still at work; it may take any time, but
    be silent no longer than `patience_s`.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(patience_s)
        try:
            connection.connect(_short(data / NAME))
        except FileNotFoundError:
            raise NoServer(f"no server runs on the data directory {data}") from None
        except (ConnectionRefusedError, OSError) as error:
            raise NoServer(
                f"the server of the data directory {data} cannot be asked: {error.strerror}"
            ) from None
        try:
            connection.sendall(wanted.encode() + b"\n")
            with connection.makefile("rb") as file:
                # Lines of any length: the server is our own.
                while (line := file.readline()).strip() == _WORKING:
                    working()
            answer = msgspec.json.decode(line, type=dict[str, Any])
        except TimeoutError:
            raise NoServer(
                f"the server has said nothing for {patience_s:g} seconds; it may still be at work,"
                " and its log tells what came of it"
            ) from None
        except (OSError, msgspec.DecodeError):
            raise NoServer(
                "the server ended before it answered; what it was asked may be done or not, and"
                " its log may say"
            ) from None
    if "error" in answer:
        raise NoServer(str(answer["error"]))
    return answer


def _bound(address: str) -> socket.socket:
    """Return a listening socket. One that a killed server left behind is replaced."""
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        try:
            listener.bind(address)
        except OSError:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(address) == 0:
                    raise
            Path(address).unlink(missing_ok=True)
            listener.bind(address)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    listener.setblocking(False)
    return listener


def _short(path: Path) -> str:
    """Return the shorter way to write a path. Raises OSError where no socket can have it."""
    absolute = path.absolute()
    names = [str(absolute)]
    with contextlib.suppress(ValueError):
        names.append(str(absolute.relative_to(Path.cwd())))
    shortest = min(names, key=lambda name: len(os.fsencode(name)))
    if len(os.fsencode(shortest)) > SOCKET_PATH_BYTES_MAX:
        raise OSError(None, f"the path of the data directory is too long for a socket: {path}")
    return shortest
