"""The typed machine."""

from __future__ import annotations

import random
import re

import pytest

from games.slots.engine import Slot
from games.slots.machine import MachineError, read_machine, shipped_machines
from tests.games.slots.machines import machine, text

SEED = 5


def test_a_file_becomes_a_machine() -> None:
    """Everything in the file is in the machine, ready for use."""
    tiny = machine("tiny")

    assert (tiny.name, tiny.version, tiny.title, tiny.rows) == ("tiny", 3, "Tiny", 2)
    assert tiny.reels.strips[0] == ("a", "x", "b", "s", "x", "w")
    assert tiny.reels.values == (9, 6, 9)
    assert tiny.reels.cycle == 486
    assert tiny.lines == ((0, 0, 0), (1, 1, 1), (0, 1, 0))
    assert tiny.stakes == (3, 9)
    assert tiny.scatter_symbol == "s"
    assert tiny.labels["fruit"] == "Any fruit"
    assert tiny.source == text("tiny").encode()


def test_counts_left_out_pay_like_the_next_lower() -> None:
    """`{ 2 = 1, 3 = 7 }` on three reels; a scatter count above the last listed pays like it."""
    tiny = machine("tiny")
    pays = {pay.name: pay.amounts for pay in tiny.pays}

    assert pays == {"a": (0, 0, 1, 7), "b": (0, 0, 0, 4), "fruit": (0, 0, 0, 2)}
    assert tiny.scatter is not None
    assert tiny.scatter.amounts == (0, 0, 0, 5, 5, 5, 5)


def test_wild_joins_the_pays_that_it_may() -> None:
    """The wild stands in for all but the excepted symbols; a group takes it for any member."""
    symbols = {pay.name: pay.symbols for pay in machine("tiny").pays}

    assert symbols == {"a": {"a", "w"}, "b": {"b"}, "fruit": {"a", "b", "w"}}


def test_free_games_have_their_own_strips_and_awards() -> None:
    """What a free-game table states is kept apart from the base game."""
    games = machine("tiny").free_games

    assert games is not None
    assert games.reels.strips[2] == ("b", "x", "s", "s", "x", "x")
    assert games.reels.weights[2] == (1,) * 6
    assert games.awards == (0, 0, 0, 1, 1, 1, 1)
    assert games.retrigger_awards == (0, 0, 1, 2, 2, 2, 2)


def test_free_games_use_the_base_game_where_nothing_else_is_said() -> None:
    """Without strips and retrigger awards of their own, both are those of the base game."""
    plain = machine(
        "tiny",
        ("retrigger_awards = { 2 = 1, 3 = 2 }\n", ""),
        ('cap = 2\nstrips = ["s a b x x", "x a s x w", "b x s s x x"]\n', "cap = 2\n"),
    )

    assert plain.free_games is not None
    assert plain.free_games.reels is plain.reels
    assert plain.free_games.retrigger_awards == plain.free_games.awards


def test_most_scatters_is_what_a_window_can_show() -> None:
    """Neighbouring scatters count, across the end of a strip too."""
    assert machine("tiny").most_scatters == 4
    assert machine("tiny", ("b x s s x x", "s b x x x s")).most_scatters == 4
    assert machine("lobstermania").most_scatters == 5
    assert machine("classic_sevens").most_scatters == 0


def test_highest_payout_must_fit_into_an_amount() -> None:
    """A machine that could pay more than an amount can hold is refused with one line."""
    huge = text("tiny").replace("line_bets = [1, 3]", "line_bets = [1000000000]")
    huge = huge.replace("3 = 7 }", "3 = 10000000 }")

    with pytest.raises(MachineError, match=r"big\.toml:\d+: line_bets: the highest could pay \d+"):
        Slot(read_machine(huge.encode(), "big.toml"))


def test_shipped_machines_are_games() -> None:
    """Each file in the package is a game, under the name it states."""
    names = [(game.name, game.version) for game in shipped_machines()]

    assert ("slot", 1) in names
    assert len({name for name, _ in names}) >= 7
    assert len(set(names)) == len(names)


def error_of(file: str) -> MachineError | None:
    """Return what is wrong with a file."""
    try:
        read_machine(file.encode(), "mine.toml")
    except MachineError as error:
        return error
    return None


@pytest.mark.parametrize(
    "name", ["tiny", "small_ways", "small_sticky", "small_cascades", "small_features"]
)
def test_a_damaged_file_is_a_machine_or_one_error(name: str) -> None:
    """Whatever is cut out, doubled or moved in a file, its reader takes it or tells a line."""
    print(f"seed {SEED}")  # noqa: T201 - a failing test shows it
    choose = random.Random(SEED)
    source = text(name)
    pieces = re.findall(r"\w+|\s+|[^\w\s]", source)
    refused = 0
    for _ in range(300):
        changed = list(pieces)
        for _ in range(choose.randint(1, 3)):
            place = choose.randrange(len(changed))
            kind = choose.randrange(4)
            if kind == 0:
                del changed[place]
            elif kind == 1:
                changed.insert(place, choose.choice(pieces))
            elif kind == 2:
                changed[place] = choose.choice(pieces)
            else:
                changed[place] = choose.choice(["-1", "0", "99999999999", '"', "[", "a.b", "*"])
        file = "".join(changed)
        if (error := error_of(file)) is not None:
            refused += 1
            assert 1 <= error.line <= file.count("\n") + 1
            assert "\n" not in str(error)

    assert refused > 150
