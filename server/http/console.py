"""Operators over HTTP: who is signed in, and whether he may do what he asks for.

Sign-in, sign-out and session are answered here. The routes of other rooms are added through
`Console.route`, which names the permission of each: there is no way to a handler without one.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import web

from protocol.schema.console import (
    COOKIE,
    COOKIE_PLAIN,
    PREFIX,
    REFUSALS,
    ConsoleSession,
    ConsoleSignIn,
)
from server.config import Settings
from server.database.errors import DATABASE_ERRORS
from server.gateway.addresses import is_loopback
from server.http.answers import Handler, problem
from server.http.rates import AddressRates
from server.identity.errors import (
    NotPermitted,
    NotSignedIn,
    SignInBusy,
    SignInLocked,
    SignInRefused,
)
from server.identity.roles import Permission
from server.identity.sign_ins import Attempt, SignedIn, SignIns

__all__ = ["Console", "OperatorHandler", "plain_reason", "read_body", "read_fields", "refuse"]

log = structlog.get_logger(__name__)

OperatorHandler = Callable[[web.Request, SignedIn], Awaitable[web.StreamResponse]]
"""What answers an operator's request."""

Body = TypeVar("Body", bound=msgspec.Struct)

_BODY_BYTES_MAX: Final = 4_096
_REASON_LENGTH_MIN: Final = 3
_REASON_LENGTH_MAX: Final = 500
_SAFE: Final = frozenset({"GET", "HEAD"})


class Console:
    """The way in for operators."""

    def __init__(
        self,
        sign_ins: SignIns,
        settings: Settings,
        remote: Callable[[web.Request], str],
    ) -> None:
        self.sign_ins = sign_ins
        self._settings = settings
        self._remote = remote
        self._networks = settings.identity.networks
        self._rates = AddressRates(settings.identity.sign_ins_per_minute)

    def add_to(self, application: web.Application) -> None:
        """Add the routes that are answered here."""
        router = application.router
        router.add_post(f"{PREFIX}/sign-in", self._guarded(self._sign_in))
        router.add_post(f"{PREFIX}/sign-out", self._guarded(self._sign_out))
        router.add_get(f"{PREFIX}/session", self._guarded(self._known(self._session)))

    def route(
        self,
        application: web.Application,
        method: str,
        path: str,
        permission: Permission,
        handler: OperatorHandler,
        *,
        socket: bool = False,
    ) -> None:
        """Add a route below the console's address, for operators with a permission alone.

        A `socket` is opened by GET, yet browsers let any page open one: it is for our own alone.
        """

        async def permitted(request: web.Request, operator: SignedIn) -> web.StreamResponse:
            operator.require(permission)
            return await handler(request, operator)

        application.router.add_route(
            method, f"{PREFIX}{path}", self._guarded(self._known(permitted), socket=socket)
        )

    async def record(
        self, request: web.Request, operator: SignedIn, action: str, subject: str, reason: str
    ) -> int:
        """Record an action before it is done; returns the record's number. Raises NotSignedIn."""
        return await self.sign_ins.record(operator, action, subject, reason, self.address(request))

    def address(self, request: web.Request) -> str:
        """Return from where a request comes, for the record."""
        return self._remote(request)

    # -- the three calls ---------------------------------------------------------------------------

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        if not self._secure(request) and not self._on_this_machine(request):
            return refuse("insecure")
        address = self.address(request)
        if not self._rates.admit(address):
            return refuse("too_fast", {"Retry-After": "60"})
        said = await read_body(request, ConsoleSignIn)
        if said is None:
            return refuse("invalid_body")
        if (said.code is None) is (said.recovery_code is None) or "\0" in said.name:
            return refuse("invalid_body")
        attempt = Attempt(
            "operator", said.name, said.password, address, said.code, said.recovery_code
        )
        try:
            token = await self.sign_ins.sign_in(attempt)
        except SignInRefused:
            return refuse("sign_in_refused")
        except SignInLocked as error:
            return refuse("locked", {"Retry-After": str(max(1, math.ceil(error.wait_s)))})
        except SignInBusy:
            return refuse("unavailable")
        response = self._told(await self.sign_ins.check(token))
        secure = self._secure(request)
        response.set_cookie(
            COOKIE if secure else COOKIE_PLAIN,
            token,
            path="/",
            secure=secure,
            httponly=True,
            samesite="Strict",
        )
        return response

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        token = self._token(request)
        if token is not None:
            await self.sign_ins.sign_out(token, self.address(request))
        response = web.Response(status=204, headers={"Cache-Control": "no-store"})
        secure = self._secure(request)
        response.del_cookie(
            COOKIE if secure else COOKIE_PLAIN,
            path="/",
            secure=secure,
            httponly=True,
            samesite="Strict",
        )
        return response

    async def _session(self, _: web.Request, operator: SignedIn) -> web.StreamResponse:
        return self._told(operator)

    def _told(self, operator: SignedIn) -> web.Response:
        previous = operator.previous_at
        session = ConsoleSession(
            operator=str(operator.credential),
            name=operator.name,
            role=operator.role or "",
            permissions=tuple(sorted(operator.permissions)),
            signed_in_ms=_milliseconds(operator.created_at),
            ends_ms=_milliseconds(operator.ends_at),
            idle_ms=self._settings.identity.sign_in_idle_ms,
            recovery_codes=operator.recovery_codes,
            previous_ms=None if previous is None else _milliseconds(previous),
            previous_address=operator.previous_address,
        )
        return web.json_response(
            msgspec.to_builtins(session), headers={"Cache-Control": "no-store"}
        )

    # -- what every call passes --------------------------------------------------------------------

    def _guarded(self, handler: Handler, *, socket: bool = False) -> Handler:
        """Let through what comes from where it may, and tell every refusal in one form."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self.within_reach(request):
                raise web.HTTPNotFound
            unsafe = request.method not in _SAFE
            if (unsafe or socket) and not self._same_origin(request):
                return refuse("wrong_origin")
            if unsafe and request.content_type != "application/json":
                return refuse("not_json")
            try:
                return await handler(request)
            except NotSignedIn:
                return refuse("not_signed_in")
            except NotPermitted:
                return refuse("not_permitted")
            except DATABASE_ERRORS as error:
                log.warning("operator's request interrupted", error=type(error).__name__)
                return refuse("unavailable")

        return guarded

    def _known(self, handler: OperatorHandler) -> Handler:
        """Let through whoever is signed in as an operator.

        A page that connects again by itself does not use the sign-in: `?use=no` says so.
        """

        async def known(request: web.Request) -> web.StreamResponse:
            token = self._token(request)
            if token is None:
                raise NotSignedIn("no token")
            use = request.query.get("use") != "no"
            operator = await self.sign_ins.check(token, use=use)
            if operator.kind != "operator" or operator.role is None:
                raise NotSignedIn("the token is not an operator's")
            return await handler(request, operator)

        return known

    def _token(self, request: web.Request) -> str | None:
        """Return the token of the cookie that fits the connection: over TLS, of no other one."""
        return request.cookies.get(COOKIE if self._secure(request) else COOKIE_PLAIN) or None

    def _secure(self, request: web.Request) -> bool:
        """Whether the browser came by TLS, to this listener or to a proxy before it."""
        settings = self._settings
        if settings.mode == "production" or settings.http.tls_certificate is not None:
            return True
        return (
            self._from_proxy(request)
            and request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
        )

    def _on_this_machine(self, request: web.Request) -> bool:
        """Whether nobody is between the browser and this server."""
        return is_loopback(self.address(request))

    def _from_proxy(self, request: web.Request) -> bool:
        try:
            peer = ipaddress.ip_address(request.remote or "")
        except ValueError:
            return False
        return any(peer in network for network in self._settings.http.proxy_networks)

    def within_reach(self, request: web.Request) -> bool:
        """Whether a request comes from where operators may be: elsewhere there is no console."""
        if not self._networks:
            return True
        try:
            address = ipaddress.ip_address(self.address(request))
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    def _same_origin(self, request: web.Request) -> bool:
        """Whether a page of this very server asks. Browsers name the origin at every POST."""
        origins = request.headers.getall("Origin", [])
        if len(origins) != 1 or request.headers.get("Sec-Fetch-Site", "same-origin") != (
            "same-origin"
        ):
            return False
        try:
            origin, here = urlsplit(origins[0]), urlsplit(f"//{request.host}")
            default = {"http": 80, "https": 443}.get(origin.scheme)
            same = (origin.hostname, origin.port or default) == (
                here.hostname,
                here.port or default,
            )
        except ValueError:
            return False
        schemes = {"https"} if self._secure(request) else {"http", "https"}
        return same and bool(origin.hostname) and origin.scheme in schemes


def refuse(code: str, headers: dict[str, str] | None = None, **more: str) -> web.Response:
    """Return the answer of a refusal, by its code; `more` as of `problem`."""
    status, message = REFUSALS[code]
    response = problem(status, code, message, **more)
    response.headers.update(headers or {})
    return response


async def read_body(request: web.Request, kind: type[Body]) -> Body | None:
    """Return the body of a request, or None where it is not of this kind."""
    body = await request.read()
    if len(body) > _BODY_BYTES_MAX:
        return None
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        return None


async def read_fields(request: web.Request) -> dict[str, Any] | None:
    """Return the body of a request as plain values by name, or None where it is nothing such.

    For bodies of which every value is checked by itself, so that a refusal can name it.
    """
    body = await request.read()
    if len(body) > _BODY_BYTES_MAX:
        return None
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        return None


def plain_reason(text: object) -> str:
    """Return a reason for the record with single blanks; empty where it is none to be read."""
    reason = " ".join(text.split()) if isinstance(text, str) else ""
    fits = _REASON_LENGTH_MIN <= len(reason) <= _REASON_LENGTH_MAX
    return reason if fits and reason.isprintable() else ""


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
