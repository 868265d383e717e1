"""The draw stream to the byte, unbiased integers, cards (standards A5, A6, A8, A9)."""

from __future__ import annotations

import hmac
import itertools
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from games import entropy
from games.entropy import Draws, draw_card, draw_distinct
from tests.games.scripts import Script, chi_square, chi_square_limit, every_round, seeded

SEED = bytes(range(32))


def words_by_hand(
    seed: bytes, client_seeds: Iterable[bytes], stream: int, blocks: int
) -> list[int]:
    """Return the words of a stream, computed from the document instead of from the code."""
    message = b"croupier/draw/1" + bytes([stream])
    for client_seed in client_seeds:
        message += len(client_seed).to_bytes(2, "big") + client_seed
    words = []
    for block in range(blocks):
        digest = hmac.new(seed, message + block.to_bytes(4, "big"), "sha256").digest()
        words += [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 32, 4)]
    return words


@pytest.mark.parametrize("stream", [0, 1, 255])
@pytest.mark.parametrize("client_seeds", [(), (b"",), (b"lucky",), (b"a", bytes(32), b"\xff" * 7)])
def test_stream_is_the_documented_hmac(client_seeds: tuple[bytes, ...], stream: int) -> None:
    """The words are those of HMAC-SHA256 over label, stream, client seeds and counter."""
    draws = Draws(SEED, client_seeds, stream)

    assert [draws.word() for _ in range(40)] == words_by_hand(SEED, client_seeds, stream, 5)


def test_published_vector() -> None:
    """One stream is written down, so that a change of code and test together still shows."""
    draws = Draws(SEED, (b"lucky",))

    assert [f"{draws.word():08x}" for _ in range(9)] == PUBLISHED


PUBLISHED = [
    "1cb25b51",
    "84410dad",
    "ecae2a34",
    "bb667f0d",
    "97dfde4a",
    "197bc25c",
    "7bbfc4f5",
    "473d3a01",
    "6abd72d6",
]


def test_client_seeds_cannot_run_together() -> None:
    """The length before each client seed tells ("ab", "c") from ("a", "bc") and from ("abc",)."""
    first = {Draws(SEED, seeds).word() for seeds in [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), ()]}

    assert len(first) == 4


def test_copy_does_not_move_the_original() -> None:
    """A copy goes on from where it was made, and leaves the other where it stood."""
    draws = Draws(SEED, ())
    expected = [draws.copy().word() for _ in range(3)]
    for _ in range(11):
        draws.word()
    fork = draws.copy()

    assert len(set(expected)) == 1
    assert [fork.word() for _ in range(9)] == [draws.word() for _ in range(9)]


def test_words_used_counts_every_word() -> None:
    """The count includes rejected words and words of later blocks."""
    draws = Draws(SEED, ())
    counts = [draws.words_used]
    for _ in range(20):
        draws.word()
        counts.append(draws.words_used)

    assert counts == list(range(21))


@pytest.mark.parametrize(("seed", "clients"), [(b"short", ()), (SEED, (bytes(33),))])
def test_wrong_seeds_are_errors(seed: bytes, clients: tuple[bytes, ...]) -> None:
    """A seed that is not 32 bytes, or a client seed above 32, is a fault of the caller."""
    with pytest.raises(ValueError, match="bytes"):
        Draws(seed, clients)


def accepted(bound: int, words: Iterable[int]) -> Counter[int]:
    """Return how often each value comes out if each word is tried alone; -1 is rejected."""
    counts: Counter[int] = Counter()
    for word in words:
        try:
            counts[Script([word]).below(bound)] += 1
        except IndexError:
            counts[-1] += 1
    return counts


def test_scaling_is_unbiased_over_all_8_bit_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """With words of 8 bits, all 256 of them give every value of every bound equally often (A6)."""
    monkeypatch.setattr(entropy, "_WORD_SPACE", 1 << 8)
    for bound in range(2, 257):
        counts = accepted(bound, range(1 << 8))
        assert counts.pop(-1, 0) == 256 % bound
        assert counts == dict.fromkeys(range(bound), 256 // bound)


@pytest.mark.parametrize("bound", [3, 37, 42, 52, 312, 1_000, 40_000, 65_535, 65_536])
def test_scaling_is_unbiased_over_all_16_bit_words(
    bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With words of 16 bits, all 65,536 of them give every value equally often (A6)."""
    monkeypatch.setattr(entropy, "_WORD_SPACE", 1 << 16)
    counts = accepted(bound, range(1 << 16))

    assert counts.pop(-1, 0) == 65_536 % bound
    assert counts == dict.fromkeys(range(bound), 65_536 // bound)


@pytest.mark.parametrize("bound", [2, 3, 37, 38, 52, 312, 10**6, 2**31 + 1, 2**32 - 1, 2**32])
def test_edges_of_32_bit_words(bound: int) -> None:
    """The words below the largest multiple count, residue by residue; those from it on do not."""
    limit = 2**32 - 2**32 % bound

    assert Script([0]).below(bound) == 0
    assert Script([limit - 1]).below(bound) == bound - 1
    for rejected in {limit, 2**32 - 1} - {2**32} if limit < 2**32 else ():
        script = Script([rejected, rejected, 5])
        assert script.below(bound) == 5 % bound
        assert script.used == [3]


@pytest.mark.parametrize("bound", [2**32 + 1, 3 * 2**32, 2**63 + 1, 2**64])
def test_edges_of_64_bit_words(bound: int) -> None:
    """Above 2^32 two words make one number, high word first, and both are rejected together."""
    limit = 2**64 - 2**64 % bound

    def halves(value: int) -> list[int]:
        return [value >> 32, value & (2**32 - 1)]

    assert Script(halves(limit - 1)).below(bound) == bound - 1
    assert Script([1, 7]).below(bound) == (2**32 + 7) % bound
    if limit < 2**64:
        script = Script([*halves(limit), *halves(2**64 - 1), 0, 9])
        assert script.below(bound) == 9
        assert script.used == [6]


def test_bound_of_one_uses_no_word() -> None:
    """There is nothing to choose, so nothing is consumed."""
    script = Script([])

    assert script.below(1) == 0
    assert script.used == [0]


@pytest.mark.parametrize("bound", [0, -1, 2**64 + 1])
def test_impossible_bounds(bound: int) -> None:
    """A bound that no word can serve is a fault of the caller."""
    with pytest.raises(ValueError, match="bound"):
        Script([1, 2]).below(bound)


def test_all_orders_of_four_cards_are_equally_likely() -> None:
    """Every way to deal four cards is one of 24 equally likely ones (A8)."""

    def deal(draws: Draws) -> tuple[int, ...]:
        stream, shoe = draws.copy(), [1, 1, 1, 1]
        return tuple(draw_card(stream, shoe) for _ in range(4))

    orders = Counter[tuple[int, ...]]()
    for probability, order in every_round(deal):
        assert probability * 24 == 1
        orders[order] += 1

    assert orders == dict.fromkeys(itertools.permutations(range(4)), 1)


def test_cards_follow_what_is_left() -> None:
    """From two aces and a king, every order has the probability of drawing without replacement."""

    def deal(draws: Draws) -> tuple[int, ...]:
        stream, shoe = draws.copy(), [2, 0, 1]
        return tuple(draw_card(stream, shoe) for _ in range(3))

    totals: dict[tuple[int, ...], object] = {}
    for probability, order in every_round(deal):
        totals[order] = probability + totals.get(order, 0)  # type: ignore[operator]

    assert all(share * 3 == 1 for share in totals.values())  # type: ignore[operator]
    assert set(totals) == {(0, 0, 2), (0, 2, 0), (2, 0, 0)}


def test_dealing_takes_the_card_out() -> None:
    """A shoe runs down card by card, and an empty one is a fault of the caller."""
    shoe = [24] * 13
    draws = Draws(SEED, ())
    dealt = Counter(draw_card(draws, shoe) for _ in range(312))

    assert dealt == dict.fromkeys(range(13), 24)
    assert shoe == [0] * 13
    with pytest.raises(ValueError, match="empty"):
        draw_card(draws, shoe)


def test_distinct_ones_are_a_shuffle_that_stops() -> None:
    """What is drawn is the front of the textbook's shuffle, with the same draws."""
    draws, by_hand = Draws(SEED, ()), Draws(SEED, ())
    deck = list(range(80))
    for place in range(20):
        other = place + by_hand.below(80 - place)
        deck[place], deck[other] = deck[other], deck[place]

    assert draw_distinct(draws, 20, 80) == deck[:20]
    assert draws.words_used == by_hand.words_used
    assert sorted(draw_distinct(draws, 80, 80)) == list(range(80))
    assert draw_distinct(draws, 0, 80) == []


@pytest.mark.parametrize(("count", "size"), [(-1, 5), (6, 5), (1, 0)])
def test_more_than_there_are_cannot_be_drawn(count: int, size: int) -> None:
    """A fault of the caller, before a word is used."""
    draws = Script([])

    with pytest.raises(ValueError, match="cannot be drawn"):
        draw_distinct(draws, count, size)
    assert draws.used == [0]


def test_a_shoe_draws_more_than_its_seed() -> None:
    """A six-deck shoe takes a fresh word for each card: far more than 256 bits (A5)."""
    draws = Draws(SEED, ())
    shoe = [24] * 13
    for _ in range(312):
        draw_card(draws, shoe)

    assert draws.words_used >= 311


def test_outcomes_pass_chi_square_and_serial_tests() -> None:
    """Values, and pairs of neighbouring values, are uniform (A9, A12)."""
    values = [draws.below(6) for draws in seeded("entropy", 2_000) for _ in range(40)]
    single = Counter(values)
    pairs = Counter(zip(values[::2], values[1::2], strict=True))

    flat = [len(values) / 6] * 6
    assert chi_square([single[value] for value in range(6)], flat) < chi_square_limit(5)
    flat = [len(values) / 72] * 36
    cells = [(one, other) for one in range(6) for other in range(6)]
    assert chi_square([pairs[cell] for cell in cells], flat) < chi_square_limit(35)


def test_modulo_alone_would_fail() -> None:
    """The exhaustive test sees the bias of a plain remainder: it can fail (A13)."""
    biased = Counter(word % 37 for word in range(1 << 16))

    assert len(set(biased.values())) == 2


@given(
    seed=st.binary(min_size=32, max_size=32),
    client_seed=st.binary(max_size=32),
    bounds=st.lists(
        st.one_of(
            st.integers(1, 60),
            st.sampled_from([2**31 + 1, 2**32 - 1, 2**32, 2**32 + 1, 2**63 + 1, 2**64]),
        ),
        max_size=30,
    ),
)
def test_below_each_draws_what_below_draws(
    seed: bytes, client_seed: bytes, bounds: list[int]
) -> None:
    """Many values at once are the same values, of the same words, as one after the other (A6)."""
    together, alone = Draws(seed, (client_seed,)), Draws(seed, (client_seed,))

    assert together.below_each(bounds) == [alone.below(bound) for bound in bounds]
    assert together.words_used == alone.words_used
    assert together.word() == alone.word()


def test_below_each_refuses_what_below_refuses() -> None:
    """A bound that cannot be met is no draw."""
    with pytest.raises(ValueError, match="from 1 to 2"):
        Draws(bytes(32), ()).below_each((6, 0))
