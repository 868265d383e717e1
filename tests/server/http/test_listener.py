"""Tests of `server.http.listener`: the port, TLS, and what a request tells of its sender."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Application

from server.config import Settings
from server.config.settings import Gateway, Http
from server.http.listener import HttpListener, PortTaken, client_of, gateway_url
from tests.client.certificates import self_signed


def asked(host: str = "casino.example:8080", **headers: str) -> Any:
    """Return a request."""
    return make_mocked_request("POST", "/api/v1/demo", headers={"Host": host, **headers})


def settings(**gateway: Any) -> Settings:
    """Return settings with some of the gateway."""
    return msgspec.structs.replace(Settings(), gateway=Gateway(**gateway))


def test_the_gateway_under_the_name_that_the_client_used() -> None:
    """A listener on every interface is told by the host of the request: a phone can use that."""
    for bound in ("0.0.0.0", "::", ""):
        assert gateway_url(asked(), settings(host=bound), 99) == "ws://casino.example:99"
        assert gateway_url(asked("[2001:db8::1]:80"), settings(host=bound), 9) == (
            "ws://[2001:db8::1]:9"
        )
    assert gateway_url(asked(), settings(host="192.0.2.1"), 99) == "ws://192.0.2.1:99"
    assert gateway_url(asked(), settings(host="2001:db8::2"), 99) == "ws://[2001:db8::2]:99"


def test_a_public_address_is_told_as_it_is() -> None:
    """Behind a proxy only the operator knows the gateway's address."""
    there = settings(public_url="wss://play.example/ws")
    assert gateway_url(asked(), there, 99) == "wss://play.example/ws"


@pytest.mark.parametrize("host", ["", "[", "x:99999", "a b"])
def test_a_host_that_is_none(host: str) -> None:
    """A Host header that is no host gives the loopback address, not a fault."""
    assert gateway_url(asked(host), settings(host=""), 5).startswith("ws://")


def test_clients_behind_proxies() -> None:
    """The forwarded address counts only from a trusted proxy."""
    request = asked(**{"X-Forwarded-For": "198.51.100.1"})
    assert client_of(request, Settings()) == (request.remote or "")


async def test_port_taken() -> None:
    """A port that is taken is told in one line that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        there = msgspec.structs.replace(Settings(), http=Http(port=port))
        listener = HttpListener(Application(), there)
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}.*--http"):
            await listener.start()
        await listener.close()


async def test_a_host_that_is_not_of_this_machine() -> None:
    """An address of another machine is told in one line."""
    for host in ("192.0.2.1", "no-such-host.invalid"):
        there = msgspec.structs.replace(Settings(), http=Http(host=host, port=0))
        listener = HttpListener(Application(), there)
        with pytest.raises(PortTaken, match=f"cannot listen on {host}"):
            await listener.start()
        await listener.close()


async def test_certificates_that_do_not_fit(tmp_path: Path) -> None:
    """A certificate that is missing or none is told in one line, not as a traceback."""
    good = self_signed(tmp_path)
    bad = tmp_path / "bad.pem"
    bad.write_text("not a certificate")
    for certificate, key in ((bad, good), (good, bad), (tmp_path / "missing.pem", good)):
        there = msgspec.structs.replace(
            Settings(), http=Http(port=0, tls_certificate=certificate, tls_key=key)
        )
        listener = HttpListener(Application(), there)
        with pytest.raises(PortTaken, match="pem"):
            await listener.start()
        await listener.close()
