"""Tests of the signatures of what nodes send each other."""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.cluster.bus import Bus
from server.cluster.signatures import MAXIMUM_AGE_S, PURPOSE, Foreign, Signatures
from server.fairness.keyring import read_keys
from server.fairness.vault import Vault
from tests.postgres import Database
from tests.server.cluster.faulty import new_random
from tests.server.cluster.nodes import KEYS
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, table_settings
from tests.server.tables.live.test_remote import casino

NOW_MS = 1_764_000_000_000


class Clock:
    """A clock that stands."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        """Tell the time."""
        return self.now_ms


def test_layout_is_the_one_that_is_told() -> None:
    """A signed message, byte for byte, from its description alone."""
    message = Signatures(KEYS, Clock()).sign(b"croupier:x:news", b"content")

    head = struct.pack(">BHQ", 1, 1, NOW_MS)
    signed = b"\0\x0f" + b"croupier:x:news" + head + b"content"
    tag = hmac.new(KEYS["1"], signed, hashlib.sha256).digest()
    assert message == head + tag + b"content"


def test_keys_are_made_from_those_of_the_key_file() -> None:
    """Nodes that have the same key file hear each other; the vault's own keys sign nothing."""
    secret = bytes(range(100, 132))
    keys = Vault({"1": secret, "7": secret[::-1]}).derived(PURPOSE)
    assert list(keys) == ["1", "7"]
    assert keys["1"] == HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret) != secret
    assert Signatures(keys).check(b"c", Signatures(keys).sign(b"c", b"x")) == b"x"


def test_key_that_signs_is_the_newest() -> None:
    """After a rotation every node that has both keys hears old and new ones."""
    old, both = Signatures({"1": b"1" * 32}), Signatures({"1": b"1" * 32, "2": b"2" * 32})
    assert both.check(b"c", old.sign(b"c", b"x")) == b"x"
    assert both.check(b"c", both.sign(b"c", b"x")) == b"x"
    with pytest.raises(Foreign, match="unknown key"):
        old.check(b"c", both.sign(b"c", b"x"))


async def test_rotation_node_by_node(database: Database, valkey: Any, tmp_path: Path) -> None:
    """Two rolling restarts bring a new key: nodes always hear each other and open all chains."""
    second = os.urandom(32).hex()
    async with casino(database, valkey, table_settings("roulette", betting_ms=LONG_MS)) as houses:
        (first,) = read_keys(houses[0].casino.settings.data / "seed-keys").values()
        for word, key_id in (("pending", "1"), ("", "2")):
            file = tmp_path / f"keys {word}"
            file.write_text(f"1 {first.hex()}\n2 {second} {word}\n", encoding="utf-8")
            file.chmod(0o600)
            for house in houses:
                house.expected_errors = {"node fenced", "the lease has run out"}
                await house.restart(fairness__key_file=file)
                assert house.casino._vault.key_id == key_id
                # One of them is at another node than the table, whose events both hear.
                one, other = [await Person.join(each, "Table of roulette") for each in houses]
                await one.sees(other.live["seat"], taken=True)
                await one.wire.ask("leave", table=one.table)
                await other.sees(one.live["seat"], taken=False)
                await other.wire.ask("leave", table=one.table)
                for person in (one, other):
                    await person.wire.close()
                assert not any(bus_of(each).dropped["unknown key"] for each in houses)


def bus_of(house: House) -> Bus:
    """Return the bus of a node."""
    cluster = house.casino._live.cluster
    assert cluster is not None
    return cluster.bus


@pytest.mark.parametrize("off_s", [-MAXIMUM_AGE_S - 1, MAXIMUM_AGE_S + 1])
def test_message_from_another_time(off_s: int) -> None:
    """A message that somebody kept, to send it again much later, is dropped."""
    then, now = Signatures(KEYS, Clock()), Signatures(KEYS, Clock(NOW_MS + off_s * 1000))
    with pytest.raises(Foreign, match="out of date"):
        now.check(b"c", then.sign(b"c", b"x"))


def test_node_whose_clock_is_ten_seconds_off() -> None:
    """A clock that is off by much more than a serving node's can be cuts nobody off."""
    here, there = Signatures(KEYS, Clock()), Signatures(KEYS, Clock(NOW_MS - 10_000))
    assert here.check(b"c", there.sign(b"c", b"x")) == b"x"
    assert there.check(b"c", here.sign(b"c", b"x")) == b"x"


def test_no_byte_can_be_changed() -> None:
    """A message with one bit changed anywhere, or cut short, or longer, is dropped."""
    random = new_random()
    signatures = Signatures(KEYS)
    good = signatures.sign(b"channel", b"content")
    for index in range(len(good)):
        changed = bytearray(good)
        changed[index] ^= 1 << random.randrange(8)
        with pytest.raises(Foreign):
            signatures.check(b"channel", bytes(changed))
        with pytest.raises(Foreign):
            signatures.check(b"channel", good[:index])
    with pytest.raises(Foreign, match="forged"):
        signatures.check(b"channel", good + b"\0")
    with pytest.raises(Foreign, match="forged"):
        signatures.check(b"channe", good)
    # Where the channel ends and the message begins is signed too.
    with pytest.raises(Foreign):
        signatures.check(b"channel" + good[:1], good[1:])


async def test_flood_of_foreign_messages_is_logged_once() -> None:
    """Foreign messages are all counted; the log has one line of each reason a minute."""
    bus, other = Bus(Signatures(KEYS)), Signatures({"1": bytes(32)})
    with structlog.testing.capture_logs() as lines:
        for _ in range(1_000):
            bus._receive("news", other.sign(b"news", b"x"))
            bus._receive("news", b"hello")
    assert bus.dropped == {"forged": 1_000, "unsigned": 1_000}
    assert [line["reason"] for line in lines] == ["forged", "unsigned"]
