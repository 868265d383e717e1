"""The report of one run, or of two beside each other: a page that needs nothing but itself.

The page is built from `web/apps/loadreport`; here the figures are put into it. Whoever calls hands
the built page over, for this package does not know where the server keeps it.
"""

from __future__ import annotations

import binascii
import math
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from hdrh.codec import (  # type: ignore[import-untyped]
    HdrCookieException,
    HdrHistogramSettingsException,
    HdrLengthException,
)
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

from client.load.histogram import PERCENTILES, shares
from client.load.options import LoadError

__all__ = ["MARK", "fill", "read_run"]

MARK: Final = '<script id="load-report" type="application/json">null</script>'
"""The place in the page where the figures go."""
FORM: Final = 1
"""Of what is put there; raised when an older page could not read it."""
MAXIMUM_BYTES: Final = 64 << 20
MAXIMUM_RUNS: Final = 2

_UNSAFE: Final = re.compile("[<>&\u2028\u2029]")


class _Game(msgspec.Struct):
    players: int
    bets: int
    requests: int
    stakes: int
    payouts: int


class _Run(msgspec.Struct):
    """The least that the figures of a run have held since their first form."""

    bets: int
    bets_per_s: float
    latency_ms: dict[str, float | None]
    errors: dict[str, int]
    players: int
    seconds: float
    games: dict[str, _Game]
    started_ms: int


def fill(page: str, runs: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return the page with runs in it, each with a name. Raises LoadError if it has no place.

    Nothing in the figures can end the script element that holds them or begin a comment.
    """
    if not 1 <= len(runs) <= MAXIMUM_RUNS:
        raise LoadError(f"a report shows one run or two, not {len(runs)}")
    if page.count(MARK) != 1:
        raise LoadError("the page of the report is of another version; build it again")
    content = {
        "form": FORM,
        "runs": [{"name": name, "figures": _complete(figures)} for name, figures in runs],
    }
    text = msgspec.json.encode(content).decode()
    safe = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return page.replace(MARK, MARK.replace("null", safe))


def read_run(path: Path) -> dict[str, Any]:
    """Return the figures of a file that `croupier load --json` wrote, in any of its forms.

    Raises LoadError with a line that names the file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise LoadError(f"cannot read the figures {path}: {error.strerror}") from None
    if len(content) > MAXIMUM_BYTES:
        raise LoadError(f"{path}: too long for the figures of a run")
    try:
        msgspec.json.decode(content, type=_Run)
        figures: dict[str, Any] = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise LoadError(f"{path}: these are not figures of `croupier load`: {error}") from None
    return figures


def _complete(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the figures with the distribution that older files keep as a histogram only."""
    blob = figures.get("latency_hdr")
    if "detail" in figures or not isinstance(blob, str):
        return figures
    try:
        histogram = HdrHistogram.decode(blob)
    except (
        ValueError,
        binascii.Error,
        zlib.error,
        HdrCookieException,
        HdrHistogramSettingsException,
        HdrLengthException,
    ):
        return figures

    counted = int(histogram.get_total_count())
    if not counted:
        return figures

    def at(share: float) -> float:
        # The library rounds ranks down where the load tester rounds them up.
        rank = max(1, math.ceil(share * counted))
        duration_us = histogram.get_value_at_percentile(100 * rank / counted)
        return round(float(duration_us) / 1000, 3)

    corrected = {
        "percentiles_ms": {name: at(share) for name, share in PERCENTILES.items()},
        "distribution": [(share, at(share)) for share in shares(counted)],
    }
    return {**figures, "detail": {"latency": {"corrected": corrected, "raw": None}}}
