"""On which line of a TOML text each key stands, so that an error can point there.

The parser of the standard library tells lines of syntax errors only. This scanner walks a text that
the parser has accepted and notes the line of every table, key, list item and key of an inline
table. Whatever it does not understand it leaves out; then the line of the table around it is told.
"""

from __future__ import annotations

import contextlib
import re
from typing import Final

Path = tuple[str | int, ...]
"""Keys from the outermost; items of lists by their number from 1."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_TEXT: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""",
    re.DOTALL,
)
_BARE: Final = re.compile(r"[^,\]}\n#]+")
_PART: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def path_of(key: str) -> Path:
    """Return the path that is written as `pays.moon.3` or `strips[2]`."""
    return tuple(int(number) if number else name for number, name in _PART.findall(key))


class Locator:
    """The lines of one text; lines count from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        with contextlib.suppress(_LostError):  # the lines found so far are still right
            self._document()

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest table or key around it; 1 if none is."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def line_of_word(self, path: Path, word: str) -> int:
        """Return the first line from that of `path` on that holds `word`, or that of `path`."""
        first = self.line(path)
        pattern = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(word)}(?![A-Za-z0-9_-])")
        for number, text in enumerate(self._text.split("\n")[first - 1 :], first):
            if pattern.search(text):
                return number
        return first

    def _document(self) -> None:
        table: Path = ()
        while True:
            self._take(_BLANK)
            if self._position >= len(self._text):
                return
            if self._next("[["):
                table = self._keys(())
                self._counts[table] = self._counts.get(table, 0) + 1
                self._note(table)
                table = (*table, self._counts[table])
                self._note(table)
                self._expect("]]")
            elif self._next("["):
                table = self._keys(())
                for length in range(1, len(table) + 1):
                    self._note(table[:length])
                self._expect("]")
            else:
                self._pair(table)

    def _pair(self, above: Path) -> None:
        start = self._position
        path = self._keys(above)
        end, self._position = self._position, start
        for length in range(len(above) + 1, len(path) + 1):
            self._note(path[:length])
        self._position = end
        self._expect("=")
        self._take(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._next("["):
            number = 0
            while not self._ended("]"):
                number += 1
                self._note((*path, number))
                self._value((*path, number))
        elif self._next("{"):
            while not self._ended("}"):
                self._pair(path)
        elif not self._take(_TEXT) and not self._take(_BARE):
            raise _LostError

    def _ended(self, mark: str) -> bool:
        """Skip blanks and one comma; say whether the list or inline table has ended."""
        self._take(_BLANK)
        self._next(",")
        self._take(_BLANK)
        if self._position >= len(self._text):
            raise _LostError
        return self._next(mark)

    def _keys(self, above: Path) -> Path:
        path = above
        while True:
            self._take(_SPACE)
            key = self._take(_KEY)
            if not key:
                raise _LostError
            path = (*path, key.strip("\"'"))
            self._take(_SPACE)
            if not self._next("."):
                return path

    def _note(self, path: Path) -> None:
        if path not in self._lines:
            self._lines[path] = self._text.count("\n", 0, self._position) + 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._position)
        if found is None:
            return ""
        self._position = found.end()
        return found[0]

    def _next(self, mark: str) -> bool:
        if self._text.startswith(mark, self._position):
            self._position += len(mark)
            return True
        return False

    def _expect(self, mark: str) -> None:
        self._take(_SPACE)
        if not self._next(mark):
            raise _LostError


class _LostError(Exception):
    """The text is not what the scanner takes it for."""


class MachineError(ValueError):
    """A machine file that cannot be used.

    One line of text: `file:line: key: reason`; the same parts are attributes.
    """

    def __init__(self, origin: str, line: int, key: str, reason: str) -> None:
        super().__init__(f"{origin}:{line}: {key}: {reason}")
        self.origin = origin
        self.line = line
        """From 1."""
        self.key = key
        """Such as `pays.moon.3` or `strips[2]`; `the file` where no key is to blame."""
        self.reason = reason

    @classmethod
    def at(cls, data: bytes, origin: str, key: str, reason: str) -> MachineError:
        """Return the error for a key of the file `data`."""
        text = data.decode(errors="replace")
        return cls(origin, Locator(text).line(path_of(key)), key, reason)
