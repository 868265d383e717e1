"""Tests of `croupier serve`: ready, drained, refused, and what it says on the way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import structlog

from protocol.errors import CloseCode
from server.cli import serve as module
from server.cli.main import run
from server.web.build_state import BuildState
from tests.client.certificates import self_signed
from tests.patience import PATIENCE_S
from tests.postgres import Database
from tests.server.catalogue.plugin import GOOD, WAITING, install
from tests.server.harness import Clients, Seat

CROUPIER = Path(sys.executable).with_name("croupier")


class Running(Clients):
    """A server process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        super().__init__()
        self.process = process
        self.log = log
        self.told: dict[str, Any] = {}

    async def ready(self) -> None:
        """Wait for the one line on stdout."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await self.process.stdout.readline()
        assert line, self.log.read_text()
        self.told = json.loads(line)
        self.http, self.gateway = self.told["http"], self.told["gateway"]

    async def ended(self) -> int:
        """Wait for the end and return the exit code; nothing more may be on stdout."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await self.process.stdout.read() == b""
            return await self.process.wait()


class Refusal(NamedTuple):
    """A start that failed."""

    code: int
    out: str
    err: str


def environment(extra: dict[str, str]) -> dict[str, str]:
    """Return an environment in which only what a test says configures the server."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CROUPIER_")}
    return {**kept, "CROUPIER_LOG_FORMAT": "json", **extra}


ANY = ("--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0")


@asynccontextmanager
async def serving(
    home: Path, *arguments: str, database: Database | None = None, **extra: str
) -> AsyncIterator[Running]:
    """Run a server; killed at the end if it still runs."""
    if database is not None:
        extra["CROUPIER_DATABASE_URL"] = database.app
    log = home / "log"
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            CROUPIER,
            "serve",
            *("--data", str(home / "data")),
            *(arguments or ANY),
            cwd=home,
            env=environment(extra),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    running = Running(process, log)
    try:
        await running.ready()
        yield running
    finally:
        await running.leave()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def refused(home: Path, *arguments: str, **extra: str) -> Refusal:
    """Start a server that must not come up."""
    process = await asyncio.create_subprocess_exec(
        CROUPIER,
        "serve",
        *arguments,
        cwd=home,
        env=environment(extra),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None
    return Refusal(process.returncode, out.decode(), err.decode())


def one_line(refusal: Refusal, *words: str) -> None:
    """Check that a start failed with one clear line that has these words."""
    assert refusal.code in {1, 2}, refusal
    assert refusal.out == ""
    assert "Traceback" not in refusal.err
    lines = [line for line in refusal.err.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, refusal.err
    assert lines[0].startswith("croupier: ")
    for word in words:
        assert word in lines[0], lines[0]


async def test_a_plug_in_that_never_ends(tmp_path: Path) -> None:
    """The server can be stopped while it loads, as it can be at any other time."""
    code = WAITING.format(address=str(tmp_path / "asked")) + GOOD
    site = install(tmp_path / "site", "hf_endless", code)
    waiting: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    listener = await asyncio.start_unix_server(
        lambda _, writer: waiting.put_nowait(writer), tmp_path / "asked"
    )
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    async with listener:
        process = await asyncio.create_subprocess_exec(
            *(CROUPIER, "serve", "--data", str(tmp_path / "data"), *ANY),
            cwd=tmp_path,
            env=environment({"PYTHONPATH": path}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        writer = await asyncio.wait_for(waiting.get(), 20)
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 10)
        writer.close()
    assert (process.returncode, out) == (0, b"")
    assert json.loads(err.splitlines()[-1])["event"] == "stopped"


# -- a life ---------------------------------------------------------------------------------------


async def test_ready_and_drained(tmp_path: Path, database: Database) -> None:
    """One JSON line when ready; SIGTERM drains: told, not ready, resumable, closed, exit 0."""
    async with serving(tmp_path, database=database) as server:
        assert set(server.told) == {*("event", "http", "gateway", "database", "pid", "listeners")}
        assert server.told["event"] == "ready"
        assert server.told["database"] == "external"
        assert server.told["pid"] == server.process.pid
        async with server.web.get(f"{server.http}/readyz") as response:
            assert response.status == 200
        hand = await server.seat("blackjack")
        played = await hand.open_round()
        reels = await server.sit(hand.wire)
        token = hand.wire.welcome["token"]

        server.process.send_signal(signal.SIGTERM)
        event = await hand.wire.event("draining")
        assert event.body["within_ms"] == 10_000
        assert await hand.wire.closed() == CloseCode.GOING_AWAY
        assert CloseCode.GOING_AWAY.reconnect
        assert await server.ended() == 0
        del reels
        entries = [json.loads(line) for line in server.log.read_text().splitlines()]
        assert entries[-1]["event"] == "stopped"
        told = {entry["event"] for entry in entries if entry["level"] in {"warning", "error"}}
        # Which depend on the machine, and on a checkout that may be at work on its pages.
        assert told <= {"few open files allowed", *(state.value for state in BuildState)}

    async with serving(tmp_path, database=database) as server:
        wire = await server.resume(token)
        states = {state["snapshot"]["game"]: state["snapshot"] for state in wire.welcome["tables"]}
        assert states["blackjack"]["open"] == played
        await Seat(wire, states["blackjack"]).finish(played)
        await Seat(wire, states["slot"]).spin()


async def test_draining_takes_nothing_new(tmp_path: Path, database: Database) -> None:
    """While a bet holds the drain up, new rounds are refused, open ones may end, doors are shut."""
    async with (
        serving(tmp_path, database=database) as server,
        database.connected("owner") as owner,
    ):
        stuck, hand = await server.seat(), await server.seat("blackjack")
        played = await hand.open_round()
        other = await server.seat()
        stranger = await server.connect()
        ticket = await server.sign_up()
        async with owner.transaction():
            await owner.execute("SELECT FROM croupier.node FOR UPDATE")
            request = await stuck.wire.send("spin", stuck.body({"stake": 20}))
            await stuck.wire.settled()
            server.process.send_signal(signal.SIGTERM)
            await other.wire.event("draining")
            answer = await other.bet("spin", {"stake": 20})
            assert (answer.code, answer.body["certainty"]) == ("draining", "temporary")
            assert await other.wire.refusal("sit", game="roulette") == "draining"
            assert (
                await stranger.refusal(
                    "hello",
                    ticket=ticket.ticket,
                    nonce="12345678",
                    client={"name": "x", "version": "1"},
                )
                == "draining"
            )
            async with server.web.get(f"{server.http}/readyz") as response:
                assert response.status == 503
            with pytest.raises(OSError, match="refused|111|Connect call failed"):
                await server.connect()
            late = await hand.wire.send(
                "act",
                {
                    "table": hand.table,
                    "round": played["round"],
                    "step": played["step"],
                    "decision": {"action": _safe(played)},
                },
            )
            await hand.wire.settled()
        assert (await stuck.wire.answer(request)).type == "played"
        assert (await hand.wire.answer(late)).type == "played"
        assert await stuck.wire.closed() == CloseCode.GOING_AWAY
        assert await server.ended() == 0
        assert await owner.fetchval("SELECT count(*) FROM croupier.wager") >= 1


def _safe(played: dict[str, Any]) -> str:
    options = {entry["action"] for entry in played["view"]["options"]}
    return "decline" if "decline" in options else "stand"


async def test_nothing_secret_is_logged(tmp_path: Path, database: Database) -> None:
    """At debug level the log of a session has no ticket, token, seed, key or password (A17)."""
    async with serving(tmp_path, database=database, CROUPIER_LOG_LEVEL="debug") as server:
        ticket = await server.sign_up()
        wire = await server.hello(ticket.ticket)
        secrets: list[str] = [ticket.ticket, wire.welcome["token"]]
        reels, hand = await server.sit(wire), await server.sit(wire, "blackjack")
        seeds: list[bytes] = []
        for _ in range(5):
            seeds.append((await reels.spin()).body["seed"])
            seeds.append((await hand.finish((await hand.deal()).body))["seed"])
        await reels.bet("spin", {"stake": 1})
        await reels.bet("spin", {"stake": 20}, round="1-1")
        await wire.ask("round", round=reels.round)
        await wire.drop()
        wire = await server.resume(wire.welcome["token"])
        secrets.append(wire.welcome["token"])
        lost = await server.connect()
        secrets.append("a token of nobody's making, tried")
        await lost.refusal("resume", token=secrets[-1], client={"name": "x", "version": "1"})
        assert (await wire.ask("balance")).type == "balance_now"
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 0
        text = server.log.read_text()
    async with database.connected("owner") as owner:
        rows = await owner.fetch("SELECT secret FROM croupier.chain")
    keys = [
        word
        for line in (tmp_path / "data" / "seed-keys").read_text().split("\n")
        for word in line.split()[1:]
    ]
    assert keys
    secrets += keys
    secrets += [seed.hex() for seed in seeds] + [row["secret"].hex() for row in rows]
    secrets += [repr(seed)[2:-1] for seed in seeds]
    password = database.app.partition("://")[2].partition("@")[0].rpartition(":")[2]
    if password:
        secrets.append(password)
    assert len(text) > 500
    for secret in secrets:
        assert secret not in text


async def test_encrypted(tmp_path: Path, database: Database) -> None:
    """With a certificate both doors speak TLS, and a round goes through."""
    certificate = self_signed(tmp_path)
    async with serving(
        tmp_path,
        "--http",
        "localhost:0",
        "--gateway",
        "localhost:0",
        database=database,
        CROUPIER_HTTP_TLS_CERTIFICATE=str(certificate),
        CROUPIER_HTTP_TLS_KEY=str(certificate),
    ) as server:
        assert server.http.startswith("https://")
        assert server.gateway.startswith("wss://")
        trust = ssl.create_default_context(cafile=certificate)
        trust.check_hostname = False  # it is told by its number, and the certificate has a name
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as web,
            web.post(f"{server.http}/api/v1/demo") as response,
        ):
            assert response.status == 200
            told = await response.json()
        assert told["gateway"].startswith("wss://")
        wire = await server.hello(told["ticket"], tls=trust)
        await (await server.sit(wire)).spin()
        plain = aiohttp.ClientSession()
        async with plain:
            with pytest.raises(aiohttp.ClientError):
                await plain.get(server.http.replace("https", "http"))


# -- starts that fail -----------------------------------------------------------------------------


def test_wrong_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting, file, option or address is told in one line with exit code 2."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CROUPIER_")]:
        monkeypatch.delenv(name)
    (tmp_path / "bad.toml").write_text("[gateway]\nprot = 5\n")
    (tmp_path / "worse.toml").write_text("[gateway\n")
    cases: tuple[tuple[tuple[str, ...], dict[str, str], str], ...] = (
        (("--config", "missing.toml"), {}, "missing.toml"),
        (("--config", "bad.toml"), {}, "prot"),
        (("--config", "worse.toml"), {}, "TOML"),
        (("--http", "nonsense"), {}, "--http"),
        (("--gateway", "127.0.0.1:99999"), {}, "--gateway"),
        (("--nonsense",), {}, "--nonsense"),
        ((), {"CROUPIER_SITE_ZONE": "Mars/Olympus"}, "zone"),
        ((), {"CROUPIER_MODE": "production"}, "production"),
    )
    for arguments, extra, word in cases:
        with monkeypatch.context() as surroundings:
            for name, text in extra.items():
                surroundings.setenv(name, text)
            code = run(["serve", *arguments])
        told = capsys.readouterr()
        one_line(Refusal(code, told.out, told.err), word)
        assert code == 2
    assert not (tmp_path / "var").exists()


async def test_an_unreachable_database(tmp_path: Path, database: Database) -> None:
    """A database that is not there, or refuses, is told in one line without its password."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    missing = database.url("app", socket=False).replace(database.name, "no_such_database")
    wrong = f"postgresql://croupier_app:hunter2@127.0.0.1:{port}/croupier"
    first, second = await asyncio.gather(
        refused(tmp_path, *ANY, "--data", "d", CROUPIER_DATABASE_URL=wrong),
        refused(tmp_path, *ANY, "--data", "e", CROUPIER_DATABASE_URL=missing),
    )
    one_line(first, "cannot be reached")
    one_line(second, "does not exist")
    assert (first.code, second.code) == (1, 1)
    assert "hunter2" not in first.err


async def test_a_schema_of_another_version(
    tmp_path: Path, database: Database, empty_database: Database
) -> None:
    """A schema newer than the program, changed, or missing is told in one line."""
    refusal = await refused(tmp_path, *ANY, "--data", "d", CROUPIER_DATABASE_URL=empty_database.app)
    one_line(refusal)
    async with database.connected("owner") as owner:
        await owner.execute(
            "INSERT INTO croupier.schema_migration (version, name, digest)"
            " VALUES (9000, 'from the future', sha256('x'))"
        )
    refusal = await refused(tmp_path, *ANY, "--data", "d", CROUPIER_DATABASE_URL=database.app)
    one_line(refusal, "newer")
    assert refusal.code == 1


async def test_a_privileged_user(tmp_path: Path, database: Database) -> None:
    """The server refuses to run as the owner of the tables or as a superuser."""
    refusals = await asyncio.gather(
        refused(tmp_path, *ANY, "--data", "d", CROUPIER_DATABASE_URL=database.owner),
        refused(tmp_path, *ANY, "--data", "e", CROUPIER_DATABASE_URL=database.superuser),
    )
    for refusal in refusals:
        one_line(refusal, "croupier_app")
        assert refusal.code == 1


async def test_ports_taken(tmp_path: Path, database: Database) -> None:
    """A port that is taken is named in one line, whichever of the two it is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for option, other in (("--http", "--gateway"), ("--gateway", "--http")):
            refusal = await refused(
                tmp_path,
                *(option, address, other, "127.0.0.1:0", "--data", "d"),
                CROUPIER_DATABASE_URL=database.app,
            )
            one_line(refusal, address.rpartition(":")[2])
            assert refusal.code == 1


async def test_a_second_server(tmp_path: Path, database: Database) -> None:
    """A second server on the same database goes away; the first plays on."""
    async with serving(tmp_path, database=database) as server:
        seat = await server.seat()
        refusal = await refused(
            tmp_path, *ANY, "--data", "other", CROUPIER_DATABASE_URL=database.app
        )
        one_line(refusal, "another server runs on this database")
        assert refusal.code == 1
        await seat.spin()


async def test_certificates_that_do_not_fit(tmp_path: Path, database: Database) -> None:
    """A certificate that cannot be used is told in one line."""
    (tmp_path / "bad.pem").write_text("nothing")
    refusal = await refused(
        tmp_path,
        *(*ANY, "--data", "d"),
        CROUPIER_DATABASE_URL=database.app,
        CROUPIER_HTTP_TLS_CERTIFICATE="bad.pem",
        CROUPIER_HTTP_TLS_KEY="bad.pem",
    )
    one_line(refusal, "bad.pem")


async def test_a_key_that_cannot_be_used(tmp_path: Path, database: Database) -> None:
    """A key file that others can read, or that is none, is told in one line."""
    key = tmp_path / "key"
    key.write_text("1 " + os.urandom(32).hex())
    for mode, text in ((0o644, None), (0o600, "1 short")):
        if text is not None:
            key.write_text(text)
        key.chmod(mode)
        refusal = await refused(
            tmp_path,
            *(*ANY, "--data", "d"),
            CROUPIER_DATABASE_URL=database.app,
            CROUPIER_FAIRNESS_KEY_FILE=str(key),
        )
        one_line(refusal, "key")
        assert refusal.code == 1


@pytest.mark.parametrize("state", list(BuildState))
def test_pages_that_are_missing_or_old(state: BuildState, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without fresh pages says so in one line that tells what to do."""
    monkeypatch.setattr(module, "build_state", lambda: state)
    with structlog.testing.capture_logs() as logs:
        module._tell_of_pages()
    if state is BuildState.FRESH:
        assert logs == []
    else:
        (entry,) = logs
        assert entry["log_level"] == "warning"
        assert "`make install`" in entry["event"]
