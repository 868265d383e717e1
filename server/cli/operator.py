"""`croupier operator`: add those who run the casino, change what they may, let them in again."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from server.cli.database import Config, Data, Json, Url, find_target, owner_url, run_told
from server.cli.errors import CommandError, ExitCode
from server.config import load
from server.database.migrations import check
from server.gateway.addresses import customer_of
from server.identity.operators import Enrolment, OperatorListed, Operators, open_operators
from server.identity.passwords import Verifier, new_verifier, weakness
from server.identity.roles import Role
from server.identity.sealing import SecretSeal, VaultError, seal_of
from server.identity.sign_ins import cost_of, plain_name

__all__ = ["app"]

app = App(name="operator", help="Add, change and list those who operate the casino.")

Result = TypeVar("Result")

RoleName = Annotated[
    Literal["floor", "cashier", "compliance", "admin"], Parameter(help="What he may do.")
]
Reason = Annotated[str, Parameter(help="Why, for the record.")]
PasswordFile = Annotated[
    Path | None, Parameter(help="Read the password from this file, - for standard input.")
]
KeyFile = Annotated[
    Path | None,
    Parameter(help="The key file; else the configured one, or that of the data directory."),
]
_NARROWEST: Final = 140
_LONGEST_FILE: Final = 4_096


@app.command
def add(
    name: str,
    *,
    role: RoleName,
    password_file: PasswordFile = None,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Add an operator. Asks for the password twice, unless a file holds it.

    Prints the second factor as an otpauth:// address, to be scanned or typed into an
    authenticator, and recovery codes. Neither can be shown again.
    """
    name = plain_name(name)
    place = _Place(data, database, config)
    seal = place.seal(key_file)
    password = place.new_password(name, password_file)
    enrolment = place.change(
        lambda operators: operators.add(name, Role(role), password, reason), seal
    )
    _tell_enrolment({"operator": name, "role": role}, enrolment, as_json=as_json)


@app.command(name="list")
def list_(
    *, data: Data = None, database: Url = None, config: Config = None, as_json: Json = False
) -> None:
    """List the operators: role, state, last sign-in, recovery codes left."""
    found = _Place(data, database, config).change(lambda operators: operators.list())
    if as_json:
        print(json.dumps([asdict(each) for each in found], default=_plain, indent=2))
        return
    table = Table("name", "role", "state", "last sign-in", "from", "open", "codes", "password of")
    for each in found:
        last = "never" if each.last_sign_in_at is None else f"{each.last_sign_in_at:%Y-%m-%d %H:%M}"
        counts = str(each.sign_ins), str(each.recovery_codes)
        made = f"{each.password_at:%Y-%m-%d}"
        where = each.last_address or ""
        table.add_row(each.name, each.role, _state(each), last, where, *counts, made)
    console = Console()
    (console if console.is_terminal else Console(width=_NARROWEST)).print(table)


@app.command
def role(
    name: str,
    role: RoleName,
    *,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give NAME another ROLE. It counts from the next request on."""
    name = plain_name(name)
    _Place(data, database, config).change(
        lambda operators: operators.set_role(name, Role(role), reason)
    )
    _tell(f"{name} has the role {role}.", as_json=as_json, operator=name, role=role)


@app.command
def disable(
    name: str,
    *,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let NAME in no more, and sign him out everywhere at once."""
    name = plain_name(name)
    ended = _Place(data, database, config).change(lambda operators: operators.disable(name, reason))
    words = f"{name} is disabled; {_sign_ins(ended)} ended."
    _tell(words, as_json=as_json, operator=name, disabled=True, sign_ins_ended=ended)


@app.command
def enable(
    name: str,
    *,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let NAME in again, who was disabled."""
    name = plain_name(name)
    _Place(data, database, config).change(lambda operators: operators.enable(name, reason))
    _tell(f"{name} is enabled.", as_json=as_json, operator=name, disabled=False)


@app.command
def unlock(
    name: str,
    *,
    address: Annotated[str | None, Parameter(help="Unlock this address too.")] = None,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Forget the failures under NAME, so that he need not wait."""
    name = plain_name(name)
    customer = None if address is None else customer_of(address)
    had = _Place(data, database, config).change(
        lambda operators: operators.unlock(name, customer, reason)
    )
    words = f"{name} is unlocked." if had else f"There were no failures under {name}."
    _tell(words, as_json=as_json, operator=name, had_failures=had)


@app.command
def reset_password(
    name: str,
    *,
    password_file: PasswordFile = None,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give NAME another password, and sign him out everywhere."""
    name = plain_name(name)
    place = _Place(data, database, config)
    password = place.new_password(name, password_file)
    ended = place.change(lambda operators: operators.reset_password(name, password, reason))
    words = f"{name} has another password; {_sign_ins(ended)} ended."
    _tell(words, as_json=as_json, operator=name, sign_ins_ended=ended)


@app.command
def reset_totp(
    name: str,
    *,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Give NAME another second factor and other recovery codes, and sign him out everywhere."""
    name = plain_name(name)
    place = _Place(data, database, config)
    seal = place.seal(key_file)
    enrolment = place.change(lambda operators: operators.reset_totp(name, reason), seal)
    _tell_enrolment({"operator": name}, enrolment, as_json=as_json)


@app.command
def sign_out(
    name: str,
    *,
    reason: Reason = "",
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """End all sign-ins of NAME. He may sign in again."""
    name = plain_name(name)
    ended = _Place(data, database, config).change(
        lambda operators: operators.sign_out(name, reason)
    )
    words = f"{_sign_ins(ended)} of {name} ended."
    _tell(words, as_json=as_json, operator=name, sign_ins_ended=ended)


class _Place:
    """Where the operators are, and under which settings."""

    def __init__(self, data: Path | None, database: str | None, config: Path | None) -> None:
        self._target = find_target(data, database, config)
        self._settings = load(config)

    def seal(self, key_file: Path | None) -> SecretSeal:
        """Return what second factors are sealed with, or say which file is missing."""
        data = self._settings.data if isinstance(self._target, str) else self._target
        try:
            return seal_of(key_file or self._settings.fairness.key_file, data)
        except VaultError as error:
            raise CommandError(
                f"{error}. Second factors are sealed under the server's keys: start it once, or"
                " name its key file with --key-file."
            ) from None

    def new_password(self, name: str, file: Path | None) -> Verifier:
        """Return what to store of a password that was asked for and is good enough."""
        password = _ask(name) if file is None else _read(file)
        wrong = weakness(password, name)
        if wrong is not None:
            raise CommandError(wrong, ExitCode.USAGE)
        return new_verifier(password, cost_of(self._settings.identity))

    def change(
        self, work: Callable[[Operators], Awaitable[Result]], seal: SecretSeal | None = None
    ) -> Result:
        """Do something to the operators, in the name of who runs the command."""

        async def done() -> Result:
            async with (
                owner_url(self._target) as address,
                open_operators(address, getpass.getuser(), seal) as operators,
            ):
                await check(operators.connection)
                return await work(operators)

        return run_told(done())


def _ask(name: str) -> str:
    """Ask a person at a terminal, twice."""
    if not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask for the password: name a file with --password-file.",
            ExitCode.USAGE,
        )
    password = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandError("The two passwords differ: nothing was changed.", ExitCode.USAGE)
    return password


def _read(file: Path) -> str:
    """Return the one line of a file."""
    try:
        if str(file) == "-":
            text = sys.stdin.read(_LONGEST_FILE)
        else:
            with file.open(encoding="utf-8") as opened:
                text = opened.read(_LONGEST_FILE)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise CommandError(f"The password cannot be read from {file}: {reason}.") from None
    lines = text.splitlines()
    if len(lines) != 1:
        raise CommandError(f"{file} does not hold one line with a password.", ExitCode.USAGE)
    return lines[0]


def _tell(words: str, *, as_json: bool, **told: object) -> None:
    print(json.dumps(told) if as_json else words)


def _tell_enrolment(who: dict[str, str], enrolment: Enrolment, *, as_json: bool) -> None:
    if as_json:
        codes = list(enrolment.recovery_codes)
        print(json.dumps({**who, "totp": enrolment.uri, "recovery_codes": codes}))
        return
    print(f"{who['operator']} signs in with the password and this second factor:\n")
    print(f"  {enrolment.uri}\n")
    print("Recovery codes, each good once in its place:\n")
    for code in enrolment.recovery_codes:
        print(f"  {code}")
    print("\nHand them over safely. They are not shown again.")


def _sign_ins(count: int) -> str:
    return "1 sign-in" if count == 1 else f"{count} sign-ins"


def _state(operator: OperatorListed) -> str:
    if operator.disabled:
        return "disabled"
    if operator.locked_until is not None:
        return f"locked until {operator.locked_until:%H:%M:%S}"
    return "active"


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
