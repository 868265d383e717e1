"""Chains of seeds."""

from __future__ import annotations

import gc
import os
import random
import sys
import time
from hashlib import sha256

import pytest

from server.fairness import chains
from server.fairness.chains import MAXIMUM_LENGTH, SeedChain

LENGTHS = (1, 2, 3, 4, 17, 100, 255, 256, 257, 1_000, 1_024)


def seeds_of(last_seed: bytes, length: int) -> list[bytes]:
    """Return s_0 to s_N the plain way."""
    seeds = [last_seed]
    for _ in range(length):
        seeds.append(sha256(seeds[-1]).digest())
    return seeds[::-1]


@pytest.mark.parametrize("length", LENGTHS)
def test_seeds_hash_down_to_the_commitment(length: int) -> None:
    """s_{n-1} = SHA-256(s_n) from the last seed to the commitment."""
    last_seed = sha256(length.to_bytes(2, "big")).digest()
    chain = SeedChain(last_seed, length)
    plain = seeds_of(last_seed, length)

    assert chain.commitment == plain[0]
    assert [chain.seed(n) for n in range(1, length + 1)] == plain[1:]
    assert chain.seed(length) == chain.last_seed == last_seed
    assert chain.length == length


@pytest.mark.parametrize("length", [1, 7, 256, 1_024])
def test_seeds_in_any_order(length: int) -> None:
    """Recalling an old round, or falling back, gives the same seeds."""
    number = random.randrange(1 << 32)
    print(f"seed {number}")  # noqa: T201 - to repeat it
    order = random.Random(number)
    chain = SeedChain(bytes(32), length)
    plain = seeds_of(bytes(32), length)

    for n in [*range(length, 0, -1), *order.choices(range(1, length + 1), k=300)]:
        assert chain.seed(n) == plain[n]


def test_seeds_are_all_distinct() -> None:
    """No seed comes twice, within a chain or in another one."""
    made = [SeedChain.fresh(256) for _ in range(20)]
    seeds = {chain.seed(n) for chain in made for n in range(1, 257)}
    seeds |= {chain.commitment for chain in made}

    assert len(seeds) == 20 * 257


@pytest.mark.parametrize("n", [0, -1, 257, 1 << 40])
def test_rounds_outside_are_refused(n: int) -> None:
    """There is no seed before the first round or after the last, and s_0 is not a seed."""
    with pytest.raises(ValueError, match="outside"):
        SeedChain(bytes(32), 256).seed(n)


@pytest.mark.parametrize("length", [0, -1, MAXIMUM_LENGTH + 1])
def test_impossible_lengths_are_refused(length: int) -> None:
    """A chain has 1 to 1,024 rounds."""
    with pytest.raises(ValueError, match="rounds"):
        SeedChain(bytes(32), length)


def test_a_short_seed_is_refused() -> None:
    """Entropy that came short never becomes a chain."""
    with pytest.raises(ValueError, match="32 bytes"):
        SeedChain.fresh(256, lambda size: os.urandom(size - 1))


def test_fresh_draws_32_bytes_once() -> None:
    """A chain takes one draw of 32 bytes, and that is its last seed."""
    asked = []

    def entropy(size: int) -> bytes:
        asked.append(size)
        return b"\x07" * size

    assert SeedChain.fresh(5, entropy).last_seed == b"\x07" * 32
    assert asked == [32]


@pytest.mark.parametrize("length", [256, 1_024])
def test_memory_of_a_chain(length: int) -> None:
    """A chain that is being played keeps less than 1.5 KB, however far it is."""
    chain = SeedChain(bytes(32), length)
    for n in range(1, length + 1):
        chain.seed(n)
        size = 0
        seen = set()
        pending: list[object] = [chain]
        while pending:
            item = pending.pop()
            if id(item) in seen or isinstance(item, type):
                continue
            seen.add(id(item))
            # Small numbers are shared by the whole interpreter.
            size += 0 if isinstance(item, int) and item < 257 else sys.getsizeof(item)
            pending += gc.get_referents(item)
        assert size < 1_536


@pytest.mark.parametrize(("length", "hashes"), [(256, 1), (1_024, 2)])
def test_cost_of_a_seed(length: int, hashes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In rising order a seed costs about one hash, two in the longest chains."""
    chain = SeedChain(bytes(32), length)
    count = 0

    def counted(data: bytes) -> object:
        nonlocal count
        count += 1
        return sha256(data)

    monkeypatch.setattr(chains, "sha256", counted)
    for n in range(1, length + 1):
        chain.seed(n)
        chain.seed(n)  # asked for once to deal and once to reveal

    assert count <= hashes * length


def test_time_of_a_seed() -> None:
    """A seed takes a few microseconds of processor time, so it is no matter beside a bet's 100."""
    chain = SeedChain(bytes(32), 256)
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        for n in range(1, 257):
            chain.seed(n)
        best = min(best, (time.process_time() - start) / 256)

    assert best < 20e-6


def test_repr_tells_the_commitment_only() -> None:
    """A chain in a log line or a traceback does not tell its seeds."""
    chain = SeedChain.fresh(256)
    chain.seed(100)

    shown = f"{chain!r} {chain} {[chain]}"

    assert chain.commitment.hex()[:16] in shown
    for n in range(1, 257):
        assert chain.seed(n).hex()[:16] not in shown
        assert repr(chain.seed(n))[2:-1] not in shown
    assert not hasattr(chain, "__dict__")
