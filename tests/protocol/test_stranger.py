"""A client that was written from the AsyncAPI document alone plays against the real server."""

# ruff: noqa: ASYNC240 - a test may read a file

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.processes import PATIENCE_S, Ended, Server, croupier, end

NODE = shutil.which("node")
STRANGER = Path(__file__).with_name("stranger.mjs")

pytestmark = pytest.mark.skipif(
    NODE is None and "CI" not in os.environ,
    reason="NODE IS MISSING: the stranger's client was not run",
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server of its own, ready for players."""
    found = Server(tmp_path)
    try:
        await found.start()
        yield found
        assert await found.stop() == 0
    finally:
        await found.clear()


@pytest.fixture
async def document(tmp_path: Path) -> Path:
    """The document, printed as anyone would print it."""
    path = tmp_path / "asyncapi.json"
    ended = await croupier("asyncapi", "--output", str(path), cwd=tmp_path)
    assert ended.code == 0, ended.err
    return path


async def visit(document: Path, http: str, encoding: str) -> Ended:
    """Let the stranger play an evening."""
    assert NODE is not None, "node is missing, and CI must have it"
    process = await asyncio.create_subprocess_exec(
        NODE,
        *(str(STRANGER), str(document), http, encoding),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
    finally:
        await end(process)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_an_evening(server: Server, document: Path) -> None:
    """In either encoding the document suffices to play, resume, verify and part."""
    for encoding in ("json", "msgpack"):
        ended = await visit(document, server.http, encoding)

        assert ended.code == 0, ended.err
        told = json.loads(ended.out)
        assert told["encoding"] == encoding
        assert told["rounds"] == told["seeds"] >= 30
        assert told["resumes"] == 3


async def test_notes(document: Path) -> None:
    """Of each game the document says what no schema does, such as which card a number is."""
    told: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))

    assert all(game["notes"] for game in told["x-games"])


async def test_the_stranger_is_strict(server: Server, document: Path) -> None:
    """A document that tells a field otherwise than the server sends it is found out."""
    told: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))
    told["components"]["schemas"]["Played"]["properties"]["step"]["type"] = "string"
    document.write_text(json.dumps(told), encoding="utf-8")

    ended = await visit(document, server.http, "json")

    assert ended.code == 1
    assert "played.body.step" in ended.err
