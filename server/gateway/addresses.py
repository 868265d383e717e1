"""Whose request it is, when it comes through a proxy."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

__all__ = ["Networks", "client_address", "customer_of", "is_loopback"]

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks: TypeAlias = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]

_MAX_HOPS: Final = 32
"""More entries than any chain of proxies has; the header comes from outside."""

# The value of a `for` parameter of RFC 7239: a token, or a quoted string without escapes, which no
# address needs. A `for` must stand at the start of an element or behind a semicolon.
_FOR: Final = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"([^"\\]*)"|([^\s;,"]*))', re.IGNORECASE)


def client_address(
    peer: str, forwarded_for: Sequence[str], forwarded: Sequence[str], trusted: Networks
) -> str:
    """Return the address of the client behind `peer`.

    The chain of hops is read from the near end: each hop is believed only while the one that
    reported it is a trusted proxy. What an untrusted client wrote into the header is thus never
    reached. An entry that is no address ends the reading.

    Args:
        peer: The address that the socket is connected to; anything else is returned as it is.
        forwarded_for: The values of all `X-Forwarded-For` headers, in order.
        forwarded: The values of all `Forwarded` headers (RFC 7239), in order. Looked at only when
            there is no `X-Forwarded-For`: a proxy sets one of them and may pass the other through.
        trusted: The networks that the proxies are in.
    """
    nearest = _parse(peer)
    if nearest is None:
        return peer
    hops = _split(forwarded_for) if forwarded_for else _elements(forwarded)
    for count, hop in enumerate(hops):
        if count == _MAX_HOPS or not _within(nearest, trusted):
            break
        address = _parse(hop)
        if address is None:
            break
        nearest = address
    return str(nearest)


def customer_of(address: str) -> str:
    """Return what an allowance is kept for: an IPv4 address, or a /64 of IPv6, one customer's."""
    if ":" not in address or is_loopback(address):
        return address
    try:
        return str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        return address


def is_loopback(address: str) -> bool:
    """Whether an address is that of this machine itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _split(values: Sequence[str]) -> Iterator[str]:
    """Yield the entries of comma-separated header values, the last one first."""
    for value in reversed(values):
        for entry in reversed(value.split(",")):
            yield entry.strip()


def _elements(values: Sequence[str]) -> Iterator[str]:
    """Yield what the `Forwarded` headers say after `for=`, the last hop first."""
    for element in _split(values):
        match = _FOR.search(element)
        yield (match[1] or match[2] or "") if match else ""


def _parse(text: str) -> Address | None:
    """Read an address with or without brackets and port; an IPv4 one inside IPv6 becomes IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _within(
    address: Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    return any(address in network for network in networks)
