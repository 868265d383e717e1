"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["Backoff"]


class Backoff:
    """Exponential back-off with full jitter: a random part of a span that doubles up to a cap.

    Full jitter spreads the clients of a restarted server over time better than a fixed delay with
    some noise on it does. Seconds throughout.
    """

    __slots__ = ("_attempt", "_cap", "_initial", "_uniform")

    def __init__(
        self,
        initial: float,
        cap: float,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._initial = initial
        self._cap = cap
        self._uniform = uniform
        self._attempt = 0

    def next(self) -> float:
        """Return the next delay in seconds."""
        span = min(self._cap, self._initial * 2.0 ** min(self._attempt, 32))
        self._attempt += 1
        return self._uniform(0.0, span)

    def reset(self) -> None:
        """Start again from the shortest span."""
        self._attempt = 0
