"""The form of an imagined game's description; its types are shared by all games."""

from __future__ import annotations

import msgspec


class Description(msgspec.Struct, frozen=True):
    """The description."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
