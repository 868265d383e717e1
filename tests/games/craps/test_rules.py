"""The course of a round of craps."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest

from games.craps import rules
from games.craps.bets import DICE, MULTIPLES, CrapsStatus, CrapsWager
from games.craps.mathematics import payouts
from games.craps.rules import MAXIMUM_COMES, MAXIMUM_DRAWS, MAXIMUM_ROLLS, State
from games.entropy import Draws
from protocol.errors import ErrorCode, Refused
from tests.games.craps.tables import Stepping, Whole, act, chips, open_round, words
from tests.games.scripts import every_round

ACES = (1, 1)
"""A roll that leaves points, place bets and hardways as they are."""


def statuses(state: State) -> list[str]:
    """Return what has become of each bet."""
    return [wager.status.value for wager in state.wagers]


def refusal(state: State, action: str) -> str:
    """Return the words with which a decision is refused."""
    with pytest.raises(Refused) as refused:
        rules.read(state, action)
    assert refused.value.code is ErrorCode.DECISION_FORBIDDEN
    return refused.value.message


class TestRolls:
    """Bets are placed, and dice are thrown until all are decided."""

    def test_a_natural_ends_the_round_at_once(self) -> None:
        """The come-out roll is part of placing the bets."""
        state = open_round(chips(**{"pass": 100}), (3, 4))

        assert state.finished
        assert (state.stakes, state.payouts) == ((100,), (200,))
        assert state.rolls == ((3, 4),)

    def test_a_point_is_made(self) -> None:
        """The round goes on until the point or a seven."""
        state = open_round(chips(**{"pass": 100}), (4, 4), (6, 6), (2, 3), (6, 2))
        assert state.payouts == (None,)
        assert state.wagers[0].point == 8
        state = act(state, "roll", "roll")
        assert not state.finished
        state = act(state, "roll")

        assert state.payouts == (200,)
        assert state.rolls == ((4, 4), (6, 6), (2, 3), (6, 2))

    def test_bets_are_decided_one_by_one(self) -> None:
        """Each is paid when it is decided and does not stand again."""
        bets = chips(**{"pass": 10, "field": 10, "place_6": 6, "hard_8": 10, "any_7": 10})
        state = open_round(bets, (4, 5), (3, 3), (6, 2), (3, 3), (1, 6))
        assert statuses(state) == ["standing", "won", "standing", "standing", "lost"]
        state = act(state, "roll")
        assert statuses(state) == ["standing", "won", "won", "standing", "lost"]
        state = act(state, "roll")
        assert statuses(state) == ["standing", "won", "won", "lost", "lost"]
        state = act(state, "roll", "roll")

        assert statuses(state) == ["lost", "won", "won", "lost", "lost"]
        assert state.payouts == (20 + 13,)

    def test_an_old_state_stays_as_it_was(self) -> None:
        """A decision makes a new state; the same decision on the old one does the same."""
        state = open_round(chips(**{"pass": 10}), (4, 5), (1, 1), (4, 5))
        once = act(state, "roll")

        assert state.rolls == ((4, 5),)
        assert act(state, "roll").rolls == once.rolls == ((4, 5), (1, 1))


class TestComes:
    """Come and don't-come bets."""

    def test_a_come_bet_has_its_own_point(self) -> None:
        """It moves to the next total, wins on it, and loses on 7."""
        state = open_round(chips(**{"pass": 100}), (4, 4), (2, 3), (1, 3), (2, 2), (6, 1))
        state = act(state, "come-100", "roll")
        assert state.wagers[1] == CrapsWager("come", 100, 5)
        state = act(state, "come-100", "roll", "roll")
        assert state.wagers[2].status is CrapsStatus.WON
        assert state.wagers[2].payout == 200
        state = act(state, "roll")

        assert statuses(state) == ["lost", "lost", "won"]
        assert (state.stakes, state.payouts) == ((300,), (200,))

    def test_a_seven_wins_the_waiting_come_bet(self) -> None:
        """And loses every one that has a point."""
        state = open_round(chips(**{"pass": 100}), (4, 4), (3, 4))
        state = act(state, "come-100", "dont-come-100", "roll")

        assert statuses(state) == ["lost", "won", "lost"]

    def test_the_old_bet_wins_where_the_new_one_moves(self) -> None:
        """So at most one come bet stands on a point."""
        state = open_round(chips(**{"pass": 100}), (4, 4), (2, 3), (1, 4), (6, 1))
        state = act(state, "come-100", "roll", "come-100", "dont-come-100", "roll")

        assert statuses(state) == ["standing", "won", "standing", "standing"]
        assert [wager.point for wager in state.wagers] == [8, 5, 5, 5]

    def test_one_of_each_waits(self) -> None:
        """A second one is refused until the next roll."""
        state = act(open_round(chips(**{"pass": 100}), (4, 4), (1, 3)), "come-100")

        assert "waiting" in refusal(state, "come-100")
        state = act(state, "dont-come-100")
        assert "waiting" in refusal(state, "dont-come-100")
        assert rules.read(act(state, "roll"), "come-100").place == 3

    def test_stakes_lie_between_the_first_ones(self) -> None:
        """So the table's limits bind come bets too."""
        state = open_round(chips(**{"pass": 100, "place_8": 60}), (4, 5))

        assert rules.read(state, "come-60").stake == 60
        assert rules.read(state, "dont-come-83").stake == 83
        for stake in (59, 101, 2**53):
            assert "60 to 100" in refusal(state, f"come-{stake}")

    def test_a_round_takes_twenty(self) -> None:
        """Come and don't-come bets together."""
        state = open_round(chips(hard_6=100), ACES, *[ACES] * 20)
        for _ in range(MAXIMUM_COMES // 2):
            state = act(state, "come-100", "dont-come-100", "roll")

        assert len(state.wagers) == 1 + MAXIMUM_COMES
        assert "at most 20" in refusal(state, "come-100")
        assert [action for action, _, _ in rules.offers(state)] == ["roll"]


class TestOdds:
    """Odds behind line bets."""

    @pytest.mark.parametrize(
        ("point", "limit", "back"),
        [
            ((1, 3), 300, 900),
            ((1, 4), 400, 1_000),
            ((1, 5), 500, 1_100),
            ((2, 6), 500, 1_100),
            ((3, 6), 400, 1_000),
            ((4, 6), 300, 900),
        ],
    )
    def test_three_four_five(self, point: tuple[int, int], limit: int, back: int) -> None:
        """Full odds win six times the bet on any point."""
        state = open_round(chips(**{"pass": 100}), point, point)

        assert "at most" in refusal(state, f"odds-pass-{limit + 10}")
        state = act(state, f"odds-pass-{limit}")
        assert state.stakes == (100 + limit,)
        state = act(state, "roll")
        assert state.payouts == (200 + back,)

    @pytest.mark.parametrize(
        ("point", "back"), [((1, 3), 900), ((1, 4), 1_000), ((1, 5), 1_100), ((4, 6), 900)]
    )
    def test_laid_odds(self, point: tuple[int, int], back: int) -> None:
        """Up to six times the bet, winning 3, 4 or 5 times it when a seven comes."""
        state = open_round(chips(dont_pass=100), point, (3, 4))

        assert "at most" in refusal(state, "odds-dont-pass-606")
        assert act(state, "odds-dont-pass-600", "roll").payouts == (200 + back,)

    def test_odds_add_up_to_the_limit(self) -> None:
        """They can be taken in parts."""
        state = act(open_round(chips(**{"pass": 100}), (1, 3)), "odds-pass-100", "odds-pass-50")

        assert state.wagers[0].odds == 150
        assert "at most 300" in refusal(state, "odds-pass-151")
        assert act(state, "odds-pass-150").wagers[0].odds == 300

    @pytest.mark.parametrize(
        ("bets", "dice", "wrong", "right"),
        [
            ({"pass": 100}, (1, 4), "odds-pass-3", "odds-pass-2"),
            ({"pass": 100}, (1, 5), "odds-pass-4", "odds-pass-5"),
            ({"dont_pass": 100}, (1, 3), "odds-dont-pass-3", "odds-dont-pass-2"),
            ({"dont_pass": 100}, (1, 4), "odds-dont-pass-4", "odds-dont-pass-3"),
            ({"dont_pass": 100}, (1, 5), "odds-dont-pass-5", "odds-dont-pass-6"),
        ],
    )
    def test_odds_come_in_units(
        self, bets: dict[str, int], dice: tuple[int, int], wrong: str, right: str
    ) -> None:
        """So that they pay whole minor units."""
        state = open_round(chips(**bets), dice)

        assert "multiple" in refusal(state, wrong)
        assert rules.read(state, right).stake == int(right.rpartition("-")[2])

    def test_odds_name_the_come_bet_by_its_point(self) -> None:
        """Each come bet has its own."""
        state = open_round(chips(**{"pass": 100}), (4, 4), (2, 3), (1, 3), (2, 2))
        state = act(state, "come-100", "roll", "come-100", "dont-come-100", "roll")
        state = act(state, "odds-come-4-300", "odds-come-5-200", "odds-dont-come-4-600")

        assert [wager.odds for wager in state.wagers] == [0, 200, 300, 600]
        assert "standing bet" in refusal(state, "odds-come-6-100")
        state = act(state, "roll")
        assert [wager.payout for wager in state.wagers] == [0, 0, 200 + 900, 0]

    def test_no_odds_without_a_point(self) -> None:
        """A bet that waits for its point, has been decided or was never placed takes none."""
        state = open_round(chips(dont_pass=100, hard_4=100), ACES, (2, 3))

        assert "standing bet" in refusal(state, "odds-dont-pass-100")
        assert "standing bet" in refusal(state, "odds-pass-100")
        assert "standing bet" in refusal(act(state, "come-100"), "odds-come-5-100")


class TestIllegal:
    """Decisions that there are none of."""

    @pytest.mark.parametrize(
        "action",
        [
            "",
            "Roll",
            "roll ",
            "roll-1",
            "stand",
            "come",
            "come-",
            "come-0",
            "come-0100",
            "come--100",
            "come-1e2",
            "come-100.0",
            "come-100\n",
            "come-\u0661\u0660\u0660",
            "pass-100",
            "odds-pass",
            "odds-pass-0",
            "odds-pass-8-100",
            "odds-come-100",
            "odds-come-7-100",
            "odds-place-6-100",
            "come-" + "1" * 17,
            "x" * 64,
        ],
    )
    def test_unknown_words(self, action: str) -> None:
        """They are refused with the words of the decision."""
        state = open_round(chips(**{"pass": 100}), (4, 4))

        assert "no decision" in refusal(state, action) or "standing bet" in refusal(state, action)

    def test_nothing_after_the_end(self) -> None:
        """A round that has ended takes no decision and offers none."""
        state = open_round(chips(**{"pass": 100}), (3, 4))

        for action in ("roll", "come-100", "odds-pass-100"):
            assert "ended" in refusal(state, action)
        assert not list(rules.offers(state))


class TestTheEnd:
    """Rolls that decide nothing are left out after the last of the limit."""

    def test_the_longest_round_draws_what_is_declared(self) -> None:
        """Fifty rolls that decide nothing, then one for each of six totals."""
        places = {f"place_{number}": 30 for number in (4, 5, 6, 8, 9, 10)}
        # Left are the rolls of 4 to 10. Each time the first one is drawn that is no seven: (1, 3),
        # (1, 4), (1, 5), then (2, 6) behind two sevens, (3, 6) behind three, (4, 6) behind four.
        script = Stepping([*words([ACES] * MAXIMUM_ROLLS), 0, 0, 0, 2, 3, 4])
        state = rules.open_round([(name.replace("_", "-"), 30) for name in places], script)
        for _ in range(MAXIMUM_ROLLS - 1):
            assert not state.finished
            state = act(state, "roll")

        assert state.finished
        assert len(state.rolls) == MAXIMUM_ROLLS + 6
        assert isinstance(state.draws, Stepping)
        assert state.draws.used == [MAXIMUM_DRAWS] == [106]
        assert [first + second for first, second in state.rolls[-6:]] == [4, 5, 6, 8, 9, 10]

    @pytest.mark.parametrize("bet", MULTIPLES)
    @pytest.mark.parametrize("limit", [1, 2])
    def test_the_limit_changes_no_chance(self, bet: str, limit: int) -> None:
        """Played through every draw under a limit of 1 or 2 rolls, the law is that of no limit."""

        def play(draws: Draws) -> State:
            state = rules.open_round([(bet, 30)], Whole(draws), limit)
            while not state.finished:
                state = rules.roll(state)
            return state

        law: dict[int, Fraction] = defaultdict(Fraction)
        for chance, state in every_round(play):
            law[state.payouts[0] or 0] += chance

        assert law == payouts(CrapsWager(bet, 30))

    def test_the_limit_changes_no_chance_of_several_bets(self) -> None:
        """Each of three bets keeps its law although one roll can decide several."""
        laws: list[dict[int, Fraction]] = [defaultdict(Fraction) for _ in range(3)]
        names = ("pass", "place-8", "hard-4")
        for chance, state in every_round(
            lambda draws: rules.open_round([(name, 30) for name in names], draws, 1)
        ):
            for law, wager in zip(laws, state.wagers, strict=True):
                law[wager.payout] += chance

        assert laws == [payouts(CrapsWager(name, 30)) for name in names]

    def test_deciding_rolls_are_those_that_change_a_bet(self) -> None:
        """In the order of the dice, the first die first."""
        wagers = (CrapsWager("pass", 10, 4), CrapsWager("hard-6", 10))
        deciding = [dice for dice in DICE if sum(dice) in {4, 6, 7}]

        assert rules._deciding(wagers) == deciding
        assert rules._deciding((CrapsWager("pass", 10, 4, 0, CrapsStatus.WON, 20),)) == []
