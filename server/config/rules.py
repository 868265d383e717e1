"""What types cannot say: formats, settings that belong together, and what production refuses."""

from __future__ import annotations

import ipaddress
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from server.config.errors import ConfigError
from server.config.keys import nearest
from server.config.settings import Settings, share_of

__all__ = ["check", "check_production", "production_defaults"]

Origins = Mapping[str, str]

LEAST_MEMORY_KIB = 19_456
LEAST_PASSES = 2
"""What OWASP's cheat sheet on password storage asks of argon2id at least."""


def production_defaults(mode: str) -> dict[str, bool]:
    """Return the defaults that depend on `mode`."""
    if mode == "production":
        return {
            "demo.enabled": False,
            "sandboxes": False,
            "games.player_advantage": False,
            "live.sample_tables": False,
        }
    return {}


def check(settings: Settings, origins: Origins) -> None:
    """Raise `ConfigError` for the first value that cannot work in any mode."""
    for network in settings.http.trusted_proxies:
        _require(
            "http.trusted_proxies", origins, _is_network(network), f"{network!r} is no network"
        )
    tls = settings.http
    _require(
        "http.tls_certificate" if tls.tls_key is None else "http.tls_key",
        origins,
        (tls.tls_certificate is None) == (tls.tls_key is None),
        "tls_certificate and tls_key belong together; set both or neither",
    )
    _require(
        "gateway.public_url",
        origins,
        settings.gateway.public_url == "" or _is_url(settings.gateway.public_url, {"ws", "wss"}),
        "expected an address such as wss://play.example.com",
    )
    for name, url in (("url", settings.database.url), ("owner_url", settings.database.owner_url)):
        _require(
            f"database.{name}",
            origins,
            url == "" or _is_url(url, {"postgresql", "postgres"}),
            "expected an address such as postgresql://user@host:5432/database",
        )
    _require(
        "redis.url",
        origins,
        settings.redis.url == "" or _is_redis_url(settings.redis.url),
        "expected an address such as redis://host:6379/0, and no options but those of redis-py",
    )
    _require(
        "site.zone", origins, _is_zone(settings.site.zone), "expected a zone such as Europe/Malta"
    )
    _check_amounts(settings, origins)
    _check_returns(settings, origins)
    _check_identity(settings, origins)


def _check_amounts(settings: Settings, origins: Origins) -> None:
    demo = settings.demo
    _require(
        "demo.default_amount",
        origins,
        Decimal(demo.default_amount) <= Decimal(demo.max_amount),
        f"more than demo.max_amount ({demo.max_amount})",
    )
    gateway = settings.gateway
    _require(
        "gateway.slow_peak_bytes",
        origins,
        gateway.slow_peak_bytes <= gateway.out_queue_bytes,
        f"more than gateway.out_queue_bytes ({gateway.out_queue_bytes})",
    )
    _require(
        "gateway.frames_burst",
        origins,
        gateway.frames_burst >= gateway.max_in_flight,
        f"less than gateway.max_in_flight ({gateway.max_in_flight}), so no resume could re-send",
    )
    _require(
        "games.minimum_return",
        origins,
        settings.games.return_floor <= 1,
        f"{settings.games.minimum_return} is more than 100 %, which no machine may return",
    )
    for currency, low in settings.games.min_stake.items():
        high = settings.games.max_stake.get(currency, low)
        _require(
            "games.min_stake", origins, low <= high, f"{currency} is more than games.max_stake"
        )


def _check_returns(settings: Settings, origins: Origins) -> None:
    if not settings.games.returns:
        return
    from games.instant.returns import (  # noqa: PLC0415 - most settings need no game
        RETURN_GAMES,
        ReturnError,
        check_return,
    )

    for game, text in settings.games.returns.items():
        reason = ""
        if game not in RETURN_GAMES:
            near = nearest(game, RETURN_GAMES)
            known = f"did you mean {near}?" if near else f"those are {', '.join(RETURN_GAMES)}"
            reason = f"{game} is no game whose return can be set; {known}"
        else:
            try:
                check_return(share_of(text))
            except ReturnError as refusal:
                reason = f"{game} = {text!r}: {refusal}"
            except ValueError as error:
                reason = f"{game} = {text!r} is no return; {error}"
        _require("games.returns", origins, not reason, reason)


def _check_identity(settings: Settings, origins: Origins) -> None:
    identity = settings.identity
    for network in identity.console_networks:
        _require(
            "identity.console_networks", origins, _is_network(network), f"{network!r} is no network"
        )
    _require(
        "identity.sign_in_idle_ms",
        origins,
        identity.sign_in_idle_ms <= identity.sign_in_absolute_ms,
        f"more than identity.sign_in_absolute_ms ({identity.sign_in_absolute_ms})",
    )
    _require(
        "identity.lockout_first_ms",
        origins,
        identity.lockout_first_ms <= identity.lockout_most_ms,
        f"more than identity.lockout_most_ms ({identity.lockout_most_ms})",
    )
    _require(
        "identity.argon2_memory_kib",
        origins,
        identity.argon2_memory_kib >= 8 * identity.argon2_lanes,
        "less than 8 KiB a lane",
    )


def check_production(settings: Settings, origins: Origins) -> None:
    """Raise `ConfigError` for the first thing that has no place where real money is played."""
    if settings.mode != "production":
        return
    refusals = (
        (
            settings.demo.enabled,
            "demo.enabled",
            "production refuses play-money accounts; set it to false or leave it out",
        ),
        (
            settings.sandboxes,
            "sandboxes",
            "production refuses sandboxes of outside services; set it to false or leave it out",
        ),
        (
            settings.jurisdiction == "demo",
            "jurisdiction",
            'production refuses the jurisdiction "demo"; name the one you are licensed in',
        ),
        (
            settings.fairness.key_file is None,
            "fairness.key_file",
            "production refuses a generated key; name a file of keys, see config.toml",
        ),
        (
            settings.identity.argon2_memory_kib < LEAST_MEMORY_KIB,
            "identity.argon2_memory_kib",
            f"production refuses less than {LEAST_MEMORY_KIB}: passwords could be guessed",
        ),
        (
            settings.identity.argon2_passes < LEAST_PASSES,
            "identity.argon2_passes",
            f"production refuses less than {LEAST_PASSES}: passwords could be guessed",
        ),
    )
    for refused, name, reason in refusals:
        _require(name, origins, not refused, reason)


def _require(name: str, origins: Origins, condition: bool, reason: str) -> None:  # noqa: FBT001
    if not condition:
        origin = origins[name]
        source = "" if origin.startswith("default") else f"{origin}: "
        raise ConfigError(f"{source}{name}: {reason}")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_url(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc or parts.path or parts.query)


def _is_redis_url(text: str) -> bool:
    """Whether a connection can be made from an address; else it would be tried for ever."""
    if not _is_url(text, {"redis", "rediss", "unix"}):
        return False
    from redis.asyncio.connection import Connection, parse_url  # noqa: PLC0415 - only where it is set

    try:
        parameters: dict[str, Any] = dict(parse_url(text))
        parameters.pop("connection_class", Connection)(**parameters)
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
