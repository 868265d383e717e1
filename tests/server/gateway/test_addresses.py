"""Tests of finding the client's address behind proxies."""

from __future__ import annotations

import ipaddress
import random

import pytest

from server.gateway.addresses import client_address

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1,10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, , 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:DB8:0::1"], "2001:db8::1"),
        ("fe80::1%eth0", [], "fe80::1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_x_forwarded_for_is_read_from_the_near_end(
    peer: str, forwarded_for: list[str], expected: str
) -> None:
    """Each hop is believed as long as a trusted proxy reports it, and not one further."""
    assert client_address(peer, forwarded_for, (), PROXIES) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (["for=198.51.100.1"], "198.51.100.1"),
        (['For="198.51.100.1:4711";proto=https;by=10.0.0.1'], "198.51.100.1"),
        (['for=6.6.6.6, proto=https ; for="[2001:db8::1]:4711"'], "2001:db8::1"),
        (["for=198.51.100.1, for=10.0.0.2"], "198.51.100.1"),
        (["for=unknown"], "10.0.0.1"),
        (["for=_hidden, for=10.0.0.2"], "10.0.0.2"),
        (["proto=https"], "10.0.0.1"),
        (["notfor=198.51.100.1"], "10.0.0.1"),
    ],
)
def test_forwarded_is_read_as_well(forwarded: list[str], expected: str) -> None:
    """RFC 7239 elements say the same in another form."""
    assert client_address("10.0.0.1", (), forwarded, PROXIES) == expected


def test_x_forwarded_for_goes_before_forwarded() -> None:
    """A proxy that writes the one may pass the other through, from whoever sent it."""
    address = client_address("10.0.0.1", ["198.51.100.1"], ["for=6.6.6.6"], PROXIES)

    assert address == "198.51.100.1"


def test_nobody_is_believed_without_trusted_proxies() -> None:
    """By default the address is the peer's, whatever the headers say."""
    assert client_address("127.0.0.1", ["6.6.6.6"], ["for=6.6.6.6"], ()) == "127.0.0.1"


def test_any_header_gives_an_address() -> None:
    """Random header values never raise and never give anything but an address."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - to repeat a failure
    source = random.Random(seed)
    for _ in range(5_000):
        text = "".join(source.choices('10.,:;[]"= for%/\x00\xff', k=source.randrange(40)))
        ipaddress.ip_address(client_address("10.0.0.1", [text], (), PROXIES))
        ipaddress.ip_address(client_address("10.0.0.1", (), [text], PROXIES))


def test_a_long_chain_is_not_read_for_ever() -> None:
    """A header full of trusted addresses costs a bounded number of steps."""
    assert client_address("10.0.0.1", [",".join(["10.0.0.2"] * 10_000)], (), PROXIES) == "10.0.0.2"
