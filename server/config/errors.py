"""What is raised when settings cannot be used."""

from __future__ import annotations

__all__ = ["ConfigError"]


class ConfigError(Exception):
    """One line that names where the setting comes from, which one it is, and what to do."""
