"""Given cards for hi-lo."""

from __future__ import annotations

from collections.abc import Sequence

from games.entropy import Draws


class Cards(Draws):
    """A stream that deals given faces; every copy goes on where it was copied."""

    def __init__(self, faces: Sequence[int], dealt: int = 0) -> None:
        super().__init__(bytes(32), ())
        self.faces = faces
        self.dealt = dealt

    def copy(self) -> Cards:
        """Return a stream that goes on where this one stands."""
        return Cards(self.faces, self.dealt)

    def below(self, bound: int) -> int:
        """Deal the next face."""
        assert bound == 52
        self.dealt += 1
        return self.faces[self.dealt - 1]
