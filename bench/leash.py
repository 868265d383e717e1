"""How a measured process ends with the one that started it, even if that one is killed."""

from __future__ import annotations

import asyncio
import os
import sys

__all__ = ["hold_leash"]


def hold_leash(loop: asyncio.AbstractEventLoop) -> None:
    """End this process at once when standard input does: the other end has gone."""
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 4096):
            os._exit(1)

    loop.add_reader(descriptor, read)
