"""Recovery codes: instead of a code of the authenticator, for whoever has lost it. Each once."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

__all__ = ["CODES", "new_codes", "recovery_hash"]

CODES: Final = 10
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters, without those that are read for another: 0 and O, 1 and I."""
_GROUPS: Final = 4
_GROUP: Final = 4
_CONTEXT: Final = b"croupier/recovery/1 "


def new_codes() -> list[str]:
    """Return fresh codes of 80 bits each, such as `7KQM-2XHB-TT4W-9CLD`."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(CODES)
    ]


def recovery_hash(code: str) -> bytes:
    """Return what is stored of a code, however it is spaced and in small letters too.

    Nobody can guess through 80 bits, so the hash need not be slow.
    """
    plain = "".join(code.upper().replace("-", " ").split())
    return hashlib.sha256(_CONTEXT + plain.encode()).digest()
