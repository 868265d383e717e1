"""Streams that remember."""

from __future__ import annotations

from games.entropy import Draws
from server.fairness.tape import Tape

BOUNDS = (37, 1, 312, (1 << 31) + 1, (1 << 40) + 1, 6, 1 << 32) * 5


def test_a_tape_draws_what_the_stream_draws() -> None:
    """Remembering changes nothing."""
    tape, draws = Tape(bytes(32), (b"a", b"")), Draws(bytes(32), (b"a", b""))

    values = [tape.below(bound) for bound in BOUNDS]

    assert values == [draws.below(bound) for bound in BOUNDS]
    assert tape.words_used == draws.words_used
    assert tape.drawn == list(zip(BOUNDS, values, strict=True))


def test_copies_report_to_the_tape() -> None:
    """The tape knows what was drawn from copies of copies, in the order of the stream."""
    tape, draws = Tape(bytes(32), (), 1), Draws(bytes(32), (), 1)
    copy: Draws = tape
    for bound in BOUNDS:
        copy = copy.copy()
        copy.below(bound)
    tape.copy()

    assert tape.drawn == [(bound, draws.below(bound)) for bound in BOUNDS]


def test_a_fork_that_was_dropped_is_no_draw() -> None:
    """A copy that looked ahead and one that went on do not add up."""
    tape = Tape(bytes(32), ())
    tape.copy().below(6)
    went_on = tape.copy()
    went_on.below(6)
    went_on.below(6)

    assert len(tape.drawn) == 2


def test_every_way_of_drawing_is_remembered() -> None:
    """Whatever draws a value is on the tape, so no proof lacks a draw. A new way belongs here."""
    public = {name for name in vars(Draws) if not name.startswith("_")}
    assert public == {"copy", "words_used", "word", "below", "below_each"}
    tape, draws = Tape(bytes(32), (b"a",)), Draws(bytes(32), (b"a",))

    values = tape.copy().below_each(BOUNDS)

    assert values == draws.below_each(BOUNDS)
    assert tape.drawn == list(zip(BOUNDS, values, strict=True))
