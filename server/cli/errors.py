"""How a command fails: one clear line on stderr and an exit code that says which kind it was."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["CommandError", "ExitCode"]


class ExitCode(IntEnum):
    """The exit codes of every `croupier` command."""

    OK = 0
    FAILURE = 1
    """It could not be done; the line on stderr says why and what to do."""
    USAGE = 2
    """The command line or the configuration is wrong; nothing was tried."""
    AUDIT_BREACH = 98
    """`croupier audit` found that the books, the rounds or the chains do not agree."""
    REQUIREMENT_MISSED = 99
    """`croupier load --require` measured something outside the bound asked for."""


class CommandError(Exception):
    """Ends a command with one line for the person who ran it.

    `message` says what is wrong and what to do, without the program's name in front and without
    anything internal. `code` becomes the exit code.
    """

    def __init__(self, message: str, code: int = ExitCode.FAILURE) -> None:
        super().__init__(message)
        self.message = message
        self.code = int(code)
