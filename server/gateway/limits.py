"""How fast a client may send."""

from __future__ import annotations

__all__ = ["TokenBucket"]


class TokenBucket:
    """Allows `rate` tokens a second, and `burst` of them at once after a pause.

    A token taken from an empty bucket is a debt, so that a client which goes on sending in spite of
    refusals sinks ever deeper: how far below zero the balance stands tells a slip from a flood.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def charge(self, tokens: float) -> None:
        """Take further tokens, for what turned out to be more work than others."""
        self._tokens -= tokens

    def take(self, now: float) -> float:
        """Take one token at the time `now`, in seconds of any monotonic clock.

        Returns what is left. Below zero it was one too many; the number is the debt in tokens.
        """
        tokens = self._tokens + (now - self._at) * self._rate
        if tokens > self._burst:  # noqa: PLR1730 - min() costs three times as much on the hot path
            tokens = self._burst
        self._at = now
        self._tokens = tokens = tokens - 1.0
        return tokens
