"""Event loops for the tests of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

_BOTH = (
    "test_connection.py",
    "test_framing.py",
    "test_handshake.py",
    "test_listener.py",
    "test_outgoing.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that serves; what touches sockets, on the standard library's as well."""
    serving = {"uvloop": uvloop.new_event_loop}
    if item.path.name in _BOTH:
        return {**serving, "asyncio": asyncio.SelectorEventLoop}
    return serving
