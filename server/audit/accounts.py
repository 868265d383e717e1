"""Account ids, which carry owner, kind, currency and test flag; see the schema."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CASH",
    "GAMING",
    "HOLD",
    "ISSUANCE",
    "KINDS",
    "OWNER_SHIFT",
    "account_id",
    "account_kind",
    "describe_account",
    "hold_of",
]

CASH: Final = 1
HOLD: Final = 2
GAMING: Final = 16
ISSUANCE: Final = 17
KINDS: Final = {CASH: "cash", HOLD: "hold", 3: "receivable", GAMING: "gaming", ISSUANCE: "issuance"}
OWNER_SHIFT: Final = 19
_KIND_SHIFT: Final = 11


def account_id(owner: int, kind: int, currency: int, *, test: bool) -> int:
    """Return the id of an account; owner 0 is the house, `currency` the ISO 4217 number."""
    return owner << OWNER_SHIFT | kind << _KIND_SHIFT | currency << 1 | int(test)


def account_kind(account: int) -> int:
    """Return the kind that an id carries."""
    return account >> _KIND_SHIFT & 255


def hold_of(account: int) -> int:
    """Return the id of the hold account beside a cash account."""
    return account & ~(255 << _KIND_SHIFT) | HOLD << _KIND_SHIFT


def describe_account(account: int) -> str:
    """Return an account's id and what it says, for a person."""
    owner = account >> OWNER_SHIFT
    kind = KINDS.get(account_kind(account), f"kind {account_kind(account)}")
    whose = "the house" if owner == 0 else f"player {owner}"
    return f"account {account} ({kind} of {whose})"
