"""What the figures of a run hold beyond the usual, where a report is to be made of them."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import platform
from typing import Any

from client.client import VERSION
from client.load.histogram import PERCENTILES, Histogram
from client.load.options import LoadOptions
from client.load.requirements import Requirement
from client.load.results import Tally
from client.load.scrape import Scraper

__all__ = ["detailed", "environment"]


def detailed(
    figures: dict[str, Any],
    options: LoadOptions,
    requirements: tuple[Requirement, ...],
    tally: Tally,
    scraper: Scraper | None,
) -> None:
    """Add `series`, one value an interval, and `detail`, all else, to the figures of a run."""
    series = tally.series
    assert series is not None
    figures["series"] = series.figures()
    if scraper is not None:
        figures["series"]["server"] = scraper.figures(series)
    figures["detail"] = {
        "latency": {
            "corrected": _latency(tally.latency),
            "raw": _latency(series.raw) if options.rate is not None else None,
        },
        "requirements": [requirement.outcome(figures) for requirement in requirements],
        "errors": series.groups(),
        "messages": series.messages(),
        "options": {
            **{field.name: getattr(options, field.name) for field in dataclasses.fields(options)},
            "mix": dict(options.mix),
            "require": [requirement.text for requirement in requirements],
        },
        "environment": environment(),
    }


def environment() -> dict[str, Any]:
    """Return the machine and the versions under this process; call it in the event loop.

    As far as figures depend on it: no names of machines or people.
    """
    loop = type(asyncio.get_running_loop())
    return {
        "client": VERSION,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "event_loop": loop.__module__.partition(".")[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


def _latency(histogram: Histogram) -> dict[str, Any]:
    def at(share: float) -> float | None:
        duration_us = histogram.percentile(share)
        return None if duration_us is None else round(duration_us / 1000, 3)

    return {
        "percentiles_ms": {name: at(share) for name, share in PERCENTILES.items()},
        "distribution": histogram.distribution(),
    }
