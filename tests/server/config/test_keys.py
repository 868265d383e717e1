"""The table of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.config.keys import convert, keys, mask, sections, suggest


def test_variables_are_unambiguous() -> None:
    """No two settings share an environment variable."""
    variables = [key.variable for key in keys().values()]

    assert len(set(variables)) == len(variables)
    assert keys()["gateway.public_url"].variable == "CROUPIER_GATEWAY_PUBLIC_URL"
    assert all("_" not in section for section in sections())


def test_secrets_are_known() -> None:
    """Addresses that may hold a password count as secrets, and each has a sibling file setting."""
    secrets = [key.name for key in keys().values() if key.secret]

    assert secrets == ["database.url", "database.owner_url", "redis.url"]
    assert all(f"{name}_file" in keys() for name in secrets)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("http.port", "0", 0),
        ("demo.enabled", "false", False),
        ("gateway.compression", "1", True),
        ("http.trusted_proxies", "10.0.0.0/8, ::1/128", ("10.0.0.0/8", "::1/128")),
        ("http.trusted_proxies", "", ()),
        ("games.min_stake", "EUR=10, JPY=100", {"EUR": 10, "JPY": 100}),
        ("games.min_stake", "", {}),
        ("data", "var/x", Path("var/x")),
        ("http.tls_key", "", None),
        ("demo.default_amount", "5", "5"),
    ],
)
def test_text_becomes_the_type(name: str, text: str, value: object) -> None:
    """Text from the environment becomes the type of its setting."""
    assert convert(keys()[name], text, text=True) == value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("http.port", "70000", "a port from 0"),
        ("http.port", "eighty", "a port from 0"),
        ("mode", "prod", "development or production"),
        ("demo.enabled", "perhaps", "true or false"),
        ("games.min_stake", "EUR", "NAME=VALUE"),
        ("games.min_stake", "euro=1", "minor units by currency"),
        ("games.min_stake", "EUR=0", "minor units by currency"),
        ("data", "", "a path"),
        ("demo.max_amount", "1e9", "an amount in major units"),
        ("site.day_cutoff", "25:00", "a time such as"),
        ("settlement.max_batch", "501", "from 1 to 500"),
        ("jurisdiction", "Île", "a name such as"),
    ],
)
def test_wrong_text_says_what_is_expected(name: str, text: str, expected: str) -> None:
    """A value of the wrong kind is answered with the right kind."""
    with pytest.raises(ValueError, match=expected):
        convert(keys()[name], text, text=True)


def test_toml_values_are_not_reinterpreted() -> None:
    """In a file, a number in quotes is a string and refused."""
    with pytest.raises(ValueError, match="a port from 0"):
        convert(keys()["http.port"], "8080", text=False)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gateway.prot", "did you mean gateway.port?"),
        ("gateway.trusted_proxies", "did you mean http.trusted_proxies?"),
        ("max_batch", "did you mean settlement.max_batch?"),
        ("jurisdictoin", "did you mean jurisdiction?"),
        ("log.zzz", "[log] has level, format"),
        ("zzz", "outside sections there are mode, data, jurisdiction, sandboxes"),
    ],
)
def test_suggestions(name: str, hint: str) -> None:
    """A misspelt key, or one in the wrong section, is told its likely name, else what there is."""
    assert suggest(name) == hint


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("postgresql://u:hush@h:5432/d", "postgresql://u:***@h:5432/d"),
        ("postgresql://u@h/d?password=hush", "postgresql://u@h/d?***"),
        ("postgresql://u:hush@h1:1,h2:2/d", "***"),
        ("postgresql://u:hush@[::1]:5/d", "postgresql://u:***@[::1]:5/d"),
        ("redis://:hush@h", "redis://:***@h"),
        ("host=h password=hush", "***"),
    ],
)
def test_mask(url: str, shown: str) -> None:
    """Of a secret address everything but the credentials is shown, or nothing at all."""
    assert mask(keys()["database.url"], url) == shown


def test_mask_leaves_the_rest() -> None:
    """What is no secret is shown as it is."""
    assert mask(keys()["gateway.public_url"], "wss://h") == "wss://h"
