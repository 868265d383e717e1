"""Tests of `croupier operator`: what each command does, prints, refuses and puts on record."""

from __future__ import annotations

import asyncio
import getpass
import io
import json
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import run
from server.identity.errors import NotSignedIn
from tests.server.identity.people import KEYS, PASSWORD, Office, Person, secret_of, secrets_in


class Desk:
    """Where commands are typed."""

    def __init__(self, office: Office, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.office = office
        self._capsys = capsys
        self.password_file = folder / "password"
        self.password_file.write_text(f"{PASSWORD}\n")
        self.key_file = folder / "keys"
        self.key_file.write_text(f"1 {KEYS['1'].hex()}\n")
        self.key_file.chmod(0o600)
        self.place = ["--database", office.database.url("owner", socket=False)]

    async def type(self, *words: str, code: int = 0) -> str:
        """Run a command beside the loop; returns what it printed, or its complaint."""
        self._capsys.readouterr()  # what the office itself has logged
        done = await asyncio.to_thread(run, ["operator", *words, *self.place])
        printed = self._capsys.readouterr()
        assert done == code, printed
        if code:
            assert printed.out == ""
            assert printed.err.count("\n") == 1
            return printed.err
        assert printed.err == ""
        return printed.out

    async def told(self, *words: str) -> Any:
        """Run a command with --json."""
        return json.loads(await self.type(*words, "--json"))

    async def hire(self, name: str = "mara", role: str = "floor") -> Person:
        """Add an operator."""
        told = await self.told("add", name, "--role", role, *self.secrets)
        assert (told["operator"], told["role"]) == (name.lower(), role)
        return Person(name.lower(), secret_of(told["totp"]), tuple(told["recovery_codes"]))

    @property
    def secrets(self) -> list[str]:
        """The options that name the files of secrets."""
        return ["--password-file", str(self.password_file), "--key-file", str(self.key_file)]


@pytest.fixture
def desk(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> Desk:
    """A desk with hashes that cost nothing."""
    monkeypatch.setenv("CROUPIER_IDENTITY_ARGON2_MEMORY_KIB", "64")
    monkeypatch.setenv("CROUPIER_IDENTITY_ARGON2_PASSES", "1")
    return Desk(office, tmp_path, capsys)


async def test_add(desk: Desk) -> None:
    """Whoever is added by a command signs in by what it printed; the record names the user."""
    mara = await desk.hire("Mara", "compliance")
    signed_in = await desk.office.sign_ins.check(await desk.office.enter(mara))
    assert (signed_in.name, signed_in.role) == ("mara", "compliance")
    (action, _) = await desk.office.actions()
    assert (action["actor"], action["action"]) == (getpass.getuser(), "operator.add")
    words = await desk.type("add", "otto", "--role", "admin", *desk.secrets, "--reason", "new")
    assert "otpauth://totp/Croupier:otto?secret=" in words
    assert words.count("-") >= 30
    assert "not shown again" in words
    assert PASSWORD not in words
    assert (await desk.office.actions())[-1]["reason"] == "new"


async def test_password_at_a_terminal(desk: Desk, monkeypatch: Any) -> None:
    """At a terminal the password is asked for twice, and both must be the same."""
    typed = [PASSWORD, PASSWORD, PASSWORD, PASSWORD + "x"]
    asked = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return typed.pop(0)

    monkeypatch.setattr(getpass, "getpass", ask)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    keys = ["--key-file", str(desk.key_file)]
    said = await desk.type("add", "mara", "--role", "floor", *keys, code=2)
    assert "no terminal" in said
    monkeypatch.setattr("sys.stdin", Terminal())
    await desk.type("add", "mara", "--role", "floor", *keys)
    assert asked == ["Password of mara: ", "Once more: "]
    assert "differ" in await desk.type("add", "otto", "--role", "floor", *keys, code=2)


class Terminal(io.StringIO):
    """Stands for a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


async def test_life_of_an_operator(desk: Desk) -> None:
    """Role, disable, enable, unlock, resets and sign-out do what they say, and are on record."""
    office, mara = desk.office, await desk.hire()
    token = await office.enter(mara)
    assert await desk.told("role", "mara", "cashier") == {"operator": "mara", "role": "cashier"}
    assert (await office.sign_ins.check(token)).role == "cashier"
    disabled = await desk.told("disable", "mara", "--reason", "on leave")
    assert disabled == {"operator": "mara", "disabled": True, "sign_ins_ended": 1}
    with pytest.raises(NotSignedIn):
        await office.sign_ins.check(token)
    assert "disabled" in await desk.type("list")
    assert await desk.told("enable", "mara") == {"operator": "mara", "disabled": False}
    assert await desk.told("unlock", "mara", "--address", "192.0.2.1") == {
        "operator": "mara",
        "had_failures": False,
    }
    token = await office.enter(mara)
    assert await desk.told("sign-out", "mara") == {"operator": "mara", "sign_ins_ended": 1}
    desk.password_file.write_text("another long password")
    password = ["--password-file", str(desk.password_file)]
    assert (await desk.told("reset-password", "mara", *password))["sign_ins_ended"] == 0
    told = await desk.told("reset-totp", "mara", "--key-file", str(desk.key_file))
    mara = Person("mara", secret_of(told["totp"]), tuple(told["recovery_codes"]))
    assert await office.enter(mara, password="another long password")

    rows = [row for row in await office.actions() if row["operator"] is None]
    assert [row["action"].removeprefix("operator.") for row in rows] == [
        *("add", "role", "disable", "list", "enable", "unlock"),
        *("sign-out", "reset-password", "reset-totp"),
    ]
    assert {row["actor"] for row in rows} == {getpass.getuser()}
    assert rows[2]["reason"] == "on leave"
    assert not secrets_in(repr(rows), mara)


async def test_list(desk: Desk) -> None:
    """I6: the list says of each operator what a review of access asks, for people and programs."""
    mara = await desk.hire("mara", "floor")
    await desk.hire("otto", "admin")
    await desk.office.enter(mara, address="192.0.2.77")
    first, second = await desk.told("list")
    assert (first["name"], first["role"], first["last_address"]) == ("mara", "floor", "192.0.2.77")
    assert (second["name"], second["last_sign_in_at"], second["sign_ins"]) == ("otto", None, 0)
    words = await desk.type("list")
    assert "192.0.2.77" in words
    assert "never" in words
    assert "active" in words
    assert not secrets_in(words, mara)


async def test_words_for_people(desk: Desk) -> None:
    """Without --json each command says in a sentence what it did."""
    await desk.hire()
    password = ["--password-file", str(desk.password_file)]
    for words, said in (
        (["role", "mara", "admin"], "mara has the role admin."),
        (["sign-out", "mara"], "0 sign-ins of mara ended."),
        (["unlock", "mara"], "There were no failures under mara."),
        (["reset-password", "mara", *password], "mara has another password; 0 sign-ins ended."),
        (["disable", "mara"], "mara is disabled; 0 sign-ins ended."),
        (["enable", "mara"], "mara is enabled."),
    ):
        assert (await desk.type(*words)).strip() == said


async def test_mistakes(desk: Desk, tmp_path: Path) -> None:
    """What cannot be done is one line on stderr that says what to do, and changes nothing."""
    await desk.hire()
    weak = tmp_path / "weak"
    weak.write_text("short")
    two = tmp_path / "two"
    two.write_text("two lines\nof password\n")
    missing = str(tmp_path / "missing")
    keys = ["--key-file", str(desk.key_file)]
    floor = ["--role", "floor"]
    before = len(await desk.office.actions())
    for words, code, said in (
        (["add", "mara", *floor, *desk.secrets], 1, "There is an operator mara already."),
        (["add", "a b", *floor, *desk.secrets], 1, "is no name"),
        (["add", "otto", *floor, "--password-file", str(weak), *keys], 2, "12 to 256"),
        (["add", "otto", *floor, "--password-file", str(two), *keys], 2, "one line"),
        (["add", "otto", *floor, "--password-file", missing, *keys], 1, "No such file"),
        (["add", "otto", *floor, "--key-file", missing], 1, "start it once"),
        (["add", "otto", "--role", "king", *desk.secrets], 2, "king"),
        (["add", "otto", *desk.secrets], 2, "role"),
        (["role", "otto", "admin"], 1, "There is no operator otto"),
        (["role", "mara", "floor"], 1, "already"),
        (["enable", "mara"], 1, "not disabled"),
        (["list", "--data", "x"], 2, "Name one of"),
    ):
        assert said in await desk.type(*words, code=code), words
    assert len(await desk.office.actions()) == before
    desk.place = ["--database", desk.office.database.url("app", socket=False)]
    assert "connect as croupier_owner" in await desk.type("list", code=1)
