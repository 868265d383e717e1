"""The HTTP application: its routes, and the form of its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

import msgspec
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from protocol.schema.rest import ALIVE, Ready
from server.database.compatibility import program_name
from server.database.migrations import load
from server.http.answers import Handler, problem
from server.http.console import Console
from server.http.demo import SignUps
from server.http.docs import Docs
from server.http.pages import Pages
from server.http.policy import Policy

log = structlog.get_logger(__name__)


class Room(Protocol):
    """Something with routes of its own."""

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""


_BODY_BYTES_MAX: Final = 64 * 1024


def build_application(
    *,
    sign_ups: SignUps,
    registry: CollectorRegistry,
    not_ready: Callable[[], str | None],
    policy: Policy | None = None,
    pages: Pages | None = None,
    docs: Docs | None = None,
    console: Console | None = None,
    back_office: Iterable[Room] = (),
    parked: Callable[[], int] = lambda: 0,
) -> web.Application:
    """Return the application. `not_ready` gives the reason for not being ready, or None.

    `parked` counts the rounds of live tables here that wait for an operator.
    `back_office` are the rooms that operators go to once the console has let them in.
    """
    program = program_name(len(load()))

    async def healthz(_: web.Request) -> web.Response:
        """Alive: the event loop turns."""
        return web.json_response(msgspec.to_builtins(ALIVE))

    async def readyz(_: web.Request) -> web.Response:
        """Ready: new sessions and rounds are taken."""
        reason = not_ready()
        if reason is None:
            ready = Ready(program=program, live_rounds_parked=parked())
            return web.json_response(msgspec.to_builtins(ready))
        return problem(503, "not_ready", reason)

    async def metrics(_: web.Request) -> web.Response:
        """Prometheus text."""
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    middlewares = [_errors, pages.middleware] if pages is not None else [_errors]
    application = web.Application(client_max_size=_BODY_BYTES_MAX, middlewares=middlewares)
    if policy is not None:
        application.on_response_prepare.append(policy.on_prepare)
    application.router.add_post("/api/v1/demo", sign_ups.handle)
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", metrics)
    if docs is not None:
        docs.add_to(application)
    if console is not None:
        console.add_to(application)
    for room in back_office:
        room.add_to(application)
    return application


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error in one form; nothing internal leaks."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        code = error.reason.lower().replace(" ", "_")
        answer = problem(error.status, code, f"{error.reason}.")
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except (web.RequestPayloadError, ConnectionError):
        return problem(400, "incomplete", "The request did not come to its end.")
    except Exception:
        log.exception("http request failed", method=request.method, path=request.path)
        return problem(500, "internal", "Something went wrong here; try again later.")
