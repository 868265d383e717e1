"""One-time passwords by time (RFC 6238, over RFC 4226): the second factor.

SHA-1, six digits and steps of 30 seconds: what every authenticator can do. HMAC does not rest on
SHA-1 being free of collisions. That a code is taken only once is for the database to see to: it
keeps the last step, see `sign_in_finish` in the schema.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from typing import Final
from urllib.parse import quote, urlencode

__all__ = ["DIGITS", "SECRET_BYTES", "STEP_S", "code", "matching_step", "new_secret", "uri"]

DIGITS: Final = 6
STEP_S: Final = 30
SKEW_STEPS: Final = 1
"""How far a phone's clock may be off, to either side (RFC 6238, 5.2)."""
SECRET_BYTES: Final = 20
"""As long as the hash (RFC 4226, section 4, R6)."""


def new_secret() -> bytes:
    """Return a secret from the operating system."""
    return secrets.token_bytes(SECRET_BYTES)


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Return the code of a time step (RFC 4226, 5.3)."""
    mac = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = mac[-1] & 15
    (number,) = struct.unpack(">I", mac[offset : offset + 4])
    return str((number & 0x7FFFFFFF) % 10**digits).zfill(digits)


def matching_step(secret: bytes, said: str, now_s: float) -> int | None:
    """Return the newest time step near now whose code was said, or None.

    Every step is compared, whether one before matched or not, and each in constant time.
    """
    digits = said.replace(" ", "").encode()
    found = None
    current = int(now_s) // STEP_S
    for step in range(max(current - SKEW_STEPS, 0), current + SKEW_STEPS + 1):
        if hmac.compare_digest(code(secret, step).encode(), digits):
            found = step
    return found


def uri(secret: bytes, name: str, issuer: str) -> str:
    """Return the secret as an `otpauth://` address, which authenticators read from a QR code."""
    label = quote(f"{issuer}:{name}", safe=":")
    parameters = {
        "secret": base64.b32encode(secret).decode().rstrip("="),
        "issuer": issuer,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_S,
    }
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"
