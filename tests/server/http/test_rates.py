"""Tests of `server.http.rates`: an allowance an address."""

from __future__ import annotations

import pytest

from server.http.rates import AddressRates


def test_an_allowance_an_address() -> None:
    """Each address has its own allowance; this machine itself may have a larger one."""
    rates = AddressRates(2, 3)
    assert [rates.admit("198.51.100.1") for _ in range(3)] == [True, True, False]
    assert [rates.admit("198.51.100.2") for _ in range(3)] == [True, True, False]
    assert [rates.admit("127.0.0.1") for _ in range(4)] == [True, True, True, False]
    assert [AddressRates(1).admit("::1")] == [True]


def test_memory_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses come, only so many are remembered."""
    monkeypatch.setattr("server.http.rates._ADDRESSES_KEPT", 10)
    rates = AddressRates(30)
    for number in range(50):
        assert rates.admit(f"198.51.100.{number}")
    assert len(rates._buckets) == 10
