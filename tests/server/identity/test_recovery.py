"""Tests of `server.identity.recovery`."""

from __future__ import annotations

import re

from server.identity.recovery import new_codes, recovery_hash


def test_codes() -> None:
    """Ten codes of 80 bits, all different, of characters that are not mistaken for one another."""
    codes = [code for _ in range(20) for code in new_codes()]
    assert len(new_codes()) == 10
    assert len(set(codes)) == 200
    for code in codes:
        assert re.fullmatch(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}", code)
    assert len(set("".join(codes)) - {"-"}) == 32


def test_however_it_is_typed() -> None:
    """Spaces, dashes and small letters do not matter, anything else does."""
    right = recovery_hash("7KQM-2XHB-TT4W-9CLD")
    for same in ("7kqm2xhbtt4w9cld", " 7KQM 2XHB TT4W 9CLD ", "7KQM--2XHB-TT4W-9CLD"):
        assert recovery_hash(same) == right
    for other in ("7KQM-2XHB-TT4W-9CLE", "7KQM-2XHB-TT4W", "", "\N{SNOWMAN}"):
        assert recovery_hash(other) != right
    assert len(right) == 32
