"""Tests of `server.http.pages`: which address is answered with which file."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from server.http.pages import Pages
from tests.client.certificates import self_signed
from tests.postgres import Database
from tests.server.harness import House, open_house
from tests.server.http.site import serve, write_build

PAGE = b"<!doctype html><title>Croupier</title>"
CONSOLE = b"<!doctype html><title>Operators</title>"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build."""
    return write_build(tmp_path / "dist")


@pytest.mark.parametrize(
    "path", ["/", "/play/slot", "/play/slot/", "/history?before=3", "/a-b_c~1"]
)
async def test_addresses_inside_the_pages(dist: Path, path: str) -> None:
    """Every address that the pages give themselves is answered with the one page, never cached."""
    async with serve(dist) as site:
        answer = await site.ask(path)
        assert (answer.status, answer.body) == (200, PAGE)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        *("/api", "/api/", "/api/v1", "/api/v2/demo", "/healthz/x", "/readyz/", "/metrics/x"),
        *("/docs/x", "/docs/x/y", "/assets", "/assets/", "/assets/gone"),
        *("/favicon.ico", "/play/slot.js", "/index.php", "/assets/gone-1.js", "/.well-known/x"),
    ],
)
async def test_what_is_never_answered_with_the_page(dist: Path, path: str) -> None:
    """The API's addresses and anything that looks like a file are not found if they are not."""
    async with serve(dist) as site:
        answer = await site.ask(path)
        assert answer.status == 404
        assert json.loads(answer.body)["error"]["code"] == "not_found"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/console", "/console/", "/console/tables/t7", "/console/rounds/77-3?x=1"]
)
async def test_addresses_inside_the_console(dist: Path, path: str) -> None:
    """The operators' addresses are answered with their own page, never cached, never indexed."""
    async with serve(dist) as site:
        answer = await site.ask(path)
        assert (answer.status, answer.body) == (200, CONSOLE)
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-robots-tag"] == "noindex"


async def test_files_of_the_console(dist: Path) -> None:
    """Files whose names hold a hash are kept for ever; what is not there is not found."""
    async with serve(dist) as site:
        answer = await site.ask("/console/assets/index-Dd2.js", Accept_Encoding="br")
        assert (answer.status, answer.body) == (200, b"stands for brotli")
        assert "immutable" in answer.headers["cache-control"]
        for path in (
            *("/console/assets", "/console/assets/gone-1.js", "/console/x.js", "/console/.x"),
            *("/console/../player/index.html", "/console/%2e%2e/outside.txt", "/consoles.js"),
        ):
            assert (await site.ask(path)).status == 404, path
        assert (await site.ask("/console", "POST", Content_Length="0")).status == 405


async def test_console_out_of_reach(dist: Path) -> None:
    """From outside the networks of the operators there is no page either, nor the player's."""
    async with serve(dist, within_reach=False) as site:
        for path in ("/console", "/console/", "/console/tables", "/console/assets/index-Dd2.js"):
            assert (await site.ask(path)).status == 404


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/../outside.txt",
            "/%2e%2e/outside.txt",
            "/..%2foutside.txt",
            "/assets/../../outside.txt",
        ),
        *("/assets/..%2f..%2foutside.txt", "/%2e%2e%2foutside.txt", "/..\\outside.txt"),
        *(
            "/....//outside.txt",
            "//outside.txt",
            "/assets/%252e%252e/outside.txt",
            "/%00",
            "/a%00b",
        ),
        *("/.secret", "/.vite/manifest.json", "/%2esecret", "/assets/.%2f", "/link.txt"),
        *("/linked/outside.txt", "/linked/player/index.html", "/player/index.html"),
        *("/docs/../outside.txt", "/docs/%2e%2e/outside.txt", "/docs/../player/index.html"),
        *("http://elsewhere.example/../outside.txt", "/etc/passwd/%2e%2e/x", "/\xff\xfe"),
    ],
)
async def test_nothing_outside(dist: Path, target: str) -> None:
    """No way of writing a path leads out of the build, to a dot file or over a link."""
    async with serve(dist) as site:
        answer = await site.ask(target)
        assert answer.status in {400, 404}, answer
        assert b"outside" not in answer.body
        assert b"hidden" not in answer.body


async def test_head_and_other_methods(dist: Path) -> None:
    """HEAD says what GET would send; other methods find nothing but the API."""
    async with serve(dist) as site:
        for path in ("/", "/assets/index-Bx7a.js", "/sw.js"):
            got, head = await site.ask(path), await site.ask(path, "HEAD")
            assert (head.status, head.body) == (200, b"")
            assert head.headers["content-length"] == str(len(got.body))
            assert head.headers["etag"] == got.headers["etag"]
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert (await site.ask("/", method, Content_Length="0")).status in {404, 405}
        assert (await site.ask("/api/v1/demo")).status == 405
        assert (await site.ask("/api/v1/demo", "POST", Content_Length="0")).body == b"signed up"


async def test_without_a_build(tmp_path: Path) -> None:
    """Without a build the first page is one sentence that says so, and the API is served."""
    async with serve(tmp_path / "none") as site:
        answer = await site.ask("/")
        assert answer.status == 503
        assert answer.body.decode().count("\n") == 1
        assert "make install" in answer.body.decode()
        assert answer.headers["cache-control"] == "no-store"
        assert (await site.ask("/play/slot")).status == 404
        assert (await site.ask("/docs")).status == 503
        assert (await site.ask("/console")).status == 503
        assert (await site.ask("/docs/openapi.json")).status == 200
        assert (await site.ask("/healthz")).status == 200
        assert (await site.ask("/api/v1/demo", "POST", Content_Length="0")).status == 200


async def test_a_build_that_changes_underneath(dist: Path) -> None:
    """What was there at the start is served to the end, so pages fit their scripts."""
    async with serve(dist) as site:
        (dist / "player/index.html").write_bytes(b"new")
        (dist / "player/assets/index-Bx7a.js").unlink()
        assert (await site.ask("/")).body == PAGE
        assert (await site.ask("/assets/index-Bx7a.js")).status == 200


async def test_pages_may_connect_by_any_name(house: House) -> None:
    """By default the gateway takes the pages of this very server, whatever name they came under."""
    ticket = (await house.sign_up()).ticket
    for host in ("127.0.0.1:8080", "localhost:8080", "192.168.7.20:8080", "casino.example"):
        wire = await house.connect(origin=f"http://{host}")
        assert (await wire.ask("lobby")).type == "error"  # connected, and not signed in
    wire = await house.hello(ticket, origin=house.http)
    assert wire.welcome["session"]


async def test_a_node_with_its_pages(
    database: Database, dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole node names its own gateway to its pages, over TLS as well."""
    monkeypatch.setattr("server.app.Pages", functools.partial(Pages, dist=dist))
    certificate = self_signed(tmp_path)
    for tls in (None, certificate):
        async with open_house(database, http__tls_certificate=tls) as house:
            async with house.web.get(f"{house.http}/play/slot", ssl=False) as response:
                policy = response.headers["Content-Security-Policy"]
                assert await response.read() == PAGE
            assert f"connect-src 'self' {house.gateway.rstrip('/')};" in policy
    async with open_house(database, gateway__host="0.0.0.0") as house:
        told = {"Host": "192.168.7.20:8080"}
        async with house.web.get(house.http, headers=told) as response:
            policy = response.headers["Content-Security-Policy"]
        port = house.casino.gateway_address[1]
        assert f"connect-src 'self' ws://192.168.7.20:{port};" in policy
