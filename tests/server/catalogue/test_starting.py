"""Tests of `server.catalogue.starting`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from server.catalogue.starting import load_aside
from server.config import Games
from tests.patience import PATIENCE_S
from tests.server.catalogue.plugin import GOOD, WAITING, install, put_on_path


async def test_a_plug_in_that_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop goes on while it loads, and a person is told which plug-in is waited for."""
    monkeypatch.setattr("server.catalogue.starting._SLOW_S", 0.02)
    code = WAITING.format(address=str(tmp_path / "asked")) + GOOD
    install(tmp_path / "site", "hf_slow", code)
    put_on_path(monkeypatch, tmp_path / "site", "hf_slow")
    waiting: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    listener = await asyncio.start_unix_server(
        lambda _, writer: waiting.put_nowait(writer), tmp_path / "asked"
    )
    async with listener:
        with structlog.testing.capture_logs() as logs:
            loading = asyncio.create_task(load_aside(Games()))
            writer = await asyncio.wait_for(waiting.get(), 10)  # only a loop that runs gets it
            named = "plug-in hf_slow (hf_slow:games)"
            async with asyncio.timeout(PATIENCE_S):
                while not logs or logs[-1]["waiting_for"] != named:  # noqa: ASYNC110 - a log
                    await asyncio.sleep(0.01)
            writer.close()
            loaded = await asyncio.wait_for(loading, 10)
    assert loaded.catalogue.current("plug-wheel") is not None
    assert {entry["event"] for entry in logs} == {"games are still being loaded"}
