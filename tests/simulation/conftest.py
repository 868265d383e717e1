"""A real Valkey for what crosses nodes."""

from __future__ import annotations

from tests.server.tables.live.conftest import valkey

__all__ = ["valkey"]
