"""What an owner remembers of the commands that it ran, within bounds.

An asker numbers its commands upwards. Where answers are forgotten, everything of that asker up to
the number forgotten counts as known and is not run: a message may come late, but never twice.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

__all__ = ["Answers"]

MAXIMUM_ANSWERS: Final = 16_384
MAXIMUM_BYTES: Final = 16_777_216
MAXIMUM_ASKERS: Final = 4_096
"""Processes whose floor is kept. A node has one at a time."""

Answer = TypeVar("Answer")
Key = tuple[bytes, int]


class Answers(Generic[Answer]):
    """Answers by asker and number."""

    def __init__(self, most: int = MAXIMUM_ANSWERS, most_bytes: int = MAXIMUM_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._running: set[Key] = set()
        self._answers: dict[Key, tuple[Answer, int]] = {}
        self._floors: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def knows(self, key: Key) -> bool:
        """Whether a command was begun before, or may have been."""
        return (
            key in self._running or key in self._answers or key[1] <= self._floors.get(key[0], -1)
        )

    def find(self, key: Key) -> Answer | None:
        """Return the answer, or None: it is not there yet, or no more."""
        found = self._answers.get(key)
        return None if found is None else found[0]

    def begin(self, key: Key) -> None:
        """Note that a command runs."""
        self._running.add(key)

    def end(self, key: Key, answer: Answer, size: int) -> None:
        """Keep the answer of a command, *size* bytes, and forget the oldest if there are many."""
        self._running.discard(key)
        self._answers[key] = (answer, size)
        self._bytes += size
        while len(self._answers) > self._most or self._bytes > self._most_bytes:
            oldest = next(iter(self._answers))
            self._bytes -= self._answers.pop(oldest)[1]
            self._raise_floor(*oldest)

    def _raise_floor(self, asker: bytes, number: int) -> None:
        floor = max(self._floors.pop(asker, -1), number)
        self._floors[asker] = floor
        if len(self._floors) > MAXIMUM_ASKERS:
            del self._floors[next(iter(self._floors))]
