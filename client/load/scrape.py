"""The server's own figures during a run: its `/metrics`, read once an interval.

A server that refuses, stalls or answers with something else costs a gap in the charts, nothing
more. Counters are kept as they are; whoever shows them takes the differences.
"""

from __future__ import annotations

import re
from time import perf_counter
from typing import Any, Final

import aiohttp

from client.load.series import Series

__all__ = ["Scraper", "parse"]

METRICS_PATH: Final = "/metrics"
MAXIMUM_BYTES: Final = 1 << 20
MAXIMUM_METRICS: Final = 256
_TIMEOUT: Final = aiohttp.ClientTimeout(total=2.0)
_SAMPLE: Final = re.compile(r"([A-Za-z_:][\w:]*)(\{[^}]*\})?\s+([-+.\w]+)(?:\s+-?\d+)?")
_UNSHOWN: Final = ("_bucket", "_created", "_info")


class Scraper:
    """Reads the metrics of a server and keeps what they were."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self._url = base_url.rstrip("/") + METRICS_PATH
        self._at: list[float] = []
        self._values: dict[str, list[float | None]] = {}
        self._kinds: dict[str, str] = {}
        self.failed = 0

    async def scrape(self) -> None:
        """Read once. Whatever goes wrong is only counted, and leaves a gap in every column."""
        try:
            async with self._http.get(self._url, timeout=_TIMEOUT) as reply:
                content = await _read(reply)
        except (aiohttp.ClientError, OSError, ValueError):
            content = None
        self.failed += content is None
        kinds, values = parse((content or b"").decode("utf-8", "replace"))
        taken = len(self._at)
        self._at.append(perf_counter())
        for name, value in values.items():
            column = self._values.get(name)
            if column is None:
                if len(self._values) >= MAXIMUM_METRICS:
                    continue
                column = self._values[name] = [None] * taken
                self._kinds[name] = kinds.get(name, "gauge")
            column.append(value)
        for column in self._values.values():
            if len(column) == taken:
                column.append(None)

    def figures(self, series: Series) -> dict[str, Any]:
        """Return a column for each metric, on the axis of time of the series."""
        return {
            "at_s": [series.seconds(moment) for moment in self._at],
            "failed": self.failed,
            "kinds": self._kinds,
            "values": self._values,
        }


async def _read(reply: aiohttp.ClientResponse) -> bytes | None:
    """Return the body of a good answer, or None if it is none or too long to be one."""
    if reply.status != 200:
        return None
    content = bytearray()
    async for part in reply.content.iter_any():
        content += part
        if len(content) > MAXIMUM_BYTES:
            return None
    return bytes(content)


def parse(text: str) -> tuple[dict[str, str], dict[str, float]]:
    """Read the Prometheus text format: `counter` or `gauge` by sample, and the sample's value.

    The buckets of histograms are left out; their sums and counts are counters.
    """
    families: dict[str, str] = {}
    kinds: dict[str, str] = {}
    values: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind, *_ = [*line.split(), "", ""]
            families[name] = kind
            continue
        match = None if line.startswith("#") else _SAMPLE.fullmatch(line.strip())
        if match is None or match[1].endswith(_UNSHOWN):
            continue
        value = _number(match[3])
        if value is None:
            continue
        name = match[1] + (match[2] or "")
        family = families.get(match[1]) or families.get(re.sub("_(sum|count|total)$", "", match[1]))
        values[name] = value
        kinds[name] = "counter" if family in ("counter", "histogram", "summary") else "gauge"
    return kinds, values


def _number(text: str) -> float | None:
    """Return a number that JSON can hold, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None
