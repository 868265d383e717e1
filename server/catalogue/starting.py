"""The catalogue built for a server, whose event loop must not wait for a plug-in."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

import structlog

from server.aside import aside
from server.catalogue.loading import Loaded, load_catalogue
from server.catalogue.plugins import Stage
from server.config import Games

__all__ = ["load_aside"]

log = structlog.get_logger(__name__)

_SLOW_S: Final = 10.0
"""After so long a person is told what is waited for, and again."""


async def load_aside(games: Games) -> Loaded:
    """Build the catalogue in a thread: a plug-in may take its time, or never end."""
    stage = Stage()
    loading = aside(partial(load_catalogue, games, stage))
    while not (await asyncio.wait({loading}, timeout=_SLOW_S))[0]:
        log.warning("games are still being loaded", waiting_for=stage.name)
    loaded = await loading
    for warning in loaded.warnings:
        log.warning("game left out", reason=warning)
    return loaded
