"""Rounds of slot machines that the browser's tests play again reach what the engine has."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, get_args

import pytest

from games.catalogue import standard
from games.slots.engine import Slot
from games.slots.events import Event
from tests.protocol.schema.fair_edges import edges_text
from tests.protocol.schema.fair_laws import shipped
from tests.protocol.schema.fair_rounds import rounds_text
from tests.protocol.schema.fair_spins import SPINS_FILE, machines as spun_machines, spins_text

_EVENTS = {str(each.__struct_config__.tag) for each in get_args(Event)}


def test_spins_are_current() -> None:
    """The hashes of the rounds of many machines are those of the live rules."""
    if not SPINS_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert SPINS_FILE.read_text(encoding="utf-8") == spins_text(), (
        "run `python -m tests.protocol.schema.fair_spins`"
    )


def test_rounds_reach_every_feature() -> None:
    """Slot machines tell every event in them but the offer of a gamble, with which none ends."""
    names = {game.name for game in standard().versions() if isinstance(game, Slot)}
    told = {
        each["event"]
        for played in _rounds()
        if played["game"] in names
        for each in played["outcome"]["events"]
    }

    assert told == _EVENTS - {"gamble_offered"}


def test_rounds_reach_the_ends_of_features() -> None:
    """Free games win more up to the cap, coins fill the screen, wilds stay on three reels."""
    assert _most("slot", "reveal") == 1 + 50
    assert _most("tidewater", "free_games_won") == 1 + 3
    assert max(len(each["positions"]) for each in _told("winter-crown", "wilds_held")) == 9
    assert any(each["full"] for each in _told("ember-hoard", "respins_paid"))
    assert _most("ember-hoard", "respin") == 23
    assert _most("dandelion-clock", "cascade") == 8
    assert {each.get("multiplier") for each in _told("copper-bell", "line_win")} > {2, 8}


@pytest.mark.parametrize("version", [1, 2])
def test_rounds_decide_to_the_end(version: int) -> None:
    """A bonus is picked to its end and cut short; gambles are won to both limits, and lost."""
    ends = set()
    for events in _outcomes("market-day", version):
        picked = [bool(each["payout"]) for each in events if each["event"] == "picked"]
        gambled = [bool(each["payout"]) for each in events if each["event"] == "gambled"]
        ends |= {(tuple(picked), tuple(gambled)), (tuple(picked), ()), ((), tuple(gambled))}

    assert ends >= {((True,) * 4, ()), ((False,), ())}
    platforms = [
        [platform for _, platform in each["decisions"]] for each in _of("market-day", version)
    ]
    assert [1] * 5 in platforms, "four places and the win that is collected"
    assert ends >= {((), (True,) * 5), ((), (True,) * 4), ((), (True, True, False))}


def test_edges_reach_the_caps() -> None:
    """Free games go to the cap of every machine that has them, and respins fill every screen."""
    capped: dict[str, int] = {}
    for each in map(json.loads, edges_text().splitlines()):
        game = shipped(each["game"])
        if isinstance(game, Slot) and game.machine.free_games and each["end"]:
            games = sum("free_game" in event for event in each["end"]["outcome"]["events"])
            left = game.machine.free_games.cap - games
            capped[game.name] = min(left, capped.get(game.name, left))

    assert capped == {"slot": 0, "tidewater": 0, "winter-crown": 0}


def test_made_machines_have_every_feature() -> None:
    """Among the machines whose rounds are hashed each feature is in several; all levels are bet."""
    found: Counter[str] = Counter()
    parts: dict[str, object] = {}
    for game, rounds in spun_machines():
        machine = game.machine
        assert rounds >= len(machine.stakes)
        free = machine.free_games
        parts = {
            "ways": machine.ways,
            "cascades": machine.cascades,
            "ways and cascades": machine.ways and machine.cascades,
            "groups": any(pay.name not in machine.symbols for pay in machine.pays),
            "weights": any(set(weights) != {1} for weights in machine.reels.weights),
            "uneven rows": len(set(machine.reel_rows)) > 1,
            "multiplying wilds": any(wild.multiplier > 1 for wild in machine.wilds),
            "two wilds": len(machine.wilds) > 1,
            "expanding wilds": any(wild.expands for wild in machine.wilds),
            "wilds that expand in free games": any(
                wild.expands_free > wild.expands for wild in machine.wilds
            ),
            "free games": free,
            "free games without more": free and not any(free.retrigger_awards),
            "strips of their own": free and free.reels != machine.reels,
            "sticky wilds": free and free.sticky,
            "respins": machine.respins,
            "respins and free games": machine.respins and free,
            "pick": machine.pick,
            "gamble": machine.gamble,
            "pick and gamble": machine.pick and machine.gamble,
        }
        found.update(name for name, part in parts.items() if part)

    assert {name for name in parts if found[name] < 2} == set()


def _outcomes(name: str, version: int = 1) -> list[list[dict[str, Any]]]:
    """Return the events of each shared round of a machine."""
    return [each["outcome"]["events"] for each in _of(name, version)]


def _of(name: str, version: int = 1) -> list[dict[str, Any]]:
    return [each for each in _rounds() if (each["game"], each["version"]) == (name, version)]


def _told(name: str, kind: str) -> list[dict[str, Any]]:
    return [each for events in _outcomes(name) for each in events if each["event"] == kind]


def _most(name: str, kind: str) -> int:
    """Return how many events of a kind the round has that has most of them."""
    kinds = [[each["event"] for each in events] for events in _outcomes(name)]
    return max(each.count(kind) for each in kinds)


def _rounds() -> list[dict[str, Any]]:
    return [json.loads(line) for line in rounds_text().splitlines()[1:]]
