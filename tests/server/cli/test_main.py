"""The frame of the command line."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys

import pytest
from cyclopts import App

import server
from server.cli.errors import CommandError, ExitCode
from server.cli.main import COMMANDS, Command, run

HERE = "tests.server.cli.test_main"


def fails() -> None:
    """Fail with a message of two lines."""
    raise CommandError("no audit\n  today", ExitCode.AUDIT_BREACH)


def returns(*, code: int) -> int:
    """Return an exit code."""
    return code


async def waits() -> int:
    """Return an exit code from a coroutine."""
    return 3


def interrupted() -> None:
    """Be stopped by the person at the keyboard."""
    raise KeyboardInterrupt


def breaks() -> None:
    """Meet a fault of the program."""
    raise ZeroDivisionError


TABLE = tuple(
    Command(name, f"{HERE}:{name}", "For a test.")
    for name in ("fails", "returns", "waits", "interrupted", "breaks")
)


def test_failure_is_one_line_and_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that cannot go on tells one line on stderr and ends with the code it chose."""
    assert run(["fails"], TABLE) == 98

    captured = capsys.readouterr()
    assert captured.err == "croupier: no audit today\n"
    assert captured.out == ""


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["--nothing"], ["returns"], ["returns", "--code", "x"], ["fails", "more"]],
)
def test_usage_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command line that makes no sense is one line on stderr and exit code 2."""
    assert run(arguments, TABLE) == 2

    captured = capsys.readouterr()
    assert captured.err.startswith("croupier: ")
    assert captured.err.count("\n") == 1


def test_exit_codes_pass_through() -> None:
    """What a command returns is the exit code; an interrupt is reported as shells do."""
    assert run(["returns", "--code", "99"], TABLE) == 99
    assert run(["waits"], TABLE) == 3
    assert run(["interrupted"], TABLE) == 130


def test_faults_keep_their_traceback() -> None:
    """A fault of the program is not disguised as a failure of the command."""
    with pytest.raises(ZeroDivisionError):
        run(["breaks"], TABLE)


def test_wrong_settings_are_usage_errors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that cannot be used end a command with one line and exit code 2."""
    monkeypatch.setenv("CROUPIER_HTTP_PROT", "1")

    assert run(["config", "show"]) == 2
    assert "did you mean CROUPIER_HTTP_PORT?" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the version alone."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"{server.__version__}\n"


def test_help_imports_no_command() -> None:
    """`--help` lists the commands without importing what they need."""
    program = (
        "import sys; from server.cli.main import run; run(['--help']);"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'client', 'asyncpg', 'aiohttp', 'websockets', 'games', 'uvloop'}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert result.stdout.splitlines()[-1] == "[]"
    assert "config" in result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_table_is_true(command: Command) -> None:
    """Every row names an attribute that exists, and an `App` there bears the row's name."""
    module, _, attribute = command.target.partition(":")
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not there yet")
    target = getattr(importlib.import_module(module), attribute)

    assert callable(target)
    assert not isinstance(target, App) or target.name == (command.name,)
