"""Tests of `server.http.policy`: the headers that say what a page may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.http.site import serve, write_build


def directives(policy: str) -> dict[str, list[str]]:
    """Return a policy's directives."""
    rows = (row.split() for row in policy.split(";"))
    return {name: sources for name, *sources in rows}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build."""
    return write_build(tmp_path / "dist")


async def test_the_policy_of_pages(dist: Path) -> None:
    """Pages run this server's scripts and speak to it and its gateway; all else is forbidden."""
    async with serve(dist) as site:
        for path in ("/", "/play", "/sw.js", "/assets/index-Bx7a.js", "/docs"):
            found = directives((await site.ask(path)).headers["content-security-policy"])
            assert found == {
                "default-src": ["'none'"],
                "script-src": ["'self'"],
                "style-src": ["'self'"],
                "img-src": ["'self'", "data:", "blob:"],
                "font-src": ["'self'"],
                "connect-src": ["'self'", "ws://127.0.0.1:8081"],
                "worker-src": ["'self'"],
                "manifest-src": ["'self'"],
                "frame-ancestors": ["'none'"],
                "base-uri": ["'none'"],
                "form-action": ["'self'"],
            }


async def test_the_policy_of_the_console(dist: Path) -> None:
    """Operators' pages speak to this server alone, and nothing in them comes from elsewhere."""
    async with serve(dist) as site:
        for path in ("/console", "/console/tables", "/console/assets/index-Dd2.js"):
            answer = await site.ask(path)
            assert directives(answer.headers["content-security-policy"]) == {
                "default-src": ["'none'"],
                "script-src": ["'self'"],
                "style-src": ["'self'"],
                "img-src": ["'self'"],
                "connect-src": ["'self'", f"ws://127.0.0.1:{site.port}"],
                "frame-ancestors": ["'none'"],
                "base-uri": ["'none'"],
                "form-action": ["'none'"],
            }
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        for host in ("*", "a;script-src *", "[2001:db8::1]:80", "a b", ""):
            found = (await site.ask("/console", Host=host)).headers["content-security-policy"]
            assert directives(found)["connect-src"] == ["'self'"], host


async def test_headers_of_every_answer(dist: Path) -> None:
    """Every answer forbids guessing its type and being framed, errors and data too."""
    async with serve(dist) as site:
        for path in ("/", "/none.js", "/healthz", "/metrics", "/docs/openapi.json", "/api/v1/demo"):
            headers = (await site.ask(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["server"] == "croupier"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert directives(headers["content-security-policy"])["default-src"] == ["'none'"]
        assert "camera=()" in (await site.ask("/")).headers["permissions-policy"]


@pytest.mark.parametrize(
    ("gateway", "sources"),
    [
        ("wss://play.example/ws", ["wss://play.example/ws"]),
        ("ws://192.168.7.20:8081", ["ws://192.168.7.20:8081"]),
        ("ws://[2001:db8::1]:8081", ["ws:"]),
        ("wss://[2001:db8::1]:8081", ["wss:"]),
        ("ws://a;script-src *:80", []),
        ("ws://a b:80", []),
        ("ws://*:80", []),
        ("ws://x:99999", []),
        ("ws://", []),
        ("ws://play.example:1/a;b", ["ws://play.example:1"]),
        ("https://play.example", []),
    ],
)
async def test_only_an_address_is_let_into_the_policy(
    dist: Path, gateway: str, sources: list[str]
) -> None:
    """The gateway's address is a source if it is an address, and cannot add another directive."""
    async with serve(dist, gateway) as site:
        found = directives((await site.ask("/")).headers["content-security-policy"])
        assert found["connect-src"] == ["'self'", *sources]
        assert found["script-src"] == ["'self'"]


async def test_opener_policy_where_it_counts(dist: Path) -> None:
    """Over plain HTTP from elsewhere a browser would only complain of it, so it is left out."""
    name = "cross-origin-opener-policy"
    async with serve(dist) as site:
        for host in ("127.0.0.1:80", "localhost", "[::1]:80"):
            assert (await site.ask("/", Host=host)).headers[name] == "same-origin"
        for host in ("192.168.7.20:8080", "casino.example", "[", ""):
            assert name not in (await site.ask("/", Host=host)).headers
    async with serve(dist, secure=True) as site:
        assert (await site.ask("/", Host="casino.example")).headers[name] == "same-origin"
    async with serve(dist, "wss://play.example") as site:
        assert (await site.ask("/", Host="casino.example")).headers[name] == "same-origin"
