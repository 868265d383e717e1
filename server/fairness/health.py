"""Whether entropy and cryptography can be trusted here; if not, no new chain and no new round.

Known answers are tried at start-up, raw bytes of the operating system all the time (standards A4,
A15). The two tests of raw bytes are those of NIST SP 800-90B 4.4, with bytes as samples and eight
bits of entropy claimed for each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest, digest as hmac_digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from games.entropy import Draws

__all__ = ["EntropyFailure", "EntropyGate", "RawTests"]

START_UP_SAMPLES: Final = 1_024
"""SP 800-90B 4.3: at least so many consecutive samples are tested at start-up."""
WINDOW: Final = 512
"""Samples of an adaptive proportion test (SP 800-90B 4.4.2, sources that are not binary)."""
REPETITIONS: Final = 5
"""1 + 30 / 8, rounded up: so many equal bytes in a row come up once in 2^30 (4.4.1)."""
PROPORTION: Final = 16
"""So many of a window's bytes equal its first one less than once in 2^30 windows."""
LONG_RUN_REPETITIONS: Final = 9
"""The same for 2^60, where each new chain is tested: a false alarm there closes a node."""
LONG_RUN_PROPORTION: Final = 25
_REMEMBERED: Final = 1_024
"""Blocks that a new one is compared with."""
_SHORTEST_COMPARED: Final = 16
"""Shorter blocks may repeat by chance."""

_DRAW_SEED: Final = bytes(range(32))
_DRAW_CLIENT_SEEDS: Final = (b"known", b"", bytes(32))
_DRAW_BOUNDS: Final = (37, 1, 52, 312, 2**31 + 1, 2**40 + 1, 6)
_DRAW_ANSWERS: Final = (7, 0, 13, 161, 1_114_056_406, 361_207_380_277, 5)


class EntropyFailure(Exception):  # noqa: N818 - the name in the standards
    """Entropy or cryptography failed its test; the text says which, and no value."""


class RawTests:
    """Repetition count and adaptive proportion over a stream of bytes (SP 800-90B 4.4)."""

    __slots__ = (
        "_equal",
        "_last",
        "_proportion",
        "_reference",
        "_repetitions",
        "_run",
        "_seen",
    )

    def __init__(self, repetitions: int, proportion: int) -> None:
        self._repetitions = repetitions
        self._proportion = proportion
        self._last = -1
        self._run = 0
        self._reference = -1
        self._seen = WINDOW
        self._equal = 0

    def feed(self, data: bytes) -> None:
        """Test the next bytes of the stream. Raises EntropyFailure."""
        for sample in data:
            self._run = self._run + 1 if sample == self._last else 1
            self._last = sample
            if self._run >= self._repetitions:
                raise EntropyFailure("the operating system's random bytes repeat one value")
            if self._seen == WINDOW:
                self._reference, self._seen, self._equal = sample, 1, 1
                continue
            self._seen += 1
            if sample == self._reference:
                self._equal += 1
                if self._equal >= self._proportion:
                    raise EntropyFailure("the operating system's random bytes prefer one value")


class EntropyGate:
    """The node's one source of fresh bytes, and the verdict on it.

    `source` is the operating system's CSPRNG. It lives in the kernel, is seeded before it answers
    and is shared by no state of ours, so a fork or a copied process draws other bytes (A2).
    """

    __slots__ = ("_recent", "_source", "_tests", "failure", "healthy")

    healthy: bool
    """Whether new chains and new rounds may be opened. False until the self-test has passed."""
    failure: str
    """Why not, in a sentence for an operator."""

    def __init__(self, source: Callable[[int], bytes] = os.urandom) -> None:
        self._source = source
        self._tests = RawTests(LONG_RUN_REPETITIONS, LONG_RUN_PROPORTION)
        self._recent: dict[bytes, None] = {}
        self.healthy = False
        self.failure = "the start-up self-test has not run"

    def start_up_self_test(self) -> None:
        """Try known answers and the source. Raises EntropyFailure, and stays closed.

        Run again once the cause is put right, it opens the gate again.
        """
        try:
            for passes, what in (
                (_sha256_works, "SHA-256"),
                (_hmac_works, "HMAC-SHA256"),
                (_draws_work, "the draw stream"),
                (_aes_gcm_works, "AES-256-GCM"),
            ):
                if not passes():
                    raise EntropyFailure(f"{what} does not give its known answer")
            RawTests(REPETITIONS, PROPORTION).feed(self._read(START_UP_SAMPLES))
        except EntropyFailure as failure:
            self._close(failure)
            raise
        self._tests = RawTests(LONG_RUN_REPETITIONS, LONG_RUN_PROPORTION)
        self.healthy = True
        self.failure = ""

    def fresh(self, size: int) -> bytes:
        """Return `size` bytes that were tested. Raises EntropyFailure, and then stays closed."""
        if not self.healthy:
            raise EntropyFailure(self.failure)
        try:
            data = self._read(size)
            self._tests.feed(data)
            if size >= _SHORTEST_COMPARED:
                self._compare(data)
        except EntropyFailure as failure:
            self._close(failure)
            raise
        return data

    def _compare(self, data: bytes) -> None:
        # Digests, so that no secret stays in memory for the sake of its own test.
        digest = sha256(data).digest()[:_SHORTEST_COMPARED]
        if digest in self._recent:
            raise EntropyFailure("the operating system's random bytes came a second time")
        self._recent[digest] = None
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def _read(self, size: int) -> bytes:
        try:
            data = self._source(size)
        except (OSError, NotImplementedError):
            raise EntropyFailure("the operating system gives no random bytes") from None
        if len(data) != size:
            raise EntropyFailure("the operating system gives too few random bytes")
        return data

    def _close(self, failure: EntropyFailure) -> None:
        self.healthy = False
        self.failure = str(failure)

    def __repr__(self) -> str:
        return f"<EntropyGate {'healthy' if self.healthy else self.failure}>"


def _equal(found: bytes, known: str) -> bool:
    return compare_digest(found, bytes.fromhex(known))


def _sha256_works() -> bool:
    """FIPS 180-4, the example of one block."""
    return _equal(
        sha256(b"abc").digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def _hmac_works() -> bool:
    """RFC 4231, test case 2."""
    return _equal(
        hmac_digest(b"Jefe", b"what do ya want for nothing?", "sha256"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    )


def _draws_work() -> bool:
    """The draw stream's own vector: an empty seed, a bound of 1, a rejected word, 64 bits."""
    draws = Draws(_DRAW_SEED, _DRAW_CLIENT_SEEDS)
    return tuple(draws.below(bound) for bound in _DRAW_BOUNDS) == _DRAW_ANSWERS


def _aes_gcm_works() -> bool:
    """The GCM specification's test case 14; and additional data that does not fit is refused."""
    cipher = AESGCM(bytes(32))
    nonce = bytes(12)
    sealed = cipher.encrypt(nonce, bytes(16), None)
    if not _equal(sealed, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"):
        return False
    bound = cipher.encrypt(nonce, bytes(16), b"one")
    try:
        cipher.decrypt(nonce, bound, b"other")
    except InvalidTag:
        return cipher.decrypt(nonce, bound, b"one") == bytes(16)
    return False
