"""What a browser told is summarised, held against its bounds, and printed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bench.command import run
from bench.console import Watched
from bench.errors import BenchError
from bench.pages import (
    Frames,
    Measured,
    Weight,
    frames_of,
    pages,
    print_tables,
    targets,
    weights_of,
)

TOLD = """\
ok   91.8 of 170 KB       lobby scripts
ok   10.0 of 40 KB        assets/GenericGame-BDIi0hFG.js
OVER 300.1 of 240 KB      assets/SlotGame-D8C6-JB8.js
       200.0 KB assets/pixi-aaaaaaaa.js
"""


def measured(renderer: str = "canvas", a_second: float = 45.0, tap: float = 30.0) -> Measured:
    """Make the figures of a phone."""
    frames = Frames(200, a_second, 25.0)
    return Measured("phone", renderer, (120.0, 150.0), (300.0, 400.0), (tap, 60.0), frames)


def test_frames_are_counted_over_the_time_they_took() -> None:
    """A long frame weighs as much as the time it takes; the slowest twentieth is told apart."""
    frames = frames_of([10.0] * 95 + [30.0] * 5)

    assert frames.count == 100
    assert frames.a_second == pytest.approx(1000 * 100 / (950 + 150), abs=0.05)
    assert frames.longest_of_95_ms == 30.0
    assert frames_of([20.0]).a_second == 50.0
    with pytest.raises(BenchError):
        frames_of([])


def test_weights_are_read() -> None:
    """Names lose what changes with every build, and parts of a chunk are no rows."""
    assert weights_of(TOLD) == [
        Weight("lobby scripts", 91.8, 170.0),
        Weight("GenericGame", 10.0, 40.0),
        Weight("SlotGame", 300.1, 240.0),
    ]
    assert weights_of("") == []


def test_bounds() -> None:
    """Every figure has its bound; in software fewer frames are asked for."""
    met = {target.name: target.met for target in targets([measured()], weights_of(TOLD))}
    assert met == {
        "lobby usable, phone": True,
        "tap to reels moving, phone": True,
        "frames a second, phone": True,
        "lobby scripts, brotli": True,
        "GenericGame, brotli": True,
        "SlotGame, brotli": False,
    }
    slow = targets([measured("webgl", 45.0, 51.0)], [])
    assert [target.met for target in slow] == [True, False, False]


def test_table() -> None:
    """A person reads the figures and the weights."""
    console = Console(file=io.StringIO(), width=120)
    watched = Watched(500, 10.0, 498, 0, 31.0, 59.0)
    print_tables(console, [measured()], weights_of(TOLD), watched)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()

    for word in ("phone", "300 (400)", "45.0", "GenericGame", "91.8", "0 tasks over"):
        assert word in text


def test_refuses_what_it_cannot_measure(capsys: pytest.CaptureFixture[str]) -> None:
    """No load and no spin say nothing."""
    assert run("bench.pages", pages, ["--spins", "0"]) == 1
    assert "--spins" in capsys.readouterr().err
    assert run("bench.pages", pages, ["--watch", "-1"]) == 1
    assert "--watch" in capsys.readouterr().err
