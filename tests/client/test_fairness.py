"""Tests of `client.fairness`."""

from __future__ import annotations

from hashlib import sha256

import pytest

from client.errors import FairnessError
from client.fairness import ChainCheck, round_number
from protocol.messages.common import ChainInfo

LENGTH = 16


@pytest.fixture
def seeds() -> list[bytes]:
    """A chain: seed n hashes to seed n - 1, and seed 0 is the commitment."""
    chain = [bytes(range(32))]
    for _ in range(LENGTH):
        chain.append(sha256(chain[-1]).digest())
    return chain[::-1]


@pytest.fixture
def check(seeds: list[bytes]) -> ChainCheck:
    """A check that knows the commitment only."""
    return ChainCheck(ChainInfo("c", seeds[0], LENGTH, "c-1"))


def test_every_seed_in_turn_is_accepted(check: ChainCheck, seeds: list[bytes]) -> None:
    """Each revealed seed hashes to the one before, the first to the commitment."""
    for number in range(1, LENGTH + 1):
        check.reveal(f"c-{number}", seeds[number])


def test_skipped_rounds_are_hashed_over(check: ChainCheck, seeds: list[bytes]) -> None:
    """A seed further on must give the known one after as many hashes as rounds lie between."""
    check.reveal("c-7", seeds[7])
    check.reveal("c-15", seeds[15])


def test_an_older_seed_is_checked_as_well(check: ChainCheck, seeds: list[bytes]) -> None:
    """A repeated answer to an earlier round must reveal what was revealed then."""
    check.reveal("c-9", seeds[9])
    check.reveal("c-9", seeds[9])
    check.reveal("c-4", seeds[4])
    with pytest.raises(FairnessError):
        check.reveal("c-4", seeds[5])


@pytest.mark.parametrize("number", [1, 2, LENGTH])
def test_a_foreign_seed_is_found_out(check: ChainCheck, number: int) -> None:
    """A seed that does not hash to the commitment is a broken promise."""
    with pytest.raises(FairnessError):
        check.reveal(f"c-{number}", bytes(32))


def test_a_seed_of_another_round_is_found_out(check: ChainCheck, seeds: list[bytes]) -> None:
    """A seed of the same chain does not pass for another round's."""
    with pytest.raises(FairnessError):
        check.reveal("c-3", seeds[4])


def test_a_missing_seed_is_found_out(check: ChainCheck) -> None:
    """A round that has ended must reveal its seed."""
    with pytest.raises(FairnessError):
        check.reveal("c-1", None)


def test_rounds_outside_the_chain_are_refused(check: ChainCheck, seeds: list[bytes]) -> None:
    """A chain ends at its length, and round 0 is the commitment itself."""
    for name in ("c-0", f"c-{LENGTH + 1}", "d-1", "c", "c-x", "c--1", "c-1e1", "c-" + "9" * 99):
        with pytest.raises(FairnessError):
            check.reveal(name, seeds[0])


def test_the_commitment_cannot_be_changed(check: ChainCheck) -> None:
    """A second commitment for the same chain is a broken promise."""
    with pytest.raises(FairnessError):
        check.confirm(ChainInfo("c", bytes(32), LENGTH, "c-2"))


@pytest.mark.parametrize("length", [0, 2**21])
def test_chains_of_absurd_length_are_refused(length: int) -> None:
    """A hostile server cannot make a client hash for ever."""
    with pytest.raises(FairnessError):
        ChainCheck(ChainInfo("c", bytes(32), length, "c-1"))


def test_round_numbers_are_read_behind_the_last_dash() -> None:
    """A chain's id may hold dashes itself."""
    assert round_number("a-b-12", "a-b") == 12
