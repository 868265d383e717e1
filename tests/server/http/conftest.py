"""Fixtures of the tests that speak to the socket of the HTTP listener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from tests.client.certificates import self_signed

_BOTH = ("test_door.py", "test_guard.py")


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that serves; what touches sockets, on the standard library's as well."""
    serving = {"uvloop": uvloop.new_event_loop}
    if item.path.name in _BOTH:
        return {**serving, "asyncio": asyncio.SelectorEventLoop}
    return serving


@pytest.fixture(params=["plain", "tls"])
def certificate(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """None, then a certificate: what is tested holds without and with TLS."""
    return self_signed(tmp_path) if request.param == "tls" else None
