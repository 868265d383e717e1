"""Tests of `server.http.assets`: codings, caching and tags of the build's files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from server.http.assets import read_assets
from tests.server.http.site import SCRIPT, serve, write_build

PATH = "/assets/index-Bx7a.js"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build."""
    return write_build(tmp_path / "dist")


async def test_hashed_names_are_kept_for_ever(dist: Path) -> None:
    """What has the hash of its content in its name never changes; everything else is asked for."""
    async with serve(dist) as site:
        for path in (PATH, "/assets/plain-9a.css", "/docs/assets/index-Cc1.js"):
            answer = await site.ask(path)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        for path in ("/", "/index.html", "/sw.js", "/manifest.webmanifest", "/docs", "/docs/"):
            assert (await site.ask(path)).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.000, gzip; q=0", None),
        ("*", "br"),
        ("*;q=0, gzip", "gzip"),
        ("identity", None),
        ("brotli, gzippy", None),
        (";;,,q=1", None),
    ],
)
async def test_codings(dist: Path, accepted: str, coding: str | None) -> None:
    """The best coding that the client takes is sent, and caches are told that it may differ."""
    async with serve(dist) as site:
        answer = await site.ask(PATH, Accept_Encoding=accepted)
        assert answer.status == 200
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["content-length"] == str(len(answer.body))
        expected = {
            None: SCRIPT,
            "br": b"stands for brotli",
            "gzip": gzip.compress(SCRIPT, mtime=0),
        }
        assert answer.body == expected[coding]


async def test_a_file_without_siblings(dist: Path) -> None:
    """A file that was not compressed is sent as it is, whatever is accepted."""
    async with serve(dist) as site:
        answer = await site.ask("/assets/plain-9a.css", Accept_Encoding="br, gzip")
        assert "content-encoding" not in answer.headers
        assert "vary" not in answer.headers
        assert answer.headers["content-type"] == "text/css; charset=utf-8"


async def test_siblings_are_not_pages(dist: Path) -> None:
    """The compressed sibling has no address of its own."""
    async with serve(dist) as site:
        assert (await site.ask(f"{PATH}.br")).status == 404
        assert (await site.ask(f"{PATH}.gz")).status == 404


async def test_tags(dist: Path) -> None:
    """A tag stands for one content in one coding; who names it is told that he has it."""
    async with serve(dist) as site:
        tags = set()
        for coding in ("", "gzip", "br"):
            answer = await site.ask(PATH, Accept_Encoding=coding)
            tag = answer.headers["etag"]
            tags.add(tag)
            again = await site.ask(PATH, Accept_Encoding=coding, If_None_Match=f'"x", W/{tag}')
            assert (again.status, again.body) == (304, b"")
            assert again.headers["etag"] == tag
            assert again.headers["vary"] == "Accept-Encoding"
            assert again.headers["cache-control"] == answer.headers["cache-control"]
            assert "content-encoding" not in again.headers
        assert len(tags) == 3
        assert (await site.ask(PATH, If_None_Match="*")).status == 304
        assert (await site.ask(PATH, If_None_Match='"another"')).status == 200
        assert (await site.ask(PATH, If_None_Match="broken")).status == 200


def test_tags_are_of_the_content(dist: Path, tmp_path: Path) -> None:
    """Two machines with one build have one tag, whenever it was copied there."""
    other = write_build(tmp_path / "other")

    first, second = read_assets(dist / "player"), read_assets(other / "player")
    assert first == second


def test_what_is_read(dist: Path) -> None:
    """Links and dot files are not read, nor is a folder that is not there."""
    assert set(read_assets(dist / "player")) == {
        "assets/index-Bx7a.js",
        "assets/plain-9a.css",
        "index.html",
        "manifest.webmanifest",
        "sw.js",
    }
    assert read_assets(dist / "none") == {}
