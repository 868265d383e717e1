"""The floor: an echo by `websockets` with frames of the product's sizes.

No outcome, no ledger, nothing decoded: what is left is the price of the sockets. It answers under
the request's id with one frame that was made before, as long as the product's are on average.

`python -m bench.floor [REPLY_BYTES]` serves until SIGTERM.
"""

from __future__ import annotations

import sys
from typing import Final

import uvloop
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from bench import wire
from bench.house import OPENING, Chain, House, example, run
from protocol.codec import MSGPACK

__all__ = ["REPLY_BYTES", "main", "template"]

REPLY_BYTES: Final = 545


def template(size: int) -> tuple[bytes, bytes]:
    """Return what stands before and behind the id in a reply of about `size` bytes."""
    frame = MSGPACK.encode_reply(wire.FIRST_ID, example(size))
    return frame[: wire.ID_START], frame[wire.ID_END :]


class Floor:
    """The echo."""

    def __init__(self, size: int) -> None:
        self._house = House()
        self._before, self._behind = template(size)

    async def serve(self, connection: ServerConnection) -> None:
        """Sign one player in, then answer whatever he sends."""
        before, behind = self._before, self._behind
        start, end = wire.ID_START, wire.ID_END
        try:
            hello = MSGPACK.envelope(bytes(await connection.recv(decode=False)))
            await connection.send(self._house.welcome(hello.id, 1, OPENING))
            sit = MSGPACK.envelope(bytes(await connection.recv(decode=False)))
            await connection.send(self._house.seated(sit.id, self._house.table(), Chain()))
            async for message in connection:
                assert isinstance(message, bytes)
                await connection.send(before + message[start:end] + behind)
        except ConnectionClosed:
            pass


def main(arguments: list[str]) -> int:
    """Serve. Returns the exit code."""
    leash = "--leash" in arguments
    sizes = [int(argument) for argument in arguments if argument.isdecimal()]
    floor = Floor(sizes[0] if sizes else REPLY_BYTES)
    uvloop.run(run(floor.serve, {}, leash=leash))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
