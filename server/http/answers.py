"""The form of every HTTP error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""What answers a request."""


def problem(status: int, code: str, message: str, **more: str) -> web.Response:
    """Return an error: a code for programs and a sentence that says what to do.

    `more` says which `field` of the request is wrong and for what `reason`, where it is one.
    """
    return web.json_response(
        {"error": {"code": code, "message": message, **more}},
        status=status,
        headers={"Cache-Control": "no-store"},
    )
