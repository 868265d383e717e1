"""What a laboratory is given on randomness: every figure of `croupier rng report`."""

from __future__ import annotations

import hashlib
import inspect
import platform
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Final

import msgspec

from games import digest, entropy
from games.analysis.randomness import battery, narrow
from games.analysis.randomness.battery import OutcomesVerdict
from games.analysis.randomness.collection import Usage, collect, usage
from games.analysis.randomness.sp800_22 import suite
from games.analysis.randomness.sp800_22.bits import BitTest, from_bytes
from games.analysis.randomness.sp800_22.suite import BitsVerdict
from games.entropy import draw_distinct
from games.game import AnyGame
from server import __version__
from server.cli import dieharder, rng_streams
from server.cli.dieharder import DieharderResult
from server.fairness import chains, tape

__all__ = ["FORM", "Component", "Exhaustive", "Report", "make_report"]

FORM: Final = 1
"""Of the document; raised when a reader of the former could not read it."""
_COMPONENTS: Final[tuple[ModuleType, ...]] = (entropy, digest, chains, tape, narrow)
_SHUFFLED: Final = 4


class Component(msgspec.Struct, frozen=True):
    """A file that takes part in drawing, with the checksum of its source."""

    name: str
    sha256: str


class Exhaustive(msgspec.Struct, frozen=True):
    """One property of the draw functions that was counted out, not sampled (standards A6, A8)."""

    what: str
    cases: int
    passed: bool


class Collected(msgspec.Struct, frozen=True):
    """A file that `croupier rng collect` makes from the same secret, size and options."""

    name: str
    bytes: int
    sha256: str


class Report(msgspec.Struct, frozen=True):
    """The whole report. It passes if all parts do; each part is held at 99 %, or is certain."""

    form: int
    made: str
    """When, ISO 8601 in UTC."""
    croupier: str
    python: str
    secret: str
    """Hex. From it follow all streams of this report and nothing else."""
    rounds: int
    """Of each game."""
    components: tuple[Component, ...]
    exhaustive: tuple[Exhaustive, ...]
    manifest: tuple[Usage, ...]
    collected: tuple[Collected, ...]
    raw: BitsVerdict
    outcomes: OutcomesVerdict
    dieharder: DieharderResult
    passed: bool


class Steps(msgspec.Struct, frozen=True):
    """Where a person sees how far it is."""

    begin: Callable[[str, int], None] = lambda _name, _steps: None
    """A part begins: its name and how many steps it takes."""
    step: Callable[[], None] = lambda: None


def make_report(
    games: Iterable[AnyGame],
    secret: bytes,
    *,
    sequences: int,
    rounds: int,
    made: str,
    with_dieharder: bool = False,
    steps: Steps | None = None,
) -> Report:
    """Run everything and return the report.

    `sequences` of 2^20 bits go through SP 800-22, `rounds` of each game through the battery on
    final outcomes. Raises ValueError where there is too little of either for any test.
    """
    seen = steps or Steps()
    listed = list(games)
    exhaustive = tuple(_exhaustive(seen))
    collected: list[Collected] = []
    raw = suite.judge(_raw(secret, sequences, seen, collected), sequences * suite.SEQUENCE_BITS)
    manifest = []
    found: list[battery.Found] = []
    for game in listed:
        seen.begin(game.name, rounds)
        collection = collect(game, rng_streams.streams(secret, game.name), rounds, seen.step)
        manifest.append(usage(collection))
        collected.append(_file(f"outcomes-{game.name}.csv", rng_streams.outcome_lines(collection)))
        found += battery.examine(collection)
    outcomes = battery.judge(found)
    with_streams = rng_streams.streams(secret, "dieharder")
    result = dieharder.examine(with_streams, seen) if with_dieharder else dieharder.NOT_ASKED
    return Report(
        form=FORM,
        made=made,
        croupier=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        secret=secret.hex(),
        rounds=rounds,
        components=components(),
        exhaustive=exhaustive,
        manifest=tuple(manifest),
        collected=tuple(collected),
        raw=raw,
        outcomes=outcomes,
        dieharder=result,
        passed=raw.passed
        and outcomes.passed
        and result.passed
        and all(one.passed for one in exhaustive),
    )


def components() -> tuple[Component, ...]:
    """Return the checksums of what draws: scaling, seeds, what remembers the draws."""
    return tuple(
        Component(module.__name__, hashlib.sha256(inspect.getsource(module).encode()).hexdigest())
        for module in _COMPONENTS
    )


def _raw(
    secret: bytes, number: int, steps: Steps, collected: list[Collected]
) -> Iterator[list[BitTest]]:
    """Yield what the tests find in each sequence; at the end tell the checksum of all of them."""
    steps.begin("raw bits", number)
    total = hashlib.sha256()
    length = 0
    for data in rng_streams.raw_sequences(secret, number):
        total.update(data)
        length += len(data)
        yield list(suite.run_tests(from_bytes(data)))
        steps.step()
    collected.append(Collected("raw.bin", length, total.hexdigest()))


def _file(name: str, lines: Iterable[str]) -> Collected:
    total = hashlib.sha256()
    length = 0
    for line in lines:
        data = line.encode()
        total.update(data)
        length += len(data)
    return Collected(name, length, total.hexdigest())


def _exhaustive(steps: Steps) -> Iterator[Exhaustive]:
    """Count out what can be counted out, with the live functions on narrow words."""
    steps.begin("every word", 2 * 254 + 1)
    for bits in (8, 16):
        even = True
        for bound in range(2, 256):
            even = even and _is_even(bits, bound)
            steps.step()
        what = f"all {1 << bits:,} words of {bits} bits below each bound from 2 to 255"
        yield Exhaustive(what, 254 << bits, even)
    counts, _ = narrow.outcome_counts(
        3, _SHUFFLED, lambda draws: tuple(draw_distinct(draws, _SHUFFLED, _SHUFFLED))
    )
    even = len(counts) == 24 and len(set(counts.values())) == 1
    yield Exhaustive(
        "all sequences of four words of 3 bits shuffle four cards", 1 << 3 * _SHUFFLED, even
    )
    steps.step()


def _is_even(bits: int, bound: int) -> bool:
    try:
        return len(set(narrow.scaling_counts(bits, bound))) == 1
    except ValueError:
        return False
