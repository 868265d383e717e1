"""The figures of `croupier rng report`."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator

import pytest

from games import entropy
from games.analysis.randomness.sp800_22.suite import SEQUENCE_BITS
from games.entropy import Draws
from server.cli import rng_report, rng_streams
from server.cli.rng_report import Report, Steps, components, make_report
from server.fairness.tape import Tape
from tests.server.cli.reports import GAMES, MADE, SECRET, TOLD, small_report


@pytest.fixture
def report() -> Report:
    """A small report."""
    return small_report()


def test_everything_is_in_it_and_passes(report: Report) -> None:
    """Counted out, raw bits, outcomes, manifest, checksums."""
    assert report.passed
    assert [one.passed for one in report.exhaustive] == [True] * 3
    assert (report.raw.sequences, report.raw.bits) == (1, SEQUENCE_BITS)
    assert {row.game for row in report.outcomes.rows} == {"roulette", "slot"}
    assert [(one.game, one.rounds) for one in report.manifest] == [
        ("roulette", 1_500),
        ("slot", 1_500),
    ]
    assert report.dieharder.line.startswith("Not run")
    assert (report.made, report.secret, report.form) == (MADE, SECRET.hex(), 1)


def test_progress_is_told(report: Report) -> None:
    """Each part by its name."""
    assert TOLD == ["every word", "raw bits", "roulette", "slot"]


def test_checksums_are_of_what_would_be_collected(report: Report) -> None:
    """The bytes that `croupier rng collect` writes from the same secret and sizes (A21)."""
    named = {one.name: one for one in report.collected}
    raw = b"".join(rng_streams.raw_sequences(SECRET, 1))

    assert list(named) == ["raw.bin", "outcomes-roulette.csv", "outcomes-slot.csv"]
    assert named["raw.bin"].bytes == len(raw)
    assert named["raw.bin"].sha256 == hashlib.sha256(raw).hexdigest()


def test_components_are_what_draws() -> None:
    """The draw code's checksum is that of its file."""
    named = {one.name: one.sha256 for one in components()}

    source = inspect.getsource(entropy).encode()
    assert named["games.entropy"] == hashlib.sha256(source).hexdigest()
    assert "server.fairness.chains" in named


def test_a_biased_scale_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """With draws by a plain remainder both counted parts on words fail (A6)."""

    def biased(self: Draws, bounds: list[int]) -> list[int]:
        return [self.word() % bound for bound in bounds]

    monkeypatch.setattr(entropy.Draws, "below_each", biased)
    assert [one.passed for one in rng_report._exhaustive(Steps())][:2] == [False, False]


def test_biased_streams_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that gives every round the same seed fails by raw bits and outcomes alike."""

    def same(secret: bytes, purpose: str) -> Iterator[Tape]:
        while True:
            yield Tape(secret, ())

    monkeypatch.setattr(rng_streams, "streams", same)
    monkeypatch.setattr(rng_report, "_exhaustive", lambda _: ())
    found = make_report(GAMES[:1], SECRET, sequences=1, rounds=1_000, made=MADE)

    assert not found.passed
    assert not found.raw.passed
    assert not found.outcomes.passed
