"""Handing bets that are due to players who are free."""

from __future__ import annotations

from bench.players import Arrivals, Player, Tally


class Recording(Player):
    """A player who notes his bets instead of sending them."""

    def __init__(self) -> None:
        super().__init__(Tally(), 100, 1, lambda _player: None)
        self.due: list[float] = []

    def bet(self, due: float) -> None:
        """Note when the bet was due."""
        self.due.append(due)


def test_whoever_has_been_free_longest_is_next() -> None:
    """Bets go round, as they come from a crowd."""
    arrivals, players = Arrivals(), [Recording(), Recording()]
    for player in players:
        arrivals.idle(player)

    arrivals.arrive(1.0)
    arrivals.arrive(2.0)

    assert [player.due for player in players] == [[1.0], [2.0]]
    assert arrivals.waited == 0


def test_a_bet_that_finds_nobody_free_waits_and_counts_from_its_time() -> None:
    """A slow server cannot hide behind players who wait for it."""
    arrivals, player = Arrivals(), Recording()

    arrivals.arrive(1.0)
    arrivals.arrive(2.0)
    arrivals.idle(player)
    arrivals.idle(player)

    assert player.due == [1.0, 2.0]
    assert arrivals.waited == 2


def test_at_the_end_nobody_bets_any_more() -> None:
    """What was due and not sent stays unsent."""
    arrivals, player = Arrivals(), Recording()
    arrivals.arrive(1.0)

    arrivals.end()
    arrivals.idle(player)

    assert player.due == []
