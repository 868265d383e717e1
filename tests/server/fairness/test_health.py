"""Whether entropy and cryptography can be trusted."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Callable
from math import comb

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, strategies as st

from server.fairness import health
from server.fairness.chains import SeedChain
from server.fairness.health import (
    LONG_RUN_PROPORTION,
    LONG_RUN_REPETITIONS,
    PROPORTION,
    REPETITIONS,
    WINDOW,
    EntropyFailure,
    EntropyGate,
    RawTests,
)


def open_gate(source: Callable[[int], bytes] = os.urandom) -> EntropyGate:
    """Return a gate that has passed its self-test."""
    gate = EntropyGate(source)
    gate.start_up_self_test()
    return gate


class Source:
    """A source that fails when it is told to."""

    def __init__(self) -> None:
        self.broken: Callable[[int], bytes] | None = None

    def __call__(self, size: int) -> bytes:
        """Return random bytes, or whatever is broken."""
        return self.broken(size) if self.broken else os.urandom(size)


def no_entropy(size: int) -> bytes:
    """Fail as the operating system can."""
    raise OSError("no entropy")


COUNTER = itertools.count()
BROKEN: dict[str, Callable[[int], bytes]] = {
    "nothing": no_entropy,
    "short": lambda size: os.urandom(size - 1),
    "empty": lambda size: b"",
    "zeros": bytes,
    "stuck": lambda size: b"\xa5" * size,
    "biased": lambda size: bytes(7 if byte % 4 else byte for byte in os.urandom(size)),
    "few values": lambda size: bytes(byte % 4 for byte in os.urandom(size)),
}


@pytest.mark.parametrize(
    ("exponent", "repetitions", "proportion"),
    [(30, REPETITIONS, PROPORTION), (60, LONG_RUN_REPETITIONS, LONG_RUN_PROPORTION)],
)
def test_cut_offs(exponent: int, repetitions: int, proportion: int) -> None:
    """The cut-offs are those of SP 800-90B 4.4 for eight bits a byte, computed exactly (A4)."""
    total = 256**WINDOW
    tail = [comb(WINDOW, count) * 255 ** (WINDOW - count) for count in range(WINDOW + 1)]
    exact = next(count for count in range(WINDOW) if sum(tail[count:]) << exponent <= total)

    assert proportion == exact
    assert repetitions == 1 + -(-exponent // 8)


def test_repetition_count() -> None:
    """One byte fewer than the cut-off passes, across calls; the next one fails."""
    tests = RawTests(5, WINDOW)
    tests.feed(b"\1\2\2\2\2\3\3\3")
    tests.feed(b"\3")

    with pytest.raises(EntropyFailure, match="repeat one value"):
        tests.feed(b"\3")


def test_adaptive_proportion() -> None:
    """The first byte of each window is counted in that window, and in no other."""
    rest = bytes(range(1, 256))
    window = b"".join(bytes([0, other]) for other in rest[:15]) + (rest * 3)[: WINDOW - 30]
    RawTests(WINDOW, 16).feed(window + window)

    with pytest.raises(EntropyFailure, match="prefer one value"):
        RawTests(WINDOW, 15).feed(window)
    with pytest.raises(EntropyFailure, match="prefer one value"):
        RawTests(WINDOW, 16).feed(window + b"\0\1" * 16)


def test_the_gate_is_closed_before_the_self_test() -> None:
    """A node that forgot its self-test opens no round."""
    gate = EntropyGate()

    assert not gate.healthy
    with pytest.raises(EntropyFailure, match="self-test"):
        gate.fresh(32)


def test_a_healthy_gate_gives_bytes() -> None:
    """Fresh bytes are the operating system's, of the size asked for, and never twice the same."""
    gate = open_gate()

    drawn = [gate.fresh(32) for _ in range(3_000)]

    assert gate.healthy
    assert gate.failure == ""
    assert {len(data) for data in drawn} == {32}
    assert len(set(drawn)) == 3_000
    assert gate.fresh(0) == b""
    assert len(gate._recent) == health._REMEMBERED


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_source_fails_the_self_test(name: str) -> None:
    """A source that is absent, short, stuck or biased keeps the gate closed (A4, A15)."""
    gate = EntropyGate(BROKEN[name])

    with pytest.raises(EntropyFailure) as caught:
        gate.start_up_self_test()

    assert not gate.healthy
    assert gate.failure == str(caught.value)
    with pytest.raises(EntropyFailure):
        gate.fresh(32)


@pytest.mark.parametrize("name", BROKEN)
def test_a_source_that_breaks_later_closes_the_gate(name: str) -> None:
    """Once bytes fail, no new chain is made until a self-test has passed again (A15)."""
    source = Source()
    gate = open_gate(source)
    gate.fresh(32)
    source.broken = BROKEN[name]

    with pytest.raises(EntropyFailure):
        [SeedChain.fresh(256, gate.fresh) for _ in range(100)]

    assert not gate.healthy
    source.broken = None
    with pytest.raises(EntropyFailure):
        SeedChain.fresh(256, gate.fresh)
    gate.start_up_self_test()
    assert not gate.failure
    assert SeedChain.fresh(256, gate.fresh).length == 256


def test_bytes_that_come_again_close_the_gate() -> None:
    """A source in a short cycle, or one that was copied with its state, is found out."""
    blocks = [os.urandom(32) for _ in range(500)]
    source = Source()
    gate = open_gate(source)
    cycle = itertools.cycle(blocks)
    source.broken = lambda size: next(cycle)
    for _ in blocks:
        gate.fresh(32)

    with pytest.raises(EntropyFailure, match="second time"):
        gate.fresh(32)
    assert not gate.healthy


@pytest.mark.parametrize("part", ["_sha256_works", "_hmac_works", "_draws_work", "_aes_gcm_works"])
def test_a_wrong_known_answer_closes_the_gate(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If hashing, the draw stream or the cipher gives a wrong answer, nothing opens (A15)."""
    gate = open_gate()
    monkeypatch.setattr(health, part, lambda: False)

    with pytest.raises(EntropyFailure, match="known answer"):
        gate.start_up_self_test()

    assert not gate.healthy


def test_known_answers_notice_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The known answers fail when the functions behind them are wrong."""

    class Wrong:
        def __init__(self, *_: object) -> None: ...

        def below(self, bound: int) -> int:
            return 0

        def digest(self) -> bytes:
            return bytes(32)

        def encrypt(self, nonce: bytes, data: bytes, bound: bytes | None) -> bytes:
            return data + bytes(16)

        def decrypt(self, nonce: bytes, data: bytes, bound: bytes | None) -> bytes:
            return data[:-16]

    monkeypatch.setattr(health, "Draws", Wrong)
    monkeypatch.setattr(health, "sha256", Wrong)
    monkeypatch.setattr(health, "AESGCM", Wrong)
    monkeypatch.setattr(health, "hmac_digest", lambda *_: bytes(32))

    assert not health._sha256_works()
    assert not health._hmac_works()
    assert not health._draws_work()
    assert not health._aes_gcm_works()


def test_additional_data_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cipher that ignores what a secret is bound to fails the self-test."""
    real = AESGCM

    class Loose:
        def __init__(self, key: bytes) -> None:
            self._cipher = real(key)

        def encrypt(self, nonce: bytes, data: bytes, bound: bytes | None) -> bytes:
            return self._cipher.encrypt(nonce, data, None)

        def decrypt(self, nonce: bytes, data: bytes, bound: bytes | None) -> bytes:
            return self._cipher.decrypt(nonce, data, None)

    monkeypatch.setattr(health, "AESGCM", Loose)

    assert not health._aes_gcm_works()


def test_instances_differ_when_the_clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two instances at the same moment, with the same state of `random`, draw differently (A2)."""
    drawn = []
    for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"):
        monkeypatch.setattr(time, name, lambda: 1_767_225_600)
    for _ in range(2):
        random.seed(1)
        drawn.append(SeedChain.fresh(256, open_gate().fresh))

    assert drawn[0].commitment != drawn[1].commitment


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_draws_other_bytes() -> None:
    """A child that was forked from a running gate draws other bytes than its parent (A2)."""
    gate = open_gate()
    gate.fresh(32)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, SeedChain.fresh(256, gate.fresh).commitment)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)

    assert len(theirs) == 32
    assert theirs != SeedChain.fresh(256, gate.fresh).commitment


@given(st.binary(min_size=16, max_size=64))
def test_nothing_leaks(data: bytes) -> None:
    """Neither the gate nor its failure shows what was drawn."""
    source = Source()
    gate = open_gate(source)
    source.broken = lambda size: data
    try:
        for _ in range(2):
            gate.fresh(len(data))
    except EntropyFailure as failure:
        shown = f"{gate!r} {failure!r} {gate.failure}"
        assert data.hex() not in shown
        assert repr(data)[2:-1] not in shown
    assert not gate.healthy
