"""A small build of the pages, and a server of it on a real socket."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from aiohttp.test_utils import TestServer
from aiohttp.web import Request, Response
from prometheus_client import CollectorRegistry

from protocol.schema import Published
from server.http.application import build_application
from server.http.docs import Docs
from server.http.pages import ConsolePages, Pages
from server.http.policy import Policy
from tests.patience import PATIENCE_S

SCRIPT = b"const wheel = 'turns';\n" * 200
GATEWAY = "ws://127.0.0.1:8081"


class Answer(NamedTuple):
    """What came back, byte for byte."""

    status: int
    headers: dict[str, str]
    """With names in lower case."""
    body: bytes


class SignUps:
    """Stands for the sign-up."""

    async def handle(self, _: Request) -> Response:
        """Answer."""
        return Response(text="signed up")


def write_build(dist: Path) -> Path:
    """Write a build; returns its folder."""
    files = {
        "player/index.html": b"<!doctype html><title>Croupier</title>",
        "player/sw.js": b"self.addEventListener('fetch', () => {});",
        "player/manifest.webmanifest": b"{}",
        "player/assets/index-Bx7a.js": SCRIPT,
        "player/assets/index-Bx7a.js.br": b"stands for brotli",
        "player/assets/index-Bx7a.js.gz": gzip.compress(SCRIPT, mtime=0),
        "player/assets/plain-9a.css": b"p { color: red }",
        "player/.secret": b"hidden",
        "player/.vite/manifest.json": b"{}",
        "console/index.html": b"<!doctype html><title>Operators</title>",
        "console/assets/index-Dd2.js": SCRIPT,
        "console/assets/index-Dd2.js.br": b"stands for brotli",
        "apidocs/index.html": b"<!doctype html><title>The interface</title>",
        "apidocs/assets/index-Cc1.js": SCRIPT,
        "outside.txt": b"outside",
    }
    for name, content in files.items():
        path = dist / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (dist / "player/link.txt").symlink_to(dist / "outside.txt")
    (dist / "player/linked").symlink_to(dist)
    return dist


class Site:
    """A running server of pages."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Send a request as it is written, for a client library would tidy the target."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            lines = [f"{method} {target} HTTP/1.1", "Connection: close"]
            told = {"Host": f"127.0.0.1:{self.port}", **headers}
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
            async with asyncio.timeout(PATIENCE_S):
                data = await reader.read()
        finally:
            writer.close()
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in rest)
        return Answer(int(first.split()[1]), {name.lower(): text for name, _, text in pairs}, body)


@asynccontextmanager
async def serve(
    dist: Path,
    gateway: str = GATEWAY,
    *,
    secure: bool = False,
    console: bool = True,
    within_reach: bool = True,
) -> AsyncIterator[Site]:
    """Serve the pages of a folder."""

    def told(_: Request) -> str:
        return gateway

    policy = Policy(told, secure=secure)
    application = build_application(
        sign_ups=SignUps(),  # type: ignore[arg-type]
        registry=CollectorRegistry(),
        not_ready=lambda: None,
        policy=policy,
        pages=Pages(policy, dist),
        docs=Docs(policy, Published, told, console=console, dist=dist),
        back_office=[ConsolePages(policy, lambda _: within_reach, dist)],
    )
    server = TestServer(application)
    await server.start_server()
    try:
        assert server.port is not None
        yield Site(server.port)
    finally:
        await server.close()
