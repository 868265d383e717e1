"""Craps under the contract: random rounds, replays, refusals, bounds and the exact law."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games.chips import Chip, Chips
from games.craps import CrapsDecision, bets as layout
from games.craps.bets import MULTIPLES, CrapsStatus
from games.craps.rules import MAXIMUM_ROLLS, State
from games.entropy import Draws
from games.game import RoundKind, StakeForm, StakeLimits, replay
from protocol.errors import ErrorCode, Refused
from tests.games.craps.tables import GAME, ROLL, act, chips, open_round
from tests.games.laws import check, fits
from tests.games.scripts import chi_square, chi_square_limit, seeded

LIMITS = StakeLimits(1, 1_000_000)
SEEDS = st.binary(min_size=32, max_size=32)
BETS = st.lists(
    st.tuples(st.sampled_from(list(MULTIPLES)), st.integers(1, 10**6)),
    min_size=1,
    max_size=19,
    unique_by=lambda bet: bet[0],
).map(lambda chosen: Chips(tuple(Chip(bet, 30 * stake) for bet, stake in chosen)))
WORDS = st.one_of(
    st.sampled_from(["roll", "stand", "", "odds", "come-0"]),
    st.builds("{}-{}".format, st.sampled_from(["come", "dont-come"]), st.integers(0, 10**8)),
    st.builds(
        "odds-{}{}-{}".format,
        st.sampled_from(["pass", "dont-pass", "come", "dont-come", "place"]),
        st.sampled_from(["", "-4", "-5", "-6", "-8", "-9", "-10", "-7"]),
        st.integers(0, 10**8),
    ),
    st.text(max_size=20),
)


def legal(state: State) -> list[str]:
    """Return the actions that the seat's view lists."""
    return [option.action for option in GAME.view(state, 0).options]


@given(seed=SEEDS, bets=BETS, choices=st.lists(st.integers(0, 30), max_size=80))
@settings(max_examples=150, deadline=None)
def test_random_rounds_keep_every_bound(seed: bytes, bets: Chips, choices: list[int]) -> None:
    """Prices add up to stakes, bets to payouts; draws, payout and reply stay within the bounds."""
    state = GAME.open([bets], Draws(seed, []))
    staked = GAME.stake(bets, StakeLimits(1, 2**53))
    decisions: list[tuple[int, CrapsDecision]] = []
    while not state.finished:
        assert state.payouts == (None,)
        options = GAME.view(state, 0).options
        choice = choices[len(decisions)] if len(decisions) < len(choices) else 0
        option = options[choice % len(options)]
        decision = CrapsDecision(option.action)
        price = GAME.price(state, 0, decision)
        assert price == option.stake
        staked += price
        state = GAME.decide(state, 0, decision)
        decisions.append((0, decision))
        assert state.stakes == (staked,)
        assert len(msgspec.msgpack.encode(GAME.view(state, 0))) <= GAME.maximum_reply_bytes
    payout = state.payouts[0]
    assert payout == sum(wager.payout for wager in state.wagers)
    assert payout is not None
    assert 0 <= payout <= GAME.maximum_payout_factor * staked
    assert 2 * min(len(state.rolls), MAXIMUM_ROLLS) <= GAME.maximum_draws
    assert all(wager.status is not CrapsStatus.STANDING for wager in state.wagers)
    again = replay(GAME, [bets], decisions, Draws(seed, []))
    assert GAME.view(again, 0) == GAME.view(state, 0)  # type: ignore[arg-type]


@given(
    seed=SEEDS,
    bets=BETS,
    choices=st.lists(st.integers(0, 30), max_size=12),
    words=st.lists(WORDS, min_size=1, max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_illegal_decisions_change_nothing(
    seed: bytes, bets: Chips, choices: list[int], words: list[str]
) -> None:
    """In any state a decision is priced or refused as forbidden, and the state stays the same."""
    state = GAME.open([bets], Draws(seed, []))
    for choice in choices:
        if state.finished:
            break
        options = legal(state)
        state = act(state, options[choice % len(options)])
    before = msgspec.msgpack.encode(GAME.view(state, 0)), state.draws.words_used
    for word in words:
        try:
            price = GAME.price(state, 0, CrapsDecision(word))
        except Refused as refused:
            code: ErrorCode | None = refused.code
        else:
            code = None
            assert (price == 0) == (word == "roll")
            assert word.endswith(str(price)) or word == "roll"
            after = GAME.decide(state, 0, CrapsDecision(word))
            assert after.stakes[0] == state.stakes[0] + price
        assert code in {None, ErrorCode.DECISION_FORBIDDEN}
        assert (msgspec.msgpack.encode(GAME.view(state, 0)), state.draws.words_used) == before


@given(seed=SEEDS, bets=BETS, choices=st.lists(st.integers(0, 30), max_size=12))
@settings(max_examples=60, deadline=None)
def test_replay_of_every_beginning(seed: bytes, bets: Chips, choices: list[int]) -> None:
    """A round played again from its inputs is the same after each decision."""
    state = GAME.open([bets], Draws(seed, [b"x"]))
    decisions: list[tuple[int, CrapsDecision]] = []
    for choice in [*choices, 0]:
        again: Any = replay(GAME, [bets], decisions, Draws(seed, [b"x"]))
        assert GAME.view(again, 0) == GAME.view(state, 0)
        assert again.draws.words_used == state.draws.words_used
        if state.finished:
            break
        options = legal(state)
        decisions.append((0, CrapsDecision(options[choice % len(options)])))
        state = GAME.decide(state, *decisions[-1])


def simulate(names: list[str], rounds: int, name: str) -> dict[str, Counter[Fraction]]:
    """Return the net results of each bet over live rounds that take all of them at once."""
    body = [Chips(tuple(Chip(bet, 30) for bet in names))]
    results: dict[str, Counter[int]] = {bet: Counter() for bet in names}
    for draws in seeded(name, rounds):
        state = GAME.open(body, draws)
        while not state.finished:
            state = GAME.decide(state, 0, GAME.advise(GAME.view(state, None)))
        for wager in state.wagers:
            results[wager.bet][wager.payout] += 1
    return {
        bet: Counter({Fraction(back - 30, 30): count for back, count in counts.items()})
        for bet, counts in results.items()
    }


def check_rounds(rounds: int) -> None:
    """Fail unless that many live rounds fit the exact law of every bet."""
    results = simulate(list(MULTIPLES), rounds, f"law of craps, {rounds} rounds")
    for entry in GAME.bet_returns():
        check(entry, results[entry.bet])


def test_rounds_follow_the_exact_law() -> None:
    """Live rounds fit every bet's law: |z| at most 4 for the mean, chi-square for the rest."""
    check_rounds(20_000)


@pytest.mark.math
def test_many_rounds_follow_the_exact_law() -> None:
    """The same over twenty times as many."""
    check_rounds(400_000)


def test_a_wrong_pay_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place bet that pays even money is seen by its rounds."""
    right = {entry.bet: entry for entry in GAME.bet_returns()}["place-10"]
    monkeypatch.setitem(layout.PLACE_PAYS, 10, (5, 5))

    assert not fits(right, simulate(["place-10"], 1_000, "a wrong pay")["place-10"])


def test_loaded_dice_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dice that show a seven in place of aces and boxcars are seen (A13)."""
    right = {entry.bet: entry for entry in GAME.bet_returns()}["any-7"]
    honest = layout.resolve

    def loaded(wager: Any, first: int, second: int) -> Any:
        return honest(wager, *((3, 4) if (first, second) in {(6, 6), (1, 1)} else (first, second)))

    monkeypatch.setattr("games.craps.rules.resolve", loaded)

    assert not fits(right, simulate(["any-7"], 6_000, "loaded dice")["any-7"])


def test_dice_are_uniform() -> None:
    """Rolls of live rounds pass chi-square over all 36 (A9, A12)."""
    body = [chips(**{"pass": 30})]
    rolls: Counter[tuple[int, int]] = Counter()
    for draws in seeded("dice", 10_000):
        state = GAME.open(body, draws)
        rolls[state.rolls[0]] += 1
        while not state.finished:
            state = GAME.decide(state, 0, ROLL)
            rolls[state.rolls[-1]] += 1
    expected = [rolls.total() / 36] * 36

    assert chi_square([rolls[dice] for dice in layout.DICE], expected) < chi_square_limit(35)


@pytest.mark.parametrize(
    ("bets", "code"),
    [
        (chips(come=100), ErrorCode.BET_INVALID),
        (chips(odds_pass=100), ErrorCode.BET_INVALID),
        (chips(place_7=100), ErrorCode.BET_INVALID),
        (Chips(()), ErrorCode.BET_INVALID),
        (Chips((Chip("pass", 10), Chip("pass", 10))), ErrorCode.BET_INVALID),
        (chips(place_6=100), ErrorCode.STAKE_NOT_WHOLE),
        (chips(place_4=36), ErrorCode.STAKE_NOT_WHOLE),
        (Chips((Chip("pass", 1.5),)), ErrorCode.STAKE_NOT_WHOLE),
        (chips(field=0), ErrorCode.STAKE_BELOW),
        (chips(field=600_000, hard_4=600_000), ErrorCode.STAKE_ABOVE),
    ],
)
def test_refused_bets(bets: Chips, code: ErrorCode) -> None:
    """Each has its own code."""
    with pytest.raises(Refused) as refused:
        GAME.stake(bets, LIMITS)

    assert refused.value.code is code


def test_another_seat_decides_nothing() -> None:
    """The table has one."""
    with pytest.raises(Refused) as refused:
        GAME.price(open_round(chips(**{"pass": 30}), (4, 4)), 1, ROLL)

    assert refused.value.code is ErrorCode.DECISION_FORBIDDEN


def test_the_platform_rolls() -> None:
    """It adds no stake, and its rolls end every round."""
    for draws in seeded("platform", 200):
        state = GAME.open([chips(**{"pass": 30, "hard_4": 30, "place_6": 30})], draws)
        while not state.finished:
            seat, decision = GAME.platform_decision(state)
            assert (seat, decision, GAME.price(state, seat, decision)) == (0, ROLL, 0)
            state = GAME.decide(state, seat, decision)
        assert state.stakes == (90,)


def test_samples_are_one_known_bet() -> None:
    """Each bet of the returns can be sampled, and no other."""
    for entry in GAME.bet_returns():
        assert GAME.stake(GAME.sample(entry.bet, 300), LIMITS) == 300
    with pytest.raises(ValueError, match="no bet named"):
        GAME.sample("come", 300)


def test_describes_the_game() -> None:
    """Stakes fit every bet, and the published return is that of the worst of them."""
    description = GAME.describe()

    assert (description.kind, description.stake_form) == (RoundKind.DECISIONS, StakeForm.LIST)
    assert description.returns.exact == f"{min(e.expected or 0 for e in GAME.bet_returns())}"
    for stake in description.stakes:
        for choice in description.choices:
            assert GAME.stake(GAME.sample(choice.bet, stake), LIMITS) == stake


def test_decisions_on_the_wire() -> None:
    """A decision is a map with one text, not longer than 64."""
    assert msgspec.json.decode(b'{"action":"odds-pass-600"}', type=CrapsDecision).action
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"action": "x" * 65}, CrapsDecision)
