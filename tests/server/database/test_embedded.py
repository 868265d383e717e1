"""Tests of the embedded PostgreSQL: starting, stopping, and every way of dying."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, ASYNC240 - a test has nothing else to do meanwhile

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from structlog.testing import capture_logs

from server.database import embedded, processes
from server.database.binaries import package_directory
from server.database.connect import connect
from server.database.embedded import EmbeddedPostgres
from server.database.errors import (
    DataDirectoryInUse,
    DataDirectoryUnusable,
    PostgresStartFailed,
)
from server.database.files import DataDirectory
from server.database.privileges import may_search
from server.database.processes import processes_of
from server.database.roles import refuse_privileged
from tests.patience import PATIENCE_S
from tests.postgres import UNSAFE

ROOT = Path(__file__).parents[3]
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

SERVER = """
import asyncio, json, sys
from pathlib import Path
from server.database.embedded import EmbeddedPostgres

async def main():
    async with EmbeddedPostgres(Path(sys.argv[1]), overrides=json.loads(sys.argv[2])) as postgres:
        print(postgres.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
"""A server that does nothing but hold a database, to be killed."""


def gone(pid: int) -> bool:
    """Say whether a process ended; one that nobody has reaped yet did."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def postgres_in(directory: Path, **options: object) -> EmbeddedPostgres:
    """Return a supervisor with settings that make tests fast."""
    return EmbeddedPostgres(directory, overrides=UNSAFE, **options)  # type: ignore[arg-type]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory; whatever a failed test leaves running on it is ended."""
    yield tmp_path / "data"
    for process in processes_of(tmp_path / "data" / "postgres"):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@asynccontextmanager
async def server_on(data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Yield another process that holds a database, and the number of its PostgreSQL."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVER, str(data), json.dumps(UNSAFE)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, int(await process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def ask(postgres: EmbeddedPostgres, query: str, role: str = "owner") -> object:
    """Return the answer to *query*."""
    connection = await connect(postgres.url(role))  # type: ignore[arg-type]
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_starts_and_stops(data: Path) -> None:
    """A new data directory becomes a database that is durable, private, and stopped cleanly."""
    async with EmbeddedPostgres(data) as postgres:
        wanted = {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "jit": "off",
            "listen_addresses": "127.0.0.1",
            "password_encryption": "scram-sha-256",
            "TimeZone": "UTC",
        }
        found = {name: await ask(postgres, f"SHOW {name}") for name in wanted}
        methods = await ask(
            postgres, "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules", "superuser"
        )
        owners = await ask(postgres, "SELECT pg_get_userbyid(datdba) FROM pg_database LIMIT 1")
        assert postgres.pid is not None
        pid = postgres.pid
        assert os.getsid(pid) == pid  # out of reach of the terminal's Ctrl-C

    assert found == wanted
    assert methods == ["scram-sha-256"]
    assert owners is not None
    assert gone(pid)
    assert not processes_of(data / "postgres")
    private = [data, data / "secrets", data / "postgres", *(data / "secrets").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in private} == {0}
    assert "shut down" in (data / "postgres.log").read_text("utf-8")


async def test_starts_again_quickly(data: Path) -> None:
    """An existing data directory keeps its data, passwords and port, and is ready in 3 seconds."""
    async with postgres_in(data) as postgres:
        await ask(postgres, "CREATE TABLE kept AS SELECT 7 AS n")
        address = postgres.url("app")

    began = time.monotonic()
    async with postgres_in(data) as postgres:
        assert time.monotonic() - began < 3
        assert postgres.url("app") == address
        assert await ask(postgres, "SELECT n FROM kept") == 7


async def test_no_password_no_entry(data: Path) -> None:
    """Neither the socket nor the port lets anyone in without the right password."""
    async with postgres_in(data) as postgres:
        for over_socket in (True, False):
            address = postgres.url("superuser", socket=over_socket)
            password = postgres.directory.password("superuser")
            assert password is not None
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(address.replace(password, "wrong"))


async def test_roles_are_unprivileged(data: Path) -> None:
    """The application's role passes the check that refuses privileged connections."""
    async with postgres_in(data) as postgres:
        connection = await connect(postgres.url("app"))
        await refuse_privileged(connection)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TEMP TABLE t (n int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE public.t (n int)")
        await connection.close()


async def test_second_server_is_refused(data: Path) -> None:
    """A second server on the same data directory gets one line, and harms nothing."""
    async with server_on(data) as (process, pid):
        with pytest.raises(DataDirectoryInUse, match=f"in use by process {process.pid}"):
            await postgres_in(data).start()
        assert not gone(pid)


async def test_takes_over_what_a_killed_server_left(data: Path) -> None:
    """After kill -9 of the server its PostgreSQL is taken over; its backends are ended first."""
    async with server_on(data) as (process, pid):
        left = await connect(DataDirectory(data).url("app"))
        process.kill()
        await process.wait()
        async with postgres_in(data) as postgres:
            assert postgres.pid == pid
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await left.fetchval("SELECT 1")
        assert gone(pid)


async def test_ends_a_left_one_with_other_settings(data: Path) -> None:
    """A PostgreSQL of a killed server that runs under other settings is ended and replaced."""
    async with server_on(data) as (process, pid):
        process.kill()
        await process.wait()
        async with EmbeddedPostgres(data, overrides={**UNSAFE, "work_mem": "9MB"}) as postgres:
            assert postgres.pid != pid
            assert await ask(postgres, "SHOW work_mem") == "9MB"


async def test_starts_after_everything_was_killed(data: Path) -> None:
    """After kill -9 of server and PostgreSQL the committed data is there within 5 seconds."""
    async with server_on(data) as (process, pid):
        owner = await connect(DataDirectory(data).url("owner"))
        await owner.execute("CREATE TABLE kept AS SELECT g AS n FROM generate_series(1, 10000) g")
        process.kill()
        os.kill(pid, signal.SIGKILL)
        owner.terminate()
        await process.wait()
        began = time.monotonic()
        async with postgres_in(data) as postgres:
            assert time.monotonic() - began < 5
            assert await ask(postgres, "SELECT count(*) FROM kept") == 10_000


async def test_orphans_and_stale_files_do_not_hinder(data: Path) -> None:
    """Stopped orphans of a killed PostgreSQL, a reused number and a stale socket are cleared."""
    killed = postgres_in(data)
    await killed.start()
    assert killed.pid is not None
    assert killed._postmaster is not None
    orphans = [each.pid for each in processes_of(data / "postgres") if each.pid != killed.pid]
    for orphan in orphans:
        os.kill(orphan, signal.SIGSTOP)  # so that they do not notice that their parent died
    os.kill(killed.pid, signal.SIGKILL)
    assert await killed._postmaster.ended(5)
    killed._lock.release()
    user = (data / "postgres").stat().st_uid  # PostgreSQL minds processes of its own user alone
    with subprocess.Popen(["sleep", "60"], user=user, cwd="/") as other:
        (data / "postgres" / "postmaster.pid").write_text(f"{other.pid}\n")
        began = time.monotonic()
        async with postgres_in(data) as postgres:
            assert time.monotonic() - began < 5
            assert await ask(postgres, "SELECT 1") == 1
        assert other.poll() is None
        other.kill()
    assert orphans
    assert all(gone(orphan) for orphan in orphans)


async def test_watch_starts_it_again(data: Path) -> None:
    """A killed PostgreSQL is started again, told to who asked, and its data is there."""
    back = asyncio.Event()
    async with postgres_in(data, on_restart=back.set) as postgres:
        watching = asyncio.create_task(postgres.watch())
        await ask(postgres, "CREATE TABLE kept AS SELECT 7 AS n")
        assert await postgres.answers()
        assert postgres.pid is not None
        killed = postgres.pid
        os.kill(killed, signal.SIGKILL)
        await asyncio.wait_for(back.wait(), 5)
        assert postgres.pid != killed
        assert postgres.restarts == 1
        assert await ask(postgres, "SELECT n FROM kept") == 7
    await asyncio.wait_for(watching, 5)


async def test_watch_ends_what_does_not_answer(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL that runs but greets nobody is ended and started again."""
    monkeypatch.setattr(embedded, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(embedded, "SILENCE_SECONDS_MAX", 0.5)
    monkeypatch.setattr(processes, "QUIT_SECONDS_MAX", 0.2)
    back = asyncio.Event()
    async with postgres_in(data, on_restart=back.set) as postgres:
        watching = asyncio.create_task(postgres.watch())
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGSTOP)
        await asyncio.wait_for(back.wait(), 15)
        assert await ask(postgres, "SELECT 1") == 1
    await asyncio.wait_for(watching, 5)


async def test_watch_keeps_trying(data: Path) -> None:
    """While PostgreSQL cannot be started the watch goes on trying, and stop ends it at once."""
    async with postgres_in(data) as postgres:
        watching = asyncio.create_task(postgres.watch())
        (data / "secrets").rename(data / "elsewhere")
        assert postgres.pid is not None
        with capture_logs() as lines:
            os.kill(postgres.pid, signal.SIGKILL)
            async with asyncio.timeout(PATIENCE_S):
                while [line["event"] for line in lines].count("database not started") < 2:
                    await asyncio.sleep(0.02)
            assert postgres.restarts == 0
            (data / "elsewhere").rename(data / "secrets")
            async with asyncio.timeout(PATIENCE_S):
                while not postgres.restarts:
                    await asyncio.sleep(0.02)
        assert "passwords" in next(line["reason"] for line in lines if "reason" in line)
        assert await ask(postgres, "SELECT 1") == 1
    await asyncio.wait_for(watching, 5)


async def test_another_port_when_taken(data: Path) -> None:
    """A kept port that somebody else took is given up for a free one."""
    async with postgres_in(data) as postgres:
        port = postgres.directory.port()
    assert port is not None
    with socket.create_server(("127.0.0.1", port)):
        async with postgres_in(data) as postgres:
            assert postgres.directory.port() != port
            assert await ask(postgres, "SELECT 1") == 1


async def test_fixed_port_taken(data: Path) -> None:
    """A port that was asked for is not replaced: one line says that it is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PostgresStartFailed, match=f"Port {port} of 127.0.0.1 is taken"):
            await postgres_in(data, port=port).start()


async def test_lost_passwords(data: Path) -> None:
    """A lost superuser password is one line; a lost password of a role is made anew."""
    async with postgres_in(data):
        pass
    (data / "secrets" / "postgres-app").unlink()
    async with postgres_in(data) as postgres:
        assert await ask(postgres, "SELECT current_user", "app") == "croupier_app"
    (data / "secrets" / "postgres-superuser").unlink()
    with pytest.raises(DataDirectoryUnusable, match="passwords"):
        await postgres_in(data).start()


async def test_failed_start_says_why_and_frees_the_lock(data: Path) -> None:
    """A start that fails repeats PostgreSQL's reason in one line and leaves nothing running."""
    async with postgres_in(data):
        pass
    with pytest.raises(PostgresStartFailed, match="work_mem") as caught:
        await EmbeddedPostgres(data, overrides={**UNSAFE, "work_mem": "much"}).start()
    assert "\n" not in str(caught.value)
    assert not processes_of(data / "postgres")
    async with postgres_in(data) as postgres:
        assert await ask(postgres, "SELECT 1") == 1


async def test_interrupted_creation_leaves_nothing(data: Path) -> None:
    """A start that is cancelled while the cluster is created leaves no half of one."""
    starting = asyncio.create_task(postgres_in(data).start())
    while not (data / "postgres.new").exists():
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not (data / "postgres").exists()
    assert not (data / "postgres.new").exists()
    async with postgres_in(data) as postgres:
        assert await ask(postgres, "SELECT 1") == 1


async def test_small_shared_memory(data: Path) -> None:
    """It runs with its dynamic shared memory in the cluster, as where /dev/shm is small."""
    settings = {**UNSAFE, "dynamic_shared_memory_type": "mmap"}
    async with EmbeddedPostgres(data, overrides=settings) as postgres:
        assert await ask(postgres, "SELECT 1") == 1


def hidden_package(parent: Path) -> Path:
    """Return a copy of the programs below a directory that only its owner may enter."""
    package = package_directory()
    closed = parent / "closed"
    closed.mkdir(mode=0o700)
    libraries = package.parent / f"{package.name}.libs"
    for source in (package, libraries):
        if source.exists():
            shutil.copytree(source, closed / source.name, copy_function=link_or_copy)
    return closed / package.name


def link_or_copy(source: str, target: str) -> None:
    """Link a file, or copy it where links do not reach."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@root_only
@pytest.mark.root
@pytest.mark.parametrize("capable", [True, False], ids=["with the capability", "without it"])
async def test_root_below_a_closed_directory(
    tmp_path: Path, *, capable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data and programs below a directory of mode 0700 work for root, and it stays 0700."""
    if not capable:
        monkeypatch.setattr(embedded, "may_search", lambda: False)
    elif not may_search():
        pytest.skip("this root has no CAP_DAC_READ_SEARCH to pass on")
    package = hidden_package(tmp_path)
    closed = package.parent
    async with postgres_in(closed / "data", package=package) as postgres:
        process = psutil.Process(postgres.pid)
        assert process.uids().effective != 0
        assert await ask(postgres, "SELECT count(*) FROM pg_timezone_names") != 0
        status = Path(f"/proc/{postgres.pid}/status").read_text("ascii")
        capabilities = next(line for line in status.splitlines() if line.startswith("CapEff"))
        assert int(capabilities.split()[1], 16) == (1 << 2 if capable else 0)
        note = closed / "data" / "postgres.programs"
        copy = Path(note.read_text("utf-8").splitlines()[1]) if note.exists() else None
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE((closed / "data").stat().st_mode) == 0o700
    assert (copy is None) is capable
    assert copy is None or not copy.exists()


@root_only
@pytest.mark.root
async def test_full_disk(tmp_path: Path) -> None:
    """On a full disk creating and starting fail with one line that says so."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=0700", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this root may not mount")
    try:
        with pytest.raises(PostgresStartFailed, match="the disk is full"):
            await EmbeddedPostgres(small / "data").start()
        subprocess.run(["mount", "-o", "remount,size=200m", str(small)], check=True)
        async with postgres_in(small / "data") as postgres:
            assert await ask(postgres, "SELECT 1") == 1
        with (small / "filler").open("wb") as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(1 << 20))
                filler.flush()
        with pytest.raises(PostgresStartFailed, match="the disk is full") as caught:
            await postgres_in(small / "data").start()
        assert "\n" not in str(caught.value)
        (small / "filler").unlink()
        async with postgres_in(small / "data") as postgres:
            assert await ask(postgres, "SELECT 1") == 1
    finally:
        subprocess.run(["umount", str(small)], check=True)
