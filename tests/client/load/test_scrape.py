"""Tests of `client.load.scrape`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from client.load import scrape as module
from client.load.results import Tally
from client.load.scrape import MAXIMUM_METRICS, Scraper, parse
from client.load.series import Series

TEXT = """\
# HELP a_total Something.
# TYPE a_total counter
a_total{code="x y"} 5.0
# TYPE took_seconds histogram
took_seconds_bucket{le="+Inf"} 3.0
took_seconds_sum 0.25
took_seconds_count 3.0
# TYPE old counter
old_total 1e3
# TYPE temperature gauge
temperature -1.5 1700000000000
nan_metric NaN
not a line at all
"""


def series() -> Series:
    """Return a series that gives the axis of time."""
    return Series(Tally(), expected_s=1.0, cpu_s=0.0)


def test_the_text_format_is_read() -> None:
    """Sums, counts and totals are counters; buckets and what is no number are left out."""
    kinds, values = parse(TEXT)

    assert values == {
        'a_total{code="x y"}': 5.0,
        "took_seconds_sum": 0.25,
        "took_seconds_count": 3.0,
        "old_total": 1000.0,
        "temperature": -1.5,
    }
    assert [name for name, kind in kinds.items() if kind == "gauge"] == ["temperature"]


class Metrics:
    """A server whose `/metrics` answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.url = ""

    async def handle(self, _: web.Request) -> web.Response:
        """Give the next answer."""
        status, body = self.answers.pop(0)
        return web.Response(status=status, body=body)


@pytest.fixture
async def metrics() -> AsyncIterator[Metrics]:
    """A server on a port of its own."""
    server = Metrics()
    application = web.Application()
    application.router.add_get("/metrics", server.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def scraped(metrics: Metrics, *answers: tuple[int, bytes]) -> dict[str, Any]:
    """Return what is kept of these answers."""
    metrics.answers = list(answers)
    axis = series()
    async with aiohttp.ClientSession() as http:
        scraper = Scraper(http, metrics.url + "/")
        for _ in answers:
            await scraper.scrape()
    return scraper.figures(axis)


async def test_metrics_that_come_and_go_have_gaps(metrics: Metrics) -> None:
    """Each column is as long as the axis."""
    figures = await scraped(metrics, (200, b"a 1\n"), (200, b"b 2\n"), (200, b"a 3\nb 4\n"))

    assert figures["values"] == {"a": [1.0, None, 3.0], "b": [None, 2.0, 4.0]}
    assert len(figures["at_s"]) == 3
    assert figures["failed"] == 0


async def test_a_server_that_refuses_costs_a_gap(metrics: Metrics) -> None:
    """An error, a page that is none, and what is far too long are taken for what they are."""
    long = b"a 1\n" * (1 << 19)
    figures = await scraped(
        metrics, (503, b"a 1\n"), (200, b"\xff\xfe<html>"), (200, long), (200, b"a 1\n")
    )

    assert figures["failed"] == 2
    assert figures["values"] == {"a": [None, None, None, 1.0]}


async def test_metrics_are_bounded(metrics: Metrics) -> None:
    """A server with a metric for each player does not fill the memory."""
    body = "".join(f"m{number} 1\n" for number in range(2_000)).encode()
    figures = await scraped(metrics, (200, body), (200, body))

    assert len(figures["values"]) == MAXIMUM_METRICS


async def test_nobody_there_is_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a closed port nor a stall reaches the run."""
    monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    async with aiohttp.ClientSession() as http:
        scraper = Scraper(http, "http://127.0.0.1:1")
        await scraper.scrape()

    figures = scraper.figures(series())
    assert (figures["failed"], figures["values"], len(figures["at_s"])) == (1, {}, 1)
