"""Typed settings: defaults < `config.toml` < `CROUPIER_*` environment < command line."""

from __future__ import annotations

from server.config.address import split_address
from server.config.errors import ConfigError
from server.config.loading import Loaded, load, load_with_origins
from server.config.settings import (
    Database,
    Demo,
    Fairness,
    Games,
    Gateway,
    Http,
    Live,
    LiveTableSettings,
    Log,
    Redis,
    Settings,
    Settlement,
    Site,
    Tables,
)

__all__ = [
    "ConfigError",
    "Database",
    "Demo",
    "Fairness",
    "Games",
    "Gateway",
    "Http",
    "Live",
    "LiveTableSettings",
    "Loaded",
    "Log",
    "Redis",
    "Settings",
    "Settlement",
    "Site",
    "Tables",
    "load",
    "load_with_origins",
    "split_address",
]
