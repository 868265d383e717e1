"""The streams that the commands on randomness look at."""

from __future__ import annotations

import itertools
from hashlib import sha256

from games.analysis.randomness.collection import Collection, Outcome
from games.analysis.randomness.sp800_22.suite import SEQUENCE_BITS
from server.cli.rng_streams import (
    ROUNDS_PER_SEQUENCE,
    outcome_lines,
    raw_sequences,
    streams,
)

SECRET = bytes(range(32))


def test_streams_differ_by_secret_purpose_and_round() -> None:
    """No two rounds share a stream, beyond the end of a chain too (A2, A19)."""
    first = [stream.word() for stream in itertools.islice(streams(SECRET, "a"), 2_100)]
    again = [stream.word() for stream in itertools.islice(streams(SECRET, "a"), 5)]
    others = [next(streams(SECRET, "b")).word(), next(streams(bytes(32), "a")).word()]

    assert first[:5] == again
    assert len({*first, *others}) == 2_102


def test_seeds_walk_a_chain() -> None:
    """Each round's seed is the hash of the next one's, as in a live chain."""
    seeds = [stream._seed for stream in itertools.islice(streams(SECRET, "a"), 4)]

    for earlier, later in itertools.pairwise(seeds):
        assert sha256(later).digest() == earlier


def test_raw_output_is_the_words_that_are_drawn() -> None:
    """A sequence has the first words of 32 rounds' streams, in order, nothing left out."""
    ticks: list[None] = []
    one, other = raw_sequences(SECRET, 2, lambda: ticks.append(None))
    expected = bytearray()
    for stream in itertools.islice(streams(SECRET, "raw"), ROUNDS_PER_SEQUENCE):
        for _ in range(SEQUENCE_BITS // 32 // ROUNDS_PER_SEQUENCE):
            expected += stream.word().to_bytes(4, "big")

    assert one == expected
    assert len(one) * 8 == SEQUENCE_BITS
    assert one != other
    assert len(ticks) == 2


def test_outcomes_are_lines() -> None:
    """Each draw of each round, and what was shown beyond them."""
    collection = Collection(
        "made", 1, "d", 2, (((37, 5),), ((37, 0), (2, 1))), ((), (Outcome("face", 52, 51),))
    )

    assert "".join(outcome_lines(collection)).splitlines() == [
        "round,draw,bound,value",
        "1,1,37,5",
        "2,1,37,0",
        "2,2,2,1",
        "2,face,52,51",
    ]
