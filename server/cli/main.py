"""The `croupier` command: a table of subcommands, each imported only when it is asked for.

A module of this package offers a function or a cyclopts `App`; the table below names it. Importing
a subcommand costs as much as what it needs (the server, the client, a database driver), so
`croupier --help` imports none of them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from typing import NamedTuple

from cyclopts import App, CycloptsError

from server import __version__
from server.cli.errors import CommandError, ExitCode
from server.config import ConfigError

__all__ = ["COMMANDS", "Command", "build", "main", "run"]


class Command(NamedTuple):
    """One row of the table: what a person types, where it lives, and its line in the help."""

    name: str
    target: str
    """`module:attribute` of a function, or of an `App` whose name is `name`."""
    help: str


COMMANDS = (
    Command("serve", "server.cli.serve:serve", "Run the server until it is told to stop."),
    Command("cluster", "server.cli.cluster:cluster", "Run several nodes on this machine."),
    Command("config", "server.cli.config:app", "Show the settings and where each comes from."),
    Command("database", "server.cli.database:app", "Migrate, back up, restore, find the database."),
    Command("operator", "server.cli.operator:app", "Add, change and list those who operate it."),
    Command("table", "server.cli.table:app", "List, make and operate live tables."),
    Command("audit", "server.cli.audit:audit", "Prove the books, the rounds and the chains."),
    Command("round", "server.cli.round:app", "Show or replay a finished round."),
    Command("game", "server.cli.games:app", "List, check and compute the games."),
    Command("rng", "server.cli.rng:app", "Test the randomness of the draws, and collect them."),
    Command("verify", "server.cli.verify:verify", "Check a downloaded proof, without a server."),
    Command("load", "server.cli.load:load", "Play with many simulated players and measure."),
    Command(
        "load-report", "server.cli.load_report:load_report", "Show one load run or compare two."
    ),
    Command("asyncapi", "server.cli.asyncapi:asyncapi", "Print the protocol as AsyncAPI 3."),
    Command("openapi", "server.cli.openapi:openapi", "Print the HTTP interface as OpenAPI 3.1."),
)


def build(commands: tuple[Command, ...] = COMMANDS) -> App:
    """Return the command line of `commands`; nothing they need is imported yet."""
    app = App(
        name="croupier",
        help="An open casino back end: it deals, spins, settles and proves it.",
        version=__version__,
        version_flags=["--version"],
        help_flags=["--help", "-h"],
        help_format="plaintext",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for command in commands:
        module = command.target.partition(":")[0]
        if importlib.util.find_spec(module) is not None:
            app.command(command.target, name=command.name, help=command.help)
    return app


def run(arguments: list[str] | None = None, commands: tuple[Command, ...] = COMMANDS) -> int:
    """Run one command line (default: the process's own) and return its exit code.

    A command returns nothing or an exit code, or raises `CommandError`. Whatever else it raises is
    a fault of the program and keeps its traceback.
    """
    try:
        result = build(commands)(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(f"{_one_line(str(error))} Try `croupier --help`.", ExitCode.USAGE)
    except CommandError as error:
        return _fail(error.message, error.code)
    except ConfigError as error:
        return _fail(str(error), ExitCode.USAGE)
    except KeyboardInterrupt:
        return 130  # as a shell reports a process that SIGINT ended
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted. Without this the interpreter complains at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    return int(result) if isinstance(result, int) else ExitCode.OK


def main() -> None:
    """Run the command of this process and exit."""
    sys.exit(run())


def _fail(message: str, code: int) -> int:
    print(f"croupier: {_one_line(message)}", file=sys.stderr)
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())
