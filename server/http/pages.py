"""The pages: files of the build, and one page for every address inside them.

The player's stand behind the routes: a path that the application has no route for is looked up
there. The operators' are below `/console`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from server.http.answers import Handler
from server.http.assets import answer, read_assets
from server.http.policy import Policy
from server.web.build_state import DIST, BuildState

__all__ = ["ConsolePages", "Pages"]

_RESERVED: Final = frozenset({"api", "console", "docs", "healthz", "readyz", "metrics", "assets"})
"""First parts of paths that are no pages of the player's, whatever follows."""
_INSIDE: Final = re.compile(r"(?:/[A-Za-z0-9_~:@+=-]+)*/?")
"""Addresses that the player's pages give themselves: no dot, so no file, and nothing encoded."""
_INDEX: Final = "index.html"


class Pages:
    """Answers with the player's pages."""

    def __init__(self, policy: Policy, dist: Path = DIST) -> None:
        self._policy = policy
        self._assets = read_assets(dist / "player")

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Look up what no route knows."""
        try:
            return await handler(request)
        except web.HTTPNotFound:
            page = self.find(request)
            if page is None:
                raise
            return page

    def find(self, request: web.Request) -> web.Response | None:
        """Return the file or page at this address, or None where there is none."""
        if request.method not in {"GET", "HEAD"}:
            return None
        path = request.rel_url.raw_path
        asset = self._assets.get(path.removeprefix("/"))
        if asset is None and _is_inside(path):
            asset = self._assets.get(_INDEX)
            if asset is None and path == "/":
                return missing_pages()
        return None if asset is None else answer(request, asset, self._policy.page(request))


class ConsolePages:
    """The operators' pages at `/console`: files of their build, and one page for the rest below.

    They hold nothing that is secret: whoever is not signed in is answered nothing but these.
    """

    ROOT: Final = "/console"

    def __init__(
        self,
        policy: Policy,
        within_reach: Callable[[web.Request], bool],
        dist: Path = DIST,
    ) -> None:
        self._policy = policy
        self._within_reach = within_reach
        self._assets = read_assets(dist / "console")

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        application.router.add_get(self.ROOT, self._page)
        application.router.add_get(self.ROOT + "/{path:.*}", self._page)

    async def _page(self, request: web.Request) -> web.Response:
        if not self._within_reach(request):
            raise web.HTTPNotFound
        path = request.rel_url.raw_path.removeprefix(self.ROOT)
        asset = self._assets.get(path.removeprefix("/"))
        if asset is None and _INSIDE.fullmatch(path) and not path.startswith("/assets"):
            asset = self._assets.get(_INDEX)
            if asset is None and path in ("", "/"):
                return missing_pages()
        if asset is None:
            raise web.HTTPNotFound
        return answer(request, asset, self._policy.console(request))


def missing_pages() -> web.Response:
    """Return the answer where no pages are built."""
    return web.Response(
        status=503, text=f"{BuildState.MISSING.value}\n", headers={"Cache-Control": "no-store"}
    )


def _is_inside(path: str) -> bool:
    return _INSIDE.fullmatch(path) is not None and path.split("/")[1] not in _RESERVED
