"""What the browser's packages hold in generated files is what this program says today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from games.casino_war import WarResult
from games.catalogue import standard
from games.craps.rules import MAXIMUM_ROLLS
from games.instant.hi_lo import MAXIMUM_STEPS
from games.instant.mines import TILES
from games.three_card_poker.hands import Category, category_of, score
from games.video_poker.machines import MACHINES
from protocol.schema import typescript
from server.published import publish_catalogue
from tests.protocol.schema.fair_deals import DEALS_FILE, deals
from tests.protocol.schema.fair_edges import EDGES_FILE, edges_text
from tests.protocol.schema.fair_laws import LAWS_FILE, laws
from tests.protocol.schema.fair_live import LIVE_FILE, live_text
from tests.protocol.schema.fair_returns import RETURNS_FILE, returns
from tests.protocol.schema.fair_rounds import ROUNDS_FILE, rounds_text
from tests.protocol.schema.fair_rules import RULES_FILE, rules

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


def test_live_rounds_are_current() -> None:
    """The browser's verifier is held against rounds of live tables as the rules play them."""
    if not LIVE_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert LIVE_FILE.read_text(encoding="utf-8") == live_text(), (
        "run `python -m tests.protocol.schema.fair_live`"
    )


def test_returns_are_current() -> None:
    """What the verifier makes of a chosen return is compared with what the games make of it."""
    if not RETURNS_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert json.loads(RETURNS_FILE.read_text(encoding="utf-8")) == returns(), (
        "run `python -m tests.protocol.schema.fair_returns` and `npm run format` in web"
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


def test_deals_are_current() -> None:
    """The hashes of every kind of deal at the card tables are those of the live rules."""
    if not DEALS_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert json.loads(DEALS_FILE.read_text(encoding="utf-8")) == deals(), (
        "run `python -m tests.protocol.schema.fair_deals`"
    )


def test_edges_make_every_hand() -> None:
    """Among them are every row of every machine, and all that decides the other card games."""
    ends: dict[str, list[dict[str, Any]]] = {}
    for edge in map(json.loads, edges_text().splitlines()):
        if edge["end"] is not None:
            ends.setdefault(edge["game"], []).append(edge["end"]["outcome"])

    for machine in MACHINES:
        made = {end["row"] for end in ends[machine.name]}
        assert made == {row.value for row in machine.rows} | {"nothing"}, machine.name
    for game in ("baccarat", "baccarat-nine-to-one"):
        coups = {(end["result"], len(end["player"]), len(end["banker"])) for end in ends[game]}
        assert {(cards, more) for _, cards, more in coups} == {(2, 2), (2, 3), (3, 2), (3, 3)}
        assert {result for result, _, _ in coups} == {"banker", "player", "tie"}
        assert {True, False} == {end["banker_pair"] and end["player_pair"] for end in ends[game]}
    results = {result.value for result in WarResult} - {"undecided"}
    assert {end["result"] for end in ends["casino-war"]} == results
    for game in ("three-card-poker", "three-card-poker-flush-four"):
        assert {category_of(score(end["player"])) for end in ends[game]} == set(Category)
        assert {end["qualifies"] for end in ends[game]} == {True, False}
        assert {end["decision"] for end in ends[game]} == {"play", "fold", None}


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
