"""Tests of the listener: ports, TLS, the connection limit, and its end."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
import time
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from protocol.codec import MSGPACK_SUBPROTOCOL
from protocol.errors import CloseCode
from server.gateway.listener import Listener, ListenError, _bind
from server.gateway.settings import GatewaySettings
from tests.patience import PATIENCE_S
from tests.server.gateway.harness import (
    Recorder,
    client_tls,
    closed_with,
    gateway,
    masked,
    until,
)


def certificate(directory: Path, *, password: bytes | None = None) -> tuple[Path, Path]:
    """Make a self-signed certificate for localhost and return its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return paths


class TestPorts:
    """Where it listens."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""])
    async def test_any_free_port(self, host: str) -> None:
        """Port 0 is told as the port it became, one and the same on every address of the host."""
        listener = Listener(GatewaySettings(host=host), Recorder())
        shown, port = await listener.start()
        addresses = await asyncio.get_running_loop().getaddrinfo(
            host or "localhost", port, type=socket.SOCK_STREAM
        )
        for *_, address in addresses:
            if ":" in str(address[0]) and not has_ipv6():
                continue
            _, writer = await asyncio.open_connection(str(address[0]), port)
            writer.close()
        await listener.close(1_000)

        assert str(ipaddress.ip_address(shown)) == shown
        assert port > 0

    async def test_every_address_of_a_host_gets_the_same_port(self) -> None:
        """A name with two addresses is one port, also when any free one is asked for."""

        class Resolver:
            async def getaddrinfo(self, *_: object, **__: object) -> list[Any]:
                kind = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""
                return [(*kind, (address, 0)) for address in ("127.0.0.1", "127.0.0.2")]

        sockets = await _bind(cast("asyncio.AbstractEventLoop", Resolver()), "two", 0, shared=False)
        ports = {sock.getsockname()[1] for sock in sockets}
        for sock in sockets:
            sock.close()

        assert len(ports) == 1

    async def test_a_taken_port_is_one_clear_line(self) -> None:
        """The error names the port and what to do."""
        async with gateway() as node:
            second = Listener(GatewaySettings(port=node.port), Recorder())
            with pytest.raises(ListenError) as caught:
                await second.start()

        assert str(caught.value) == (
            f"port {node.port} on 127.0.0.1 is taken; stop what uses it, or choose another port"
        )

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
    async def test_a_host_that_is_not_here_is_one_clear_line(self, host: str) -> None:
        """A name that nobody knows, or another machine's address, is told by its name."""
        with pytest.raises(ListenError) as caught:
            await Listener(GatewaySettings(host=host), Recorder()).start()

        assert host in str(caught.value)
        assert "\n" not in str(caught.value)

    async def test_small_frames_are_not_held_back(self) -> None:
        """TCP_NODELAY is on."""
        async with gateway() as node:
            raw = await node.raw()
            sock = node.handler.opened_connections[0]._transport.get_extra_info("socket")

            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            await raw.aclose()


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback address."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


class TestTls:
    """With a certificate."""

    async def test_messages_come_and_go_over_tls(self, tmp_path: Path) -> None:
        """A self-signed certificate serves; big and small messages pass."""
        cert, key = certificate(tmp_path)
        async with (
            gateway(tls_certificate=cert, tls_key=key) as node,
            connect(
                f"wss://127.0.0.1:{node.port}/",
                subprotocols=[Subprotocol(MSGPACK_SUBPROTOCOL)],
                ssl=client_tls(),
                proxy=None,
            ) as client,
        ):
            for size in (3, 16_384):
                await client.send(bytes(size))
                assert await client.recv() == bytes(size)
            assert node.handler.opened_connections[0].remote == "127.0.0.1"
            node.handler.opened_connections[0].close(CloseCode.REPLACED)
            assert await closed_with(client) == CloseCode.REPLACED
            await node.handler.until_lost()

    async def test_a_wrong_frame_over_tls_closes_with_its_code(self, tmp_path: Path) -> None:
        """The close frame arrives, although TLS has no half-closed connections."""
        cert, key = certificate(tmp_path)
        async with gateway(tls_certificate=cert, tls_key=key) as node:
            raw = await node.raw(ssl=client_tls())
            raw.send(b"\x82\x03abc")

            assert await raw.close_code() == CloseCode.PROTOCOL_ERROR
            await node.handler.until_lost()
            await raw.aclose()

    async def test_a_slow_reader_over_tls_is_closed(self, tmp_path: Path) -> None:
        """The bounds hold for what waits to be encrypted as well."""
        cert, key = certificate(tmp_path)
        async with gateway(
            tls_certificate=cert, tls_key=key, out_queue_bytes=300_000, close_timeout_ms=100
        ) as node:
            raw = await node.raw(ssl=client_tls(), limit=1_000)
            raw.pause()
            connection = node.handler.opened_connections[0]
            async with asyncio.timeout(PATIENCE_S):
                while not connection.closing:
                    connection.send(bytes(5_000))
                    assert connection.queued_bytes <= 300_000
                    await asyncio.sleep(0)
            await node.handler.until_lost()

            assert connection.close_code == CloseCode.SLOW
            raw.writer.transport.abort()

    @pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"", b"\x16\x03\x01\x00"])
    async def test_what_is_no_tls_is_cut(self, tmp_path: Path, data: bytes) -> None:
        """Plain text, silence and a broken handshake end in time, without a fault."""
        cert, key = certificate(tmp_path)
        async with gateway(tls_certificate=cert, tls_key=key, hello_timeout_ms=200) as node:
            raw = await node.raw(upgrade=False)
            raw.send(data)
            await raw.rest()
            await raw.aclose()

            assert not node.handler.opened_connections

    async def test_tls_below_1_2_is_refused(self, tmp_path: Path) -> None:
        """The oldest version spoken is 1.2."""
        cert, key = certificate(tmp_path)
        listener = Listener(
            GatewaySettings(tls_certificate=cert, tls_key=key, hello_timeout_ms=500), Recorder()
        )
        _, port = await listener.start()
        context = client_tls()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=context)
        await listener.close(1_000)

    @pytest.mark.parametrize("what", ["missing", "no pem", "other key", "password", "key only"])
    async def test_files_that_do_not_serve_are_one_clear_line(
        self, tmp_path: Path, what: str
    ) -> None:
        """The error names the file; nobody is asked for a password."""
        (tmp_path / "other").mkdir()
        cert, key = certificate(tmp_path, password=b"secret" if what == "password" else None)
        settings = {
            "missing": (tmp_path / "missing.pem", key),
            "no pem": (_written(tmp_path / "text.pem"), key),
            "other key": (cert, certificate(tmp_path / "other")[1]),
            "password": (cert, key),
            "key only": (None, key),
        }[what]
        with pytest.raises(ListenError) as caught:
            await Listener(
                GatewaySettings(tls_certificate=settings[0], tls_key=settings[1]), Recorder()
            ).start()

        assert str(settings[0] or settings[1]) in str(caught.value)
        assert "\n" not in str(caught.value)


def _written(path: Path) -> Path:
    path.write_text("no certificate")
    return path


class TestLimit:
    """How many connections there may be."""

    async def test_one_too_many_is_told_so(self) -> None:
        """Above the limit a connection closes with 4003; the others stay; a free place is given."""
        async with gateway(max_connections=2) as node:
            first, second = await node.raw(), await node.raw()
            async with node.connect() as third:
                assert await closed_with(third) == CloseCode.FULL
            assert len(node.handler.opened_connections) == 2
            assert node.listener.counters.closed == {CloseCode.FULL: 1}
            first.send(masked(0x82, b"x"))
            assert await first.frame() == (0x82, b"x")
            await first.aclose()
            await node.handler.until_lost()
            fourth = await node.raw()
            fourth.send(masked(0x82, b"y"))

            assert await fourth.frame() == (0x82, b"y")
            await second.aclose()
            await fourth.aclose()

    async def test_refused_connections_are_bounded_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When very many are being refused, further ones are cut, and none of them stays."""
        monkeypatch.setattr("server.gateway.connection._MAX_REFUSALS", 3)
        async with gateway(max_connections=1, hello_timeout_ms=300) as node:
            raws = [await node.raw(upgrade=False) for _ in range(10)]
            await until(lambda: node.listener.counters.accepted == 10)

            assert node.listener.counters.cut == 6
            await until(lambda: not node.listener.connections)
            for raw in raws:
                await raw.aclose()
            again = await node.raw()
            await again.aclose()


class TestEnd:
    """Stopping."""

    async def test_stop_accepting_keeps_connections(self) -> None:
        """The port is closed, and who plays goes on playing."""
        async with gateway() as node, node.connect() as client:
            node.listener.stop_accepting()
            await asyncio.sleep(0)
            with pytest.raises(ConnectionRefusedError):
                await node.raw()
            await client.send(b"x")

            assert await client.recv() == b"x"
            assert len(node.listener.connections) == 1

    async def test_close_tells_every_client(self) -> None:
        """Clients are closed with 1001, which means: reconnect and resume."""
        async with gateway() as node:
            clients = [await node.connect() for _ in range(300)]
            await node.handler.until(lambda: len(node.handler.opened_connections) == 300)
            await node.listener.close(5_000)

            assert not node.listener.connections
            assert {await closed_with(client) for client in clients} == {CloseCode.GOING_AWAY}
            assert len(node.handler.lost_connections) == 300

    async def test_close_does_not_wait_for_clients_that_do_not_answer(self) -> None:
        """At the deadline those left are cut, at whatever stage they are."""
        async with gateway(close_timeout_ms=60_000) as node:
            raws = [await node.raw(), await node.raw(upgrade=False)]
            started = time.monotonic()
            await node.listener.close(200)

            assert 0.1 < time.monotonic() - started < 5
            assert not node.listener.connections
            for raw in raws:
                await raw.aclose()

    async def test_close_is_allowed_at_any_time_and_twice(self) -> None:
        """Before the start it does nothing, and a second time neither."""
        listener = Listener(GatewaySettings(), Recorder())
        await listener.close(100)
        await listener.start()
        await listener.close(100)
        await listener.close(100)

        assert listener.connections == set()
