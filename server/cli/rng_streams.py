"""The streams that the commands on randomness look at: made as those of live rounds are.

From one secret of 32 bytes follow chains of seeds, client seeds and so every stream. Whoever has
the secret, which the report prints, can make the same collection again to the byte. No live chain's
seed has anything to do with it.
"""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable, Iterator
from typing import Final

from games.analysis.randomness.collection import Collection
from games.analysis.randomness.sp800_22.suite import SEQUENCE_BITS
from games.entropy import SEED_BYTES
from server.fairness.chains import MAXIMUM_LENGTH, SeedChain
from server.fairness.tape import Tape

__all__ = ["ROUNDS_PER_SEQUENCE", "outcome_lines", "raw_sequences", "streams"]

ROUNDS_PER_SEQUENCE: Final = 32
"""A sequence of 2^20 bits is taken from so many rounds' streams, as many words from each."""
_WORDS: Final = SEQUENCE_BITS // 32 // ROUNDS_PER_SEQUENCE
_CLIENT_SEED_BYTES: Final = 16


def streams(secret: bytes, purpose: str) -> Iterator[Tape]:
    """Yield the stream of one round after the other, without end.

    Seeds come from chains of full length, walked as live ones are; a chain has one client seed.
    """
    for number in itertools.count():

        def derived(what: str, number: int = number) -> bytes:
            message = f"croupier/rng/1 {what} {number} {purpose}".encode()
            return hmac.digest(secret, message, "sha256")

        chain = SeedChain(derived("chain")[:SEED_BYTES], MAXIMUM_LENGTH)
        client_seed = derived("client")[:_CLIENT_SEED_BYTES]
        for n in range(1, MAXIMUM_LENGTH + 1):
            yield Tape(chain.seed(n), (client_seed,))


def raw_sequences(
    secret: bytes, number: int, tick: Callable[[], None] = lambda: None
) -> Iterator[bytes]:
    """Yield sequences of raw output, 131,072 bytes each: words of streams, as they are drawn."""
    rounds = streams(secret, "raw")
    for _ in range(number):
        data = bytearray()
        for _ in range(ROUNDS_PER_SEQUENCE):
            word = next(rounds).word
            for _ in range(_WORDS):
                data += word().to_bytes(4, "big")
        yield bytes(data)
        tick()


def outcome_lines(collection: Collection) -> Iterator[str]:
    """Yield the lines of a collection of final outcomes: comma separated, with a heading.

    A draw has its number in the round, its bound and its value; what is shown beyond the draws has
    its label in place of the number.
    """
    yield "round,draw,bound,value\n"
    both = zip(collection.rounds, collection.shown, strict=True)
    for number, (drawn, shown) in enumerate(both, 1):
        for draw, (bound, value) in enumerate(drawn, 1):
            yield f"{number},{draw},{bound},{value}\n"
        for one in shown:
            yield f"{number},{one.label},{one.size},{one.value}\n"
