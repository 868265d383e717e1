"""The files of a build, held in memory: nothing that a request says becomes a path.

They are read once, at the start. A build that changes underneath cannot mix old pages with new
scripts, the tags are hashes of the contents and so the same on every node, and a file that is a
symbolic link, or whose name begins with a dot, is not there at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from aiohttp import web

__all__ = ["Asset", "answer", "best_coding", "read_assets"]

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Ours, for what a machine's own table says differs from machine to machine."""
_ENCODINGS: Final = {".br": "br", ".gz": "gzip"}
"""The better one first."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_HASHED: Final = "assets/"
"""The folder in which a file's name holds the hash of its content."""
_TAG_DIGITS: Final = 32


@dataclass(frozen=True)
class Asset:
    """One file."""

    content: bytes
    encoded: Mapping[str, bytes]
    """The same, by content coding."""
    content_type: str
    tag: str
    cache: str


def read_assets(folder: Path) -> dict[str, Asset]:
    """Return the files below a folder, by their path from it; none where there is no folder."""
    found: dict[str, bytes] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    assets = {}
    for name, content in found.items():
        suffix = PurePosixPath(name).suffix
        if suffix in _ENCODINGS and name.removesuffix(suffix) in found:
            continue
        assets[name] = Asset(
            content=content,
            encoded={
                coding: found[name + ending]
                for ending, coding in _ENCODINGS.items()
                if name + ending in found
            },
            content_type=_TYPES.get(suffix, "application/octet-stream"),
            tag=hashlib.sha256(content).hexdigest()[:_TAG_DIGITS],
            cache=_FOR_EVER if name.startswith(_HASHED) else "no-cache",
        )
    return assets


def answer(request: web.Request, asset: Asset, headers: Mapping[str, str]) -> web.Response:
    """Return a file in the best coding that the client takes, or word that it has it already."""
    coding = best_coding(request, asset.encoded)
    tag = f"{asset.tag}-{coding}" if coding else asset.tag
    response = web.Response(headers={**headers, "Cache-Control": asset.cache})
    if asset.encoded:
        response.headers["Vary"] = "Accept-Encoding"
    response.etag = tag
    known = request.if_none_match or ()
    if any(one.value in {"*", tag} for one in known):
        response.set_status(304)
        return response
    response.headers["Content-Type"] = asset.content_type
    response.body = asset.encoded[coding] if coding else asset.content
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


def best_coding(request: web.Request, codings: Iterable[str]) -> str:
    """Return the first of these codings that the client takes, or nothing (RFC 9110, 12.5.3)."""
    accepted = request.headers.getall("Accept-Encoding", [])
    weights: dict[str, bool] = {}
    for item in ",".join(accepted).lower().split(","):
        name, _, parameter = item.partition(";")
        weight = parameter.replace(" ", "")
        weights[name.strip()] = weight.rstrip("0") not in {"q=", "q=0."}
    for coding in codings:
        if weights.get(coding, weights.get("*", False)):
            return coding
    return ""
