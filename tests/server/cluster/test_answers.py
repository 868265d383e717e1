"""Tests of the bounded memory of answers."""

from __future__ import annotations

from server.cluster import answers as module
from server.cluster.answers import Answers
from tests.server.cluster.faulty import new_random

ONE, TWO = b"one_____", b"two_____"


def test_answer_is_found_again() -> None:
    """A command is known from its begin on, and its answer from its end on."""
    answers: Answers[str] = Answers()
    assert not answers.knows((ONE, 1))
    answers.begin((ONE, 1))
    assert answers.knows((ONE, 1))
    assert answers.find((ONE, 1)) is None
    answers.end((ONE, 1), "yes", 3)
    assert answers.find((ONE, 1)) == "yes"
    assert not answers.knows((TWO, 1))


def test_what_is_forgotten_is_still_known() -> None:
    """A command whose answer was forgotten is not taken for a new one; later ones are new."""
    answers: Answers[str] = Answers(most=2)
    for number in (1, 3, 5):
        answers.begin((ONE, number))
        answers.end((ONE, number), str(number), 1)

    assert len(answers) == 2
    assert answers.find((ONE, 1)) is None
    assert answers.knows((ONE, 1))
    assert answers.knows((ONE, 0)), "older than what was forgotten"
    assert not answers.knows((ONE, 2))
    assert not answers.knows((TWO, 1))
    assert answers.find((ONE, 5)) == "5"


def test_bytes_are_bounded() -> None:
    """Large answers are forgotten sooner."""
    answers: Answers[str] = Answers(most_bytes=10)
    for number in range(5):
        answers.end((ONE, number), "x", 6)
    assert len(answers) == 1
    answers.end((ONE, 9), "x", 11)
    assert len(answers) == 0
    assert answers.knows((ONE, 9))


def test_floors_are_bounded(monkeypatch: object) -> None:
    """Askers that are long gone leave nothing behind for ever."""
    answers: Answers[str] = Answers(most=1)
    for asker in range(module.MAXIMUM_ASKERS + 10):
        answers.end((asker.to_bytes(8, "big"), 1), "x", 1)
    assert len(answers._floors) == module.MAXIMUM_ASKERS
    assert not answers.knows(((0).to_bytes(8, "big"), 1))
    assert answers.knows((module.MAXIMUM_ASKERS.to_bytes(8, "big"), 1))


def test_nothing_runs_twice() -> None:
    """Whatever the order in which commands come and come again, none is new twice."""
    random = new_random()
    answers: Answers[int] = Answers(most=20)
    ran: set[tuple[bytes, int]] = set()
    running: list[tuple[bytes, int]] = []
    for _ in range(5_000):
        key = (random.choice((ONE, TWO)), random.randrange(1_000))
        if not answers.knows(key):
            assert key not in ran
            ran.add(key)
            answers.begin(key)
            running.append(key)
        if running and random.random() < 0.5:
            answers.end(running.pop(random.randrange(len(running))), 0, 1)
