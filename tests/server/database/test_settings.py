"""Tests of the settings of the embedded PostgreSQL."""

from __future__ import annotations

import pytest

from server.database.settings import MEBIBYTE, dynamic_shared_memory, memory_bytes, settings


@pytest.mark.parametrize(
    ("gibibytes", "expected"), [(1, "64MB"), (8, "256MB"), (24, "768MB"), (256, "1024MB")]
)
def test_memory_is_scaled(gibibytes: int, expected: str) -> None:
    """Shared memory grows with the machine, within bounds."""
    assert settings(gibibytes * 1024 * MEBIBYTE)["shared_buffers"] == expected


def test_durable_and_local() -> None:
    """Nothing acknowledged is lost and nobody from outside may connect."""
    chosen = settings(memory_bytes())
    assert {chosen[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {"on"}
    assert chosen["listen_addresses"] == "127.0.0.1"


def test_surroundings() -> None:
    """This machine has memory, and a kind of shared memory is chosen for it."""
    assert memory_bytes() > 64 * MEBIBYTE
    assert dynamic_shared_memory() in {"posix", "mmap"}
