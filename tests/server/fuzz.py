"""Random and mutated frames, and a client on a bare socket that counts what comes back.

Frames carry a mask of zeros, which is a mask like any other, so that a hundred of them are built
and written at once.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import struct
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]

from protocol.errors import CloseCode
from tests.patience import PATIENCE_S
from tests.server.harness import House, Ticket
from tests.server.wire import CLIENT, JSON, MSGPACK

KEY: Final = base64.b64encode(bytes(16)).decode()

KINDS: Final = (
    *("ping", "lobby", "activity", "sit", "leave", "watch", "spin", "deal", "act", "bet"),
    *(
        "balance",
        "history",
        "round",
        "hello",
        "resume",
        "",
        "error",
        "welcome",
        "Spin",
        "\0",
        "x" * 300,
    ),
)
FIELDS: Final = (
    *("table", "round", "bets", "client_seed", "step", "decision", "game", "before", "limit"),
    *("ticket", "nonce", "token", "client", "positions", "stake", "bet", "action", "id", "type"),
)
ODD: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        20,
        100,
        2**31,
        2**53 - 1,
        2**53,
        2**63 - 1,
        -(2**63),
        2**64 - 1,
    ),
    *(0.5, -0.0, 1e308, "", "a", "\0", "\N{SNOWMAN}", "9" * 19, "9" * 70, "1-1", "x" * 65, "slot"),
    *([], {}, [[]], [1, 2, 3], {"stake": 20}, {"action": "hit"}, {"a": {"b": {"c": []}}}),
)


class Frames:
    """Makes frames from one seed. `known` holds good bodies, to be mutated."""

    def __init__(self, randomness: random.Random, *, binary: bool) -> None:
        self._random = randomness
        self._binary = binary
        self.known: list[tuple[str, dict[str, Any]]] = [("ping", {})]
        self._next = 1

    def encode(self, value: Any) -> bytes:
        """Encode a message."""
        if self._binary:
            return bytes(msgpack.packb(value))
        return json.dumps(value, default=lambda data: base64.b64encode(data).decode()).encode()

    def make(self) -> bytes:
        """Return the next frame's payload."""
        frame = self._any()
        if not self._binary and self._random.random() < 0.98:
            frame = frame.decode(errors="replace").encode()  # else the connection is closed
        return frame

    def _any(self) -> bytes:
        choice = self._random.random()
        if choice < 0.10:
            return self._random.randbytes(self._random.randrange(60))
        if choice < 0.35:
            return self._mutated(self.encode(self._good()))
        if choice < 0.60:
            return self.encode(self._wrong(self._good()))
        if choice < 0.80:
            return self.encode(self._odd())
        if choice < 0.83:
            return self._deep()
        return self.encode(self._good())

    def new_id(self) -> int:
        """Return an id above every one before it."""
        self._next += self._random.choice((1, 1, 1, 7))
        return self._next

    def _good(self) -> dict[str, Any]:
        kind, body = self._random.choice(self.known)
        request = self.new_id()
        if self._random.random() < 0.05:
            request = max(1, request - self._random.randrange(60))
        return {"id": request, "type": kind, "body": dict(body)}

    def _mutated(self, frame: bytes) -> bytes:
        data = bytearray(frame)
        for _ in range(self._random.choice((1, 1, 2, 5))):
            at = self._random.randrange(len(data) + 1)
            match self._random.randrange(5):
                case 0 if at < len(data):
                    data[at] ^= 1 << self._random.randrange(8)
                case 1:
                    del data[at:]
                case 2:
                    data[at:at] = self._random.randbytes(self._random.randrange(1, 9))
                case 3:
                    data[at:at] = data[at : at + self._random.randrange(1, 20)]
                case _:
                    del data[at : at + self._random.randrange(1, 9)]
        return bytes(data)

    def _wrong(self, message: dict[str, Any]) -> dict[str, Any]:
        body: Any = message["body"]
        value = self._random.choice(ODD)
        match self._random.randrange(6):
            case 0:
                message[self._random.choice(("id", "type", "body"))] = value
            case 1:
                message.pop(self._random.choice(("type", "body")), None)
            case 2 if body:
                body[self._random.choice(list(body))] = value
            case 3 if body:
                del body[self._random.choice(list(body))]
            case _:
                body[self._random.choice(FIELDS)] = value
        return message

    def _odd(self) -> Any:
        body = {
            self._random.choice(FIELDS): self._random.choice(ODD)
            for _ in range(self._random.randrange(5))
        }
        return {"id": self.new_id(), "type": self._random.choice(KINDS), "body": body}

    def _deep(self) -> bytes:
        depth = self._random.choice((50, 500, 4_000))
        inner = b"\x91" * depth if self._binary else b"[" * depth
        return inner if self._random.random() < 0.5 else self.encode({"id": 5})[:-1] + inner

    def usable_id(self, frame: bytes) -> int | None:
        """Return the request id that an independent decoder finds in a frame."""
        try:
            message = (
                msgpack.unpackb(frame, strict_map_key=False) if self._binary else json.loads(frame)
            )
        except Exception:  # noqa: BLE001 - whatever a decoder says of random bytes
            return None
        if not isinstance(message, dict) or type(message.get("id")) is not int:
            return None
        return int(message["id"])


class Socket:
    """A bare WebSocket connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = b""
        self.close_code: int | None = None

    @classmethod
    async def open(cls, house: House, subprotocol: str) -> Socket:
        """Connect and shake hands."""
        host, port = house.casino.gateway_address
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    def send(self, payloads: list[bytes], opcode: int) -> None:
        """Write frames, all at once."""
        data = []
        for payload in payloads:
            size = len(payload)
            if size < 126:
                head = bytes((0x80 | opcode, 0x80 | size))
            elif size < 65_536:
                head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
            else:
                head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
            data += [head, b"\0\0\0\0", payload]
        self._writer.write(b"".join(data))

    async def receive(self) -> bytes | None:
        """Return the next message, or None when the connection has ended."""
        while True:
            frame = self._taken()
            if frame is not None:
                first, payload = frame
                if first == 0x88:
                    self.close_code = int.from_bytes(payload[:2], "big")
                    return None
                if first in (0x81, 0x82):
                    return payload
                continue
            try:
                data = await self._reader.read(65_536)
            except ConnectionError:
                data = b""
            if not data:
                self.close_code = 1006
                return None
            self._buffer += data

    def _taken(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length or len(buffer) < start:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0], buffer[start : start + length]

    def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()


class Fuzzer:
    """One stream of frames over one connection after the other."""

    def __init__(self, house: House, seed: int, subprotocol: str, *, signed_in: bool) -> None:
        self._house = house
        self._random = random.Random(seed)
        self._subprotocol = subprotocol
        self._signed_in = signed_in
        self._frames = Frames(self._random, binary=subprotocol == MSGPACK)
        self._opcode = 2 if subprotocol == MSGPACK else 1
        self._ticket: Ticket | None = None
        self._seen: set[int] = set()
        self.sent = 0
        self.codes: dict[str, int] = {}
        self.closes: dict[int, int] = {}

    async def run(self, frames: int) -> None:
        """Send so many frames; fails if one is neither answered nor closes the connection."""
        while self.sent < frames:
            socket = await Socket.open(self._house, self._subprotocol)
            try:
                if self._signed_in:
                    await self._sign_in(socket)
                while self.sent < frames and socket.close_code is None:
                    await self._chunk(socket, min(60, frames - self.sent))
            finally:
                socket.close()
            if socket.close_code is not None:
                CloseCode(socket.close_code)  # fails for a code that nobody documented
                self.closes[socket.close_code] = self.closes.get(socket.close_code, 0) + 1

    async def _chunk(self, socket: Socket, size: int) -> None:
        frames = [self._frames.make() for _ in range(size)]
        if self._random.random() < 0.02:
            frames.append(self._random.randbytes(20_000))  # above the limit: closes
        seen, before = set[int](), self._seen
        self._seen = seen
        joined = 0
        for frame in frames:
            request = self._frames.usable_id(frame)
            if request is not None:
                # It may share the answer of the one before it.
                joined += request in seen or request in before
                seen.add(request)
        ping = self._frames.new_id()
        socket.send([*frames, self._ask("ping", {}, ping)], self._opcode)
        self.sent += len(frames)
        answers, pong = 0, False
        async with asyncio.timeout(PATIENCE_S):
            while not pong or answers < len(frames) - joined:
                data = await socket.receive()
                if data is None:
                    return
                message = self._decoded(data)
                if message.get("id") == ping and message["type"] in {"pong", "error"}:
                    pong = True
                elif "id" in message or message["type"] == "error":
                    answers += 1
                if message["type"] == "error":
                    code = message["body"]["code"]
                    self.codes[code] = self.codes.get(code, 0) + 1

    async def _sign_in(self, socket: Socket) -> None:
        if self._ticket is None or self._random.random() < 0.5:
            self._ticket = await self._house.sign_up("100000.00")
            ticket = self._ticket.ticket
        else:
            ticket = await self._house.ticket(self._ticket.player)
        hello = {"ticket": ticket, "nonce": os.urandom(8).hex(), "client": CLIENT}
        known: list[tuple[str, dict[str, Any]]] = [
            *(("ping", {}), ("lobby", {}), ("balance", {}), ("history", {"limit": 2})),
            ("activity", {}),
            *(("resume", {"token": "x" * 40, "client": CLIENT}), ("hello", dict(hello))),
            ("bye", {}) if self._random.random() < 0.1 else ("ping", {}),
        ]
        await self._asked(socket, "hello", hello)
        for game, kind, bets in (
            ("slot", "spin", {"stake": 20}),
            ("roulette", "spin", {"bets": [{"bet": "red", "stake": 50}]}),
            ("blackjack", "deal", {"stake": 100}),
        ):
            seated = await self._asked(socket, "sit", {"game": game})
            table = seated["table"]
            place = seated["chain"] or seated["open"] or {"round": "1-1"}
            chain, _, n = place["round"].partition("-")
            body = {"table": table, "round": place["round"], "client_seed": b"12345678"}
            chip = {"bet": "red", "stake": 5}
            known += [
                ("sit", {"game": game}),
                ("round", {"round": place["round"]}),
                ("watch", {"table": table}),
                ("bet", {"table": table, "round": place["round"], "bets": [chip]}),
            ]
            known += [
                (kind, {**body, "bets": bets, "round": f"{chain}-{int(n) + ahead}"})
                for ahead in range(9)
            ]
            known += [
                ("act", {**body, "step": step, "decision": {"action": action}})
                for step in range(3)
                for action in ("stand", "hit", "decline", "double")
            ]
        self._frames.known = known

    async def _asked(self, socket: Socket, kind: str, body: dict[str, Any]) -> Any:
        request = self._frames.new_id()
        socket.send([self._ask(kind, body, request)], self._opcode)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                data = await socket.receive()
                assert data is not None, socket.close_code
                message = self._decoded(data)
                if message.get("id") == request:
                    assert message["type"] != "error", message
                    return message["body"]

    def _ask(self, kind: str, body: dict[str, Any], request: int) -> bytes:
        return self._frames.encode({"id": request, "type": kind, "body": body})

    def _decoded(self, data: bytes) -> dict[str, Any]:
        message = msgpack.unpackb(data) if self._subprotocol == MSGPACK else json.loads(data)
        return dict(message)


__all__ = ["JSON", "MSGPACK", "Fuzzer"]
