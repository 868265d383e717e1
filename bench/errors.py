"""How a measurement fails: one line that says what is wrong and what to do."""

from __future__ import annotations

__all__ = ["BenchError"]


class BenchError(Exception):
    """Ends a measurement. Its text is fit for the person who ran it."""
