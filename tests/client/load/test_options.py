"""Tests of `client.load.options`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from client.load.options import LoadError, LoadOptions, assign, parse_mix, refuse_stranger

HTTP = "http://127.0.0.1:8080"


def options(**changes: Any) -> LoadOptions:
    """Return small valid options with some changed."""
    base: dict[str, Any] = {"http": HTTP, "players": 4, "seconds": 1.0, "mix": {"slot": 1}}
    return LoadOptions(**{**base, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"players": 0},
        {"players": 20_001},
        {"seconds": 0.0},
        {"seconds": 86_401.0},
        {"rate": 0.0},
        {"rate": 200_001.0},
        {"rate": 5.0, "think_ms": 1.0},
        {"think_ms": -1.0},
        {"ramp_s": -1.0},
        {"stake": 0},
        {"mix": {}},
        {"http": "ws://127.0.0.1:8081"},
        {"seconds": float("nan")},
    ],
)
def test_what_is_out_of_bounds_is_refused(changes: dict[str, Any]) -> None:
    """A run is bounded in players, rate and time before anything is sent."""
    with pytest.raises(LoadError):
        options(**changes)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:80", "http://localhost:80"]
)
def test_this_machine_may_be_driven(url: str) -> None:
    """Loopback needs no leave."""
    refuse_stranger(url, ())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "http://",
        "http://127.0.0.1@example.com/",
    ],
)
def test_no_other_machine_is_driven_unasked(url: str) -> None:
    """A typing error must not become an attack on somebody's server."""
    with pytest.raises(LoadError, match="--allow-host"):
        options(http=url)


def test_an_allowed_host_is_driven() -> None:
    """By name, and that name alone."""
    options(http="https://casino.example", allow_hosts=("casino.example",))
    with pytest.raises(LoadError):
        options(http="https://other.example", allow_hosts=("casino.example",))


def test_a_mix_is_read() -> None:
    """Weights default to one."""
    assert parse_mix("slot=6, roulette=3,blackjack") == {"slot": 6, "roulette": 3, "blackjack": 1}


@pytest.mark.parametrize("text", ["", "slot=", "slot=0", "slot=x", "=3", "slot=1,slot=2", "a=-1"])
def test_a_wrong_mix_is_refused(text: str) -> None:
    """With a line that shows how to write it."""
    if text == "slot=":
        assert parse_mix(text) == {"slot": 1}
        return
    with pytest.raises(LoadError, match="--mix"):
        parse_mix(text)


@pytest.mark.parametrize("players", [1, 2, 7, 10, 64, 999])
def test_players_are_spread_by_weight(players: int) -> None:
    """No game is more than one player away from its share, and the first players are mixed."""
    mix = {"slot": 6, "roulette": 3, "blackjack": 1}
    games = Counter(assign(players, mix))
    for game, weight in mix.items():
        assert abs(games[game] - players * weight / 10) <= 1

    assert sum(games.values()) == players


def test_players_are_funded_for_the_run() -> None:
    """Longer runs and higher stakes need more, within what servers grant."""
    short = int(options().opening_amount())
    assert short >= 1_000
    assert int(options(seconds=600.0, players=64).opening_amount()) > short
    assert int(options(seconds=86_400.0).opening_amount()) == 1_000_000
    assert options(amount="7.50").opening_amount() == "7.50"
    yen = int(options(currency="JPY", players=500, seconds=10.0).opening_amount())
    assert yen == 100 * int(options(players=500, seconds=10.0).opening_amount()) or yen == 1_000_000


def test_open_loop_players_are_funded_by_the_rate() -> None:
    """A slow rate needs little."""
    assert int(options(rate=1.0, seconds=10.0).opening_amount()) == 1_000
    assert int(options(rate=1_000.0, seconds=60.0).opening_amount()) > 1_000
