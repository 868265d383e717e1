"""The pages about the interface at `/docs`: both documents, rendered, and a console to try it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from protocol.schema import asyncapi, document, openapi
from protocol.schema.published import Published
from server.http.assets import answer, best_coding, read_assets
from server.http.policy import Policy
from server.web.build_state import DIST, BuildState

__all__ = ["Docs"]

_ROOT: Final = "/docs"
_LEVEL: Final = 5
_NO_CACHE: Final = {"Cache-Control": "no-cache"}


class Docs:
    """Serves the two documents, and the pages that show them."""

    def __init__(
        self,
        policy: Policy,
        published: Callable[[], Published],
        gateway: Callable[[web.Request], str],
        *,
        console: bool,
        dist: Path = DIST,
    ) -> None:
        self._policy = policy
        self._published = published
        self._gateway = gateway
        self._console = console
        self._assets = read_assets(dist / "apidocs")
        self._document: asyncio.Future[dict[str, Any]] | None = None

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        router = application.router
        router.add_get(f"{_ROOT}/openapi.json", self._openapi)
        router.add_get(f"{_ROOT}/asyncapi.json", self._asyncapi)
        router.add_get(f"{_ROOT}/settings.json", self._settings)
        router.add_get(_ROOT, self._page)
        router.add_get(_ROOT + "/{path:.*}", self._page)

    def forget(self) -> None:
        """Make the document anew when it is next asked for: the games have changed."""
        self._document = None

    async def _openapi(self, request: web.Request) -> web.Response:
        try:
            found = openapi.document(http=_origin(request))
        except ValueError:  # a Host header that is none
            found = openapi.document()
        return await _json(request, found)

    async def _asyncapi(self, request: web.Request) -> web.Response:
        if self._document is None:
            # Example rounds are played and hashed, which takes a while, and is done once.
            self._document = asyncio.ensure_future(
                asyncio.to_thread(lambda: document(self._published()))
            )
        found = await asyncio.shield(self._document)
        with contextlib.suppress(ValueError):  # the same
            found = asyncapi.readdressed(
                found, http=_origin(request), gateway=self._gateway(request)
            )
        return await _json(request, found)

    async def _settings(self, _: web.Request) -> web.Response:
        """Tell the page what it may offer: the console plays with play money."""
        return web.json_response({"console": self._console}, headers=_NO_CACHE)

    async def _page(self, request: web.Request) -> web.Response:
        name = request.rel_url.raw_path.removeprefix(_ROOT).removeprefix("/") or "index.html"
        asset = self._assets.get(name)
        if asset is not None:
            return answer(request, asset, self._policy.page(request))
        if name == "index.html":
            return web.Response(
                status=503,
                text=f"{BuildState.MISSING.value} The documents are at {_ROOT}/openapi.json and"
                f" {_ROOT}/asyncapi.json.\n",
                headers={"Cache-Control": "no-store"},
            )
        raise web.HTTPNotFound


async def _json(request: web.Request, found: Any) -> web.Response:
    """Return a document. It is compressed beside the loop, which has players to serve."""
    body = msgspec.json.encode(found)
    headers = {**_NO_CACHE, "Vary": "Accept-Encoding"}
    if best_coding(request, ("gzip",)):
        body = await asyncio.to_thread(gzip.compress, body, _LEVEL)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, content_type="application/json", headers=headers)


def _origin(request: web.Request) -> str:
    try:
        return str(request.url.origin())
    except ValueError:  # a Host header that is none
        return openapi.DEFAULT_HTTP
