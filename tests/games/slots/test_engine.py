"""Bets, rounds and views of a slot."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from games.game import StakeLimits
from games.slots.engine import Slot, SlotBets
from games.slots.events import FreeGamesWon, LineWin, Reveal, ScatterWin, Total
from games.slots.rounds import SlotRound
from protocol.errors import ErrorCode, Refused
from tests.games.scripts import Script, seeded
from tests.games.slots.machines import machine, shipped

SLOT = shipped()
LIMITS = StakeLimits(1, 10**9)


def lamps(*reels: int) -> list[int]:
    """Return stops that show a lamp on these reels (from 1), and nothing like one elsewhere."""
    stops = []
    for number, strip in enumerate(SLOT.machine.reels.strips, 1):
        stop = strip.index("lamp")
        stops.append(stop if number in reels else (stop + 5) % len(strip))
    return stops


def play(words: list[int], stake: int = 20) -> tuple[SlotRound, Script]:
    """Play a scripted round."""
    script = Script(words)
    return SLOT.open([SlotBets(stake)], script), script


@pytest.mark.parametrize(
    ("stake", "code"),
    [
        (20.0, ErrorCode.STAKE_NOT_WHOLE),
        (20.5, ErrorCode.STAKE_NOT_WHOLE),
        (21, ErrorCode.STAKE_NOT_WHOLE),
        (999, ErrorCode.STAKE_NOT_WHOLE),
        (60, ErrorCode.BET_INVALID),
        (9_980, ErrorCode.BET_INVALID),
        (19, ErrorCode.STAKE_BELOW),
        (1, ErrorCode.STAKE_BELOW),
        (0, ErrorCode.STAKE_BELOW),
        (-20, ErrorCode.STAKE_BELOW),
        (10_001, ErrorCode.STAKE_ABOVE),
        (10_020, ErrorCode.STAKE_ABOVE),
        (2**53 - 1, ErrorCode.STAKE_ABOVE),
    ],
)
def test_stakes_that_are_no_bet_level(stake: int | float, code: ErrorCode) -> None:  # noqa: PYI041
    """Each kind of wrong stake has its own refusal."""
    with pytest.raises(Refused) as refused:
        SLOT.stake(SlotBets(stake), LIMITS)

    assert refused.value.code is code


def test_a_table_can_narrow_the_levels() -> None:
    """The limits of a table hold within those of the machine, and the refusal names the bound."""
    assert SLOT.stake(SlotBets(100), StakeLimits(100, 100)) == 100
    for stake, code, details in [
        (40, ErrorCode.STAKE_BELOW, {"minimum": 100}),
        (200, ErrorCode.STAKE_ABOVE, {"maximum": 100}),
    ]:
        with pytest.raises(Refused) as refused:
            SLOT.stake(SlotBets(stake), StakeLimits(100, 100))
        assert (refused.value.code, refused.value.details) == (code, details)


def test_body_on_the_wire() -> None:
    """The bets body is `{"stake": total}`."""
    assert msgspec.json.decode(b'{"stake": 40}', type=SLOT.bets_type) == SlotBets(40)


def test_a_spin_without_a_win_is_short() -> None:
    """A reveal and the total, in some 170 bytes of MessagePack at most."""
    sizes = []
    for draws in seeded("short", 500):
        view = SLOT.view(SLOT.open([SlotBets(20)], draws), 0)
        if view.payout == 0:
            sizes.append(len(msgspec.msgpack.encode(view)))
            assert [type(event) for event in view.events] == [Reveal, Total]
            assert view.summary == "No win"

    assert len(sizes) > 250
    assert sum(sizes) / len(sizes) < 175


def test_a_line_win_is_told() -> None:
    """The event names line, symbol, run, payout and cells; amounts follow the line bet."""
    tops = [strip.index("fern") for strip in SLOT.machine.reels.strips]
    state, script = play(tops, stake=200)
    view = SLOT.view(state, 0)
    wins = {event.line: event for event in view.events if isinstance(event, LineWin)}

    assert script.used == [5]
    assert wins[2] == LineWin(2, "fern", 5, 900, (0, 3, 6, 9, 12))
    assert view.payout == sum(win.payout for win in wins.values())
    assert view.events[-1] == Total(view.payout)
    assert view.summary == "1 line win"


def test_three_scatters_pay_and_win_free_games() -> None:
    """Scatters pay in total stakes and open the free games, which follow as reveals."""
    still = lamps()
    state, script = play([*lamps(1, 3, 5), *still * 10], stake=40)
    view = SLOT.view(state, 0)
    kinds = [type(event) for event in view.events]
    scatter = next(event for event in view.events if isinstance(event, ScatterWin))
    won = next(event for event in view.events if isinstance(event, FreeGamesWon))
    reveals = [event for event in view.events if isinstance(event, Reveal)]

    assert (scatter.symbol, scatter.count, scatter.payout) == ("lamp", 3, 120)
    assert scatter.positions == won.positions == (0, 6, 12)
    assert (won.count, won.left, won.multiplier) == (10, 10, 2)
    assert kinds.index(ScatterWin) < kinds.index(FreeGamesWon)
    assert [reveal.free_game for reveal in reveals] == list(range(11))
    assert script.used == [55]
    assert "3 scatters" in view.summary
    assert "10 lamplit flights" in view.summary


def test_free_games_are_multiplied_and_retriggered() -> None:
    """Pays of a free game count twice, scatter pays too, and scatters in it add games."""
    still = lamps()
    words = [*lamps(1, 3, 5), *still * 4, *lamps(1, 2, 3, 4), *still * 20]
    view = SLOT.view(play(words)[0], 0)
    won = [event for event in view.events if isinstance(event, FreeGamesWon)]
    pays = [event.payout for event in view.events if isinstance(event, ScatterWin)]

    assert [(event.count, event.left) for event in won] == [(10, 10), (15, 20)]
    assert pays == [3 * 20, 2 * 15 * 20]
    assert sum(isinstance(event, Reveal) for event in view.events) == 26


def test_the_cap_cuts_an_award() -> None:
    """A round has 50 free games at most: the last award is what is left, then nothing is told."""
    five, still = lamps(1, 2, 3, 4, 5), lamps()
    view = SLOT.view(play([*five, *five * 3, *still * 47])[0], 0)
    won = [event for event in view.events if isinstance(event, FreeGamesWon)]

    assert [(event.count, event.left) for event in won] == [(20, 20), (20, 39), (10, 48)]


def test_events_add_up() -> None:
    """The pays that are told make the total, for every kind of round."""
    free = 0
    for draws in seeded("sum", 3_000):
        state = SLOT.open([SlotBets(100)], draws)
        view = SLOT.view(state, None)
        pays = [event.payout for event in view.events if isinstance(event, LineWin | ScatterWin)]
        free += bool(state.free_games)

        assert sum(pays) == view.payout == state.payouts[0]
        assert view.events[-1] == Total(view.payout)

    assert free > 20


def test_payout_is_proportional_to_the_stake() -> None:
    """Twice the stake, twice the payout, the same events."""
    for draws in seeded("proportional", 300):
        one = SLOT.open([SlotBets(20)], draws)
        ten = SLOT.open([SlotBets(200)], draws)

        assert ten.payouts[0] == 10 * (one.payouts[0] or 0)
        assert (ten.spin, ten.free_games) == (one.spin, one.free_games)


def test_worst_round_keeps_the_declared_bounds() -> None:
    """The cap reached, rich windows, the highest stake: draws, payout and reply keep the bounds."""
    five = lamps(1, 2, 3, 4, 5)
    rich = richest_stops()
    cap = 50
    state, script = play([*five, *five * 2, *rich * (cap - 2)], stake=10_000)
    view = SLOT.view(state, 0)

    assert len(state.free_games) == cap
    assert script.used == [SLOT.maximum_draws] == [5 * 51]
    assert view.payout is not None
    assert view.payout <= SLOT.maximum_payout_factor * 10_000
    assert view.payout > SLOT.maximum_payout_factor * 10_000 // 3
    assert len(msgspec.msgpack.encode(view)) <= SLOT.maximum_reply_bytes
    assert len(msgspec.msgpack.encode(view)) > SLOT.maximum_reply_bytes // 3


def richest_stops() -> list[int]:
    """Return stops with a high pay: moons and atlas moths as near the middle as they come."""
    highest = -1
    near = []
    for strip in SLOT.machine.reels.strips:
        rich = {
            (place - row) % len(strip)
            for place, symbol in enumerate(strip)
            for row in range(3)
            if symbol in {"atlas", "moon"}
        }
        near.append(sorted(rich))
    best = [stops[0] for stops in near]
    for _ in range(3):
        for reel, stops in enumerate(near):
            for stop in stops:
                tried = [*best[:reel], stop, *best[reel + 1 :]]
                amount = SLOT._player._reels.at(tuple(tried)).amount
                if amount > highest:
                    highest, best = amount, tried
    return best


@pytest.mark.parametrize("name", ["classic_sevens", "lobstermania", "tiny"])
def test_other_machines_run(name: str) -> None:
    """Other reels, rows, lines, weights; without wild, scatter or free games too."""
    slot = Slot(machine(name))
    stake = slot.machine.stakes[0]
    total = 0
    for draws in seeded(name, 500):
        state = slot.open([SlotBets(stake)], draws)
        view = slot.view(state, 0)
        assert view.payout is not None
        total += view.payout

        assert len(msgspec.msgpack.encode(view)) <= slot.maximum_reply_bytes
        assert view.payout <= slot.maximum_payout_factor * stake

    assert total > 0


def test_description_speaks_of_this_machine() -> None:
    """Help and pay table are made from the file."""
    description: Any = SLOT.describe()

    assert description.stakes == SLOT.machine.stakes
    assert ("Atlas moth x 5", "2,000 times the line bet") in description.paytable
    assert "Full moon stands in for Atlas moth" in description.help
    assert description is SLOT.describe()


def test_digest_pins_the_file() -> None:
    """Another pay or another comment is another digest."""
    digests = {
        Slot(machine("tiny")).digest,
        Slot(machine("tiny", ("b = { 3 = 4 }", "b = { 3 = 5 }"))).digest,
        Slot(machine("tiny", ("# A machine small", "# A machine tiny"))).digest,
    }

    assert len(digests) == 3
