"""The structs of settings."""

from __future__ import annotations

import ipaddress
from datetime import time

from server.config.settings import Database, Http, Identity, Redis, Settings, Site


def test_defaults_need_no_file() -> None:
    """Settings without any file are those of a developer on one machine."""
    settings = Settings()

    assert settings.mode == "development"
    assert settings.http.host == settings.gateway.host == "127.0.0.1"
    assert (settings.http.port, settings.gateway.port) == (8080, 8081)
    assert settings.database.url == settings.redis.url == ""


def test_repr_hides_secrets() -> None:
    """A traceback or a log line that shows settings shows no secret."""
    settings = Settings(
        database=Database(url="postgresql://u:hush@h/d", owner_url="postgresql://o:hush@h/d"),
        redis=Redis(url="redis://:hush@h"),
    )

    assert "hush" not in repr(settings)
    assert "port=8080" in repr(settings)


def test_proxies_are_networks() -> None:
    """Trusted proxies come as networks of both families."""
    http = Http(trusted_proxies=("10.0.0.0/8", "::1/128"))

    assert http.proxy_networks == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )


def test_console_networks() -> None:
    """Networks of the operators' interface come as networks; by default there are none."""
    identity = Identity(console_networks=("10.0.0.0/8",))

    assert identity.networks == (ipaddress.ip_network("10.0.0.0/8"),)
    assert Settings().identity.networks == ()


def test_gaming_day_has_zone_and_time() -> None:
    """The gaming day's zone and cut-off come as a time zone and a time of day."""
    site = Site(zone="Europe/Malta", day_cutoff="06:30")

    assert site.timezone.key == "Europe/Malta"
    assert site.cutoff == time(6, 30)
