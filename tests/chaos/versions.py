"""Further versions of the program: copies of it with a migration more, and other messages."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from tests.chaos.processes import Ended, Server, croupier

__all__ = ["Version"]

_ROOT: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("protocol", "games", "server", "client")
_SCHEMA: Final = "server/ledger/schema"
_CHANGES: Final = (
    # A struct that travels as an array, one as a map, one inside a list, and a kind of its own.
    ("server/tables/live/nodes.py", "    own: dict[int, bytes]\n", "    also: str = 'more'\n"),
    (
        "server/cluster/commands.py",
        "    epoch: Number\n    body: bytes\n",
        "    trace: str = 'more'\n",
    ),
    (
        "server/tables/live/cards.py",
        "    cards: list[tuple[str, TableCard]]\n",
        "    more: int = 1\n",
    ),
    (
        "server/cluster/publishing.py",
        "    seq: Number\n    presence: bytes\n",
        (
            '\n\nclass Hint(msgspec.Struct, frozen=True, tag="hint"):\n'
            '    """Nothing that an earlier program knows."""\n\n    table: Number\n'
        ),
    ),
    (
        "server/cluster/publishing.py",
        (
            "    def tell_top(self) -> None:\n"
            '        """Tell how far the table has come, and who is there."""\n'
        ),
        "        self._bus.publish(self._topic, Hint(self.table))\n",
    ),
    (
        "protocol/messages/live.py",
        '    """Milliseconds until bets are closed."""\n',
        "    more: int = 1\n",
    ),
)
"""File, what is there, and what is added behind it."""


class Version:
    """One program in a directory of its own."""

    def __init__(self, home: Path, number: str, *migrations: tuple[str, str]) -> None:
        """Copy this program to *home*, as version *number*, with further migrations.

        Each migration is a name and its text.
        """
        self.home = home
        self.program: tuple[str | Path, ...] = (sys.executable, "-m", "server.cli")
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "dist")
        for package in _PACKAGES:
            shutil.copytree(_ROOT / package, home / package, ignore=ignored)
        self._add("server/__init__.py", "", f'\n__version__ = "{number}"\n')
        for path, known, added in _CHANGES:
            self._add(path, known, added)
        self.schema = len(list((home / _SCHEMA).glob("*.sql")))
        for name, text in migrations:
            self.schema += 1
            (home / _SCHEMA / f"{self.schema:04}_{name}.sql").write_text(text, encoding="utf-8")

    def _add(self, path: str, known: str, added: str) -> None:
        """Add lines to a file of the copy behind what is known to be there once."""
        file = self.home / path
        text = file.read_text(encoding="utf-8")
        if known:
            assert text.count(known) == 1, f"{path} has changed: {known!r}"
            text = text.replace(known, known + added)
        else:
            text += added
        file.write_text(text, encoding="utf-8")

    def runs(self, server: Server) -> None:
        """Let a server be of this version from its next start on."""
        server.program = self.program
        server.environment["PYTHONPATH"] = str(self.home)

    async def croupier(self, *arguments: str) -> Ended:
        """Run a command of this version to its end."""
        return await croupier(
            *arguments, cwd=self.home, program=self.program, PYTHONPATH=str(self.home)
        )
