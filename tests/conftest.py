"""Fixtures that every directory of tests may use."""

from __future__ import annotations

import gc

pytest_plugins = ["tests.postgres"]


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what was imported: tests of servers end with a collection."""
    gc.collect()
    gc.freeze()
