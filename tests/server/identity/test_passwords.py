"""Tests of `server.identity.passwords`."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
from typing import Any

import pytest
from argon2 import PasswordHasher

from server.identity import passwords
from server.identity.errors import SignInBusy
from server.identity.passwords import Cost, Hasher, argon2id, new_verifier, weakness

QUICK = Cost(64, 1, 1)
GOOD = "correct horse battery"


def test_it_is_argon2id() -> None:
    """The hash is argon2id's, version 19, as the library's own verifier knows it."""
    salt = bytes(range(16))
    hashed = argon2id(GOOD, salt, Cost(128, 2, 2))

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode().rstrip("=")

    encoded = f"$argon2id$v=19$m=128,t=2,p=2${text(salt)}${text(hashed)}"
    assert PasswordHasher().verify(encoded, GOOD)
    assert len(hashed) == 32


def test_what_is_stored_opens_nothing() -> None:
    """A salt of its own for each, and the hash of the hash."""
    first, second = new_verifier(GOOD, QUICK), new_verifier(GOOD, QUICK)
    assert first.salt != second.salt
    assert len(first.salt) == 16
    assert first.cost == QUICK
    assert first.digest == hashlib.sha256(argon2id(GOOD, first.salt, QUICK)).digest()


def test_one_form_of_letters() -> None:
    """The same letters typed on different keyboards are the same password; case matters."""
    salt = bytes(16)
    composed, apart = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"
    assert argon2id(composed, salt, QUICK) == argon2id(apart, salt, QUICK)
    assert argon2id("cafe", salt, QUICK) != argon2id("Cafe", salt, QUICK)


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("eleven char", "characters"),
        ("x" * 257, "characters"),
        ("with a \t tab in it", "seen"),
        ("with a \0 zero in it", "seen"),
        ("mara and a long word", "guess"),
        ("I AM MARA, hello you", "guess"),
        ("abababababababab", "guess"),
    ],
)
def test_weak_passwords(password: str, word: str) -> None:
    """D8: too short, too long, unprintable, with the name in it or of few characters is refused."""
    assert word in (weakness(password, "mara") or "")


def test_good_passwords() -> None:
    """Length is what is asked for: no capitals, digits or signs are demanded."""
    greek = "\N{GREEK SMALL LETTER ALPHA}bcdefghijkl"
    for password in (GOOD, "twelve chars", greek):
        assert weakness(password, "mara") is None


async def test_hashing_is_beside_the_loop(monkeypatch: Any) -> None:
    """The loop turns while hashes are worked out, and no more wait than may."""
    gate, threads = threading.Event(), set()

    def slow(*_: object) -> bytes:
        threads.add(threading.current_thread().name)
        gate.wait(10)
        return b"hash"

    monkeypatch.setattr(passwords, "argon2id", slow)
    hasher = Hasher(workers=2, waiting_max=1)
    tasks = [asyncio.create_task(hasher.work(GOOD, b"", QUICK)) for _ in range(3)]
    await asyncio.sleep(0.01)
    with pytest.raises(SignInBusy):
        await hasher.work(GOOD, b"", QUICK)
    tasks[0].cancel()
    await asyncio.sleep(0)
    with pytest.raises(SignInBusy):
        await hasher.work(GOOD, b"", QUICK)  # a client that left does not free the thread
    gate.set()
    assert await asyncio.gather(*tasks[1:]) == [b"hash"] * 2
    assert await hasher.work(GOOD, b"", QUICK) == b"hash"
    assert threading.current_thread().name not in threads
    assert all(name.startswith("argon2") for name in threads)
    hasher.close()
