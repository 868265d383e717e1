"""`croupier game simulate`."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from games.analysis import slot_run_law
from games.roulette import EuropeanRoulette
from server.cli.games import simulating
from server.cli.main import run
from tests.server.cli.games.running import CLASSIC, read, refused


def simulated(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Return the figures of a simulation."""
    return read(capsys, "simulate", *arguments)


def test_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures stand beside the exact ones, with z and the test of the whole law."""
    found = simulated(capsys, "roulette", "--rounds", "30000", "--bet", "red", "--seed", "7")

    assert (found["game"], found["bet"], found["rounds"], found["seed"]) == (
        *("roulette", "red"),
        *(30_000, 7),
    )
    assert found["exact"]["return"] == "0.972972972972973"
    assert abs(found["z"]) <= 4
    assert found["chi_square"]["degrees"] == 1
    assert 1e-4 < found["chi_square"]["p"] <= 1
    assert sum(row[3] for row in found["chi_square"]["bins"]) == 30_000
    assert found["agrees"] is True


def test_the_same_again_whatever_the_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    """One seed gives one result, in one process or in two; another seed gives another."""
    arguments = ("roulette", "--rounds", "45000")

    alone = simulated(capsys, *arguments)
    assert simulated(capsys, *arguments, "--jobs", "2") == alone
    assert simulated(capsys, *arguments, "--seed", "2")["return"] != alone["return"]


def test_decisions_are_those_of_the_strategy(capsys: pytest.CaptureFixture[str]) -> None:
    """Blackjack by its strategy comes near its published return."""
    found = simulated(capsys, "blackjack", "--rounds", "20000")

    assert found["bet"] == "main"
    assert abs(found["z"]) <= 4
    assert found["chi_square"]["p"] > 1e-6


def test_a_machine_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A file is played like a game."""
    found = simulated(capsys, str(CLASSIC), "--rounds", "20000")

    assert found["exact"]["return"].startswith("0.9442")
    assert abs(found["z"]) <= 4


def test_a_slot_with_free_games(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its whole law is tested: every payout up to a stated one, and all higher ones as one."""
    monkeypatch.setattr(slot_run_law, "_DIGITS", 10**7)  # a short law is found in no time
    found = simulated(capsys, "slot", "--rounds", "30000")["chi_square"]

    assert found["classes"] == (
        "each of the 164 net results up to 9 initial stakes, and all higher ones as one"
    )
    assert found["degrees"] > 50
    assert found["p"] > 1e-3
    assert found["impossible"] == 0
    lowest, highest, expected, observed = found["bins"][-1]
    assert (float(lowest) >= 8, highest) == (True, None)
    assert abs(observed - expected) < 5 * expected**0.5
    assert sum(row[3] for row in found["bins"]) == 30_000


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A person sees a table, and the speed on standard error."""
    assert run(["game", "simulate", "roulette", "--rounds", "1000"]) == 0

    told = capsys.readouterr()
    for text in (
        "Return",
        "97.297297 %",
        "z: ",
        "Chi-square: ",
        "Its classes: 2 net results, which are all that there are;",
        "straight-0, 1,000 rounds, seed 1",
    ):
        assert text in told.out
    assert told.err.endswith("rounds/s\n")


class Generous(EuropeanRoulette):
    """A wheel that states less than it pays."""

    def bet_returns(self) -> Any:
        """State half of the true return."""
        return tuple(
            msgspec.structs.replace(bet, expected=Fraction(18, 37)) for bet in super().bet_returns()
        )


def test_a_game_that_does_not_pay_what_it_states(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rounds that do not agree with the exact figures end with 1."""
    monkeypatch.setattr(simulating, "find", lambda *_: Generous())

    assert run(["game", "simulate", "roulette", "--rounds", "20000", "--bet", "red", "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["agrees"] is False
    assert told.err == (
        "croupier: roulette: the rounds played do not agree with the exact figures of red\n"
    )


def test_a_game_that_pays_above_its_bound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A round beyond `maximum_payout_factor` ends with 1, and the line tells which."""
    wheel = EuropeanRoulette()
    monkeypatch.setattr(wheel, "maximum_payout_factor", 35)
    monkeypatch.setattr(simulating, "find", lambda *_: wheel)

    assert run(["game", "simulate", "roulette", "--rounds", "500", "--stake", "100"]) == 1
    assert capsys.readouterr().err.endswith(
        "croupier: roulette: a round paid 3600 on a stake of 100, above its"
        " maximum_payout_factor of 35\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("roulette", "--bet", "mauve"), "roulette has no bet 'mauve'; it has straight-0, "),
        (("slot", "--stake", "3"), "--stake: Stake at least 20"),
        (("slot", "--rounds", "0"), "--rounds takes 1 to 10000000000, not 0"),
        (("slot", "--seed", "-1"), "--seed takes 0 to"),
        (("slot", "--jobs", "0"), "--jobs takes 1 to"),
        (("poker",), "there is no game named 'poker'"),
    ],
)
def test_wrong_usage(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be asked is refused in one line."""
    assert says in refused(capsys, "simulate", *arguments)
