"""The HTTP listener, and what a request tells of its sender."""

from __future__ import annotations

import logging
import ssl
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.config import Settings
from server.gateway.addresses import client_address
from server.http.door import Door, warn_of_few_files
from server.http.guard import AnswerLog, Limits, watch

_SHUTDOWN_S: Final = 2.0


class PortTaken(Exception):  # noqa: N818 - one clear line for a person
    """The HTTP port or its certificate cannot be had; the message says why."""


class _OwnFaults(logging.Filter):
    """Lets through what is wrong here, not what strangers send: they could fill the log with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


_library_log: Final = logging.getLogger(f"{__name__}.library")
_library_log.addFilter(_OwnFaults())


class HttpListener:
    """Serves one application on the address of the settings."""

    def __init__(self, application: web.Application, settings: Settings) -> None:
        self._settings = settings
        self._door: Door | None = None
        watch(application)
        self._runner = web.AppRunner(
            application,
            access_log_class=AnswerLog,
            logger=_library_log,
            shutdown_timeout=_SHUTDOWN_S,
            handle_signals=False,
        )

    async def start(self) -> tuple[str, int]:
        """Listen; returns host and port. Raises PortTaken."""
        http = self._settings.http
        context = None
        if http.tls_certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            try:
                # An empty password, so that nobody is asked for one.
                context.load_cert_chain(http.tls_certificate, http.tls_key, password="")
            except (OSError, ValueError) as error:
                message = (
                    f"{http.tls_certificate}: no PEM certificate chain with its unencrypted key"
                    f" {http.tls_key}: {getattr(error, 'strerror', None) or error}"
                )
                raise PortTaken(message) from None
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        limits = Limits(http.request_timeout_ms / 1_000, http.idle_timeout_ms / 1_000)
        self._door = Door(server, limits, http.max_connections, context)
        try:
            address = await self._door.open(http.host, http.port, shared=http.shared)
        except OSError as error:
            message = (
                f"cannot listen on {http.host}:{http.port} for HTTP: {error.strerror or error};"
                " choose another port with --http"
            )
            raise PortTaken(message) from None
        warn_of_few_files(self._settings)
        return address

    async def close(self) -> None:
        """Stop listening and end what is open."""
        if self._door is not None:
            await self._door.close()
        await self._runner.cleanup()


def client_of(request: web.Request, settings: Settings) -> str:
    """Return the client's address, as told by a trusted proxy or by the socket."""
    return client_address(
        request.remote or "",
        request.headers.getall("X-Forwarded-For", []),
        request.headers.getall("Forwarded", []),
        settings.http.proxy_networks,
    )


def gateway_url(request: web.Request, settings: Settings, port: int) -> str:
    """Return the address of the gateway for whoever sent this request.

    The configured public address; else the gateway's own, under the host name that the client used,
    for a phone cannot connect to 127.0.0.1.
    """
    if settings.gateway.public_url:
        return settings.gateway.public_url
    scheme = "wss" if settings.http.tls_certificate is not None else "ws"
    host = settings.gateway.host
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        try:
            host = request.url.host or "127.0.0.1"
        except ValueError:  # a Host header that is none
            host = "127.0.0.1"
    if ":" in host:
        host = f"[{host}]"
    return f"{scheme}://{host}:{port}"
