"""What types cannot say about settings."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from server.config import ConfigError, load, load_with_origins

PRODUCTION = {
    "CROUPIER_MODE": "production",
    "CROUPIER_JURISDICTION": "malta",
    "CROUPIER_FAIRNESS_KEY_FILE": "key",
}


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a directory without `config.toml`."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"HTTP_TRUSTED_PROXIES": "10.0.0.1/8"}, "http.trusted_proxies: '10.0.0.1/8' is no"),
        ({"HTTP_TLS_KEY": "k"}, "CROUPIER_HTTP_TLS_KEY: http.tls_key: tls_certificate and tls_key"),
        ({"HTTP_TLS_CERTIFICATE": "c"}, "http.tls_certificate: tls_certificate and tls_key"),
        ({"IDENTITY_CONSOLE_NETWORKS": "10.0.0.1/8"}, "console_networks: '10.0.0.1/8' is no"),
        ({"IDENTITY_SIGN_IN_IDLE_MS": "50000000"}, "sign_in_idle_ms: more than identity.sign_in_"),
        ({"IDENTITY_LOCKOUT_FIRST_MS": "3600001"}, "lockout_first_ms: more than identity.lockout_"),
        (
            {"IDENTITY_ARGON2_MEMORY_KIB": "15", "IDENTITY_ARGON2_LANES": "2"},
            "identity.argon2_memory_kib: less than 8 KiB a lane",
        ),
        ({"GATEWAY_PUBLIC_URL": "https://h"}, "gateway.public_url: expected an address such as"),
        ({"DATABASE_URL": "h:5432"}, "database.url: expected an address such as postgresql://"),
        ({"DATABASE_OWNER_URL": "x"}, "database.owner_url: expected an address such as"),
        ({"REDIS_URL": "http://h"}, "redis.url: expected an address such as redis://"),
        ({"REDIS_URL": "redis://h?retry=often"}, "redis.url: expected an address such as"),
        ({"REDIS_URL": "redis://h:6379/0?pool=3"}, "redis.url: expected an address such as"),
        ({"REDIS_URL": "redis://h:port"}, "redis.url: expected an address such as"),
        ({"SITE_ZONE": "Mars/Base"}, "site.zone: expected a zone such as Europe/Malta"),
        ({"SITE_ZONE": ""}, "site.zone: expected a zone such as Europe/Malta"),
        ({"DEMO_MAX_AMOUNT": "1"}, "demo.default_amount: more than demo.max_amount (1)"),
        ({"GATEWAY_SLOW_PEAK_BYTES": "2000000"}, "slow_peak_bytes: more than gateway.out_queue"),
        ({"GATEWAY_FRAMES_BURST": "1"}, "frames_burst: less than gateway.max_in_flight (32)"),
        ({"GAMES_MINIMUM_RETURN": "101 %"}, "games.minimum_return: 101 % is more than 100 %"),
        ({"GAMES_MINIMUM_RETURN": "1.01"}, "games.minimum_return: 1.01 is more than 100 %"),
        ({"GAMES_MINIMUM_RETURN": "much"}, "games.minimum_return: expected a share as a string"),
        (
            {"GAMES_MIN_STAKE": "EUR=5", "GAMES_MAX_STAKE": "EUR=4"},
            "games.min_stake: EUR is more than games.max_stake",
        ),
        ({"GAMES_RETURNS": "crsh=0.97"}, "games.returns: crsh is no game whose return can be set;"),
        ({"GAMES_RETURNS": "crsh=0.97"}, "did you mean crash?"),
        ({"GAMES_RETURNS": "slot=0.97"}, "those are crash, dice, hi-lo, limbo, mines, plinko"),
        ({"GAMES_RETURNS": "dice=0.8"}, "games.returns: dice = '0.8': less than 90 %, the least"),
        ({"GAMES_RETURNS": "dice=101%"}, "dice = '101%': more than 100 %, so players would win"),
        ({"GAMES_RETURNS": "mines=0.97001"}, "mines = '0.97001': a return is a whole number of"),
        ({"GAMES_RETURNS": "hi-lo=36/37"}, "as a version's number holds it; the nearest is 0.9730"),
        ({"GAMES_RETURNS": "limbo=much"}, "limbo = 'much' is no return; a share is written"),
        ({"GAMES_RETURNS": "limbo=1/0"}, "limbo = '1/0' is no return"),
        ({"GAMES_RETURNS": "limbo=0.9/1"}, "limbo = '0.9/1' is no return"),
    ],
)
def test_refused_in_every_mode(variables: dict[str, str], message: str) -> None:
    """Values that cannot work are refused, naming the setting."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(None, {f"CROUPIER_{name}": value for name, value in variables.items()})


@pytest.mark.parametrize("text", ["0.85", "85 %", "85%", "85.0 %"])
def test_a_share_may_be_written_in_two_ways(text: str) -> None:
    """As a decimal, or per cent."""
    games = load(None, {"CROUPIER_GAMES_MINIMUM_RETURN": text}).games

    assert games.return_floor == Fraction(17, 20)


@pytest.mark.parametrize("text", ["0.97", "97 %", "97.00%", "97/100", "0.970000000"])
def test_a_return_is_taken_exactly(text: str) -> None:
    """As a decimal, per cent or as a fraction; no floating point is between."""
    games = load(None, {"CROUPIER_GAMES_RETURNS": f"crash={text}, hi-lo=1"}).games

    assert games.chosen_returns == {"crash": Fraction(97, 100), "hi-lo": Fraction(1)}


def test_a_return_stands_in_quotes(tmp_path: Path) -> None:
    """A number of TOML may be in floating point already, so it is refused, with how to write it."""
    file = tmp_path / "casino.toml"
    file.write_text("[games.returns]\ncrash = 0.97\n")

    with pytest.raises(ConfigError, match=r"games.returns: expected returns as strings by game"):
        load(file, {})
    file.write_text('[games.returns]\ncrash = "0.97"\n')
    assert load(file, {}).games.chosen_returns == {"crash": Fraction(97, 100)}


def test_several_database_hosts_are_accepted() -> None:
    """An address may name a primary and its standbys."""
    url = "postgresql://u@h1:5432,h2:5432/croupier"

    assert load(None, {"CROUPIER_DATABASE_URL": url}).database.url == url


def test_production_turns_play_off_by_itself() -> None:
    """In production, play money and sandboxes are off unless they are asked for."""
    loaded = load_with_origins(None, PRODUCTION)

    assert not loaded.settings.demo.enabled
    assert not loaded.settings.games.player_advantage
    assert not loaded.settings.sandboxes
    assert loaded.origins["demo.enabled"] == "default in production"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"CROUPIER_DEMO_ENABLED": "true"}, "production refuses play-money accounts"),
        ({"CROUPIER_SANDBOXES": "true"}, "production refuses sandboxes"),
        ({"CROUPIER_JURISDICTION": "demo"}, 'production refuses the jurisdiction "demo"'),
        ({"CROUPIER_FAIRNESS_KEY_FILE": ""}, "production refuses a generated key"),
        ({"CROUPIER_IDENTITY_ARGON2_MEMORY_KIB": "19455"}, "production refuses less than 19456"),
        ({"CROUPIER_IDENTITY_ARGON2_PASSES": "1"}, "production refuses less than 2"),
    ],
)
def test_production_refuses(variables: dict[str, str], message: str) -> None:
    """Production refuses what has no place beside real money, and development allows it."""
    with pytest.raises(ConfigError, match=message):
        load(None, PRODUCTION | variables)
    load(None, PRODUCTION | variables | {"CROUPIER_MODE": "development"})
