"""What a browser may do with an answer of this server: the headers that say so."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

__all__ = ["Policy"]

_PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'{gateway}; worker-src 'self'; manifest-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_CONSOLE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'{socket}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""For operators' pages. Their socket is on this very port."""
_DATA: Final = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no pages."""
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FEATURES: Final = (
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
)
_HOST: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.?")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class Policy:
    """Sets the headers. Pages may speak to this server and to its gateway, and to nothing else."""

    def __init__(self, gateway: Callable[[web.Request], str], *, secure: bool) -> None:
        self._gateway = gateway
        self._secure = secure

    async def on_prepare(self, _: web.Request, response: web.StreamResponse) -> None:
        """Set what every answer bears, unless its handler has said something else."""
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _DATA)
        response.headers["Server"] = "croupier"  # and not of what it is made

    def page(self, request: web.Request) -> dict[str, str]:
        """Return the headers of a page, and of every file that may run in one or as a worker."""
        gateway = self._gateway(request)
        source = _source(gateway)
        policy = _PAGE.format(gateway=f" {source}" if source else "")
        return self._headers(request, gateway, policy)

    def console(self, request: web.Request) -> dict[str, str]:
        """Return the headers of an operators' page: it speaks to this server and nobody else."""
        # Not in every browser does 'self' cover a WebSocket to the page's own host. As a source
        # `ws:` covers `wss:` too (CSP Level 3, 6.7.2.8).
        socket = _source(f"ws://{request.host}")
        socket = "" if socket in ("", "ws:") else f" {socket}"
        headers = self._headers(request, "", _CONSOLE.format(socket=socket))
        headers["X-Robots-Tag"] = "noindex"
        return headers

    def _headers(self, request: web.Request, gateway: str, policy: str) -> dict[str, str]:
        headers = {"Content-Security-Policy": policy, "Permissions-Policy": _FEATURES}
        if self._secure or gateway.startswith("wss:") or _is_this_machine(request):
            # Elsewhere the browser ignores it, and tells the player's console that it does.
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return headers


def _source(gateway: str) -> str:
    """Return an address as a source of a policy, or nothing where it is none.

    The host came with the request, so it is let through only when it is one. The grammar of a
    policy has no IPv6 addresses; there the scheme alone must do.
    """
    try:
        parts = urlsplit(gateway)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"ws", "wss"}:
        return ""
    if ":" in host:
        return f"{parts.scheme}:"
    if not _HOST.fullmatch(host):
        return ""
    path = parts.path if _PATH.fullmatch(parts.path) else ""
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}"


def _is_this_machine(request: web.Request) -> bool:
    """Whether the browser runs here: it trusts such an address without TLS."""
    try:
        host = request.url.host or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
