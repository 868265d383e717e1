"""Which games a program runs: those that ship, plug-ins, and machine files from folders.

The server, the audit and the commands build their catalogue here, from the same settings.
"""

from __future__ import annotations

from server.catalogue.loading import Loaded, load_catalogue, load_games

__all__ = ["Loaded", "load_catalogue", "load_games"]
