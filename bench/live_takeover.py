"""How long a live table stands still when its owner is killed."""

from __future__ import annotations

import random
import statistics
from pathlib import Path
from typing import Any, Final

from tests.chaos.live.casino import opened
from tests.chaos.live.faults import FAULTS, Scene
from tests.chaos.live.people import Crowd

__all__ = ["takeovers"]

TIMES: Final = 20


async def takeovers(directory: Path, times: int = TIMES) -> dict[str, Any]:
    """Kill the owner of some table so often; from the kill to its first event elsewhere."""
    chance = random.Random(1)  # noqa: S311 - the same moments in every run
    took_ms = []
    async with opened(directory, chance) as casino:
        crowd = Crowd(casino, chance, 6)
        crowd.start()
        try:
            for _ in range(times):
                scene = Scene(casino, crowd, chance)
                await casino.all_ready()
                took = await FAULTS["owner killed, betting"](scene)
                assert took is not None, "an owner that is killed had a table"
                took_ms.append(took)
        finally:
            await crowd.stop()
    return {
        "times": times,
        "median_ms": statistics.median(took_ms),
        "worst_ms": max(took_ms),
        "all_ms": took_ms,
    }
