"""Tests of `server.control`."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from server.control import Control, NoServer, ask


class Answer(msgspec.Struct):
    """What a handler answers."""

    number: int


class Much(msgspec.Struct):
    """A long answer."""

    text: str


async def answer() -> Answer:
    """Answer."""
    return Answer(5)


async def fail() -> Answer:
    """Fail."""
    raise RuntimeError("the reason is not for everyone")


@asynccontextmanager
async def listening(data: Path) -> AsyncIterator[Control]:
    """Run a server's end."""
    control = Control(data, {"number": answer, "fail": fail})
    await control.start()
    try:
        yield control
    finally:
        await control.close()


async def asked(data: Path, wanted: str) -> Mapping[str, Any]:
    """Ask from a thread, as another process would."""
    return await asyncio.to_thread(ask, data, wanted, 5.0)


async def test_a_question_gets_its_answer(tmp_path: Path) -> None:
    """Through a socket for the server's own user, in a directory that is made if need be."""
    data = tmp_path / "data"
    async with listening(data):
        assert await asked(data, "number") == {"number": 5}
        assert stat.S_IMODE((data / "control").stat().st_mode) == 0o600
        assert (
            await asyncio.gather(*(asked(data, "number") for _ in range(5))) == [{"number": 5}] * 5
        )
    assert not (data / "control").exists()


async def test_what_cannot_be_answered(tmp_path: Path) -> None:
    """An unknown question and a failing handler are told in a line with nothing internal."""
    async with listening(tmp_path):
        with pytest.raises(NoServer, match="does not know 'weather'"):
            await asked(tmp_path, "weather")
        with structlog.testing.capture_logs() as logs, pytest.raises(NoServer) as caught:
            await asked(tmp_path, "fail")
        assert str(caught.value) == "it failed: RuntimeError"
        assert [entry["event"] for entry in logs] == ["a command failed"]
        assert await asked(tmp_path, "number") == {"number": 5}


async def test_a_long_answer(tmp_path: Path) -> None:
    """Thousands of refused files make an answer of megabytes, and it arrives whole."""

    async def much() -> Much:
        return Much(text="x" * 3_000_000)

    control = Control(tmp_path, {"much": much})
    await control.start()
    try:
        assert len((await asked(tmp_path, "much"))["text"]) == 3_000_000
    finally:
        await control.close()


async def test_work_that_takes_longer_than_anybody_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server says that it is still at work, and whoever asked gets the answer all the same."""
    monkeypatch.setattr("server.control._BEAT_S", 0.02)
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def slow() -> Answer:
        await heard.wait()
        return Answer(7)

    control = Control(tmp_path, {"slow": slow})
    await control.start()
    beats: list[None] = []

    def working() -> None:
        beats.append(None)
        if len(beats) == 3:
            loop.call_soon_threadsafe(heard.set)

    try:
        assert await asyncio.to_thread(ask, tmp_path, "slow", 5.0, working) == {"number": 7}
        assert len(beats) >= 3
    finally:
        await control.close()


async def test_work_goes_on_without_the_one_who_asked(tmp_path: Path) -> None:
    """A server that is silent for too long is told as such, not as one that failed; it goes on."""
    begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> Answer:
        begun.set()
        await go.wait()
        done.set()
        return Answer(7)

    control = Control(tmp_path, {"slow": slow})
    await control.start()
    try:
        asking = asyncio.to_thread(ask, tmp_path, "slow", 0.1)
        with pytest.raises(NoServer, match="said nothing for 0.1 seconds; it may still be at work"):
            await asking
        await asyncio.wait_for(begun.wait(), 5)
        go.set()
        await asyncio.wait_for(done.wait(), 5)
    finally:
        await control.close()


async def test_an_end_before_the_answer(tmp_path: Path) -> None:
    """Whoever waits for a server that ends is told that it is not known what came of it."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> Answer:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Answer(7)

    control = Control(tmp_path, {"endless": endless})
    await control.start()
    asking = asyncio.create_task(asyncio.to_thread(ask, tmp_path, "endless", 5.0))
    await asyncio.wait_for(begun.wait(), 5)
    await control.close()
    with pytest.raises(NoServer, match="ended before it answered; what it was asked may be done"):
        await asking
    assert ended.is_set()


async def test_an_answer_that_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks and does not read is let go of once his time is over."""
    monkeypatch.setattr("server.control._PATIENCE_S", 0.2)

    async def much() -> Much:
        return Much(text="x" * 3_000_000)

    control = Control(tmp_path, {"much": much})
    await control.start()
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.setblocking(False)
            connection.connect(str(tmp_path / "control"))
            connection.send(b"much\n")
            await asyncio.sleep(0.5)
            received = 0
            while data := connection.recv(1 << 20):
                received += len(data)
            assert received < 3_000_000
    finally:
        await control.close()


def test_the_end_of_a_server_that_is_asked(tmp_path: Path) -> None:
    """Whoever is connected then is cut off, and nothing of it is a fault for the log."""
    unhandled: list[dict[str, Any]] = []

    async def served() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: unhandled.append(told))
        async with listening(tmp_path):
            connection.connect(str(tmp_path / "control"))
            await asyncio.sleep(0.05)

    with socket.socket(socket.AF_UNIX) as connection:
        asyncio.run(served())
        assert connection.recv(1) == b""
    assert unhandled == []


def test_nobody_is_there(tmp_path: Path) -> None:
    """Without a server, or with what a killed one left behind, the command says so."""
    with pytest.raises(NoServer, match="no server runs on the data directory"):
        ask(tmp_path, "number")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "control"))
    with pytest.raises(NoServer, match="cannot be asked: Connection refused"):
        ask(tmp_path, "number")


async def test_what_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    """A new server takes over the place of a dead one, never that of a living one."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "control"))
    async with listening(tmp_path):
        with structlog.testing.capture_logs() as logs:
            async with listening(tmp_path):
                pass
        assert [entry["event"] for entry in logs] == ["commands cannot reach this server"]
        assert await asked(tmp_path, "number") == {"number": 5}


async def test_a_long_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path too long for a socket is written from the working directory, or does without."""
    deep = tmp_path / ("d" * 110)
    with structlog.testing.capture_logs() as logs:
        async with listening(deep):
            with pytest.raises(NoServer, match="too long"):
                await asked(deep, "number")
    assert "too long" in logs[0]["reason"]
    monkeypatch.chdir(deep)
    async with listening(deep / "data"):
        assert await asked(deep / "data", "number") == {"number": 5}


async def test_silence_and_noise(tmp_path: Path) -> None:
    """Whoever says nothing, or anything, harms nobody."""
    async with listening(tmp_path):
        silent = socket.socket(socket.AF_UNIX)
        silent.connect(str(tmp_path / "control"))
        with socket.socket(socket.AF_UNIX) as noisy:
            noisy.connect(str(tmp_path / "control"))
            noisy.sendall(os.urandom(100_000) + b"\n")
        silent.close()
        assert await asked(tmp_path, "number") == {"number": 5}
