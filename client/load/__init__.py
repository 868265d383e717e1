"""Simulated players: what `croupier load` runs. See `client.load.run`."""

from __future__ import annotations

from client.load.options import LoadError, LoadOptions
from client.load.requirements import Requirement
from client.load.results import Report
from client.load.run import LoadRun

__all__ = ["LoadError", "LoadOptions", "LoadRun", "Report", "Requirement"]
