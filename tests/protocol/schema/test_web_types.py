"""What the browser's packages hold in generated files is what this program says today."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from games.catalogue import standard
from games.craps.rules import MAXIMUM_ROLLS
from games.instant.hi_lo import MAXIMUM_STEPS
from games.instant.mines import TILES
from games.slots.engine import Slot
from games.slots.events import Event
from protocol.schema import typescript
from server.published import publish_catalogue
from tests.protocol.schema.fair_edges import EDGES_FILE, edges_text
from tests.protocol.schema.fair_laws import LAWS_FILE, laws, shipped
from tests.protocol.schema.fair_rounds import ROUNDS_FILE, rounds_text
from tests.protocol.schema.fair_rules import RULES_FILE, rules
from tests.protocol.schema.fair_spins import SPINS_FILE, machines as spun_machines, spins_text

_EVENTS = {str(each.__struct_config__.tag) for each in get_args(Event)}
WEB = Path(__file__).parents[3] / "web" / "packages"
TYPES = WEB / "protocol" / "src" / "generated.ts"


def test_types_are_current() -> None:
    """`croupier asyncapi --typescript` prints the committed types."""
    if not TYPES.exists():
        pytest.skip("the browser's packages are not here")

    assert TYPES.read_text(encoding="utf-8") == typescript(publish_catalogue(standard())), (
        "run `croupier asyncapi --typescript > web/packages/protocol/src/generated.ts`"
    )


def test_rules_are_current() -> None:
    """The verifier in the browser knows the digests and machines that ship."""
    if not RULES_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert json.loads(RULES_FILE.read_text(encoding="utf-8")) == rules(), (
        "run `python -m tests.protocol.schema.fair_rules` and `npm run format` in web"
    )


def test_rounds_are_current() -> None:
    """The rounds that the verifier's tests play again are what the live rules play today."""
    if not ROUNDS_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert ROUNDS_FILE.read_text(encoding="utf-8") == rounds_text(), (
        "run `python -m tests.protocol.schema.fair_rounds`"
    )


def test_laws_are_current() -> None:
    """The hashes of every bet on every draw are those of the live rules (standards B4)."""
    if not LAWS_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert json.loads(LAWS_FILE.read_text(encoding="utf-8")) == laws(), (
        "run `python -m tests.protocol.schema.fair_laws` and `npm run format` in web"
    )


def test_edges_are_current() -> None:
    """What the rules say at the edges of what they allow is what the file says."""
    if not EDGES_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert EDGES_FILE.read_text(encoding="utf-8") == edges_text(), (
        "run `python -m tests.protocol.schema.fair_edges`"
    )


def test_spins_are_current() -> None:
    """The hashes of the rounds of many machines are those of the live rules."""
    if not SPINS_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert SPINS_FILE.read_text(encoding="utf-8") == spins_text(), (
        "run `python -m tests.protocol.schema.fair_spins`"
    )


def test_rounds_make_every_bet() -> None:
    """Every bet of every layout is made in the shared rounds, and every decision taken."""
    rounds = _rounds()
    for game in standard().versions():
        played = [each for each in rounds if each["game"] == game.name]
        made = {bet["bet"] for each in played for bet in each["bets"].get("bets", ())}
        description = game.describe()
        # A round of mines has one bet, so its 24 are not all made.
        if game.name != "mines" and played:
            assert {choice.bet for choice in description.choices} <= made, game.name
        taken = {_kind(action) for each in played for action, _ in each["decisions"]}
        assert not played or {_kind(action) for action in description.actions} <= taken, game.name


def _rounds() -> list[dict[str, Any]]:
    return [json.loads(line) for line in rounds_text().splitlines()[1:]]


def _kind(action: str) -> str:
    """Return a decision without its amount, its tile or its point."""
    return action.rstrip("-0123456789")


def test_rounds_reach_the_limits() -> None:
    """Among them are a long round of craps, hi-lo to its end, and fields of mines cleared."""
    rounds = _rounds()
    outcomes = {
        name: [each["outcome"] for each in rounds if each["game"] == name]
        for name in ("craps", "hi-lo", "mines")
    }

    assert max(len(outcome["rolls"]) for outcome in outcomes["craps"]) > MAXIMUM_ROLLS
    assert max(len(outcome["decisions"]) for outcome in outcomes["hi-lo"]) == MAXIMUM_STEPS
    assert "9496.32" in {outcome["multiplier"] for outcome in outcomes["hi-lo"]}
    cleared = {o["mines"] for o in outcomes["mines"] if o["mines"] + len(o["revealed"]) == TILES}
    assert cleared >= {1, 24}


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
