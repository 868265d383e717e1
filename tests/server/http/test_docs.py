"""Tests of `server.http.docs`: the documents, and the pages that show them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.postgres import Database
from tests.server.harness import House, open_house
from tests.server.http.site import serve, write_build


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build."""
    return write_build(tmp_path / "dist")


async def test_the_page(dist: Path) -> None:
    """The page is served with and without a slash, its files below it, and nothing else."""
    async with serve(dist) as site:
        for path in ("/docs", "/docs/", "/docs?x", "/docs/index.html"):
            answer = await site.ask(path)
            assert (answer.status, b"The interface" in answer.body) == (200, True)
        assert (await site.ask("/docs/assets/index-Cc1.js")).status == 200
        assert (await site.ask("/docs/console")).status == 404
        assert (await site.ask("/docs", "POST", Content_Length="0")).status == 405


async def test_documents(dist: Path) -> None:
    """Both documents are told with the addresses under which the client came."""
    async with serve(dist) as site:
        host = "casino.example:8080"
        answer = await site.ask("/docs/openapi.json", Host=host)
        told = json.loads(answer.body)
        assert (told["openapi"], told["servers"][0]["url"]) == ("3.1.0", f"http://{host}")
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["cache-control"] == "no-cache"
        told = json.loads((await site.ask("/docs/asyncapi.json", Host=host)).body)
        assert told["asyncapi"] == "3.0.0"
        assert told["servers"]["http"]["host"] == host
        assert told["servers"]["gateway"]["host"] == "127.0.0.1:8081"


@pytest.mark.parametrize("host", ["", "[", "a b", "x:99999", "x@y:z"])
async def test_hosts_that_are_none(dist: Path, host: str) -> None:
    """A Host header that is no host is no fault."""
    async with serve(dist) as site:
        for path in ("/", "/docs", "/docs/openapi.json", "/docs/asyncapi.json"):
            assert (await site.ask(path, Host=host)).status in {200, 400}


async def test_the_console_is_for_development(dist: Path) -> None:
    """The page is told whether it may offer the console."""
    for console in (True, False):
        async with serve(dist, console=console) as site:
            answer = await site.ask("/docs/settings.json")
            assert json.loads(answer.body) == {"console": console}


async def test_documents_of_a_node(house: House) -> None:
    """A node tells the games that it plays and its own gateway."""
    async with house.web.get(f"{house.http}/docs/asyncapi.json") as response:
        told = await response.json()
    assert {game["game"] for game in told["x-games"]} >= {"slot", "roulette", "blackjack"}
    assert told["servers"]["gateway"]["host"] in house.gateway
    async with house.web.get(f"{house.http}/docs/settings.json") as response:
        assert await response.json() == {"console": True}


async def test_no_console_without_play_money(database: Database) -> None:
    """Where nobody gets play money there is nothing to try messages with."""
    async with (
        open_house(database, demo__enabled=False) as house,
        house.web.get(f"{house.http}/docs/settings.json") as response,
    ):
        assert await response.json() == {"console": False}


async def test_what_is_answered_is_what_is_documented(house: House) -> None:
    """The answers of a node have the forms that its own document gives them."""
    async with house.web.get(f"{house.http}/docs/openapi.json") as response:
        found = await response.json()

    async def check(method: str, path: str, **options: Any) -> int:
        async with house.web.request(method, f"{house.http}{path}", **options) as response:
            status, body = response.status, await response.json()
        told = found["paths"][path][method.lower()]["responses"][str(status)]
        schema = told["content"]["application/json"]["schema"]
        whole = {"allOf": [schema], "components": found["components"]}
        Draft202012Validator(whole).validate(body)
        return status

    assert await check("GET", "/healthz") == 200
    assert await check("GET", "/readyz") == 200
    house.casino._draining = True
    assert await check("GET", "/readyz") == 503
    house.casino._draining = False
    assert await check("POST", "/api/v1/demo") == 200
    assert await check("POST", "/api/v1/demo", json={"currency": "EUR", "amount": "5.00"}) == 200
    assert await check("POST", "/api/v1/demo", json={"currency": "XXX"}) == 400
    assert await check("POST", "/api/v1/demo", data=b"{") == 400


async def test_documents_are_compressed(dist: Path) -> None:
    """A document comes compressed to who takes that, and whole to who does not."""
    async with serve(dist) as site:
        plain = await site.ask("/docs/asyncapi.json")
        packed = await site.ask("/docs/asyncapi.json", Accept_Encoding="gzip, br")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(packed.body) == plain.body
