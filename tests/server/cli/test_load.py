"""Tests of `croupier load` against the real server, both as processes."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.client.conftest import eventually

CROUPIER = [sys.executable, "-c", "from server.cli.main import main; main()"]
READY_S = 60.0

Load = Callable[..., subprocess.CompletedProcess[str]]


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server process that can be killed and started again on the same ports and data."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.http_port, self.gateway_port = free_port(), free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def http(self) -> str:
        """The address of HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    def start(self) -> None:
        """Start and wait until it is ready."""
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *CROUPIER,
                    "serve",
                    f"--data={self.data}",
                    f"--http=127.0.0.1:{self.http_port}",
                    f"--gateway=127.0.0.1:{self.gateway_port}",
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.data.parent / "server.log").read_text(encoding="utf-8")[-2_000:]
        assert json.loads(line)["event"] == "ready"

    def kill(self) -> None:
        """End it as a power failure does."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(READY_S)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def database_url(self) -> str:
        """Return where the ledger can be read as its owner."""
        return subprocess.run(
            [*CROUPIER, "database", "url", f"--data={self.data}", "--owner"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    async def wagers(self) -> dict[str, tuple[int, int]]:
        """Return stake and payout of every settled wager in the ledger, by round."""
        connection = await asyncpg.connect(self.database_url())
        try:
            rows = await connection.fetch("SELECT chain, n, stake, payout FROM wager")
        finally:
            await connection.close()
        return {f"{row['chain']}-{row['n']}": (row["stake"], row["payout"]) for row in rows}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of its own."""
    server = Server(tmp_path / "data")
    server.start()
    yield server
    server.end()


def command(http: str, *arguments: str) -> list[str]:
    """Return the command line of a load run."""
    return [*CROUPIER, "load", "--http", http, "--players", "8", *arguments]


def run(http: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `croupier load` to its end."""
    return subprocess.run(
        command(http, *arguments), check=False, capture_output=True, text=True, timeout=90
    )


def start(http: str, *arguments: str) -> subprocess.Popen[str]:
    """Start `croupier load`."""
    return subprocess.Popen(
        command(http, *arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a record."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def acknowledged(path: Path) -> dict[str, tuple[int, int]]:
    """Return stake and payout of every round that a record says has ended."""
    return {
        line["round"]: (line["stake"], line["payout"])
        for line in read(path)
        if line["type"] in ("played", "round_ended") and line["payout"] is not None
    }


async def test_every_bet_of_a_run_is_in_the_ledger(server: Server, tmp_path: Path) -> None:
    """Figures, record and ledger tell the same, for all three games."""
    figures_file, record = tmp_path / "figures.json", tmp_path / "record"
    done = run(
        server.http,
        *("--seconds", "2", "--closed", "--seed", "7", "--mix", "slot=2,roulette=1,blackjack=1"),
        *("--json", str(figures_file), "--record", str(record), "--require", "errors<1"),
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(figures_file.read_text(encoding="utf-8"))
    wagers = await server.wagers()

    assert figures["bets"] == len(wagers) > 0
    assert figures["stakes"] == sum(stake for stake, _ in wagers.values())
    assert figures["payouts"] == sum(payout for _, payout in wagers.values())
    assert acknowledged(record) == wagers
    assert all(game["bets"] for game in figures["games"].values())
    assert figures["unfinished"] == 0
    assert "settled" in done.stdout


async def test_the_record_explains_every_balance(server: Server, tmp_path: Path) -> None:
    """From the opening balance on, stakes and payouts lead to each balance told."""
    record = tmp_path / "record"
    arguments = ("--seconds", "1", "--closed", "--mix", "slot=1,roulette=1", "--quiet")
    assert run(server.http, *arguments, "--record", str(record)).returncode == 0
    balances: dict[str, int] = {}
    for line in read(record):
        if line["type"] == "demo":
            balances[line["player"]] = line["balance"]
        elif line["type"] == "played":
            balances[line["player"]] += line["payout"] - line["stake"]
            assert balances[line["player"]] == line["balance"]

    assert len(balances) == 8


async def test_an_open_loop_is_driven(server: Server) -> None:
    """The rate is kept on a server that is fast enough, and figures can go to standard output."""
    done = run(server.http, "--seconds", "2", "--rate", "50", "--json", "-", "--quiet")
    figures = json.loads(done.stdout)

    assert done.returncode == 0
    assert figures["mode"] == "open"
    assert figures["arrivals"] == pytest.approx(100, abs=45)
    assert figures["bets"] + figures["dropped_sends"] == figures["arrivals"]


async def test_a_report_tells_of_the_server_too(server: Server, tmp_path: Path) -> None:
    """Series and totals agree, and the server's own count of settled items is beside them."""
    figures_file = tmp_path / "figures.json"
    done = run(
        server.http,
        *("--seconds", "3", "--closed", "--think", "5", "--quiet"),
        *("--series", "--json", str(figures_file)),
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(figures_file.read_text(encoding="utf-8"))
    series = figures["series"]
    settled = series["server"]["values"]["croupier_settlement_items_total"]

    assert sum(series["bets"]) == figures["bets"] > 0
    assert series["server"]["failed"] == 0
    assert series["server"]["kinds"]["croupier_settlement_items_total"] == "counter"
    assert 0 < settled[-1] - settled[0] <= figures["requests"] + 8 * 3
    assert figures["detail"]["exponent"] == 2


async def test_a_missed_requirement_is_exit_99(server: Server) -> None:
    """Each one is named with what was measured."""
    bounds = ("--require", "p99<1us", "--require", "bets_per_s>9999999", "--require", "errors<1")
    done = run(server.http, "--seconds", "1", "--closed", "--quiet", *bounds)

    assert done.returncode == 99
    assert "p99<1us: it was" in done.stderr
    assert "bets_per_s>9999999: it was" in done.stderr
    assert "errors" not in done.stderr


async def test_a_killed_server_is_ridden_through(server: Server, tmp_path: Path) -> None:
    """After `kill -9` and a restart players resume; ledger and record agree bet by bet."""
    figures_file, record = tmp_path / "figures.json", tmp_path / "record"
    load = start(
        server.http,
        *("--seconds", "8", "--closed", "--quiet", "--require", "errors<1"),
        *("--json", str(figures_file), "--record", str(record)),
    )
    try:
        await eventually(lambda: record.exists() and record.stat().st_size > 50_000, 30.0)
        server.kill()
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(load.communicate, timeout=60)
    finally:
        load.kill()
        load.communicate()
    figures = json.loads(figures_file.read_text(encoding="utf-8"))

    assert load.returncode == 0
    assert acknowledged(record) == await server.wagers()
    assert figures["reconnects"] >= 8
    assert figures["new_sessions"] == 0
    assert figures["bets"] == len(acknowledged(record))


async def test_ctrl_c_reports_what_was_done(server: Server, tmp_path: Path) -> None:
    """The figures and the record are written, and everyone has left."""
    figures_file, record = tmp_path / "figures.json", tmp_path / "record"
    load = start(
        server.http,
        *("--seconds", "300", "--closed", "--json", str(figures_file), "--record", str(record)),
    )
    try:
        await eventually(lambda: record.exists() and record.stat().st_size > 50_000, 30.0)
        load.send_signal(signal.SIGINT)
        output, _ = await asyncio.to_thread(load.communicate, timeout=30)
    finally:
        load.kill()
        load.communicate()
    figures = json.loads(figures_file.read_text(encoding="utf-8"))

    assert load.returncode == 0
    assert figures["interrupted"]
    assert "settled" in output
    assert acknowledged(record) == await server.wagers()
    assert [line["type"] for line in read(record)].count("goodbye") == 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seconds", "1"), "either --closed or --rate"),
        (("--seconds", "1", "--closed", "--rate", "5"), "either --closed or --rate"),
        (("--closed", "--mix", "slot=many"), "--mix"),
        (("--closed", "--require", "p42<1ms"), "--require"),
        (("--closed", "--seconds", "1e9"), "--seconds takes"),
        (("--closed", "--think", "-1"), "--think"),
    ],
)
def test_a_wrong_command_line_is_exit_2(arguments: tuple[str, ...], words: str) -> None:
    """One line says what to write instead, and nothing is sent."""
    done = subprocess.run(
        [*CROUPIER, "load", "--http", "http://127.0.0.1:1", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_another_machine_is_refused() -> None:
    """Unless its name was allowed."""
    done = run("http://b.example", "--closed", "--allow-host", "a.example")

    assert done.returncode == 2
    assert "--allow-host b.example" in done.stderr


@pytest.mark.parametrize("option", ["--record", "--json"])
def test_files_that_cannot_be_written_are_named(tmp_path: Path, option: str) -> None:
    """Before anybody is signed up, and without a traceback."""
    where = str(tmp_path / "nowhere" / "file")
    done = run("http://127.0.0.1:1", "--closed", option, where)

    assert done.returncode == 1
    assert where in done.stderr
    assert "Traceback" not in done.stderr


def test_no_server_is_one_clear_line() -> None:
    """Nobody has to wait for what is not there."""
    done = run(f"http://127.0.0.1:{free_port()}", "--closed", "--seconds", "1", "--quiet")

    assert done.returncode == 1
    assert "nothing answers at" in done.stderr
    assert len(done.stderr.splitlines()) == 1
