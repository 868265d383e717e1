"""The dieharder tests on raw output, where that program is installed; it is no part of Croupier.

R. G. Brown's dieharder reads the words of round after round from a pipe. Its own verdicts count: a
p-value below 10^-6 (or so near to 1) is FAILED, below 0.005 WEAK. A weak test is run again with
other words, and is weak in the report only if it is so twice (standards A14).
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import msgspec

from games.entropy import Draws

__all__ = ["NOT_ASKED", "DieharderResult", "DieharderTest", "examine", "parse"]

PROGRAM: Final = "dieharder"
TESTS: Final = (0, 2, 3, 8, 10, 11, 12, 15, 16, 100, 101)
"""Birthdays, ranks of matrices, ones in bytes, parking lot, spheres, runs, craps, bits, their runs.

Those that dieharder itself calls good and that need less than a gigabyte of words.
"""
_SAMPLES: Final = 20
_WORDS: Final = 1_024
_TIMEOUT_S: Final = 3_600


class DieharderTest(msgspec.Struct, frozen=True):
    """One line of the program's result."""

    test: str
    p_value: float
    assessment: str
    """`PASSED`, `WEAK` or `FAILED`."""


class DieharderResult(msgspec.Struct, frozen=True):
    """What came of it."""

    line: str
    """For a person: run, not installed, or not asked for."""
    tests: tuple[DieharderTest, ...] = ()
    passed: bool = True
    """Whether nothing has failed; a program that is not there fails nothing."""


NOT_ASKED: Final = DieharderResult("Not run: it was not asked for (--dieharder).")


class _Steps(Protocol):
    def begin(self, name: str, steps: int, /) -> None: ...

    def step(self) -> None: ...


def examine(streams: Iterator[Draws], steps: _Steps) -> DieharderResult:
    """Run the tests on the words of streams; a result that says so where there is no program."""
    program = shutil.which(PROGRAM)
    if program is None:
        return DieharderResult("Skipped: dieharder is not installed on this machine.")
    steps.begin(PROGRAM, len(TESTS))
    results: list[DieharderTest] = []
    for test in TESTS:
        found = _run(program, test, streams)
        if any(one.assessment == "WEAK" for one in found):
            found = _run(program, test, streams)
        if not found:
            line = f"Broken off: dieharder gave no result for its test {test}."
            return DieharderResult(line, tuple(results), passed=False)
        results += found
        steps.step()
    passed = all(result.assessment != "FAILED" for result in results)
    line = f"Run: {len(TESTS)} tests with {_SAMPLES} samples each."
    return DieharderResult(line, tuple(results), passed)


def _run(program: str, test: int, streams: Iterator[Draws]) -> list[DieharderTest]:
    command = [program, "-g", "200", "-d", str(test), "-p", str(_SAMPLES)]
    with subprocess.Popen(  # noqa: S603 - a fixed command, nothing from outside
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        # It prints less than a pipe holds, so its words can be written before its lines are read.
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            for stream in streams:
                words = [stream.word() for _ in range(_WORDS)]
                # Words in the machine's order, as the program reads them.
                pipe.write(b"".join([word.to_bytes(4, "little") for word in words]))
        return parse(process.stdout.read().decode().splitlines())


def parse(lines: Iterable[str]) -> list[DieharderTest]:
    """Return the results among the lines that the program prints.

    A result has six columns between bars: name, tuple size, samples, samples of p, p-value and the
    assessment.
    """
    results = []
    for line in lines:
        columns = [column.strip() for column in line.split("|")]
        if len(columns) >= 6 and columns[5] in {"PASSED", "WEAK", "FAILED"}:
            name = columns[0] if columns[1] == "0" else f"{columns[0]} {columns[1]}"
            results.append(DieharderTest(name, float(columns[4]), columns[5]))
    return results
