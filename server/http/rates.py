"""How often an address may ask for something."""

from __future__ import annotations

import time
from typing import Final

from server.gateway.addresses import customer_of, is_loopback
from server.gateway.limits import TokenBucket

__all__ = ["AddressRates"]

_ADDRESSES_KEPT: Final = 10_000


class AddressRates:
    """An allowance a minute for each address; this machine itself may have another."""

    def __init__(self, a_minute: int, a_minute_loopback: int | None = None) -> None:
        self._a_minute = a_minute
        self._a_minute_loopback = a_minute if a_minute_loopback is None else a_minute_loopback
        self._buckets: dict[str, TokenBucket] = {}

    def admit(self, address: str) -> bool:
        """Whether this address may ask now; if so, it has."""
        now = time.monotonic()
        address = customer_of(address)
        bucket = self._buckets.get(address)
        if bucket is None:
            if len(self._buckets) >= _ADDRESSES_KEPT:
                self._buckets.pop(next(iter(self._buckets)))
            a_minute = self._a_minute_loopback if is_loopback(address) else self._a_minute
            bucket = self._buckets[address] = TokenBucket(a_minute / 60, a_minute, now)
        return bucket.take(now) >= 0
