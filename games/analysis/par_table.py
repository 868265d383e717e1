"""A table of a PAR sheet."""

from __future__ import annotations

import msgspec


class ParTable(msgspec.Struct, frozen=True):
    """Rows of cells for reading; a row has as many cells as there are columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
