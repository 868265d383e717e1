"""The games of a command: those of the server, by the same settings, with warnings on stderr."""

from __future__ import annotations

import sys
from pathlib import Path

from games.catalogue import Catalogue
from server.catalogue import load_catalogue
from server.config import Games, load

__all__ = ["catalogue_of", "configured"]


def configured(config: Path | None = None) -> Catalogue:
    """Return the catalogue that the settings describe. Raises ConfigError."""
    return catalogue_of(load(config).games)


def catalogue_of(games: Games) -> Catalogue:
    """Return the catalogue; a plug-in or machine file that was left out is one line on stderr."""
    loaded = load_catalogue(games)
    for line in loaded.lines:
        print(f"croupier: warning: {line}", file=sys.stderr)
    return loaded.catalogue
