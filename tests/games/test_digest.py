"""The digest of a game version."""

from __future__ import annotations

import types

import pytest

from games import digest, entropy, stakes
from games.digest import rules_digest


def test_every_part_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other rules, another machine file or other draw code give another digest."""
    digests = {
        rules_digest([stakes]),
        rules_digest([digest]),
        rules_digest([stakes, digest]),
        rules_digest([digest, stakes]),
        rules_digest([stakes], b"strips"),
        rules_digest([]),
    }
    source = dict.fromkeys([stakes], "rules") | {entropy: "draws"}
    monkeypatch.setattr("inspect.getsource", lambda module: source[module])
    digests.add(rules_digest([stakes]))
    source[entropy] = "draws!"
    digests.add(rules_digest([stakes]))

    assert len(digests) == 8
    assert all(len(value) == 64 and int(value, 16) for value in digests)


def test_parts_cannot_run_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving a byte from one part to the next shows."""
    one, other = types.ModuleType("one"), types.ModuleType("other")
    source = {entropy: "", one: "ab", other: "c"}
    monkeypatch.setattr("inspect.getsource", lambda module: source[module])
    first = rules_digest([one, other])
    source |= {one: "a", other: "bc"}

    assert rules_digest([one, other]) != first


def test_same_parts_same_digest() -> None:
    """It depends on nothing else."""
    assert rules_digest([stakes], b"x") == rules_digest([stakes], b"x")
