"""The table of settings: dotted name, type, default and environment variable of each."""

from __future__ import annotations

import difflib
import functools
import typing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec

from server.config.settings import Section, Settings

__all__ = ["ENVIRONMENT_PREFIX", "Key", "convert", "keys", "mask", "nearest", "sections", "suggest"]

ENVIRONMENT_PREFIX = "CROUPIER_"
MASK = "***"


class Key(NamedTuple):
    """One setting."""

    name: str
    """Dotted, as in `gateway.public_url`; settings outside a section have no dot."""
    type: Any
    default: Any
    secret: bool
    many: bool
    """A list, in the environment separated by commas."""
    table: bool
    """A table, in the environment `NAME=VALUE` pairs separated by commas."""

    @property
    def variable(self) -> str:
        """The environment variable: prefix, section, key, joined by single underscores.

        Section names have no underscore, so no two settings share a variable.
        """
        return ENVIRONMENT_PREFIX + self.name.replace(".", "_").upper()


@functools.cache
def keys() -> dict[str, Key]:
    """Every setting by its dotted name, in the order of the sections."""
    found: dict[str, Key] = {}
    defaults = Settings()
    for name, kind in typing.get_type_hints(Settings, include_extras=True).items():
        default = getattr(defaults, name)
        if not isinstance(default, Section):
            found[name] = _key(name, kind, default)
            continue
        for inner, inner_kind in typing.get_type_hints(kind, include_extras=True).items():
            dotted = f"{name}.{inner}"
            found[dotted] = _key(dotted, inner_kind, getattr(default, inner))
    return found


@functools.cache
def sections() -> tuple[str, ...]:
    """The names of all sections."""
    return tuple(dict.fromkeys(name.split(".")[0] for name in keys() if "." in name))


def nearest(name: str, candidates: typing.Iterable[str]) -> str | None:
    """Return the candidate that a person who wrote `name` most likely meant, if any is near."""
    matches = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggest(name: str) -> str:
    """Return what to tell a person who wrote the unknown key `name`."""
    section, dot, last = name.rpartition(".")
    inside = [other for other in keys() if other.rpartition(".")[0] == section]
    # The same section first, then the right key in the wrong section.
    near = None
    for among in (inside, list(keys())):
        lasts = {other.rpartition(".")[2]: other for other in among}
        match = nearest(last, lasts)
        near = near or (lasts[match] if match else None)
    if near is not None:
        return f"did you mean {near}?"
    place = f"[{section}] has" if dot else "outside sections there are"
    return f"{place} {', '.join(other.rpartition('.')[2] for other in inside)}"


def convert(key: Key, value: object, *, text: bool) -> Any:
    """Return `value` as the type of `key`; `text` says that it came as a string from outside TOML.

    Raises `ValueError` with what was expected. The message never repeats the value, which may be
    a secret.
    """
    if text and isinstance(value, str):
        if key.many:
            value = [part.strip() for part in value.split(",") if part.strip()]
        elif key.table:
            pairs = [part.partition("=") for part in value.split(",") if part.strip()]
            if not all(sign for _, sign, _ in pairs):
                raise ValueError("expected NAME=VALUE pairs separated by commas")
            value = {name.strip(): amount.strip() for name, _, amount in pairs}
    if value == "" and _is_optional(key.type):
        return None
    try:
        return msgspec.convert(value, key.type, strict=not text, dec_hook=_decode_path)
    except msgspec.ValidationError:
        raise ValueError(f"expected {_expected(key)}") from None


def mask(key: Key, value: object) -> object:
    """Return `value` fit to be shown: of a secret at most an address without its credentials."""
    if not key.secret or not value:
        return value
    try:
        parts = urlsplit(str(value))
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return MASK
    if not parts.scheme:
        return MASK
    user = f"{parts.username}:{MASK}@" if parts.password is not None else ""
    if parts.username is not None and not user:
        user = f"{parts.username}@"
    host = f"[{host}]" if ":" in host else host
    return urlunsplit(
        (parts.scheme, f"{user}{host}{port}", parts.path, MASK if parts.query else "", "")
    )


def _key(name: str, kind: Any, default: object) -> Key:
    extra = [meta.extra or {} for meta in getattr(kind, "__metadata__", ())]
    return Key(
        name=name,
        type=kind,
        default=default,
        secret=any(item.get("secret", False) for item in extra),
        many=isinstance(default, tuple),
        table=isinstance(default, dict),
    )


def _expected(key: Key) -> str:
    for meta in getattr(key.type, "__metadata__", ()):
        if meta.description:
            return str(meta.description)
    if typing.get_origin(key.type) is typing.Literal:
        return " or ".join(typing.get_args(key.type))
    if key.type is bool:
        return "true or false"
    if key.many:
        return "a list of strings"
    return "a path as a string" if _is_optional(key.type) or key.type is Path else "a string"


def _is_optional(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _decode_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError("Expected a path")
